//! `undefined-env-var`: a public variable that nothing sets.

use crate::model::{CauseKind, UnsetEffect, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "undefined-env-var";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/undefined-env-var.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::UndefinedEnvVar { name, mode, effect, closed, documented } => Some({
            let result = match effect {
                UnsetEffect::Url(url) => format!(
                    "the browser connects to `{url}`. Bundlers put the value in at build time, and a missing one becomes the text `undefined`"
                ),
                UnsetEffect::RequestOfPage => "the address has no server in it, and the request goes to the server of the page, which has no such route".to_owned(),
                UnsetEffect::SocketOfPage => "socket.io gets no address and asks the server of the page, which does not speak it: the client never connects, and tries again for ever".to_owned(),
            };
            let known = if *documented { ", though an example file names it" } else { "" };
            let build = if *closed {
                " The build that is in the repository passes nothing on, so it cannot come from outside."
            } else {
                ""
            };
            Words {
                message: format!("`{name}` is set nowhere for {mode} builds{known}, so {result}.{build}"),
                label: format!("`{name}` is undefined in {mode} builds"),
                help: Some(format!(
                    "add `{name}=...` to `.env.{mode}`, set it as a build argument or in CI, or give it a fallback in {at}: `|| ...`"
                )),
                strength: match (documented, closed) {
                    (true, false) => Strength::Note,
                    (_, true) => Strength::Full,
                    (false, false) => Strength::Milder,
                },
            }
        }),
        _ => None,
    })
}
