//! How one route takes a path: as it is, after a redirect of its framework, or not at all; and what is mounted above it.

use std::sync::Arc;

use super::pattern::{Slash, may_match};
use super::slash::{self, SlashRule};
use crate::facts::{Framework, PatternSyntax, Protocol};
use crate::model::{App, Known, MountPoint, PathPiece, PathText, Route, Wiring};

/// How a route takes a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// As it is.
    Yes,
    /// After a redirect to the path with the slash, or without it.
    Redirected,
    /// Not at all.
    No,
}

/// How a route takes a path, the slash at its end included.
pub(super) fn takes_with(
    wiring: &Wiring,
    route: &Route,
    app: Option<&App>,
    path: &PathText,
    protocol: Protocol,
) -> Takes {
    if takes(wiring, route, app, path, Slash::Exact) {
        return Takes::Yes;
    }
    let rule = slash::rule(wiring, route, app, protocol);
    let redirected = |other: &PathText| match takes(wiring, route, app, other, Slash::Exact) {
        true => Takes::Redirected,
        false => Takes::No,
    };
    if merges_slashes(app)
        && let Some(merged) =
            path.as_known().map(|path| merged(&path)).filter(|merged| Some(merged) != path.as_known().as_ref())
    {
        let merged = PathText::known(&merged);
        return match takes_with(wiring, route, app, &merged, protocol) {
            Takes::No => Takes::No,
            Takes::Yes | Takes::Redirected => Takes::Redirected,
        };
    }
    let has_slash = matches!(path.0.last(), Some(PathPiece::Known(last)) if last.ends_with('/'));
    match rule {
        SlashRule::Ignored if route.syntax == PatternSyntax::Regex => Takes::No,
        SlashRule::Ignored if takes(wiring, route, app, path, Slash::Loose) => {
            match takes_one_slash(app) && ends_twice(path) {
                true => Takes::No,
                false => Takes::Yes,
            }
        }
        SlashRule::RedirectsBoth => redirected(&other_slash(path)),
        SlashRule::RedirectsToSlash if !has_slash => redirected(&other_slash(path)),
        SlashRule::Ignored | SlashRule::RedirectsToSlash | SlashRule::Exact => Takes::No,
    }
}

fn ends_twice(path: &PathText) -> bool {
    path.0.len() > 1 && matches!(path.0.last(), Some(PathPiece::Known(last)) if last.ends_with("//"))
        || matches!(path.0.as_slice(), [PathPiece::Known(whole)] if whole.len() > 2 && whole.ends_with("//"))
}

/// Whether the whole pattern is compared at once, with one slash more at its end: a router that is mounted takes another one.
fn takes_one_slash(app: Option<&App>) -> bool {
    app.is_some_and(|app| app.framework == Framework::Nest)
}

pub(super) fn takes(wiring: &Wiring, route: &Route, app: Option<&App>, path: &PathText, slash: Slash) -> bool {
    let comparing = wiring.comparisons.at(route.place);
    let Known::Is(pattern, _) = &route.path else { return false };
    if route.kept_out.is_some() {
        return false;
    }
    let Some(pattern) = pattern else { return true };
    let syntax = if route.protocol == Protocol::Static { PatternSyntax::Prefix } else { route.syntax };
    if may_match(path, pattern, syntax, slash, comparing) {
        return true;
    }
    // A root path is accepted both with and without.
    app.and_then(|app| app.root_path.as_deref()).is_some_and(|root| {
        let whole = format!("{}{pattern}", root.trim_end_matches('/'));
        may_match(path, &whole, syntax, slash, comparing)
    })
}

/// Whether the framework sends requests on to the path in which slashes stand alone (Werkzeug's `merge_slashes`).
pub(super) fn merges_slashes(app: Option<&App>) -> bool {
    app.is_some_and(|app| matches!(app.framework, Framework::Flask | Framework::FlaskSocketIo))
}

pub(super) fn merged(path: &str) -> String {
    let mut merged = String::with_capacity(path.len());
    merged.extend(
        path.chars()
            .scan(' ', |before, c| {
                let again = c == '/' && *before == '/';
                *before = c;
                Some((!again).then_some(c))
            })
            .flatten(),
    );
    merged
}

/// The applications that are mounted above the path, beside the route.
pub(super) fn mounts_above<'w>(
    wiring: &'w Wiring,
    route: &Route,
    path: &PathText,
) -> impl Iterator<Item = &'w MountPoint> {
    let comparing = wiring.comparisons.at(route.place);
    let mounts = wiring.apps.get(route.app.0 as usize).map(|app| app.mounts.as_slice()).unwrap_or_default();
    mounts.iter().filter(|mount| !mount.holds(route)).filter(move |mount| {
        let rest = if mount.syntax == PatternSyntax::Aiohttp { "/{rest:.*}" } else { "/{rest:path}" };
        may_match(path, &format!("{}{rest}", mount.prefix), mount.syntax, Slash::Exact, comparing)
            || mount.syntax == PatternSyntax::Aiohttp
                && may_match(path, &mount.prefix, mount.syntax, Slash::Exact, comparing)
    })
}

/// Whether an application that is mounted above the path answers before the route may, or instead of it.
pub(super) fn is_kept_by_mount(wiring: &Wiring, route: &Route, path: &PathText, protocol: Protocol) -> bool {
    let app = wiring.apps.get(route.app.0 as usize);
    // aiohttp asks what is more exact first, not what comes first.
    let is_first = |mount: &MountPoint| mount.syntax == PatternSyntax::Aiohttp || mount.is_before(route) != Some(false);
    if takes_with(wiring, route, app, path, protocol) == Takes::Redirected {
        return mounts_above(wiring, route, path).next().is_some()
            || mounts_above(wiring, route, &other_slash(path)).any(is_first);
    }
    mounts_above(wiring, route, path).any(is_first)
}

/// The same path with a slash at its end, or without it.
pub(super) fn other_slash(path: &PathText) -> PathText {
    let mut other = path.clone();
    match other.0.last_mut() {
        Some(PathPiece::Known(last)) if last.len() > 1 && last.ends_with('/') => {
            *last = Arc::from(last.trim_end_matches('/'));
        }
        _ => other.0.push(PathPiece::Known(Arc::from("/"))),
    }
    other
}
