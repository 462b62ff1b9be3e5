//! Listeners, filter chains and connection managers.

use std::sync::Arc;

use super::config::{
    Chain, ChainMatch, Config, DotInHost, EscapedSlashes, ForwardedFor, Listener, Manager, Network, OldHttp, PathTerms,
    PortInHost, RemoteAddress, RequestId, TcpProxy, TlsTerms, Transport, UpgradeRule,
};
use super::filters::Filter;
use super::node::Node;
use super::tables;
use crate::facts::HoleReason;
use crate::model::Unknown;

/// Everything that is written below `static_resources`, and what comes from elsewhere.
pub(super) fn read(root: Node<'_>) -> Config {
    let mut config = Config {
        other_listeners: elsewhere(root, "lds_config"),
        other_clusters: elsewhere(root, "cds_config"),
        ..Config::default()
    };
    let Some(resources) = root.get("static_resources") else { return config };
    for cluster in resources.list("clusters") {
        if let Some(name) = cluster.text_of("name") {
            config.clusters.insert(name, Arc::new(super::clusters::read(cluster)));
        }
    }
    for listener in resources.list("listeners") {
        read_listener(listener, &mut config);
    }
    config
}

fn elsewhere(root: Node<'_>, name: &str) -> Option<Unknown> {
    let found = root.at(&["dynamic_resources", name]).or_else(|| root.at(&["dynamic_resources", "ads_config"]))?;
    Some(found.unknown(HoleReason::Runtime))
}

fn read_listener(node: Node<'_>, config: &mut Config) {
    let more = node.list("additional_addresses").filter_map(|more| more.get("address"));
    let addresses: Vec<Node<'_>> = node.get("address").into_iter().chain(more).collect();
    let chains: Arc<Vec<Chain>> = Arc::new(node.list("filter_chains").map(chain).collect());
    let inspector = |filter: Node<'_>| {
        let kind = filter.get("typed_config").and_then(Node::type_name);
        let name = filter.text_of("name").unwrap_or_default();
        kind.map_or_else(|| name.ends_with("tls_inspector"), |kind| &*kind == "TlsInspector")
    };
    let inspects_tls = node.list("listener_filters").any(inspector);
    let default = node.get("default_filter_chain").map(|node| Arc::new(chain(node)));
    for address in addresses {
        let Some(socket) = address.get("socket_address") else { continue };
        // QUIC is another way to the same servers
        if socket.text_of("protocol").as_deref() == Some("UDP") {
            continue;
        }
        let Some(port) = socket.number("port_value").and_then(|port| u16::try_from(port).ok()) else {
            let hole = socket.get("port_value").and_then(Node::hole).unwrap_or_else(|| socket.unsupported());
            config.other_listeners.get_or_insert(hole);
            continue;
        };
        let ip = socket.text_of("address").and_then(|text| text.parse::<std::net::IpAddr>().ok());
        config.listeners.push(Listener {
            place: socket.place(),
            address: ip.filter(|ip| !ip.is_unspecified()),
            port,
            inspects_tls,
            chains: Arc::clone(&chains),
            default: default.clone(),
        });
    }
}

fn chain(node: Node<'_>) -> Chain {
    Chain {
        place: node.place(),
        fits: node.get("filter_chain_match").map(chain_match).unwrap_or_default(),
        transport: transport(node),
        network: network(node),
    }
}

fn chain_match(node: Node<'_>) -> ChainMatch {
    const KNOWN: [&str; 4] = ["destination_port", "server_names", "transport_protocol", "application_protocols"];
    let texts = |name: &str| node.list(name).filter_map(Node::text).map(|text| text.to_ascii_lowercase().into());
    let other = node.entries().find(|(key, value)| {
        let known = KNOWN.iter().any(|name| node.get(name).is_some_and(|own| own.expr.span == value.expr.span));
        !known && &***key != "name"
    });
    ChainMatch {
        port: node.number("destination_port").and_then(|port| u16::try_from(port).ok()),
        names: texts("server_names").collect(),
        transport: node.text_of("transport_protocol"),
        protocols: texts("application_protocols").collect(),
        unknown: other.map(|(_, value)| value.unsupported()),
    }
}

/// What a chain or a cluster speaks.
pub(super) fn transport(node: Node<'_>) -> Transport {
    let Some(socket) = node.get("transport_socket") else { return Transport::Plain };
    let config = socket.get("typed_config");
    let name = socket.text_of("name").unwrap_or_default();
    let kind = config.and_then(Node::type_name).unwrap_or_else(|| name.rsplit('.').next().unwrap_or_default().into());
    match &*kind {
        "DownstreamTlsContext" | "UpstreamTlsContext" | "tls" => {
            let needed = config.filter(|config| config.is_on("require_client_certificate"));
            let protocols = config.and_then(|config| config.at(&["common_tls_context", "alpn_protocols"]));
            Transport::Tls(TlsTerms {
                client_certificate: needed.map(Node::place),
                protocols: protocols.into_iter().flat_map(Node::items).filter_map(Node::text).collect(),
            })
        }
        "RawBuffer" | "raw_buffer" => Transport::Plain,
        _ => Transport::Unknown(socket.unsupported()),
    }
}

/// The filter that has the last word.
fn network(node: Node<'_>) -> Network {
    let mut other = None;
    for filter in node.list("filters") {
        let config = filter.get("typed_config");
        let name = filter.text_of("name").unwrap_or_default();
        let kind = config.and_then(Node::type_name).unwrap_or_default();
        match &*kind {
            "HttpConnectionManager" => {
                let Some(config) = config else { continue };
                return other.map_or_else(|| Network::Http(Arc::new(manager(config))), Network::Unknown);
            }
            "TcpProxy" => {
                let Some(config) = config else { continue };
                return other.map_or_else(|| Network::Tcp(tcp_proxy(config)), Network::Unknown);
            }
            "ConnectionLimit" | "LocalRateLimit" | "RateLimit" => {}
            _ if name.is_empty() && kind.is_empty() => {}
            _ => other = other.or_else(|| Some(filter.unsupported())),
        }
    }
    Network::Unknown(other.unwrap_or_else(|| node.unsupported()))
}

fn tcp_proxy(node: Node<'_>) -> TcpProxy {
    let weighted = node.at(&["weighted_clusters", "clusters"]).into_iter().flat_map(Node::items);
    let named = node.get("cluster").into_iter().chain(weighted.filter_map(|one| one.get("name")));
    TcpProxy {
        place: node.place_of("cluster").unwrap_or_else(|| node.place()),
        clusters: named.filter_map(|name| Some((name.text()?, name.place()))).collect(),
        idle: node.time("idle_timeout"),
        unknown: node.get("tunneling_config").map(Node::unsupported),
    }
}

fn manager(node: Node<'_>) -> Manager {
    let filters: Arc<Vec<Filter>> = Arc::new(node.list("http_filters").map(Filter::read).collect());
    let port_in_host = match () {
        () if node.is_on("strip_any_host_port") => PortInHost::StripsAny,
        () if node.is_on("strip_matching_host_port") => PortInHost::StripsOwn,
        () => PortInHost::Kept,
    };
    let escaped = match node.text_of("path_with_escaped_slashes_action").as_deref() {
        Some("REJECT_REQUEST" | "2") => EscapedSlashes::Refused,
        Some("UNESCAPE_AND_REDIRECT" | "3") => EscapedSlashes::Redirected,
        Some("UNESCAPE_AND_FORWARD" | "4") => EscapedSlashes::Unescaped,
        _ => EscapedSlashes::Kept,
    };
    let old = node.get("http_protocol_options").filter(|options| options.is_on("accept_http_10"));
    let by_connection = node.is_on("use_remote_address");
    let unknown = [
        "original_ip_detection_extensions",
        "early_header_mutation_extensions",
        "path_normalization_options",
        "http1_safe_max_connection_duration",
        "typed_header_validation_config",
    ];
    let mut unknown = unknown.into_iter().find_map(|name| node.get(name)).map(Node::unsupported);
    if node.at(&["http_protocol_options", "ignore_http_11_upgrade"]).is_some() {
        unknown = unknown.or_else(|| Some(node.unsupported()));
    }
    Manager {
        place: node.place_of("stat_prefix").unwrap_or_else(|| node.place()),
        table: table(node),
        upgrades: upgrades(node),
        filters,
        stream_idle: node.time("stream_idle_timeout"),
        longest: node.get("common_http_protocol_options").and_then(|options| options.time("max_stream_duration")),
        path: PathTerms {
            normalize: node.is_on("normalize_path"),
            merge_slashes: node.is_on("merge_slashes"),
            escaped,
            place: node.place_of("path_with_escaped_slashes_action"),
        },
        port_in_host,
        dot_in_host: if node.is_on("strip_trailing_host_dot") { DotInHost::Stripped } else { DotInHost::Kept },
        remote_address: if by_connection { RemoteAddress::Connection } else { RemoteAddress::Header },
        forwarded_for: if by_connection && !node.is_on("skip_xff_append") {
            ForwardedFor::Appended
        } else {
            ForwardedFor::Kept
        },
        trusted_hops: node.number("xff_num_trusted_hops").unwrap_or(0),
        request_id: match (node.flag("generate_request_id"), node.is_on("preserve_external_request_id")) {
            (Some(false), _) => RequestId::Off,
            (_, true) => RequestId::Preserved,
            _ => RequestId::Made,
        },
        old_http: match old {
            Some(options) => OldHttp::Accepted { default_host: options.text_of("default_host_for_http_10") },
            None => OldHttp::Refused,
        },
        via: node.text_of("via").filter(|via| !via.is_empty()),
        forwarded_port: node.is_on("append_x_forwarded_port"),
        scheme: node.at(&["scheme_header_transformation", "scheme_to_overwrite"]).and_then(Node::text),
        unknown,
        connects: node
            .get("http2_protocol_options")
            .filter(|options| options.is_on("allow_connect"))
            .and_then(|options| options.place_of("allow_connect")),
        only_http2: matches!(node.text_of("codec_type").as_deref(), Some("HTTP2" | "HTTP3" | "2" | "3")),
    }
}

fn table(node: Node<'_>) -> Result<Arc<super::config::Table>, Unknown> {
    match node.get("route_config") {
        Some(table) => Ok(Arc::new(tables::read(table))),
        None => {
            let other = node.get("rds").or_else(|| node.get("scoped_routes"));
            Err(other.map_or_else(|| node.unsupported(), |other| other.unknown(HoleReason::Runtime)))
        }
    }
}

/// The upgrades that a manager or a route names.
pub(super) fn upgrades(node: Node<'_>) -> Vec<UpgradeRule> {
    let read = |rule: Node<'_>| {
        let filters: Vec<Filter> = rule.list("filters").map(Filter::read).collect();
        Some(UpgradeRule {
            name: rule.text_of("upgrade_type")?,
            enabled: rule.flag("enabled").unwrap_or(true),
            place: rule.place(),
            filters: (!filters.is_empty()).then(|| Arc::new(filters)),
        })
    };
    node.list("upgrade_configs").filter_map(read).collect()
}
