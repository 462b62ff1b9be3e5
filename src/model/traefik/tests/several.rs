//! Several files, containers and providers that define the same.

use super::*;
use crate::model::proxy::{Buffering, Upstream};

/// Two services with labels beside a Traefik with one entry point.
fn two(flags: &[&str], first: &[&str], second: &[&str]) -> Wiring {
    let labels = |labels: &[&str]| labels.iter().map(|label| format!("      - \"{label}\"\n")).collect::<String>();
    let more = format!("  more:\n    image: python:3.13\n    labels:\n{}", labels(second));
    wiring(&[("compose.yml", &(composed(flags, first) + &more))])
}

const PORT: &str = "traefik.http.services.s.loadbalancer.server.port=8000";

#[test]
fn the_first_file_of_a_folder_keeps_its_names() {
    let compose = "services:\n  edge:\n    image: traefik:v3.5\n    command: --entrypoints.web.address=:80 --providers.file.directory=/rules\n    volumes:\n      - ./rules:/rules\n";
    let file = |service: &str| {
        format!(
            "http:\n  routers:\n    r: {{ rule: 'PathPrefix(`/`)', service: {service}, middlewares: [m] }}\n  middlewares:\n    m: {{ addPrefix: {{ prefix: /{service} }} }}\n  services:\n    {service}: {{ loadBalancer: {{ servers: [{{ url: 'http://{service}:1' }}] }} }}\n"
        )
    };
    // a folder is read where its own name stands, and `-` comes before `/`
    let files = [("rules/a/z.yml", file("inner")), ("rules/a-b.yml", file("beside")), ("rules/b.yml", file("last"))];
    // a path that is relative begins where the container does
    for folder in ["/rules", "rules"] {
        let compose = compose.replace("directory=/rules", &format!("directory={folder}"));
        let mut all = vec![("compose.yml", compose.as_str())];
        all.extend(files.iter().map(|(path, text)| (*path, text.as_str())));
        assert_eq!(said(&wiring(&all), "http://a.test/x"), "http://inner:1/inner/x", "{folder}");
    }
}

#[test]
fn containers_of_one_service_take_turns() {
    let rule = "traefik.http.routers.r.rule=PathPrefix(`/`)";
    let named = "traefik.http.routers.r.service=s";
    let wiring = two(&[], &[rule, named, PORT], &[rule, named, PORT]);
    let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
    let request = Request::from_browser(80, Tls::Plain, Some("a.test".into()), PathText::known("/"), Protocol::Http);
    let Outcome::Proxied(proxied) = instance.answer(&request).outcome else { panic!("it is handed on") };
    assert!(matches!(instance.spread(&proxied), Upstream::Spread { servers: 2, .. }));
}

#[test]
fn what_containers_define_in_different_ways_is_open() {
    let rule = "traefik.http.routers.r.rule=PathPrefix(`/`)";
    let named = "traefik.http.routers.r.service=s";
    let other = "traefik.http.services.s.loadbalancer.passhostheader=false";
    assert_eq!(said(&two(&[], &[rule, named, PORT], &[PORT, other]), "http://a.test/"), "unknown Runtime");
    let asks = "traefik.http.routers.r.middlewares=m";
    let prefix = |prefix: &str| format!("traefik.http.middlewares.m.addprefix.prefix={prefix}");
    let own = "traefik.http.services.t.loadbalancer.server.port=1";
    let (one, same, others) = (prefix("/one"), prefix("/one"), prefix("/two"));
    assert_eq!(
        said(&two(&[], &[rule, named, asks, PORT, &one], &[own, &same]), "http://a.test/"),
        "http://api:8000/one/"
    );
    assert_eq!(said(&two(&[], &[rule, named, asks, PORT, &one], &[own, &others]), "http://a.test/"), "unknown Runtime");
}

#[test]
fn routers_in_doubt_keep_no_others_out() {
    let rule = |path: &str| format!("traefik.http.routers.r.rule=PathPrefix(`{path}`)");
    let (one, other, open) = (rule("/a"), rule("/b"), rule("/${X?no}"));
    let own = "traefik.http.services.t.loadbalancer.server.port=1";
    assert_eq!(said(&two(&[], &[&one, PORT], &[&other, own]), "http://a.test/a"), "404");
    assert_eq!(said(&two(&[], &[&one, PORT], &[&open, own]), "http://a.test/a"), "unknown Runtime");
    let doubted = ["traefik.enable=${Y?no}", &other, own];
    assert_eq!(said(&two(&[], &[&one, PORT], &doubted), "http://a.test/a"), "unknown Runtime");
}

#[test]
fn both_providers_of_labels_are_read() {
    let compose = composed(&["--providers.swarm"], &[API])
        + "    deploy:\n      labels:\n        - traefik.http.routers.s.rule=PathPrefix(`/swarm`)\n        - traefik.http.services.s.loadbalancer.server.port=9000\n";
    let wiring = wiring(&[("compose.yml", &compose)]);
    assert_eq!(said(&wiring, "http://a.test/api"), "http://api:8000/api");
    assert_eq!(said(&wiring, "http://a.test/swarm"), "http://api:9000/swarm");
}

#[test]
fn labels_are_read_by_the_providers_that_are_on() {
    let read = |compose: &str| {
        let wiring = wiring(&[("compose.yml", compose)]);
        let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
        instance.labelled().len()
    };
    let on = composed(&[], &[API]);
    let off = on.replace("--providers.docker\n", "--providers.docker=false\n");
    assert_eq!((read(&on), read(&off)), (2, 0));
}

#[test]
fn chains_of_chains_end_where_the_work_is_bounded() {
    // each chain names the next one twice: a million middlewares
    let mut labels: Vec<String> = vec![API.to_owned(), "traefik.http.routers.api.middlewares=c0".to_owned()];
    labels.extend((0..20).map(|at| {
        let next = at + 1;
        format!("traefik.http.middlewares.c{at}.chain.middlewares=c{next},c{next}")
    }));
    labels.push("traefik.http.middlewares.c20.compress=true".to_owned());
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let wiring = wiring(&[("compose.yml", &composed(&[], &labels))]);
    assert_eq!(said(&wiring, "http://a.test/api"), "unknown Limit");
    let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
    let told: Vec<String> = instance.limits().iter().map(|(_, limit)| limit.to_string()).collect();
    assert_eq!(told, ["1000 middlewares that one request passes in Traefik: what becomes of the request is unknown"]);
}

#[test]
fn a_middleware_reads_answers_to_their_end() {
    let labels =
        [API, "traefik.http.routers.api.middlewares=b", "traefik.http.middlewares.b.buffering.maxrequestbodybytes=9"];
    for (labels, whole) in [(labels.as_slice(), true), (&labels[..1], false)] {
        let wiring = wiring(&[("compose.yml", &composed(&[], labels))]);
        let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
        let path = PathText::known("/api");
        let request = Request::from_browser(80, Tls::Plain, Some("a.test".into()), path, Protocol::Http);
        let buffering = instance.buffering(instance.answer(&request).level);
        assert_eq!(matches!(buffering, Some(Buffering::Whole(_))), whole);
    }
}

#[test]
fn routers_of_the_other_kind_of_connection_are_not_in_the_way() {
    let shadowed = |labels: &[&str]| {
        let wiring = wiring(&[("compose.yml", &composed(&[], labels))]);
        let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
        let path = PathText::known("/api/ws");
        let request = Request::from_browser(80, Tls::Plain, Some("a.test".into()), path, Protocol::WebSocket);
        instance.shadowed(&request).len()
    };
    let all = "traefik.http.routers.all.rule=Host(`a.test`) && (PathPrefix(`/`) || PathPrefix(`/assets`))";
    assert_eq!(shadowed(&[API, all]), 1);
    assert_eq!(shadowed(&[API, all, "traefik.http.routers.api.tls=true"]), 0);
    // no fault of the router alone: the other one goes first all the same
    let missing = "traefik.http.routers.api.middlewares=nobody";
    assert_eq!(shadowed(&[API, all, missing]), 0);
    assert_eq!(shadowed(&[API, all, missing, "traefik.http.routers.api.priority=100"]), 1);
}

#[test]
fn the_reason_is_the_kind_of_connection_that_a_router_takes() {
    let reasons = |label: &str| {
        let wiring =
            wiring(&[("compose.yml", &composed(&[], &[API, "traefik.http.routers.api.entrypoints=web", label]))]);
        let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
        instance.reasons.values().map(|words| words.why.contains("no plain ones")).collect::<Vec<_>>()
    };
    assert_eq!(reasons("traefik.http.routers.api.tls=true"), [true]);
    assert_eq!(reasons("traefik.http.routers.api.tls=false"), [false]);
    assert!(reasons("traefik.http.routers.api.tls=${X?no}").is_empty());
}
