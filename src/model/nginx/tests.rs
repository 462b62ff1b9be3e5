//! Whole configurations and what nginx answers with them.

use std::sync::Arc;

use super::*;
use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
use crate::facts::{Demand, Protocol, Repository, extract};
use crate::model::proxy::{HeaderValue, Outcome, Proxy, ProxyId, Request, Upgrade};
use crate::model::{PathPiece, PathText, Tls, Wiring};

/// A wiring of nginx files by path; includes resolve by their last parts.
fn wiring(files: &[(&str, &str)]) -> Wiring {
    let mut repository = Repository::default();
    for (path, text) in files {
        let kind = if path.ends_with(".template") { FileKind::NginxTemplate } else { FileKind::Nginx };
        let entry = Entry {
            path: RepoPath::new(path).expect("inside"),
            size: text.len() as u64,
            kind,
            role: FileRole::Production,
            tracking: Tracking::Tracked,
        };
        repository.paths.insert(entry.path.clone());
        repository.files.push(extract(&entry, text).into());
    }
    repository.files.sort_by(|a, b| a.path.cmp(&b.path));
    let demands: Vec<_> =
        repository.iter().flat_map(|(id, f)| f.demands.iter().map(move |d| (id, d.clone()))).collect();
    for (id, demand) in demands {
        let Demand::NginxInclude(text) = demand else { continue };
        let name = text.trim_start_matches("/etc/nginx/").to_owned();
        let (head, tail) = name.split_once('*').unwrap_or((&name, ""));
        let targets: Vec<_> = repository
            .iter()
            .filter(|(_, f)| f.path.as_str().contains(head) && f.path.as_str().ends_with(tail))
            .map(|(id, _)| id)
            .collect();
        if !targets.is_empty() {
            repository.resolved.insert((id, text), targets);
        }
    }
    let mut wiring = Wiring { repository, ..Wiring::default() };
    discover(&mut wiring, None);
    configure(&mut wiring);
    wiring
}

fn handshake(path: &str) -> Request {
    let pieces = path.split_inclusive("{}").flat_map(|part| match part.strip_suffix("{}") {
        Some(text) => vec![PathPiece::Known(text.into()), PathPiece::Segment],
        None => vec![PathPiece::Known(part.into())],
    });
    let host = Some("app.example".into());
    Request::from_browser(80, Tls::Plain, host, PathText(pieces.collect()), Protocol::WebSocket)
}

/// The outcome in a word or two.
fn shown(outcome: &Outcome) -> String {
    let path = |path: &PathText| {
        path.0
            .iter()
            .map(|piece| match piece {
                PathPiece::Known(text) => text.to_string(),
                PathPiece::Segment => "{}".into(),
                PathPiece::Rest => "{...}".into(),
            })
            .collect::<String>()
    };
    match outcome {
        Outcome::Proxied(proxied) => {
            let targets: Vec<_> = proxied
                .targets
                .iter()
                .map(|t| {
                    format!("{}:{}", t.host.as_deref().unwrap_or("?"), t.port.map_or("?".into(), |p| p.to_string()))
                })
                .collect();
            let upgrade = match &proxied.upgrade {
                Upgrade::Carried => "carried".to_owned(),
                Upgrade::Http10 { .. } => "http10".to_owned(),
                Upgrade::Lost(lost) => {
                    format!("lost[{}]{}", lost.problem, if lost.dropped.is_some() { " dropped" } else { "" })
                }
                Upgrade::Unknown(_) => "unknown".to_owned(),
            };
            format!("{} -> {}{} {upgrade}", proxied.location, targets.join(","), path(&proxied.path))
        }
        Outcome::Redirect { code, target, .. } => format!("{code} {target}"),
        Outcome::Files { location, .. } => format!("files {location}"),
        Outcome::Status { code, .. } => format!("{code}"),
        Outcome::Unknown(unknown) => format!("unknown {:?}", unknown.reason),
    }
}

const UPGRADE: &str =
    "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";";

#[test]
fn requests_and_answers() {
    for (config, path, expected) in [
        ("location /ws/ { proxy_pass http://b:8000; UP }", "/ws/a", "/ws/ -> b:8000/ws/a carried"),
        ("location /ws/ { proxy_pass http://b:8000/; UP }", "/ws/{}/x", "/ws/ -> b:8000/{}/x carried"),
        ("location /ws { proxy_pass http://b/; UP }", "/ws/a", "/ws -> b:80//a carried"),
        ("location /ws/ { proxy_pass http://b/back; UP }", "/ws/a", "/ws/ -> b:80/backa carried"),
        ("location /ws/ { proxy_pass http://b; UP }", "/ws", "301 /ws/"),
        ("location /ws/ { proxy_pass http://b; UP } location = /ws { return 204; }", "/ws", "204"),
        (
            "location /ws/ { proxy_pass http://b; }",
            "/ws/",
            "/ws/ -> b:80/ws/ lost[no `proxy_set_header Upgrade` and no `proxy_set_header Connection` is in effect]",
        ),
        ("UP location /ws { proxy_pass http://b; }", "/ws", "/ws -> b:80/ws carried"),
        (
            "UP location /ws { proxy_pass http://b; proxy_set_header Host $host; }",
            "/ws",
            "/ws -> b:80/ws lost[no `proxy_set_header Upgrade` and no `proxy_set_header Connection` is in effect] dropped",
        ),
        (
            "UP location /ws { proxy_pass http://b; include proxy_params; }",
            "/ws",
            "/ws -> b:80/ws lost[no `proxy_set_header Upgrade` and no `proxy_set_header Connection` is in effect] dropped",
        ),
        (
            "location /ws { proxy_pass http://b; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"\"; }",
            "/ws",
            "/ws -> b:80/ws lost[`Connection` is set to an empty value]",
        ),
        (
            "location /ws { proxy_pass http://b; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }",
            "/ws",
            "/ws -> b:80/ws http10",
        ),
        ("location /ws { proxy_pass http://b; UP proxy_set_header Connection \"\"; }", "/ws", "/ws -> b:80/ws carried"),
        ("location / { try_files $uri /index.html; }", "/ws", "files /"),
        (
            "location /ws/ { proxy_pass http://b; UP } location ~ \\.json$ { root /x; }",
            "/ws/a.json",
            "files ~ \\.json$",
        ),
        (
            "location ^~ /ws/ { proxy_pass http://b; UP } location ~ \\.json$ { root /x; }",
            "/ws/a.json",
            "^~ /ws/ -> b:80/ws/a.json carried",
        ),
        ("location ~ ^/ws/(.*)$ { proxy_pass http://b/x/$1; UP }", "/ws/{}/y", "~ ^/ws/(.*)$ -> b:80/x/{}/y carried"),
        (
            "location /api/ { rewrite ^/api/(.*)$ /$1 break; proxy_pass http://b; UP }",
            "/api/ws/{}",
            "/api/ -> b:80/ws/{} carried",
        ),
        (
            "location /a/ { rewrite ^/a/(.*)$ /b/$1 last; } location /b/ { proxy_pass http://b; UP }",
            "/a/x",
            "/b/ -> b:80/b/x carried",
        ),
        (
            "return 301 https://$host$request_uri; location / { proxy_pass http://b; }",
            "/ws",
            "301 https://$host$request_uri",
        ),
        (
            "location /ws { error_page 418 = @ws; if ($http_upgrade = websocket) { return 418; } } location @ws { proxy_pass http://b:1; UP }",
            "/ws",
            "@ws -> b:1/ws carried",
        ),
        (
            "location / { try_files $uri @app; } location @app { proxy_pass http://b:1; }",
            "/ws",
            "@app -> b:1/ws lost[no `proxy_set_header Upgrade` and no `proxy_set_header Connection` is in effect]",
        ),
        ("set $t b:9; location /ws { proxy_pass http://$t; UP }", "/ws", "/ws -> b:9/ws carried"),
        ("set $t b; location /ws { proxy_pass http://$t:9/fixed; UP }", "/ws", "/ws -> b:9/fixed carried"),
        ("location /ws { proxy_pass http://up; UP }", "/ws", "/ws -> one:1,two:80/ws carried"),
        ("location /a { limit_except POST { deny all; } proxy_pass http://b; }", "/a", "403"),
        ("location /a { location /a/b { UP } proxy_pass http://b; }", "/a/b", "files /a/b"),
        ("location /a { UP location /a/b { proxy_pass http://b; } }", "/a/b", "/a/b -> b:80/a/b carried"),
        ("location /a { content_by_lua_block { x() } }", "/a", "unknown ExternalCall(\"content_by_lua_block\")"),
        (
            "if ($http_origin !~ \"^https://app\\.example$\") { return 403; } location / { proxy_pass http://b; UP }",
            "/",
            "/ -> b:80/ carried",
        ),
        (
            "set $cu \"\"; if ($http_upgrade) { set $cu upgrade; } location / { proxy_pass http://b; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $cu; }",
            "/",
            "/ -> b:80/ carried",
        ),
        ("location /ws { proxy_pass http://b; include snippets/ws.conf; }", "/ws", "/ws -> b:80/ws unknown"),
    ] {
        let config = config.replace("UP", UPGRADE);
        let text = format!("upstream up {{ server one:1; server two; server three down; }}\nserver {{ {config} }}\n");
        let wiring = wiring(&[("nginx/default.conf", &text)]);
        assert_eq!(wiring.proxies.len(), 1, "{text}");
        assert_eq!(wiring.repository.files[0].syntax_errors, [], "{text}");
        let answer = the_one(&wiring).answer(&handshake(path));
        assert_eq!(shown(&answer.outcome), expected, "{path} in {text}");
    }
}

#[test]
fn groups_that_nothing_matched_are_empty() {
    let text = "map $uri $groups { ~^/never(?<sub>.)(?<rest>.) x; }
        server { location / { return 302 /a$sub$rest; } }";
    let wiring = wiring(&[("conf.d/a.conf", text)]);
    let answer = the_one(&wiring).answer(&handshake("/"));
    let Outcome::Redirect { location, .. } = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(location, HeaderValue::Known("http://app.example/a".into()));
}

#[test]
fn servers_by_port_and_name() {
    let text = "server { listen 80; server_name a.example; return 301 https://a.example; }
        server { listen 443 ssl default_server; server_name _; return 404; }
        server { listen 443 ssl; server_name *.example; location / { proxy_pass http://wild; } }
        server { listen 443 ssl; server_name a.example; location / { proxy_pass http://exact; } }";
    let wiring = wiring(&[("conf.d/a.conf", text)]);
    let nginx = the_one(&wiring);
    let ask = |port, tls, host: Option<&str>| {
        let host = host.map(Arc::from);
        shown(&nginx.answer(&Request { port, tls, host, ..handshake("/") }).outcome)
    };
    assert!(ask(80, Tls::Plain, Some("a.example")).starts_with("301"));
    assert!(ask(443, Tls::Tls, Some("a.example")).contains("exact:80"));
    assert!(ask(443, Tls::Tls, Some("b.example")).contains("wild:80"));
    assert_eq!(ask(443, Tls::Tls, Some("other.test")), "404");
    assert_eq!(ask(443, Tls::Plain, Some("a.example")), "400");
    assert!(ask(443, Tls::Tls, None).starts_with("unknown"));
    assert_eq!(nginx.listens().len(), 4);
}

#[test]
fn files_of_one_nginx() {
    let wiring = wiring(&[
        ("a/nginx.conf", "events {} http { include conf.d/*.conf; }"),
        ("a/conf.d/one.conf", "server { listen 80; }"),
        ("b/default.conf", "server { listen 80; }"),
        ("b/prod.conf", "server { listen 80; server_name x; }"),
        ("b/up.conf", "upstream u { server x:1; }"),
        ("c/snippet.conf", "proxy_set_header Host $host;"),
    ]);
    let paths = |nginx: &NginxInstance| {
        nginx.files.iter().map(|id| wiring.repository.get(*id).expect("file").path.to_string()).collect::<Vec<_>>()
    };
    let all: Vec<_> = wiring.proxies.all::<NginxInstance>().map(|(_, nginx)| paths(nginx)).collect();
    assert_eq!(
        all,
        [
            vec!["a/nginx.conf", "a/conf.d/one.conf"],
            vec!["b/up.conf", "b/default.conf"],
            vec!["b/up.conf", "b/prod.conf"]
        ]
    );
}

/// Causes as `file:line rule key`.
fn causes(files: &[(&str, &str)]) -> Vec<String> {
    let mut wiring = wiring(files);
    suspect(&mut wiring);
    let text = |cause: &crate::model::Cause| {
        let facts = wiring.repository.get(cause.place.file).expect("file");
        let line = facts.lines.position(cause.place.span.start).line;
        let sure = if cause.assumptions.is_empty() { "" } else { " likely" };
        format!("{}:{line} {} {}{sure}", facts.path, cause.kind.rule(), cause.key)
    };
    wiring.causes.iter().map(text).collect()
}

#[test]
fn causes_without_a_wire() {
    let whole = "events {}\nhttp {\nserver {\nmap $a $b { default 1; }\nif ($a) {\nproxy_set_header X y;\n}\n\
        location /ws {\nproxy_pass http://b;\nproxy_set_header Upgrade $http_upgrade;\n\
        proxy_set_header Connection $connection_upgrade;\n}\nmore_set_headers x;\n}\n}\n";
    assert_eq!(
        causes(&[("nginx.conf", whole)]),
        [
            "nginx.conf:4 misplaced-directive map in server",
            "nginx.conf:6 misplaced-directive proxy_set_header in if-in-server",
            "nginx.conf:11 undefined-upgrade-map connection_upgrade",
        ]
    );
    // the map may be in a main file that is not here
    let fragment = "server {\nlocation /ws/ {\nproxy_pass http://b;\nproxy_set_header Upgrade $http_upgrade;\n\
        proxy_set_header Connection $connection_upgrade;\n}\n}\n";
    assert_eq!(causes(&[("app.conf", fragment)]), ["app.conf:5 undefined-upgrade-map connection_upgrade likely"]);
    let map = "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n";
    assert_eq!(causes(&[("nginx/conf.d/app.conf", fragment), ("nginx/conf.d/map.conf", map)]), Vec::<String>::new());
    // a location that is WebSocket by its name only
    let named = "server {\nproxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;\n\
        location /socket.io/ {\nproxy_pass http://b;\nproxy_set_header Host $host;\n}\n\
        location /ws/ {\nproxy_pass http://b;\n}\nlocation /api/ws {\nproxy_set_header Connection '';\n\
        proxy_pass http://b;\n}\n}\n";
    assert_eq!(
        causes(&[("app.conf", named)]),
        ["app.conf:5 dropped-proxy-headers /socket.io/ likely", "app.conf:11 dropped-proxy-headers /api/ws likely",]
    );
    // a pattern without its modifier
    let dead = "server {\nlocation ^/events {\nproxy_pass http://b;\n}\nlocation /api {\nproxy_pass http://b;\n}\n}\n";
    assert_eq!(causes(&[("app.conf", dead)]), ["app.conf:2 shadowed-location ^/events"]);
    // a part of `stream`
    let stream = "upstream db { server a:1; }\nserver { listen 3306; proxy_pass db; }\n";
    assert_eq!(causes(&[("stream.conf", stream)]), Vec::<String>::new());
}

fn the_one(wiring: &Wiring) -> &dyn Proxy {
    wiring.proxies.get(ProxyId(0)).expect("an instance")
}

/// What is behind a bound may say anything.
#[test]
fn a_configuration_that_is_cut_is_unknown_and_told_of() {
    let files: Vec<(String, String)> = (0..30)
        .map(|at| (format!("nginx/c{at}.conf"), format!("include c{}.conf;\nadd_header A b;\n", at + 1)))
        .collect();
    let main = "http { server { listen 80; include c0.conf; location / { proxy_pass http://app:8000; } } }\n";
    let mut all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    all.push(("nginx/nginx.conf", main));
    let wiring = wiring(&all);
    let (_, nginx) = wiring.proxies.all::<NginxInstance>().next().expect("an instance");
    assert!(!nginx.accusable && nginx.holes.iter().any(|hole| hole.reason == crate::facts::HoleReason::Limit));
    assert_eq!(shown(&nginx.answer(&handshake("/")).outcome), "unknown Limit");
    assert!(wiring.limits.all().iter().any(|(_, limit)| limit.to_string().contains("includes of an nginx")));
}

/// A bound that is reached by the values of a template, and one that is reached without them as well.
#[test]
fn a_template_that_is_cut_short_has_one_hole_for_it() {
    let chain: Vec<(String, String)> = (0..30)
        .map(|at| (format!("nginx/c{at}.conf"), format!("include c{}.conf;\nadd_header A b;\n", at + 1)))
        .collect();
    let template = |own: &str| format!("server {{ listen 80;\n{own}location / {{ proxy_pass http://app:8000; }} }}\n");
    let by_values = template(&"add_header A ${VALUE};\n".repeat(500));
    let by_includes = template("include c0.conf;\nadd_header A ${VALUE};\n");
    for (text, value, bound) in [
        (by_values, "x".repeat(9_000), "bytes of arguments with placeholders"),
        (by_includes, "x".to_owned(), "includes of an nginx"),
    ] {
        let mut files: Vec<(&str, &str)> = chain.iter().map(|(path, text)| (&**path, &**text)).collect();
        files.push(("nginx/templates/app.conf.template", &text));
        let mut wiring = wiring(&files);
        for (_, nginx) in wiring.proxies.all_mut::<NginxInstance>() {
            nginx.environment.insert("VALUE".into(), value.as_str().into());
        }
        configure(&mut wiring);
        let (_, nginx) = wiring.proxies.all::<NginxInstance>().next().expect("an instance");
        let holes = nginx.holes.iter().filter(|hole| hole.reason == crate::facts::HoleReason::Limit).count();
        assert_eq!((holes, nginx.accusable), (1, false), "{bound}");
        let told = wiring.limits.all().into_iter().chain(nginx.limits());
        assert!(told.into_iter().any(|(_, limit)| limit.to_string().contains(bound)), "{bound}");
    }
}

/// The choice that nginx makes, with several locations of one text and those that add a slash.
#[test]
fn locations_are_chosen_among_those_of_the_same_text() {
    let text = "http { server { listen 80;
        location /a/ { proxy_pass http://one:1; } location /a/ { proxy_pass http://two:2; }
        location = /b/ { return 200; } location /b/ { proxy_pass http://three:3; }
        location = /c { proxy_pass http://four:4; } location = /c { return 404; }
        location ^~ /d { proxy_pass http://five:5; } location /d/e { proxy_pass http://six:6; }
        location ~ ^/d { proxy_pass http://seven:7; } location / { return 403; } } }";
    let wiring = wiring(&[("nginx/nginx.conf", text)]);
    let (_, nginx) = wiring.proxies.all::<NginxInstance>().next().expect("an instance");
    let took = |path: &str| match nginx.answer(&handshake(path)).outcome {
        Outcome::Proxied(proxied) => {
            proxied.targets.first().and_then(|target| target.host.as_deref().map(str::to_owned))
        }
        Outcome::Redirect { code, .. } | Outcome::Status { code, .. } => Some(code.to_string()),
        _ => None,
    };
    let table = [
        ("/a/x", "one"),
        ("/a", "301"),
        ("/b", "301"),
        ("/b/", "200"),
        ("/b/x", "three"),
        ("/c", "four"),
        ("/c/", "403"),
        ("/d/x", "five"),
        ("/d/e/x", "seven"),
        ("/x", "403"),
    ];
    for (path, expected) in table {
        assert_eq!(took(path).as_deref(), Some(expected), "{path}");
    }
}
