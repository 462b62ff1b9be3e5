//! What Traefik refuses to read keeps all of its container, or of its files, out.

use super::*;

#[test]
fn a_label_that_is_not_read_keeps_its_container_out() {
    for (image, label, expected) in [
        ("v3.5", "traefik.http.routers.api.middleware=strip", "404"),
        ("v3.5", "traefik.http.middlewares.strip.stripprefix.prefix=/api", "404"),
        ("v3.5", "traefik.http.routers.api.priority=high", "404"),
        ("v3.5", "traefik.http.services.api.loadbalancer.passhostheader=yes", "404"),
        ("v3.5", "traefik.tcp.routers.db.entrypoint=db", "404"),
        // not before 2.2, and gone since 2.5
        ("v2.4", "traefik.http.middlewares.h.headers.accesscontrolalloworigin=*", "http://api:8000/api"),
        ("v2.5", "traefik.http.middlewares.h.headers.accesscontrolalloworigin=*", "404"),
        ("v2.11", "traefik.http.routers.api.observability.metrics=false", "404"),
        ("v3.5", "traefik.http.routers.api.observability.metrics=false", "http://api:8000/api"),
        // another version may know them
        ("chevrotin", "traefik.http.routers.api.observability.metrics=false", "unknown Runtime"),
        ("v3.99", "traefik.http.routers.api.newest=1", "unknown Runtime"),
        ("v3.5", "traefik.http.routers.api.${OPTION?no}=1", "unknown Runtime"),
    ] {
        let compose = composed(&[], &[API, label]).replace("traefik:v3.5", &format!("traefik:{image}"));
        assert_eq!(said(&wiring(&[("compose.yml", &compose)]), "http://a.test/api"), expected, "{image} {label}");
    }
}

#[test]
fn the_reason_is_the_label_and_the_fix_is_the_name_as_traefik_knows_it() {
    let wiring = wiring(&[("compose.yml", &composed(&[], &[API, "traefik.http.routers.api.middleware=strip"]))]);
    let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
    let fixes: Vec<&str> = instance.reasons.values().map(|words| words.fix).collect();
    assert_eq!(fixes, ["traefik.http.routers.NAME.middlewares=ONE,OTHER"]);
}

#[test]
fn a_file_that_is_not_read_keeps_all_files_out() {
    let compose = "services:\n  edge:\n    image: traefik:v3.5\n    command: --entrypoints.web.address=:80 --providers.file.directory=/rules\n    volumes:\n      - ./rules:/rules\n";
    let rules = "http:\n  routers:\n    r: { rule: 'PathPrefix(`/`)', service: s }\n  services:\n    s: { loadBalancer: { servers: [{ url: 'http://s:1' }] } }\n";
    for (more, expected) in [
        ("http:\n  middlewares:\n    m: { addPrefix: { prefix: /a } }\n", "http://s:1/"),
        ("other:\n  names: { are: passed over }\n", "http://s:1/"),
        ("http:\n  middlewares:\n    m: { addPrefix: { prefixes: [/a] } }\n", "404"),
        ("http:\n  middlewares: {}\n", "404"),
        ("http:\n  routers:\n    o: { rule: 'Path(`/o`)', service: s, priority: high }\n", "404"),
        ("tcp:\n  routers:\n    o: { rules: 'HostSNI(`*`)', service: s }\n", "404"),
        ("tls:\n  options:\n    default: { minimumVersion: VersionTLS12 }\n", "404"),
        // labels have one server, files have a list
        ("http:\n  services:\n    o: { loadBalancer: { server: { port: 1 } } }\n", "404"),
    ] {
        let wiring = wiring(&[("compose.yml", compose), ("rules/a.yml", rules), ("rules/b.yml", more)]);
        assert_eq!(said(&wiring, "http://a.test/"), expected, "{more}");
    }
}
