//! Fixes that are tried before they are written: each leaves a tree in which its finding is gone and nothing is new.
//!
//! Everything happens in memory, over the tree as it is. Fixes that do not touch one another are tried together, because a run over the whole
//! tree is what costs; where that fails, they are tried in halves, down to the one that is held back.

mod proof;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::base::{Layered, RepoPath, Tree};
use crate::fix::{self, Changes};
use crate::rules::{Applicability, Finding, RuleId};
use crate::{Report, Settings};
pub use proof::Matched;
use proof::Side;

/// Runs over the tree for the fixes of one call. Beyond it, fixes that were not tried are held back.
const MOST_RUNS: usize = 200;
/// Fixes that are tried together.
const MOST_TOGETHER: usize = 500;

/// A fix that was written, or could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The rule.
    pub rule: RuleId,
    /// What it does.
    pub title: String,
    /// The file of its finding.
    pub path: RepoPath,
    /// The line there, from 1, when it was tried.
    pub line: u32,
}

/// The text of a file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

/// What came of some fixes.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The texts of the files that change.
    pub texts: BTreeMap<RepoPath, Text>,
    /// What was fixed, in the order of its paths and lines.
    pub fixed: Vec<Tried>,
    /// What was not, because something would be new or the finding would stay.
    pub held_back: Vec<Tried>,
}

impl Outcome {
    /// `below` with the texts as they are after.
    #[must_use]
    pub fn over<'t>(&self, below: &'t dyn Tree) -> Layered<&'t dyn Tree> {
        let mut over = Layered::new(below);
        for (path, text) in &self.texts {
            over.replace(path.clone(), Ok(text.after.as_str().into()));
        }
        over
    }
}

/// Whether a fix may be written when this much is allowed.
#[must_use]
pub fn is_allowed(finding: &Finding, allowed: Applicability) -> bool {
    finding.suppressed.is_none() && finding.fix.as_ref().is_some_and(|fix| fix.applicability <= allowed)
}

/// Tries the fixes of those findings of a run that `wanted` names.
#[must_use]
pub fn fixes(
    tree: &dyn Tree,
    settings: &Settings,
    report: &Report,
    allowed: Applicability,
    wanted: &dyn Fn(&Finding) -> bool,
) -> Outcome {
    let first: Vec<usize> = (report.findings.iter().enumerate())
        .filter(|(_, finding)| is_allowed(finding, allowed) && wanted(finding))
        .map(|(index, _)| index)
        .collect();
    let mut trial = Trial {
        tree,
        settings,
        allowed,
        report: Seen::Given(report),
        queue: VecDeque::from([first]),
        texts: BTreeMap::new(),
        runs: 0,
        outcome: Outcome::default(),
    };
    trial.run();
    trial.finish()
}

/// Whether the fix of one finding of a run leaves a tree in which it is gone and nothing is new; with the texts.
#[must_use]
pub fn one(tree: &dyn Tree, settings: &Settings, report: &Report, index: usize) -> Option<Changes> {
    let fix = report.findings.get(index)?.fix.as_ref()?;
    let changes = fix::changes(tree, &report.wiring, fix)?;
    let mut over = Layered::new(tree);
    for (path, change) in &changes {
        over.replace(path.clone(), Ok(change.after().into()));
    }
    let after = crate::check(&over, settings);
    let before = Side::new(tree, report);
    proof::holds(&before, &Side::new(&over, &after), &changes, &[index]).then_some(changes)
}

/// The run that is fixed: the one that was given, or one over what was fixed so far.
enum Seen<'a> {
    Given(&'a Report),
    Own(Box<Report>),
}

impl Seen<'_> {
    fn report(&self) -> &Report {
        match self {
            Self::Given(report) => report,
            Self::Own(report) => report,
        }
    }
}

struct Trial<'a> {
    tree: &'a dyn Tree,
    settings: &'a Settings,
    allowed: Applicability,
    report: Seen<'a>,
    /// Findings of the present run that are tried together, by index.
    queue: VecDeque<Vec<usize>>,
    texts: BTreeMap<RepoPath, Text>,
    runs: usize,
    outcome: Outcome,
}

impl<'a> Trial<'a> {
    fn run(&mut self) {
        while let Some(batch) = self.queue.pop_front() {
            if batch.is_empty() {
                continue;
            }
            if self.runs >= MOST_RUNS {
                self.hold(&batch);
                continue;
            }
            self.attempt(batch);
        }
    }

    /// The tree with what was fixed so far.
    fn now(&self) -> Layered<&'a dyn Tree> {
        let mut over = Layered::new(self.tree);
        for (path, text) in &self.texts {
            over.replace(path.clone(), Ok(Arc::from(text.after.as_str())));
        }
        over
    }

    fn attempt(&mut self, mut batch: Vec<usize>) {
        let later = batch.split_off(batch.len().min(MOST_TOGETHER));
        let mut chosen: Vec<usize> = Vec::new();
        let mut apart: Vec<usize> = later;
        let mut impossible: Vec<usize> = Vec::new();
        let mut changes = Changes::new();
        let now = self.now();
        for index in batch {
            let report = self.report.report();
            let fix = report.findings.get(index).and_then(|finding| finding.fix.as_ref());
            let Some(own) = fix.and_then(|fix| fix::changes(&now, &report.wiring, fix)) else {
                impossible.push(index);
                continue;
            };
            match fix::together(&changes, &own) {
                Some(all) => {
                    changes = all;
                    chosen.push(index);
                }
                None => apart.push(index),
            }
        }
        self.hold(&impossible);
        if chosen.is_empty() {
            self.queue.push_front(apart);
            return;
        }
        let mut over = now.clone();
        for (path, change) in &changes {
            over.replace(path.clone(), Ok(change.after().into()));
        }
        self.runs += 1;
        let after = crate::check(&over, self.settings);
        let before = self.report.report();
        let (old, new) = (Side::new(&now, before), Side::new(&over, &after));
        let matched = proof::matched(&old, &new, &changes);
        if matched.proves(&old, &new, &changes, &chosen) {
            drop(over);
            drop(now);
            self.queue.push_front(apart);
            self.accept(&chosen, changes, after, &matched);
        } else {
            self.split(chosen, apart);
        }
    }

    /// Tries halves of what does not work together; what does not work alone is held back.
    fn split(&mut self, mut chosen: Vec<usize>, apart: Vec<usize>) {
        self.queue.push_front(apart);
        if chosen.len() == 1 {
            self.hold(&chosen);
            return;
        }
        let second = chosen.split_off(chosen.len().div_ceil(2));
        self.queue.push_front(second);
        self.queue.push_front(chosen);
    }

    fn accept(&mut self, chosen: &[usize], changes: Changes, after: Report, matched: &Matched) {
        for index in chosen {
            let tried = self.tried(*index);
            self.outcome.fixed.extend(tried);
        }
        for (path, change) in changes {
            let after = change.after();
            let known = self.texts.entry(path).or_insert(Text { before: change.before, after: String::new() });
            known.after = after;
        }
        // What is left of the others is known by other numbers now; what is gone needs no fix.
        for batch in &mut self.queue {
            *batch = batch.iter().filter_map(|index| matched.after(*index)).collect();
            batch.retain(|index| after.findings.get(*index).is_some_and(|finding| is_allowed(finding, self.allowed)));
        }
        self.report = Seen::Own(Box::new(after));
    }

    fn hold(&mut self, indexes: &[usize]) {
        let tried: Vec<Tried> = indexes.iter().filter_map(|index| self.tried(*index)).collect();
        self.outcome.held_back.extend(tried);
    }

    fn tried(&self, index: usize) -> Option<Tried> {
        let report = self.report.report();
        let finding = report.findings.get(index)?;
        let facts = report.wiring.repository.get(finding.place.file)?;
        Some(Tried {
            rule: finding.rule,
            title: finding.fix.as_ref()?.title.clone(),
            path: facts.path.clone(),
            line: facts.lines.position(finding.place.span.start).line,
        })
    }

    fn finish(mut self) -> Outcome {
        self.texts.retain(|_, text| text.before != text.after);
        let mut outcome = self.outcome;
        outcome.texts = self.texts;
        let order =
            |one: &Tried, other: &Tried| (&one.path, one.line, one.rule).cmp(&(&other.path, other.line, other.rule));
        outcome.fixed.sort_by(order);
        outcome.held_back.sort_by(order);
        outcome
    }
}
