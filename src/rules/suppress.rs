//! What people say against findings, in comments and in `wirelint.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Evidence, Finding, RuleId, Suppressed, SuppressedBy};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::SuppressionFact;
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
    let mut comments = Comments { wiring, used: Used::default(), known: BTreeMap::new() };
    let mut of_path: BTreeMap<RuleId, BTreeMap<&RepoPath, Vec<usize>>> = BTreeMap::new();
    for (index, statement) in stated.iter().enumerate() {
        of_path.entry(statement.rule).or_default().entry(&statement.path).or_default().push(index);
    }
    for finding in findings {
        let whole = comments.reason(finding.rule, finding.place);
        let mut reason = whole.clone();
        let before = finding.chains.len();
        let chains = std::mem::take(&mut finding.chains);
        let (covered, open): (Vec<_>, Vec<_>) = chains.into_iter().partition(|chain| {
            let found = comments.on_chain(finding.rule, chain);
            reason = reason.take().or_else(|| found.clone());
            found.is_some()
        });
        if whole.is_some() || (before > 0 && open.is_empty()) {
            // The evidence stays with a suppressed finding: SARIF shows it beside the reason.
            finding.chains = covered.into_iter().chain(open).collect();
            finding.chains.sort();
            let reason = reason.as_deref().unwrap_or_default().to_owned();
            finding.suppressed = Some(Suppressed { reason, by: SuppressedBy::Comment });
            continue;
        }
        finding.chains = open;
        let path = wiring.repository.get(finding.place.file).map(|facts| facts.path.clone());
        let folders = std::iter::successors(path, RepoPath::parent);
        let of_rule = of_path.get(&finding.rule);
        let applying: BTreeSet<usize> = folders.filter_map(|folder| of_rule?.get(&folder)).flatten().copied().collect();
        for (index, statement) in applying.iter().filter_map(|index| Some((*index, stated.get(*index)?))) {
            comments.used.stated.insert(index);
            finding.suppressed = Some(Suppressed { reason: statement.reason.clone(), by: SuppressedBy::Settings });
        }
    }
    comments.used
}

/// Comments that are looked through for one line. Each that covers it stands above it or on it.
const MOST_LOOKED_AT: usize = 1_000;

/// The suppression comments of all files.
struct Comments<'w> {
    wiring: &'w Wiring,
    used: Used,
    /// What was found on a line of a file for a rule.
    known: BTreeMap<(FileId, u32, RuleId), Option<Arc<str>>>,
}

impl Comments<'_> {
    fn on_chain(&mut self, rule: RuleId, chain: &Evidence) -> Option<Arc<str>> {
        chain.links.iter().find_map(|(place, _)| self.reason(rule, *place))
    }

    /// The reason of a comment that covers `place` for `rule`: the first in the file.
    fn reason(&mut self, rule: RuleId, place: Place) -> Option<Arc<str>> {
        let wiring = self.wiring;
        let facts = wiring.repository.get(place.file)?;
        if facts.suppressions.is_empty() {
            return None;
        }
        // A suppression covers what starts on its lines: a block that merely contains them is not meant.
        let line = facts.lines.position(place.span.start).line;
        if let Some(known) = self.known.get(&(place.file, line, rule)) {
            return known.clone();
        }
        let mut reason = None;
        for index in covering(&facts.suppressions, line) {
            let Some(suppression) = facts.suppressions.get(index) else { continue };
            for (position, _) in suppression.rules.iter().enumerate().filter(|(_, (name, _))| **name == *rule.0) {
                self.used.comments.insert((place.file, index, position));
                reason = Some(Arc::clone(&suppression.reason));
            }
        }
        self.known.insert((place.file, line, rule), reason.clone());
        reason
    }
}

/// The suppressions of a file, which are in the order of their lines, that cover a line; the last first.
fn covering(suppressions: &[SuppressionFact], line: u32) -> Vec<usize> {
    let above = suppressions.partition_point(|suppression| suppression.first_line <= line);
    let mut found = Vec::new();
    for index in (0..above).rev().take(MOST_LOOKED_AT) {
        let Some(suppression) = suppressions.get(index) else { continue };
        if suppression.last_line >= line {
            found.push(index);
        } else if suppression.first_line < suppression.last_line {
            // What stands above covers the same statement or an earlier one.
            break;
        }
    }
    found
}
