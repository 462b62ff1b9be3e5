//! From causes to findings: what the rules have in common.

use std::fmt;

use super::{Evidence, Finding, KnownBy, RuleId, Severity, fixes};
use crate::base::Place;
use crate::model::{Cause, CauseKind, Naming, Wiring};

/// What a rule says about a cause.
pub(super) struct Words {
    /// The message.
    pub message: String,
    /// What is at the fix, short.
    pub label: String,
    /// How to fix it.
    pub help: Option<String>,
    /// How much of the rule's severity the cause deserves by itself.
    pub strength: Strength,
}

/// How much of its rule's severity a cause deserves by itself, before assumptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strength {
    /// All of it.
    Full,
    /// One level less.
    Milder,
    /// Worth knowing, no more.
    Note,
}

impl Strength {
    /// The severity that is left of `severity`.
    pub fn apply(self, severity: Severity) -> Severity {
        match self {
            Self::Full => severity,
            Self::Milder => severity.lower(),
            Self::Note => Severity::Note,
        }
    }

    /// `Milder` when `milder` holds.
    pub fn milder_if(milder: bool) -> Self {
        if milder { Self::Milder } else { Self::Full }
    }
}

/// What words may name besides what the cause holds. Shown as text it is the place of the fix: `src/api.ts:18`.
pub(super) struct About<'a> {
    naming: &'a Naming<'a>,
    cause: &'a Cause,
    place: String,
}

impl About<'_> {
    /// The place of the fix: `src/api.ts:18`.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// ``back end `api` of compose.prod.yml``, or `back end` where there is only one.
    pub fn back_end(&self) -> String {
        self.naming.back_end(self.cause)
    }

    /// `` by the back end `api` of compose.prod.yml `` with another word than `by`, or nothing where there is only one.
    pub fn back_end_after(&self, word: &str) -> String {
        self.naming.back_end_after(word, self.cause)
    }
}

impl fmt::Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

/// The findings of the causes for which `words` has words.
pub(super) fn findings(wiring: &Wiring, rule: RuleId, words: fn(&CauseKind) -> Option<Words>) -> Vec<Finding> {
    findings_at(wiring, rule, |kind, _| words(kind))
}

/// The same, for words that name the place of the fix or the back end.
pub(super) fn findings_at(
    wiring: &Wiring,
    rule: RuleId,
    words: impl Fn(&CauseKind, &About<'_>) -> Option<Words>,
) -> Vec<Finding> {
    let severity = super::registry::find(rule.0).map_or(Severity::Warning, |rule| rule.metadata().severity());
    let of_rule: Vec<&Cause> = wiring.causes.iter().filter(|cause| cause.kind.rule() == rule.0).collect();
    if of_rule.is_empty() {
        return Vec::new();
    }
    let naming = Naming::new(wiring);
    let worded = |cause: &&Cause| words(&cause.kind, &About { naming: &naming, cause, place: at(wiring, cause.place) });
    let causes = of_rule.iter().filter_map(|cause| Some((*cause, worded(cause)?)));
    causes
        .map(|(cause, words)| Finding {
            rule,
            severity: words.strength.apply(severity),
            message: words.message,
            place: cause.place,
            label: words.label,
            chains: cause
                .chains
                .iter()
                .map(|chain| Evidence {
                    wire: chain.wire,
                    hop: chain.hop,
                    links: chain.links.iter().map(|link| (link.place, link.shows.clone())).collect(),
                })
                .collect(),
            rests_on: Vec::new(),
            help: words.help,
            fix: fixes::of_cause(wiring, cause),
            assumptions: cause.assumptions.iter().cloned().collect(),
            key: cause.key.clone(),
            known_by: if cause.kind.is_known_by_key() { KnownBy::Key } else { KnownBy::Place },
            local: false,
            suppressed: None,
            fingerprint: None,
            anchor: None,
            state: None,
        })
        .collect()
}

/// A place as people write it: path and line.
fn at(wiring: &Wiring, place: Place) -> String {
    match wiring.repository.get(place.file) {
        Some(facts) => format!("{}:{}", facts.path, facts.lines.position(place.span.start).line),
        None => "this place".to_owned(),
    }
}

/// Names in back-ticks, joined by commas and `and`.
pub(super) fn list<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// The same list, cut after `most` names.
pub(super) fn short_list<T: AsRef<str>>(names: &[T], most: usize) -> String {
    if names.len() <= most {
        return list(names);
    }
    let shown: Vec<String> = names.iter().take(most).map(|name| format!("`{}`", name.as_ref())).collect();
    format!("{} and {} more", shown.join(", "), names.len() - most)
}
