//! Whole stacks of the fixtures: what wirelint says about them is what the programs do.

use std::path::{Path, PathBuf};

use crate::handshake::{Handshake, status};
use crate::{nginx, process, uvicorn};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join("repo")
}

/// The status that a browser on the site's page gets from the stack's chat socket, through nginx.
fn studyin(name: &str) -> u16 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let repository = fixture(name);
    let back_end = uvicorn::start(&repository.join("backend"), "app.main:app", &folder.path().join("uvicorn.log"));
    let port = process::free_port();
    let site = std::fs::read_to_string(repository.join("deploy/nginx/studyin.conf"))
        .expect("the fixture's nginx file")
        .replace("listen 80;", &format!("listen 127.0.0.1:{port};"))
        .replace("127.0.0.1:8000", &format!("127.0.0.1:{}", back_end.port));
    let proxy = nginx::start(folder.path(), &site, port);
    status(&Handshake {
        port: proxy.port,
        host: "studyin.example.com",
        origin: "http://studyin.example.com",
        path: "/api/chat/ws",
    })
}

#[test]
fn the_fixed_studyin_stack_accepts_the_handshake() {
    assert_eq!(studyin("studyin-fixed"), 101);
}

#[test]
fn the_broken_studyin_stack_refuses_the_handshake() {
    assert_eq!(studyin("studyin-broken"), 404, "uvicorn sees a plain GET, for which it has no route");
}

#[test]
fn nginx_refuses_the_map_inside_server_and_accepts_it_outside() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Certificates do not exist here; what is asked is whether nginx accepts the place of `map`.
    let plain = |name: &str| {
        std::fs::read_to_string(fixture(name).join("deploy/nginx/sites-available/vaidol"))
            .expect("the fixture's nginx file")
            .lines()
            .filter(|line| !line.trim_start().starts_with("ssl_"))
            .map(|line| line.replace("443 ssl http2", "8443"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let (accepted, words) = nginx::accepts(folder.path(), &plain("vaidol-broken"));
    assert!(!accepted && words.contains("\"map\" directive is not allowed here"), "{words}");
    let (accepted, words) = nginx::accepts(folder.path(), &plain("vaidol-fixed"));
    assert!(accepted, "{words}");
}
