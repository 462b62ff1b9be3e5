//! Manifests as trees that can be laid over one another, every value with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{FileId, Place};
use crate::facts::{Expr, ExprKind, HoleReason, Op};
use crate::model::Unknown;

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) struct Node {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub kind: NodeKind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) enum NodeKind {
    /// A scalar, as it prints.
    Text(Arc<str>),
    /// Nothing.
    Null,
    /// A list.
    List(Vec<Node>),
    /// A map in source order.
    Map(Vec<Entry>),
    /// Not known.
    Unknown(Unknown),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// The key's place.
    pub key_place: Place,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// Whether this stands for entries that are not known.
    pub fn stands_for_more(&self) -> bool {
        &*self.key == MORE
    }
}

/// What a placeholder of a template language stands for; `None` when that is not known.
pub(super) type Fill<'f> = &'f dyn Fn(&str) -> Option<String>;

impl Node {
    /// The tree of a document.
    pub fn of(file: FileId, expr: &Expr, fill: Fill<'_>) -> Self {
        let place = Place::new(file, expr.span);
        let unknown = |reason: HoleReason| NodeKind::Unknown(Unknown { reason, place: Some(place) });
        let kind = match &expr.kind {
            ExprKind::Str(text) | ExprKind::Num(text) => NodeKind::Text(Arc::clone(text)),
            ExprKind::Bool(truth) => NodeKind::Text(Arc::from(if *truth { "true" } else { "false" })),
            ExprKind::Null => NodeKind::Null,
            ExprKind::List(items) => NodeKind::List(items.iter().map(|item| Self::of(file, item, fill)).collect()),
            ExprKind::Object(fields) => NodeKind::Map(
                fields
                    .iter()
                    .map(|field| Entry {
                        key: Arc::clone(&field.key),
                        key_place: Place::new(file, field.key_span),
                        value: Self::of(file, &field.value, fill),
                    })
                    .collect(),
            ),
            ExprKind::Op(Op::Concat, parts) => {
                let texts: Option<String> = parts.iter().map(|part| piece(part, fill)).collect();
                texts.map_or_else(|| unknown(HoleReason::Unsupported), |text| NodeKind::Text(text.into()))
            }
            ExprKind::Hole(reason) => match piece(expr, fill) {
                Some(text) => NodeKind::Text(text.into()),
                None => unknown(reason.clone()),
            },
            _ => unknown(HoleReason::Unsupported),
        };
        Self { place, kind }
    }

    /// The value under a key; the last of a repeated one.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().rev().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The pairs of a map; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ => &[],
        }
    }

    /// The items of the list under a key.
    pub fn list(&self, key: &str) -> &[Self] {
        self.get(key).map(Self::items).unwrap_or_default()
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&Arc<str>> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text under a key.
    pub fn text_of(&self, key: &str) -> Option<&Arc<str>> {
        self.get(key)?.text()
    }

    /// The number under a key.
    pub fn number_of(&self, key: &str) -> Option<u64> {
        self.text_of(key)?.parse().ok()
    }

    /// Why it is not known.
    pub fn unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            NodeKind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// Whether something in it is not known.
    pub fn has_holes(&self) -> bool {
        match &self.kind {
            NodeKind::Unknown(_) => true,
            NodeKind::List(items) => items.iter().any(Self::has_holes),
            NodeKind::Map(entries) => entries.iter().any(|entry| entry.value.has_holes()),
            NodeKind::Text(_) | NodeKind::Null => false,
        }
    }

    /// Puts a value under a key.
    pub fn set(&mut self, key: &str, value: Self) {
        let NodeKind::Map(entries) = &mut self.kind else { return };
        match entries.iter_mut().find(|entry| &*entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry { key: Arc::from(key), key_place: value.place, value }),
        }
    }

    /// The value under a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let NodeKind::Map(entries) = &mut self.kind else { return None };
        entries.iter_mut().find(|entry| &*entry.key == key).map(|entry| &mut entry.value)
    }

    /// How many values it holds, itself among them.
    pub fn size(&self) -> usize {
        match &self.kind {
            NodeKind::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            NodeKind::Map(entries) => 1 + entries.iter().map(|entry| entry.value.size()).sum::<usize>(),
            NodeKind::Text(_) | NodeKind::Null | NodeKind::Unknown(_) => 1,
        }
    }

    /// Says that a map may have more entries than are written.
    pub fn leave_open(&mut self, unknown: &Unknown) {
        let place = self.place;
        let more = Self { place, kind: NodeKind::Unknown(unknown.clone()) };
        match &mut self.kind {
            NodeKind::Map(entries) => entries.push(Entry { key: Arc::from(MORE), key_place: place, value: more }),
            _ => self.kind = more.kind,
        }
    }

    /// Whether a map may have more entries than are written.
    pub fn is_open(&self) -> bool {
        self.unknown().is_some() || self.get(MORE).is_some()
    }

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
            NodeKind::Text(_) | NodeKind::Null | NodeKind::Unknown(_) => {
                self.kind = NodeKind::Unknown(unknown.clone());
            }
        }
    }

    /// Lays another tree over this one, as a strategic merge patch is: maps are joined, lists of named things by their names,
    /// other lists are replaced, `null` and `$patch: delete` take away.
    pub fn lay_over(&mut self, patch: &Self) {
        let replaces = directive(patch) == Some("replace");
        match (&mut self.kind, &patch.kind) {
            (NodeKind::Map(entries), NodeKind::Map(more)) if !replaces => {
                for entry in more.iter().filter(|entry| !entry.key.starts_with('$')) {
                    let known = entries.iter().position(|known| known.key == entry.key);
                    let deletes = entry.value.kind == NodeKind::Null || directive(&entry.value) == Some("delete");
                    match known {
                        Some(at) if deletes => {
                            entries.remove(at);
                        }
                        None if deletes => {}
                        Some(at) => {
                            let Some(known) = entries.get_mut(at) else { continue };
                            match merge_key(&entry.key, &entry.value) {
                                Some(name) => known.value.lay_list_over(&entry.value, name),
                                None => known.value.lay_over(&entry.value),
                            }
                        }
                        None => entries.push(Entry { value: entry.value.without_directives(), ..entry.clone() }),
                    }
                }
            }
            _ => *self = patch.without_directives(),
        }
    }

    /// The tree that a patch leaves where nothing was.
    fn without_directives(&self) -> Self {
        let kind = match &self.kind {
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .iter()
                    .filter(|entry| !entry.key.starts_with('$'))
                    .map(|entry| Entry { value: entry.value.without_directives(), ..entry.clone() })
                    .collect(),
            ),
            NodeKind::List(items) => {
                NodeKind::List(items.iter().filter(|item| !is_directive(item)).map(Self::without_directives).collect())
            }
            other => other.clone(),
        };
        Self { place: self.place, kind }
    }

    fn lay_list_over(&mut self, patch: &Self, name: &str) {
        let replaces = patch.items().iter().any(|item| item.entries().len() == 1 && directive(item) == Some("replace"));
        let (NodeKind::List(items), NodeKind::List(more), false) = (&mut self.kind, &patch.kind, replaces) else {
            *self = patch.without_directives();
            return;
        };
        let mut at: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        for (index, item) in items.iter().enumerate() {
            if let Some(key) = item.text_of(name) {
                at.entry(Arc::clone(key)).or_insert(index);
            }
        }
        let mut gone = BTreeSet::new();
        for item in more {
            let known = item.text_of(name).and_then(|key| at.get(key).copied());
            let deletes = directive(item) == Some("delete");
            match known {
                Some(index) if deletes => {
                    gone.insert(index);
                }
                Some(index) => {
                    if let Some(known) = items.get_mut(index) {
                        known.lay_over(item);
                    }
                }
                None if deletes => {}
                None => items.push(item.without_directives()),
            }
        }
        let mut index = 0;
        items.retain(|_| {
            index += 1;
            !gone.contains(&(index - 1))
        });
    }
}

/// The key of an entry that stands for more that is not known.
const MORE: &str = "...";

/// What `$patch` says in a map.
fn directive(node: &Node) -> Option<&str> {
    node.text_of("$patch").map(|word| &**word)
}

fn is_directive(item: &Node) -> bool {
    item.entries().len() == 1 && directive(item).is_some() || directive(item) == Some("delete")
}

/// Makes unknown what the items of a patch touch in a list whose items are told apart; `false` when they are not.
fn blurs_items(known: &mut Node, list: &str, items: &[Node], unknown: &Unknown) -> bool {
    let (Some(name), NodeKind::List(own)) = (items.first().and_then(|_| merge_key_of(list, items)), &mut known.kind)
    else {
        return false;
    };
    if items.iter().any(|item| item.text_of(name).is_none() || directive(item).is_some()) {
        return false;
    }
    for item in items {
        match own.iter_mut().find(|one| one.text_of(name) == item.text_of(name)) {
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

/// What tells the items of a list apart.
fn merge_key(list: &str, patch: &Node) -> Option<&'static str> {
    merge_key_of(list, patch.items())
}

fn merge_key_of(list: &str, items: &[Node]) -> Option<&'static str> {
    match list {
        "containers" | "initContainers" | "env" | "volumes" | "imagePullSecrets" => Some("name"),
        "volumeMounts" => Some("mountPath"),
        "volumeDevices" => Some("devicePath"),
        "hostAliases" => Some("ip"),
        // those of containers, else those of Services
        "ports" if items.iter().any(|item| item.get("containerPort").is_some()) => Some("containerPort"),
        "ports" => Some("port"),
        _ => None,
    }
}

fn piece(expr: &Expr, fill: Fill<'_>) -> Option<String> {
    match &expr.kind {
        ExprKind::Str(text) | ExprKind::Num(text) => Some(text.to_string()),
        ExprKind::Hole(HoleReason::Template(inner)) => fill(inner),
        _ => None,
    }
}
