//! Routes by application and first segments: most routes of an application cannot take a path, and this is seen without a
//! look at them.

use std::collections::BTreeMap;

use super::pattern::certain_beginning;
use crate::facts::{AddressRule, PatternSyntax, Protocol};
use crate::model::{Alternative, App, AppId, Known, PackageId, PathPiece, PathText, Route, RouteId, Value, Wiring};

/// How many segments tell routes apart.
const DEPTH: usize = 8;

/// The routes of each application.
#[derive(Debug, Default)]
pub struct RouteIndex {
    apps: BTreeMap<AppId, OfApp>,
    /// Routes of routers that no application mounts, as indices.
    unmounted: BTreeMap<PackageId, Branch<usize>>,
    /// Whether Django appends slashes in a package, when its settings say one thing.
    appends: BTreeMap<PackageId, Option<bool>>,
}

/// What is known of the routes of one application.
#[derive(Debug, Default)]
struct OfApp {
    all: Vec<RouteId>,
    tree: Branch<RouteId>,
    /// The routes of a protocol, files left out.
    spoken: BTreeMap<Protocol, Spoken>,
    /// Whether files at `/` take every path.
    has_files_for_all: bool,
    /// How many routes begin with a word of their own.
    specific: usize,
    /// The same for each word.
    by_word: BTreeMap<String, usize>,
}

/// The routes of one protocol.
#[derive(Debug, Default)]
struct Spoken {
    all: Vec<RouteId>,
    by_word: BTreeMap<String, Vec<RouteId>>,
    /// Whether the path of one, or of a folder of files, is not known.
    is_hidden: bool,
}

/// Routes with the same first segments, in lower case.
#[derive(Debug)]
struct Branch<T> {
    /// Those of which no further segment is certain.
    here: Vec<T>,
    /// Those with a parameter in the place of the next segment.
    any: Option<Box<Branch<T>>>,
    /// The others, by their next segment.
    below: BTreeMap<String, Branch<T>>,
}

impl<T> Default for Branch<T> {
    fn default() -> Self {
        Self { here: Vec::new(), any: None, below: BTreeMap::new() }
    }
}

/// A segment of a pattern.
enum Segment {
    Is(String),
    /// Any one segment.
    Any,
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
        let mut index = Self::default();
        for (id, route) in (0u32..).map(RouteId).zip(&wiring.routes) {
            let app = wiring.apps.get(route.app.0 as usize);
            index.apps.entry(route.app).or_default().add(id, route, app);
        }
        for (position, route) in wiring.unmounted.iter().enumerate() {
            let segments = segments_of(&route.pattern, route.syntax);
            index.unmounted.entry(route.package).or_default().add(segments, position);
        }
        for found in wiring.addresses.iter().filter(|found| found.rule == AddressRule::AppendsSlash) {
            let said = match found.values.as_slice() {
                [Alternative { value: Value::Bool(on), .. }] => Some(*on),
                _ => None,
            };
            let known = index.appends.entry(found.package).or_insert(said);
            *known = known.filter(|known| said == Some(*known));
        }
        index
    }

    /// All routes of these applications, in their order.
    pub fn of(&self, apps: &[AppId]) -> Vec<RouteId> {
        sorted(self.known(apps).flat_map(|app| &app.all).copied().collect())
    }

    /// The routes of these applications that may take the path, in their order. Others do not.
    pub fn candidates(&self, apps: &[AppId], path: &PathText) -> Vec<RouteId> {
        let beginning = beginning_of(path);
        let mut found = Vec::new();
        for app in self.known(apps) {
            app.tree.along(&beginning, &mut found);
        }
        sorted(found)
    }

    /// The routes that no application mounts and that may take the path, as indices in their order. Others do not.
    pub(super) fn unmounted(&self, package: PackageId, path: &PathText) -> Vec<usize> {
        let mut found = Vec::new();
        if let Some(tree) = self.unmounted.get(&package) {
            tree.along(&beginning_of(path), &mut found);
        }
        sorted(found)
    }

    /// At most so many routes of a protocol, files left out: those that begin with a word first, then the others in their order.
    pub(super) fn nearest(&self, apps: &[AppId], protocol: Protocol, word: &str, most: usize) -> Vec<RouteId> {
        let spoken = || self.known(apps).filter_map(|app| app.spoken.get(&protocol));
        let begins: Vec<RouteId> = spoken()
            .filter_map(|spoken| spoken.by_word.get(word))
            .flat_map(|ids| ids.iter().take(most))
            .copied()
            .collect();
        let begins = sorted(begins);
        let others = spoken().flat_map(|spoken| {
            let others = spoken.all.iter().filter(|id| begins.binary_search(id).is_err());
            others.take(most).copied()
        });
        let others = sorted(others.collect());
        begins.iter().copied().chain(others).take(most).collect()
    }

    /// Whether a route of a protocol begins with a word.
    pub(super) fn has_word(&self, apps: &[AppId], protocol: Protocol, word: &str) -> bool {
        self.known(apps).filter_map(|app| app.spoken.get(&protocol)).any(|spoken| spoken.by_word.contains_key(word))
    }

    /// Whether there are routes of a protocol, files left out.
    pub(super) fn speak(&self, apps: &[AppId], protocol: Protocol) -> bool {
        self.known(apps).filter_map(|app| app.spoken.get(&protocol)).any(|spoken| !spoken.all.is_empty())
    }

    /// Whether the path of a route of a protocol is not known.
    pub(super) fn hide(&self, apps: &[AppId], protocol: Protocol) -> bool {
        self.known(apps).filter_map(|app| app.spoken.get(&protocol)).any(|spoken| spoken.is_hidden)
    }

    /// How many routes begin with this word of their own, and how many with another one.
    pub(super) fn begin_with(&self, apps: &[AppId], word: &str) -> (usize, usize) {
        self.known(apps).fold((0, 0), |(with, others), app| {
            let own = app.by_word.get(word).copied().unwrap_or(0);
            (with + own, others + app.specific - own)
        })
    }

    /// Whether files at `/` take every path of an application.
    pub(super) fn has_files_for_all(&self, app: AppId) -> bool {
        self.apps.get(&app).is_some_and(|app| app.has_files_for_all)
    }

    /// Whether Django appends slashes in a package; `None` when its settings do not say it, or say several things.
    pub(super) fn appends(&self, package: PackageId) -> Option<bool> {
        self.appends.get(&package).copied().flatten()
    }

    fn known(&self, apps: &[AppId]) -> impl Iterator<Item = &OfApp> {
        apps.iter().filter_map(|app| self.apps.get(app))
    }
}

impl OfApp {
    fn add(&mut self, id: RouteId, route: &Route, app: Option<&App>) {
        self.all.push(id);
        let pattern = match &route.path {
            Known::Is(pattern, _) => pattern.as_deref(),
            Known::Unknown(_) => None,
        };
        // A root path may be before the pattern.
        let is_open = route.protocol == Protocol::Static || app.is_some_and(|app| app.root_path.is_some());
        let segments = pattern.filter(|_| !is_open).map(|pattern| segments_of(pattern, route.syntax));
        self.tree.add(segments.unwrap_or_default(), id);
        let is_files = route.protocol == Protocol::Static;
        self.has_files_for_all |= is_files && pattern == Some("/");
        // A request for a page may be for a file.
        let protocol = if is_files { Protocol::Http } else { route.protocol };
        let spoken = self.spoken.entry(protocol).or_default();
        spoken.is_hidden |= matches!(route.path, Known::Unknown(_));
        if !is_files {
            spoken.all.push(id);
            if let Some(pattern) = pattern {
                spoken.by_word.entry(first_word(pattern).to_owned()).or_default().push(id);
            }
        }
        if let Some(pattern) = pattern.filter(|pattern| is_specific(pattern)) {
            self.specific += 1;
            *self.by_word.entry(first_word(pattern).to_owned()).or_default() += 1;
        }
    }
}

impl<T: Copy> Branch<T> {
    fn add(&mut self, segments: Vec<Segment>, item: T) {
        let mut branch = self;
        for segment in segments {
            branch = match segment {
                Segment::Is(text) => branch.below.entry(text).or_default(),
                Segment::Any => branch.any.get_or_insert_default(),
            };
        }
        branch.here.push(item);
    }

    fn along(&self, beginning: &Beginning, found: &mut Vec<T>) {
        let mut branches = vec![self];
        for segment in &beginning.segments {
            let mut next = Vec::new();
            for branch in branches {
                found.extend(&branch.here);
                next.extend(branch.below.get(segment));
                next.extend(branch.any.as_deref());
            }
            branches = next;
        }
        for branch in branches {
            if beginning.is_whole { found.extend(&branch.here) } else { branch.all(found) }
        }
    }

    fn all(&self, found: &mut Vec<T>) {
        found.extend(&self.here);
        self.below.values().chain(self.any.as_deref()).for_each(|branch| branch.all(found));
    }
}

fn sorted<T: Ord>(mut ids: Vec<T>) -> Vec<T> {
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The first word of a path.
pub(super) fn first_word(path: &str) -> &str {
    path.trim_start_matches(['/', '^']).split('/').next().unwrap_or_default()
}

/// Whether a pattern begins with a word of its own, so that a match with a partly unknown path means something.
pub(super) fn is_specific(pattern: &str) -> bool {
    let first = first_word(pattern);
    !first.is_empty() && !first.starts_with(['{', '<', ':', '*', '('])
}

/// The first segments of every path that a pattern takes.
fn segments_of(pattern: &str, syntax: PatternSyntax) -> Vec<Segment> {
    let is_open = matches!(syntax, PatternSyntax::Regex | PatternSyntax::Prefix);
    let Some(rest) = pattern.strip_prefix('/').filter(|_| !is_open) else { return Vec::new() };
    let certain = certain_beginning(pattern, syntax).len();
    let mut at = 1;
    let mut segments = Vec::new();
    for text in rest.trim_end_matches('/').split('/').take(DEPTH) {
        at += text.len() + 1;
        if at <= certain || certain == pattern.len() || is_certain(text, syntax) {
            segments.push(Segment::Is(text.to_ascii_lowercase()));
        } else if is_one(text, syntax) {
            segments.push(Segment::Any);
        } else {
            break;
        }
    }
    segments
}

/// Whether a segment of a pattern stands for itself.
fn is_certain(segment: &str, syntax: PatternSyntax) -> bool {
    certain_beginning(segment, syntax).len() == segment.len() && !segment.contains(['}', '>', ')'])
}

/// Whether a segment of a pattern stands for one segment, whatever its letters are.
fn is_one(segment: &str, syntax: PatternSyntax) -> bool {
    let is_whole = |open: char, close: char| {
        let pairs = segment.matches(open).count();
        pairs > 0 && pairs == segment.matches(close).count()
    };
    match syntax {
        PatternSyntax::Starlette => is_whole('{', '}') && !segment.contains("path"),
        // A parameter may be an expression.
        PatternSyntax::Aiohttp => is_whole('{', '}') && !segment.contains(':'),
        PatternSyntax::Angle => is_whole('<', '>') && !segment.contains("path"),
        PatternSyntax::Express => segment.contains(':') && !segment.contains(['*', '{', '}', '(', ')', '?', '+']),
        // A parameter at the end may be empty.
        PatternSyntax::FindMyWay | PatternSyntax::Regex | PatternSyntax::Prefix | PatternSyntax::Exact => false,
    }
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
        assert_eq!(shown(&[known("/a/b/c/d/e/f/g/h/i")]), "a b c d e f g h");
        assert_eq!(shown(&[PathPiece::Rest]), "");
    }
}
