//! What a proxy does to connections and answers while they last: time-outs, buffers, headers.

use std::sync::Arc;

use super::BlockId;
use crate::base::Place;
use crate::model::{Admits, PreflightPolicy};

/// How long a proxy waits for an upstream that is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdleTimeout {
    /// For ever.
    Never,
    /// The default of the program, because nothing says otherwise.
    Default {
        /// The time.
        milliseconds: u64,
    },
    /// What a directive says.
    Written {
        /// The directive.
        place: Place,
        /// The time.
        milliseconds: u64,
    },
}

/// What a time-out is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carries {
    /// An upgraded connection.
    Socket,
    /// An answer that goes on, as an event stream does.
    Answer,
}

/// Whether a proxy collects an answer in buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffering {
    /// Never.
    Off,
    /// Unless the answer says `X-Accel-Buffering: no`.
    On,
    /// Whatever the answer says.
    Always,
    /// To the end of the answer, whatever it says: what is here reads all of it before it hands anything on.
    Whole(Place),
}

/// A header that a proxy adds to answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddedHeader {
    /// Its name.
    pub name: Arc<str>,
    /// Its value as configured.
    pub value: Arc<str>,
    /// To which answers.
    pub answers: AddedTo,
    /// What becomes of the one that the back end sent.
    pub back_end: BackEndHeader,
    /// The directive.
    pub place: Place,
    /// The level that states it.
    pub level: BlockId,
}

/// What becomes of a header of the same name that the back end sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BackEndHeader {
    /// The answer carries both.
    Kept,
    /// The proxy's takes its place.
    Replaced,
}

/// The answers that a header is added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddedTo {
    /// All (`always`).
    All,
    /// Those that went well or redirect.
    Good,
}

impl AddedHeader {
    /// Whether an answer with this status gets it.
    #[must_use]
    pub fn is_sent(&self, status: u16) -> bool {
        self.answers == AddedTo::All || matches!(status, 200 | 201 | 204 | 206 | 301 | 302 | 303 | 304 | 307 | 308)
    }
}

/// Headers that an inner level drops.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropped {
    /// `http`, `server` or `location`.
    pub level: Arc<str>,
    /// The names of the lost headers.
    pub lost: Vec<Arc<str>>,
    /// Where the one that is missed is set.
    pub set_at: Place,
    /// The first `proxy_set_header` of the inner level.
    pub dropped_by: Place,
}

/// How the requests of one client are spread over the servers of an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// One server takes all requests of a client, or nothing shows that there are others.
    OneServer,
    /// Several servers take turns.
    Spread {
        /// What names them.
        place: Place,
        /// How many servers take part.
        servers: usize,
    },
}

/// A policy of a proxy's own for pages of other origins.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnCors {
    /// Where it is written.
    pub place: Place,
    /// Whom it lets in.
    pub admits: Admits,
    /// Whether it allows credentials.
    pub credentials: bool,
    /// What it admits in the request that browsers send ahead.
    pub preflight: PreflightPolicy,
    /// Why it does nothing, and what to do so that it does.
    pub idle: Option<InWords>,
}

/// Why something comes to nothing, and what helps, in the program's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InWords {
    /// A clause without a full stop.
    pub why: &'static str,
    /// What to type.
    pub fix: &'static str,
}
