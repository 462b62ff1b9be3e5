//! What people say against findings, in comments and in `wirelint.toml`.

use std::collections::BTreeSet;

use super::{Evidence, Finding, RuleId, Suppressed, SuppressedBy};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{FileFacts, SuppressionFact};
use crate::model::Wiring;

/// A suppression of `wirelint.toml`, for formats without comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedSuppression {
    /// The rule.
    pub rule: RuleId,
    /// The file, or the folder that it is in.
    pub path: RepoPath,
    /// Why.
    pub reason: String,
    /// Where it is stated, when the settings file takes part in the run.
    pub place: Option<Place>,
}

/// Which of the suppressions had something to suppress.
#[derive(Debug, Default)]
pub(super) struct Used {
    /// File, index of the comment in it, index of the rule in the comment.
    pub comments: BTreeSet<(FileId, usize, usize)>,
    /// Index of the statement.
    pub stated: BTreeSet<usize>,
}

/// Removes the chains that a comment covers, and marks the findings of which nothing is left.
pub(super) fn apply(wiring: &Wiring, findings: &mut [Finding], stated: &[StatedSuppression]) -> Used {
    let mut used = Used::default();
    for finding in findings {
        let whole = comment(wiring, finding.rule, finding.place, &mut used);
        let mut reason = whole.clone();
        let before = finding.chains.len();
        let chains = std::mem::take(&mut finding.chains);
        let (covered, open): (Vec<_>, Vec<_>) = chains.into_iter().partition(|chain| {
            let found = on_chain(wiring, finding.rule, chain, &mut used);
            reason = reason.take().or_else(|| found.clone());
            found.is_some()
        });
        if whole.is_some() || (before > 0 && open.is_empty()) {
            // The evidence stays with a suppressed finding: SARIF shows it beside the reason.
            finding.chains = covered.into_iter().chain(open).collect();
            finding.chains.sort();
            finding.suppressed = Some(Suppressed { reason: reason.unwrap_or_default(), by: SuppressedBy::Comment });
            continue;
        }
        finding.chains = open;
        for (index, statement) in stated.iter().enumerate() {
            if statement.rule == finding.rule && is_under(wiring, finding.place, &statement.path) {
                used.stated.insert(index);
                finding.suppressed = Some(Suppressed { reason: statement.reason.clone(), by: SuppressedBy::Settings });
            }
        }
    }
    used
}

fn is_under(wiring: &Wiring, place: Place, path: &RepoPath) -> bool {
    wiring.repository.get(place.file).is_some_and(|facts| facts.path.is_under(path))
}

fn on_chain(wiring: &Wiring, rule: RuleId, chain: &Evidence, used: &mut Used) -> Option<String> {
    chain.links.iter().filter_map(|(place, _)| comment(wiring, rule, *place, used)).next()
}

/// The reason of a comment that covers `place` for `rule`.
fn comment(wiring: &Wiring, rule: RuleId, place: Place, used: &mut Used) -> Option<String> {
    let facts = wiring.repository.get(place.file)?;
    let mut reason = None;
    for (index, suppression) in facts.suppressions.iter().enumerate() {
        if !covers(facts, suppression, place) {
            continue;
        }
        for (position, _) in suppression.rules.iter().enumerate().filter(|(_, (name, _))| **name == *rule.0) {
            used.comments.insert((place.file, index, position));
            reason = reason.or_else(|| Some(suppression.reason.to_string()));
        }
    }
    reason
}

/// A suppression covers what starts on its lines: a block that merely contains them is not meant.
fn covers(facts: &FileFacts, suppression: &SuppressionFact, place: Place) -> bool {
    let line = facts.lines.position(place.span.start).line;
    (suppression.first_line..=suppression.last_line).contains(&line)
}
