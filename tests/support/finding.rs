//! Findings that no rule made.
#![allow(dead_code, missing_docs)] // each test file uses a part

use std::collections::BTreeSet;

use wirelint::base::Place;
use wirelint::rules::{Finding, KnownBy, RuleId, Severity};

/// A finding of a rule at a place, about which nothing more is known.
pub fn finding(rule: &'static str, severity: Severity, place: Place) -> Finding {
    Finding {
        rule: RuleId(rule),
        severity,
        message: String::new(),
        place,
        label: String::new(),
        chains: Vec::new(),
        rests_on: Vec::new(),
        help: None,
        fix: None,
        assumptions: BTreeSet::new(),
        key: String::new(),
        known_by: KnownBy::Place,
        local: false,
        suppressed: None,
        fingerprint: None,
        anchor: None,
        state: None,
    }
}
