//! Requests from a seed.

use std::net::Ipv4Addr;

use super::server::World;
use crate::differential::dice::Dice;
use crate::question::Question;

pub const HOSTS: &[&str] = &["a.test", "b.test", "www.a.test", "x.b.test", "other.test", "A.Test"];

/// Paths that a configuration names, as requests write them.
pub fn paths(config: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in config.split_whitespace() {
        let word = word.trim_matches(['"', '^', '$', '\'']);
        let plain =
            word.starts_with('/') && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
        if plain && !word.ends_with(".pem") && !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    found
}

/// A request to one of the ports.
pub fn question(dice: &mut Dice, world: &World, known: &[String]) -> Question {
    let port = match dice.below(5) {
        0 => world.tls,
        1 => world.plain[1],
        _ => world.plain[0],
    };
    let old = dice.one_in(16);
    let host = if old && dice.one_in(2) {
        None
    } else {
        let host = dice.pick(HOSTS);
        Some(if dice.one_in(3) { format!("{host}:{port}") } else { host.to_owned() })
    };
    let method = match dice.below(12) {
        0 => "POST",
        1 => "OPTIONS",
        2 => "HEAD",
        3 => dice.pick(&["PUT", "DELETE"]),
        _ => "GET",
    };
    let mut headers = headers(dice);
    if matches!(method, "POST" | "PUT") && dice.one_in(2) {
        headers.push(("Content-Length", "0"));
    }
    let query = match dice.below(4) {
        0 => Some(dice.pick(&["x=1", "x=a%20b&y=2", "q", "", "x=1&x=2", "y=%3F", "transport=websocket"]).to_owned()),
        _ => None,
    };
    Question {
        address: Ipv4Addr::LOCALHOST,
        port,
        tls: port == world.tls,
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
        let upgrade = dice.pick(&["websocket", "websocket", "WebSocket", "h2c"]);
        found.push(("Upgrade", upgrade));
        found.push(("Connection", dice.pick(&["Upgrade", "upgrade", "keep-alive, Upgrade", "X-Custom, Upgrade"])));
        found.push(("Sec-WebSocket-Version", "13"));
        if !dice.one_in(12) {
            found.push(("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
        }
    } else if dice.one_in(3) {
        found.push(("Connection", dice.pick(&["close", "keep-alive"])));
    }
    for (name, values) in [
        ("Origin", &["https://a.test", "null"][..]),
        ("X-Custom", &["one", "two, three", "one,two"][..]),
        ("X-Custom", &["four", "Two"][..]),
        ("Cookie", &["sid=1; lang=en", "lang=de"][..]),
        ("User-Agent", &["Mozilla/5.0", "curl/8"][..]),
        ("X-Forwarded-For", &["10.0.0.1"][..]),
        ("X-Forwarded-Proto", &["https"][..]),
        ("Authorization", &["Bearer t"][..]),
    ] {
        if dice.one_in(5) {
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
        "~x",
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
