//! What `wirelint trace` shows of the ways of connections.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use serde_json::Value;
use support::Repo;

const PACKAGE: &str =
    "{ \"scripts\": { \"dev\": \"vite\", \"build\": \"vite build\" }, \"devDependencies\": { \"vite\": \"^7.0.0\" } }";

/// A front end behind one nginx with two names, a socket that nginx breaks, and one whose host is not known.
fn repo() -> Repo {
    let server = "server {\n    listen 80;\n    server_name a.example.com b.example.com;\n    root /srv;\n    location /ws {\n        proxy_pass http://api:8000;\n    }\n}\n";
    Repo::new()
        .with("web/package.json", PACKAGE)
        .with("web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with(
            "web/src/main.ts",
            "import './socket';\nexport const open = new WebSocket('wss://push.example.org/feed');\n",
        )
        .with("web/src/socket.ts", "export const chat = new WebSocket(`ws://${location.host}/ws`);\n")
        .with("web/nginx.conf", server)
        .with(
            "web/Dockerfile",
            "FROM node:22 AS build\nCOPY . .\nRUN npm run build\nFROM nginx:1.27\nCOPY nginx.conf /etc/nginx/conf.d/default.conf\nCOPY --from=build /dist /srv\n",
        )
        .with("docker-compose.yml", "services:\n  web:\n    build: ./web\n    ports: ['80:80']\n  api:\n    build: ./api\n")
        .with("api/Dockerfile", "FROM python:3.13\nCOPY . .\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]\n")
        .with("api/requirements.txt", "fastapi\nuvicorn\n")
        .with(
            "api/main.py",
            "from fastapi import FastAPI, WebSocket\n\napp = FastAPI()\n\n\n@app.websocket(\"/ws\")\nasync def ws(socket: WebSocket):\n    await socket.accept()\n",
        )
}

/// The lines that begin connections.
fn heads(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("web/") && line.ends_with("  WebSocket")).collect()
}

fn ways(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.contains(", from ")).count()
}

#[test]
fn what_breaks_comes_first_and_equal_ways_are_one() {
    let repo = repo();
    let run = repo.run(&["trace"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(heads(&run.out), ["web/src/socket.ts:1  WebSocket", "web/src/main.ts:2  WebSocket"], "{}", run.out);
    let all = repo.run(&["trace", "--all"]);
    assert!(ways(&run.out) < ways(&all.out), "{}\n{}", run.out, all.out);
    assert!(run.out.contains("    same in "), "{}", run.out);
    assert!(run.out.contains("    not examined  -      csp"), "{}", run.out);
    assert!(!all.out.contains("    same in ") && !all.out.contains("not examined"), "{}", all.out);
    assert_eq!(heads(&all.out).len(), 2);
    let breaks = repo.run(&["trace", "--breaks"]);
    assert_eq!(heads(&breaks.out), ["web/src/socket.ts:1  WebSocket"], "{}", breaks.out);
}

#[test]
fn a_target_is_a_file_a_line_a_folder_or_a_part_of_an_address() {
    let repo = repo();
    let socket = ["web/src/socket.ts:1  WebSocket"];
    for target in [
        "web/src/socket.ts",
        "./web/src/socket.ts",
        "web/src/socket.ts:1",
        "web/src/socket.ts:1:20",
        "web/nginx.conf:5",
        "a.example.com/ws",
        "/ws",
        "socket.ts",
    ] {
        let run = repo.run(&["trace", "--at", target]);
        assert_eq!((run.code, heads(&run.out)), (Some(0), socket.to_vec()), "{target}: {run:?}");
    }
    assert_eq!(heads(&repo.run(&["trace", "--at", "web/src"]).out).len(), 2);
    let absolute = repo.path().join("web/src/socket.ts");
    assert_eq!(heads(&repo.run(&["trace", "--at", absolute.to_str().unwrap()]).out), socket);
    // relative to the current folder, whatever the root is
    let inside = support::run_in(&repo.path().join("web/src"), &["trace", "../..", "--at", "socket.ts:1"]);
    assert!(inside.code == Some(0) && inside.out.starts_with("socket.ts:1  WebSocket\n"), "{inside:?}");
    for nothing in ["web/src/socket.ts:9", "no/such.ts:3", "ws://elsewhere"] {
        let run = repo.run(&["trace", "--at", nothing]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{nothing}: {run:?}");
        assert!(run.err.contains(nothing), "{}", run.err);
    }
}

#[test]
fn the_document_holds_every_way_and_counts_as_check_does() {
    let repo = repo();
    let trace: Value = serde_json::from_str(&repo.run(&["trace", "--format", "json"]).out).unwrap();
    let check: Value = serde_json::from_str(&repo.run(&["--format", "json", "--local"]).out).unwrap();
    let ways: Vec<&Value> =
        trace["connections"].as_array().unwrap().iter().flat_map(|one| one["ways"].as_array().unwrap()).collect();
    let unknown = |way: &&&Value| way["hops"].as_array().unwrap().iter().any(|hop| hop["verdict"] == "unknown");
    assert_eq!(check["coverage"]["connections"], trace["summary"]["connections"]);
    assert_eq!(check["coverage"]["handshakes"], ways.len());
    assert_eq!(check["coverage"]["handshakes_partly_unknown"], ways.iter().filter(unknown).count());
    let rules: Vec<&Value> = ways
        .iter()
        .flat_map(|way| way["hops"].as_array().unwrap())
        .flat_map(|hop| hop["rules"].as_array().unwrap())
        .collect();
    assert!(rules.iter().any(|rule| *rule == "missing-upgrade-headers"), "{rules:?}");
    let found = |rule: &Value| check["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == *rule);
    assert!(rules.iter().all(|rule| found(rule)), "{rules:?}");
}

#[test]
fn a_run_that_knows_the_end_of_no_connection_says_so() {
    let lost = Repo::new()
        .with("web/package.json", PACKAGE)
        .with("web/src/main.ts", "export const open = new WebSocket(`ws://${import.meta.env.VITE_HOST}/feed`);\n");
    let run = lost.run(&["check"]);
    let last = run.out.lines().last().unwrap_or_default();
    assert!(last.ends_with("of 1 connection none could be followed to its end: see `wirelint trace`"), "{run:?}");
    assert!(!repo().run(&["check"]).out.contains("none could be followed"));
}

/// A row of ports is one as a whole, not the first of its ports.
#[test]
fn a_port_inside_of_a_row_that_haproxy_binds_leads_to_it() {
    let haproxy = "defaults\n    mode http\nfrontend rooms\n    bind :1000-2000\n    default_backend api\nbackend api\n    server api api:8000\n";
    let compose = "services:\n  web:\n    image: node:22\n    working_dir: /app\n    volumes: ['./web:/app']\n    command: npm run dev -- --host\n    \
        ports: ['5173:5173']\n  edge:\n    image: haproxy:3.2\n    ports: ['1050:1050']\n    volumes: \
        ['./edge/haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro']\n  api:\n    build: ./api\n";
    let run = Repo::new()
        .with("web/package.json", PACKAGE)
        .with("web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with("web/src/main.ts", "new WebSocket('ws://localhost:1050/ws');\n")
        .with("edge/haproxy.cfg", haproxy)
        .with("docker-compose.yml", compose)
        .with("api/Dockerfile", "FROM python:3.13\nCOPY . .\nCMD [\"uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]\n")
        .run(&["trace", "--all"]);
    assert!(run.out.contains("`backend api` sends it to http://api:8000"), "{}", run.out);
    assert!(!run.out.contains("not on 1050"), "{}", run.out);
}

#[test]
fn names_that_the_environment_completes_are_shown_as_they_are_written() {
    let compose = "services:\n  traefik:\n    image: traefik:v3.1\n    command: [--providers.docker=true, '--entrypoints.web.address=:80']\n    ports: ['80:80']\n  api:\n    build: ./api\n    labels:\n      - traefik.http.routers.api.rule=PathPrefix(`/ws`)\n  web:\n    build: ./web\n    labels:\n      - traefik.http.routers.web.rule=PathPrefix(`/`)\n";
    let run = repo().with("docker-compose.yml", compose).run(&["trace"]);
    assert!(run.out.contains("the service `web-${COMPOSE_PROJECT_NAME}`"), "{}", run.out);
}
