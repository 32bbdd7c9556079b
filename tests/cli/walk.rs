//! A noisy project from its first red run to a green one, step by step as its owner goes.

use crate::support::{Answer, Directory, findings};

const COMPOSE: &str = "\
services:
  db:
    image: postgres:17
    command: postgres -c config_file=/etc/postgresql/postgresql.conf
    ports:
      - \"${BIND_IP}:5432:5432\"
    environment:
      POSTGRES_PASSWORD: ${DB_PASSWORD}
    volumes:
      - ./conf:/etc/postgresql:ro
      - data:/var/lib/postgresql/data
  web:
    image: shop/web:latest
    ports:
      - \"8080:8080\"
    environment:
      DATABASE_URL: postgres://shop:${DB_PASSWORD}@db:5432/shop
volumes:
  data: {}
";

const OVERRIDE: &str = "\
services:
  web:
    privileged: true
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock
";

const ENV: &str = "BIND_IP=0.0.0.0\nDB_PASSWORD=kE9xTq2vLm4zRw8pYd3n\n";

const POSTGRES: &str = "listen_addresses = '*'\nhba_file = '/etc/postgresql/pg_hba.conf'\nssl = off\n";

const HBA: &str = "\
local all all peer
host all all 0.0.0.0/0 md5
";

const DEV: &str = "services:\n  mail:\n    image: mailhog/mailhog:latest\n    ports:\n      - \"8025:8025\"\n";

fn project() -> Directory {
    Directory::with(&[
        (".git/HEAD", ""),
        ("compose.yaml", COMPOSE),
        ("compose.override.yaml", OVERRIDE),
        (".env", ENV),
        ("conf/postgresql.conf", POSTGRES),
        ("conf/pg_hba.conf", HBA),
        ("dev/compose.yaml", DEV),
    ])
}

/// The lines of those findings that fail a run, without what they say.
fn red(answer: &Answer) -> Vec<String> {
    let heads = answer.out.lines().filter(|line| line.contains(": critical[") || line.contains(": high["));
    let head = |line: &str| line.split_once("] ").map_or(line, |(head, _)| head).to_owned() + "]";
    heads.map(head).collect()
}

#[test]
fn a_noisy_project_becomes_a_quiet_one() {
    let project = project();
    let check = |more: &str| project.run(&format!("check --today 2026-06-30 --format concise {more}"));

    // 1. Red: far more than anybody mends in one day.
    let first = check("");
    assert_eq!(first.code, 1, "{}{}", first.out, first.err);
    let at_first = red(&first);
    for expected in [
        ".env:1:9: high[published-datastore-port]",
        ".env:2:13: high[plaintext-secret]",
        "compose.override.yaml:3:17: high[privileged-container]",
        "conf/postgresql.conf:3:7: high[pg-ssl-off]",
    ] {
        assert!(at_first.iter().any(|line| line == expected), "{expected} in {at_first:#?}");
    }
    assert!(at_first.len() >= 6, "{at_first:#?}");

    // 2. A configuration that says nothing yet, and changes nothing.
    let init = project.run("init");
    assert_eq!((init.code, init.out.as_str()), (0, ""), "{}", init.err);
    assert!(init.err.starts_with("wrote `stacklint.yaml`, for 2 stacks and "), "{}", init.err);
    assert_eq!(check("").out, first.out);

    // 3. What is there passes.
    let written = check("--write-baseline");
    assert_eq!((written.code, written.out.as_str()), (0, ""), "{}", written.err);
    let count = first.out.lines().count();
    assert!(written.err.starts_with("`stacklint.baseline.json` lets ") && count > 6, "{}", written.err);
    let quiet = check("");
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.err.as_str()), (0, "", ""));

    // 4. What is new does not.
    project.edit(
        "compose.override.yaml",
        "services:\n",
        "services:\n  cache:\n    image: memcached:1.6.38\n    ports:\n      - \"11211:11211\"\n",
    );
    project.edit(".env", "BIND_IP", "SESSION_SECRET=pQ7wNz4xVb9kTm2cRs6d\nBIND_IP");
    project.edit("compose.yaml", "      DATABASE_URL", "      SESSION_SECRET: ${SESSION_SECRET}\n      DATABASE_URL");
    project.edit("conf/pg_hba.conf", "0.0.0.0/0 md5\n", "0.0.0.0/0 md5\nhost all all ::/0 scram-sha-256\n");
    let new = check("");
    assert_eq!(new.code, 1);
    let is_new = [
        ".env:1:16: high[plaintext-secret]",
        "compose.override.yaml:5:9: high[published-datastore-port]",
        "conf/pg_hba.conf:3:1: high[hba-plaintext-reachable]",
    ];
    let news = red(&new);
    assert!(is_new.iter().all(|line| news.iter().any(|known| known == line)), "{news:#?}");
    assert!(at_first.iter().all(|line| !new.out.contains(line)), "{}", new.out);

    // 5. Each is accepted in another way: at the value, above the definition, by the configuration until a day.
    project.edit(
        "compose.override.yaml",
        "\"11211:11211\"\n",
        "\"11211:11211\"  # stacklint: ignore[published-datastore-port] -- in the test network only, OPS-7\n",
    );
    project.edit(
        ".env",
        "SESSION_SECRET",
        "# stacklint: ignore[plaintext-secret] -- thrown away with each deployment, OPS-8\nSESSION_SECRET",
    );
    let configuration = project.read("stacklint.yaml");
    let ignores = "\
ignores:
- rule: hba-plaintext-reachable
  path: conf/pg_hba.conf
  reason: until the proxy speaks TLS, OPS-9
  until: 2026-06-30
";
    project.write("stacklint.yaml", &format!("{configuration}\n{ignores}"));
    let accepted = check("");
    assert_eq!((accepted.code, red(&accepted)), (0, vec![]), "{}{}", accepted.out, accepted.err);
    let document = project.run("check --today 2026-06-30 --format json").json();
    let suppressed = document["suppressed"].as_array().unwrap().iter();
    let mut by: Vec<String> = suppressed
        .filter(|it| it["by"] != "baseline")
        .map(|it| format!("{} {} {}", it["by"], it["finding"]["rule"], it["reason"]).replace('"', ""))
        .collect();
    by.sort();
    // The entry means the line that was there before, too.
    by.dedup();
    assert_eq!(
        by,
        [
            "config hba-plaintext-reachable until the proxy speaks TLS, OPS-9",
            "inline plaintext-secret thrown away with each deployment, OPS-8",
            "inline published-datastore-port in the test network only, OPS-7",
        ]
    );

    // 6. The day after, one of them is over.
    let over = project.run("check --today 2026-07-01 --format concise");
    assert_eq!(over.code, 1);
    assert_eq!(red(&over), ["conf/pg_hba.conf:3:1: high[hba-plaintext-reachable]"]);
    let expired = over.out.lines().find(|line| line.contains("[expired-suppression]")).unwrap();
    assert!(expired.starts_with("stacklint.yaml:") && expired.contains("2026-06-30"), "{expired}");

    // 7. Something new for developers only, which the project sees in another light there.
    let later = |more: &str| project.run(&format!("check --today 2026-07-01 --format concise {more}"));
    project.write(
        "dev/compose.yaml",
        &format!("{DEV}  db:\n    image: postgres:17.5\n    ports:\n      - \"5434:5432\"\n"),
    );
    assert!(red(&later("")).contains(&"dev/compose.yaml:9:9: high[published-datastore-port]".to_owned()));
    let configuration = project.read("stacklint.yaml");
    let overrides = "overrides:\n- files: [dev]\n  severity: {published-datastore-port: low}\n  ignore: [postgres]\n";
    project.write("stacklint.yaml", &format!("{configuration}{overrides}"));
    let moved = later("");
    assert_eq!(red(&moved), ["conf/pg_hba.conf:3:1: high[hba-plaintext-reachable]"]);
    assert!(moved.out.contains("dev/compose.yaml:9:9: low[published-datastore-port]"), "{}", moved.out);

    // 8. The database of the developers is mended by the tool, the open net by hand.
    let fixed = later("--select published-datastore-port --fix --unsafe-fixes dev");
    assert!(fixed.code == 0 && fixed.err.starts_with("fixed 1 finding in 1 file"), "{}{}", fixed.out, fixed.err);
    assert!(project.read("dev/compose.yaml").contains("\"127.0.0.1:5434:5432\""));
    assert!(project.read("compose.override.yaml").contains("- \"11211:11211\"  # stacklint: "), "accepted is accepted");
    project.edit("conf/pg_hba.conf", "host all all ::/0 scram-sha-256\n", "");
    // What the entry was for is gone, and so is the entry.
    project.edit("stacklint.yaml", ignores, "");

    // 9. Green, and of what was there before nothing had to be touched.
    let last = later("");
    assert_eq!((last.code, red(&last), last.err.as_str()), (0, vec![], ""), "{}", last.out);
    let all = findings(&project.run("check --no-baseline --no-inline-ignores --format json --exit-zero").json());
    assert!(all.len() > count && all.contains(&"privileged-container compose.override.yaml".to_owned()), "{all:#?}");
}
