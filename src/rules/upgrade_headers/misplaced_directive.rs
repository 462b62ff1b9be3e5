//! `misplaced-directive`: a directive where nginx refuses it.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::{Accuses, Rule};
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "misplaced-directive";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/misplaced-directive.md"), check).accuses(Accuses::OwnSyntax);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::MisplacedDirective { directive, context, allowed } => Some(Words {
            message: format!(
                "nginx does not start, because `{directive}` stands at {context} level: `\"{directive}\" directive is not allowed here`. It belongs at {} level.",
                words::list(allowed).replace(" and ", " or ")
            ),
            label: format!("not allowed at {context} level"),
            help: allowed.first().map(|place| format!("move `{directive}` to {place} level")),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
