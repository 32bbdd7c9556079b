//! Where things are defined, and where they are used.

use crate::session::Session;

#[test]
fn a_variable_leads_to_its_definition() {
    let env = "A=1\nTAG=17\n";
    let defined = |text: &str| {
        let compose = format!("services:\n  db:\n    image: \"postgres:{text}\"\n");
        Session::open(&[("compose.yaml", &compose), (".env", env)]).defined()
    };
    assert_eq!(defined("${T¦AG}"), ["${TAG}", ".env:2 TAG"]);
    assert_eq!(defined("$T¦AG"), ["$TAG", ".env:2 TAG"]);
    // Right behind it, too: that is where one stands who has just written it.
    assert_eq!(defined("${TAG}¦"), ["${TAG}", ".env:2 TAG"]);
    assert_eq!(defined("${T¦AG:-16}"), ["${TAG:-16}", ".env:2 TAG"]);
    assert_eq!(defined("${O¦S:-alpine}"), ["${OS:-alpine}", "compose.yaml:3 alpine"]);
    assert_eq!(defined("${O¦S}"), [""; 0]);
}

#[test]
fn an_included_project_has_variables_of_its_own() {
    let session = Session::open(&[
        ("compose.yaml", "include: [sub/compose.yaml]\n"),
        ("sub/compose.yaml", "services:\n  db:\n    image: postgres:${T¦AG}\n"),
        ("sub/.env", "TAG=17\n"),
    ]);
    assert_eq!(session.defined(), ["${TAG}", "sub/.env:1 TAG"]);
}

#[test]
fn an_alias_leads_to_its_anchor_and_back() {
    let compose = "x-env: &env {A: 1}\nservices:\n  a: {image: x, environment: *e¦nv}\n  b:\n    image: x\n    environment:\n      <<: *env\n";
    let session = Session::open(&[("compose.yaml", compose)]);
    assert_eq!(session.defined(), ["*env", "compose.yaml:1 &env"]);
    assert_eq!(session.used(false), ["compose.yaml:3 *env", "compose.yaml:7 *env"]);
    let compose = compose.replace('¦', "").replace("<<: *env", "<<: *en¦v");
    let session = Session::open(&[("compose.yaml", &compose)]);
    assert_eq!(session.defined(), ["*env", "compose.yaml:1 &env"]);
    assert_eq!(session.used(true).len(), 3);
}

#[test]
fn a_name_leads_to_all_places_that_define_it() {
    let base = "services:\n  db: {image: x, networks: [back], volumes: ['data:/d'], secrets: [key], configs: [{source: conf}]}\n  web:\n    image: x\n    depends_on: [db]\nnetworks: {back: {}}\nvolumes: {data: {}}\nsecrets: {key: {file: key.txt}}\nconfigs: {conf: {content: x}}\n";
    let layer = "services:\n  db: {tty: true}\n  job: {image: x, network_mode: 'service:db', depends_on: {db: {condition: service_started}}}\n";
    let defined = |old: &str, new: &str| {
        let (base, layer) = (base.replacen(old, new, 1), layer.replacen(old, new, 1));
        let layer = if base.contains('¦') { layer.replace('¦', "") } else { layer };
        Session::open(&[("compose.yaml", &base), ("compose.override.yaml", &layer)]).defined()
    };
    let db = ["db", "compose.override.yaml:2 db", "compose.yaml:2 db"];
    assert_eq!(defined("depends_on: [db]", "depends_on: [d¦b]"), db);
    assert_eq!(defined("depends_on: {db", "depends_on: {d¦b"), db);
    assert_eq!(defined("'service:db'", "'service:d¦b'")[1..], db[1..]);
    assert_eq!(defined("networks: [back]", "networks: [b¦ack]"), ["back", "compose.yaml:6 back"]);
    assert_eq!(defined("data:/d", "da¦ta:/d"), ["data", "compose.yaml:7 data"]);
    assert_eq!(defined("data:/d", "data:/¦d"), [""; 0]);
    assert_eq!(defined("secrets: [key]", "secrets: [k¦ey]"), ["key", "compose.yaml:8 key"]);
    assert_eq!(defined("source: conf", "source: co¦nf"), ["conf", "compose.yaml:9 conf"]);
}

#[test]
fn extends_and_include_lead_to_services_and_files() {
    let files = |compose: &str| {
        Session::open(&[
            ("compose.yaml", compose),
            ("base.yaml", "services:\n  app: {image: x}\n"),
            ("sub/more.yaml", "services:\n  other: {image: y}\n"),
            ("sub/some.env", ""),
        ])
        .defined()
    };
    let extends = "services:\n  web: {extends: {file: base.yaml, service: app}}\n";
    assert_eq!(files(&extends.replace("app}", "a¦pp}")), ["app", "base.yaml:2 app"]);
    assert_eq!(files(&extends.replace("base.", "ba¦se.")), ["base.yaml", "base.yaml"]);
    let own = "services:\n  web: {extends: b¦ase}\n  base: {image: x}\n";
    assert_eq!(files(own), ["base", "compose.yaml:3 base"]);
    let include = "include:\n  - path: ./sub/more.yaml\n    env_file: sub/some.env\n";
    assert_eq!(files(&include.replace("more", "mo¦re")), ["./sub/more.yaml", "sub/more.yaml"]);
    assert_eq!(files(&include.replace("some", "so¦me")), ["sub/some.env", "sub/some.env"]);
    assert_eq!(files("include: [sub/mo¦re.yaml]\n"), ["sub/more.yaml", "sub/more.yaml"]);
    assert_eq!(files("include: [sub/no¦ne.yaml]\n"), [""; 0]);
}

#[test]
fn a_path_leads_to_its_file() {
    let compose = "services:\n  web:\n    build: {context: ./app, dockerfile: prod.Dockerfile}\n    env_file: web.env\n    volumes: ['./nginx.conf:/etc/nginx.conf:ro', './app:/app']\nsecrets: {key: {file: ./key.txt}}\n";
    let defined = |old: &str, new: &str| {
        Session::open(&[
            ("compose.yaml", &compose.replacen(old, new, 1)),
            ("app/prod.Dockerfile", "FROM x\n"),
            ("web.env", ""),
            ("nginx.conf", ""),
            ("key.txt", ""),
        ])
        .defined()
    };
    assert_eq!(defined("./app,", "./a¦pp,"), ["./app", "app/prod.Dockerfile"]);
    assert_eq!(defined("prod.D", "pro¦d.D"), ["prod.Dockerfile", "app/prod.Dockerfile"]);
    assert_eq!(defined("web.env", "web¦.env"), ["web.env", "web.env"]);
    assert_eq!(defined("./nginx", "./ng¦inx"), ["./nginx.conf", "nginx.conf"]);
    assert_eq!(defined("./key", "./k¦ey"), ["./key.txt", "key.txt"]);
    // A directory is nothing to open.
    assert_eq!(defined("./app:", "./a¦pp:"), [""; 0]);
}

#[test]
fn a_definition_leads_to_its_uses() {
    let compose = "services:\n  db:\n    image: \"postgres:${TAG:-16}\"\n    environment:\n      - TAG\n      - OTHER=${TAG}${TAGS}\nx-unused: \"${TAG}\"\n";
    let uses = [
        ".env:2 ${TAG}",
        "compose.yaml:3 ${TAG:-16}",
        "compose.yaml:5 TAG",
        "compose.yaml:6 ${TAG}",
        "compose.yaml:7 ${TAG}",
    ];
    let sorted = |session: &Session| {
        let mut used = session.used(false);
        used.sort();
        used
    };
    let session = Session::open(&[("compose.yaml", compose), (".env", "T¦AG=17\nFULL=\"${TAG}-alpine\"\n")]);
    assert_eq!(sorted(&session), uses);
    let session = Session::open(&[
        ("compose.yaml", &compose.replace("${TAG:", "${T¦AG:")),
        (".env", "TAG=17\nFULL=\"${TAG}-alpine\"\n"),
    ]);
    assert_eq!(sorted(&session), uses);
    // What a later line overrides, nothing uses.
    let session = Session::open(&[("compose.yaml", compose), (".env", "T¦AG=16\nTAG=17\n")]);
    assert_eq!(session.used(false), [""; 0]);
}

#[test]
fn a_service_leads_to_those_that_name_it() {
    let session = Session::open(&[(
        "compose.yaml",
        "services:\n  d¦b: {image: x, networks: [db]}\n  web: {image: x, depends_on: [db], links: ['db:database']}\n  job: {extends: db, pid: 'service:db'}\nnetworks: {db: {}}\n",
    )]);
    assert_eq!(
        session.used(false),
        ["compose.yaml:3 db", "compose.yaml:3 'db:database'", "compose.yaml:4 db", "compose.yaml:4 'service:db'"]
    );
}
