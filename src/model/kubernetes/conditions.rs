//! Lines of a chart that its values may leave out, or add to.

use super::filling::Filling;
use super::tree::{Entry, Node, NodeKind};
use crate::base::{FileId, Place, Span};
use crate::facts::{HoleReason, KubernetesFile, TemplateBranch, TemplateCondition};
use crate::model::Unknown;

/// Whether lines are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    There,
    Gone,
    Unknown,
}

/// The statements of a file, each with the one around it.
pub(super) struct Conditions<'f> {
    file: FileId,
    all: &'f [TemplateCondition],
    around: Vec<Option<usize>>,
    /// What the values make of each; `None` when that is not known.
    holds: Vec<Option<bool>>,
}

impl<'f> Conditions<'f> {
    pub fn new(id: FileId, file: &'f KubernetesFile, filling: &Filling<'_>) -> Self {
        let mut open: Vec<usize> = Vec::new();
        let mut around = Vec::new();
        for (index, condition) in file.conditions.iter().enumerate() {
            while open
                .last()
                .and_then(|at| file.conditions.get(*at))
                .is_some_and(|last| !contains(last, condition.span))
            {
                open.pop();
            }
            around.push(open.last().copied());
            open.push(index);
        }
        let holds = file.conditions.iter().map(|condition| filling.allows(&condition.statement)).collect();
        Self { file: id, all: &file.conditions, around, holds }
    }

    /// What the statements around a place, and inside of `within`, say of it.
    pub fn verdict(&self, place: Place, within: Place) -> Verdict {
        if place.file != self.file {
            return Verdict::There;
        }
        let mut verdict = Verdict::There;
        // they are in the order of their beginnings, and as deep in one another as the reader of templates follows them
        let mut next = self.all.partition_point(|one| one.span.start <= place.span.start).checked_sub(1);
        while let Some(at) = next {
            next = self.around.get(at).copied().flatten();
            let Some(condition) = self.all.get(at) else { break };
            let inner = within.span.start <= condition.span.start && condition.span.start < within.span.end;
            if !contains(condition, place.span) || !inner && within.span.start > 0 {
                continue;
            }
            match (self.holds.get(at).copied().flatten(), condition.branch) {
                (None, _) => verdict = Verdict::Unknown,
                (Some(true), TemplateBranch::Then) | (Some(false), TemplateBranch::Else) => {}
                (Some(false), TemplateBranch::Then) | (Some(true), TemplateBranch::Else) => return Verdict::Gone,
            }
        }
        verdict
    }
}

fn contains(condition: &TemplateCondition, span: Span) -> bool {
    condition.span.start <= span.start && span.end <= condition.span.end
}

/// Takes out what is not there, and makes unknown what may not be.
pub(super) fn prune(node: &mut Node, verdict: &dyn Fn(Place) -> Verdict) {
    let unknown =
        |place: Place| NodeKind::Unknown(Unknown { reason: HoleReason::Template("if".into()), place: Some(place) });
    match &mut node.kind {
        NodeKind::Map(entries) => entries.retain_mut(|entry| match verdict(entry.key_place) {
            Verdict::There => {
                prune(&mut entry.value, verdict);
                true
            }
            Verdict::Gone => false,
            Verdict::Unknown => {
                entry.value.kind = unknown(entry.value.place);
                true
            }
        }),
        NodeKind::List(items) => items.retain_mut(|item| match verdict(item.place) {
            Verdict::There => {
                prune(item, verdict);
                true
            }
            Verdict::Gone => false,
            Verdict::Unknown => {
                item.kind = unknown(item.place);
                true
            }
        }),
        NodeKind::Text(_) | NodeKind::Bare(_) | NodeKind::Null | NodeKind::Unknown(_) => {}
    }
}

/// Maps to which lines that are not known may be added say so.
pub(super) fn open(node: &mut Node) {
    let place = node.place;
    let unknown = Unknown { reason: HoleReason::Template("include".into()), place: Some(place) };
    match &mut node.kind {
        NodeKind::Map(entries) => {
            for entry in entries.iter_mut() {
                open(&mut entry.value);
                let takes_more = ["labels", "selector", "matchLabels", "annotations", "data", "stringData"];
                match &entry.value.kind {
                    // its lines are those that are added
                    NodeKind::Null => entry.value.kind = NodeKind::Unknown(unknown.clone()),
                    NodeKind::Map(_) if takes_more.contains(&&*entry.key) => entry.value.leave_open(&unknown),
                    _ => {}
                }
            }
            if entries.iter().any(|entry| &*entry.key == "image") {
                let item = Node { place, kind: NodeKind::Unknown(unknown) };
                let list = Node { place, kind: NodeKind::List(vec![item]) };
                entries.push(Entry { key: "envFrom".into(), key_place: place, value: list });
            }
        }
        NodeKind::List(items) => items.iter_mut().for_each(open),
        NodeKind::Text(_) | NodeKind::Bare(_) | NodeKind::Null | NodeKind::Unknown(_) => {}
    }
}
