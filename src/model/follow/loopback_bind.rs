//! Processes that bind the loopback address of their own container, where nobody from outside comes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::decide::cause;
use super::network::{Network, Peer, is_loopback, program_name};
use super::walk::{Candidate, Walk};
use crate::base::Place;
use crate::model::{
    CauseKind, Deployment, DeploymentId, DeploymentKind, HopKind, Listener, ListenerId, Mode, Namespace, Pairing,
    Service, ServiceId, Wiring,
};

/// Adds a cause for each process of a container that a port of the host or a proxy beside it leads to, and that listens to
/// its own container alone, whether or not a client of the repository is known to come there.
pub(super) fn check(wiring: &mut Wiring) {
    let mut found: Vec<Candidate> = Vec::new();
    for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        if !matches!(deployment.kind, DeploymentKind::Compose | DeploymentKind::Cluster)
            || deployment.pairing == Pairing::Ambiguous
        {
            continue;
        }
        let mut modes: BTreeSet<Mode> = deployment.packages.iter().map(|(_, mode)| mode.clone()).collect();
        modes.insert(Mode::Production);
        for mode in &modes {
            let Some(network) = Network::new(wiring, id, mode) else { continue };
            published(wiring, &network, &mut found);
            forwarded(wiring, &network, deployment, &mut found);
        }
    }
    for candidate in found.into_iter().filter(|it| wiring.repository.may_be_accused(it.place.file)).collect::<Vec<_>>()
    {
        wiring.add_cause(cause(candidate, None, None));
    }
}

fn published(wiring: &Wiring, network: &Network<'_>, found: &mut Vec<Candidate>) {
    for (id, service) in network.services() {
        for published in &service.published {
            let (Some(host), Some(container)) = (published.host, published.container) else { continue };
            let Peer::Listener(listener) = network.in_service(id, container) else { continue };
            let reached = format!("port {host} of the host leads there");
            found.extend(
                kept_inside(wiring, network, listener, None)
                    .map(|(listener, service)| candidate(listener, service, &reached).link(published.place, reached)),
            );
        }
    }
}

fn forwarded(wiring: &Wiring, network: &Network<'_>, deployment: &Deployment, found: &mut Vec<Candidate>) {
    for proxy in &deployment.proxies {
        let Some(instance) = wiring.proxies.get(*proxy) else { continue };
        let from = network.service_of(*proxy);
        for target in instance.targets() {
            let (Some(host), Some(port)) = (&target.host, target.port) else { continue };
            let Peer::Listener(listener) = network.upstream(from, host, port) else { continue };
            let Some((listener, service)) = kept_inside(wiring, network, listener, from) else { continue };
            let reached = format!("{} of another container forwards to port {port}", instance.name());
            found.push(candidate(listener, service, &reached).link(target.place, "forwards there"));
        }
    }
}

/// The listener and its container, when it binds the loopback address of that container alone and `from` is elsewhere.
fn kept_inside<'w>(
    wiring: &'w Wiring,
    network: &Network<'w>,
    id: ListenerId,
    from: Option<ServiceId>,
) -> Option<(&'w Listener, &'w Service)> {
    let listener = wiring.listeners.get(id.0 as usize)?;
    let own = listener.service?;
    let service = wiring.services.get(own.0 as usize)?;
    let bound = |listener: &Listener| listener.host.value().is_some_and(|host| is_loopback(host));
    let port = listener.port.value()?;
    // Whatever else listens there may be what answers.
    let may_answer = |other: &Listener| {
        other.service == Some(own) && other.port.value().is_none_or(|other| other == port) && !bound(other)
    };
    let is_kept = service.namespace == Namespace::Container
        && from != Some(own)
        && bound(listener)
        && !network.listeners().any(|(_, other)| may_answer(other));
    is_kept.then_some((listener, service))
}

fn candidate(listener: &Listener, service: &Service, reached: &str) -> Candidate {
    let host = listener.host.value().cloned().unwrap_or_else(|| Arc::from("127.0.0.1"));
    let kind = CauseKind::LoopbackBind {
        program: program_name(listener.program),
        host,
        service: service.name.clone(),
        reached: reached.to_owned(),
    };
    // Where the address is written is where it is changed.
    let written = listener.host.places().iter().copied().find(|place| place.file != listener.place.file);
    let place: Place = written.unwrap_or(listener.place);
    Candidate::new(kind, place, "loopback")
        .link(service.place, format!("the container `{}`", service.name))
        .links(listener.port.places(), "the port comes from here")
}

impl Walk<'_> {
    /// Whether the process listens to its own container alone, and the request comes from outside of it; says so.
    pub(super) fn is_kept_inside(&mut self, hop: HopKind, id: ListenerId) -> bool {
        let from = match hop {
            HopKind::Upstream => self.passages.last().and_then(|passage| self.network.service_of(passage.proxy)),
            _ => None,
        };
        let Some((listener, service)) = kept_inside(self.wiring, &self.network, id, from) else { return false };
        let port = listener.port.value().copied().unwrap_or_default();
        let (reached, by) = match (hop, self.passages.last()) {
            (HopKind::Upstream, Some(passage)) => {
                let name = self.wiring.proxies.name(passage.proxy);
                let place = passage.proxied.targets.first().map_or(passage.proxied.pass_place, |target| target.place);
                (
                    format!("{name} of another container forwards to port {port}"),
                    Some((place, "forwards there".to_owned())),
                )
            }
            _ => {
                let published = listener.service.and_then(|own| self.network.published(own, port));
                // Nobody shows that requests come from outside.
                let Some((host, place)) = published else { return false };
                let reached = format!("port {host} of the host leads there");
                (reached.clone(), Some((place, reached)))
            }
        };
        let note = format!("it binds the loopback address of the container `{}`", service.name);
        let mut candidate = candidate(listener, service, &reached);
        if let Some((place, shows)) = by {
            candidate = candidate.link(place, shows);
        }
        let candidate = candidate
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .resting_on(&self.url().assumptions);
        self.breaks(hop, candidate, note);
        true
    }
}
