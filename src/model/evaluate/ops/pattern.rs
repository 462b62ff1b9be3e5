//! Regular expressions of JavaScript and Python on the engine of PCRE.

use pcre2::bytes::{Regex, RegexBuilder};

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
}

/// A match: the bytes of the whole and of the groups.
pub type Groups = Vec<Option<std::ops::Range<usize>>>;

impl Pattern {
    /// Compiles a pattern with JavaScript's flags; `None` when it is too long or not understood. Backtracking is bounded
    /// by the engine, so that hostile patterns end.
    #[must_use]
    pub fn new(pattern: &str, flags: &str) -> Option<Self> {
        if pattern.len() > 2_000 {
            return None;
        }
        // JavaScript names groups as PCRE does; a slash may be escaped there and here.
        let bounded = format!("(*LIMIT_MATCH=50000)(*LIMIT_DEPTH=5000){pattern}");
        let regex = RegexBuilder::new()
            .caseless(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dotall(flags.contains('s'))
            .utf(true)
            .build(&bounded)
            .ok()?;
        Some(Self { regex })
    }

    /// The first match at or after `from`; an error of the engine counts as not known.
    pub fn find(&self, text: &str, from: usize) -> Result<Option<Groups>, pcre2::Error> {
        let mut locations = self.regex.capture_locations();
        match self.regex.captures_read_at(&mut locations, text.as_bytes(), from) {
            Ok(None) => Ok(None),
            Ok(Some(_)) => {
                let group = |index| locations.get(index).map(|(start, end)| start..end);
                Ok(Some((0..locations.len()).map(group).collect()))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the pattern matches somewhere (`test`, `search`).
    #[must_use]
    pub fn is_match(&self, text: &str) -> Option<bool> {
        self.find(text, 0).ok().map(|found| found.is_some())
    }

    /// Whether the pattern matches the whole text (`fullmatch`).
    #[must_use]
    pub fn is_full_match(pattern: &str, flags: &str, text: &str) -> Option<bool> {
        Self::new(&format!("\\A(?:{pattern})\\z"), flags)?.is_match(text)
    }
}
