//! `header-not-allowed`: a request header that the back end's CORS registration refuses.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "header-not-allowed";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/header-not-allowed.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::HeaderNotAllowed { headers, admitted } => Some({
            let listed = if admitted.is_empty() { "none by name".to_owned() } else { words::short_list(admitted, 6) };
            Words {
                message: format!(
                    "The browser does not send the request, because it has the header {}, and the CORS registration{} allows {listed}.",
                    words::list(headers),
                    at.back_end_after("of")
                ),
                label: format!("{} is not allowed", words::list(headers)),
                help: Some(format!("add {} to the headers of this registration", words::list(headers))),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}
