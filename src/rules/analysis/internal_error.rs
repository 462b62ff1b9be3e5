//! `internal-error`: wirelint itself failed on a file or in a rule.

use std::any::Any;

use super::{NOWHERE, finding};
use crate::base::{Place, Span, panic_message};
use crate::model::Wiring;
use crate::rules::registry::{Accuses, Rule};
use crate::rules::{Finding, RuleId};

const ID: &str = RuleId::INTERNAL_ERROR.0;

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/internal-error.md"), check).accuses(Accuses::Anything);

fn check(wiring: &Wiring) -> Vec<Finding> {
    let errors = wiring.repository.coverage.internal_errors.iter();
    errors
        .map(|(path, problem)| {
            let place = wiring.repository.find(path).map_or(NOWHERE, |file| Place::new(file, Span::default()));
            let message = format!(
                "An internal error of wirelint stopped the reading of `{path}`, which is left out: {problem}. Please report this."
            );
            finding(ID, place, message, "left out", None, path.as_str())
        })
        .collect()
}

/// The finding about a rule that panicked.
pub(in crate::rules) fn of_rule(rule: RuleId, panic: &(dyn Any + Send)) -> Finding {
    let problem = panic_message(panic);
    let message = format!(
        "An internal error of wirelint stopped the rule `{rule}`, whose findings are missing: {problem}. Please report this."
    );
    finding(ID, NOWHERE, message, "left out", None, rule.0)
}
