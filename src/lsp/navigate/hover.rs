//! What is known of a place in words: the text of hovers and of hints.

use serde_json::{Value, json};
use stacklint_engine::finding::Safety;
use stacklint_engine::navigate::{Hint, Hover, Shown, Standing, ValueFact, VariableFact, VariableState};
use stacklint_engine::origin::{Role, Span, Step};
use stacklint_engine::rule::Rule;

use crate::report::page as rule_page;
use crate::report::printable::one_line;
use crate::report::source_text::MASK;
use crate::report::summary::counted;
use crate::report::way;

/// So many stacks are named.
const STACKS: usize = 3;

/// A place that can be gone to.
pub(super) struct Site {
    /// `compose.yaml:3`.
    pub(super) name: String,
    pub(super) uri: String,
}

/// What a hover says; nothing where there is nothing to say.
pub(super) fn contents(
    hover: Option<&Hover>,
    rules: &[(String, String)],
    site: &dyn Fn(Span) -> Option<Site>,
    markdown: bool,
) -> Option<Value> {
    let mut writer = Writer { markdown, site, blocks: Vec::new() };
    if let Some(hover) = hover {
        writer.hover(hover);
    }
    writer.rules(rules);
    let text = writer.blocks.join("\n\n");
    (!text.is_empty()).then(|| content(&text, markdown))
}

/// The page of a rule.
pub(super) fn page(rule: &Rule, markdown: bool) -> Value {
    let declaration = rule.declaration;
    let fix = declaration.fix.map_or("no fix".to_owned(), |safety| {
        let safety: Safety = safety;
        format!("{} fix", safety.name())
    });
    let head = format!("{}, {}, {fix}", rule.family, declaration.severity);
    let text = match markdown {
        true => format!("**{}** ({head})\n\n{}", rule.id, rule_page::markdown(rule.page)),
        false => format!("{} ({head})\n\n{}", rule.id, rule_page::text(rule.page)),
    };
    content(&text, markdown)
}

fn content(text: &str, markdown: bool) -> Value {
    json!({"kind": if markdown { "markdown" } else { "plaintext" }, "value": text})
}

/// What stands beside a text with variables; nothing where it would only say that there is a secret, on every other line of
/// an environment.
pub(super) fn label(hint: &Hint) -> Option<String> {
    let text = one_line(&hint.text);
    let text = match (&*text, hint.unset) {
        ("", true) => "(not set)",
        ("", false) => "(empty)",
        (MASK, false) => return None,
        (MASK, true) => "*** (not all of it is set)",
        (text, _) => text,
    };
    let mark = if hint.differs { " …" } else { "" };
    Some(format!("= {text}{mark}"))
}

/// What is to be said of a hint.
pub(super) fn about(hint: &Hint) -> &'static str {
    match (hint.unset, hint.differs) {
        (true, true) => "A variable in it is not set. Other stacks make something else of it.",
        (true, false) => "A variable in it is not set, and has no default.",
        (false, true) => "Most stacks make this of it, others something else.",
        (false, false) => "What the stack makes of it.",
    }
}

struct Writer<'a> {
    markdown: bool,
    site: &'a dyn Fn(Span) -> Option<Site>,
    blocks: Vec<String>,
}

impl Writer<'_> {
    fn hover(&mut self, hover: &Hover) {
        let all = hover.variables.iter().map(|fact| &fact.stacks).chain(hover.values.iter().map(|fact| &fact.stacks));
        let all: Vec<&Vec<String>> = all.collect();
        // Where all is so in the same stacks, nobody has to be told in which.
        let several = all.windows(2).any(|pair| pair.first() != pair.last());
        for fact in &hover.variables {
            let stacks = if several { self.stacks(&fact.stacks) } else { String::new() };
            let told = !hover.values.is_empty();
            let block = self.variable(fact, told);
            self.blocks.push(format!("{block}{stacks}"));
        }
        // An env file that many services read is told once.
        let is_same =
            |one: &ValueFact, other: &ValueFact| ValueFact { path: one.path.clone(), ..other.clone() } == *one;
        for facts in hover.values.chunk_by(is_same) {
            let Some(fact) = facts.first() else { continue };
            let stacks = if several { self.stacks(&fact.stacks) } else { String::new() };
            let block = self.value(facts, fact, &stacks);
            self.blocks.push(block);
        }
        if hover.more > 0 {
            self.blocks.push(format!("… and {} more", hover.more));
        }
    }

    fn rules(&mut self, rules: &[(String, String)]) {
        let links = rules.iter().map(|(id, url)| match self.markdown {
            true => format!("[{id}]({url})"),
            false => format!("{id}: {url}"),
        });
        let links: Vec<String> = links.collect();
        if !links.is_empty() {
            self.blocks.push(format!("Found here: {}", links.join(", ")));
        }
    }

    fn variable(&self, fact: &VariableFact, has_values: bool) -> String {
        let name = self.code(&fact.name);
        let place = fact.definition.and_then(|place| self.place(place));
        let said = |text: &str| match &place {
            Some(place) => format!("{text}, set in {place}"),
            None => format!("{text}, declared from outside"),
        };
        let written = |text: &str| match &place {
            Some(place) => format!("{text} in {place} counts"),
            None => format!("{text} counts"),
        };
        let mut words = match &fact.state {
            VariableState::Set(text) => said(&format!("{name} is {}", self.code(text))),
            VariableState::Default(text) => written(&format!("{name} is not set: the default {}", self.code(text))),
            VariableState::Alternate(text) => written(&format!("{name} is set: {}", self.code(text))),
            VariableState::NoAlternate => format!("{name} is not set: nothing stands in its place"),
            VariableState::Unset => format!("{name} is not set and has no default: nothing stands in its place"),
            VariableState::Required => format!("{name} has to be set and is not: Docker Compose refuses the stack"),
            VariableState::Unknown => format!("{name} is set to what only the machine knows"),
            VariableState::Overridden(text) => said(&format!("Overridden: {name} is {}", self.code(text))),
        };
        match fact.uses {
            // Who gets it otherwise is said below.
            Some(0) if has_values => {}
            Some(0) => words.push_str("; no Compose file uses it"),
            Some(uses) => words.push_str(&format!("; used in {}", counted(uses, "place"))),
            None => {}
        }
        words
    }

    /// What is known of values that differ only in where they are used.
    fn value(&self, facts: &[ValueFact], fact: &ValueFact, stacks: &str) -> String {
        let paths = facts.iter().map(|fact| match self.markdown {
            true => format!("**{}**", escaped(&one_line(&fact.path))),
            false => one_line(&fact.path).into_owned(),
        });
        let path = paths.collect::<Vec<_>>().join(", ");
        let (is, has) = if facts.len() == 1 { ("is", "has") } else { ("are", "have") };
        let mut lines = Vec::new();
        let head = match &fact.value {
            Shown::Text(text) => format!("{path} {is} {}", self.code(text)),
            Shown::Nothing => match fact.standing {
                Standing::Unread(_) => path,
                _ => format!("{path} {has} no value"),
            },
            Shown::Several(values, more) => {
                for (path, text) in values {
                    let text = if text.is_empty() { "(empty)".to_owned() } else { self.code(text) };
                    lines.push(format!("{}: {text}", self.code(path)));
                }
                if *more > 0 {
                    lines.push(format!("… and {more} more"));
                }
                path
            }
        };
        let mut head = format!("{head}{stacks}");
        match &fact.standing {
            Standing::Counts => {}
            Standing::Overridden(by) => head.push_str(&match by.and_then(|by| self.place(by)) {
                Some(place) => format!(": overridden in {place}"),
                None => ": overridden".to_owned(),
            }),
            Standing::Refused(why) => head.push_str(&format!(": refused, {}", one_line(why))),
            Standing::Unread(instead) => head.push_str(&match instead {
                Some(servers) => format!(": not read; {} runs without it", one_line(servers)),
                None => ": not read by the server".to_owned(),
            }),
            Standing::Unreachable(before) => {
                let before: Vec<String> = before.iter().take(5).filter_map(|place| self.place(*place)).collect();
                let come = if before.len() == 1 { "comes" } else { "come" };
                head.push_str(&format!(": no connection gets to this record, {} {come} first", before.join(", ")));
            }
        }
        lines.extend(self.way(&fact.trail));
        lines.extend(fact.overrides.iter().map(|lost| {
            let place = self.place(lost.place).unwrap_or_default();
            format!("overrides {} in {place}", self.code(&lost.text))
        }));
        lines.dedup();
        let lines = lines.iter().map(|line| format!("\n- {line}"));
        format!("{head}{}", if self.markdown { "\n" } else { "" }) + &lines.collect::<String>()
    }

    fn way(&self, trail: &[Step]) -> Vec<String> {
        let steps = trail.iter().filter_map(|step| {
            let place = step.place.and_then(|place| self.place(place));
            let words = way::step(step.role.name(), place.as_deref())?;
            Some(if step.role == Role::Written { format!("written in {words}") } else { words })
        });
        steps.collect()
    }

    fn stacks(&self, stacks: &[String]) -> String {
        if stacks.is_empty() {
            return String::new();
        }
        let named: Vec<String> = stacks.iter().take(STACKS).map(|name| self.code(name)).collect();
        let more = stacks.len().saturating_sub(STACKS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let word = if stacks.len() == 1 { "stack" } else { "stacks" };
        format!(" ({word} {}{more})", named.join(", "))
    }

    fn place(&self, place: Span) -> Option<String> {
        let site = (self.site)(place)?;
        let name = one_line(&site.name);
        Some(if self.markdown { format!("[{}]({})", escaped(&name), site.uri) } else { name.into_owned() })
    }

    /// A text as it is written.
    fn code(&self, text: &str) -> String {
        let text = one_line(text);
        if text.is_empty() {
            return "empty".to_owned();
        }
        if !self.markdown {
            return format!("`{text}`");
        }
        // A fence is longer than any row of backticks in it.
        let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest + 1);
        let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
        format!("{fence}{blank}{text}{blank}{fence}")
    }
}

/// A text in which Markdown sees no signs of its own.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
