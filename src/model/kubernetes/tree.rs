//! Manifests as trees that can be laid over one another, every value with its place.

use std::sync::Arc;

use crate::base::{FileId, Place};
use crate::facts::{Expr, ExprKind, HoleReason, Op, Sense, Test};
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
    /// A text.
    Text(Arc<str>),
    /// A number or a truth value, as it prints.
    Bare(Arc<str>),
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

/// What somebody puts in before the tree is read; `None` when that is not known.
pub(super) trait Fill {
    /// The text in place of a placeholder.
    fn text(&self, inner: &str) -> Option<String>;

    /// Whether a test of the template language holds.
    fn holds(&self, test: &str) -> Option<bool>;
}

/// Nobody puts anything in.
struct Unfilled;

impl Fill for Unfilled {
    fn text(&self, _: &str) -> Option<String> {
        None
    }

    fn holds(&self, _: &str) -> Option<bool> {
        None
    }
}

impl Node {
    /// The tree of a document as it is written.
    pub fn plain(file: FileId, expr: &Expr) -> Self {
        Self::of(file, expr, &Unfilled)
    }

    /// The tree of a document, with what is put in.
    pub(super) fn of(file: FileId, expr: &Expr, fill: &dyn Fill) -> Self {
        let place = Place::new(file, expr.span);
        let unknown = |reason: HoleReason| NodeKind::Unknown(Unknown { reason, place: Some(place) });
        let kind = match &expr.kind {
            ExprKind::Str(text) => NodeKind::Text(Arc::clone(text)),
            ExprKind::Num(text) => NodeKind::Bare(Arc::clone(text)),
            ExprKind::Bool(truth) => NodeKind::Bare(Arc::from(if *truth { "true" } else { "false" })),
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
            ExprKind::Op(Op::Concat, parts) if is_in_quotes(expr, parts) => match piece(expr, fill) {
                Some(text) => NodeKind::Text(text.into()),
                None => unknown(match parts.as_slice() {
                    [Expr { kind: ExprKind::Hole(reason), .. }] => reason.clone(),
                    _ => HoleReason::Unsupported,
                }),
            },
            ExprKind::Op(Op::Concat, _) | ExprKind::Choice(_) => {
                piece(expr, fill).and_then(|text| scalar(&text)).unwrap_or_else(|| unknown(HoleReason::Unsupported))
            }
            ExprKind::Hole(reason) => {
                piece(expr, fill).and_then(|text| scalar(&text)).unwrap_or_else(|| unknown(reason.clone()))
            }
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
            NodeKind::Text(text) | NodeKind::Bare(text) => Some(text),
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
            NodeKind::Text(_) | NodeKind::Bare(_) | NodeKind::Null => false,
        }
    }

    /// Puts a value under a key.
    pub fn set(&mut self, key: &str, value: Self) {
        let NodeKind::Map(entries) = &mut self.kind else { return };
        match entries.iter_mut().rev().find(|entry| &*entry.key == key) {
            Some(entry) => entry.value = value,
            None => entries.push(Entry { key: Arc::from(key), key_place: value.place, value }),
        }
    }

    /// The value under a key, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let NodeKind::Map(entries) = &mut self.kind else { return None };
        entries.iter_mut().rev().find(|entry| &*entry.key == key).map(|entry| &mut entry.value)
    }

    /// The value at the end of a path of keys, to be changed.
    pub fn at_mut(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, key| node.get_mut(key))
    }

    /// How many values it holds, itself among them.
    pub fn size(&self) -> usize {
        match &self.kind {
            NodeKind::List(items) => 1 + items.iter().map(Self::size).sum::<usize>(),
            NodeKind::Map(entries) => 1 + entries.iter().map(|entry| entry.value.size()).sum::<usize>(),
            NodeKind::Text(_) | NodeKind::Bare(_) | NodeKind::Null | NodeKind::Unknown(_) => 1,
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

    /// Why a map may have more entries than are written.
    pub fn more(&self) -> Option<&Unknown> {
        self.unknown().or_else(|| more_in(self.entries()))
    }

    /// Whether a map may have more entries than are written.
    pub fn is_open(&self) -> bool {
        self.more().is_some()
    }
}

/// Why there may be more entries than these.
pub(super) fn more_in(entries: &[Entry]) -> Option<&Unknown> {
    entries.iter().rev().find(|entry| entry.stands_for_more())?.value.unknown()
}

/// The key of an entry that stands for more that is not known.
const MORE: &str = "...";

/// Whether a text that is put together begins behind a quote: what is put in is no more than text there.
fn is_in_quotes(whole: &Expr, parts: &[Expr]) -> bool {
    parts.first().is_some_and(|first| first.span.start > whole.span.start)
}

/// What YAML reads where this is written; `None` where it refuses it, or that is not known.
fn scalar(written: &str) -> Option<NodeKind> {
    let inside = |quote: char| written.strip_prefix(quote).map(|rest| rest.strip_suffix(quote));
    match (inside('"'), inside('\'')) {
        (Some(inside), _) => Some(NodeKind::Text(unescaped(inside?)?.into())),
        (_, Some(inside)) => {
            let inside = inside?;
            (!inside.contains(['\'', '\n'])).then(|| NodeKind::Text(inside.into()))
        }
        // nothing is left of the value
        (None, None) if written.is_empty() => Some(NodeKind::Null),
        (None, None) => Some(NodeKind::Text(written.into())),
    }
}

/// A text without the escapes that it has between quotes.
fn unescaped(inside: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = inside.chars();
    while let Some(c) = rest.next() {
        text.push(match c {
            '"' | '\n' => return None,
            '\\' => match rest.next()? {
                c @ ('"' | '\\') => c,
                'n' => '\n',
                't' => '\t',
                _ => return None,
            },
            c => c,
        });
    }
    Some(text)
}

/// The text of a part of a value.
fn piece(expr: &Expr, fill: &dyn Fill) -> Option<String> {
    match &expr.kind {
        ExprKind::Str(text) | ExprKind::Num(text) => Some(text.to_string()),
        ExprKind::Hole(HoleReason::Template(inner)) => fill.text(inner),
        ExprKind::Op(Op::Concat, parts) => parts.iter().map(|part| piece(part, fill)).collect(),
        ExprKind::Choice(arms) => {
            for arm in arms {
                let mut is_taken = true;
                for guard in &arm.guards {
                    let Test::Truthy(test) = &guard.test else { return None };
                    let ExprKind::Hole(HoleReason::Template(inner)) = &test.kind else { return None };
                    is_taken &= fill.holds(inner)? == (guard.sense == Sense::Holds);
                }
                if is_taken {
                    return piece(&arm.value, fill);
                }
            }
            None
        }
        _ => None,
    }
}
