//! Hostile input, from files to the exit code: each input is named with its place, the rest is still judged, and nothing
//! from outside the project is read or shown.
//!
//! That a test ends at all is what it says about time; none looks at a clock.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing that is not as it must be")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, iter};

use stacklint_engine::finding::Severity;
use stacklint_engine::outcome::FINDING_LIMIT;
use stacklint_engine::outcome::Outcome;
use stacklint_engine::run::{Options, run};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;

/// A stack with one thing to find, whatever stands beside it.
const DATABASE: &str = "services:\n  db:\n    image: postgres:17\n    ports: [\"5432:5432\"]\n";

/// What must not be seen.
const SECRET: &str = "kE9xTq2vLm4zRw8pYd3n";

type Files = Vec<(String, Vec<u8>)>;

/// A name, the files inside, and a link to make: where, and where it leads.
type Outside<'a> = (&'a str, Files, Option<(&'a Path, &'a str)>);

fn judge(vfs: Vfs) -> Outcome {
    let options = Options::all(stacklint_rules::all(), &[]).unwrap();
    let sources = Sources::new(vfs);
    let outcome = run(&sources, &options);
    for finding in &outcome.findings {
        assert_ne!(finding.rule, "internal-error", "{}", finding.message);
        if let Some(span) = finding.primary {
            assert!(sources.file(span.file).unwrap().text.get(span.range.to_usize()).is_some(), "{finding:?}");
        }
    }
    outcome
}

fn judge_files(files: &Files) -> Outcome {
    judge(Vfs::in_memory(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))))
}

fn count(outcome: &Outcome, rule: &str) -> usize {
    outcome.findings.iter().filter(|finding| finding.rule == rule).count()
}

fn compose(text: impl Into<Vec<u8>>) -> Files {
    vec![("compose.yaml".to_owned(), text.into())]
}

/// The database with more below its service, or below the file.
fn database(more: &str) -> Files {
    compose(format!("{DATABASE}{more}"))
}

fn with(mut files: Files, name: &str, text: impl Into<Vec<u8>>) -> Files {
    files.push((name.to_owned(), text.into()));
    files
}

/// `key0: &key0 ...`, and eleven more that each use the one before nine times.
fn doubling(line: impl Fn(usize, String) -> String) -> String {
    (1..12).map(|level| line(level, vec![format!("*a{}", level - 1); 9].join(", "))).collect()
}

/// What is over a limit: the rule says so once, the run has failed in part, and the rest is judged.
#[test]
fn what_is_over_a_limit_is_named_and_the_rest_is_judged() {
    let aliases =
        format!("x-a0: &a0 [x, x, x]\n{}", doubling(|level, uses| format!("x-a{level}: &a{level} [{uses}]\n")));
    let merges =
        format!("x-a0: &a0 {{k: 1}}\n{}", doubling(|level, uses| format!("x-a{level}: &a{level}\n  <<: [{uses}]\n")));
    let variables: String = (1..60).map(|level| format!("V{level}=${{V{0}}}${{V{0}}}\n", level - 1)).collect();
    let nested = |open: &str, close: &str| format!("{}x{}", open.repeat(10_000), close.repeat(10_000));
    let chain = |index: usize| format!("include: [i{}.yaml]\nservices:\n  s{index}: {{image: x}}\n", index + 1);
    let fork =
        |index: usize| format!("include: [i{0}.yaml, i{0}.yaml]\nservices:\n  s{index}: {{image: x}}\n", index + 1);
    let included = |text: &dyn Fn(usize) -> String, count: usize| {
        let files = compose(format!("include: [i0.yaml]\n{DATABASE}"));
        let last = (format!("i{count}.yaml"), b"services: {last: {image: x}}\n".to_vec());
        let parts = (0..count).map(|index| (format!("i{index}.yaml"), text(index).into_bytes()));
        files.into_iter().chain(parts).chain(iter::once(last)).collect::<Files>()
    };
    let cases: Vec<(&str, Files)> = vec![
        ("an alias bomb", compose(format!("{aliases}{DATABASE}    command: *a11\n"))),
        ("a merge bomb", compose(format!("{merges}{DATABASE}    labels:\n      <<: *a11\n"))),
        ("deep flow lists", database(&format!("x-a: {}\n", nested("[", "]")))),
        ("deep flow mappings", database(&format!("x-a: {}\n", nested("{a: ", "}")))),
        ("deep block lists", database(&format!("x-a:\n  {}a\n", "- ".repeat(10_000)))),
        ("brackets that never close", database(&format!("x-a: {}", "[".repeat(100_000)))),
        ("brackets before everything", compose(format!("{}\n{DATABASE}", "[".repeat(100_000)))),
        ("defaults in defaults", database(&format!("    command: \"{}\"\n", nested("${A:-", "}")))),
        ("defaults in defaults of .env", with(database(""), ".env", format!("A={}\n", nested("${A:-", "}")))),
        (
            "variables that double",
            with(database("    command: ${V59}\n"), ".env", format!("V0=xxxxxxxxxx\n{variables}")),
        ),
        ("includes in a row", included(&chain, 100)),
        ("includes that double", included(&fork, 25)),
        (
            "port ranges",
            database(&"      - \"1-65535:1-65535\"\n".repeat(20).replacen(
                "      -",
                "  w:\n    image: x:1\n    ports:\n      -",
                1,
            )),
        ),
    ];
    for (name, files) in cases {
        let outcome = judge_files(&files);
        assert!((1..=64).contains(&count(&outcome, "input-over-limit")), "{name}: {:?}", outcome.findings);
        assert!(count(&outcome, "published-datastore-port") >= 1, "{name}");
        assert!(!outcome.errors.is_empty() && outcome.errors.iter().all(|error| error.partial), "{name}");
    }
}

#[test]
fn many_findings_of_one_rule_in_one_file_are_cut() {
    let duplicates = format!("    environment:\n{}", "      A: b\n".repeat(3 * FINDING_LIMIT));
    let unclosed = format!("    command: \"{}\"\n", "${A:-".repeat(3 * FINDING_LIMIT));
    for (rule, more) in [("duplicate-mapping-key", duplicates), ("invalid-interpolation", unclosed)] {
        let outcome = judge_files(&database(&more));
        assert_eq!(count(&outcome, rule), FINDING_LIMIT);
        assert_eq!(count(&outcome, "published-datastore-port"), 1);
        assert!(matches!(outcome.errors.as_slice(), [error] if error.partial && error.place.is_some()), "{rule}");
        assert!(outcome.stacks.iter().all(|stack| stack.errors.len() <= FINDING_LIMIT), "{rule}");
    }
}

/// What is wrong, but costs nothing: a finding, and everything else is judged.
#[test]
fn what_is_broken_is_named_and_the_rest_is_judged() {
    let utf16: Vec<u8> = iter::once(0xfeff).chain(DATABASE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let cases: Vec<(&str, Files, &[&str])> = vec![
        ("a list that never closes", database("  web: {image: nginx, ports: [\n   bad: : x\n"), &["syntax-error"]),
        (
            "an open quote in .env",
            with(database(""), ".env", format!("A=\"open\nDB_PASSWORD={SECRET}\n")),
            &["syntax-error", "plaintext-secret"],
        ),
        ("a missing env file", database("    env_file: nope.env\n"), &["missing-env-file"]),
        ("a zero byte", database("    command: a\0b\n"), &["unreadable-text"]),
        ("Latin-1", compose([DATABASE.as_bytes(), b"    hostname: \"caf\xe9\"\n"].concat()), &["unreadable-text"]),
        ("a byte order mark", compose(format!("\u{feff}{DATABASE}")), &[]),
        ("carriage returns", compose(DATABASE.replace('\n', "\r")), &[]),
        ("a file that includes itself", compose(format!("include: [compose.yaml]\n{DATABASE}")), &["include-cycle"]),
        (
            "files that include each other",
            with(compose(format!("include: [b.yaml]\n{DATABASE}")), "b.yaml", "include: [compose.yaml]\n"),
            &["include-cycle"],
        ),
        ("services that extend each other", database("  a: {extends: b}\n  b: {extends: a}\n"), &["include-cycle"]),
        ("an alias of itself", database("    command: &a [*a]\n"), &["syntax-error"]),
        ("dollar signs", database(&format!("    command: \"{}\"\n", "$".repeat(100_001))), &[]),
        ("a service of nothing", database("  web:\n"), &["compose-schema-violation"]),
        ("tabs", database("  web:\n\t  image: nginx\n"), &["syntax-error"]),
        (
            "a template that was never filled in",
            database("  web:\n    image: {{ image }}\n"),
            &["compose-schema-violation"],
        ),
        ("a template with blocks", database("{% if web %}\n  web: {image: nginx}\n{% endif %}\n"), &["syntax-error"]),
        ("tags that nobody knows", database("    hostname: !mine h\n    command: !<tag:x,2000:y> [a]\n"), &[]),
        ("drive letters", database("    volumes: [\"C:\\\\data:/data\", \"D:/x:/y:ro\"]\n"), &[]),
        ("lines of Windows", compose(DATABASE.replace('\n', "\r\n")), &[]),
        ("a key that is a list", database("    ? [a, b]\n    : c\n"), &["unknown-compose-attribute"]),
        ("a reset of nothing", database("    volumes: !reset []\n    cap_add: [!reset A]\n"), &[]),
        (
            "numbers without end",
            database(&format!("    cpus: {0}\n    mem_limit: {0}\n    scale: {0}\n", "9".repeat(10_000))),
            &[],
        ),
        ("one long line", database(&format!("x-a: {}\n", "a".repeat(1 << 20))), &[]),
        (
            "many anchors",
            database(&format!("x-a:\n{}", (0..10_000).map(|index| format!("  - &a{index} v\n")).collect::<String>())),
            &[],
        ),
    ];
    for (name, files, rules) in cases {
        let outcome = judge_files(&files);
        for rule in rules {
            assert!(count(&outcome, rule) >= 1, "{name}: no {rule}");
        }
        assert_eq!(count(&outcome, "published-datastore-port"), 1, "{name}");
        assert!(outcome.errors.is_empty(), "{name}");
    }
    assert_eq!(count(&judge_files(&compose(utf16)), "unreadable-text"), 1);
}

/// A file that only adds to others says so once, as information, and is judged all the same.
#[test]
fn a_layer_alone_is_told_once() {
    let layer = "services:\n  db:\n    ports: [\"5432:5432\"]\n    environment: {POSTGRES_PASSWORD: \"${PW}\"}\n  web: {restart: always}\n";
    let outcome = judge_files(&with(Vec::new(), "compose.prod.yaml", layer));
    assert!(outcome.errors.is_empty(), "{:?}", outcome.errors);
    let refusals: Vec<_> =
        outcome.findings.iter().filter(|finding| finding.rule == "compose-schema-violation").collect();
    assert!(refusals.len() <= 1, "{refusals:?}");
    assert!(refusals.iter().all(|finding| finding.severity == Severity::Info), "{refusals:?}");
}

/// Ten thousand of everything: each is looked at, none costs more than the one before.
#[test]
fn ten_thousand_of_everything_are_judged() {
    let services: String = (0..10_000)
        .map(|index| format!("  s{index}:\n    image: \"postgres:17\"\n    ports: [\"{}:5432\"]\n", 20_000 + index))
        .collect();
    let outcome = judge_files(&compose(format!("services:\n{services}")));
    assert_eq!(count(&outcome, "published-datastore-port"), FINDING_LIMIT);
    let waiting: String =
        (1..10_000).map(|index| format!("  s{index}: {{image: x, depends_on: [s{}]}}\n", index - 1)).collect();
    let outcome = judge_files(&database(&format!("  s0: {{image: x}}\n{waiting}")));
    assert_eq!(count(&outcome, "published-datastore-port"), 1);
    assert_eq!(count(&outcome, "include-cycle"), 0);
    let variables: String = (0..10_000).map(|index| format!("      V{index}: \"${{V{index}:-x}}\"\n")).collect();
    let outcome = judge_files(&database(&format!("    environment:\n{variables}")));
    assert_eq!(count(&outcome, "published-datastore-port"), 1);
    let layers: Files = (0..300)
        .map(|index| {
            (
                format!("l{index}.yaml"),
                format!("services:\n  s{index}: {{image: x}}\n  db: {{labels: {{l: \"{index}\"}}}}\n").into_bytes(),
            )
        })
        .collect();
    let names: Vec<&str> = layers.iter().map(|(name, _)| name.as_str()).collect();
    let files = with(layers.clone(), ".env", format!("COMPOSE_FILE=compose.yaml:{}\n", names.join(":")));
    let outcome = judge_files(&files.into_iter().chain(database("")).collect::<Files>());
    assert_eq!(count(&outcome, "published-datastore-port"), 1);
}

/// A service whose base cannot be had is not called incomplete for it.
#[test]
fn a_base_that_cannot_be_had_is_said_once() {
    let chain: String = (1..200).map(|index| format!("  s{index}: {{extends: s{}}}\n", index - 1)).collect();
    let outcome = judge_files(&database(&format!("  s0: {{image: \"x:1\"}}\n{chain}")));
    assert_eq!(count(&outcome, "input-over-limit"), 1);
    assert_eq!(count(&outcome, "compose-schema-violation"), 0);
}

/// A directory of files on the disk, gone when it is dropped.
struct Directory(PathBuf);

impl Directory {
    fn with(files: &Files) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("stacklint-hostile-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&directory.0).unwrap();
        for (name, bytes) in files {
            fs::write(directory.0.join(name), bytes).unwrap();
        }
        directory
    }

    /// Code and everything printed, in a readable and a machine's form.
    fn check(&self) -> (i32, String) {
        let mut codes = Vec::new();
        let mut printed = String::new();
        for format in ["full", "json", "concise"] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_stacklint"));
            let output = command.args(["check", "--format", format]).current_dir(&self.0).output().unwrap();
            codes.push(output.status.code().unwrap());
            printed.push_str(&String::from_utf8(output.stdout).unwrap());
            printed.push_str(&String::from_utf8(output.stderr).unwrap());
        }
        assert!(codes.iter().all(|code| *code == codes[0]), "{codes:?}");
        (codes[0], printed)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn nothing_to_check_is_said_by_the_exit_code() {
    assert_eq!(Directory::with(&Vec::new()).check().0, 3);
    let templates = with(with(Vec::new(), ".env.example", "DB_PASSWORD=changeme\n"), "compose.yaml.example", DATABASE);
    assert_eq!(Directory::with(&templates).check().0, 3);
    let directory = Directory::with(&Vec::new());
    fs::create_dir(directory.0.join("compose.yaml")).unwrap();
    assert_eq!(directory.check().0, 3);
}

/// What leads outside is named and not followed, and nothing of it is shown.
#[test]
#[cfg(unix)]
fn what_leads_outside_is_not_read() {
    use std::os::unix::fs::symlink;

    let outside = Directory::with(&with(
        compose(format!("services:\n  leak:\n    image: {SECRET}\n")),
        ".env",
        format!("DB_PASSWORD={SECRET}\n"),
    ));
    let away = outside.0.display();
    let file = outside.0.join("compose.yaml");
    let env = outside.0.join(".env");
    let cases: Vec<Outside> = vec![
        ("include", compose(format!("include: [{away}/compose.yaml]\n{DATABASE}")), None),
        ("extends", database(&format!("  w:\n    extends: {{file: {away}/compose.yaml, service: leak}}\n")), None),
        ("env_file", database(&format!("    env_file: {away}/.env\n")), None),
        ("env_file of the system", database("    env_file: /etc/passwd\n"), None),
        ("COMPOSE_FILE", with(database(""), ".env", format!("COMPOSE_FILE={away}/compose.yaml\n")), None),
        ("a link as compose.yaml", Vec::new(), Some((&file, "compose.yaml"))),
        ("a link as .env", database("    environment: {DB_PASSWORD: \"${DB_PASSWORD}\"}\n"), Some((&env, ".env"))),
        (
            "a link to a directory",
            compose(format!("include: [l/compose.yaml]\n{DATABASE}    env_file: l/.env\n")),
            Some((&outside.0, "l")),
        ),
        ("an endless device", database(""), Some((Path::new("/dev/zero"), ".env"))),
    ];
    for (name, files, link) in cases {
        let directory = Directory::with(&files);
        if let Some((target, link)) = link {
            symlink(target, directory.0.join(link)).unwrap();
        }
        let (code, printed) = directory.check();
        assert_eq!(code, 2, "{name}: {printed}");
        assert!(printed.contains("path-outside-root"), "{name}: {printed}");
        assert!(!printed.contains(SECRET) && !printed.contains("root:"), "{name}: {printed}");
        assert!(
            files.is_empty() || name == "COMPOSE_FILE" || printed.contains("published-datastore-port"),
            "{name}: {printed}"
        );
    }
}

/// A pipe that nobody writes to would be waited for without end.
#[test]
#[cfg(unix)]
fn a_pipe_is_never_opened() {
    for (name, files) in
        [("compose.yaml", Vec::new()), (".env", database("")), ("f.env", database("    env_file: f.env\n"))]
    {
        let directory = Directory::with(&files);
        if !Command::new("mkfifo").arg(directory.0.join(name)).status().is_ok_and(|status| status.success()) {
            println!("skipped: there is no `mkfifo`");
            return;
        }
        let (code, printed) = directory.check();
        assert_eq!(code, 2, "{name}: {printed}");
        assert!(printed.contains("unreadable-file"), "{name}: {printed}");
    }
}

/// Names are text of the stranger too.
#[test]
#[cfg(unix)]
fn names_cannot_steer_a_terminal() {
    let names = ["compose.\u{1b}[31mred.yaml", "compose.a\nb.yaml", "compose.\u{202e}gnp.yaml", ".env.\u{1b}]0;x\u{7}"];
    let service = "services:\n  \"d\\eb[31m\\a\\u202e\\n::error::x\":\n    image: \"postgres:17\\e]0;x\\a\"\n    ports: [\"5432:5432\"]\n";
    let files =
        names.map(|name| (name.to_owned(), if name.starts_with(".env") { b"A=1\n".to_vec() } else { service.into() }));
    let (code, printed) = Directory::with(&files.to_vec()).check();
    assert_eq!(code, 1, "{printed}");
    assert!(!printed.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{printed:?}");
    assert!(!printed.lines().any(|line| line.starts_with("::")), "{printed:?}");
}
