//! What lasts behind answers, and the bounds of looking for them.

use super::*;
use crate::base::Limit;
use crate::model::proxy::Buffering;

/// The level of the answer to a plain request for `a.test`.
fn level(instance: &TraefikInstance, path: &str) -> crate::model::proxy::BlockId {
    let path = PathText::known(path);
    let mut request = Request::from_browser(80, Tls::Plain, Some("a.test".into()), path, Protocol::Http);
    request.query = crate::model::proxy::Sent::Nothing;
    instance.answer(&request).level
}

fn one(wiring: &Wiring) -> &TraefikInstance {
    wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik").1
}

#[test]
fn ways_that_differ_are_not_one() {
    let labels = [
        "traefik.http.routers.api.rule=Host(`a.test`)",
        "traefik.http.routers.api.middlewares=old,wait",
        "traefik.http.middlewares.old.redirectregex.regex=/old$",
        "traefik.http.middlewares.old.redirectregex.replacement=/new",
        "traefik.http.middlewares.wait.buffering.maxrequestbodybytes=9",
    ];
    // whichever is asked first
    for paths in [["/old", "/new"], ["/new", "/old"]] {
        let wiring = wiring(&[("compose.yml", &composed(&[], &labels))]);
        let instance = one(&wiring);
        let [first, second] = paths.map(|path| (path, level(instance, path)));
        for (path, level) in [first, second] {
            let is_whole = matches!(instance.buffering(level), Some(Buffering::Whole(_)));
            assert_eq!(is_whole, path == "/new", "{path} of {paths:?}");
        }
    }
}

#[test]
fn version_2_sends_plain_requests_to_https() {
    for (image, options, asked, expected) in [
        ("v2.11", "sslRedirect: true", "http://a.test/x", "301 https://a.test/x"),
        ("v2.11", "sslRedirect: true", "https://a.test/x", "http://s:1/x"),
        ("v2.11", "sslRedirect: true, sslTemporaryRedirect: true", "http://a.test/x", "307 https://a.test/x"),
        ("v2.11", "sslRedirect: true, sslHost: b.test", "http://a.test/x", "301 https://b.test/x"),
        ("v2.11", "sslRedirect: true, isDevelopment: true", "http://a.test/x", "http://s:1/x"),
        ("v2.11", "sslForceHost: true, sslHost: b.test", "https://a.test/x", "301 https://b.test/x"),
        ("v2.11", "sslForceHost: true, sslHost: a.test", "https://a.test/x", "http://s:1/x"),
        // alone these say nothing
        ("v2.11", "sslHost: b.test, sslTemporaryRedirect: true", "http://a.test/x", "http://s:1/x"),
        (
            "v2.11",
            "sslRedirect: true, sslProxyHeaders: { X-Forwarded-Proto: https }",
            "http://a.test/x",
            "301 https://a.test/x",
        ),
        ("v2.11", "sslRedirect: true, sslProxyHeaders: { X-Forwarded-Proto: http }", "http://a.test/x", "http://s:1/x"),
        ("v3.5", "sslRedirect: true", "http://a.test/x", "http://s:1/x"),
    ] {
        let compose = format!(
            "services:\n  edge:\n    image: traefik:{image}\n    command: --entrypoints.web.address=:80 --entrypoints.safe.address=:443 --providers.file.filename=/rules.yml\n    volumes:\n      - ./rules.yml:/rules.yml\n"
        );
        let rules = format!(
            "http:\n  routers:\n    r: {{ rule: 'PathPrefix(`/`)', service: s, middlewares: [h] }}\n    t: {{ rule: 'PathPrefix(`/`)', service: s, middlewares: [h], tls: {{}} }}\n  middlewares:\n    h: {{ headers: {{ {options} }} }}\n  services:\n    s: {{ loadBalancer: {{ servers: [{{ url: 'http://s:1' }}] }} }}\n"
        );
        let wiring = wiring(&[("compose.yml", &compose), ("rules.yml", &rules)]);
        assert_eq!(said(&wiring, asked), expected, "{image} {options} {asked}");
    }
}

fn told(instance: &TraefikInstance) -> Vec<String> {
    instance.limits().iter().map(|(_, limit): &(_, Limit)| limit.to_string()).collect()
}

#[test]
fn bounds_that_are_reached_are_told() {
    let deep = format!("traefik.http.routers.api.rule={}Host(`a.test`){}", "(".repeat(60), ")".repeat(60));
    let wiring_of = |labels: &[&str]| wiring(&[("compose.yml", &composed(&[], labels))]);
    let wiring = wiring_of(&[&deep]);
    assert_eq!(
        told(one(&wiring)),
        ["48 brackets inside each other in a rule of Traefik: which requests the router takes is unknown"]
    );
    let long = format!("traefik.http.middlewares.m.plugin{}=x", ".a".repeat(30));
    let wiring = wiring_of(&[API, &long]);
    assert_eq!(
        told(one(&wiring)),
        ["24 names below each other in a setting of Traefik: what is below them is unknown"]
    );
}

#[test]
fn names_that_are_tried_are_bounded() {
    let names: Vec<String> = (0..9).map(|at| format!("Host(`h{at}.test`)")).collect();
    let rule = format!("traefik.http.routers.api.rule={}", names.join(" || "));
    let wiring = wiring(&[("compose.yml", &composed(&[], &[&rule]))]);
    assert!(told(one(&wiring)).is_empty());
    // nobody says which of them is asked for
    assert!(said(&wiring, "http:///").starts_with("unknown"));
    assert_eq!(
        told(one(&wiring)),
        [
            "8 names of one entry point of Traefik that a client may ask for: who takes a request for a name that is not known is unknown"
        ]
    );
}

#[test]
fn names_at_all_entry_points_are_bounded_together() {
    let flags: Vec<String> = (0..30).map(|at| format!("--entrypoints.e{at}.address=:{}", 1000 + at)).collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let names: Vec<String> = (0..30).map(|at| format!("Host(`h{at}.test`)")).collect();
    let rule = format!("traefik.http.routers.api.rule={}", names.join(" || "));
    let wiring = wiring(&[("compose.yml", &composed(&flags, &[&rule]))]);
    let instance = one(&wiring);
    assert!(instance.listens().len() <= 100, "{}", instance.listens().len());
    assert_eq!(
        told(instance),
        ["100 names at the entry points of one Traefik: pages at the remaining ones are unknown"]
    );
}

/// The headers that Traefik adds to the answer to a request of a page of `https://b.test`.
fn added(labels: &[&str]) -> Vec<String> {
    let wiring = wiring(&[("compose.yml", &composed(&[], labels))]);
    let instance = one(&wiring);
    let path = PathText::known("/api");
    let mut request = Request::from_browser(80, Tls::Plain, Some("a.test".into()), path, Protocol::Http);
    request.headers.listed.retain(|(name, _)| !name.eq_ignore_ascii_case("origin"));
    request.headers.listed.push(("Origin".into(), crate::model::proxy::Sent::Text("https://b.test".into())));
    let level = instance.answer(&request).level;
    instance.added_headers(level).iter().map(|header| format!("{}: {}", header.name, header.value)).collect()
}

#[test]
fn origins_are_let_in_by_what_the_last_middleware_has_left_of_them() {
    let cors = "traefik.http.middlewares.cors.headers.accesscontrolalloworiginlist=https://b.test";
    let drops = "traefik.http.middlewares.drop.headers.customrequestheaders.Origin=";
    let order = |order: &str| format!("traefik.http.routers.api.middlewares={order}");
    assert_eq!(added(&[API, cors, &order("cors")]), ["Access-Control-Allow-Origin: https://b.test"]);
    for names in ["cors,drop", "drop,cors"] {
        assert!(added(&[API, cors, drops, &order(names)]).is_empty(), "{names}");
    }
}

#[test]
fn redirects_go_by_the_host_and_the_scheme_that_they_look_at() {
    let flags = ["--entrypoints.web.forwardedheaders.insecure=true"];
    let to_https = [
        "traefik.http.routers.api.middlewares=own,to",
        "traefik.http.middlewares.own.headers.customrequestheaders.Host=own.test",
        "traefik.http.middlewares.own.headers.customrequestheaders.X-Forwarded-Proto=https",
    ];
    let scheme = ["traefik.http.middlewares.to.redirectscheme.scheme=https"];
    let pattern = [
        "traefik.http.middlewares.to.redirectregex.regex=^http://([^/]*)/.*",
        "traefik.http.middlewares.to.redirectregex.replacement=https://$${1}/",
    ];
    let asked = |more: &[&str]| {
        let labels: Vec<&str> = [API].into_iter().chain(to_https).chain(more.iter().copied()).collect();
        let wiring = wiring(&[("compose.yml", &composed(&flags, &labels))]);
        let path = PathText::known("/api");
        let mut request = Request::from_browser(80, Tls::Plain, Some("a.test".into()), path, Protocol::Http);
        request.query = crate::model::proxy::Sent::Nothing;
        match one(&wiring).answer(&request).outcome {
            Outcome::Redirect { target, .. } => target.to_string(),
            Outcome::Proxied(_) => "handed on".to_owned(),
            other => format!("{other:?}"),
        }
    };
    // the header says that the client came over TLS, and only one of them reads it
    assert_eq!(asked(&scheme), "handed on");
    assert_eq!(asked(&pattern), "https://own.test/");
}
