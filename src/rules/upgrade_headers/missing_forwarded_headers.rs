//! `missing-forwarded-headers`: a back end that does not learn the scheme or host that the browser used.

use super::effects;
use crate::model::{CauseKind, ForwardedProblem, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-forwarded-headers";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-forwarded-headers.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingForwardedHeaders { location, problem, effect } => Some(Words {
            message: format!("{}, {}.", told(location, problem), effects::of(problem, effect, at)),
            label: label(problem),
            help: Some(help(problem, at.place())),
            strength: Strength::Full,
        }),
        _ => None,
    })
}

fn told(location: &str, problem: &ForwardedProblem) -> String {
    match problem {
        ForwardedProblem::Host(sent) => format!(
            "nginx sends `Host: {sent}` through `location {location}`, the upstream's name in place of the host that the browser used"
        ),
        ForwardedProblem::Scheme(header) => {
            format!("TLS ends at nginx, and `location {location}` does not send `{header}`")
        }
        ForwardedProblem::WrongScheme(sent) => {
            format!("TLS ends at nginx, and `location {location}` says that the scheme is `{sent}`")
        }
        ForwardedProblem::NoOrigin => {
            format!("nginx takes the Origin header out of what `location {location}` sends on")
        }
        ForwardedProblem::Unread => format!(
            "TLS ends at nginx, which sends `X-Forwarded-Proto` through `location {location}`; without `SECURE_PROXY_SSL_HEADER` Django does not look at it and takes every request for plain http"
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

fn help(problem: &ForwardedProblem, at: &str) -> String {
    match problem {
        ForwardedProblem::Host(_) => {
            format!("add beside the other `proxy_set_header` of {at}:\n    proxy_set_header Host $host;")
        }
        ForwardedProblem::Scheme(header) => {
            format!("add beside the other `proxy_set_header` of {at}:\n    proxy_set_header {header} $scheme;")
        }
        ForwardedProblem::NoOrigin => format!("delete `proxy_set_header Origin \"\";` in {at}, and nginx sends the Origin on"),
        ForwardedProblem::WrongScheme(sent) => format!("change `{sent}` to `$scheme` in {at}"),
        ForwardedProblem::Unread => {
            "add to the settings, as nginx always sets the header:\n    SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\")".to_owned()
        }
    }
}
