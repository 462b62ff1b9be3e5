//! Caddy as Caddy reads it: its Caddyfile made into routes, and the answer to a request.

mod adapt;
mod address;
mod answer;
mod answering;
mod automatic;
mod directives;
mod discover;
mod duration;
mod expand;
mod forward;
mod headers;
mod instance;
mod lines;
mod mapping;
mod matcher;
mod matching;
mod options;
mod order;
mod placeholder;
mod proxy;
mod proxy_directive;
mod query;
mod rewrite;
mod route;
mod row;
mod run;
mod servers;
mod sort;
#[cfg(test)]
mod tests;
mod url;
mod version;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use discover::{discover, instances};
pub use version::CaddyVersion;

use super::Unknown;
use super::proxy::{CutShort, ListenAddress, Patterns, Target};
use crate::base::{FileId, Place};
use answer::Blocks;
use servers::Config;

/// One Caddy process with its configuration files.
#[derive(Debug)]
pub struct CaddyInstance {
    /// The main file.
    pub root: FileId,
    /// All files, the main one first.
    pub files: Vec<FileId>,
    /// What could not be read.
    pub holes: Vec<Unknown>,
    /// Where a bound was reached.
    cut_short: CutShort,
    /// The release, when an image tag fixes one.
    pub version: Option<CaddyVersion>,
    /// Mounts and `COPY`s that put its files into place.
    pub placed_by: Vec<Place>,
    /// Whether a finding may be in its files.
    pub accusable: bool,
    /// The environment that it runs in, as far as it is known.
    pub environment: BTreeMap<Arc<str>, Arc<str>>,
    first: Option<Place>,
    config: Config,
    listens: Vec<ListenAddress>,
    targets: Vec<Target>,
    patterns: Patterns,
    blocks: Blocks,
}
