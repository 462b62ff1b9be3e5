//! Regular expressions of JavaScript and Python on the engine of PCRE.

use pcre2::bytes::{Regex, RegexBuilder};

/// A compiled pattern.
#[derive(Debug)]
pub struct Pattern {
    unicode: Regex,
    /// The same for texts of ASCII alone, where it means the same: the engine checks the rest of a text for being Unicode
    /// before each match, which makes every match of a long text cost as much as the text.
    ascii: Option<Regex>,
}

/// The matches of a pattern in one text.
pub struct Search<'a> {
    regex: &'a Regex,
    text: &'a str,
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
        let build = |unicode| {
            RegexBuilder::new()
                .caseless(flags.contains('i'))
                .multi_line(flags.contains('m'))
                .dotall(flags.contains('s'))
                .utf(unicode)
                .build(&bounded)
                .ok()
        };
        Some(Self { unicode: build(true)?, ascii: pattern.is_ascii().then(|| build(false)).flatten() })
    }

    /// The pattern in a text.
    #[must_use]
    pub fn search<'a>(&'a self, text: &'a str) -> Search<'a> {
        let ascii = self.ascii.as_ref().filter(|_| text.is_ascii());
        Search { regex: ascii.unwrap_or(&self.unicode), text }
    }

    /// Whether the pattern matches somewhere (`test`, `search`).
    #[must_use]
    pub fn is_match(&self, text: &str) -> Option<bool> {
        self.search(text).find(0).ok().map(|found| found.is_some())
    }

    /// Whether the pattern matches the whole text (`fullmatch`).
    #[must_use]
    pub fn is_full_match(pattern: &str, flags: &str, text: &str) -> Option<bool> {
        Self::new(&format!("\\A(?:{pattern})\\z"), flags)?.is_match(text)
    }
}

impl Search<'_> {
    /// The first match at or after `from`; an error of the engine counts as not known.
    pub fn find(&self, from: usize) -> Result<Option<Groups>, pcre2::Error> {
        let mut locations = self.regex.capture_locations();
        match self.regex.captures_read_at(&mut locations, self.text.as_bytes(), from) {
            Ok(None) => Ok(None),
            Ok(Some(_)) => {
                let group = |index| locations.get(index).map(|(start, end)| start..end);
                Ok(Some((0..locations.len()).map(group).collect()))
            }
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_ascii_is_matched_as_any_text_is() {
        for (pattern, flags) in [("k", "i"), (r"\w+", ""), (r"[^/]+$", ""), (r"\p{L}", ""), (r"^(\d+)\s?", "m")] {
            let compiled = Pattern::new(pattern, flags).expect(pattern);
            for text in ["", "KITE/path", "12 ab\n34", "a b"] {
                let unicode = Search { regex: &compiled.unicode, text };
                let found = |search: Search<'_>| search.find(0).expect("ends");
                assert_eq!(found(compiled.search(text)), found(unicode), "{pattern} in {text:?}");
            }
        }
        assert!(Pattern::new("ü.", "").expect("compiles").is_match("xüä").expect("ends"));
        assert!(Pattern::new(".b", "").expect("compiles").is_match("äb").expect("ends"));
    }
}
