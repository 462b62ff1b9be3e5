//! How long a parser of a source language may work on one text.
//!
//! What people write costs one round, which is about a hundred steps of the parser, in 60 to 300 bytes. A text that it
//! recovers from errors in all the way costs one in 5.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::base::Limit;

/// Rounds that any text may cost, however short.
pub const ROUNDS: Limit = Limit::new(
    500,
    "rounds of the parser, and one more for every 20 bytes",
    "what the file says is unknown",
    "leave it out with `exclude` in `wirelint.toml` when it was not written by people",
);

/// Bytes that pay for one more round.
const BYTES_PER_ROUND: usize = 20;

/// The tree of `text`; `None` when the parser gave up: the text is built to be slow.
pub(super) fn parse(parser: &mut Parser, text: &str) -> Option<Tree> {
    let mut left = ROUNDS.most_items() + text.len() / BYTES_PER_ROUND;
    let mut progress = |_: &ParseState| match left.checked_sub(1) {
        Some(fewer) => {
            left = fewer;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let bytes = text.as_bytes();
    let options = ParseOptions::new().progress_callback(&mut progress);
    let tree = parser.parse_with_options(&mut |offset, _| bytes.get(offset..).unwrap_or_default(), None, Some(options));
    if tree.is_none() {
        parser.reset();
    }
    tree
}
