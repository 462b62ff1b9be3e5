//! Which findings of a run are those of another one, before and after an edit.

use std::collections::BTreeMap;

use crate::Report;
use crate::base::{RepoPath, Tree};
use crate::fix::Changes;
use crate::report::fingerprints;
use crate::rules::{Finding, RuleId};

/// One of the two runs.
pub(super) struct Side<'a> {
    report: &'a Report,
    prints: Vec<String>,
}

impl<'a> Side<'a> {
    pub fn new(tree: &dyn Tree, report: &'a Report) -> Self {
        let known: Option<Vec<String>> = report.findings.iter().map(|finding| finding.fingerprint.clone()).collect();
        let prints = known.unwrap_or_else(|| fingerprints(tree, &report.wiring, &report.findings));
        Self { report, prints }
    }

    fn path(&self, finding: &Finding) -> Option<&'a RepoPath> {
        self.report.wiring.repository.get(finding.place.file).map(|facts| &facts.path)
    }

    /// Errors in the syntax of a file.
    fn errors(&self, path: &RepoPath) -> usize {
        let repository = &self.report.wiring.repository;
        let facts = repository.find(path).and_then(|file| repository.get(file));
        facts.map_or(0, |facts| facts.syntax_errors.len())
    }
}

/// Findings of two runs that are the same.
#[derive(Debug, Default)]
pub struct Matched {
    /// By index before: the index after.
    after: BTreeMap<usize, usize>,
    /// By index after: the index before.
    before: BTreeMap<usize, usize>,
}

impl Matched {
    /// Where a finding of the run before is in the run after.
    #[must_use]
    pub fn after(&self, before: usize) -> Option<usize> {
        self.after.get(&before).copied()
    }

    /// Whether these findings are gone and nothing is new or worse.
    pub(super) fn proves(&self, old: &Side<'_>, new: &Side<'_>, changes: &Changes, fixed: &[usize]) -> bool {
        let gone = fixed.iter().all(|index| !self.after.contains_key(index));
        let known = |(index, finding): (usize, &Finding)| {
            let before = self.before.get(&index).and_then(|before| old.report.findings.get(*before));
            finding.suppressed.is_some()
                || before.is_some_and(|before| !is_stated(before) && finding.severity <= before.severity)
        };
        let nothing_new = new.report.findings.iter().enumerate().all(known);
        gone && nothing_new && changes.keys().all(|path| new.errors(path) <= old.errors(path))
    }
}

/// Whether an edit takes some findings away and brings none.
pub(super) fn holds(old: &Side<'_>, new: &Side<'_>, changes: &Changes, fixed: &[usize]) -> bool {
    matched(old, new, changes).proves(old, new, changes, fixed)
}

/// What a finding is known by.
type Key = (RuleId, String, u32, String);

/// The findings of both runs that are the same; each is the same as one other at most.
pub(super) fn matched(old: &Side<'_>, new: &Side<'_>, changes: &Changes) -> Matched {
    let mut matched = Matched::default();
    let moved = |path: Option<&RepoPath>, start: u32| {
        path.and_then(|path| changes.get(path)).map_or(start, |change| change.moved(start))
    };
    // The most exact first: lines move and texts change with an edit.
    for way in 0..4 {
        let key = |side: &'_ Side<'_>, index: usize, finding: &Finding, start: u32| -> Option<Key> {
            let path = side.path(finding).map(|path| path.as_str().to_owned()).unwrap_or_default();
            Some(match way {
                0 => (finding.rule, side.prints.get(index)?.clone(), 0, String::new()),
                1 => (finding.rule, path, start, finding.key.clone()),
                2 => (finding.rule, path, start, String::new()),
                _ => (finding.rule, path, 0, finding.key.clone()),
            })
        };
        let mut open: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (index, finding) in old.report.findings.iter().enumerate().rev() {
            if matched.after.contains_key(&index) {
                continue;
            }
            let start = moved(old.path(finding), finding.place.span.start);
            if let Some(key) = key(old, index, finding, start) {
                open.entry(key).or_default().push(index);
            }
        }
        for (index, finding) in new.report.findings.iter().enumerate() {
            if matched.before.contains_key(&index) {
                continue;
            }
            let found = key(new, index, finding, finding.place.span.start).and_then(|key| open.get_mut(&key)?.pop());
            if let Some(before) = found {
                matched.after.insert(before, index);
                matched.before.insert(index, before);
            }
        }
    }
    matched
}

/// Whether somebody said something against a finding. One that is merely from before is as open as a new one.
fn is_stated(finding: &Finding) -> bool {
    finding.suppressed.as_ref().is_some_and(|suppressed| !suppressed.by.is_from_before())
}
