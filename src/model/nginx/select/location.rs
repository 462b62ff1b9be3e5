//! How locations match, and which of them is chosen.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Place, longest_prefix};
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

/// The locations of one level, by how they match: nginx too looks them up, and tries patterns alone one after the other.
#[derive(Clone, Debug, Default)]
pub(in crate::model::nginx) struct Locations {
    /// The exact ones.
    exact: BTreeMap<Box<str>, Same>,
    /// The first prefix of each text, and whether it keeps patterns from being tried.
    prefixes: BTreeMap<Box<str>, (LevelId, bool)>,
    /// The first one of each text with a slash at its end that hands requests on.
    forwarding: BTreeMap<Box<str>, LevelId>,
    /// Those of patterns, in order.
    patterns: Vec<LevelId>,
    /// The first one with a placeholder: its number and its place.
    unknown: Option<(usize, Place)>,
}

/// Exact locations of the same text.
#[derive(Clone, Copy, Debug)]
struct Same {
    first: LevelId,
    /// The number of the first one.
    first_at: usize,
    last: LevelId,
}

impl Locations {
    /// Those among the statements of a level; `None` when there are none.
    pub fn of(tree: &Tree, level: &Level) -> Option<Self> {
        let statements = level.statements.iter().filter(|statement| &*statement.name == "location");
        let blocks = statements.filter_map(|statement| Some((statement.block?, tree.level(statement.block?)?)));
        let mut found: Option<Self> = None;
        for (at, (id, inner)) in blocks.enumerate() {
            found.get_or_insert_default().add(at, id, inner);
        }
        found
    }

    fn add(&mut self, at: usize, id: LevelId, level: &Level) {
        match matcher(level) {
            Matcher::Exact(text) => {
                let same = self.exact.entry(text.into()).or_insert(Same { first: id, first_at: at, last: id });
                same.last = id;
                self.add_forwarding(text, id, level);
            }
            Matcher::Prefix { text, no_regex } => {
                self.prefixes.entry(text.into()).or_insert((id, no_regex));
                self.add_forwarding(text, id, level);
            }
            Matcher::Regex { .. } => self.patterns.push(id),
            Matcher::Unknown => self.unknown = self.unknown.or(Some((at, level.place))),
            Matcher::Named(_) => {}
        }
    }

    fn add_forwarding(&mut self, text: &str, id: LevelId, level: &Level) {
        if text.ends_with('/') && forwards(level) {
            self.forwarding.entry(text.into()).or_insert(id);
        }
    }
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
        let Some(locations) = tree.locations_in(level) else { return Rest::Declined };
        let exact = locations.exact.get(self.uri);
        // a placeholder may be any text, so what comes after it is not certain
        match (exact, locations.unknown) {
            (Some(names), unknown) if unknown.is_none_or(|(at, _)| names.first_at < at) => {
                self.chosen = Chosen::Location(names.first);
                return Rest::Done;
            }
            (_, Some((_, place))) => {
                self.chosen = Chosen::Unknown(place);
                return Rest::Done;
            }
            _ => {}
        }
        let longest = longest_prefix(&locations.prefixes, self.uri);
        let with_slash = format!("{}/", self.uri);
        if let Some(id) = locations.forwarding.get(&*with_slash)
            && longest.is_none_or(|(text, _)| text.len() < self.uri.len())
        {
            // of two locations of one name the exact one is taken, whichever of them forwards
            let exact = locations.exact.get(&*with_slash).map(|names| names.last);
            self.chosen = Chosen::AddSlash(exact.unwrap_or(*id));
            return Rest::Done;
        }
        let mut no_regex = false;
        if let Some((_, (id, stops))) = longest {
            self.chosen = Chosen::Location(*id);
            no_regex = *stops;
            if self.find(*id, depth + 1) == Rest::Done {
                return Rest::Done;
            }
        }
        if no_regex {
            return Rest::Declined;
        }
        for (id, inner) in locations.patterns.iter().filter_map(|id| Some((*id, tree.level(*id)?))) {
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
