//! How much of all sets of manifests is put together.

use crate::base::{Limit, Limits, Place};

use super::object::Object;

/// Objects of all sets: overlays copy what they are laid over.
const OBJECTS: Limit = Limit::new(
    20_000,
    "objects of Kubernetes manifests, counted once for each overlay",
    "what the remaining manifests say is unknown",
    "check parts of the repository by themselves",
);

/// Values of the objects, as often as an overlay or a patch looks at them.
const VALUES: Limit = Limit::new(
    4_000_000,
    "values of Kubernetes manifests, counted once for each overlay and each patch",
    "what the remaining manifests say is unknown",
    "check parts of the repository by themselves",
);

/// Kustomizations, as often as one is named by another.
const CALLS: Limit = Limit::new(
    5_000,
    "kustomizations, counted once for each one that is made of them",
    "what the remaining kustomizations come to is unknown",
    "name each base once",
);

/// Kustomizations that are made of one another.
const DEPTH: Limit = Limit::new(
    12,
    "kustomizations that are each made of the next",
    "what the innermost ones say is unknown",
    "put some of them together",
);

/// What may still be put together, over all sets of a repository.
pub(super) struct Room<'l> {
    limits: &'l Limits,
    objects: usize,
    values: usize,
    calls: usize,
}

/// How deep in kustomizations of kustomizations the work is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Depth(usize);

impl<'l> Room<'l> {
    pub fn new(limits: &'l Limits) -> Self {
        Self { limits, objects: OBJECTS.most_items(), values: VALUES.most_items(), calls: CALLS.most_items() }
    }

    /// The bounds that were reached are told here.
    pub fn limits(&self) -> &'l Limits {
        self.limits
    }

    /// Takes room for objects; `false`, and it is told, when there is none.
    pub fn take(&mut self, objects: &[Object], place: Option<Place>) -> bool {
        let values = objects.iter().map(|object| object.node.size()).sum();
        take(&mut self.objects, objects.len(), self.limits, place, &OBJECTS) && self.look_at(values, place)
    }

    /// Takes room for a look at so many values.
    pub fn look_at(&mut self, values: usize, place: Option<Place>) -> bool {
        take(&mut self.values, values, self.limits, place, &VALUES)
    }

    /// Takes room for one more kustomization inside of those that are being made.
    pub fn call(&mut self, depth: Depth, place: Place) -> Option<Depth> {
        if depth.0 >= DEPTH.most_items() {
            self.limits.reached(Some(place), &DEPTH);
            return None;
        }
        take(&mut self.calls, 1, self.limits, Some(place), &CALLS).then_some(Depth(depth.0 + 1))
    }
}

fn take(left: &mut usize, count: usize, limits: &Limits, place: Option<Place>, limit: &Limit) -> bool {
    match left.checked_sub(count) {
        Some(rest) => {
            *left = rest;
            true
        }
        None => {
            *left = 0;
            limits.reached(place, limit);
            false
        }
    }
}
