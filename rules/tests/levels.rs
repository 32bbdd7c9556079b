//! What a page cannot show: which level a finding takes, and fixes of entries that span lines.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

use stacklint_engine::finding::{Confidence, Finding, Severity};
use stacklint_engine::run::{self, Options};
use stacklint_engine::source::Sources;
use stacklint_engine::vfs::Vfs;

fn findings(rule: &str, files: &[(&str, &str)]) -> Vec<Finding> {
    let sources = Sources::new(Vfs::in_memory(files.iter().map(|(name, text)| (*name, text.as_bytes()))));
    let options = Options::all(stacklint_rules::all(), &[rule]).unwrap();
    run::run(&sources, &options).findings
}

fn severities(rule: &str, service: &str, more: &[(&str, &str)]) -> Vec<Severity> {
    let compose = format!("services:\n  db: {service}\n");
    let mut files = vec![("compose.yaml", compose.as_str())];
    files.extend_from_slice(more);
    findings(rule, &files).iter().map(|finding| finding.severity).collect()
}

#[test]
fn a_port_is_as_bad_as_its_address() {
    let port = |entry: &str| {
        let service = format!("{{image: 'postgres:17', ports: ['{entry}']}}");
        severities("published-datastore-port", &service, &[])
    };
    assert_eq!(port("5432:5432"), [Severity::High]);
    assert_eq!(port("203.0.113.4:5432:5432"), [Severity::High]);
    assert_eq!(port("10.0.0.5:5432:5432"), [Severity::Medium]);
    assert_eq!(port("100.100.1.1:5432:5432"), [Severity::Medium]);
    assert_eq!(port("127.8.0.1:5432:5432"), []);
    assert_eq!(port("5432:5432/udp"), []);
}

#[test]
fn one_entry_gives_one_finding() {
    let service = "{image: app, ports: ['5430-5440:5430-5440']}";
    assert_eq!(severities("published-datastore-port", service, &[]), [Severity::High]);
    assert_eq!(severities("published-port-all-interfaces", service, &[]), []);
    let udp = "{image: 'memcached:1', ports: ['11211:11211/udp']}";
    assert_eq!(severities("published-datastore-port", udp, &[]), [Severity::High]);
}

#[test]
fn a_port_for_tcp_and_udp_is_not_told_twice_in_the_same_words() {
    let said = |ports: &str| {
        let compose = format!("services:\n  dns: {{image: app, ports: [{ports}]}}\n");
        let found = findings("published-port-all-interfaces", &[("compose.yaml", &compose)]);
        found.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
    };
    let both = said("'53:53/tcp', '53:53/udp'");
    assert!(both[0].starts_with("container port 53 is published"), "{both:?}");
    assert!(both[1].starts_with("container port 53/udp is published"), "{both:?}");
    assert!(said("'500-502:500-502/udp'")[0].starts_with("container ports 500-502/udp are published"));
}

#[test]
fn a_port_beside_a_proxy_is_worse() {
    let api = "{image: app, labels: [traefik.http.routers.a.rule=x], ports: ['80:80']}\n  proxy: {image: 'traefik:3'}";
    assert_eq!(severities("published-port-all-interfaces", api, &[]), [Severity::High]);
    let alone = "{image: app, labels: [traefik.http.routers.a.rule=x], ports: ['80:80']}";
    assert_eq!(severities("published-port-all-interfaces", alone, &[]), [Severity::Medium]);
}

#[test]
fn an_address_that_fails_open_is_as_bad_as_what_is_behind_it() {
    let levels = |image: &str, entry: &str| {
        severities("bind-address-fails-open", &format!("{{image: '{image}', ports: ['{entry}']}}"), &[])
    };
    assert_eq!(levels("postgres:17", "${IP}:5432:5432"), [Severity::High]);
    assert_eq!(levels("app", "${IP}:8080:8080"), [Severity::Medium]);
    assert_eq!(levels("app", "${IP}:5430-5440:5430-5440"), [Severity::High]);
    assert_eq!(levels("app", "${IP:?}:8080:8080"), []);
    // No address at all stands there: it may be given with its colon.
    assert_eq!(levels("app", "${IP}8080:8080"), []);
}

#[test]
fn one_rule_speaks_of_a_port() {
    let rules =
        ["bind-address-fails-open", "published-admin-ui", "published-datastore-port", "published-port-all-interfaces"];
    for entry in ["9090:9090", "${IP}:9090:9090", "5432:5432", "${IP}:5432:5432", "8080:8080", "5430-9100:5430-9100"] {
        for image in ["prom/prometheus", "postgres:17", "app"] {
            let service = format!("{{image: '{image}', ports: ['{entry}']}}");
            let found: usize = rules.iter().map(|rule| severities(rule, &service, &[]).len()).sum();
            // Of a datastore two: that it is published, and that a variable should have prevented it.
            let both = entry == "${IP}:5432:5432" || entry.starts_with("${IP}") && image.starts_with("postgres");
            assert_eq!(found, if both { 2 } else { 1 }, "{service}");
        }
    }
}

#[test]
fn a_capability_is_worse_in_a_namespace_of_the_host() {
    let levels = |more: &str| severities("dangerous-capability", &format!("{{image: app, {more}}}"), &[]);
    assert_eq!(levels("cap_add: [NET_ADMIN, cap_sys_ptrace]"), [Severity::Medium, Severity::Medium]);
    assert_eq!(levels("network_mode: host, cap_add: [NET_ADMIN]"), [Severity::High]);
    assert_eq!(levels("pid: host, cap_add: [SYS_PTRACE]"), [Severity::High]);
    assert_eq!(levels("cap_add: [SYS_ADMIN]"), [Severity::High]);
    assert_eq!(levels("privileged: true, cap_add: [SYS_ADMIN]"), []);
}

#[test]
fn a_mount_is_less_bad_read_only() {
    let levels =
        |entry: &str| severities("sensitive-host-mount", &format!("{{image: app, volumes: ['{entry}']}}"), &[]);
    assert_eq!(levels("/etc:/etc"), [Severity::High]);
    assert_eq!(levels("/etc:/etc:ro"), [Severity::Medium]);
    assert_eq!(levels("/usr/bin:/host/bin"), [Severity::High]);
    assert_eq!(levels("/usr/bin:/host/bin:ro"), []);
    assert_eq!(levels("~:/home"), [Severity::High]);
    // Sockets are reached through a mount that is read-only as well, by whoever may open them.
    assert_eq!(levels("/:/host:ro"), [Severity::High]);
    assert_eq!(levels("/run:/run:ro"), [Severity::High]);
    let of = |service: &str| severities("sensitive-host-mount", service, &[]);
    assert_eq!(of("{image: app, user: '1000', volumes: ['/:/host:ro']}"), [Severity::Medium]);
    assert_eq!(of("{image: app, user: '1000', group_add: ['998'], volumes: ['/:/host:ro']}"), [Severity::High]);
    assert_eq!(of("{image: 'quay.io/prometheus/node-exporter', volumes: ['/:/host:ro,rslave']}"), [Severity::Medium]);
    let flat = "{type: bind, source: /, target: /host, read_only: true, bind: {recursive: disabled}}";
    assert_eq!(of(&format!("{{image: app, volumes: [{flat}]}}")), [Severity::Medium]);
    assert_eq!(levels("/lib/modules:/lib/modules"), [Severity::High]);
    assert_eq!(levels("/lib/modules:/lib/modules:ro"), []);
    // A checkout in a home directory, or right in the root, says nothing of the stack.
    assert_eq!(levels(".:/app"), []);
}

#[test]
fn what_stays_decides_how_bad_an_override_is() {
    let levels = |base: &str, layer: &str| {
        let layer = format!("services:\n  db: {layer}\n");
        severities("ineffective-override", base, &[("compose.override.yaml", &layer)])
    };
    assert_eq!(levels("{image: 'redis:8', ports: ['6379:6379']}", "{ports: []}"), [Severity::High]);
    assert_eq!(levels("{image: 'redis:8', ports: ['127.0.0.1:6379:6379']}", "{ports: []}"), [Severity::Medium]);
    assert_eq!(levels("{image: app, privileged: true}", "{privileged: null}"), [Severity::High]);
    assert_eq!(levels("{image: app, cap_add: [ALL]}", "{cap_add: [NET_ADMIN]}"), [Severity::High]);
    assert_eq!(levels("{image: app, security_opt: ['seccomp=unconfined']}", "{security_opt: []}"), [Severity::High]);
    assert_eq!(levels("{image: app, ports: ['80:80']}", "{ports: ['8080:80']}"), [Severity::Medium]);
    assert_eq!(levels("{image: app, ports: ['127.0.0.1:80:80']}", "{ports: ['8080:80']}"), []);
    assert_eq!(levels("{image: app, ports: ['80:80']}", "{ports: !reset []}"), []);
}

#[test]
fn what_is_missing_is_worse_in_production() {
    let levels = |rule: &str, more: &[(&str, &str)]| severities(rule, "{image: 'app:1.0'}", more);
    let layer = ("compose.prod.yaml", "services:\n  db: {labels: {a: b}}\n");
    for rule in ["missing-cap-drop-all", "missing-resource-limits", "writable-root-filesystem"] {
        assert_eq!(levels(rule, &[]), [Severity::Low], "{rule}");
        assert_eq!(levels(rule, &[layer]), [Severity::Medium], "{rule}");
    }
    // A service without an image only serves others, and what could not be read may say it.
    for rule in ["missing-cap-drop-all", "missing-resource-limits", "missing-pids-limit", "writable-root-filesystem"] {
        assert_eq!(severities(rule, "{restart: always}", &[]), [], "{rule}");
        assert_eq!(severities(rule, "{image: app, extends: {file: gone.yaml, service: db}}", &[]), [], "{rule}");
    }
    assert_eq!(levels("missing-image-digest", &[]), [Severity::Info]);
    assert_eq!(levels("missing-image-digest", &[layer]), [Severity::Medium]);
    assert_eq!(severities("writable-root-filesystem", "{image: 'postgres:17'}", &[layer]), [Severity::Info]);
}

#[test]
fn a_datastore_without_login_is_worse_where_it_is_published() {
    let levels = |service: &str| severities("disabled-datastore-auth", service, &[]);
    assert_eq!(levels("{image: 'redis:8'}"), [Severity::Medium]);
    assert_eq!(levels("{image: 'redis:8', ports: ['6379:6379']}"), [Severity::High]);
    assert_eq!(levels("{image: 'redis:8', ports: ['127.0.0.1:6379:6379']}"), [Severity::Medium]);
    assert_eq!(levels("{image: 'mysql:8', environment: {MYSQL_ALLOW_EMPTY_PASSWORD: '1'}}"), [Severity::High]);
    assert_eq!(levels("{image: 'redis:8', command: redis-server --protected-mode no}"), []);
}

#[test]
fn a_default_is_critical_where_it_can_be_used() {
    let inside = "{image: 'postgres:17', environment: {POSTGRES_PASSWORD: postgres}}";
    assert_eq!(severities("default-credential", inside, &[]), [Severity::High]);
    let published = "{image: 'postgres:17', ports: ['5432:5432'], environment: {POSTGRES_PASSWORD: postgres}}";
    assert_eq!(severities("default-credential", published, &[]), [Severity::Critical]);
    // The published service only hands it on to another one.
    for variable in ["MYSQL_PASSWORD: nextcloud", "DB_PASSWORD: postgres", "DB_URL: 'postgres://app:postgres@db/app'"] {
        let client = format!("{{image: nextcloud, ports: ['80:80'], environment: {{{variable}}}}}");
        let compose = format!("services:\n  web: {client}\n");
        let found = findings("default-credential", &[("compose.yaml", &compose)]);
        assert_eq!(found.iter().map(|finding| finding.severity).collect::<Vec<_>>(), [Severity::High], "{variable}");
    }
    let own = "{image: dpage/pgadmin4, ports: ['5050:80'], environment: {PGADMIN_DEFAULT_PASSWORD: changeit}}";
    assert_eq!(severities("default-credential", own, &[]), [Severity::Critical]);
    // The login is off: nobody gets in by it.
    for (switch, level) in [("BASIC_AUTH: 'False'", Severity::High), ("BASIC_AUTH: 'True'", Severity::Critical)] {
        let web = format!("{{image: web, ports: ['80:80'], environment: {{{switch}, BASIC_AUTH_PASSWORD: admin}}}}");
        assert_eq!(severities("default-credential", &web, &[]), [level], "{switch}");
    }
}

#[test]
fn a_default_that_is_not_used_is_less_bad() {
    let service = "{image: 'postgres:17', environment: {POSTGRES_PASSWORD: '${P:-postgres}'}}";
    assert_eq!(severities("fallback-secret", service, &[]), [Severity::High]);
    assert_eq!(severities("fallback-secret", service, &[(".env", "P=kT9wZ3pHs6bY\n")]), [Severity::Medium]);
}

#[test]
fn an_env_file_outside_any_stack_is_for_what_it_says() {
    let levels = |name: &str, text: &str| {
        let found = findings("plaintext-secret", &[(name, text)]);
        found.into_iter().map(|finding| (finding.severity, finding.help.unwrap())).collect::<Vec<_>>()
    };
    let secret = "DB_PASSWORD=kT9wZ3pHs6bY\n";
    assert_eq!(levels("api.env", secret)[0].0, Severity::High);
    for name in [".env.test", "env.test", ".env.development"] {
        let found = levels(name, secret);
        assert_eq!(found[0].0, Severity::Medium, "{name}");
        let reason = format!("(medium instead of high: the file is for development, the file name `{name}` says so)");
        assert!(found[0].1.ends_with(&reason), "{}", found[0].1);
    }
    assert_eq!(levels("api.env", &format!("APP_ENV=local\n{secret}"))[0].0, Severity::Medium);
    assert_eq!(levels("api.env", &format!("APP_ENV=local\nNODE_ENV=production\n{secret}"))[0].0, Severity::High);
    assert_eq!(levels(".env.test", &format!("APP_ENV=production\n{secret}"))[0].0, Severity::Medium);
}

#[test]
fn a_template_that_a_stack_loads_is_no_template() {
    let defaults = ("defaults.env", "POSTGRES_PASSWORD=postgres\n");
    let loads = "{image: 'postgres:17', env_file: defaults.env}";
    assert_eq!(severities("default-credential", loads, &[defaults]), [Severity::High]);
    assert_eq!(severities("default-credential", "{image: 'postgres:17'}", &[defaults]), []);
}

#[test]
fn many_broken_lines_of_an_env_file_are_counted() {
    let broken = |lines: usize| findings("syntax-error", &[("api.env", &"no name here\n".repeat(lines))]);
    assert_eq!(broken(5).len(), 5);
    assert_eq!(broken(6).len(), 6);
    let folded = broken(12);
    assert_eq!(folded.len(), 6);
    assert!(folded[5].message.starts_with("and 7 more lines of `api.env`"), "{}", folded[5].message);
}

#[test]
fn help_is_for_the_case() {
    let help = |rule: &str, service: &str, more: &[(&str, &str)]| {
        let compose = format!("services:\n  db: {service}\n");
        let mut files = vec![("compose.yaml", compose.as_str())];
        files.extend_from_slice(more);
        findings(rule, &files).remove(0).help.unwrap()
    };
    let cache = "{image: redis, command: [sh, -c, 'redis-server --requirepass \"$${PW:-hunter2}\"']}";
    let env = [(".env", "PW=vB7nG2xKd5jQ\n")];
    assert!(help("fallback-secret", cache, &env).starts_with("hand the variable to the container"));
    let bitnami = "{image: bitnami/mongodb, environment: {ALLOW_EMPTY_PASSWORD: 'yes'}}";
    let wanted = "remove `ALLOW_EMPTY_PASSWORD`, and set `MONGODB_ROOT_PASSWORD_FILE`";
    assert_eq!(help("disabled-datastore-auth", bitnami, &[]), wanted);
    let neo4j = "{image: neo4j, environment: {NEO4J_AUTH: none}}";
    assert!(help("disabled-datastore-auth", neo4j, &[]).starts_with("remove `NEO4J_AUTH`, and give it"));
    // Nobody chooses the token that another program made.
    let token = "{image: app, environment: {CF_DNS_API_TOKEN: kT9wZ3pHs6bYmX4vN8qL}}";
    assert!(help("plaintext-secret", token, &[]).contains("what its issuer"));
    let password = "{image: app, environment: {ADMIN_PASSWORD: kT9wZ3pHs6bYmX4vN8qL}}";
    assert!(!help("plaintext-secret", password, &[]).contains("issuer"));
    let message = |variable: &str| {
        let compose =
            format!("services:\n  hub: {{image: hub, ports: ['80:80'], environment: {{{variable}: secret}}}}\n");
        findings("default-credential", &[("compose.yaml", &compose)]).remove(0).message
    };
    assert!(message("ADMIN_PASSWORD").ends_with("can log in"));
    assert!(message("PUBLISHER_JWT_KEY").ends_with("can use it"));
}

#[test]
fn a_fix_says_all_that_it_takes() {
    let titles = |capabilities: &str| {
        let compose = format!("services:\n  vpn:\n    image: vpn\n    cap_add: {capabilities}\n");
        let found = findings("dangerous-capability", &[("compose.yaml", &compose)]);
        found.iter().map(|finding| finding.fixes[0].title.clone()).collect::<Vec<_>>()
    };
    let layer = "services:\n  vpn:\n    image: vpn\n    cap_add: [NET_ADMIN]\n";
    let layered = findings("dangerous-capability", &[("compose.yaml", layer), ("compose.override.yaml", layer)]);
    assert_eq!(layered.iter().map(|finding| finding.fixes.len()).collect::<Vec<_>>(), [0], "{layered:#?}");
    let shared = "services:\n  web: &web\n    image: web\n  worker:\n    <<: *web\n    command: work\n";
    for (rule, title) in [
        ("writable-root-filesystem", "set `read_only: true`, also where `*web` is merged in"),
        ("missing-cap-drop-all", "add `ALL` to `cap_drop`, also where `*web` is merged in"),
    ] {
        assert_eq!(findings(rule, &[("compose.yaml", shared)])[0].fixes[0].title, title);
    }
    let (one, more) = ("remove the capability", "remove the capability, with what else is reported beside it");
    assert_eq!(titles("[NET_ADMIN]"), [one]);
    assert_eq!(titles("\n      - NET_ADMIN\n      - SYS_MODULE"), [more, more]);
    assert_eq!(titles("\n      - NET_ADMIN\n      - CHOWN\n      - SYS_MODULE"), [one, one]);
    assert_eq!(titles("[NET_ADMIN, CHOWN, SYS_MODULE]"), [one, one]);
    assert_eq!(titles("[CHOWN, NET_ADMIN, SYS_MODULE]"), [more, more]);
}

#[test]
fn a_fix_is_safe_or_absent() {
    let service = "{image: 'postgres:17', environment: {POSTGRES_PASSWORD: '${P:-postgres}'}}";
    let compose = format!("services:\n  db: {service}\n");
    let fixes = |files: &[(&str, &str)]| findings("fallback-secret", files)[0].fixes.len();
    assert_eq!(fixes(&[("compose.yaml", &compose)]), 0);
    assert_eq!(fixes(&[("compose.yaml", &compose), (".env", "P=kT9wZ3pHs6bY\n")]), 1);
}

#[test]
fn a_providers_token_is_critical_for_development_too() {
    // Put together here, so that no scanner takes this file for a leak.
    let token = format!("{}-{}", "glpat", "kT9wZ3pHs6bYmX4vN8qL");
    let compose = format!("services:\n  ci: {{image: app, environment: {{CI_TOKEN: {token}, APP_ENV: dev}}}}\n");
    let found = findings("plaintext-secret", &[("compose.yaml", &compose)]);
    let levels: Vec<_> = found.iter().map(|finding| finding.severity).collect();
    assert_eq!(levels, [Severity::Critical]);
    assert!(found[0].message.contains("GitLab"), "{}", found[0].message);
    assert_eq!(found[0].stacks[0].environment, "dev");
    let literal = "{image: app, environment: {TOKEN: kT9wZ3pHs6bY, APP_ENV: dev}}";
    assert_eq!(severities("plaintext-secret", literal, &[]), [Severity::Medium]);
}

#[test]
fn a_private_key_with_a_passphrase_is_less_bad() {
    let key = |kind: &str| {
        let body = "MC4CAQAwBQYDK2VwBCIEIHJ7yqT0vWm3nZk1xLrPbQeUaS9dGfH2oC5iYjN8sKwV";
        let key = format!("-----BEGIN {kind}PRIVATE KEY-----\\n{body}\\n-----END {kind}PRIVATE KEY-----\\n");
        severities("private-key-in-repo", &format!("{{image: app, environment: {{KEY: \"{key}\"}}}}"), &[])
    };
    assert_eq!(key(""), [Severity::Critical]);
    assert_eq!(key("ENCRYPTED "), [Severity::Low]);
}

#[test]
fn problems_are_as_bad_as_what_they_may_mean() {
    let missing = "{image: app, env_file: a.env}";
    assert_eq!(severities("missing-env-file", missing, &[]), [Severity::High]);
    assert_eq!(severities("missing-env-file", missing, &[("a.env.example", "A=1\n")]), [Severity::Medium]);
    let required = "{image: 'app:${TAG:?}'}";
    assert_eq!(severities("unset-required-variable", required, &[]), [Severity::Info]);
    assert_eq!(severities("unset-required-variable", required, &[(".env", "OTHER=1\n")]), [Severity::High]);
}

#[test]
fn what_a_part_lacks_is_no_refusal_of_the_stack() {
    let files = [
        ("compose.yaml", "include: [worker/compose.yaml]\nservices: {queue: {image: queue}}\nnetworks: {back: }\n"),
        ("worker/compose.yaml", "services:\n  worker: {image: worker, networks: [back]}\n"),
        // Meant for `-f compose.yaml -f compose.next.yaml`.
        ("compose.next.yaml", "include: [next/compose.yaml]\n"),
        ("next/compose.yaml", "services:\n  next: {extends: {file: ../worker/compose.yaml, service: worker}}\n"),
    ];
    let found = findings("undefined-compose-reference", &files);
    let levels: Vec<_> = found.iter().map(|finding| finding.severity).collect();
    assert_eq!(levels, [Severity::Info], "{found:#?}");
    assert!(found[0].help.as_deref().unwrap().contains("seems to be a part of a stack"), "{found:#?}");
    // A stack of its own lacks it indeed.
    let alone = findings("undefined-compose-reference", &[("compose.yaml", files[1].1)]);
    assert_eq!(alone[0].severity, Severity::High);
}

/// The file after the fix of its only finding.
fn fixed(compose: &str) -> Option<String> {
    let files = [("compose.yaml", compose)];
    let found = findings("published-datastore-port", &files);
    assert_eq!(found.len(), 1, "{compose}");
    let mut text = compose.to_owned();
    for edit in &found[0].fixes.first()?.edits {
        text.replace_range(edit.place.range.to_usize(), &edit.replacement);
    }
    assert_eq!(findings("published-datastore-port", &[("compose.yaml", &text)]), [], "{text}");
    Some(text)
}

#[test]
fn an_entry_of_several_lines_gets_a_line() {
    let long = |line_break: &str, address: &str| {
        let lines = ["services:", "  db:", "    image: postgres", "    ports:", "      - "];
        format!("{}{address}target: 5432{line_break}        published: 5432{line_break}", lines.join(line_break))
    };
    for line_break in ["\n", "\r\n"] {
        let address = format!("host_ip: 127.0.0.1{line_break}        ");
        assert_eq!(fixed(&long(line_break, "")).unwrap(), long(line_break, &address));
    }
}

#[test]
fn no_fix_is_offered_where_it_could_be_wrong() {
    for entry in ["\"${PORTS:-5432:5432}\"", "\"5432:\\x35432\"", "|-\n        5432:5432"] {
        let compose = format!("services:\n  db:\n    image: postgres\n    ports:\n      - {entry}\n");
        assert_eq!(fixed(&compose), None, "{compose}");
    }
    // With the address in one of the two layers, both would be published.
    let layer = "services:\n  db:\n    image: postgres\n    ports: ['5432:5432']\n";
    let wide = layer.replace("5432:5432", "0.0.0.0:5432:5432");
    let edits = |text: &str, upper: &str| {
        let found = findings("published-datastore-port", &[("compose.yaml", text), (upper, text)]);
        found.iter().map(|finding| finding.fixes.first().map(|fix| fix.edits.len())).collect::<Vec<_>>()
    };
    assert_eq!(edits(layer, "compose.override.yaml"), [Some(2)]);
    assert_eq!(edits(&wide, "compose.override.yaml"), [None]);
    // Nobody knows whether one lies on the other.
    assert_eq!(edits(layer, "compose.next.yaml"), [Some(1), Some(1)]);
    let of_variable = "services:\n  db:\n    image: postgres\n    ports: [\"${A:-}${B:-5432}:5432\"]\n";
    assert!(fixed(of_variable).unwrap().contains("\"127.0.0.1:${A:-}${B:-5432}:5432\""));
}

#[test]
fn privileges_are_worse_to_gain_in_production() {
    let rule = "missing-no-new-privileges";
    let service = |environment: &str| severities(rule, &format!("{{image: app, environment: {{{environment}}}}}"), &[]);
    assert_eq!(service("A: b"), [Severity::Medium]);
    assert_eq!(service("NODE_ENV: production"), [Severity::High]);
    assert_eq!(service("NODE_ENV: development"), [Severity::Low]);
    assert_eq!(severities(rule, "{image: app, privileged: true}", &[]), [Severity::Medium]);
    assert_eq!(severities(rule, "{build: ., deploy: {replicas: 2}}", &[]), [Severity::Medium]);
    assert_eq!(severities(rule, "{provider: {type: model}}", &[]), []);
}

#[test]
fn a_service_behind_a_profile_says_so() {
    let compose = "services:\n  a: {image: app, profiles: [tools]}\n";
    let found = findings("missing-no-new-privileges", &[("compose.yaml", compose)]);
    assert!(found[0].help.as_deref().unwrap().contains("runs only with the profile `tools`"), "{found:#?}");
    // One that always runs uses the same value.
    let uses = "services:\n  a: {image: app, profiles: [tools], environment: {APP_PASSWORD: '${PW}'}}\n  b: {image: app, \
                environment: {APP_PASSWORD: '${PW}'}}\n";
    let found = findings("default-credential", &[("compose.yaml", uses), (".env", "PW=password\n")]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(!found[0].help.as_deref().unwrap().contains("tools"), "{found:#?}");
}

#[test]
fn a_server_is_as_exposed_as_its_reach() {
    let hba = ("hba.conf", "host all all all scram-sha-256\n");
    let level = |rule: &str, more: &str| {
        let service = format!(
            "{{image: 'postgres:17', command: postgres -c hba_file=/hba.conf, volumes: ['./hba.conf:/hba.conf']{more}}}"
        );
        severities(rule, &service, &[hba])
    };
    let plain = |more: &str| level("hba-plaintext-reachable", more);
    assert_eq!(plain(""), [Severity::Medium]);
    assert_eq!(plain(", ports: ['127.0.0.1:5432:5432']"), [Severity::Medium]);
    assert_eq!(plain(", ports: ['5432:5433']"), [Severity::Medium]);
    assert_eq!(plain(", ports: ['5433:5432']"), [Severity::High]);
    assert_eq!(plain(", ports: ['5433:5432', '10.0.0.1:6000:5433'], environment: {PGPORT: 5433}"), [Severity::High]);
    assert_eq!(plain(", network_mode: host"), [Severity::High]);
    assert_eq!(plain(", network_mode: none"), []);
    assert_eq!(
        plain(", network_mode: 'service:proxy'}\n  proxy: {image: proxy, ports: ['5432:5432']"),
        [Severity::High]
    );
    assert_eq!(level("pg-ssl-off", ""), [Severity::Info]);
    assert_eq!(level("pg-ssl-off", ", ports: ['5432:5432']"), [Severity::High]);
    let explicit =
        |ports: &str| severities("pg-ssl-off", &format!("{{image: 'postgres:17', command: [-c, ssl=no]{ports}}}"), &[]);
    assert_eq!(explicit(""), [Severity::Medium]);
    assert_eq!(explicit(", ports: [5432]"), [Severity::High]);
}

#[test]
fn what_nobody_can_see_makes_a_server_less_sure() {
    let confidence = |service: &str, files: &[(&str, &str)]| {
        let compose = format!("services:\n  db: {service}\n");
        let mut all = vec![("compose.yaml", compose.as_str())];
        all.extend_from_slice(files);
        findings("pg-ssl-off", &all).iter().map(|finding| finding.confidence).collect::<Vec<_>>()
    };
    let published = "ports: [5432]";
    assert_eq!(confidence(&format!("{{image: postgres, {published}}}"), &[]), [Confidence::Medium]);
    assert_eq!(confidence(&format!("{{image: postgres, command: -l --ssl=0, {published}}}"), &[]), [Confidence::High]);
    let mounted =
        format!("{{image: postgres, command: -c config_file=/a.conf, volumes: ['./a.conf:/a.conf'], {published}}}");
    assert_eq!(confidence(&mounted, &[("a.conf", "listen_addresses = '*'\n")]), [Confidence::High]);
    assert_eq!(confidence(&mounted, &[("a.conf", "port = 5432\n")]), [], "it listens to itself alone");
    assert_eq!(confidence(&mounted, &[("a.conf", "listen_addresses='*'\ninclude '/elsewhere.conf'\n")]), []);
    assert_eq!(confidence(&mounted, &[]), [], "nobody knows what lies there");
    assert_eq!(confidence(&format!("{{image: postgres, command: /start.sh, {published}}}"), &[]), []);
    assert_eq!(confidence(&format!("{{image: bitnami/postgresql, {published}}}"), &[]), []);
    assert_eq!(
        confidence(&format!("{{build: ., command: postgres -c ssl=off, {published}}}"), &[]),
        [Confidence::High]
    );
}

#[test]
fn an_argument_is_put_behind_the_others() {
    let files = |command: &str| {
        let compose =
            format!("services:\n  db:\n    image: postgres:17\n    volumes: ['./pg_hba.conf:/pg_hba.conf']\n{command}");
        let hba = ("pg_hba.conf", "hostssl all all all scram-sha-256\n");
        let found = findings("hba-file-not-referenced", &[("compose.yaml", &compose), hba]);
        assert_eq!(found.len(), 1, "{compose}");
        let fix = found[0].fixes.first()?;
        let mut text = compose.clone();
        for edit in &fix.edits {
            text.replace_range(edit.place.range.to_usize(), &edit.replacement);
        }
        assert_eq!(findings("hba-file-not-referenced", &[("compose.yaml", &text), hba]), [], "{text}");
        Some(text[text.find("    volumes").unwrap()..].lines().skip(1).collect::<Vec<_>>().join("\n"))
    };
    for (command, fixed) in [
        ("    command: postgres -c fsync=on # on\n", "    command: postgres -c fsync=on -c hba_file=/pg_hba.conf # on"),
        ("    command: 'postgres'\n", "    command: 'postgres -c hba_file=/pg_hba.conf'"),
        (
            "    command: [\"-c\", \"fsync=on\"]\n",
            "    command: [\"-c\", \"fsync=on\", \"-c\", \"hba_file=/pg_hba.conf\"]",
        ),
        (
            "    command:\n      - postgres # the server\n",
            "    command:\n      - postgres # the server\n      - -c\n      - hba_file=/pg_hba.conf",
        ),
        (
            "    command: >\n      postgres\n      -l\n",
            "    command: >\n      postgres\n      -l -c hba_file=/pg_hba.conf",
        ),
    ] {
        assert_eq!(files(command).as_deref(), Some(fixed), "{command}");
    }
    for command in ["    command: postgres -c 'a.b=c d'\n", "    entrypoint: postgres\n"] {
        assert_eq!(files(command), None, "{command}");
    }
}

#[test]
fn what_a_variable_takes_back_is_as_bad_as_what_is_lost() {
    let found = |config: &str, variable: &str| {
        let compose = format!(
            "services:\n  api:\n    image: app\n    environment: ['{variable}']\n    volumes: ['./config.yaml:/app/config.yaml']\n"
        );
        let files = [("compose.yaml", compose.as_str()), ("config.yaml", config)];
        let found = findings("env-overrides-hardened-setting", &files);
        found.iter().map(|finding| (finding.severity, finding.confidence)).collect::<Vec<_>>()
    };
    let mode = "server: {mode: release}\n";
    assert_eq!(found(mode, "SERVER_MODE=debug"), [(Severity::High, Confidence::Medium)]);
    assert_eq!(found(mode, "SHOP_SERVER_MODE=debug"), [(Severity::High, Confidence::Low)]);
    let asked = "server: {mode: \"${MODE_OF_SERVER:release}\"}\n";
    assert_eq!(found(asked, "MODE_OF_SERVER=debug"), [(Severity::High, Confidence::High)]);
    let origins = "cors: {allow_all_origins: false}\n";
    assert_eq!(found(origins, "CORS_ALLOW_ALL_ORIGINS=1"), [(Severity::High, Confidence::Medium)]);
    let cookie = "cookie: {secure: true, same_site: lax}\n";
    assert_eq!(found(cookie, "COOKIE_SECURE=off"), [(Severity::Medium, Confidence::Medium)]);
    assert_eq!(found(cookie, "COOKIE_SAME_SITE=None"), [(Severity::Medium, Confidence::Medium)]);
    assert_eq!(found(cookie, "COOKIE_SAME_SITE=strict"), []);
    // What programs read differently says nothing, and neither does an empty value.
    assert_eq!(found(cookie, "COOKIE_SECURE=maybe"), []);
    assert_eq!(found(cookie, "COOKIE_SECURE="), []);
}

#[test]
fn a_database_may_be_made_by_who_may_do_everything() {
    let found = |server: &str, client: &str, more: &str| {
        let compose = format!(
            "services:\n  db: {{image: 'postgres:17', environment: [{server}]{more}}}\n  api: {{image: app, environment: ['{client}']}}\n\
             volumes: {{old: {{external: true}}}}\n"
        );
        let found = findings("database-credential-mismatch", &[("compose.yaml", compose.as_str())]);
        found.iter().map(|finding| finding.confidence).collect::<Vec<_>>()
    };
    let server = "'POSTGRES_USER=app', 'POSTGRES_PASSWORD=a8f31'";
    assert_eq!(found(server, "U=postgres://app:a8f31@db/other", ""), [Confidence::Low]);
    assert_eq!(found(server, "U=postgres://app:a8f32@db/app", ""), [Confidence::Medium]);
    assert_eq!(
        found(server, "U=postgres://app:a8f32@db/app", ", volumes: ['old:/var/lib/postgresql/data']"),
        [Confidence::Low]
    );
    // Who else logs in and with what is one thing: the password of another login is not compared.
    assert_eq!(found(server, "U=postgres://shop:a8f32@db/shop", ""), [Confidence::Medium, Confidence::Medium]);
    // Nobody asks for a password.
    let open = "'POSTGRES_USER=app', 'POSTGRES_PASSWORD=a8f31', 'POSTGRES_HOST_AUTH_METHOD=trust'";
    assert_eq!(found(open, "U=postgres://app:a8f32@db/app", ""), []);
}
