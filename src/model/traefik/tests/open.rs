//! What is not known stays open: no answer of a status, and no reason why there is none.

use super::*;

/// The reasons why requests find nothing.
fn reasons(wiring: &Wiring) -> Vec<&'static str> {
    let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
    instance.dynamic.routers.iter().filter_map(|router| router.fault.map(|fault| fault.words.why)).collect()
}

/// A Traefik of an image that starts with a file, and a folder of rules beside it.
fn of_files(image: &str, fixed: &str, rules: &[(&str, &str)]) -> Wiring {
    let compose = format!(
        "services:\n  edge:\n    image: {image}\n    volumes:\n      - ./edge/traefik.yml:/etc/traefik/traefik.yml\n      - ./edge/rules:/rules\n"
    );
    let mut files = vec![("compose.yml", compose.as_str()), ("edge/traefik.yml", fixed)];
    files.extend(rules);
    wiring(&files)
}

const FOLDER: &str = "entryPoints: { web: { address: ':80' } }\nproviders: { file: { directory: /rules } }\n";

/// A file with one router for a path, and a service.
fn one(router: &str, path: &str, service: &str) -> String {
    format!(
        "http:\n  routers:\n    {router}: {{ rule: 'PathPrefix(`{path}`)', service: {service} }}\n  services:\n    {service}: {{ loadBalancer: {{ servers: [{{ url: 'http://{service}:1' }}] }} }}\n"
    )
}

#[test]
fn variables_in_names_are_those_in_values() {
    let labels = [
        "traefik.http.routers.${STACK?no}-api.rule=PathPrefix(`/api`)",
        "traefik.http.routers.${STACK?no}-api.middlewares=${STACK?no}-strip",
        "traefik.http.routers.${STACK?no}-api.service=${STACK?no}-api",
        "traefik.http.middlewares.${STACK?no}-strip.stripprefix.prefixes=/api",
        "traefik.http.services.${STACK?no}-api.loadbalancer.server.port=8000",
    ];
    let wiring = wiring(&[("compose.yml", &composed(&[], &labels))]);
    assert_eq!(said(&wiring, "http://a.test/api/x"), "http://api:8000/x");
    assert!(reasons(&wiring).is_empty());
}

#[test]
fn names_that_are_not_known_are_not_missing() {
    for label in [
        // the one that is asked for is not known
        "traefik.http.routers.api.middlewares=${ANY?no}",
        "traefik.http.routers.api.service=${ANY?no}",
        "traefik.http.routers.api.entrypoints=${ANY?no}",
        // the one that is defined may be it
        "traefik.http.routers.api.middlewares=auth;traefik.http.middlewares.${ANY?no}.basicauth.users=x",
        "traefik.http.routers.api.service=other;traefik.http.services.${ANY?no}.loadbalancer.server.port=1",
        "traefik.http.routers.api.tls=${ANY?no}",
        "traefik.http.routers.api.priority=${ANY?no};traefik.http.routers.all.rule=PathPrefix(`/`);traefik.http.routers.all.middlewares=strip;traefik.http.middlewares.strip.stripprefix.prefixes=/api",
    ] {
        let labels: Vec<&str> = std::iter::once(API).chain(label.split(';')).collect();
        let wiring = wiring(&[("compose.yml", &composed(&[], &labels))]);
        assert!(said(&wiring, "http://a.test/api").starts_with("unknown"), "{label}");
        assert!(reasons(&wiring).is_empty(), "{label}");
    }
}

#[test]
fn files_that_are_not_read_hide_what_they_define() {
    let asks = "http:\n  routers:\n    api: { rule: 'PathPrefix(`/api`)', service: api, middlewares: [auth] }\n  services:\n    api: { loadBalancer: { servers: [{ url: 'http://api:1' }] } }\n";
    let rules = [("edge/rules/a.yml", asks)];
    assert_eq!(said(&of_files("traefik:v3.5", FOLDER, &rules), "http://a.test/api"), "404");
    for more in ["{{ range $i := until 3 }}\nhttp: {}\n{{ end }}\n", "http: [\n"] {
        let open = of_files("traefik:v3.5", FOLDER, &[rules[0], ("edge/rules/more.yml", more)]);
        assert!(reasons(&open).is_empty(), "{more}");
        assert!(said(&open, "http://a.test/api").starts_with("unknown"), "{more}");
        assert!(said(&open, "http://a.test/other").starts_with("unknown"), "{more}");
    }
}

#[test]
fn a_file_that_is_not_read_is_not_passed_over_for_flags() {
    let compose = composed(&[], &[API]).replace(
        "    image: traefik:v3.5\n",
        "    image: traefik:v3.5\n    volumes:\n      - ./traefik.yml:/etc/traefik/traefik.yml\n",
    );
    let read = wiring(&[("compose.yml", &compose), ("traefik.yml", "entryPoints: { web: { address: ':80' } }\n")]);
    assert_eq!(read.proxies.all::<TraefikInstance>().count(), 1);
    let unread = wiring(&[("compose.yml", &compose), ("traefik.yml", "entryPoints: [\n")]);
    assert_eq!(unread.proxies.all::<TraefikInstance>().count(), 0);
}

#[test]
fn nothing_is_left_of_entry_points_that_are_written() {
    let rules = one("all", "/", "api");
    for (entry_points, expected) in [
        ("", "http://api:1/"),
        // the own pages, and one for UDP
        ("entryPoints: { traefik: { address: ':8080' } }\n", "unknown Unsupported"),
        ("entryPoints: { dns: { address: ':53/udp' } }\n", "unknown Unsupported"),
        ("entryPoints: { web: { address: ':80' }, other: { address: ':81', asDefault: true } }\n", "404"),
    ] {
        let fixed = format!("{entry_points}providers: {{ file: {{ directory: /rules, filename: /none.yml }} }}\n");
        let wiring = of_files("traefik:v3.5", &fixed, &[("edge/rules/a.yml", &rules)]);
        assert_eq!(said(&wiring, "http://a.test/"), expected, "{entry_points}");
    }
}

#[test]
fn redirections_come_first_unless_something_says_otherwise() {
    let rules = one("all", "/", "api");
    for (image, priority, expected) in [
        ("traefik:v3.5", "", "301 https://a.test/"),
        ("traefik:v2.11", "", "301 https://a.test/"),
        // the length of the rule is more than one
        ("traefik:v2.2", "", "http://api:1/"),
        ("traefik:v3.5", "priority: 1", "http://api:1/"),
        ("traefik:v3.5", "priority: 100", "301 https://a.test/"),
        ("traefik:chevrotin", "", "unknown Runtime"),
        ("traefik@sha256:00", "", "unknown Runtime"),
    ] {
        let fixed = format!(
            "entryPoints:\n  web:\n    address: ':80'\n    http: {{ redirections: {{ entryPoint: {{ to: ':443', scheme: https, {priority} }} }} }}\nproviders: {{ file: {{ directory: /rules }} }}\n"
        );
        let wiring = of_files(image, &fixed, &[("edge/rules/a.yml", &rules)]);
        assert_eq!(said(&wiring, "http://a.test/"), expected, "{image} {priority}");
    }
}

#[test]
fn middlewares_that_may_refuse_leave_it_open() {
    for (image, headers, expected) in [
        ("traefik:v3.5", "allowedHosts: [b.test]", "unknown Unsupported"),
        ("traefik:chevrotin", "sslRedirect: true", "unknown Unsupported"),
        ("traefik:v2.11", "sslRedirect: true, hostsProxyHeaders: [X-Forwarded-Host]", "unknown Unsupported"),
        ("traefik:v3.5", "sslRedirect: true, frameDeny: true", "http://api:1/"),
        ("traefik:v2.11", "sslRedirect: false, frameDeny: true", "http://api:1/"),
    ] {
        let rules = one("all", "/", "api").replace("service: api }", "service: api, middlewares: [h] }")
            + &format!("  middlewares:\n    h: {{ headers: {{ {headers} }} }}\n");
        let wiring = of_files(image, FOLDER, &[("edge/rules/a.yml", &rules)]);
        assert_eq!(said(&wiring, "http://a.test/"), expected, "{image} {headers}");
    }
}

#[test]
fn asterisks_beside_credentials_depend_on_the_release() {
    let admits = |origins: &str, credentials: &str| {
        let labels = [
            API,
            "traefik.http.routers.api.middlewares=h",
            &format!("traefik.http.middlewares.h.headers.accesscontrolalloworiginlist={origins}"),
            &format!("traefik.http.middlewares.h.headers.accesscontrolallowcredentials={credentials}"),
            "traefik.http.middlewares.h.headers.accesscontrolallowheaders=*",
        ];
        let wiring = wiring(&[("compose.yml", &composed(&[], &labels))]);
        let (_, instance) = wiring.proxies.all::<TraefikInstance>().next().expect("a Traefik");
        let path = PathText::known("/api");
        let request = Request::from_browser(80, Tls::Plain, Some("a.test".into()), path, Protocol::Http);
        let own = instance.cors(instance.answer(&request).level, "https://b.test").expect("a policy");
        let admits = match own.admits {
            crate::model::Admits::Unknown(_) => "unknown",
            crate::model::Admits::Reflected(_) => "the origin",
            crate::model::Admits::Any(_) => "any",
            _ => "others",
        };
        (admits, own.preflight.headers)
    };
    use crate::model::Listed;
    assert_eq!(admits("*", "true"), ("unknown", Listed::Unknown));
    assert_eq!(admits("https://b.test,*", "true"), ("the origin", Listed::Unknown));
    assert_eq!(admits("*", "false"), ("any", Listed::Any));
    assert_eq!(admits("https://${B?no}.test", "false").0, "unknown");
}

#[test]
fn ports_by_their_published_addresses_are_open() {
    let compose = composed(&["--providers.docker.usebindportip"], &[API]);
    let published = compose.replace("    expose: [8000]\n", "    ports: ['127.0.0.1:9000:8000']\n");
    assert_eq!(said(&wiring(&[("compose.yml", &compose)]), "http://a.test/api"), "http://api:8000/api");
    assert_eq!(said(&wiring(&[("compose.yml", &published)]), "http://a.test/api"), "unknown Runtime");
}

/// What version 3 reads as it stands is a pattern for version 2.
#[test]
fn rules_of_two_meanings_are_open_where_nobody_says_which_version_runs() {
    for (image, rule, url, expected) in [
        ("v2.11", "HostRegexp(`{sub:[a-z]+}.b.test`)", "http://x.b.test/", "http://api:8000/"),
        ("v3.5", "HostRegexp(`{sub:[a-z]+}.b.test`)", "http://x.b.test/", "404"),
        ("chevrotin", "HostRegexp(`{sub:[a-z]+}.b.test`)", "http://x.b.test/", "unknown Runtime"),
        ("chevrotin", "HostRegexp(`{sub:[a-z]+}.b.test`)", "http://x.c.test/", "404"),
        ("chevrotin", "PathPrefix(`/{any:[a-z]+}`)", "http://b.test/x", "unknown Runtime"),
        ("chevrotin", "Host(`b.test`) && PathPrefix(`/x`)", "http://b.test/x", "http://api:8000/x"),
        // one version alone understands them
        ("chevrotin", "Host(`b.test`, `c.test`)", "http://c.test/x", "http://api:8000/x"),
        ("chevrotin", "Host(`b.test`, `*.c.test`)", "http://b.test/x", "http://api:8000/x"),
        ("chevrotin", "Host(`b.test`, `*.c.test`)", "http://x.c.test/x", "unknown Runtime"),
        ("chevrotin", "Host(`b.test`, `*.c.test`)", "http://c.test/x", "404"),
        ("chevrotin", "Host(`b.test`) && PathRegexp(`^/x`)", "http://b.test/x", "http://api:8000/x"),
    ] {
        let label = format!("traefik.http.routers.api.rule={rule}");
        let compose = composed(&[], &[&label]).replace("traefik:v3.5", &format!("traefik:{image}"));
        assert_eq!(said(&wiring(&[("compose.yml", &compose)]), url), expected, "{image} {rule} {url}");
    }
}

/// An asterisk is one of its own host alone, whatever stands beside it.
#[test]
fn hosts_beside_one_with_an_asterisk_are_hosts() {
    let labels = ["traefik.http.routers.api.rule=Host(`a.test`, `*.b.test`)", "traefik.http.routers.api.ruleSyntax=v2"];
    for (image, host, expected) in [
        ("v3.7", "a.test", "http://api:8000/"),
        ("v3.7", "x.b.test", "http://api:8000/"),
        ("v3.7", "x.a.test", "404"),
        ("v3.6", "a.test", "http://api:8000/"),
        ("v3.6", "x.b.test", "404"),
    ] {
        let compose = composed(&[], &labels).replace("traefik:v3.5", &format!("traefik:{image}"));
        assert_eq!(said(&wiring(&[("compose.yml", &compose)]), &format!("http://{host}/")), expected, "{image} {host}");
    }
}

#[test]
fn asterisks_stand_for_the_first_part_of_a_host_in_new_releases() {
    for (image, host, expected) in [
        ("v3.7", "x.b.test", "http://api:8000/"),
        ("v3.7", "b.test", "404"),
        ("v3.7", "y.x.b.test", "404"),
        ("v3", "x.b.test", "http://api:8000/"),
        ("v3.6", "x.b.test", "404"),
        ("v2.11", "x.b.test", "404"),
        ("chevrotin", "x.b.test", "unknown Runtime"),
    ] {
        let compose = composed(&[], &["traefik.http.routers.api.rule=Host(`*.b.test`)"]);
        let wiring = wiring(&[("compose.yml", &compose.replace("traefik:v3.5", &format!("traefik:{image}")))]);
        assert_eq!(said(&wiring, &format!("http://{host}/")), expected, "{image} {host}");
    }
}
