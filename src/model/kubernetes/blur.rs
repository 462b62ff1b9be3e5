//! Parts of trees that a patch may have changed, and that are unknown then.

use std::sync::Arc;

use super::overlay::{by_key, directive, merge_key};
use super::tree::{Entry, Node, NodeKind};
use crate::model::Unknown;

impl Node {
    /// A part of a patch whose values are not known; what tells the items of lists apart stays.
    pub fn blurred(&self, unknown: &Unknown) -> Self {
        let kind = match &self.kind {
            NodeKind::Map(entries) => NodeKind::Map(
                entries.iter().map(|entry| Entry { value: entry.value.blurred(unknown), ..entry.clone() }).collect(),
            ),
            _ => NodeKind::Unknown(unknown.clone()),
        };
        Self { place: self.place, kind }
    }

    /// Makes unknown what a part of a patch touches: maps key by key, everything else as a whole.
    pub fn blur_under(&mut self, part: &Entry, unknown: &Unknown) {
        match (self.get_mut(&part.key), &part.value.kind) {
            (Some(known @ Self { kind: NodeKind::Map(_), .. }), NodeKind::Map(entries)) => {
                entries.iter().for_each(|entry| known.blur_under(entry, unknown));
            }
            (Some(known), NodeKind::List(items)) => {
                if !blurs_items(known, &part.key, items, unknown) {
                    known.kind = NodeKind::Unknown(unknown.clone());
                }
            }
            (Some(known), _) => known.kind = NodeKind::Unknown(unknown.clone()),
            (None, _) => self.set(&part.key, part.value.blurred(unknown)),
        }
    }

    /// Makes unknown what a pointer leads to; the deepest that is there, where it leads nowhere.
    pub fn blur_at(&mut self, keys: &[String], unknown: &Unknown) {
        let Some((key, rest)) = keys.split_first() else {
            self.kind = NodeKind::Unknown(unknown.clone());
            return;
        };
        match &mut self.kind {
            NodeKind::Map(entries) => match entries.iter_mut().find(|entry| *entry.key == **key) {
                Some(entry) => entry.value.blur_at(rest, unknown),
                None => {
                    let kind = NodeKind::Unknown(unknown.clone());
                    let value = Self { place: self.place, kind };
                    entries.push(Entry { key: Arc::from(key.as_str()), key_place: self.place, value });
                }
            },
            NodeKind::List(items) => match key.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                Some(item) if !rest.is_empty() => item.blur_at(rest, unknown),
                // one more or one less moves the others
                _ => self.kind = NodeKind::Unknown(unknown.clone()),
            },
            NodeKind::Text(_) | NodeKind::Bare(_) | NodeKind::Null | NodeKind::Unknown(_) => {
                self.kind = NodeKind::Unknown(unknown.clone());
            }
        }
    }
}

/// Makes unknown what the items of a patch touch in a list whose items are told apart; `false` when they are not.
fn blurs_items(known: &mut Node, list: &str, items: &[Node], unknown: &Unknown) -> bool {
    let (Some(name), NodeKind::List(own)) = (items.first().and_then(|_| merge_key(list, items)), &mut known.kind)
    else {
        return false;
    };
    if items.iter().any(|item| item.text_of(name).is_none() || directive(item).is_some()) {
        return false;
    }
    let at = by_key(own, name);
    for item in items {
        let known = item.text_of(name).and_then(|key| at.get(key)).and_then(|index| own.get_mut(*index));
        match known {
            Some(one) => {
                for entry in item.entries().iter().filter(|entry| &*entry.key != name) {
                    one.blur_under(entry, unknown);
                }
            }
            None => {
                let mut more = item.blurred(unknown);
                if let Some(key) = item.get(name) {
                    more.set(name, key.clone());
                }
                own.push(more);
            }
        }
    }
    true
}
