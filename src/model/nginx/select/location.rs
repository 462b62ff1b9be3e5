//! How locations match, and which of them is chosen.

use std::sync::Arc;

use crate::base::Place;
use crate::model::nginx::pattern::Found;
use crate::model::nginx::tree::{Level, LevelId, Statement, Tree};

/// How a location matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model::nginx) enum Matcher<'a> {
    Exact(&'a str),
    Prefix {
        text: &'a str,
        no_regex: bool,
    },
    Regex {
        pattern: &'a str,
        ignore_case: bool,
    },
    Named(&'a str),
    /// A placeholder is in it.
    Unknown,
}

/// How a location's head reads.
pub(in crate::model::nginx) fn matcher(level: &Level) -> Matcher<'_> {
    if level.args.iter().any(|arg| !arg.holes.is_empty()) {
        return Matcher::Unknown;
    }
    match (level.args.first().map(|arg| &*arg.text), level.args.get(1).map(|arg| &*arg.text)) {
        (Some("="), Some(text)) => Matcher::Exact(text),
        (Some("^~"), Some(text)) => Matcher::Prefix { text, no_regex: true },
        (Some("~"), Some(pattern)) => Matcher::Regex { pattern, ignore_case: false },
        (Some("~*"), Some(pattern)) => Matcher::Regex { pattern, ignore_case: true },
        (Some(one), None) => {
            if let Some(text) = one.strip_prefix("^~") {
                Matcher::Prefix { text, no_regex: true }
            } else if let Some(text) = one.strip_prefix('=') {
                Matcher::Exact(text)
            } else if let Some(pattern) = one.strip_prefix("~*") {
                Matcher::Regex { pattern, ignore_case: true }
            } else if let Some(pattern) = one.strip_prefix('~') {
                Matcher::Regex { pattern, ignore_case: false }
            } else if one.starts_with('@') {
                Matcher::Named(one)
            } else {
                Matcher::Prefix { text: one, no_regex: false }
            }
        }
        _ => Matcher::Unknown,
    }
}

/// The head of a location as people write it: `/ws/`, `= /x`, `~ ^/ws`.
pub(in crate::model::nginx) fn written(level: &Level) -> Arc<str> {
    level.args.iter().map(|arg| &*arg.text).collect::<Vec<_>>().join(" ").into()
}

/// What the location choice came to.
#[derive(Clone, Debug)]
pub(in crate::model::nginx) enum Chosen {
    /// This location.
    Location(LevelId),
    /// The slash that nginx adds by itself.
    AddSlash(LevelId),
    /// None: the server's own root.
    Server,
    /// A placeholder or a pattern that the engine refuses decides.
    Unknown(Place),
}

/// Chooses the location of `server` for the normalized `uri`, with what the patterns on the way left behind, in order.
pub(in crate::model::nginx) fn location(tree: &Tree, server: LevelId, uri: &str) -> (Chosen, Vec<Found>) {
    let mut search = Search { tree, uri, chosen: Chosen::Server, found: Vec::new() };
    search.find(server, 0);
    (search.chosen, search.found)
}

/// Whether the search goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Declined,
    Done,
}

struct Search<'a> {
    tree: &'a Tree,
    uri: &'a str,
    /// What is chosen so far.
    chosen: Chosen,
    found: Vec<Found>,
}

impl Search<'_> {
    /// One level of the search.
    fn find(&mut self, level: LevelId, depth: usize) -> Rest {
        if depth > 100 {
            return Rest::Declined;
        }
        let tree = self.tree;
        let locations = || {
            let statements = tree.level(level).map(|level| level.statements.as_slice()).unwrap_or_default();
            statements
                .iter()
                .filter(|statement| &*statement.name == "location")
                .filter_map(|statement| Some((statement.block?, tree.level(statement.block?)?)))
        };
        let mut longest: Option<(LevelId, usize, bool)> = None;
        let mut slash = None;
        // of two locations of one name the exact one is taken, whichever of them forwards
        let mut exact_slash = None;
        for (id, inner) in locations() {
            match matcher(inner) {
                Matcher::Exact(text) => {
                    if text == self.uri {
                        self.chosen = Chosen::Location(id);
                        return Rest::Done;
                    }
                    if text.strip_suffix('/') == Some(self.uri) {
                        exact_slash = Some(id);
                        slash = slash.or(Some(id).filter(|_| forwards(inner)));
                    }
                }
                Matcher::Prefix { text, no_regex } => {
                    if self.uri.starts_with(text) && longest.is_none_or(|(_, length, _)| text.len() > length) {
                        longest = Some((id, text.len(), no_regex));
                    } else if text.strip_suffix('/') == Some(self.uri) && forwards(inner) {
                        slash = slash.or(Some(id));
                    }
                }
                Matcher::Unknown => {
                    self.chosen = Chosen::Unknown(inner.place);
                    return Rest::Done;
                }
                Matcher::Regex { .. } | Matcher::Named(_) => {}
            }
        }
        if let Some(id) = slash.filter(|_| longest.is_none_or(|(_, length, _)| length < self.uri.len())) {
            self.chosen = Chosen::AddSlash(exact_slash.unwrap_or(id));
            return Rest::Done;
        }
        let mut no_regex = false;
        if let Some((id, _, stops)) = longest {
            self.chosen = Chosen::Location(id);
            no_regex = stops;
            if self.find(id, depth + 1) == Rest::Done {
                return Rest::Done;
            }
        }
        if no_regex {
            return Rest::Declined;
        }
        for (id, inner) in locations() {
            let Matcher::Regex { pattern, ignore_case } = matcher(inner) else { continue };
            match tree.effort.find(pattern, ignore_case, self.uri, inner.place) {
                None => {
                    self.chosen = Chosen::Unknown(inner.place);
                    return Rest::Done;
                }
                Some(Some(found)) => {
                    self.found.push(found);
                    self.chosen = Chosen::Location(id);
                    self.find(id, depth + 1);
                    // below a pattern no slash is added
                    if let Chosen::AddSlash(inner) = self.chosen {
                        self.chosen = Chosen::Location(inner);
                    }
                    return Rest::Done;
                }
                Some(None) => {}
            }
        }
        Rest::Declined
    }
}

/// Whether a location hands requests on: then its name without the slash at the end leads to it.
fn forwards(level: &Level) -> bool {
    let passes = |statement: &Statement| {
        matches!(
            &*statement.name,
            "proxy_pass" | "fastcgi_pass" | "uwsgi_pass" | "scgi_pass" | "memcached_pass" | "grpc_pass"
        )
    };
    level.statements.iter().any(passes)
}
