//! What was not understood.

pub(super) mod internal_error;
pub(super) mod limit_reached;
pub(super) mod malformed_suppression;
pub(super) mod syntax_error;
pub(super) mod unknown_rule;
pub(super) mod unread_include;
pub(super) mod unused_setting;
pub(super) mod unused_suppression;

use super::{Finding, RuleId, Severity};
use crate::base::{FileId, Place, Span};

/// The place of what no file causes.
const NOWHERE: Place = Place { file: FileId(u32::MAX), span: Span { start: 0, end: 0 } };

/// A finding about one place without a chain.
fn finding(rule: &'static str, place: Place, message: String, label: &str, help: Option<String>, key: &str) -> Finding {
    Finding {
        rule: RuleId(rule),
        severity: super::find(rule).map_or(Severity::Warning, |rule| rule.metadata().severity()),
        message,
        place,
        label: label.to_owned(),
        chains: Vec::new(),
        rests_on: Vec::new(),
        help,
        fix: None,
        assumptions: std::collections::BTreeSet::new(),
        key: key.to_owned(),
        known_by: crate::rules::KnownBy::Place,
        local: false,
        suppressed: None,
        fingerprint: None,
        anchor: None,
        state: None,
    }
}
