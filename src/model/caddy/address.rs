//! Addresses of sites.

use std::net::IpAddr;
use std::sync::Arc;

use super::lines::Word;
use crate::base::Place;
use crate::facts::HoleReason;

/// The address of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub scheme: Scheme,
    /// In lower case; empty for any host.
    pub host: Arc<str>,
    /// As written, when it is.
    pub port: Option<u16>,
    pub path: Arc<str>,
    /// As written.
    pub written: Arc<str>,
    pub place: Place,
    /// What of it is not known.
    pub hole: Option<HoleReason>,
}

/// The scheme of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// It has none.
    Unsaid,
    Http,
    Https,
    /// One that Caddy refuses.
    Other,
}

/// The addresses in front of a site's block: commas at the end of words are no part of them.
pub(super) fn addresses(words: &[Word]) -> Vec<Address> {
    words.iter().filter_map(address).collect()
}

fn address(word: &Word) -> Option<Address> {
    let text = word.text.strip_suffix(',').unwrap_or(&word.text);
    if text.is_empty() {
        return None;
    }
    let written: Arc<str> = text.into();
    let hole = word.hole.clone();
    let (scheme, rest) = text.split_once("://").map_or((Scheme::Unsaid, text), |(scheme, rest)| {
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => Scheme::Other,
        };
        (scheme, rest)
    });
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let (host, port) = split_port(authority);
    let hole = hole.or_else(|| {
        let bad_port = !port.is_empty() && port.parse::<u16>().is_err();
        (bad_port || scheme == Scheme::Other || text.contains('{')).then_some(HoleReason::Unsupported)
    });
    Some(Address {
        scheme,
        host: normal_host(host).into(),
        port: port.parse().ok(),
        path: path.into(),
        written,
        place: word.place,
        hole,
    })
}

/// Host and port; an address of IP version 6 with a port is in brackets.
pub(super) fn split_port(authority: &str) -> (&str, &str) {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if host.ends_with(']') || !host.contains(':') => (host, port),
        _ => (authority, ""),
    };
    (host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host), port)
}

fn normal_host(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) => address.to_string(),
        _ => host.to_lowercase(),
    }
}

/// How much a host or path says: its length without stars and placeholders.
pub(super) fn specificity(text: &str) -> usize {
    let mut count = text.len() - text.matches('*').count();
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let Some(length) = rest.get(start..).and_then(|tail| tail.find('}')) else { break };
        count = count.saturating_sub(length + 1);
        rest = rest.get(start + length + 1..).unwrap_or_default();
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Span};

    #[test]
    fn addresses_are_read() {
        for (text, expected) in [
            ("example.com", (Scheme::Unsaid, "example.com", None, "")),
            ("HTTP://Example.com:8080/a,", (Scheme::Http, "example.com", Some(8080), "/a")),
            (":443", (Scheme::Unsaid, "", Some(443), "")),
            ("https://", (Scheme::Https, "", None, "")),
            ("[::1]:80", (Scheme::Unsaid, "::1", Some(80), "")),
            ("*.a.example", (Scheme::Unsaid, "*.a.example", None, "")),
        ] {
            let place = Place::new(FileId(0), Span::default());
            let word = Word { text: text.into(), place, quoted: false, hole: None };
            let found = address(&word).expect(text);
            assert_eq!((found.scheme, &*found.host, found.port, &*found.path), expected, "{text}");
            assert_eq!(found.hole, None, "{text}");
        }
        assert_eq!(specificity("*.a.{x}"), 3);
    }
}
