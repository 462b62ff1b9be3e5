//! What other words in a route would make of a path.

use super::EnvoyInstance;
use super::config::{Action, Forward, Rewrite, Route};
use super::matcher::PathMatch;
use crate::model::PathText;
use crate::model::proxy::{KeepsPrefix, PathFix, Proxied};

impl EnvoyInstance {
    /// The paths that the back end would get for a request for `asked`, were the route written otherwise.
    pub(super) fn path_fixes_of(&self, proxied: &Proxied, asked: &PathText) -> Vec<PathFix> {
        let mut routes = self.hosts().flat_map(|host| &host.routes);
        let Some(route) = routes.find(|route| route.place == proxied.location_place) else { return Vec::new() };
        let Action::Forward(forward) = &route.action else { return Vec::new() };
        let mut found = Vec::new();
        if forward.rewrite.is_some() {
            let place = rewrite_place(forward).unwrap_or(route.place);
            found.push(PathFix { path: asked.clone(), place, keeps: KeepsPrefix::Yes, lines: None });
        }
        found.extend(without_double_slash(route, forward, asked));
        if forward.rewrite.is_none() {
            found.extend(without_prefix(route, asked));
        }
        found
    }
}

fn rewrite_place(forward: &Forward) -> Option<crate::base::Place> {
    match forward.rewrite.as_ref()? {
        Rewrite::Prefix(_, place) => Some(*place),
        Rewrite::Pattern(pattern, _) => Some(pattern.place),
        Rewrite::Unknown(why) => why.place,
    }
}

/// `prefix: /api` with `prefix_rewrite: /` leaves two slashes; `prefix: /api/` leaves one.
fn without_double_slash(route: &Route, forward: &Forward, asked: &PathText) -> Option<PathFix> {
    let PathMatch::Prefix(prefix) = &route.matching.path else { return None };
    let Some(Rewrite::Prefix(with, _)) = &forward.rewrite else { return None };
    let path = match (prefix.ends_with('/'), with.ends_with('/')) {
        (false, true) => asked.after(&format!("{prefix}/"))?.behind(with),
        (true, false) => asked.after(prefix)?.behind(&format!("{with}/")),
        _ => return None,
    };
    let lines = if prefix.ends_with('/') {
        format!("prefix_rewrite: \"{with}/\"")
    } else {
        format!("- match: {{ prefix: \"{prefix}/\" }}")
    };
    Some(PathFix { path, place: route.place, keeps: KeepsPrefix::Replaced, lines: Some(lines) })
}

/// The prefix is cut off.
fn without_prefix(route: &Route, asked: &PathText) -> Option<PathFix> {
    let (PathMatch::Prefix(prefix) | PathMatch::Separated(prefix)) = &route.matching.path else { return None };
    let slashed = format!("{}/", prefix.trim_end_matches('/'));
    if slashed == "/" {
        return None;
    }
    let path = asked.after(&slashed)?.behind("/");
    let lines = if prefix.ends_with('/') {
        "prefix_rewrite: \"/\"".to_owned()
    } else {
        format!("- match: {{ prefix: \"{slashed}\" }}\n  route: {{ cluster: NAME, prefix_rewrite: \"/\" }}")
    };
    Some(PathFix { path, place: route.place, keeps: KeepsPrefix::No, lines: Some(lines) })
}
