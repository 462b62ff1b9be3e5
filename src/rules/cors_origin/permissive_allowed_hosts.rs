//! `permissive-allowed-hosts`: lists of hosts that hold every host.

use crate::model::{CauseKind, Opens, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "permissive-allowed-hosts";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/permissive-allowed-hosts.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| {
        match kind {
        CauseKind::PermissiveAllowedHosts { opens } => Some(Words {
            message: match opens {
                Opens::Sockets => format!(
                    "The {} lets in every Host, and the Origin check of its sockets goes by the same list: with `*` it lets in the pages of every site.",
                    at.back_end()
                ),
                Opens::Hosts => format!(
                    "The {} answers requests for every Host: what it makes of that header (links in mails, redirects, cached pages) can be made to lead elsewhere.",
                    at.back_end()
                ),
            },
            label: "every host".to_owned(),
            help: Some("list the hosts that it is reached under, such as `app.example.com`; inside of a deployment also the name that a proxy hands on".to_owned()),
            strength: match opens {
                Opens::Sockets => Strength::Full,
                // A proxy with names of its own may stand in front.
                Opens::Hosts => Strength::Note,
            },
        }),
        _ => None,
    }
    })
}
