//! Requests from a seed.

use std::net::Ipv4Addr;

use super::dice::Dice;
use super::generate::{HOSTS, World};
use super::headers;
use crate::question::Question;

/// Where a configuration listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    pub address: Ipv4Addr,
    pub port: u16,
}

/// What a configuration offers to requests.
pub struct Aims {
    /// Where it listens.
    pub addresses: Vec<Address>,
    /// Paths of its locations.
    pub paths: Vec<String>,
}

/// A request to one of the addresses.
pub fn question(dice: &mut Dice, world: &World, aims: &Aims) -> Question {
    let at = aims.addresses[dice.below(aims.addresses.len())];
    let speaks_tls = at.port == world.tls;
    let tls = speaks_tls && !dice.one_in(16);
    if speaks_tls {
        dice.used(if tls { "request: TLS" } else { "request: plain to a TLS port" });
    }
    let old = dice.one_in(16);
    let host = if old && dice.one_in(2) {
        dice.used("request: HTTP/1.0 without Host");
        None
    } else {
        Some(dice.pick(HOSTS).to_owned())
    };
    let method = match dice.below(12) {
        0 => "POST",
        1 => "OPTIONS",
        2 => "HEAD",
        3 => dice.pick(&["PUT", "DELETE"]),
        _ => "GET",
    };
    if method != "GET" {
        dice.used("request: another method");
    }
    let mut listed = headers::of_request(dice);
    if matches!(method, "POST" | "PUT") && dice.one_in(2) {
        dice.used("request: Content-Length");
        listed.push(("Content-Length", "0"));
    }
    let query = match dice.below(4) {
        0 => {
            dice.used("request: query");
            Some(
                dice.pick(&[
                    "x=1",
                    "x=a%20b&y=2",
                    "q",
                    "",
                    "x=1&x=2",
                    "y=3&X=7q",
                    "x=10.1.2.3",
                    "x=10.2.0.1&y=PATCH",
                    "x=::1",
                ])
                .to_owned(),
            )
        }
        _ => None,
    };
    Question {
        address: at.address,
        port: at.port,
        tls,
        host,
        method: method.to_owned(),
        path: path(dice, &aims.paths),
        query,
        old,
        headers: listed.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn path(dice: &mut Dice, known: &[String]) -> String {
    const PARTS: &[&str] = &[
        "ws",
        "ws",
        "api",
        "api",
        "a",
        "b",
        "chat",
        "socket.io",
        "x",
        "x.json",
        "y.JS",
        "c.css",
        "12",
        "auth",
        "error",
    ];
    const ODD: &[&str] =
        &["%77s", "..", ".", "", "a%20b", "b%2Fc", "%3F", "%C3%A9", "é", "+", "a+b", "%2B", "%25", "a;b", "%2e%2e"];
    let mut path = String::new();
    if !known.is_empty() && !dice.one_in(3) {
        dice.used("request: path of a location");
        path += known[dice.below(known.len())].trim_end_matches('/');
    }
    for _ in 0..dice.below(4) {
        path += "/";
        if dice.one_in(8) {
            dice.used("request: odd path");
            path += dice.pick(ODD);
        } else {
            path += dice.pick(PARTS);
        }
    }
    if path.is_empty() || dice.one_in(4) {
        path += "/";
    }
    path
}
