//! HAProxy as HAProxy reads it: sections with what they inherit, and the answer to a request.

mod acl;
mod address;
mod answer;
mod config;
mod convert;
mod discover;
mod edit;
mod expression;
mod fetch;
mod format;
mod headers;
mod instance;
mod listens;
mod matching;
mod passing;
mod redirect;
mod request;
mod response;
mod rule;
mod run;
mod sample;
mod sent;
mod shadow;
mod switch;
#[cfg(test)]
mod tests;

pub use discover::discover;

use super::Unknown;
use super::nginx::Effort;
use super::proxy::{ListenAddress, PortRange};
use crate::base::{FileId, Place};

/// One HAProxy with its configuration files.
#[derive(Debug)]
pub struct HaproxyInstance {
    /// All files that take part, in their order.
    files: Vec<FileId>,
    /// What could not be read.
    holes: Vec<Unknown>,
    /// Its sections.
    config: config::Config,
    /// Every address that it listens on.
    listens: Vec<ListenAddress>,
    /// Whether a finding may be in its files.
    accusable: bool,
    /// Mounts and `COPY`s that put its files into place.
    placed_by: Vec<Place>,
    /// What matching may cost.
    effort: Effort,
    /// The ways that answers took, by number.
    ways: answer::Ways,
    /// Rows of ports of which only the first are among the addresses.
    ranges: Vec<PortRange>,
}
