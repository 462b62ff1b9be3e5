//! What a proxy does with a request.

use std::sync::Arc;

use super::BlockId;
use super::headers::{HeaderValue, SpokenVersion, UpstreamHeaders};
use super::request::Sent;
use crate::base::Place;
use crate::model::proxy::Dropped;
use crate::model::{Assumption, PathText, Unknown};

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The server that takes the request; `None` when it is not known.
    pub server: Option<ChosenServer>,
    /// The location that answers in the end; `None` when none does, or it is not known.
    pub location: Option<ChosenLocation>,
    /// The level whose directives the answer obeys in the end: the location, an `if` in it, or the server.
    pub level: BlockId,
    /// Server and location that were chosen, with the places that show it, in words for people.
    pub steps: Vec<(Place, String)>,
    /// The outcome.
    pub outcome: Outcome,
    /// What the outcome rests on.
    pub assumptions: Vec<Assumption>,
    /// What stops clients without credentials on the way; the outcome is that of a client which may pass.
    pub gates: Vec<Gate>,
}

/// A server that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenServer {
    /// The block.
    pub level: BlockId,
    /// The block's head.
    pub place: Place,
    /// The `listen` directive that takes the request, or the block's head.
    pub listen: Place,
}

/// A location that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenLocation {
    /// The block.
    pub level: BlockId,
    /// The block's head.
    pub place: Place,
    /// The head as written, without the word `location`.
    pub written: Arc<str>,
}

/// Something that lets in only clients with credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The directive.
    pub place: Place,
    /// The status that others get.
    pub status: u16,
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
        /// The Location header that the client receives.
        location: HeaderValue,
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
        /// What the client gets when there is no such file, where an `error_page` decides that; else it gets 404.
        missing: Option<Box<Answer>>,
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
    /// The level whose directives are in effect: the location, or an `if` in it that holds `proxy_pass`.
    pub level: BlockId,
    /// The `proxy_pass` directive.
    pub pass_place: Place,
    /// `http` or `https` to the upstream.
    pub scheme: Arc<str>,
    /// The members that it may be sent to: host and port, with their places; more than one for an `upstream` block.
    pub targets: Vec<Target>,
    /// The name of the `upstream` block, when there is one.
    pub upstream: Option<Arc<str>>,
    /// The method that the upstream receives.
    pub method: Arc<str>,
    /// The path that the upstream receives.
    pub path: PathText,
    /// What follows the `?` of the address that the upstream receives.
    pub query: Sent,
    /// The version of HTTP that nginx speaks to the upstream.
    pub http_version: SpokenVersion,
    /// The headers that the upstream receives.
    pub headers: UpstreamHeaders,
    /// What becomes of the upgrade.
    pub upgrade: Upgrade,
    /// The effective `proxy_set_header Host` value, or nginx's default `$proxy_host`.
    pub host_header: Arc<str>,
    /// The status that replaces the upstream's, and where: an `error_page` without `=` led here.
    pub kept_status: Option<(u16, Place)>,
    /// Whether an `Origin` gate in nginx itself lets only known origins in (`if ($http_origin ...)`).
    pub origin_gate: Option<Place>,
}

/// A member of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Host name or address; `None` when it holds variables that are not known.
    pub host: Option<Arc<str>>,
    /// Port; `None` when it holds variables that are not known, and for a unix socket.
    pub port: Option<u16>,
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
    /// Where the fix goes: the location, or the directive with the wrong value.
    pub place: Place,
    /// When they are set at an outer level and dropped by an inner one: the outer level's word, the lost directives, and
    /// the inner directive that drops them.
    pub dropped: Option<Dropped>,
}
