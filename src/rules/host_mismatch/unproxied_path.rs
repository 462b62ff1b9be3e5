//! `unproxied-path`: a path that nginx answers with files.

use crate::model::{CauseKind, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, About, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "unproxied-path";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/unproxied-path.md"), check).once_per_place();

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::UnproxiedPath { path, location, route, status } => Some(match location {
            Some(location) => behind_nginx(path, location, route.as_deref(), *status, at),
            None => in_development(path, route.as_deref().unwrap_or("/"), at),
        }),
        _ => None,
    })
}

fn behind_nginx(path: &str, location: &str, route: Option<&str>, status: Option<u16>, at: &About<'_>) -> Words {
    // no location at all: the server itself
    let taken = if location == "server" {
        "no location takes it and the server".to_owned()
    } else {
        format!("`location {location}` takes it and")
    };
    let looks = if status.is_some() { "looks for files only" } else { "serves files" };
    let Some(route) = route else {
        let answer = status.map_or_else(|| "a file".to_owned(), |code| code.to_string());
        return Words {
            message: format!(
                "nginx answers the WebSocket handshake for `{path}` with {answer}, because {taken} {looks}: the socket never opens, and the browser says that the response code is unexpected."
            ),
            label: format!("`{path}` ends here"),
            help: Some(format!(
                "add to the server of {at}, with the address of the process that takes the sockets:\n    location {path} {{\n        proxy_pass http://HOST:PORT;\n        proxy_http_version 1.1;\n        proxy_set_header Upgrade $http_upgrade;\n        proxy_set_header Connection \"upgrade\";\n    }}"
            )),
            strength: Strength::Milder,
        };
    };
    let message = match status {
        Some(code) => format!(
            "nginx answers `{path}` with {code} and never asks the back end, because {taken} {looks}, while the route `{route}` waits at the {}.",
            at.back_end()
        ),
        None => format!(
            "nginx answers `{path}` with a file and never asks the back end, because {taken} {looks}, while the route `{route}` waits at the {}. A WebSocket handshake fails with an unexpected response code, and a request gets index.html or 404.",
            at.back_end()
        ),
    };
    Words {
        message,
        label: format!("`{path}` ends here"),
        help: Some(format!(
            "add to the server of {at}, with the address of the process that serves `{route}`:\n    location {path} {{ proxy_pass http://HOST:PORT; }}"
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
