//! `upgrade-map-closes-keepalive`: what the Connection header says with plain requests.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "upgrade-map-closes-keepalive";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/upgrade-map-closes-keepalive.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::UpgradeMapClosesKeepalive { variable } => Some(Words {
            message: format!(
                "The map for `{variable}` sends `Connection: close` with every request that asks for no upgrade, so the upstream's `keepalive` never keeps a connection."
            ),
            label: "plain requests close their connection".to_owned(),
            help: Some(format!("send no Connection header with plain requests; write in the map of {at}:\n    '' '';")),
            strength: Strength::Full,
        }),
        CauseKind::ConstantUpgrade { location, method } => Some(Words {
            message: format!(
                "`location {location}` sends `Connection: upgrade` with {method} requests too, which ask for no upgrade. Most back ends do not mind; aiohttp 3.6.2 and 3.6.3, which may be what runs here, then take the body for another protocol, and the request hangs."
            ),
            label: "sent with every request".to_owned(),
            help: Some(format!(
                "let the client decide: add the map at http level, and change {at} to the line below it:\n    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}\n    proxy_set_header Connection $connection_upgrade;"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
