//! Bounds of wirelint's own work, and where one was reached.
//!
//! Work is counted, never timed. Whoever stops at a bound says so here, and treats what lies beyond it as unknown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{FileId, Place, Span};

/// A bound of wirelint's own work. Each is as a constant beside the code that it bounds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Limit {
    /// How many are looked at.
    most: u64,
    /// Of what, in the plural: `stages of a Dockerfile`.
    of: Cow<'static, str>,
    /// What is cut short, a clause of its own: `what the image holds is unknown`.
    beyond: Cow<'static, str>,
    /// What its reader can do about it, as an order.
    way_out: Cow<'static, str>,
}

impl Limit {
    /// At most `most` of these are looked at.
    #[must_use]
    pub const fn new(most: u64, of: &'static str, beyond: &'static str, way_out: &'static str) -> Self {
        Self { most, of: Cow::Borrowed(of), beyond: Cow::Borrowed(beyond), way_out: Cow::Borrowed(way_out) }
    }

    /// How many are looked at.
    #[must_use]
    pub const fn most(&self) -> u64 {
        self.most
    }

    /// The bound for sizes and counts of this machine.
    #[must_use]
    pub fn most_items(&self) -> usize {
        usize::try_from(self.most).unwrap_or(usize::MAX)
    }

    /// What its reader can do about it.
    #[must_use]
    pub fn way_out(&self) -> &str {
        &self.way_out
    }
}

/// `200 stages of a Dockerfile: what the image holds is unknown`.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.most, self.of, self.beyond)
    }
}

/// The bounds that were reached while files were linked and followed: the first place in each file, whatever the order
/// in which they were met.
#[derive(Debug, Default)]
pub struct Limits(Mutex<BTreeMap<(Option<FileId>, Limit), Span>>);

impl Limits {
    /// Says that the work stopped at a bound; `None` is the repository as a whole.
    pub fn reached(&self, place: Option<Place>, limit: &Limit) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let span = place.map_or_else(Span::default, |place| place.span);
        let first = known.entry((place.map(|place| place.file), limit.clone())).or_insert(span);
        *first = (*first).min(span);
    }

    /// All of them, the repository as a whole first, then by file.
    #[must_use]
    pub fn all(&self) -> Vec<(Option<Place>, Limit)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = |file: &Option<FileId>, span: &Span| file.map(|file| Place::new(file, *span));
        known.iter().map(|((file, limit), span)| (at(file, span), limit.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGES: Limit = Limit::new(200, "stages of a Dockerfile", "the rest is unknown", "split it");

    #[test]
    fn the_first_place_of_each_file_is_kept_in_any_order() {
        let places = [(1, 9), (0, 5), (1, 3), (1, 7)];
        let of = |order: &mut dyn Iterator<Item = &(u32, usize)>| {
            let limits = Limits::default();
            order.for_each(|(file, at)| limits.reached(Some(Place::new(FileId(*file), Span::new(*at, *at))), &STAGES));
            limits.reached(None, &STAGES);
            limits.all()
        };
        let found = of(&mut places.iter());
        assert_eq!(found, of(&mut places.iter().rev()));
        let starts: Vec<_> = found.iter().map(|(place, _)| place.map(|at| (at.file.0, at.span.start))).collect();
        assert_eq!(starts, [None, Some((0, 5)), Some((1, 3))]);
    }
}
