//! Patches of kustomizations: what they are for, and what they make of it.

use super::blur::Pointers;
use super::object::Object;
use super::room::Room;
use super::tree::{Entry, Node, NodeKind};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Patterns;

/// A patch.
pub(super) struct Patch {
    /// What it is for, where that stands beside it.
    pub target: Option<Node>,
    /// What it says.
    pub change: Change,
    /// Where the kustomization names it.
    pub place: Place,
}

/// What a patch says.
pub(super) enum Change {
    /// A part of an object.
    Part(Node),
    /// A part of an object whose values have no places of their own: what it touches is not known.
    Touched(Node),
    /// Steps with pointers: what they touch is not known.
    Steps(Pointers),
    /// It could not be read.
    Unread,
}

/// Whether a patch is for an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    Yes,
    No,
    /// What decides is not read.
    Maybe,
}

impl Fit {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Maybe,
        }
    }
}

/// What of objects is sure after a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// What the patch touches is what it says, or is marked as unknown.
    Known,
    /// Any object may have been changed.
    Open,
    /// Nothing: there is no room for what it changes, which is told of.
    Nothing,
}

impl Patch {
    /// Lays the patch over what it is for.
    pub fn apply(&self, objects: &mut Vec<Object>, patterns: &Patterns, room: &mut Room<'_>) -> After {
        let own = match &self.change {
            Change::Part(node) | Change::Touched(node) => Object::of(node).pop(),
            Change::Steps(_) | Change::Unread => None,
        };
        let fits: Vec<Fit> = match (&self.target, &own) {
            (Some(target), _) => objects.iter().map(|object| aims_at(target, object, patterns)).collect(),
            (None, Some(own)) => objects.iter().map(|object| is_part_of(own, object)).collect(),
            (None, None) => return After::Open,
        };
        let meant = fits.iter().filter(|fit| **fit != Fit::No).count();
        if !room.look_at(meant.saturating_mul(self.size()), Some(self.place)) {
            return After::Nothing;
        }
        let mut fits = fits.into_iter();
        objects.retain_mut(|object| match fits.next() {
            None | Some(Fit::No) => true,
            Some(Fit::Yes) => self.change(object),
            Some(Fit::Maybe) => {
                self.touch(object);
                true
            }
        });
        After::Known
    }

    /// How many values of one object it changes at most.
    fn size(&self) -> usize {
        match &self.change {
            Change::Part(part) | Change::Touched(part) => part.size(),
            Change::Steps(pointers) => pointers.size(),
            Change::Unread => 1,
        }
    }

    /// Changes an object; `false` when it is taken out.
    fn change(&self, object: &mut Object) -> bool {
        let Change::Part(part) = &self.change else {
            self.touch(object);
            return true;
        };
        let name = object.node.at(&["metadata", "name"]).cloned();
        object.node.lay_over(part);
        // a patch for several says no name of its own
        if let (Some(name), Some(metadata)) = (name, object.node.get_mut("metadata")) {
            metadata.set("name", name);
        }
        part.text_of("$patch").is_none_or(|word| &**word != "delete")
    }

    /// Makes unknown what the patch may change of an object.
    fn touch(&self, object: &mut Object) {
        let unknown = Unknown { reason: HoleReason::Unsupported, place: Some(self.place) };
        match &self.change {
            Change::Part(part) | Change::Touched(part) => {
                let parts = part.entries().iter().filter(|entry| !is_identity(&entry.key));
                let (head, mut rest): (Vec<&Entry>, Vec<&Entry>) = parts.partition(|entry| &*entry.key == "metadata");
                match object.node.get_mut("metadata") {
                    Some(metadata) => {
                        let inner = head.iter().flat_map(|head| head.value.entries());
                        metadata.blur_under(&mut inner.filter(|inner| &*inner.key != "name"), &unknown);
                    }
                    None => rest.extend(head),
                }
                object.node.blur_under(&mut rest.into_iter(), &unknown);
                if part.text_of("$patch").is_some() {
                    blur_whole(object, &unknown);
                }
            }
            Change::Steps(pointers) if pointers.mean_all() => blur_whole(object, &unknown),
            Change::Steps(pointers) => object.node.blur_at(pointers, &unknown),
            Change::Unread => blur_whole(object, &unknown),
        }
    }
}

fn is_identity(key: &str) -> bool {
    matches!(key, "apiVersion" | "kind")
}

/// Makes everything of an object unknown but what it is called.
fn blur_whole(object: &mut Object, unknown: &Unknown) {
    let NodeKind::Map(entries) = &mut object.node.kind else { return };
    for entry in entries.iter_mut().filter(|entry| !is_identity(&entry.key)) {
        if &*entry.key == "metadata" {
            for name in ["annotations", "labels"] {
                let place = entry.value.place;
                entry.value.set(name, Node { place, kind: NodeKind::Unknown(unknown.clone()) });
            }
        } else {
            entry.value.kind = NodeKind::Unknown(unknown.clone());
        }
    }
}

/// Whether a patch that says no target means an object: the one of its own kind and name.
fn is_part_of(own: &Object, object: &Object) -> Fit {
    if own.kind != object.kind {
        return Fit::No;
    }
    // a name that is not known may be this one
    if own.name.is_empty() || object.name.is_empty() {
        return Fit::Maybe;
    }
    if object.is_named(&own.name) { Fit::Yes } else { Fit::No }
}

/// Whether a target means an object: each of its words is a pattern for the whole text.
fn aims_at(target: &Node, object: &Object, patterns: &Patterns) -> Fit {
    let says = |key: &str, values: &[&str]| {
        let Some(wanted) = target.get(key) else { return Fit::Yes };
        let Some(text) = wanted.text() else { return Fit::Maybe };
        if text.is_empty() || values.iter().any(|value| **text == **value) {
            return Fit::Yes;
        }
        // names that are no patterns are only themselves
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Fit::No;
        }
        let pattern = format!("^(?:{text})$");
        let found = values.iter().map(|value| patterns.find(&pattern, value, wanted.place));
        found.fold(Fit::No, |known, found| match (known, found) {
            (Fit::Yes, _) | (_, Some(Some(_))) => Fit::Yes,
            (Fit::Maybe, _) | (_, None) => Fit::Maybe,
            (Fit::No, Some(None)) => Fit::No,
        })
    };
    let name = match target.get("name") {
        Some(_) if object.written.is_empty() => Fit::Maybe,
        _ => says("name", &[&object.written, &object.name]),
    };
    let named = says("kind", &[&object.kind])
        .and(says("group", &[&object.group]))
        .and(name)
        .and(says("namespace", &[object.namespace.as_deref().unwrap_or("default")]));
    // labels that the kustomization itself adds count as well
    let selects = ["labelSelector", "annotationSelector"].iter().any(|name| target.get(name).is_some());
    if selects { named.and(Fit::Maybe) } else { named }
}
