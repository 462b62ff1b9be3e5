//! What comparing paths with the patterns of routes may cost, for a whole run.

use crate::base::{Limit, Place};
use crate::model::nginx::Effort;

/// One match of a pattern with an expression in it.
const ONE: Limit = Limit::new(
    1_000_000,
    "steps for one match of a route's pattern",
    "whether it matches is unknown",
    "write a pattern that tries fewer ways: no repetition inside a repetition",
);

/// All comparisons of a run.
const ALL: Limit = Limit::new(
    200_000_000,
    "steps for comparing paths with routes",
    "which routes take the remaining requests is unknown",
    "leave out code of no interest, with `exclude` in `wirelint.toml`",
);

/// The longest path and pattern whose parts are laid side by side.
const TOKENS: Limit = Limit::new(
    600,
    "characters of a path with unknown parts, or of a route's pattern",
    "it counts as one that matches",
    "write a shorter one",
);

/// The budget.
#[derive(Clone, Debug)]
pub struct Comparisons(Effort);

impl Default for Comparisons {
    fn default() -> Self {
        Self(Effort::new(ONE, ALL))
    }
}

impl Comparisons {
    /// The budget, for the pattern at a place.
    pub(in crate::model) fn at(&self, place: Place) -> Comparing<'_> {
        Comparing { effort: &self.0, place }
    }

    /// Whether nothing is left.
    pub(in crate::model::follow) fn are_spent(&self) -> bool {
        self.0.limits().iter().any(|(_, limit)| *limit == ALL)
    }

    /// The steps that were spent.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.0.spent()
    }

    /// The bounds that were reached.
    #[must_use]
    pub fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.0.limits()
    }
}

/// The comparisons with one pattern.
#[derive(Clone, Copy)]
pub(in crate::model) struct Comparing<'a> {
    effort: &'a Effort,
    place: Place,
}

impl Comparing<'_> {
    /// Whether an expression matches; `None` when that cannot be known.
    pub fn is_match(self, expression: &str, text: &str) -> Option<bool> {
        self.effort.is_match(expression, text, self.place)
    }

    /// Whether lists of so many parts are short enough to be laid side by side.
    pub fn are_short(self, one: usize, other: usize) -> bool {
        let are_short = one.max(other) <= TOKENS.most_items();
        if !are_short {
            self.effort.reached(self.place, &TOKENS);
        }
        are_short
    }

    /// Takes steps out of the budget; `false` when it is used up.
    pub fn spend(self, steps: usize) -> bool {
        self.effort.spend(u64::try_from(steps).unwrap_or(u64::MAX), self.place)
    }
}
