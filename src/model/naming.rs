//! How people call a process: one place for every rule, so that two findings never call it differently.

use std::collections::{BTreeMap, BTreeSet};

use super::topology::package_of;
use super::{AppId, Cause, ConnectionId, DeploymentId, Listener, ListenerId, Wiring};
use crate::base::Place;

/// Deployments that one finding names at most.
const MOST: usize = 3;
/// Services that one finding names at most.
const MOST_SERVICES: usize = 2;

/// Which names tell processes apart in a wiring; where there is one back end, nobody needs its name.
#[derive(Debug)]
pub struct Naming<'w> {
    wiring: &'w Wiring,
    /// Whether there are several back ends, or one in several deployments.
    several: bool,
    /// The processes that take the connections, by connection and deployment.
    served: BTreeMap<(ConnectionId, DeploymentId), BTreeSet<ListenerId>>,
}

/// A process: its name, and the deployment that it is part of where that says more.
type Name = (String, Option<String>);

impl<'w> Naming<'w> {
    /// The names of a wiring.
    #[must_use]
    pub fn new(wiring: &'w Wiring) -> Self {
        let mut served: BTreeMap<_, BTreeSet<ListenerId>> = BTreeMap::new();
        for way in &wiring.handshakes {
            if let Some(listener) = way.served {
                served.entry((way.connection, way.deployment)).or_default().insert(listener);
            }
        }
        let mut naming = Self { wiring, several: false, served };
        let back_ends = || wiring.listeners.iter().filter(|listener| !listener.apps.is_empty());
        let programs: BTreeSet<&[AppId]> = back_ends().map(|listener| listener.apps.as_slice()).collect();
        let services = back_ends().filter(|listener| listener.service.is_some());
        let services: BTreeSet<Name> = services.filter_map(|listener| naming.name(listener)).collect();
        naming.several = programs.len() > 1 || services.len() > 1;
        naming
    }

    /// The back end that a cause is about, such as ``back end `api` of compose.prod.yml``; `back end` alone where that is clear.
    #[must_use]
    pub fn back_end(&self, cause: &Cause) -> String {
        match self.names(cause) {
            Some(names) => format!("back end {names}"),
            None => "back end".to_owned(),
        }
    }

    /// The same after a word such as `of` or `by`, with a space in front; nothing where that is clear.
    #[must_use]
    pub fn back_end_after(&self, word: &str, cause: &Cause) -> String {
        self.names(cause).map(|names| format!(" {word} the back end {names}")).unwrap_or_default()
    }

    fn names(&self, cause: &Cause) -> Option<String> {
        if !self.several {
            return None;
        }
        let wires: BTreeSet<_> = cause.chains.iter().filter_map(|chain| chain.wire).collect();
        let mut meant: BTreeSet<ListenerId> =
            wires.iter().filter_map(|wire| self.served.get(wire)).flatten().copied().collect();
        if wires.is_empty() {
            meant = self.serving(&self.apps_at(cause.place));
        }
        let listeners = meant.iter().filter_map(|id| self.wiring.listeners.get(id.0 as usize));
        let mut names: BTreeSet<Name> = listeners.filter_map(|listener| self.name(listener)).collect();
        // The same program started by hand needs no name of its own.
        if names.iter().any(|(_, deployment)| deployment.is_some()) {
            names.retain(|(_, deployment)| deployment.is_some());
        }
        joined(&names)
    }

    /// The applications that something is said of at a place.
    fn apps_at(&self, place: Place) -> BTreeSet<AppId> {
        let within = |outer: Place| {
            outer.file == place.file && outer.span.start <= place.span.start && place.span.end <= outer.span.end
        };
        let created = (0u32..).map(AppId).zip(&self.wiring.apps).filter(|(_, app)| app.place == place);
        let routed = self.wiring.routes.iter().filter(|route| route.place == place).map(|route| route.app);
        let guards = self.wiring.policies.iter().filter(|policy| within(policy.place));
        let found: BTreeSet<AppId> =
            created.map(|(id, _)| id).chain(routed).chain(guards.filter_map(|policy| policy.app)).collect();
        if !found.is_empty() {
            return found;
        }
        // A list in a file of settings is of the application beside it, when there is one alone.
        let Some(facts) = self.wiring.repository.get(place.file) else { return found };
        let package = package_of(self.wiring, &facts.path);
        let beside = (0u32..).map(AppId).zip(&self.wiring.apps).filter(|(_, app)| Some(app.package) == package);
        let beside: BTreeSet<AppId> = beside.map(|(id, _)| id).collect();
        if beside.len() == 1 { beside } else { found }
    }

    fn serving(&self, apps: &BTreeSet<AppId>) -> BTreeSet<ListenerId> {
        let all = (0u32..).map(ListenerId).zip(&self.wiring.listeners);
        all.filter(|(_, listener)| listener.apps.iter().any(|app| apps.contains(app))).map(|(id, _)| id).collect()
    }

    /// A service by its name, another process by the folder of its package.
    fn name(&self, listener: &Listener) -> Option<Name> {
        if let Some(service) = listener.service {
            let service = self.wiring.services.get(service.0 as usize)?;
            let deployment = self.wiring.deployments.get(listener.deployment.0 as usize)?;
            return Some((format!("`{}`", service.name), Some(deployment.name.to_string())));
        }
        let package = self.wiring.packages.get(listener.package?.0 as usize)?;
        let root = package.root.to_string();
        (!root.is_empty()).then(|| (format!("in `{root}`"), None))
    }
}

/// `` `api` of compose.yml and compose.prod.yml ``: processes that are in the same deployments together. None where there are
/// so many that their names would tell nothing.
fn joined(names: &BTreeSet<Name>) -> Option<String> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, deployment) in names {
        by_name.entry(name).or_default().extend(deployment.as_deref());
    }
    if by_name.is_empty() || by_name.len() > MOST_SERVICES {
        return None;
    }
    let mut together: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
    for (name, deployments) in by_name {
        together.entry(deployments).or_default().push(name);
    }
    let shown = together.iter().map(|(deployments, names)| match deployments.as_slice() {
        [] => list(names),
        deployments => format!("{} of {}", list(names), list(deployments)),
    });
    let shown: Vec<String> = shown.collect();
    Some(list(&shown.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        names if names.len() > MOST => {
            format!("{} and {} more", names.get(..MOST).unwrap_or_default().join(", "), names.len() - MOST)
        }
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
