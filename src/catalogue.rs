//! The rules by the names a user gives them.

use stacklint_engine::rule::Rule;

use crate::error::Error;

/// Names so unlike that they were hardly meant are not suggested.
const LIKENESS: f64 = 0.75;

/// All rules, by family and then by id.
pub(crate) fn all() -> &'static [Rule] {
    stacklint_rules::all()
}

/// The rule of that id.
///
/// # Errors
/// If there is none.
pub(crate) fn find(id: &str) -> Result<&'static Rule, Error> {
    all().iter().find(|rule| rule.id == id).ok_or_else(|| {
        let names = all().iter().map(|rule| rule.id);
        Error::UnknownRule { what: "rule", name: id.to_owned(), suggestion: suggestion(id, names) }
    })
}

/// The rules that `select` names (all if it names none), without those that `ignore` names. Names are ids and families.
///
/// # Errors
/// If a name is neither.
pub(crate) fn choose(
    rules: &'static [Rule],
    select: &[String],
    ignore: &[String],
) -> Result<Vec<&'static Rule>, Error> {
    for name in select.iter().chain(ignore) {
        if !rules.iter().any(|rule| is(rule, name)) {
            let mut names: Vec<&str> = rules.iter().flat_map(|rule| [rule.family, rule.id]).collect();
            names.sort_unstable();
            names.dedup();
            let suggestion = suggestion(name, names.into_iter());
            return Err(Error::UnknownRule { what: "rule or family", name: name.clone(), suggestion });
        }
    }
    let chosen = rules.iter().filter(|rule| {
        let selected = select.is_empty() || select.iter().any(|name| is(rule, name));
        selected && !ignore.iter().any(|name| is(rule, name))
    });
    Ok(chosen.collect())
}

fn is(rule: &Rule, name: &str) -> bool {
    rule.id == name || rule.family == name
}

fn suggestion<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let likeness = |known: &&str| strsim::jaro_winkler(known, name);
    match names.max_by(|one, two| likeness(one).total_cmp(&likeness(two))).filter(|known| likeness(known) >= LIKENESS) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`stacklint rules` lists them".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use stacklint_engine::finding::{Confidence, Severity};
    use stacklint_engine::rule::{Check, Declaration};
    use stacklint_engine::stack::ProblemKind;

    use super::*;

    const DECLARATION: Declaration = Declaration {
        severity: Severity::Medium,
        confidence: Confidence::High,
        since: "0.1.0",
        fix: None,
        levels: &[],
        covers: &[],
        maps: &[],
        absence: None,
    };

    const fn rule(family: &'static str, id: &'static str) -> Rule {
        Rule { id, family, page: "", declaration: &DECLARATION, check: Check::Problem(ProblemKind::Syntax) }
    }

    static RULES: [Rule; 3] =
        [rule("compose", "published-port"), rule("compose", "privileged"), rule("secrets", "plaintext-secret")];

    fn chosen(select: &[&str], ignore: &[&str]) -> Vec<&'static str> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let rules = choose(&RULES, &owned(select), &owned(ignore)).unwrap();
        rules.into_iter().map(|rule| rule.id).collect()
    }

    #[test]
    fn chooses_by_id_and_family() {
        assert_eq!(chosen(&[], &[]).len(), 3);
        assert_eq!(chosen(&["compose"], &["privileged"]), ["published-port"]);
        assert_eq!(chosen(&["plaintext-secret", "privileged"], &[]), ["privileged", "plaintext-secret"]);
        assert_eq!(chosen(&[], &["compose"]), ["plaintext-secret"]);
    }

    #[test]
    fn suggests_what_may_have_been_meant() {
        let help = |name: &str| match choose(&RULES, &[name.to_owned()], &[]) {
            Err(Error::UnknownRule { suggestion, .. }) => suggestion,
            other => format!("{other:?}"),
        };
        assert_eq!(help("priviledged"), "did you mean `privileged`?");
        assert_eq!(help("secret"), "did you mean `secrets`?");
        assert_eq!(help("zzz"), "`stacklint rules` lists them");
    }
}
