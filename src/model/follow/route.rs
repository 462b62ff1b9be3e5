//! Which route of an application takes a request.

use std::sync::Arc;

use super::pattern::{Slash, may_match};
use super::route_index::{RouteIndex, first_word, is_specific};
use super::taking::{Takes, is_kept_by_mount, merged, merges_slashes, mounts_above, other_slash, takes, takes_with};
use crate::base::{Place, near};
use crate::facts::{Framework, PatternSyntax, Protocol};
use crate::model::{App, AppId, Known, PathPiece, PathText, Route, RouteId, UnmountedRoute, Wiring};

/// Routes whose text is compared with a path that none takes.
const MOST_COMPARED: usize = 200;

/// What an application does with a request.
#[derive(Clone, Debug)]
pub(super) enum Matched {
    /// These routes may take it.
    Routes(Vec<RouteId>),
    /// These take the path, with other methods.
    WrongMethod(Vec<RouteId>, Vec<Arc<str>>),
    /// These take sockets, and none of the protocol that is spoken: socket.io, or plain WebSocket.
    OtherProtocol(Vec<RouteId>),
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
    /// Whether the slash at its end is all that differs.
    pub is_slash: bool,
    /// Whether some route begins as the path does.
    pub is_near: bool,
    /// The route that would take it, on a router that no application mounts.
    pub unmounted: Option<UnmountedRoute>,
    /// Where routers are mounted on the application.
    pub mounts_at: Place,
}

/// The routes of the applications that take a request.
pub(super) fn route(wiring: &Wiring, apps: &[AppId], path: &PathText, protocol: Protocol) -> Matched {
    route_of(wiring, apps, path, &Asked { protocol, method: None })
}

/// What is asked for at a path.
pub(super) struct Asked<'a> {
    /// The protocol.
    pub protocol: Protocol,
    /// The method of a plain request, when it is known.
    pub method: Option<&'a str>,
}

/// The routes of the applications that take a request with this method.
pub(super) fn route_of(wiring: &Wiring, apps: &[AppId], path: &PathText, asked: &Asked<'_>) -> Matched {
    let protocol = asked.protocol;
    let known: Vec<(AppId, &App)> =
        apps.iter().filter_map(|id| wiring.apps.get(id.0 as usize).map(|app| (*id, app))).collect();
    let Some((_, first)) = known.first() else {
        return Matched::Unknown("what the process serves is not known".to_owned());
    };
    let opening = known.iter().find_map(|(_, app)| app.opening(path));
    let more = || opening.map(|opening| format!("there may be more routes: {}", opening.why.words()));
    let index = wiring.index.routes(wiring);
    let spoken = if protocol == Protocol::Static { Protocol::Http } else { protocol };
    let hidden = index.hide(apps, spoken);
    let mut taken: Vec<(RouteId, &Route)> = Vec::new();
    let mut redirected: Vec<(RouteId, &Route)> = Vec::new();
    for (id, route, how) in taking(wiring, apps, path, protocol) {
        if how == Takes::Redirected { &mut redirected } else { &mut taken }.push((id, route));
    }
    // Only what no route takes as it is, whatever the method, is sent on; Werkzeug looks at the methods as well.
    if taken.iter().all(|(_, route)| is_for_all(route)) || merges_slashes(Some(first)) {
        taken.append(&mut redirected);
        taken.sort_by_key(|(id, _)| *id);
    }
    let is_kept = |route: &Route| is_kept_by_mount(wiring, route, path, protocol);
    if taken.iter().any(|(_, route)| !takes_files_alone(route) && is_kept(route)) {
        return Matched::Unknown(MOUNTED.to_owned());
    }
    // Files behind an application whose own route takes the path do not get the request.
    if taken.iter().any(|(_, route)| !takes_files_alone(route)) {
        taken.retain(|(_, route)| !takes_files_alone(route) || !is_kept(route));
    } else if taken.iter().any(|(_, route)| is_kept(route)) {
        return Matched::Unknown(MOUNTED.to_owned());
    }
    let is_below_mount = taken.iter().any(|(_, route)| mounts_above(wiring, route, path).next().is_some());
    let is_taken_twice = merges_slashes(Some(first)) && is_taken_twice(wiring, &taken, path, asked);
    if wiring.comparisons.are_spent() {
        return Matched::Unknown("too many paths were compared with too many routes".to_owned());
    }
    if is_taken_twice {
        return Matched::Unknown("a route with a slash at its end takes the path as well".to_owned());
    }
    let ids = |found: &[(RouteId, &Route)]| found.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    let named: Vec<(RouteId, &Route)> = taken.iter().copied().filter(|(_, route)| !is_for_all(route)).collect();
    if !named.is_empty() {
        let fitting: Vec<(RouteId, &Route)> =
            named.iter().copied().filter(|(_, route)| takes_method(route, asked.method)).collect();
        if !fitting.is_empty() {
            return Matched::Routes(ids(&fitting));
        }
        // A route that takes other methods leaves the request to what is mounted.
        if is_below_mount {
            return Matched::Unknown(MOUNTED.to_owned());
        }
        if let Some(why) = more() {
            return Matched::Unknown(why);
        }
        // A path of which little is known may be another one.
        if path.0.contains(&PathPiece::Rest)
            || !matches!(path.0.first(), Some(PathPiece::Known(text)) if text.len() > 1)
        {
            return Matched::Unknown("too little of the path is known to tell which route takes it".to_owned());
        }
        if hidden
            || named.len() < taken.len()
                && !taken.iter().all(|(_, route)| takes_files_alone(route) || !is_for_all(route))
        {
            return Matched::Unknown("the path of a route is not known".to_owned());
        }
        let mut methods: Vec<Arc<str>> = named.iter().flat_map(|(_, route)| route.methods.iter().cloned()).collect();
        methods.sort();
        methods.dedup();
        return Matched::WrongMethod(ids(&named), methods);
    }
    // Files, and what takes every path.
    let files: Vec<(RouteId, &Route)> = taken.iter().copied().filter(|(_, route)| takes_files_alone(route)).collect();
    let others: Vec<(RouteId, &Route)> = taken.iter().copied().filter(|(_, route)| !takes_files_alone(route)).collect();
    if !others.is_empty() {
        return match more() {
            Some(why) => Matched::Unknown(why),
            None if others
                .iter()
                .all(|(_, route)| route.handler.is_none() && route.syntax == PatternSyntax::Prefix) =>
            {
                Matched::Routes(ids(&others))
            }
            None => {
                Matched::Unknown("only what takes every path takes it, and what that answers is not known".to_owned())
            }
        };
    }
    // A folder that is in the repository holds what is in it.
    let may_hold = |(_, route): &&(RouteId, &Route)| !super::files::lacks(wiring, route, path);
    let holding: Vec<(RouteId, &Route)> = files.iter().filter(may_hold).copied().collect();
    if !files.is_empty() && protocol == Protocol::Http && asked.method.is_none_or(is_read) && is_file(path) {
        return match holding.as_slice() {
            // Something may put it there where the program runs.
            [] => Matched::Unknown("the static files of the repository have no such file".to_owned()),
            holding => Matched::Routes(ids(holding)),
        };
    }
    if let Some(why) = more() {
        return Matched::Unknown(why);
    }
    if !index.speak(apps, spoken) {
        let others = of_other_protocol(wiring, index, apps, protocol);
        if !others.is_empty() {
            return Matched::OtherProtocol(others);
        }
        return Matched::Unknown(match files.is_empty() {
            true => format!("no {} route of the application is known", protocol_name(protocol)),
            false => ONLY_FILES.to_owned(),
        });
    }
    if hidden {
        return Matched::Unknown("the path of a route is not known".to_owned());
    }
    let missed = missed(wiring, first, apps, path, protocol);
    // The files may hold what no route has, unless the path is that of a route but for its slash.
    if !holding.is_empty() && !missed.is_slash && asked.method.is_none_or(is_read) {
        return Matched::Unknown(ONLY_FILES.to_owned());
    }
    Matched::None(Box::new(missed))
}

/// The routes that take sockets of the protocol which is not spoken, of socket.io and plain WebSocket.
fn of_other_protocol(wiring: &Wiring, index: &RouteIndex, apps: &[AppId], protocol: Protocol) -> Vec<RouteId> {
    let other = match protocol {
        Protocol::SocketIo => Protocol::WebSocket,
        Protocol::WebSocket => Protocol::SocketIo,
        Protocol::Http | Protocol::Static => return Vec::new(),
    };
    let is_other = |id: &RouteId| wiring.routes.get(id.0 as usize).is_some_and(|route| route.protocol == other);
    index.of(apps).into_iter().filter(is_other).collect()
}

/// Whether one route would answer and another one redirect: Werkzeug asks those with fewer parameters first.
fn is_taken_twice(wiring: &Wiring, taken: &[(RouteId, &Route)], path: &PathText, asked: &Asked<'_>) -> bool {
    let redirects = |route: &Route| {
        let app = wiring.apps.get(route.app.0 as usize);
        takes_with(wiring, route, app, path, asked.protocol) == Takes::Redirected
    };
    let mut fitting = taken.iter().map(|(_, route)| *route).filter(|route| takes_method(route, asked.method));
    let Some(first) = fitting.next().map(redirects) else { return false };
    fitting.any(|route| redirects(route) != first)
}

/// Why it is not known which route takes a path below a mount.
const MOUNTED: &str = "another application is mounted above the path, and may answer for it";

/// Why a path that only files may have is not known.
const ONLY_FILES: &str = "only the static files take it, and whether there is such a file is not known";

fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

/// Whether a path names a file or a folder's index, as far as its spelling says.
pub(super) fn is_file(path: &PathText) -> bool {
    match path.0.last() {
        Some(PathPiece::Known(text)) => {
            let last = text.rsplit('/').next().unwrap_or_default();
            &**text == "/" || last.contains('.')
        }
        _ => true,
    }
}

fn takes_files_alone(route: &Route) -> bool {
    route.protocol == Protocol::Static
}

/// Whether a route is there for whatever no other one takes: files, a function for every path, `*`.
pub(super) fn is_for_all(route: &Route) -> bool {
    if takes_files_alone(route) {
        return true;
    }
    let Known::Is(Some(pattern), _) = &route.path else { return false };
    let bare = pattern.trim_matches(['/', '^', '$']);
    let everything = match route.syntax {
        PatternSyntax::Prefix => bare.is_empty(),
        PatternSyntax::FindMyWay => bare == "*",
        PatternSyntax::Express => matches!(bare, "*" | "(.*)" | "*splat" | "*path" | "{*splat}" | "{*path}" | "*all"),
        PatternSyntax::Regex => matches!(bare, ".*" | "(.*)" | "(?:.*)"),
        PatternSyntax::Starlette => bare.starts_with('{') && bare.ends_with(":path}") && bare.matches('{').count() == 1,
        PatternSyntax::Angle => bare.starts_with("<path:") && bare.matches('<').count() == 1,
        PatternSyntax::Aiohttp => bare.starts_with('{') && bare.ends_with(":.*}"),
        PatternSyntax::Exact => false,
    };
    everything && route.protocol == Protocol::Http
}

fn takes_method(route: &Route, method: Option<&str>) -> bool {
    let Some(method) = method else { return true };
    route.methods.is_empty()
        || method == "OPTIONS"
        || route.methods.iter().any(|it| &**it == method || method == "HEAD" && &**it == "GET")
}

/// Whether some route of the applications takes the request.
pub(super) fn is_taken(wiring: &Wiring, apps: &[AppId], path: &PathText, protocol: Protocol) -> bool {
    taking(wiring, apps, path, protocol).next().is_some()
}

pub(super) fn taking<'w>(
    wiring: &'w Wiring,
    apps: &[AppId],
    path: &PathText,
    protocol: Protocol,
) -> impl Iterator<Item = (RouteId, &'w Route, Takes)> {
    let merges = apps.iter().any(|app| merges_slashes(wiring.apps.get(app.0 as usize)));
    let whole = path.as_known().filter(|_| merges).map(|path| PathText::known(&merged(&path)));
    let candidates = wiring.index.routes(wiring).candidates(apps, whole.as_ref().unwrap_or(path));
    candidates.into_iter().filter_map(move |id| {
        let route = wiring.routes.get(id.0 as usize).filter(|route| speaks(route.protocol, protocol))?;
        let app = wiring.apps.get(route.app.0 as usize);
        let how = takes_with(wiring, route, app, path, protocol);
        (how != Takes::No).then_some((id, route, how))
    })
}

fn missed(wiring: &Wiring, first: &App, apps: &[AppId], path: &PathText, protocol: Protocol) -> Missed {
    let index = wiring.index.routes(wiring);
    let spoken = if protocol == Protocol::Static { Protocol::Http } else { protocol };
    let shown = path.display();
    let takes = |path: &PathText, slash: Slash| {
        let candidates = index.candidates(apps, path).into_iter().filter_map(|id| wiring.routes.get(id.0 as usize));
        // What takes every path for other methods is near to none.
        let mut routed = candidates.filter(|route| route.protocol == spoken && !is_for_all(route));
        routed.find(|route| takes(wiring, route, wiring.apps.get(route.app.0 as usize), path, slash))
    };
    // An expression knows of no loose slash.
    let slash = takes(path, Slash::Loose).or_else(|| takes(&other_slash(path), Slash::Exact));
    let nearest = slash.or_else(|| {
        // Those that begin as the path does come first, should there be too many.
        index
            .nearest(apps, spoken, first_word(&shown), MOST_COMPARED)
            .into_iter()
            .filter_map(|id| wiring.routes.get(id.0 as usize))
            .filter(|route| !is_for_all(route))
            .filter_map(|route| Some((pattern(route)?, route)))
            .min_by_key(|(text, route)| {
                let distance = near::distance(text, &shown);
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
        _ if nearest.is_some_and(|route| route.kept_out.is_some()) => {
            "the socket.io application is mounted at another path than the one that it compares the whole path with, so that nothing comes to it (`socketio_path` must begin with the mount's path)".to_owned()
        }
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
        is_slash: slash.is_some(),
        is_near: index.has_word(apps, spoken, first_word(&shown)),
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
            speaks(route.protocol, protocol)
                && route.pattern.contains(char::is_alphanumeric)
                && current.0.iter().any(|piece| matches!(piece, PathPiece::Known(text) if text.len() > 1))
                && may_match(&current, &route.pattern, route.syntax, Slash::Loose, wiring.comparisons.at(route.place))
        };
        let candidates = wiring.index.routes(wiring).unmounted(app.package, &current);
        if let Some(found) = candidates.into_iter().filter_map(|index| wiring.unmounted.get(index)).find(takes) {
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

/// Whether somebody who wrote one of two paths may have meant the other: one is the end of the other, a letter or two
/// differ, or they begin with the same segments and what follows is alike.
fn is_alike(one: &str, other: &str) -> bool {
    let segments = |path: &str| -> Vec<String> { path.trim_matches('/').split('/').map(str::to_owned).collect() };
    let (left, right) = (segments(one), segments(other));
    let common = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    let rest = |all: &[String]| all.get(common..).unwrap_or_default().join("/");
    let (left_rest, right_rest) = (rest(&left), rest(&right));
    let longer = left_rest.chars().count().max(right_rest.chars().count());
    let distance = near::distance(&left_rest, &right_rest);
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
    let mut routes = taking(wiring, apps, path, protocol).map(|(_, route, _)| route);
    routes.find(|route| route.protocol == protocol && pattern(route).is_some_and(|text| is_specific(&text)))
}

/// How many routes of the applications begin with this word, and how many with another one.
pub(super) fn begins_with(wiring: &Wiring, apps: &[AppId], word: &str) -> (usize, usize) {
    wiring.index.routes(wiring).begin_with(apps, word)
}
