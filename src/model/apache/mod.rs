//! Apache httpd as httpd reads it: effective configuration, and the answer to a request.

mod access;
mod address;
mod alias;
mod answer;
mod balancer;
mod build;
mod content;
mod discover;
mod environment;
mod expression;
mod headers;
mod index;
mod instance;
mod modules;
mod pass;
mod paths;
mod response;
mod rewrite;
mod run;
mod scope;
mod sections;
mod sent_headers;
mod servers;
#[cfg(test)]
mod tests;
mod time;
mod tree;
mod upstream;
mod uri;
mod values;
mod workers;

use std::sync::Arc;

pub use discover::discover;

use super::Unknown;
use super::nginx::Effort;
use super::proxy::ListenAddress;
use crate::base::{FileId, Place};

/// One httpd with its configuration files.
#[derive(Debug)]
pub struct ApacheInstance {
    /// The main file, or the first of the files that it includes when it is not in the repository.
    root: Option<FileId>,
    /// All files that take part, the main one first.
    files: Vec<FileId>,
    /// What could not be read.
    holes: Vec<Unknown>,
    /// The configuration, includes and defines resolved.
    tree: tree::Tree,
    /// Look-ups over it.
    index: index::Index,
    /// Every address that it listens on.
    listens: Vec<ListenAddress>,
    /// Whether a finding may be in its files.
    accusable: bool,
    /// Mounts and `COPY`s that put its files into place.
    placed_by: Vec<Place>,
    /// What matching may cost.
    effort: Effort,
    /// The levels that answers obey, by number.
    chains: answer::Chains,
}

impl ApacheInstance {
    /// The names and values that fill `${NAME}`, when something outside of the files brings them.
    #[must_use]
    pub fn placeholders(&self) -> Vec<Arc<str>> {
        let mut names: Vec<Arc<str>> = Vec::new();
        let mut open: Vec<&tree::Directive> = self.tree.root.directives.iter().collect();
        while let Some(directive) = open.pop() {
            names.extend(directive.args.iter().flat_map(|arg| &arg.holes).map(|(_, hole)| Arc::clone(hole)));
            open.extend(directive.block.iter().flat_map(|block| &block.directives));
        }
        names.sort();
        names.dedup();
        names
    }
}
