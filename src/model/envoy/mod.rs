//! Envoy as Envoy reads it: its static bootstrap, and the answer to a request.

mod answer;
mod answer_headers;
mod client_headers;
mod clusters;
mod config;
mod cors;
mod cors_filter;
mod discover;
mod domains;
mod filtering;
mod filters;
mod format;
mod forward;
mod headers;
mod instance;
mod listeners;
mod mapping;
mod matcher;
mod mutation;
mod node;
mod path;
mod redirect;
mod run;
mod select;
mod shadow;
mod tables;
#[cfg(test)]
mod tests;
mod upgrade;
mod values;

pub use discover::discover;

use super::Unknown;
use super::proxy::{ListenAddress, Patterns, Target};
use crate::base::{FileId, Place};

/// One Envoy with its bootstrap.
#[derive(Debug)]
pub struct EnvoyInstance {
    /// The bootstrap.
    files: Vec<FileId>,
    /// What comes from elsewhere.
    holes: Vec<Unknown>,
    /// Why nothing is certain: a part of the configuration was left out.
    cut: Option<Unknown>,
    /// Whether a finding may be in it.
    accusable: bool,
    /// Mounts and `COPY`s that put it into place.
    placed_by: Vec<Place>,
    first: Place,
    config: config::Config,
    listens: Vec<ListenAddress>,
    targets: Vec<Target>,
    patterns: Patterns,
    blocks: answer::Blocks,
}
