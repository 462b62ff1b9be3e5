//! The edits of findings: what rules word as help, where the words are certain enough to be written by a program.
//!
//! A cause knows its places and values, and the facts of their files show what is around them. What the text itself looks like is not
//! known here: see `fix`.

mod addresses;
mod comments;
mod lists;
mod nginx;
mod nginx_tree;
mod remedies;
mod settings;

pub(super) use comments::{rule_name, suppression, unused_comment, unused_name};
pub(in crate::rules) use nginx::usual;
pub use remedies::REMEDIES;

use crate::base::{FileKind, Place};
use crate::facts::FileFacts;
use crate::model::{Cause, Wiring};
use crate::rules::{Applicability, Fix, Remedy};

/// The fix of a cause, when there is one certain edit.
pub(super) fn of_cause(wiring: &Wiring, cause: &Cause) -> Option<Fix> {
    let case = Case { wiring, cause, facts: wiring.repository.get(cause.place.file)? };
    let fix = addresses::of(&case)
        .or_else(|| nginx::of(&case))
        .or_else(|| lists::of(&case))
        .or_else(|| settings::of(&case))?;
    let certain = cause.assumptions.is_empty();
    Some(Fix { applicability: if certain { fix.applicability } else { Applicability::Unsafe }, ..fix })
}

/// The kinds of fixes that findings of a rule may have.
pub fn remedies_of(rule: &str) -> impl Iterator<Item = &'static Remedy> + use<'_> {
    REMEDIES.iter().copied().filter(move |remedy| remedy.rule.0 == rule)
}

/// A cause with the file that it accuses.
struct Case<'w> {
    wiring: &'w Wiring,
    cause: &'w Cause,
    facts: &'w FileFacts,
}

impl Case<'_> {
    fn place(&self) -> Place {
        self.cause.place
    }

    fn is_script(&self) -> bool {
        use FileKind::{Html, Svelte, Tsx, TypeScript, Vue};
        matches!(self.facts.kind, TypeScript | Tsx | Vue | Svelte | Html)
    }

    fn is_python(&self) -> bool {
        self.facts.kind == FileKind::Python
    }
}
