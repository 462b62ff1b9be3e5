//! Parts of trees that a patch may have changed, and that are unknown then.

use std::sync::Arc;

use super::overlay::{by_key, directive, entries_by_key, merge_key};
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

    /// Makes unknown what parts of a patch touch: maps key by key, everything else as a whole.
    pub fn blur_under(&mut self, parts: &mut dyn Iterator<Item = &Entry>, unknown: &Unknown) {
        let NodeKind::Map(entries) = &mut self.kind else { return };
        let mut at = entries_by_key(entries);
        for part in parts {
            let known = *at.entry(Arc::clone(&part.key)).or_insert(entries.len());
            match entries.get_mut(known) {
                Some(known) => known.value.blur_by(part, unknown),
                None => entries.push(Entry { value: part.value.blurred(unknown), ..part.clone() }),
            }
        }
    }

    /// Makes unknown what one part of a patch touches in the value of its key.
    fn blur_by(&mut self, part: &Entry, unknown: &Unknown) {
        let is_told_apart = match (&self.kind, &part.value.kind) {
            // more than what is named may be gone
            _ if directive(&part.value).is_some() => false,
            (NodeKind::Map(_), NodeKind::Map(entries)) => {
                self.blur_under(&mut entries.iter(), unknown);
                true
            }
            (_, NodeKind::List(items)) => blurs_items(self, &part.key, items, unknown),
            _ => false,
        };
        if !is_told_apart {
            self.kind = NodeKind::Unknown(unknown.clone());
        }
    }

    /// Makes unknown what pointers lead to; the deepest that is there, where one leads nowhere.
    pub(super) fn blur_at(&mut self, pointers: &Pointers, unknown: &Unknown) {
        self.blur_from(&pointers.0, 0, unknown);
    }

    /// What pointers lead to that are the same up to here.
    fn blur_from(&mut self, pointers: &[Vec<Arc<str>>], depth: usize, unknown: &Unknown) {
        // the shortest is the first one
        let is_end = |same: &[Vec<Arc<str>>], depth: usize| same.first().is_some_and(|keys| keys.len() == depth);
        let whole = NodeKind::Unknown(unknown.clone());
        if is_end(pointers, depth) {
            self.kind = whole;
            return;
        }
        let by_key = || pointers.chunk_by(|one, other| one.get(depth) == other.get(depth));
        let keys = || by_key().filter_map(|same| Some((same.first()?.get(depth)?, same)));
        match &mut self.kind {
            NodeKind::Map(entries) => {
                let at = entries_by_key(entries);
                for (key, same) in keys() {
                    match at.get(key).and_then(|at| entries.get_mut(*at)) {
                        Some(entry) => entry.value.blur_from(same, depth + 1, unknown),
                        None => {
                            let value = Self { place: self.place, kind: whole.clone() };
                            entries.push(Entry { key: Arc::clone(key), key_place: self.place, value });
                        }
                    }
                }
            }
            NodeKind::List(items) => {
                let number = |key: &str| key.parse::<usize>().ok();
                let count = items.len();
                // one more or one less moves the others
                if keys().any(|(key, same)| is_end(same, depth + 1) || number(key).is_none_or(|at| at >= count)) {
                    self.kind = whole;
                    return;
                }
                for (key, same) in keys() {
                    if let Some(item) = number(key).and_then(|at| items.get_mut(at)) {
                        item.blur_from(same, depth + 1, unknown);
                    }
                }
            }
            NodeKind::Text(_) | NodeKind::Bare(_) | NodeKind::Null | NodeKind::Unknown(_) => self.kind = whole,
        }
    }
}

/// The keys that JSON pointers are made of, in their order.
#[derive(Debug)]
pub(super) struct Pointers(Vec<Vec<Arc<str>>>);

impl Pointers {
    /// Those of texts: `/spec/ports/0`.
    pub fn of<'t>(texts: impl Iterator<Item = &'t Arc<str>>) -> Self {
        let keys = |text: &Arc<str>| -> Vec<Arc<str>> {
            text.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~").into()).collect()
        };
        let mut all: Vec<_> = texts.map(keys).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    /// Whether one of them is for the whole tree.
    pub fn mean_all(&self) -> bool {
        self.0.first().is_some_and(Vec::is_empty)
    }

    /// How many keys they have.
    pub fn size(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
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
                one.blur_under(&mut item.entries().iter().filter(|entry| &*entry.key != name), unknown);
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
