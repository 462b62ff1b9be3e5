//! Answers to requests, from bootstraps as people write them.

use super::*;
use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use crate::facts::{Protocol, Repository, extract};
use crate::model::proxy::{
    BackEndHeader, Carries, HeaderValue, IdleTimeout, Outcome, Proxy, Received, Request, Upgrade, Upstream,
};
use crate::model::{Admits, PathPiece, PathText, Tls};

/// The Envoy of a bootstrap in a file of this name.
fn named(path: &str, text: &str) -> EnvoyInstance {
    let kind = if path.ends_with(".json") { FileKind::Json } else { FileKind::Yaml };
    let path = RepoPath::new(path).expect("inside");
    let (role, tracking) = (FileRole::Production, Tracking::Tracked);
    let entry = Entry { path, size: text.len() as u64, kind, role, tracking };
    let mut repository = Repository::default();
    repository.paths.insert(entry.path.clone());
    repository.files.push(extract(&entry, text).into());
    discover(&repository).pop().expect("an instance")
}

/// One connection manager on port 80, with these fields, and two clusters.
fn managed(fields: &str) -> EnvoyInstance {
    let fields: String = fields.lines().map(|line| format!("          {line}\n")).collect();
    named(
        "envoy.yaml",
        &format!(
            "static_resources:\n  listeners:\n  - address: {{ socket_address: {{ address: 0.0.0.0, port_value: 80 }} }}\n    \
             filter_chains:\n    - filters:\n      - name: h\n        typed_config:\n          \"@type\": \
             t/x.HttpConnectionManager\n{fields}  clusters:\n  - name: one\n    load_assignment: {{ endpoints: [{{ lb_endpoints: \
             [{{ endpoint: {{ address: {{ socket_address: {{ address: 10.0.0.1, port_value: 9001 }} }} }} }}] }}] }}\n  - name: \
             pair\n    type: STRICT_DNS\n    lb_policy: RING_HASH\n    load_assignment: {{ endpoints: [{{ lb_endpoints: [{{ \
             endpoint: {{ address: {{ socket_address: {{ address: a, port_value: 1 }} }} }} }}, {{ endpoint: {{ address: {{ \
             socket_address: {{ address: b, port_value: 2 }} }} }} }}] }}] }}\n"
        ),
    )
}

/// A route table with one virtual host.
fn routes(routes: &str) -> EnvoyInstance {
    managed(&format!("route_config: {{ virtual_hosts: [{{ name: a, domains: [\"*\"], routes: [{routes}] }}] }}"))
}

/// A browser's request; `{}` in a path is an unknown segment.
fn request(url: &str, protocol: Protocol) -> Request {
    let (_, rest) = url.split_once("://").expect("a scheme");
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let pieces = path.split_inclusive("{}").flat_map(|part| match part.strip_suffix("{}") {
        Some(text) => vec![PathPiece::Known(text.into()), PathPiece::Segment],
        None => vec![PathPiece::Known(part.into())],
    });
    Request::from_browser(80, Tls::Plain, Some(host.into()), PathText(pieces.collect()), protocol)
}

/// The outcome in a few words.
fn shown(instance: &EnvoyInstance, url: &str) -> String {
    let protocol = if url.starts_with("ws") { Protocol::WebSocket } else { Protocol::Http };
    said(instance.answer(&request(url, protocol)).outcome)
}

fn said(outcome: Outcome) -> String {
    let text = |piece: &PathPiece| match piece {
        PathPiece::Known(text) => text.to_string(),
        PathPiece::Segment | PathPiece::Rest => "{}".to_owned(),
    };
    match outcome {
        Outcome::Proxied(proxied) => {
            let port = proxied.targets.first().and_then(|target| target.port).unwrap_or_default();
            let lost = if matches!(proxied.upgrade, Upgrade::Lost(_)) { " refused" } else { "" };
            format!("{port} {}{lost}", proxied.path.0.iter().map(text).collect::<String>())
        }
        Outcome::Redirect { code, target, .. } => format!("{code} {target}"),
        Outcome::Status { code, .. } => code.to_string(),
        Outcome::Files { .. } => "files".to_owned(),
        Outcome::Unknown(_) => "unknown".to_owned(),
    }
}

#[test]
fn routes_are_tried_in_their_order() {
    let instance = routes(
        "{ match: { prefix: /api }, route: { cluster: one, prefix_rewrite: / } }, { match: { path: /one }, \
         direct_response: { status: 204 } }, { match: { path_separated_prefix: /sep }, redirect: { https_redirect: true, \
         port_redirect: 8443 } }, { match: { safe_regex: { regex: \"/r/[a-z]+\" } }, route: { cluster: pair } }",
    );
    for (url, expected) in [
        ("http://a.test/api/x", "9001 //x"),
        ("http://a.test/api/{}", "9001 //{}"),
        ("http://a.test/one", "204"),
        ("http://a.test/one/", "404"),
        ("http://a.test/separate", "404"),
        ("http://a.test/r/ab", "1 /r/ab"),
        ("http://a.test/r/1", "404"),
        ("ws://a.test/api/ws", "9001 //ws refused"),
    ] {
        assert_eq!(shown(&instance, url), expected, "{url}");
    }
    let far = shown(&instance, "http://a.test/sep/x");
    assert!(far.starts_with("301 https://") && far.ends_with(":8443/sep/x"), "{far}");
}

#[test]
fn what_nobody_knows_is_unknown_unless_all_ways_agree() {
    let instance = routes(
        "{ match: { prefix: /, headers: [{ name: user-agent, string_match: { contains: x } }] }, route: { cluster: pair } }, \
         { match: { prefix: / }, route: { cluster: one } }",
    );
    assert_eq!(shown(&instance, "http://a.test/"), "unknown");
    let same = routes(
        "{ match: { prefix: /a, runtime_fraction: { default_value: { numerator: 5 } } }, direct_response: { status: 404 } }",
    );
    assert_eq!(shown(&same, "http://a.test/b"), "404");
    let elsewhere = managed("rds: { route_config_name: x }");
    assert_eq!(shown(&elsewhere, "http://a.test/"), "unknown");
    let cluster = routes("{ match: { prefix: / }, route: { cluster_header: x } }");
    assert_eq!(shown(&cluster, "http://a.test/"), "unknown");
    let filter = managed(
        "http_filters: [{ name: l, typed_config: { \"@type\": x.Lua } }]\nroute_config: { virtual_hosts: [{ name: a, domains: \
         [\"*\"], routes: [{ match: { prefix: / }, route: { cluster: one } }] }] }",
    );
    assert_eq!(shown(&filter, "http://a.test/"), "unknown");
}

#[test]
fn the_port_of_the_address_matters() {
    let instance = managed(
        "route_config: { virtual_hosts: [{ name: a, domains: [a.test], routes: [{ match: { prefix: / }, route: { cluster: \
         one } }] }] }",
    );
    let ask = |port| said(instance.answer(&request("http://a.test/", Protocol::Http).with_named_port(port)).outcome);
    assert_eq!(ask(None), "9001 /");
    assert_eq!(ask(Some(80)), "9001 /");
    assert_eq!(ask(Some(8080)), "404");
    let listens = instance.listens();
    assert_eq!(listens.len(), 1);
    assert_eq!((listens[0].port, &*listens[0].names[0]), (80, "a.test"));
}

#[test]
fn times_and_members() {
    let instance = managed(
        "stream_idle_timeout: 30s\nupgrade_configs: [{ upgrade_type: websocket }]\nroute_config: { virtual_hosts: [{ name: a, \
         domains: [\"*\"], routes: [{ match: { prefix: /a }, route: { cluster: pair, timeout: 0s } }, { match: { prefix: /b }, \
         route: { cluster: pair, idle_timeout: 2s, hash_policy: [{ connection_properties: { source_ip: true } }] } }] }] }",
    );
    let forwarded = |url| match instance.answer(&request(url, Protocol::WebSocket)).outcome {
        Outcome::Proxied(proxied) => proxied,
        other => panic!("{other:?}"),
    };
    let milliseconds = |timeout| match timeout {
        Some(IdleTimeout::Written { milliseconds, .. } | IdleTimeout::Default { milliseconds }) => Some(milliseconds),
        _ => None,
    };
    let (a, b) = (forwarded("ws://a.test/a"), forwarded("ws://a.test/b"));
    assert_eq!(a.upgrade, Upgrade::Carried);
    assert_eq!(milliseconds(instance.idle_timeout(a.level, Carries::Socket)), Some(30_000));
    assert_eq!(milliseconds(instance.idle_timeout(b.level, Carries::Socket)), Some(2_000));
    assert_eq!(milliseconds(instance.ends_answers(a.level)), None);
    assert_eq!(milliseconds(instance.ends_answers(b.level)), Some(15_000));
    assert!(matches!(instance.spread(&a), Upstream::Spread { servers: 2, .. }));
    assert_eq!(instance.spread(&b), Upstream::OneServer);
    assert!(instance.binds_clients(&b));
}

#[test]
fn headers_and_cors() {
    let policy = "typed_per_filter_config: { envoy.filters.http.cors: { \"@type\": x.CorsPolicy, allow_origin_string_match: [{ \
                  exact: \"https://b.test\" }], allow_methods: \"GET, PUT\" } }";
    let table = format!(
        "route_config: {{ virtual_hosts: [{{ name: a, domains: [\"*\"], {policy}, response_headers_to_add: [{{ header: {{ key: \
         X-A, value: b }} }}], routes: [{{ match: {{ prefix: / }}, route: {{ cluster: one, host_rewrite_literal: c.test }}, \
         request_headers_to_remove: [origin] }}] }}] }}"
    );
    let instance = managed(&format!("http_filters: [{{ name: c, typed_config: {{ \"@type\": x.Cors }} }}]\n{table}"));
    let Outcome::Proxied(proxied) = instance.answer(&request("http://a.test/", Protocol::Http)).outcome else {
        panic!("forwarded")
    };
    assert!(matches!(proxied.headers.get("Origin"), Received::Never(Some(_))));
    let Received::Sent(host) = proxied.headers.get("Host") else { panic!("a host") };
    assert_eq!(host.value, HeaderValue::Known("c.test".into()));
    let added = instance.added_headers(proxied.level);
    let names: Vec<_> = added.iter().map(|header| (&*header.name, header.back_end)).collect();
    assert!(names.contains(&("x-a", BackEndHeader::Kept)));
    assert!(names.contains(&("access-control-allow-origin", BackEndHeader::Replaced)));
    assert!(instance.sets_cors());
    let says = |origin| instance.cors(proxied.level, origin).expect("a policy");
    assert!(matches!(says("https://b.test").admits, Admits::Reflected(_)));
    assert!(matches!(says("https://c.test").admits, Admits::List { .. }));
    assert!(says("https://b.test").idle.is_none());
    let idle = managed(&table);
    let Outcome::Proxied(proxied) = idle.answer(&request("http://a.test/", Protocol::Http)).outcome else {
        panic!("forwarded")
    };
    assert!(idle.cors(proxied.level, "https://b.test").expect("a policy").idle.is_some());
}

#[test]
fn other_spellings_and_broken_files() {
    let json = named(
        "deploy/envoy.json",
        r#"{"staticResources": {"listeners": [{"address": {"socketAddress": {"address": "::", "portValue": 80}}, "filterChains": [{"filters": [{"typedConfig": {"@type": "x.HttpConnectionManager", "routeConfig": {"virtualHosts": [{"name": "a", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "directResponse": {"status": 204}}]}]}}}]}]}]}}"#,
    );
    assert_eq!(shown(&json, "http://a.test/"), "204");
    let broken = named(
        "envoy.yaml",
        "static_resources:\n  listeners:\n  - address: { socket_address: { address: 0.0.0.0, port_value: \"${PORT}\" } }\n  clusters: [\n",
    );
    assert!(broken.listens().is_empty());
    assert!(!broken.holes().is_empty());
    assert_eq!(shown(&broken, "http://a.test/"), "unknown");
}

#[test]
fn connections_that_are_passed_on() {
    let instance = named(
        "envoy.yaml",
        "static_resources:\n  listeners:\n  - address: { socket_address: { address: 0.0.0.0, port_value: 80 } }\n    filter_chains: \
         [{ filters: [{ name: t, typed_config: { \"@type\": x.TcpProxy, cluster: one } }] }]\n  clusters: [{ name: one, \
         load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 10.0.0.1, \
         port_value: 7 } } } }] }] } }]\n",
    );
    assert_eq!(shown(&instance, "ws://a.test/x"), "7 /x");
}

/// What is behind a bound may say anything.
#[test]
fn addresses_that_are_too_many_are_told_of() {
    let hosts: String = (0..150).map(|at| format!("{{ name: h{at}, domains: [h{at}.test] }}, ")).collect();
    let address = |port: usize| format!("address: {{ socket_address: {{ address: 0.0.0.0, port_value: {port} }} }}");
    let more: String = (0..150).map(|at| format!("{{ {} }}, ", address(1_000 + at))).collect();
    let text = format!(
        "static_resources:\n  listeners:\n  - {}\n    additional_addresses: [{more}]\n    filter_chains: [{{ filters: [{{ \
         typed_config: {{ \"@type\": x.HttpConnectionManager, route_config: {{ virtual_hosts: [{hosts}] }} }} }}] }}]\n",
        address(80)
    );
    let instance = named("envoy.yaml", &text);
    assert_eq!(instance.listens().len(), 20_000);
    assert!(!instance.accusable() && !instance.holes().is_empty());
    assert!(instance.limits().iter().any(|(_, limit)| limit.to_string().contains("addresses of one Envoy")));
    assert_eq!(shown(&instance, "http://h1.test/"), "unknown");
}

#[test]
fn hosts_that_are_too_many_for_one_request_are_told_of() {
    let told = |count: usize| {
        let hosts: String = (0..count)
            .map(|at| format!("{{ name: h{at}, domains: [h{at}.test], routes: [{{ match: {{ prefix: / }}, direct_response: {{ status: 204 }} }}] }}, "))
            .collect();
        let instance = managed(&format!("route_config: {{ virtual_hosts: [{hosts}] }}"));
        let unnamed = Request { host: None, ..request("http://h1.test/", Protocol::Http) };
        assert_eq!(said(instance.answer(&unnamed).outcome), "unknown");
        instance.limits().iter().any(|(_, limit)| limit.to_string().contains("virtual hosts of Envoy"))
    };
    assert!(!told(200) && told(201));
}

#[test]
fn domains_are_chosen_by_how_much_they_say() {
    let host = |name: &str, domains: &str, code: u16| {
        format!(
            "{{ name: {name}, domains: [{domains}], routes: [{{ match: {{ prefix: / }}, direct_response: {{ status: {code} }} }}] }}"
        )
    };
    let hosts = [
        host("a", "\"*.test\", \"api.*\"", 201),
        host("b", "\"*.a.test\", \"www.a.*\"", 202),
        host("c", "a.test, \"*\"", 203),
        host("d", "\"*-x.a.test\"", 204),
    ];
    let instance = managed(&format!("route_config: {{ virtual_hosts: [{}] }}", hosts.join(", ")));
    let table = [
        ("a.test", "203"),
        ("b.a.test", "202"),
        ("b-x.a.test", "204"),
        ("www.a.test", "202"),
        ("www.a.org", "202"),
        ("api.org", "201"),
        ("b.org", "203"),
        (".a.test", "201"),
    ];
    for (host, expected) in table {
        assert_eq!(shown(&instance, &format!("http://{host}/")), expected, "{host}");
    }
}
