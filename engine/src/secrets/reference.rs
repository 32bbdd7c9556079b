//! Text that stands for a value kept elsewhere: `${VAR}`, templates, commands, secret managers.

use std::ops::Range;

/// A reference inside a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    /// All of it, with its brackets.
    pub(super) range: Range<usize>,
    /// The literal that is used where the variable is unset: `lit` of `${VAR:-lit}` and of Spring's `${VAR:lit}`.
    pub(super) fallback: Option<Range<usize>>,
}

/// Prefixes of values that a secret manager, an encryption or the platform resolves. Source: the programs' own
/// documentation (Vault, 1Password, AWS, Google, Azure, vals, sops, jasypt, Ansible, Doppler, Spring Cloud Config).
const MANAGED_PREFIXES: &[&str] = &[
    "vault:",
    "op://",
    "awssm:",
    "aws-sm:",
    "awsssm:",
    "ssm:",
    "arn:aws:secretsmanager:",
    "arn:aws:ssm:",
    "arn:aws-cn:secretsmanager:",
    "arn:aws-us-gov:secretsmanager:",
    "gcpsm:",
    "gcp-sm:",
    "sm://",
    "keyvault:",
    "@microsoft.keyvault(",
    "ref+",
    "secretref+",
    "secretref:",
    "doppler:",
    "bws:",
    "sops:",
    "enc[",
    "enc(",
    "{cipher}",
    "$ansible_vault;",
    "!vault",
    "akeyless:",
    "infisical:",
    "conjur:",
    "secret://",
    "secretsmanager:",
    "{{resolve:",
];

/// Names before the colon of `${name:rest}` that say where to look, so that `rest` is no fallback.
const RESOLVERS: &[&str] = &[
    "env",
    "file",
    "sys",
    "ssm",
    "sm",
    "aws",
    "vault",
    "op",
    "cf",
    "self",
    "opt",
    "param",
    "secret",
    "secrets",
    "keyvault",
    "secretsmanager",
    "sops",
    "doppler",
    "docker",
    "k8s",
    "script",
    "ctx",
    "java",
    "bundle",
    "const",
];

/// Beginnings of expressions of other languages that read a variable or a file.
const READERS: &[&str] = &[
    "!ref",
    "!sub",
    "!getatt",
    "!env",
    "!env_var",
    "!secret",
    "!include",
    "!reference",
    "!fn::",
    "env(",
    "env:",
    "env[",
    "env.",
    "env!",
    "%env(",
    "getenv(",
    "getenv:",
    "os.environ",
    "os.getenv",
    "process.env",
    "system.getenv",
    "lookup(",
    "file(",
    "file://",
    "file:/",
    "secrets.",
    "vars.",
    "var.",
    "local.",
    "data.",
    "inputs.",
    "github.",
    "fn::",
    "valuefrom",
];

/// Whether a value is kept by a secret manager or encrypted, so that it may stand in a file.
pub(super) fn is_managed(value: &str) -> bool {
    let value = value.trim_start();
    starts_with_any(value, MANAGED_PREFIXES)
        // Google's resource name of a secret: `projects/p/secrets/s/versions/1`.
        || (value.starts_with("projects/") && value.contains("/secrets/"))
}

/// Whether a whole value is an expression that reads the secret from elsewhere, of a form that [`scan`] cannot find
/// inside other text.
pub(super) fn is_expression(value: &str) -> bool {
    let value = value.trim();
    let enclosed = |open: &str, close: &str| {
        value.len() > open.len() + close.len() && value.starts_with(open) && value.ends_with(close)
    };
    let name = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
    };
    let between = |sign: char| {
        value.len() > 2 && value.strip_prefix(sign).and_then(|rest| rest.strip_suffix(sign)).is_some_and(name)
    };
    starts_with_any(value, READERS)
        || enclosed("`", "`")
        || between('@')
        || between('%')
        || value.strip_prefix('$').is_some_and(is_variable_name)
        || starts_with_ignore_case(value, "/run/secrets/")
        || starts_with_ignore_case(value, "/var/run/secrets/")
}

fn is_variable_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether `text` starts with one of `prefixes`, which are lower case.
pub(super) fn starts_with_any(text: &str, prefixes: &[&str]) -> bool {
    let first = text.as_bytes().first().map(u8::to_ascii_lowercase);
    let may_be = |prefix: &str| prefix.as_bytes().first() == first.as_ref();
    prefixes.iter().any(|prefix| may_be(prefix) && starts_with_ignore_case(text, prefix))
}

/// Whether `text` starts with `prefix`, which is lower case.
pub(super) fn starts_with_ignore_case(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// The references in a text, in order, none inside another (but a fallback may hold further ones).
pub(super) fn scan(text: &str) -> Vec<Reference> {
    let mut references = Vec::new();
    let mut at = 0;
    while let Some(found) = next_sign(text, at) {
        match read(text, found) {
            Some(reference) => {
                at = reference.range.end.max(found + 1);
                references.push(reference);
            }
            None => at = found + 1,
        }
    }
    references
}

/// The next character that may open a reference.
fn next_sign(text: &str, from: usize) -> Option<usize> {
    let rest = text.as_bytes().get(from..)?;
    rest.iter().position(|byte| matches!(byte, b'$' | b'{' | b'%' | b'<' | b'#')).map(|offset| from + offset)
}

/// The longest reference, fallback included.
const LONGEST: usize = 1024;

/// The reference that opens at `start`, if one does.
fn read(text: &str, start: usize) -> Option<Reference> {
    // Whatever is longer is no reference; the limit keeps the search linear on hostile text.
    let window = (start + LONGEST).min(text.len());
    let window = (start..=window).rev().find(|end| text.is_char_boundary(*end))?;
    let rest = text.get(start..window)?;
    let whole = |length: usize| Some(Reference { range: start..start + length, fallback: None });
    let until = |open: &str, close: &str| {
        let inner = rest.strip_prefix(open)?;
        inner.find(close).map(|length| open.len() + length + close.len())
    };
    if let Some(length) = until("${{", "}}").or_else(|| until("{{", "}}")).or_else(|| until("<%", "%>")) {
        return whole(length);
    }
    if let Some(length) = until("#{", "}").or_else(|| until("%{", "}")) {
        return whole(length);
    }
    if let Some(length) = until("%(", ")s") {
        return whole(length);
    }
    if rest.starts_with("$(") {
        return whole(balanced(rest, 1, b'(', b')')?);
    }
    if rest.starts_with("${") {
        let length = balanced(rest, 1, b'{', b'}')?;
        let inner = rest.get(2..length - 1)?;
        let fallback = fallback(inner).map(|range| start + 2 + range.start..start + 2 + range.end);
        return Some(Reference { range: start..start + length, fallback });
    }
    // `$NAME`, only in capitals: in lower case it is as likely a part of a password.
    let name = rest.strip_prefix('$')?;
    let glued =
        start.checked_sub(1).and_then(|before| text.as_bytes().get(before)).is_some_and(u8::is_ascii_alphanumeric);
    let length =
        name.bytes().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_').count();
    let followed_by_letter = name.as_bytes().get(length).is_some_and(u8::is_ascii_alphanumeric);
    if length >= 2 && !glued && !followed_by_letter && !name.starts_with(|first: char| first.is_ascii_digit()) {
        return whole(1 + length);
    }
    None
}

/// The length of a bracketed stretch whose opening bracket stands at `open_at`, up to and with its partner.
fn balanced(text: &str, open_at: usize, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0usize;
    for (index, &byte) in text.as_bytes().iter().enumerate().skip(open_at) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(index + 1);
            }
        } else if byte == b'\n' {
            return None;
        }
    }
    None
}

/// Where the fallback stands in the inside of a `${...}`, if it has one that is not empty.
fn fallback(inner: &str) -> Option<Range<usize>> {
    let name_end = inner
        .find(|character: char| !(character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | '[' | ']')))
        .unwrap_or(inner.len());
    let (name, mut rest) = inner.split_at_checked(name_end)?;
    if name.is_empty() {
        return None;
    }
    // Spring's property names have hyphens (`${db-password:x}`), Compose's variables do not: `${NAME-lit}`.
    let mut name_end = name_end;
    let is_environment_name = !name.bytes().any(|byte| byte.is_ascii_lowercase() || matches!(byte, b'.' | b'['));
    if rest.starts_with('-') && !is_environment_name {
        name_end = inner.find(':')?;
        rest = inner.get(name_end..)?;
    }
    let skip = if rest.starts_with(":-") || rest.starts_with(":=") {
        2
    } else if rest.starts_with(":?") || rest.starts_with(":+") {
        return None;
    } else if rest.starts_with(['-', '='])
        || (rest.starts_with(':') && !RESOLVERS.contains(&name.to_ascii_lowercase().as_str()))
    {
        1
    } else {
        return None;
    };
    let start = name_end + skip;
    (start < inner.len()).then_some(start..inner.len())
}
