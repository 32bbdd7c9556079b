//! npm's `dotenv-expand` (1000.0) over what `dotenv` parsed. It replaces in the text of the value again and again until
//! nothing is left to replace, so that a value that comes in is read again; and it does not know which quotes there were.

use std::collections::BTreeMap;

use super::{Budget, Environment, Pairs, echoed};

/// As many replacements as one value may take. The real one would go on for ever where a value brings itself back.
const MAX_REPLACEMENTS: usize = 1000;

/// The variables with values expanded; those of the environment win.
pub(super) fn expand(parsed: &[(String, String)], environment: &Environment) -> Result<Pairs, String> {
    let written = parsed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut scope = Scope { environment, written, done: BTreeMap::new() };
    let mut budget = Budget::default();
    let mut pairs = Pairs::new();
    for (name, written) in parsed {
        let value = match environment.get(name) {
            Some(outer) if !outer.is_empty() && outer != written => outer.clone(),
            _ => run(&replace(written, &scope, &mut budget)?)?,
        };
        let value = value.replace("\\$", "$");
        scope.done.insert(name, value.clone());
        pairs.push((name.clone(), value));
    }
    Ok(pairs)
}

/// What names stand for in a value.
struct Scope<'a> {
    environment: &'a Environment,
    written: BTreeMap<&'a str, &'a str>,
    done: BTreeMap<&'a str, String>,
}

impl Scope<'_> {
    /// The environment wins over the values so far, except where it and the file write the same.
    fn get(&self, name: &str) -> Option<&str> {
        let done = self.done.get(name).map(String::as_str);
        let outer = self.environment.get(name).map(String::as_str);
        outer.filter(|outer| done.is_none() || self.written.get(name) != Some(outer)).or(done)
    }
}

fn replace(written: &str, scope: &Scope<'_>, budget: &mut Budget) -> Result<String, String> {
    let mut value = written.to_owned();
    for _ in 0..MAX_REPLACEMENTS {
        let Some((reference, expression)) = find(&value) else { return Ok(value) };
        // The name ends at the first operator. Without one the real program splits at the text `null`.
        let operator = operator(expression);
        let (name, operand) = expression.split_once(operator.unwrap_or("null")).unwrap_or((expression, ""));
        let known = scope.get(name);
        let filled = known.filter(|value| !value.is_empty());
        let by = match operator {
            Some(":-") => filled.unwrap_or(operand),
            Some("-") => known.unwrap_or(operand),
            Some(":+") => filled.map_or("", |_| operand),
            Some(_) => known.map_or("", |_| operand),
            None => filled.unwrap_or_default(),
        };
        value = replace_first(&value, reference, by, budget)?;
        if known == Some(value.as_str()) {
            return Ok(value);
        }
        budget.take(value.len())?;
    }
    Err("a value takes too many replacements; dotenv-expand never ends where one brings itself back".to_owned())
}

/// The first `$NAME` or `${...}` without a backslash before it: all of it, and what is between the braces.
fn find(value: &str) -> Option<(&str, &str)> {
    value.match_indices('$').find_map(|(at, _)| {
        if value.get(..at)?.ends_with('\\') {
            return None;
        }
        let behind = value.get(at + 1..)?;
        if let Some(braced) = behind.strip_prefix('{') {
            let end = braced.find(['{', '}'])?;
            let expression = braced.get(..end)?;
            let closed = braced.get(end..)?.starts_with('}') && !expression.is_empty();
            return closed.then_some((value.get(at..at + end + 3)?, expression));
        }
        let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
        let length = behind.bytes().take_while(|byte| letter(byte) || byte.is_ascii_digit()).count();
        let name = behind.get(..length)?;
        name.as_bytes().first().is_some_and(letter).then_some((value.get(at..at + 1 + length)?, name))
    })
}

/// The operator that comes first.
fn operator(expression: &str) -> Option<&'static str> {
    let at = expression.find(['-', '+'])?;
    let colon = expression.get(..at)?.ends_with(':');
    Some(match (expression.get(at..)?.starts_with('-'), colon) {
        (true, true) => ":-",
        (true, false) => "-",
        (false, true) => ":+",
        (false, false) => "+",
    })
}

/// JavaScript's `String.replace`: the first place where `pattern` occurs, which need not be where it was found; and `$$`,
/// `$&`, `` $` `` and `$'` in `by` have a meaning.
fn replace_first(text: &str, pattern: &str, by: &str, budget: &Budget) -> Result<String, &'static str> {
    let Some((before, after)) = text.split_once(pattern) else { return Ok(text.to_owned()) };
    let mut replaced = before.to_owned();
    let mut rest = by;
    while let Some((literal, behind)) = rest.split_once('$') {
        replaced.push_str(literal);
        let special = match behind.bytes().next() {
            Some(b'$') => Some("$"),
            Some(b'&') => Some(pattern),
            Some(b'`') => Some(before),
            Some(b'\'') => Some(after),
            _ => None,
        };
        replaced.push_str(special.unwrap_or("$"));
        budget.fits(replaced.len())?;
        rest = if special.is_some() { behind.get(1..).unwrap_or_default() } else { behind };
    }
    replaced.push_str(rest);
    replaced.push_str(after);
    Ok(replaced)
}

/// dotenv-expand runs every `$(...)` that closes. Only what `echo` prints is known without it.
fn run(value: &str) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once("$(") {
        if !behind.contains(')') {
            break;
        }
        let known = behind.split_once(')').and_then(|(command, after)| Some((echoed(command)?, after)));
        let Some((output, after)) = known else {
            return Err("dotenv-expand would run a command".to_owned());
        };
        result.push_str(before);
        result.push_str(&output);
        rest = after;
    }
    result.push_str(rest);
    Ok(result)
}
