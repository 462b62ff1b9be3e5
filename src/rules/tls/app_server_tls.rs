//! `app-server-tls`: application servers that end TLS by themselves.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "app-server-tls";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/app-server-tls.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| {
        match kind {
        CauseKind::AppServerTls => Some(Words {
            message: format!(
                "The {} speaks TLS by itself in a deployment: its certificates have to be renewed and reloaded by hand, and nothing redirects, compresses or limits in front of it.",
                at.back_end()
            ),
            label: "TLS ends here".to_owned(),
            help: Some("let a reverse proxy (nginx, Caddy, Traefik) take TLS and hand requests on in plain, inside of the deployment".to_owned()),
            strength: Strength::Full,
        }),
        _ => None,
    }
    })
}
