//! Patterns in the grammar of RE2, which Go and Envoy share, matched in linear time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

use crate::base::{Limit, Limits, Place};

/// What a compiled pattern may take. RE2 itself takes no more than a few megabytes.
const COMPILED_BYTES: usize = 2 << 20;

/// Patterns that are kept compiled.
const MOST_KEPT: usize = 2_000;

/// Bytes that all patterns of a run are tried on.
const TRIED: Limit = Limit::new(
    200_000_000,
    "bytes that patterns of proxies are tried on",
    "whether the remaining ones match is unknown",
    "leave out configuration files that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// The compiled patterns of a run, and what trying them has cost; shared by whoever holds a clone.
#[derive(Clone, Debug, Default)]
pub(in crate::model) struct Patterns(Arc<Mutex<State>>);

/// It is no part of a configuration: two of them never differ.
impl PartialEq for Patterns {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[derive(Debug, Default)]
struct State {
    compiled: BTreeMap<Arc<str>, Option<Regex>>,
    tried: u64,
    limits: Limits,
}

/// What a pattern found: the whole, and its groups by number and by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) struct Captured {
    /// The whole first; a group that took no part is empty.
    pub groups: Vec<String>,
    /// Named groups.
    pub named: Vec<(String, String)>,
    /// Whether the whole text was taken.
    pub whole: Extent,
}

/// How much of a text a pattern took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Extent {
    /// All of it.
    Whole,
    /// A part.
    Part,
}

impl Patterns {
    /// The first match; `None` when the pattern is not understood or a bound is reached.
    pub fn find(&self, pattern: &str, text: &str, place: Place) -> Option<Option<Captured>> {
        let regex = self.compiled(pattern, text, place)?;
        let Some(found) = regex.captures(text) else { return Some(None) };
        let groups: Vec<String> =
            found.iter().map(|group| group.map_or_else(String::new, |group| group.as_str().to_owned())).collect();
        let names = regex.capture_names().enumerate();
        let named = names.filter_map(|(at, name)| Some((name?.to_owned(), groups.get(at)?.clone()))).collect();
        let whole =
            if groups.first().is_some_and(|all| all.len() == text.len()) { Extent::Whole } else { Extent::Part };
        Some(Some(Captured { groups, named, whole }))
    }

    /// The text with every match replaced; groups as `$1` or `${name}` in what is put there.
    pub fn replace(&self, pattern: &str, text: &str, with: &str, place: Place) -> Option<String> {
        Some(self.compiled(pattern, text, place)?.replace_all(text, with).into_owned())
    }

    /// A text with the groups of the first match of `pattern` in it.
    pub fn expand(&self, pattern: &str, text: &str, with: &str, place: Place) -> Option<Option<String>> {
        let regex = self.compiled(pattern, text, place)?;
        let Some(found) = regex.captures(text) else { return Some(None) };
        let mut out = String::new();
        found.expand(with, &mut out);
        Some(Some(out))
    }

    /// The bounds that were reached.
    pub fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).limits.all()
    }

    fn compiled(&self, pattern: &str, text: &str, place: Place) -> Option<Regex> {
        // the classes of RE2 know ASCII only
        if !text.is_ascii()
            && ["\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\b", "\\B"].iter().any(|c| pattern.contains(c))
        {
            return None;
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.tried += u64::try_from(text.len() + pattern.len()).unwrap_or(u64::MAX);
        if state.tried > TRIED.most() {
            state.limits.reached(Some(place), &TRIED);
            return None;
        }
        if let Some(known) = state.compiled.get(pattern) {
            return known.clone();
        }
        let built = RegexBuilder::new(pattern).size_limit(COMPILED_BYTES).dfa_size_limit(COMPILED_BYTES).build().ok();
        if state.compiled.len() < MOST_KEPT {
            state.compiled.insert(pattern.into(), built.clone());
        }
        built
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Span};

    #[test]
    fn patterns_find_and_replace() {
        let patterns = Patterns::default();
        let place = Place::new(FileId(0), Span::default());
        let found = patterns.find(r"^/(?P<who>\w+)/(\d*)", "/ann/12/x", place).flatten().expect("a match");
        assert_eq!(found.groups, ["/ann/12", "ann", "12"]);
        assert_eq!(found.named, [("who".to_owned(), "ann".to_owned())]);
        assert_eq!(found.whole, Extent::Part);
        assert_eq!(patterns.find(r"(?=x)", "x", place), None);
        assert_eq!(patterns.find(r"^\w+$", "é", place), None);
        assert_eq!(patterns.replace("/+", "/a//b", "/", place).as_deref(), Some("/a/b"));
        assert_eq!(patterns.expand("a(.)", "ab", "<$1>", place).flatten().as_deref(), Some("<b>"));
    }
}
