//! The certificates that a proxy shows.

use std::sync::Arc;

use crate::base::Place;

/// A certificate of some servers.
#[derive(Clone, Debug, PartialEq)]
pub struct Certificate {
    /// Where it is named.
    pub place: Place,
    /// The path of its file where the proxy runs.
    pub path: Arc<str>,
    /// The names of the servers that show it, as written.
    pub names: Arc<[Arc<str>]>,
}
