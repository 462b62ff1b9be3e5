//! Answers to requests, from compose files as people write them.

use super::*;
use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use crate::facts::{Protocol, Repository, extract};
use crate::model::proxy::{Carries, HeaderValue, IdleTimeout, Outcome, Proxy, Received, Request, Upgrade};
use crate::model::{PathText, Tls, Wiring, topology};

mod open;
mod refused;
mod several;
mod tcp;
mod ways;

/// The wiring of some files.
fn wiring(files: &[(&str, &str)]) -> Wiring {
    let mut facts: Vec<_> = files
        .iter()
        .map(|(path, text)| {
            let kind = match path.rsplit('/').next().unwrap_or_default() {
                name if name.contains("compose") => FileKind::Compose,
                "Dockerfile" => FileKind::Dockerfile,
                name if name.ends_with(".toml") => FileKind::Toml,
                name if name.starts_with(".env") => FileKind::Env,
                _ => FileKind::Yaml,
            };
            let path = RepoPath::new(path).expect("inside");
            let (role, tracking) = (FileRole::Production, Tracking::Tracked);
            extract(&Entry { path, size: text.len() as u64, kind, role, tracking }, text)
        })
        .collect();
    facts.sort_by(|a, b| a.path.cmp(&b.path));
    let paths = facts.iter().map(|facts| facts.path.clone()).collect();
    let mut wiring = Wiring {
        repository: Repository { files: facts.into_iter().map(Into::into).collect(), paths, ..Repository::default() },
        ..Wiring::default()
    };
    topology::link(&mut wiring, &[], None);
    wiring
}

/// A Traefik with two entry points and these flags, and an API with these labels on port 8000.
fn composed(flags: &[&str], labels: &[&str]) -> String {
    let item = |text: &&str| format!("      - \"{text}\"\n");
    let flags: String = flags.iter().map(item).collect();
    let labels: String = labels.iter().map(item).collect();
    format!(
        "services:\n  edge:\n    image: traefik:v3.5\n    command:\n      - --providers.docker\n      - \
         --entryPoints.web.address=:80\n      - --entrypoints.websecure.address=:443\n{flags}  api:\n    image: python:3.13\n    \
         expose: [8000]\n    labels:\n{labels}"
    )
}

/// The answer in a few words.
fn said(wiring: &Wiring, url: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a scheme");
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let tls = if matches!(scheme, "https" | "wss") { Tls::Tls } else { Tls::Plain };
    let protocol = if scheme.starts_with("ws") { Protocol::WebSocket } else { Protocol::Http };
    let port = if tls == Tls::Tls { 443 } else { 80 };
    let host = Some(host).filter(|host| !host.is_empty()).map(Into::into);
    let request = Request::from_browser(port, tls, host, PathText::known(path), protocol);
    let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
    match instance.answer(&request).outcome {
        Outcome::Proxied(proxied) => {
            let target = proxied.targets.first().expect("a target");
            let (host, port) = (target.host.clone().unwrap_or_default(), target.port.unwrap_or_default());
            format!("{}://{host}:{port}{}", proxied.scheme, proxied.path.display())
        }
        Outcome::Redirect { code, target, .. } => format!("{code} {target}"),
        Outcome::Status { code, .. } => code.to_string(),
        Outcome::Files { .. } => "files".to_owned(),
        Outcome::Unknown(why) => format!("unknown {:?}", why.reason),
    }
}

const API: &str = "traefik.http.routers.api.rule=Host(`a.test`) && PathPrefix(`/api`)";
const STRIP: &str = "traefik.http.middlewares.strip.stripprefix.prefixes=/api";
const STRIPPED: &str = "traefik.http.routers.api.middlewares=strip";

#[test]
fn routers_of_labels_take_requests() {
    let wiring = wiring(&[("compose.yml", &composed(&[], &[API]))]);
    assert_eq!(said(&wiring, "ws://a.test/api/ws"), "http://api:8000/api/ws");
    assert_eq!(said(&wiring, "http://a.test/other"), "404");
    assert_eq!(said(&wiring, "http://b.test/api"), "404");
    // a router without `tls` takes plain requests alone
    assert_eq!(said(&wiring, "https://a.test/api"), "404");
}

#[test]
fn middlewares_change_the_path() {
    let wiring = wiring(&[("compose.yml", &composed(&[], &[API, STRIP, STRIPPED]))]);
    assert_eq!(said(&wiring, "ws://a.test/api/ws"), "http://api:8000/ws");
    assert_eq!(said(&wiring, "http://a.test/api"), "http://api:8000/");
}

#[test]
fn entry_points_redirect_and_speak_tls() {
    let flags = [
        "--entrypoints.web.http.redirections.entrypoint.to=websecure",
        "--entrypoints.websecure.http.tls.certresolver=le",
    ];
    let wiring = wiring(&[("compose.yml", &composed(&flags, &[API]))]);
    assert_eq!(said(&wiring, "ws://a.test/api"), "301 https://a.test/api");
    assert_eq!(said(&wiring, "wss://a.test/api"), "http://api:8000/api");
}

#[test]
fn routers_that_ask_for_what_is_not_there_are_left_out() {
    for label in [
        "traefik.http.routers.api.middlewares=nobody",
        "traefik.http.routers.api.service=nobody",
        "traefik.http.routers.api.entrypoints=nowhere",
        "traefik.http.routers.api.entrypoint=web",
        "traefik.http.services.api.loadbalancer.port=8000",
        "traefik.http.routers.other.rule=Host('a.test')",
    ] {
        let wiring = wiring(&[("compose.yml", &composed(&[], &[API, label]))]);
        let expected = if label.contains("other") { "http://api:8000/api" } else { "404" };
        assert_eq!(said(&wiring, "http://a.test/api"), expected, "{label}");
    }
    let elsewhere = [("compose.yml", composed(&[], &[API, "traefik.http.routers.api.middlewares=auth@kubernetescrd"]))];
    let wiring = wiring(&elsewhere.each_ref().map(|(path, text)| (*path, text.as_str())));
    assert!(said(&wiring, "http://a.test/api").starts_with("unknown"));
}

#[test]
fn containers_are_read_where_they_are_enabled() {
    let flags = ["--providers.docker.exposedByDefault=false"];
    for (label, expected) in
        [("traefik.enable=true", "http://api:8000/api"), ("traefik.enable=false", "404"), ("traefik.x=y", "404")]
    {
        let wiring = wiring(&[("compose.yml", &composed(&flags, &[API, label]))]);
        assert_eq!(said(&wiring, "http://a.test/api"), expected, "{label}");
    }
    let wiring = wiring(&[("compose.yml", &composed(&flags, &[API]))]);
    let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
    assert!(instance.reasons.values().any(|words| words.fix == "traefik.enable=true"));
}

#[test]
fn what_a_container_exposes_is_its_port() {
    let compose = |service: &str| {
        format!(
            "services:\n  edge:\n    image: traefik:v3.5\n    command: --providers.docker --entrypoints.web.address=:80\n  \
             api:\n{service}    labels:\n      traefik.http.routers.api.rule: PathPrefix(`/`)\n"
        )
    };
    for (service, expected) in [
        ("    image: nginx:1.29\n", "http://api:80/"),
        ("    image: nginx:1.29\n    expose: [79]\n", "http://api:79/"),
        ("    image: python:3.13\n    ports: ['90:8000', '9001:8001']\n", "http://api:8000/"),
        ("    image: python:3.13\n", "404"),
        ("    image: ghcr.io/a/b\n", "unknown Runtime"),
    ] {
        let wiring = wiring(&[("compose.yml", &compose(service))]);
        assert_eq!(said(&wiring, "http://a.test/"), expected, "{service}");
    }
}

#[test]
fn variables_are_filled_or_leave_gaps() {
    let labels = [
        "traefik.http.routers.${STACK?no}-api.rule=Host(`${DOMAIN}`) && PathPrefix(`/api`)",
        "traefik.http.routers.${STACK?no}-web.rule=Host(`${DOMAIN}`)",
        "traefik.http.routers.${STACK?no}-api.middlewares=strip",
        STRIP,
    ];
    let compose = composed(&[], &labels);
    let open = wiring(&[("compose.yml", &compose)]);
    // whoever asks without a name that is known asks for the one that there is
    assert_eq!(said(&open, "ws:///api/ws"), "http://api:8000/ws");
    assert!(said(&open, "ws://a.test/api/ws").starts_with("unknown"));
    let filled = wiring(&[("compose.yml", &compose), (".env", "DOMAIN=a.test\nSTACK=x\n")]);
    assert_eq!(said(&filled, "ws://a.test/api/ws"), "http://api:8000/ws");
    assert_eq!(said(&filled, "ws://b.test/api/ws"), "404");
}

#[test]
fn files_are_read_where_they_are_mounted() {
    let compose = "services:\n  edge:\n    image: traefik:v2.11\n    volumes:\n      - ./edge/traefik.toml:/etc/traefik/traefik.toml\n      - ./edge/rules:/etc/traefik/rules\n";
    let fixed = "[entryPoints.web]\naddress = \":80\"\n[providers.file]\ndirectory = \"/etc/traefik/rules\"\n";
    let rules = "http:\n  routers:\n    api:\n      rule: Host(`a.test`, `b.test`)\n      service: api\n      middlewares: [add]\n  middlewares:\n    add:\n      addPrefix:\n        prefix: /v1\n  services:\n    api:\n      loadBalancer:\n        servers:\n          - url: http://api:8000/\n";
    let wiring =
        wiring(&[("compose.yml", compose), ("edge/traefik.toml", fixed), ("edge/rules/traefik-api.yml", rules)]);
    assert_eq!(said(&wiring, "ws://b.test/ws"), "http://api:8000/v1/ws");
}

#[test]
fn headers_sockets_and_cookies() {
    let labels = [
        API,
        "traefik.http.routers.api.middlewares=h",
        "traefik.http.middlewares.h.headers.customrequestheaders.X-Own=yes",
        "traefik.http.middlewares.h.headers.accesscontrolalloworiginlist=https://b.test",
        "traefik.http.services.api.loadbalancer.sticky.cookie=true",
    ];
    let wiring = wiring(&[("compose.yml", &composed(&[], &labels))]);
    let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
    let path = PathText::known("/api/ws");
    let request = Request::from_browser(80, Tls::Plain, Some("a.test".into()), path, Protocol::WebSocket);
    let Outcome::Proxied(proxied) = instance.answer(&request).outcome else { panic!("it is handed on") };
    assert_eq!(proxied.upgrade, Upgrade::Carried);
    let value = |name: &str| match proxied.headers.get(name) {
        Received::Sent(header) => match &header.value {
            HeaderValue::Known(text) => text.to_string(),
            HeaderValue::Unknown(_) => "unknown".to_owned(),
        },
        _ => "none".to_owned(),
    };
    assert_eq!(
        (value("x-own"), value("x-forwarded-proto"), value("host")),
        ("yes".into(), "ws".into(), "a.test".into())
    );
    assert_eq!(instance.idle_timeout(proxied.level, Carries::Socket), Some(IdleTimeout::Never));
    assert!(instance.binds_clients(&proxied) && instance.sets_cors());
    let own = instance.cors(proxied.level, "https://b.test").expect("a policy");
    assert!(matches!(own.admits, crate::model::Admits::Reflected(_)));
}
