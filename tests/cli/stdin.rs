//! `--stdin-filename`: the text of one file comes from an editor, the rest of its stacks from the disk.

use crate::support::{Directory, findings};

const COMPOSE: &str = "services:\n  db:\n    image: postgres:17\n    ports: ['${BIND}:5432:5432']\n";

fn project() -> Directory {
    Directory::with(&[
        (".git/HEAD", ""),
        ("a/compose.yaml", COMPOSE),
        ("a/.env", "BIND=127.0.0.1\n"),
        ("b/compose.yaml", "services: {cache: {image: 'redis:8', ports: ['6379:6379']}}\n"),
    ])
}

const LINE: &str = "check --format json --exit-zero --select published-datastore-port,syntax-error --stdin-filename";

#[test]
fn the_text_takes_the_place_of_what_the_disk_holds() {
    let directory = project();
    let told = |name: &str, text: &str| findings(&directory.run_fed(&format!("{LINE} {name}"), text).json());
    assert_eq!(told("a/compose.yaml", COMPOSE), Vec::<String>::new());
    assert_eq!(told("a/.env", "BIND=0.0.0.0\n"), ["published-datastore-port a/.env"]);
    let open = COMPOSE.replace("${BIND}:", "");
    assert_eq!(told("a/compose.yaml", &open), ["published-datastore-port a/compose.yaml"]);
    assert_eq!(told("./a/../a/compose.yaml", &open), ["published-datastore-port a/compose.yaml"]);
    assert_eq!(told("a/compose.yaml", "services: [\n").len(), 1, "a half-written file is a finding");
    assert_eq!(directory.read("a/compose.yaml"), COMPOSE, "the disk is as it was");
    // A file that is not saved yet.
    assert_eq!(
        told("new/compose.yaml", &open.replace("postgres", "mysql").replace("5432", "3306")),
        ["published-datastore-port new/compose.yaml"]
    );
    assert_eq!(
        told("a/compose.override.yaml", "services: {db: {ports: ['5433:5432']}}\n"),
        ["published-datastore-port a/compose.override.yaml"]
    );
    // Of one stack that is described.
    let answer = directory.run_fed(&format!("{LINE} a/.env -f a/compose.yaml -f b/compose.yaml"), "BIND=0.0.0.0\n");
    assert_eq!(findings(&answer.json()), ["published-datastore-port a/.env"]);
}

#[test]
fn what_cannot_be_is_told() {
    let directory = project();
    for (line, text, said) in [
        ("check --stdin-filename ../elsewhere.yaml", "", "it lies outside the project"),
        ("check --stdin-filename a", "", "it is a directory"),
    ] {
        let answer = directory.run_fed(line, text);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{line}: {}", answer.err);
        assert!(answer.err.contains("from standard input") && answer.err.contains(said), "{line}: {}", answer.err);
        assert!(answer.err.contains("help: "), "{}", answer.err);
    }
    let large = "#".repeat((16 << 20) + 1);
    let answer = directory.run_fed("check --stdin-filename a/compose.yaml", &large);
    assert!(answer.code == 2 && answer.err.contains("larger than 16 MiB"), "{}", answer.err);
    for line in
        ["check a --stdin-filename a/.env", "check --stdin-filename a/.env --write-baseline", "check --stdin-filename"]
    {
        assert_eq!(directory.run_fed(line, "").code, 2, "{line}");
    }
}
