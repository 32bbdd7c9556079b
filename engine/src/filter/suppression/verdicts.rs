//! What is wrong with comments: without a reason, malformed, expired, unused.

use std::collections::HashSet;

use stacklint_parsers::TextRange;

use super::{Suppression, Suppressions};
use crate::finding::{Edit, Finding, Fix, Safety};
use crate::origin::Span;
use crate::source::{SourceFile, Sources};
use crate::stack::{Problem, ProblemKind};

impl Suppressions {
    /// What is wrong with the comments, given all findings of the run.
    ///
    /// `judged` are the rules that said all they have to say; a comment for another one may be needed.
    pub(crate) fn verdicts(
        &self,
        findings: &[Finding],
        sources: &Sources,
        judged: impl Fn(&SourceFile, &str) -> bool,
    ) -> Vec<Problem> {
        let mut problems = self.faults.clone();
        let uncovered: HashSet<(usize, usize)> = self.index.unused(findings).into_iter().collect();
        for (number, suppression) in self.all.iter().enumerate() {
            let Some(file) = sources.file(suppression.file) else { continue };
            let rules = &suppression.directive.rules;
            let is_unused = |rule: usize| {
                let id = rules.get(rule).map(|(id, _)| *id).unwrap_or_default();
                let is_uncovered = suppression.scope.is_none() || uncovered.contains(&(number, rule));
                is_uncovered && suppression.whole && judged(&file, id)
            };
            let unused: Vec<usize> = (0..rules.len()).filter(|rule| is_unused(*rule)).collect();
            if unused.len() == rules.len() {
                problems.push(suppression.unused(&file));
            } else if let Some((until, place)) = suppression.directive.until.filter(|(until, _)| *until < self.today) {
                let place = Span { file: file.id, range: place };
                let message = format!("what this comment accepted is reported again: its last day was {until}");
                let help = "mend what it is about, or decide anew until when it is accepted";
                let subject = suppression.subject();
                problems.push(Problem::new(ProblemKind::ExpiredSuppression, Some(place), &subject, message).help(help));
            } else {
                problems.extend(unused.iter().filter_map(|rule| suppression.unused_rule(*rule, &unused)));
            }
        }
        problems
    }
}

impl Suppression {
    /// The comment as a whole accepts nothing.
    fn unused(&self, file: &SourceFile) -> Problem {
        let place = Span { file: self.file, range: self.directive.place };
        let ids: Vec<String> = self.directive.rules.iter().map(|(id, _)| format!("`{id}`")).collect();
        let message = match (self.scope, ids.as_slice()) {
            (None, _) => "this comment accepts nothing: nothing stands here that it could be about".to_owned(),
            (_, [one]) => format!("this comment accepts nothing: {one} finds nothing here"),
            _ => format!("this comment accepts nothing: none of {} finds anything here", ids.join(", ")),
        };
        let mut problem = Problem::new(ProblemKind::UnusedSuppression, Some(place), &self.subject(), message)
            .help("remove it: it would accept the next such mistake unseen");
        problem.fix = self.without(file);
        problem
    }

    /// One of its rules accepts nothing, and others do.
    fn unused_rule(&self, number: usize, unused: &[usize]) -> Option<Problem> {
        let rules = &self.directive.rules;
        let (id, range) = rules.get(number)?;
        let place = |range| Span { file: self.file, range };
        let message = format!("`{id}` finds nothing here: that it is accepted has no effect");
        let subject = format!("ignore[{id}]");
        let mut problem = Problem::new(ProblemKind::UnusedSuppression, Some(place(*range)), &subject, message)
            .help("remove it: it would accept the next such mistake unseen");
        // Neighbours that go too must not want the same comma.
        let leads = (0..number).all(|before| unused.contains(&before));
        let cut = if leads {
            TextRange::new(range.start, rules.get(number + 1)?.1.start)
        } else {
            TextRange::new(rules.get(number.checked_sub(1)?)?.1.end, range.end)
        };
        let edits = vec![Edit { place: place(cut), replacement: String::new() }];
        problem.fix = Some(Fix { title: format!("remove `{id}`"), safety: Safety::Safe, edits });
        Some(problem)
    }

    /// Takes the comment away: its lines if it has them to itself, else with the blanks before it.
    fn without(&self, file: &SourceFile) -> Option<Fix> {
        if !self.removable {
            return None;
        }
        let TextRange { start, end } = self.directive.place;
        let before = TextRange::new(0, start).of(&file.text);
        let start = u32::try_from(before.trim_end_matches([' ', '\t']).len()).ok()?;
        let mut cut = TextRange::new(start, end);
        if self.own_line {
            let rest = file.text.get(end as usize..)?;
            let line_break = if rest.starts_with("\r\n") { 2 } else { u32::from(rest.starts_with(['\n', '\r'])) };
            cut.end = end.checked_add(line_break)?;
        }
        let edit = Edit { place: Span { file: self.file, range: cut }, replacement: String::new() };
        Some(Fix { title: "remove the comment".to_owned(), safety: Safety::Safe, edits: vec![edit] })
    }

    /// What the comment is known by: its rules.
    fn subject(&self) -> String {
        let ids: Vec<&str> = self.directive.rules.iter().map(|(id, _)| *id).collect();
        format!("ignore[{}]", ids.join(","))
    }
}
