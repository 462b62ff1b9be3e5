//! Requests from a seed.

use std::net::Ipv4Addr;

use super::program::World;
use crate::differential::dice::Dice;
use crate::question::Question;

pub const HOSTS: &[&str] =
    &["a.test", "b.test", "www.a.test", "x.b.test", "main.test", "other.test", "A.Test", "c.test"];

/// Paths that a bootstrap names, as requests write them.
pub fn paths(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in text.split(['"', ' ', ',', '{', '}', '[', ']']) {
        let plain =
            word.starts_with('/') && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
        if plain && !word.starts_with("/tmp/") && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    found
}

/// A request to one of the ports.
pub fn question(dice: &mut Dice, world: &World, known: &[String]) -> Question {
    let port = match dice.below(6) {
        0 => world.tls,
        1 => world.plain[1],
        _ => world.plain[0],
    };
    let tls = port == world.tls && !dice.one_in(10);
    let old = dice.one_in(16);
    let host = if dice.one_in(if old { 2 } else { 30 }) {
        None
    } else {
        let host = dice.pick(HOSTS);
        Some(match dice.below(8) {
            0 => format!("{host}:{port}"),
            1 => format!("{host}:81"),
            2 if dice.one_in(3) => format!("{host}."),
            _ => host.to_owned(),
        })
    };
    let method = match dice.below(10) {
        0 => "POST",
        1 | 2 => "OPTIONS",
        3 => "HEAD",
        4 => dice.pick(&["PUT", "DELETE"]),
        _ => "GET",
    };
    let mut headers = headers(dice);
    if method == "OPTIONS" {
        if dice.one_in(2) {
            headers.push(("Access-Control-Request-Method", "POST"));
        }
        if !headers.iter().any(|(name, _)| *name == "Origin") {
            headers.push(("Origin", "https://a.test"));
        }
    }
    if matches!(method, "POST" | "PUT") && dice.one_in(2) {
        headers.push(("Content-Length", "0"));
    }
    let query = match dice.below(4) {
        0 => Some(dice.pick(&["x=1", "x=a%20b&yy=2", "q", "", "x=1&x=2", "yy=%3F", "transport=websocket"]).to_owned()),
        _ => None,
    };
    Question {
        address: Ipv4Addr::LOCALHOST,
        port,
        tls,
        host,
        method: method.to_owned(),
        path: path(dice, known),
        query,
        old,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn headers(dice: &mut Dice) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if dice.one_in(3) {
        dice.used("request: handshake");
        let upgrade = dice.pick(&["websocket", "websocket", "websocket", "WebSocket", "h2c", "other"]);
        found.push(("Upgrade", upgrade));
        found.push(("Connection", dice.pick(&["Upgrade", "Upgrade", "upgrade", "keep-alive, Upgrade", "close"])));
        found.push(("Sec-WebSocket-Version", "13"));
    } else if dice.one_in(3) {
        found.push(("Connection", dice.pick(&["close", "keep-alive", "keep-alive, X-Custom"])));
    }
    for (name, values) in [
        ("Origin", &["https://a.test", "https://a.test", "https://x.a.test", "null", "http://evil.test"][..]),
        ("X-Custom", &["one", "two, three", "12"][..]),
        ("Cookie", &["sid=1; lang=en"][..]),
        ("User-Agent", &["Mozilla/5.0", "curl/8"][..]),
        ("X-Forwarded-For", &["10.0.0.1"][..]),
        ("X-Forwarded-Proto", &["https", "http", "https"][..]),
        ("X-Request-Id", &["mine"][..]),
        ("Authorization", &["Bearer t"][..]),
        ("TE", &["trailers", "gzip"][..]),
    ] {
        if dice.one_in(if name == "Origin" { 2 } else { 5 }) {
            found.push((name, dice.pick(values)));
        }
    }
    found
}

fn path(dice: &mut Dice, known: &[String]) -> String {
    const PARTS: &[&str] =
        &["ws", "ws", "api", "api", "a", "b", "chat", "socket.io", "x", "x.json", "12", "wsx", "API"];
    const ODD: &[&str] = &[
        "%77s", "..", ".", "", "a%20b", "b%2Fc", "%3F", "%C3%A9", "+", "a+b", "%2B", "%25", "a;b", "%2e%2e", "a:b",
        "~x", "b%5Cc", "", "a//b", "a#b",
    ];
    let mut path = String::new();
    if !known.is_empty() && !dice.one_in(3) {
        path += known[dice.below(known.len())].trim_end_matches('/');
    }
    for _ in 0..dice.below(4) {
        path += "/";
        path += if dice.one_in(8) { dice.pick(ODD) } else { dice.pick(PARTS) };
    }
    if path.is_empty() || dice.one_in(4) {
        path += "/";
    }
    path
}
