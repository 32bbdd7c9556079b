//! The frozen list of values and verdicts, `secrets_cases.tsv`.

use stacklint_engine::secrets::{Candidate, Neighbour, NeighbourKind, Reason, Verdict, judge};

fn neighbour(text: &str) -> Option<Neighbour<'_>> {
    let (kind, text) = text.split_once('=')?;
    let kind = match kind {
        "user" => NeighbourKind::User,
        "database" => NeighbourKind::Database,
        "service" => NeighbourKind::Service,
        "image" => NeighbourKind::Image,
        "template" => NeighbourKind::Template,
        _ => return None,
    };
    Some(Neighbour { kind, text })
}

#[test]
fn frozen_list() {
    let mut failures = Vec::new();
    let mut cases = 0;
    for line in include_str!("secrets_cases.tsv").lines() {
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        cases += 1;
        let mut columns = line.split('\t');
        let key = columns.next().unwrap();
        let value = columns.next().unwrap_or_else(|| panic!("no value: {line}")).replace("\\n", "\n");
        let expected = columns.next().unwrap_or_else(|| panic!("nothing expected: {line}"));
        let neighbours: Vec<_> = columns.next().unwrap_or_default().split_whitespace().filter_map(neighbour).collect();
        let found = judge(&Candidate { key, value: &value, neighbours: &neighbours });
        let with_text = expected.contains('=');
        let found: Vec<String> = found
            .iter()
            .map(|judgement| {
                let name = format!("{:?}", judgement.verdict).to_lowercase();
                let fallback = if judgement.fallback { "?" } else { "" };
                let text = if with_text { format!("={}", &value[judgement.range.clone()]) } else { String::new() };
                format!("{name}{fallback}{text}")
            })
            .collect();
        let found = if found.is_empty() { "-".to_owned() } else { found.join(" | ") };
        if found != expected {
            failures.push(format!("{line}\n    found {found}"));
        }
    }
    assert!(cases >= 150, "{cases} cases");
    assert!(failures.is_empty(), "{} of {cases} differ:\n{}", failures.len(), failures.join("\n"));
}

/// CRC-32 in six digits of base 62, as GitHub and npm end their tokens.
fn with_checksum(prefix: &str, random: &str) -> String {
    let mut crc = u32::MAX;
    for byte in random.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut number = !crc;
    let mut checksum = [b'0'; 6];
    for place in checksum.iter_mut().rev() {
        *place = digits[(number % 62) as usize];
        number /= 62;
    }
    format!("{prefix}{random}{}", String::from_utf8_lossy(&checksum))
}

#[test]
fn tokens_are_found_under_any_key() {
    let token = with_checksum("ghp_", "k3s9fM2xAq8Zr1LxT0vWm4Nb5vC8xQ");
    let value = format!("curl -H 'X-Auth: {token}' https://api.example.org");
    let found = judge(&Candidate { key: "script", value: &value, neighbours: &[] });
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(&value[found[0].range.clone()], token);
    assert_eq!(found[0].verdict, Verdict::Plaintext);
    assert_eq!(found[0].reason, Reason::Provider { vendor: "GitHub", is_id: false, is_test: false });
}

#[test]
fn a_wrong_checksum_is_no_token() {
    let token = with_checksum("npm_", "k3s9fM2xAq8Zr1LxT0vWm4Nb5vC8xQ");
    let broken = token.replace("npm_k3", "npm_k4");
    assert_eq!(judge(&Candidate { key: "script", value: &token, neighbours: &[] }).len(), 1);
    assert!(judge(&Candidate { key: "script", value: &broken, neighbours: &[] }).is_empty());
    // Under a key that names a secret it is still a literal.
    let found = judge(&Candidate { key: "NPM_TOKEN", value: &broken, neighbours: &[] });
    assert_eq!(found[0].reason, Reason::Literal);
}

#[test]
fn vendor_samples_are_placeholders() {
    let sample = ["AKIA", "IOSFODNN7", "EXAMPLE"].concat();
    let found = judge(&Candidate { key: "AWS_ACCESS_KEY_ID", value: &sample, neighbours: &[] });
    assert_eq!((found[0].verdict, found[0].reason), (Verdict::Placeholder, Reason::VendorSample));
    let secret = ["wJalrXUtnFEMI/K7MDENG", "/bPxRfiCYEXAMPLEKEY"].concat();
    let found = judge(&Candidate { key: "AWS_SECRET_ACCESS_KEY", value: &secret, neighbours: &[] });
    assert_eq!((found[0].verdict, found[0].reason), (Verdict::Placeholder, Reason::VendorSample));
}

#[test]
fn json_web_tokens() {
    // {"alg":"none"} . {"sub":"shop","a":1} . nothing
    let unsigned = ["eyJhbGciOiJub25lIn0", "eyJzdWIiOiJzaG9wIiwiYSI6MX0", ""].join(".");
    let found = judge(&Candidate { key: "x", value: &unsigned, neighbours: &[] });
    assert_eq!(found[0].reason, Reason::UnsignedJwt);
    // {"alg":"HS256"}
    let signed = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiJzaG9wIiwiYSI6MX0", "c2lnbmF0dXJlLXNpZ25hdHVyZQ"].join(".");
    let found = judge(&Candidate { key: "x", value: &signed, neighbours: &[] });
    assert_eq!(found[0].reason, Reason::Jwt);
}

/// What a stranger's file may hold many of; quadratic work on any of them would not end in a test's time.
#[test]
fn hostile_text_takes_linear_time() {
    for part in
        ["password=x ", "mysql -p", "${A:-x}", "://a:b", "user=a password=b ", "a:b,", "{{", "$(", "eyJ.", "@tcp("]
    {
        let text = part.repeat(20_000);
        for key in ["command", "AUTH_USERS"] {
            let _ = judge(&Candidate { key, value: &text, neighbours: &[] });
        }
    }
}
