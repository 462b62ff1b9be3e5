//! `origin-not-allowed`: a page that the back end's allow-list lacks.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "origin-not-allowed";

/// The rule.
pub static RULE: Rule =
    Rule::new(ID, include_str!("../../../rules/origin-not-allowed.md"), check).yields_to(&["malformed-allowed-origin"]);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::OriginNotAllowed { origin, list, websocket, own_host } => Some({
            let effect = if *websocket {
                format!("The {} refuses the WebSocket handshake of pages from", at.back_end())
            } else {
                format!("The browser hides the answers of the {} from pages of", at.back_end())
            };
            let why = match list.as_slice() {
                [] if let Some(host) = own_host => format!("it takes pages of its own host alone, which is `{host}`"),
                [] => "nothing here lets another origin in".to_owned(),
                list => format!("the allow-list does not hold that origin; it holds {}", words::short_list(list, 6)),
            };
            Words {
                message: format!("{effect} `{origin}`, because {why}."),
                label: format!("`{origin}` is missing"),
                help: Some(match list.as_slice() {
                    [] if own_host.is_some() => format!("let `{origin}` in where the Origin is checked, in {at}"),
                    [] => format!("let `{origin}` in where {at} is, with the library's `cors` option"),
                    _ => format!("add `{origin}` to the allow-list in {at}"),
                }),
                strength: Strength::Full,
            }
        }),
        CauseKind::WithoutCors { origin, framework, left_out } => {
            let why = match left_out {
                None => format!("nothing in the {} application answers with CORS headers", framework.name()),
                Some(path) => format!("the CORS registration in {at} is for other paths than `{path}`"),
            };
            Some(Words {
                message: format!(
                    "The browser hides the answers of the {} from pages of `{origin}`, because {why}.",
                    at.back_end()
                ),
                label: match left_out {
                    None => "sends no CORS headers".to_owned(),
                    Some(path) => format!("is not for `{path}`"),
                },
                help: Some(match left_out {
                    None => framework.cors_registration(origin),
                    Some(path) => format!("let the registration in {at} cover `{path}` as well"),
                }),
                strength: Strength::Full,
            })
        }
        _ => None,
    })
}
