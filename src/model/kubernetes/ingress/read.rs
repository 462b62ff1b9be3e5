//! Ingress objects as hosts and paths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::annotations::{Annotations, OTHERS, PREFIX};
use super::config::{
    Backend, ByText, Config, Controller, Location, PathChange, PathType, Server, ServerTls, SslRedirect, Style, Terms,
};
use crate::base::{Limit, Limits, Place};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::kubernetes::cluster::{Cluster, FrontPort, PortTarget, Reach, ServiceObject};
use crate::model::kubernetes::gateway::{self, GatewayMatch, Gateways};
use crate::model::kubernetes::object::Object;
use crate::model::kubernetes::tree::Node;

/// Everything that the Ingress objects of a cluster say.
pub(super) fn read(cluster: &Cluster, limits: &Limits) -> Config {
    let mut reader = Reader {
        cluster,
        limits,
        classes: classes(cluster),
        gateways: Gateways::new(cluster),
        servers: BTreeMap::new(),
        defaults: BTreeMap::new(),
        tls: BTreeMap::new(),
        other: None,
        next: 0,
    };
    for object in cluster.of_kind("Ingress") {
        reader.ingress(object);
    }
    for object in cluster.of_kind("HTTPRoute") {
        reader.route(object);
    }
    reader.finish()
}

/// Paths of all hosts together: a route has each of its own for each of its hosts.
const LOCATIONS: Limit = Limit::new(
    50_000,
    "paths of hosts in Ingress objects and routes",
    "who takes requests in front of the cluster is unknown",
    "check parts of the repository by themselves",
);

/// The program that reads an object, and the class by which it is told so.
type By<'n> = (Controller, Option<&'n str>);

/// By host, in lower case, any host last.
fn key(host: Option<&str>) -> (bool, Arc<str>) {
    (host.is_none(), host.unwrap_or_default().to_ascii_lowercase().into())
}

/// The port of a Service that an Ingress means; inside, `None` when that is one nobody is sure of.
///
/// ingress-nginx takes the first whose number, name or `targetPort` is written (`serviceEndpoints` of its controller), while
/// the specification knows numbers and names alone.
fn named_port(service: &ServiceObject, text: &str, controller: Controller) -> Option<Option<u16>> {
    let is_own = |port: &FrontPort| {
        port.port.is_some_and(|number| number.to_string() == text) || port.name.as_deref() == Some(text)
    };
    let is_target = |port: &FrontPort| match &port.target {
        PortTarget::Number(number) => number.to_string() == text,
        PortTarget::Name(name) => &**name == text,
        PortTarget::Unknown => false,
    };
    let first = service.ports.iter().find(|port| is_own(port) || controller != Controller::Other && is_target(port))?;
    let is_sure = controller != Controller::Unknown || is_own(first);
    Some(first.port.filter(|_| is_sure))
}

/// What a filter of a route does.
fn gateway_filter(filter: &Node, terms: &mut Terms) {
    let unknown = Unknown { reason: HoleReason::Unsupported, place: Some(filter.place) };
    match filter.text_of("type").map(|kind| &**kind) {
        Some("URLRewrite") => {
            let path = filter.at(&["urlRewrite", "path"]);
            let change = path.and_then(|path| match path.text_of("type").map(|kind| &**kind) {
                Some("ReplacePrefixMatch") => {
                    let text = path.get("replacePrefixMatch")?;
                    Some(PathChange::Prefix(Arc::clone(text.text()?), text.place))
                }
                Some("ReplaceFullPath") => {
                    let text = path.get("replaceFullPath")?;
                    Some(PathChange::Whole(Arc::clone(text.text()?), text.place))
                }
                _ => None,
            });
            match (path, change) {
                (Some(_), None) => terms.unknown = Some(unknown),
                (_, change) => terms.change = change,
            }
            if let Some(name) = filter.at(&["urlRewrite", "hostname"]).and_then(Node::text) {
                terms.vhost = Some(Arc::clone(name));
            }
        }
        Some("RequestHeaderModifier") => {}
        _ => terms.unknown = Some(unknown),
    }
}

/// The programs of the classes of a cluster.
fn classes(cluster: &Cluster) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    for object in cluster.of_kind("IngressClass") {
        let Some(program) = object.node.at(&["spec", "controller"]).and_then(Node::text) else { continue };
        found.entry(&*object.written).or_insert(&**program);
        found.entry(&*object.name).or_insert(&**program);
    }
    found
}

/// What an object says of requests that none of its paths take.
#[derive(Clone)]
struct Rest {
    backend: Backend,
    place: Place,
    terms: Arc<Terms>,
}

struct Reader<'c> {
    cluster: &'c Cluster,
    limits: &'c Limits,
    /// The program of each class.
    classes: BTreeMap<&'c str, &'c str>,
    gateways: Gateways<'c>,
    /// By host, any host last.
    servers: BTreeMap<(bool, Arc<str>), Server>,
    /// By host, as above: what each object with rules for it says of the rest.
    defaults: BTreeMap<(bool, Arc<str>), Vec<Option<Rest>>>,
    /// Hosts for which TLS is ended.
    tls: BTreeMap<Arc<str>, Place>,
    other: Option<Unknown>,
    next: u32,
}

impl Reader<'_> {
    fn ingress(&mut self, object: &Object) {
        let Some(spec) = object.node.get("spec") else { return };
        let annotations = Annotations::of(&object.node);
        let (controller, class) = self.controller(spec, &annotations);
        let terms = Arc::new(annotations.terms(object.place(), controller));
        for entry in spec.list("tls") {
            let hosts = entry.list("hosts").iter().filter_map(|host| Some((host.text()?, host.place)));
            for (host, place) in hosts {
                self.tls.entry(host.to_ascii_lowercase().into()).or_insert(place);
            }
        }
        let holes = spec.get("rules").filter(|rules| rules.has_holes());
        if let Some(rules) = holes {
            self.other = Some(Unknown { reason: HoleReason::Template("rules".into()), place: Some(rules.place) });
        }
        for rule in spec.list("rules") {
            let host = rule.get("host");
            if host.is_some_and(|host| host.text().is_none() && host.unknown().is_some()) || rule.unknown().is_some() {
                continue;
            }
            let host = host.and_then(|host| Some((host.text()?, host.place)));
            for path in rule.at(&["http", "paths"]).map(Node::items).unwrap_or_default() {
                self.path(object, rule, host, path, (controller, class), &terms);
            }
        }
        self.default(object, spec, (controller, class), &terms);
    }

    /// `defaultBackend`: of an object without rules it takes what no other one takes. Of one with rules it takes the rest of
    /// its own hosts in ingress-nginx, and whatever is left in others.
    fn default(&mut self, object: &Object, spec: &Node, by: By<'_>, terms: &Arc<Terms>) {
        let written = spec.get("defaultBackend").or_else(|| spec.get("backend"));
        let place = object.place();
        let default = written.map(|backend| Rest {
            backend: self.backend(object, backend, by.0),
            place,
            terms: Arc::clone(terms),
        });
        let unknown = Rest {
            backend: Backend::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
            place,
            terms: Arc::clone(terms),
        };
        let rules = spec.list("rules");
        if rules.is_empty() {
            if let Some(default) = default {
                self.server(None, place, by, terms);
                self.defaults.entry(key(None)).or_default().push(Some(default));
            }
            return;
        }
        if by.0 == Controller::Nginx {
            let hosts: BTreeSet<_> = rules.iter().filter_map(|rule| Some(key(Some(rule.text_of("host")?)))).collect();
            for host in hosts {
                self.defaults.entry(host).or_default().push(default.clone());
            }
        }
        if default.is_some() {
            self.server(None, place, by, terms);
            self.defaults.entry(key(None)).or_default().push(Some(unknown));
        }
    }

    fn path(
        &mut self,
        object: &Object,
        rule: &Node,
        host: Option<(&Arc<str>, Place)>,
        path: &Node,
        by: By<'_>,
        terms: &Arc<Terms>,
    ) {
        let Some(backend) = path.get("backend") else { return };
        let written = path.get("path");
        if path.unknown().is_some() || written.is_some_and(|path| path.unknown().is_some()) {
            return;
        }
        let text: Arc<str> =
            written.and_then(Node::text).filter(|text| !text.is_empty()).cloned().unwrap_or_else(|| "/".into());
        let kind = match path.text_of("pathType").map(|kind| &**kind) {
            Some("Exact") => PathType::Exact,
            Some("Prefix") => PathType::Prefix,
            _ => PathType::Implementation,
        };
        let place = written.map_or(path.place, |path| path.place);
        let backend = self.backend(object, backend, by.0);
        let host_place = host.map_or(rule.place, |(_, place)| place);
        let Some(location) = self.location(text, kind, place, backend, terms) else { return };
        let server = self.server(host.map(|(host, _)| &**host), host_place, by, terms);
        server.locations.push(location);
    }

    /// A route of the Gateway API.
    fn route(&mut self, object: &Object) {
        if let Some(rules) = object.node.get("spec").filter(|spec| spec.has_holes()) {
            self.other = Some(Unknown { reason: HoleReason::Template("rules".into()), place: Some(rules.place) });
        }
        let left = LOCATIONS.most_items().saturating_sub(self.next as usize);
        for found in gateway::paths(&self.gateways, object, left + 1, self.limits) {
            let unknown = |place: Place| Unknown { reason: HoleReason::Unsupported, place: Some(place) };
            let mut terms = Terms {
                head: Some(object.place()),
                // whether plain requests are redirected another route says
                ssl_redirect: SslRedirect::Never,
                unknown: found.other.map(unknown),
                ..Terms::default()
            };
            for filter in found.filters {
                gateway_filter(filter, &mut terms);
            }
            let kind = match found.kind {
                GatewayMatch::Exact => PathType::Exact,
                GatewayMatch::Prefix => PathType::Prefix,
                GatewayMatch::Pattern => {
                    terms.unknown = Some(unknown(found.place));
                    PathType::Implementation
                }
            };
            let backend = match found.backend {
                Some(node) => self.gateway_backend(object, node),
                None => Backend::Unknown(unknown(found.place)),
            };
            if let (Some((host, _)), Some(place)) = (&found.host, found.tls) {
                self.tls.entry(host.to_ascii_lowercase().into()).or_insert(place);
            }
            let terms = Arc::new(terms);
            let Some(location) = self.location(found.path, kind, found.place, backend, &terms) else { return };
            let place = found.host.as_ref().map_or(found.place, |(_, place)| *place);
            let host = found.host.as_ref().map(|(host, _)| &**host);
            self.server(host, place, (Controller::Other, None), &terms).locations.push(location);
        }
    }

    fn gateway_backend(&self, object: &Object, node: &Node) -> Backend {
        let name = node.get("name").and_then(|name| Some((name.text()?, name.place)));
        let port = node.number_of("port").and_then(|port| u16::try_from(port).ok());
        let Some((name, place)) = name else {
            return Backend::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(node.place) });
        };
        let namespace = node.text_of("namespace").or(object.namespace.as_ref());
        let found = self.cluster.service(name, namespace.map(|namespace| &**namespace));
        let bare = found.map_or(name, |service| &service.name);
        let host = namespace.map_or_else(|| Arc::clone(bare), |namespace| format!("{bare}.{namespace}").into());
        Backend::Service { host, port, place }
    }

    fn location(
        &mut self,
        path: Arc<str>,
        kind: PathType,
        place: Place,
        backend: Backend,
        terms: &Arc<Terms>,
    ) -> Option<Location> {
        if self.next as usize >= LOCATIONS.most_items() {
            self.limits.reached(Some(place), &LOCATIONS);
            self.other = Some(Unknown { reason: HoleReason::Limit, place: Some(place) });
            return None;
        }
        let id = self.next;
        self.next += 1;
        Some(Location { id, path, kind, place, backend, terms: Arc::clone(terms) })
    }

    fn server(&mut self, host: Option<&str>, place: Place, by: By<'_>, terms: &Terms) -> &mut Server {
        let (controller, class) = by;
        let key = key(host);
        let host = (!key.0).then(|| Arc::clone(&key.1));
        let server = self.servers.entry(key).or_insert_with(|| Server {
            host,
            place,
            tls: ServerTls::Unsaid,
            locations: Vec::new(),
            controller,
            class: class.map(Arc::from),
            mixed: None,
            shared: None,
            app_root: None,
            style: Style::Plain,
            by_text: ByText::default(),
        });
        if server.controller != controller {
            server.controller = Controller::Unknown;
        }
        match (&server.class, class) {
            // each class is a program of its own, and nobody says which one clients ask
            (Some(known), Some(class)) if **known != *class => {
                server.mixed = Some(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
            }
            (None, Some(class)) => server.class = Some(Arc::from(class)),
            _ => {}
        }
        if server.app_root.is_none() {
            server.app_root = terms.app_root.clone();
        }
        server
    }

    /// The Service that a path leads to, in the words of both versions of the API.
    fn backend(&self, object: &Object, node: &Node, controller: Controller) -> Backend {
        let unknown = |place: Place| Backend::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        let service = node.get("service");
        let (name, port) = match service {
            Some(service) => {
                let port = service.get("port");
                (service.get("name"), port.and_then(|port| port.get("number").or_else(|| port.get("name"))))
            }
            None => (node.get("serviceName"), node.get("servicePort")),
        };
        let Some((name, place)) = name.and_then(|name| Some((name.text()?, name.place))) else {
            return unknown(node.place);
        };
        let found = self.cluster.service(name, object.namespace.as_deref());
        if found.is_some_and(|service| service.reach == Reach::Elsewhere) {
            return unknown(place);
        }
        let Some(text) = port.and_then(Node::text) else { return unknown(port.map_or(place, |port| port.place)) };
        let number = match found.and_then(|service| named_port(service, text, controller)) {
            Some(named) => named,
            None => text.parse().ok(),
        };
        let bare = found.map_or(name, |service| &service.name);
        let host = match object.namespace.as_deref() {
            Some(namespace) => format!("{bare}.{namespace}").into(),
            None => Arc::clone(bare),
        };
        Backend::Service { host, port: number, place }
    }

    /// Who reads an object: its class says, or what else it says is understood by one alone.
    fn controller<'n>(&self, spec: &'n Node, annotations: &Annotations<'n>) -> (Controller, Option<&'n str>) {
        let class = spec.text_of("ingressClassName").map(|class| &**class);
        let class = class.or_else(|| annotations.whole("kubernetes.io/ingress.class").map(|(class, _)| &**class));
        let program = class.and_then(|class| self.classes.get(class)).copied();
        let of_nginx_inc = OTHERS.iter().any(|prefix| prefix.starts_with("nginx") && annotations.has(prefix));
        let controller = match (program, class) {
            (Some("k8s.io/ingress-nginx"), _) => Controller::Nginx,
            (Some(program), _) if program.contains("nginx") => Controller::Unknown,
            (Some(_), _) => Controller::Other,
            _ if annotations.has(PREFIX) && class.is_none_or(|class| class.contains("nginx")) => Controller::Nginx,
            (None, Some(class)) if class.contains("nginx") => {
                if of_nginx_inc {
                    Controller::Unknown
                } else {
                    Controller::Nginx
                }
            }
            (None, Some(class)) => {
                let known =
                    ["traefik", "alb", "gce", "haproxy", "contour", "kong", "azure", "istio", "cilium", "caddy"];
                if known.iter().any(|word| class.contains(word)) { Controller::Other } else { Controller::Unknown }
            }
            (None, None) => Controller::Unknown,
        };
        (controller, class)
    }

    /// Puts what takes the rest of a host behind its paths.
    fn add_defaults(&mut self) {
        for (key, found) in std::mem::take(&mut self.defaults) {
            let takes_all = |location: &Location| &*location.path == "/" && location.kind != PathType::Exact;
            if self.servers.get(&key).is_none_or(|server| server.locations.iter().any(takes_all)) {
                continue;
            }
            let Some(first) = found.iter().flatten().next().cloned() else { continue };
            // of several objects the oldest one decides, and how old they are nobody says
            let backend = match found.len() {
                1 => first.backend,
                _ => Backend::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(first.place) }),
            };
            let location = self.location("/".into(), PathType::Prefix, first.place, backend, &first.terms);
            if let (Some(server), Some(location)) = (self.servers.get_mut(&key), location) {
                server.locations.push(location);
            }
        }
    }

    fn finish(mut self) -> Config {
        self.add_defaults();
        let mut servers: Vec<Server> = self.servers.into_values().collect();
        for server in &mut servers {
            let star =
                server.host.as_deref().and_then(|host| host.split_once('.')).map(|(_, rest)| format!("*.{rest}"));
            let named = server.host.as_deref().and_then(|host| self.tls.get(host));
            let named = named.or_else(|| self.tls.get(&*star?)).copied();
            let always = server.locations.iter().find_map(|location| match location.terms.ssl_redirect {
                SslRedirect::Always(place) => Some(place),
                _ => None,
            });
            if let Some(place) = named.or(always) {
                server.tls = ServerTls::Here(place);
            }
            super::paths::settle(server);
        }
        Config::new(servers, self.other)
    }
}
