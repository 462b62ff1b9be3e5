//! Patterns in the grammar of RE2, which Go and Envoy share, matched in linear time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

use crate::base::{Limit, Limits, Place};

/// What a compiled pattern may take, in turn: ordinary ones need little. RE2 itself takes no more than a few megabytes.
const COMPILED_BYTES: [usize; 3] = [16 << 10, 128 << 10, 2 << 20];

/// What matching may remember for a pattern.
const MEMORY_BYTES: usize = 64 << 10;

/// What all patterns that are kept compiled may take, with what matching remembers for them.
const KEPT_BYTES: usize = 160 << 20;

/// Bytes of a compiled pattern that are made in the time in which one byte is tried.
const BYTES_MADE: usize = 4;

/// Bytes that all patterns of a run are tried on.
const TRIED: Limit = Limit::new(
    200_000_000,
    "bytes that patterns of proxies are tried on",
    "whether the remaining ones match is unknown",
    "leave out configuration files that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// Steps of all requests of a run.
const STEPS: Limit = Limit::new(
    200_000_000,
    "steps of requests through the routes of proxies",
    "what becomes of the remaining requests is unknown",
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
    /// What they take.
    kept: usize,
    tried: u64,
    steps: u64,
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

    /// Takes steps out of what all requests may cost; `false` when it is used up.
    pub fn spend(&self, steps: u64, place: impl Into<Option<Place>>) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.steps = state.steps.saturating_add(steps);
        let is_left = state.steps <= STEPS.most();
        if !is_left {
            state.limits.reached(place.into(), &STEPS);
        }
        is_left
    }

    /// Says that a bound was reached.
    pub fn reached(&self, place: impl Into<Option<Place>>, limit: &Limit) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).limits.reached(place.into(), limit);
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
        state.compile(pattern)
    }

    /// What trying and compiling has cost.
    #[cfg(test)]
    fn tried(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tried
    }
}

impl State {
    /// Compiles a pattern; one that is refused is remembered as well.
    fn compile(&mut self, pattern: &str) -> Option<Regex> {
        let mut built = None;
        let mut size = 0;
        for most in COMPILED_BYTES {
            size = most;
            self.tried += u64::try_from(most / BYTES_MADE).unwrap_or(u64::MAX);
            match RegexBuilder::new(pattern).size_limit(most).dfa_size_limit(MEMORY_BYTES).build() {
                Ok(regex) => {
                    built = Some(regex);
                    break;
                }
                Err(regex::Error::CompiledTooBig(_)) => {}
                Err(_) => break,
            }
        }
        let takes = if built.is_some() { size + MEMORY_BYTES } else { 0 } + pattern.len();
        if self.kept + takes <= KEPT_BYTES {
            self.kept += takes;
            self.compiled.insert(pattern.into(), built.clone());
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

    #[test]
    fn compiling_and_keeping_patterns_is_counted() {
        let patterns = Patterns::default();
        let place = Place::new(FileId(0), Span::default());
        let _ = patterns.find("^a[0-9]", "b", place);
        let once = patterns.tried();
        let _ = patterns.find("^a[0-9]", "b", place);
        assert!(patterns.tried() < once + 100, "it is kept");
        // each of them takes megabytes
        for number in 0..20 {
            let _ = patterns.find(&format!("^(?:a[0-9]{{1,400}}){{1,20}}{number}$"), "b", place);
        }
        let kept = patterns.0.lock().unwrap_or_else(PoisonError::into_inner).kept;
        assert!(kept > 20 << 20 && kept <= KEPT_BYTES && patterns.tried() > 10_000_000, "{kept} {}", patterns.tried());
        (0..4).for_each(|_| assert!(patterns.spend(STEPS.most() / 4, place)));
        assert!(!patterns.spend(1, place));
        assert!(!patterns.spend(1, None));
        assert_eq!(patterns.limits(), [(None, STEPS), (Some(place), STEPS)]);
    }
}
