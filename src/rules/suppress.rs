//! What people say against findings, in comments and in `wirelint.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Evidence, Finding, RULES, RuleId, Selector, Suppressed, SuppressedBy, find};
use crate::base::{FileId, PathPatterns, Place, RepoPath};
use crate::facts::SuppressionFact;
use crate::model::Wiring;

/// A suppression of `wirelint.toml`, for formats without comments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedSuppression {
    /// The rule or family.
    pub rule: Selector,
    /// Where it holds.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// Where it is stated, when the settings file takes part in the run.
    pub place: Option<Place>,
    /// The same for people.
    pub at: String,
}

/// Where a suppression of `wirelint.toml` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// This file, or all in this folder; brackets and stars in its name are what they are.
    pub path: RepoPath,
    /// Files that the same text means as a pattern, when it can be one.
    pub pattern: Option<PathPatterns>,
}

impl Scope {
    /// Whether a file is meant.
    #[must_use]
    pub fn covers(&self, path: &RepoPath) -> bool {
        path.is_under(&self.path) || self.pattern.as_ref().is_some_and(|pattern| pattern.cover(path))
    }
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
    let stating = Stating::new(stated);
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
        let Some(facts) = wiring.repository.get(finding.place.file) else { continue };
        let applying = stating.of(finding.rule, &facts.path);
        for (index, statement) in applying.iter().filter_map(|index| Some((*index, stated.get(*index)?))) {
            comments.used.stated.insert(index);
            finding.suppressed = Some(Suppressed { reason: statement.reason.clone(), by: SuppressedBy::Settings });
        }
    }
    comments.used
}

/// The suppressions of `wirelint.toml`, by rule.
#[derive(Default)]
struct Stating<'s>(BTreeMap<RuleId, OfRule<'s>>);

#[derive(Default)]
struct OfRule<'s> {
    paths: BTreeMap<&'s RepoPath, Vec<usize>>,
    patterns: Vec<(usize, &'s PathPatterns)>,
}

impl<'s> Stating<'s> {
    fn new(stated: &'s [StatedSuppression]) -> Self {
        let mut by_rule: BTreeMap<RuleId, OfRule<'s>> = BTreeMap::new();
        for (index, statement) in stated.iter().enumerate() {
            for rule in RULES.iter().map(|rule| rule.id).filter(|rule| statement.rule.covers(*rule)) {
                let of_rule = by_rule.entry(rule).or_default();
                of_rule.paths.entry(&statement.scope.path).or_default().push(index);
                of_rule.patterns.extend(statement.scope.pattern.as_ref().map(|pattern| (index, pattern)));
            }
        }
        Self(by_rule)
    }

    /// The indexes of those that hold for a rule in a file.
    fn of(&self, rule: RuleId, path: &RepoPath) -> BTreeSet<usize> {
        let Some(of_rule) = self.0.get(&rule) else { return BTreeSet::new() };
        let folders = std::iter::successors(Some(path.clone()), RepoPath::parent);
        let by_path = folders.filter_map(|folder| of_rule.paths.get(&folder)).flatten().copied();
        let by_pattern = of_rule.patterns.iter().filter(|(_, pattern)| pattern.cover(path)).map(|(index, _)| *index);
        by_path.chain(by_pattern).collect()
    }
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
            for (position, _) in suppression.rules.iter().enumerate().filter(|(_, (name, _))| names(name, rule)) {
                self.used.comments.insert((place.file, index, position));
                reason = Some(Arc::clone(&suppression.reason));
            }
        }
        self.known.insert((place.file, line, rule), reason.clone());
        reason
    }
}

/// Whether a name in a comment is that of a rule or of its family.
fn names(name: &str, rule: RuleId) -> bool {
    *name == *rule.0 || find(rule.0).is_some_and(|rule| rule.metadata().family.name() == name)
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
