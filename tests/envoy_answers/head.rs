//! What all bootstraps of the tests share.

#![allow(dead_code, reason = "each of the two harnesses uses a part")]

use std::path::Path;

use crate::table::Names;

const TYPES: &str = "type.googleapis.com/envoy.extensions";

/// Clusters that routes may name.
const CLUSTERS: &str = r#"
  clusters:
  - name: one
    load_assignment: { cluster_name: one, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ECHO1 } } } }] }] }
  - name: two
    type: STRICT_DNS
    load_assignment: { cluster_name: two, endpoints: [{ lb_endpoints: [{ endpoint: { hostname: two.test, address: { socket_address: { address: 127.0.0.1, port_value: ECHO2 } } } }] }] }
  - name: both
    type: STATIC
    lb_policy: RING_HASH
    load_assignment:
      cluster_name: both
      endpoints:
      - lb_endpoints:
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ECHO1 } } }
        - endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ECHO2 } } }
"#;

/// Writes `envoy.yaml` into a folder: `config` is what a connection manager on the first port says, or `listeners:` with all
/// of them.
pub fn write(folder: &Path, names: &Names, config: &str) {
    let listeners = match config.strip_prefix("listeners:\n") {
        Some(own) => indented(own, 2),
        None => listener("127.0.0.1", "PLAIN1", &format!("- filters:\n  - {}", manager(config).trim_start())),
    };
    let text = format!("static_resources:\n  listeners:\n{listeners}{CLUSTERS}");
    std::fs::write(folder.join("envoy.yaml"), names.fill(&text)).expect("the bootstrap");
}

/// A listener with these filter chains.
pub fn listener(address: &str, port: &str, chains: &str) -> String {
    let chains = indented(chains, 4);
    format!(
        "  - address: {{ socket_address: {{ address: {address}, port_value: {port} }} }}\n    filter_chains:\n{chains}"
    )
}

/// A connection manager, as an item of `filters`, without the dash.
pub fn manager(config: &str) -> String {
    let filters = if config.contains("http_filters:") {
        String::new()
    } else {
        format!("    http_filters: [{}]\n", filter("router", "router.v3.Router"))
    };
    format!(
        "    name: envoy.filters.network.http_connection_manager\n    typed_config:\n      \"@type\": \
         {TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager\n      stat_prefix: all\n{}{}",
        indented(&filters, 2),
        indented(
            &config
                .replace("ROUTER", &filter("router", "router.v3.Router"))
                .replace("CORS", &filter("cors", "cors.v3.Cors")),
            6
        )
    )
}

/// An HTTP filter without settings.
pub fn filter(name: &str, kind: &str) -> String {
    format!("{{ name: envoy.filters.http.{name}, typed_config: {{ \"@type\": {TYPES}.filters.http.{kind} }} }}")
}

/// The end of TLS for a filter chain.
pub fn tls(names: &Names) -> String {
    let keys = names.fill("KEYS");
    format!(
        "transport_socket:\n  name: envoy.transport_sockets.tls\n  typed_config:\n    \"@type\": \
         {TYPES}.transport_sockets.tls.v3.DownstreamTlsContext\n    common_tls_context:\n      tls_certificates:\n      - \
         certificate_chain: {{ filename: {keys}/cert.pem }}\n        private_key: {{ filename: {keys}/key.pem }}\n"
    )
}

/// The text with every line further in.
pub fn indented(text: &str, by: usize) -> String {
    text.lines().filter(|line| !line.is_empty()).map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}
