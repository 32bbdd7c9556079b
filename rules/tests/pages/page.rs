//! A rule's page taken apart: its sections, its examples, and the places they mark.

use std::fmt;

/// A page.
#[derive(Debug)]
pub(crate) struct Page {
    /// The text of its first line behind `# `.
    pub(crate) title: String,
    /// The headings of its sections, in order.
    pub(crate) sections: Vec<String>,
    /// Its examples, in order.
    pub(crate) examples: Vec<Example>,
}

/// Files that belong together, and what the rule must say about them.
#[derive(Debug)]
pub(crate) struct Example {
    /// The line of the page it starts at, from 1.
    pub(crate) line: usize,
    /// Whether the rule must be silent.
    pub(crate) good: bool,
    /// Names and texts, without the marker lines; the main file first.
    pub(crate) files: Vec<(String, String)>,
    /// What the rule must point at.
    pub(crate) marks: Vec<Mark>,
    /// Names and texts of files after the fix.
    pub(crate) fixed: Vec<(String, String)>,
}

/// A stretch of one line of a file, from 1, in code points, the end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl fmt::Display for Mark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}-{}", self.file, self.line, self.start, self.end)
    }
}

impl Page {
    /// Takes a page apart.
    ///
    /// # Errors
    /// What is wrong with its form, with the line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut page = Self { title: String::new(), sections: Vec::new(), examples: Vec::new() };
        let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
        while let Some((number, line)) = lines.next() {
            if let Some(title) = line.strip_prefix("# ").filter(|_| number == 1) {
                title.clone_into(&mut page.title);
            } else if let Some(section) = line.strip_prefix("## ") {
                page.sections.push(section.to_owned());
            } else if let Some(info) = line.strip_prefix("```") {
                let mut body = Vec::new();
                loop {
                    match lines.next() {
                        Some((_, "```")) => break,
                        Some((_, line)) => body.push(line),
                        None => return Err(format!("line {number}: the fence is not closed")),
                    }
                }
                page.fence(number, info, &body).map_err(|error| format!("line {number}: {error}"))?;
            }
        }
        Ok(page)
    }

    fn fence(&mut self, line: usize, info: &str, body: &[&str]) -> Result<(), String> {
        let (kind, name) = info.split_once(' ').unwrap_or((info, ""));
        match kind {
            "bad" | "good" => {
                let example =
                    Example { line, good: kind == "good", files: Vec::new(), marks: Vec::new(), fixed: Vec::new() };
                self.examples.push(example);
            }
            "file" | "fixed" => {}
            // Something to read only.
            _ => return Ok(()),
        }
        let example = self.examples.last_mut().ok_or("comes before any `bad` or `good` fence")?;
        if name.is_empty() {
            return Err("a fence names its file".to_owned());
        }
        let (text, marks) = without_markers(name, body)?;
        if kind == "fixed" {
            if example.good || !marks.is_empty() {
                return Err("`fixed` belongs to a `bad` example and marks nothing".to_owned());
            }
            example.fixed.push((name.to_owned(), text));
        } else {
            example.marks.extend(marks);
            example.files.push((name.to_owned(), text));
        }
        Ok(())
    }
}

/// The text without its marker lines, and what they mark: `#   ^^^ finding` in the line above, at the same columns, and
/// `#<^^^ finding` from its first column on.
fn without_markers(file: &str, body: &[&str]) -> Result<(String, Vec<Mark>), String> {
    let mut text = String::new();
    let mut marks = Vec::new();
    let mut line = 0;
    for written in body {
        match marker(written) {
            Some(_) if line == 0 => return Err("a marker has no line above it".to_owned()),
            Some((start, end)) => marks.push(Mark { file: file.to_owned(), line, start, end }),
            None => {
                text.push_str(written);
                text.push('\n');
                line += 1;
            }
        }
    }
    Ok((text, marks))
}

fn marker(line: &str) -> Option<(usize, usize)> {
    let inner = line.strip_prefix('#')?.strip_suffix(" finding")?;
    let carets = |carets: &str| (!carets.is_empty() && carets.bytes().all(|byte| byte == b'^')).then_some(carets.len());
    if let Some(inner) = inner.strip_prefix('<') {
        return Some((1, 1 + carets(inner)?));
    }
    let start = 2 + inner.len() - inner.trim_start_matches(' ').len();
    Some((start, start + carets(inner.trim_start_matches(' '))?))
}

#[test]
fn markers_are_taken_out_of_the_text() {
    let page = Page::parse(
        "# x\n\n```bad a.yaml\nkey: |\n  é: ab\n#  ^ finding\n#     ^^ finding\nb\n#<^ finding\n# finding\n```\n",
    )
    .unwrap();
    let example = &page.examples[0];
    assert_eq!(example.files, [("a.yaml".to_owned(), "key: |\n  é: ab\nb\n# finding\n".to_owned())]);
    let marks: Vec<String> = example.marks.iter().map(ToString::to_string).collect();
    assert_eq!(marks, ["a.yaml:2:4-5", "a.yaml:2:7-9", "a.yaml:3:1-2"]);
}
