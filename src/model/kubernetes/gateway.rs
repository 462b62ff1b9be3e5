//! Routes of the Gateway API as hosts and paths.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::cluster::Cluster;
use super::object::Object;
use super::tree::Node;
use crate::base::{Limit, Limits, Place};

/// A rule of a route for one path.
#[derive(Clone, Debug)]
pub(super) struct GatewayPath<'c> {
    /// The host; `None` for any.
    pub host: Option<(Arc<str>, Place)>,
    /// The path as written.
    pub path: Arc<str>,
    /// How it is compared.
    pub kind: GatewayMatch,
    /// Where it is written.
    pub place: Place,
    /// What it leads to, when that is one Service.
    pub backend: Option<&'c Node>,
    /// What becomes of it on the way.
    pub filters: &'c [Node],
    /// Where else the rule looks, so that the path alone does not decide.
    pub other: Option<Place>,
    /// The listener that ends TLS for it.
    pub tls: Option<Place>,
}

/// How a path is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GatewayMatch {
    Exact,
    Prefix,
    Pattern,
}

/// The paths of a route, at most so many.
pub(super) fn paths<'c>(
    gateways: &Gateways<'_>,
    route: &'c Object,
    most: usize,
    limits: &Limits,
) -> Vec<GatewayPath<'c>> {
    let Some(spec) = route.node.get("spec") else { return Vec::new() };
    let mut hosts: Vec<Option<(Arc<str>, Place)>> =
        spec.list("hostnames").iter().filter_map(|host| Some(Some((Arc::clone(host.text()?), host.place)))).collect();
    if hosts.is_empty() {
        hosts.push(None);
    }
    let mut found = Vec::new();
    for host in hosts {
        if found.len() >= most {
            break;
        }
        let tls = gateways.listener(spec, host.as_ref().map(|(host, _)| &**host), limits);
        for rule in spec.list("rules") {
            let one = only_backend(rule);
            let filters = rule.list("filters");
            let mut add = |path: Arc<str>, kind, place, other| {
                if found.len() >= most {
                    return;
                }
                found.push(GatewayPath { host: host.clone(), path, kind, place, backend: one, filters, other, tls });
            };
            if rule.list("matches").is_empty() {
                add("/".into(), GatewayMatch::Prefix, rule.place, None);
            }
            for matched in rule.list("matches") {
                let other = ["headers", "queryParams", "method"].into_iter().find_map(|name| matched.get(name));
                let other = other.map(|node| node.place);
                let Some(path) = matched.get("path") else {
                    add("/".into(), GatewayMatch::Prefix, matched.place, other);
                    continue;
                };
                let kind = match path.text_of("type").map(|kind| &**kind) {
                    Some("Exact") => GatewayMatch::Exact,
                    None | Some("PathPrefix") => GatewayMatch::Prefix,
                    Some(_) => GatewayMatch::Pattern,
                };
                let value = path.get("value").and_then(|value| Some((Arc::clone(value.text()?), value.place)));
                let (text, place) = value.unwrap_or_else(|| ("/".into(), path.place));
                add(text, kind, place, other);
            }
        }
    }
    found
}

/// The one Service that takes the requests of a rule: those with the weight 0 take none.
fn only_backend(rule: &Node) -> Option<&Node> {
    let is_idle = |backend: &&Node| backend.text_of("weight").is_some_and(|weight| &**weight == "0");
    let is_open = |backend: &&Node| backend.get("weight").is_some_and(|weight| weight.unknown().is_some());
    let mut taking = rule.list("backendRefs").iter().filter(|backend| !is_idle(backend));
    let first = taking.next().filter(|first| first.text_of("kind").is_none_or(|kind| &**kind == "Service"))?;
    (taking.next().is_none() && !is_open(&first)).then_some(first)
}

/// Listeners that are compared with hosts of routes.
const LISTENERS: Limit = Limit::new(
    1_000_000,
    "listeners of Gateways, counted for each host of a route",
    "whether the hosts of the remaining routes have TLS is unknown",
    "check parts of the repository by themselves",
);

/// The Gateways of a cluster.
pub(super) struct Gateways<'c> {
    by_name: BTreeMap<&'c str, Gateway<'c>>,
    /// Listeners that may still be looked at.
    left: Cell<usize>,
}

/// A Gateway.
struct Gateway<'c> {
    listeners: &'c [Node],
    /// The numbers of the listeners by what their hostnames are looked for as.
    by_host: BTreeMap<String, Vec<usize>>,
}

impl<'c> Gateway<'c> {
    fn new(object: &'c Object) -> Self {
        let listeners = object.node.get("spec").map(|spec| spec.list("listeners")).unwrap_or_default();
        let mut by_host: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, listener) in listeners.iter().enumerate() {
            let hostname = listener.text_of("hostname").map(|text| key(text)).unwrap_or_default();
            by_host.entry(hostname).or_default().push(index);
        }
        Self { listeners, by_host }
    }

    /// The listeners that may be meant by a host, in order.
    fn for_host(&self, host: Option<&str>) -> Vec<&'c Node> {
        let Some(host) = host else { return self.listeners.iter().collect() };
        let mut found: Vec<usize> =
            keys(host).iter().filter_map(|key| self.by_host.get(key)).flatten().copied().collect();
        found.sort_unstable();
        found.into_iter().filter_map(|index| self.listeners.get(index)).collect()
    }
}

impl<'c> Gateways<'c> {
    pub fn new(cluster: &'c Cluster) -> Self {
        let by_name = cluster.of_kind("Gateway").map(|gateway| (&*gateway.written, Gateway::new(gateway))).collect();
        Self { by_name, left: Cell::new(LISTENERS.most_items()) }
    }

    /// The listener with TLS that a route is attached to, when that is the only kind.
    fn listener(&self, spec: &Node, host: Option<&str>, limits: &Limits) -> Option<Place> {
        let mut secure = None;
        for parent in spec.list("parentRefs") {
            let gateway = self.by_name.get(&**parent.text_of("name")?)?;
            for listener in gateway.for_host(host) {
                let Some(left) = self.left.get().checked_sub(1) else {
                    limits.reached(Some(spec.place), &LISTENERS);
                    return None;
                };
                self.left.set(left);
                if parent.text_of("sectionName").is_some_and(|name| listener.text_of("name") != Some(name)) {
                    continue;
                }
                match listener.text_of("protocol").map(|protocol| &**protocol) {
                    Some("HTTPS") => secure = secure.or(Some(listener.place)),
                    // what plain requests get is another route's to say
                    _ if parent.get("sectionName").is_some() => return None,
                    _ => {}
                }
            }
        }
        secure
    }
}

/// What the hostname of a listener is looked for as: a star without itself.
fn key(hostname: &str) -> String {
    let lower = hostname.to_ascii_lowercase();
    lower.strip_prefix('*').filter(|rest| rest.starts_with('.')).map(str::to_owned).unwrap_or(lower)
}

/// What a host is looked for as: itself, what is behind each of its labels, since a star is for one label or more, and nothing.
fn keys(host: &str) -> Vec<String> {
    let lower = host.to_ascii_lowercase();
    let behind = lower.match_indices('.').filter(|(at, _)| *at > 0).filter_map(|(at, _)| lower.get(at..));
    let mut keys: Vec<String> = behind.map(str::to_owned).collect();
    keys.push(String::new());
    keys.push(lower);
    keys
}

#[cfg(test)]
mod tests {
    use super::{key, keys};

    #[test]
    fn a_star_is_for_whole_labels() {
        let covers = |own: &str, host: &str| keys(host).contains(&key(own));
        assert!(covers("*.example.com", "a.example.com"));
        assert!(covers("*.example.com", "a.b.Example.com"));
        assert!(covers("A.example.com", "a.example.com"));
        assert!(!covers("*.example.com", "a.notexample.com"));
        assert!(!covers("*.example.com", "example.com"));
    }
}
