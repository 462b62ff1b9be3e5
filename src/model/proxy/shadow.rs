//! Locations that were written for a path, and that another location keeps it from.

use std::sync::Arc;

use super::{Answer, ChosenLocation, ProxyWords};

/// Why a location is not picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shadow {
    /// It begins with no slash, so no path matches it; with the head that was meant.
    Dead(Arc<str>),
    /// It is a prefix, and a pattern matches too.
    Pattern,
    /// It is a pattern, and one that is tried before it matches too.
    EarlierPattern,
    /// It is a pattern, and a prefix with `^~` keeps patterns from being tried.
    NoPatterns,
    /// It comes after another one that takes the path, too, and the first one wins.
    Earlier,
    /// It takes one path only, and this one is longer.
    Exact,
    /// A rule of another program does not hold, or comes too late.
    Rule {
        /// The words of the program.
        by: &'static ProxyWords,
        /// Why, as a clause.
        reason: Arc<str>,
        /// What to do, as an order.
        fix: Arc<str>,
    },
}

/// A location that is not picked.
#[derive(Clone, Debug, PartialEq)]
pub struct Shadowed {
    /// The location.
    pub location: ChosenLocation,
    /// What its head matches, without the modifier.
    pub text: Arc<str>,
    /// Why it is not picked.
    pub why: Shadow,
    /// The location that is picked in its place; `None`: the server itself.
    pub taken_by: Option<ChosenLocation>,
    /// What it would answer.
    pub answer: Answer,
}
