//! Whether a file with comments says what it said without them.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use super::language::Comments;
use crate::base::{Entry, FileKind};
use crate::facts::extract;
use crate::parse::data::Node;
use crate::parse::fragment::Fragment;
use crate::parse::shell::{self, Command, Piece};
use crate::parse::{dockerfile, html, toml, yaml};

/// What a file says.
pub(super) struct Said<'a> {
    entry: &'a Entry,
    /// Its facts.
    facts: Option<Value>,
    /// What facts need not hold of its text.
    texts: Vec<Arc<str>>,
}

impl<'a> Said<'a> {
    /// What this text says as this file.
    pub(super) fn of(entry: &'a Entry, text: &str) -> Self {
        Self { entry, facts: facts(entry, text), texts: texts(entry.kind, text) }
    }

    /// Whether another text says the same, but for places: one in which these bytes were added, and comments begin at these.
    pub(super) fn is_said_by(&self, text: &str, added: &[Range<usize>], openers: &[usize]) -> bool {
        let comments = Comments::of(self.entry.kind, text);
        if !openers.iter().all(|at| comments.has(*at)) || self.texts != texts(self.entry.kind, text) {
            return false;
        }
        let (Some(before), Some(mut after)) = (&self.facts, facts(self.entry, text)) else { return false };
        take_out(&mut after, &Shift::of(added));
        *before == after
    }
}

fn facts(entry: &Entry, text: &str) -> Option<Value> {
    let mut value = serde_json::to_value(extract(entry, text)).ok()?;
    let object = value.as_object_mut()?;
    for own in ["lines", "suppressions", "malformed_suppressions"] {
        object.remove(own);
    }
    Some(value)
}

/// The texts that stand in a file, where its facts are not all of them: a line more in one of them may be an argument of a command.
fn texts(kind: FileKind, text: &str) -> Vec<Arc<str>> {
    match kind {
        FileKind::Yaml | FileKind::Compose => scalars(yaml::parse(text).documents.iter().collect()),
        FileKind::Toml => scalars(vec![&toml::parse(text).0]),
        FileKind::Html | FileKind::Vue | FileKind::Svelte => {
            let tags = html::tags(text);
            let part = |tag: &html::Tag<'_>| {
                let attributes = tag.attributes.iter().flat_map(|one| [Arc::from(one.name), Arc::from(one.value)]);
                std::iter::once(Arc::from(tag.name)).chain(attributes).collect::<Vec<_>>()
            };
            tags.iter().flat_map(part).collect()
        }
        FileKind::Dockerfile => {
            let part = |one: dockerfile::Instruction| {
                let documents = one.heredocs.into_iter().map(|(text, _)| Arc::from(text));
                [Arc::from(one.keyword), Arc::from(one.arguments)].into_iter().chain(documents).collect::<Vec<_>>()
            };
            dockerfile::instructions(text).into_iter().flat_map(part).collect()
        }
        FileKind::Shell => shell::commands(Fragment::exact(text, 0)).iter().flat_map(command).collect(),
        _ => Vec::new(),
    }
}

/// The words of a command, and what it reads.
fn command(command: &Command) -> Vec<Arc<str>> {
    let assigned = command.assignments.iter().map(|(_, word)| word);
    let words = assigned.chain(&command.words).chain(&command.input).chain(&command.output);
    let piece = |piece: &Piece| -> Arc<str> {
        match piece {
            Piece::Text(text, _) | Piece::Substitution(text, _) => Arc::from(text.as_str()),
            Piece::Variable(variable) => Arc::from(variable.written.as_str()),
        }
    };
    let pieces = words.flat_map(|word| &word.pieces).map(piece);
    pieces.chain(command.document.as_deref().map(Arc::from)).collect()
}

/// All values below some nodes.
fn scalars(mut open: Vec<&Node>) -> Vec<Arc<str>> {
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        found.extend(node.text().cloned());
        open.extend(node.items());
        open.extend(node.pairs().iter().map(|pair| &pair.value));
    }
    found
}

/// Where the bytes of a text were before others were added.
struct Shift {
    /// The ends of what was added, in their order, each with all bytes that were added up to there.
    ends: Vec<(usize, usize)>,
}

impl Shift {
    fn of(added: &[Range<usize>]) -> Self {
        let mut all = 0;
        let end = |range: &Range<usize>| {
            all += range.len();
            (range.end, all)
        };
        Self { ends: added.iter().map(end).collect() }
    }

    fn back(&self, at: usize) -> usize {
        let behind = self.ends.partition_point(|(end, _)| *end <= at);
        behind.checked_sub(1).and_then(|index| self.ends.get(index)).map_or(at, |(_, added)| at - added)
    }
}

/// Moves every span to where it would be without the added bytes.
fn take_out(value: &mut Value, shift: &Shift) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| take_out(item, shift)),
        Value::Object(object) => {
            let is_span =
                object.len() == 2 && ["start", "end"].iter().all(|key| object.get(*key).is_some_and(Value::is_u64));
            for item in object.values_mut() {
                match item.as_u64().and_then(|number| usize::try_from(number).ok()) {
                    Some(at) if is_span => *item = Value::from(shift.back(at)),
                    Some(_) => {}
                    None => take_out(item, shift),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
