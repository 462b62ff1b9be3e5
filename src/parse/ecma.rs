//! TypeScript and JavaScript: text to a syntax tree.

use std::cell::RefCell;

use tree_sitter::{Parser, Point, Range, Tree};

use super::html::{end_of_raw_text, starts_with_tag};
use super::rounds;
use crate::base::Span;

/// Which grammar reads the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grammar {
    /// TypeScript without JSX, where `<T>x` is a cast.
    TypeScript,
    /// Everything else: the TSX grammar loses fewer real JavaScript files than the JavaScript grammar.
    Tsx,
}

thread_local! {
    static PARSERS: RefCell<[Option<Parser>; 2]> = const { RefCell::new([None, None]) };
}

/// The tree of `text`, or of its `blocks` when there are any (scripts inside another language, in order, disjoint).
///
/// `None` when the parser gave up: the text is built to be slow.
#[must_use]
pub fn parse(text: &str, grammar: Grammar, blocks: &[Span]) -> Option<Tree> {
    PARSERS.with_borrow_mut(|parsers| {
        let slot = &mut parsers[usize::from(grammar == Grammar::Tsx)];
        let parser = match slot {
            Some(parser) => parser,
            None => slot.insert(new_parser(grammar)?),
        };
        let ranges: Vec<Range> = blocks.iter().map(|block| range(*block)).collect();
        parser.set_included_ranges(&ranges).ok()?;
        rounds::parse(parser, text)
    })
}

fn new_parser(grammar: Grammar) -> Option<Parser> {
    let language = match grammar {
        Grammar::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        Grammar::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
    };
    let mut parser = Parser::new();
    parser.set_language(&language.into()).ok()?;
    Some(parser)
}

/// Rows are never asked for, so the points only have to rise.
fn range(block: Span) -> Range {
    let (start, end) = (block.start as usize, block.end as usize);
    Range { start_byte: start, end_byte: end, start_point: Point::new(0, start), end_point: Point::new(0, end) }
}

/// The `<script>` blocks of a Vue or Svelte component, or of an HTML page: what is between their tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptBlock<'t> {
    /// The text between `<script` and `>`.
    pub attributes: &'t str,
    /// The content.
    pub body: Span,
}

/// Finds the script elements of a text by their tags; an element that is not closed runs to the end.
#[must_use]
pub fn script_blocks(text: &str) -> Vec<ScriptBlock<'_>> {
    let bytes = text.as_bytes();
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'<', bytes.get(at..).unwrap_or_default()).map(|offset| at + offset) {
        at = found + 1;
        if text[found..].starts_with("<!--") {
            at = memchr::memmem::find(&bytes[found..], b"-->").map_or(bytes.len(), |end| found + end + 3);
            continue;
        }
        if !starts_with_tag(&bytes[found + 1..], b"script") {
            continue;
        }
        let Some(open_end) = tag_end(bytes, found) else { break };
        let attributes = &text[found + "<script".len()..open_end];
        let body_start = open_end + 1;
        if attributes.ends_with('/') {
            at = body_start;
            continue;
        }
        let body_end = end_of_raw_text(bytes, body_start, b"script");
        blocks.push(ScriptBlock { attributes, body: Span::new(body_start, body_end) });
        at = body_end;
    }
    blocks
}

/// The `>` that ends a tag, past quoted attribute values.
fn tag_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut quote = None;
    for (offset, byte) in bytes.iter().enumerate().skip(from) {
        match (quote, byte) {
            (None, b'>') => return Some(offset),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(open), byte) if *byte == open => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_scripts_of_a_component() {
        let text = "<!-- <script>no</script> --><script lang=\"ts\" generic=\"T > 1\">\nlet a\n</script><template><p/></template><SCRIPT>b</Script>";
        let found: Vec<&str> = script_blocks(text).iter().map(|block| &text[block.body.range()]).collect();
        assert_eq!(found, ["\nlet a\n", "b"]);
    }

    #[test]
    fn hostile_text_is_given_up_or_parsed_but_never_hangs() {
        for text in ["(".repeat(60_000), "a<".repeat(30_000), "`${".repeat(20_000), "[{".repeat(30_000)] {
            let _ = parse(&text, Grammar::Tsx, &[]);
        }
        let sum = format!("const x = {};", vec!["'a'"; 60_000].join("+"));
        assert!(parse(&sum, Grammar::TypeScript, &[]).is_some());
    }
}
