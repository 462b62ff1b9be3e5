//! Route tables, virtual hosts and routes.

use std::sync::Arc;

use super::config::{
    Action, Chosen, FilterSetting, FilterSettings, Forward, HostRewrite, Redirect, Rewrite, Route, Table, VirtualHost,
};
use super::cors;
use super::domains::Domains;
use super::listeners::upgrades;
use super::matcher::{Matching, Pattern};
use super::mutation::Mutations;
use super::node::Node;
use crate::facts::HoleReason;

/// A table that is written in the bootstrap.
pub(super) fn read(node: Node<'_>) -> Table {
    let hosts: Vec<VirtualHost> = node.list("virtual_hosts").map(virtual_host).collect();
    Table {
        place: node.place(),
        domains: Domains::of(&hosts),
        hosts,
        requests: Mutations::of_requests(node),
        responses: Mutations::of_responses(node),
        inner_last: node.is_on("most_specific_header_mutations_wins"),
        ignores_port: node.is_on("ignore_port_in_host_matching"),
        ignores_parameters: node.is_on("ignore_path_parameters_in_path_matching"),
        unknown: node.get("vhds").map(|vhds| vhds.unknown(HoleReason::Runtime)),
        cors: cors::of_level(node),
        settings: settings(node),
    }
}

fn virtual_host(node: Node<'_>) -> VirtualHost {
    let tls = node.text_of("require_tls");
    let needs_tls = tls.filter(|tls| matches!(&**tls, "ALL" | "EXTERNAL_ONLY" | "1" | "2"));
    VirtualHost {
        name: node.text_of("name").unwrap_or_default(),
        place: node.place_of("name").unwrap_or_else(|| node.place()),
        domains: node.list("domains").filter_map(Node::text).map(|text| text.to_ascii_lowercase().into()).collect(),
        routes: node.list("routes").map(route).collect(),
        needs_tls: needs_tls.and_then(|_| node.place_of("require_tls")),
        requests: Mutations::of_requests(node),
        responses: Mutations::of_responses(node),
        cors: cors::of_level(node),
        settings: settings(node),
        counts_attempts: node.is_on("include_request_attempt_count"),
        unknown: node.get("matcher").map(Node::unsupported),
    }
}

/// What a level says about filters.
fn settings(node: Node<'_>) -> FilterSettings {
    let Some(filters) = node.get("typed_per_filter_config") else { return FilterSettings::new() };
    let said = |config: Node<'_>| {
        let wraps = config.type_name().as_deref() == Some("FilterConfig");
        // what is said to one filter alone may switch it off, too
        let off = wraps && config.is_on("disabled")
            || config.type_name().is_some_and(|kind| kind.ends_with("PerRoute")) && config.is_on("disabled");
        if off { FilterSetting::Disabled } else { FilterSetting::Own }
    };
    filters.entries().map(|(name, config)| (Arc::clone(name), said(config))).collect()
}

fn route(node: Node<'_>) -> Route {
    let matching = node.get("match").map_or_else(|| Matching::read(node), Matching::read);
    Route {
        place: node.get("match").map_or_else(|| node.place(), Node::place),
        written: matching.written(),
        matching,
        action: action(node),
        requests: Mutations::of_requests(node),
        responses: Mutations::of_responses(node),
        cors: cors::of_level(node).or_else(|| node.get("route").and_then(cors::of_level)),
        settings: settings(node),
    }
}

fn action(node: Node<'_>) -> Action {
    if let Some(route) = node.get("route") {
        return Action::Forward(Box::new(forward(route)));
    }
    if let Some(redirect) = node.get("redirect") {
        return Action::Redirect(read_redirect(redirect));
    }
    if let Some(direct) = node.get("direct_response") {
        let status = direct.number("status").and_then(|status| u16::try_from(status).ok());
        return match status {
            Some(status) => Action::Direct { status, place: direct.place() },
            None => Action::Unknown(direct.unsupported()),
        };
    }
    Action::Unknown(node.unsupported())
}

fn forward(node: Node<'_>) -> Forward {
    let place = ["cluster", "weighted_clusters"].into_iter().find_map(|name| node.place_of(name));
    let other =
        ["cluster_header", "cluster_specifier_plugin", "inline_cluster_specifier_plugin", "internal_redirect_policy"];
    let other = other.into_iter().find_map(|name| node.get(name));
    // what answers inside of Envoy is not seen by the client
    let other = other.filter(|_| node.get("cluster").is_none() || node.get("cluster_header").is_some());
    let empty = Forward {
        place: place.unwrap_or_else(|| node.place()),
        clusters: chosen(node),
        rewrite: rewrite(node),
        host: host(node),
        timeout: node.time("timeout"),
        idle: node.time("idle_timeout"),
        longest: node.get("max_stream_duration").and_then(|longest| longest.time("max_stream_duration")),
        upgrades: upgrades(node),
        bound: node.list("hash_policy").next().is_some(),
        appends_host: node.is_on("append_x_forwarded_host"),
        unknown: other.map(Node::unsupported),
    };
    let template = node.get("cluster").and_then(Node::hole);
    Forward { unknown: empty.unknown.clone().or(template), ..empty }
}

fn chosen(node: Node<'_>) -> Vec<Chosen> {
    if let Some(cluster) = node.get("cluster") {
        let Some(name) = cluster.text() else { return Vec::new() };
        let (requests, responses) = (Mutations::default(), Mutations::default());
        return vec![Chosen { cluster: name, place: cluster.place(), requests, responses }];
    }
    let weighted = node.at(&["weighted_clusters", "clusters"]).into_iter().flat_map(Node::items);
    let picked = weighted.filter(|one| one.number("weight") != Some(0));
    let read = |one: Node<'_>| {
        let name = one.get("name")?;
        Some(Chosen {
            cluster: name.text()?,
            place: name.place(),
            requests: Mutations::of_requests(one),
            responses: Mutations::of_responses(one),
        })
    };
    picked.filter_map(read).collect()
}

fn rewrite(node: Node<'_>) -> Option<Rewrite> {
    if let Some(prefix) = node.get("prefix_rewrite") {
        let place = node.place_of("prefix_rewrite").unwrap_or_else(|| prefix.place());
        let text = prefix.text().filter(|text| !text.is_empty())?;
        return Some(prefix.hole().map_or(Rewrite::Prefix(text, place), Rewrite::Unknown));
    }
    if let Some(pattern) = node.get("regex_rewrite") {
        let with = pattern.text_of("substitution").unwrap_or_default();
        let found = Pattern::of(pattern, "pattern");
        return Some(
            found.map_or_else(|| Rewrite::Unknown(pattern.unsupported()), |found| Rewrite::Pattern(found, with)),
        );
    }
    let other = node.get("path_rewrite_policy").or_else(|| node.get("path_rewrite"))?;
    Some(Rewrite::Unknown(other.unsupported()))
}

fn host(node: Node<'_>) -> HostRewrite {
    let place = |name: &str| node.place_of(name).unwrap_or_else(|| node.place());
    if let Some(literal) = node.get("host_rewrite_literal") {
        return match literal.hole() {
            Some(hole) => HostRewrite::Unknown(hole),
            None => HostRewrite::Literal(literal.text().unwrap_or_default(), place("host_rewrite_literal")),
        };
    }
    if node.is_on("auto_host_rewrite") {
        return HostRewrite::Auto(place("auto_host_rewrite"));
    }
    if let Some(header) = node.text_of("host_rewrite_header") {
        return HostRewrite::Header(header, place("host_rewrite_header"));
    }
    let other = node.get("host_rewrite_path_regex").or_else(|| node.get("host_rewrite"));
    other.map_or(HostRewrite::Kept, |other| HostRewrite::Unknown(other.unsupported()))
}

fn read_redirect(node: Node<'_>) -> Redirect {
    let code = match node.text_of("response_code").as_deref() {
        Some("FOUND" | "1") => 302,
        Some("SEE_OTHER" | "2") => 303,
        Some("TEMPORARY_REDIRECT" | "3") => 307,
        Some("PERMANENT_REDIRECT" | "4") => 308,
        _ => 301,
    };
    let filled = |name: &str| node.text_of(name).filter(|text| !text.is_empty());
    Redirect {
        place: node.place(),
        code,
        scheme: filled("scheme_redirect").or_else(|| node.is_on("https_redirect").then(|| "https".into())),
        host: filled("host_redirect"),
        port: filled("port_redirect").filter(|port| &**port != "0"),
        path: filled("path_redirect"),
        rewrite: rewrite(node),
        strips_query: node.is_on("strip_query"),
    }
}
