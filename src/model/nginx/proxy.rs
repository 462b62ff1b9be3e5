//! What `proxy_pass` sends where.

use std::sync::Arc;

use super::answer::{Outcome, Proxied, Target};
use super::headers;
use super::request::Sent;
use super::run::{Run, unknown};
use super::select;
use super::tree::{LevelId, LevelKind, Statement, Tree};
use super::upgrade;
use super::variables::{Evaluated, GAP, TextPiece, pieces};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::{PathPiece, PathText};

/// Forwards the request of `run`, in `location`; `level` holds `pass` (the location or an `if` in it).
pub(super) fn forward(run: &mut Run<'_>, location: LevelId, level: LevelId, pass: &Statement) -> Outcome {
    let tree = run.tree;
    let place = pass.place;
    let (Some(arg), Some(block)) = (pass.args.first(), tree.level(location)) else {
        return unknown(HoleReason::Unsupported, Some(place));
    };
    let url = run.variables.with_gaps(tree, arg);
    let variable = pieces(&arg.text).iter().any(|piece| matches!(piece, TextPiece::Variable(_)))
        && arg.holes.is_empty() | arg.text.replace("${", "").contains('$');
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(GAP) => (scheme.to_ascii_lowercase(), rest),
        _ if url.starts_with(GAP) => ("http".to_owned(), url.as_str()),
        _ => return unknown(HoleReason::Unsupported, Some(place)),
    };
    let (authority, uri) = if let Some(socket) = rest.strip_prefix("unix:") {
        let end = socket.find(':').map_or(rest.len(), |found| found + 5);
        (rest.get(..end).unwrap_or(rest), rest.get(end + 1..).unwrap_or_default())
    } else {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        rest.split_at(end)
    };
    let default_port = if scheme == "https" { 443 } else { 80 };
    let upstream = tree
        .of_kind(LevelKind::Upstream)
        .find(|(_, level)| level.args.first().is_some_and(|name| name.text.eq_ignore_ascii_case(authority)));
    let targets = match upstream {
        Some((_, block)) => members(block.statements.as_slice()),
        None => vec![target(authority, default_port, arg.place)],
    };
    let path = match new_path(run, location, uri, variable) {
        Some(path) => PathText(vec![PathPiece::Known(path.into())]),
        None => PathText(vec![PathPiece::Rest]),
    };
    let host_header = tree
        .effective(level, "proxy_set_header")
        .and_then(|(_, headers)| {
            let host = |header: &&&Statement| header.arg(0).is_some_and(|name| name.eq_ignore_ascii_case("host"));
            headers.iter().rev().find(host).and_then(|header| header.args.get(1)).map(|arg| Arc::clone(&arg.text))
        })
        .unwrap_or_else(|| "$proxy_host".into());
    let proxy_host = if authority.contains(GAP) {
        Evaluated::Unknown(HoleReason::Runtime)
    } else {
        Evaluated::Known(authority.to_owned())
    };
    let name = select::written(block);
    run.steps.push((place, format!("`proxy_pass` sends it to {}", arg.text)));
    Outcome::Proxied(Box::new(Proxied {
        location: name,
        location_place: block.place,
        level,
        pass_place: place,
        scheme: scheme.into(),
        targets,
        upstream: upstream.map(|_| authority.into()),
        path,
        query: Sent::Unknown,
        http_version: headers::spoken(run, level),
        headers: headers::headers(run, level, proxy_host),
        upgrade: upgrade::verdict(run, location, level),
        host_header,
        origin_gate: run.origin_gate,
    }))
}

/// The path for the upstream; `None` when variables decide it.
fn new_path(run: &Run<'_>, location: LevelId, uri: &str, variable: bool) -> Option<String> {
    if uri.contains(GAP) {
        return None;
    }
    let uri = uri.split('?').next().unwrap_or_default();
    if variable && !uri.is_empty() {
        return Some(uri.to_owned());
    }
    let current = if run.rewritten { &run.uri } else { &run.raw };
    let replaced = prefix(run.tree, location).filter(|_| !uri.is_empty() && !run.location_invalid);
    match replaced {
        Some(prefix) => Some(format!("{uri}{}", run.uri.get(prefix.len()..).unwrap_or_default())),
        None => Some(current.clone()),
    }
}

/// The part of the path that a URI in `proxy_pass` replaces.
fn prefix(tree: &Tree, location: LevelId) -> Option<&str> {
    match select::matcher(tree.level(location)?) {
        select::Matcher::Exact(text) | select::Matcher::Prefix { text, .. } => Some(text),
        _ => None,
    }
}

/// The members of an upstream that take requests.
pub(super) fn members(statements: &[Statement]) -> Vec<Target> {
    statements
        .iter()
        .filter(|statement| &*statement.name == "server")
        .filter(|statement| !statement.args.iter().any(|arg| &*arg.text == "down"))
        .filter_map(|statement| statement.args.first())
        .map(|arg| {
            let mut text = arg.text.to_string();
            for (span, _) in arg.holes.iter().rev() {
                text.replace_range(span.range(), &GAP.to_string());
            }
            target(&text, 80, arg.place)
        })
        .collect()
}

/// Host and port of `host:port`.
fn target(authority: &str, default_port: u16, place: Place) -> Target {
    let known = |text: &str| (!text.contains(GAP) && !text.contains('$') && !text.is_empty()).then(|| Arc::from(text));
    if authority.starts_with("unix:") {
        return Target { host: None, port: None, place };
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => Target {
            host: known(host).map(|host: Arc<str>| host.to_ascii_lowercase().into()),
            port: port.parse().ok(),
            place,
        },
        // `http://${TARGET}` may bring its own port
        _ if known(authority).is_none() => Target { host: None, port: None, place },
        _ => Target { host: Some(authority.to_ascii_lowercase().into()), port: Some(default_port), place },
    }
}

/// The host of a `proxy_pass` that names no upstream block and holds no variable.
pub(super) fn constant_target(tree: &Tree, arg: &super::tree::Argument) -> Option<Target> {
    let (scheme, rest) = arg.text.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let is_upstream = tree
        .of_kind(LevelKind::Upstream)
        .any(|(_, level)| level.args.first().is_some_and(|name| name.text.eq_ignore_ascii_case(authority)));
    let found = target(authority, if scheme == "https" { 443 } else { 80 }, arg.place);
    (!is_upstream && arg.holes.is_empty() && found.host.is_some()).then_some(found)
}
