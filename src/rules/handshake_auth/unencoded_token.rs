//! `unencoded-token`: values that break the query that they are put into.

use crate::model::{CauseKind, Unencoded, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unencoded-token";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unencoded-token.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings(wiring, RuleId(ID), |kind| match kind {
        CauseKind::UnencodedToken { key, why } => Some(Words {
            message: format!(
                "`{key}` goes into the address as it is, and {}: the back end gets another value and refuses the connection, for some users and not for others.",
                because(why)
            ),
            label: format!("`{key}` is not encoded"),
            help: Some(format!(
                "encode it: `?{key}=${{encodeURIComponent(value)}}`, or let `URLSearchParams` write the query"
            )),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

fn because(why: &Unencoded) -> String {
    match why {
        Unencoded::Base64 => "base64 holds `+`, `/` and `=`; a `+` in a query is a space".to_owned(),
        Unencoded::Configured(name) => format!(
            "the back end compares it with `{name}`, a text that may hold any character; a `+` in a query is a space, and `&` and `#` end the value"
        ),
    }
}
