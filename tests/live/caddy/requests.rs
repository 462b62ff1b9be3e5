//! Requests from a seed.

use super::generate::{Configuration, HOSTS};
use super::program::ADDRESS;
use crate::differential::dice::Dice;
use crate::question::Question;

/// A request to one of the ports of a configuration.
pub fn question(dice: &mut Dice, configuration: &Configuration) -> Question {
    let port = configuration.ports[dice.below(configuration.ports.len())];
    let speaks_tls = configuration.tls.contains(&port);
    let tls = speaks_tls && !dice.one_in(16);
    let own: Vec<&String> = configuration.names.iter().filter(|(at, _)| *at == port).map(|(_, name)| name).collect();
    let host =
        if own.is_empty() || dice.one_in(6) { dice.pick(HOSTS).to_owned() } else { own[dice.below(own.len())].clone() };
    let host = if dice.one_in(3) { format!("{host}:{port}") } else { host };
    let method = match dice.below(12) {
        0 | 1 => "POST",
        2 => "OPTIONS",
        3 => "HEAD",
        4 => "PUT",
        _ => "GET",
    };
    let query = dice
        .one_in(3)
        .then(|| dice.pick(&["a=1", "a=1&b=2", "b=x%20y", "", "a=2&a=1", "c", "a=1;b", "x=%2F+z"]).to_owned());
    let mut headers: Vec<(&str, &str)> = Vec::new();
    if dice.one_in(3) {
        dice.used("request: upgrade");
        let connection = dice.pick(&["Upgrade", "keep-alive, Upgrade", "upgrade"]);
        headers.push(("Connection", connection));
        headers.push(("Upgrade", dice.pick(&["websocket", "websocket", "WebSocket"])));
        headers.push(("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="));
        headers.push(("Sec-WebSocket-Version", "13"));
    }
    for header in [
        ("X-Test", "yes"),
        ("x-test", "other"),
        ("Origin", "https://a.test"),
        ("User-Agent", "tester/1"),
        ("X-Forwarded-For", "10.1.2.3"),
        ("X-Forwarded-Proto", "https"),
        ("Accept-Encoding", "gzip"),
        ("Range", "bytes=0-1"),
        ("Cookie", "a=1; b=2"),
        ("Te", "trailers, x"),
        ("Keep-Alive", "timeout=5"),
        ("X-Odd_Name", "1"),
        ("Via", "1.0 other"),
    ] {
        if dice.one_in(6) && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(header.0)) {
            headers.push(header);
        }
    }
    if matches!(method, "POST" | "PUT") && dice.one_in(2) {
        headers.push(("Content-Length", "0"));
    }
    Question {
        address: ADDRESS,
        port,
        tls,
        host: Some(host),
        method: method.to_owned(),
        path: path(dice),
        query,
        old: false,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn path(dice: &mut Dice) -> String {
    const STARTS: &[&str] =
        &["/api", "/api", "/ws", "/ws", "/v1", "/a", "/x", "/API", "/%61pi", "//api", "/api%2Fv1", "", ""];
    const PARTS: &[&str] = &[
        "v1",
        "x",
        "y.json",
        "b",
        "chat",
        "12",
        "..",
        ".",
        "",
        "a%20b",
        "%2F",
        "é",
        "index.html",
        "a;b",
        "b!c",
        "%25",
    ];
    let mut path = dice.pick(STARTS).to_owned();
    for _ in 0..dice.below(4) {
        path += "/";
        path += dice.pick(PARTS);
    }
    if path.is_empty() || dice.one_in(4) {
        path += "/";
    }
    path
}
