//! Patterns on nginx's own engine.

use pcre2::bytes::{Regex, RegexBuilder};

use super::variables::{Captures, Evaluated, Variables};

/// Memory that the engine may take for one match, in KiB.
const HEAP: u32 = 32 * 1024;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

/// What a match left behind.
#[derive(Clone, Debug)]
pub(super) struct Found {
    captures: Vec<String>,
    named: Vec<(String, String)>,
}

impl Pattern {
    /// `None` when the engine refuses the pattern. A match may take so many steps; it gives up at the lowest number that a
    /// pattern states, so a pattern cannot allow itself more.
    pub fn new(pattern: &str, ignore_case: bool, steps: u64) -> Option<Self> {
        let bounded = format!("(*LIMIT_MATCH={steps})(*LIMIT_HEAP={HEAP}){pattern}");
        RegexBuilder::new().caseless(ignore_case).build(&bounded).ok().map(Self)
    }

    /// Whether it has groups.
    pub fn has_groups(&self) -> bool {
        self.0.captures_len() > 1
    }

    /// `None` when the engine gave up; else the match, if there is one.
    pub fn find(&self, text: &str) -> Option<Option<Found>> {
        let captures = self.0.captures(text.as_bytes()).ok()?;
        let Some(captures) = captures else { return Some(None) };
        let group = |index: usize| {
            captures.get(index).map_or_else(String::new, |found| String::from_utf8_lossy(found.as_bytes()).into_owned())
        };
        let named = self.0.capture_names().iter().enumerate();
        let named = named.filter_map(|(index, name)| Some((name.clone()?, group(index)))).collect();
        Some(Some(Found { captures: (0..captures.len()).map(group).collect(), named }))
    }
}

impl Found {
    /// All groups, the whole match first; empty where one took no part.
    pub fn into_groups(self) -> Vec<String> {
        self.captures
    }

    /// Makes `$1` and named groups visible.
    pub fn install(self, variables: &mut Variables) {
        variables.captures = Captures::Known(self.captures);
        for (name, value) in self.named {
            variables.set(&name, Evaluated::known(&value));
        }
    }
}
