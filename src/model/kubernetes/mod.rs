//! Kubernetes: which manifests run together, what their objects say, and the Ingress in front of them.

mod charts;
mod cluster;
mod gateway;
mod generated;
pub mod ingress;
mod kustomize;
mod links;
mod object;
mod patches;
mod ports;
mod room;
mod sets;
#[cfg(test)]
mod tests;
mod tree;
mod variables;
mod workloads;

use super::{ProxyId, Wiring};
pub(in crate::model) use cluster::{Cluster, PortTarget, Reach, ServiceObject};
pub use links::is_given_by_cluster;
pub use ports::Front;
pub(in crate::model) use ports::{Selected, is_alike};
pub(in crate::model) use tree::Node;
pub(in crate::model) use workloads::{Container, Keeps, Loopback, Workload};

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
    let mut clusters = Vec::new();
    let patterns = super::proxy::Patterns::default();
    for set in sets::sets(&wiring.repository, &wiring.limits) {
        let cluster = Cluster::new(&wiring.repository, set, &wiring.limits);
        let instance = ingress::IngressInstance::new(&wiring.repository, &cluster, patterns.clone(), &wiring.limits);
        clusters.push((cluster, instance));
    }
    let mut instances: Vec<_> = clusters
        .iter_mut()
        .filter_map(|(cluster, instance)| Some((cluster.set.mode.clone(), instance.as_mut()?)))
        .collect();
    ingress::share(&mut instances);
    let mut found = Vec::new();
    for (cluster, instance) in clusters {
        let ingress = instance.map(|instance| {
            let id = ProxyId(u32::try_from(wiring.proxies.len()).unwrap_or(u32::MAX));
            wiring.proxies.add(instance);
            id
        });
        found.push(Discovered { cluster, ingress });
    }
    found
}
