//! Files of PostgreSQL: their trees, and any text at all.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first thing that is not as it must be, as tests do"
)]

use std::sync::Arc;

use proptest::prelude::*;
use stacklint_parsers::pg_hba::{self, PgHba, RecordErrorKind};
use stacklint_parsers::postgresql_conf::{self, EntryKind};
use stacklint_parsers::{Document, NodeKind, ScalarValue, SyntaxErrorKind, TextRange};

/// Every range lies in the text and on its characters, segments cover their text, and what is verbatim is so.
fn check_tree(document: &Document) {
    let text = document.text();
    let check = |range: TextRange| assert!(text.get(range.to_usize()).is_some(), "{range:?} of {text:?}");
    for (_, node) in document.nodes() {
        check(node.range);
        let NodeKind::Scalar(scalar) = &node.kind else { continue };
        match &scalar.value {
            ScalarValue::Verbatim(range) => {
                check(*range);
                assert!(node.range.contains(*range), "{node:?} of {text:?}");
            }
            ScalarValue::Decoded(value, segments) => {
                let mut start = 0;
                for segment in segments {
                    check(segment.source);
                    assert!(node.range.contains(segment.source), "{node:?} of {text:?}");
                    let part = value.get(start..segment.end as usize).unwrap();
                    assert!(!segment.verbatim || segment.source.of(text) == part, "{node:?} of {text:?}");
                    start = segment.end as usize;
                }
                assert_eq!(start, value.len(), "{node:?} of {text:?}");
            }
        }
    }
    for comment in document.comments() {
        check(comment.range);
        assert!(comment.range.of(text).starts_with('#'));
    }
    for error in document.errors() {
        check(error.range);
        error.skipped.into_iter().for_each(check);
    }
}

fn check_any(text: &str) {
    for parse in [pg_hba::parse, pg_hba::parse_13] {
        let hba = parse(Arc::from(text));
        check_tree(&hba.document);
        for line in &hba.lines {
            assert!(!line.fields.is_empty() && line.fields.iter().all(|field| !field.tokens.is_empty()));
            assert!(text.get(line.range.to_usize()).is_some());
            for major in 12..=18 {
                let view = hba.view(line);
                let error = pg_hba::interpret(&view, major).err();
                if let Some(at) = error.and_then(|error| error.at) {
                    assert!(view.get(at.field).and_then(|field| field.get(at.token)).is_some(), "{text:?}");
                }
            }
        }
    }
    check_tree(&postgresql_conf::parse(Arc::from(text)).document);
}

fn fields(hba: &PgHba) -> Vec<Vec<Vec<String>>> {
    let token = |token: &pg_hba::Token| format!("{}{}", if token.quoted { "\"" } else { "" }, hba.text(token));
    let lines = hba.lines.iter();
    lines.map(|line| line.fields.iter().map(|field| field.tokens.iter().map(token).collect()).collect()).collect()
}

#[test]
fn tokens_are_cut_as_the_server_cuts_them() {
    for (line, expected) in [
        ("a  b\tc\rd", "a|b|c|d"),
        ("db1, db2 u1 ,u2", "db1,db2|u1|u2"),
        (",db1 ,,u1,", "db1|u1"),
        ("a,#b", "a"),
        ("db#1 x", "db"),
        ("\"db#1\" a\"l\"l \"\" a\"\"b", "\"db#1|all|\"|ab"),
        ("\"a\"\"b\" a\"\"\"b\"", "\"a\"b|a\"b"),
        ("\"a b,c", "\"a b,c"),
        ("a\u{c}b \u{a0}c", "a\u{c}b|\u{a0}c"),
    ] {
        let hba = pg_hba::parse(Arc::from(line));
        check_tree(&hba.document);
        let found: Vec<String> = fields(&hba)[0].iter().map(|field| field.join(",")).collect();
        assert_eq!(found.join("|"), expected, "{line}");
    }
}

#[test]
fn a_token_knows_every_place_it_stands_at() {
    let text = "# x\nhost \"d\"\"b\\\n1\" al\\\nl all md5 # c\n";
    let hba = pg_hba::parse(Arc::from(text));
    let line = &hba.lines[0];
    assert_eq!((line.number, hba.lines.len()), (2, 1));
    assert_eq!(line.comment.unwrap().of(text), "# c");
    let token = line.fields[1].tokens[0];
    assert_eq!(hba.text(&token), "d\"b1");
    assert_eq!(hba.document.node(token.node).range.of(text), "\"d\"\"b\\\n1\"");
    let NodeKind::Scalar(scalar) = &hba.document.node(token.node).kind else { panic!() };
    let ScalarValue::Decoded(_, segments) = &scalar.value else { panic!() };
    let sources: Vec<&str> = segments.iter().map(|segment| segment.source.of(text)).collect();
    assert_eq!(sources, ["d", "\"\"", "b", "1"]);
    assert_eq!(hba.text(&line.fields[2].tokens[0]), "all");
    assert_eq!(hba.document.comments().len(), 2);
    assert!(hba.document.comments()[0].own_line && !hba.document.comments()[1].own_line);
}

#[test]
fn a_comment_swallows_the_next_line_from_14_on() {
    let text = "# note \\\nhost all all all trust\n";
    let hba = pg_hba::parse(Arc::from(text));
    assert!(hba.lines.is_empty());
    assert_eq!(hba.document.comments()[0].range.of(text), text.trim_end());
    assert_eq!(pg_hba::parse_13(Arc::from(text)).lines.len(), 1);
}

#[test]
fn errors_point_at_the_token_at_fault() {
    for (line, kind, field) in [
        ("HOST all all all md5", RecordErrorKind::ConnectionType, Some(0)),
        ("host all all 10.0.0.1 md5", RecordErrorKind::Mask, Some(4)),
        ("host all all all mdfive", RecordErrorKind::Method, Some(4)),
        ("host all all all ident map=x pamservice=y", RecordErrorKind::OptionOfOtherMethod, Some(6)),
        ("host all all", RecordErrorKind::EndOfLine, None),
        ("host all /a( all md5", RecordErrorKind::Regex, Some(2)),
    ] {
        let hba = pg_hba::parse(Arc::from(line));
        let error = pg_hba::interpret(&hba.view(&hba.lines[0]), 17).unwrap_err();
        assert_eq!((error.kind, error.at.map(|at| at.field)), (kind, field), "{line}");
        assert!(!error.message.is_empty() && !error.help.is_empty());
    }
}

#[test]
fn settings_are_a_mapping() {
    let text = "# c\nport = 5432 # d\nwork_mem'4''M\\102'\nINCLUDE_dir 'x'\n  bad one two\nssl on";
    let conf = postgresql_conf::parse(Arc::from(text));
    check_tree(&conf.document);
    let entries: Vec<_> =
        conf.entries.iter().map(|entry| (&*entry.name, conf.value(entry), entry.quoted, entry.line)).collect();
    assert_eq!(
        entries,
        [
            ("port", "5432", false, 2),
            ("work_mem", "4'MB", true, 3),
            ("INCLUDE_dir", "x", true, 4),
            ("ssl", "on", false, 6),
        ]
    );
    assert_eq!(conf.entries[2].kind, EntryKind::IncludeDir);
    let comments: Vec<_> = conf.document.comments().iter().map(|comment| comment.own_line).collect();
    assert_eq!(comments, [true, false]);
    assert!(conf.document.node(conf.document.roots()[0]).repaired);
    assert_eq!(conf.document.errors()[0].skipped.unwrap().of(text), "bad one two");
}

/// What is wrong is said with what would be right, at the characters at fault, and never with the value.
#[test]
fn a_broken_setting_is_explained() {
    for (line, at, says) in [
        ("listen_addresses = *", "*", "single quotes"),
        ("listen_addresses = 10.0.0.1", "10.0.0.1", "single quotes"),
        ("ssl_ciphers = \"HIGH\"", "\"HIGH\"", "no quote here"),
        ("log_line_prefix = %m", "%m", "single quotes"),
        ("include x.conf", "x.conf", "name of the file"),
        ("work_mem = 4 MB", "MB", "'4 MB'"),
        ("work_mem = 1.5GB", "1.5GB", "'1.5GB'"),
        ("port: 5432", "port:", "not by `:`"),
        ("port == 1", "=", "too many"),
        ("port", "port", "no value"),
        ("= 5", "=", "no name"),
        ("port = 1;", "1;", "`;`"),
        ("x = 'a", "'a", "not closed"),
        ("port = 1\u{c}", "\u{c}", "form feed"),
        ("\u{b}port = 1", "\u{b}", "vertical tab"),
        ("a = 1\rb = 2\r", "\r", "carriage return"),
        ("[section]", "[section]", "sections"),
        ("a.b.c = 1", "a.b.c", "at most one `.`"),
        ("x = 'it's'", "'it's'", "`''`"),
        ("port = 1 work_mem = 2", "work_mem", "line of its own"),
    ] {
        let conf = postgresql_conf::parse(Arc::from(line));
        check_tree(&conf.document);
        let [error] = conf.document.errors() else { panic!("{line}: {:?}", conf.document.errors()) };
        assert!(error.message.contains(says), "{line}: {}", error.message);
        assert_eq!(error.range.of(line), at, "{line}: {}", error.message);
        assert_eq!(error.kind, SyntaxErrorKind::Malformed);
    }
}

#[test]
fn any_cut_of_a_file_is_read() {
    let text = "host \"d\"\"b\\\n\u{e9}\" @x,+r 10.0.0.0/8 ldap ldapurl=\"ldap://h/b?a?sub?(c)\"#c\\\nx\n\
        'a' = 'b\\303\\251\\0' \u{feff}name.x = 'it''s' # c\r\nhost /(a[[:alpha:]]{1}\\1 all 10 0.0.0.0 cert clientcert=1\n";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        check_any(&text[..end]);
        check_any(&text[end..]);
    }
}

#[test]
fn what_is_large_takes_linear_time() {
    let long = 1 << 16;
    for text in [
        "a".repeat(long),
        " ".repeat(long),
        ",".repeat(long),
        "\"".repeat(long),
        "a,".repeat(long / 2),
        "a ".repeat(long / 2),
        "#".repeat(long),
        "'".repeat(long),
        format!("x = {}", "'".repeat(long - 4)),
        format!("x = '{}", "\\1".repeat(long / 2 - 3)),
        "=".repeat(long),
        "a.".repeat(long / 2),
        "1".repeat(long),
        "\\\n".repeat(long),
        "a\\\n".repeat(long / 2),
        "\r".repeat(long),
        "\0".repeat(long),
        "\0\n".repeat(long / 2),
        format!("host /{} all all md5", "(".repeat(long - 30)),
        format!("host /{} all all md5", "[".repeat(long - 30)),
        format!("host all all {} md5", "1.".repeat(long / 2 - 20)),
    ] {
        check_any(&text);
    }
    check_any(&"a".repeat(1 << 20));
    check_any(&format!("x = '{}'", "a".repeat((1 << 20) - 6)));
    let records = "host all all 10.0.0.0/8 scram-sha-256\n".repeat(100_000);
    assert_eq!(pg_hba::parse(Arc::from(records)).lines.len(), 100_000);
    let settings = "work_mem = '4MB'\n".repeat(100_000);
    assert_eq!(postgresql_conf::parse(Arc::from(settings)).entries.len(), 100_000);
}

#[test]
fn what_is_over_a_limit_is_named_and_the_rest_is_read() {
    let text = format!("local all all trust\n{}\nlocal all all peer\n", "a".repeat((1 << 20) + 1));
    let hba = pg_hba::parse(Arc::from(text));
    check_tree(&hba.document);
    assert_eq!(hba.lines.len(), 2);
    assert!(matches!(hba.document.errors(), [error] if error.kind == SyntaxErrorKind::OverLimit));
    let text = format!("port = 1\nx = '{}'\nport = 2\n", "a".repeat(1 << 20));
    let conf = postgresql_conf::parse(Arc::from(text));
    check_tree(&conf.document);
    assert_eq!(conf.entries.len(), 2);
    assert!(matches!(conf.document.errors(), [error] if error.kind == SyntaxErrorKind::OverLimit));
    let text = "a a a a a a a a a a a a a a a a a a a a\n".repeat(60_000);
    let hba = pg_hba::parse(Arc::from(text));
    assert!(matches!(hba.document.errors(), [error] if error.kind == SyntaxErrorKind::OverLimit));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_words_are_read(words in prop::collection::vec(prop::sample::select(&[
        "host", "local", "hostssl", "all", "@f", "+r", "/a(", "10.0.0.0/8", "10", "255.0.0.0", "::1/64", ".x", "md5", "cert",
        "ldap", "radius", "map=x", "clientcert=1", "ldapurl=ldap://[h", "radiusservers=\"a,\"", "include", "\"", "\"\"", ",",
        "#", " ", "\t", "\r", "\n", "\\\n", "\\", "\0", "\u{feff}", "\u{a0}", "\u{e9}", "\u{c}", "port", "=", "'", "''", "\\'",
        "\\0", "\\351", "4MB", "1.5", ".", "a.b", "-", ":", "/", "include_dir", "%m", "0x", ";",
    ][..]), 0..40)) {
        check_any(&words.concat());
    }

    #[test]
    fn any_text_is_read(text in "(?s).{0,200}") {
        check_any(&text);
    }
}
