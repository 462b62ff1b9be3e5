//! `wirelint: ignore[rule-id] reason` comments.

use super::SuppressionFact;
use crate::base::LineIndex;

/// All suppression comments of a text.
#[must_use]
pub fn find(_text: &str, _lines: &LineIndex) -> Vec<SuppressionFact> {
    Vec::new()
}
