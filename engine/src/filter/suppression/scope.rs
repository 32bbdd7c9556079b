//! What a comment covers.
//!
//! At the end of a line: what starts on that line, and all that belongs to it. A key covers its block, an item what is in
//! it; behind a closing bracket or quote it is what ends there. On a line of its own: the next entry or item below.

use stacklint_parsers::{Comment, Document, Node, NodeId, NodeKind, Parsed, ScalarStyle, TextRange};

use crate::source::SourceFile;

/// Places of a file that comments can cover.
#[derive(Debug)]
pub(super) struct Scopes<'a> {
    file: &'a SourceFile,
    /// Entries, items and single values, by where they start, the widest first.
    starts: Vec<TextRange>,
    /// Those that say themselves where they end, by that.
    ends: Vec<TextRange>,
    /// Where blocks of text end.
    block_ends: Vec<u32>,
    /// In `pg_hba.conf` a line is what the server joins.
    lines: Vec<TextRange>,
}

impl<'a> Scopes<'a> {
    pub(super) fn of(file: &'a SourceFile, parsed: &Parsed) -> Self {
        let mut scopes = Self { file, starts: Vec::new(), ends: Vec::new(), block_ends: Vec::new(), lines: Vec::new() };
        match parsed.as_pg_hba() {
            Some(hba) => scopes.lines = hba.lines.iter().map(|line| line.range).collect(),
            None => scopes.read(parsed.document()),
        }
        // A comment can be about what cannot be read, too.
        let errors = parsed.document().errors().iter();
        let errors = errors.map(|error| error.skipped.map_or(error.range, |skipped| skipped.cover(error.range)));
        let known = if parsed.as_pg_hba().is_some() { &mut scopes.lines } else { &mut scopes.starts };
        known.extend(errors);
        for ranges in [&mut scopes.starts, &mut scopes.lines] {
            ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        }
        scopes.ends.sort_by_key(|range| (range.end, range.start));
        scopes.block_ends.sort_unstable();
        scopes
    }

    /// What is in a file that nothing parses: its lines.
    pub(super) fn of_lines(file: &'a SourceFile) -> Self {
        let mut lines = Vec::new();
        let mut at = 0;
        for line in file.text.split_inclusive('\n') {
            let written = line.trim();
            if !written.is_empty() && !written.starts_with('#') {
                lines.push(TextRange::from_usize(at..at + line.trim_end().len()));
            }
            at += line.len();
        }
        Self { file, starts: Vec::new(), ends: Vec::new(), block_ends: Vec::new(), lines }
    }

    fn read(&mut self, document: &Document) {
        let node = |id: NodeId| document.node(id);
        for (_, parent) in document.nodes() {
            match &parent.kind {
                NodeKind::Mapping(entries) => {
                    for entry in entries {
                        let (key, value) = (node(entry.key), node(entry.value));
                        let whole = TextRange::new(start(key), key.range.end.max(value.range.end));
                        self.starts.push(whole);
                        if !self.is_block(value) {
                            self.ends.push(whole);
                        }
                    }
                }
                NodeKind::Sequence(items) => {
                    for item in items.iter().map(|item| node(*item)) {
                        let whole = TextRange::new(self.dash(document, start(item)), item.range.end);
                        self.starts.push(whole);
                        if !self.is_block(item) {
                            self.ends.push(whole);
                        }
                    }
                }
                NodeKind::Scalar(scalar) if matches!(scalar.style, ScalarStyle::Literal | ScalarStyle::Folded) => {
                    self.block_ends.push(parent.range.end);
                }
                NodeKind::Scalar(_) | NodeKind::Alias(..) => {}
            }
            // A value below its key stands for itself. A block does not: what starts with it is its first entry.
            if !parent.range.is_empty() && !self.is_block(parent) {
                self.starts.push(TextRange::new(start(parent), parent.range.end));
            }
        }
    }

    /// Whether a node is a collection without brackets, which ends where the last of what is in it does.
    fn is_block(&self, node: &Node) -> bool {
        matches!(node.kind, NodeKind::Mapping(_) | NodeKind::Sequence(_))
            && !node.range.of(&self.file.text).starts_with(['{', '['])
    }

    /// Where the dash of the item that starts at an offset stands; the offset itself if there is none.
    fn dash(&self, document: &Document, offset: u32) -> u32 {
        let comments = document.comments();
        let mut at = offset;
        loop {
            let before = TextRange::new(0, at).of(&self.file.text).trim_end();
            let end = u32::try_from(before.len()).unwrap_or(u32::MAX);
            let index = comments.partition_point(|comment| comment.range.end <= at);
            match index.checked_sub(1).and_then(|index| comments.get(index)) {
                Some(comment) if comment.range.start < end && end <= comment.range.end => at = comment.range.start,
                _ => return if before.ends_with('-') { end.saturating_sub(1) } else { offset },
            }
        }
    }

    /// What a comment covers; nothing where nothing stands that it could be about.
    pub(super) fn of_comment(&self, comment: Comment) -> Option<TextRange> {
        let Comment { range, own_line } = comment;
        if own_line {
            return self.next(range.end);
        }
        if !self.lines.is_empty() {
            let index = self.lines.partition_point(|line| line.start <= range.start).checked_sub(1)?;
            return self.lines.get(index).copied().filter(|line| line.contains(range) || line.end <= range.start);
        }
        let lines = self.file.lines();
        let line = TextRange::new(lines.start(lines.line(range.start))?, range.start);
        let from = self.starts.partition_point(|known| known.start < line.start);
        let to = self.starts.partition_point(|known| known.start < line.end);
        let end = self.starts.get(from..to)?.iter().map(|known| known.end).max();
        if let Some(end) = end {
            return Some(TextRange::new(line.start, end));
        }
        let from = self.ends.partition_point(|known| known.end <= line.start);
        let to = self.ends.partition_point(|known| known.end <= line.end);
        match self.ends.get(from..to)?.iter().min_by_key(|known| known.start) {
            Some(outer) => Some(TextRange::new(outer.start, line.end)),
            None => self.next(range.end),
        }
    }

    fn next(&self, offset: u32) -> Option<TextRange> {
        let ranges = if self.lines.is_empty() { &self.starts } else { &self.lines };
        ranges.get(ranges.partition_point(|known| known.start < offset)).copied()
    }

    /// Where the line starts with which the smallest thing begins that holds a place: a comment above it covers that.
    pub(super) fn line_above(&self, place: TextRange) -> Option<u32> {
        let ranges = if self.lines.is_empty() { &self.starts } else { &self.lines };
        let before = ranges.get(..ranges.partition_point(|known| known.start <= place.start))?;
        before.iter().rev().filter(|known| known.contains(place)).find_map(|known| {
            let lines = self.file.lines();
            let start = lines.start(lines.line(known.start))?;
            let margin = TextRange::new(start, known.start).of(&self.file.text);
            let mark = margin.len() - margin.trim_start_matches('\u{feff}').len();
            let start = start.checked_add(u32::try_from(mark).ok()?)?;
            // What else begins there would be covered, and what begins before it would be cut in two.
            let is_first = margin.trim_start_matches('\u{feff}').trim().is_empty();
            (is_first && self.next(start).is_some_and(|next| next.contains(place))).then_some(start)
        })
    }

    /// Whether a comment on its own line keeps a block of text from taking in the blank lines below the comment.
    pub(super) fn ends_a_block(&self, comment: TextRange) -> bool {
        let before = TextRange::new(0, comment.start).of(&self.file.text).trim_end().len();
        let index = self.block_ends.partition_point(|end| (*end as usize) < before);
        let follows = self.block_ends.get(index).is_some_and(|end| *end <= comment.start);
        let below = self.file.text.get(comment.end as usize..).unwrap_or_default();
        let below = below.strip_prefix('\r').unwrap_or(below);
        let below = below.strip_prefix('\n').unwrap_or(below);
        let blank = below.len() - below.trim_start_matches([' ', '\t']).len();
        follows && below.get(blank..).is_some_and(|rest| rest.starts_with(['\n', '\r']))
    }
}

/// Where a node starts, with its tag and anchor.
fn start(node: &Node) -> u32 {
    let tag = node.tag.as_ref().map(|tag| tag.range.start);
    let anchor = node.anchor.as_ref().map(|anchor| anchor.range.start);
    [tag, anchor].into_iter().flatten().fold(node.range.start, u32::min)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use stacklint_parsers::Format;

    use super::*;
    use crate::source::Sources;
    use crate::vfs::Vfs;

    /// What each comment with an `@` covers.
    fn covered(format: Format, text: &str) -> Vec<Option<String>> {
        let sources = Sources::new(Vfs::in_memory([("file", text.as_bytes())]));
        let file = sources.open(&sources.vfs().absolute(Path::new("file"))).unwrap();
        let parsed = file.parse(format);
        let scopes = Scopes::of(&file, &parsed);
        let ours = parsed.document().comments().iter().filter(|comment| comment.range.of(text).contains('@'));
        ours.map(|comment| scopes.of_comment(*comment).map(|range| range.of(text).to_owned())).collect()
    }

    fn yaml(text: &str) -> Vec<Option<String>> {
        covered(Format::Yaml, text)
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn a_key_covers_its_block_and_nothing_beside_it() {
        let text =
            "services:\n  db: # @\n    image: a\n    ports:\n      - 1\n      - 2 # @\n  web:\n    image: b # @\n";
        assert_eq!(
            yaml(text),
            some(&["  db: # @\n    image: a\n    ports:\n      - 1\n      - 2", "      - 2", "    image: b"])
        );
        assert_eq!(yaml("a: 1 # @"), some(&["a: 1"]), "a last line without a break");
        assert_eq!(yaml("\u{feff}a: 1 # @\r\nb: 2\r\n"), some(&["\u{feff}a: 1"]));
        assert_eq!(yaml("a: &x # @\n  b: 1\nc: !t # @\n  - 1\nd: *x # @\n").len(), 3);
        assert_eq!(yaml("a: &x # @\n  b: 1\n"), some(&["a: &x # @\n  b: 1"]));
    }

    #[test]
    fn an_item_covers_what_is_in_it() {
        let item = "- target: 80\n  published: 8080";
        assert_eq!(yaml("- target: 80 # @\n  published: 8080\n- 2\n"), some(&["- target: 80 # @\n  published: 8080"]));
        assert_eq!(yaml(&format!("a:\n# @\n{item}\n")), some(&[item]));
        assert_eq!(yaml(&format!("a:\n# @\n# @\n\n{item}\n- 2\n")), some(&[item, item]));
        assert_eq!(yaml("- # @\n  a: 1\n  b: 2\n- 3\n"), some(&["- # @\n  a: 1\n  b: 2"]));
        assert_eq!(yaml("-\n  # @\n  a: 1\n  b: 2\n"), some(&["a: 1"]), "below the dash it is about the first key");
        assert_eq!(
            yaml("- &x # @\n  a: 1\n  b: 2 # @\n"),
            some(&["- &x # @\n  a: 1\n  b: 2 # @".trim_end_matches(" # @"), "  b: 2"])
        );
    }

    #[test]
    fn a_flow_collection_is_covered_by_its_lines() {
        let text = "ports: [ # @\n  \"1\", \"2\", # @\n  {a: 3,\n   b: 4}, # @\n  # @\n  5, 6\n] # @\nz: 1\n";
        assert_eq!(
            yaml(text),
            some(&[
                "ports: [ # @\n  \"1\", \"2\", # @\n  {a: 3,\n   b: 4}, # @\n  # @\n  5, 6\n]",
                "  \"1\", \"2\"",
                "   b: 4",
                "5",
                "ports: [ # @\n  \"1\", \"2\", # @\n  {a: 3,\n   b: 4}, # @\n  # @\n  5, 6\n] ",
            ])
        );
        assert_eq!(yaml("a: {b: [1], c: 2} # @\nd: 1\n"), some(&["a: {b: [1], c: 2}"]));
        assert_eq!(yaml("a:\n  [1, 2] # @\n"), some(&["  [1, 2]"]), "with its brackets");
        assert_eq!(yaml("a: {b: [\n 1\n]} # @\nd: 1\n"), some(&["a: {b: [\n 1\n]} "]));
        assert_eq!(yaml("{a: 1,\n b: 2, # @\n c: 3}\n"), some(&[" b: 2"]));
    }

    #[test]
    fn texts_of_several_lines() {
        let block = "a: | # @\n  # @ is text\n  more\nb: 1\n";
        assert_eq!(yaml(block), some(&["a: | # @\n  # @ is text\n  more"]));
        assert_eq!(yaml("a: \"1\n  2\" # @\nb: 3\n"), some(&["a: \"1\n  2\" "]));
        assert_eq!(yaml("a:\n  text # @\nb: 3\n"), some(&["  text"]));
        assert_eq!(yaml("a:\n  # @\n  text\nb: 3\n"), some(&["text"]));
    }

    #[test]
    fn documents_and_nothing() {
        assert_eq!(yaml("a: 1\n--- # @\nb: 2\nc: 3\n"), some(&["b: 2"]));
        assert_eq!(yaml("# @\n---\na: 1\n...\n# @\n---\nb: 2\n"), some(&["a: 1", "b: 2"]));
        assert_eq!(yaml("a: 1\n# @\n"), [None]);
        assert_eq!(yaml("# @\n"), [None]);
        assert_eq!(yaml("# @"), [None]);
        assert_eq!(yaml("a: 1\n# @\nb: [\n"), some(&["b: ["]), "what cannot be read can be accepted");
    }

    #[test]
    fn lines_of_other_formats() {
        let env = |text: &str| covered(Format::Dotenv, text);
        assert_eq!(env("A=1 # @\r\n# @\r\n# @\r\n\r\nB=2\r\n"), some(&["A=1", "B=2", "B=2"]));
        assert_eq!(env("A='1\n2' # @\nexport B=\"2\" # @"), some(&["A='1\n2' ", "export B=\"2\""]));
        assert_eq!(covered(Format::DotenvRaw, "# @\nA=1 # @\n"), some(&["A=1 # @"]), "no comment ends a line");
        let conf = |text: &str| covered(Format::PostgresqlConf, text);
        assert_eq!(conf("ssl = off # @\n# @\nport = 1\n"), some(&["ssl = off", "port = 1"]));
        assert_eq!(conf("# @\nport == 1\nssl = off\n"), some(&["port == 1"]));
    }

    #[test]
    fn a_line_of_pg_hba_conf_is_what_the_server_joins() {
        let text =
            "host all all \\\n 0.0.0.0/0 \\\n trust # @\n# @ \\\n of two lines\nlocal all all peer\nhost a b c d # @";
        let first = "host all all \\\n 0.0.0.0/0 \\\n trust # @";
        assert_eq!(covered(Format::PgHba, text), some(&[first, "local all all peer", "host a b c d # @"]));
        assert_eq!(covered(Format::PgHba13, "local a b \\ # @\nhost a b c d\n"), some(&["local a b \\ # @"]));
        assert_eq!(covered(Format::PgHba, "# @\n"), [None]);
    }
}
