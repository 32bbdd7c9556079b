//! Command lines and what `postgres` makes of them. Answers of PostgreSQL 15.18 and 17.10 (`postgres -C NAME ARGS`).

use super::*;
use crate::origin::OriginId;

fn read(argv: &[&str], entry_point: bool) -> CommandLine {
    let argv: Vec<Text> = argv.iter().map(|word| Text::from_nowhere(word, OriginId::WRITTEN)).collect();
    CommandLine::read(&argv, entry_point)
}

fn setting(argv: &[&str], name: &str) -> Option<String> {
    read(argv, true).values(name).next_back().map(|value| value.as_str().to_owned())
}

#[test]
fn every_spelling_sets_the_parameter() {
    for argv in [
        &["postgres", "-c", "ssl=on"] as &[&str],
        &["postgres", "-cssl=on"],
        &["postgres", "--ssl=on"],
        &["postgres", "--SSL=on"],
        &["postgres", "-Fcssl=on"],
        &["postgres", "-c", "ssl=off", "-c", "ssl=on"],
        &["postgres", "-l"],
        &["-c", "ssl=on"],
        &["--ssl=on"],
        &["/usr/local/bin/docker-entrypoint.sh", "-c", "ssl=on"],
        &["gosu", "postgres", "postgres", "-c", "ssl=on"],
        &["tini", "--", "docker-entrypoint.sh", "postgres", "-c", "ssl=on"],
    ] {
        let line = read(argv, true);
        assert_eq!(line.start, Start::Direct, "{argv:?}");
        assert_eq!(setting(argv, "ssl").as_deref(), Some("on"), "{argv:?}");
    }
    assert_eq!(setting(&["postgres", "--listen-addresses="], "listen_addresses").as_deref(), Some(""));
    assert_eq!(setting(&["postgres", "-i"], "listen_addresses").as_deref(), Some("*"));
    assert_eq!(setting(&["postgres", "-h", "10.0.0.1"], "listen_addresses").as_deref(), Some("10.0.0.1"));
    assert_eq!(setting(&["postgres", "-p", "5433", "-p5434"], "port").as_deref(), Some("5434"));
    assert_eq!(setting(&["postgres", "-c", "a.b=c=d"], "a.b").as_deref(), Some("c=d"));
    assert_eq!(setting(&["postgres", "-d3"], "log_statement").as_deref(), Some("all"));
    assert_eq!(read(&["postgres", "-D", "/data"], true).data_directory().map(Text::as_str), Some("/data"));
}

#[test]
fn what_the_server_refuses_is_kept_as_such() {
    for (argv, why) in [
        (&["postgres", "-c", "ssl"] as &[&str], Malformed::NoValue),
        (&["postgres", "-c", "ssl = off"], Malformed::NoName),
        (&["postgres", "-c", "=off"], Malformed::NoName),
        (&["postgres", "-c"], Malformed::NoArgument),
        (&["postgres", "ssl=on"], Malformed::Stray),
        (&["postgres", "--", "-l"], Malformed::Stray),
        (&["postgres", "-Z"], Malformed::UnknownFlag),
    ] {
        let line = read(argv, true);
        assert!(matches!(&line.arguments[..], [Argument::Malformed(_, found)] if *found == why), "{argv:?}: {line:?}");
    }
}

#[test]
fn scripts_are_looked_into() {
    let script = "set -e\nif [ ! -s x ]; then pg_basebackup -h db -U postgres; fi\nexec docker-entrypoint.sh \
                  postgres -c ssl=on -c \"port=$PORT\" # -c ssl=off\n";
    for argv in [&["sh", "-c", script] as &[&str], &["/bin/bash", "-ec", script], &["sh", "-e", "-c", script]] {
        let line = read(argv, true);
        assert_eq!(line.start, Start::Wrapped, "{argv:?}");
        assert_eq!(line.values("ssl").map(Text::as_str).collect::<Vec<_>>(), ["on"]);
        assert!(line.values("port").next().is_some_and(Text::is_unknown));
    }
    let own = read(&["/init/entrypoint.sh", "postgres", "-c", "ssl=on"], true);
    assert_eq!((own.start, own.arguments.len()), (Start::Wrapped, 1));
}

#[test]
fn what_starts_no_server_is_none() {
    for argv in [&["pg_dump", "-h", "db"] as &[&str], &["postgres", "--version"], &["sleep", "infinity"]] {
        assert_eq!(read(argv, true).start, Start::Other, "{argv:?}");
    }
    for argv in [&["/start.sh"] as &[&str], &["sh", "-c", "wait-for postgres"], &["sh", "/start.sh"], &["-c", "ssl=on"]]
    {
        assert_eq!(read(argv, false).start, Start::Opaque, "{argv:?}");
    }
}
