//! `unproxied-path`: a path that nginx answers with files.

use crate::model::proxy::{Forwards, ProxyWords};
use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, About, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unproxied-path";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unproxied-path.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::UnproxiedPath { nothing: Some(nothing), by: Some(by), path, status, .. } => {
            let code = status.map_or_else(|| "a file".to_owned(), |code| code.to_string());
            Some(Words {
                message: format!(
                    "{} answers `{path}` with {code} and never asks the back end, because {}.",
                    by.name, nothing.why
                ),
                label: format!("`{path}` ends here"),
                help: Some(format!("write in {at}:\n    {}", nothing.fix)),
                strength: Strength::Full,
            })
        }
        CauseKind::UnproxiedPath { by, path, location, route, status, .. } => Some(match (by, location) {
            (Some(by), Some(location)) => behind_a_proxy(by, path, location, route.as_deref(), *status, at),
            _ => in_development(path, route.as_deref().unwrap_or("/"), at),
        }),
        CauseKind::UnhostedPath { path, service, rule, route } => {
            Some(hosted(path, service, rule.as_deref(), route.as_deref(), at))
        }
        _ => None,
    })
}

fn hosted(path: &str, service: &str, rule: Option<&str>, route: Option<&str>, at: &About<'_>) -> Words {
    let takes = match rule {
        Some(rule) => format!("the rule for `{rule}` takes it first and answers with a file"),
        None => "no rule of its file takes it, so it looks for a file of this name".to_owned(),
    };
    let (comes, strength) = match route {
        Some(route) => (
            format!(
                "the route `{route}` of the {} is never asked. A request gets index.html or 404, and a handshake fails",
                at.back_end()
            ),
            Strength::Full,
        ),
        None => ("the WebSocket handshake fails with an unexpected response code".to_owned(), Strength::Milder),
    };
    Words {
        message: format!("{service} serves the page and gets its requests for `{path}` too: {takes}, and {comes}."),
        label: format!("`{path}` ends here"),
        help: Some(format!(
            "add a rule for `{path}` before it in {at} that forwards to the public address of the back end, or give the code that address (functions and forwarding rules of hosting services keep no WebSocket)"
        )),
        strength,
    }
}

fn behind_a_proxy(
    by: &ProxyWords,
    path: &str,
    location: &str,
    route: Option<&str>,
    status: Option<u16>,
    at: &About<'_>,
) -> Words {
    let name = by.name;
    // no location at all: the server itself
    let taken = if location == "server" {
        "no location takes it and the server".to_owned()
    } else {
        format!("`{}` takes it and", by.block(location))
    };
    let looks = match status {
        None => "serves files",
        Some(_) if by.block.is_empty() => "has nothing for it",
        Some(404) => "looks for files only",
        Some(_) => "does not hand it on",
    };
    let Some(route) = route else {
        let answer = status.map_or_else(|| "a file".to_owned(), |code| code.to_string());
        return Words {
            message: format!(
                "{name} answers the WebSocket handshake for `{path}` with {answer}, because {taken} {looks}: the socket never opens, and the browser says that the response code is unexpected."
            ),
            label: format!("`{path}` ends here"),
            help: Some(format!(
                "add to the server of {at}, with the address of the process that takes the sockets:\n    {}",
                by.forwarding(path, Forwards::Sockets).join("\n    ")
            )),
            strength: Strength::Milder,
        };
    };
    let message = match status {
        Some(code) => format!(
            "{name} answers `{path}` with {code} and never asks the back end, because {taken} {looks}, while the route `{route}` waits at the {}.",
            at.back_end()
        ),
        None => format!(
            "{name} answers `{path}` with a file and never asks the back end, because {taken} {looks}, while the route `{route}` waits at the {}. A WebSocket handshake fails with an unexpected response code, and a request gets index.html or 404.",
            at.back_end()
        ),
    };
    Words {
        message,
        label: format!("`{path}` ends here"),
        help: Some(format!(
            "add to the server of {at}, with the address of the process that serves `{route}`:\n    {}",
            by.forwarding(path, Forwards::Requests).join("\n    ")
        )),
        strength: Strength::Full,
    }
}

fn in_development(path: &str, route: &str, at: &About<'_>) -> Words {
    Words {
        message: format!(
            "The development server answers `{path}` itself and never asks the back end, because no proxy entry of it takes the path, while the route `{route}` waits at the {}. A WebSocket handshake hangs or fails, and a request gets index.html or 404.",
            at.back_end()
        ),
        label: format!("nothing here forwards `{path}`"),
        help: Some(format!(
            "add to the proxy entries in {at}, with the address of the process that serves `{route}` (`ws: true` is for sockets):\n    '{path}': {{ target: 'http://HOST:PORT', ws: true }},"
        )),
        strength: Strength::Full,
    }
}
