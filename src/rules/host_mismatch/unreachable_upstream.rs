//! `unreachable-upstream`: a proxy target where nobody answers.

use crate::model::{AddressPart, CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unreachable-upstream";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unreachable-upstream.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::UnreachableUpstream { target, why, suggestion, part, status } => Some(Words {
            message: format!(
                "What the proxy forwards to `{target}` fails, because nobody answers there: {why}. The browser gets {} or a closed connection.",
                if *status == 503 { "503 Service Temporarily Unavailable" } else { "502 Bad Gateway" }
            ),
            label: format!("nobody answers at `{target}`"),
            help: Some(match suggestion {
                _ if *part == AddressPart::Selector => format!("write the labels of the pods that are meant in {at}"),
                Some(right) if *part == AddressPart::TargetPort => {
                    format!("change {at} to:\n    targetPort: {right}")
                }
                None if *part == AddressPart::TargetPort => {
                    format!("write the port in {at} that the container listens on")
                }
                Some(right) => format!("change the address in {at} to `{right}`"),
                None => {
                    format!("change the address in {at} to one that answers, or let something listen at `{target}`")
                }
            }),
            strength: Strength::Full,
        }),
        _ => None,
    })
}
