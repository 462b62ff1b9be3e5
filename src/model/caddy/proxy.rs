//! `reverse_proxy` as it is written.

use std::sync::Arc;

use super::headers::HeaderOp;
use super::rewrite::Rewrite;
use super::route::Trust;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Target;

/// A `reverse_proxy`, or what `php_fastcgi` and `forward_auth` make of one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ReverseProxy {
    pub place: Place,
    /// How it is written.
    pub written: Arc<str>,
    pub upstreams: Vec<Upstream>,
    pub transport: Transport,
    pub header_up: Vec<HeaderOp>,
    pub header_down: Vec<HeaderOp>,
    pub rewrite: Rewrite,
    pub trusted: Trust,
    /// How long an upgraded connection may last, with the place.
    pub stream_timeout: Option<(u64, Place)>,
    /// After which silence of the upstream it gives up, with the place.
    pub read_timeout: Option<(u64, Place)>,
    /// Whether it binds clients to an upstream.
    pub affinity: Affinity,
    /// Why its answer is not that of the upstream.
    pub handled: Option<Unknown>,
    /// What of it is not understood.
    pub unknown: Option<Unknown>,
}

/// An upstream.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Upstream {
    pub target: Target,
    /// Host and port as they are dialled; placeholders as written.
    pub dial: Arc<str>,
    pub hole: Option<HoleReason>,
}

/// What is spoken to the upstreams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Transport {
    #[default]
    Http,
    Https,
    /// HTTP/2 without TLS.
    H2c,
    FastCgi,
    Other,
}

/// Whether the requests of one client go to one upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Affinity {
    #[default]
    None,
    /// By its address, a cookie, a header, or because the first upstream is always taken.
    Bound,
}
