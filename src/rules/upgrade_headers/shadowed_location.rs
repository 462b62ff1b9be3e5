//! `shadowed-location`: a location that nginx never picks.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::{Accuses, Rule};
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "shadowed-location";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/shadowed-location.md"), check).accuses(Accuses::OwnSyntax);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::ShadowedLocation { location, why, meant } => Some(Words {
            message: format!(
                "nginx never picks `location {location}`, because {why}. Its requests go to another location, without what is set here."
            ),
            label: "no request comes here".to_owned(),
            help: meant.as_ref().map(|meant| format!("write its head as:\n    location {meant} {{")),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
