//! YAML texts from a string of choices, so that a failing one can be made smaller.

use std::fmt::Write as _;

/// A source of choices: bytes, then zeros.
struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
    anchors: usize,
    /// The last anchor whose node is complete: an alias inside the node would be a cycle.
    complete: usize,
}

impl Choices<'_> {
    fn of(&mut self, count: usize) -> usize {
        self.bytes.next().map_or(0, |byte| usize::from(*byte) % count)
    }
}

const WORDS: [&str; 12] =
    ["a", "image", "nginx:1.27", "it's", "a#b", "x=\"y\"", "häß", "日本", "🎶", "-1", "true", "http://a/?b"];
const KEYS: [&str; 10] = ["a", "image", "x-b", "<<", "'it''s'", "\"q\\n\"", "über", "8080", "a b", "\"\""];
const FLOW_WORDS: [&str; 8] = ["a", "nginx:1.27", "'it''s'", "\"a\\tb\"", "a b", "ü", "-1", "\"\""];

/// A text of the grammar that both parsers know, which needs no recovery.
pub(crate) fn valid(choices: &[u8]) -> String {
    let mut choices = Choices { bytes: choices.iter(), anchors: 0, complete: 0 };
    let mut out = String::new();
    if choices.of(8) == 1 {
        out.push('\u{feff}');
    }
    let style = choices.of(3);
    if choices.of(6) == 1 {
        out.push_str("# ä comment\n");
    }
    let documents = [1, 1, 1, 2][choices.of(4)];
    for index in 0..documents {
        if index > 0 || choices.of(4) == 1 {
            out.push_str("---\n");
        }
        mapping(&mut choices, 0, 0, &mut out);
    }
    match style {
        1 => out.replace('\n', "\r\n"),
        2 => out.trim_end_matches('\n').to_owned(),
        _ => out,
    }
}

fn mapping(choices: &mut Choices<'_>, indent: usize, depth: usize, out: &mut String) {
    for _ in 0..=choices.of(4) {
        comment(choices, indent, out);
        let key = KEYS[choices.of(KEYS.len())];
        write!(out, "{:indent$}{key}:", "").unwrap();
        value(choices, indent, depth, false, out);
    }
}

fn sequence(choices: &mut Choices<'_>, indent: usize, depth: usize, out: &mut String) {
    for _ in 0..=choices.of(3) {
        comment(choices, indent, out);
        write!(out, "{:indent$}-", "").unwrap();
        value(choices, indent, depth, true, out);
    }
}

fn comment(choices: &mut Choices<'_>, indent: usize, out: &mut String) {
    match choices.of(10) {
        1 => writeln!(out, "{:indent$}# own ü", "").unwrap(),
        // The second parser ends an item at an empty line (a known difference) and panics on one behind a byte order mark.
        2 if !out.lines().last().is_none_or(|line| line == "\u{feff}" || line.trim_start().starts_with('-')) => {
            out.push('\n');
        }
        _ => {}
    }
}

/// What stands behind `key:` or `-`, with the end of its line.
fn value(choices: &mut Choices<'_>, indent: usize, depth: usize, item: bool, out: &mut String) {
    let kind = choices.of(if depth < 4 { 16 } else { 12 });
    let before = choices.anchors;
    if kind != 0 {
        properties(choices, out);
    }
    let anchor = choices.anchors;
    content(choices, indent, depth, item, kind, out);
    if anchor > before {
        choices.complete = anchor;
    }
}

fn content(choices: &mut Choices<'_>, indent: usize, depth: usize, item: bool, kind: usize, out: &mut String) {
    let inner = indent + 2 + choices.of(2);
    match kind {
        0 => {}
        1..=3 => write!(out, " {}", WORDS[choices.of(WORDS.len())]).unwrap(),
        4 => {
            let (first, second) = (WORDS[choices.of(WORDS.len())], WORDS[choices.of(WORDS.len())]);
            let breaks = "\n".repeat(1 + choices.of(if item { 1 } else { 3 }));
            write!(out, " {first}{breaks}{:inner$}{second}", "").unwrap();
        }
        5 => out.push_str(" 'it''s\t# no comment'"),
        6 => write!(out, " 'one\n{:inner$}two\n\n{:inner$}it''s'", "", "").unwrap(),
        7 => out.push_str(" \"\\u00e9\\n\\\"\\x41 \\\\ ü\""),
        8 => write!(out, " \"one \\\n{:inner$}two\n\n{:inner$}three\"", "", "").unwrap(),
        9 => {
            let alias = choices.complete;
            // A key's or an item's own anchor must not stand before its alias.
            if alias > 0 && !out.ends_with(|last: char| last.is_ascii_digit()) && !out.ends_with("!t") {
                write!(out, " *a{alias}").unwrap();
            } else {
                out.push_str(" x");
            }
        }
        10 => {
            out.push(' ');
            flow(choices, 0, out);
        }
        11 => return block_scalar(choices, inner, out),
        12 | 13 if item => {
            // A compact collection starts on the line of the dash, behind properties on the next line.
            if out.ends_with('-') {
                out.push(' ');
                let (start, anchors, complete) = (out.len(), choices.anchors, choices.complete);
                collection(choices, indent + 2, depth + 1, out);
                let trimmed = out.get(start..).unwrap_or_default().trim_start_matches([' ', '\n']);
                let compact = if trimmed.starts_with('#') { String::new() } else { trimmed.to_owned() };
                out.truncate(start);
                if compact.is_empty() {
                    (choices.anchors, choices.complete) = (anchors, complete);
                }
                out.push_str(if compact.is_empty() { "x\n" } else { &compact });
            } else {
                out.push('\n');
                collection(choices, inner, depth + 1, out);
            }
            return;
        }
        12 | 13 => {
            out.push('\n');
            let indent = [indent, inner][choices.of(2)];
            return sequence(choices, indent, depth + 1, out);
        }
        _ => {
            out.push('\n');
            return collection(choices, inner, depth + 1, out);
        }
    }
    // A known difference of the second parser: it stumbles over a comment behind a scalar of several lines.
    if choices.of(6) == 1 && !matches!(kind, 4 | 6 | 8) {
        out.push_str(" # ends a line");
    }
    out.push('\n');
}

fn collection(choices: &mut Choices<'_>, indent: usize, depth: usize, out: &mut String) {
    if choices.of(2) == 0 { mapping(choices, indent, depth, out) } else { sequence(choices, indent, depth, out) }
}

fn properties(choices: &mut Choices<'_>, out: &mut String) {
    match choices.of(10) {
        1 => out.push_str(" !t"),
        2 => {
            choices.anchors += 1;
            write!(out, " &a{}", choices.anchors).unwrap();
        }
        3 => {
            choices.anchors += 1;
            write!(out, " !t &a{}", choices.anchors).unwrap();
        }
        _ => {}
    }
}

fn flow(choices: &mut Choices<'_>, depth: usize, out: &mut String) {
    let (mapping, count) = (choices.of(2) == 1, choices.of(4));
    out.push(if mapping { '{' } else { '[' });
    for index in 0..count {
        out.push_str(if index > 0 { ", " } else { "" });
        if mapping {
            write!(out, "{}: ", FLOW_WORDS[choices.of(FLOW_WORDS.len())]).unwrap();
        }
        if depth < 2 && choices.of(4) == 1 {
            flow(choices, depth + 1, out);
        } else {
            out.push_str(FLOW_WORDS[choices.of(FLOW_WORDS.len())]);
        }
    }
    out.push(if mapping { '}' } else { ']' });
}

fn block_scalar(choices: &mut Choices<'_>, indent: usize, out: &mut String) {
    let style = ["|", ">", "|-", ">-", "|+", ">+"][choices.of(6)];
    writeln!(out, " {style}{}", ["", " # header"][choices.of(2)]).unwrap();
    writeln!(out, "{:indent$}first", "").unwrap();
    for _ in 0..choices.of(5) {
        match choices.of(5) {
            0 => writeln!(out, "{:indent$}line of text", "").unwrap(),
            1 => out.push('\n'),
            2 => writeln!(out, "{:indent$}  deeper: ü", "").unwrap(),
            3 => writeln!(out, "{:indent$}# no comment", "").unwrap(),
            _ => writeln!(out, "{:indent$}- 'a", "").unwrap(),
        }
    }
}

const SCRAPS: [&str; 40] = [
    "a",
    "b:",
    ": ",
    "- ",
    "-",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "\"",
    "'",
    "|",
    ">-\n",
    "|2+\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    " # c",
    "#",
    "&a ",
    "*a",
    "!t ",
    "? ",
    "\t",
    "\r\n",
    "\r",
    "é",
    "\\n",
    "''",
    "---\n",
    "...\n",
    "%",
    "\u{85}",
    "\u{feff}",
    "\u{2028}",
    "\0",
    "key: value\n",
];

/// Any text, made of what means something in YAML.
pub(crate) fn scraps(choices: &[u8]) -> String {
    choices.iter().map(|choice| SCRAPS[usize::from(*choice) % SCRAPS.len()]).collect()
}
