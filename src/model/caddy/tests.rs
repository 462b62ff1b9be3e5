//! Answers to requests, from configurations as people write them.

use std::sync::Arc;

use super::*;
use crate::base::{Entry, FileKind, FileRole, Limits, RepoPath, Tracking};
use crate::facts::{Demand, Protocol, Repository, extract};
use crate::model::proxy::{
    BackEndHeader, Carries, HeaderValue, IdleTimeout, Outcome, Proxy, Request, Upgrade, Upstream,
};
use crate::model::{PathPiece, PathText, Tls};

/// A repository of Caddyfiles by path; imports resolve by the last part of their names.
fn repository(files: &[(&str, &str)]) -> Repository {
    let mut repository = Repository::default();
    for (path, text) in files {
        let kind = if path.ends_with(".json") { FileKind::Json } else { FileKind::Caddyfile };
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
        let Demand::CaddyImport(text) = demand else { continue };
        let (head, tail) = text.split_once('*').unwrap_or((&text, ""));
        let fits = |path: &str| path.contains(head) && path.ends_with(tail);
        let targets: Vec<_> = repository.iter().filter(|(_, f)| fits(f.path.as_str())).map(|(id, _)| id).collect();
        if !targets.is_empty() {
            repository.resolved.insert((id, text), targets);
        }
    }
    repository
}

fn only(files: &[(&str, &str)]) -> CaddyInstance {
    instances(&repository(files), &Limits::default()).pop().expect("an instance")
}

/// A browser's request; `{}` in a path is an unknown segment.
fn request(url: &str, protocol: Protocol) -> Request {
    let (scheme, rest) = url.split_once("://").expect("a scheme");
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (tls, usual) = if matches!(scheme, "https" | "wss") { (Tls::Tls, 443) } else { (Tls::Plain, 80) };
    let (host, port) =
        authority.split_once(':').map_or((authority, usual), |(host, port)| (host, port.parse().expect("a port")));
    let pieces = path.split_inclusive("{}").flat_map(|part| match part.strip_suffix("{}") {
        Some(text) => vec![PathPiece::Known(text.into()), PathPiece::Segment],
        None => vec![PathPiece::Known(part.into())],
    });
    Request::from_browser(port, tls, Some(host.into()), PathText(pieces.collect()), protocol)
}

/// The outcome in a few words.
fn shown(instance: &CaddyInstance, url: &str) -> String {
    let protocol = if url.starts_with("ws") { Protocol::WebSocket } else { Protocol::Http };
    let path = |path: &PathText| -> String {
        let text = |piece: &PathPiece| match piece {
            PathPiece::Known(text) => text.to_string(),
            PathPiece::Segment | PathPiece::Rest => "{}".to_owned(),
        };
        path.0.iter().map(text).collect()
    };
    match instance.answer(&request(url, protocol)).outcome {
        Outcome::Proxied(proxied) => {
            let target = proxied.targets.first().expect("a target");
            let upgrade = if matches!(proxied.upgrade, Upgrade::Carried) && protocol == Protocol::WebSocket {
                " upgraded"
            } else {
                ""
            };
            format!(
                "{}:{} {}{upgrade}",
                target.host.as_deref().unwrap_or("?"),
                target.port.unwrap_or_default(),
                path(&proxied.path)
            )
        }
        Outcome::Redirect { code, location: HeaderValue::Known(location), .. } => format!("{code} {location}"),
        Outcome::Redirect { code, target, .. } => format!("{code} {target}"),
        Outcome::Status { code, .. } => code.to_string(),
        Outcome::Files { .. } => "files".to_owned(),
        Outcome::Unknown(why) => format!("unknown {:?}", why.reason),
    }
}

#[test]
fn what_people_write() {
    let single_page = "\thandle {\n\t\troot * /srv\n\t\ttry_files {path} /index.html\n\t\tfile_server\n\t}\n";
    for (text, asked) in [
        (
            format!("app.example.com {{\n\tencode gzip zstd\n\thandle /ws/* {{\n\t\treverse_proxy 127.0.0.1:8000\n\t}}\n{single_page}}}\n"),
            &[
                ("wss://app.example.com/ws/a", "127.0.0.1:8000 /ws/a upgraded"),
                ("wss://app.example.com/ws", "files"),
                ("wss://app.example.com/WS/a", "127.0.0.1:8000 /WS/a upgraded"),
                ("wss://app.example.com/ws/{}", "127.0.0.1:8000 /ws/{} upgraded"),
                ("ws://app.example.com/ws/a", "308 https://{http.request.host}{http.request.uri}"),
                ("https://app.example.com/other", "files"),
                ("https://other.example.com/", "444"),
            ][..],
        ),
        (
            format!("app.example.com {{\n\thandle_path /api/* {{\n\t\treverse_proxy b:3000\n\t}}\n{single_page}}}\n"),
            &[("https://app.example.com/api/users", "b:3000 /users"), ("https://app.example.com/api", "files")],
        ),
        (
            "app.example.com {\n\troot * /srv\n\turi /api/* strip_prefix /api\n\treverse_proxy /api/* localhost:8000\n\tfile_server\n}".into(),
            &[("https://app.example.com/api/items", "localhost:8000 /items"), ("https://app.example.com/items", "files")],
        ),
        (
            ":8080 {\n\thandle /live {\n\t\trewrite * /ws/chat\n\t\treverse_proxy a:80\n\t}\n\thandle_path /api/* {\n\t\trewrite * /v1{uri}\n\t\treverse_proxy a:80\n\t}\n}".into(),
            &[
                ("ws://any:8080/live", "a:80 /ws/chat upgraded"),
                ("http://any:8080/api/items", "a:80 /v1/items"),
                ("http://any:8080/none", "200"),
            ],
        ),
        (
            "{\n\tauto_https off\n}\nhttp://a.example {\n\tredir /old https://b.example{uri} permanent\n\trespond /health 204\n\treverse_proxy b:1\n}".into(),
            &[
                ("http://a.example/old", "301 https://b.example{uri}"),
                ("http://a.example/health", "204"),
                ("http://a.example/x", "b:1 /x"),
                ("http://b.example/x", "200"),
            ],
        ),
        (
            "a.example {\n\t@live {\n\t\theader Connection *Upgrade*\n\t\theader Upgrade websocket\n\t}\n\treverse_proxy @live s:1\n\treverse_proxy b:1\n}".into(),
            &[("wss://a.example/x", "s:1 /x upgraded"), ("https://a.example/x", "b:1 /x")],
        ),
        (
            "a.example {\n\t@who expression {http.request.uri.path}.startsWith('/x')\n\trespond @who 403\n\treverse_proxy b:1\n}".into(),
            &[("https://a.example/x", "unknown ExternalCall(\"expression\")")],
        ),
    ] {
        let instance = only(&[("Caddyfile", &text)]);
        for (url, expected) in asked {
            assert_eq!(shown(&instance, url), *expected, "{url} of\n{text}");
        }
    }
}

#[test]
fn imports_and_the_environment() {
    let files = [
        ("Caddyfile", "import snippets/*.caddy\nimport sites/*.caddy\n"),
        (
            "sites/app.caddy",
            "{$SITE:app.example.com} {\n\timport backend /ws/* {$PORT}\n\timport backend /api/* 8000\n}\n",
        ),
        ("snippets/proxy.caddy", "(backend) {\n\thandle {args[0]} {\n\t\treverse_proxy 127.0.0.1:{args[1]}\n\t}\n}\n"),
    ];
    let repository = repository(&files);
    let limits = Limits::default();
    let found = instances(&repository, &limits);
    assert_eq!(found.len(), 1, "what is imported is no instance of its own");
    let bare = &found[0];
    assert_eq!(bare.files.len(), 3);
    assert_eq!(shown(bare, "https://app.example.com/api/x"), "127.0.0.1:8000 /api/x");
    let environment = [("SITE", "other.example.com"), ("PORT", "9000")];
    let environment = environment.map(|(name, value)| (Arc::from(name), Arc::from(value))).into();
    let filled = bare.configured(&repository, environment, None, &limits);
    assert_eq!(shown(&filled, "wss://other.example.com/ws/x"), "127.0.0.1:9000 /ws/x upgraded");
    assert_eq!(shown(&filled, "wss://app.example.com/ws/x"), "444");
}

/// A line of which the environment leaves nothing has no name, and is counted all the same.
#[test]
fn lines_of_a_handed_block_are_found_by_their_names() {
    let text = "(site) {\n\thandle /api/* {\n\t\t{blocks.api}\n\t}\n\thandle {\n\t\t{blocks.rest}\n\t}\n}\n\
        a.example {\n\timport site {\n\t\t{$NOTHING:}\n\t\tapi {\n\t\t\treverse_proxy b:1\n\t\t}\n\
        \t\trest {\n\t\t\treverse_proxy c:2\n\t\t}\n\t}\n}\n";
    let instance = only(&[("Caddyfile", text)]);
    assert_eq!(shown(&instance, "https://a.example/api/x"), "b:1 /api/x");
    assert_eq!(shown(&instance, "https://a.example/x"), "c:2 /x");
}

#[test]
fn what_lasts_behind_an_answer() {
    let text = "a.example {\n\theader >Access-Control-Allow-Origin https://b.example\n\theader X-Kind one\n\
        \treverse_proxy /slow/* b:1 {\n\t\tstream_timeout 1h\n\t}\n\
        \treverse_proxy /many/* b:1 b:2\n\
        \treverse_proxy /bound/* b:1 b:2 {\n\t\tlb_policy cookie\n\t}\n\treverse_proxy b:1\n}";
    let instance = only(&[("Caddyfile", text)]);
    let proxied =
        |path: &str| match instance.answer(&request(&format!("wss://a.example{path}"), Protocol::WebSocket)).outcome {
            Outcome::Proxied(proxied) => *proxied,
            other => panic!("{path}: {other:?}"),
        };
    let slow = proxied("/slow/x").level;
    assert!(matches!(
        instance.idle_timeout(slow, Carries::Socket),
        Some(IdleTimeout::Written { milliseconds: 3_600_000, .. })
    ));
    assert!(matches!(instance.idle_timeout(slow, Carries::Answer), Some(IdleTimeout::Never)));
    assert!(matches!(instance.idle_timeout(proxied("/x").level, Carries::Socket), Some(IdleTimeout::Never)));
    assert!(matches!(instance.spread(&proxied("/many/x")), Upstream::Spread { servers: 2, .. }));
    assert!(matches!(instance.spread(&proxied("/bound/x")), Upstream::OneServer));
    assert!(instance.binds_clients(&proxied("/bound/x")));
    let added = instance.added_headers(proxied("/x").level);
    let replaced: Vec<_> =
        added.iter().map(|header| (&*header.name, header.back_end == BackEndHeader::Replaced)).collect();
    assert_eq!(replaced, [("X-Kind", false), ("Access-Control-Allow-Origin", true)]);
    assert!(instance.sets_cors());
    assert_eq!(instance.speaks_http2(443), Some(true));
    assert_eq!(instance.speaks_http2(80), Some(false));
}

#[test]
fn what_cannot_be_read_is_a_hole() {
    let json = "{\"apps\": {\"http\": {\"servers\": {\"a\": {\"listen\": [\":80\"]}}}}}";
    let instance = only(&[("caddy.json", json)]);
    assert!(!instance.holes.is_empty());
    assert!(shown(&instance, "http://a.example/").starts_with("unknown"));
    let missing = only(&[("Caddyfile", "a.example {\n\timport nowhere\n\treverse_proxy b:1\n}")]);
    assert!(!missing.holes.is_empty());
    let own = only(&[("Caddyfile", "(s) {\n\timport s\n}\na.example {\n\timport s\n\treverse_proxy b:1\n}")]);
    assert!(!own.holes.is_empty());
    let limits = Limits::default();
    let doubled: String =
        (1..40).map(|n| format!("(s{n}) {{\n\timport s{}\n\timport s{}\n}}\n", n - 1, n - 1)).collect();
    let bomb = format!("(s0) {{\n\trespond 200\n}}\n{doubled}a.example {{\n\timport s39\n}}");
    let found = instances(&repository(&[("Caddyfile", &bomb)]), &limits);
    assert_eq!(found.len(), 1);
    assert!(shown(&found[0], "http://a.example/").starts_with("unknown"));
}

/// Blocks, texts and words that arguments double; what is behind a bound may be anything.
#[test]
fn arguments_that_double_end_at_a_bound_that_is_told() {
    let chain = |own: &str, inner: &str, call: &str| {
        let snippets: String = (1..40).map(|n| format!("(s{n}) {{\n\timport s{} {}\n}}\n", n - 1, inner)).collect();
        format!("(s0) {{\n{own}\n}}\n{snippets}a.example {{\n\timport s29 {call}\n\treverse_proxy b:1\n}}")
    };
    let many =
        format!("(s) {{\n{}}}\na.example {{\n\timport s {}\n}}", "\trespond {args[:]}\n".repeat(300), "x ".repeat(500));
    let cases = [
        (chain("\t{block}", "{\n\t\t{block}\n\t\t{block}\n\t}", "{\n\t\tencode gzip\n\t}"), "words of a Caddyfile"),
        (chain("\trespond {args[0]}", "{args[0]}{args[0]}", "ab"), "bytes of a Caddyfile"),
        (many, "words of a Caddyfile"),
    ];
    for (text, words) in cases {
        let limits = Limits::default();
        let found = instances(&repository(&[("Caddyfile", &text)]), &limits);
        assert_eq!(shown(&found[0], "https://a.example/"), "unknown Limit", "{words}");
        assert!(!found[0].accusable && !found[0].holes.is_empty());
        let told: Vec<String> = limits.all().iter().map(|(_, limit)| limit.to_string()).collect();
        assert!(told.iter().any(|limit| limit.starts_with(words) || limit.contains(words)), "{words}: {told:?}");
    }
}

#[test]
fn the_first_map_of_a_destination_says_its_value() {
    let text = "http://a.example {\n\tmap {path} {m1} {m2} {\n\t\t/x one two\n\t\tdefault other more\n\t}\n\
        \tmap {path} {m2} {m3} {\n\t\tdefault late three\n\t}\n\trewrite /{m1}/{m2}/{m3}\n\treverse_proxy b:1\n}";
    let instance = only(&[("Caddyfile", text)]);
    assert_eq!(shown(&instance, "http://a.example/x"), "b:1 /one/two/three");
    assert_eq!(shown(&instance, "http://a.example/y"), "b:1 /other/more/three");
}

#[test]
fn maps_that_name_maps_end() {
    let maps: String = (1..8)
        .map(|n| {
            format!("\tmap {{path}} {{m{n}}} {{\n\t\tdefault \"{}\"\n\t}}\n", format!("{{m{}}}", n + 1).repeat(100))
        })
        .collect();
    let text = format!(
        "http://a.example {{\n{maps}\tmap {{path}} {{m8}} {{\n\t\tdefault \"\"\n\t}}\n\treverse_proxy b:1{{m1}}\n\trewrite /x /{{m1}}\n}}"
    );
    let instance = only(&[("Caddyfile", &text)]);
    assert_eq!(shown(&instance, "http://a.example/x"), "unknown Limit");
    assert!(instance.limits().iter().any(|(_, limit)| limit.to_string().contains("steps for one request")));
}

#[test]
fn addresses_are_counted_with_those_that_they_are_bound_to() {
    let keys = (0..60).map(|at| format!("http://a{at}.example:{}", 1_000 + at)).collect::<Vec<_>>().join(", ");
    let binds: String = (0..60).map(|at| format!(" 10.0.0.{at}")).collect();
    let limits = Limits::default();
    let text = format!("{keys} {{\n\tbind{binds}\n\treverse_proxy b:1\n}}");
    let found = instances(&repository(&[("Caddyfile", &text)]), &limits);
    assert!(found[0].listens().len() < 60, "{}", found[0].listens().len());
    assert!(limits.all().iter().any(|(_, limit)| limit.to_string().contains("addresses of sites")));
}
