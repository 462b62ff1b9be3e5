//! `misplaced-directive`: a directive where nginx refuses it.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::{Accuses, Rule};
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "misplaced-directive";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/misplaced-directive.md"), check).accuses(Accuses::OwnSyntax);

/// A context as a place; `main` is nginx's name for the file outside of every block.
fn inside(context: &str) -> String {
    if context == "main" { "at the top level".to_owned() } else { format!("in `{context}`") }
}

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MisplacedDirective { directive, context, allowed } => Some(Words {
            message: format!(
                "nginx does not start, because `{directive}` is {}: `\"{directive}\" directive is not allowed here`. It belongs {}.",
                inside(context),
                allowed.iter().map(|place| inside(place)).collect::<Vec<_>>().join(" or ")
            ),
            label: format!("not allowed {}", inside(context)),
            help: allowed.first().map(|place| match &**place {
                "main" => format!("move `{directive}` from {at} to the top level, outside of every block"),
                place => format!("move `{directive}` from {at} into the `{place}` block"),
            }),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
