//! Who answers at a host and port, seen from a place in a deployment.

use std::sync::Arc;

use crate::base::{Place, RepoPath};
use crate::model::nginx::Request;
use crate::model::{
    AppId, Assumption, Binding, Deployment, DeploymentId, DeploymentKind, Listener, ListenerId, Mode, Namespace,
    NginxId, PackageId, Pairing, Service, ServiceId, Tls, Wiring,
};

/// What answers.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model) enum Peer {
    /// nginx, on this port of its own namespace.
    Nginx(NginxId, u16, Tls),
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
}

impl Nobody {
    fn new(why: String) -> Self {
        Self { why, suggestion: None, places: Vec::new(), assumptions: Vec::new() }
    }
}

/// The network of one deployment, in one mode.
#[derive(Clone, Copy)]
pub(in crate::model) struct Network<'w> {
    wiring: &'w Wiring,
    id: DeploymentId,
    deployment: &'w Deployment,
    mode: &'w Mode,
}

impl<'w> Network<'w> {
    /// The network of a deployment; `None` for a foreign id.
    pub(in crate::model) fn new(wiring: &'w Wiring, id: DeploymentId, mode: &'w Mode) -> Option<Self> {
        let deployment = wiring.deployments.get(id.0 as usize)?;
        Some(Self { wiring, id, deployment, mode })
    }

    /// The deployment.
    pub(in crate::model) fn deployment(&self) -> &'w Deployment {
        self.deployment
    }

    /// The listeners of the deployment that exist in the mode.
    pub(in crate::model) fn listeners(&self) -> impl Iterator<Item = (ListenerId, &'w crate::model::Listener)> {
        let (id, mode) = (self.id, self.mode);
        (0u32..).map(ListenerId).zip(&self.wiring.listeners).filter(move |(_, listener)| {
            listener.deployment == id && listener.mode.as_ref().is_none_or(|other| other == mode)
        })
    }

    /// The services of the deployment.
    pub(in crate::model) fn services(&self) -> impl Iterator<Item = (ServiceId, &'w Service)> {
        let wiring = self.wiring;
        self.deployment
            .services
            .iter()
            .filter_map(move |id| wiring.services.get(id.0 as usize).map(|service| (*id, service)))
    }

    fn service(&self, id: ServiceId) -> Option<&'w Service> {
        self.wiring.services.get(id.0 as usize)
    }

    /// The service that an nginx runs in.
    pub(in crate::model) fn service_of(&self, nginx: NginxId) -> Option<ServiceId> {
        self.services().find(|(_, service)| service.nginx == Some(nginx)).map(|(id, _)| id)
    }

    /// Who answers on a port of the machine that everything runs on (`localhost:8000` in a browser).
    pub(in crate::model) fn at_host(&self, port: u16) -> Peer {
        let mut known = Vec::new();
        let mut open = false;
        for (id, service) in self.services() {
            for published in &service.published {
                match (published.host, published.container) {
                    (Some(host), Some(container)) if host == port => return self.in_service(id, container),
                    (Some(host), _) => known.push((host, service.name.clone(), published.place)),
                    (None, _) => open = true,
                }
            }
            if service.namespace != Namespace::Container {
                if let Some(peer) = self.bound(Some(id), port) {
                    return peer;
                }
                open = true;
            }
        }
        if let Some(peer) = self.bound(None, port).or_else(|| self.lent(port)) {
            return peer;
        }
        for (_, listener) in self.listeners().filter(|(_, listener)| listener.service.is_none()) {
            match listener.port.value() {
                Some(bound) => known.push((*bound, program_name(listener.program), listener.place)),
                None => open = true,
            }
        }
        known.sort();
        known.dedup();
        let is_process = |listener: &Listener| !listener.apps.is_empty();
        let processes = self.listeners().any(|(_, listener)| listener.service.is_none() && is_process(listener));
        let published = self.services().any(|(_, service)| !service.published.is_empty());
        if open || known.is_empty() || !processes && !published || self.are_all_served(&known, port) {
            return Peer::Unknown(format!("who listens on port {port} of the host is not known"));
        }
        let mut nobody = Nobody::new(format!("nothing in {} listens on port {port}", self.deployment.name));
        nobody.places =
            known.iter().map(|(port, name, place)| (*place, format!("{name} answers on port {port}"))).collect();
        if self.deployment.pairing != Pairing::Stated {
            nobody.assumptions.push(Assumption::LikelyPairing);
        }
        Peer::Nobody(nobody)
    }

    /// The process that compose runs behind a port of the machine: whoever develops the pages runs it too, where nothing that
    /// is started without compose has the port.
    fn lent(&self, port: u16) -> Option<Peer> {
        if self.deployment.kind != DeploymentKind::Development {
            return None;
        }
        let mut found: Vec<ListenerId> = Vec::new();
        let all = (0u32..).map(DeploymentId).zip(&self.wiring.deployments);
        for (id, _) in all.filter(|(_, deployment)| deployment.kind == DeploymentKind::Compose) {
            let network = Self::new(self.wiring, id, &Mode::Production)?;
            for (service, published) in network.services().flat_map(|(id, service)| {
                service.published.iter().filter(|one| one.host == Some(port)).map(move |one| (id, one))
            }) {
                match network.in_service(service, published.container?) {
                    Peer::Listener(listener) => found.push(listener),
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

    /// Whether the proxies of a host reach every process that is known by its own port: then what they forward to another port
    /// is a process that is not in the repository.
    fn are_all_served(&self, known: &[(u16, Arc<str>, Place)], port: u16) -> bool {
        if self.deployment.kind != DeploymentKind::Host {
            return false;
        }
        let instances = || self.deployment.proxies.iter().filter_map(|id| self.wiring.nginx.get(id.0 as usize));
        let reached: Vec<u16> = instances()
            .flat_map(|instance| instance.targets())
            .filter(|target| target.host.as_deref().is_some_and(is_loopback))
            .filter_map(|target| target.port)
            .collect();
        let own: Vec<u16> = instances().flat_map(|instance| instance.listens()).map(|listen| listen.port).collect();
        reached.contains(&port) && known.iter().all(|(other, ..)| reached.contains(other) || own.contains(other))
    }

    /// Who binds a port in the namespace of a service, or of the host.
    fn bound(&self, service: Option<ServiceId>, port: u16) -> Option<Peer> {
        let nginx = self.deployment.proxies.iter().filter(|id| self.service_of(**id) == service);
        for id in nginx {
            let instance = self.wiring.nginx.get(id.0 as usize)?;
            if let Some(listen) = instance.listens().iter().find(|listen| listen.port == port) {
                return Some(Peer::Nginx(*id, port, listen.tls));
            }
        }
        let mut binding = self
            .listeners()
            .filter(|(_, listener)| listener.service == service && listener.port.value() == Some(&port));
        let (id, listener) = binding.next()?;
        // Programs that all take the port by default do not run side by side.
        let is_other = |other: &Listener| other.apps != listener.apps && !other.apps.is_empty();
        if service.is_none() && !listener.apps.is_empty() && binding.any(|(_, other)| is_other(other)) {
            return Some(Peer::Unknown(format!("several programs of the repository listen on port {port}")));
        }
        Some(match listener.nginx {
            Some(nginx) => Peer::Nginx(nginx, port, listener.tls),
            None => Peer::Listener(id),
        })
    }

    /// Who answers on a port of a container.
    pub(in crate::model) fn in_service(&self, id: ServiceId, port: u16) -> Peer {
        if let Some(peer) = self.bound(Some(id), port) {
            return peer;
        }
        let Some(service) = self.service(id) else { return Peer::Unknown("unknown service".to_owned()) };
        let bound: Vec<_> = self.listeners().filter(|(_, listener)| listener.service == Some(id)).collect();
        // Whoever binds a port that is not known may well bind this one.
        if let Some((id, _)) = bound.iter().find(|(_, listener)| listener.port.value().is_none()) {
            return Peer::Listener(*id);
        }
        let mut places = Vec::new();
        let mut answers = Vec::new();
        for (_, listener) in &bound {
            let Some(other) = listener.port.value() else { continue };
            answers.push((*other, service.name.clone()));
            places.push((listener.place, format!("`{}` listens on port {other}", service.name)));
            let given = listener.port.places().iter().filter(|place| place.file != listener.place.file);
            places.extend(given.map(|place| (*place, format!("port {other} comes from here"))));
        }
        if let Some(nginx) = service.nginx.and_then(|nginx| self.wiring.nginx.get(nginx.0 as usize)) {
            if !nginx.holes.is_empty() {
                return Peer::Unknown(format!("not every file of the nginx in `{}` was read", service.name));
            }
            for listen in nginx.listens() {
                answers.push((listen.port, service.name.clone()));
                places.push((listen.place, format!("nginx listens on port {}", listen.port)));
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
        if service.exposed.iter().any(|(exposed, _)| *exposed == port) && bound.iter().all(|(_, l)| l.apps.is_empty()) {
            return Peer::Service(id);
        }
        Peer::Nobody(nobody)
    }

    /// Who answers to a server-side client (a proxy) that runs in `from`, or on the host.
    pub(in crate::model) fn upstream(&self, from: Option<ServiceId>, host: &str, port: u16) -> Peer {
        let host = host.to_ascii_lowercase();
        if is_loopback(&host) || host == "0.0.0.0" {
            return self.own_loopback(from, port);
        }
        if let Some((id, service)) =
            self.services().find(|(_, service)| service.host_names.iter().any(|name| name.eq_ignore_ascii_case(&host)))
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
            let proxy = from.and_then(|from| self.service(from)).and_then(|from| from.nginx);
            let holders = self.services().filter(|(_, other)| proxy.is_some() && other.nginx == proxy).count();
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
        self.wiring.services.iter().any(|service| {
            let published = service.published.iter().any(|one| one.host == Some(port) || one.container == Some(port));
            let has_port = published || service.exposed.iter().any(|(exposed, _)| *exposed == port);
            has_port && is_elsewhere(service)
        })
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
        let other = self.services().filter(|(id, _)| *id != from).find_map(|(id, other)| {
            let names = |other: &Service| {
                other.published.iter().any(|published| published.container == Some(port))
                    || other.exposed.iter().any(|(exposed, _)| *exposed == port)
            };
            match self.bound(Some(id), port) {
                Some(peer) => Some((other, Some(peer))),
                None => names(other).then_some((other, None)),
            }
        });
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

    fn no_such_service(&self, from: ServiceId, host: &str, port: u16) -> Peer {
        let Some(service) = self.service(from) else { return Peer::Unknown("unknown service".to_owned()) };
        if service.namespace != Namespace::Container {
            return Peer::Unknown(format!("`{host}` is resolved by the host"));
        }
        let binder = self.services().filter(|(id, _)| *id != from).find_map(|(id, other)| {
            self.bound(Some(id), port)?;
            Some(other)
        });
        let Some(binder) = binder else {
            return Peer::Unknown(format!("no service of {} is called `{host}`", self.deployment.name));
        };
        // The same file has it in another deployment: whether this one runs without it, nobody knows.
        let is_it = |other: &Service| {
            let same_file = other.place.file == service.place.file;
            same_file && other.host_names.iter().any(|name| name.eq_ignore_ascii_case(host))
        };
        if self.wiring.services.iter().any(is_it) {
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

    /// What an nginx does with a request.
    pub(in crate::model) fn ask(&self, nginx: NginxId, request: &Request) -> Option<crate::model::nginx::Answer> {
        Some(self.wiring.nginx.get(nginx.0 as usize)?.answer(self.wiring, request))
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
