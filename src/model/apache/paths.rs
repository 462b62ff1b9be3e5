//! Directives by the beginning of the paths that they take.
//!
//! A server may have thousands of `<Location>`, `ProxyPass`, `Redirect` and `Alias` lines, and each request asks them all.

use std::collections::BTreeMap;

use super::alias;
use super::pass::pass;
use super::tree::{Argument, Directive};

/// What a directive does with the paths that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Family {
    Location,
    Pass,
    Redirect,
    Alias,
}

impl Family {
    /// The one of a directive, if it is of any.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "location" | "locationmatch" => Some(Self::Location),
            "proxypass" | "proxypassmatch" => Some(Self::Pass),
            _ if alias::REDIRECTS.contains(&name) => Some(Self::Redirect),
            _ if alias::ALIASES.contains(&name) => Some(Self::Alias),
            _ => None,
        }
    }

    /// The beginning of the paths that a directive takes; `None` for a pattern, and where more decides.
    fn beginning(self, directive: &Directive) -> Option<&Argument> {
        let first = directive.args.first();
        match self {
            Self::Location if &*directive.name == "location" => {
                first.filter(|arg| !arg.text.contains(['*', '?', '[', '~']))
            }
            Self::Pass => pass(directive, None).filter(|pass| !pass.is_pattern).map(|pass| pass.from),
            Self::Redirect => alias::beginning(directive),
            Self::Alias if !directive.name.ends_with("match") => first,
            Self::Location | Self::Alias => None,
        }
    }
}

/// The directives of one family in a block, by their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Paths {
    plain: BTreeMap<String, Vec<usize>>,
    /// Patterns, and what cannot be told.
    others: Vec<usize>,
}

impl Paths {
    /// Adds a directive, in order.
    pub fn add(&mut self, family: Family, at: usize, directive: &Directive) {
        match family.beginning(directive).filter(|arg| arg.holes.is_empty()) {
            Some(arg) => self.plain.entry(key(&arg.text)).or_default().push(at),
            None => self.others.push(at),
        }
    }

    /// Those that each path has to be compared with.
    pub fn others(&self) -> &[usize] {
        &self.others
    }

    /// Sorted lists of the places of all that may take a path. Some of them may not: the text of a directive says more.
    pub fn of<'a>(&'a self, path: &str) -> Vec<&'a [usize]> {
        let path = key(path);
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let plain = ends.filter_map(|end| self.plain.get(path.get(..end)?)).map(Vec::as_slice);
        plain.chain([self.others.as_slice()]).filter(|list| !list.is_empty()).collect()
    }
}

/// A path with single slashes, and none at its end.
fn key(path: &str) -> String {
    let mut key = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !key.ends_with('/') {
            key.push(c);
        }
    }
    key.truncate(key.trim_end_matches('/').len());
    key
}
