//! Addresses that are listened on, and those of servers.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::config::{Kind, Line, Section, Word};
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

/// Options of servers that change where requests go, with their values.
const READ: [&str; 10] =
    ["ssl", "no-ssl", "proto", "alpn", "disabled", "enabled", "weight", "backup", "no-backup", "cookie"];

/// What is said of a server, as far as it is read: of each option the last time that it is named counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    named: BTreeMap<&'static str, (usize, Option<Word>)>,
    count: usize,
    /// A placeholder may say anything.
    is_open: bool,
}

impl Options {
    fn add(&mut self, words: &[Word]) {
        for (at, word) in words.iter().enumerate() {
            self.count += 1;
            self.is_open |= !word.holes.is_empty();
            if let Some(name) = READ.iter().find(|name| word.is(name)) {
                self.named.insert(name, (self.count, words.get(at + 1).cloned()));
            }
        }
    }

    /// Whether the first was named after the second.
    fn is_on(&self, on: &str, off: &str) -> bool {
        let position = |name: &str| self.named.get(name).map(|(at, _)| *at);
        position(on) > position(off)
    }

    /// The word behind an option.
    fn value(&self, name: &str) -> Option<&Word> {
        self.named.get(name)?.1.as_ref()
    }
}

/// The servers of a section. What `default-server` says is added to what the section inherits.
pub(super) fn servers(section: &mut Section) -> Vec<Server> {
    let mut found = Vec::new();
    for line in &section.lines {
        let common = &mut section.common;
        match line.word(0) {
            Some("default-server") => common.add(line.words.get(1..).unwrap_or_default()),
            Some("server") => found.extend(server(line, common, 2, 1)),
            Some("server-template") => {
                let members = line.word(2).map_or(1, members);
                found.extend(server(line, common, 3, members));
            }
            Some("dispatch") => found.extend(server(line, &Options::default(), 1, 1)),
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

fn server(line: &Line, common: &Options, at: usize, members: usize) -> Option<Server> {
    let name = Arc::clone(&line.words.get(1)?.text);
    let address = line.words.get(at)?;
    let mut options = common.clone();
    options.add(line.words.get(at + 1..).unwrap_or_default());
    let tls = match options.is_on("ssl", "no-ssl") {
        true => Tls::Tls,
        false if options.is_open => Tls::Unknown,
        false => Tls::Plain,
    };
    let protocol = match (options.value("proto"), options.value("alpn")) {
        (Some(proto), _) if proto.is("h2") => Protocol::Http2,
        (None, Some(alpn)) if tls == Tls::Tls && &*alpn.text == "h2" => Protocol::Http2,
        (None, Some(alpn)) if tls == Tls::Tls && alpn.text.contains("h2") => Protocol::Negotiated,
        _ => Protocol::Http1,
    };
    let part = if options.is_on("disabled", "enabled") || options.value("weight").is_some_and(|weight| weight.is("0")) {
        Part::Never
    } else if options.is_on("backup", "no-backup") {
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
        cookie: options.value("cookie").map(|word| word.place),
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
