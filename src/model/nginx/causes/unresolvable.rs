//! Names that nginx cannot resolve, or never matches.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::{chain, included, levels, short_names};
use crate::model::nginx::tree::{Argument, LevelId, LevelKind, Statement, Tree};
use crate::model::nginx::variables::{TextPiece, pieces};
use crate::model::nginx::{MainFile, NginxInstance};
use crate::model::{Assumption, Cause, CauseKind, Fronts, Link, NameFault};

/// Variables that lead to variables.
const MAX_DEPTH: usize = 6;
/// Values of one address.
const MAX_VALUES: usize = 32;

/// Addresses and names of a configuration that can never work.
pub(super) fn names(instance: &NginxInstance, cluster: Option<&Fronts>, causes: &mut Vec<Cause>) {
    let tree = &instance.tree;
    let known = Known::of(tree);
    if let Some(fronts) = cluster {
        short_names::find(tree, &known, fronts, causes);
    }
    let mut seen = BTreeSet::new();
    for (id, level) in levels(tree) {
        for statement in level.statements.iter().filter(|statement| statement.block.is_none()) {
            let faults = match (&*statement.name, level.kind) {
                ("server_name", LevelKind::Server) => server_names(statement),
                ("server", LevelKind::Upstream) => member(statement).into_iter().collect(),
                ("proxy_pass", _) => unresolved(tree, &known, id, statement).into_iter().collect(),
                _ => continue,
            };
            for fault in faults {
                let key = key(&fault);
                if !seen.insert((statement.place, key.clone())) {
                    continue;
                }
                let mut links: Vec<Link> = included(tree, statement, level).into_iter().collect();
                let mut assumptions = Vec::new();
                if let NameFault::NoResolver { .. } = &fault {
                    links.extend(set_at(tree, id, statement));
                    assumptions.extend(unseen(instance, id));
                }
                let kind = CauseKind::UnresolvableUpstream { fault };
                causes.push(Cause { kind, place: statement.place, key, chains: chain(links), assumptions });
            }
        }
    }
}

fn key(fault: &NameFault) -> String {
    match fault {
        NameFault::NoResolver { written, .. }
        | NameFault::ServerNameWithScheme { written, .. }
        | NameFault::ServerNameWithPort { written, .. }
        | NameFault::ShortName { written, .. }
        | NameFault::MemberWithScheme { written, .. } => written.to_string(),
    }
}

/// A file that may set a `resolver`, or define an upstream, and is not in the repository.
fn unseen(instance: &NginxInstance, level: LevelId) -> Option<Assumption> {
    let path = match (instance.tree.unseen_around(level).next(), instance.main_file) {
        (Some((_, path)), _) => Arc::clone(path),
        (None, MainFile::Elsewhere) => "nginx.conf".into(),
        (None, MainFile::Here | MainFile::Image) => return None,
    };
    Some(Assumption::UnseenInclude(path))
}

fn server_names(statement: &Statement) -> Vec<NameFault> {
    let plain = statement.args.iter().filter(|arg| arg.holes.is_empty() && !arg.text.starts_with('~'));
    plain
        .filter_map(|arg| {
            let written = Arc::clone(&arg.text);
            if let Some((scheme, rest)) = arg.text.split_once("://") {
                let name = rest.split(['/', ':']).next().unwrap_or(rest);
                let known = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "ws" | "wss");
                return known.then(|| NameFault::ServerNameWithScheme { written, name: name.into() });
            }
            let (name, port) = arg.text.rsplit_once(':')?;
            let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            let is_address = name.contains(':') || name.contains('[');
            (is_port && !is_address).then(|| NameFault::ServerNameWithPort { name: name.into(), written })
        })
        .collect()
}

fn member(statement: &Statement) -> Option<NameFault> {
    let arg = statement.args.first().filter(|arg| arg.holes.is_empty())?;
    let (scheme, address) = arg.text.split_once("://")?;
    let known = matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https" | "ws" | "wss" | "grpc");
    let address = address.split('/').next().unwrap_or(address).into();
    known.then(|| NameFault::MemberWithScheme { written: Arc::clone(&arg.text), address })
}

/// A `proxy_pass` whose address is put together at run time and names a host, where no resolver is in effect.
fn unresolved(tree: &Tree, known: &Known<'_>, level: LevelId, pass: &Statement) -> Option<NameFault> {
    let arg = pass.args.first().filter(|arg| arg.holes.is_empty() && arg.text.contains('$'))?;
    if known.has_resolver(tree, level) {
        return None;
    }
    let (host, upstream_with_port) = looked_up(tree, known, level, arg)?;
    Some(NameFault::NoResolver { written: Arc::clone(&arg.text), host, upstream_with_port })
}

/// The host that nginx looks up for each request to an address, and whether an `upstream` of that name is not taken.
pub(super) fn looked_up(tree: &Tree, known: &Known<'_>, level: LevelId, arg: &Argument) -> Option<(Arc<str>, bool)> {
    // what an include that is not here may set is not known
    let assigned = if tree.unseen_around(level).next().is_some() { &BTreeMap::new() } else { &known.assigned };
    let mut values = Vec::new();
    expand(assigned, &arg.text, String::new(), 0, &mut values)?;
    let mut first = None;
    for value in &values {
        let found = needs_resolver(known, value)?;
        first.get_or_insert(found);
    }
    first
}

/// The host of an address that nginx would have to look up; `None` when it need not, or the host is not known.
fn needs_resolver(known: &Known<'_>, address: &str) -> Option<(Arc<str>, bool)> {
    let (authority, usual) = authority(address)?;
    // only the path may be unknown
    if authority.starts_with("unix:") || authority.contains(UNKNOWN) {
        return None;
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() || host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let name = host.to_ascii_lowercase();
    let block = known.upstreams.contains(&name) || known.unknown_upstream;
    // nginx takes an upstream of this name, and the hosts of addresses that are written out, with their ports
    let constant = known.constants.contains(&(name, port.unwrap_or(usual).to_owned()));
    let taken = constant || block && port.is_none();
    (!taken).then(|| (Arc::from(host), block))
}

/// Stands for text that is not known.
const UNKNOWN: char = '\u{1}';

/// The texts that `set` and `map` give each variable; `None` when something else may give it one.
type Assigned<'a> = BTreeMap<String, Option<Vec<&'a str>>>;

/// What a configuration says about names, gathered once.
pub(super) struct Known<'a> {
    /// Names of `upstream` blocks.
    upstreams: BTreeSet<String>,
    /// Whether the name of one is a placeholder.
    unknown_upstream: bool,
    /// Hosts and ports of addresses without variables.
    constants: BTreeSet<(String, String)>,
    /// Levels with a `resolver`.
    resolvers: BTreeSet<LevelId>,
    assigned: Assigned<'a>,
}

impl<'a> Known<'a> {
    fn of(tree: &'a Tree) -> Self {
        let names = || tree.of_kind(LevelKind::Upstream).filter_map(|(_, level)| level.args.first());
        let plain = names().filter(|name| name.holes.is_empty());
        let mut known = Self {
            upstreams: plain.map(|name| name.text.to_ascii_lowercase()).collect(),
            unknown_upstream: names().any(|name| !name.holes.is_empty()),
            constants: BTreeSet::new(),
            resolvers: BTreeSet::new(),
            assigned: BTreeMap::new(),
        };
        for (id, level) in levels(tree) {
            for statement in &level.statements {
                match &*statement.name {
                    "resolver" => drop(known.resolvers.insert(id)),
                    "proxy_pass" => known.constants.extend(constant(statement)),
                    _ => known.assign(tree, statement),
                }
            }
        }
        known
    }

    /// Whether names are looked up at run time.
    pub(super) fn has_resolver(&self, tree: &Tree, level: LevelId) -> bool {
        tree.outward(level).any(|(id, _)| self.resolvers.contains(&id))
    }

    /// An internal redirect keeps what other locations set, so every `set` of the configuration counts.
    fn assign(&mut self, tree: &'a Tree, statement: &'a Statement) {
        let name = |index: usize| {
            let text = statement.args.get(index).map(|arg| &*arg.text);
            text.and_then(|text| text.strip_prefix('$')).map(str::to_ascii_lowercase)
        };
        match &*statement.name {
            "set" => {
                if let Some(name) = name(0) {
                    self.give(name, statement.arg(1).map(|value| vec![value]));
                }
            }
            "map" => {
                if let Some(name) = name(1) {
                    self.give(name, map_values(tree, statement));
                }
            }
            // `set_by_lua $x`, `auth_request_set $x`
            other if other.contains("set_") || other.ends_with("_set") => {
                for name in (0..statement.args.len()).filter_map(name) {
                    self.give(name, None);
                }
            }
            _ => {}
        }
    }

    fn give(&mut self, name: String, values: Option<Vec<&'a str>>) {
        let all = self.assigned.entry(name).or_insert_with(|| Some(Vec::new()));
        match (all.as_mut(), values) {
            (Some(all), Some(values)) => all.extend(values),
            _ => *all = None,
        }
    }
}

/// The values of a `map`; `None` when some are not known.
fn map_values<'a>(tree: &'a Tree, map: &Statement) -> Option<Vec<&'a str>> {
    let block = map.block.and_then(|block| tree.level(block)).filter(|block| block.unseen.is_empty())?;
    let entries = block.statements.iter().filter(|entry| !matches!(&*entry.name, "hostnames" | "volatile"));
    entries.map(|entry| entry.arg(0)).collect()
}

/// Host and port of an address as they are written, and the port that stands for none.
fn authority(address: &str) -> Option<(&str, &'static str)> {
    let (scheme, rest) = address.split_once("://")?;
    let usual = if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
    Some((rest.split(['/', '?']).next().unwrap_or(rest), usual))
}

/// Host and port of an address without variables.
fn constant(pass: &Statement) -> Option<(String, String)> {
    let (authority, usual) = authority(pass.arg(0).filter(|text| !text.contains('$'))?)?;
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, usual));
    Some((host.to_ascii_lowercase(), port.to_owned()))
}

/// Every text that `text` may come to, after `before`; `None` when there are too many.
fn expand(assigned: &Assigned<'_>, text: &str, before: String, depth: usize, values: &mut Vec<String>) -> Option<()> {
    if depth > MAX_DEPTH || values.len() > MAX_VALUES {
        return None;
    }
    let mut open = vec![before];
    for piece in pieces(text) {
        match piece {
            TextPiece::Plain(plain) => open.iter_mut().for_each(|value| value.push_str(plain)),
            TextPiece::Variable(name) => {
                let mut next = Vec::new();
                for start in open {
                    match assigned.get(&name.to_ascii_lowercase()) {
                        Some(Some(texts)) => {
                            for text in texts {
                                expand(assigned, text, start.clone(), depth + 1, &mut next)?;
                            }
                        }
                        _ if is_path(name) => next.push(format!("{start}/{UNKNOWN}")),
                        _ => next.push(format!("{start}{UNKNOWN}")),
                    }
                }
                open = next;
            }
        }
    }
    values.extend(open);
    (values.len() <= MAX_VALUES).then_some(())
}

/// Variables of nginx that begin with a slash: what is before them ends there.
fn is_path(name: &str) -> bool {
    matches!(name, "request_uri" | "uri" | "document_uri")
}

/// The `set` that gives the address its host.
pub(super) fn set_at(tree: &Tree, level: LevelId, pass: &Statement) -> Option<Link> {
    let text = &pass.args.first()?.text;
    let name = pieces(text).into_iter().find_map(|piece| match piece {
        TextPiece::Variable(name) => Some(name),
        TextPiece::Plain(_) => None,
    })?;
    let is_it = |statement: &&Statement| {
        &*statement.name == "set"
            && statement.arg(0).and_then(|text| text.strip_prefix('$')).is_some_and(|text| text == name)
    };
    let set = tree.outward(level).find_map(|(_, level)| level.statements.iter().find(is_it))?;
    Some(Link { place: set.place, shows: format!("gives `${name}` its value") })
}
