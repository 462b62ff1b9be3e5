//! Ingress objects as hosts and paths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::annotations::Annotations;
use super::classes::Classes;
use super::config::{
    Backend, ByText, Config, Controller, Location, OpenRule, PathType, Server, ServerTls, SslRedirect, Style, Terms,
};
use super::hosts::star_of;
use super::routers;
use crate::base::{Limit, Limits, Place};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::gateway::Gateways;
use crate::model::kubernetes::object::Object;
use crate::model::kubernetes::tree::Node;

/// Everything that the Ingress objects of a cluster say.
pub(super) fn read(cluster: &Cluster, limits: &Limits) -> Config {
    let mut reader = Reader {
        cluster,
        limits,
        classes: Classes::of(cluster),
        gateways: Gateways::new(cluster),
        servers: BTreeMap::new(),
        defaults: BTreeMap::new(),
        tls: BTreeMap::new(),
        other: None,
        open: Vec::new(),
        next: 0,
    };
    for object in cluster.of_kind("Ingress").filter(|object| object.is_ingress()) {
        reader.ingress(object);
    }
    for object in cluster.of_kind("HTTPRoute") {
        reader.route(object);
    }
    let mut config = reader.finish();
    config.routers = routers::routers(cluster);
    config
}

/// Paths of all hosts together: a route has each of its own for each of its hosts.
pub(super) const LOCATIONS: Limit = Limit::new(
    50_000,
    "paths of hosts in Ingress objects and routes",
    "who takes requests in front of the cluster is unknown",
    "check parts of the repository by themselves",
);

/// The program that reads an object, and the class by which it is told so.
pub(super) type By<'n> = (Controller, Option<&'n str>);

/// By host, in lower case, any host last.
fn key(host: Option<&str>) -> (bool, Arc<str>) {
    (host.is_none(), host.unwrap_or_default().to_ascii_lowercase().into())
}

/// What a rule whose host is not known takes.
fn open_rules(rule: &Node) -> impl Iterator<Item = OpenRule> {
    let http = rule.get("http").unwrap_or(rule);
    let paths = http.get("paths").unwrap_or(http);
    let unread = [rule, http, paths].into_iter().find(|node| node.unknown().is_some());
    let one = |path: &Node| match path.get("path") {
        Some(text) if text.unknown().is_none() => {
            OpenRule { path: text.text().cloned().or_else(|| Some("/".into())), place: text.place }
        }
        None if path.unknown().is_none() => OpenRule { path: Some("/".into()), place: path.place },
        _ => OpenRule { path: None, place: path.place },
    };
    let unread = unread.map(|node| OpenRule { path: None, place: node.place });
    unread.into_iter().chain(paths.items().iter().map(one))
}

/// What an object says of requests that none of its paths take.
#[derive(Clone)]
struct Rest {
    backend: Backend,
    place: Place,
    terms: Arc<Terms>,
}

/// Puts the rules of all objects together.
pub(super) struct Reader<'c> {
    pub(super) cluster: &'c Cluster,
    pub(super) limits: &'c Limits,
    classes: Classes<'c>,
    pub(super) gateways: Gateways<'c>,
    /// By host, any host last.
    servers: BTreeMap<(bool, Arc<str>), Server>,
    /// By host, as above: what each object with rules for it says of the rest.
    defaults: BTreeMap<(bool, Arc<str>), Vec<Option<Rest>>>,
    /// Hosts for which TLS is ended.
    pub(super) tls: BTreeMap<Arc<str>, Place>,
    pub(super) other: Option<Unknown>,
    open: Vec<OpenRule>,
    pub(super) next: u32,
}

impl Reader<'_> {
    fn ingress(&mut self, object: &Object) {
        let Some(spec) = object.node.get("spec") else { return };
        let annotations = Annotations::of(&object.node);
        let (controller, class) = self.classes.reader(spec, &annotations);
        let mut terms = annotations.terms(object.place(), controller);
        // without a class it is read only by a program that is told so
        if class.is_none() && self.classes.leave_out_others() {
            let unread = Unknown { reason: HoleReason::Unsupported, place: Some(object.place()) };
            terms.unknown = terms.unknown.or(Some(unread));
        }
        let terms = Arc::new(terms);
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
        let rules = spec.get("rules").unwrap_or(spec);
        if let Some(place) = [spec, rules].iter().find(|node| node.unknown().is_some()).map(|node| node.place) {
            self.open_rule(OpenRule { path: None, place });
        }
        for rule in spec.list("rules") {
            let host = rule.get("host");
            if host.is_some_and(|host| host.unknown().is_some()) || rule.unknown().is_some() {
                open_rules(rule).for_each(|rule| self.open_rule(rule));
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
        let written = path.get("path");
        if path.unknown().is_some() || written.is_some_and(|path| path.unknown().is_some()) {
            self.open_rule(OpenRule { path: None, place: path.place });
            return;
        }
        let Some(backend) = path.get("backend") else { return };
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

    /// Whether there is room for one more path; where there is none, nothing is known of who takes requests.
    fn has_room(&mut self, place: Place) -> bool {
        if self.next as usize + self.open.len() < LOCATIONS.most_items() {
            return true;
        }
        self.limits.reached(Some(place), &LOCATIONS);
        if self.other.as_ref().is_none_or(|other| other.reason != HoleReason::Limit) {
            self.other = Some(Unknown { reason: HoleReason::Limit, place: Some(place) });
            // to others, what is left out may take everything
            self.open.push(OpenRule { path: None, place });
        }
        false
    }

    /// Adds a rule whose host is not known.
    pub(super) fn open_rule(&mut self, rule: OpenRule) {
        if self.has_room(rule.place) {
            self.open.push(rule);
        }
    }

    pub(super) fn location(
        &mut self,
        path: Arc<str>,
        kind: PathType,
        place: Place,
        backend: Backend,
        terms: &Arc<Terms>,
    ) -> Option<Location> {
        if !self.has_room(place) {
            return None;
        }
        let id = self.next;
        self.next += 1;
        Some(Location { id, path, kind, place, backend, terms: Arc::clone(terms) })
    }

    pub(super) fn server(&mut self, host: Option<&str>, place: Place, by: By<'_>, terms: &Terms) -> &mut Server {
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
            let star = server.host.as_deref().and_then(star_of);
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
        let mut config = Config::new(servers);
        (config.other, config.open) = (self.other, self.open);
        config
    }
}
