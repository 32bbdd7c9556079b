//! Logical lines to fields and tokens: the grammar's stage.

use std::sync::Arc;

use pest::Parser as _;
use pest::iterators::Pair;

use super::lines::{Continuation, LogicalLine, logical_lines};
use super::{Field, Line, PgHba, Token};
use crate::document::{
    Comment, Document, Node, NodeId, NodeKind, Scalar, ScalarStyle, ScalarValue, Segment, SyntaxError, SyntaxErrorKind,
};
use crate::range::TextRange;

/// A longer logical line is not read: its tokens would take a hundred times its size.
const MAX_LINE: usize = 1 << 20;

/// So many tokens are read of one file.
const MAX_TOKENS: usize = 1_000_000;

#[derive(pest_derive::Parser)]
#[grammar = "pg_hba/hba.pest"]
struct Grammar;

pub(super) fn parse(text: Arc<str>, continuation: Continuation) -> PgHba {
    let mut builder = Builder { document: Document::new(Arc::clone(&text)), lines: Vec::new(), tokens: 0 };
    for line in logical_lines(&text, continuation) {
        if line.text.len() > MAX_LINE {
            let message = format!("this line is longer than {} MiB and was not read", MAX_LINE >> 20);
            builder.over_limit(message, line.range);
        } else if builder.tokens > MAX_TOKENS {
            let rest = TextRange::from_usize(line.range.to_usize().start..text.len());
            builder
                .over_limit(format!("the file has more than {MAX_TOKENS} words, and what follows was not read"), rest);
            break;
        } else {
            builder.line(&line);
        }
    }
    let nodes: Vec<NodeId> = builder.lines.iter().map(|line| line.node).collect();
    let root = builder.sequence(nodes);
    builder.document.node_mut(root).repaired = !builder.document.errors().is_empty();
    builder.document.push_root(root);
    PgHba { document: builder.document, lines: builder.lines }
}

struct Builder {
    document: Document,
    lines: Vec<Line>,
    tokens: usize,
}

impl Builder {
    fn over_limit(&mut self, message: String, skipped: TextRange) {
        let range = TextRange::empty(skipped.start);
        let kind = SyntaxErrorKind::OverLimit;
        self.document.push_error(SyntaxError { message, range, skipped: Some(skipped), kind });
    }

    fn line(&mut self, line: &LogicalLine<'_>) {
        // Any text is a line of the grammar, so that nothing is lost here.
        let Some(pairs) = Grammar::parse(Rule::line, &line.text).ok().and_then(|mut lines| lines.next()) else {
            return;
        };
        let mut fields = Vec::new();
        let mut comment = None;
        for part in pairs.into_inner() {
            match part.as_rule() {
                Rule::field => fields.push(self.field(line, part)),
                Rule::comment => comment = Some(place(line, &part)),
                _ => {}
            }
        }
        if let Some(range) = comment {
            self.document.push_comment(Comment { range, own_line: fields.is_empty() });
        }
        if !fields.is_empty() {
            let node = self.sequence(fields.iter().map(|field| field.node).collect());
            self.lines.push(Line { number: line.number, range: line.range, node, fields, comment });
        }
    }

    fn field(&mut self, line: &LogicalLine<'_>, field: Pair<'_, Rule>) -> Field {
        let tokens: Vec<Token> = field.into_inner().map(|token| self.token(line, token)).collect();
        Field { node: self.sequence(tokens.iter().map(|token| token.node).collect()), tokens }
    }

    fn token(&mut self, line: &LogicalLine<'_>, token: Pair<'_, Rule>) -> Token {
        self.tokens += 1;
        let range = place(line, &token);
        let quoted = token.as_str().starts_with('"');
        let style = if quoted { ScalarStyle::DoubleQuoted } else { ScalarStyle::Plain };
        let mut decoder = Decoder { line, value: String::new(), segments: Vec::new() };
        // Where an empty text stands: between its quotes.
        let mut inside = line.place(token.as_span().start(), token.as_span().start()).start + u32::from(quoted);
        inside = inside.min(range.end);
        for part in token.into_inner() {
            match part.as_rule() {
                Rule::bare => decoder.verbatim(&part),
                Rule::quoted => {
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::inside => decoder.verbatim(&part),
                            Rule::doubled => decoder.quote(&part),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let value = decoder.finish(inside);
        let scalar = Scalar { style, value };
        Token { node: self.document.push(Node::new(range, NodeKind::Scalar(scalar))), quoted }
    }

    /// A sequence from its first to its last item.
    fn sequence(&mut self, items: Vec<NodeId>) -> NodeId {
        let range = |id: Option<&NodeId>| id.map(|id| self.document.node(*id).range);
        let range = match (range(items.first()), range(items.last())) {
            (Some(first), Some(last)) => first.cover(last),
            _ => TextRange::default(),
        };
        self.document.push(Node::new(range, NodeKind::Sequence(items)))
    }
}

/// Takes the quotes away, and keeps where each part stands.
struct Decoder<'a> {
    line: &'a LogicalLine<'a>,
    value: String,
    segments: Vec<Segment>,
}

impl Decoder<'_> {
    fn verbatim(&mut self, part: &Pair<'_, Rule>) {
        let span = part.as_span();
        for (start, end) in self.line.pieces(span.start(), span.end()) {
            self.value.push_str(self.line.text.get(start..end).unwrap_or_default());
            self.segment(self.line.place(start, end), true);
        }
    }

    fn quote(&mut self, part: &Pair<'_, Rule>) {
        self.value.push('"');
        self.segment(place(self.line, part), false);
    }

    fn segment(&mut self, source: TextRange, verbatim: bool) {
        let end = u32::try_from(self.value.len()).unwrap_or(u32::MAX);
        self.segments.push(Segment { end, source, verbatim });
    }

    /// `empty` is where a text without any character stands.
    fn finish(self, empty: u32) -> ScalarValue {
        match self.segments.as_slice() {
            [] => ScalarValue::Verbatim(TextRange::empty(empty)),
            [segment] if segment.verbatim => ScalarValue::Verbatim(segment.source),
            _ => ScalarValue::Decoded(self.value.into(), self.segments.into()),
        }
    }
}

fn place(line: &LogicalLine<'_>, pair: &Pair<'_, Rule>) -> TextRange {
    let span = pair.as_span();
    line.place(span.start(), span.end())
}
