//! Routers for TCP are asked before those for HTTP.

use super::*;

const DATABASE: &str = "traefik.tcp.services.db.loadbalancer.server.port=5432";

/// The answers to a request for the router's host over a plain connection and over TLS, with these labels beside two routers.
fn answers(labels: &[&str]) -> (String, String) {
    let own = [
        API,
        "traefik.http.routers.api.entrypoints=web",
        "traefik.http.routers.safe.rule=Host(`a.test`)",
        "traefik.http.routers.safe.entrypoints=websecure",
        "traefik.http.routers.safe.tls=true",
    ];
    let labels: Vec<&str> = own.into_iter().chain(labels.iter().copied()).collect();
    let wiring = wiring(&[("compose.yml", &composed(&[], &labels))]);
    (said(&wiring, "http://a.test/api"), said(&wiring, "https://a.test/api"))
}

#[test]
fn a_router_that_takes_every_connection_goes_first() {
    let api = "http://api:8000/api";
    let open = "unknown Unsupported";
    let rule = "traefik.tcp.routers.db.rule=HostSNI(`*`)";
    let (web, safe) = ("traefik.tcp.routers.db.entrypoints=web", "traefik.tcp.routers.db.entrypoints=websecure");
    let tls = "traefik.tcp.routers.db.tls=true";
    assert_eq!(answers(&[rule, DATABASE]), (open.into(), api.into()));
    assert_eq!(answers(&[rule, DATABASE, web]), (open.into(), api.into()));
    assert_eq!(answers(&[rule, DATABASE, safe]), (api.into(), api.into()));
    // over TLS the names of routers for HTTP go first
    assert_eq!(answers(&[rule, DATABASE, safe, tls]), (api.into(), api.into()));
}

#[test]
fn names_over_tls_are_taken_unless_a_router_for_http_asks_for_them() {
    let labels = |name: &str| {
        let rule = format!("traefik.tcp.routers.db.rule=HostSNI(`{name}`)");
        let tls = "traefik.tcp.routers.db.tls.passthrough=true";
        let wiring = wiring(&[(
            "compose.yml",
            &composed(
                &[],
                &[
                    "traefik.http.routers.safe.rule=Host(`a.test`)",
                    "traefik.http.routers.safe.tls=true",
                    &rule,
                    tls,
                    DATABASE,
                ],
            ),
        )]);
        (said(&wiring, "https://a.test/"), said(&wiring, "https://db.test/"), said(&wiring, "https://c.test/"))
    };
    let (api, open, none) = ("http://api:8000/".to_owned(), "unknown Unsupported".to_owned(), "404".to_owned());
    assert_eq!(labels("db.test"), (api.clone(), open.clone(), none.clone()));
    assert_eq!(labels("a.test"), (api.clone(), none.clone(), none));
    assert_eq!(labels("*"), (api, open.clone(), open));
}

#[test]
fn old_releases_ask_in_ways_of_their_own() {
    let labels = [
        "traefik.http.routers.safe.rule=Host(`a.test`)",
        "traefik.http.routers.safe.tls=true",
        "traefik.tcp.routers.db.rule=HostSNI(`a.test`)",
        "traefik.tcp.routers.db.tls=true",
        DATABASE,
    ];
    let compose = composed(&[], &labels);
    for (image, expected) in
        [("v2.5", "unknown Unsupported"), ("v2.11", "http://api:8000/"), ("v3.5", "http://api:8000/")]
    {
        let wiring = wiring(&[("compose.yml", &compose.replace("traefik:v3.5", &format!("traefik:{image}")))]);
        assert_eq!(said(&wiring, "https://a.test/"), expected, "{image}");
    }
}

/// What one version refuses or reads otherwise may be a router for TCP that takes the connection.
#[test]
fn rules_are_read_in_both_versions_where_nobody_says_which_one_runs() {
    let asked = |image: &str, rule: &str, url: &str| {
        let rule = format!("traefik.tcp.routers.db.rule={rule}");
        let safe = ["traefik.http.routers.safe.rule=Host(`a.test`)", "traefik.http.routers.safe.tls=true"];
        let labels = [safe[0], safe[1], &rule, "traefik.tcp.routers.db.tls=true", DATABASE];
        let compose = composed(&[], &labels).replace("traefik:v3.5", &format!("traefik:{image}"));
        said(&wiring(&[("compose.yml", &compose)]), url)
    };
    let several = "HostSNI(`db.test`, `c.test`)";
    let braces = "HostSNIRegexp(`{sub:[a-z]+}.db.test`)";
    for (image, rule, url, expected) in [
        ("v2.11", several, "https://db.test/", "unknown Unsupported"),
        ("v3.5", several, "https://db.test/", "404"),
        ("chevrotin", several, "https://db.test/", "unknown Unsupported"),
        ("chevrotin", several, "https://other.test/", "404"),
        ("v3.5", braces, "https://x.db.test/", "404"),
        ("chevrotin", braces, "https://x.db.test/", "unknown Unsupported"),
        ("chevrotin", braces, "https://x.other.test/", "404"),
    ] {
        assert_eq!(asked(image, rule, url), expected, "{image} {rule} {url}");
    }
}

#[test]
fn what_traefik_leaves_out_takes_nothing() {
    let api = "http://api:8000/api".to_owned();
    // without TLS there is no name to ask for
    assert_eq!(answers(&["traefik.tcp.routers.db.rule=HostSNI(`db.test`)", DATABASE]), (api.clone(), api.clone()));
    assert_eq!(answers(&["traefik.tcp.routers.db.entrypoints=web", DATABASE]), (api.clone(), api));
}

#[test]
fn files_have_routers_for_tcp_too() {
    let compose = "services:\n  edge:\n    image: traefik:v3.5\n    command: --entrypoints.web.address=:80 --providers.file.filename=/rules.yml\n    volumes:\n      - ./rules.yml:/rules.yml\n";
    let http = "http:\n  routers:\n    r: { rule: 'PathPrefix(`/`)', service: s }\n  services:\n    s: { loadBalancer: { servers: [{ url: 'http://s:1' }] } }\n";
    let tcp = "tcp:\n  routers:\n    db: { rule: 'HostSNI(`*`)', service: db }\n  services:\n    db: { loadBalancer: { servers: [{ address: 'db:5432' }] } }\n";
    let asked = |rules: &str| said(&wiring(&[("compose.yml", compose), ("rules.yml", rules)]), "http://a.test/");
    assert_eq!(asked(http), "http://s:1/");
    assert_eq!(asked(&format!("{http}{tcp}")), "unknown Unsupported");
}

#[test]
fn a_container_for_connections_alone_gets_no_router_for_http() {
    let labels = ["traefik.tcp.routers.db.rule=HostSNI(`db.test`)", "traefik.tcp.routers.db.tls=true", DATABASE];
    let wiring = wiring(&[("compose.yml", &composed(&[], &labels))]);
    let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
    let names: Vec<&str> = instance.dynamic.routers.iter().map(|router| &*router.name.bare).collect();
    assert!(!names.iter().any(|name| name.starts_with("api")), "{names:?}");
}

#[test]
fn a_container_without_a_port_for_tcp_is_left_out() {
    let labels =
        [API, "traefik.http.services.api.loadbalancer.server.port=8000", "traefik.tcp.routers.db.rule=HostSNI(`*`)"];
    let compose = composed(&[], &labels).replace("    expose: [8000]\n", "");
    assert_eq!(said(&wiring(&[("compose.yml", &compose)]), "http://a.test/api"), "404");
}
