//! Which record of pg_hba.conf decides about a connection: what PostgreSQL 17.10 answered to real ones, recorded by
//! `tests/oracles/record_postgres_decisions.py`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first thing that is not as it must be")]

use std::sync::Arc;

use serde_json::Value;
use stacklint_engine::postgres::decision::{Class, Connection, Decision, Decisions, Ssl, decide};
use stacklint_parsers::pg_hba::record::{Method, Record};
use stacklint_parsers::pg_hba::{self, Entry};

fn records(text: &str) -> Vec<Record> {
    let parsed = pg_hba::parse(Arc::from(text));
    let record = |line| match pg_hba::interpret(&parsed.view(line), 17) {
        Ok(Entry::Record(record)) => record,
        other => panic!("{text}: {other:?}"),
    };
    parsed.lines.iter().map(record).collect()
}

fn connection(asked: &Value) -> Connection<'_> {
    let text = |key: &str| asked[key].as_str().unwrap_or_default();
    Connection {
        class: match text("class") {
            "local" => Class::Local,
            "plain" => Class::Plain,
            "ssl" => Class::Ssl,
            other => panic!("{other}"),
        },
        physical_replication: asked["replication"].as_bool().unwrap(),
        address: asked["address"].as_str().map(|address| address.parse().unwrap()),
        database: text("database"),
        user: text("user"),
        member_of: &[],
    }
}

#[test]
fn one_connection_is_decided_as_by_the_server() {
    let recorded: Value = serde_json::from_str(include_str!("recorded/postgres_decisions.json")).unwrap();
    let mut certain = 0;
    for case in recorded["cases"].as_array().unwrap() {
        let text = case["file"].as_str().unwrap();
        let records = records(text);
        let decisions = Decisions::of(&records, Ssl::On);
        let asked = recorded["connections"].as_array().unwrap();
        for (asked, answer) in asked.iter().zip(case["answers"].as_array().unwrap()) {
            let connection = connection(asked);
            let agrees = |index: usize| match records[index].method.value {
                Method::Reject => answer == "reject",
                _ => answer.as_u64() == Some(index as u64 + 1),
            };
            // What nobody can know here may be either way: one of the ways is the server's.
            let mut from = 0;
            let decided = loop {
                match decide(&records[from..], &connection) {
                    Decision::Unknown(index) if agrees(from + index) => break Some(from + index),
                    Decision::Unknown(index) => from += index + 1,
                    Decision::Record(index) => break Some(from + index),
                    Decision::NoMatch => break None,
                }
            };
            let right = decided.map_or(answer == "no match", agrees);
            assert!(right, "{text}\n{asked}: {answer}, not {decided:?}");
            assert!(decided.is_none_or(|index| !decisions.is_dead(index)), "{text}\n{asked}");
            certain += usize::from(from == 0);
        }
    }
    assert!(certain > 500, "{certain}");
}
