//! In which order directives of a block act.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lines::Line;
use super::matcher::only_path;
use super::route::Route;
use super::row::{Row, Spot};
use super::sort::stable;
use super::version::PathOrder;

/// Caddy's own order, from the first to the last.
const USUAL: [&str; 44] = [
    "tracing",
    "map",
    "vars",
    "fs",
    "root",
    "log_append",
    "skip_log",
    "log_skip",
    "log_name",
    "header",
    "copy_response_headers",
    "request_body",
    "timeouts",
    "redir",
    "method",
    "rewrite",
    "uri",
    "try_files",
    "basicauth",
    "basic_auth",
    "forward_auth",
    "request_header",
    "encode",
    "push",
    "intercept",
    "templates",
    "invoke",
    "handle",
    "handle_path",
    "route",
    "abort",
    "error",
    "copy_response",
    "respond",
    "metrics",
    "reverse_proxy",
    "php_fastcgi",
    "file_server",
    "acme_server",
    // not routes; they have no place
    "bind",
    "tls",
    "log",
    "handle_errors",
    "import",
];

/// The order of directives: the place of each.
#[derive(Clone, Debug)]
pub(super) struct Order(BTreeMap<Arc<str>, usize>);

/// What one directive comes to, before it has its place.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its name, with `handle` for `handle_path`.
    pub directive: Arc<str>,
    /// The route; several stay together.
    pub routes: Vec<Route>,
    pub form: EntryForm,
}

/// Whether a directive is one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryForm {
    /// It is: it may be moved by its path.
    Route,
    /// It is a row of routes that stay together.
    Row,
}

impl Order {
    /// The usual one, changed by the `order` lines of the global options.
    pub fn new(options: &[Line]) -> Self {
        let mut row = Row::default();
        for name in USUAL {
            row.insert(name, Spot::Last);
        }
        for line in options.iter().filter(|line| line.name() == "order") {
            let (Some(name), Some(position)) = (line.arg(0), line.arg(1)) else { continue };
            row.remove(name);
            match (position, line.arg(2)) {
                ("first", _) => row.insert(name, Spot::First),
                ("last", _) => row.insert(name, Spot::Last),
                ("before", Some(other)) => row.insert(name, Spot::Before(other)),
                ("after", Some(other)) => row.insert(name, Spot::After(other)),
                _ => {}
            }
        }
        Self(row.names().zip(1..).collect())
    }

    /// A directive of a module that is not known comes first: whatever comes after it may not be reached.
    fn position(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Puts the directives of a block in order.
    pub fn sort(&self, entries: &mut [Entry], paths: PathOrder) {
        let positions: Vec<usize> = entries.iter().map(|entry| self.position(&entry.directive)).collect();
        let mut indices: Vec<usize> = (0..entries.len()).collect();
        let less = |first: &usize, second: &usize| {
            let (Some(a), Some(b)) = (entries.get(*first), entries.get(*second)) else { return false };
            if a.directive != b.directive {
                return positions.get(*first) < positions.get(*second);
            }
            let ([left], [right], EntryForm::Route, EntryForm::Route) = (&a.routes[..], &b.routes[..], a.form, b.form)
            else {
                return false;
            };
            let before = is_before(left, right, paths);
            match (&*a.directive, paths) {
                // the least specific first: the last one wins
                ("vars", PathOrder::Length) => is_before(right, left, PathOrder::Length),
                ("vars", _) => !before,
                _ => before,
            }
        };
        stable(&mut indices, &less);
        let mut sorted: Vec<Entry> = indices.iter().filter_map(|index| entries.get(*index).cloned()).collect();
        entries.swap_with_slice(&mut sorted);
    }
}

fn has_matcher(route: &Route) -> bool {
    !route.matchers.is_empty()
}

/// Whether the first is before the second by their paths.
fn is_before(first: &Route, second: &Route, order: PathOrder) -> bool {
    let path = |route| only_path_of(route).filter(|path| !path.is_empty());
    let (Some(left), Some(right)) = (path(first), path(second)) else {
        return has_matcher(first) && !has_matcher(second);
    };
    let trimmed = |path: &'_ str| path.strip_suffix('*').unwrap_or(path).to_owned();
    let (short_left, short_right) = (trimmed(left), trimmed(right));
    if order != PathOrder::Length && short_left == short_right {
        return left.len() < right.len();
    }
    if order != PathOrder::Trimmed {
        return left.len() > right.len();
    }
    if short_left.len() == short_right.len() { short_left < short_right } else { short_left.len() > short_right.len() }
}

fn only_path_of(route: &Route) -> Option<&str> {
    only_path(&route.matchers)
}
