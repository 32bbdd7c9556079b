//! `parse`: how files are read.

use crate::support::Directory;

#[test]
fn parse_writes_the_tree_of_a_yaml_file() {
    let text = "a: &x [1, 'two']\nb: !t\n  - *x\n  - |\n    three\n\u{1f600}: ~\n---\nlast\n";
    let directory = Directory::with(&[("a.yaml", text), ("broken.yml", "a: [1\nb: 2\n"), ("noname", "A=1\n")]);
    let parsed = directory.run("parse a.yaml").json();
    assert_eq!(parsed["format"], "yaml");
    assert_eq!(parsed["errors"], serde_json::json!([]));
    assert_eq!(parsed["documents"].as_array().unwrap().len(), 2);
    let entries = parsed["documents"][0]["entries"].as_array().unwrap();
    let first = &entries[0]["value"];
    assert_eq!((&first["kind"], &first["anchor"]), (&"sequence".into(), &"x".into()));
    assert_eq!(first["items"][1]["value"], "two");
    assert_eq!(first["items"][1]["style"], "single_quoted");
    let second = &entries[1]["value"];
    assert_eq!(second["tag"], "!t");
    assert_eq!((&second["items"][0]["kind"], &second["items"][0]["value"]), (&"alias".into(), &"x".into()));
    assert_eq!(second["items"][1]["value"], "three\n");
    let span = &entries[2]["value"]["span"];
    assert_eq!(span["start"], serde_json::json!({"line": 6, "column": 4, "offset": 52}));
    let broken = directory.run("parse broken.yml");
    assert_eq!(broken.code, 0, "it could be read");
    assert!(!broken.json()["errors"].as_array().unwrap().is_empty());
    assert_eq!(directory.run("parse noname").code, 2);
    assert_eq!(directory.run("parse noname --as dotenv").json()["entries"][0]["key"], "A");
}

#[test]
fn deeply_nested_yaml_is_written_without_harm() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let directory = Directory::with(&[("deep.yaml", &deep)]);
    let answer = directory.run("parse deep.yaml");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.out.contains("nested deeper"), "{}", answer.out.len());
}

#[test]
fn parse_writes_what_loaders_make_of_an_env_file() {
    let directory = Directory::with(&[(".env", "A=1\nB=${A}${X}\nC\n# c\nD='x'\n")]);
    let parsed = directory.run("parse .env --env X=2").json();
    assert_eq!(parsed["format"], "dotenv");
    let lines: Vec<(&str, u64)> = parsed["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["key"].as_str().unwrap(), entry["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(lines, [("A", 1), ("B", 2), ("C", 3), ("D", 5)]);
    assert_eq!(parsed["loaders"]["compose"], serde_json::json!({"A": "1", "B": "12", "D": "x"}));
    assert_eq!(parsed["loaders"]["docker-env-file"][0], "A=1");
    assert_eq!(parsed["loaders"].as_object().unwrap().len(), 7);
    let broken = Directory::with(&[(".env", "A=\"1\n")]);
    let parsed = broken.run("parse .env").json();
    assert!(parsed["loaders"]["compose"].as_str().unwrap().starts_with("ERR "), "{parsed}");
}

/// The rows of one file.
fn rows(parsed: &serde_json::Value) -> &[serde_json::Value] {
    parsed["rows"].as_array().unwrap()
}

#[test]
fn parse_writes_records_as_the_server_shows_them() {
    let main = "hostssl @names +staff 10/8 ldap ldapbasedn=dc=x \"ldapbindpasswd=kE9xTq2vLm4zRw8pYd3n\" # c\nfoo\n\
        include conf.d/more.conf\nlocal all all peer map=m\n";
    let directory = Directory::with(&[
        ("pg_hba.conf", main),
        ("names", "a \"b c\"\n"),
        ("conf.d/more.conf", "host all all samenet md5\n"),
    ]);
    let parsed = directory.run("parse pg_hba.conf").json();
    assert_eq!(parsed["format"], "pg-hba");
    let found = rows(&parsed);
    assert_eq!(found.len(), 4);
    assert_eq!(
        found[0],
        serde_json::json!({
            "rule_number": 1, "file_name": "pg_hba.conf", "line_number": 1, "type": "hostssl", "database": ["a", "b c"],
            "user_name": ["+staff"], "address": "0.0.0.10", "netmask": "255.0.0.0", "auth_method": "ldap",
            "options": ["ldapbasedn=dc=x", "ldapbindpasswd=***", "ldapscope=2"], "error": null,
        })
    );
    assert!(found[1]["rule_number"].is_null() && found[1]["type"].is_null() && found[1]["error"].is_string());
    assert_eq!((&found[2]["file_name"], &found[2]["line_number"]), (&"conf.d/more.conf".into(), &1.into()));
    assert_eq!((&found[3]["rule_number"], &found[3]["address"]), (&3.into(), &serde_json::Value::Null));
    assert_eq!(found[3]["options"], serde_json::json!(["map=m"]));
    assert!(found[2]["options"].is_null(), "as the view");
    let shown = directory.run("parse pg_hba.conf --show-secrets").out;
    assert!(shown.contains("ldapbindpasswd=kE9xTq2vLm4zRw8pYd3n"));
    let old = directory.run("parse pg_hba.conf --pg-major 15").json();
    assert_eq!(rows(&old).iter().filter(|row| row["error"].is_string()).count(), 2, "{old}");
    let away = directory.run(&format!("parse {}", directory.path().join("pg_hba.conf").display())).json();
    let name = rows(&away)[2]["file_name"].as_str().unwrap();
    assert_eq!(name, directory.path().join("conf.d/more.conf").to_str().unwrap());
    assert_eq!(directory.run("parse pg_hba.conf --pg-major 11").code, 2);
}

#[test]
fn parse_writes_settings_as_the_server_shows_them() {
    let main = "port = 5432\nPort = 5433\nport = 5434\ninclude 'more.conf'\nwork_mem = 4mb\n\
        primary_conninfo = 'host=x password=kE9xTq2vLm4zRw8pYd3n'\n";
    let directory = Directory::with(&[
        ("postgresql.conf", main),
        ("more.conf", "application_name = 'a''b\\101'\n"),
        ("broken.conf", "fsync = on\nlisten_addresses = *\nwork_mem = 4mb\n"),
    ]);
    let parsed = directory.run("parse postgresql.conf").json();
    assert_eq!(parsed["format"], "postgresql-conf");
    let found = rows(&parsed);
    let applied: Vec<bool> = found.iter().map(|row| row["applied"].as_bool().unwrap()).collect();
    assert_eq!(applied, [false, true, true, true, false, true]);
    assert_eq!(found[3]["sourcefile"], "more.conf");
    assert_eq!(found[3]["setting"], "a'bA");
    assert!(found[4]["error"].as_str().unwrap().contains("`4MB`"));
    assert_eq!(found[5]["setting"], "host=x password=***");
    let broken = directory.run("parse broken.conf --as postgresql-conf").json();
    let found = rows(&broken);
    assert!(found.iter().all(|row| row["applied"] == false), "nothing at all is applied");
    assert_eq!((&found[1]["name"], &found[1]["sourceline"]), (&serde_json::Value::Null, &2.into()));
    assert!(found[2]["error"].is_null(), "the server has not looked at values yet");
}

/// A file of a stranger brings nothing from elsewhere into the output.
#[test]
fn parse_reads_nothing_outside_unless_allowed() {
    let outside = Directory::with(&[("names", "kE9xTq2vLm4zRw8pYd3n\n")]);
    let line = format!("host @{}/names all all md5\n", outside.path().display());
    let directory = Directory::with(&[("pg_hba.conf", &line)]);
    let answer = directory.run("parse pg_hba.conf");
    assert_eq!(answer.code, 0);
    assert!(!answer.out.contains("kE9x") && answer.out.contains("lies outside"), "{}", answer.out);
    assert!(directory.run("parse pg_hba.conf --allow-outside").out.contains("kE9x"));
}
