//! Python source to a syntax tree.

use std::cell::RefCell;
use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

/// How often the parser may report progress before it is stopped: far above what real files of the largest size need.
const PROGRESS_LIMIT: u32 = 2_000_000;

/// The grammar keeps open indentations in a buffer of fixed size and ends the program when it is full.
const MAX_INDENTATIONS: usize = 200;

/// The tree of `text`; `None` when the parser gave up on hostile input.
#[must_use]
pub fn parse(text: &str) -> Option<Tree> {
    if indentations(text) > MAX_INDENTATIONS {
        return None;
    }
    PARSER.with_borrow_mut(|slot| {
        let parser = match slot {
            Some(parser) => parser,
            None => {
                let mut parser = Parser::new();
                parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
                slot.insert(parser)
            }
        };
        let tree = parse_bounded(parser, text);
        if tree.is_none() {
            parser.reset();
        }
        tree
    })
}

thread_local! {
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

fn parse_bounded(parser: &mut Parser, text: &str) -> Option<Tree> {
    let mut left = PROGRESS_LIMIT;
    let mut stop = |_: &ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let bytes = text.as_bytes();
    let options = ParseOptions::new().progress_callback(&mut stop);
    parser.parse_with_options(&mut |offset, _| bytes.get(offset..).unwrap_or_default(), None, Some(options))
}

/// The largest number of indentations that are open at once, or more: brackets and strings count as if they were code.
fn indentations(text: &str) -> usize {
    let mut open: Vec<usize> = Vec::new();
    let mut most = 0;
    for line in text.lines() {
        let width: usize =
            line.bytes().take_while(u8::is_ascii_whitespace).map(|byte| if byte == b'\t' { 8 } else { 1 }).sum();
        if line.trim_start().is_empty() {
            continue;
        }
        while open.last().is_some_and(|last| *last > width) {
            open.pop();
        }
        if open.last().is_none_or(|last| *last < width) {
            open.push(width);
        }
        most = most.max(open.len());
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_that_the_grammar_cannot_hold_is_refused() {
        let deep: String = (0..2_000).map(|level| format!("{}if x:\n", " ".repeat(level))).collect();
        assert!(parse(&deep).is_none());
        assert!(parse("def f():\n    if x:\n        return 1\n").is_some());
    }
}
