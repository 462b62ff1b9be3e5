//! Which findings of a run an earlier commit has as well.

use std::collections::BTreeMap;

use crate::rules::{BaselineState, Finding, RuleId, Severity, Suppressed, SuppressedBy};

type Known = BTreeMap<(RuleId, String), Vec<Severity>>;

/// The findings of an earlier commit, by rule and fingerprint, each with how bad it was.
#[derive(Clone, Debug, Default)]
pub struct Before {
    open: Known,
    suppressed: Known,
}

impl Before {
    /// The findings of the earlier run with their fingerprints.
    #[must_use]
    pub fn new(findings: &[Finding], fingerprints: Vec<String>) -> Self {
        let mut before = Self::default();
        for (finding, print) in findings.iter().zip(fingerprints) {
            let known = if finding.suppressed.is_none() { &mut before.open } else { &mut before.suppressed };
            known.entry((finding.rule, print)).or_default().push(finding.severity);
        }
        // The worst is at the end, where one is taken first.
        before.open.values_mut().for_each(|severities| severities.sort_unstable());
        before
    }
}

/// Marks the findings that were there before. New is also one that has become worse, and one that was suppressed then and is
/// not any more: so is what comes of it.
pub fn mark(findings: &mut [Finding], mut before: Before) {
    let (open, suppressed): (Vec<_>, Vec<_>) = findings.iter_mut().partition(|finding| finding.suppressed.is_none());
    let key = |finding: &Finding| (finding.rule, finding.fingerprint.clone().unwrap_or_default());
    for finding in open {
        let was = before.open.get_mut(&key(finding));
        if was.and_then(|was| was.pop_if(|severity| *severity >= finding.severity)).is_some() {
            finding.suppressed = Some(Suppressed { reason: String::new(), by: SuppressedBy::Revision });
            finding.state = Some(BaselineState::Unchanged);
        } else {
            finding.state = Some(BaselineState::New);
        }
    }
    for finding in suppressed {
        let key = key(finding);
        let was = [&mut before.suppressed, &mut before.open].into_iter().find_map(|known| known.get_mut(&key)?.pop());
        let is_known = was.is_some() || finding.state == Some(BaselineState::Unchanged);
        finding.state = Some(if is_known { BaselineState::Unchanged } else { BaselineState::New });
    }
}
