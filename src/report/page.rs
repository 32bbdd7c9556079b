//! Rule pages for readers: without the marks by which their examples are tests.

/// The page in Markdown, without its title. Examples have their file's name above them instead of in the fence.
pub(crate) fn markdown(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut in_example = false;
    let mut in_fence = false;
    for line in page.lines().skip_while(|line| line.is_empty() || line.starts_with("# ")) {
        match line.strip_prefix("```") {
            Some(_) if in_fence => {
                (in_fence, in_example) = (false, false);
                text.push_str("```");
            }
            Some(info) => {
                in_fence = true;
                let head = example_head(info);
                in_example = head.is_some();
                match head {
                    Some((head, language)) => text.push_str(&format!("{head}\n\n```{language}")),
                    None => text.push_str(line),
                }
            }
            None if in_example && is_marker(line) => continue,
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text.trim().to_owned()
}

/// The page in words, without its title and its examples.
pub(crate) fn text(page: &str) -> String {
    let body = page.split("\n## Examples").next().unwrap_or_default();
    let body = body.trim_start().split_once('\n').map_or("", |(_, rest)| rest);
    let paragraphs = body.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).map(|paragraph| {
        let paragraph = paragraph.strip_prefix("## ").unwrap_or(paragraph);
        if paragraph.starts_with("- ") { without_links(paragraph) } else { plain(paragraph) }
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

/// The first paragraph of a section, in words.
pub(crate) fn first_paragraph(page: &str, section: &str) -> String {
    let body = page.split(&format!("\n## {section}\n")).nth(1).unwrap_or_default();
    let mut paragraphs = body.split("\n\n").map(str::trim);
    plain(paragraphs.find(|paragraph| !paragraph.is_empty()).unwrap_or_default())
}

/// A paragraph in words: on one line, its links as their text.
pub(crate) fn plain(paragraph: &str) -> String {
    without_links(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// As many whole sentences as fit into so many characters; of a longer first one as much as fits.
pub(crate) fn cut(text: &str, characters: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(characters) else { return text.to_owned() };
    let fitting = text.get(..end).unwrap_or_default();
    if let Some(sentence) = fitting.rfind(". ") {
        return fitting.get(..=sentence).unwrap_or_default().to_owned();
    }
    let short: String = text.chars().take(characters.saturating_sub(1)).collect();
    format!("{short}…")
}

/// What stands above an example, and the language of its fence; nothing for a fence that is only to be read.
fn example_head(info: &str) -> Option<(String, &'static str)> {
    let (kind, name) = info.split_once(' ')?;
    let head = match kind {
        "bad" => format!("Bad, `{name}`:"),
        "good" => format!("Good, `{name}`:"),
        "file" => format!("`{name}`:"),
        "fixed" => format!("`{name}` after the fix:"),
        _ => return None,
    };
    let language = if name.ends_with(".yaml") || name.ends_with(".yml") { "yaml" } else { "ini" };
    Some((head, language))
}

/// A line that marks what a rule must find in the line above: `#   ^^^ finding`.
fn is_marker(line: &str) -> bool {
    let Some(inner) = line.strip_prefix('#').and_then(|rest| rest.strip_suffix(" finding")) else { return false };
    let carets = inner.strip_prefix('<').unwrap_or(inner.trim_start_matches(' '));
    !carets.is_empty() && carets.bytes().all(|byte| byte == b'^')
}

/// Links as their text.
fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('[') {
        let (before, from) = rest.split_at(start);
        let link = from.split_once("](").and_then(|(label, behind)| {
            let label = label.get(1..).filter(|label| !label.contains(['[', ']']))?;
            Some((label, behind.split_once(')')?.1))
        });
        plain.push_str(before);
        match link {
            Some((label, behind)) => {
                plain.push_str(label);
                rest = behind;
            }
            None => {
                plain.push('[');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# some-rule

Something [is
wrong](https://example.org/a). And `ports: [x]` too.

## Why

Because
of it.

More.

## Sources

- [one](https://example.org/b), two
- three

## Examples

Text.

```bad compose.yaml
a: b
#  ^ finding
# a finding
```

```fixed .env
A=1
```

```yaml
#  ^ finding
```
";

    #[test]
    fn a_page_is_shown_without_its_machinery() {
        let shown = markdown(PAGE);
        assert!(shown.starts_with("Something [is\nwrong](https://example.org/a)."), "{shown}");
        assert!(shown.contains("Text.\n\nBad, `compose.yaml`:\n\n```yaml\na: b\n# a finding\n```\n"), "{shown}");
        assert!(shown.contains("`.env` after the fix:\n\n```ini\nA=1\n```\n"), "{shown}");
        assert!(shown.ends_with("```yaml\n#  ^ finding\n```"), "{shown}");
    }

    #[test]
    fn a_page_is_told_in_words() {
        let expected = "Something is wrong. And `ports: [x]` too.\n\nWhy\n\nBecause of it.\n\nMore.\n\nSources\n\n\
                        - one, two\n- three";
        assert_eq!(text(PAGE), expected);
        assert_eq!(first_paragraph(PAGE, "Why"), "Because of it.");
    }

    #[test]
    fn a_text_is_cut_behind_a_sentence() {
        assert_eq!(cut("One. Two is longer.", 19), "One. Two is longer.");
        assert_eq!(cut("One. Two is longer.", 18), "One.");
        assert_eq!(cut("ééééé", 3), "éé…");
    }
}
