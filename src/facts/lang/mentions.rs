//! Words in a text.

use crate::base::Span;

/// Every place of `word`, which is given in lower case, in a text in any case.
pub fn mentions(text: &str, word: &str) -> Vec<Span> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices(word).map(|(at, found)| Span::new(at, at + found.len())).collect()
}
