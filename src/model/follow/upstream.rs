//! Proxies that forward to nobody, with or without a client's wire.

use std::collections::BTreeSet;

use super::decide::cause;
use super::network::{Network, Nobody, Peer};
use super::proxy::unreachable;
use super::walk::Candidate;
use crate::model::proxy::Proxy;
use crate::model::{Deployment, DeploymentId, DeploymentKind, Mode, Pairing, Wiring};

/// Adds a cause for each target of an nginx that nobody answers at, in the deployment that nginx is part of.
pub(super) fn check(wiring: &mut Wiring) {
    let mut found: Vec<Candidate> = Vec::new();
    for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        if deployment.kind == DeploymentKind::Development || deployment.pairing == Pairing::Ambiguous {
            continue;
        }
        for nginx in &deployment.proxies {
            let Some(instance) = wiring.proxies.get(*nginx) else { continue };
            if deployment.kind == DeploymentKind::Host && !has_idle_process(wiring, id, instance) {
                continue;
            }
            for target in instance.targets() {
                let (Some(host), Some(port)) = (&target.host, target.port) else { continue };
                if !wiring.repository.may_be_accused(target.place.file) {
                    continue;
                }
                let address = format!("{host}:{port}");
                if let Some(nobody) = nobody(wiring, id, deployment, *nginx, host, port) {
                    found.push(unreachable(&address, target.place, &nobody));
                }
            }
        }
    }
    for candidate in found {
        wiring.add_cause(cause(candidate, None, None));
    }
}

/// Whether a process with a known port is forwarded to by nothing: on a machine anything else may listen, and only one that
/// is there and left out shows which port was meant.
fn has_idle_process(wiring: &Wiring, id: DeploymentId, instance: &dyn Proxy) -> bool {
    let ports: BTreeSet<u16> = instance.targets().into_iter().filter_map(|target| target.port).collect();
    let mut listeners =
        wiring.listeners.iter().filter(|listener| listener.deployment == id && listener.proxy.is_none());
    listeners.any(|listener| listener.port.value().is_some_and(|port| !ports.contains(port)))
}

/// Why nobody answers, when nobody does in any mode that the deployment runs in.
fn nobody(
    wiring: &Wiring,
    id: DeploymentId,
    deployment: &Deployment,
    nginx: crate::model::ProxyId,
    host: &str,
    port: u16,
) -> Option<Nobody> {
    let mut modes: BTreeSet<Mode> = deployment.packages.iter().map(|(_, mode)| mode.clone()).collect();
    modes.insert(Mode::Production);
    let mut last = None;
    for mode in &modes {
        let network = Network::new(wiring, id, mode)?;
        match network.upstream(network.service_of(nginx), host, port) {
            Peer::Nobody(nobody) => last = Some(nobody),
            _ => return None,
        }
    }
    last
}
