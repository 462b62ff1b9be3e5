//! The Ingress of a cluster: one proxy for all Ingress objects, as the controller makes it of them.

mod annotations;
mod answer;
mod backends;
mod classes;
mod config;
mod cors;
mod elsewhere;
mod forward;
mod hosts;
mod instance;
mod paths;
mod read;
mod routers;
mod routes;
mod select;
#[cfg(test)]
mod tests;

use super::cluster::Cluster;
use crate::base::{FileId, Limits, Place};
use crate::facts::{HoleReason, Repository};
use crate::model::Unknown;
use crate::model::proxy::{ListenAddress, Patterns};

/// The Ingress objects of a cluster.
#[derive(Debug)]
pub struct IngressInstance {
    /// The files of its rules and of the Services.
    files: Vec<FileId>,
    first: Place,
    accusable: bool,
    config: config::Config,
    /// Objects that are not understood, and those by which other programs take requests.
    holes: Vec<Unknown>,
    /// What other sets of manifests and other programs take of requests.
    elsewhere: Option<elsewhere::Elsewhere>,
    listens: Vec<ListenAddress>,
    patterns: Patterns,
}

/// The Ingress of each cluster that has one.
pub(super) fn instances(
    repository: &Repository,
    clusters: &[Cluster],
    patterns: &Patterns,
    limits: &Limits,
) -> Vec<Option<IngressInstance>> {
    let read = |cluster: &Cluster| (cluster.set.mode.clone(), read::read(cluster, limits));
    let sets: Vec<_> = clusters.iter().map(read).collect();
    let elsewhere = elsewhere::Elsewhere::of(&sets, patterns);
    let instance = |(((_, config), elsewhere), cluster)| {
        IngressInstance::new(repository, config, elsewhere, cluster, patterns.clone())
    };
    sets.into_iter().zip(elsewhere).zip(clusters).map(instance).collect()
}

impl IngressInstance {
    fn new(
        repository: &Repository,
        config: config::Config,
        elsewhere: Option<elsewhere::Elsewhere>,
        cluster: &Cluster,
        patterns: Patterns,
    ) -> Option<Self> {
        let first = config.servers.iter().flat_map(|server| &server.locations).map(|location| location.place).min()?;
        let mut files: Vec<FileId> = config.locations().map(|location| location.place.file).collect();
        files.sort_unstable();
        files.dedup();
        let accusable = files.iter().all(|file| repository.may_be_accused(*file));
        // The rules name Services, which say where requests go on to.
        files.extend(cluster.services.iter().map(|service| service.place.file));
        files.sort_unstable();
        files.dedup();
        let beside = |router: &config::Router| Unknown { reason: HoleReason::Unsupported, place: Some(router.place) };
        let holes = config.other.iter().cloned().chain(config.routers.iter().map(beside)).collect();
        Some(Self { listens: config.listens(), files, first, accusable, holes, config, elsewhere, patterns })
    }
}
