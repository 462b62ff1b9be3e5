//! `missing-sticky-sessions`: polling that meets another process with each request.

use crate::model::proxy::NGINX;
use crate::model::{CauseKind, Spread, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-sticky-sessions";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-sticky-sessions.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingStickySessions { by, spreader, over, count } => Some({
            let (line, goes) = by.map_or(NGINX.sticky, |by| by.sticky);
            let (what, fix) = match over {
                Spread::Servers => ("servers", format!("add {goes} {at}:\n    {line}")),
                Spread::Workers => (
                    "workers",
                    "run one worker for each port and choose among them with `ip_hash` in an nginx `upstream`, or put `@socket.io/sticky` in front of Node workers".to_owned(),
                ),
                Spread::Pods => ("pods", format!("add {goes}:\n    {line}")),
                Spread::ServicePods => (
                    "pods",
                    "run one replica, or let the requests of the path go past the proxy to an Ingress that binds a client to one pod".to_owned(),
                ),
                Spread::Replicas => ("containers", "name the service in an nginx `upstream` block with `ip_hash;`".to_owned()),
            };
            let count = count.map_or_else(|| "several".to_owned(), |count| count.to_string());
            Words {
                message: format!(
                    "{spreader} spreads socket.io requests over {count} {what} without affinity. Clients begin with long polling, whose requests must all meet the same process: others answer 400 `Session ID unknown`."
                ),
                label: format!("{count} {what}, and any of them takes a request"),
                help: Some(format!(
                    "{fix}\nor let every client connect with `transports: ['websocket']`; a Redis adapter does not make polling work"
                )),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
