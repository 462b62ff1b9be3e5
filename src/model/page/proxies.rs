//! Pages that a proxy serves or forwards, and pages behind a router that is configured by labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{FrontEnd, nobody_says};
use crate::base::{Limit, Place};
use crate::facts::{FrontEndTool, Protocol};
use crate::model::follow::network::Peer;
use crate::model::proxy::{ListenAddress, Outcome, Proxied, Request};
use crate::model::traefik::host_of_rule;
use crate::model::{
    AppId, Assumption, DeploymentKind, Known, Mode, PackageId, PageOrigin, PageScheme, Pairing, PathText, ProxyId,
    ServedBy, ServiceId, Tls,
};

/// Folders of one proxy that are asked for.
const FOLDERS: Limit = Limit::new(
    16,
    "folders below which a proxy hands out an application",
    "pages below the remaining ones are unknown",
    "split the configuration of the proxy",
);
/// Names of one server.
const NAMES: Limit = Limit::new(
    8,
    "names of one server",
    "connections of pages under the remaining ones are unknown",
    "check the configuration with fewer names",
);

impl FrontEnd<'_> {
    /// Origins behind the proxies of the deployment.
    pub(super) fn behind_proxies(&self) -> Vec<PageOrigin> {
        let mut found: Vec<PageOrigin> = Vec::new();
        let mut redirects = Vec::new();
        for id in &self.deployment.proxies {
            let Some(instance) = self.wiring.proxies.get(*id).filter(|_| !self.is_behind_another(*id)) else {
                continue;
            };
            for listen in instance.listens().iter().filter(|listen| self.is_front_door(*id, listen)) {
                match self.serves_here(*id, listen) {
                    Serves::Yes => found.extend(self.pages_of(*id, listen)),
                    Serves::RedirectsToHttps(place) => redirects.push((*id, listen, place)),
                    Serves::No => {}
                }
            }
        }
        if found.is_empty() {
            found.extend(self.under_paths());
        }
        if found.is_empty() {
            // The TLS end is elsewhere, but the redirect says that there is one.
            for (id, listen, place) in redirects {
                let scheme = Known::Is(PageScheme::Https, vec![place]);
                let mut page = self.page(ServedBy::Proxy(id), scheme, vec![place]);
                if let Some(name) = concrete_names(listen).next() {
                    page.host = Known::Is(name, vec![listen.place]);
                }
                found.push(page);
            }
        }
        found
    }

    /// Origins of proxies that have something else at their root, and hand the root of this front end's application out below
    /// a path.
    fn under_paths(&self) -> Vec<PageOrigin> {
        let mut found = Vec::new();
        for id in &self.deployment.proxies {
            let Some(instance) = self.wiring.proxies.get(*id) else { continue };
            let mut folders: Vec<&str> = instance
                .passes()
                .into_iter()
                .filter(|(path, put)| path.len() > 1 && path.ends_with('/') && *put == Some("/"))
                .map(|(path, _)| path)
                .collect();
            if folders.len() > FOLDERS.most_items() {
                folders.truncate(FOLDERS.most_items());
                self.wiring.limits.reached(instance.first_place(), &FOLDERS);
            }
            for listen in instance.listens() {
                if folders.iter().any(|folder| matches!(self.serves_at(*id, listen, folder), Serves::Yes)) {
                    found.extend(self.pages_of(*id, listen));
                }
            }
        }
        found
    }

    /// Whether browsers reach a proxy only through another one: its container publishes nothing, and the other one hands on
    /// to it.
    fn is_behind_another(&self, id: ProxyId) -> bool {
        let service = self.network.service_of(id).and_then(|id| self.wiring.services.get(id.0 as usize));
        let Some(service) = service.filter(|service| service.published.is_empty()) else { return false };
        service.host_names.iter().any(|name| self.network.is_handed_on_to_by_another(id, name))
    }

    /// Whether people may open pages at an address: not at the second one of who says nothing of TLS, nor in a cluster at a
    /// container that nothing publishes, whatever is in front of it.
    fn is_front_door(&self, id: ProxyId, listen: &ListenAddress) -> bool {
        if listen.tls == Tls::Unknown && listen.port == 443 {
            return false;
        }
        self.network.service_of(id).is_none_or(|service| self.is_outside(service, listen.port))
    }

    /// Whether a port of a container is reached from outside, as far as its deployment tells: what is in front of a cluster's
    /// containers another repository may say.
    pub(super) fn is_outside(&self, service: ServiceId, port: u16) -> bool {
        self.deployment.kind != DeploymentKind::Cluster || self.network.published(service, port).is_some()
    }

    fn serves_here(&self, id: ProxyId, listen: &ListenAddress) -> Serves {
        self.serves_at(id, listen, "/")
    }

    fn serves_at(&self, id: ProxyId, listen: &ListenAddress, path: &str) -> Serves {
        let host = concrete_names(listen).next();
        let request = Request::from_browser(listen.port, listen.tls, host, PathText::known(path), Protocol::Http);
        let Some(answer) = self.network.ask(id, &request) else { return Serves::No };
        let service = self.network.service_of(id);
        match answer.outcome {
            Outcome::Files { .. } if self.files_are_ours(service) => Serves::Yes,
            Outcome::Proxied(proxied) => {
                let ours = proxied.targets.iter().any(|target| {
                    target
                        .host
                        .as_deref()
                        .zip(target.port)
                        .is_some_and(|(host, port)| self.peer_is_ours(&self.network.upstream(service, host, port)))
                });
                if ours { Serves::Yes } else { Serves::No }
            }
            Outcome::Redirect { target, place, .. } if target.starts_with("https://") => {
                Serves::RedirectsToHttps(place)
            }
            Outcome::Redirect { .. } | Outcome::Files { .. } | Outcome::Status { .. } | Outcome::Unknown(_) => {
                Serves::No
            }
        }
    }

    /// Whether the files of this nginx are the build of this front end.
    fn files_are_ours(&self, service: Option<ServiceId>) -> bool {
        if *self.mode == Mode::Development {
            return false;
        }
        let service = service.and_then(|id| self.wiring.services.get(id.0 as usize));
        service.is_some_and(|service| super::joined::holds(self.wiring, service, self.package))
            || self.is_only_front_end()
    }

    fn is_only_front_end(&self) -> bool {
        self.deployment.packages.iter().all(|(package, _)| {
            *package == self.package
                || self.wiring.packages.get(package.0 as usize).is_none_or(|info| info.tool.is_none())
        })
    }

    fn peer_is_ours(&self, peer: &Peer) -> bool {
        match peer {
            Peer::Listener(id) => self.wiring.listeners.get(id.0 as usize).is_some_and(|listener| {
                self.serves_pages(*id, listener).is_some() || listener.service.is_some_and(|id| self.is_built_into(id))
            }),
            Peer::Service(id) => self.wiring.services.get(id.0 as usize).is_some_and(|service| {
                service.packages.contains(&self.package) && self.info.tool.is_some()
                    || service.packages.is_empty() && &*service.name == self.info.root.name()
            }),
            Peer::Proxy(id, ..) => self
                .network
                .service_of(*id)
                .and_then(|id| self.wiring.services.get(id.0 as usize))
                .is_some_and(|service| service.packages.contains(&self.package)),
            Peer::Nobody(_) | Peer::Unknown(_) => false,
        }
    }

    /// Whether a service holds this front end, and no other.
    fn is_built_into(&self, id: ServiceId) -> bool {
        let Some(service) = self.wiring.services.get(id.0 as usize) else { return false };
        let has_tool = |id: &PackageId| self.wiring.packages.get(id.0 as usize).is_some_and(|info| info.tool.is_some());
        self.info.tool.is_some()
            && service.packages.contains(&self.package)
            && service.packages.iter().filter(|id| has_tool(id)).count() == 1
    }

    /// Pages without a build tool whose files nothing names: the one server of the one proxy hands them out, itself or from
    /// what it forwards to.
    pub(super) fn at_the_one_server(&self) -> Vec<PageOrigin> {
        let is_built = self.info.tool.is_some_and(|tool| tool != FrontEndTool::Plain);
        let [id] = self.deployment.proxies.as_slice() else { return Vec::new() };
        let listens = self.wiring.proxies.get(*id).map(|proxy| proxy.listens()).unwrap_or_default();
        let is_whole = self.deployment.kind.is_stated();
        if is_built || !is_whole || *self.mode == Mode::Development {
            return Vec::new();
        }
        let mut asked = AskedPages::default();
        let mut serving: Vec<&ListenAddress> =
            listens.iter().filter(|listen| self.answers_pages(*id, listen, Roots::Supposed, &mut asked)).collect();
        let is_one = |serving: &[&ListenAddress]| {
            serving.windows(2).all(|pair| pair.first().map(|one| &one.names) == pair.last().map(|one| &one.names))
        };
        if !is_one(&serving) {
            // one may be for the pages, another one for what they call
            serving.retain(|listen| self.answers_pages(*id, listen, Roots::Known, &mut asked));
            if !is_one(&serving) {
                return Vec::new();
            }
        }
        let mut found: Vec<PageOrigin> = serving.into_iter().flat_map(|listen| self.pages_of(*id, listen)).collect();
        for page in &mut found {
            page.assumptions = vec![Assumption::LikelyPairing];
        }
        found
    }

    /// Whether a server has an answer of its own to who asks for its first page.
    fn answers_pages(&self, id: ProxyId, listen: &ListenAddress, roots: Roots, asked: &mut AskedPages) -> bool {
        let host = concrete_names(listen).next();
        // The same address may be written many times.
        *asked
            .entry((listen.port, listen.tls, host.clone(), roots))
            .or_insert_with(|| self.answers_first_page(id, listen, host, roots))
    }

    fn answers_first_page(&self, id: ProxyId, listen: &ListenAddress, host: Option<Arc<str>>, roots: Roots) -> bool {
        let request = Request::from_browser(listen.port, listen.tls, host, PathText::known("/"), Protocol::Http);
        match self.network.ask(id, &request).map(|answer| answer.outcome) {
            Some(Outcome::Files { .. }) => true,
            Some(Outcome::Proxied(proxied)) => roots == Roots::Supposed || !self.hands_out_no_page(id, &proxied),
            _ => false,
        }
    }

    /// Whether an application that is known takes the request, and has nothing at its root.
    fn hands_out_no_page(&self, id: ProxyId, proxied: &Proxied) -> bool {
        let service = self.network.service_of(id);
        let mut members = proxied.targets.iter().filter_map(|target| target.host.as_deref().zip(target.port));
        members.any(|(host, port)| match self.network.upstream(service, host, port) {
            Peer::Listener(id) => self.wiring.listeners.get(id.0 as usize).is_some_and(|listener| {
                let open = |app: &AppId| {
                    self.wiring.apps.get(app.0 as usize).is_none_or(|app| app.opening(&PathText::known("/")).is_some())
                };
                !listener.apps.is_empty() && !listener.apps.iter().any(open) && !self.has_a_root(listener)
            }),
            _ => false,
        })
    }

    fn pages_of(&self, id: ProxyId, listen: &ListenAddress) -> Vec<PageOrigin> {
        let inside = self.deployment.kind == DeploymentKind::Cluster && self.network.service_of(id).is_some();
        let (scheme, https) = match listen.tls {
            // what is in front of a cluster's containers nobody says
            Tls::Plain if inside => (Known::Unknown(nobody_says(Some(listen.place))), Vec::new()),
            Tls::Tls => (Known::Is(PageScheme::Https, vec![listen.place]), vec![listen.place]),
            Tls::Plain => (Known::Is(PageScheme::Http, vec![listen.place]), Vec::new()),
            Tls::Unknown => (Known::Unknown(nobody_says(Some(listen.place))), Vec::new()),
        };
        let mut page = self.page(ServedBy::Proxy(id), scheme, https);
        page.port = match self.network.service_of(id) {
            Some(service) => match self.network.published(service, listen.port) {
                Some((port, place)) => Known::Is(port, vec![place]),
                None => Known::Unknown(nobody_says(Some(listen.place))),
            },
            None if listen.tls == Tls::Unknown => Known::Unknown(nobody_says(Some(listen.place))),
            None => Known::Is(listen.port, vec![listen.place]),
        };
        if self.deployment.pairing != Pairing::Stated {
            page.assumptions.push(Assumption::LikelyPairing);
        }
        let mut names: Vec<Arc<str>> = concrete_names(listen).take(NAMES.most_items() + 1).collect();
        if names.len() > NAMES.most_items() {
            self.wiring.limits.reached(Some(listen.place), &NAMES);
            names.truncate(NAMES.most_items());
        }
        if names.is_empty() && *self.mode == Mode::Development && self.deployment.kind == DeploymentKind::Compose {
            names.push(Arc::from("localhost"));
        }
        if names.is_empty() {
            return vec![page];
        }
        names.into_iter().map(|name| PageOrigin { host: Known::Is(name, vec![listen.place]), ..page.clone() }).collect()
    }

    /// Origins that router labels of the front end's service state (`tls=true`, `Host(..)`).
    pub(super) fn behind_labels(&self) -> Vec<PageOrigin> {
        let mut found = Vec::new();
        for (id, service) in self.network.services() {
            if !service.packages.contains(&self.package) || self.network.reads_labels_of(service) {
                continue;
            }
            let Some(facts) = self.wiring.repository.get(service.place.file) else { continue };
            let Some(compose) = &facts.compose else { continue };
            let Some(declared) = compose.services.iter().find(|declared| declared.name == service.name) else {
                continue;
            };
            let text = |label: &crate::facts::EnvSetting| {
                label.value.as_ref().and_then(|value| value.as_str()).unwrap_or_default().to_owned()
            };
            let place_of = |label: &crate::facts::EnvSetting| Place::new(service.place.file, label.span);
            let tls = declared.labels.iter().find(|label| {
                let name = label.name.to_ascii_lowercase();
                name.starts_with("traefik.")
                    && (name.ends_with(".tls") && text(label).eq_ignore_ascii_case("true")
                        || name.ends_with(".tls.certresolver"))
            });
            let Some(tls) = tls else { continue };
            let evidence = vec![place_of(tls)];
            let served_by = match service.proxy {
                Some(nginx) => ServedBy::Proxy(nginx),
                None => self
                    .network
                    .listeners()
                    .find(|(_, listener)| listener.service == Some(id))
                    .map_or(ServedBy::Unknown, |(id, _)| ServedBy::App(id)),
            };
            let mut page = self.page(served_by, Known::Is(PageScheme::Https, evidence.clone()), evidence);
            let rule = declared.labels.iter().find(|label| label.name.to_ascii_lowercase().ends_with(".rule"));
            if let Some(rule) = rule
                && let Some(host) = host_of_rule(&text(rule))
            {
                page.host = Known::Is(host, vec![place_of(rule)]);
            }
            found.push(page);
        }
        found
    }
}

/// What addresses of a proxy answer to who asks for the first page: port, TLS, name.
type AskedPages = BTreeMap<(u16, Tls, Option<Arc<str>>, Roots), bool>;

/// Whether an application is supposed to have something at its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Roots {
    /// It is.
    Supposed,
    /// Its routes are looked at.
    Known,
}

enum Serves {
    Yes,
    RedirectsToHttps(Place),
    No,
}

/// Names that a browser could have in its address bar.
fn concrete_names(listen: &ListenAddress) -> impl Iterator<Item = Arc<str>> {
    listen
        .names
        .iter()
        .filter(|name| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
            !name.is_empty()
                && name.bytes().all(allowed)
                && !name.starts_with('.')
                && (name.contains('.') || &***name == "localhost")
        })
        .map(|name| Arc::from(name.to_ascii_lowercase()))
}
