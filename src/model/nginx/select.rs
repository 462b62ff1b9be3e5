//! Which server and which location take a request.

use std::sync::Arc;

use super::pattern::{Found, Pattern};
use super::tree::{Argument, Level, LevelId, LevelKind, Statement, Tree};
use crate::base::Place;
use crate::model::Tls;

/// One address of one server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Listen {
    pub address: Arc<str>,
    /// `None`: a unix socket or a placeholder.
    pub port: Option<u16>,
    pub tls: bool,
    pub default_server: bool,
    pub place: Place,
}

/// The addresses of a server; port 80 when it names none.
pub(super) fn listens(server: &Level) -> Vec<Listen> {
    let mut found: Vec<Listen> = server
        .statements
        .iter()
        .filter(|statement| &*statement.name == "listen" && statement.block.is_none())
        .filter_map(|statement| listen(statement, server))
        .collect();
    if found.is_empty() && !server.statements.iter().any(|statement| &*statement.name == "listen") {
        let place = server.place;
        found.push(Listen { address: "*".into(), port: Some(80), tls: false, default_server: false, place });
    }
    found
}

fn listen(statement: &Statement, server: &Level) -> Option<Listen> {
    let first = statement.args.first()?;
    let has = |word: &str| statement.args.iter().skip(1).any(|arg| &*arg.text == word);
    if has("quic") && !has("ssl") {
        return None;
    }
    let ssl_on = server.statements.iter().any(|statement| &*statement.name == "ssl" && statement.arg(0) == Some("on"));
    let (address, port) = address(first);
    let tls = has("ssl") || ssl_on;
    let default_server = has("default_server") || has("default");
    Some(Listen { address: address.into(), port, tls, default_server, place: statement.place })
}

/// Address and port of a `listen` argument.
fn address(arg: &Argument) -> (&str, Option<u16>) {
    let text = &*arg.text;
    if text.starts_with("unix:") {
        return (text, None);
    }
    if let Ok(port) = text.parse::<u16>() {
        return ("*", Some(port));
    }
    match text.rsplit_once(':') {
        // `[::]` without a port ends in a bracket
        Some((host, port)) if !port.ends_with(']') => {
            let host = if matches!(host, "0.0.0.0" | "[::]") { "*" } else { host };
            (host, port.parse().ok())
        }
        _ if !arg.holes.is_empty() || text.contains('$') => (text, None),
        _ => (text, Some(80)),
    }
}

/// The names of a server.
pub(super) fn names(server: &Level) -> Vec<&Argument> {
    server.statements.iter().filter(|statement| &*statement.name == "server_name").flat_map(|s| &s.args).collect()
}

/// The servers that may take a request, when more than one may because something is not known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidates {
    pub servers: Vec<(LevelId, Listen)>,
    /// A plain request to a port that only speaks TLS.
    pub plain_to_tls: Option<Place>,
}

/// Chooses the server for a port and a host.
pub(super) fn servers(tree: &Tree, port: u16, tls: Tls, host: Option<&str>) -> Candidates {
    let mut all: Vec<(LevelId, Listen)> = Vec::new();
    for (id, level) in http_servers(tree) {
        let fitting = listens(level).into_iter().filter(|listen| listen.port == Some(port));
        all.extend(fitting.map(|listen| (id, listen)));
    }
    // a wildcard address takes what comes from outside; a loopback address only what comes from the host itself
    if all.iter().any(|(_, listen)| !is_loopback(&listen.address)) {
        all.retain(|(_, listen)| !is_loopback(&listen.address));
    }
    if tls != Tls::Unknown {
        let wanted = tls == Tls::Tls;
        if tls == Tls::Plain && !all.is_empty() && all.iter().all(|(_, listen)| listen.tls) {
            let place = all.first().map(|(_, listen)| listen.place);
            return Candidates { servers: Vec::new(), plain_to_tls: place };
        }
        if all.iter().any(|(_, listen)| listen.tls == wanted) {
            all.retain(|(_, listen)| listen.tls == wanted);
        }
    }
    all.dedup_by_key(|(id, _)| *id);
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|(id, _)| seen.insert(*id));
    let Some(host) = host else {
        return Candidates { servers: all, plain_to_tls: None };
    };
    Candidates { servers: by_name(tree, all, host), plain_to_tls: None }
}

/// Servers of the `http` level, in order.
pub(super) fn http_servers(tree: &Tree) -> impl Iterator<Item = (LevelId, &Level)> {
    tree.of_kind(LevelKind::Server).filter(|(_, level)| {
        level.parent.and_then(|parent| tree.level(parent)).is_some_and(|parent| parent.kind == LevelKind::Http)
    })
}

fn is_loopback(address: &str) -> bool {
    address.starts_with("127.") || address == "localhost" || address == "[::1]"
}

fn by_name(tree: &Tree, all: Vec<(LevelId, Listen)>, host: &str) -> Vec<(LevelId, Listen)> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let mut best: Option<(u8, usize, usize)> = None;
    let mut open = Vec::new();
    for (index, (id, _)) in all.iter().enumerate() {
        let Some(level) = tree.level(*id) else { continue };
        for name in names(level) {
            if !name.holes.is_empty() {
                open.push(index);
                continue;
            }
            let Some((rank, length)) = name_rank(&name.text, &host) else { continue };
            // higher rank, then longer, then earlier
            if best.is_none_or(|(known, known_length, _)| (rank, length) > (known, known_length)) {
                best = Some((rank, length, index));
            }
        }
    }
    if let Some((_, _, index)) = best {
        return all.into_iter().skip(index).take(1).collect();
    }
    let default = all.iter().position(|(_, listen)| listen.default_server).unwrap_or(0);
    let wanted = |index: usize| index == default || open.contains(&index);
    all.into_iter().enumerate().filter(|(index, _)| wanted(*index)).map(|(_, server)| server).collect()
}

/// How well a `server_name` fits: exact, leading wildcard, trailing wildcard, pattern.
fn name_rank(name: &str, host: &str) -> Option<(u8, usize)> {
    if let Some(pattern) = name.strip_prefix('~') {
        let found = Pattern::new(pattern, true)?.find(host)??;
        drop(found);
        return Some((1, 0));
    }
    let name = name.to_ascii_lowercase();
    if let Some(bare) = name.strip_prefix('.') {
        if bare == host {
            return Some((4, 0));
        }
        return host.ends_with(&name).then_some((3, name.len()));
    }
    if let Some(tail) = name.strip_prefix('*') {
        return (host.ends_with(tail) && host.len() > tail.len()).then_some((3, tail.len()));
    }
    if let Some(head) = name.strip_suffix('*') {
        return (host.starts_with(head) && host.len() > head.len()).then_some((2, head.len()));
    }
    (name == host).then_some((4, 0))
}

/// How a location matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matcher<'a> {
    Exact(&'a str),
    Prefix {
        text: &'a str,
        no_regex: bool,
    },
    Regex {
        pattern: &'a str,
        ignore_case: bool,
    },
    Named(&'a str),
    /// A placeholder stands in it.
    Unknown,
}

/// How a location's head reads.
pub(super) fn matcher(level: &Level) -> Matcher<'_> {
    if level.args.iter().any(|arg| !arg.holes.is_empty()) {
        return Matcher::Unknown;
    }
    match (level.args.first().map(|arg| &*arg.text), level.args.get(1).map(|arg| &*arg.text)) {
        (Some("="), Some(text)) => Matcher::Exact(text),
        (Some("^~"), Some(text)) => Matcher::Prefix { text, no_regex: true },
        (Some("~"), Some(pattern)) => Matcher::Regex { pattern, ignore_case: false },
        (Some("~*"), Some(pattern)) => Matcher::Regex { pattern, ignore_case: true },
        (Some(one), None) => {
            if let Some(text) = one.strip_prefix("^~") {
                Matcher::Prefix { text, no_regex: true }
            } else if let Some(text) = one.strip_prefix('=') {
                Matcher::Exact(text)
            } else if let Some(pattern) = one.strip_prefix("~*") {
                Matcher::Regex { pattern, ignore_case: true }
            } else if let Some(pattern) = one.strip_prefix('~') {
                Matcher::Regex { pattern, ignore_case: false }
            } else if one.starts_with('@') {
                Matcher::Named(one)
            } else {
                Matcher::Prefix { text: one, no_regex: false }
            }
        }
        _ => Matcher::Unknown,
    }
}

/// The head of a location as people write it: `/ws/`, `= /x`, `~ ^/ws`.
pub(super) fn written(level: &Level) -> Arc<str> {
    level.args.iter().map(|arg| &*arg.text).collect::<Vec<_>>().join(" ").into()
}

/// What the location choice came to.
#[derive(Clone, Debug)]
pub(super) enum Chosen {
    /// This location, with the captures of its pattern.
    Location(LevelId, Option<Found>),
    /// The slash that nginx adds by itself.
    AddSlash(LevelId),
    /// None: the server's own root.
    Server,
    /// A placeholder or a pattern that the engine refuses decides.
    Unknown(Place),
}

/// Chooses the location of `server` for the normalized `uri`.
pub(super) fn location(tree: &Tree, server: LevelId, uri: &str) -> Chosen {
    let mut current = Chosen::Server;
    find(tree, server, uri, &mut current, 0);
    current
}

enum Rc {
    Declined,
    Done,
}

/// One level of the search; `chosen` is what is chosen so far, as in nginx.
fn find(tree: &Tree, level: LevelId, uri: &str, chosen: &mut Chosen, depth: usize) -> Rc {
    if depth > 100 {
        return Rc::Declined;
    }
    let locations = || {
        let statements = tree.level(level).map(|level| level.statements.as_slice()).unwrap_or_default();
        statements
            .iter()
            .filter(|statement| &*statement.name == "location")
            .filter_map(|statement| Some((statement.block?, tree.level(statement.block?)?)))
    };
    let mut longest: Option<(LevelId, usize, bool)> = None;
    let mut slash = None;
    for (id, inner) in locations() {
        match matcher(inner) {
            Matcher::Exact(text) => {
                if text == uri {
                    *chosen = Chosen::Location(id, None);
                    return Rc::Done;
                }
                if adds_slash(inner, text, uri) {
                    slash = Some(id);
                }
            }
            Matcher::Prefix { text, no_regex } => {
                if uri.starts_with(text) && longest.is_none_or(|(_, length, _)| text.len() > length) {
                    longest = Some((id, text.len(), no_regex));
                } else if adds_slash(inner, text, uri) {
                    slash = Some(id);
                }
            }
            Matcher::Unknown => {
                *chosen = Chosen::Unknown(inner.place);
                return Rc::Done;
            }
            Matcher::Regex { .. } | Matcher::Named(_) => {}
        }
    }
    if let Some(id) = slash.filter(|_| longest.is_none_or(|(_, length, _)| length < uri.len())) {
        *chosen = Chosen::AddSlash(id);
        return Rc::Done;
    }
    let mut no_regex = false;
    if let Some((id, _, stops)) = longest {
        *chosen = Chosen::Location(id, None);
        no_regex = stops;
        if matches!(find(tree, id, uri, chosen, depth + 1), Rc::Done) {
            return Rc::Done;
        }
    }
    if no_regex {
        return Rc::Declined;
    }
    for (id, inner) in locations() {
        let Matcher::Regex { pattern, ignore_case } = matcher(inner) else { continue };
        let found = Pattern::new(pattern, ignore_case).and_then(|pattern| pattern.find(uri));
        match found {
            None => {
                *chosen = Chosen::Unknown(inner.place);
                return Rc::Done;
            }
            Some(Some(found)) => {
                *chosen = Chosen::Location(id, Some(found));
                find(tree, id, uri, chosen, depth + 1);
                return Rc::Done;
            }
            Some(None) => {}
        }
    }
    Rc::Declined
}

/// Whether a location ending in `/` sends the slash-less address to itself.
fn adds_slash(level: &Level, text: &str, uri: &str) -> bool {
    let passes = |statement: &Statement| {
        matches!(
            &*statement.name,
            "proxy_pass" | "fastcgi_pass" | "uwsgi_pass" | "scgi_pass" | "memcached_pass" | "grpc_pass"
        )
    };
    text.strip_suffix('/') == Some(uri) && level.statements.iter().any(passes)
}
