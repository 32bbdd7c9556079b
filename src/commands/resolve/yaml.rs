//! The model as `docker compose config` writes it: attributes in the order of its structures, lists indented, and what
//! would read as something else in double quotes.
//!
//! `serde_yaml` knows which characters a string may have in which style; the layout and the quotes are those of go-yaml.

use std::cmp::Ordering;
use std::io::{self, Write};

use serde_json::{Map, Value as Json};

use crate::report::printable::same_length;

/// The orders of attributes (compose-go's `types`, checked against recorded answers). What is not named comes last, in
/// the order of its name.
const ORDERS: &[(&str, &str)] = &[
    ("", "name services networks volumes secrets configs models"),
    (
        "services.*",
        "profiles annotations attach build develop blkio_config cap_add cap_drop cgroup_parent cgroup cpu_count cpu_percent \
         cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpus cpuset cpu_shares command configs container_name \
         credential_spec depends_on deploy device_cgroup_rules devices dns dns_opt dns_search dockerfile domainname \
         entrypoint provider environment expose extends external_links extra_hosts group_add gpus hostname healthcheck \
         image init ipc isolation labels links logging log_driver log_opt mem_limit mem_reservation memswap_limit \
         mem_swappiness mac_address models net network_mode networks oom_kill_disable oom_score_adj pid pids_limit \
         platform ports privileged pull_policy read_only restart runtime scale secrets security_opt shm_size stdin_open \
         stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes \
         volumes_from working_dir post_start pre_stop",
    ),
    (
        "services.*.blkio_config",
        "weight weight_device device_read_bps device_read_iops device_write_bps device_write_iops",
    ),
    (
        "services.*.build",
        "context dockerfile dockerfile_inline entitlements args provenance sbom ssh labels cache_from cache_to no_cache \
         additional_contexts pull extra_hosts isolation network target secrets shm_size tags ulimits platforms privileged",
    ),
    ("services.*.build.secrets.[]", "source target uid gid mode"),
    ("services.*.build.ulimits.*", "single soft hard"),
    ("services.*.configs.[]", "source target uid gid mode"),
    ("services.*.depends_on.*", "condition restart required"),
    (
        "services.*.deploy",
        "mode replicas labels update_config rollback_config resources restart_policy placement endpoint_mode",
    ),
    ("services.*.deploy.placement", "constraints preferences max_replicas_per_node"),
    ("services.*.deploy.resources.limits", "cpus memory pids devices generic_resources"),
    ("services.*.deploy.resources.reservations", "cpus memory pids devices generic_resources"),
    ("services.*.deploy.resources.reservations.devices.[]", "capabilities driver count device_ids options"),
    ("services.*.deploy.restart_policy", "condition delay max_attempts window"),
    ("services.*.deploy.rollback_config", "parallelism delay failure_action monitor max_failure_ratio order"),
    ("services.*.deploy.update_config", "parallelism delay failure_action monitor max_failure_ratio order"),
    ("services.*.develop.watch.[]", "path action target exec include ignore initial_sync"),
    ("services.*.develop.watch.[].exec", "command user privileged working_dir environment"),
    ("services.*.devices.[]", "source target permissions"),
    ("services.*.gpus.[]", "capabilities driver count device_ids options"),
    ("services.*.healthcheck", "test timeout interval retries start_period start_interval disable"),
    ("services.*.logging", "driver options"),
    (
        "services.*.networks.*",
        "aliases driver_opts gw_priority interface_name ipv4_address ipv6_address link_local_ips mac_address priority",
    ),
    ("services.*.ports.[]", "name mode host_ip target published protocol app_protocol"),
    ("services.*.post_start.[]", "command user privileged working_dir environment"),
    ("services.*.pre_stop.[]", "command user privileged working_dir environment"),
    ("services.*.provider", "type options"),
    ("services.*.secrets.[]", "source target uid gid mode"),
    ("services.*.ulimits.*", "single soft hard"),
    ("services.*.volumes.[]", "type source target read_only consistency bind volume tmpfs image"),
    ("services.*.volumes.[].bind", "selinux propagation create_host_path recursive"),
    ("services.*.volumes.[].tmpfs", "size mode"),
    ("services.*.volumes.[].volume", "labels nocopy subpath"),
    ("networks.*", "name driver driver_opts ipam external internal attachable labels enable_ipv4 enable_ipv6"),
    ("networks.*.ipam", "driver config"),
    ("networks.*.ipam.config.[]", "subnet gateway ip_range aux_addresses"),
    ("volumes.*", "name driver driver_opts external labels"),
    ("secrets.*", "name file environment content external labels driver driver_opts template_driver"),
    ("configs.*", "name file environment content external labels driver driver_opts template_driver"),
];

/// Writes it. Characters that could steer a terminal are shown as `?`.
///
/// # Errors
/// If `out` fails.
pub(super) fn write(model: &Json, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let mut writer = Writer { text: &mut text, path: Vec::new() };
    writer.value(model, 0)?;
    out.write_all(same_length(&text).as_bytes())
}

struct Writer<'a, 'm> {
    text: &'a mut String,
    path: Vec<&'m str>,
}

impl<'m> Writer<'_, 'm> {
    /// A value that begins in a line of its own.
    fn value(&mut self, value: &'m Json, indent: usize) -> io::Result<()> {
        match value {
            Json::Object(entries) if !entries.is_empty() => self.mapping(entries, indent, indent),
            Json::Array(items) if !items.is_empty() => self.list(items, indent, indent),
            scalar => {
                self.scalar(scalar, indent)?;
                self.text.push('\n');
                Ok(())
            }
        }
    }

    /// Its first line is indented by `first` already.
    fn mapping(&mut self, entries: &'m Map<String, Json>, indent: usize, first: usize) -> io::Result<()> {
        for (number, (key, value)) in self.in_order(entries).into_iter().enumerate() {
            self.indent(if number == 0 { indent - first } else { indent });
            self.text.push_str(&single_line(self.spelled(key))?);
            self.text.push(':');
            self.path.push(key);
            match value {
                Json::Object(entries) if self.in_order(entries).is_empty() => self.text.push_str(" {}\n"),
                Json::Object(entries) => {
                    self.text.push('\n');
                    self.mapping(entries, indent + 2, 0)?;
                }
                Json::Array(items) if !items.is_empty() => {
                    self.text.push('\n');
                    self.list(items, indent + 2, 0)?;
                }
                scalar => {
                    self.text.push(' ');
                    self.scalar(scalar, indent + 2)?;
                    self.text.push('\n');
                }
            }
            self.path.pop();
        }
        Ok(())
    }

    fn list(&mut self, items: &'m [Json], indent: usize, first: usize) -> io::Result<()> {
        self.path.push("[]");
        for (number, item) in items.iter().enumerate() {
            self.indent(if number == 0 { indent - first } else { indent });
            self.text.push_str("- ");
            match item {
                Json::Object(entries) if !entries.is_empty() => self.mapping(entries, indent + 2, indent + 2)?,
                Json::Array(items) if !items.is_empty() => self.list(items, indent + 2, indent + 2)?,
                scalar => {
                    self.scalar(scalar, indent + 2)?;
                    self.text.push('\n');
                }
            }
        }
        self.path.pop();
        Ok(())
    }

    fn indent(&mut self, columns: usize) {
        self.text.extend(std::iter::repeat_n(' ', columns));
    }

    /// The entries as Docker Compose orders them, without those that only its JSON has.
    fn in_order(&self, entries: &'m Map<String, Json>) -> Vec<(&'m String, &'m Json)> {
        let order = self.order();
        let extension = self.path.first().is_some_and(|section| section.starts_with("x-"));
        let hidden = |key: &str, value: &Json| match self.path.as_slice() {
            ["services", _] => matches!(key, "command" | "entrypoint") && value.is_null(),
            ["services", _, "post_start" | "pre_stop", "[]"] => key == "command" && value.is_null(),
            ["services", _, "develop", "watch", "[]"] => {
                key == "exec" && value.as_object().is_some_and(|exec| exec.values().all(Json::is_null))
            }
            ["services", _, "deploy"] => {
                matches!(key, "placement" | "resources") && value.as_object().is_some_and(Map::is_empty)
            }
            ["networks", _] => key == "ipam" && value.as_object().is_some_and(Map::is_empty),
            _ => false,
        };
        let mut entries: Vec<_> = entries.iter().filter(|(key, value)| extension || !hidden(key, value)).collect();
        if let Some(order) = order {
            entries.sort_by_key(|(key, _)| {
                order.split_ascii_whitespace().position(|name| name == key.as_str()).unwrap_or(usize::MAX)
            });
        } else {
            entries.sort_by(|(left, _), (right, _)| natural(left, right));
        }
        entries
    }

    /// A key; these have no names of their own in JSON.
    fn spelled<'k>(&self, key: &'k str) -> &'k str {
        match (self.path.get(2), key) {
            (Some(&"blkio_config"), "Path") => "path",
            (Some(&"blkio_config"), "Rate") => "rate",
            (Some(&"blkio_config"), "Weight") => "weight",
            _ => key,
        }
    }

    fn order(&self) -> Option<&'static str> {
        let here = |at: &str| {
            let mut parts = at.split('.').filter(|part| !part.is_empty());
            let mut path = self.path.iter();
            loop {
                match (parts.next(), path.next()) {
                    (None, None) => return true,
                    (Some(part), Some(key)) if part == "*" || part == *key => {}
                    _ => return false,
                }
            }
        };
        ORDERS.iter().find(|(at, _)| here(at)).map(|(_, order)| *order)
    }

    /// A single value, or an empty one. Further lines are indented by `indent`.
    fn scalar(&mut self, value: &Json, indent: usize) -> io::Result<()> {
        let Json::String(text) = value else {
            self.text.push_str(&value.to_string());
            return Ok(());
        };
        match literal(text) {
            Some((header, lines)) => {
                self.text.push_str(&header);
                for line in lines.split('\n') {
                    self.text.push('\n');
                    if !line.is_empty() {
                        self.indent(indent);
                        self.text.push_str(line);
                    }
                }
            }
            None => self.text.push_str(&single_line(text)?),
        }
        Ok(())
    }
}

/// A text of several lines as a literal block: its header, and its lines. Nothing where go-yaml writes none.
fn literal(text: &str) -> Option<(String, &str)> {
    let shown = |letter: char| matches!(letter, '\n' | '\t') || (!letter.is_control() && u32::from(letter) <= 0xffff);
    if !text.contains('\n') || text.contains(" \n") || text.ends_with(' ') || !text.chars().all(shown) {
        return None;
    }
    let hint = if text.starts_with([' ', '\n']) { "2" } else { "" };
    let (lines, chomping) = match text.strip_suffix('\n') {
        None => (text, "-"),
        Some(lines) if lines.is_empty() || lines.ends_with('\n') => (lines, "+"),
        Some(lines) => (lines, ""),
    };
    Some((format!("|{hint}{chomping}"), lines))
}

/// go-yaml's order of keys, decided where they begin to differ: numbers by their value, and a letter behind what is none,
/// unless a digit stands before it.
fn natural(left: &str, right: &str) -> Ordering {
    let (one, other): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let Some(at) = one.iter().zip(&other).position(|(one, other)| one != other) else {
        return one.len().cmp(&other.len());
    };
    let (Some(first), Some(second)) = (one.get(at), other.get(at)) else { return Ordering::Equal };
    let in_number = at.checked_sub(1).and_then(|before| one.get(before)).is_some_and(char::is_ascii_digit);
    match (first.is_alphabetic(), second.is_alphabetic()) {
        (true, true) => return first.cmp(second),
        (true, false) => return if in_number { Ordering::Less } else { Ordering::Greater },
        (false, true) => return if in_number { Ordering::Greater } else { Ordering::Less },
        (false, false) => {}
    }
    // A zero counts only behind a digit that is none.
    let before = one.get(..at).unwrap_or_default().iter().rev().take_while(|digit| digit.is_ascii_digit());
    let significant = (*first == '0' || *second == '0') && before.into_iter().any(|digit| *digit != '0');
    let number = |text: &[char]| {
        let digits = text.get(at..).unwrap_or_default().iter().map_while(|digit| digit.to_digit(10));
        digits.fold((u64::from(significant), 0), |(value, length), digit| {
            (value.saturating_mul(10).saturating_add(u64::from(digit)), length + 1)
        })
    };
    number(&one).cmp(&number(&other)).then(first.cmp(second))
}

/// A string in one line: in double quotes where it would read as something else, otherwise in the plainest style.
fn single_line(text: &str) -> io::Result<String> {
    let mut letters = text.chars();
    let simple = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.' | '/');
    let is_simple =
        letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '/') && letters.all(simple);
    if reads_as_other(text) {
        return Ok(format!("\"{text}\""));
    }
    if is_simple {
        return Ok(text.to_owned());
    }
    // go-yaml writes characters beyond the basic plane as escapes.
    if text.chars().any(|letter| u32::from(letter) > 0xffff) {
        let escaped: Vec<String> = text.chars().map(escape).collect();
        return Ok(format!("\"{}\"", escaped.concat()));
    }
    let written = serde_yaml::to_string(text).map_err(io::Error::other)?;
    Ok(written.trim_end_matches('\n').to_owned())
}

fn escape(letter: char) -> String {
    match letter {
        '"' | '\\' => format!("\\{letter}"),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        letter if u32::from(letter) > 0xffff => format!("\\U{:08X}", u32::from(letter)),
        letter if letter.is_control() => format!("\\x{:02X}", u32::from(letter)),
        letter => letter.to_string(),
    }
}

/// Whether a plain scalar with this text would not be a string to every version of YAML (go-yaml's `resolve`,
/// `isBase60Float` and `isOldBool`).
fn reads_as_other(text: &str) -> bool {
    const WORDS: [&str; 8] = ["null", "~", "true", "false", ".nan", ".inf", "-.inf", "+.inf"];
    const OLD: [&str; 6] = ["y", "yes", "on", "n", "no", "off"];
    let cased = |word: &str| {
        let mut first = word.chars();
        let title = first.next().map(|letter| letter.to_ascii_uppercase().to_string() + first.as_str());
        text == word || text == word.to_ascii_uppercase() || title.as_deref() == Some(text)
    };
    if text.is_empty()
        || WORDS.iter().chain(&OLD).any(|word| cased(word))
        || matches!(text, ".NaN" | ".Inf" | "-.Inf" | "+.Inf")
    {
        return true;
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.')) {
        return false;
    }
    is_number(&text.replace('_', "")) || is_sexagesimal(text) || is_date(text)
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix = |prefix: &str, radix: u32| {
        let rest = digits.strip_prefix(prefix);
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(radix)))
    };
    if radix("0x", 16) || radix("0o", 8) || radix("0b", 2) || radix("0X", 16) || radix("0O", 8) || radix("0B", 2) {
        return true;
    }
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    (!whole.is_empty() || !fraction.is_empty())
        && all_digits(whole)
        && all_digits(fraction)
        && exponent.is_none_or(|exponent| !exponent.is_empty() && all_digits(exponent))
}

/// `[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?`
fn is_sexagesimal(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits.split_once('.').map_or(digits, |(whole, fraction)| {
        if fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') { whole } else { "" }
    });
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let mut rest = parts.peekable();
    first.starts_with(|digit: char| digit.is_ascii_digit())
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
        && rest.peek().is_some()
        && rest.all(|part| {
            let digits = part.bytes().all(|byte| byte.is_ascii_digit());
            digits && (part.len() == 1 || (part.len() == 2 && part < "6"))
        })
}

/// A date, with a time or without.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.get(4) != Some(&b'-') || !bytes.iter().take(4).all(u8::is_ascii_digit) {
        return false;
    }
    let mut parts = text.splitn(2, ['T', 't', ' ']);
    let mut fields = parts.next().unwrap_or_default().split('-').skip(1);
    let mut field = |most: u32| {
        let field = fields.next().unwrap_or_default();
        (1..=2).contains(&field.len()) && field.parse::<u32>().is_ok_and(|number| (1..=most).contains(&number))
    };
    let is_date = field(12) && field(31) && fields.next().is_none();
    is_date && parts.next().is_none_or(|time| time.split(':').count() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of Docker Compose 2.40.3.
    #[test]
    fn quotes_as_docker_compose_does() {
        for (text, written) in [
            ("", "\"\""),
            ("80", "\"80\""),
            ("yes", "\"yes\""),
            ("No", "\"No\""),
            ("nO", "nO"),
            ("22:22", "\"22:22\""),
            ("80:80", "80:80"),
            ("2001-12-14", "\"2001-12-14\""),
            ("1_000", "\"1_000\""),
            ("0.", "\"0.\""),
            ("- a", "'- a'"),
            ("a: b", "'a: b'"),
            ("a b", "a b"),
            ("tab\tx", "\"tab\\tx\""),
            ("'q'", "'''q'''"),
            ("=", "="),
            ("\u{1f600}", "\"\\U0001F600\""),
        ] {
            assert_eq!(single_line(text).ok().as_deref(), Some(written), "{text}");
        }
    }

    #[test]
    fn keys_are_in_the_order_of_docker_compose() {
        let mut keys = ["LOG4J", "LOG_X", "a10", "a9", "a", "B", "a-b", "ab", "a01", "1a", "10"];
        keys.sort_by(|left, right| natural(left, right));
        assert_eq!(keys, ["1a", "10", "B", "LOG_X", "LOG4J", "a", "a-b", "a01", "a9", "a10", "ab"]);
    }

    #[test]
    fn lists_are_indented_and_lines_kept() {
        let model = serde_json::json!({
            "services": {"a": {"image": "x", "command": ["a\nb\n", ["c", {"d": []}]], "entrypoint": null, "ports": [{
                "target": 80, "mode": "ingress"
            }]}},
            "name": "y",
        });
        let mut written = Vec::new();
        write(&model, &mut written).ok();
        let expected = "name: \"y\"\nservices:\n  a:\n    command:\n      - |\n        a\n        b\n      - - c\n        - d: []\n    image: x\n    ports:\n      - mode: ingress\n        target: 80\n";
        assert_eq!(String::from_utf8_lossy(&written), expected);
    }
}
