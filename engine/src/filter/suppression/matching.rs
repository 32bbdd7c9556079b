//! Which comments cover which findings: ten thousand of each are sorted once and swept over, never held one against one.

use std::cmp::Reverse;

use jiff::civil::Date;
use stacklint_parsers::TextRange;

use super::{Suppression, places};
use crate::finding::Finding;
use crate::map::HashMap;
use crate::origin::FileId;

/// What the comments cover, by file and rule.
#[derive(Debug, Default)]
pub(super) struct Index {
    covers: HashMap<Key, Vec<Cover>>,
}

type Key = (FileId, &'static str);

/// That a comment covers a stretch of a file for one rule.
#[derive(Clone, Copy, Debug)]
struct Cover {
    range: TextRange,
    /// The number of the comment.
    comment: usize,
    /// The number of the rule in the comment.
    rule: usize,
    /// Its last day is not over.
    in_force: bool,
}

/// A place of a finding.
#[derive(Clone, Copy, Debug)]
struct Site {
    range: TextRange,
    /// The number of the finding.
    finding: usize,
    /// The number of the place in the finding: the one to edit is the first.
    order: usize,
}

impl Index {
    pub(super) fn of(all: &[Suppression], today: Date) -> Self {
        let mut covers: HashMap<Key, Vec<Cover>> = HashMap::default();
        for (comment, suppression) in all.iter().enumerate() {
            let Some(range) = suppression.scope else { continue };
            let in_force = suppression.directive.until.is_none_or(|(until, _)| today <= until);
            for (rule, (id, _)) in suppression.directive.rules.iter().enumerate() {
                covers.entry((suppression.file, id)).or_default().push(Cover { range, comment, rule, in_force });
            }
        }
        for covers in covers.values_mut() {
            covers.sort_by_key(|cover| (cover.range.start, Reverse(cover.range.end)));
        }
        Self { covers }
    }

    /// For each finding the comment that accepts it: at the first of its places that any covers, the innermost one.
    pub(super) fn accepted(&self, findings: &[Box<Finding>]) -> Vec<Option<usize>> {
        let mut accepted: Vec<Option<(usize, usize)>> = vec![None; findings.len()];
        for (key, mut sites) in self.sites(findings) {
            sites.sort_by_key(|site| site.range.start);
            let mut covers = self.covers(key).iter().filter(|cover| cover.in_force).peekable();
            // Of the covers that have started the one that started last, for every end: the ends fall from the bottom up.
            let mut open: Vec<&Cover> = Vec::new();
            for site in sites {
                while let Some(cover) = covers.next_if(|cover| cover.range.start <= site.range.start) {
                    while open.pop_if(|below| below.range.end <= cover.range.end).is_some() {}
                    open.push(cover);
                }
                let reaching = open.partition_point(|cover| cover.range.end >= site.range.end);
                let Some(cover) = reaching.checked_sub(1).and_then(|index| open.get(index)) else { continue };
                if let Some(slot) = accepted.get_mut(site.finding)
                    && slot.is_none_or(|(order, _)| site.order < order)
                {
                    *slot = Some((site.order, cover.comment));
                }
            }
        }
        accepted.into_iter().map(|accepted| accepted.map(|(_, comment)| comment)).collect()
    }

    /// The comments and their rules, by numbers, that cover no finding.
    pub(super) fn unused(&self, findings: &[Box<Finding>]) -> Vec<(usize, usize)> {
        let mut unused = Vec::new();
        let mut sites = self.sites(findings);
        for (key, covers) in &self.covers {
            let mut sites = sites.remove(key).unwrap_or_default();
            sites.sort_by_key(|site| Reverse(site.range.start));
            let mut sites = sites.into_iter().peekable();
            // The first end among the places that start where a cover does or behind that.
            let mut first_end = u32::MAX;
            for cover in covers.iter().rev() {
                while let Some(site) = sites.next_if(|site| site.range.start >= cover.range.start) {
                    first_end = first_end.min(site.range.end);
                }
                if first_end > cover.range.end {
                    unused.push((cover.comment, cover.rule));
                }
            }
        }
        unused.sort_unstable();
        unused
    }

    fn covers(&self, key: Key) -> &[Cover] {
        self.covers.get(&key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The places of findings that a comment could cover.
    fn sites(&self, findings: &[Box<Finding>]) -> HashMap<Key, Vec<Site>> {
        let mut sites: HashMap<Key, Vec<Site>> = HashMap::default();
        if self.covers.is_empty() {
            return sites;
        }
        for (number, finding) in findings.iter().enumerate() {
            for (order, place) in places(finding).enumerate() {
                let key = (place.file, finding.rule);
                if self.covers.contains_key(&key) {
                    sites.entry(key).or_default().push(Site { range: place.range, finding: number, order });
                }
            }
        }
        sites
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::Directive;
    use super::*;
    use crate::finding::{Confidence, Severity, TrailStep};
    use crate::origin::{Role, Span};

    const RULES: [&str; 2] = ["one", "two"];

    fn span(file: u32, start: u32, end: u32) -> Span {
        Span { file: FileId(file), range: TextRange::new(start, end) }
    }

    fn comment(rules: &[&'static str], scope: Span, until: Option<Date>) -> Suppression {
        let nowhere = TextRange::default();
        Suppression {
            file: scope.file,
            directive: Directive {
                place: nowhere,
                rules: rules.iter().map(|rule| (*rule, nowhere)).collect(),
                reason: String::new(),
                until: until.map(|until| (until, nowhere)),
            },
            scope: Some(scope.range),
            own_line: false,
            removable: true,
            whole: true,
        }
    }

    fn finding(rule: &'static str, places: &[Span]) -> Box<Finding> {
        let step = |place: &Span| TrailStep { role: Role::Interpolated, message: "".into(), place: *place };
        Box::new(Finding {
            rule,
            family: "compose",
            severity: Severity::High,
            confidence: Confidence::High,
            message: String::new(),
            help: None,
            primary: places.first().copied(),
            trail: places.iter().skip(1).map(step).collect(),
            related: Vec::new(),
            fixes: Vec::new(),
            stacks: Vec::new(),
            subject: String::new(),
            fingerprint: String::new(),
        })
    }

    #[test]
    fn the_innermost_comment_in_force_at_the_first_place_accepts() {
        let today = date(2026, 5, 1);
        let all = [
            comment(&["one"], span(0, 0, 100), None),
            comment(&["two", "one"], span(0, 10, 50), None),
            comment(&["one"], span(0, 10, 50), Some(date(2026, 4, 30))),
            comment(&["one"], span(0, 60, 70), Some(today)),
            comment(&["one"], span(1, 0, 5), None),
        ];
        let index = Index::of(&all, today);
        let findings = [
            finding("one", &[span(0, 10, 50)]),
            finding("one", &[span(0, 9, 50)]),
            finding("one", &[span(0, 60, 71)]),
            finding("one", &[span(0, 65, 66), span(1, 1, 2)]),
            finding("one", &[span(0, 0, 101), span(1, 5, 5)]),
            finding("two", &[span(0, 10, 51)]),
            finding("one", &[span(2, 0, 1)]),
            finding("one", &[]),
        ];
        assert_eq!(index.accepted(&findings), [Some(1), Some(0), Some(0), Some(3), Some(4), None, None, None]);
        assert_eq!(index.unused(&findings), [(1, 0)], "an expired one has something to accept");
        assert_eq!(index.unused(&[]).len(), 6);
    }

    #[test]
    fn sweeping_gives_what_comparing_each_with_each_does() {
        // A small generator of numbers, the same at every run.
        let mut state = 1_u32;
        let mut next = |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % limit
        };
        for _ in 0..300 {
            let mut any = || {
                let start = next(12);
                (RULES[next(2) as usize], span(next(2), start, start + next(8)))
            };
            let scopes: Vec<_> = (0..8).map(|_| any()).collect();
            let all: Vec<_> = scopes.iter().map(|(rule, scope)| comment(&[rule], *scope, None)).collect();
            let findings: Vec<_> = (0..8)
                .map(|_| {
                    let ((rule, first), (_, second)) = (any(), any());
                    finding(rule, &[first, second])
                })
                .collect();
            let index = Index::of(&all, date(2026, 1, 1));
            let covers = |(rule, scope): &(&str, Span), finding: &Finding, place: Span| {
                *rule == finding.rule && scope.file == place.file && scope.range.contains(place.range)
            };
            for (finding, by) in findings.iter().zip(index.accepted(&findings)) {
                let place = places(finding).find(|place| scopes.iter().any(|scope| covers(scope, finding, *place)));
                assert_eq!(place.is_some(), by.is_some());
                if let (Some(place), Some(by)) = (place, by) {
                    assert!(covers(&scopes[by], finding, place));
                    let last =
                        scopes.iter().filter(|scope| covers(scope, finding, place)).map(|(_, it)| it.range.start);
                    assert_eq!(last.max(), Some(scopes[by].1.range.start));
                }
            }
            let needless = |scope: &(&str, Span)| {
                !findings.iter().any(|finding| places(finding).any(|place| covers(scope, finding, place)))
            };
            let expected: Vec<_> =
                (0..8).filter(|number| needless(&scopes[*number])).map(|number| (number, 0)).collect();
            assert_eq!(index.unused(&findings), expected);
        }
    }
}
