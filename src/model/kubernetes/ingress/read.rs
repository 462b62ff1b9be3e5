//! Ingress objects as hosts and paths.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::annotations::{Annotations, OTHERS, PREFIX};
use super::config::{
    Backend, ByText, Config, Controller, Location, PathChange, PathType, Server, ServerTls, SslRedirect, Style, Terms,
};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::kubernetes::cluster::{Cluster, Reach};
use crate::model::kubernetes::gateway::{self, GatewayMatch};
use crate::model::kubernetes::object::Object;
use crate::model::kubernetes::tree::Node;

/// Everything that the Ingress objects of a cluster say.
pub(super) fn read(cluster: &Cluster) -> Config {
    let mut reader = Reader { cluster, servers: BTreeMap::new(), tls: Vec::new(), other: None, next: 0 };
    for object in cluster.of_kind("Ingress") {
        reader.ingress(object);
    }
    for object in cluster.of_kind("HTTPRoute") {
        reader.route(object);
    }
    reader.finish()
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

struct Reader<'c> {
    cluster: &'c Cluster,
    /// By host, any host last.
    servers: BTreeMap<(bool, Arc<str>), Server>,
    /// Hosts for which TLS is ended.
    tls: Vec<(Arc<str>, Place)>,
    other: Option<Unknown>,
    next: u32,
}

impl Reader<'_> {
    fn ingress(&mut self, object: &Object) {
        let Some(spec) = object.node.get("spec") else { return };
        let annotations = Annotations::of(&object.node);
        let controller = self.controller(spec, &annotations);
        let terms = Arc::new(annotations.terms(object.place(), controller));
        for entry in spec.list("tls") {
            let hosts = entry.list("hosts").iter().filter_map(|host| Some((host.text()?, host.place)));
            self.tls.extend(hosts.map(|(host, place)| (host.to_ascii_lowercase().into(), place)));
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
                self.path(object, rule, host, path, controller, &terms);
            }
        }
        let default = spec.get("defaultBackend").or_else(|| spec.get("backend"));
        if let Some(backend) = default {
            let backend = self.backend(object, backend);
            let location = self.location("/".into(), PathType::Prefix, object.place(), backend, &terms);
            self.server(None, object.place(), controller, &terms).locations.push(location);
        }
    }

    fn path(
        &mut self,
        object: &Object,
        rule: &Node,
        host: Option<(&Arc<str>, Place)>,
        path: &Node,
        controller: Controller,
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
        let backend = self.backend(object, backend);
        let location = self.location(text, kind, place, backend, terms);
        let host_place = host.map_or(rule.place, |(_, place)| place);
        let server = self.server(host.map(|(host, _)| &**host), host_place, controller, terms);
        server.locations.push(location);
    }

    /// A route of the Gateway API.
    fn route(&mut self, object: &Object) {
        if let Some(rules) = object.node.get("spec").filter(|spec| spec.has_holes()) {
            self.other = Some(Unknown { reason: HoleReason::Template("rules".into()), place: Some(rules.place) });
        }
        for found in gateway::paths(self.cluster, object) {
            let unknown = |place: Place| Unknown { reason: HoleReason::Unsupported, place: Some(place) };
            let mut terms = Terms {
                head: Some(object.place()),
                // whether plain requests are redirected another route says
                ssl_redirect: SslRedirect::Never,
                unknown: found.other.map(unknown),
                ..Terms::default()
            };
            for filter in &found.filters {
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
                self.tls.push((host.to_ascii_lowercase().into(), place));
            }
            let terms = Arc::new(terms);
            let location = self.location(found.path, kind, found.place, backend, &terms);
            let place = found.host.as_ref().map_or(found.place, |(_, place)| *place);
            let host = found.host.as_ref().map(|(host, _)| &**host);
            self.server(host, place, Controller::Other, &terms).locations.push(location);
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
    ) -> Location {
        let id = self.next;
        self.next += 1;
        Location { id, path, kind, place, backend, terms: Arc::clone(terms) }
    }

    fn server(&mut self, host: Option<&str>, place: Place, controller: Controller, terms: &Terms) -> &mut Server {
        let host: Option<Arc<str>> = host.map(|host| host.to_ascii_lowercase().into());
        let key = (host.is_none(), host.clone().unwrap_or_else(|| "".into()));
        let server = self.servers.entry(key).or_insert_with(|| Server {
            host,
            place,
            tls: ServerTls::Unsaid,
            locations: Vec::new(),
            controller,
            app_root: None,
            style: Style::Plain,
            by_text: ByText::default(),
        });
        if server.controller != controller {
            server.controller = Controller::Unknown;
        }
        if server.app_root.is_none() {
            server.app_root = terms.app_root.clone();
        }
        server
    }

    /// The Service that a path leads to, in the words of both versions of the API.
    fn backend(&self, object: &Object, node: &Node) -> Backend {
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
        let number = text.parse().ok().or_else(|| {
            let named = found.and_then(|service| service.ports.iter().find(|port| port.name.as_ref() == Some(text)));
            named.and_then(|port| port.port)
        });
        let bare = found.map_or(name, |service| &service.name);
        let host = match object.namespace.as_deref() {
            Some(namespace) => format!("{bare}.{namespace}").into(),
            None => Arc::clone(bare),
        };
        Backend::Service { host, port: number, place }
    }

    /// Who reads an object: its class says, or what else it says is understood by one alone.
    fn controller(&self, spec: &Node, annotations: &Annotations<'_>) -> Controller {
        let class = spec.text_of("ingressClassName").map(|class| &**class);
        let class = class.or_else(|| annotations.whole("kubernetes.io/ingress.class").map(|(class, _)| &**class));
        let stated =
            self.cluster.of_kind("IngressClass").find(|object| class.is_some_and(|class| object.is_named(class)));
        let program = stated.and_then(|class| class.node.at(&["spec", "controller"])).and_then(Node::text);
        let of_nginx_inc = OTHERS.iter().any(|prefix| prefix.starts_with("nginx") && annotations.has(prefix));
        match (program.map(|program| &**program), class) {
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
        }
    }

    fn finish(self) -> Config {
        let mut servers: Vec<Server> = self.servers.into_values().collect();
        for server in &mut servers {
            let host = server.host.clone();
            let covers = |name: &Arc<str>| match (&host, name.strip_prefix("*.")) {
                (Some(host), Some(rest)) => host.split_once('.').is_some_and(|(_, own)| own == rest) || host == name,
                (Some(host), None) => host == name,
                (None, _) => false,
            };
            let always = server.locations.iter().find_map(|location| match location.terms.ssl_redirect {
                SslRedirect::Always(place) => Some(place),
                _ => None,
            });
            let named = self.tls.iter().find(|(name, _)| covers(name)).map(|(_, place)| *place);
            if let Some(place) = named.or(always) {
                server.tls = ServerTls::Here(place);
            }
            super::paths::settle(server);
        }
        Config::new(servers, self.other)
    }
}
