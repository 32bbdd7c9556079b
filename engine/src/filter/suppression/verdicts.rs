//! What is wrong with comments: without a reason, malformed, expired, unused.

use stacklint_parsers::TextRange;

use super::{Suppression, Suppressions};
use crate::filter::{expired, in_vain};
use crate::finding::{Edit, Finding, Fix, Safety};
use crate::map::HashSet;
use crate::origin::Span;
use crate::source::{SourceFile, Sources};
use crate::stack::Problem;

impl Suppressions {
    /// What is wrong with the comments, given all findings of the run.
    ///
    /// `judged` are the rules that said all they have to say; a comment for another one may be needed.
    pub(crate) fn verdicts(
        &self,
        findings: &[Box<Finding>],
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
                problems.push(expired("comment", until, place, &suppression.subject()));
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
        let mut problem = in_vain(message, place, &self.subject());
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
        let mut problem = in_vain(message, place(*range), &subject);
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

#[cfg(test)]
mod tests {
    use stacklint_parsers::Format;

    use super::super::{Index, Known, KnownRule, OfFile};
    use super::*;
    use crate::vfs::Vfs;

    /// What is unused in a file, where of these rules those in `found` find something everywhere: the texts pointed at,
    /// and the file after all fixes.
    fn unused(format: Format, text: &str, found: &[&'static str]) -> (Vec<String>, String) {
        let sources = Sources::new(Vfs::in_memory([("file", text.as_bytes())]));
        let file = sources.open(&sources.vfs().absolute(std::path::Path::new("file"))).unwrap();
        let _ = file.parse(format);
        file.mark_judged();
        let rules = ["one", "two", "three"].map(|id| (id, KnownRule { id, can_be_accepted: true }));
        let known = Known { rules: rules.into_iter().collect(), families: HashSet::default() };
        let today = jiff::civil::date(2026, 1, 1);
        let OfFile { all, faults } = OfFile::read(&file, &known);
        let read = Suppressions { today, index: Index::of(&all, today), all, faults };
        let covered = read.all.iter().filter_map(|suppression| suppression.scope);
        let findings: Vec<Box<Finding>> = covered
            .flat_map(|range| found.iter().map(move |rule| (*rule, range)))
            .map(|(rule, range)| Finding {
                rule,
                family: "compose",
                severity: crate::finding::Severity::Low,
                confidence: crate::finding::Confidence::High,
                message: String::new(),
                help: None,
                primary: Some(Span { file: file.id, range }),
                trail: Vec::new(),
                related: Vec::new(),
                fixes: Vec::new(),
                stacks: Vec::new(),
                subject: String::new(),
                fingerprint: String::new(),
            })
            .map(Box::new)
            .collect();
        let problems = read.verdicts(&findings, &sources, |_, _| true);
        let pointed = problems.iter().filter_map(|problem| problem.place).map(|place| sources.text(place)).collect();
        let mut edits: Vec<Edit> =
            problems.into_iter().filter_map(|problem| problem.fix).flat_map(|fix| fix.edits).collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.place.range.start));
        let mut mended = text.to_owned();
        for pair in edits.windows(2) {
            assert!(pair[1].place.range.end <= pair[0].place.range.start, "edits do not overlap: {edits:?}");
        }
        edits.iter().for_each(|edit| mended.replace_range(edit.place.range.to_usize(), &edit.replacement));
        (pointed, mended)
    }

    #[test]
    fn a_comment_goes_with_its_line_or_with_the_blanks_before_it() {
        let mended = |format, text: &str| unused(format, text, &[]).1;
        let yaml = |text: &str| mended(Format::Yaml, text);
        assert_eq!(yaml("a: 1 \t# stacklint: ignore[one] -- x\nb: 2\n"), "a: 1\nb: 2\n");
        assert_eq!(yaml("a:\r\n  # stacklint: ignore[one] -- x\r\n  b: 2\r\n"), "a:\r\n  b: 2\r\n");
        assert_eq!(yaml("a: 1\n# stacklint: ignore[one] -- x"), "a: 1\n");
        assert_eq!(yaml("# stacklint: ignore[one] -- x\n# stacklint: ignore[two] -- x\na: 1"), "a: 1");
        assert_eq!(yaml("a: 1 # other # stacklint: ignore[one] -- x\n"), "a: 1 # other\n");
        assert_eq!(yaml("# other # stacklint: ignore[one] -- x\na: 1\n"), "# other\na: 1\n", "a line keeps its remark");
        assert_eq!(yaml("a: [ # stacklint: ignore[one] -- x\n 1 ]\n"), "a: [\n 1 ]\n");
        let hba = "local a b \\\n peer # stacklint: ignore[one] -- x \\\n y\n# stacklint: ignore[one] \\\n -- x\nlocal a b peer\n";
        assert_eq!(mended(Format::PgHba, hba), "local a b \\\n peer\nlocal a b peer\n");
        assert_eq!(mended(Format::Dotenv, "A='1' # stacklint: ignore[one] -- x\nB=2"), "A='1'\nB=2");
    }

    #[test]
    fn a_comment_that_ends_a_block_of_text_stays() {
        let keeps = "a: |+\n  text\n\n# stacklint: ignore[one] -- x\n\n\nb: 1\n";
        let (pointed, mended) = unused(Format::Yaml, keeps, &[]);
        assert_eq!((pointed.len(), mended.as_str()), (1, keeps), "the blank lines below would become text");
        let follows = "a: |+\n  text\n\n# stacklint: ignore[one] -- x\nb: 1\n";
        assert_eq!(unused(Format::Yaml, follows, &[]).1, "a: |+\n  text\n\nb: 1\n");
    }

    #[test]
    fn only_what_is_unused_goes() {
        let text = |rules: &str| format!("a: 1 # stacklint: ignore[{rules}] -- x\n");
        let left = |rules: &str, found: &[&'static str]| {
            let (pointed, mended) = unused(Format::Yaml, &text(rules), found);
            (pointed.join(" "), mended)
        };
        assert_eq!(left("one, two,three", &["one", "two", "three"]), (String::new(), text("one, two,three")));
        assert_eq!(left("one, two,three", &["one"]), ("two three".to_owned(), text("one")));
        assert_eq!(left("one, two,three", &["two"]), ("one three".to_owned(), text("two")));
        assert_eq!(left(" one , two,three ", &["three"]), ("one two".to_owned(), text(" three ")));
        assert_eq!(left("one, two,three", &["one", "three"]), ("two".to_owned(), text("one,three")));
        assert_eq!(left("one,two", &[]).1, "a: 1\n");
    }

    #[test]
    fn an_expired_comment_is_told_once() {
        let text = "a: 1 # stacklint: ignore[one,two] until=2025-12-31 -- x\n";
        assert_eq!(unused(Format::Yaml, text, &["one"]), (vec!["2025-12-31".to_owned()], text.to_owned()));
        assert_eq!(unused(Format::Yaml, text, &[]).1, "a: 1\n");
        let today = text.replace("2025-12-31", "2026-01-01");
        assert_eq!(unused(Format::Yaml, &today, &["one", "two"]).0, Vec::<String>::new());
    }

    #[test]
    fn nothing_is_unused_in_a_file_that_was_not_read_as_a_whole() {
        let text = "a: 1 # stacklint: ignore[one] -- x\nb: [\n";
        assert_eq!(unused(Format::Yaml, text, &[]).0, Vec::<String>::new());
        let text = "A=1 # stacklint: ignore[one] -- x\n=\nB C=1\n";
        assert_eq!(unused(Format::Dotenv, text, &[]).0, Vec::<String>::new());
    }
}
