//! Names of a cluster: Services, and the containers behind them.

use std::collections::BTreeSet;

use super::network::{Network, Nobody, Peer};
use crate::model::kubernetes::{self, Front, MOST_ALIKE, PortTarget, Reach, Selected};
use crate::model::proxy::Proxied;
use crate::model::{AddressPart, Assumption, Pairing, ServiceId};

impl<'w> Network<'w> {
    /// Who answers to a name of the cluster, for who runs in a container of it or in front of it.
    pub(super) fn in_cluster(&self, from: Option<ServiceId>, host: &str, port: u16) -> Peer {
        match self.front(from, host) {
            Some(front) => self.behind(from, front, port),
            None => self.no_such_front(from, host, port),
        }
    }

    /// The Service that a name means.
    pub(super) fn front(&self, from: Option<ServiceId>, host: &str) -> Option<&'w Front> {
        let pod = from.and_then(|id| self.service(id)).and_then(|service| service.pod.as_ref());
        let namespace = pod.and_then(|pod| pod.namespace.as_deref());
        let first = host.split('.').next()?;
        let numbers = self.addresses.fronts.get(first)?;
        let mut meant = numbers
            .iter()
            .filter_map(|number| self.deployment.fronts.all.get(*number))
            .filter(|front| front.is_meant(host, namespace));
        // of several namespaces nobody knows which
        let one = meant.next()?;
        meant.next().is_none().then_some(one)
    }

    /// Whether the Service that a proxy asks keeps the requests of one client, which the proxy is, to one pod.
    pub(in crate::model) fn is_bound(&self, from: ServiceId, proxied: &Proxied) -> bool {
        let hosts = proxied.targets.iter().filter_map(|target| target.host.as_deref());
        hosts.filter_map(|host| self.front(Some(from), &host.to_ascii_lowercase())).any(|front| front.binds_clients)
    }

    /// Who answers on a port of a Service.
    pub(super) fn behind(&self, from: Option<ServiceId>, front: &Front, port: u16) -> Peer {
        let containers = match &front.pods {
            Selected::Containers(containers) => containers,
            Selected::Unknown => {
                return Peer::Unknown(format!("what is behind the Service `{}` is not known", front.name));
            }
            Selected::Nothing(place) => {
                let why = format!("no pod has the labels that the Service `{}` selects", front.name);
                let mut nobody = self.without_endpoints(from, why);
                nobody.edit = Some((*place, AddressPart::Selector));
                // other manifests may start pods with these labels
                if !nobody.assumptions.contains(&Assumption::LikelyPairing) {
                    nobody.assumptions.push(Assumption::LikelyPairing);
                }
                return Peer::Nobody(nobody);
            }
        };
        // who looks the name up gets the addresses of the pods; who is in front goes by the ports of the Service
        if front.reach == Reach::Headless && from.is_some() {
            return self.on_port(front, containers, port, None);
        }
        let stated = front.ports.iter().find(|one| one.port == Some(port));
        let Some(stated) = stated else {
            if front.open_ports || front.ports.is_empty() || front.ports.iter().any(|one| one.port.is_none()) {
                return Peer::Unknown(format!("the ports of the Service `{}` are not known", front.name));
            }
            let ports: Vec<String> = front.ports.iter().filter_map(|one| Some(one.port?.to_string())).collect();
            let why = format!("the Service `{}` has port {}, not {port}", front.name, ports.join(" and "));
            let mut nobody = self.without_endpoints(from, why);
            nobody.suggestion = ports.first().map(|port| format!("{}:{port}", front.name));
            nobody.places =
                front.ports.iter().take(4).map(|one| (one.place, "a port of the Service".to_owned())).collect();
            return Peer::Nobody(nobody);
        };
        match &stated.target {
            PortTarget::Number(number) => self.on_port(front, containers, *number, Some(stated.target_place)),
            PortTarget::Name(name) => {
                let named = |id: &ServiceId| {
                    let pod = self.service(*id)?.pod.as_ref()?;
                    let (_, port) = pod.port_names.iter().find(|(own, _)| own == name)?;
                    Some((*id, *port))
                };
                let found: Vec<(ServiceId, u16)> = containers.iter().filter_map(named).collect();
                match found.as_slice() {
                    [] if containers.iter().any(|id| self.has_open_ports(*id)) => {
                        Peer::Unknown(format!("which ports the containers behind `{}` have is not known", front.name))
                    }
                    [] => {
                        let why = format!("no container behind the Service `{}` calls a port `{name}`", front.name);
                        let mut nobody = self.without_endpoints(from, why);
                        nobody.edit = Some((stated.target_place, AddressPart::TargetPort));
                        nobody.places = self.containers_of(containers);
                        Peer::Nobody(nobody)
                    }
                    all => self.first(all.iter().map(|(id, port)| self.in_container(*id, *port))),
                }
            }
            PortTarget::Unknown => Peer::Unknown(format!("the port behind the Service `{}` is not known", front.name)),
        }
    }

    /// Who answers on a port of containers, one of which is meant.
    fn on_port(&self, front: &Front, containers: &[ServiceId], port: u16, written: Option<crate::base::Place>) -> Peer {
        match self.first(containers.iter().map(|id| self.in_container(*id, port))) {
            Peer::Nobody(mut nobody) => {
                // the address is right, and what the Service makes of it is not
                nobody.edit = written.map(|place| (place, AddressPart::TargetPort));
                let right = nobody.suggestion.take().and_then(|right| Some(right.rsplit_once(':')?.1.to_owned()));
                nobody.suggestion = match (right, written) {
                    (Some(right), Some(_)) => Some(right),
                    (Some(right), None) => Some(format!("{}:{right}", front.name)),
                    (None, _) => None,
                };
                if self.deployment.pairing != Pairing::Stated {
                    nobody.assumptions.push(Assumption::LikelyPairing);
                }
                Peer::Nobody(nobody)
            }
            peer => peer,
        }
    }

    /// Who answers on a port of a container. One that says that it has this port beside others may run more than what is known.
    fn in_container(&self, id: ServiceId, port: u16) -> Peer {
        let peer = self.in_service(id, port);
        let Some(service) = self.service(id).filter(|_| matches!(peer, Peer::Nobody(_))) else { return peer };
        if self.has_open_ports(id) {
            return Peer::Service(id);
        }
        let stated: BTreeSet<u16> = service.exposed.iter().map(|(port, _)| *port).collect();
        if stated.len() > 1 && stated.contains(&port) { Peer::Service(id) } else { peer }
    }

    fn has_open_ports(&self, id: ServiceId) -> bool {
        self.service(id).and_then(|service| service.pod.as_ref()).is_some_and(|pod| pod.open_ports)
    }

    /// The best of several answers: what surely takes the request, then what may.
    fn first(&self, peers: impl Iterator<Item = Peer>) -> Peer {
        let mut best: Option<(u8, Peer)> = None;
        for peer in peers {
            let rank = match &peer {
                Peer::Listener(_) | Peer::Proxy(..) => 3,
                Peer::Service(_) => 2,
                Peer::Unknown(_) => 1,
                Peer::Nobody(_) => 0,
            };
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                best = Some((rank, peer));
            }
        }
        best.map_or_else(|| Peer::Unknown("no container is known".to_owned()), |(_, peer)| peer)
    }

    /// A name that no Service has: a slip only where everything is known, and one Service has what is asked for.
    fn no_such_front(&self, from: Option<ServiceId>, host: &str, port: u16) -> Peer {
        let unknown = || Peer::Unknown(format!("no Service of {} is called `{host}`", self.deployment.name));
        let bare = host.strip_suffix(".cluster.local").unwrap_or(host).trim_end_matches(".svc");
        let first = bare.split('.').next().unwrap_or(bare);
        let namespaces: Vec<&str> = bare.split('.').skip(1).collect();
        let pod = from.and_then(|id| self.service(id)).and_then(|service| service.pod.as_ref());
        let own = pod.and_then(|pod| pod.namespace.as_deref());
        if !self.deployment.fronts.is_whole || namespaces.len() > 1 || self.addresses.fronts.contains_key(first) {
            return unknown();
        }
        // a name with a dot may be one of the world
        let all = &self.deployment.fronts.all;
        let is_ours =
            |namespace: &str| all.iter().take(MOST_ALIKE).any(|front| front.namespace.as_deref() == Some(namespace));
        if namespaces.first().is_some_and(|namespace| !is_ours(namespace)) || own.is_some_and(|own| !is_ours(own)) {
            return unknown();
        }
        // other manifests may be elsewhere: only a name like the one that is asked for shows the slip
        let serves = |front: &&Front| {
            kubernetes::is_alike(&front.name, first)
                && front.ports.iter().any(|one| one.port == Some(port))
                && matches!(self.behind(from, front, port), Peer::Listener(_) | Peer::Proxy(..))
        };
        let mut meant = all.iter().take(MOST_ALIKE).filter(serves);
        let Some(front) = meant.next().filter(|_| meant.next().is_none()) else { return unknown() };
        let mut nobody = self.nobody(format!("no Service of {} is called `{first}`", self.deployment.name));
        // another repository may have a Service of that name
        if !nobody.assumptions.contains(&Assumption::LikelyPairing) {
            nobody.assumptions.push(Assumption::LikelyPairing);
        }
        nobody.suggestion = Some(format!("{}:{port}", front.name));
        nobody.places.push((front.place, format!("the Service `{}` has port {port}", front.name)));
        Peer::Nobody(nobody)
    }

    /// Nobody, because the Service has no addresses: an Ingress says so itself, anyone else finds the port closed.
    fn without_endpoints(&self, from: Option<ServiceId>, why: String) -> Nobody {
        let mut nobody = self.nobody(why);
        if from.is_none() {
            nobody.status = 503;
        }
        nobody
    }

    fn nobody(&self, why: String) -> Nobody {
        let mut nobody = Nobody::new(why);
        if self.deployment.pairing != Pairing::Stated {
            nobody.assumptions.push(Assumption::LikelyPairing);
        }
        nobody
    }

    fn containers_of(&self, ids: &[ServiceId]) -> Vec<(crate::base::Place, String)> {
        let shown = ids.iter().take(4).filter_map(|id| self.service(*id));
        shown.map(|service| (service.place, format!("`{}` is behind it", service.name))).collect()
    }
}
