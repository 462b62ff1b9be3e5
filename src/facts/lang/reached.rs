//! Bounds that were reached in reading one file.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::base::{Limit, Span};

/// Each bound at the first place where it was reached.
#[derive(Default)]
pub struct Reached(RefCell<BTreeMap<Limit, Span>>);

impl Reached {
    /// Says that a bound was reached.
    pub fn tell(&self, span: Span, limit: Limit) {
        let mut known = self.0.borrow_mut();
        let first = known.entry(limit).or_insert(span);
        *first = (*first).min(span);
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<(Span, Limit)> {
        self.0.borrow().iter().map(|(limit, span)| (*span, limit.clone())).collect()
    }
}
