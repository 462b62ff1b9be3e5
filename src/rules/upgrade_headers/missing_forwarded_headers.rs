//! `missing-forwarded-headers`: a back end that does not learn the scheme or host that the browser used.

use super::effects;
use crate::model::proxy::ProxyWords;
use crate::model::{CauseKind, ForwardedProblem, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-forwarded-headers";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-forwarded-headers.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingForwardedHeaders { by, location, problem, effect } => Some(Words {
            message: format!("{}, {}.", told(by, location, problem), effects::of(problem, effect, at)),
            label: label(problem),
            help: Some(help(by, problem, at.place())),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

fn told(by: &ProxyWords, location: &str, problem: &ForwardedProblem) -> String {
    let (name, block) = (by.name, by.block(location));
    match problem {
        ForwardedProblem::Host(sent) => format!(
            "{name} sends `Host: {sent}` through `{block}`, the upstream's name in place of the host that the browser used"
        ),
        ForwardedProblem::Scheme(header) => {
            format!("TLS ends at {name}, and `{block}` does not send `{header}`")
        }
        ForwardedProblem::WrongScheme(sent) => {
            format!("TLS ends at {name}, and `{block}` says that the scheme is `{sent}`")
        }
        ForwardedProblem::NoOrigin => {
            format!("{name} takes the Origin header out of what `{block}` sends on")
        }
        ForwardedProblem::Unread => format!(
            "TLS ends at {name}, which sends `X-Forwarded-Proto` through `{block}`; without `SECURE_PROXY_SSL_HEADER` Django does not look at it and takes every request for plain http"
        ),
    }
}

fn label(problem: &ForwardedProblem) -> String {
    match problem {
        ForwardedProblem::Host(_) => "the upstream's name is sent as Host".to_owned(),
        ForwardedProblem::Scheme(header) => format!("no {header}"),
        ForwardedProblem::WrongScheme(_) => "not the scheme that the browser used".to_owned(),
        ForwardedProblem::NoOrigin => "no Origin".to_owned(),
        ForwardedProblem::Unread => "compares with the scheme that Django sees".to_owned(),
    }
}

fn help(by: &ProxyWords, problem: &ForwardedProblem, at: &str) -> String {
    match problem {
        ForwardedProblem::Host(_) => {
            format!("add {} {at}:\n    {}", by.header_place, by.host)
        }
        ForwardedProblem::Scheme(header) => {
            format!("add {} {at}:\n    {}", by.header_place, by.scheme.replace("{header}", header))
        }
        ForwardedProblem::NoOrigin => format!("{} {at}, and {} sends the Origin on", by.keeps_origin, by.name),
        ForwardedProblem::WrongScheme(sent) => format!(
            "change the line in {at}, which sends `{sent}`, to:\n    {}",
            by.scheme.replace("{header}", "X-Forwarded-Proto")
        ),
        ForwardedProblem::Unread => {
            format!(
                "add to the settings, as {} always sets the header:\n    SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\")",
                by.name
            )
        }
    }
}
