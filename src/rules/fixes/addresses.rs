//! Addresses: scheme, host, port and path.

use super::Case;
use super::remedies::{
    COLON, ENCODED, HTTPS, LOCALHOST, NEAREST_ROUTE, PORT, REDIRECTED_REQUEST, REDIRECTED_SOCKET, SCHEME,
    SCHEME_OF_PAGE, SLASH, UPSTREAM, WSS,
};
use crate::model::{AddressPart, CauseKind, FixedScheme, Shift};
use crate::rules::fix::{Change, Edit};
use crate::rules::{Fix, Remedy};

/// How browser code chooses the scheme of a socket.
const CHOICE: &str = "location.protocol === 'https:' ? 'wss' : 'ws'";

/// The fix of a wrong address.
pub(super) fn of(case: &Case<'_>) -> Option<Fix> {
    let place = case.place();
    let replaced = |remedy: &'static Remedy, from: &str, to: &str| {
        Some(Fix::new(remedy, format!("change `{from}` to `{to}`"), vec![Edit::word(place, from, to)]))
    };
    match &case.cause.kind {
        CauseKind::InsecureWebSocketUrl { .. } => replaced(&WSS, "ws:", "wss:"),
        CauseKind::InsecureHttpUrl { .. } => replaced(&HTTPS, "http:", "https:"),
        CauseKind::SchemeMismatch { spoken, taken, .. } => {
            replaced(&SCHEME, &format!("{spoken}:"), &format!("{taken}:"))
        }
        CauseKind::FixedWebSocketScheme { why, .. } if case.is_script() => Some(fixed_scheme(case, *why)),
        CauseKind::PortMismatch { port, host, answers } => {
            let [(right, _)] = answers.as_slice() else { return None };
            let written = Edit { place, change: address(&format!("{host}:{port}"), &format!("{host}:{right}")) };
            Some(Fix::new(&PORT, format!("change port {port} to {right}"), vec![written]))
        }
        CauseKind::UnreachableUpstream { target, suggestion: Some(right), part, .. } => {
            let change = match part {
                AddressPart::Whole => address(target, right),
                AddressPart::TargetPort => Change::Text(right.clone()),
                AddressPart::Selector => return None,
            };
            Some(Fix::new(&UPSTREAM, format!("change the address to `{right}`"), vec![Edit::new(place, change)]))
        }
        CauseKind::InternalHostInBrowser { host, local: true, .. } if &**host == "0.0.0.0" => {
            replaced(&LOCALHOST, host, "localhost")
        }
        CauseKind::RedirectedWebSocket { url, fixed: Some(fixed), .. } => {
            redirected(case, &REDIRECTED_SOCKET, url, fixed)
        }
        CauseKind::RedirectedRequest { url, fixed: Some(fixed), .. } => {
            redirected(case, &REDIRECTED_REQUEST, url, fixed)
        }
        CauseKind::UnencodedToken { key, .. } => {
            let edit = Edit::new(place, Change::Wrapped("encodeURIComponent"));
            Some(Fix::new(&ENCODED, format!("encode the value of `{key}`"), vec![edit]))
        }
        CauseKind::PathMismatch { .. } | CauseKind::UnknownNamespace { .. } => path(case),
        _ => None,
    }
}

/// A change of host and port.
fn address(from: &str, to: &str) -> Change {
    Change::Address { from: from.to_owned(), to: to.to_owned() }
}

fn fixed_scheme(case: &Case<'_>, why: FixedScheme) -> Fix {
    let place = case.place();
    match why {
        FixedScheme::Literal => {
            let change = Change::Expression { from: "ws".to_owned(), code: CHOICE.to_owned() };
            let title = "choose the scheme by that of the page".to_owned();
            Fix::new(&SCHEME_OF_PAGE, title, vec![Edit::new(place, change)])
        }
        FixedScheme::NeverChosen => {
            let change = Change::Compared { from: "https".to_owned(), to: "https:".to_owned() };
            Fix::new(&COLON, "compare with `https:`".to_owned(), vec![Edit::new(place, change)])
        }
    }
}

/// The address that a redirect leads to, in place of the one that is written.
fn redirected(case: &Case<'_>, remedy: &'static Remedy, url: &str, fixed: &str) -> Option<Fix> {
    if [url, fixed].iter().any(|text| text.contains(['{', '$'])) {
        return None;
    }
    let (old, new) = (parts(url)?, parts(fixed)?);
    // Where the path stays, only the origin is written anew: the address may be built of a base and a path.
    let (from, to) = if old.1 == new.1 { (old.0, new.0) } else { (url, fixed) };
    let edit = Edit::word(case.place(), from, to);
    Some(Fix::new(remedy, format!("change the address to `{fixed}`"), vec![edit]))
}

/// Origin and path of an address as written.
fn parts(url: &str) -> Option<(&str, &str)> {
    let host = url.find("://")? + 3;
    let end = url.get(host..)?.find('/').map_or(url.len(), |at| host + at);
    Some((url.get(..end)?, url.get(end..)?))
}

/// A path that no route has, where one is near.
fn path(case: &Case<'_>) -> Option<Fix> {
    let place = case.place();
    match &case.cause.kind {
        CauseKind::PathMismatch { base: Some(base), .. } if base.paths > 1 => {
            let (change, title) = match &base.shift {
                Shift::Surplus(prefix) => {
                    let change = Change::Word { from: prefix.to_string(), to: String::new() };
                    (change, format!("remove `{prefix}` from the base address"))
                }
                Shift::Lacks(prefix) => {
                    (Change::Ending(prefix.to_string()), format!("add `{prefix}` to the end of the base address"))
                }
            };
            Some(Fix::new(&NEAREST_ROUTE, title, vec![Edit::new(place, change)]))
        }
        CauseKind::PathMismatch { below: Some(below), .. } if below.places > 1 => None,
        CauseKind::PathMismatch { path, nearest: Some(route), asked: None, .. } => {
            let is_plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '/' | '-' | '_' | '.' | '~');
            if !route.starts_with('/') || ![path, &**route].iter().all(|path| path.chars().all(is_plain)) {
                return None;
            }
            // Both sides of socket.io have a path of their own, which is not in the address.
            if path == "/socket.io/" {
                return None;
            }
            let same = path.trim_end_matches('/') == route.trim_end_matches('/');
            let remedy = if same { &SLASH } else { &NEAREST_ROUTE };
            let change = Change::Path { from: path.clone(), to: route.to_string() };
            Some(Fix::new(remedy, format!("change the path to `{route}`"), vec![Edit::new(place, change)]))
        }
        CauseKind::UnknownNamespace { namespace, known } => {
            let [only] = known.as_slice() else { return None };
            let change = Change::Path { from: namespace.to_string(), to: only.to_string() };
            Some(Fix::new(&NEAREST_ROUTE, format!("open the namespace `{only}`"), vec![Edit::new(place, change)]))
        }
        _ => None,
    }
}
