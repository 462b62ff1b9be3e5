//! Who answers at a host and port, seen from a place in a deployment.

use std::sync::Arc;

use super::network_index::{Addresses, Ranked};
use crate::base::{Place, RepoPath};
use crate::model::proxy::{ListenAddress, Request};
use crate::model::{
    AddressPart, AppId, Assumption, Binding, Deployment, DeploymentId, DeploymentKind, HostIs, Listener, ListenerId,
    Mode, Namespace, PackageId, Pairing, ProxyId, Service, ServiceId, Tls, Wiring,
};

/// Other ports that are named when nobody answers on one.
const MOST_SHOWN: usize = 20;

/// What answers.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model) enum Peer {
    /// A proxy, on this port of its own namespace.
    Proxy(ProxyId, u16, Tls),
    /// A process.
    Listener(ListenerId),
    /// A container about whose processes nothing is known.
    Service(ServiceId),
    /// Nobody.
    Nobody(Nobody),
    /// Not known, with the reason in words.
    Unknown(String),
}

/// Why nobody answers.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model) struct Nobody {
    /// As a clause.
    pub why: String,
    /// What would answer.
    pub suggestion: Option<String>,
    /// Places that show it.
    pub places: Vec<(Place, String)>,
    /// What it rests on.
    pub assumptions: Vec<Assumption>,
    /// Where the edit goes, when that is not the address that is asked for.
    pub edit: Option<(Place, AddressPart)>,
    /// What the proxy answers then.
    pub status: u16,
}

impl Nobody {
    pub(super) fn new(why: String) -> Self {
        Self { why, suggestion: None, places: Vec::new(), assumptions: Vec::new(), edit: None, status: 502 }
    }
}

/// The network of one deployment, in one mode.
#[derive(Clone, Copy)]
pub(in crate::model) struct Network<'w> {
    wiring: &'w Wiring,
    id: DeploymentId,
    pub(super) deployment: &'w Deployment,
    pub(super) addresses: &'w Addresses,
    mode: &'w Mode,
}

impl<'w> Network<'w> {
    /// The network of a deployment; `None` for a foreign id.
    pub(in crate::model) fn new(wiring: &'w Wiring, id: DeploymentId, mode: &'w Mode) -> Option<Self> {
        let deployment = wiring.deployments.get(id.0 as usize)?;
        let addresses = wiring.index.network(wiring).of(id)?;
        Some(Self { wiring, id, deployment, addresses, mode })
    }

    /// Which deployment it is of.
    pub(in crate::model) fn id(&self) -> DeploymentId {
        self.id
    }

    /// The one other deployment whose proxy serves a host of this name; none where several do.
    pub(in crate::model) fn deployed_elsewhere(&self, name: &str) -> Option<Self> {
        let stated = |id: &DeploymentId| {
            self.wiring.deployments.get(id.0 as usize).is_some_and(|deployment| deployment.kind.is_stated())
        };
        let mut others = self.wiring.index.network(self.wiring).deployments_named(name).filter(stated);
        let id = others.next().filter(|_| others.next().is_none())?;
        Self::new(self.wiring, id, self.mode)
    }

    /// The deployment.
    pub(in crate::model) fn deployment(&self) -> &'w Deployment {
        self.deployment
    }

    /// Whether another proxy of the deployment than this one hands on to a host of this name.
    pub(in crate::model) fn is_handed_on_to_by_another(&self, proxy: ProxyId, host: &str) -> bool {
        let handing_on = self.addresses.handing_on.get(&host.to_ascii_lowercase());
        handing_on.is_some_and(|(first, second)| *first != proxy || second.is_some())
    }

    /// Whether a proxy of the deployment reads the labels of a service.
    pub(in crate::model) fn reads_labels_of(&self, service: &Service) -> bool {
        self.addresses.labelled.contains(&service.place)
    }

    /// The listeners of the deployment that exist in the mode.
    pub(in crate::model) fn listeners(&self) -> impl Iterator<Item = (ListenerId, &'w crate::model::Listener)> {
        self.existing(&self.addresses.listeners)
    }

    /// Those of some listeners that exist in the mode.
    fn existing(&self, ids: &'w [ListenerId]) -> impl Iterator<Item = (ListenerId, &'w Listener)> + use<'w> {
        let (wiring, mode) = (self.wiring, self.mode);
        let all = ids.iter().filter_map(move |id| Some((*id, wiring.listeners.get(id.0 as usize)?)));
        all.filter(move |(_, listener)| listener.mode.as_ref().is_none_or(|other| other == mode))
    }

    /// The listeners of a service, or of the host.
    fn listeners_of(&self, service: Option<ServiceId>) -> impl Iterator<Item = (ListenerId, &'w Listener)> + use<'w> {
        self.existing(self.addresses.of.get(&service).map_or(&[], Vec::as_slice))
    }

    /// Listeners of the host with applications, whose port nobody states.
    pub(in crate::model) fn unplaced(&self) -> impl Iterator<Item = (ListenerId, &'w Listener)> + use<'w> {
        self.existing(&self.addresses.unplaced)
    }

    /// The first nginx with a server of this name, in any case, and the addresses of that server.
    pub(in crate::model) fn server_named(
        &self,
        name: &str,
    ) -> Option<(ProxyId, impl Iterator<Item = &'w ListenAddress> + use<'w>)> {
        let (id, ranges) = self.wiring.index.network(self.wiring).server(self.id, name)?;
        let listens = self.wiring.proxies.get(*id)?.listens();
        Some((*id, ranges.iter().filter_map(|range| listens.get(range.clone())).flatten()))
    }

    /// The service of this name, spelled so.
    pub(in crate::model) fn service_named(&self, name: &str) -> Option<ServiceId> {
        self.addresses.names.get(name).copied()
    }

    /// The services of the deployment.
    pub(in crate::model) fn services(&self) -> impl Iterator<Item = (ServiceId, &'w Service)> {
        let wiring = self.wiring;
        self.deployment
            .services
            .iter()
            .filter_map(move |id| wiring.services.get(id.0 as usize).map(|service| (*id, service)))
    }

    pub(super) fn service(&self, id: ServiceId) -> Option<&'w Service> {
        self.wiring.services.get(id.0 as usize)
    }

    /// The service that an nginx runs in.
    pub(in crate::model) fn service_of(&self, nginx: ProxyId) -> Option<ServiceId> {
        self.addresses.service_of.get(&nginx).map(|(id, _)| *id)
    }

    /// Who answers on a port of the machine that everything runs on (`localhost:8000` in a browser).
    pub(in crate::model) fn at_host(&self, port: u16) -> Peer {
        let published = self.addresses.published.get(&port).copied();
        // A service in the namespace of the host binds its ports there.
        let mut beside = self.addresses.binding.get(&port).into_iter().flatten().filter_map(|(rank, id)| {
            let is_beside = self.service(*id)?.namespace != Namespace::Container;
            Some((*rank, self.bound(Some(*id), port).filter(|_| is_beside)?))
        });
        match (published, beside.next()) {
            (Some(((rank, id), container)), other) if other.as_ref().is_none_or(|(first, _)| rank <= *first) => {
                return self.in_service(id, container);
            }
            (_, Some((_, peer))) => return peer,
            _ => {}
        }
        if let Some(peer) = self.bound(None, port).or_else(|| self.lent(port)) {
            return peer;
        }
        // what else listens on the machines of a cluster nobody says
        if self.deployment.kind == DeploymentKind::Cluster {
            return Peer::Unknown(format!("who listens on port {port} of a machine of the cluster is not known"));
        }
        let host = self.wiring.index.network(self.wiring).host(self.wiring, self.id, self.mode);
        let shows_more = host.has_processes || host.has_published;
        if host.is_open || host.known.is_empty() || !shows_more || host.are_all_served(port) {
            return Peer::Unknown(format!("who listens on port {port} of the host is not known"));
        }
        if *self.mode == Mode::Development && self.is_given_in_production(port) {
            return Peer::Unknown(format!(
                "who listens on port {port}, which production gives to a process, is not known"
            ));
        }
        let mut nobody = Nobody::new(format!("nothing in {} listens on port {port}", self.deployment.name));
        let shown = host.known.iter().take(MOST_SHOWN);
        for known in shown {
            let (port, name) = (known.port, &known.name);
            nobody.places.push((known.place, format!("{name} answers on port {port}")));
            nobody.places.extend(known.given.iter().map(|place| (*place, format!("port {port} comes from here"))));
        }
        if self.deployment.pairing != Pairing::Stated {
            nobody.assumptions.push(Assumption::LikelyPairing);
        }
        Peer::Nobody(nobody)
    }

    /// Whether a process of the repository gets this port in production: a manager may keep it running beside the pages.
    fn is_given_in_production(&self, port: u16) -> bool {
        let text = port.to_string();
        let gives = |binding: &Binding| {
            binding.name.contains("PORT") && binding.value.as_known_text().is_some_and(|value| value == text)
        };
        let mut of_production = self.wiring.environments.iter().filter(|one| one.mode == Mode::Production);
        of_production.any(|one| one.bindings.iter().any(gives))
    }

    /// The process that compose runs behind a port of the machine: whoever develops the pages runs it too, where nothing that
    /// is started without compose has the port, and so does the machine whose own proxy hands on to that port.
    fn lent(&self, port: u16) -> Option<Peer> {
        if !matches!(self.deployment.kind, DeploymentKind::Development | DeploymentKind::Host) {
            return None;
        }
        self.wiring.index.network(self.wiring).lent(port, || self.published_by_compose(port))
    }

    fn published_by_compose(&self, port: u16) -> Option<Peer> {
        let mut found: Vec<ListenerId> = Vec::new();
        for id in self.wiring.index.network(self.wiring).with_port(port) {
            let Some(service) = self.service(*id) else { continue };
            let deployment = self.wiring.deployments.get(service.deployment.0 as usize);
            if deployment.is_none_or(|deployment| deployment.kind != DeploymentKind::Compose) {
                continue;
            }
            let network = Self::new(self.wiring, service.deployment, &Mode::Production)?;
            // A container may run the server of development.
            let developing = Self::new(self.wiring, service.deployment, &Mode::Development)?;
            for published in service.published.iter().filter(|one| one.host == Some(port)) {
                let port = published.container?;
                match (network.in_service(*id, port), developing.in_service(*id, port)) {
                    (Peer::Listener(listener), _) | (_, Peer::Listener(listener)) => found.push(listener),
                    // What a proxy of compose hands on to is to be found in its network alone.
                    _ => return None,
                }
            }
        }
        let first = self.process_of(*found.first()?)?;
        let is_same = found.iter().all(|id| self.process_of(*id) == Some(first));
        match found.first() {
            Some(id) if is_same => Some(Peer::Listener(*id)),
            _ => Some(Peer::Unknown(format!("which compose file runs what listens on port {port} is not known"))),
        }
    }

    /// What tells the processes of several compose files apart: the applications, and what their services are given.
    fn process_of(&self, id: ListenerId) -> Option<(&'w [AppId], &'w [Binding])> {
        let listener = self.wiring.listeners.get(id.0 as usize)?;
        let given = listener.service.and_then(|id| self.service(id)).map_or(&[][..], |service| &service.environment);
        Some((&listener.apps, given))
    }

    /// Who binds a port in the namespace of a service, or of the host.
    fn bound(&self, service: Option<ServiceId>, port: u16) -> Option<Peer> {
        if let Some((id, tls)) = self.addresses.proxies.get(&(service, port)) {
            return Some(Peer::Proxy(*id, port, *tls));
        }
        let Some(bound) = self.addresses.at.get(&(service, port)) else {
            let ranges = self.addresses.proxy_ranges.get(&service)?;
            let (range, id) = ranges.iter().find(|(range, _)| (range.first..=range.last).contains(&port))?;
            return Some(Peer::Proxy(*id, port, range.tls));
        };
        let mut binding = self.existing(bound);
        let (id, listener) = binding.next()?;
        // Programs that all take the port by default do not run side by side.
        let is_other = |other: &Listener| other.apps != listener.apps && !other.apps.is_empty();
        if service.is_none() && !listener.apps.is_empty() && binding.any(|(_, other)| is_other(other)) {
            return Some(Peer::Unknown(format!("several programs of the repository listen on port {port}")));
        }
        Some(match listener.proxy {
            Some(nginx) => Peer::Proxy(nginx, port, listener.tls),
            None => Peer::Listener(id),
        })
    }

    /// Who answers on a port of a container.
    pub(in crate::model) fn in_service(&self, id: ServiceId, port: u16) -> Peer {
        if let Some(peer) = self.bound(Some(id), port) {
            return peer;
        }
        let Some(service) = self.service(id) else { return Peer::Unknown("unknown service".to_owned()) };
        let bound = || self.listeners_of(Some(id));
        // Whoever binds a port that is not known may well bind this one.
        if let Some((id, _)) = bound().find(|(_, listener)| listener.port.value().is_none()) {
            return Peer::Listener(id);
        }
        let mut places = Vec::new();
        let mut answers = Vec::new();
        for (_, listener) in bound().take(MOST_SHOWN) {
            let Some(other) = listener.port.value() else { continue };
            answers.push((*other, service.name.clone()));
            places.push((listener.place, format!("`{}` listens on port {other}", service.name)));
            let given = listener.port.places().iter().filter(|place| place.file != listener.place.file);
            places.extend(given.map(|place| (*place, format!("port {other} comes from here"))));
        }
        if let Some(nginx) = service.proxy.and_then(|nginx| self.wiring.proxies.get(nginx)) {
            if !nginx.holes().is_empty() {
                return Peer::Unknown(format!("not every file of {} in `{}` was read", nginx.name(), service.name));
            }
            for listen in nginx.listens().iter().take(MOST_SHOWN) {
                answers.push((listen.port, service.name.clone()));
                places.push((listen.place, format!("{} listens on port {}", nginx.name(), listen.port)));
            }
        }
        answers.sort();
        answers.dedup();
        if answers.is_empty() {
            return Peer::Service(id);
        }
        let mut nobody = Nobody::new(format!("`{}` listens on {}, not on {port}", service.name, ports(&answers)));
        if let Some((other, name)) = answers.first() {
            nobody.suggestion = Some(format!("{name}:{other}"));
        }
        nobody.places = places;
        // `EXPOSE` or `expose` that names the port speaks against what the command line says: then somebody is wrong, and not
        // certainly this side.
        if service.exposed.iter().any(|(exposed, _)| *exposed == port) && bound().all(|(_, l)| l.apps.is_empty()) {
            return Peer::Service(id);
        }
        Peer::Nobody(nobody)
    }

    /// Who answers to a server-side client (a proxy) that runs in `from`, or on the host.
    pub(in crate::model) fn upstream(&self, from: Option<ServiceId>, host: &str, port: u16) -> Peer {
        let host = match self.wiring.host_names.of(host) {
            Some(HostIs::ThisMachine) => return self.at_host(port),
            Some(HostIs::Service(name)) => name.to_ascii_lowercase(),
            None => host.to_ascii_lowercase(),
        };
        if is_loopback(&host) || host == "0.0.0.0" {
            return self.own_loopback(from, port);
        }
        if self.deployment.kind == DeploymentKind::Cluster {
            return self.in_cluster(from, &host, port);
        }
        if let Some((id, service)) =
            self.addresses.names_in_any_case.get(&host).and_then(|id| Some((*id, self.service(*id)?)))
        {
            if let Some(from) = from.and_then(|from| self.service(from))
                && !share_network(from, service)
            {
                let mut nobody =
                    Nobody::new(format!("`{}` and `{}` have no network in common", from.name, service.name));
                nobody.places.push((service.place, format!("`{}` is in other networks", service.name)));
                nobody.places.push((from.place, format!("`{}` runs the proxy", from.name)));
                return Peer::Nobody(nobody);
            }
            // A configuration that seems to lie in several containers runs in one of them, and nobody says in which.
            let proxy = from.and_then(|from| self.service(from)).and_then(|from| from.proxy);
            let holders =
                proxy.and_then(|proxy| self.addresses.service_of.get(&proxy)).map_or(0, |(_, holders)| *holders);
            if holders > 1 {
                return match self.in_service(id, port) {
                    Peer::Nobody(nobody) => Peer::Unknown(nobody.why),
                    peer => peer,
                };
            }
            return self.in_service(id, port);
        }
        if host == "host.docker.internal" {
            return match self.at_host(port) {
                Peer::Nobody(_) => Peer::Unknown("the host's processes are not known".to_owned()),
                peer => peer,
            };
        }
        if let (Some(from), DeploymentKind::Compose, false) = (from, self.deployment.kind, host.contains('.')) {
            return self.no_such_service(from, &host, port);
        }
        Peer::Unknown(format!("`{host}` is not in this repository"))
    }

    /// Whether a service of any deployment whose code lies elsewhere has this port: then a process whose port nobody states is
    /// hardly what is meant by it.
    pub(in crate::model) fn is_port_of_another(&self, port: u16, process: &Listener) -> bool {
        let packages: Vec<(PackageId, &RepoPath)> = process
            .apps
            .iter()
            .filter_map(|app| self.wiring.apps.get(app.0 as usize))
            .filter_map(|app| Some((app.package, &self.wiring.packages.get(app.package.0 as usize)?.root)))
            .collect();
        let is_elsewhere = |service: &Service| {
            let apart = |folder: &RepoPath| {
                packages.iter().all(|(id, root)| {
                    !service.packages.contains(id) && !root.is_under(folder) && !folder.is_under(root)
                })
            };
            service.source.as_ref().is_some_and(apart)
        };
        let with_port = self.wiring.index.network(self.wiring).with_port(port);
        with_port.iter().filter_map(|id| self.service(*id)).any(is_elsewhere)
    }

    fn own_loopback(&self, from: Option<ServiceId>, port: u16) -> Peer {
        let Some(from) = from else { return self.at_host(port) };
        let Some(service) = self.service(from) else { return Peer::Unknown("unknown service".to_owned()) };
        match service.namespace {
            Namespace::Host => return self.at_host(port),
            Namespace::Unknown => return Peer::Unknown("the network namespace is not known".to_owned()),
            Namespace::Container => {}
        }
        if let Some(peer) = self.bound(Some(from), port) {
            return peer;
        }
        // Another process may run in the same container: only a service elsewhere that does bind the port shows the slip.
        let naming = self.addresses.naming.get(&port).into_iter().flatten().find(|(_, id)| *id != from);
        let other = match (self.binder(from, port), naming) {
            (Some((binding, peer)), naming) if naming.is_none_or(|naming| binding <= *naming) => {
                self.service(binding.1).map(|other| (other, Some(peer)))
            }
            (_, naming) => naming.and_then(|(_, id)| self.service(*id)).map(|other| (other, None)),
        };
        let Some((other, peer)) = other else {
            return Peer::Unknown(format!("what else runs in the container `{}` is not known", service.name));
        };
        let mut nobody = Nobody::new(format!(
            "the proxy runs in the container `{}`, whose loopback is the container itself",
            service.name
        ));
        nobody.suggestion = Some(format!("{}:{port}", other.name));
        nobody.places.push((service.place, format!("`{}` runs the proxy", service.name)));
        let bind = match peer {
            Some(Peer::Listener(id)) => self.wiring.listeners.get(id.0 as usize).map(|listener| listener.place),
            _ => None,
        };
        nobody.places.push((bind.unwrap_or(other.place), format!("`{}` listens on port {port}", other.name)));
        Peer::Nobody(nobody)
    }

    /// The first service beside `from` of which something binds a port.
    fn binder(&self, from: ServiceId, port: u16) -> Option<(Ranked, Peer)> {
        let others = self.addresses.binding.get(&port)?.iter().filter(|(_, id)| *id != from);
        others.copied().find_map(|ranked| Some((ranked, self.bound(Some(ranked.1), port)?)))
    }

    fn no_such_service(&self, from: ServiceId, host: &str, port: u16) -> Peer {
        let Some(service) = self.service(from) else { return Peer::Unknown("unknown service".to_owned()) };
        if service.namespace != Namespace::Container {
            return Peer::Unknown(format!("`{host}` is resolved by the host"));
        }
        let binder = self.binder(from, port).and_then(|((_, id), _)| self.service(id));
        let Some(binder) = binder else {
            return Peer::Unknown(format!("no service of {} is called `{host}`", self.deployment.name));
        };
        // The same file has it in another deployment: whether this one runs without it, nobody knows.
        if self.wiring.index.network(self.wiring).is_named_in(service.place.file, host) {
            return Peer::Unknown(format!("the service `{host}` is started only with a profile"));
        }
        let mut nobody = Nobody::new(format!("no service of {} is called `{host}`", self.deployment.name));
        nobody.suggestion = Some(format!("{}:{port}", binder.name));
        nobody.places.push((service.place, format!("`{}` runs the proxy", service.name)));
        nobody.places.push((binder.place, format!("`{}` listens on port {port}", binder.name)));
        if !service.networks.is_empty() || self.deployment.pairing != Pairing::Stated {
            // An external network may hold containers of other compose files.
            nobody.assumptions.push(Assumption::LikelyPairing);
        }
        Peer::Nobody(nobody)
    }

    /// The port on the host that leads to a port of a container.
    pub(in crate::model) fn published(&self, service: ServiceId, container: u16) -> Option<(u16, Place)> {
        let service = self.service(service)?;
        service
            .published
            .iter()
            .find(|published| published.container == Some(container))
            .and_then(|published| published.host.map(|host| (host, published.place)))
    }

    /// The port of a service's container behind a port of its host; the same where it publishes none there.
    pub(in crate::model) fn published_behind(&self, id: ServiceId, port: u16) -> u16 {
        let published = self.service(id).into_iter().flat_map(|service| &service.published);
        let behind = published.filter(|one| one.host == Some(port)).find_map(|one| one.container);
        behind.unwrap_or(port)
    }

    /// What an nginx does with a request.
    pub(in crate::model) fn ask(&self, nginx: ProxyId, request: &Request) -> Option<crate::model::proxy::Answer> {
        self.wiring.index.answers().of(self.wiring, nginx, request)
    }
}

/// Whether two services can talk. No list means the default network.
fn share_network(one: &Service, other: &Service) -> bool {
    if one.namespace != Namespace::Container || other.namespace != Namespace::Container {
        return true;
    }
    match (one.networks.is_empty(), other.networks.is_empty()) {
        (true, true) => true,
        (true, false) => other.networks.iter().any(|name| &**name == "default"),
        (false, true) => one.networks.iter().any(|name| &**name == "default"),
        (false, false) => one.networks.iter().any(|name| other.networks.contains(name)),
    }
}

/// Whether a host name means the machine itself.
pub(in crate::model) fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host == "::1"
        || host.strip_prefix("127.").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn ports(answers: &[(u16, Arc<str>)]) -> String {
    let ports: Vec<String> = answers.iter().map(|(port, _)| port.to_string()).collect();
    ports.join(" and ")
}

/// The name of a program, for people.
pub(in crate::model) fn program_name(program: crate::facts::ServerProgram) -> Arc<str> {
    use crate::facts::ServerProgram as P;
    Arc::from(match program {
        P::Uvicorn => "uvicorn",
        P::Hypercorn => "hypercorn",
        P::Daphne => "daphne",
        P::Gunicorn => "gunicorn",
        P::FastApiCli => "the fastapi command",
        P::DjangoRunserver => "runserver",
        P::FlaskRun => "flask",
        P::NodeListen => "the Node server",
        P::WsPort => "the WebSocket server",
        P::Script => "the program",
        P::Vite => "the Vite dev server",
        P::VitePreview => "vite preview",
        P::Next => "Next.js",
        P::Cra => "the React dev server",
        P::Nginx => "nginx",
        P::StaticServer => "the static server",
        P::PythonListen => "the Python server",
        P::Unread(back_end) => back_end.name(),
    })
}
