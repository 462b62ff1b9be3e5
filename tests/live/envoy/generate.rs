//! Bootstraps from a seed.

use crate::differential::dice::Dice;
use crate::envoy_head::{indented, listener, manager, tls};
use crate::table::Names;

const PATHS: &[&str] = &["/", "/ws", "/ws/", "/api", "/api/", "/a", "/a/b", "/chat", "/socket.io/", "/x"];
const PATTERNS: &[&str] =
    &["/ws.*", "/api/(.*)", "/(ws|chat)(/.*)?", "/.*\\\\.json", "/a/?(.*)", "/x(/.*)?", "/\\\\d+/.*"];

/// All listeners.
pub fn listeners(dice: &mut Dice, names: &Names) -> String {
    let mut out = String::from("listeners:\n");
    for port in ["PLAIN1", "PLAIN2"] {
        let chain = format!("- filters:\n  - {}", network(dice).trim_start());
        out += &outdented(&listener("127.0.0.1", port, &chain));
    }
    let mut chains = String::new();
    if dice.one_in(2) {
        dice.used("server_names");
        let name = dice.pick(&["[\"a.test\"]", "[\"*.a.test\"]", "[\"b.test\", \"*.b.test\"]"]);
        chains += &format!(
            "- filter_chain_match: {{ server_names: {name} }}\n  filters:\n  - {}",
            network(dice).trim_start()
        );
        chains += &indented(&tls(names), 2);
    }
    chains += &format!("- filters:\n  - {}", network(dice).trim_start());
    chains += &indented(&tls(names), 2);
    let inspects = chains.contains("server_names") && !dice.one_in(6);
    let inspector = "  listener_filters: [{ name: envoy.filters.listener.tls_inspector, typed_config: { \"@type\": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }]\n";
    out + &outdented(&listener("127.0.0.1", "TLS1", &chains)) + if inspects { inspector } else { "" }
}

fn outdented(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect()
}

/// A connection manager, or seldom what passes bytes on.
fn network(dice: &mut Dice) -> String {
    if dice.one_in(25) {
        dice.used("tcp_proxy");
        return "    name: tcp\n    typed_config: { \"@type\": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: t, cluster: one }\n".to_owned();
    }
    let mut out = String::new();
    for (feature, line) in [
        ("use_remote_address", "use_remote_address: true"),
        ("normalize_path", "normalize_path: true"),
        ("merge_slashes", "merge_slashes: true"),
        ("via", "via: edge"),
        ("append_x_forwarded_port", "append_x_forwarded_port: true"),
        ("preserve_external_request_id", "preserve_external_request_id: true"),
        ("generate_request_id", "generate_request_id: false"),
        ("accept_http_10", "http_protocol_options: { accept_http_10: true, default_host_for_http_10: a.test }"),
        ("strip_trailing_host_dot", "strip_trailing_host_dot: true"),
        ("scheme_header_transformation", "scheme_header_transformation: { scheme_to_overwrite: https }"),
        ("skip_xff_append", "skip_xff_append: true"),
    ] {
        if dice.one_in(7) {
            dice.used(feature);
            out += &format!("{line}\n");
        }
    }
    if dice.one_in(3) {
        out += dice.choose(&[
            ("strip_any_host_port", "strip_any_host_port: true\n"),
            ("strip_matching_host_port", "strip_matching_host_port: true\n"),
        ]);
    }
    if dice.one_in(4) {
        out += dice.choose(&[
            ("escaped slashes refused", "path_with_escaped_slashes_action: REJECT_REQUEST\n"),
            ("escaped slashes redirected", "path_with_escaped_slashes_action: UNESCAPE_AND_REDIRECT\n"),
            ("escaped slashes unescaped", "path_with_escaped_slashes_action: UNESCAPE_AND_FORWARD\n"),
            ("escaped slashes kept", "path_with_escaped_slashes_action: KEEP_UNCHANGED\n"),
        ]);
    }
    if !dice.one_in(3) {
        out += &upgrades(dice, "");
    }
    match dice.below(3) {
        0 => {}
        1 => out += "http_filters: [CORS, ROUTER]\n",
        _ => {
            dice.used("suppress_envoy_headers");
            out += "http_filters: [CORS, { name: r, typed_config: { \"@type\": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, suppress_envoy_headers: true } }]\n";
        }
    }
    out += "route_config:\n";
    out += &indented(&table(dice), 2);
    manager(&out)
}

fn upgrades(dice: &mut Dice, indent: &str) -> String {
    let one = dice.choose(&[
        ("upgrade", "{ upgrade_type: websocket }"),
        ("upgrade", "{ upgrade_type: WebSocket }"),
        ("upgrade off", "{ upgrade_type: websocket, enabled: false }"),
        ("other upgrade", "{ upgrade_type: other }"),
        ("upgrade", "{ upgrade_type: websocket, enabled: true }"),
    ]);
    format!("{indent}upgrade_configs: [{one}]\n")
}

fn table(dice: &mut Dice) -> String {
    let mut out = String::from("name: table\n");
    for (feature, line) in [
        ("ignore_port_in_host_matching", "ignore_port_in_host_matching: true"),
        ("most_specific_header_mutations_wins", "most_specific_header_mutations_wins: true"),
        ("ignore_path_parameters_in_path_matching", "ignore_path_parameters_in_path_matching: true"),
    ] {
        if dice.one_in(5) {
            dice.used(feature);
            out += &format!("{line}\n");
        }
    }
    out += &changes(dice, "table");
    out += "virtual_hosts:\n";
    let mut domains: Vec<&str> = vec![
        "a.test",
        "*.a.test",
        "b.test",
        "*.b.test",
        "www.*",
        "*-x.test",
        "main.test:81",
        "a.test:81",
        "b.test:PLAIN1",
        "other.*",
    ];
    let count = 1 + dice.below(3);
    for number in 0..=count {
        let mut own: Vec<&str> = Vec::new();
        for _ in 0..=dice.below(2) {
            if !domains.is_empty() {
                own.push(domains.remove(dice.below(domains.len())));
            }
        }
        if number == count && !dice.one_in(3) {
            own.push("*");
        }
        if own.is_empty() {
            continue;
        }
        let own: Vec<String> = own.iter().map(|domain| format!("\"{domain}\"")).collect();
        out += &format!("- name: h{number}\n  domains: [{}]\n", own.join(", "));
        if dice.one_in(9) {
            dice.used("require_tls");
            out += "  require_tls: ALL\n";
        }
        if dice.one_in(8) {
            dice.used("include_request_attempt_count");
            out += "  include_request_attempt_count: true\n";
        }
        out += &indented(&changes(dice, "host"), 2);
        if dice.one_in(3) {
            out += &indented(&cors(dice), 2);
        }
        out += "  routes:\n";
        for route in 0..=dice.below(5) {
            out += &indented(&self::route(dice, route), 2);
        }
        if !dice.one_in(3) {
            dice.used("prefix /");
            out += "  - { match: { prefix: \"/\" }, route: { cluster: one } }\n";
        }
    }
    out
}

/// Headers that are added and taken out at one level.
fn changes(dice: &mut Dice, level: &str) -> String {
    const VALUES: &[&str] = &[
        "VALUE",
        "VALUE",
        "%REQ(X-Custom)%",
        "%REQ(X-None?:PATH)%",
        "%REQ(:AUTHORITY)%",
        "%PROTOCOL%",
        "100%%",
        "%REQ(User-Agent):3%",
        "%DOWNSTREAM_LOCAL_PORT%",
    ];
    let mut out = String::new();
    if dice.one_in(3) {
        dice.used("request_headers_to_add");
        let name = dice.pick(&[
            "x-added",
            "X-Added",
            "x-custom",
            "user-agent",
            "x-forwarded-proto",
            "cookie",
            "x-forwarded-host",
        ]);
        let value = dice.pick(VALUES).replace("VALUE", level);
        out +=
            &format!("request_headers_to_add: [{{ header: {{ key: {name}, value: \"{value}\" }}{} }}]\n", append(dice));
    }
    if dice.one_in(6) {
        dice.used("request_headers_to_remove");
        let name = dice.pick(&["x-custom", "X-Added", "origin", "user-agent", "cookie", "x-envoy-original-path"]);
        out += &format!("request_headers_to_remove: [\"{name}\"]\n");
    }
    if dice.one_in(3) {
        dice.used("response_headers_to_add");
        out +=
            &format!("response_headers_to_add: [{{ header: {{ key: x-loc, value: \"{level}\" }}{} }}]\n", append(dice));
    }
    if dice.one_in(9) {
        dice.used("response_headers_to_remove");
        out += "response_headers_to_remove: [\"x-loc\"]\n";
    }
    out
}

fn append(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "",
        "",
        ", append_action: OVERWRITE_IF_EXISTS_OR_ADD",
        ", append_action: ADD_IF_ABSENT",
        ", append_action: OVERWRITE_IF_EXISTS",
        ", append_action: APPEND_IF_EXISTS_OR_ADD",
    ])
}

fn cors(dice: &mut Dice) -> String {
    dice.used("CorsPolicy");
    let origins = dice.pick(&[
        "{ exact: \"https://a.test\" }",
        "{ exact: \"*\" }",
        "{ prefix: \"https://\" }",
        "{ suffix: \".a.test\" }",
        "{ safe_regex: { regex: \"https://(x\\\\.)?a\\\\.test\" } }",
        "{ exact: \"HTTPS://A.test\", ignore_case: true }",
        "{ contains: evil }",
    ]);
    let mut more = String::new();
    for line in [
        "allow_methods: \"GET, POST\"",
        "allow_headers: \"content-type\"",
        "expose_headers: x-one",
        "max_age: \"60\"",
        "allow_credentials: true",
        "allow_credentials: false",
        "forward_not_matching_preflights: false",
    ] {
        let is_second = line.starts_with("allow_credentials") && more.contains("allow_credentials");
        if dice.one_in(3) && !is_second {
            more += &format!(", {line}");
        }
    }
    format!(
        "typed_per_filter_config: {{ envoy.filters.http.cors: {{ \"@type\": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy, allow_origin_string_match: [{origins}]{more} }} }}\n"
    )
}

fn matching(dice: &mut Dice) -> String {
    let path = dice.pick(PATHS);
    let trimmed = path.trim_end_matches('/');
    let mut out = match dice.below(9) {
        0..=3 => format!("prefix: \"{path}\""),
        4 | 5 => format!("path: \"{path}\""),
        6 => {
            dice.used("safe_regex");
            format!("safe_regex: {{ regex: \"{}\" }}", dice.pick(PATTERNS))
        }
        7 if !trimmed.is_empty() => {
            dice.used("path_separated_prefix");
            format!("path_separated_prefix: \"{trimmed}\"")
        }
        _ => "prefix: \"/\"".to_owned(),
    };
    if dice.one_in(6) && !out.starts_with("safe_regex") {
        dice.used("case_sensitive");
        out += ", case_sensitive: false";
    }
    if dice.one_in(5) {
        dice.used("headers");
        let header = dice.pick(&[
            "{ name: upgrade, string_match: { exact: websocket, ignore_case: true } }",
            "{ name: upgrade, string_match: { exact: websocket } }",
            "{ name: X-Custom, present_match: true }",
            "{ name: x-custom, present_match: false }",
            "{ name: x-custom, string_match: { exact: one }, invert_match: true }",
            "{ name: x-custom, string_match: { exact: one }, invert_match: true, treat_missing_header_as_empty: true }",
            "{ name: x-custom, range_match: { start: 10, end: 20 } }",
            "{ name: \":method\", string_match: { exact: GET } }",
            "{ name: \":authority\", string_match: { prefix: a. } }",
            "{ name: origin, string_match: { safe_regex: { regex: \"https://.*\" } } }",
            "{ name: user-agent, string_match: { contains: curl } }",
            "{ name: cookie }",
            "{ name: x-forwarded-proto, string_match: { exact: https } }",
            "{ name: \":path\", string_match: { suffix: \"x=1\" } }",
            "{ name: \":scheme\", string_match: { exact: https } }",
        ]);
        out += &format!(", headers: [{header}]");
    }
    if dice.one_in(8) {
        dice.used("query_parameters");
        let query = dice.pick(&[
            "{ name: x, string_match: { exact: \"1\" } }",
            "{ name: x, present_match: true }",
            "{ name: yy, string_match: { prefix: \"%\" } }",
            "{ name: transport, string_match: { exact: websocket } }",
            "{ name: q }",
        ]);
        out += &format!(", query_parameters: [{query}]");
    }
    out
}

fn route(dice: &mut Dice, number: usize) -> String {
    let matching = matching(dice);
    let mut out = format!("- match: {{ {matching} }}\n");
    match dice.below(8) {
        0 => {
            dice.used("direct_response");
            let status = dice.pick(&["200", "403", "404", "204", "503"]);
            out += &format!("  direct_response: {{ status: {status} }}\n");
        }
        1 | 2 => {
            dice.used("redirect");
            let redirect = dice.pick(&[
                "https_redirect: true",
                "scheme_redirect: http",
                "host_redirect: c.test",
                "host_redirect: c.test, https_redirect: true, response_code: FOUND",
                "https_redirect: true, port_redirect: 8443",
                "path_redirect: /moved, response_code: SEE_OTHER",
                "path_redirect: \"/moved?z=1\"",
                "prefix_rewrite: /new, response_code: PERMANENT_REDIRECT",
                "https_redirect: true, strip_query: true, response_code: TEMPORARY_REDIRECT",
                "regex_rewrite: { pattern: { regex: \"/a\" }, substitution: \"/q\" }",
                "port_redirect: 90",
            ]);
            out += &format!("  redirect: {{ {redirect} }}\n");
        }
        _ => out += &forward(dice),
    }
    out += &indented(&changes(dice, &format!("r{number}")), 2);
    if dice.one_in(5) {
        out += &indented(&cors(dice), 2);
    }
    out
}

fn forward(dice: &mut Dice) -> String {
    let mut out = match dice.below(6) {
        0 => {
            dice.used("weighted_clusters");
            "weighted_clusters: { clusters: [{ name: one, weight: 1 }, { name: both, weight: 1 }] }".to_owned()
        }
        1 => {
            dice.used("one weighted cluster");
            "weighted_clusters: { clusters: [{ name: two, weight: 1, request_headers_to_add: [{ header: { key: x-added, value: cluster } }], response_headers_to_add: [{ header: { key: x-loc, value: cluster } }] }] }".to_owned()
        }
        _ => format!("cluster: {}", dice.pick(&["one", "one", "two", "both"])),
    };
    if dice.one_in(3) {
        out += ", ";
        out += dice.choose(&[
            ("prefix_rewrite", "prefix_rewrite: \"/\""),
            ("prefix_rewrite", "prefix_rewrite: \"/new\""),
            ("prefix_rewrite", "prefix_rewrite: \"/new/\""),
            ("regex_rewrite", "regex_rewrite: { pattern: { regex: \"^/api/(.*)$\" }, substitution: \"/\\\\1\" }"),
            ("regex_rewrite", "regex_rewrite: { pattern: { regex: \"/a\" }, substitution: \"/$b\\\\0\" }"),
        ]);
    }
    if dice.one_in(4) {
        out += ", ";
        out += dice.choose(&[
            ("host_rewrite_literal", "host_rewrite_literal: back.test"),
            ("auto_host_rewrite", "auto_host_rewrite: true"),
            ("host_rewrite_header", "host_rewrite_header: X-Custom"),
            ("append_x_forwarded_host", "host_rewrite_literal: back.test, append_x_forwarded_host: true"),
        ]);
    }
    if dice.one_in(5) {
        dice.used("timeout");
        out += dice.pick(&[", timeout: 0s", ", timeout: 2.5s", ", timeout: 60s, idle_timeout: 10s"]);
    }
    if dice.one_in(5) {
        dice.used("hash_policy");
        out += ", hash_policy: [{ connection_properties: { source_ip: true } }]";
    }
    if dice.one_in(4) {
        out += ", ";
        out += upgrades(dice, "").trim_end();
    }
    format!("  route: {{ {out} }}\n")
}
