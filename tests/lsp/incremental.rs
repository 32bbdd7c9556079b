//! After an edit only what it can change is judged, and what is then shown is what a run over everything would say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use stacklint_engine::fix::apply::Judged;
use stacklint_engine::line_index::ColumnUnit;
use stacklint_engine::run::Options;
use stacklint_engine::vfs::Vfs;

use super::editor::{Editor, brief, rich};

/// Stacks that hang together in every way there is, and some that stand alone.
const FILES: [(&str, &str); 20] = [
    ("stacklint.yaml", "min_severity: info\n"),
    (
        "compose.yaml",
        "include: [shared/compose.yaml]\nservices:\n  db:\n    image: postgres:17\n    ports: [\"${BIND:-127.0.0.1}:5432:5432\"]\n    volumes: [\"./pg/pg_hba.conf:/etc/postgresql/pg_hba.conf\"]\n    command: -c hba_file=/etc/postgresql/pg_hba.conf\n",
    ),
    (".env", "BIND=0.0.0.0\n"),
    (
        "pg/pg_hba.conf",
        "local all all peer\nhost all all 0.0.0.0/0 trust # stacklint: ignore[hba-trust-remote] -- only in the lab\n",
    ),
    ("pg/postgresql.conf", "ssl = off\n"),
    ("shared/compose.yaml", "services:\n  cache:\n    image: redis:7\n    ports: [\"6379:6379\"]\n"),
    ("shared/.env", "X=1\n"),
    ("alone/compose.yaml", "services:\n  web:\n    image: nginx\n    env_file: ../common.env\n"),
    ("common.env", "SECRET_KEY=changeme\n"),
    (
        "other/compose.yaml",
        "services:\n  web:\n    extends: {file: ../alone/compose.yaml, service: web}\n  db:\n    image: mysql:8\n",
    ),
    (
        "far/docker-compose.yml",
        "services:\n  a:\n    image: mongo:7\n    ports: [\"27017:27017\"] # stacklint: ignore[published-datastore-port] -- behind the wall\n",
    ),
    ("far/docker-compose.prod.yml", "services:\n  a:\n    environment: {MODE: prod}\n"),
    ("far/compose.example.yaml", "services: {x: {extends: {file: ../template/base.yaml, service: x}}}\n"),
    ("template/base.yaml", "services: {x: {image: x}}\n"),
    ("template/compose.yaml", "services: {x: {image: x:1, privileged: true}}\n"),
    ("loose/.env.production", "API_TOKEN=hunter2hunter2\n"),
    ("loose/config.yaml", "debug: true\npassword: kE9xTq2vLm4zRw8pYd3n\n"),
    ("deploy/pg_hba.conf", "host all all all md5\n"),
    ("deploy/compose.yaml", "services: {db: {image: \"postgres:16\"}}\n"),
    ("ignored.txt", "nothing\n"),
];

/// What takes the place of what, somewhere in some text.
const EDITS: [(&str, &str); 28] = [
    ("127.0.0.1", "0.0.0.0"),
    ("0.0.0.0", "127.0.0.1"),
    ("image: ", "image: x/"),
    ("image: x/", "image: "),
    ("include: [shared/compose.yaml]", "include: []"),
    ("include: []", "include: [shared/compose.yaml]"),
    ("../common.env", "../loose/.env.production"),
    ("../loose/.env.production", "../deploy/absent.env"),
    ("../deploy/absent.env", "../common.env"),
    // Outside of what may be read: then nothing anywhere can be called unused.
    ("../common.env", "../../outside.env"),
    ("../../outside.env", "../common.env"),
    ("local all all peer", "local all all peer # stacklint: ignore[hba-trust-remote] -- nothing to accept"),
    (" # stacklint: ignore[hba-trust-remote] -- nothing to accept", ""),
    ("../alone/compose.yaml", "../template/compose.yaml"),
    ("../template/compose.yaml", "../alone/compose.yaml"),
    ("../template/base.yaml", "../template/compose.yaml"),
    ("stacklint: ignore", "stacklint: ignored"),
    ("stacklint: ignored", "stacklint: ignore"),
    ("ports: [", "ports: [\"80:80\", "),
    ("services:", "services: "),
    ("X=1", "COMPOSE_FILE=../far/docker-compose.yml"),
    ("COMPOSE_FILE=../far/docker-compose.yml", "X=1"),
    ("trust", "scram-sha-256"),
    ("peer", "trust"),
    ("postgres:16", "mysql:8"),
    ("mysql:8", "postgres:16"),
    ("changeme", "kE9xTq2vLm4zRw8pYd3n"),
    ("min_severity: info", "min_severity: low"),
];

/// A small generator of numbers, the same at every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn without_order(all: BTreeMap<String, Vec<Value>>) -> BTreeMap<String, Vec<String>> {
    all.into_iter()
        .map(|(name, diagnostics)| {
            let line = |one: &Value| format!("{} {} {} {}", brief(one), one["severity"], one["message"], one["data"]);
            let mut lines: Vec<String> = diagnostics.iter().map(line).collect();
            lines.sort();
            (name, lines)
        })
        .collect()
}

/// What is found below a directory from nothing.
fn from_scratch(editor: &Editor) -> BTreeMap<String, Vec<String>> {
    let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    let texts: Vec<(String, String)> =
        names.iter().map(|name| ((*name).to_owned(), editor.text(name).to_owned())).collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let mut other = Editor::new(&texts, without_related());
    other.settle();
    without_order(other.all())
}

/// Places in other files are compared by what is shown there.
fn without_related() -> Value {
    let mut capabilities = rich();
    capabilities["textDocument"]["publishDiagnostics"]["relatedInformation"] = json!(false);
    capabilities
}

#[test]
fn what_is_shown_after_edits_is_what_a_run_over_everything_says() {
    let mut numbers = Numbers(7);
    let mut changed = 0;
    for _ in 0..4 {
        let mut editor = Editor::new(&FILES, without_related());
        FILES.iter().for_each(|(name, _)| editor.open(name));
        editor.settle();
        let mut before = without_order(editor.all());
        for step in 0..30 {
            let (name, _) = FILES[numbers.below(FILES.len())];
            let applicable: Vec<_> =
                EDITS.iter().filter(|(from, _)| editor.text(name).matches(from).count() == 1).collect();
            if applicable.is_empty() {
                continue;
            }
            let (from, to) = applicable[numbers.below(applicable.len())];
            editor.edit(name, from, to);
            // Mostly it is looked at, sometimes the next edit comes first.
            if numbers.below(4) == 0 {
                continue;
            }
            editor.settle();
            let shown = without_order(editor.all());
            changed += usize::from(shown != before);
            let expected = from_scratch(&editor);
            for (path, lines) in &expected {
                assert_eq!(shown.get(path), Some(lines), "{path} after {from:?} became {to:?} in {name}, step {step}");
            }
            assert_eq!(shown.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
            before = shown;
        }
    }
    assert!(changed > 25, "only {changed} edits changed anything");
}

#[test]
fn what_is_shown_is_what_check_says() {
    let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stacks");
    for entry in fs::read_dir(stacks).unwrap() {
        let directory = entry.unwrap().path().canonicalize().unwrap();
        let today = crate::commands::today();
        let options = Options { today, ..Options::all(stacklint_rules::all(), &[]).unwrap() };
        let Judged { sources, outcome } = Judged::of(Vfs::on_disk(&directory).unwrap(), &options);
        let mut expected: Vec<String> = outcome
            .findings
            .iter()
            .filter_map(|finding| {
                let place = finding.primary?;
                let file = sources.file(place.file)?;
                let at = |offset| file.lines().position(&file.text, offset, ColumnUnit::Utf16);
                let (start, end) = (at(place.range.start), at(place.range.end));
                let range = format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column);
                Some(format!("{} {} {range} {}", file.path.display(), finding.rule, finding.fingerprint))
            })
            .collect();
        expected.sort();
        let mut editor = Editor::unconnected(&[]);
        let uri = format!("file://{}", directory.display());
        let options = json!({"minSeverity": "info"});
        editor.initialize(json!({"rootUri": uri, "capabilities": {}, "initializationOptions": options}));
        editor.settle();
        let shown = editor.all_by_uri().into_iter().flat_map(|(uri, diagnostics)| {
            let path = crate::lsp::uri::to_path(&uri).unwrap().display().to_string();
            let line = move |one: &Value| {
                format!("{path} {} {}", brief(one), one["data"]["fingerprint"].as_str().unwrap_or_default())
            };
            diagnostics.iter().filter(|one| !one["data"].is_null()).map(line).collect::<Vec<_>>()
        });
        let mut shown: Vec<String> = shown.collect();
        shown.sort();
        assert_eq!(shown, expected, "{}", directory.display());
    }
}

#[test]
fn an_edit_leaves_other_stacks_alone() {
    let mut editor = Editor::new(&FILES, rich());
    editor.open("far/docker-compose.yml");
    editor.settle();
    let before = editor.published;
    editor.edit("far/docker-compose.yml", "27017:27017", "27018:27017");
    editor.settle();
    assert_eq!(editor.published, before + 1);
}

#[test]
fn what_went_wrong_elsewhere_makes_no_edit_dearer() {
    let outside = "services: {a: {image: a, env_file: ../../../outside.env}}\n";
    let mut editor = Editor::new(
        &[("a/compose.yaml", outside), ("b/compose.yaml", outside), ("c/compose.yaml", "services: {c: {image: c}}\n")],
        rich(),
    );
    for name in ["a", "b", "c"] {
        editor.open(&format!("{name}/compose.yaml"));
    }
    editor.settle();
    for (name, from, to) in [("c", "image: c", "image: cc"), ("a", "image: a", "image: aa")] {
        let before = editor.published;
        editor.edit(&format!("{name}/compose.yaml"), from, to);
        editor.settle();
        assert_eq!(editor.published, before + 1, "only what was edited is judged");
    }
}

#[test]
fn nothing_piles_up() {
    let options = json!({"select": ["published-datastore-port", "unused-suppression"]});
    let mut editor = Editor::with_options(&FILES, rich(), options);
    editor.open(".env");
    editor.open("far/docker-compose.yml");
    let count = |editor: &mut Editor| {
        editor.settle();
        editor.ask("test/entries", Value::Null).unwrap()
    };
    for (from, to) in [("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")] {
        editor.edit(".env", from, to);
        editor.settle();
    }
    let first = count(&mut editor);
    for round in 0..5_000 {
        editor.edit(".env", "0.0.0.0", "127.0.0.1");
        editor.edit(".env", "127.0.0.1", "0.0.0.0");
        if round % 50 == 0 {
            editor.edit("far/docker-compose.yml", "a:", "b:");
            editor.settle();
            editor.edit("far/docker-compose.yml", "b:", "a:");
            editor.close("far/docker-compose.yml");
            editor.open("far/docker-compose.yml");
        }
    }
    assert_eq!(count(&mut editor), first);
    assert_eq!(editor.rules(".env"), ["published-datastore-port"]);
}
