use super::*;

/// The text with every masked character replaced by `*`.
fn masked(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut last = 0;
    for range in mask_ranges(text, None) {
        assert!(range.start >= last && !range.is_empty());
        last = range.end;
        for byte in &mut bytes[range.to_usize()] {
            *byte = b'*';
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(masked(text), expected);
}

#[test]
fn values_under_secret_keys() {
    check("password: q8Zr1Lx", "password: *******");
    check("  - POSTGRES_PASSWORD=q8Z r1 # no", "  - POSTGRES_PASSWORD=****** # no");
    check("  - \"POSTGRES_PASSWORD=q8Z r1\"", "  - \"POSTGRES_PASSWORD=******\"");
    check("POSTGRES_PASSWORD: \"q8Z # r1\"", "POSTGRES_PASSWORD: \"********\"");
    check("password='it''s'", "password='*****'");
    check("#password = q8Zr1", "#password = *****");
    check("# POSTGRES_PASSWORD: q8Zr1", "# POSTGRES_PASSWORD: *****");
    check("export API_KEY=q8Zr1", "export API_KEY=*****");
    check("requirepass q8Zr1", "requirepass *****");
    check("{user: ops, password: q8Zr1, port: 1}", "{user: ops, password: *****, port: 1}");
    check("{\"password\": \"q8,Zr1\"}", "{\"password\": \"******\"}");
    check("# Default password: q8Zr1", "# Default password: *****");
    check("password_hash: $2y$10$abcdefghijklmnopqrstuv", "password_hash: *****************************");
    check("client_secret: &anchor q8Zr1", "client_secret: &anchor *****");
    check("password: correct horse battery staple", "password: ****************************");
}

#[test]
fn what_may_be_seen() {
    for text in [
        "password: ${DB_PASSWORD}",
        "POSTGRES_PASSWORD_FILE: /run/secrets/db",
        "password: /run/secrets/db",
        "token_ttl: 3600",
        "api_token:",
        "secure: true",
        "MYSQL_RANDOM_ROOT_PASSWORD: yes",
        "image: postgres:17",
        "ports: [\"127.0.0.1:5432:5432\"]",
        "command: postgres -c ssl=on -c password_encryption=scram-sha-256",
        "url: http://localhost:8080/x",
        "secrets:\n  db_password:\n    file: ./db.txt",
    ] {
        check(text, text);
    }
}

#[test]
fn references_stay_and_their_fallbacks_go() {
    check("password: ${DB_PASSWORD:-q8Zr1}", "password: ${DB_PASSWORD:-*****}");
    check("url: postgres://a:${P:-q8Zr1}@h/d", "url: postgres://a:${P:-*****}@h/d");
    check("password: pre-${DB_PASSWORD}", "password: ****${DB_PASSWORD}");
    check("- A_URL=postgres://a:${DB_PASSWORD:-q8Zr1}@h/d", "- A_URL=postgres://a:${DB_PASSWORD:-*****}@h/d");
    check(
        "command: [\"x\", \"--requirepass\", \"${P_TOKEN:-q8Zr1}\"]",
        "command: [\"x\", \"--requirepass\", \"${P_TOKEN:-*****}\"]",
    );
    check("command: run ${DB_PASSWORD:+q8Zr1} x", "command: run ${DB_PASSWORD:+*****} x");
    check("command: run ${DB_PASSWORD:?set it first}", "command: run ${DB_PASSWORD:?set it first}");
}

#[test]
fn urls_and_commands() {
    check("url: postgres://ops:q8Zr1@h/d", "url: postgres://ops:*****@h/d");
    check("dsn = \"host=h user=ops password=q8Zr1 port=1\"", "dsn = \"host=h user=ops password=***** port=1\"");
    check("command: redis-server --requirepass q8Zr1", "command: redis-server --requirepass *****");
    check(
        "command: [\"redis-server\", \"--requirepass\", \"q8Zr1\"]",
        "command: [\"redis-server\", \"--requirepass\", \"*****\"]",
    );
    check("  - --requirepass\n  - q8Zr1\n", "  - --requirepass\n  - *****\n");
    check("test: mysqladmin ping -pq8Zr1", "test: mysqladmin ping -p*****");
}

#[test]
fn values_over_several_lines() {
    check("password: |\n  q8Z\n  r1\nnext: 1", "password: |\n  ***\n  **\nnext: 1");
    check("password:\n  q8Zr1\nnext: 1", "password:\n  *****\nnext: 1");
    check("api_tokens:\n  - q8Zr1\n  - m2Nb5\nnext: 1", "api_tokens:\n  - *****\n  - *****\nnext: 1");
    check("password: \"q8Z\n  r1\"\nnext: 1", "password: \"***\n  **\"\nnext: 1");
    check("- name: DB_PASSWORD\n  value: q8Zr1\n", "- name: DB_PASSWORD\n  value: *****\n");
    check(
        "key: |\n  -----BEGIN PRIVATE KEY-----\n  MIIabc\n  -----END PRIVATE KEY-----\n",
        "key: |\n  -----BEGIN PRIVATE KEY-----\n  ******\n  -----END PRIVATE KEY-----\n",
    );
}

#[test]
fn any_text_has_ranges_on_character_boundaries() {
    for text in
        ["password: ä€😀", "pässword=ö\u{0}", "url: postgres://ü:ß@h", "\u{feff}password: x", "token: é\r\nx: y\r\n"]
    {
        for range in mask_ranges(text, None) {
            assert!(text.is_char_boundary(range.start as usize) && text.is_char_boundary(range.end as usize));
        }
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    for part in ["a: ", "password=", "://a:b", "{{", "${", "a=\"", "$(", "-p ", "'", "\\\"x\\\": ", "@tcp(", "#"] {
        let _ = mask_ranges(&part.repeat(20_000), None);
    }
}

#[test]
fn a_text_cut_anywhere_keeps_its_secrets_masked() {
    let secret = "q8Zr1LxT0vWk";
    let text = format!(
        "db:\n  environment:\n    - POSTGRES_PASSWORD={secret}\n    - URL=amqp://ops:{secret}@h\n  password: \"{secret}\"\n  cmd: [a, --requirepass, '{secret}']\n"
    );
    for cut in 0..text.len() {
        let (head, tail) = text.split_at(cut);
        // Cut before its `@`, a URL's password reads as a port.
        if !head.ends_with(&format!("ops:{secret}")) {
            assert!(!masked(head).contains(secret), "{head}");
        }
        // Without its key nobody can know a password, so only whole lines are cut away.
        if tail.starts_with("    - ") || tail.starts_with("  password") {
            assert!(!masked(tail).contains(secret), "{tail}");
        }
    }
}

#[test]
fn flow_lists_and_ambiguous_keys() {
    check("api_tokens: [q8Zr1, m2Nb5]", "api_tokens: [************]");
    check("{key: q8Zr1LxT0vWk3s9fM2xA}", "{key: ********************}");
    check("{key: config.customField}", "{key: config.customField}");
}
