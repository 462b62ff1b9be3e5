//! Which of many servers a name belongs to.

use std::collections::{BTreeMap, BTreeSet};

use super::server::names;
use crate::base::Place;
use crate::model::nginx::pattern::Found;
use crate::model::nginx::tree::{LevelId, Tree};

/// The names of the servers of one address, each with the first server that has it.
#[derive(Debug, Default)]
pub(super) struct NameIndex {
    exact: BTreeMap<String, usize>,
    /// `.x`: of hosts that end so.
    dotted: BTreeMap<String, usize>,
    /// `*.x`: of hosts that end so and are longer.
    leading: BTreeMap<String, usize>,
    /// `x.*`: of hosts that begin so and are longer.
    trailing: BTreeMap<String, usize>,
    patterns: Vec<(String, Place, usize)>,
    /// The servers with names that are not known.
    pub open: BTreeSet<usize>,
}

impl NameIndex {
    pub fn new(tree: &Tree, servers: impl Iterator<Item = LevelId>) -> Self {
        let mut index = Self::default();
        for (at, level) in servers.enumerate() {
            let Some(level) = tree.level(level) else { continue };
            let names = names(level);
            if names.is_empty() {
                index.exact.entry(String::new()).or_insert(at);
            }
            for name in names {
                if !name.holes.is_empty() || &*name.text == "$hostname" {
                    index.open.insert(at);
                } else if let Some(pattern) = name.text.strip_prefix('~') {
                    index.patterns.push((pattern.to_owned(), name.place, at));
                } else {
                    index.add(&name.text.to_ascii_lowercase(), at);
                }
            }
        }
        index
    }

    fn add(&mut self, name: &str, at: usize) {
        let (map, key) = if let Some(bare) = name.strip_prefix('.') {
            self.exact.entry(bare.to_owned()).or_insert(at);
            (&mut self.dotted, name)
        } else if let Some(tail) = name.strip_prefix('*') {
            (&mut self.leading, tail)
        } else if let Some(head) = name.strip_suffix('*') {
            (&mut self.trailing, head)
        } else {
            (&mut self.exact, name)
        };
        map.entry(key.to_owned()).or_insert(at);
    }

    /// The server of a host: exact, then the longest `*.x`, then the longest `x.*`, then the first pattern, with what it
    /// left behind.
    pub fn find(&self, tree: &Tree, host: &str) -> Option<(usize, Option<Found>)> {
        if let Some(at) = self.exact.get(host) {
            return Some((*at, None));
        }
        let wildcard = self.ending(host).or_else(|| self.beginning(host));
        if let Some(at) = wildcard {
            return Some((at, None));
        }
        if host.is_empty() {
            return None;
        }
        self.patterns.iter().find_map(|(pattern, place, at)| {
            // nginx makes patterns of names case-insensitive when they hold capital letters
            let ignore_case = pattern.bytes().any(|byte| byte.is_ascii_uppercase());
            let found = tree.effort.find(pattern, ignore_case, host, *place)??;
            Some((*at, Some(found)))
        })
    }

    fn ending(&self, host: &str) -> Option<usize> {
        let starts = host.char_indices().map(|(from, _)| from).chain([host.len()]);
        starts.filter(|_| !host.is_empty()).find_map(|from| {
            let tail = host.get(from..)?;
            let leading = self.leading.get(tail).filter(|_| from > 0);
            [leading, self.dotted.get(tail)].into_iter().flatten().min().copied()
        })
    }

    fn beginning(&self, host: &str) -> Option<usize> {
        host.char_indices().rev().find_map(|(to, _)| self.trailing.get(host.get(..to)?).copied())
    }
}
