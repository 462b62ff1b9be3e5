//! `missing-websocket-support`: a server that takes no WebSocket handshakes.

use crate::model::{CauseKind, Interface, NoSockets, Wiring};
use crate::rules::registry::Rule;
use crate::rules::words::{self, Strength, Words};
use crate::rules::{Finding, RuleId};

const ID: &str = "missing-websocket-support";

/// The rule.
pub static RULE: Rule = Rule::new(ID, include_str!("../../../rules/missing-websocket-support.md"), check);

fn check(wiring: &Wiring) -> Vec<Finding> {
    words::findings_at(wiring, RuleId(ID), |kind, at| match kind {
        CauseKind::MissingWebSocketSupport { path, why } => Some({
            let (message, label, help) = match why {
                NoSockets::OtherServer => (
                    format!(
                        "This server takes no WebSocket handshake for `{path}`: the sockets hang on another server, which never listens, and the browser gets 404 or the answer of a plain request."
                    ),
                    "listens without the sockets",
                    "listen on the server that the sockets hang on: `server.listen(...)` in place of `app.listen(...)`, or hand this server to the WebSocket library",
                ),
                NoSockets::ServerAndPort => (
                    format!(
                        "`ws` is given a server and a port{}. Since version 7.5 it takes only one of `port`, `server` and `noServer`, and the program stops with an error when it starts.",
                        at.back_end_after("at")
                    ),
                    "a server and a port",
                    "leave `port` out, and let the server listen: `server.listen(port)`",
                ),
                NoSockets::NoLibrary => (
                    format!(
                        "The handshake of `{path}` fails{}, because uvicorn is installed without a WebSocket library: it answers the request as a plain one.",
                        at.back_end_after("at")
                    ),
                    "without a WebSocket library",
                    "install one:\n    uvicorn[standard]",
                ),
                NoSockets::Wrapped => (
                    format!(
                        "Nothing answers socket.io at `{path}`{}: the application inside is started, and the one around it, which has the sockets, by nothing.",
                        at.back_end_after("at")
                    ),
                    "starts the application inside",
                    "start the application around it: the name that `socketio.ASGIApp(..)` is bound to",
                ),
                NoSockets::Wsgi => (
                    format!(
                        "The handshake of `{path}` fails{}, because the WSGI application is what runs: it takes no sockets, and nothing starts the ASGI application that does.",
                        at.back_end_after("at")
                    ),
                    "serves the WSGI application",
                    "serve the ASGI application:\n    daphne -b 0.0.0.0 -p 8000 <project>.asgi:application",
                ),
                NoSockets::SwitchedOff => (
                    format!(
                        "The handshake of `{path}` fails{}, because the server is told to take no sockets: it answers the request as a plain one.",
                        at.back_end_after("at")
                    ),
                    "switches sockets off",
                    "leave the option out, or choose `auto`",
                ),
                NoSockets::OtherProcess { by, to, other, address } => (
                    format!(
                        "{by} sends the handshake of `{path}` to {to}, whose application takes no sockets: it is answered as a plain request. {other} has the route.",
                    ),
                    "leads to the process without sockets",
                    &*sent_to(address.as_deref()),
                ),
                NoSockets::Function(service) => (
                    format!(
                        "The handshake of `{path}` fails, because a function of {service} answers it: functions end with their answer and keep no socket."
                    ),
                    "leads to a function",
                    "run the sockets in a process of their own, and give the client its public address",
                ),
            };
            Words { message, label: label.to_owned(), help: Some(help.to_owned()), strength: Strength::Full }
        }),
        CauseKind::ForeignInterface { program, framework, takes } => Some({
            let (message, help) = match takes {
                Interface::Wsgi => (
                    format!(
                        "This worker of {program} calls WSGI applications alone, and the {framework} application is ASGI: every request to it fails with 500, and every WebSocket handshake with it."
                    ),
                    "start it with an ASGI worker:\n    -k uvicorn.workers.UvicornWorker",
                ),
                Interface::Asgi => (
                    format!(
                        "{program} calls ASGI applications, and the {framework} application is WSGI: every request to it fails with 500."
                    ),
                    "start it with a WSGI server (gunicorn, waitress), or wrap it: `asgiref.wsgi.WsgiToAsgi(app)`",
                ),
            };
            Words {
                message,
                label: "cannot call the application".to_owned(),
                help: Some(help.to_owned()),
                strength: Strength::Full,
            }
        }),
        _ => None,
    })
}

fn sent_to(address: Option<&str>) -> String {
    let there = address.map_or_else(|| "the process that has the route".to_owned(), |address| format!("`{address}`"));
    format!("send this path to {there}, with the headers of the upgrade")
}
