//! `short-proxy-timeout`: sockets that a proxy closes between two heartbeats.

use crate::model::proxy::Carries;
use crate::model::{CauseKind, TimeoutSource, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "short-proxy-timeout";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/short-proxy-timeout.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::ShortProxyTimeout {
            by,
            location,
            timeout,
            heartbeat: Some(period),
            carries: Carries::Answer,
            ..
        } => {
            let (setting, line) = by.answer_timeout;
            let block = by.block(location);
            Some(Words {
                message: format!(
                    "`{block}` ends an answer after {timeout} of silence (`{setting}`), and the event stream writes only every {period}: it breaks off again and again, and what happens until the browser is back is lost."
                ),
                label: "ends silent answers".to_owned(),
                help: Some(format!(
                    "set in `{block}` ({at}):\n    {line}\nor let the stream write a comment more often than that (`: ping`)"
                )),
                strength: Strength::Full,
            })
        }
        CauseKind::ShortProxyTimeout { by, location, timeout, source, hasty, heartbeat, send_timeout, .. } => Some({
            let (setting, line) = by.socket_timeout;
            let block = by.block(location);
            let why = match source {
                TimeoutSource::Default => format!("the default of `{setting}`"),
                TimeoutSource::Written => format!("`{setting}`"),
            };
            let beats = match heartbeat {
                Some(period) => format!("the fastest heartbeat comes only every {period}"),
                None => "neither side sends a heartbeat".to_owned(),
            };
            let other = if *send_timeout {
                " `proxy_send_timeout` does not help: it never counts while nobody writes."
            } else {
                ""
            };
            Words {
                message: format!(
                    "`{block}` closes a socket after {timeout} of silence in both directions ({why}), and {beats}.{other}"
                ),
                label: match source {
                    TimeoutSource::Default => format!("closes a silent socket after {timeout}"),
                    TimeoutSource::Written => "closes silent sockets".to_owned(),
                },
                help: Some(format!(
                    "set in `{block}` ({at}):\n    {line}\nor let one side send a ping more often than that, which also finds dead connections"
                )),
                strength: if *hasty { Strength::Full } else { Strength::Note },
            }
        }),
        _ => None,
    })
}
