//! Kubernetes: which manifests run together, what their objects say, and the Ingress in front of them.

mod adjust;
mod blur;
mod charts;
mod cluster;
mod conditions;
mod containers;
mod filling;
mod gateway;
mod generated;
pub mod ingress;
mod kustomize;
mod links;
mod object;
mod overlay;
mod patches;
mod pods;
mod ports;
mod room;
mod sets;
#[cfg(test)]
mod tests;
mod tree;
mod values;
mod variables;
mod workloads;

use super::{ProxyId, Wiring};
pub(in crate::model) use cluster::{Cluster, PortTarget, Reach, ServiceObject};
pub use links::is_given_by_cluster;
pub use ports::Front;
pub(in crate::model) use ports::{MOST_ALIKE, Selected, is_alike, is_near};
pub(in crate::model) use tree::Node;
pub(in crate::model) use workloads::{Container, Keeps, Loopback, Runs, Workload};

/// A cluster with the proxy in front of it.
#[derive(Debug)]
pub(in crate::model) struct Discovered {
    /// What the manifests say.
    pub cluster: Cluster,
    /// The Ingress.
    pub ingress: Option<ProxyId>,
}

/// Finds the sets of manifests that run together, and their proxies.
pub(super) fn discover(wiring: &mut Wiring) -> Vec<Discovered> {
    let patterns = super::proxy::Patterns::default();
    let sets = sets::sets(&wiring.repository, &wiring.limits);
    let room = variables::Variables::new(&wiring.limits);
    let clusters: Vec<Cluster> = sets.into_iter().map(|set| Cluster::new(&wiring.repository, set, &room)).collect();
    let instances = ingress::instances(&wiring.repository, &clusters, &patterns, &wiring.limits);
    let mut found = Vec::new();
    for (cluster, instance) in clusters.into_iter().zip(instances) {
        let ingress = instance.map(|instance| {
            let id = ProxyId(u32::try_from(wiring.proxies.len()).unwrap_or(u32::MAX));
            wiring.proxies.add(instance);
            id
        });
        found.push(Discovered { cluster, ingress });
    }
    found
}
