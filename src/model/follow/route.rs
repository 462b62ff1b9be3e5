//! Which route of an application takes a request.

use std::sync::Arc;

use super::pattern::{Slash, may_match};
use crate::base::Place;
use crate::facts::{Framework, PatternSyntax, Protocol};
use crate::model::{App, AppId, Known, PathPiece, PathText, Route, RouteId, UnmountedRoute, Wiring};

/// Routes whose text is compared with a path that none takes.
const MOST_COMPARED: usize = 200;

/// What an application does with a request.
#[derive(Clone, Debug)]
pub(super) enum Matched {
    /// These routes may take it.
    Routes(Vec<RouteId>),
    /// No route takes it.
    None(Box<Missed>),
    /// Not known, with the reason in words.
    Unknown(String),
}

/// How a request missed all routes.
#[derive(Clone, Debug)]
pub(super) struct Missed {
    /// The nearest route of the same protocol.
    pub nearest: Option<Arc<str>>,
    /// Where it is.
    pub nearest_place: Option<Place>,
    /// As a clause: "differs in the trailing slash".
    pub why: String,
    /// What the client sees.
    pub symptom: Arc<str>,
    /// The application.
    pub app_place: Place,
    /// Whether some route begins as the path does.
    pub is_near: bool,
    /// The route that would take it, on a router that no application mounts.
    pub unmounted: Option<UnmountedRoute>,
    /// Where routers are mounted on the application.
    pub mounts_at: Place,
}

/// The routes of the applications that take a request.
pub(super) fn route(wiring: &Wiring, apps: &[AppId], path: &PathText, protocol: Protocol) -> Matched {
    let known: Vec<(AppId, &App)> =
        apps.iter().filter_map(|id| wiring.apps.get(id.0 as usize).map(|app| (*id, app))).collect();
    let Some((_, first)) = known.first() else {
        return Matched::Unknown("what the process serves is not known".to_owned());
    };
    let taken: Vec<RouteId> = taking(wiring, apps, path, protocol).map(|(id, _)| id).collect();
    if !taken.is_empty() {
        return Matched::Routes(taken);
    }
    if let Some(opening) = known.iter().find_map(|(_, app)| app.opening(path)) {
        return Matched::Unknown(format!("there may be more routes: {}", opening.why.words()));
    }
    let all = wiring.index.routes(wiring).of(apps);
    let all = all.iter().filter_map(|id| wiring.routes.get(id.0 as usize));
    let same: Vec<&Route> = all.filter(|route| speaks(route.protocol, protocol)).collect();
    if same.is_empty() {
        return Matched::Unknown(format!("no {} route of the application is known", protocol_name(protocol)));
    }
    if same.iter().any(|route| matches!(route.path, Known::Unknown(_))) {
        return Matched::Unknown("the path of a route is not known".to_owned());
    }
    Matched::None(Box::new(missed(wiring, first, &same, path, protocol)))
}

/// Whether some route of the applications takes the request.
pub(super) fn is_taken(wiring: &Wiring, apps: &[AppId], path: &PathText, protocol: Protocol) -> bool {
    taking(wiring, apps, path, protocol).next().is_some()
}

fn taking<'w>(
    wiring: &'w Wiring,
    apps: &[AppId],
    path: &PathText,
    protocol: Protocol,
) -> impl Iterator<Item = (RouteId, &'w Route)> {
    let candidates = wiring.index.routes(wiring).candidates(apps, path);
    candidates.into_iter().filter_map(|id| Some((id, wiring.routes.get(id.0 as usize)?))).filter(move |(_, route)| {
        let app = wiring.apps.get(route.app.0 as usize);
        speaks(route.protocol, protocol) && takes(route, app, path, slash_of(route, protocol))
    })
}

fn missed(wiring: &Wiring, first: &App, same: &[&Route], path: &PathText, protocol: Protocol) -> Missed {
    let shown = path.display();
    let app = |route: &Route| wiring.apps.get(route.app.0 as usize);
    let slash = same.iter().find(|route| takes(route, app(route), path, Slash::Loose)).or_else(|| {
        // An expression knows of no loose slash.
        let other = other_slash(path);
        same.iter().find(|route| takes(route, app(route), &other, slash_of(route, protocol)))
    });
    let nearest = slash.copied().or_else(|| {
        // Those that begin as the path does come first, should there be too many.
        let begins = |route: &&&Route| pattern(route).is_some_and(|text| first_word(&text) == first_word(&shown));
        same.iter()
            .filter(begins)
            .chain(same.iter().filter(|route| !begins(route)))
            .take(MOST_COMPARED)
            .filter_map(|route| Some((pattern(route)?, *route)))
            .min_by_key(|(text, route)| {
                let distance = strsim::damerau_levenshtein(text, &shown);
                (!is_shifted(text, &shown), distance, text.to_string(), route.place)
            })
            .map(|(_, route)| route)
    });
    // A route that shares little with the path is no help.
    let near = nearest.filter(|route| pattern(route).is_some_and(|text| is_alike(&text, &shown)));
    let why = match (slash, nearest.and_then(pattern)) {
        (Some(_), Some(route)) if route.trim_end_matches('$').ends_with('/') => {
            format!("the route `{route}` ends in a slash")
        }
        (Some(_), Some(route)) => format!("the route `{route}` does not end in a slash"),
        _ => format!("no {} route of the application matches it", protocol_name(protocol)),
    };
    Missed {
        nearest: near.and_then(pattern),
        nearest_place: near.map(|route| route.place),
        why,
        symptom: Arc::from(symptom(nearest.map_or(first.framework, |route| framework(wiring, route)), protocol)),
        app_place: first.place,
        unmounted: unmounted(wiring, first, path, protocol).cloned(),
        mounts_at: first.mounts_at.unwrap_or(first.place),
        is_near: same.iter().copied().filter_map(pattern).any(|route| first_word(&route) == first_word(&shown)),
    }
}

/// Segments in front of a router's own path that a mount would bring.
const MOST_MOUNTED: usize = 3;

/// The route of a router without an application that the path was written for: below some prefix it is the same.
fn unmounted<'w>(wiring: &'w Wiring, app: &App, path: &PathText, protocol: Protocol) -> Option<&'w UnmountedRoute> {
    let mut rest = Some(path.clone());
    for _ in 0..=MOST_MOUNTED {
        let current = rest?;
        let takes = |route: &&UnmountedRoute| {
            route.package == app.package
                && speaks(route.protocol, protocol)
                && route.pattern.contains(char::is_alphanumeric)
                && current.0.iter().any(|piece| matches!(piece, PathPiece::Known(text) if text.len() > 1))
                && may_match(&current, &route.pattern, route.syntax, Slash::Loose)
        };
        if let Some(found) = wiring.unmounted.iter().find(takes) {
            return Some(found);
        }
        rest = shorter(&current);
    }
    None
}

/// The path without its first segment.
fn shorter(path: &PathText) -> Option<PathText> {
    let (PathPiece::Known(first), rest) = path.0.split_first()? else { return None };
    let end = first.strip_prefix('/')?.find('/')? + 1;
    let mut pieces = vec![PathPiece::Known(Arc::from(first.get(end..)?))];
    pieces.extend_from_slice(rest);
    Some(PathText(pieces))
}

/// The same path with a slash at its end, or without it.
fn other_slash(path: &PathText) -> PathText {
    let mut other = path.clone();
    match other.0.last_mut() {
        Some(PathPiece::Known(last)) if last.len() > 1 && last.ends_with('/') => {
            *last = Arc::from(last.trim_end_matches('/'));
        }
        _ => other.0.push(PathPiece::Known(Arc::from("/"))),
    }
    other
}

/// Whether somebody who wrote one of two paths may have meant the other: one is the end of the other, a letter or two
/// differ, or they begin with the same segments and what follows is alike.
fn is_alike(one: &str, other: &str) -> bool {
    let segments = |path: &str| -> Vec<String> { path.trim_matches('/').split('/').map(str::to_owned).collect() };
    let (left, right) = (segments(one), segments(other));
    let common = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    let rest = |all: &[String]| all.get(common..).unwrap_or_default().join("/");
    let (left_rest, right_rest) = (rest(&left), rest(&right));
    let longer = left_rest.chars().count().max(right_rest.chars().count());
    let distance = strsim::damerau_levenshtein(&left_rest, &right_rest);
    let one_segment_more = left.len().abs_diff(right.len()) == 1 && (left_rest.is_empty() || right_rest.is_empty());
    is_shifted(one, other)
        || match common {
            0 => distance <= (longer / 4).max(1),
            1 => distance * 2 <= longer,
            _ => distance * 2 <= longer || one_segment_more,
        }
}

/// Whether one text is the end of the other.
fn is_shifted(one: &str, other: &str) -> bool {
    let ends = |long: &str, short: &str| short.len() > 1 && long.ends_with(short);
    ends(one, other) || ends(other, one)
}

fn framework(wiring: &Wiring, route: &Route) -> Framework {
    wiring.apps.get(route.app.0 as usize).map_or(Framework::NodeHttp, |app| app.framework)
}

/// Whether a route of `route` protocol can answer a request of `wanted`.
fn speaks(route: Protocol, wanted: Protocol) -> bool {
    match wanted {
        Protocol::Http | Protocol::Static => matches!(route, Protocol::Http | Protocol::Static),
        Protocol::WebSocket | Protocol::SocketIo => route == wanted,
    }
}

fn slash_of(route: &Route, wanted: Protocol) -> Slash {
    let exact =
        wanted == Protocol::WebSocket && !matches!(route.syntax, PatternSyntax::Express | PatternSyntax::Prefix);
    if exact { Slash::Exact } else { Slash::Loose }
}

fn takes(route: &Route, app: Option<&App>, path: &PathText, slash: Slash) -> bool {
    let Known::Is(pattern, _) = &route.path else { return false };
    let Some(pattern) = pattern else { return true };
    let syntax = if route.protocol == Protocol::Static { PatternSyntax::Prefix } else { route.syntax };
    if may_match(path, pattern, syntax, slash) {
        return true;
    }
    // A root path is accepted both with and without.
    app.and_then(|app| app.root_path.as_deref()).is_some_and(|root| {
        let whole = format!("{}{pattern}", root.trim_end_matches('/'));
        may_match(path, &whole, syntax, slash)
    })
}

/// The pattern, when it is known.
fn pattern(route: &Route) -> Option<Arc<str>> {
    route.path.value().and_then(Option::clone)
}

fn protocol_name(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Http | Protocol::Static => "HTTP",
        Protocol::WebSocket => "WebSocket",
        Protocol::SocketIo => "socket.io",
    }
}

fn symptom(framework: Framework, protocol: Protocol) -> &'static str {
    use Framework as F;
    match (protocol, framework) {
        (Protocol::WebSocket, F::FastApi | F::Starlette) => "the handshake is refused with 403",
        (Protocol::WebSocket, F::Channels | F::Django) => "the handshake fails with 500",
        (Protocol::WebSocket, F::Ws) => "the handshake fails with 400",
        (Protocol::WebSocket, _) => "the handshake fails with 404",
        (Protocol::SocketIo, _) => "the client never connects",
        (Protocol::Http | Protocol::Static, _) => "the answer is 404",
    }
}

/// Whether any application of a deployment has a route that says this path by name, and which.
pub(super) fn named_route<'w>(
    wiring: &'w Wiring,
    apps: &[AppId],
    path: &PathText,
    protocol: Protocol,
) -> Option<&'w Route> {
    if !matches!(path.0.first(), Some(PathPiece::Known(_))) {
        return None;
    }
    let mut routes = taking(wiring, apps, path, protocol).map(|(_, route)| route);
    routes.find(|route| route.protocol == protocol && pattern(route).is_some_and(|text| is_specific(&text)))
}

/// How many routes of the applications begin with this word, and how many with another one.
pub(super) fn begins_with(wiring: &Wiring, apps: &[AppId], word: &str) -> (usize, usize) {
    let mut counts = (0, 0);
    for route in wiring.routes.iter().filter(|route| apps.contains(&route.app)) {
        match pattern(route) {
            Some(text) if is_specific(&text) && first_word(&text) == word => counts.0 += 1,
            Some(text) if is_specific(&text) => counts.1 += 1,
            _ => {}
        }
    }
    counts
}

fn first_word(path: &str) -> &str {
    path.trim_start_matches(['/', '^']).split('/').next().unwrap_or_default()
}

/// Whether a pattern begins with a word of its own, so that a match with a partly unknown path means something.
fn is_specific(pattern: &str) -> bool {
    let first = pattern.trim_start_matches(['/', '^']).split('/').next().unwrap_or_default();
    !first.is_empty() && !first.starts_with(['{', '<', ':', '*', '('])
}
