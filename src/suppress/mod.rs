//! Suppressions that are written for people: what `wirelint ignore` and editors do about a finding that stays.

mod comment;
mod entries;
mod plan;

use std::collections::BTreeMap;

use crate::base::{Entry, Layered, RepoPath, Tracking, Tree};
use crate::model::Wiring;
use crate::rules::{Finding, RuleId};
pub use plan::{Configuration, Plan, Target};

/// Whether findings of a rule can be suppressed: not what a run makes of itself.
#[must_use]
pub fn is_suppressible(rule: RuleId) -> bool {
    ![RuleId::UNUSED_SUPPRESSION, RuleId::UNUSED_SETTING, RuleId::INTERNAL_ERROR].contains(&rule)
}

/// The text of a file before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Before; `None` when there is no such file.
    pub before: Option<String>,
    /// After.
    pub after: String,
}

/// What is edited, by path.
pub type Edits = BTreeMap<RepoPath, Edit>;

/// `below` with these edits.
#[must_use]
pub fn edited<'t>(below: &'t dyn Tree, edits: &Edits) -> Layered<&'t dyn Tree> {
    let mut over = Layered::new(below);
    for (path, edit) in edits {
        let text = Ok(edit.after.as_str().into());
        if edit.before.is_none() {
            let entry = Entry::classify(path.clone(), edit.after.len() as u64, Tracking::Tracked);
            over.add(entry, text);
        } else {
            over.replace(path.clone(), text);
        }
    }
    over
}

/// Where the suppression of a finding goes: the line of its fix. `None` when no file has it.
#[must_use]
pub fn target(wiring: &Wiring, finding: &Finding) -> Option<Target> {
    let facts = wiring.repository.get(finding.place.file)?;
    let line = facts.lines.position(finding.place.span.start).line;
    Some(Target { path: facts.path.clone(), line, rule: finding.rule, kind: facts.kind })
}
