//! Why something is left out of the configuration.

use super::syntax::Refused;
use crate::base::Place;
use crate::model::proxy::InWords;

/// Why something is left out of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is to blame.
    pub place: Place,
    /// Why, and what to write instead.
    pub words: InWords,
}

impl Fault {
    /// A fault at a place; `fix` is a line as people write it.
    pub fn new(place: Place, why: &'static str, fix: &'static str) -> Self {
        Self { place, words: InWords { why, fix } }
    }

    /// The fault of a router whose rule is refused.
    pub fn refused(refused: Refused, place: Place) -> Self {
        let (why, fix) = match refused {
            Refused::SingleQuotes => (
                "Traefik reads texts in rules between backquotes, and leaves a router out whose rule it cannot read",
                "rule: Host(`HOST`)",
            ),
            Refused::SeveralArguments => (
                "matchers of Traefik 3 take one value each, and a router whose rule has more is left out",
                "rule: Host(`ONE`) || Host(`OTHER`)",
            ),
            Refused::NoSlash => (
                "paths in rules begin with a slash, and a router whose rule has another one is left out",
                "rule: PathPrefix(`/PATH`)",
            ),
        };
        Self::new(place, why, fix)
    }
}
