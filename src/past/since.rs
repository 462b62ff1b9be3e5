//! Which findings of a run an earlier commit has as well.

use std::collections::BTreeMap;

use crate::rules::{BaselineState, Finding, RuleId, Severity, Suppressed, SuppressedBy};

/// The open findings of an earlier commit, by rule and fingerprint, each with how bad it was.
#[derive(Clone, Debug, Default)]
pub struct Before(BTreeMap<(RuleId, String), Vec<Severity>>);

impl Before {
    /// The findings of the earlier run with their fingerprints. One that was suppressed then and is not any more is new.
    #[must_use]
    pub fn new(findings: &[Finding], fingerprints: Vec<String>) -> Self {
        let mut before: BTreeMap<(RuleId, String), Vec<Severity>> = BTreeMap::new();
        for (finding, print) in findings.iter().zip(fingerprints) {
            if finding.suppressed.is_none() {
                before.entry((finding.rule, print)).or_default().push(finding.severity);
            }
        }
        before.values_mut().for_each(|severities| severities.sort_unstable());
        Self(before)
    }
}

/// Marks the findings that were there before. One that has become worse is new: so is what came of it.
pub fn mark(findings: &mut [Finding], mut before: Before) {
    for finding in findings {
        let open = finding.suppressed.is_none();
        let key = (finding.rule, finding.fingerprint.clone().unwrap_or_default());
        let was = before.0.get_mut(&key).filter(|_| open);
        let known = was.and_then(|was| was.pop_if(|severity| *severity >= finding.severity)).is_some();
        if known {
            finding.suppressed = Some(Suppressed { reason: String::new(), by: SuppressedBy::Revision });
            finding.state = Some(BaselineState::Unchanged);
        } else if finding.state.is_none() {
            finding.state = open.then_some(BaselineState::New);
        }
    }
}
