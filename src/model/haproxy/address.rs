//! Addresses that are listened on, and those of servers.

use std::net::IpAddr;
use std::sync::Arc;

use super::config::{Config, Kind, Line, Section, Word};
use crate::base::Place;
use crate::model::Tls;
use crate::model::proxy::Target;

/// Members of a `server-template` that are told apart.
const MOST_MEMBERS: usize = 16;

/// An address of a `bind`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bind {
    pub place: Place,
    /// The address; `None` is all of them.
    pub address: Option<IpAddr>,
    /// The first port and the last one; `None` where a placeholder is.
    pub ports: Option<(u16, u16)>,
    pub tls: Tls,
    /// The protocols that TLS offers, as written.
    pub alpn: Option<Arc<str>>,
}

/// A server of a back end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Server {
    pub name: Arc<str>,
    pub place: Place,
    /// The word with its address.
    pub address: Place,
    /// `None` where a placeholder is, and for a socket of the file system.
    pub host: Option<Arc<str>>,
    pub port: Port,
    pub tls: Tls,
    pub protocol: Protocol,
    pub part: Part,
    /// It has a value for the cookie that binds clients.
    pub cookie: Option<Place>,
    /// Members that the line stands for.
    pub members: usize,
}

/// The port of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Port {
    Is(u16),
    /// That of the client's connection, and so much more.
    Asked(i32),
    Unknown,
}

/// What is spoken to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    /// `proto h2`
    Http2,
    /// What `alpn` comes to.
    Negotiated,
}

/// When a server gets requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Always,
    /// When no other is left.
    Backup,
    Never,
}

/// The addresses that a section listens on.
pub(super) fn binds(head: &Line, section: &Section) -> Vec<Bind> {
    if !matches!(section.kind, Kind::Frontend | Kind::Listen) {
        return Vec::new();
    }
    let lines = section.lines.iter().filter(|line| line.word(0) == Some("bind"));
    let mut found: Vec<Bind> = lines.flat_map(|line| bind(line, line.words.get(1))).collect();
    // `listen web :80`, until 1.7
    if head.words.get(2).is_some_and(|word| word.text.contains(':')) {
        found.extend(bind(head, head.words.get(2)));
    }
    found
}

fn bind(line: &Line, addresses: Option<&Word>) -> Vec<Bind> {
    let Some(addresses) = addresses else { return Vec::new() };
    let options = line.words.get(2..).unwrap_or_default();
    let unread = options.iter().any(|word| !word.holes.is_empty() && !word.text.contains(['/', '.']));
    let tls = match options.iter().any(|word| word.is("ssl")) {
        true => Tls::Tls,
        false if unread || line.doubt().is_some() => Tls::Unknown,
        false => Tls::Plain,
    };
    let alpn = options.iter().position(|word| word.is("alpn")).and_then(|at| options.get(at + 1));
    let is_open = !addresses.holes.is_empty() || addresses.text.contains('$');
    let one = |text: &str| {
        let text = without_family(text)?;
        if text.starts_with('/') {
            return None;
        }
        let (host, ports) = text.rsplit_once(':').unwrap_or((text, ""));
        let address = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let ports = first.parse().ok().zip(last.parse().ok());
        if ports.is_none() && !is_open {
            return None;
        }
        Some(Bind {
            place: line.place,
            address: address.filter(|address: &IpAddr| !address.is_unspecified()),
            ports: ports.filter(|_| !addresses.text.contains('$')),
            tls,
            alpn: alpn.map(|alpn| Arc::clone(&alpn.text)),
        })
    };
    addresses.text.split(',').filter_map(one).collect()
}

/// An address without `ipv4@` and the like; `None` for what no request comes to over TCP.
fn without_family(text: &str) -> Option<&str> {
    match text.split_once('@') {
        Some(("ipv4" | "ipv6" | "tcp4" | "tcp6" | "tcp", rest)) => Some(rest),
        Some(_) => None,
        None => Some(text),
    }
}

/// The servers of a section that is not yet among the others.
pub(super) fn servers(config: &Config, section: &Section) -> Vec<Server> {
    let mut common: Vec<&Word> = Vec::new();
    let inherited = section.defaults.map(|number| config.chain(number)).unwrap_or_default();
    for defaults in inherited.into_iter().rev() {
        common
            .extend(defaults.lines.iter().filter(|line| line.starts(&["default-server"])).flat_map(|line| &line.words));
    }
    let mut found = Vec::new();
    for line in &section.lines {
        match line.word(0) {
            Some("default-server") => common.extend(line.words.iter().skip(1)),
            Some("server") => found.extend(server(line, &common, 2, 1)),
            Some("server-template") => {
                let members = line.word(2).map_or(1, members);
                found.extend(server(line, &common, 3, members));
            }
            Some("dispatch") => found.extend(server(line, &[], 1, 1)),
            _ => {}
        }
    }
    found
}

/// How many members `1-3` or `3` stand for.
fn members(range: &str) -> usize {
    let (first, last) = range.split_once('-').unwrap_or(("1", range));
    let (first, last): (usize, usize) = (first.parse().unwrap_or(1), last.parse().unwrap_or(1));
    (last.saturating_sub(first) + 1).min(MOST_MEMBERS)
}

fn server(line: &Line, common: &[&Word], at: usize, members: usize) -> Option<Server> {
    let name = Arc::clone(&line.words.get(1)?.text);
    let address = line.words.get(at)?;
    let options: Vec<&Word> = common.iter().copied().chain(line.words.iter().skip(at + 1)).collect();
    let position = |on: &str| options.iter().rposition(|word| word.is(on));
    let is_on = |on: &str, off: &str| match (position(on), position(off)) {
        (Some(on), Some(off)) => on > off,
        (on, _) => on.is_some(),
    };
    let value = |name: &str| position(name).and_then(|at| options.get(at + 1)).copied();
    let open = options.iter().any(|word| !word.holes.is_empty());
    let tls = match is_on("ssl", "no-ssl") {
        true => Tls::Tls,
        false if open => Tls::Unknown,
        false => Tls::Plain,
    };
    let protocol = match (value("proto"), value("alpn")) {
        (Some(proto), _) if proto.is("h2") => Protocol::Http2,
        (None, Some(alpn)) if tls == Tls::Tls && &*alpn.text == "h2" => Protocol::Http2,
        (None, Some(alpn)) if tls == Tls::Tls && alpn.text.contains("h2") => Protocol::Negotiated,
        _ => Protocol::Http1,
    };
    let part = if is_on("disabled", "enabled") || value("weight").is_some_and(|weight| weight.is("0")) {
        Part::Never
    } else if is_on("backup", "no-backup") {
        Part::Backup
    } else {
        Part::Always
    };
    let (host, port) = host_port(address);
    Some(Server {
        name,
        place: line.place,
        address: address.place,
        host,
        port,
        tls,
        protocol,
        part,
        cookie: value("cookie").map(|word| word.place),
        members,
    })
}

/// Host and port of a server. A placeholder leaves unknown what it is in.
fn host_port(address: &Word) -> (Option<Arc<str>>, Port) {
    let Some(text) = without_family(&address.text) else { return (None, Port::Unknown) };
    if text.starts_with('/') {
        return (None, Port::Unknown);
    }
    // `${HOST:-x}` and `{{ a:b }}` hold colons of their own
    let last_hole = address.holes.iter().map(|(span, _)| span.end as usize).max().unwrap_or(0);
    let offset = address.text.len() - text.len();
    let colon = text.rfind(':').filter(|colon| colon + offset >= last_hole || is_between(address, colon + offset));
    let is_v6_alone = text.ends_with(']');
    let (host, port) = match colon {
        Some(colon) if !is_v6_alone => (text.get(..colon).unwrap_or_default(), text.get(colon + 1..)),
        _ => (text, None),
    };
    let is_known = |part: &str, from: usize| {
        let to = from + part.len();
        let hit = |span: &crate::base::Span| (span.start as usize) < to && from < span.end as usize;
        !part.contains('$') && !address.holes.iter().any(|(span, _)| hit(span))
    };
    let host_is_known = is_known(host, offset);
    let known = host_is_known.then(|| Arc::from(host.trim_start_matches('[').trim_end_matches(']')));
    let port = match port {
        None if host_is_known => Port::Asked(0),
        None => Port::Unknown,
        Some(port) if !is_known(port, offset + host.len() + 1) => Port::Unknown,
        Some("") => Port::Asked(0),
        Some(port) if port.starts_with(['+', '-']) => port.parse().map_or(Port::Unknown, Port::Asked),
        Some(port) => port.parse().map_or(Port::Unknown, Port::Is),
    };
    (known, port)
}

/// Whether a byte is outside of every placeholder.
fn is_between(word: &Word, at: usize) -> bool {
    !word.holes.iter().any(|(span, _)| span.range().contains(&at))
}

impl Server {
    /// Where a request that came to `asked` goes.
    pub fn target(&self, asked: u16) -> Target {
        let port = match self.port {
            Port::Is(port) => Some(port),
            Port::Asked(more) => u16::try_from(i32::from(asked) + more).ok(),
            Port::Unknown => None,
        };
        Target { host: self.host.clone(), port, place: self.address }
    }
}
