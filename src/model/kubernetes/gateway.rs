//! Routes of the Gateway API as hosts and paths.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cluster::Cluster;
use super::object::Object;
use super::tree::Node;
use crate::base::Place;

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
    pub filters: Vec<&'c Node>,
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

/// The paths of a route.
pub(super) fn paths<'c>(cluster: &'c Cluster, route: &'c Object) -> Vec<GatewayPath<'c>> {
    let Some(spec) = route.node.get("spec") else { return Vec::new() };
    let mut hosts: Vec<Option<(Arc<str>, Place)>> =
        spec.list("hostnames").iter().filter_map(|host| Some(Some((Arc::clone(host.text()?), host.place)))).collect();
    if hosts.is_empty() {
        hosts.push(None);
    }
    let mut found = Vec::new();
    for host in hosts {
        let tls = listener(cluster, spec, host.as_ref().map(|(host, _)| &**host));
        for rule in spec.list("rules") {
            let backends = rule.list("backendRefs");
            let one = backends
                .first()
                .filter(|first| backends.len() == 1 && first.text_of("kind").is_none_or(|kind| &**kind == "Service"));
            let filters: Vec<&Node> = rule.list("filters").iter().collect();
            let mut add = |path: Arc<str>, kind, place, other| {
                found.push(GatewayPath {
                    host: host.clone(),
                    path,
                    kind,
                    place,
                    backend: one,
                    filters: filters.clone(),
                    other,
                    tls,
                });
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

/// The listener with TLS that a route is attached to, when that is the only kind.
fn listener(cluster: &Cluster, spec: &Node, host: Option<&str>) -> Option<Place> {
    let gateways: BTreeMap<&str, &Object> =
        cluster.of_kind("Gateway").map(|gateway| (&*gateway.written, gateway)).collect();
    let mut secure = None;
    for parent in spec.list("parentRefs") {
        let gateway = gateways.get(&**parent.text_of("name")?)?;
        for listener in gateway.node.get("spec")?.list("listeners") {
            let named = parent.text_of("sectionName").is_none_or(|name| listener.text_of("name") == Some(name));
            let fits = match (listener.text_of("hostname").map(|own| &**own), host) {
                (None, _) | (_, None) => true,
                (Some(own), Some(host)) => match own.strip_prefix("*.") {
                    Some(rest) => host.split_once('.').is_some_and(|(_, own)| own.ends_with(rest)),
                    None => own.eq_ignore_ascii_case(host),
                },
            };
            if !named || !fits {
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
