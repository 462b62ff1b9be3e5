//! What matching and making values may cost, and what was found once.
//!
//! A pattern and its subject come from the repository, and the engine may need a fifth of a second for one of them. All
//! instances of a run draw from one budget of the engine's steps; what was matched once is not matched again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::pattern::{Found, Pattern};
use crate::base::{Limit, Limits, Place};
use crate::model::proxy::CutShort;

/// Steps that the engine is given for one match, in turn: ordinary patterns need some dozens, and are charged no more.
pub(in crate::model) const STEPS: [u64; 3] = [200, 20_000, 1_000_000];

/// One match. nginx itself answers with an error page at ten million.
const ONE_MATCH: Limit = Limit::new(
    1_000_000,
    "steps for one match of an nginx pattern",
    "whether it matches is unknown",
    "write a pattern that tries fewer ways: no repetition inside a repetition",
);

/// All matches of a run.
const ALL_MATCHES: Limit = Limit::new(
    200_000_000,
    "steps for matching all nginx patterns",
    "whether the remaining ones match is unknown",
    "leave out nginx files that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// The longest value of a variable that is followed, in bytes.
pub(super) const MAX_VALUE: usize = 16_384;

/// The value of a variable. nginx takes no request line and no header over 8 KiB.
const VALUE: Limit = Limit::new(
    MAX_VALUE as u64,
    "bytes in the value of an nginx variable",
    "what the value is used for is unknown",
    "write the value in fewer characters",
);

/// Subjects that are remembered: longer ones are rare, and there are as many as a hostile file likes.
const MAX_REMEMBERED: usize = 512;
/// Matches, and compiled patterns, that are remembered.
const MAX_MATCHES: usize = 100_000;
const MAX_COMPILED: usize = 20_000;

/// The budget and the memory of a run, shared by whoever holds a clone.
#[derive(Clone, Debug, Default)]
pub struct Effort(Arc<Mutex<State>>);

/// It is no part of a configuration: two of them never differ.
impl PartialEq for Effort {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[derive(Debug)]
struct State {
    one: Limit,
    all: Limit,
    spent: u64,
    /// The compiled forms of a pattern, one for each number of steps; `None`: the engine refuses it.
    compiled: BTreeMap<Key, Option<Pattern>>,
    /// What a pattern made of a subject.
    matches: BTreeMap<(Arc<str>, bool), Matches>,
    remembered: usize,
    limits: Limits,
}

impl State {
    fn new(one: Limit, all: Limit) -> Self {
        let (compiled, matches) = (BTreeMap::new(), BTreeMap::new());
        Self { one, all, spent: 0, compiled, matches, remembered: 0, limits: Limits::default() }
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new(ONE_MATCH, ALL_MATCHES)
    }
}

type Key = (Arc<str>, bool, u64);

/// What a pattern made of each subject.
type Matches = BTreeMap<Box<str>, Option<Option<Found>>>;

impl Effort {
    /// A budget with other words: its bounds are for one match, of as many steps as nginx's, and for all.
    pub(in crate::model) fn new(one: Limit, all: Limit) -> Self {
        Self(Arc::new(Mutex::new(State::new(one, all))))
    }

    /// Whether the pattern matches; `None` when the engine refuses it or a bound is reached.
    pub(in crate::model) fn is_match(&self, pattern: &str, text: &str, place: Place) -> Option<bool> {
        self.find(pattern, false, text, place).map(|found| found.is_some())
    }

    /// Takes steps out of the budget; `false` when it is used up.
    pub(in crate::model) fn spend(&self, steps: u64, place: Place) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).spend(steps, place)
    }

    /// The match of a pattern, if there is one; `None` when the engine refuses it or a bound is reached.
    pub(super) fn find(&self, pattern: &str, ignore_case: bool, text: &str, place: Place) -> Option<Option<Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).find(pattern, ignore_case, text, place)
    }

    /// The groups of a match, the whole first; `None` when the engine refuses the pattern or a bound is reached.
    pub(in crate::model) fn groups(
        &self,
        pattern: &str,
        ignore_case: bool,
        text: &str,
        place: Place,
    ) -> Option<Option<Vec<String>>> {
        self.find(pattern, ignore_case, text, place).map(|found| found.map(Found::into_groups))
    }

    /// Whether the pattern has groups; `false` when the engine refuses it.
    pub(super) fn has_groups(&self, pattern: &str) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.compiled(pattern, false, STEPS[0]).is_some_and(|pattern| pattern.has_groups())
    }

    /// Says that a value was cut.
    pub(super) fn value_is_cut(&self, place: Place) {
        self.reached(place, &VALUE);
    }

    /// Says that a bound was reached.
    pub(in crate::model) fn reached(&self, place: Place, limit: &Limit) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).limits.reached(Some(place), limit);
    }

    /// Tells of what was cut short.
    pub(in crate::model) fn tell(&self, cut_short: &CutShort) {
        cut_short.tell(&self.0.lock().unwrap_or_else(PoisonError::into_inner).limits);
    }

    /// The steps that were spent.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).spent
    }

    /// The bounds that were reached.
    #[must_use]
    pub fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).limits.all()
    }
}

impl State {
    fn find(&mut self, pattern: &str, ignore_case: bool, text: &str, place: Place) -> Option<Option<Found>> {
        let key = (Arc::from(pattern), ignore_case);
        if let Some(known) = self.matches.get(&key).and_then(|known| known.get(text)) {
            return known.clone();
        }
        let found = self.matched(pattern, ignore_case, text, place);
        if text.len() <= MAX_REMEMBERED && self.remembered < MAX_MATCHES {
            self.remembered += 1;
            self.matches.entry(key).or_default().insert(text.into(), found.clone());
        }
        found
    }

    fn matched(&mut self, pattern: &str, ignore_case: bool, text: &str, place: Place) -> Option<Option<Found>> {
        for steps in STEPS {
            // the engine reads the subject before it counts
            let cost = steps + u64::try_from(text.len() / 8).unwrap_or(u64::MAX);
            if !self.spend(cost, place) {
                return None;
            }
            if let Some(found) = self.compiled(pattern, ignore_case, steps)?.find(text) {
                return Some(found);
            }
        }
        self.limits.reached(Some(place), &self.one);
        None
    }

    fn spend(&mut self, steps: u64, place: Place) -> bool {
        let is_left = self.spent.saturating_add(steps) <= self.all.most();
        if is_left {
            self.spent += steps;
        } else {
            self.limits.reached(Some(place), &self.all);
        }
        is_left
    }

    fn compiled(&mut self, pattern: &str, ignore_case: bool, steps: u64) -> Option<Pattern> {
        let key = (Arc::from(pattern), ignore_case, steps);
        if let Some(known) = self.compiled.get(&key) {
            return known.clone();
        }
        self.spent += u64::try_from(pattern.len()).unwrap_or(u64::MAX);
        let compiled = Pattern::new(pattern, ignore_case, steps);
        if self.compiled.len() < MAX_COMPILED {
            self.compiled.insert(key, compiled.clone());
        }
        compiled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Span};

    const HERE: Place = Place { file: FileId(0), span: Span { start: 0, end: 0 } };

    #[test]
    fn a_match_is_made_once_and_ends_at_a_bound() {
        let effort = Effort::default();
        let hit = |text: &str| effort.find("^/a/([0-9]+)$", false, text, HERE).map(|found| found.is_some());
        assert_eq!(hit("/a/1"), Some(true));
        let once = effort.spent();
        assert_eq!((hit("/a/1"), effort.spent()), (Some(true), once));
        assert_eq!(hit("/b"), Some(false));
        assert_eq!(effort.find("(", false, "a", HERE).map(|_| ()), None);
        assert_eq!(effort.limits(), []);
        let subject = "a".repeat(64);
        assert_eq!(effort.find("^(a+)+$", false, &format!("{subject}b"), HERE).map(|_| ()), None);
        assert_eq!(effort.limits(), [(Some(HERE), ONE_MATCH)]);
        // the whole run has one budget
        for number in 0..1_000 {
            let _ = effort.clone().find("^(a+)+$", false, &format!("{subject}b{number}"), HERE);
        }
        assert!(effort.spent() < ALL_MATCHES.most() + 100_000, "{}", effort.spent());
        assert_eq!(effort.limits().len(), 2);
        assert_eq!(effort.find("^b", false, "c", HERE).map(|_| ()), None);
    }
}
