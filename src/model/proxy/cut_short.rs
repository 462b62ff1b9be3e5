//! Where the reading of a configuration ended at a bound.

use crate::base::{Limit, Limits, Place};
use crate::facts::HoleReason;
use crate::model::Unknown;

/// The bounds that were reached while a configuration was read, each with the first place: what is behind it may say anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CutShort(Vec<(Place, Limit)>);

impl CutShort {
    /// Says that a bound was reached. One place is enough for each.
    pub(in crate::model) fn at(&mut self, place: Place, limit: &Limit) {
        if !self.0.iter().any(|(_, known)| known == limit) {
            self.0.push((place, limit.clone()));
        }
    }

    /// Adds the bounds of a part.
    pub(in crate::model) fn extend(&mut self, part: &Self) {
        part.0.iter().for_each(|(place, limit)| self.at(*place, limit));
    }

    /// Whether all of it was read.
    pub(in crate::model) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why nothing is certain: a part of the configuration was left out.
    #[must_use]
    pub fn why(&self) -> Option<Unknown> {
        self.0.first().map(|(place, _)| Unknown { reason: HoleReason::Limit, place: Some(*place) })
    }

    /// Tells of every bound.
    pub(in crate::model) fn tell(&self, limits: &Limits) {
        self.0.iter().for_each(|(place, limit)| limits.reached(Some(*place), limit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Span};

    const LINES: Limit = Limit::new(2, "lines", "the rest is unknown", "write fewer");
    const WORDS: Limit = Limit::new(9, "words", "the rest is unknown", "write fewer");

    #[test]
    fn the_first_place_of_each_bound_is_kept() {
        let place = |at: usize| Place::new(FileId(0), Span::new(at, at));
        let (mut whole, mut part) = (CutShort::default(), CutShort::default());
        assert!(whole.is_empty() && whole.why().is_none());
        whole.at(place(3), &LINES);
        part.at(place(5), &LINES);
        part.at(place(6), &WORDS);
        whole.extend(&part);
        assert_eq!(whole.why().and_then(|why| why.place), Some(place(3)));
        let limits = Limits::default();
        whole.tell(&limits);
        assert_eq!(limits.all(), [(Some(place(3)), LINES), (Some(place(6)), WORDS)]);
    }
}
