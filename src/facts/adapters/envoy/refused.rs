//! What Envoy refuses of a bootstrap when it starts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::{at, field, is_true, items};
use crate::base::Span;
use crate::parse::data::Node;

/// The places with what is wrong there, in sentences without a full stop.
pub(super) fn find(root: &Node) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    let Some(resources) = field(root, "static_resources") else { return found };
    for cluster in items(resources, "clusters") {
        static_names(cluster, &mut found);
    }
    for listener in items(resources, "listeners") {
        listener_address(listener, &mut found);
    }
    // clusters may come from elsewhere
    let is_whole = at(root, &["dynamic_resources", "cds_config"]).is_none();
    let names: Vec<&Arc<str>> =
        items(resources, "clusters").iter().filter_map(|cluster| field(cluster, "name")?.text()).collect();
    let names: Option<BTreeSet<&str>> =
        is_whole.then(|| names.into_iter().map(|name| &**name).collect::<BTreeSet<&str>>());
    for table in items(resources, "listeners").iter().flat_map(tables) {
        domains(table, &mut found);
        if let Some(names) = names.as_ref().filter(|_| !is_false(table, "validate_clusters")) {
            unknown_clusters(table, names, &mut found);
        }
    }
    found
}

/// A cluster of type STATIC takes addresses only; that is the type when none is written.
fn static_names(cluster: &Node, found: &mut Vec<(Span, String)>) {
    let kind = field(cluster, "type").and_then(Node::text).map_or("STATIC", |kind| kind);
    if !matches!(kind, "STATIC" | "0") || field(cluster, "cluster_type").is_some() {
        return;
    }
    let endpoints = at(cluster, &["load_assignment", "endpoints"]).map(Node::items).unwrap_or_default();
    for endpoint in endpoints.iter().flat_map(|locality| items(locality, "lb_endpoints")) {
        let Some(address) = at(endpoint, &["endpoint", "address", "socket_address"]) else { continue };
        let Some(host) = field(address, "address").filter(|_| field(address, "resolver_name").is_none()) else {
            continue;
        };
        if let Some(text) = host.text().filter(|text| text.parse::<IpAddr>().is_err()) {
            let words = format!(
                "malformed IP address: {text}; a cluster of type STATIC takes no names, STRICT_DNS and LOGICAL_DNS do"
            );
            found.push((host.span, words));
        }
    }
}

/// A listener takes an address, never a name.
fn listener_address(listener: &Node, found: &mut Vec<(Span, String)>) {
    let Some(address) = at(listener, &["address", "socket_address"]) else { return };
    let Some(host) = field(address, "address").filter(|_| field(address, "resolver_name").is_none()) else { return };
    if let Some(text) = host.text().filter(|text| text.parse::<IpAddr>().is_err()) {
        found.push((host.span, format!("malformed IP address: {text}; a listener takes no names")));
    }
}

/// The route tables that are written in a listener.
fn tables(listener: &Node) -> Vec<&Node> {
    let chains = items(listener, "filter_chains").iter().chain(field(listener, "default_filter_chain"));
    chains
        .flat_map(|chain| items(chain, "filters"))
        .filter_map(|filter| at(filter, &["typed_config", "route_config"]))
        .collect()
}

/// Each domain may be there once.
fn domains(table: &Node, found: &mut Vec<(Span, String)>) {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    for host in items(table, "virtual_hosts") {
        for domain in items(host, "domains") {
            let Some(text) = domain.text() else { continue };
            if seen.insert(text.to_ascii_lowercase(), domain.span).is_some() {
                let words = if &**text == "*" {
                    "only a single wildcard domain is permitted".to_owned()
                } else {
                    format!("only unique values for domains are permitted, and {text} is there twice")
                };
                found.push((domain.span, words));
            }
        }
    }
}

/// Routes of a written table lead to clusters that are there.
fn unknown_clusters(table: &Node, names: &BTreeSet<&str>, found: &mut Vec<(Span, String)>) {
    for route in items(table, "virtual_hosts").iter().flat_map(|host| items(host, "routes")) {
        let Some(action) = field(route, "route") else { continue };
        let weighted = at(action, &["weighted_clusters", "clusters"]).map(Node::items).unwrap_or_default();
        let weighted = weighted.iter().filter_map(|cluster| field(cluster, "name"));
        for cluster in field(action, "cluster").into_iter().chain(weighted) {
            if let Some(text) = cluster.text().filter(|text| !names.contains(&***text)) {
                found.push((cluster.span, format!("route: unknown cluster '{text}'")));
            }
        }
    }
}

/// Whether a field is `false`.
fn is_false(node: &Node, name: &str) -> bool {
    field(node, name).is_some() && !is_true(node, name)
}
