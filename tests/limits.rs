//! Nothing that a repository says ends the program, and where wirelint stops it says so.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use support::{BROKEN_NGINX, Repo};

const FASTAPI: &str =
    "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n";

/// A configuration whose only fault is behind column 65,535.
fn wide() -> String {
    BROKEN_NGINX.replace('\n', " ").replace("map ", &format!("{}map ", " ".repeat(70_000)))
}

#[test]
fn origins_with_quotes_inside_are_judged() {
    for entry in [r#""a'b""#, r#"'l"$'"#, r#""'""#, r#"'"'"#, r#""https://a'b.example""#, r#""[""#, r#""]'[""#] {
        let app =
            format!("{FASTAPI}app.add_middleware(CORSMiddleware, allow_origins=[{entry}, 'https://b.example/'])\n");
        let run = Repo::new().with("app.py", app).run(&["--format", "json"]);
        assert!(run.findings().contains(&"app.py malformed-allowed-origin".to_owned()), "{entry}: {run:?}");
    }
}

#[test]
fn a_place_far_to_the_right_is_shown_and_loses_no_other() {
    let repo =
        Repo::new().with("a/nginx.conf", BROKEN_NGINX).with("b/nginx.conf", wide()).with("c/nginx.conf", BROKEN_NGINX);
    let run = repo.run(&[]);
    assert_eq!(run.code, Some(1), "{}", run.err);
    for file in ["a/nginx.conf", "b/nginx.conf:1:70", "c/nginx.conf"] {
        assert!(run.out.contains(file), "{file}: {}", run.out.replace("  ", ""));
    }
    assert_eq!(run.out.matches("error misplaced-directive").count(), 3);
    for format in ["json", "sarif"] {
        let run = repo.run(&["--format", format]);
        assert_eq!(run.code, Some(1));
        assert!(serde_json::from_str::<serde_json::Value>(&run.out).is_ok(), "{format}");
        assert!(!run.out.contains("failed inside"), "{format}");
    }
}

/// Parsers that recurse, and walks over values: deep in every way that a file can be.
#[test]
fn depth_ends_nothing() {
    let nested =
        |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(50_000), close.repeat(50_000));
    let handler = "@app.websocket('/ws')\nasync def ws(websocket):\n    origin = websocket.headers.get('origin')\n";
    for (path, text) in [
        ("tsconfig.json", format!("[/* \" */{}", nested("[", "1", "]"))),
        ("tsconfig.json", format!("['\"',{}", nested("[", "1", "]"))),
        ("pyproject.toml", format!("[{}]\n", ["a"; 50_000].join("."))),
        ("pyproject.toml", format!("{} = 1\n", ["a"; 50_000].join("."))),
        ("app.py", format!("{FASTAPI}x = open('a'{}).read()\n", "/ 'b'".repeat(50_000))),
        ("app.py", format!("{FASTAPI}{handler}    if {} in ALLOWED: pass\n", nested("(", "origin", ")"))),
        (".env", format!("A={}\n", nested("${A:-", "x", "}"))),
    ] {
        let run = Repo::new().with(path, text).with("nginx/nginx.conf", BROKEN_NGINX).run(&["--format", "json"]);
        assert_eq!(run.code, Some(1), "{path}: {}", run.err);
        let findings = run.findings();
        assert!(findings.contains(&"nginx/nginx.conf misplaced-directive".to_owned()), "{path}: {findings:?}");
        assert!(!findings.iter().any(|finding| finding.ends_with("internal-error")), "{path}: {findings:?}");
    }
}

#[test]
fn a_value_that_doubles_ends_at_a_bound_that_is_told() {
    let sets: String = (0..60).map(|i| format!("    set $v{} $v{i}$v{i};\n", i + 1)).collect();
    let server = format!(
        "server {{\n    listen 80;\n    root /srv/app;\n    set $v0 x;\n{sets}    location / {{ try_files $uri /index.html; }}\n    \
         location /ws {{ proxy_pass http://127.0.0.1:8000/$v60; }}\n}}\n"
    );
    let run = Repo::new()
        .with("nginx/app.conf", server)
        .with("package.json", r#"{ "scripts": { "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#)
        .with("src/socket.ts", "export const socket = new WebSocket(`ws://${location.host}/ws`);\n")
        .run(&["--format", "json", "--select", "limit-reached"]);
    assert_eq!(run.findings(), ["nginx/app.conf limit-reached"]);
    assert_eq!(run.code, Some(0), "a note fails no run");
    assert!(run.out.contains("16384 bytes in the value of an nginx variable"), "{}", run.out);
    // the first value over the bound has 2^15 bytes
    assert!(run.out.contains("\"line\": 19,"), "{}", run.out);
}

/// Who calls `open` depends on who calls `use`, and what that is given on who calls the function that `boot` returns.
#[test]
fn callers_that_depend_on_callers_end() {
    let client = "export let open = (path: string) => new WebSocket('ws://localhost:8000' + path);\n\n\
                  export function use(host: string) {\n  open = (path) => new WebSocket(host + path);\n}\n";
    let main = "import { open, use } from './client';\n\n\
                export const boot = () => (host: string) => use('ws://' + host);\nopen('/feed');\n";
    let run = Repo::new()
        .with("package.json", r#"{ "scripts": { "dev": "vite" }, "devDependencies": { "vite": "^7.0.0" } }"#)
        .with("src/client.ts", client)
        .with("src/main.ts", main)
        .run(&["trace"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.contains("src/client.ts:1  WebSocket"), "{}", run.out);
}
