//! `node --env-file` of Node.js 20 (`src/node_dotenv.cc`): no escapes but `\n` in double quotes, a `#` ends any unquoted
//! value, and a name reaches to the next `=` even over line breaks.

use super::{Environment, Ordered, Pairs};

/// The variables set; those of the environment win.
pub(super) fn load(text: &str, environment: &Environment) -> Pairs {
    // Names and values go to the system as C strings.
    let until_nul = |text: &str| text.split('\0').next().unwrap_or_default().to_owned();
    let set = |(name, value): (String, String)| {
        let name = until_nul(&name);
        let value = environment.get(&name).cloned().unwrap_or_else(|| until_nul(&value));
        (name, value)
    };
    parse(text).into_iter().map(set).collect()
}

fn parse(text: &str) -> Pairs {
    let text: String = text.chars().filter(|&character| character != '\r').collect();
    let mut variables = Ordered::default();
    let mut rest = trim(&text);
    while !rest.is_empty() {
        if rest.starts_with(['\n', '#']) {
            rest = behind(rest, '\n').unwrap_or_default();
            continue;
        }
        let Some((name, value)) = rest.split_once('=') else { break };
        let name = trim(name);
        if name.is_empty() {
            break;
        }
        let name = name.strip_prefix("export ").unwrap_or(name);
        if value.is_empty() || value.starts_with('\n') {
            variables.insert(name, String::new());
            rest = value.get(1..).unwrap_or_default();
            continue;
        }
        rest = self::value(trim(value), name, &mut variables);
    }
    variables.pairs
}

/// Reads a value and gives the text behind it.
fn value<'a>(text: &'a str, name: &str, variables: &mut Ordered) -> &'a str {
    let line = text.split('\n').next().unwrap_or_default();
    let Some(quote) = text.chars().next().filter(|character| matches!(character, '"' | '\'' | '`')) else {
        let written = line.split('#').next().unwrap_or_default();
        variables.insert(name, trim(written).to_owned());
        return text.get(line.len()..).unwrap_or_default();
    };
    let inner = text.get(1..).unwrap_or_default();
    if let Some((quoted, behind_quote)) = inner.split_once(quote) {
        let value = if quote == '"' { quoted.replace("\\n", "\n") } else { quoted.to_owned() };
        variables.insert(name, value);
        return behind(behind_quote, '\n').unwrap_or_default();
    }
    // Without a closing quote the line is the value, quote and all, if a line break ends it. Else the position stays where
    // it is, and the text is read again as a name.
    if line.len() < text.len() {
        variables.insert(name, line.to_owned());
        return text.get(line.len()..).unwrap_or_default();
    }
    text
}

fn behind(text: &str, sign: char) -> Option<&str> {
    text.split_once(sign).map(|(_, behind)| behind)
}

fn trim(text: &str) -> &str {
    text.trim_matches(' ')
}
