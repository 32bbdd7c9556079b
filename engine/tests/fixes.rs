//! Fixes put into files: whole or not at all, nothing broken by them, no other byte touched.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing that is not as it must be")]

use std::collections::BTreeMap;

use stacklint_engine::check::Context;
use stacklint_engine::finding::{Confidence, Edit, Fix, Safety, Severity};
use stacklint_engine::fix::apply::{Reason, Repair, repair};
use stacklint_engine::origin::Span;
use stacklint_engine::rule::{Check, Declaration, Rule, ServiceRule};
use stacklint_engine::run::Options;
use stacklint_engine::stack::Service;
use stacklint_engine::vfs::Vfs;

const DECLARATION: Declaration = Declaration {
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    fix: Some(Safety::Unsafe),
    levels: &[],
    covers: &[],
    maps: &[],
    parameters: &[],
    absence: None,
};

const fn rule(id: &'static str, check: &'static dyn ServiceRule) -> Rule {
    Rule { id, family: "compose", page: "", declaration: &DECLARATION, check: Check::Service(check) }
}

/// Has something against some images, and a fix for each that is more or less good.
#[derive(Debug)]
struct Images;

impl ServiceRule for Images {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some(image) = service.value().get("image") else { return };
        let Some(place) = image.place else { return };
        let put = |safety, text: &str| Some(fix(safety, [(place, text)]));
        let fix = match image.as_str() {
            Some("old") => put(Safety::Unsafe, "new"),
            Some("safe") => put(Safety::Safe, "new"),
            Some("syntax") => put(Safety::Unsafe, "[new"),
            Some("refused") => put(Safety::Unsafe, "new\n    imagine: it"),
            Some("gone") => put(Safety::Unsafe, "new\nservices: 1"),
            Some("vain") => put(Safety::Unsafe, "vain # still"),
            Some("tick") => put(Safety::Unsafe, "tock"),
            _ => return,
        };
        cx.report(cx.violation(image, format!("services.{}.image", service.name), "it is old").fix(fix));
    }
}

/// Has something against some domains, with fixes of several edits, and against an image of the other rule.
#[derive(Debug)]
struct Domains;

impl ServiceRule for Domains {
    fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
        let Some(image) = service.value().get("image") else { return };
        if image.as_str() == Some("tock") {
            let back = fix(Safety::Unsafe, [(image.place.unwrap(), "tick")]);
            cx.report(cx.violation(image, "services.a.image", "it is new").fix(Some(back)));
        }
        let image = image.place.unwrap();
        let Some(domain) = service.value().get("dns_search").and_then(|list| list.items().first()) else { return };
        let place = domain.place.unwrap();
        let fix = match domain.as_str().unwrap_or_default() {
            // The second edit is that of the other rule as well.
            "both" => fix(Safety::Unsafe, [(place, "none"), (image, "new")]),
            "half" => fix(Safety::Unsafe, [(place, "[none"), (image, "new")]),
            "beside" => fix(Safety::Unsafe, [(place, "none"), (at(image.range.start, image), "example.org/")]),
            "crossed" => fix(Safety::Unsafe, [(place, "none"), (place, "nothing")]),
            _ => return,
        };
        let subject = format!("services.{}.dns_search", service.name);
        cx.report(cx.violation(domain, subject, "it has a domain").fix(Some(fix)));
    }
}

static IMAGES: [Rule; 1] = [rule("old-image", &Images)];
static BOTH: [Rule; 2] = [rule("old-image", &Images), rule("domain", &Domains)];

fn fix<'t>(safety: Safety, edits: impl IntoIterator<Item = (Span, &'t str)>) -> Fix {
    let edits = edits.into_iter().map(|(place, text)| Edit { place, replacement: text.to_owned() });
    Fix { title: "mend it".to_owned(), safety, edits: edits.collect() }
}

fn at(offset: u32, of: Span) -> Span {
    Span { range: stacklint_parsers::TextRange::empty(offset), ..of }
}

fn mend(files: &[(&str, &[u8])], allowed: Safety) -> Repair {
    repair(Vfs::in_memory(files.iter().copied()), &Options::all(&BOTH, &[]).unwrap(), allowed)
}

/// What files are then, those alone that change.
fn changed(repair: &Repair) -> BTreeMap<&str, String> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    repair.changes.iter().map(|change| (change.name.as_str(), text(change.text.after()))).collect()
}

/// What is left, and why.
fn refused(repair: &Repair) -> Vec<(&str, &Reason)> {
    let findings = &repair.after().outcome.findings;
    repair.refused.iter().map(|(number, reason)| (findings[*number].subject.as_str(), reason)).collect()
}

fn services(images: &[(&str, &str)]) -> String {
    let services = images.iter().map(|(name, image)| format!("  {name}:\n    image: {image}\n"));
    format!("services:\n{}", services.collect::<String>())
}

#[test]
fn the_fix_that_breaks_something_is_found_and_the_others_go_in() {
    let mut images: Vec<(String, &str)> = (10..40).map(|number| (format!("s{number}"), "old")).collect();
    images[3].1 = "syntax";
    images[17].1 = "refused";
    images[18].1 = "vain";
    images[29].1 = "gone";
    let images: Vec<(&str, &str)> = images.iter().map(|(name, image)| (name.as_str(), *image)).collect();
    let one = services(&images);
    let two = services(&[("a", "old"), ("b", "syntax"), ("c", "old")]);
    let three = services(&[("a", "old")]);
    let files = [("one", &one), ("two", &two), ("three", &three)];
    let names = files.map(|(name, _)| format!("{name}/compose.yaml"));
    let files: Vec<(&str, &[u8])> =
        names.iter().zip(files).map(|(name, file)| (name.as_str(), file.1.as_bytes())).collect();
    let repair = mend(&files, Safety::Unsafe);
    let changed = changed(&repair);
    for (name, text) in [("one", &one), ("two", &two), ("three", &three)] {
        assert_eq!(changed[format!("{name}/compose.yaml").as_str()], text.replace("image: old", "image: new"));
    }
    assert_eq!(repair.applied.len(), 26 + 2 + 1);
    let refused = refused(&repair);
    let why = |subject: &str| refused.iter().find(|(found, _)| *found == subject).unwrap().1.to_string();
    assert_eq!(refused.len(), 5, "{refused:?}");
    assert!(why("services.s13.image").starts_with("with it `one/compose.yaml` would have a syntax error: "));
    assert!(why("services.s27.image").starts_with("with it Docker Compose would refuse the stack `one`: "));
    assert_eq!(why("services.s28.image"), "the finding would still be there");
    assert!(why("services.s39.image").starts_with("with it "));
    assert!(why("services.b.image").starts_with("with it `two/compose.yaml` would have"));
}

#[test]
fn what_was_wrong_before_keeps_no_fix_out() {
    let text = "services:\n  a:\n    image: old\n    imagine: it\n  b:\n    image: old\n  c: [\n";
    let repair = mend(&[("compose.yaml", text.as_bytes())], Safety::Unsafe);
    assert_eq!(changed(&repair)["compose.yaml"], text.replace("old", "new"));
}

#[test]
fn only_what_is_allowed_goes_in() {
    let text = services(&[("a", "old"), ("b", "safe")]);
    let repair = mend(&[("compose.yaml", text.as_bytes())], Safety::Safe);
    assert_eq!(changed(&repair)["compose.yaml"], text.replace("safe", "new"));
    assert!(repair.refused.is_empty() && repair.applied.len() == 1);
    let title = &repair.applied[0];
    assert_eq!((title.rule, title.subject.as_str()), ("old-image", "services.b.image"));
}

#[test]
fn a_fix_of_several_edits_goes_in_whole_or_not_at_all() {
    // The layer writes the domain, the base the image.
    let base = services(&[("a", "other")]);
    let layer = |domain: &str| format!("services:\n  a:\n    dns_search: [{domain}]\n");
    let run = |domain: &str| {
        let layer = layer(domain);
        mend(&[("compose.yaml", base.as_bytes()), ("compose.override.yaml", layer.as_bytes())], Safety::Unsafe)
    };
    let both = run("both");
    let texts = changed(&both);
    assert_eq!(
        (texts["compose.yaml"].clone(), texts["compose.override.yaml"].clone()),
        (services(&[("a", "new")]), layer("none"))
    );
    let half = run("half");
    assert!(half.changes.is_empty() && half.fixed.is_none() && half.applied.is_empty());
    assert!(matches!(refused(&half).as_slice(), [("services.a.dns_search", Reason::Breaks(_))]));
    let crossed = run("crossed");
    assert!(crossed.changes.is_empty());
    assert_eq!(refused(&crossed), [("services.a.dns_search", &Reason::Malformed)]);
}

#[test]
fn equal_edits_are_one_and_what_overlaps_waits_its_turn() {
    let text = |image: &str, domain: &str| format!("services:\n  a:\n    image: {image}\n    dns_search: [{domain}]\n");
    let both = text("old", "both");
    let repair = mend(&[("compose.yaml", both.as_bytes())], Safety::Unsafe);
    assert_eq!(changed(&repair)["compose.yaml"], text("new", "none"));
    assert_eq!(repair.applied.len(), 2);
    // An insertion at the place of a replacement: the second is made for the text with the first.
    let beside = text("old", "beside");
    let repair = mend(&[("compose.yaml", beside.as_bytes())], Safety::Unsafe);
    assert_eq!(changed(&repair)["compose.yaml"], text("example.org/new", "none"));
    assert_eq!((repair.applied.len(), repair.refused.len()), (2, 0));
}

#[test]
fn fixes_that_undo_each_other_come_to_an_end() {
    let text = services(&[("a", "tick"), ("b", "old")]);
    let repair = mend(&[("compose.yaml", text.as_bytes())], Safety::Unsafe);
    assert_eq!(changed(&repair)["compose.yaml"], text.replace("old", "new"));
    assert_eq!(refused(&repair), [("services.a.image", &Reason::Rounds)]);
}

#[test]
fn looking_for_what_breaks_something_comes_to_an_end() {
    let mut images: Vec<(String, &str)> = (100..220).map(|number| (format!("s{number}"), "refused")).collect();
    images[0].1 = "old";
    let images: Vec<(&str, &str)> = images.iter().map(|(name, image)| (name.as_str(), *image)).collect();
    let text = services(&images);
    let repair = mend(&[("compose.yaml", text.as_bytes())], Safety::Unsafe);
    assert_eq!(changed(&repair)["compose.yaml"], text.replace("old", "new"));
    let refused = refused(&repair);
    let count = |untried: bool| refused.iter().filter(|(_, reason)| (**reason == Reason::Untried) == untried).count();
    assert!(count(true) > 0 && count(false) > 0 && refused.len() == 119, "{refused:?}");
}

#[test]
fn bytes_that_are_no_text_stay() {
    let text = b"\xEF\xBB\xBF# caf\xE9 \0\r\nservices:\r\n  a:\r\n    image: old\r\n    command: \"\xFF\"\r\n";
    let repair = mend(&[("compose.yaml", text)], Safety::Unsafe);
    let after = repair.changes[0].text.after();
    let old = text.windows(3).position(|bytes| bytes == b"old").unwrap();
    let expected = [&text[..old], b"new", &text[old + 3..]].concat();
    assert_eq!(after, expected);
    assert_eq!(repair.rewrites()[0].before.as_ref(), text);
    let utf16: Vec<u8> = services(&[("a", "old")]).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let repair = mend(&[("compose.yaml", &[b"\xFF\xFE", utf16.as_slice()].concat())], Safety::Unsafe);
    assert!(repair.changes.is_empty());
}

#[test]
fn an_edit_of_bytes_that_are_no_text_is_refused() {
    // The lossy text of the bytes is what the rule looks for.
    #[derive(Debug)]
    struct Lossy;
    impl ServiceRule for Lossy {
        fn check(&self, service: &Service<'_>, cx: &mut Context<'_>) {
            let image = service.value().get("image").unwrap();
            let place = image.place.unwrap();
            let fix = fix(Safety::Safe, [(place, "new")]);
            if image.as_str() == Some("a?b") {
                cx.report(cx.violation(image, "image", "it is lossy").fix(Some(fix)));
            }
        }
    }
    static LOSSY: [Rule; 1] = [rule("lossy", &Lossy)];
    let vfs = Vfs::in_memory([("compose.yaml", b"services:\n  a:\n    image: a\xFFb\n" as &[u8])]);
    let repair = repair(vfs, &Options::all(&LOSSY, &[]).unwrap(), Safety::Safe);
    assert_eq!(refused(&repair), [("image", &Reason::NoText)]);
    assert!(repair.changes.is_empty());
}

#[cfg(unix)]
#[test]
fn a_file_that_is_read_by_two_names_is_edited_once() {
    let directory = std::env::temp_dir().join(format!("stacklint-fixes-{}", std::process::id()));
    std::fs::create_dir_all(directory.join("b")).unwrap();
    std::fs::create_dir_all(directory.join("a")).unwrap();
    let text = services(&[("a", "old"), ("b", "old")]);
    std::fs::write(directory.join("a/compose.yaml"), &text).unwrap();
    std::os::unix::fs::symlink("../a/compose.yaml", directory.join("b/compose.yaml")).unwrap();
    let repair = repair(Vfs::on_disk(&directory).unwrap(), &Options::all(&IMAGES, &[]).unwrap(), Safety::Unsafe);
    repair.before.sources.vfs().write(&repair.rewrites()).unwrap();
    assert_eq!((repair.changes.len(), repair.applied.len(), repair.refused.len()), (1, 4, 0));
    assert_eq!(std::fs::read_to_string(directory.join("b/compose.yaml")).unwrap(), text.replace("old", "new"));
    assert!(directory.join("b/compose.yaml").is_symlink());
    std::fs::remove_dir_all(&directory).unwrap();
}
