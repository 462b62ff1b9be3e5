//! Manifests as trees that can be laid over one another, every value with its place.

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

    /// Lays another tree over this one, as a strategic merge patch is: maps are joined, lists of named things by their names,
    /// other lists are replaced, nothing deletes.
    pub fn lay_over(&mut self, patch: &Self) {
        match (&mut self.kind, &patch.kind) {
            (NodeKind::Map(entries), NodeKind::Map(more)) => {
                for entry in more.iter().filter(|entry| &*entry.key != "$patch") {
                    let known = entries.iter().position(|known| known.key == entry.key);
                    match (known, &entry.value.kind) {
                        (Some(at), NodeKind::Null) => {
                            entries.remove(at);
                        }
                        (None, NodeKind::Null) => {}
                        (Some(at), _) => {
                            let Some(known) = entries.get_mut(at) else { continue };
                            match merge_key(&entry.key) {
                                Some(name) => known.value.lay_list_over(&entry.value, name),
                                None => known.value.lay_over(&entry.value),
                            }
                        }
                        (None, _) => entries.push(entry.clone()),
                    }
                }
            }
            _ => *self = patch.clone(),
        }
    }

    fn lay_list_over(&mut self, patch: &Self, name: &str) {
        let (NodeKind::List(items), NodeKind::List(more)) = (&mut self.kind, &patch.kind) else {
            *self = patch.clone();
            return;
        };
        for item in more {
            let wanted = item.text_of(name);
            let known = items.iter().position(|known| wanted.is_some() && known.text_of(name) == wanted);
            let deletes = item.text_of("$patch").is_some_and(|word| &**word == "delete");
            match known {
                Some(at) if deletes => {
                    items.remove(at);
                }
                Some(at) => {
                    if let Some(known) = items.get_mut(at) {
                        known.lay_over(item);
                    }
                }
                None if deletes => {}
                None => items.push(item.clone()),
            }
        }
    }
}

/// What tells the items of a list apart.
fn merge_key(list: &str) -> Option<&'static str> {
    match list {
        "containers" | "initContainers" | "env" | "volumes" => Some("name"),
        "volumeMounts" => Some("mountPath"),
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
