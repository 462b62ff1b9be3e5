//! How bad the findings of a rule are where people say so.

use super::{Finding, RuleId, Selector, Severity, find};
use crate::base::{PathPatterns, RepoPath};

/// What a rule's findings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not reported.
    Off,
    /// As bad as this.
    At(Severity),
}

impl Level {
    /// Every level, from the worst.
    pub const ALL: [Self; 4] =
        [Self::At(Severity::Error), Self::At(Severity::Warning), Self::At(Severity::Note), Self::Off];

    /// The word in `wirelint.toml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::At(severity) => severity.name(),
        }
    }
}

/// A level that somebody stated for a rule or family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedLevel {
    /// The rule or family.
    pub selector: Selector,
    /// The level.
    pub level: Level,
    /// The files that it holds for; all of them without patterns.
    pub paths: Option<PathPatterns>,
    /// A group of statements; those of a later one are stronger, and in one a rule's is stronger than its family's.
    pub group: usize,
}

impl StatedLevel {
    fn covers(&self, rule: RuleId, path: Option<&RepoPath>) -> bool {
        let here = || self.paths.as_ref().is_none_or(|paths| path.is_some_and(|path| paths.cover(path)));
        self.selector.covers(rule) && here()
    }
}

/// The index of the statement that decides about the findings of a rule in a file.
#[must_use]
pub fn deciding(stated: &[StatedLevel], rule: RuleId, path: Option<&RepoPath>) -> Option<usize> {
    let covering = stated.iter().enumerate().filter(|(_, one)| one.covers(rule, path));
    let strength = |one: &StatedLevel| (one.group, matches!(one.selector, Selector::Rule(_)));
    covering.max_by_key(|(_, one)| strength(one)).map(|(index, _)| index)
}

/// A finding as the statements have it; `None` when its rule is off there, which
/// that of wirelint's own failures cannot be. One that is milder than its rule, or only likely, stays
/// as much milder.
pub(super) fn leveled(mut finding: Finding, stated: &[StatedLevel], path: Option<&RepoPath>) -> Option<Finding> {
    let Some(statement) = deciding(stated, finding.rule, path).and_then(|index| stated.get(index)) else {
        return Some(finding);
    };
    let Level::At(mut severity) = statement.level else {
        return (finding.rule == RuleId::INTERNAL_ERROR).then_some(finding);
    };
    let mut own = find(finding.rule.0).map_or(finding.severity, |rule| rule.metadata().severity());
    while own > finding.severity {
        (own, severity) = (own.lower(), severity.lower());
    }
    finding.severity = severity;
    Some(finding)
}
