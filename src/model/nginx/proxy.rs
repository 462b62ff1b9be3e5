//! What `proxy_pass` sends where.

use std::sync::Arc;

use super::run::{Run, Step};
use super::select;
use super::tree::{LevelId, Statement, Tree};
use super::uri::{Escape, escape, split_query};
use super::variables::{Evaluated, GAP, QUERY_GAP};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{Outcome, Proxied, Sent, Target};
use crate::model::{PathPiece, PathText};

/// The address in a `proxy_pass`, taken apart.
struct PassUrl<'a> {
    scheme: String,
    authority: &'a str,
    /// What follows the authority; it replaces a part of the path.
    uri: &'a str,
}

impl<'a> PassUrl<'a> {
    fn new(url: &'a str) -> Option<Self> {
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(GAP) => (scheme.to_ascii_lowercase(), rest),
            _ if url.starts_with(GAP) => ("http".to_owned(), url),
            _ => return None,
        };
        let (authority, uri) = if let Some(socket) = rest.strip_prefix("unix:") {
            let end = socket.find(':').map_or(rest.len(), |found| found + 5);
            (rest.get(..end).unwrap_or(rest), rest.get(end + 1..).unwrap_or_default())
        } else {
            rest.split_at(rest.find(['/', '?', QUERY_GAP]).unwrap_or(rest.len()))
        };
        Some(Self { scheme, authority, uri })
    }

    fn usual_port(&self) -> u16 {
        if self.scheme == "https" { 443 } else { 80 }
    }

    /// `$proxy_host`: without the usual port.
    fn host(&self) -> &str {
        if self.authority.starts_with("unix:") {
            return "localhost";
        }
        match self.authority.rsplit_once(':') {
            Some((host, port)) if port.parse() == Ok(self.usual_port()) => host,
            _ => self.authority,
        }
    }

    /// `$proxy_port`.
    fn port(&self) -> String {
        if self.authority.starts_with("unix:") {
            return String::new();
        }
        match self.authority.rsplit_once(':') {
            Some((_, port)) if !port.ends_with(']') => port.to_owned(),
            _ => self.usual_port().to_string(),
        }
    }
}

impl Run<'_> {
    /// Forwards the request; `holder` is the level of `pass`.
    pub(super) fn forward(&mut self, holder: LevelId, pass: &Statement) -> Step {
        let tree = self.tree;
        let place = pass.place;
        let (Some(arg), Some(location)) = (pass.args.first(), self.location().and_then(|id| tree.level(id))) else {
            return self.give_up(HoleReason::Unsupported, place);
        };
        let url = self.argument(arg);
        let Some(parts) = PassUrl::new(url.with_gaps()).filter(|parts| !parts.authority.is_empty()) else {
            // what a variable holds is no address
            return match url.settled() {
                Ok(_) if is_variable(arg) => self.special(500, place, None),
                _ => self.give_up(HoleReason::Unsupported, place),
            };
        };
        let upstream = tree.upstream_named(parts.authority);
        let targets = match upstream {
            Some(block) => members(block.statements.as_slice()),
            None => vec![target(parts.authority, parts.usual_port(), arg.place)],
        };
        self.proxy_host = Some(url.with_text(parts.host()));
        self.proxy_port = Some(url.with_text(&parts.port()));
        let uri = self.upstream_uri(holder, url.with_text(parts.uri), is_variable(arg));
        let (path, query) = split_query(uri.with_gaps());
        let query = match query {
            None => Sent::Nothing,
            Some(query) if query.contains([GAP, QUERY_GAP]) => Sent::Unknown,
            Some(query) => Sent::Text(query.into()),
        };
        let host_header = tree
            .effective(self.level, "proxy_set_header")
            .and_then(|(_, headers)| {
                let host = |header: &&&Statement| header.arg(0).is_some_and(|name| name.eq_ignore_ascii_case("host"));
                headers.iter().rev().find(host).and_then(|header| header.args.get(1)).map(|arg| Arc::clone(&arg.text))
            })
            .unwrap_or_else(|| "$proxy_host".into());
        self.steps.push((place, format!("`proxy_pass` sends it to {}", arg.text)));
        let http_version = self.spoken();
        let headers = self.upstream_headers(http_version.version);
        let method = match self.written_method() {
            None => Arc::clone(&self.method),
            Some(written) => match written.settled() {
                Ok(method) => method.into(),
                Err(why) => return self.give_up(why, place),
            },
        };
        let upgrade = self.upgrade();
        Step::Done(Outcome::Proxied(Box::new(Proxied {
            location: select::written(location),
            location_place: location.place,
            level: self.level,
            pass_place: place,
            scheme: parts.scheme.into(),
            targets,
            upstream: upstream.map(|_| parts.authority.into()),
            method,
            path: path_text(path),
            query,
            http_version,
            headers,
            upgrade,
            host_header,
            kept_status: self.kept_status,
            origin_gate: self.origin_gate,
        })))
    }

    /// What `proxy_method` says; it may be nothing.
    fn written_method(&mut self) -> Option<Evaluated> {
        let (_, found) = self.tree.effective(self.level, "proxy_method")?;
        let written = found.into_iter().next()?.args.first()?;
        Some(self.argument(written))
    }

    /// The address that the upstream receives.
    fn upstream_uri(&self, holder: LevelId, uri: Evaluated, variable: bool) -> Evaluated {
        let given = uri.with_gaps();
        if variable && !given.is_empty() {
            let slash = if given.starts_with(['?', QUERY_GAP]) { "/" } else { "" };
            return uri.with_text(&format!("{slash}{given}"));
        }
        if given.is_empty() && self.valid_raw {
            return self.request_uri();
        }
        let mut out = Evaluated::default();
        let mut replaced = 0;
        if self.valid_location {
            out.push(&uri);
            if !given.is_empty() {
                replaced = self.tree.level(holder).and_then(prefix).unwrap_or("").len();
            }
        }
        let rest = self.uri.with_gaps().get(replaced..).unwrap_or_default();
        let rest = if self.quoted || self.internal { escape(rest, Escape::Path) } else { rest.to_owned() };
        out.push(&self.uri.with_text(&rest));
        match self.args.settled() {
            Ok("") => {}
            Ok(args) => out.push_str(&format!("?{args}")),
            Err(_) => out.push(&Evaluated::unknown_query()),
        }
        out
    }
}

/// Whether the address of a `proxy_pass` holds variables: then nginx takes it as it comes out.
fn is_variable(arg: &super::tree::Argument) -> bool {
    let mut rest = arg.text.to_string();
    for (span, _) in arg.holes.iter().rev() {
        rest.replace_range(span.range(), "");
    }
    rest.contains('$')
}

/// A path whose gaps are unknown pieces.
fn path_text(path: &str) -> PathText {
    let mut pieces = Vec::new();
    for (index, known) in path.split(GAP).enumerate() {
        if index > 0 {
            pieces.push(PathPiece::Rest);
        }
        if !known.is_empty() {
            pieces.push(PathPiece::Known(known.into()));
        }
    }
    PathText(pieces)
}

/// The part of the path that a URI in `proxy_pass` replaces.
fn prefix(location: &super::tree::Level) -> Option<&str> {
    match select::matcher(location) {
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
    let is_upstream = tree.upstream_named(authority).is_some();
    let found = target(authority, if scheme == "https" { 443 } else { 80 }, arg.place);
    (!is_upstream && arg.holes.is_empty() && found.host.is_some()).then_some(found)
}
