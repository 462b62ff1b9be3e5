//! From facts to findings: a small tree around the bytes, or a tree that they are.

use std::sync::Arc;

use wirelint::base::{MemoryTree, decode};
use wirelint::config::Config;
use wirelint::facts::Protocol;
use wirelint::model::proxy::Request;
use wirelint::model::{PathPiece, PathText, Tls, Wiring};
use wirelint::{Settings, wire};

use super::{report, tree};

/// Links a tree; a part that panics fails here.
fn wired(tree: &MemoryTree) -> Wiring {
    let wiring = wire(tree, &Settings::new(Config::default()));
    let errors = &wiring.repository.coverage.internal_errors;
    assert!(errors.is_empty(), "{errors:?}");
    wiring
}

/// The first line, and what follows it.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

/// An env file as each program reads it that has a dialect of its own.
pub fn dialects(bytes: &[u8]) {
    let vite: &[u8] = b"{\"devDependencies\": {\"vite\": \"5\"}}";
    let next: &[u8] = b"{\"dependencies\": {\"next\": \"14\"}}";
    let react: &[u8] = b"{\"dependencies\": {\"react-scripts\": \"5\"}}";
    let node: &[u8] =
        b"{\"dependencies\": {\"dotenv\": \"16\"}, \"scripts\": {\"start\": \"node --env-file=.env i.js\"}}";
    let browser: &[u8] =
        b"new WebSocket(import.meta.env.VITE_A); new WebSocket(process.env.NEXT_PUBLIC_A + process.env.REACT_APP_A);";
    let server: &[u8] = b"require('dotenv').config(); require('http').createServer().listen(process.env.PORT);";
    let django: &[u8] =
        b"import environ\nenv = environ.Env()\nenviron.Env.read_env()\nALLOWED_HOSTS = env.list('HOSTS')\n";
    let fastapi: &[u8] = b"import os\nfrom dotenv import load_dotenv\nfrom fastapi import FastAPI\n\
        from fastapi.middleware.cors import CORSMiddleware\nload_dotenv()\napp = FastAPI()\n\
        app.add_middleware(CORSMiddleware, allow_origins=os.environ['HOSTS'].split(','))\n";
    let compose: &[u8] = b"services:\n  a:\n    image: nginx\n    env_file: .env\n    environment: ['A=${A:-b}', 'B=${B}']\n    ports: ['${PORT}:80']\n";
    wired(&MemoryTree::from_files([
        ("vite/package.json", vite),
        ("vite/.env", bytes),
        ("vite/src/a.ts", browser),
        ("next/package.json", next),
        ("next/.env.production", bytes),
        ("next/pages/a.tsx", browser),
        ("react/package.json", react),
        ("react/.env", bytes),
        ("react/src/a.js", browser),
        ("node/package.json", node),
        ("node/.env", bytes),
        ("node/i.js", server),
        ("django/settings.py", django),
        ("django/.env", bytes),
        ("fastapi/main.py", fastapi),
        ("fastapi/.env", bytes),
        (".env", bytes),
        ("docker-compose.yml", compose),
    ]));
}

/// The first line is an expression that connections open and servers allow, the others are declarations before it.
pub fn evaluator(bytes: &[u8]) {
    let (expression, rest) = first_line(bytes);
    let call = |head: &str| [rest, b"\n", head.as_bytes(), expression, b");\n"].concat();
    wired(&MemoryTree::from_files([
        ("src/a.ts", call("new WebSocket(")),
        ("src/b.ts", call("export const url = (")),
        ("src/c.ts", b"import { url } from './b';\nimport * as b from './b';\nfetch(url + b.url);".to_vec()),
        ("server/index.js", [&call("const origin = (")[..], b"\nconst express = require('express');\nconst app = express();\napp.use(require('cors')({ origin }));\napp.listen(origin);\n"].concat()),
        (".env", b"VITE_A=ws://a.example/\nVITE_B=${VITE_A}b\n".to_vec()),
    ]));
}

/// The same in Python.
pub fn python_evaluator(bytes: &[u8]) {
    let (expression, rest) = first_line(bytes);
    let app: &[u8] =
        b"\nfrom fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n";
    let allow = [
        rest,
        app,
        b"x = (",
        expression,
        b")\napp.add_middleware(CORSMiddleware, allow_origins=x, allow_credentials=True)\n",
    ]
    .concat();
    wired(&MemoryTree::from_files([("app.py", allow), ("src/a.ts", b"fetch('http://localhost:8000/a');".to_vec())]));
}

/// The first line is `host path`, the others are a configuration.
pub fn nginx_matching(bytes: &[u8]) {
    let (asked, configuration) = first_line(bytes);
    let asked = decode(asked.to_vec()).text;
    let (host, path) = asked.split_once(' ').unwrap_or(("localhost", &asked));
    let inner = [&b"http {\n"[..], configuration, b"\n}\n"].concat();
    let wiring =
        wired(&MemoryTree::from_files([("nginx/nginx.conf", configuration), ("other/nginx.conf", &inner[..])]));
    ask_all(&wiring, host, path);
}

/// A Caddyfile: host and path in the first line, the file in the others.
pub fn caddy(bytes: &[u8]) {
    let (asked, configuration) = first_line(bytes);
    let asked = decode(asked.to_vec()).text;
    let (host, path) = asked.split_once(' ').unwrap_or(("localhost", &asked));
    ask_all(&wired(&MemoryTree::from_files([("deploy/Caddyfile", configuration)])), host, path);
}

/// A HAProxy configuration: host and path in the first line, the file in the others.
pub fn haproxy(bytes: &[u8]) {
    let (asked, configuration) = first_line(bytes);
    let asked = decode(asked.to_vec()).text;
    let (host, path) = asked.split_once(' ').unwrap_or(("localhost", &asked));
    ask_all(&wired(&MemoryTree::from_files([("deploy/haproxy.cfg", configuration)])), host, path);
}

/// A bootstrap of Envoy: host and path in the first line, the file in the others.
pub fn envoy(bytes: &[u8]) {
    let (asked, configuration) = first_line(bytes);
    let asked = decode(asked.to_vec()).text;
    let (host, path) = asked.split_once(' ').unwrap_or(("localhost", &asked));
    ask_all(&wired(&MemoryTree::from_files([("deploy/envoy.yaml", configuration)])), host, path);
}

fn ask_all(wiring: &Wiring, host: &str, path: &str) {
    for (_, instance) in wiring.proxies.iter() {
        let _ = instance.plain_location(path);
        let _ = instance.passes();
        let _ = instance.targets();
        let ports: Vec<u16> = instance.listens().iter().map(|listen| listen.port).take(3).collect();
        for port in ports.into_iter().chain([80]) {
            for protocol in [Protocol::WebSocket, Protocol::Http] {
                let path = PathText(vec![PathPiece::Known(path.into())]);
                let host = Some(Arc::from(host)).filter(|host: &Arc<str>| !host.is_empty());
                let request = Request::from_browser(port, Tls::Plain, host, path, protocol);
                let _ = instance.answer(&request);
            }
        }
    }
}

/// An address as a literal, as a part, as a value of the environment, and parsed by the program itself.
pub fn url(bytes: &[u8]) {
    let text = decode(bytes.to_vec()).text;
    let literal = text.replace(['\\', '\'', '\n', '\r'], "_");
    let code = format!(
        "new WebSocket('{literal}');\nnew WebSocket('ws://' + location.host + '{literal}');\nfetch('{literal}');\n\
         new WebSocket(new URL('{literal}', location.href).href);\nnew WebSocket(`ws://${{new URL('{literal}').hostname}}:80`);\n\
         new WebSocket(import.meta.env.VITE_A);\nimport {{ io }} from 'socket.io-client';\nio('{literal}', {{ path: '{literal}' }});"
    );
    let nginx = "server { listen 443 ssl; root /srv; location / { proxy_pass http://app:8000/; } }";
    let code = code.into_bytes();
    let app = format!(
        "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\napp.add_middleware(CORSMiddleware, allow_origins=['{literal}'], allow_credentials=True)\n"
    );
    wired(&MemoryTree::from_files([
        ("src/a.ts", &code[..]),
        (".env", format!("VITE_A={literal}\n").as_bytes()),
        ("nginx/nginx.conf", nginx.as_bytes()),
        ("app.py", app.as_bytes()),
    ]));
}

/// `wirelint.toml` over a tree with findings.
pub fn settings(bytes: &[u8]) {
    let broken: &[u8] = b"server { listen 80; map $http_upgrade $u { default upgrade; } location / { root /srv; } }\n";
    let tree = MemoryTree::from_files([("wirelint.toml", bytes), ("nginx/nginx.conf", broken)]);
    report::checked(&tree);
}

/// A whole tree.
pub fn check(bytes: &[u8]) {
    report::checked(&tree::read(bytes));
}
