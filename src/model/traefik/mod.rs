//! Traefik as Traefik reads it: entry points, routers, middlewares and services, and the answer to a request.

mod answer;
mod connections;
mod container;
mod cors;
mod discover;
mod dynamic;
mod entry_point;
mod fault;
mod files;
mod forward;
mod gaps;
mod header_terms;
mod headers;
mod instance;
mod labels;
mod links;
mod listens;
mod mapping;
mod matcher;
mod matching;
mod middleware;
mod names;
mod options;
mod priority;
mod reading;
mod redirect;
mod refused;
mod router;
mod run;
mod select;
mod service;
mod setting;
mod shadow;
mod sources;
mod startup;
mod syntax;
mod tcp;
#[cfg(test)]
mod tests;
mod version;
mod way;

use std::collections::BTreeMap;

pub use discover::discover;
pub(in crate::model) use syntax::host_of_rule;
pub use version::TraefikVersion;

use super::proxy::{InWords, ListenAddress, Patterns, Target};
use super::{Assumption, Unknown};
use crate::base::{FileId, Limits, Place};

/// One Traefik with all that its providers say.
#[derive(Debug)]
pub struct TraefikInstance {
    /// The files that it starts with, then those that its providers read.
    files: Vec<FileId>,
    /// Whether a finding may be in it.
    accusable: bool,
    /// The services whose labels it reads.
    labelled: Vec<Place>,
    /// What it rests on that it runs here.
    assumptions: Vec<Assumption>,
    startup: startup::Startup,
    dynamic: dynamic::Dynamic,
    /// Why there may be routers that are not known.
    unseen: Option<Unknown>,
    /// Why requests find nothing at a place.
    reasons: BTreeMap<Place, InWords>,
    listens: Vec<ListenAddress>,
    targets: Vec<Target>,
    patterns: Patterns,
    /// The routers at each entry point.
    doors: select::Doors,
    /// The bounds that were reached.
    limits: Limits,
    blocks: way::Blocks,
}
