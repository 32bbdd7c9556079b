//! A question about a place, as a client asks it.

use gen_lsp_types::{Position, Range};
use serde_json::Value;

/// A question about a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Inquiry {
    /// The text, as the client names it.
    pub(crate) uri: String,
    pub(crate) kind: Kind,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// What stands there.
    Hover(Position),
    /// Where it is defined.
    Definition(Position),
    /// Where it is used, and, if that is wanted, where it is defined.
    References(Position, bool),
    /// Which paths of the text lead to files.
    Links,
    /// What the texts with variables in a stretch come to.
    Hints(Range),
}

impl Kind {
    /// How the protocol calls it.
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Hover(_) => "textDocument/hover",
            Self::Definition(_) => "textDocument/definition",
            Self::References(..) => "textDocument/references",
            Self::Links => "textDocument/documentLink",
            Self::Hints(_) => "textDocument/inlayHint",
        }
    }
}

impl Inquiry {
    /// Whether it is one of these questions that a method asks.
    pub(crate) fn is_asked_by(method: &str) -> bool {
        let at = Position { line: 0, character: 0 };
        let all = [
            Kind::Hover(at),
            Kind::Definition(at),
            Kind::References(at, false),
            Kind::Links,
            Kind::Hints(Range { start: at, end: at }),
        ];
        all.iter().any(|kind| kind.method() == method)
    }

    /// Reads it; nothing if something is missing.
    pub(crate) fn read(method: &str, params: &Value) -> Option<Self> {
        let uri = params.pointer("/textDocument/uri")?.as_str()?.to_owned();
        let position = || serde_json::from_value::<Position>(params.get("position")?.clone()).ok();
        let kind = match method {
            "textDocument/hover" => Kind::Hover(position()?),
            "textDocument/definition" => Kind::Definition(position()?),
            "textDocument/references" => {
                let wanted = params.pointer("/context/includeDeclaration").and_then(Value::as_bool);
                Kind::References(position()?, wanted.unwrap_or_default())
            }
            "textDocument/documentLink" => Kind::Links,
            "textDocument/inlayHint" => Kind::Hints(serde_json::from_value(params.get("range")?.clone()).ok()?),
            _ => return None,
        };
        Some(Self { uri, kind })
    }
}
