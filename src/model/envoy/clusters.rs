//! Clusters: members, and what is spoken to them.

use super::config::{Cluster, Member, Spoken};
use super::listeners::transport;
use super::node::Node;
use crate::facts::HoleReason;
use crate::model::proxy::Target;

/// A cluster of the bootstrap.
pub(super) fn read(node: Node<'_>) -> Cluster {
    let kind = node.text_of("type");
    let unknown = match kind.as_deref() {
        _ if node.get("cluster_type").is_some() => node.get("cluster_type").map(Node::unsupported),
        None | Some("STATIC" | "STRICT_DNS" | "LOGICAL_DNS" | "0" | "1" | "2") => None,
        Some(_) => node.get("type").map(|kind| kind.unknown(HoleReason::Runtime)),
    };
    let localities = node.at(&["load_assignment", "endpoints"]).into_iter().flat_map(Node::items);
    // members of other priorities only help out
    let first = localities.filter(|locality| locality.number("priority").unwrap_or(0) == 0);
    let is_dns = matches!(kind.as_deref(), Some("STRICT_DNS" | "LOGICAL_DNS" | "1" | "2"));
    let members = first.flat_map(|locality| locality.list("lb_endpoints").collect::<Vec<_>>());
    let members = members.filter_map(|endpoint| member(endpoint.get("endpoint")?, is_dns)).collect();
    Cluster {
        place: node.place_of("name").unwrap_or_else(|| node.place()),
        members,
        transport: transport(node),
        protocol: spoken(node),
        hashes: hashes(node),
        unknown,
    }
}

fn member(node: Node<'_>, is_dns: bool) -> Option<Member> {
    let socket = node.at(&["address", "socket_address"])?;
    let host = socket.get("address");
    let known = host.filter(|host| host.hole().is_none()).and_then(Node::text);
    let target = Target {
        host: known.clone(),
        port: socket.number("port_value").and_then(|port| u16::try_from(port).ok()),
        place: host.unwrap_or(socket).place(),
    };
    let name = node.text_of("hostname").filter(|name| !name.is_empty()).or_else(|| known.filter(|_| is_dns));
    Some(Member { target, name })
}

/// Whether the same text always leads to the same member.
fn hashes(node: Node<'_>) -> bool {
    if matches!(node.text_of("lb_policy").as_deref(), Some("RING_HASH" | "MAGLEV" | "2" | "5")) {
        return true;
    }
    let policies = node.at(&["load_balancing_policy", "policies"]).into_iter().flat_map(Node::items);
    let kinds = policies.filter_map(|policy| policy.at(&["typed_extension_config", "typed_config"])?.type_name());
    kinds.into_iter().any(|kind| matches!(&*kind, "RingHash" | "Maglev"))
}

fn spoken(node: Node<'_>) -> Spoken {
    let typed = node.get("typed_extension_protocol_options").and_then(|options| {
        options
            .entries()
            .map(|(_, options)| options)
            .find(|options| options.type_name().as_deref() == Some("HttpProtocolOptions"))
    });
    let http2 = |options: Node<'_>| Spoken::Http2 { connects: options.is_on("allow_connect"), place: options.place() };
    if let Some(typed) = typed {
        if typed.get("use_downstream_protocol_config").is_some() {
            return Spoken::AsClient;
        }
        if let Some(other) =
            typed.get("auto_config").or_else(|| typed.at(&["explicit_http_config", "http3_protocol_options"]))
        {
            return Spoken::Unknown(other.unsupported());
        }
        return typed.at(&["explicit_http_config", "http2_protocol_options"]).map_or(Spoken::Http1, http2);
    }
    if matches!(node.text_of("protocol_selection").as_deref(), Some("USE_DOWNSTREAM_PROTOCOL" | "1")) {
        return Spoken::AsClient;
    }
    node.get("http2_protocol_options").map_or(Spoken::Http1, http2)
}
