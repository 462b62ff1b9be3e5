//! The Ingress of a cluster: one proxy for all Ingress objects, as the controller makes it of them.

mod annotations;
mod answer;
mod config;
mod cors;
mod elsewhere;
mod forward;
mod instance;
mod paths;
mod read;
mod select;
#[cfg(test)]
mod tests;

use super::cluster::Cluster;
use crate::base::{FileId, Limits, Place};
use crate::facts::Repository;
use crate::model::proxy::{ListenAddress, Patterns};
pub(in crate::model::kubernetes) use elsewhere::share;

/// The Ingress objects of a cluster.
#[derive(Debug)]
pub struct IngressInstance {
    files: Vec<FileId>,
    first: Place,
    accusable: bool,
    config: config::Config,
    listens: Vec<ListenAddress>,
    patterns: Patterns,
}

impl IngressInstance {
    /// The Ingress of a cluster that has one.
    pub(in crate::model) fn new(
        repository: &Repository,
        cluster: &Cluster,
        patterns: Patterns,
        limits: &Limits,
    ) -> Option<Self> {
        let config = read::read(cluster, limits);
        let first = config.servers.iter().flat_map(|server| &server.locations).map(|location| location.place).min()?;
        let mut files: Vec<FileId> = config.locations().map(|location| location.place.file).collect();
        files.sort_unstable();
        files.dedup();
        let accusable = files.iter().all(|file| repository.may_be_accused(*file));
        Some(Self { listens: config.listens(), files, first, accusable, config, patterns })
    }
}
