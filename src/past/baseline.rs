//! A file of findings that are known: whoever starts with wirelint in an old repository hears of new ones alone.
//!
//! An entry is matched by rule and fingerprint, and as often as it is there. Path and message are for people.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::report::{Page, Stale, View, cut};
use crate::rules::{BaselineState, Finding, RuleId, Suppressed, SuppressedBy};

/// The version of the format that is written and read.
pub const VERSION: u32 = 1;
/// Characters of a message: enough to know it again.
const MOST_CHARACTERS: usize = 160;
/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 32;

/// The findings of a baseline file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The findings, sorted.
    pub entries: Vec<Entry>,
}

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where it was, for people and for runs that look at a part of the repository.
    pub path: String,
    /// The rule's id.
    pub rule: String,
    /// What it is known by.
    #[serde(deserialize_with = "digits")]
    pub fingerprint: String,
    /// What was found, for people.
    pub message: String,
}

/// A baseline that cannot be used, with the line where that is known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// Not as it is written.
    #[error("it is no baseline: {0}")]
    Form(String),
    /// Written by a newer release.
    #[error("it states version {0} of baselines, and this release reads version {VERSION}; install a newer one")]
    Version(u64),
}

#[derive(Deserialize)]
struct Head {
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

/// What became of the entries of a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Entries that a finding matches.
    pub found: Vec<Entry>,
    /// Entries that none matches.
    pub missed: Vec<Entry>,
}

impl Baseline {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// When they are no baseline, or one of a newer version. The message says in which line and column.
    pub fn parse(bytes: &[u8]) -> Result<Self, BaselineError> {
        let form = |error: serde_json::Error| BaselineError::Form(error.to_string());
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let head: Head = serde_json::from_slice(bytes).map_err(form)?;
        if head.version != u64::from(VERSION) {
            return Err(BaselineError::Version(head.version));
        }
        let document: Document = serde_json::from_slice(bytes).map_err(form)?;
        Ok(Self::new(document.findings))
    }

    /// The baseline of these entries, in any order.
    #[must_use]
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort();
        Self { entries }
    }

    /// The open findings of a run. What is about one machine is left out, and so is wirelint's own failure.
    #[must_use]
    pub fn of(view: &View<'_>, findings: &[Finding]) -> Self {
        let lasting = findings
            .iter()
            .filter(|finding| finding.suppressed.is_none() && !finding.local && finding.rule != RuleId::INTERNAL_ERROR);
        let entry = |finding: &Finding| Entry {
            path: view.path(finding.place.file).map(ToString::to_string).unwrap_or_default(),
            rule: finding.rule.0.to_owned(),
            fingerprint: view.fingerprint(finding),
            message: short(&view.prose(&finding.message)),
        };
        Self::new(lasting.map(entry).collect())
    }

    /// The file: one field a line, sorted, so that two branches that change it seldom meet on a line.
    #[must_use]
    pub fn page(&self, view: &View<'_>) -> Page {
        view.document(&Document { version: VERSION, findings: self.entries.clone() })
    }

    /// The entries that are left when each of those that were found uses up one of its own.
    #[must_use]
    pub fn without(&self, found: &Self) -> Vec<Entry> {
        let mut found_of: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for entry in &found.entries {
            *found_of.entry((&entry.rule, &entry.fingerprint)).or_default() += 1;
        }
        let mut left = Vec::new();
        for entry in &self.entries {
            match found_of.get_mut(&(entry.rule.as_str(), entry.fingerprint.as_str())) {
                Some(count) if *count > 0 => *count -= 1,
                _ => left.push(entry.clone()),
            }
        }
        left
    }

    /// Marks the findings of a run that are known, each entry for one finding, and says which entries none matches. Findings
    /// that somebody suppressed use their entries up after the others.
    pub fn apply(&self, findings: &mut [Finding]) -> Matched {
        let mut left: BTreeMap<(&str, &str), Vec<&Entry>> = BTreeMap::new();
        for entry in self.entries.iter().rev() {
            left.entry((&entry.rule, &entry.fingerprint)).or_default().push(entry);
        }
        let mut matched = Matched::default();
        let (open, judged): (Vec<_>, Vec<_>) = findings.iter_mut().partition(|finding| finding.suppressed.is_none());
        for finding in open.into_iter().chain(judged) {
            let print = finding.fingerprint.as_deref().unwrap_or_default();
            let known = left.get_mut(&(finding.rule.0, print)).and_then(Vec::pop);
            finding.state = Some(if known.is_some() { BaselineState::Unchanged } else { BaselineState::New });
            let Some(entry) = known else { continue };
            matched.found.push(entry.clone());
            if finding.suppressed.is_none() {
                finding.suppressed = Some(Suppressed { reason: String::new(), by: SuppressedBy::Baseline });
            }
        }
        matched.found.sort();
        matched.missed = left.into_values().flatten().cloned().collect();
        matched.missed.sort();
        matched
    }
}

impl From<&Entry> for Stale {
    fn from(entry: &Entry) -> Self {
        Self { rule: entry.rule.clone(), path: entry.path.clone(), message: entry.message.clone() }
    }
}

/// The first sentence, or the beginning of it.
fn short(message: &str) -> String {
    let sentence = message.find(". ").and_then(|end| message.get(..=end)).unwrap_or(message);
    cut(sentence, MOST_CHARACTERS).into_owned()
}

fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let is_print = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_print {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(serde::de::Error::custom("a fingerprint has 32 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_after_a_sentence_or_between_characters() {
        assert_eq!(short("One. Two."), "One.");
        assert_eq!(short(&"ü".repeat(200)), format!("{}…", "ü".repeat(159)));
    }

    #[test]
    fn what_is_no_baseline_is_refused_with_its_line() {
        let entry = |print: &str| {
            format!(
                "{{\"version\": 1, \"findings\": [\n{{\"rule\": \"r\", \"path\": \"p\", \"fingerprint\": \"{print}\", \"message\": \"m\"}}]}}"
            )
        };
        assert!(Baseline::parse(entry(&"0a".repeat(16)).as_bytes()).is_ok());
        assert!(Baseline::parse(format!("\u{feff}{}", entry(&"0a".repeat(16))).as_bytes()).is_ok());
        let cases = [
            (entry("0a"), "a fingerprint has 32 hexadecimal digits at line 2"),
            (entry(&"0a".repeat(16)).replace("rule", "rul"), "unknown field `rul`"),
            ("{\n\n]".to_owned(), "at line 3"),
            (String::new(), "line 1"),
            ("[".repeat(100_000), "at line 1"),
            ("{\"findings\": []}".to_owned(), "missing field `version`"),
            ("{\"version\": 2, \"anything\": []}".to_owned(), "states version 2 of baselines"),
        ];
        for (text, reason) in cases {
            let said = Baseline::parse(text.as_bytes()).map_err(|error| error.to_string());
            assert!(said.as_ref().is_err_and(|said| said.contains(reason)), "{reason}: {said:?}");
        }
        let small = "0a".repeat(16);
        assert_eq!(Baseline::parse(entry(&small.to_uppercase()).as_bytes()), Baseline::parse(entry(&small).as_bytes()));
    }
}
