//! Look-ups over the facts of a repository, made when they are first needed.

use std::sync::OnceLock;

use super::Wiring;
use super::evaluate::CallIndex;
use crate::base::FileId;

/// Joins that many stages ask for again and again. The facts must not change once one was made.
#[derive(Debug, Default)]
pub struct Index {
    dev_servers: OnceLock<Vec<FileId>>,
    calls: OnceLock<CallIndex>,
}

impl Index {
    /// The files that configure development servers, in path order.
    pub(super) fn dev_servers<'a>(&'a self, wiring: &Wiring) -> &'a [FileId] {
        self.dev_servers.get_or_init(|| {
            let files = wiring.repository.iter().filter(|(_, facts)| !facts.dev_servers.is_empty());
            files.map(|(file, _)| file).collect()
        })
    }

    /// The calls of every function and class.
    pub(super) fn calls<'a>(&'a self, wiring: &Wiring) -> &'a CallIndex {
        self.calls.get_or_init(|| CallIndex::new(wiring))
    }
}
