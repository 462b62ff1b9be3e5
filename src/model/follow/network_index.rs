//! Who binds what in each deployment, looked up by address: a deployment may have as many services and processes as there are
//! requests.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::network::{Peer, is_loopback, program_name};
use crate::base::{FileId, Place};
use crate::model::proxy::{PortRange, Proxy};
use crate::model::{
    AppId, Deployment, DeploymentId, DeploymentKind, ListenerId, Mode, Namespace, ProxyId, ServiceId, Tls, Wiring,
};

/// An nginx, and which of its addresses are those of a server.
pub(super) type Server = (ProxyId, Vec<Range<usize>>);

/// A service and its rank in its deployment.
pub(super) type Ranked = (usize, ServiceId);

/// The addresses of every deployment.
#[derive(Debug, Default)]
pub struct NetworkIndex {
    deployments: Vec<Addresses>,
    /// Services that publish or expose a port.
    with_port: BTreeMap<u16, Vec<ServiceId>>,
    /// Listeners on a port.
    on_port: BTreeMap<u16, Vec<ListenerId>>,
    /// Applications that some listener serves.
    listening: BTreeSet<AppId>,
    /// The first nginx of each deployment with a server of this name, in lower case, and where it listens.
    servers: BTreeMap<(DeploymentId, String), Server>,
    /// Names of services, in lower case, by the file that declares them.
    named_in: BTreeSet<(FileId, String)>,
    /// The deployments that have a server of a name, in lower case.
    named: BTreeMap<String, BTreeSet<DeploymentId>>,
    hosts: Mutex<BTreeMap<(DeploymentId, Mode), Arc<Host>>>,
    /// Who answers behind a port that compose publishes.
    lent: Mutex<BTreeMap<u16, Option<Peer>>>,
}

/// A port of a machine that somebody answers on.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Answered {
    /// The port.
    pub port: u16,
    /// Who answers.
    pub name: Arc<str>,
    /// Where that is said.
    pub place: Place,
    /// The places in other files that the port comes from.
    pub given: Vec<Place>,
}

/// What is known of the ports of the machine that a deployment runs on, in a mode.
#[derive(Debug, Default)]
pub(super) struct Host {
    /// Whether something binds a port there, and which one is not known.
    pub is_open: bool,
    /// Who answers on its ports.
    pub known: Vec<Answered>,
    /// Whether a process of the repository runs there.
    pub has_processes: bool,
    /// Whether a service publishes ports.
    pub has_published: bool,
    /// Ports of the machine that its proxies forward to.
    reached: BTreeSet<u16>,
    /// Whether the proxies reach, or are, whatever is known.
    reaches_all: bool,
}

impl Host {
    /// Whether the proxies of a host reach every process that is known by its own port: then what they forward to another port
    /// is a process that is not in the repository.
    pub fn are_all_served(&self, port: u16) -> bool {
        self.reaches_all && self.reached.contains(&port)
    }

    fn new(wiring: &Wiring, deployment: &Deployment, addresses: &Addresses, mode: &Mode) -> Self {
        let mut host = Self { is_open: addresses.is_open, ..Self::default() };
        for service in deployment.services.iter().filter_map(|id| wiring.services.get(id.0 as usize)) {
            host.has_published |= !service.published.is_empty();
            let ports = service.published.iter().filter_map(|published| Some((published.host?, published.place)));
            let answered =
                ports.map(|(port, place)| Answered { port, name: service.name.clone(), place, given: Vec::new() });
            host.known.extend(answered);
        }
        let own = addresses.of.get(&None).into_iter().flatten().filter_map(|id| wiring.listeners.get(id.0 as usize));
        for listener in own.filter(|listener| listener.mode.as_ref().is_none_or(|other| other == mode)) {
            host.has_processes |= !listener.apps.is_empty();
            match listener.port.value() {
                Some(port) => {
                    let place = listener.place;
                    let given = listener.port.places().iter().filter(|given| given.file != place.file);
                    let (name, given) = (program_name(listener.program), given.copied().collect());
                    host.known.push(Answered { port: *port, name, place, given });
                }
                None => host.is_open = true,
            }
        }
        host.known.sort();
        host.known.dedup();
        if deployment.kind == DeploymentKind::Host {
            let instances = || deployment.proxies.iter().filter_map(|id| wiring.proxies.get(*id));
            let targets = instances().flat_map(|instance| instance.targets());
            let here = targets.filter(|target| target.host.as_deref().is_some_and(is_loopback));
            host.reached = here.filter_map(|target| target.port).collect();
            let own: BTreeSet<u16> =
                instances().flat_map(|instance| instance.listens()).map(|listen| listen.port).collect();
            let is_reached = |known: &Answered| host.reached.contains(&known.port) || own.contains(&known.port);
            host.reaches_all = host.known.iter().all(is_reached);
        }
        host
    }
}

/// The addresses of a deployment.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Its listeners.
    pub listeners: Vec<ListenerId>,
    /// The listeners of a service, or of the host.
    pub of: BTreeMap<Option<ServiceId>, Vec<ListenerId>>,
    /// The listeners on a port of a service, or of the host.
    pub at: BTreeMap<(Option<ServiceId>, u16), Vec<ListenerId>>,
    /// The nginx on a port of a service, or of the host.
    pub proxies: BTreeMap<(Option<ServiceId>, u16), (ProxyId, Tls)>,
    /// The rows of ports of each nginx of a service, or of the host.
    pub proxy_ranges: BTreeMap<Option<ServiceId>, Vec<(PortRange, ProxyId)>>,
    /// Services of which something binds a port.
    pub binding: BTreeMap<u16, Vec<Ranked>>,
    /// Services that publish or expose a port of their container.
    pub naming: BTreeMap<u16, Vec<Ranked>>,
    /// The service that publishes a port of the host, and the port of its container.
    pub published: BTreeMap<u16, (Ranked, u16)>,
    /// The service of each host name.
    pub names: BTreeMap<Arc<str>, ServiceId>,
    /// The service of each host name in lower case.
    pub names_in_any_case: BTreeMap<String, ServiceId>,
    /// The names of a cluster, without namespace, and their numbers.
    pub fronts: BTreeMap<String, Vec<usize>>,
    /// Services that an nginx runs in, the first and how many.
    pub service_of: BTreeMap<ProxyId, (ServiceId, usize)>,
    /// The first proxies that hand on to a host, by its name in lower case.
    pub handing_on: BTreeMap<String, (ProxyId, Option<ProxyId>)>,
    /// The services whose labels a proxy reads, by their places.
    pub labelled: BTreeSet<Place>,
    /// Listeners of the host with applications, whose port nobody states.
    pub unplaced: Vec<ListenerId>,
    /// Whether a service binds a port of the host, and which one is not known.
    is_open: bool,
}

impl NetworkIndex {
    /// The addresses of a wiring whose listeners are known.
    pub fn new(wiring: &Wiring) -> Self {
        let mut index = Self::default();
        for deployment in &wiring.deployments {
            let mut addresses = Addresses::default();
            for (rank, id) in deployment.services.iter().copied().enumerate() {
                addresses.add_service(wiring, (rank, id));
            }
            for id in &deployment.proxies {
                addresses.add_proxy(wiring, *id);
            }
            for (number, front) in deployment.fronts.all.iter().enumerate() {
                addresses.fronts.entry(front.name.to_ascii_lowercase()).or_default().push(number);
            }
            let id = DeploymentId(u32::try_from(index.deployments.len()).unwrap_or(u32::MAX));
            deployment.proxies.iter().for_each(|nginx| index.add_names(wiring, id, *nginx));
            index.deployments.push(addresses);
        }
        for (id, listener) in (0u32..).map(ListenerId).zip(&wiring.listeners) {
            index.listening.extend(&listener.apps);
            if let Some(port) = listener.port.value() {
                index.on_port.entry(*port).or_default().push(id);
            }
            if let Some(addresses) = index.deployments.get_mut(listener.deployment.0 as usize) {
                addresses.add_listener(wiring, id);
            }
        }
        for (addresses, deployment) in index.deployments.iter_mut().zip(&wiring.deployments) {
            addresses.rank(&deployment.services);
        }
        for (id, service) in (0u32..).map(ServiceId).zip(&wiring.services) {
            let published = service.published.iter().flat_map(|one| [one.host, one.container]).flatten();
            let exposed = service.exposed.iter().map(|(port, _)| *port);
            for port in published.chain(exposed).collect::<BTreeSet<u16>>() {
                index.with_port.entry(port).or_default().push(id);
            }
            let names = service.host_names.iter().map(|name| (service.place.file, name.to_ascii_lowercase()));
            index.named_in.extend(names);
        }
        index
    }

    fn add_names(&mut self, wiring: &Wiring, deployment: DeploymentId, id: ProxyId) {
        let listens = wiring.proxies.get(id).map(Proxy::listens).unwrap_or_default();
        let mut from = 0;
        // The addresses of one server share its names.
        for server in listens.chunk_by(|one, other| Arc::ptr_eq(&one.names, &other.names)) {
            let range = from..from + server.len();
            from = range.end;
            for name in server.first().into_iter().flat_map(|listen| listen.names.iter()) {
                self.named.entry(name.to_ascii_lowercase()).or_default().insert(deployment);
                let key = (deployment, name.to_ascii_lowercase());
                let (known, ranges) = self.servers.entry(key).or_insert_with(|| (id, Vec::new()));
                if *known == id && ranges.last() != Some(&range) {
                    ranges.push(range.clone());
                }
            }
        }
    }

    /// The deployments whose proxies have a server of this name, in any case.
    pub(super) fn deployments_named(&self, name: &str) -> impl Iterator<Item = DeploymentId> + use<'_> {
        self.named.get(&name.to_ascii_lowercase()).into_iter().flatten().copied()
    }

    /// Whether some listener serves an application.
    pub(super) fn is_listening(&self, app: AppId) -> bool {
        self.listening.contains(&app)
    }

    /// The first nginx of a deployment with a server of this name, in any case, and which of its addresses are that server's.
    pub(super) fn server(&self, deployment: DeploymentId, name: &str) -> Option<&Server> {
        self.servers.get(&(deployment, name.to_ascii_lowercase()))
    }

    pub(super) fn of(&self, deployment: DeploymentId) -> Option<&Addresses> {
        self.deployments.get(deployment.0 as usize)
    }

    /// Who answers behind a port that compose publishes, found once.
    pub(super) fn lent(&self, port: u16, find: impl FnOnce() -> Option<Peer>) -> Option<Peer> {
        if let Some(known) = self.lent.lock().unwrap_or_else(PoisonError::into_inner).get(&port) {
            return known.clone();
        }
        let found = find();
        self.lent.lock().unwrap_or_else(PoisonError::into_inner).insert(port, found.clone());
        found
    }

    /// What is known of the machine that a deployment runs on.
    pub(super) fn host(&self, wiring: &Wiring, id: DeploymentId, mode: &Mode) -> Arc<Host> {
        let mut known = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || match (wiring.deployments.get(id.0 as usize), self.of(id)) {
            (Some(deployment), Some(addresses)) => Host::new(wiring, deployment, addresses, mode),
            _ => Host::default(),
        };
        Arc::clone(known.entry((id, mode.clone())).or_insert_with(|| Arc::new(made())))
    }

    /// Services of any deployment that publish or expose a port.
    pub(super) fn with_port(&self, port: u16) -> &[ServiceId] {
        self.with_port.get(&port).map_or(&[], Vec::as_slice)
    }

    /// Listeners of any deployment on a port.
    pub(super) fn on_port(&self, port: u16) -> &[ListenerId] {
        self.on_port.get(&port).map_or(&[], Vec::as_slice)
    }

    /// Whether a file declares a service of this name, in any case.
    pub(super) fn is_named_in(&self, file: FileId, name: &str) -> bool {
        self.named_in.contains(&(file, name.to_ascii_lowercase()))
    }
}

impl Addresses {
    fn add_service(&mut self, wiring: &Wiring, (rank, id): Ranked) {
        let Some(service) = wiring.services.get(id.0 as usize) else { return };
        for published in &service.published {
            match (published.host, published.container) {
                (Some(host), Some(container)) => {
                    self.published.entry(host).or_insert(((rank, id), container));
                }
                (Some(_), None) => {}
                (None, _) => self.is_open = true,
            }
        }
        self.is_open |= service.namespace != Namespace::Container;
        let containers = service.published.iter().filter_map(|published| published.container);
        let exposed = service.exposed.iter().map(|(port, _)| *port);
        for port in containers.chain(exposed).collect::<BTreeSet<u16>>() {
            self.naming.entry(port).or_default().push((rank, id));
        }
        for name in &service.host_names {
            self.names.entry(Arc::clone(name)).or_insert(id);
            self.names_in_any_case.entry(name.to_ascii_lowercase()).or_insert(id);
        }
        if let Some(nginx) = service.proxy {
            self.service_of.entry(nginx).or_insert((id, 0)).1 += 1;
        }
    }

    fn add_proxy(&mut self, wiring: &Wiring, id: ProxyId) {
        let Some(instance) = wiring.proxies.get(id) else { return };
        let service = self.service_of.get(&id).map(|(service, _)| *service);
        for listen in instance.listens() {
            self.proxies.entry((service, listen.port)).or_insert((id, listen.tls));
        }
        for range in instance.port_ranges() {
            self.proxy_ranges.entry(service).or_default().push((*range, id));
        }
        for host in instance.hosts() {
            let (first, second) = self.handing_on.entry(host).or_insert((id, None));
            if *first != id {
                second.get_or_insert(id);
            }
        }
        self.labelled.extend(instance.labelled());
    }

    fn add_listener(&mut self, wiring: &Wiring, id: ListenerId) {
        let Some(listener) = wiring.listeners.get(id.0 as usize) else { return };
        self.listeners.push(id);
        self.of.entry(listener.service).or_default().push(id);
        match listener.port.value() {
            Some(port) => self.at.entry((listener.service, *port)).or_default().push(id),
            None if listener.service.is_none() && !listener.apps.is_empty() => self.unplaced.push(id),
            None => {}
        }
    }

    fn rank(&mut self, services: &[ServiceId]) {
        let mut ranks: BTreeMap<ServiceId, usize> = BTreeMap::new();
        for (rank, id) in services.iter().copied().enumerate() {
            ranks.entry(id).or_insert(rank);
        }
        let bound: BTreeSet<(Option<ServiceId>, u16)> = self.at.keys().chain(self.proxies.keys()).copied().collect();
        for (service, port) in bound {
            if let Some((rank, id)) = service.and_then(|id| Some((*ranks.get(&id)?, id))) {
                self.binding.entry(port).or_default().push((rank, id));
            }
        }
        self.binding.values_mut().for_each(|services| services.sort_unstable());
    }
}
