//! What configuration files accept: `ignores`.

use std::path::Path;

use jiff::civil::Date;

use super::{Coverage, PoliciesOf, expired, in_vain};
use crate::config::{Ignore, Policy};
use crate::finding::Finding;
use crate::map::IndexMap;
use crate::map::{HashMap, HashSet};
use crate::origin::{FileId, Span};
use crate::source::Sources;
use crate::stack::Problem;

/// The ignores of the configurations of a run, and what each accepts.
#[derive(Debug)]
pub(crate) struct Configured {
    /// By the place where each is said: what several configurations extend is one.
    ignores: IndexMap<Span, Ignore>,
    /// What they accept, by rule and place.
    by_place: HashMap<(&'static str, Option<Span>), usize>,
    /// The numbers of the findings that are accepted, in the order they were given in.
    accepted: HashSet<usize>,
    /// The numbers of the ignores that mean some finding.
    used: HashSet<usize>,
    today: Date,
}

impl Configured {
    /// What is accepted of these findings, each of one stack.
    pub(crate) fn of(findings: &[Box<Finding>], policies: &PoliciesOf<'_>, sources: &Sources, today: Date) -> Self {
        let mut configured = Self {
            ignores: IndexMap::default(),
            by_place: HashMap::default(),
            accepted: HashSet::default(),
            used: HashSet::default(),
            today,
        };
        // The numbers of the ignores of a policy, by its files and by rule.
        let mut known: HashMap<Vec<FileId>, HashMap<&'static str, Vec<usize>>> = HashMap::default();
        // Which of them mean a file, so that each pattern is held against each file once.
        let mut of_file: HashMap<(Vec<FileId>, &'static str, FileId), Vec<usize>> = HashMap::default();
        // Mostly nobody ignores anything in a stack: then its findings need not be asked for their policies.
        let outside_only = policies.ignore_nothing_in_stacks();
        for (number, finding) in findings.iter().enumerate() {
            if outside_only && !finding.stacks.is_empty() {
                continue;
            }
            policies.each_of(finding, sources, |policy, _, _| {
                if policy.ignores.is_empty() {
                    return;
                }
                if !known.contains_key(&policy.files) {
                    let own = configured.take(policy);
                    known.insert(policy.files.clone(), own);
                }
                let Some(candidates) = known.get(&policy.files).and_then(|rules| rules.get(finding.rule)) else {
                    return;
                };
                let steps = finding.trail.iter().map(|step| step.place);
                for place in finding.primary.into_iter().chain(steps) {
                    let key = (policy.files.clone(), finding.rule, place.file);
                    let meaning = of_file.entry(key).or_insert_with(|| {
                        let means = |index: &&usize| {
                            let ignore = configured.ignores.get_index(**index);
                            ignore.is_some_and(|(_, ignore)| ignore.path.means_file(place.file, sources))
                        };
                        candidates.iter().filter(means).copied().collect()
                    });
                    if !meaning.is_empty() {
                        configured.try_at(number, finding, place, meaning, sources);
                    }
                }
            });
        }
        configured
    }

    fn take(&mut self, policy: &Policy) -> HashMap<&'static str, Vec<usize>> {
        let mut by_rule: HashMap<&'static str, Vec<usize>> = HashMap::default();
        for ignore in &policy.ignores {
            let known = self.ignores.entry(ignore.place);
            let index = known.index();
            known.or_insert_with(|| ignore.clone());
            by_rule.entry(ignore.rule).or_default().push(index);
        }
        by_rule
    }

    fn try_at(&mut self, number: usize, finding: &Finding, place: Span, candidates: &[usize], sources: &Sources) {
        let Some(file) = sources.file(place.file) else { return };
        let parsed = file.format().map(|format| file.parse(format));
        let path = parsed.as_ref().map(|parsed| parsed.document().path_to(place.range)).unwrap_or_default();
        for index in candidates {
            let Some((_, ignore)) = self.ignores.get_index(*index).filter(|(_, ignore)| ignore.path.points_at(&path))
            else {
                continue;
            };
            self.used.insert(*index);
            if ignore.until.as_ref().is_none_or(|until| self.today <= until.value) {
                self.accepted.insert(number);
                self.by_place.entry((finding.rule, finding.primary)).or_insert(*index);
            }
        }
    }

    /// Whether the finding of this number is accepted.
    pub(crate) fn accepts(&self, number: usize) -> bool {
        self.accepted.contains(&number)
    }

    /// Why a finding is accepted, and until when.
    pub(crate) fn said(&self, finding: &Finding) -> Option<(String, Option<Date>)> {
        let (_, ignore) = self.ignores.get_index(*self.by_place.get(&(finding.rule, finding.primary))?)?;
        Some((ignore.reason.clone(), ignore.until.as_ref().map(|until| until.value)))
    }

    /// The ignores that are over, and those that mean nothing.
    pub(crate) fn verdicts(&self, coverage: &Coverage, policies: &PoliciesOf<'_>, sources: &Sources) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut told = HashSet::default();
        for policy in policies.all() {
            for ignore in policy.ignores.iter().filter(|ignore| told.insert(ignore.place)) {
                let index = self.ignores.get_index_of(&ignore.place);
                let used = index.is_some_and(|index| self.used.contains(&index));
                let over = ignore.until.as_ref().filter(|until| until.value < self.today);
                let subject = format!("ignores[{} in {}]", ignore.rule, ignore.path);
                let Some(file) = sources.file(ignore.place.file) else { continue };
                let directory = file.path.parent().unwrap_or(Path::new(""));
                if used && let Some(until) = over {
                    let place = Span { file: ignore.place.file, range: until.range };
                    problems.push(expired("entry", until.value, place, &subject));
                } else if !used && coverage.below(directory) && coverage.all_of(ignore.rule, &file, policies) {
                    let message =
                        format!("this entry accepts nothing: `{}` finds nothing in `{}`", ignore.rule, ignore.path);
                    problems.push(in_vain(message, ignore.place, &subject));
                }
            }
        }
        problems
    }
}
