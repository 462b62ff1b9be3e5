//! Hosts for which several sets of manifests have rules: a controller reads all of them together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::IngressInstance;
use super::config::{Location, Server};
use crate::base::Place;
use crate::model::Mode;

/// The paths that all sets of a mode have for a host.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// The number of the set whose rules these are beside.
    own: usize,
    all: Arc<[SharedPath]>,
}

#[derive(Clone, Debug)]
struct SharedPath {
    set: usize,
    /// Where it is written.
    place: Place,
    /// What every request that it takes begins with.
    head: Arc<str>,
    /// Its length as it is written, by which the longest one is told.
    length: usize,
}

/// The paths of each host, in each mode.
type ByHost = BTreeMap<(Option<Mode>, Option<Arc<str>>), Vec<SharedPath>>;

impl Shared {
    /// Whether a path of another set may take a request rather than one of this length.
    pub fn may_take(&self, path: &str, length: usize) -> bool {
        let others = self.all.iter().filter(|one| one.set != self.own);
        others.into_iter().any(|one| one.length >= length && path.starts_with(&*one.head))
    }
}

/// Tells the Ingress of each set of the paths that others have for its hosts. Overlays of one base state the same object, and
/// only one of them runs.
pub(in crate::model::kubernetes) fn share(instances: &mut [(Option<Mode>, &mut IngressInstance)]) {
    let mut by_host = ByHost::new();
    for (set, (mode, instance)) in instances.iter().enumerate() {
        for server in &instance.config.servers {
            let own = server.locations.iter().map(|location| shared(set, location));
            by_host.entry((mode.clone(), server.host.clone())).or_default().extend(own);
        }
    }
    for (key, found) in by_host {
        let mut sets: BTreeMap<Place, BTreeSet<usize>> = BTreeMap::new();
        for path in &found {
            sets.entry(path.place).or_default().insert(path.set);
        }
        let numbers: BTreeSet<usize> = found.iter().map(|path| path.set).collect();
        let is_alone = |place: &Place| sets.get(place).is_some_and(|sets| sets.len() == 1);
        if numbers.len() < 2 {
            continue;
        }
        let all: Arc<[SharedPath]> = found.into_iter().filter(|path| is_alone(&path.place)).collect();
        for set in numbers {
            let Some((_, instance)) = instances.get_mut(set) else { continue };
            if let Some(server) = instance.config.servers.iter_mut().find(|server| server.host == key.1) {
                server.shared = Some(Shared { own: set, all: Arc::clone(&all) });
            }
        }
    }
}

fn shared(set: usize, location: &Location) -> SharedPath {
    let path = &*location.path;
    let end = path.find(['(', '[', '.', '*', '?', '$', '\\', '{', '+', '|']).unwrap_or(path.len());
    let head = path.get(..end).unwrap_or(path).trim_end_matches('/');
    SharedPath { set, place: location.place, head: head.into(), length: path.len() }
}

impl Server {
    /// Whether another set may take a request rather than a path of this length.
    pub fn may_be_taken_elsewhere(&self, path: &str, length: usize) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.may_take(path, length))
    }
}
