//! `competing-upgrade-listeners`: several WebSocket servers on one HTTP server.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "competing-upgrade-listeners";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/competing-upgrade-listeners.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::CompetingUpgradeListeners { count } => Some({
            Words {
                message: format!(
                    "{count} WebSocket servers listen to the upgrades of one HTTP server, each by itself: the one that does not know the path of a handshake answers 400 on the connection that another one has accepted, and the socket breaks."
                ),
                label: "listens to the same upgrades".to_owned(),
                help: Some(
                    "create them with `{ noServer: true }`, and hand each upgrade to one of them:\n    server.on('upgrade', (request, socket, head) => { /* choose by path, then */ wss.handleUpgrade(request, socket, head, ...) })".to_owned(),
                ),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
