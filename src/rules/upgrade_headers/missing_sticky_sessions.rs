//! `missing-sticky-sessions`: polling that meets another process with each request.

use std::fmt;

use crate::model::proxy::ProxyWords;
use crate::model::{CauseKind, Spread, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-sticky-sessions";

/// The line that binds a client to one server, and where it goes.
type Line = (&'static str, &'static str);

/// What binds clients where the workers are those of Node.
const IN_NODE: &str = "put `@socket.io/sticky` in front of Node workers";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-sticky-sessions.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingStickySessions { by, sticky, spreader, over, count } => Some({
            let (what, fix) = (counted(*over), fix(*over, *by, *sticky, at));
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

/// What the requests are spread over, for people.
fn counted(over: Spread) -> &'static str {
    match over {
        Spread::Servers => "servers",
        Spread::Workers => "workers",
        Spread::Replicas => "containers",
        Spread::Pods | Spread::ServicePods => "pods",
    }
}

/// What to do, in the words of the proxy, when there is one.
fn fix(over: Spread, by: Option<&ProxyWords>, sticky: Option<Line>, at: &dyn fmt::Display) -> String {
    match (over, by, sticky) {
        (Spread::Servers, _, Some((line, goes))) => format!("add {goes} {at}:\n    {line}"),
        (Spread::Pods, _, Some((line, goes))) => format!("add {goes}:\n    {line}"),
        (Spread::Workers, Some(by), Some((line, _))) => format!(
            "run one worker for each port and let {} bind a client to one of them (`{line}`), or {IN_NODE}",
            by.name
        ),
        (Spread::Replicas, Some(by), _) => format!(
            "let {} bind a client to one container:\n    {}",
            by.name,
            by.sticky_containers.join("\n    ")
        ),
        (Spread::ServicePods, ..) => {
            "run one replica, or let the requests of the path go past the proxy to an Ingress that binds a client to one pod".to_owned()
        }
        (Spread::Workers, ..) => {
            format!("run one worker for each port behind a proxy that binds a client to one of them, or {IN_NODE}")
        }
        (Spread::Servers | Spread::Pods | Spread::Replicas, ..) => {
            "put a proxy in front that binds a client to one of them".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::proxy::{CADDY, NGINX, TRAEFIK};

    #[test]
    fn the_fix_is_in_the_words_of_the_proxy() {
        for by in [&NGINX, &CADDY, &TRAEFIK] {
            let said = |over| fix(over, Some(by), Some(by.sticky), &"here:1");
            assert!(said(Spread::Servers).contains(by.sticky.0));
            assert!(said(Spread::Workers).contains(by.sticky.0));
            assert!(said(Spread::Replicas).contains(by.sticky_containers[0]));
            let others = [&NGINX, &CADDY, &TRAEFIK].into_iter().filter(|other| other.name != by.name);
            for other in others {
                let all = [Spread::Servers, Spread::Workers, Spread::Replicas].map(said).concat();
                assert!(!all.contains(other.name) && !all.contains(other.sticky.0), "{all}");
            }
        }
        assert!(fix(Spread::Workers, None, None, &"here:1").contains("behind a proxy"));
    }
}
