//! nginx as nginx reads it: effective configuration, and the answer to a request.

mod answer;

use std::sync::Arc;

pub use answer::{Answer, Dropped, LostUpgrade, Outcome, Proxied, Request, Target, Upgrade};

use super::{Tls, Unknown, Wiring};
use crate::base::{FileId, Place};

/// Index of an [`NginxInstance`] in the wiring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NginxId(pub u32);

/// One nginx process with its configuration files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NginxInstance {
    /// The main file, or the first of the http-level fragments when the main file is not in the repository.
    pub root: Option<FileId>,
    /// All files that take part.
    pub files: Vec<FileId>,
    /// What could not be read.
    pub holes: Vec<Unknown>,
}

/// An address that an nginx instance listens on, with the names and kinds of servers behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenAddress {
    /// The port.
    pub port: u16,
    /// Plain or TLS.
    pub tls: Tls,
    /// The `listen` directive, or the server block when the default (80) applies.
    pub place: Place,
    /// The server's names as written.
    pub names: Vec<Arc<str>>,
}

impl NginxInstance {
    /// Every address that it listens on.
    #[must_use]
    pub fn listens(&self) -> Vec<ListenAddress> {
        Vec::new()
    }

    /// What it does with a request.
    #[must_use]
    pub fn answer(&self, _wiring: &Wiring, _request: &Request) -> Answer {
        Answer {
            steps: Vec::new(),
            outcome: Outcome::Unknown(Unknown { reason: crate::facts::HoleReason::Unsupported, place: None }),
            assumptions: Vec::new(),
        }
    }
}

/// Stage 1, first half: finds the nginx instances of the repository (main files, http-level fragments, templates) with
/// the files that they include.
pub fn discover(_wiring: &mut Wiring) {}

/// Stage 4, the proxy's part: effective configuration of every instance, and the causes that need no wire
/// (misplaced directives, undefined variables, locations that are WebSocket by name only).
pub fn configure(_wiring: &mut Wiring) {}
