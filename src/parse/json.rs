//! JSON as people write it in configuration files: with comments and trailing commas.

use std::sync::Arc;

use jsonc_parser::ast::Value;
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions};

use super::data::{Node, NodeKind, Pair, Problem, ProblemKind, ScalarKind};
pub use super::json_recovery::recover;
use crate::base::{Limit, Span};

/// Nesting of a document: the parser recurses.
const DEPTH: Limit = Limit::new(
    200,
    "levels of nesting in one document",
    "what the file says is unknown",
    "nest it less deeply, or leave it out with `exclude` in `wirelint.toml`",
);

/// Reads a JSON text with comments; what is wrong with it, when it cannot be read.
///
/// # Errors
/// The first thing that no reader accepts, or the nesting limit.
pub fn parse(text: &str) -> Result<Option<Node>, Problem> {
    if let Some(at) = too_deep(text) {
        return Err(Problem { span: Span::new(at, at + 1), kind: ProblemKind::Limit(DEPTH) });
    }
    // A byte order mark is no part of the text; its length keeps the places right.
    let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    match jsonc_parser::parse_to_ast(
        text.get(bom..).unwrap_or(""),
        &CollectOptions::default(),
        &ParseOptions::default(),
    ) {
        Ok(result) => Ok(result.value.map(|value| convert(value, bom))),
        Err(error) => {
            let range = error.range();
            let span = Span::new(range.start + bom, range.end + bom);
            Err(Problem { span, kind: ProblemKind::Refused(error.kind().to_string()) })
        }
    }
}

/// Where brackets outside strings and comments nest too deeply: the parser recurses.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            quote @ (b'"' | b'\'') => {
                at += 1;
                while let Some(inner) = bytes.get(at) {
                    match inner {
                        b'\\' => at += 1,
                        b'\n' => break,
                        inner if inner == quote => break,
                        _ => {}
                    }
                    at += 1;
                }
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let rest = bytes.get(at + 2..).unwrap_or(&[]);
                at += memchr::memmem::find(rest, b"*/").map_or(bytes.len(), |end| end + 3);
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += memchr::memchr(b'\n', bytes.get(at..).unwrap_or(&[])).unwrap_or(bytes.len());
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH.most_items() {
                    return Some(at);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn convert(value: Value<'_>, bom: usize) -> Node {
    let place = |range: Range| Span::new(range.start + bom, range.end + bom);
    let span = place(value.range());
    let scalar = |text: &str, kind| NodeKind::Scalar { text: Arc::from(text), kind };
    let kind = match value {
        Value::StringLit(text) => scalar(&text.value, ScalarKind::Text),
        Value::NumberLit(number) => scalar(number.value, ScalarKind::Number),
        Value::BooleanLit(truth) => scalar(if truth.value { "true" } else { "false" }, ScalarKind::Bool(truth.value)),
        Value::NullKeyword(_) => scalar("", ScalarKind::Null),
        Value::Array(array) => NodeKind::List(array.elements.into_iter().map(|item| convert(item, bom)).collect()),
        Value::Object(object) => NodeKind::Map(
            object
                .properties
                .into_iter()
                .map(|property| Pair {
                    key: Arc::from(property.name.as_str()),
                    key_span: place(property.name.range()),
                    value: convert(property.value, bom),
                })
                .collect(),
        ),
    };
    Node { span, kind }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_read_and_depth_is_bounded() {
        let source = "{ // c\n \"paths\": { \"@/*\": [\"./src/*\",] } }";
        let node = parse(source).expect("reads").expect("a value");
        let target = node.at(&["paths", "@/*"]).expect("there");
        assert_eq!(&*target.items()[0].text().expect("text").clone(), "./src/*");
        assert_eq!(parse(&"[".repeat(60_000)).expect_err("refused").kind, ProblemKind::Limit(DEPTH));
        for hidden in ["/* \" */", "'\"'", "\"'\"", "// '\n", "/*/ */ /* ' */"] {
            let deep = format!("[{hidden}, {}", "[".repeat(60_000));
            assert!(parse(&deep).is_err(), "{hidden}");
        }
        assert!(matches!(parse("{ \"a\": }").expect_err("refused").kind, ProblemKind::Refused(_)));
    }
}
