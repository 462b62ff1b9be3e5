//! A request that is handed on: its path, its headers, its upgrade.

use std::sync::Arc;

use super::IngressInstance;
use super::config::{Controller, Location, PathChange, Scheme, Style};
use crate::base::Place;
use crate::facts::{HoleReason, Protocol};
use crate::model::proxy::{
    BlockId, ClientHeaders, HeaderOrigin, HeaderValue, HttpVersion, KeepsPrefix, LostUpgrade, Outcome, PathFix,
    Proxied, Request, Sent, SpokenVersion, Target, Upgrade, UpstreamHeader, UpstreamHeaders, VersionSource,
};
use crate::model::{PathPiece, PathText, Tls, Unknown};

/// The host, the port and the place of a Service in a rule.
type Address<'a> = (&'a Arc<str>, Option<u16>, Place);

impl IngressInstance {
    pub(super) fn forward(&self, location: &Location, request: &Request, path: &str, to: Address<'_>) -> Outcome {
        let terms = &location.terms;
        let scheme = match &terms.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
            Scheme::Other(why) => return Outcome::Unknown(why.clone()),
        };
        let Some(sent) = self.rewritten(location, path) else {
            let place = terms.rewrite.as_ref().map_or(location.place, |(_, place)| *place);
            return Outcome::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        };
        let (host, port, place) = to;
        let controller = self.config.location(location.id).map_or(Controller::Unknown, |(server, _)| server.controller);
        let (sent, query) = match sent.split_once('?') {
            Some((path, query)) => (path.to_owned(), Sent::Text(query.into())),
            None => (sent, request.query.clone()),
        };
        let version = if terms.old_http { HttpVersion::Http10 } else { HttpVersion::Http11 };
        Outcome::Proxied(Box::new(Proxied {
            location: format!("path {}", location.path).into(),
            location_place: location.place,
            level: BlockId(location.id),
            pass_place: place,
            scheme: scheme.into(),
            targets: vec![Target { host: Some(Arc::clone(host)), port, place }],
            upstream: None,
            method: Arc::clone(&request.method),
            path: PathText(vec![PathPiece::Known(sent.into())]),
            query,
            http_version: SpokenVersion { version, source: VersionSource::Default },
            headers: headers(location, request, controller),
            upgrade: upgrade(location, request, controller),
            host_header: terms.vhost.clone().unwrap_or_else(|| "$host".into()),
            kept_status: None,
            origin_gate: None,
        }))
    }

    /// The path that arrives; `None` when that is not known.
    fn rewritten(&self, location: &Location, path: &str) -> Option<String> {
        match &location.terms.change {
            Some(PathChange::Whole(text, _)) => return Some(text.to_string()),
            Some(PathChange::Prefix(text, _)) => {
                let rest = path.strip_prefix(location.path.trim_end_matches('/'))?;
                let joined = format!("{}{rest}", text.trim_end_matches('/'));
                return Some(if joined.is_empty() { "/".to_owned() } else { joined });
            }
            None => {}
        }
        let Some((target, place)) = location.terms.rewrite.as_ref().filter(|_| location.rewrites()) else {
            return Some(path.to_owned());
        };
        self.replaced(&location.path, target, path, *place)
    }

    /// What `rewrite` makes of a path.
    fn replaced(&self, pattern: &str, target: &str, path: &str, place: Place) -> Option<String> {
        // a whole address is a redirect, and other variables are those of a request
        let is_plain = target.split('$').skip(1).all(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if target.contains("://") || !is_plain {
            return None;
        }
        let found = self.patterns.find(&format!("(?i){pattern}"), path, place)?;
        let Some(found) = found else { return Some(path.to_owned()) };
        let mut out = String::new();
        let mut rest = target;
        while let Some((head, tail)) = rest.split_once('$') {
            out.push_str(head);
            // nginx knows nine groups, by one digit
            let digit = tail.chars().next().and_then(|c| c.to_digit(10))? as usize;
            out.push_str(found.groups.get(digit).map_or("", |group| group));
            rest = tail.get(1..)?;
        }
        out.push_str(rest);
        Some(out)
    }

    /// What other annotations would make of a path.
    pub(super) fn path_fixes_of(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        let Some((server, location)) = self.config.location(proxied.level.0) else { return Vec::new() };
        let mut fixes = Vec::new();
        let known = |text: &str| PathText(vec![PathPiece::Known(text.into())]);
        if let Some((target, place)) = location.terms.rewrite.as_ref().filter(|_| location.rewrites()) {
            let bare = bare(&location.path);
            let has_groups = target.contains('$');
            // the rest of the path behind what the rule names
            if !has_groups && let Some(rest) = below(asked, bare) {
                let lines = format!(
                    "nginx.ingress.kubernetes.io/use-regex: \"true\"\n    nginx.ingress.kubernetes.io/rewrite-target: {}/$2\n    and the path to `{bare}(/|$)(.*)` with `pathType: ImplementationSpecific`",
                    target.trim_end_matches('/')
                );
                let mut path = known(target.trim_end_matches('/'));
                path.0.extend(rest.0);
                fixes.push(PathFix { path, place: *place, keeps: KeepsPrefix::Replaced, lines: Some(lines) });
            }
            fixes.push(PathFix {
                path: asked.clone(),
                place: *place,
                keeps: KeepsPrefix::Yes,
                lines: Some("(no `rewrite-target`, in an Ingress object of its own for this path)".to_owned()),
            });
        } else if let Some(PathChange::Prefix(_, place) | PathChange::Whole(_, place)) = &location.terms.change {
            fixes.push(PathFix {
                path: asked.clone(),
                place: *place,
                keeps: KeepsPrefix::Yes,
                lines: Some("(no `URLRewrite` filter, in a rule of its own for this path)".to_owned()),
            });
        } else if server.controller == Controller::Nginx && server.style == Style::Plain {
            let bare = location.path.trim_end_matches('/');
            let place = location.terms.idle_rewrite.as_ref().map_or(location.place, |(_, place)| *place);
            if let Some(path) = below(asked, bare).filter(|_| !bare.is_empty()) {
                let lines = if location.terms.idle_rewrite.is_some() {
                    format!(
                        "nginx.ingress.kubernetes.io/rewrite-target: /$2    # what is here is another controller's\n    nginx.ingress.kubernetes.io/use-regex: \"true\"\n    and the path to `{bare}(/|$)(.*)` with `pathType: ImplementationSpecific`"
                    )
                } else {
                    format!(
                        "path: {bare}(/|$)(.*)    # with pathType: ImplementationSpecific, and the annotations\n    nginx.ingress.kubernetes.io/use-regex: \"true\"\n    nginx.ingress.kubernetes.io/rewrite-target: /$2"
                    )
                };
                fixes.push(PathFix { path, place, keeps: KeepsPrefix::No, lines: Some(lines) });
            }
        }
        fixes
    }
}

/// What of a path is known before its first group.
fn bare(path: &str) -> &str {
    let end = path.find(['(', '[', '.', '*', '?', '$', '\\']).unwrap_or(path.len());
    path.get(..end).unwrap_or(path).trim_end_matches('/')
}

/// A path without what it begins with.
fn below(path: &PathText, prefix: &str) -> Option<PathText> {
    let (first, rest) = path.0.split_first()?;
    let PathPiece::Known(text) = first else { return None };
    let tail = text.strip_prefix(prefix)?;
    let ends = tail.is_empty() && rest.is_empty();
    if !ends && !tail.starts_with('/') {
        return None;
    }
    let tail = if tail.is_empty() { "/" } else { tail };
    let mut pieces = vec![PathPiece::Known(tail.into())];
    pieces.extend(rest.iter().cloned());
    Some(PathText(pieces))
}

fn headers(location: &Location, request: &Request, controller: Controller) -> UpstreamHeaders {
    let unknown = || HeaderValue::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(location.place) });
    let listed =
        |name: &str, value: HeaderValue| UpstreamHeader { name: name.into(), value, origin: HeaderOrigin::Default };
    let host = match (&location.terms.vhost, &request.host) {
        (Some(vhost), _) => HeaderValue::Known(Arc::clone(vhost)),
        (None, Some(host)) => HeaderValue::Known(Arc::clone(host)),
        (None, None) => unknown(),
    };
    let scheme = match (request.tls, controller) {
        (Tls::Tls, Controller::Nginx) => HeaderValue::Known("https".into()),
        // whatever is in front may have ended TLS
        _ => unknown(),
    };
    let mut all = vec![
        listed("Host", host),
        listed("X-Forwarded-Proto", scheme),
        listed("X-Forwarded-For", unknown()),
        listed("X-Forwarded-Host", unknown()),
        listed("X-Real-IP", unknown()),
    ];
    if request.protocol == Protocol::WebSocket && controller == Controller::Nginx {
        all.push(listed("Upgrade", HeaderValue::Known("websocket".into())));
        let connection =
            location.terms.connection.as_ref().map_or_else(|| "upgrade".into(), |(text, _)| Arc::clone(text));
        all.push(listed("Connection", HeaderValue::Known(connection)));
    }
    UpstreamHeaders { listed: all, removed: Vec::new(), others: ClientHeaders::PassedOn }
}

/// Upgrades pass where nothing is written about it.
fn upgrade(location: &Location, request: &Request, controller: Controller) -> Upgrade {
    if request.protocol != Protocol::WebSocket {
        return Upgrade::Carried;
    }
    let terms = &location.terms;
    match (&terms.connection, controller) {
        (_, Controller::Unknown) => {
            Upgrade::Unknown(Unknown { reason: HoleReason::Unsupported, place: terms.head.or(Some(location.place)) })
        }
        (_, Controller::Other) => Upgrade::Carried,
        (Some((text, place)), Controller::Nginx) if !text.to_ascii_lowercase().contains("upgrade") => {
            if text.contains('$') {
                return Upgrade::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(*place) });
            }
            Upgrade::Lost(LostUpgrade {
                problem: format!("`connection-proxy-header` sends `Connection: {text}`"),
                missing: vec!["Connection".into()],
                place: *place,
                dropped: None,
            })
        }
        _ if terms.old_http => Upgrade::Http10 { version_dependent: false },
        _ => Upgrade::Carried,
    }
}
