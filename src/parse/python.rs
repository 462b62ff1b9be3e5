//! Python source to a syntax tree.

use std::cell::RefCell;

use tree_sitter::{Parser, Tree};

use super::rounds::{self, ROUNDS};
use crate::base::Limit;

/// The grammar keeps open indentations in a buffer of fixed size and ends the program when it is full.
const INDENTATIONS: Limit = Limit::new(
    200,
    "indentations inside each other",
    "what the file says is unknown",
    "indent it less deeply, or leave it out with `exclude` in `wirelint.toml`",
);

/// The tree of `text`.
///
/// # Errors
/// The bound at which the parser gave up on hostile input.
pub fn parse(text: &str) -> Result<Tree, Limit> {
    if indentations(text) > INDENTATIONS.most_items() {
        return Err(INDENTATIONS);
    }
    parsed(text).ok_or(ROUNDS)
}

fn parsed(text: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|slot| {
        let parser = match slot {
            Some(parser) => parser,
            None => {
                let mut parser = Parser::new();
                parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
                slot.insert(parser)
            }
        };
        rounds::parse(parser, text)
    })
}

thread_local! {
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
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
        assert_eq!(parse(&deep).err(), Some(INDENTATIONS));
        assert!(parse("def f():\n    if x:\n        return 1\n").is_ok());
    }
}
