//! Files of PostgreSQL that read others: where every part stands, and files made to exhaust us.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stop at the first thing that is not as it must be, as tests do"
)]

use stacklint_engine::origin::{Origins, Role, Span};
use stacklint_engine::postgres::conf::{self, Conf, ConfProblemKind};
use stacklint_engine::postgres::files::{Files, HostFiles, Listing, Located};
use stacklint_engine::postgres::hba::{self, Hba, HbaProblemKind};
use stacklint_engine::source::Sources;
use stacklint_engine::text::{PieceKind, Text};
use stacklint_engine::vfs::Vfs;

fn sources(files: &[(&str, &str)]) -> Sources {
    Sources::new(Vfs::in_memory(files.iter().map(|(name, text)| (*name, text.as_bytes()))))
}

fn load_hba(files: &[(&str, &str)], major: u32) -> (Sources, Hba, Origins) {
    let sources = sources(files);
    let mut origins = Origins::default();
    let hba = hba::load(&sources, &HostFiles(&sources), &mut origins, "pg_hba.conf", major);
    (sources, hba, origins)
}

fn load_conf(files: &[(&str, &str)], major: u32) -> (Sources, Conf, Origins) {
    let sources = sources(files);
    let mut origins = Origins::default();
    let conf = conf::load(&sources, &HostFiles(&sources), &mut origins, "postgresql.conf", major);
    (sources, conf, origins)
}

fn at(sources: &Sources, place: Option<Span>) -> String {
    let place = place.unwrap();
    format!("{}:{}", sources.file(place.file).unwrap().name, sources.text(place))
}

#[test]
fn every_part_of_a_record_knows_its_place() {
    let main = "host @dbs \"a b\",+r 10.0.0.0 255.0.0.0 ident map=x # c\n";
    let (sources, hba, origins) = load_hba(&[("pg_hba.conf", main), ("dbs", "one\n\"two\"\n")], 17);
    let [record] = hba.records.as_slice() else { panic!("{:?}", hba.problems) };
    assert_eq!(at(&sources, record.kind().unwrap().place), "pg_hba.conf:host");
    let databases: Vec<_> =
        record.record.databases.iter().map(|database| at(&sources, record.part(database).unwrap().place)).collect();
    assert_eq!(databases, ["dbs:one", "dbs:\"two\""]);
    let spliced = &record.part(&record.record.databases[1]).unwrap().text;
    let (place, origin) = spliced.source().unwrap();
    assert_eq!(at(&sources, Some(place)), "dbs:two");
    let trail = origins.trail(origin);
    assert_eq!((trail.len(), trail[0].role), (1, Role::IncludedBy));
    assert_eq!(at(&sources, trail[0].place), "pg_hba.conf:@dbs");
    assert_eq!(at(&sources, record.address().unwrap().place), "pg_hba.conf:10.0.0.0");
    assert_eq!(at(&sources, record.mask().unwrap().place), "pg_hba.conf:255.0.0.0");
    assert_eq!(at(&sources, record.method().unwrap().place), "pg_hba.conf:ident");
    assert_eq!(at(&sources, record.part(record.record.option("map").unwrap()).unwrap().place), "pg_hba.conf:map=x");
    assert_eq!(at(&sources, record.line), format!("pg_hba.conf:{}", main.trim_end()));
    assert_eq!(at(&sources, record.comment), "pg_hba.conf:# c");
}

#[test]
fn a_mask_behind_the_slash_is_no_field() {
    let (_, hba, _) = load_hba(&[("pg_hba.conf", "host all all 10.0.0.0/8 md5\nlocal all all peer\n")], 17);
    assert!(hba.records.iter().all(|record| record.mask().is_none()));
    assert!(hba.records[1].address().is_none());
}

#[test]
fn records_stand_in_the_order_of_the_server() {
    let files = [
        ("pg_hba.conf", "local all all peer\ninclude_dir d\ninclude_if_exists nope\ninclude nope\nlocal all all md5\n"),
        ("d/b.conf", "local all all trust\nfoo\n"),
        ("d/a.conf", "local all all reject\n"),
    ];
    let (sources, hba, origins) = load_hba(&files, 17);
    let methods: Vec<_> = hba.records.iter().map(|record| record.method().unwrap().text.as_str()).collect();
    assert_eq!(methods, ["peer", "reject", "trust", "md5"]);
    let problems: Vec<_> = hba.problems.iter().map(|problem| (problem.kind, at(&sources, problem.place))).collect();
    assert_eq!(problems.len(), 2);
    assert_eq!(problems[0].1, "d/b.conf:foo");
    assert_eq!(problems[1], (HbaProblemKind::Missing, "pg_hba.conf:nope".to_owned()));
    let orders: Vec<u32> = hba.records.iter().map(|record| record.order).collect();
    assert!(orders[2] < hba.problems[0].order && hba.problems[0].order < orders[3]);
    assert_eq!(origins.trail(hba.records[1].origin)[0].role, Role::IncludedBy);
    assert_eq!(hba.files.len(), 3);
    assert_eq!(sources.vfs().absent().len(), 1, "a wanted file is remembered");
}

#[test]
fn the_last_assignment_wins_across_files() {
    let files = [
        ("postgresql.conf", "ssl = off\ninclude 'conf.d/a.conf'\nSSL = on\nport = 5433\nport = 5434\n"),
        ("conf.d/a.conf", "ssl = on\nwork_mem = '4''\\115B'\n"),
    ];
    let (sources, conf, origins) = load_conf(&files, 17);
    assert_eq!(conf.last("ssl").unwrap().line, 3);
    assert_eq!(conf.all("ssl").count(), 3);
    assert_eq!(conf.last("port").unwrap().value.as_str(), "5434");
    let memory = conf.last("WORK_MEM").unwrap();
    assert_eq!(memory.value.as_str(), "4'MB");
    assert!(memory.error.is_some() && conf.is_refused());
    assert_eq!(at(&sources, memory.value_place), "conf.d/a.conf:'4''\\115B'");
    assert_eq!(at(&sources, origins.trail(memory.origin)[0].place), "postgresql.conf:'conf.d/a.conf'");
    let applied: Vec<bool> = conf.assignments.iter().map(|assignment| assignment.applied).collect();
    assert_eq!(applied, [false, true, false, true, false, true]);
}

/// A file that a Compose file holds, in pieces.
struct Held<'a>(&'a Text);

impl Files for Held<'_> {
    fn locate(&self, path: &str) -> Located<'_> {
        match path {
            "/etc/pg_hba.conf" => Located::Text(self.0),
            "/var/lib/names" => Located::Hidden,
            _ => Located::Absent,
        }
    }

    fn list(&self, _: &str) -> Listing {
        Listing::Hidden
    }
}

#[test]
fn a_text_in_a_compose_file_keeps_its_places() {
    let sources = sources(&[("compose.yaml", "host all all all ${M}\n"), (".env", "M=trust\n")]);
    let compose = sources.open(&sources.vfs().absolute("compose.yaml".as_ref())).unwrap();
    let env = sources.open(&sources.vfs().absolute(".env".as_ref())).unwrap();
    let place = |file: &stacklint_engine::source::SourceFile, start, end| {
        Some(Span { file: file.id, range: stacklint_parsers::TextRange::new(start, end) })
    };
    let mut text = Text::default();
    let written = stacklint_engine::origin::OriginId::WRITTEN;
    text.push("host all all all ", place(&compose, 0, 17), PieceKind::Verbatim, written);
    text.push("trust", place(&env, 2, 7), PieceKind::Verbatim, written);
    text.push("\nhost @/var/lib/names all all md5\n", None, PieceKind::Derived, written);
    let hba = hba::load(&sources, &Held(&text), &mut Origins::default(), "/etc/pg_hba.conf", 17);
    let [record] = hba.records.as_slice() else { panic!("{:?}", hba.problems) };
    assert_eq!(at(&sources, record.method().unwrap().place), ".env:trust");
    assert_eq!(at(&sources, record.kind().unwrap().place), "compose.yaml:host");
    assert!(record.line.is_none(), "two files say the line");
    let [problem] = hba.problems.as_slice() else { panic!() };
    assert!(problem.kind == HbaProblemKind::Hidden && problem.is_unread() && !problem.is_refused());
}

#[test]
fn files_that_read_themselves_are_named() {
    let own = [("pg_hba.conf", "host @a all all md5\nlocal all all peer\n"), ("a", "x @b\n"), ("b", "@a\n")];
    for major in [12, 15, 18] {
        let (_, hba, _) = load_hba(&own, major);
        assert_eq!((hba.records.len(), hba.problems.len()), (1, 1));
        assert_eq!(hba.problems[0].kind, HbaProblemKind::Cycle);
    }
    let (_, hba, _) = load_hba(&[("pg_hba.conf", "include pg_hba.conf\nlocal all all peer\n")], 18);
    assert_eq!((hba.records.len(), hba.problems.len()), (1, 1));
    let (_, conf, _) = load_conf(
        &[("postgresql.conf", "include 'a'\nport = 1\n"), ("a", "include 'postgresql.conf'\nfsync = off\n")],
        17,
    );
    assert_eq!((conf.assignments.len(), conf.problems.len()), (2, 1));
    assert_eq!(conf.problems[0].kind, ConfProblemKind::Cycle);
}

#[test]
fn files_in_files_are_read_so_deep_as_the_server_does() {
    let chain = |line: &dyn Fn(usize) -> String| -> Vec<(String, String)> {
        (1..=200).map(|index| (index.to_string(), line(index + 1))).collect()
    };
    let with = |main: (&str, &str), parts: &[(String, String)]| -> Vec<(String, String)> {
        std::iter::once((main.0.to_owned(), main.1.to_owned())).chain(parts.iter().cloned()).collect()
    };
    let borrowed = |files: &[(String, String)]| -> Vec<(String, String)> { files.to_vec() };
    let names = borrowed(&with(("pg_hba.conf", "host @1 all all md5\n"), &chain(&|next| format!("@{next}\n"))));
    let names: Vec<(&str, &str)> = names.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    for major in [12, 18] {
        let (_, hba, _) = load_hba(&names, major);
        assert_eq!(hba.problems[0].kind, HbaProblemKind::Cycle);
    }
    let files =
        with(("postgresql.conf", "include '1'\n"), &chain(&|next| format!("port = {next}\ninclude '{next}'\n")));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (_, conf, _) = load_conf(&files, 17);
    assert_eq!((conf.assignments.len(), conf.problems.len()), (10, 1));
}

/// Each file reads the next one many times: what is over the budget is said once, and all that was read stays.
#[test]
fn files_that_multiply_are_cut() {
    let fork: Vec<(String, String)> =
        (1..9).map(|index| (index.to_string(), format!("@{} ", index + 1).repeat(20))).collect();
    let mut files: Vec<(&str, &str)> = fork.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.extend([("9", "x"), ("pg_hba.conf", "local all all peer\nhost @1 all all md5\nlocal all all trust\n")]);
    for major in [13, 17] {
        let (_, hba, _) = load_hba(&files, major);
        assert!(matches!(hba.problems.as_slice(), [problem] if problem.kind == HbaProblemKind::OverLimit));
        assert_eq!(hba.records.len(), 1);
    }
    let fork: Vec<(String, String)> =
        (1..9).map(|index| (index.to_string(), format!("include '{}'\n", index + 1).repeat(10))).collect();
    let mut files: Vec<(&str, &str)> = fork.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.extend([("9", "port = 1\n"), ("postgresql.conf", "fsync = off\ninclude '1'\n")]);
    let (_, conf, _) = load_conf(&files, 17);
    assert!(matches!(conf.problems.as_slice(), [problem] if problem.kind == ConfProblemKind::OverLimit));
    // The same without anything to set.
    files[8].1 = "";
    let (_, conf, _) = load_conf(&files, 17);
    assert!(matches!(conf.problems.as_slice(), [problem] if problem.kind == ConfProblemKind::OverLimit));
}

#[test]
fn large_files_are_read() {
    let records = "hostssl app,shop +staff 10.0.0.0/8 scram-sha-256 # x\n".repeat(100_000);
    let (_, hba, _) = load_hba(&[("pg_hba.conf", &records)], 17);
    assert_eq!((hba.records.len(), hba.problems.len()), (100_000, 0));
    let settings = "work_mem = '4MB'\nnosuch = 1\n".repeat(20_000);
    let (_, conf, _) = load_conf(&[("postgresql.conf", &settings)], 17);
    assert_eq!(conf.assignments.len(), 40_000);
}

#[test]
fn what_leads_outside_is_not_read() {
    let (_, hba, _) =
        load_hba(&[("pg_hba.conf", "host @/etc/passwd all all md5\ninclude ../../etc/passwd\ninclude_dir /etc\n")], 17);
    assert!(hba.records.is_empty());
    assert!(hba.problems.iter().all(|problem| problem.kind == HbaProblemKind::Outside), "{:?}", hba.problems);
    let (_, conf, _) = load_conf(&[("postgresql.conf", "include '/etc/passwd'\ninclude_dir '/etc'\n")], 17);
    assert!(conf.assignments.is_empty());
    assert!(conf.problems.iter().all(|problem| problem.kind == ConfProblemKind::Outside), "{:?}", conf.problems);
}

#[test]
fn an_empty_file_is_refused() {
    for text in ["", "# nothing\n", "\\\n"] {
        let (_, hba, _) = load_hba(&[("pg_hba.conf", text)], 17);
        assert!(matches!(hba.problems.as_slice(), [problem] if problem.kind == HbaProblemKind::NoRecords));
    }
}

/// Bytes that are not UTF-8 are letters to the server: no error, but a line that we did not read.
#[test]
fn latin_1_is_no_error_of_the_server() {
    let sources =
        Sources::new(Vfs::in_memory([("postgresql.conf", b"a = caf\xe9\nport = 1\n# \xe9\nb == \xe9\n" as &[u8])]));
    let conf = conf::load(&sources, &HostFiles(&sources), &mut Origins::default(), "postgresql.conf", 17);
    assert!(conf.problems.iter().all(|problem| problem.kind == ConfProblemKind::NotText && problem.is_unread()));
    assert_eq!((conf.problems.len(), conf.assignments.len()), (2, 1));
}

#[test]
fn secrets_in_records_are_masked_in_snippets() {
    use stacklint_engine::secrets::mask_ranges;
    for text in [
        "host all all all ldap ldapbasedn=x ldapbindpasswd=Geheim7Xq9Lm\n",
        "host all all all ldap ldapbasedn=x \"ldapbindpasswd=Geheim7Xq9Lm und mehr\"\n",
        "host all all all ldap ldapbasedn=x ldapbindpasswd=\"Geheim7Xq9Lm\"\n",
        "host all all all radius radiusservers=10.0.0.1 radiussecrets=Geheim7Xq9Lm\n",
        "host all all all radius radiusservers=10.0.0.1 \"radiussecrets=Geheim7Xq9Lm,x\"\n",
    ] {
        let hba = stacklint_parsers::pg_hba::parse(text.into());
        let masked = mask_ranges(text, Some(&hba.document));
        let at = u32::try_from(text.find("Geheim").unwrap()).unwrap();
        assert!(masked.iter().any(|range| range.start <= at && range.end >= at + 12), "{text}: {masked:?}");
    }
}
