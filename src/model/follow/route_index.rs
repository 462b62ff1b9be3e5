//! Routes by application and first segments: most routes of an application cannot take a path, and this is seen without a
//! look at them.

use std::collections::BTreeMap;

use super::pattern::certain_beginning;
use crate::facts::{PatternSyntax, Protocol};
use crate::model::{App, AppId, Known, PathPiece, PathText, Route, RouteId, Wiring};

/// How many segments tell routes apart.
const DEPTH: usize = 6;

/// The routes of each application.
#[derive(Debug, Default)]
pub struct RouteIndex {
    apps: BTreeMap<AppId, Branch>,
}

/// Routes with the same first segments, in lower case.
#[derive(Debug, Default)]
struct Branch {
    /// Those of which no further segment is certain.
    here: Vec<RouteId>,
    /// The others, by their next segment.
    below: BTreeMap<String, Branch>,
}

/// The certain beginning of a path.
struct Beginning {
    segments: Vec<String>,
    /// Whether nothing follows.
    is_whole: bool,
}

impl RouteIndex {
    /// The routes of a wiring, which must be complete.
    pub fn new(wiring: &Wiring) -> Self {
        let mut apps: BTreeMap<AppId, Branch> = BTreeMap::new();
        for (id, route) in (0u32..).map(RouteId).zip(&wiring.routes) {
            let app = wiring.apps.get(route.app.0 as usize);
            let mut branch = apps.entry(route.app).or_default();
            for segment in segments_of(route, app) {
                branch = branch.below.entry(segment).or_default();
            }
            branch.here.push(id);
        }
        Self { apps }
    }

    /// All routes of these applications, in their order.
    pub fn of(&self, apps: &[AppId]) -> Vec<RouteId> {
        let mut found = Vec::new();
        apps.iter().filter_map(|app| self.apps.get(app)).for_each(|branch| branch.all(&mut found));
        sorted(found)
    }

    /// The routes of these applications that may take the path, in their order. Others do not.
    pub fn candidates(&self, apps: &[AppId], path: &PathText) -> Vec<RouteId> {
        let beginning = beginning_of(path);
        let mut found = Vec::new();
        for branch in apps.iter().filter_map(|app| self.apps.get(app)) {
            branch.along(&beginning, &mut found);
        }
        sorted(found)
    }
}

impl Branch {
    fn along(&self, beginning: &Beginning, found: &mut Vec<RouteId>) {
        let mut branch = self;
        for segment in &beginning.segments {
            found.extend(&branch.here);
            match branch.below.get(segment) {
                Some(next) => branch = next,
                None => return,
            }
        }
        if beginning.is_whole { found.extend(&branch.here) } else { branch.all(found) }
    }

    fn all(&self, found: &mut Vec<RouteId>) {
        found.extend(&self.here);
        self.below.values().for_each(|branch| branch.all(found));
    }
}

fn sorted(mut ids: Vec<RouteId>) -> Vec<RouteId> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The first segments of every path that the route takes.
fn segments_of(route: &Route, app: Option<&App>) -> Vec<String> {
    let Known::Is(Some(pattern), _) = &route.path else { return Vec::new() };
    let is_open =
        matches!(route.syntax, PatternSyntax::Regex | PatternSyntax::Prefix) || route.protocol == Protocol::Static;
    // A root path may be before the pattern.
    if is_open || app.is_some_and(|app| app.root_path.is_some()) {
        return Vec::new();
    }
    let certain = certain_beginning(pattern, route.syntax);
    beginning(certain, certain.len() == pattern.len()).segments
}

fn beginning_of(path: &PathText) -> Beginning {
    match path.0.first() {
        Some(PathPiece::Known(begin)) => beginning(begin, path.0.len() == 1),
        _ => Beginning { segments: Vec::new(), is_whole: false },
    }
}

/// The segments of a text that nothing can lengthen any more. Slashes at the end tell no routes apart.
fn beginning(text: &str, is_whole: bool) -> Beginning {
    let unknown = Beginning { segments: Vec::new(), is_whole: false };
    let Some(rest) = text.strip_prefix('/') else { return unknown };
    let complete = if is_whole {
        rest.trim_end_matches('/')
    } else {
        match rest.rsplit_once('/') {
            Some((complete, _)) => complete,
            None => return unknown,
        }
    };
    let mut segments = complete.split('/').map(str::to_ascii_lowercase);
    let known: Vec<String> = segments.by_ref().take(DEPTH).collect();
    Beginning { segments: known, is_whole: is_whole && segments.next().is_none() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_known_when_nothing_can_follow_it() {
        let known = |text: &str| PathPiece::Known(text.into());
        let shown = |pieces: &[PathPiece]| {
            let found = beginning_of(&PathText(pieces.to_vec()));
            format!("{}{}", found.segments.join(" "), if found.is_whole { "." } else { "" })
        };
        assert_eq!(shown(&[known("/Api/users")]), "api users.");
        assert_eq!(shown(&[known("/api/")]), "api.");
        assert_eq!(shown(&[known("/api"), PathPiece::Rest]), "");
        assert_eq!(shown(&[known("/api/v1"), PathPiece::Rest]), "api");
        assert_eq!(shown(&[known("/api/v1/"), PathPiece::Segment]), "api v1");
        assert_eq!(shown(&[known("/a/b/c/d/e/f/g")]), "a b c d e f");
        assert_eq!(shown(&[PathPiece::Rest]), "");
    }
}
