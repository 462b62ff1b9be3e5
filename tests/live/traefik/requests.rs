//! Requests from a seed.

use std::net::Ipv4Addr;

use super::server::Scene;
use crate::differential::dice::Dice;
use crate::question::Question;

const HOSTS: &[&str] = &["a.test", "a.test", "b.test", "www.a.test", "other.test", "A.Test"];

/// The paths that rules name.
pub fn paths(dynamic: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in dynamic.split('`').skip(1).step_by(2) {
        if part.starts_with('/') && !part.contains(['[', '\\', '^']) && !found.iter().any(|known| known == part) {
            found.push(part.to_owned());
        }
    }
    found
}

/// A request to one of the ports.
pub fn question(dice: &mut Dice, scene: &Scene, known: &[String]) -> Question {
    let port = match dice.below(5) {
        0 => scene.tls,
        1 => scene.plain[1],
        _ => scene.plain[0],
    };
    let tls = if dice.one_in(12) { port != scene.tls } else { port == scene.tls };
    let host = dice.pick(HOSTS);
    let host = if dice.one_in(3) { format!("{host}:{port}") } else { host.to_owned() };
    let method = match dice.below(12) {
        0 => "POST",
        1 => "OPTIONS",
        2 => "HEAD",
        3 => dice.pick(&["PUT", "DELETE"]),
        _ => "GET",
    };
    let mut headers = headers(dice, method);
    if matches!(method, "POST" | "PUT") {
        headers.push(("Content-Length", "0"));
    }
    let query = match dice.below(4) {
        0 => Some(dice.pick(&["x=1", "x=a&y=2", "q", "x=1&x=2", "x=2", "transport=websocket"]).to_owned()),
        _ => None,
    };
    Question {
        address: Ipv4Addr::LOCALHOST,
        port,
        tls,
        host: Some(host),
        method: method.to_owned(),
        path: path(dice, known),
        query,
        old: false,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn headers(dice: &mut Dice, method: &str) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if method == "GET" && dice.one_in(3) {
        dice.used("request: handshake");
        found.push(("Upgrade", "websocket"));
        found.push(("Connection", dice.pick(&["Upgrade", "upgrade", "keep-alive, Upgrade"])));
        found.push(("Sec-WebSocket-Version", "13"));
        found.push(("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
    } else {
        found.push(("Connection", "close"));
    }
    if method == "OPTIONS" && dice.one_in(2) {
        dice.used("request: preflight");
        found.push(("Access-Control-Request-Method", "PUT"));
    }
    for (name, values) in [
        ("Origin", &["https://a.test", "null", "https://b.test"][..]),
        ("X-Custom", &["one", "two, three"][..]),
        ("X-Custom", &["four"][..]),
        ("Cookie", &["sid=1; lang=en"][..]),
        ("User-Agent", &["Mozilla/5.0"][..]),
        ("Accept-Encoding", &["gzip, br"][..]),
        ("X-Forwarded-For", &["10.0.0.1"][..]),
        ("X-Forwarded-Proto", &["https"][..]),
        ("X-Forwarded-Host", &["front.test"][..]),
        ("X-Forwarded-Prefix", &["/front"][..]),
        ("X-Real-Ip", &["10.0.0.9"][..]),
    ] {
        if dice.one_in(5) {
            found.push((name, dice.pick(values)));
        }
    }
    found
}

fn path(dice: &mut Dice, known: &[String]) -> String {
    const PARTS: &[&str] = &["ws", "ws", "api", "api", "a", "chat", "socket.io", "x", "x.json", "12", "wsx", "API"];
    const ODD: &[&str] = &["..", ".", "", "a%20b", "a:b", "~x", "a+b"];
    let mut path = String::new();
    if !known.is_empty() && !dice.one_in(3) {
        path += known[dice.below(known.len())].trim_end_matches('/');
    }
    for _ in 0..dice.below(3) {
        path += "/";
        path += if dice.one_in(10) { dice.pick(ODD) } else { dice.pick(PARTS) };
    }
    if path.is_empty() || dice.one_in(5) {
        path += "/";
    }
    path
}
