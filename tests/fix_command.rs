//! `wirelint check --fix` and `--diff`: what is written, what is shown, and what is left alone.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

mod support;

use std::path::Path;

use support::Repo;

const PACKAGE: &str =
    r#"{ "scripts": { "dev": "vite", "build": "vite build" }, "devDependencies": { "vite": "^7.0.0" } }"#;
/// The entry for sockets lacks `ws: true`.
const VITE: &str = "import { defineConfig } from 'vite';\n\nexport default defineConfig({\n  server: {\n    proxy: {\n      // sockets\n      \
                    '/ws': { target: 'http://localhost:8000' }, // the back end\n    },\n  },\n});\n";
const SOCKET: &str = "const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';\nexport const socket = new WebSocket(`${scheme}//${location.host}/ws`);\n";
const API: &str = "from fastapi import FastAPI, WebSocket\nimport uvicorn\n\napp = FastAPI()\nPAGES = ['http://localhost:5173']\n\n\n\
                   @app.websocket('/ws')\nasync def chat(socket: WebSocket):\n    if socket.headers.get('origin') not in PAGES:\n        \
                   await socket.close(1008)\n        return\n    await socket.accept()\n\n\nif __name__ == '__main__':\n    uvicorn.run(app, port=8000)\n";

fn proxied() -> Repo {
    Repo::new()
        .with("web/package.json", PACKAGE)
        .with("web/index.html", "<script type=\"module\" src=\"/src/socket.ts\"></script>\n")
        .with("web/vite.config.ts", VITE)
        .with("web/src/socket.ts", SOCKET)
        .with("api/main.py", API)
        .with("api/requirements.txt", "fastapi\nuvicorn[standard]\n")
}

fn read(repo: &Repo, path: &str) -> String {
    std::fs::read_to_string(repo.path().join(path)).unwrap()
}

#[test]
fn a_safe_fix_is_written_and_the_rest_of_the_file_stays() {
    let repo = proxied().with("web/vite.config.ts", VITE.replace('\n', "\r\n"));
    let before = repo.run(&["check", "--format", "json"]);
    assert_eq!(before.findings().iter().filter(|one| one.ends_with("dev-proxy-without-websocket")).count(), 1);
    let run = repo.run(&["check", "--fix", "--format", "json"]);
    assert!(!run.out.contains("dev-proxy-without-websocket"), "{run:?}");
    assert!(
        run.err.contains("fixed: web/vite.config.ts:7 dev-proxy-without-websocket: add `ws: true` to the entry"),
        "{run:?}"
    );
    assert!(run.err.contains("1 finding fixed in 1 file"), "{run:?}");
    let fixed = VITE.replace("8000' }, //", "8000', ws: true }, //").replace('\n', "\r\n");
    assert_eq!(read(&repo, "web/vite.config.ts"), fixed);
    // No file is left beside.
    let names: Vec<_> =
        std::fs::read_dir(repo.path().join("web")).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

#[test]
fn a_diff_writes_nothing_and_says_by_its_code_whether_there_is_something() {
    let repo = proxied();
    let run = repo.run(&["check", "--diff"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let expected = "--- a/web/vite.config.ts\n+++ b/web/vite.config.ts\n@@ -4,7 +4,7 @@\n   server: {\n     proxy: {\n       // sockets\n\
                    -      '/ws': { target: 'http://localhost:8000' }, // the back end\n\
                    +      '/ws': { target: 'http://localhost:8000', ws: true }, // the back end\n     },\n   },\n });\n";
    assert_eq!(run.out, expected);
    assert_eq!(read(&repo, "web/vite.config.ts"), VITE);
    repo.run(&["check", "--fix"]);
    let run = repo.run(&["check", "--diff"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{run:?}");
    assert!(run.err.contains("nothing would be fixed"), "{run:?}");
}

/// A list of who is let in is somebody's decision.
#[test]
fn what_is_unsafe_is_written_only_when_it_is_asked_for() {
    let main = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\nimport uvicorn\n\napp = FastAPI()\n\
                app.add_middleware(\n    CORSMiddleware,\n    allow_origins=[\n        'http://localhost:3000',  # the old one\n    ],\n)\n\n\n\
                @app.get('/items')\ndef items():\n    return []\n\n\nif __name__ == '__main__':\n    uvicorn.run(app, port=8000)\n";
    let repo = Repo::new()
        .with("web/package.json", PACKAGE)
        .with("web/index.html", "<script type=\"module\" src=\"/src/main.ts\"></script>\n")
        .with("web/src/main.ts", "fetch('http://localhost:8000/items');\n")
        .with("api/main.py", main)
        .with("api/requirements.txt", "fastapi\nuvicorn[standard]\n");
    let run = repo.run(&["check", "--fix"]);
    assert!(run.err.contains("nothing fixed; `--unsafe-fixes` has more"), "{run:?}");
    assert!(run.out.contains("1 fixable with `--unsafe-fixes`"), "{run:?}");
    assert_eq!(read(&repo, "api/main.py"), main);
    let shown = repo.run(&["check", "--diff", "--unsafe-fixes"]);
    assert_eq!((shown.code, read(&repo, "api/main.py").as_str()), (Some(1), main));
    let run = repo.run(&["check", "--unsafe-fixes"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let entry = "        'http://localhost:3000',  # the old one\n";
    let fixed =
        main.replace(entry, "        'http://localhost:3000',\n        'http://localhost:5173',  # the old one\n");
    assert_eq!(read(&repo, "api/main.py"), fixed);
}

#[test]
fn what_is_suppressed_or_not_asked_for_is_left_alone() {
    let comment = "      // wirelint: ignore[dev-proxy-without-websocket] polling is enough\n";
    let suppressed = VITE.replace("      // sockets\n", comment);
    let repo = proxied().with("web/vite.config.ts", &suppressed);
    let run = repo.run(&["check", "--fix"]);
    assert!(run.err.contains("nothing fixed"), "{run:?}");
    assert_eq!(read(&repo, "web/vite.config.ts"), suppressed);
    // Neither is what another folder has, or what a baseline knows.
    let repo = proxied().with("docs/readme.md", "").with("other/app.conf", "");
    repo.run(&["check", "--fix", "--root", ".", "other"]);
    assert_eq!(read(&repo, "web/vite.config.ts"), VITE);
    repo.run(&["check", "--write-baseline", "known.json"]);
    let run = repo.run(&["check", "--fix", "--baseline", "known.json"]);
    assert!(run.err.contains("nothing fixed"), "{run:?}");
    assert_eq!(read(&repo, "web/vite.config.ts"), VITE);
    repo.run(&["check", "--fix", "--ignore", "dev-proxy-without-websocket"]);
    assert_eq!(read(&repo, "web/vite.config.ts"), VITE);
    repo.run(&["check", "--fix"]);
    assert_ne!(read(&repo, "web/vite.config.ts"), VITE);
}

/// A suppression that was meant is written as it counts, and then counts.
#[test]
fn a_suppression_with_a_slip_is_written_right() {
    let slips = [
        ("// wirelint: ignore[dev-proxy-without-websockets] polling is enough", "unknown-rule"),
        ("// wirelint: ignore dev-proxy-without-websocket polling is enough", "malformed-suppression"),
    ];
    for (slip, rule) in slips {
        let repo = proxied().with("web/vite.config.ts", VITE.replace("// sockets", slip));
        let run = repo.run(&["check", "--fix", "--select", rule]);
        assert!(run.err.contains("1 finding fixed in 1 file"), "{run:?}");
        let right = "// wirelint: ignore[dev-proxy-without-websocket] polling is enough";
        assert_eq!(read(&repo, "web/vite.config.ts"), VITE.replace("// sockets", right));
        let run = repo.run(&["check", "--format", "concise", "--quiet"]);
        assert!(!run.out.contains("dev-proxy-without-websocket"), "{run:?}");
    }
}

/// The edits are two: a file that holds no `map` yet gets one, and the location its headers.
#[test]
fn headers_and_their_map_are_written_together() {
    let nginx = "# the edge\nserver {\n\tlisten 80;\n\tserver_name app.example.com;\n\n\tlocation /ws {\n\t\tproxy_pass http://api:8000; # sockets\n\t\tproxy_read_timeout 1h;\n\t}\n}\n";
    let api = API.replace("http://localhost:5173", "http://app.example.com");
    let compose = "services:\n  edge:\n    image: nginx:1.27\n    ports: ['80:80']\n    volumes: ['./nginx.conf:/etc/nginx/conf.d/default.conf:ro']\n  \
                   api:\n    build: ./api\n    command: uvicorn main:app --host 0.0.0.0 --port 8000 --ws-ping-interval 20\n";
    let repo = Repo::new()
        .with("nginx.conf", nginx)
        .with("compose.yaml", compose)
        .with("api/Dockerfile", "FROM python:3.13\nWORKDIR /srv\nCOPY . .\nRUN pip install -r requirements.txt\n")
        .with("api/requirements.txt", "fastapi\nuvicorn[standard]\n")
        .with("api/main.py", api);
    let run = repo.run(&["check", "--fix", "--format", "json"]);
    assert!(!run.out.contains("missing-upgrade-headers"), "{run:?}");
    let map = "map $http_upgrade $connection_upgrade {\n\tdefault upgrade;\n\t''      '';\n}\n\n";
    let headers = "\t\tproxy_http_version 1.1;\n\t\tproxy_set_header Upgrade $http_upgrade;\n\t\tproxy_set_header Connection $connection_upgrade;\n";
    let fixed = format!("{map}{nginx}").replace("# sockets\n", &format!("# sockets\n{headers}"));
    assert_eq!(read(&repo, "nginx.conf"), fixed, "{run:?}");
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let outside = Repo::new().with("vite.config.ts", VITE);
    let repo = proxied();
    std::fs::remove_file(repo.path().join("web/vite.config.ts")).unwrap();
    let repo = repo.with_link("web/vite.config.ts", &outside.path().join("vite.config.ts"));
    repo.run(&["check", "--fix"]);
    assert_eq!(std::fs::read_to_string(outside.path().join("vite.config.ts")).unwrap(), VITE);
    assert!(repo.path().join("web/vite.config.ts").symlink_metadata().unwrap().file_type().is_symlink());
}

#[test]
fn a_fix_is_refused_with_what_says_nothing_of_files_on_disk() {
    let repo = proxied();
    for other in [&["--staged"][..], &["--watch"], &["--write-baseline", "known.json"]] {
        let run = repo.run(&[&["check", "--fix"][..], other].concat());
        assert_eq!(run.code, Some(2), "{run:?}");
    }
    assert!(!Path::new(&repo.path().join("known.json")).exists());
}

/// Reports carry the edits, in the words of their own positions.
#[test]
fn reports_carry_the_edits() {
    let repo = proxied();
    let json: serde_json::Value = serde_json::from_str(&repo.run(&["check", "--format", "json"]).out).unwrap();
    let finding =
        json["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "dev-proxy-without-websocket").unwrap();
    let fix = &finding["fix"];
    assert_eq!(
        (fix["title"].as_str(), fix["applicability"].as_str()),
        (Some("add `ws: true` to the entry"), Some("safe"))
    );
    let edit = &fix["edits"][0];
    assert_eq!(edit["path"], "web/vite.config.ts");
    assert_eq!(
        (edit["line"].as_u64(), edit["column"].as_u64(), edit["end_column"].as_u64()),
        (Some(7), Some(47), Some(47))
    );
    assert_eq!(edit["text"], ", ws: true");
    let sarif: serde_json::Value = serde_json::from_str(&repo.run(&["check", "--format", "sarif"]).out).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().find(|one| one["ruleId"] == "dev-proxy-without-websocket").unwrap();
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "web/vite.config.ts");
    let replacement = &change["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], ", ws: true");
    let region = &replacement["deletedRegion"];
    assert_eq!(
        (region["startLine"].as_u64(), region["startColumn"].as_u64(), region["endColumn"].as_u64()),
        (Some(7), Some(47), Some(47))
    );
}
