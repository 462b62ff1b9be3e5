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
