//! What comments say, and what is wrong with them.

use super::super::KnownRule;
use super::*;

const FAMILY: &str = "compose";

fn known() -> Known {
    let rule = |id: &'static str, can_be_accepted| (id, KnownRule { id, can_be_accepted });
    let rules =
        [rule("published-datastore-port", true), rule("plaintext-secret", true), rule("unused-suppression", false)];
    Known { rules: rules.into_iter().collect(), families: [FAMILY].into_iter().collect() }
}

/// What a comment says: its rules, its day and its reason.
fn said(comment: &str) -> (Vec<&'static str>, Option<String>, String) {
    let text = format!("a: b {comment}");
    let place = TextRange::from_usize(5..text.len());
    let directive = parse(&text, place, &known(), true).expect("it is ours").expect("it is well formed");
    for (id, place) in &directive.rules {
        assert_eq!(place.of(&text), *id);
    }
    let until = directive.until.map(|(day, place)| {
        assert_eq!(place.of(&text), day.to_string());
        day.to_string()
    });
    (directive.rules.iter().map(|(id, _)| *id).collect(), until, directive.reason)
}

/// What is wrong with a comment: the kind, the characters, and the help.
fn wrong(comment: &str) -> Vec<(ProblemKind, String, String)> {
    let text = format!("a: b {comment}");
    let place = TextRange::from_usize(5..text.len());
    let faults = parse(&text, place, &known(), true).expect("it is ours").expect_err("it is malformed");
    faults.into_iter().map(|fault| (fault.kind, fault.place.of(&text).to_owned(), fault.help)).collect()
}

#[test]
fn reads_what_is_well_formed() {
    let port = "published-datastore-port";
    let (rules, until, reason) = said("# stacklint: ignore[published-datastore-port] -- behind the VPN, OPS-123");
    assert_eq!((rules, until, reason.as_str()), (vec![port], None, "behind the VPN, OPS-123"));
    let (rules, until, reason) =
        said("#StackLint :  IGNORE[ published-datastore-port ,plaintext-secret] until=2027-01-31 --lab");
    assert_eq!(rules, [port, "plaintext-secret"]);
    assert_eq!((until.as_deref(), reason.as_str()), (Some("2027-01-31"), "lab"));
    assert_eq!(said("## stacklint: ignore[plaintext-secret,plaintext-secret] -- a").0, ["plaintext-secret"]);
    assert_eq!(said("# pinned # stacklint: ignore[plaintext-secret] -- a -- b [c]").2, "a -- b [c]");
    // A line that pg_hba.conf joins.
    let joined = "# stacklint: ignore[plaintext-secret,\\\n published-datastore-port\\\r\n ] \\\n -- one\\\ntwo";
    assert_eq!((said(joined).0.len(), said(joined).2.as_str()), (2, "one two"));
}

#[test]
fn passes_over_what_is_not_meant() {
    for comment in [
        "# stacklint",
        "# run stacklint: ignore[plaintext-secret] -- a",
        "# stacklint ignores this file",
        "# see stacklint/stacklint#12",
        "# stacklinter: ignore[plaintext-secret] -- a",
        "# ignore[plaintext-secret] -- a",
        "# `# stacklint: ignore[plaintext-secret] -- a`",
        "#",
    ] {
        let place = TextRange::from_usize(0..comment.len());
        assert_eq!(parse(comment, place, &known(), true), None, "{comment}");
    }
}

#[test]
fn says_what_is_malformed_at_the_very_characters() {
    let cases = [
        ("# stacklint: ingore[plaintext-secret] -- a", "ingore", "did you mean `ignore`?"),
        ("# stacklint: disable[plaintext-secret] -- a", "disable", FORM),
        ("# stacklint:", "# stacklint:", FORM),
        ("# stacklint ignore[plaintext-secret] -- a", "stacklint ignore", FORM),
        ("# stacklint-ignore[plaintext-secret] -- a", "stacklint-ignore", FORM),
        ("# stacklint ignore plaintext-secret", "stacklint ignore", FORM),
        ("# stacklint: ignore [plaintext-secret] -- a", "ignore [", "write `ignore[` in one piece"),
        ("# stacklint: ignore(plaintext-secret) -- a", "ignore", "the rules stand in `[` and `]`"),
        ("# stacklint: ignore plaintext-secret -- a", "ignore", FORM),
        ("# stacklint: ignore[plaintext-secret -- a", "[", "put `]` behind the last rule"),
        ("# stacklint: ignore[] -- a", "[]", FORM),
        ("# stacklint: ignore[plaintext-secret,] -- a", "[plaintext-secret,]", FORM),
        ("# stacklint: ignore[plaintxt-secret] -- a", "plaintxt-secret", "did you mean `plaintext-secret`?"),
        ("# stacklint: ignore[Plaintext_Secret] -- a", "Plaintext_Secret", "did you mean `plaintext-secret`?"),
        ("# stacklint: ignore[zzz] -- a", "zzz", "`stacklint rules` lists them"),
        ("# stacklint: ignore[*] -- a", "*", "name the rules one by one"),
        ("# stacklint: ignore[compose] -- a", "compose", "`compose` is a family: name the rules one by one"),
        (
            "# stacklint: ignore[unused-suppression] -- a",
            "unused-suppression",
            "mend the comment that the finding is about",
        ),
        ("# stacklint: ignore[plaintext-secret] until=2027-02-30 -- a", "2027-02-30", "write the day as `YYYY-MM-DD`"),
        ("# stacklint: ignore[plaintext-secret] until=31.01.2027 -- a", "31.01.2027", "write the day as `YYYY-MM-DD`"),
        ("# stacklint: ignore[plaintext-secret] until= -- a", "", "write the day as `YYYY-MM-DD`"),
        (
            "# stacklint: ignore[plaintext-secret] until 2027-01-31 -- a",
            "until 2027-01-31 -- a",
            "write `until=YYYY-MM-DD` in one piece",
        ),
        (
            "# stacklint: ignore[plaintext-secret] untill=2027-01-31 -- a",
            "untill=2027-01-31 -- a",
            "write `until=YYYY-MM-DD` in one piece",
        ),
        (
            "# stacklint: ignore[plaintext-secret] util=2027-01-31 -- a",
            "util=2027-01-31 -- a",
            "did you mean `until=` instead of `util=`?",
        ),
        (
            "# stacklint: ignore[plaintext-secret] until=2027-01-31 until=2027-01-30 -- a",
            "until=2027-01-30",
            "keep one `until=`",
        ),
        ("# stacklint: ignore[plaintext-secret] -- a until=2027-01-31", "until=2027-01-31", "put it before ` -- `"),
        ("# stacklint: ignore[plaintext-secret] - a", "- a", "write two hyphens before the reason: ` -- `"),
        (
            "# stacklint: ignore[plaintext-secret] \u{2014} a",
            "\u{2014} a",
            "write two hyphens before the reason: ` -- `",
        ),
        (
            "# stacklint: ignore[plaintext-secret] because",
            "because",
            "the reason stands behind two hyphens: ` -- reason`",
        ),
    ];
    for (comment, place, help) in cases {
        let expected = (ProblemKind::MalformedSuppression, place.to_owned(), help.to_owned());
        assert_eq!(wrong(comment), [expected], "{comment}");
    }
}

#[test]
fn one_unknown_rule_takes_the_effect_of_all() {
    let places: Vec<String> = wrong("# stacklint: ignore[plaintext-secret, nope, , zzz] -- a")
        .into_iter()
        .map(|(_, place, _)| place)
        .collect();
    assert_eq!(places, ["nope", "[plaintext-secret, nope, , zzz]", "zzz"]);
    let many = format!("# stacklint: ignore[{}] -- a", ",".repeat(100_000));
    assert_eq!(wrong(&many).len(), FAULT_LIMIT);
}

#[test]
fn a_reason_is_words() {
    for comment in [
        "# stacklint: ignore[plaintext-secret]",
        "# stacklint: ignore[plaintext-secret] until=2027-01-31",
        "# stacklint: ignore[plaintext-secret] --",
        "# stacklint: ignore[plaintext-secret] -- ...",
    ] {
        let found = wrong(comment);
        assert_eq!(found[0].0, ProblemKind::SuppressionWithoutReason, "{comment}");
        assert_eq!((found.len(), found[0].1.as_str()), (1, comment));
    }
    let long = format!("# stacklint: ignore[plaintext-secret] -- {}", "word ".repeat(100_000));
    assert!(said(&long).2.len() <= REASON_LIMIT + 4);
}
