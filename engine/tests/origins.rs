//! Values keep their origin through everything that Compose does with them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing that is not as it must be")]

mod places;

use std::path::{Path, PathBuf};

use stacklint_engine::config::{Choice, Flags, Policies, Setup};
use stacklint_engine::discover::discover;
use stacklint_engine::origin::{Role, Span};
use stacklint_engine::source::Sources;
use stacklint_engine::stack::project::{self, Plain};
use stacklint_engine::stack::value::Value;
use stacklint_engine::stack::{Certainty, Exposure, ProblemKind, Stack, StackSpec};
use stacklint_engine::text::{PieceKind, Text};
use stacklint_engine::vfs::Vfs;

/// A stack in memory; its layers are the files whose names begin with `compose`.
fn resolve(files: &[(&str, &str)]) -> (Stack, Sources) {
    let vfs = Vfs::in_memory(files.iter().map(|(name, text)| (*name, text.as_bytes())));
    let directory = vfs.root().to_owned();
    let layers = files.iter().filter(|(name, _)| name.starts_with("compose")).map(|(name, _)| directory.join(name));
    let spec = StackSpec {
        name: ".".to_owned(),
        files: layers.collect(),
        directory,
        env_files: None,
        variables: Vec::new(),
        profiles: Vec::new(),
        environment: None,
        certainty: Certainty::Certain,
        shadowed: Vec::new(),
        named_at: Vec::new(),
    };
    let sources = Sources::new(vfs);
    (Stack::resolve(spec, &sources), sources)
}

fn at<'a>(stack: &'a Stack, path: &[&str]) -> &'a Value {
    path.iter().fold(&stack.model, |value, key| match key.parse::<usize>() {
        Ok(index) => &value.items()[index],
        Err(_) => value.get(key).unwrap_or_else(|| panic!("no {key} in {path:?}")),
    })
}

fn shown(sources: &Sources, span: Span) -> String {
    format!("{}: {}", sources.file(span.file).unwrap().name, sources.text(span))
}

/// The pieces of a text as `text <- file: source [roles]`.
fn pieces(stack: &Stack, sources: &Sources, text: &Text) -> Vec<String> {
    text.pieces()
        .map(|(range, piece)| {
            let place = piece.place.map_or("nowhere".to_owned(), |place| shown(sources, place));
            let roles: Vec<_> = stack.origins.trail(piece.origin).iter().map(|step| step.role.name()).collect();
            format!("{:?} <- {place} {roles:?}", &text.as_str()[range])
        })
        .collect()
}

#[test]
fn a_port_is_pieces_of_env_default_and_literal() {
    let (stack, sources) = resolve(&[
        ("compose.yaml", "services:\n  db:\n    image: x\n    ports:\n      - \"${BIND_IP}:${P:-5432}:5432\"\n"),
        (".env", "BIND_IP='10.0.0.7'\n"),
    ]);
    let port = stack.service("db").unwrap().ports().next().unwrap();
    assert_eq!(port.exposure(), Exposure::PrivateAddress);
    assert_eq!(pieces(&stack, &sources, port.address().unwrap()), [r#""10.0.0.7" <- .env: 10.0.0.7 ["interpolated"]"#]);
    assert_eq!(pieces(&stack, &sources, port.published().unwrap()), [r#""5432" <- compose.yaml: 5432 ["default"]"#]);
    assert_eq!(shown(&sources, port.entry().place.unwrap()), r#"compose.yaml: "${BIND_IP}:${P:-5432}:5432""#);
    let trail = stack.origins.trail(port.address().unwrap().source().unwrap().1);
    assert_eq!(shown(&sources, trail[0].place.unwrap()), "compose.yaml: ${BIND_IP}");
}

#[test]
fn an_unset_bind_address_leaves_a_mark_and_opens_the_port() {
    let (stack, sources) =
        resolve(&[("compose.yaml", "services: {db: {image: x, ports: [\"${BIND_IP}:5432:5432\"]}}\n")]);
    let port = stack.service("db").unwrap().ports().next().unwrap();
    assert_eq!(port.exposure(), Exposure::AllInterfaces);
    let unset: Vec<_> = port.address().unwrap().unset().map(|place| shown(&sources, place)).collect();
    assert_eq!(unset, ["compose.yaml: ${BIND_IP}"]);
    assert_eq!(stack.unset.len(), 1);
}

#[test]
fn a_folded_scalar_points_at_its_lines() {
    let (stack, sources) = resolve(&[
        (
            "compose.yaml",
            "services:\n  a:\n    image: x\n    environment:\n      URL: >-\n        postgres://u:${PW}@h/\n        db\n",
        ),
        (".env", "PW=s3cret\n"),
    ]);
    let url = at(&stack, &["services", "a", "environment", "URL"]).as_text().unwrap();
    assert_eq!(url.as_str(), "postgres://u:s3cret@h/ db");
    let password = url.slice(13..19);
    assert_eq!(pieces(&stack, &sources, &password), [r#""s3cret" <- .env: s3cret ["interpolated"]"#]);
    let last = url.slice(23..25);
    assert_eq!(pieces(&stack, &sources, &last), [r#""db" <- compose.yaml: db []"#]);
}

#[test]
fn a_merge_key_under_an_override_keeps_both_ways() {
    let base = "x-env: &env {A: one, B: two}\nservices:\n  s:\n    image: x\n    environment:\n      <<: *env\n      C: three\n";
    let layer = "services:\n  s:\n    environment: {B: override}\n";
    let (stack, sources) = resolve(&[("compose.yaml", base), ("compose.z.yaml", layer)]);
    let value = |key| at(&stack, &["services", "s", "environment", key]);
    assert_eq!(
        pieces(&stack, &sources, value("A").as_text().unwrap()),
        [r#""one" <- compose.yaml: one ["merged_from"]"#]
    );
    let winner = value("B");
    let trail = stack.origins.trail(winner.origin);
    assert_eq!(winner.as_str(), Some("override"));
    assert_eq!(trail.last().unwrap().role, Role::Overrides);
    assert_eq!(shown(&sources, trail.last().unwrap().lost.unwrap()), "compose.yaml: two");
}

#[test]
fn a_variable_of_an_included_project_comes_from_its_own_env() {
    let (stack, sources) = resolve(&[
        ("compose.yaml", "include: [data/compose.yaml]\nservices: {api: {image: x}}\n"),
        ("data/compose.yaml", "services:\n  db:\n    image: x\n    env_file: db.env\n    hostname: ${HOST}\n"),
        ("data/.env", "HOST=inner\nPW=abc\n"),
        ("data/db.env", "PASSWORD=${PW}\n"),
        (".env", "HOST=outer\n"),
    ]);
    assert!(stack.problems.is_empty(), "{:?}", stack.problems);
    assert_eq!(
        pieces(&stack, &sources, at(&stack, &["services", "db", "hostname"]).as_text().unwrap()),
        [r#""outer" <- .env: outer ["interpolated", "included_by"]"#]
    );
    // An env file of a service is read with the variables of the whole project, not with those of the include.
    assert_eq!(at(&stack, &["services", "db", "environment", "PASSWORD"]).as_str(), Some(""));
}

#[test]
fn an_extended_service_remembers_both_files() {
    let (stack, sources) = resolve(&[
        ("compose.yaml", "services:\n  db:\n    extends: {file: base/b.yaml, service: pg}\n    hostname: own\n"),
        ("base/b.yaml", "services:\n  pg:\n    image: postgres:17\n    volumes: [./data:/data]\n    hostname: base\n"),
    ]);
    assert_eq!(
        pieces(&stack, &sources, at(&stack, &["services", "db", "image"]).as_text().unwrap()),
        [r#""postgres:17" <- base/b.yaml: postgres:17 ["extended_from"]"#]
    );
    assert_eq!(at(&stack, &["services", "db", "volumes", "0", "source"]).as_str(), Some("/stack/base/data"));
    assert_eq!(at(&stack, &["services", "db", "hostname"]).as_str(), Some("own"));
}

#[test]
fn escapes_and_dollars_are_derived_pieces() {
    let (stack, sources) = resolve(&[("compose.yaml", "services: {a: {image: x, environment: {P: \"a\\tb$$c\"}}}\n")]);
    let text = at(&stack, &["services", "a", "environment", "P"]).as_text().unwrap();
    assert_eq!(text.as_str(), "a\tb$c");
    let derived: Vec<_> = text
        .pieces()
        .filter(|(_, piece)| piece.kind == PieceKind::Derived)
        .map(|(range, _)| &text.as_str()[range])
        .collect();
    assert_eq!(derived, ["\t", "$"]);
    assert_eq!(shown(&sources, text.slice(3..4).source().unwrap().0), "compose.yaml: $$");
}

#[test]
fn an_empty_list_in_an_override_removes_nothing() {
    let base = "services: {db: {image: x, ports: [\"1:1\"]}, q: {image: x, ports: [\"2:2\"]}}\n";
    let layer = "services: {db: {ports: []}, q: {ports: !reset []}}\n";
    let (stack, _) = resolve(&[("compose.yaml", base), ("compose.z.yaml", layer)]);
    assert_eq!(stack.service("db").unwrap().ports().count(), 1);
    assert_eq!(stack.service("q").unwrap().ports().count(), 0);
}

#[test]
fn bombs_stay_small() {
    let mut aliases = String::from("x-a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        aliases.push_str(&format!("x-a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", ")));
    }
    let (stack, _) = resolve(&[("compose.yaml", &aliases)]);
    assert_eq!(stack.problems(ProblemKind::OverLimit).count(), 1);

    let mut doubling = String::from("V0=0123456789abcdef\n");
    for level in 1..40 {
        doubling.push_str(&format!("V{level}=$V{0}$V{0}\n", level - 1));
    }
    let compose = "services: {a: {image: x, environment: {V: $V39}}}\n";
    let (stack, _) = resolve(&[("compose.yaml", compose), (".env", &doubling)]);
    assert!(stack.problems(ProblemKind::OverLimit).count() >= 1);

    let (stack, _) = resolve(&[
        ("compose.yaml", "include: [b.yaml]\nservices: {a: {image: x, extends: b}, b: {extends: a}}\n"),
        ("b.yaml", "include: [compose.yaml]\n"),
    ]);
    assert!(stack.problems(ProblemKind::Cycle).count() >= 2, "{:?}", stack.problems);
}

#[test]
fn nothing_outside_is_read() {
    let (stack, _) = resolve(&[(
        "compose.yaml",
        "include: [../other/compose.yaml]\nservices:\n  a:\n    image: x\n    env_file: /etc/passwd\n    extends: {file: ../b.yaml, service: x}\n",
    )]);
    assert_eq!(stack.problems(ProblemKind::OutsideRoot).count(), 3, "{:?}", stack.problems);
    assert!(stack.problems.iter().all(|problem| problem.place.is_some()));
}

/// The property of `places`, for every stack below `STACKLINT_CORPUS`; without it for our own.
#[test]
fn every_string_of_every_stack_is_what_its_pieces_say() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").canonicalize().unwrap();
    let corpus = std::env::var_os("STACKLINT_CORPUS").map_or(own, PathBuf::from);
    let sources = Sources::new(Vfs::on_disk(&corpus).unwrap());
    let setup = Setup::new(&[], Choice::Nothing, Flags::default()).unwrap();
    let policies = Policies::new(&setup, &sources);
    let plan = discover(&sources, &[PathBuf::from(".")], &Default::default(), &policies);
    let (mut stacks, mut pieces) = (0, 0);
    for spec in plan.folders.iter().flat_map(|folder| &folder.stacks) {
        let stack = Stack::resolve(spec.clone(), &sources);
        pieces += places::check(&stack, &sources, &spec.name);
        stacks += 1;
    }
    assert!(stacks > 100 && pieces > 1000, "{stacks} stacks, {pieces} pieces");
}

/// A default in the command line stays known while its variable is set.
#[test]
fn a_command_line_keeps_its_defaults() {
    let (stack, sources) = resolve(&[
        (
            "compose.yaml",
            "services:\n  db:\n    image: x\n    command: \"redis --requirepass ${PW:-changeme} --port 1\"\n    entrypoint: [\"${SHELL_PATH:-/bin/sh}\"]\n",
        ),
        (".env", "PW=x8Fq2\nSHELL_PATH=/bin/bash\n"),
    ]);
    let fallback = |path: &[&str]| match &at(&stack, path).data {
        stacklint_engine::stack::value::Data::Scalar(scalar) => {
            scalar.fallback.clone().map(|text| pieces(&stack, &sources, &text))
        }
        _ => None,
    };
    assert_eq!(fallback(&["services", "db", "command", "1"]), None);
    let default = [r#""changeme" <- compose.yaml: changeme ["default"]"#.to_owned()];
    assert_eq!(fallback(&["services", "db", "command", "2"]).unwrap(), default);
    let shell = [r#""/bin/sh" <- compose.yaml: /bin/sh ["default"]"#.to_owned()];
    assert_eq!(fallback(&["services", "db", "entrypoint", "0"]).unwrap(), shell);
}

/// What Docker Compose 2.40.3 prints as YAML; as JSON it fails to.
#[test]
fn keys_of_a_build_are_printed_with_their_files() {
    let (stack, _) = resolve(&[
        (
            "compose.yaml",
            "services:\n  list: {build: {context: ., ssh: [a=1, a=~/key, b=]}}\n  \
             keys: {build: {context: ., ssh: {a: 5, b: x, c: }}}\n  \
             own: {build: {context: ., ssh: [x-a=key]}}\n",
        ),
        ("compose.override.yaml", "services: {keys: {build: {ssh: {a: , b: y, x-d: 1}}}}\n"),
    ]);
    assert!(!stack.is_refused(), "{:?}", stack.problems);
    let directory = stack.spec.directory.display().to_string();
    let model = project::project(&stack, &Plain);
    let keys = |service: &str| model["services"][service]["build"]["ssh"].to_string().replace(&directory, "/stack");
    assert_eq!(keys("list"), r#"["a: ${HOME}/key","b: /stack"]"#);
    assert_eq!(keys("keys"), r##"["a: 5","b: /stack/y","c","#extensions: map[x-d:1]"]"##);
    assert_eq!(keys("own"), r##"["#extensions: map[x-a:/stack/key]"]"##);
}

/// Docker Compose refuses it; once the variable is set, the port is published.
#[test]
fn a_port_of_an_unset_variable_is_kept() {
    let (stack, _) = resolve(&[(
        "compose.yaml",
        "services: {db: {image: x, ports: [\"${P}:${P}\", \"127.0.0.1:${P}:${P}/udp\", \":\"]}}\n",
    )]);
    assert!(stack.is_refused());
    let ports: Vec<_> = stack.service("db").unwrap().ports().map(|port| (port.subject(), port.exposure())).collect();
    assert_eq!(
        ports,
        [
            ("services.db.ports[?/tcp]".to_owned(), Exposure::AllInterfaces),
            ("services.db.ports[?/udp]".to_owned(), Exposure::Loopback),
        ]
    );
}
