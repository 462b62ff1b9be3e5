//! Look-ups over the facts of a repository, made when they are first needed.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::evaluate::CallIndex;
use super::follow::RouteIndex;
use super::{Environment, PackageId, Wiring};
use crate::base::FileId;

/// Joins that many stages ask for again and again. The facts must not change once one was made.
#[derive(Debug, Default)]
pub struct Index {
    dev_servers: OnceLock<Vec<FileId>>,
    calls: OnceLock<CallIndex>,
    routes: OnceLock<RouteIndex>,
    environments: OnceLock<BTreeMap<Option<PackageId>, Vec<usize>>>,
}

impl Index {
    /// The files that configure development servers, in path order.
    pub(super) fn dev_servers<'a>(&'a self, wiring: &Wiring) -> &'a [FileId] {
        self.dev_servers.get_or_init(|| {
            let files = wiring.repository.iter().filter(|(_, facts)| !facts.dev_servers.is_empty());
            files.map(|(file, _)| file).collect()
        })
    }

    /// The calls of every function and class.
    pub(super) fn calls<'a>(&'a self, wiring: &Wiring) -> &'a CallIndex {
        self.calls.get_or_init(|| CallIndex::new(wiring))
    }

    /// The routes of every application. Asked only once they are linked.
    pub(super) fn routes<'a>(&'a self, wiring: &Wiring) -> &'a RouteIndex {
        self.routes.get_or_init(|| RouteIndex::new(wiring))
    }

    /// The environments of a package, and those of no package, in their order. Asked only once they are bound.
    pub(super) fn environments<'a>(&'a self, wiring: &'a Wiring, package: PackageId) -> Vec<&'a Environment> {
        if wiring.environments.is_empty() {
            return Vec::new();
        }
        let known = self.environments.get_or_init(|| {
            let mut known: BTreeMap<Option<PackageId>, Vec<usize>> = BTreeMap::new();
            for (index, environment) in wiring.environments.iter().enumerate() {
                known.entry(environment.package).or_default().push(index);
            }
            known
        });
        let mut found: Vec<usize> =
            [None, Some(package)].iter().filter_map(|key| known.get(key)).flatten().copied().collect();
        found.sort_unstable();
        found.into_iter().filter_map(|index| wiring.environments.get(index)).collect()
    }
}
