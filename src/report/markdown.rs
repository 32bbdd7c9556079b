//! `--format markdown`: tables for the summary of a job (`$GITHUB_STEP_SUMMARY`) or for a comment.
//!
//! The worst come first; what is not at least high is folded away. GitHub refuses a summary of more than 1 MiB as a
//! whole: what does not fit is counted. Paths are relative to the git top, columns count code points from 1.

use std::fmt::Write as _;
use std::io::{self, Write};

use stacklint_engine::finding::Severity;
use stacklint_engine::line_index::ColumnUnit;

use crate::report::level::Level;
use crate::report::page;
use crate::report::printable::one_line;
use crate::report::remark::{self, Remark};
use crate::report::site::{Base, Sites};
use crate::report::summary::{counted, summary};
use crate::report::{Renderer, Report};

/// So many bytes of tables are written. GitHub takes 1 MiB for all that a step says.
const LIMIT: usize = 900 * 1024;

/// A message longer than so many characters is cut: names in it may be of any length.
const MESSAGE_LIMIT: usize = 2_000;

/// The format.
#[derive(Debug)]
pub(crate) struct Markdown;

impl Renderer for Markdown {
    fn render(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(document(report, LIMIT).as_bytes())
    }

    fn is_for_people(&self) -> bool {
        false
    }
}

fn document(report: &Report<'_>, limit: usize) -> String {
    let mut page = Page {
        sites: Sites::new(report, Base::Repository, ColumnUnit::CodePoint),
        text: format!("## stacklint\n\n{}\n", prose(&summary(report.outcome))),
        limit,
        left_out: 0,
    };
    let (errors, findings): (Vec<_>, Vec<_>) =
        remark::worst_first(report).into_iter().partition(|remark| remark.finding().is_none());
    page.table(errors.iter());
    for level in Level::ALL {
        let of_level = || findings.iter().filter(|remark| remark.level() == level);
        let about = counts(of_level());
        if about.is_empty() {
            continue;
        }
        if level == Level::Error {
            page.table(of_level());
        } else {
            page.text.push_str(&format!("\n<details>\n<summary>{about}</summary>\n"));
            page.table(of_level());
            page.text.push_str("\n</details>\n");
        }
    }
    if page.left_out > 0 {
        let left_out = counted(page.left_out, "finding");
        page.text.push_str(&format!("\n{left_out} left out, the least severe: GitHub takes no more in one summary.\n"));
    }
    page.text
}

/// How many findings there are of which severity, the worst first: `3 low, 1 info`.
fn counts<'r, 'a: 'r>(remarks: impl Iterator<Item = &'r Remark<'a>> + Clone) -> String {
    let of = |severity: &Severity| {
        let of_severity = remarks.clone().filter(|remark| remark.finding().is_some_and(|it| it.severity == *severity));
        of_severity.map(Remark::count).sum::<usize>()
    };
    let counts = Severity::ALL.iter().rev().map(|severity| (of(severity), severity)).filter(|(count, _)| *count > 0);
    counts.map(|(count, severity)| format!("{count} {severity}")).collect::<Vec<_>>().join(", ")
}

/// A page that grows up to a limit.
struct Page<'a> {
    sites: Sites<'a>,
    text: String,
    limit: usize,
    /// How many findings did not fit.
    left_out: usize,
}

impl Page<'_> {
    /// A table of what fits, which is all or nothing from one row on: what is worse comes first.
    fn table<'r, 'a: 'r>(&mut self, remarks: impl Iterator<Item = &'r Remark<'a>>) {
        let mut head = Some("\n| severity | where | what | rule |\n|---|---|---|---|\n");
        for remark in remarks {
            let row = if self.left_out == 0 { self.row(remark) } else { String::new() };
            if self.left_out > 0 || self.text.len() + row.len() > self.limit {
                self.left_out += remark.count().max(1);
                continue;
            }
            self.text.push_str(head.take().unwrap_or_default());
            self.text.push_str(&row);
        }
    }

    fn row(&self, remark: &Remark<'_>) -> String {
        let place = self.sites.of(remark).map_or(String::new(), |location| {
            let (line, column) = (location.start.line, location.start.column);
            code(&format!("{}:{line}:{column}", one_line(&location.path)))
        });
        let message = prose(&page::cut(&one_line(&remark.message()), MESSAGE_LIMIT));
        let help = remark.help().map(|help| page::cut(&one_line(help), MESSAGE_LIMIT));
        let help = help.map(|help| format!("<br>{}", prose(&format!("Help: {help}")))).unwrap_or_default();
        let rule = remark.url().map_or(remark.code().to_owned(), |url| format!("[{}]({url})", remark.code()));
        format!("| {} | {place} | {message}{help} | {rule} |\n", remark.severity())
    }
}

/// A text in which only what stands between backticks is more than words.
fn prose(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + text.len() / 4);
    // The last part is behind the last backtick, or has no partner.
    let parts: Vec<&str> = text.split('`').collect();
    let paired = parts.len() - 1 - (parts.len() - 1) % 2;
    for (index, part) in parts.iter().enumerate() {
        match index {
            index if index > paired => written.push_str(&escape(&format!("`{part}"))),
            index if index % 2 == 1 => written.push_str(&code(part)),
            _ => written.push_str(&escape(part)),
        }
    }
    written
}

/// A text as code. Not between backticks: those let nothing be escaped, not even the bar that ends a cell.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// A text that is nothing but itself, also where Markdown, HTML, a table or GitHub's own links (`@name`, `www.`, `:word:`)
/// would make something of it. An escaped character never is a part of any of them.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 4);
    for character in text.chars() {
        let is_link = character == '.' && ends_with_www(&escaped);
        match character {
            ' ' | ',' | '-' | '/' | '(' | ')' | ';' | '?' | '=' | '%' => escaped.push(character),
            '.' if !is_link => escaped.push(character),
            // Writing to a string does not fail.
            other if other.is_ascii_punctuation() => _ = write!(escaped, "&#{};", u32::from(other)),
            other => escaped.push(other),
        }
    }
    escaped
}

fn ends_with_www(text: &str) -> bool {
    text.len().checked_sub(3).and_then(|start| text.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use stacklint_engine::finding::Finding;
    use stacklint_engine::outcome::Outcome;

    use super::*;
    use crate::report::test_support::{every_kind, finding, sources, span_of, written};

    #[test]
    fn the_worst_is_open_and_the_rest_folded_away() {
        let (sources, outcome) = every_kind();
        let text = written(&Markdown, &Report::of(&sources, &outcome));
        let severities: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(' ').next().or_else(|| line.strip_prefix("<summary>")))
            .collect();
        assert_eq!(
            severities,
            [
                "severity", "error", "warning", "severity", "critical", "high", "high", "severity", "medium",
                "severity", "low", "info"
            ]
        );
        let (open, folded) = text.split_once("<details>").unwrap();
        assert!(
            open.starts_with("## stacklint\n\n6 findings (1 critical, 2 high, 1 medium, 1 low, 1 info) in "),
            "{open}"
        );
        assert!(open.contains("\n| error |  | it broke | run-error |\n"), "{open}");
        let critical = "\n| critical | <code>deploy/compose.yaml&#58;2&#58;7</code> | it is wrong<br>Help&#58; mend it | \
                        [rule-critical](https://";
        assert!(open.contains(critical), "{open}");
        assert!(folded.contains("<summary>1 medium</summary>") && folded.contains("<summary>1 low, 1 info</summary>"));
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }

    #[test]
    fn a_clean_run_is_one_line() {
        let (sources, _) = sources(&[]);
        let text = written(&Markdown, &Report::of(&sources, &Outcome::default()));
        assert_eq!(text, "## stacklint\n\nno findings in 0 stacks, 0 files read\n");
    }

    #[test]
    fn nothing_of_a_file_is_markdown() {
        let hostile = "<img src=x> | [a](b) ![c](d) *e* _f_ ~g~ @h #1 $i$ :j: www.k.l https://m \\ &lt;";
        let expected = "&#60;img src=x&#62; &#124; &#91;a&#93;(b) &#33;&#91;c&#93;(d) &#42;e&#42; &#95;f&#95; \
                        &#126;g&#126; &#64;h &#35;1 &#36;i&#36; &#58;j&#58; www&#46;k.l https&#58;//m &#92; &#38;lt;";
        assert_eq!(escape(hostile), expected);
        assert_eq!(prose("a `b|c` d"), "a <code>b&#124;c</code> d");
        assert_eq!(prose("a `b` c ` d"), "a <code>b</code> c &#96; d");
        assert_eq!(prose("a ` b"), "a &#96; b");
        assert_eq!(prose("``"), "<code></code>");
    }

    #[test]
    fn a_summary_is_no_longer_than_github_takes() {
        let (sources, files) = sources(&[("a.yaml", "x")]);
        let found =
            |severity, message: String| Finding { severity, message, ..finding("rule", Some(span_of(&files[0], "x"))) };
        let mut findings: Vec<Finding> =
            (0..20_000).map(|number| found(Severity::Low, format!("{number} {}", "\u{1f600}".repeat(60)))).collect();
        findings.push(found(Severity::High, "|".repeat(1 << 20)));
        let outcome = Outcome { findings, ..Outcome::default() };
        let text = written(&Markdown, &Report::of(&sources, &outcome));
        assert!(text.len() < 1 << 20, "{}", text.len());
        let rows = text.lines().filter(|line| line.starts_with("| low") || line.starts_with("| high")).count();
        let end = format!("\n</details>\n\n{} findings left out, ", 20_001 - rows);
        assert!(text.contains(&end), "{}", &text[text.len() - 200..]);
        assert!(text.contains("\n| high | "), "the worst is there");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
}
