//! What nginx does with a request.

use std::sync::Arc;

use crate::base::Place;
use crate::facts::Protocol;
use crate::model::{Assumption, PathText, Tls, Unknown};

/// A request as it reaches nginx.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The port that it arrives on, inside nginx's own network namespace.
    pub port: u16,
    /// Whether the client speaks TLS.
    pub tls: Tls,
    /// The Host header without port, lower case, when known.
    pub host: Option<Arc<str>>,
    /// The path, as far as it is known.
    pub path: PathText,
    /// A WebSocket handshake or a plain request.
    pub protocol: Protocol,
    /// The method.
    pub method: Arc<str>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Server and location that were chosen, with the places that show it, in words for people.
    pub steps: Vec<(Place, String)>,
    /// The outcome.
    pub outcome: Outcome,
    /// What the outcome rests on.
    pub assumptions: Vec<Assumption>,
}

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Forwarded.
    Proxied(Box<Proxied>),
    /// Answered by a redirect.
    Redirect {
        /// The status.
        code: u16,
        /// The address as configured.
        target: Arc<str>,
        /// Where.
        place: Place,
        /// The slash that nginx adds by itself to `/ws` for `location /ws/`.
        automatic_slash: bool,
    },
    /// Answered from files: by a file or the single-page fallback.
    Files {
        /// The location, as written (`/`).
        location: Arc<str>,
        /// The location's place.
        place: Place,
    },
    /// Answered with a fixed status.
    Status {
        /// The status.
        code: u16,
        /// Where.
        place: Place,
    },
    /// Not known: Lua, unknown modules, holes.
    Unknown(Unknown),
}

/// A forwarded request.
#[derive(Clone, Debug, PartialEq)]
pub struct Proxied {
    /// The location as written, with its modifier (`~ ^/ws`).
    pub location: Arc<str>,
    /// The location's line.
    pub location_place: Place,
    /// The `proxy_pass` directive.
    pub pass_place: Place,
    /// `http` or `https` to the upstream.
    pub scheme: Arc<str>,
    /// The members that it may be sent to: host and port, with their places; more than one for an `upstream` block.
    pub targets: Vec<Target>,
    /// The name of the `upstream` block, when there is one.
    pub upstream: Option<Arc<str>>,
    /// The path that the upstream receives.
    pub path: PathText,
    /// What becomes of the upgrade.
    pub upgrade: Upgrade,
    /// The effective `proxy_set_header Host` value, or nginx's default `$proxy_host`.
    pub host_header: Arc<str>,
    /// Whether an `Origin` gate in nginx itself lets only known origins in (`if ($http_origin ...)`).
    pub origin_gate: Option<Place>,
}

/// A member of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host name or address; `None` when it holds variables that are not known.
    pub host: Option<Arc<str>>,
    /// Port.
    pub port: u16,
    /// Where it is written.
    pub place: Place,
}

/// Whether the headers that the upstream receives carry a WebSocket upgrade.
#[derive(Clone, Debug, PartialEq)]
pub enum Upgrade {
    /// They do.
    Carried,
    /// They do not.
    Lost(LostUpgrade),
    /// They do, but over HTTP/1.0 (`place`: the location), unless nginx is 1.29.7 or newer when `version_dependent`.
    Http10 {
        /// Whether a newer nginx would use 1.1 by default.
        version_dependent: bool,
    },
    /// Not known.
    Unknown(Unknown),
}

/// Why an upgrade is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct LostUpgrade {
    /// In words, as a clause that names the header: "no `proxy_set_header Upgrade` is in effect".
    pub problem: String,
    /// The headers to set.
    pub missing: Vec<Arc<str>>,
    /// Where the mend goes: the location, or the directive with the wrong value.
    pub place: Place,
    /// When they are set at an outer level and dropped by an inner one: the outer level's word, the lost directives, and
    /// the inner directive that drops them.
    pub dropped: Option<Dropped>,
}

/// Headers that an inner level drops.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// `http`, `server` or `location`.
    pub level: Arc<str>,
    /// The names of the lost headers.
    pub lost: Vec<Arc<str>>,
    /// Where they are set.
    pub set_at: Vec<Place>,
    /// The first `proxy_set_header` of the inner level.
    pub dropped_by: Place,
}
