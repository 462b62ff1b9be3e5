//! In which order paths are tried, and which one takes a request.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::{ByText, Controller, Location, PathType, Server, Style};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Patterns;

/// Which path takes a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken<'c> {
    /// This one.
    By(&'c Location),
    /// None does.
    ByNone,
    /// This one would, with a slash behind the path: nginx sends the client there.
    WithSlash(&'c Location),
    /// This one may.
    Unknown(&'c Location),
}

impl Location {
    pub fn rewrites(&self) -> bool {
        self.terms.rewrite.as_ref().is_some_and(|(target, _)| *target != self.path)
    }
}

/// Settles what the paths of a server are, and in which order they are tried: longer ones first.
pub(super) fn settle(server: &mut Server) {
    join_repeated(server);
    let is_pattern = |location: &Location| location.rewrites() || location.terms.use_regex;
    if server.controller == Controller::Nginx && server.locations.iter().any(is_pattern) {
        server.style = Style::Patterns;
    }
    server.locations.sort_by(|a, b| b.path.len().cmp(&a.path.len()).then(b.path.cmp(&a.path)));
    let mut by_text = ByText::default();
    for (at, location) in server.locations.iter().enumerate() {
        let text = Arc::clone(&location.path);
        match (location.kind, server.controller) {
            (PathType::Exact, _) => by_text.exact.insert(text, at),
            (PathType::Prefix, _) => by_text.elements.insert(text.trim_end_matches('/').into(), at),
            (PathType::Implementation, Controller::Nginx) => by_text.letters.insert(text, at),
            (PathType::Implementation, _) => {
                let bare = text.trim_end_matches('*');
                // `/*` is how some controllers write a prefix
                if bare.ends_with('/') && !bare.contains(['(', '[', '\\', '$', '*']) {
                    by_text.elements.insert(bare.trim_end_matches('/').into(), at)
                } else {
                    by_text.other.push(at);
                    None
                }
            }
        };
    }
    server.by_text = by_text;
}

/// Of several objects for one path the oldest counts, and how old they are nobody says; a canary takes a share.
fn join_repeated(server: &mut Server) {
    let mut first: BTreeMap<(Arc<str>, bool), usize> = BTreeMap::new();
    let mut kept: Vec<Location> = Vec::new();
    for location in std::mem::take(&mut server.locations) {
        let key = (Arc::clone(&location.path), location.kind == PathType::Exact);
        match first.get(&key).and_then(|at| kept.get_mut(*at)) {
            Some(known) if Arc::ptr_eq(&known.terms, &location.terms) && known.backend == location.backend => {}
            Some(known) => {
                let why = Unknown { reason: HoleReason::Unsupported, place: Some(location.place) };
                let mut terms = (*known.terms).clone();
                terms.unknown = terms.unknown.or(Some(why));
                known.terms = Arc::new(terms);
            }
            None => {
                first.insert(key, kept.len());
                kept.push(location);
            }
        }
    }
    server.locations = kept;
}

impl Server {
    /// The path that takes a request.
    pub fn pick<'c>(&'c self, path: &str, patterns: &Patterns) -> Taken<'c> {
        match self.style {
            Style::Patterns => self.first_pattern(path, patterns),
            Style::Plain => self.longest(path),
        }
    }

    fn first_pattern<'c>(&'c self, path: &str, patterns: &Patterns) -> Taken<'c> {
        for location in &self.locations {
            let pattern = format!("(?i)^{}", location.path);
            match patterns.find(&pattern, path, location.place) {
                Some(Some(_)) => return Taken::By(location),
                Some(None) => {}
                None => return Taken::Unknown(location),
            }
        }
        Taken::ByNone
    }

    fn longest<'c>(&'c self, path: &str) -> Taken<'c> {
        let at = |index: usize| self.locations.get(index);
        let open = |location: &&Location| {
            let bare = location.path.trim_end_matches('*');
            path.starts_with(bare) || bare.contains(['(', '[', '\\', '$', '*'])
        };
        if let Some(other) = self.by_text.other.iter().filter_map(|index| at(*index)).find(open) {
            return Taken::Unknown(other);
        }
        if let Some(location) = self.by_text.exact.get(path).and_then(|index| at(*index)) {
            return Taken::By(location);
        }
        let ends = path.char_indices().map(|(at, c)| at + c.len_utf8());
        let ends: Vec<usize> = std::iter::once(0).chain(ends).collect();
        for end in ends.into_iter().rev() {
            let (head, tail) = path.split_at(end);
            let is_element = tail.is_empty() || tail.starts_with('/');
            // `/api/` is looked for as `/api`, which takes `/api` too
            let elements = self.by_text.elements.get(head).filter(|_| is_element);
            let letters = self.by_text.letters.get(head);
            let is_nginx = self.controller == Controller::Nginx;
            if let Some(location) = elements.and_then(|index| at(*index)) {
                // nginx looks for the letters, of which a slash at the end is one
                let short = is_nginx && tail.is_empty() && location.path.len() > 1 && location.path.ends_with('/');
                return match letters.and_then(|index| at(*index)).filter(|_| short) {
                    Some(other) => Taken::By(other),
                    None if short => Taken::WithSlash(location),
                    None => Taken::By(location),
                };
            }
            if let Some(location) = letters.and_then(|index| at(*index)) {
                return Taken::By(location);
            }
            // a text with a slash at the end takes the path without it, too, by a redirect
            if is_nginx && tail.is_empty() && !head.is_empty() && !head.ends_with('/') {
                let longer = format!("{head}/");
                let found = self.by_text.letters.get(&*longer).or_else(|| self.by_text.exact.get(&*longer));
                if let Some(location) = found.and_then(|index| at(*index)) {
                    return Taken::WithSlash(location);
                }
            }
        }
        Taken::ByNone
    }
}
