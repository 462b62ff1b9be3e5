//! Locations that are WebSocket by their name alone.

use std::sync::Arc;

use super::chain;
use crate::facts::Protocol;
use crate::model::nginx::NginxInstance;
use crate::model::nginx::select::{self, Matcher};
use crate::model::nginx::tree::Level;
use crate::model::proxy::{Http10Handshake, Outcome, Proxy, Request, Upgrade, upgrade_causes};
use crate::model::{Assumption, Cause, CauseKind, PathPiece, PathText, Tls};

/// Locations whose path is one of those that only sockets have.
pub(super) fn by_name(instance: &NginxInstance) -> Vec<Cause> {
    let mut causes = Vec::new();
    for (server, level) in instance.tree.http_servers() {
        let Some(listen) = select::listens(level).into_iter().find(|listen| listen.port.is_some()) else { continue };
        let Some(port) = listen.port else { continue };
        let host = select::names(level).first().filter(|name| name.holes.is_empty()).map(|name| Arc::clone(&name.text));
        for location in instance.tree.locations_of(server) {
            let Some(path) = socket_path(location) else { continue };
            let tls = if listen.tls { Tls::Tls } else { Tls::Plain };
            let host = host.clone().filter(|host| !host.contains(['*', '~', '_']));
            let path = PathText(vec![PathPiece::Known(path.into())]);
            let request = Request::from_browser(port, tls, host, path, Protocol::WebSocket);
            let answer = instance.answer(&request);
            let Outcome::Proxied(proxied) = answer.outcome else { continue };
            if proxied.location_place != location.place || !matches!(proxied.upgrade, Upgrade::Lost(_)) {
                continue;
            }
            for mut cause in upgrade_causes(instance, &proxied, Http10Handshake::Tolerated) {
                if let CauseKind::MissingUpgradeHeaders { name_only, .. } = &mut cause.kind {
                    *name_only = true;
                }
                cause.assumptions.push(Assumption::NameOnly);
                causes.push(Cause {
                    kind: cause.kind,
                    place: cause.place,
                    key: cause.key,
                    chains: chain(cause.links),
                    assumptions: [cause.assumptions, answer.assumptions.clone()].concat(),
                });
            }
        }
    }
    causes
}

/// The path of a location that only sockets have, by the names that libraries and people give them.
pub(super) fn socket_path(location: &Level) -> Option<String> {
    let text = match select::matcher(location) {
        Matcher::Exact(text) | Matcher::Prefix { text, .. } => text,
        Matcher::Regex { .. } | Matcher::Named(_) | Matcher::Unknown => return None,
    };
    let is_socket = |part: &str| {
        matches!(
            part.to_ascii_lowercase().as_str(),
            "ws" | "wss"
                | "websocket"
                | "websockets"
                | "socket.io"
                | "sockjs-node"
                | "cable"
                | "webpack-hmr"
                | "socket"
        )
    };
    text.split('/').any(is_socket).then(|| text.to_owned())
}
