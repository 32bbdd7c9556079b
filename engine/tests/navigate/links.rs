//! Links to files.

use crate::session::Session;

#[test]
fn every_path_of_a_compose_file_that_leads_to_a_file_is_a_link() {
    let compose = "include: [more/compose.yaml]\r\nservices:\r\n  web:\r\n    extends: {file: base.yaml, service: app}\r\n    build: ./app\r\n    env_file:\r\n      - a.env\r\n      - path: none.env\r\n        required: false\r\n    label_file: labels.env\r\n    volumes:\r\n      - ${CONF}:/etc/nginx.conf:ro\r\n      - ./app:/app\r\n      - data:/data\r\nvolumes: {data: {}}\r\nsecrets:\r\n  key: {file: './key.txt'}\r\nconfigs:\r\n  out: {file: ../outside.txt}\r\n";
    let session = Session::open(&[
        ("compose.yaml", compose),
        ("more/compose.yaml", "services: {other: {image: x}}\n"),
        ("base.yaml", "services:\n  app: {image: x, env_file: b.env}\n"),
        ("app/Dockerfile", "FROM x\n"),
        ("a.env", ""),
        ("b.env", ""),
        ("labels.env", ""),
        ("nginx.conf", ""),
        ("key.txt", ""),
        (".env", "CONF=./nginx.conf\n"),
    ]);
    assert_eq!(
        session.linked("compose.yaml"),
        [
            "more/compose.yaml -> more/compose.yaml (include[0])",
            "base.yaml -> base.yaml (services.web.extends.file)",
            "./app -> app/Dockerfile (services.web.build.context)",
            "a.env -> a.env (services.web.env_file[1].path)",
            "labels.env -> labels.env (services.web.label_file[0])",
            "${CONF} -> nginx.conf (services.web.volumes[0].source)",
            "'./key.txt' -> key.txt (secrets.key.file)",
        ]
    );
    assert_eq!(session.linked("base.yaml"), ["b.env -> b.env (services.web.env_file[0].path)"]);
}

#[test]
fn files_of_a_server_lead_to_those_they_include() {
    let compose = "services:\n  db:\n    image: postgres:17\n    command: postgres -c config_file=/etc/pg/postgresql.conf -c hba_file=/etc/pg/pg_hba.conf\n    volumes: ['./pg:/etc/pg']\n";
    let session = Session::open(&[
        ("compose.yaml", compose),
        ("pg/postgresql.conf", "include 'conf.d/a.conf'\ninclude_if_exists 'none.conf'\ninclude '/elsewhere.conf'\n"),
        ("pg/conf.d/a.conf", "include 'b.conf'\n"),
        ("pg/conf.d/b.conf", "work_mem = 1MB\n"),
        ("pg/pg_hba.conf", "host all @users \"@users\" 10.0.0.0/8 trust\ninclude more.conf\n"),
        ("pg/users", "app, admin\n"),
        ("pg/more.conf", "local all all peer\n"),
    ]);
    assert_eq!(session.linked("pg/postgresql.conf"), ["'conf.d/a.conf' -> pg/conf.d/a.conf (include)"]);
    assert_eq!(session.linked("pg/conf.d/a.conf"), ["'b.conf' -> pg/conf.d/b.conf (include)"]);
    assert_eq!(session.linked("pg/pg_hba.conf"), ["@users -> pg/users (@)", "more.conf -> pg/more.conf (include)"]);
}

#[test]
fn files_of_a_directory_are_followed_and_are_no_link() {
    let compose = "services:\n  db:\n    image: postgres:17\n    command: postgres -c config_file=/etc/pg/postgresql.conf\n    volumes: ['./pg:/etc/pg']\n";
    let files = |conf: &'static str| {
        Session::open(&[
            ("compose.yaml", compose),
            ("pg/postgresql.conf", conf),
            ("pg/conf.d/a.conf", "include '../b.conf'\n"),
            ("pg/conf.d/c.conf", "work_mem = 2MB\n"),
            ("pg/b.conf", "work_mem = 1MB\n"),
        ])
    };
    let session = files("include_dir 'conf.d'\n");
    assert_eq!(session.linked("pg/postgresql.conf"), [""; 0]);
    assert_eq!(session.linked("pg/conf.d/a.conf"), ["'../b.conf' -> pg/b.conf (include)"]);
    assert_eq!(files("include_dir 'co¦nf.d'\n").defined(), ["'conf.d'", "pg/conf.d/a.conf", "pg/conf.d/c.conf"]);
}

#[test]
fn files_outside_any_stack_name_what_stands_beside_them() {
    let session = Session::open(&[
        ("db/postgresql.conf", "include 'more.conf'\ninclude '/etc/other.conf'\n"),
        ("db/more.conf", "work_mem = 1MB\n"),
        ("db/pg_hba.conf", "local all @users trust\n"),
        ("db/users", "app\n"),
    ]);
    assert_eq!(session.linked("db/postgresql.conf"), ["'more.conf' -> db/more.conf (include)"]);
    assert_eq!(session.linked("db/pg_hba.conf"), ["@users -> db/users (@)"]);
}

#[test]
fn a_path_that_an_env_file_says_is_a_link_there_too() {
    let session = Session::open(&[
        (
            "compose.yaml",
            "services:\n  web:\n    image: x\n    volumes: ['${CONF}:/etc/x.conf', './${DIR}/y.conf:/y.conf']\n",
        ),
        (".env", "CONF=./x.conf\nDIR=sub\n"),
        ("x.conf", ""),
        ("sub/y.conf", ""),
    ]);
    assert_eq!(session.linked(".env"), ["./x.conf -> x.conf (services.web.volumes[0].source)"]);
    assert_eq!(
        session.linked("compose.yaml"),
        [
            "${CONF} -> x.conf (services.web.volumes[0].source)",
            "'./${DIR}/y.conf:/y.conf' -> sub/y.conf (services.web.volumes[1].source)",
        ]
    );
}
