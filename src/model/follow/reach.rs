//! Name and port: who is reached, and the process that answers.

use std::net::IpAddr;
use std::sync::Arc;

use super::network::{Network, Nobody, Peer, is_loopback, program_name};
use super::route::named_route;
use super::siblings::Shown;
use super::tls::Speaks;
use super::walk::{Candidate, Walk};
use crate::base::{Limit, Place};
use crate::facts::{HoleReason, ServerProgram};
use crate::model::proxy::Proxy;
use crate::model::{
    Assumption, CauseKind, Component, DeploymentKind, HopKind, HostIs, Known, Listener, ListenerId, PackageId,
    PageScheme, PathText, ProxyId, ServedBy, Tls, UrlRelation,
};

/// Processes without a known port among which one is looked for.
const UNPLACED: Limit = Limit::new(
    20,
    "processes of one deployment whose port no file says",
    "which of them is meant is unknown",
    "say their ports where they are started",
);

/// Proxies in a row that are followed.
const MOST_PROXIES: u32 = 4;

/// What is at the address.
pub(super) enum Target<'w> {
    Peer(Peer),
    /// What other calls to the same address show, which no file says.
    Shown(&'w Shown),
    /// A server of this name in another deployment of the repository: the name is the same for everybody.
    Elsewhere(Network<'w>, u16),
    /// The one process whose port nobody states: it has what is asked for, and the port is set outside the repository.
    Likely(ListenerId),
    /// A development server without a process of its own in the wiring.
    DevServer,
    /// A hosting service.
    Hosting(Arc<str>),
}

/// The server that an address with a wrong port was meant for.
struct Meant {
    /// The port that it binds.
    bound: u16,
    /// The port that the host publishes it as, and where.
    published: Option<(u16, Place)>,
    /// What it is.
    program: Arc<str>,
    /// Where it says what it binds.
    place: Place,
    /// The route that the address asks for; `None` for a server without routes.
    route: Option<Place>,
}

impl<'w> Walk<'w> {
    pub(super) fn walk_reach(&mut self) {
        let Some(path) = self.url().path.value().cloned() else {
            self.unknown(HopKind::Reach, &[], "the URL is not known");
            return;
        };
        self.spoken = self.spoken_by_browser();
        let target = self.target();
        if let Some(host) = self.url().host.value().cloned() {
            self.names(&host);
        }
        match target {
            Target::DevServer => {
                self.holds(HopKind::Reach, &[], "the development server");
                self.dev_server(None, &path);
            }
            Target::Hosting(name) => self.hosting(&name, &path),
            Target::Likely(id) => {
                self.guessed.push(Assumption::LikelyPairing);
                self.visit(HopKind::Reach, Peer::Listener(id), &path);
            }
            Target::Shown(shown) => {
                self.unknown(HopKind::Reach, &[], "the address is set outside of the repository");
                self.among_siblings(shown);
            }
            Target::Elsewhere(network, port) => {
                self.network = network;
                let host = self.url().host.value().cloned().unwrap_or_else(|| Arc::from(""));
                let why =
                    || Peer::Unknown(format!("`{host}` is in another part of this repository, and not on port {port}"));
                let peer = self.server_named(&host, port).unwrap_or_else(why);
                self.visit(HopKind::Reach, peer, &path);
            }
            Target::Peer(Peer::Nobody(nobody)) => self.port_mismatch(&nobody, &path),
            Target::Peer(peer) => self.visit(HopKind::Reach, peer, &path),
        }
    }

    fn target(&self) -> Target<'w> {
        let url = self.url();
        if let Some(shown) = self.shown_by_siblings() {
            return Target::Shown(shown);
        }
        if self.is_pages_own_origin() {
            return self.page_server();
        }
        let port = match &url.port {
            Component::Is(port, _) | Component::FromPage(port, _) => self.asked_port(*port),
            Component::Unknown(unknown) => {
                return unknown_target(format!("the port is not known: {}", unknown.words()));
            }
        };
        if let Component::Unknown(unknown) = &url.host
            && url.relation != UrlRelation::SameHost
        {
            return unknown_target(format!("the host is not known: {}", unknown.words()));
        }
        let host = url.host.value().cloned();
        let page_host = self.page.and_then(|page| page.host.value()).cloned();
        let stated = host.as_deref().and_then(|host| self.wiring.host_names.of(host));
        let local = match &host {
            None => true,
            Some(_) if stated == Some(&HostIs::ThisMachine) => true,
            Some(host) => is_loopback(host) || &**host == "0.0.0.0" || page_host.as_ref() == Some(host),
        };
        if local {
            if self.network.deployment().kind == DeploymentKind::Bare {
                return unknown_target("what runs beside the page is not in the repository".to_owned());
            }
            return match self.network.at_host(port) {
                Peer::Unknown(why) => {
                    let named = host.as_deref().filter(|host| !is_loopback(host));
                    let named = named.and_then(|host| self.server_named(host, port));
                    let named = named.filter(|peer| matches!(peer, Peer::Proxy(..)));
                    let peer = named.or_else(|| self.unplaced(port, &url.path));
                    let likely = || {
                        let path = url.path.value().filter(|_| host.as_deref().is_some_and(is_loopback))?;
                        self.likely(port, path, Some(port))
                    };
                    match peer {
                        Some(peer) => Target::Peer(peer),
                        None => likely().map_or(Target::Peer(Peer::Unknown(why)), Target::Likely),
                    }
                }
                peer => Target::Peer(peer),
            };
        }
        if let Some(HostIs::Service(name)) = stated {
            return match self.network.service_named(name) {
                Some(id) => Target::Peer(self.network.in_service(id, self.network.published_behind(id, port))),
                None => unknown_target(format!("`{name}` is no service of {}", self.network.deployment().name)),
            };
        }
        let host = host.unwrap_or_else(|| Arc::from(""));
        if let Some(peer) = self.server_named(&host, port) {
            return Target::Peer(peer);
        }
        if let Some(id) = self.network.service_named(&host) {
            return Target::Peer(self.network.in_service(id, port));
        }
        if let Some(network) =
            self.network.deployed_elsewhere(&host).filter(|_| !self.in_development() && is_public(&host))
        {
            return Target::Elsewhere(network, port);
        }
        unknown_target(format!("`{host}` is not in this repository"))
    }

    /// The one process of the repository whose port nobody states, when it has the route.
    fn unplaced(&self, port: u16, path: &Component<PathText>) -> Option<Peer> {
        if !matches!(self.url().host, Component::Is(..)) {
            return None;
        }
        let mut open = self.network.unplaced();
        let (id, listener) = open.next()?;
        let alone = open.next().is_none();
        (alone && self.is_meant(port, listener, path.value()?)).then_some(Peer::Listener(id))
    }

    /// The one process of the repository whose port a variable from outside sets (`listen(process.env.PORT)`), or that nothing
    /// in the repository starts, when it alone has the route, or those of other calls to the same server: whoever develops
    /// starts it on the port that is asked for. `asked` is the port of the call itself; none where the server of the page takes
    /// it first.
    pub(super) fn likely(&self, port: u16, path: &PathText, asked: Option<u16>) -> Option<ListenerId> {
        let protocol = self.protocol();
        let has_route = |listener: &Listener| named_route(self.wiring, &listener.apps, path, protocol).is_some();
        let open: Vec<(ListenerId, &Listener)> = self.network.unplaced().take(UNPLACED.most_items() + 1).collect();
        if open.len() > UNPLACED.most_items() {
            self.wiring.limits.reached(None, &UNPLACED);
            return None;
        }
        let mut routed = open.iter().filter(|(_, listener)| has_route(listener));
        let (id, listener) = match (routed.next(), routed.next(), open.as_slice()) {
            (Some(only), None, _) => *only,
            (None, _, [only]) if is_set_outside(only.1) && self.is_backed(asked) => *only,
            _ => return None,
        };
        let may_be_anywhere = is_set_outside(listener) || is_started_by_nobody(listener);
        if !may_be_anywhere || self.network.is_port_of_another(port, listener) {
            return None;
        }
        // Who has the route on a port that is known is the one that is meant, and the port is wrong.
        let speaks_against = |listener: &Listener| match listener.program {
            ServerProgram::Unread(_) => true,
            _ => listener.port.value().is_some() && has_route(listener),
        };
        let is_likely = !self.network.listeners().any(|(_, listener)| speaks_against(listener));
        is_likely.then_some(id)
    }

    /// Whether a process of which nobody states the port is the one that a request to a port means: its framework's own server
    /// takes that port, and it has the route or another command starts it there. That they probably run together alone says
    /// nothing of a route that it lacks.
    pub(super) fn is_meant(&self, port: u16, listener: &Listener, path: &PathText) -> bool {
        let has_route = || named_route(self.wiring, &listener.apps, path, self.protocol()).is_some();
        // The same application is started on this port by another command of the repository, such as its image's.
        let bound = || {
            let on_port = self.wiring.index.network(self.wiring).on_port(port);
            on_port
                .iter()
                .filter_map(|id| self.wiring.listeners.get(id.0 as usize))
                .any(|other| other.apps.iter().any(|app| listener.apps.contains(app)))
        };
        let stated = || bound() || listener.package.is_some_and(|package| self.image_listens(package, port));
        self.is_usual_port(port, listener) && (has_route() || stated())
    }

    /// Whether the command of an image that is built from the package names the port.
    fn image_listens(&self, package: PackageId, port: u16) -> bool {
        let wanted = port.to_string();
        self.wiring.index.files_of(self.wiring, package).any(|(_, facts)| {
            let Some(dockerfile) = facts.dockerfile.as_deref() else { return false };
            let commands = dockerfile.stages.iter().flat_map(|stage| stage.entrypoint.iter().chain(&stage.command));
            commands
                .flat_map(|command| &command.listens)
                .any(|fact| fact.port.as_ref().is_some_and(|it| it.as_str() == Some(&wanted)))
        })
    }

    pub(super) fn is_pages_own_origin(&self) -> bool {
        let url = self.url();
        if url.relation == UrlRelation::Relative || self.fixed_to_page {
            return true;
        }
        if url.relation == UrlRelation::SameHost
            && !matches!(url.port, Component::Is(..))
            && !matches!(url.host, Component::Is(..))
        {
            return true;
        }
        self.page.is_some_and(|page| page.is_at(url))
    }

    /// The virtual server that has this name.
    pub(super) fn server_named(&self, host: &str, port: u16) -> Option<Peer> {
        let (id, mut addresses) = self.network.server_named(host)?;
        let service = self.network.service_of(id);
        // Images that nothing in the repository runs publish what whoever runs them says: the port of an address, by its name.
        let is_unsaid = self.network.deployment().kind == DeploymentKind::Images
            && service
                .and_then(|id| self.wiring.services.get(id.0 as usize))
                .is_some_and(|service| service.published.is_empty());
        let named = addresses.find(|listen| match service {
            Some(service) if !is_unsaid => {
                self.network.published(service, listen.port).is_some_and(|(host, _)| host == port)
            }
            Some(_) => listen.port == port,
            None => listen.port == port,
        });
        Some(match named {
            Some(listen) => Peer::Proxy(id, listen.port, listen.tls),
            None => Peer::Unknown(format!("{} serves `{host}`, but not on port {port}", self.wiring.proxies.name(id))),
        })
    }

    /// What serves the page serves its origin.
    fn page_server(&self) -> Target<'w> {
        let Some(page) = self.page else {
            return unknown_target("no origin that serves the page is known".to_owned());
        };
        match &page.served_by {
            ServedBy::DevServer(id) | ServedBy::App(id) => Target::Peer(Peer::Listener(*id)),
            ServedBy::Proxy(id) => Target::Peer(self.page_proxy(*id)),
            ServedBy::Hosting(name) => Target::Hosting(name.clone()),
            ServedBy::Stated => unknown_target("who serves the page is not in the repository".to_owned()),
            ServedBy::Unknown if self.in_development() => Target::DevServer,
            ServedBy::Unknown => unknown_target("who serves the page is not known".to_owned()),
        }
    }

    pub(super) fn page_proxy(&self, id: ProxyId) -> Peer {
        let Some(page) = self.page else { return Peer::Unknown("no page".to_owned()) };
        let Some(instance) = self.wiring.proxies.get(id) else {
            return Peer::Unknown("unknown proxy".to_owned());
        };
        let listens = instance.listens();
        let service = self.network.service_of(id);
        let host_port = |listen: &crate::model::proxy::ListenAddress| match service {
            Some(service) => self.network.published(service, listen.port).map(|(port, _)| port),
            None => Some(listen.port),
        };
        let named = |listen: &&crate::model::proxy::ListenAddress| {
            page.host.value().is_some_and(|host| listen.names.iter().any(|name| name.eq_ignore_ascii_case(host)))
        };
        let by_port = || listens.iter().filter(|listen| host_port(listen).as_ref() == page.port.value());
        // A TLS end in front of nginx hands on to a plain port.
        let wanted = if page.scheme.value() == Some(&PageScheme::Https) { Tls::Tls } else { Tls::Plain };
        let by_tls = || listens.iter().filter(|listen| listen.tls == wanted);
        let chosen = by_port()
            .find(named)
            .or_else(|| by_port().next())
            .or_else(|| by_tls().find(named))
            .or_else(|| by_tls().next())
            .or_else(|| listens.iter().find(named))
            .or_else(|| listens.first());
        chosen.map_or_else(
            || Peer::Unknown(format!("what {} listens on is not known", instance.name())),
            |listen| Peer::Proxy(id, listen.port, listen.tls),
        )
    }

    /// Nobody answers on the port; something else that has the route shows which port was meant.
    fn port_mismatch(&mut self, nobody: &Nobody, path: &PathText) {
        let port = self.url().port.value().copied().unwrap_or(0);
        let protocol = self.protocol();
        let meant = self.network.listeners().find_map(|(_, listener)| {
            let bound = *listener.port.value()?;
            let route = named_route(self.wiring, &listener.apps, path, protocol)?;
            let published = match listener.service {
                Some(service) => Some(self.network.published(service, bound)?),
                None => None,
            };
            let program = program_name(listener.program);
            Some(Meant { bound, published, program, place: listener.place, route: Some(route.place) })
        });
        let meant = meant.or_else(|| self.lone_socket_server());
        // The same code also runs in a set-up that publishes this port: that is the one it was written for.
        let published = self
            .wiring
            .services
            .iter()
            .any(|service| service.published.iter().any(|published| published.host == Some(port)));
        let Some(meant) = meant.filter(|_| !published || self.network.deployment().kind == DeploymentKind::Compose)
        else {
            self.unknown(HopKind::Reach, &[], nobody.why.clone());
            return;
        };
        let host = self.url().host.value().cloned().unwrap_or_else(|| Arc::from("localhost"));
        let place = self.first_place(self.url().port.places());
        let right = meant.published.map_or(meant.bound, |(port, _)| port);
        let kind = CauseKind::PortMismatch { port, host, answers: vec![(right, meant.program)] };
        let mut candidate = Candidate::new(kind, place, port.to_string())
            .link(self.connection.place, format!("opens `{}`", self.url().display))
            .link(meant.place, format!("listens on port {}", meant.bound))
            .resting_on(&nobody.assumptions)
            .resting_on(&self.url().assumptions);
        if let Some(route) = meant.route {
            candidate = candidate.link(route, "has the route");
        }
        candidate = match meant.published {
            Some((port, place)) => candidate.link(place, format!("publishes it as port {port}")),
            None => {
                nobody.places.iter().fold(candidate, |candidate, (place, shows)| candidate.link(*place, shows.clone()))
            }
        };
        self.breaks(HopKind::Reach, candidate, nobody.why.clone());
        // With the right port it may be the page's own origin, which needs nobody's leave.
        let url = self.url();
        self.fixed_to_page |= self.page.is_some_and(|page| {
            url.host.value().is_some() && url.host.value() == page.host.value() && page.port.value() == Some(&right)
        });
        let listener = self.network.listeners().find(|(_, listener)| listener.place == meant.place).map(|(id, _)| id);
        if let Some(id) = listener {
            self.process(id, path);
        }
    }

    /// The one server that has a port for sockets alone, whatever their path: a socket to another port was meant for it.
    fn lone_socket_server(&self) -> Option<Meant> {
        if self.connection.api != crate::facts::ClientApi::WebSocket {
            return None;
        }
        let mut serving = self.network.listeners().filter(|(_, listener)| listener.program == ServerProgram::WsPort);
        let (_, listener) = serving.next()?;
        let bound = *listener.port.value()?;
        let alone = serving.next().is_none() && listener.service.is_none();
        let program = program_name(listener.program);
        alone.then_some(Meant { bound, published: None, program, place: listener.place, route: None })
    }

    /// Goes on to what answers.
    pub(super) fn visit(&mut self, hop: HopKind, peer: Peer, path: &PathText) {
        if self.passed >= MOST_PROXIES {
            self.unknown(hop, &[], "there are too many proxies in a row");
            return;
        }
        match peer {
            Peer::Proxy(id, port, tls) => {
                let at = self.proxy_place(id, port);
                let name = self.wiring.proxies.name(id);
                if self.check_tls(hop, tls, at, name) == Speaks::Right {
                    self.holds(hop, &[], format!("{name} on port {port}"));
                }
                self.passed += 1;
                self.proxy(id, port, tls, path);
            }
            Peer::Listener(id) => {
                let listener = self.wiring.listeners.get(id.0 as usize);
                self.enter(listener);
                let note = listener.map(|listener| {
                    let port = listener.port.value().map(|port| format!(" on port {port}")).unwrap_or_default();
                    format!("{}{port}", program_name(listener.program))
                });
                let places: Vec<Place> = listener.map(|listener| listener.place).into_iter().collect();
                let speaks = listener.map_or(Speaks::Right, |listener| {
                    // Of a process about which only its code is known, its own statement would show a certificate.
                    let tls = if listener.port.value().is_some() { listener.tls } else { Tls::Plain };
                    self.check_tls(hop, tls, listener.place, &program_name(listener.program))
                });
                match speaks {
                    Speaks::Right if self.is_kept_inside(hop, id) => {}
                    Speaks::Right => self.holds(hop, &places, note.unwrap_or_default()),
                    Speaks::Unknown => self.unknown(hop, &places, "whether it takes TLS is not known"),
                    Speaks::Wrong => {}
                }
                self.process(id, path);
            }
            Peer::Service(id) => {
                let name = self.wiring.services.get(id.0 as usize).map(|service| service.name.clone());
                let name = name.unwrap_or_else(|| Arc::from("?"));
                self.holds(hop, &[], format!("the container `{name}`"));
                self.unknown(HopKind::Listener, &[], format!("what listens in `{name}` is not known"));
            }
            Peer::Nobody(nobody) => self.unknown(hop, &[], nobody.why),
            Peer::Unknown(why) => self.unknown(hop, &[], why),
        }
    }

    /// What a container of the machine runs is in the network of its compose file from here on.
    fn enter(&mut self, listener: Option<&Listener>) {
        let is_lent = |listener: &&Listener| {
            self.network.deployment().kind == DeploymentKind::Host && listener.deployment != self.network.id()
        };
        let other = listener.filter(is_lent);
        if let Some(network) = other.and_then(|it| Network::new(self.wiring, it.deployment, &self.handshake.mode)) {
            self.network = network;
        }
    }

    /// Where nginx says that it listens on a port.
    fn proxy_place(&self, id: ProxyId, port: u16) -> Place {
        let instance = self.wiring.proxies.get(id);
        let listens = instance.map(Proxy::listens).unwrap_or_default();
        let found = listens.iter().find(|listen| listen.port == port).or(listens.first());
        found.map_or(self.connection.place, |listen| listen.place)
    }

    fn process(&mut self, id: ListenerId, path: &PathText) {
        let Some(listener) = self.wiring.listeners.get(id.0 as usize) else { return };
        match listener.program {
            ServerProgram::Vite | ServerProgram::Cra => {
                self.passed += 1;
                self.dev_server(Some(id), path);
                return;
            }
            ServerProgram::Next => {
                self.passed += 1;
                self.dev_server(Some(id), path);
                return;
            }
            ServerProgram::Nginx => {
                if let (Some(nginx), Some(port)) = (listener.proxy, listener.port.value()) {
                    self.passed += 1;
                    self.proxy(nginx, *port, listener.tls, path);
                    return;
                }
            }
            ServerProgram::VitePreview | ServerProgram::StaticServer => {
                self.unknown(HopKind::Listener, &[listener.place], "it serves files only");
                return;
            }
            _ => {}
        }
        match listener.program {
            ServerProgram::Unread(back_end) => {
                let why = format!("{} has this port, and its source is not read", back_end.name());
                self.unknown(HopKind::Listener, &[listener.place], why);
            }
            program => self.holds(HopKind::Listener, &[listener.place], program_name(program).to_string()),
        }
        self.answered_by(id, listener, path);
    }

    /// The request has come to the process that answers it.
    pub(super) fn answered_by(&mut self, id: ListenerId, listener: &Listener, path: &PathText) {
        self.served = Some(id);
        for passage in &mut self.passages {
            passage.listener = Some(id);
            passage.apps.clone_from(&listener.apps);
        }
        self.walk_route(listener, path);
    }
}

/// Whether a host is named as public ones are, with a domain: `web` may be another machine in each deployment.
fn is_public(host: &str) -> bool {
    host.contains('.') && host.parse::<IpAddr>().is_err()
}

/// Whether a variable from outside of the repository sets the port.
fn is_set_outside(listener: &Listener) -> bool {
    let Known::Unknown(unknown) = &listener.port else { return false };
    matches!(unknown.reason, HoleReason::OutsideEnv(_) | HoleReason::Documented(_))
}

/// Whether nothing in the repository starts what listens.
fn is_started_by_nobody(listener: &Listener) -> bool {
    let Known::Unknown(unknown) = &listener.port else { return false };
    listener.program == ServerProgram::Script && unknown.reason == HoleReason::Runtime
}

fn unknown_target<'w>(why: String) -> Target<'w> {
    Target::Peer(Peer::Unknown(why))
}
