//! Addresses that servers listen on, and their names.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use super::names::NameIndex;
use crate::base::Place;
use crate::model::Tls;
use crate::model::nginx::pattern::Found;
use crate::model::nginx::tree::{Argument, Level, LevelId, Statement, Tree};
use crate::model::proxy::Request;

/// One address of one server.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::model::nginx) struct Listen {
    pub address: Arc<str>,
    /// `None`: a unix socket or a placeholder.
    pub port: Option<u16>,
    pub tls: bool,
    pub default_server: bool,
    pub place: Place,
}

/// The addresses of a server; port 80 when it names none.
pub(in crate::model::nginx) fn listens(server: &Level) -> Vec<Listen> {
    let is_on = |statement: &Statement| &*statement.name == "ssl" && statement.arg(0) == Some("on");
    let ssl_on = server.statements.iter().any(is_on);
    let mut found: Vec<Listen> = server
        .statements
        .iter()
        .filter(|statement| &*statement.name == "listen" && statement.block.is_none())
        .filter_map(listen)
        .map(|listen| Listen { tls: listen.tls || ssl_on, ..listen })
        .collect();
    if found.is_empty() && !server.statements.iter().any(|statement| &*statement.name == "listen") {
        let place = server.place;
        found.push(Listen { address: "*".into(), port: Some(80), tls: false, default_server: false, place });
    }
    found
}

fn listen(statement: &Statement) -> Option<Listen> {
    let first = statement.args.first()?;
    let has = |word: &str| statement.args.iter().skip(1).any(|arg| &*arg.text == word);
    if has("quic") && !has("ssl") {
        return None;
    }
    let (address, port) = address(first);
    let tls = has("ssl");
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
pub(in crate::model::nginx) fn names(server: &Level) -> Vec<&Argument> {
    server.statements.iter().filter(|statement| &*statement.name == "server_name").flat_map(|s| &s.args).collect()
}

/// The servers that may take a request, when more than one may because something is not known.
#[derive(Clone, Debug)]
pub(in crate::model::nginx) struct Candidates {
    pub servers: Vec<Candidate>,
    /// The server that reads a request before its name is known.
    pub default: Option<Candidate>,
    /// A plain request to a port that only speaks TLS: where that is said.
    pub plain_to_tls: Option<Place>,
}

/// A server that may take a request.
#[derive(Clone, Debug)]
pub(in crate::model::nginx) struct Candidate {
    pub server: LevelId,
    pub listen: Listen,
    /// What the pattern of its name left behind.
    pub found: Option<Found>,
}

impl Candidate {
    fn new((server, listen): (LevelId, Listen)) -> Self {
        Self { server, listen, found: None }
    }
}

/// Chooses the server for the address and the host of a request.
pub(in crate::model::nginx) fn servers(tree: &Tree, request: &Request) -> Candidates {
    let arrivals = tree.arrivals(request);
    let candidates = |indices: Vec<usize>| indices.into_iter().filter_map(|index| arrivals.candidate(index)).collect();
    let servers = match request.host.as_deref() {
        Some(host) => by_name(tree, &arrivals, host),
        None => candidates((0..arrivals.all.len()).collect()),
    };
    Candidates { servers, default: arrivals.candidate(arrivals.default), plain_to_tls: arrivals.plain_to_tls }
}

/// The servers of one port, address and protocol, with their names.
#[derive(Debug)]
pub(in crate::model::nginx) struct Arrivals {
    all: Vec<(LevelId, Listen)>,
    /// The index of the server that takes what no name takes.
    default: usize,
    plain_to_tls: Option<Place>,
    names: NameIndex,
}

impl Arrivals {
    /// What arrives as the request does.
    pub fn new(tree: &Tree, request: &Request) -> Self {
        let mut all: Vec<(LevelId, Listen)> = tree.servers_at(request.port).to_vec();
        at_address(&mut all, request.address);
        let plain_to_tls = speak(&mut all, request.tls);
        let mut seen = BTreeSet::new();
        all.retain(|(id, _)| seen.insert(*id));
        let default = all.iter().position(|(_, listen)| listen.default_server).unwrap_or(0);
        let names = NameIndex::new(tree, all.iter().map(|(id, _)| *id));
        Self { all, default, plain_to_tls, names }
    }

    /// How many servers there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    fn candidate(&self, index: usize) -> Option<Candidate> {
        self.all.get(index).cloned().map(Candidate::new)
    }
}

/// Keeps those that listen on the address: its own listeners take what arrives there, those of no address the rest.
fn at_address(all: &mut Vec<(LevelId, Listen)>, address: Option<IpAddr>) {
    if let Some(address) = address {
        let own = |listen: &Listen| concrete(&listen.address) == Some(address);
        if all.iter().any(|(_, listen)| own(listen)) {
            all.retain(|(_, listen)| own(listen));
        } else {
            all.retain(|(_, listen)| concrete(&listen.address).is_none());
        }
    } else if all.iter().any(|(_, listen)| !is_loopback(&listen.address)) {
        // a loopback address takes only what comes from the host itself
        all.retain(|(_, listen)| !is_loopback(&listen.address));
    }
}

/// The one address that a listener stands for; `None` when it takes any.
fn concrete(address: &str) -> Option<IpAddr> {
    if address == "localhost" {
        return "127.0.0.1".parse().ok();
    }
    match address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inside) => inside.parse::<Ipv6Addr>().ok().filter(|address| !address.is_unspecified()).map(IpAddr::V6),
        None => address.parse().ok().filter(|address: &IpAddr| !address.is_unspecified()),
    }
}

/// Keeps those that speak what the client speaks. One `ssl` makes all listeners of an address TLS.
fn speak(all: &mut Vec<(LevelId, Listen)>, tls: Tls) -> Option<Place> {
    let secure: BTreeSet<Arc<str>> =
        all.iter().filter(|(_, listen)| listen.tls).map(|(_, listen)| Arc::clone(&listen.address)).collect();
    for (_, listen) in all.iter_mut() {
        listen.tls |= secure.contains(&listen.address);
    }
    match tls {
        Tls::Unknown => None,
        Tls::Plain if all.iter().all(|(_, listen)| listen.tls) => all.first().map(|(_, listen)| listen.place),
        Tls::Plain | Tls::Tls => {
            let wanted = tls == Tls::Tls;
            if all.iter().any(|(_, listen)| listen.tls == wanted) {
                all.retain(|(_, listen)| listen.tls == wanted);
            }
            None
        }
    }
}

fn is_loopback(address: &str) -> bool {
    address.starts_with("127.") || address == "localhost" || address == "[::1]"
}

/// The server of a name, else the default and those whose names are not known.
fn by_name(tree: &Tree, arrivals: &Arrivals, host: &str) -> Vec<Candidate> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if let Some((index, found)) = arrivals.names.find(tree, &host) {
        let found = found.filter(|_| looks_for_names(tree, &arrivals.all));
        return arrivals.candidate(index).map(|one| Candidate { found, ..one }).into_iter().collect();
    }
    let mut wanted = arrivals.names.open.clone();
    wanted.insert(arrivals.default);
    wanted.into_iter().filter_map(|index| arrivals.candidate(index)).collect()
}

/// Whether nginx looks for the names of an address at all: where only one server listens, it does when the last pattern of
/// its names has groups.
fn looks_for_names(tree: &Tree, all: &[(LevelId, Listen)]) -> bool {
    let [(only, _)] = all else { return true };
    let names = tree.level(*only).map(names).unwrap_or_default();
    let last = names.iter().rev().find_map(|name| name.text.strip_prefix('~'));
    last.is_some_and(|pattern| tree.effort.has_groups(pattern))
}
