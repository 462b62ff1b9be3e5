//! What keeps an idle connection busy: timers that write to sockets, and settings of libraries that send pings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Expr;
use crate::base::Span;

/// Something that may write to a socket again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatFact {
    /// The call that sets the timer, or the value of the setting.
    pub span: Span,
    /// What beats.
    pub source: HeartbeatSource,
    /// The time between two beats; a hole when the file does not show it. A setting may also come to nothing, `None` or 0,
    /// which turn it off.
    pub period: Expr,
    /// What the period counts.
    pub unit: TimeUnit,
    /// The function or class whose parameters the period uses.
    pub function: Option<Arc<str>>,
}

/// What beats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HeartbeatSource {
    /// A timer of this repository's own code.
    Timer,
    /// A library, told to by a setting that replaces its default.
    Library(HeartbeatLibrary),
}

/// A library that can send pings by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HeartbeatLibrary {
    /// socket.io in any language: 25 s.
    SocketIo,
    /// aiohttp's `WebSocketResponse(heartbeat=...)`: off.
    Aiohttp,
    /// Tornado's `websocket_ping_interval`: off.
    Tornado,
    /// The Python library `websockets`: 20 s.
    PythonWebsockets,
    /// simple-websocket, which flask-sock uses: off.
    SimpleWebsocket,
}

/// What a number of time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimeUnit {
    /// Seconds, as Python counts.
    Seconds,
    /// Milliseconds, as JavaScript counts.
    Milliseconds,
}
