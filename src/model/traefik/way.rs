//! Ways of requests through the configuration, and what lasts behind answers.

use std::sync::Arc;

use super::middleware::CorsTerms;
use super::names::Name;
use crate::base::Place;
use crate::model::proxy::{AddedHeader, Ways};

/// Ways through the configuration that answers took, by number.
pub(super) type Blocks = Ways<WayKey, Way>;

/// What tells ways apart: where they begin and end, and all that lasts behind them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WayKey {
    entry: Option<Place>,
    router: Option<Name>,
    added: Vec<(Place, Arc<str>, Arc<str>)>,
    hidden: Vec<Arc<str>>,
    /// Where the policy is written.
    cors: Option<Place>,
    rewritten: Option<Place>,
    buffers: Option<Place>,
    sticky: bool,
    is_forwarded: bool,
}

/// What lasts behind an answer.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// Headers that middlewares set on the answer.
    pub added: Vec<AddedHeader>,
    /// Names of headers that middlewares take out of the answer.
    pub hidden: Vec<Arc<str>>,
    /// What the last middleware with a CORS policy says.
    pub cors: Option<CorsTerms>,
    /// What made the path another one.
    pub rewritten: Option<Place>,
    /// Whether a cookie binds a client to one server.
    pub sticky: bool,
    /// What reads whole answers before they go on.
    pub buffers: Option<Place>,
    /// After which time an answer ends.
    pub ends: Option<(u64, Place)>,
    /// Whether it is handed on.
    pub is_forwarded: bool,
    /// The name of the router.
    pub router: Option<Name>,
}

impl Way {
    /// What tells it apart from others.
    pub fn key(&self, entry: Option<Place>) -> WayKey {
        let added = self.added.iter().map(|header| (header.place, Arc::clone(&header.name), Arc::clone(&header.value)));
        WayKey {
            entry,
            router: self.router.clone(),
            added: added.collect(),
            hidden: self.hidden.clone(),
            cors: self.cors.as_ref().map(|cors| cors.place),
            rewritten: self.rewritten,
            buffers: self.buffers,
            sticky: self.sticky,
            is_forwarded: self.is_forwarded,
        }
    }
}
