//! What a hover tells.

use stacklint_engine::discover::Defaults;

use crate::session::Session;

const SECRET: &str = "kE9xTq2vLm4zRw8pYd3n";

#[test]
fn a_value_of_an_env_file_tells_its_way_and_is_masked() {
    let compose =
        "services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: ${DB_¦PASSWORD}\n";
    let session = Session::open(&[("compose.yaml", compose), (".env", &format!("DB_PASSWORD={SECRET}\n"))]);
    assert_eq!(
        session.told(),
        [
            "${DB_PASSWORD}",
            "$DB_PASSWORD = *** from .env:1",
            "services.db.environment.POSTGRES_PASSWORD = *** <- written .env:1, interpolated compose.yaml:5",
        ]
    );
}

#[test]
fn a_layer_tells_what_it_overrides_and_what_lost_tells_to_what() {
    let base = "services:\n  db:\n    image: postgres:16\n    restart: always\n";
    let layer = "services:\n  db:\n    image: postgres:¦17\n";
    let session = Session::open(&[("compose.yaml", base), ("compose.override.yaml", layer)]);
    let won = "services.db.image = postgres:17 over postgres:16 in compose.yaml:3 <- written compose.override.yaml:3";
    assert_eq!(session.told(), ["postgres:17", won]);

    let layer = layer.replace('¦', "");
    for base in [base.replace("postgres:", "post¦gres:"), base.replace("image", "im¦age")] {
        let session = Session::open(&[("compose.yaml", &base), ("compose.override.yaml", &layer)]);
        let word = if base.contains("im¦age") { "image" } else { "postgres:16" };
        let lost = "services.db.image = postgres:17 overrides it in compose.override.yaml:3 over postgres:16 in compose.yaml:3 <- written compose.override.yaml:3";
        assert_eq!(session.told(), [word, lost]);
    }
    // What no layer touches counts, also where it is only a key.
    let session =
        Session::open(&[("compose.yaml", &base.replace("restart", "rest¦art")), ("compose.override.yaml", &layer)]);
    assert_eq!(session.told(), ["restart", "services.db.restart = always <- written compose.yaml:4"]);
}

#[test]
fn a_list_that_lost_as_a_whole_says_so_at_each_item() {
    let session = Session::open(&[
        ("compose.yaml", "services:\n  db:\n    image: x\n    command: [a, b¦b]\n"),
        ("compose.override.yaml", "services:\n  db:\n    command: [c]\n"),
    ]);
    let lost = "services.db.command = {[0]: c} overrides it in compose.override.yaml:3 over [a, bb] in compose.yaml:4 <- written compose.override.yaml:3";
    assert_eq!(session.told(), ["bb", lost]);
}

#[test]
fn the_part_of_a_port_at_the_cursor_is_told() {
    let compose = |port: &str| format!("services:\n  db:\n    image: x\n    ports:\n      - \"{port}\"\n");
    let env = "BIND='10.0.0.7'\n";
    let told = |port: &str| Session::open(&[("compose.yaml", &compose(port)), (".env", env)]).told();
    assert_eq!(told("${BIND}:5¦432:5433"), ["5432", "services.db.ports[0].published = 5432 <- written compose.yaml:5"]);
    assert_eq!(told("${BIND}:5432:5¦433"), ["5433", "services.db.ports[0].target = 5433 <- written compose.yaml:5"]);
    assert_eq!(
        told("${B¦IND}:5432:5433"),
        [
            "${BIND}",
            "$BIND = 10.0.0.7 from .env:1",
            "services.db.ports[0].host_ip = 10.0.0.7 <- written .env:1, interpolated compose.yaml:5",
        ]
    );
    assert_eq!(
        told("${BIND}:${P:-5¦432}:5433"),
        [
            "${P:-5432}",
            "$P = 5432 by default from compose.yaml:5",
            "services.db.ports[0].published = 5432 <- written compose.yaml:5, default compose.yaml:5",
        ]
    );
}

#[test]
fn a_variable_that_nothing_sets_or_that_must_be_set_says_so() {
    let compose = |text: &str| format!("services:\n  db:\n    image: \"x:{text}\"\n");
    let told =
        |text: &str, env: &str| Session::open(&[("compose.yaml", &compose(text)), (".env", env)]).told()[1].clone();
    assert_eq!(told("${T¦AG}", ""), "$TAG Unset");
    assert_eq!(told("$T¦AG", ""), "$TAG Unset");
    assert_eq!(told("${T¦AG:?say it}", "TAG=\n"), "$TAG Required");
    assert_eq!(told("${T¦AG:+-alpine}", ""), "$TAG NoAlternate");
    assert_eq!(told("${T¦AG:+-alpine}", "TAG=1\n"), "$TAG = -alpine as it is set from compose.yaml:3");
    assert_eq!(told("${HO¦ME}", ""), "$HOME Unknown");
    assert_eq!(told("${T¦AG-17}", "TAG=\n"), "$TAG =  from .env:1");
    assert_eq!(told("${A:-${T¦AG:-17}}", ""), "$TAG = 17 by default from compose.yaml:3");
    assert_eq!(told("${A:¦-${TAG:-17}}", "TAG=18\n"), "$A = 18 by default from compose.yaml:3");
}

#[test]
fn what_is_declared_from_outside_wins_over_the_env_file() {
    let defaults = Defaults { variables: vec![("TAG".to_owned(), "18".to_owned())], ..Defaults::default() };
    let compose = "services:\n  db:\n    image: postgres:${TAG}\n";
    let session = Session::with(&[("compose.yaml", compose), (".env", "TAG¦=17\n")], defaults.clone());
    assert_eq!(session.told(), ["TAG=17", "$TAG overridden by 18"]);
    let compose = compose.replace("TAG", "T¦AG");
    let session = Session::with(&[("compose.yaml", &compose), (".env", "TAG=17\n")], defaults);
    assert_eq!(session.told()[..2], ["${TAG}", "$TAG = 18"]);
}

#[test]
fn an_entry_of_an_env_file_tells_who_gets_it() {
    let compose = "services:\n  db:\n    image: \"postgres:${TAG}\"\n    env_file: [a.env, b.env]\n    environment:\n      C: ${TAG}\n";
    let files = |a: &'static str, b: &'static str, env: &'static str| {
        Session::open(&[("compose.yaml", compose), ("a.env", a), ("b.env", b), (".env", env)]).told()
    };
    assert_eq!(files("", "", "T¦AG=17\n"), ["TAG=17", "$TAG = 17 from .env:1 used 2"]);
    // Of two definitions the later one counts.
    assert_eq!(files("", "", "T¦AG=16\nTAG=17\n"), ["TAG=16", "$TAG overridden by 17 from .env:2"]);
    assert_eq!(
        files("A¦=1\n", "", ""),
        ["A=1", "services.db.environment.A = 1 <- written a.env:1, from_env_file compose.yaml:4"]
    );
    assert_eq!(
        files("A¦=1\n", "A=2\n", ""),
        [
            "A=1",
            "services.db.environment.A = 2 overrides it in b.env:1 <- written b.env:1, from_env_file compose.yaml:4"
        ]
    );
    assert_eq!(
        files("C=¦1\n", "", "TAG=17\n"),
        [
            "C=1",
            "services.db.environment.C = 17 overrides it in compose.yaml:6 over 1 in a.env:1 <- written .env:1, interpolated compose.yaml:6",
        ]
    );
}

#[test]
fn a_variable_inside_of_an_env_file_is_followed() {
    let compose = "services:\n  db:\n    image: \"postgres:${FULL}\"\n";
    let session = Session::open(&[("compose.yaml", compose), (".env", "TAG=17\nFULL=\"${T¦AG}-${OS:-alpine}\"\n")]);
    assert_eq!(session.told(), ["${TAG}", "$TAG = 17 from .env:1", "$FULL = 17-alpine from .env:2 used 1"]);
    let session = Session::open(&[("compose.yaml", compose), (".env", "TAG=17\nFULL=\"${TAG}-${O¦S:-alpine}\"\n")]);
    assert_eq!(session.told()[1], "$OS = alpine by default from .env:2");
}

#[test]
fn included_and_extended_values_are_told_where_they_come_to() {
    let session = Session::open(&[
        ("compose.yaml", "include: [sub/app.yaml]\nservices:\n  web:\n    image: x\n"),
        ("sub/app.yaml", "services:\n  db:\n    image: postgres:${T¦AG}\n"),
        ("sub/.env", "TAG=17\n"),
    ]);
    assert_eq!(
        session.told(),
        [
            "${TAG}",
            "$TAG = 17 from sub/.env:1",
            "services.db.image = postgres:17 <- written sub/app.yaml:3, included_by compose.yaml:1, written sub/.env:1, interpolated sub/app.yaml:3",
        ]
    );
    let session = Session::open(&[
        ("compose.yaml", "services:\n  web:\n    extends: {file: base.yaml, service: app}\n    tty: true\n"),
        ("base.yaml", "services:\n  app:\n    image: my¦app\n"),
    ]);
    assert_eq!(
        session.told(),
        ["myapp", "services.web.image = myapp <- written base.yaml:3, extended_from compose.yaml:3"]
    );
}

#[test]
fn an_anchor_is_told_for_each_that_takes_it() {
    let session = Session::open(&[(
        "compose.yaml",
        "x-env: &env {MODE: de¦bug}\nservices:\n  a: {image: x, environment: *env}\n  b: {image: x, environment: {<<: *env, MODE: release}}\n",
    )]);
    assert_eq!(
        session.told(),
        ["debug", "services.a.environment.MODE = debug <- written compose.yaml:1, alias_of compose.yaml:3"]
    );
}

#[test]
fn a_folded_scalar_and_line_breaks_of_windows_keep_their_places() {
    let compose = "services:\r\n  db:\r\n    image: x\r\n    labels:\r\n      note: >-\r\n        one ${A}\r\n        two ${¦B:-b}\r\n";
    let session = Session::open(&[("compose.yaml", compose), (".env", "A=1\r\n")]);
    assert_eq!(session.told()[..2], ["${B:-b}", "$B = b by default from compose.yaml:7"]);
    assert!(session.told()[2].starts_with("services.db.labels.note = one 1 two b"), "{:?}", session.told());
}

#[test]
fn a_parameter_of_a_server_tells_which_value_wins() {
    let compose = "services:\n  db:\n    image: postgres:17\n    command: postgres -c config_file=/etc/pg.conf -c max_connections=300\n    volumes: ['./pg.conf:/etc/pg.conf']\n";
    let told = |conf: &str| Session::open(&[("compose.yaml", compose), ("pg.conf", conf)]).told();
    assert_eq!(
        told("max_conn¦ections = 100\n"),
        [
            "max_connections = 100",
            "services.db.max_connections = 300 overrides it in compose.yaml:4 <- written compose.yaml:4, command_line compose.yaml:4",
        ]
    );
    assert_eq!(
        told("work_mem = 1¦MB\nwork_mem = 2MB\n"),
        [
            "work_mem = 1MB",
            "services.db.work_mem = 2MB overrides it in pg.conf:2 <- written pg.conf:2, mounted_at compose.yaml:5"
        ]
    );
    assert_eq!(
        told("work_mem = 1MB\nwork_¦mem = 2MB\n"),
        [
            "work_mem = 2MB",
            "services.db.work_mem = 2MB over 1MB in pg.conf:1 <- written pg.conf:2, mounted_at compose.yaml:5"
        ]
    );
    assert_eq!(
        told("shared_buffers = oo¦ps\n")[1].split(" <-").next(),
        Some("services.db.shared_buffers = oops refused")
    );
    assert_eq!(told("# a comm¦ent\n"), [""; 0]);
}

#[test]
fn a_record_that_nothing_gets_to_says_which_ones_stand_before_it() {
    let compose = "services:\n  db:\n    image: postgres:17\n    command: postgres -c hba_file=/etc/hba.conf\n    volumes: ['./hba.conf:/etc/hba.conf']\n";
    let hba = "host all all all scram-sha-256\nhost app app 10.0.0.0/8 tru¦st # why\n";
    let session = Session::open(&[("compose.yaml", compose), ("hba.conf", hba)]);
    assert_eq!(
        session.told(),
        [
            "host app app 10.0.0.0/8 trust # why",
            "services.db.hba.conf rule 2 = host app app 10.0.0.0/8 trust unreachable [\"hba.conf:1\"] <- written hba.conf:2, mounted_at compose.yaml:5",
        ]
    );
}

#[test]
fn a_configuration_file_that_a_server_does_not_read_says_so() {
    let compose = "services:\n  db:\n    image: postgres:17\n    volumes: ['./postgresql.conf:/etc/postgresql/postgresql.conf']\n";
    let session = Session::open(&[("compose.yaml", compose), ("postgresql.conf", "work_mem¦ = 1MB\n")]);
    assert_eq!(
        session.told(),
        [
            "work_mem = 1MB",
            "services.db./etc/postgresql/postgresql.conf = nothing unread None <- mounted_at compose.yaml:4",
        ]
    );
}

#[test]
fn a_setting_of_a_program_tells_which_variable_wins() {
    let compose =
        "services:\n  api:\n    image: a\n    volumes: ['./conf:/app/conf']\n    environment: {SERVER_MODE: release}\n";
    let told = |config: &str, local: &str| {
        Session::open(&[("compose.yaml", compose), ("conf/config.yaml", config), ("conf/config.local.yaml", local)])
            .told()
    };
    assert_eq!(
        told("server: {mode: de¦bug}\n", ""),
        ["debug", "services.api: server.mode = release overrides it in compose.yaml:5 <- written compose.yaml:5",]
    );
    assert_eq!(
        told("server: {port: 80¦80}\n", "server: {port: 9090}\n"),
        [
            "8080",
            "services.api: server.port = 9090 overrides it in conf/config.local.yaml:1 <- written conf/config.local.yaml:1, mounted_at compose.yaml:4",
        ]
    );
    assert_eq!(
        told("server: {port: 8080}\n", "server: {port: 90¦90}\n"),
        ["9090", "services.api: server.port = 9090 <- written conf/config.local.yaml:1, mounted_at compose.yaml:4",]
    );
}

#[test]
fn a_variable_tells_which_setting_of_a_file_it_overrides() {
    let session = Session::open(&[
        (
            "compose.yaml",
            "services:\n  api:\n    image: a\n    volumes: ['./config.yaml:/app/config.yaml']\n    environment: {SERVER_MODE: rel¦ease}\n",
        ),
        ("config.yaml", "server: {mode: debug}\n"),
    ]);
    assert_eq!(
        session.told()[1],
        "services.api.environment.SERVER_MODE = release over debug in config.yaml:1 <- written compose.yaml:5"
    );
}

#[test]
fn stacks_that_agree_are_told_once_and_others_each() {
    let base = "services:\n  db:\n    image: postgres:16¦\n    restart: always\n";
    let layer = "services:\n  db:\n    image: postgres:17\n    container_name: x\n";
    let session = Session::open(&[("compose.yaml", base), ("compose.prod.yaml", layer)]);
    assert_eq!(
        session.told(),
        [
            "postgres:16",
            "services.db.image = postgres:16 in . <- written compose.yaml:3",
            "services.db.image = postgres:17 overrides it in compose.prod.yaml:3 over postgres:16 in compose.yaml:3 in .:compose.prod.yaml <- written compose.prod.yaml:3",
        ]
    );
}

#[test]
fn files_outside_any_stack_tell_what_repeats_in_them() {
    let told = |name: &str, text: &str| Session::open(&[(name, text)]).told();
    assert_eq!(
        told("postgresql.conf", "work_mem = 1¦MB\nwork_mem = 2MB\n"),
        ["work_mem = 1MB", "work_mem = 2MB overrides it in postgresql.conf:2 <- written postgresql.conf:2"]
    );
    assert_eq!(
        told("pg_hba.conf", "local all all peer\nlocal all app tru¦st\n"),
        [
            "local all app trust",
            "pg_hba.conf rule 2 = local all app trust unreachable [\"pg_hba.conf:1\"] <- written pg_hba.conf:2",
        ]
    );
    assert_eq!(told("app.env", "A¦=1\nA=2\n"), ["A=1", "$A overridden by 2 from app.env:2"]);
    assert_eq!(told("app.env", "A=1\nA¦=2\n"), [""; 0]);
}

#[test]
fn a_variable_that_the_configuration_declares_leads_there() {
    let session = Session::open(&[
        ("stacklint.yaml", "stacks:\n  - name: it\n    files: [compose.yaml]\n    variables: {TAG: '18'}\n"),
        ("compose.yaml", "services:\n  db:\n    image: postgres:${T¦AG}\n"),
    ]);
    assert_eq!(session.told()[1], "$TAG = 18 from stacklint.yaml:4");
    assert_eq!(session.defined(), ["${TAG}", "stacklint.yaml:4 TAG"]);
}

#[test]
fn there_is_nothing_to_tell_of_what_is_no_value() {
    for compose in
        ["services: # a com¦ment\n  db:\n    image: x\n", "services:\n  db:\n    image: x\n ¦  \n", "¦", "- [¦"]
    {
        assert_eq!(Session::open(&[("compose.yaml", compose)]).told(), [""; 0], "{compose}");
    }
}
