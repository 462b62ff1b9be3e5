//! What other programs than the controller of an Ingress take of the requests from outside.

use std::sync::Arc;

use super::config::Router;
use super::hosts::Hosts;
use crate::model::kubernetes::cluster::Cluster;
use crate::model::kubernetes::object::Object;
use crate::model::kubernetes::tree::Node;

/// The routes of a cluster in the words of other programs, with their hosts.
pub(super) fn routers(cluster: &Cluster) -> Vec<Router> {
    let routers = cluster.set.objects.iter().filter(|object| object.is_other_router());
    let outside = routers.filter(|object| !is_inside(object));
    outside.map(|object| Router { hosts: hosts(object), place: object.place() }).collect()
}

/// Whether a route of Istio is for requests inside of the mesh alone: it names no gateway.
fn is_inside(object: &Object) -> bool {
    let is_istio = object.is("VirtualService") && &*object.group == "networking.istio.io";
    let gateways = object.node.at(&["spec", "gateways"]);
    let is_mesh = |gateway: &Node| gateway.text().is_some_and(|name| &**name == "mesh");
    let only_mesh = |gateways: &Node| gateways.unknown().is_none() && gateways.items().iter().all(is_mesh);
    is_istio && gateways.is_none_or(only_mesh)
}

/// The hosts that an object is for, as far as they are written as such.
fn hosts(object: &Object) -> Vec<Hosts> {
    let spec = |path: &[&str]| object.node.get("spec").and_then(|spec| spec.at(path));
    let found: Vec<Hosts> = match &*object.kind {
        "VirtualService" => of_list(spec(&["hosts"])),
        "HTTPProxy" => of_list(spec(&["virtualhost", "fqdn"])),
        "Route" | "VirtualServer" => of_list(spec(&["host"])),
        "Mapping" => of_list(spec(&["hostname"]).or_else(|| spec(&["host"]))),
        "IngressRoute" => spec(&["routes"]).map(Node::items).unwrap_or_default().iter().flat_map(of_match).collect(),
        "ApisixRoute" => {
            let rules = spec(&["http"]).map(Node::items).unwrap_or_default();
            rules.iter().flat_map(|rule| of_list(rule.at(&["match", "hosts"]))).collect()
        }
        _ => Vec::new(),
    };
    if found.is_empty() { vec![Hosts::Unknown] } else { found }
}

/// A host, or a list of them.
fn of_list(node: Option<&Node>) -> Vec<Hosts> {
    let Some(node) = node else { return Vec::new() };
    let one = |node: &Node| node.text().map_or(Hosts::Unknown, |text| Hosts::of(Some(text)));
    if node.items().is_empty() { vec![one(node)] } else { node.items().iter().map(one).collect() }
}

/// The hosts in a `match` of Traefik, where it is made of such alone: ``Host(`a.example.com`) && PathPrefix(`/x`)``.
fn of_match(route: &Node) -> Vec<Hosts> {
    let Some(rule) = route.text_of("match").filter(|rule| !rule.contains(['!', '|'])) else {
        return vec![Hosts::Unknown];
    };
    let Some((_, rest)) = rule.split_once("Host(") else { return vec![Hosts::Unknown] };
    let inside = rest.split_once(')').map_or("", |(inside, _)| inside);
    let names: Vec<Hosts> = inside
        .split(',')
        .map(|name| name.trim().trim_matches(['`', '"', '\'']))
        .filter(|name| !name.is_empty())
        .map(|name| Hosts::One(Arc::from(name.to_ascii_lowercase())))
        .collect();
    if names.is_empty() { vec![Hosts::Unknown] } else { names }
}
