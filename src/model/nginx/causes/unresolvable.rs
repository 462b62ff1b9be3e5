//! Names that nginx cannot resolve, or never matches.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::{chain, included, levels};
use crate::model::nginx::tree::{Level, LevelId, LevelKind, Statement, Tree};
use crate::model::nginx::variables::{TextPiece, pieces};
use crate::model::nginx::{MainFile, NginxInstance};
use crate::model::{Assumption, Cause, CauseKind, Link, NameFault};

/// Variables that lead to variables.
const MAX_DEPTH: usize = 6;
/// Values of one address.
const MAX_VALUES: usize = 32;

/// Addresses and names of a configuration that can never work.
pub(super) fn names(instance: &NginxInstance, causes: &mut Vec<Cause>) {
    let tree = &instance.tree;
    let mut seen = BTreeSet::new();
    for (id, level) in levels(tree) {
        for statement in level.statements.iter().filter(|statement| statement.block.is_none()) {
            let faults = match (&*statement.name, level.kind) {
                ("server_name", LevelKind::Server) => server_names(statement),
                ("server", LevelKind::Upstream) => member(statement).into_iter().collect(),
                ("proxy_pass", _) => unresolved(tree, id, statement).into_iter().collect(),
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
fn unresolved(tree: &Tree, level: LevelId, pass: &Statement) -> Option<NameFault> {
    let arg = pass.args.first().filter(|arg| arg.holes.is_empty())?;
    if !arg.text.contains('$') || tree.effective(level, "resolver").is_some() {
        return None;
    }
    let mut values = Vec::new();
    expand(tree, level, &arg.text, String::new(), 0, &mut values)?;
    let mut first = None;
    for value in &values {
        let found = needs_resolver(tree, value)?;
        first.get_or_insert(found);
    }
    let (host, upstream_with_port) = first?;
    Some(NameFault::NoResolver { written: Arc::clone(&arg.text), host, upstream_with_port })
}

/// The host of an address that nginx would have to look up; `None` when it need not, or the host is not known.
fn needs_resolver(tree: &Tree, address: &str) -> Option<(Arc<str>, bool)> {
    let (scheme, rest) = address.split_once("://")?;
    if rest.starts_with("unix:") {
        return None;
    }
    // only the path may be unknown
    let authority = rest.split(['/', '?']).next().filter(|authority| !authority.contains(UNKNOWN))?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if host.is_empty() || host.starts_with('[') || host.parse::<IpAddr>().is_ok() {
        return None;
    }
    let usual = if scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
    let block = tree.of_kind(LevelKind::Upstream).any(|(_, level)| names_it(level, host));
    // nginx takes an upstream of this name, and the hosts of addresses that are written out, with their ports
    let constant = tree.levels.iter().flat_map(|level| &level.statements).any(|statement| {
        let written = statement.args.first().filter(|_| &*statement.name == "proxy_pass");
        let address = written.filter(|arg| arg.holes.is_empty() && !arg.text.contains('$'));
        let parts = address.and_then(|arg| arg.text.split_once("://"));
        parts.is_some_and(|(other_scheme, rest)| {
            let authority = rest.split(['/', '?']).next().unwrap_or(rest);
            let other_usual = if other_scheme.eq_ignore_ascii_case("https") { "443" } else { "80" };
            let (other, other_port) = authority.rsplit_once(':').unwrap_or((authority, other_usual));
            other.eq_ignore_ascii_case(host) && other_port == port.unwrap_or(usual)
        })
    });
    let taken = constant || block && port.is_none();
    (!taken).then(|| (Arc::from(host), block))
}

fn names_it(upstream: &Level, host: &str) -> bool {
    upstream.args.first().is_some_and(|name| !name.holes.is_empty() || name.text.eq_ignore_ascii_case(host))
}

/// Stands for text that is not known.
const UNKNOWN: char = '\u{1}';

/// Every text that `text` may come to at `level`, after `before`; `None` when there are too many.
fn expand(
    tree: &Tree,
    level: LevelId,
    text: &str,
    before: String,
    depth: usize,
    values: &mut Vec<String>,
) -> Option<()> {
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
                    match assigned(tree, level, name) {
                        Some(texts) => {
                            for text in texts {
                                expand(tree, level, text, start.clone(), depth + 1, &mut next)?;
                            }
                        }
                        None if is_path(name) => next.push(format!("{start}/{UNKNOWN}")),
                        None => next.push(format!("{start}{UNKNOWN}")),
                    }
                }
                open = next;
            }
        }
    }
    values.extend(open);
    (values.len() <= MAX_VALUES).then_some(())
}

/// Variables of nginx that begin with a slash: what stands before them ends there.
fn is_path(name: &str) -> bool {
    matches!(name, "request_uri" | "uri" | "document_uri")
}

/// The texts that `set` and `map` give a variable where `level` sees it; `None` when something else may.
fn assigned<'a>(tree: &'a Tree, level: LevelId, name: &str) -> Option<Vec<&'a str>> {
    let is_it = |text: &str| text.strip_prefix('$').is_some_and(|text| text.eq_ignore_ascii_case(name));
    let mut found = Vec::new();
    // an internal redirect keeps what other locations set
    for statement in tree.levels.iter().flat_map(|level| &level.statements) {
        match &*statement.name {
            "set" if statement.arg(0).is_some_and(is_it) => found.push(statement.arg(1)?),
            "map" if statement.arg(1).is_some_and(is_it) => {
                let block = statement.block.and_then(|block| tree.level(block))?;
                for entry in &block.statements {
                    match &*entry.name {
                        "hostnames" | "volatile" => {}
                        "include" => return None,
                        _ => found.push(entry.arg(0)?),
                    }
                }
                if !block.unseen.is_empty() {
                    return None;
                }
            }
            _ if statement.args.iter().any(|arg| is_it(&arg.text)) && statement.name.contains("set_") => {
                return None;
            }
            _ => {}
        }
    }
    let unseen = tree.unseen_around(level).next().is_some();
    (!found.is_empty() && !unseen).then_some(found)
}

/// The `set` that gives the address its host.
fn set_at(tree: &Tree, level: LevelId, pass: &Statement) -> Option<Link> {
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
