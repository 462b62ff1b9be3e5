//! `unproxied-path`: a path that nginx answers with files.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unproxied-path";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unproxied-path.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::UnproxiedPath { path, location, route } => Some(Words {
            message: format!(
                "nginx answers `{path}` with a file and never asks the back end, because `location {location}` takes it and serves files, while the route `{route}` waits at the back end. A WebSocket handshake fails with an unexpected response code, and a request gets index.html or 404."
            ),
            label: format!("`{path}` ends in files here"),
            help: Some(format!(
                "add a location that takes `{path}` and forwards it with proxy_pass to the process that serves `{route}`"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
