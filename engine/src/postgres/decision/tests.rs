//! The decisions held against one connection at a time, and that against a real server.

use std::net::IpAddr;
use std::sync::Arc;

use stacklint_parsers::pg_hba::{self, Entry};

use super::*;

fn records(text: &str) -> Vec<Record> {
    let parsed = pg_hba::parse(Arc::from(text));
    let record = |line| match pg_hba::interpret(&parsed.view(line), 17) {
        Ok(Entry::Record(record)) => record,
        other => panic!("{text}: {other:?}"),
    };
    parsed.lines.iter().map(record).collect()
}

fn plain(text: &str, ssl: Ssl) -> Vec<Option<String>> {
    let records = records(text);
    let decisions = Decisions::of(&records, ssl);
    (0..records.len()).map(|index| decisions.remote(index, Class::Plain).map(|witness| witness.to_string())).collect()
}

#[test]
fn plain_connections_get_to_records() {
    let anyone = "any user, any database, from 203.0.113.7";
    for (text, expected) in [
        ("host all all all md5", vec![Some(anyone)]),
        ("hostnossl all all all reject\nhost all all all md5", vec![Some(anyone), None]),
        ("hostssl all all all reject\nhost all all all md5", vec![None, Some(anyone)]),
        ("host all all 127.0.0.1/32 md5\nhost all all ::1/128 md5\nlocal all all trust", vec![None, None, None]),
        ("host all all samehost md5", vec![None]),
        (
            "hostnossl all all 0.0.0.0/0 reject\nhost all all all md5",
            vec![Some(anyone), Some("any user, any database, from 2001:db8::7")],
        ),
        (
            "host all all 0.0.0.0/1 reject\nhost all all 128.0.0.0/1 reject\nhost all all 10.0.0.0/8 md5",
            vec![Some("any user, any database, from 0.0.0.1").filter(|_| false), Some(anyone), None],
        ),
        (
            "host all app 10.0.0.0/8 reject\nhost all all 10.0.0.0/8 md5",
            vec![Some("user `app`, any database, from 10.0.0.1"), Some("any other user, any database, from 10.0.0.1")],
        ),
        ("host replication all all md5", vec![Some("any user, replication, from 203.0.113.7")]),
        (
            "host sameuser +staff samenet md5",
            vec![Some("a user of `+staff`, a database of `sameuser`, from the server's own networks")],
        ),
        ("host all all 0.0.0.10/8 md5\nhost all all ::ffff:10.0.0.0/104 md5", vec![None, None]),
        ("hostgssenc all all all gss\nhostssl all all all md5", vec![None, None]),
    ] {
        let mut found = plain(text, Ssl::On);
        if text.starts_with("host all all 0.0.0.0/1") {
            // Any address of the lower half will do.
            assert!(found[0].is_some());
            found[0] = None;
        }
        assert_eq!(found, expected.into_iter().map(|it| it.map(str::to_owned)).collect::<Vec<_>>(), "{text}");
    }
}

#[test]
fn without_tls_no_record_for_it_lives() {
    let records = records("hostssl all all all md5\nhostssl all all all reject\nhost all all all md5");
    let off = Decisions::of(&records, Ssl::Off);
    assert_eq!([0, 1, 2].map(|index| off.is_dead(index)), [true, true, false]);
    let on = Decisions::of(&records, Ssl::On);
    assert_eq!([0, 1, 2].map(|index| on.is_dead(index)), [false, true, false]);
    assert_eq!(on.taken_by(1), [0]);
    assert_eq!(on.taken_by(2), [0]);
    assert!(on.also_plain(0, 2).is_some());
}

#[test]
fn the_same_unknown_covers_itself_alone() {
    for (first, second, dead) in [
        ("host all all samenet md5", "host all all samenet trust", true),
        ("host all all samenet md5", "host all all 10.0.0.0/8 trust", false),
        ("host all all all md5", "host all all db.example.com trust", true),
        ("host all +a all md5", "host all +b all trust", false),
        ("host all +a all md5", "host all +a all trust", true),
        ("host all a all md5", "host sameuser a all trust", true),
        ("host a a all md5", "host sameuser a all trust", true),
        ("host a,b all all md5", "host sameuser a all trust", true),
        ("host a b all md5", "host sameuser a all trust", false),
        ("host all all 127.0.0.1 255.0.255.255 md5", "host all all 127.0.0.1 255.0.255.255 trust", true),
        ("host all all 127.0.0.1 255.0.255.255 md5", "host all all 127.0.0.1/32 trust", false),
        ("host all all 127.0.0.0/8 md5", "host all all 127.0.0.1 255.0.255.255 trust", true),
        ("host /^a all all md5", "host /^a,x all all trust", false),
    ] {
        let records = records(&format!("{first}\n{second}"));
        assert_eq!(Decisions::of(&records, Ssl::On).is_dead(1), dead, "{first} / {second}");
    }
}

/// A sequence of numbers that looks random and is the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap_or(0)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

const ADDRESSES: [&str; 10] = [
    "10.0.0.1",
    "10.1.0.1",
    "10.200.0.1",
    "127.0.0.1",
    "127.9.0.1",
    "203.0.113.7",
    "::1",
    "2001:db8::7",
    "fd00::1",
    "8.8.8.8",
];

fn random_record(dice: &mut Dice, known: bool) -> String {
    let kind = dice.pick(&["local", "host", "host", "hostssl", "hostnossl", "hostgssenc", "hostnogssenc"]);
    let exact = ["all", "a", "b", "a,b", "replication", "all,replication", "sameuser", "sameuser,b"];
    let databases = if known { dice.pick(&exact) } else { dice.pick(&["samerole", "/x", "all", "a", "/x,a"]) };
    let users = if known { dice.pick(&["all", "a", "b", "a,b"]) } else { dice.pick(&["+r", "+s", "/y", "all", "a"]) };
    let networks = [
        "all",
        "0.0.0.0/0",
        "::/0",
        "10.0.0.0/8",
        "10.1.0.0/16",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "127.0.0.0/8",
        "::1/128",
        "fd00::/8",
        "2000::/3",
        "8.8.8.8/32",
    ];
    let unknown = ["samenet", "samehost", "db.example.com", "10.0.0.1 255.0.255.255", "all", "10.0.0.0/8"];
    let address = match (kind, known) {
        ("local", _) => "",
        (_, true) => dice.pick(&networks),
        (_, false) => dice.pick(&unknown),
    };
    format!("{kind} {databases} {users} {address} md5")
}

/// The same record where what nobody can know is just so: one record for each word it becomes.
fn settled(line: &str) -> Vec<String> {
    let words = [("samerole", "sameuser"), ("/x", "x"), ("/y", "y"), ("+r", "a"), ("+s", "b")];
    let line = words.iter().fold(line.to_owned(), |line, (word, meaning)| line.replace(word, meaning));
    let networks = [
        ("samenet", vec!["10.0.0.0/16", "127.0.0.0/8", "::1/128"]),
        ("samehost", vec!["10.0.0.1/32", "127.0.0.0/8", "::1/128"]),
        ("db.example.com", vec!["8.8.8.8/32"]),
    ];
    match networks.iter().find(|(word, _)| line.contains(word)) {
        Some((word, meanings)) => meanings.iter().map(|meaning| line.replace(word, meaning)).collect(),
        None => vec![line],
    }
}

/// One connection for each atom that the words of [`random_record`] can make.
fn connections() -> Vec<Connection<'static>> {
    let addresses: Vec<IpAddr> = ADDRESSES.iter().map(|address| address.parse().unwrap()).collect();
    let mut connections = Vec::new();
    for class in [Class::Local, Class::Plain, Class::Ssl, Class::Gss] {
        let from: Vec<Option<IpAddr>> =
            if class == Class::Local { vec![None] } else { addresses.iter().map(|address| Some(*address)).collect() };
        for address in from {
            for (database, physical_replication) in [("a", false), ("b", false), ("z", false), ("x", false), ("", true)]
            {
                for user in ["a", "b", "z", "y"] {
                    let member_of = &[];
                    connections.push(Connection { class, physical_replication, address, database, user, member_of });
                }
            }
        }
    }
    connections
}

#[test]
fn sets_agree_with_single_connections() {
    let connections = connections();
    let mut dice = Dice(0x5eed);
    for round in 0..2_000 {
        let known = round % 3 != 0;
        let length = 1 + dice.roll(6);
        let lines: Vec<String> = (0..length)
            .map(|_| {
                let exact = known || dice.roll(2) == 0;
                random_record(&mut dice, exact)
            })
            .collect();
        let text = lines.join("\n");
        let decisions = Decisions::of(&records(&text), Ssl::On);
        let settled: Vec<(usize, String)> = lines
            .iter()
            .enumerate()
            .flat_map(|(index, line)| settled(line).into_iter().map(move |line| (index, line)))
            .collect();
        let single = records(&settled.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n"));
        let mut reached = vec![false; lines.len()];
        let mut remote = vec![false; lines.len()];
        for connection in &connections {
            let Decision::Record(found) = decide(&single, connection) else { continue };
            let index = settled[found].0;
            reached[index] = true;
            let is_remote = connection.address.is_some_and(|address| !address.is_loopback());
            remote[index] |= connection.class == Class::Plain && is_remote;
        }
        for index in 0..lines.len() {
            let (dead, plain) = (decisions.is_dead(index), decisions.remote(index, Class::Plain).is_some());
            // Of what is unknown only one case of many was tried: what it reaches must not be called dead.
            assert!(!(dead && reached[index]), "record {index} of\n{text}");
            let other_machine = !lines[index].contains("samehost");
            assert!(plain || !(remote[index] && other_machine), "record {index} of\n{text}");
            if known {
                assert_eq!((dead, plain), (!reached[index], remote[index]), "record {index} of\n{text}");
            }
        }
    }
}

#[test]
fn a_long_file_ends_in_time() {
    let many = |line: &dyn Fn(usize) -> String| (0..1_000).map(line).collect::<Vec<_>>().join("\n");
    for text in [
        many(&|index| format!("host d{index} u{index} 10.{}.{}.0/24 md5", index / 256, index % 256)),
        many(&|index| format!("host sameuser,/p{index} +r{index} h{index}.example.com md5")),
        many(&|index| format!("hostnossl d{} u{} all reject", index % 60, index / 60)) + "\nhost all all all md5",
        many(&|_| "host all all all md5".to_owned()),
        many(&|_| "host all all all md5\nlocal all all md5\n".repeat(10)),
    ] {
        let records = records(&text);
        let decisions = Decisions::of(&records, Ssl::On);
        assert!(decisions.remote(0, Class::Plain).is_some());
        assert!(decisions.remote(records.len(), Class::Plain).is_none());
        assert!(!decisions.is_dead(0));
    }
}
