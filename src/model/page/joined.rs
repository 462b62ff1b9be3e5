//! Which front ends run in which deployment.

use std::collections::BTreeSet;

use crate::facts::FrontEndTool;
use crate::model::topology::{package_of, shows_pages};
use crate::model::{Assumption, DeploymentId, Mode, PackageId, Service, Wiring};

/// A front end in a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) struct Joined {
    /// The package.
    pub package: PackageId,
    /// Where it runs.
    pub deployment: DeploymentId,
    /// How it is built.
    pub mode: Mode,
    /// What that rests on.
    pub assumption: Option<Assumption>,
}

/// All front ends in all deployments: those that the deployments name, and those without a manifest that can only belong
/// to them.
pub(in crate::model) fn front_ends(wiring: &Wiring) -> Vec<Joined> {
    let mut joined = Vec::new();
    let mut seen = BTreeSet::new();
    let mut named = BTreeSet::new();
    for (deployment, info) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        for (package, mode) in &info.packages {
            if info.kind.is_stated() && shows_pages(wiring, info) {
                named.insert(*package);
            }
            if seen.insert((*package, deployment, mode)) {
                joined.push(Joined { package: *package, deployment, mode: mode.clone(), assumption: None });
            }
        }
    }
    for package in connecting(wiring).difference(&named) {
        let tool = wiring.packages.get(package.0 as usize).and_then(|info| info.tool);
        let is_built = tool.is_some_and(|tool| tool != FrontEndTool::Plain);
        for (deployment, info) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
            if !info.kind.is_stated() {
                continue;
            }
            let services = info.services.iter().filter_map(|id| wiring.services.get(id.0 as usize));
            let holds = services.clone().any(|service| holds(wiring, service, *package));
            let free = !is_built
                && !info.proxies.is_empty()
                && info
                    .packages
                    .iter()
                    .all(|(other, _)| wiring.packages.get(other.0 as usize).is_none_or(|other| other.tool.is_none()));
            let assumption = match (holds, free) {
                (true, _) => None,
                (false, true) => Some(Assumption::LikelyPairing),
                (false, false) => continue,
            };
            joined.push(Joined { package: *package, deployment, mode: Mode::Production, assumption });
        }
    }
    joined
}

/// Packages whose code opens connections.
fn connecting(wiring: &Wiring) -> BTreeSet<PackageId> {
    wiring
        .repository
        .files
        .iter()
        .filter(|facts| facts.role.may_be_accused() && !facts.client_calls.is_empty())
        .filter_map(|facts| package_of(wiring, &facts.path))
        .collect()
}

/// Whether a service is built from a package, or from a folder around it.
pub(super) fn holds(wiring: &Wiring, service: &Service, package: PackageId) -> bool {
    if service.packages.contains(&package) {
        return true;
    }
    let root = wiring.packages.get(package.0 as usize).map(|info| &info.root);
    match (&service.source, root) {
        (Some(source), Some(root)) => root.is_under(source) && (!source.as_str().is_empty() || source == root),
        _ => false,
    }
}
