//! Regular expressions of JavaScript and Python on the engine of PCRE.

use std::cell::{Cell, OnceCell};

use pcre2::bytes::{Regex, RegexBuilder};

use super::At;
use crate::base::Limit;

/// Characters of a pattern beyond which it is not read.
const LONGEST: usize = 2_000;
/// Steps that the engine is given for one match, in turn: ordinary patterns need some dozens.
const STEPS: [usize; 3] = [50, 5_000, 50_000];
/// Steps of the engine that cost as much as one of evaluating.
const A_STEP: usize = 20;
/// All matches of a pattern in one text.
const MATCHING: Limit = Limit::new(
    5_000_000,
    "steps for matching one pattern of the code",
    "what the code makes of the text is unknown",
    "write a pattern that tries fewer ways: no repetition inside a repetition",
);

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    /// For each number of steps; `None`: the engine refuses it.
    compiled: [OnceCell<Option<Regex>>; STEPS.len()],
    source: String,
    flags: String,
    /// A text of ASCII alone means the same without Unicode: the engine checks the rest of a text for being Unicode before
    /// each match, which makes every match of a long text cost as much as the text.
    unicode: bool,
    /// The steps that were paid.
    paid: Cell<u64>,
}

/// The matches of a pattern in one text.
pub struct Search<'a> {
    pattern: &'a Pattern,
    text: &'a str,
    at: At<'a>,
}

/// A match: the bytes of the whole and of the groups.
pub type Groups = Vec<Option<std::ops::Range<usize>>>;

/// Whether a pattern matches is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GaveUp;

impl Pattern {
    /// A pattern with JavaScript's flags, for texts like this one; `None` when it is too long or not understood.
    #[must_use]
    pub fn new(pattern: &str, flags: &str, is_ascii: bool) -> Option<Self> {
        if pattern.len() > LONGEST {
            return None;
        }
        let new = Self {
            compiled: Default::default(),
            source: pattern.to_owned(),
            flags: flags.to_owned(),
            unicode: !(is_ascii && pattern.is_ascii()),
            paid: Cell::new(0),
        };
        new.regex(0).is_some().then_some(new)
    }

    fn regex(&self, turn: usize) -> Option<&Regex> {
        let build = || {
            let steps = STEPS.get(turn)?;
            // JavaScript names groups as PCRE does; a slash may be escaped there and here.
            let bounded = format!("(*LIMIT_MATCH={steps})(*LIMIT_DEPTH=5000){}", self.source);
            RegexBuilder::new()
                .caseless(self.flags.contains('i'))
                .multi_line(self.flags.contains('m'))
                .dotall(self.flags.contains('s'))
                .utf(self.unicode)
                .build(&bounded)
                .ok()
        };
        self.compiled.get(turn)?.get_or_init(build).as_ref()
    }

    /// The pattern in a text.
    #[must_use]
    pub fn search<'a>(&'a self, text: &'a str, at: At<'a>) -> Search<'a> {
        Search { pattern: self, text, at }
    }

    /// Whether steps may be taken.
    fn pay(&self, steps: usize, at: At<'_>) -> bool {
        at.work.add(steps / A_STEP + 1);
        self.paid.set(self.paid.get().saturating_add(u64::try_from(steps).unwrap_or(u64::MAX)));
        let is_left = self.paid.get() <= MATCHING.most();
        if !is_left {
            at.limits.reached(Some(at.place), &MATCHING);
        }
        is_left
    }
}

impl Search<'_> {
    /// The first match at or after `from`.
    pub fn find(&self, from: usize) -> Result<Option<Groups>, GaveUp> {
        for (turn, steps) in STEPS.into_iter().enumerate() {
            if !self.pattern.pay(steps, self.at) {
                return Err(GaveUp);
            }
            let regex = self.pattern.regex(turn).ok_or(GaveUp)?;
            let mut locations = regex.capture_locations();
            match regex.captures_read_at(&mut locations, self.text.as_bytes(), from) {
                Ok(None) => return Ok(None),
                Ok(Some(_)) => {
                    let group = |index| locations.get(index).map(|(start, end)| start..end);
                    return Ok(Some((0..locations.len()).map(group).collect()));
                }
                Err(_) => {}
            }
        }
        self.at.limits.reached(Some(self.at.place), &MATCHING);
        Err(GaveUp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Limits, Place, Span, Work};
    use crate::model::evaluate::ops::Language;

    const HERE: Place = Place { file: FileId(0), span: Span { start: 0, end: 0 } };

    #[test]
    fn a_text_of_ascii_is_matched_as_any_text_is() {
        let (work, limits) = (Work::default(), Limits::default());
        let at = At { language: Language::Ecma, place: HERE, work: &work, limits: &limits };
        let find = |pattern: &str, flags, text: &str, is_ascii| {
            Pattern::new(pattern, flags, is_ascii).expect(pattern).search(text, at).find(0).expect("ends")
        };
        for (pattern, flags) in [("k", "i"), (r"\w+", ""), (r"[^/]+$", ""), (r"\p{L}", ""), (r"^(\d+)\s?", "m")] {
            for text in ["", "KITE/path", "12 ab\n34", "a b"] {
                let found = find(pattern, flags, text, true);
                assert_eq!(found, find(pattern, flags, text, false), "{pattern} in {text:?}");
            }
        }
        assert!(find("ü.", "", "xüä", false).is_some());
        assert!(find(".b", "", "äb", false).is_some());
    }

    #[test]
    fn what_all_matches_of_a_pattern_cost_is_bounded_and_told() {
        let (work, limits) = (Work::default(), Limits::default());
        let at = At { language: Language::Ecma, place: HERE, work: &work, limits: &limits };
        let text = format!("{}b", "a".repeat(5_000));
        let pattern = Pattern::new("(?:(a+)+c)|a", "g", true).expect("compiles");
        let search = pattern.search(&text, at);
        let matches = (0..text.len()).take_while(|from| search.find(*from).is_ok()).count();
        assert!(matches < 100, "{matches}");
        assert_eq!(limits.all(), [(Some(HERE), MATCHING)]);
        assert!(work.done() < 2 * MATCHING.most() / 20, "{}", work.done());
    }
}
