//! The CORS headers that a back end puts on the answers to a passage.

use crate::facts::{Guarded, OriginLibrary, Protocol};
use crate::model::proxy::Received;
use crate::model::{Admits, OriginPolicy, Passage, Route, RouteId, Wiring};

use super::example;

/// What of a passage a browser reads under CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Answers to HTTP requests.
    Http,
    /// socket.io's polling.
    Polling,
}

impl Kind {
    /// What a browser reads of it; `None` for a WebSocket, which CORS does not concern.
    pub fn of(wiring: &Wiring, passage: &Passage) -> Option<Self> {
        let of_route = |id: &RouteId| wiring.routes.get(id.0 as usize);
        let mut routes = passage.routes.iter().filter_map(of_route);
        match passage.request.protocol {
            Protocol::Http | Protocol::Static => Some(Self::Http),
            Protocol::SocketIo => Some(Self::Polling),
            // socket.io begins with plain requests in the same location
            Protocol::WebSocket => {
                routes.any(|route: &Route| route.protocol == Protocol::SocketIo).then_some(Self::Polling)
            }
        }
    }
}

/// Whether the policy speaks of answers of this kind to requests of the passage.
pub(super) fn speaks_of(policy: &OriginPolicy, passage: &Passage, kind: Kind) -> bool {
    let about = match policy.library.guards() {
        Guarded::Http => kind == Kind::Http,
        Guarded::Polling | Guarded::SocketIo => kind == Kind::Polling,
        Guarded::Sockets => false,
    };
    about
        && policy.app.is_some_and(|app| passage.apps.contains(&app))
        && policy.deployment.is_none_or(|deployment| deployment == passage.deployment)
        && policy.mode.as_ref().is_none_or(|mode| *mode == passage.mode)
}

/// Whether the policy puts the header on them: also for pages of another origin, and not in development only.
pub(super) fn answers(wiring: &Wiring, policy: &OriginPolicy, passage: &Passage, kind: Kind) -> bool {
    let without_origin = matches!(passage.proxied.headers.get("Origin"), Received::Never(Some(_)));
    speaks_of(policy, passage, kind)
        && !policy.development_only
        && (!without_origin || sends_without(policy) == Some(true))
        && policy.covers.takes(&example(&passage.proxied.path), wiring.comparisons.at(policy.place)) == Some(true)
}

/// Whether the back end may put CORS headers on its answers itself.
pub(super) fn is_answered_by_back_end(wiring: &Wiring, passage: &Passage) -> bool {
    let Some(kind) = Kind::of(wiring, passage) else { return false };
    wiring.index.policies_of(wiring, &passage.apps).any(|policy| {
        speaks_of(policy, passage, kind)
            && !matches!(policy.admits, Admits::Nobody)
            && policy.covers.takes(&example(&passage.proxied.path), wiring.comparisons.at(policy.place)) != Some(false)
    })
}

/// Whether a registration sends `Access-Control-Allow-Origin` to a request without an Origin (read in the sources of each
/// library); `None` where that is not known.
pub fn sends_without(policy: &OriginPolicy) -> Option<bool> {
    use OriginLibrary as L;
    match (policy.library, &policy.admits) {
        (L::StarletteCors | L::DjangoCors | L::KoaCors | L::PythonSocketIo, _) => Some(false),
        (L::NodeCors | L::FastifyCors | L::SocketIoCors | L::FlaskCors | L::Headers, Admits::Any(_)) => Some(true),
        (L::NodeCors | L::SocketIoCors, Admits::Reflected(_)) => Some(false),
        // One text is sent to everybody, a list only to those that are in it: with one entry it may be either.
        (L::NodeCors | L::FastifyCors | L::SocketIoCors, Admits::List { entries, patterns, .. })
            if entries.len() > 1 || !patterns.is_empty() =>
        {
            Some(false)
        }
        (L::FlaskCors, Admits::List { entries, patterns, more: None }) if entries.len() == 1 && patterns.is_empty() => {
            Some(true)
        }
        _ => None,
    }
}
