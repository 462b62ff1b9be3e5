//! Where the code of each package runs.

use std::collections::BTreeMap;

use crate::base::Limit;
use crate::model::{Deployment, DeploymentId, Mode, PackageId, ServiceId, Wiring};

/// Where the code of a package runs.
#[derive(Clone, Debug)]
pub struct Context {
    /// The deployment; none for a production that no file shows.
    pub deployment: Option<DeploymentId>,
    /// The service.
    pub service: Option<ServiceId>,
    /// The mode.
    pub mode: Mode,
}

/// Statements of code, each in every place where it runs.
pub const JUDGED: Limit = Limit::new(
    20_000,
    "places where statements of the back ends run",
    "whom the remaining ones let in is unknown",
    "leave out deployments of no interest, with `exclude` in `wirelint.toml`",
);

/// The contexts of every package.
pub struct Contexts(BTreeMap<PackageId, Vec<Context>>);

impl Contexts {
    /// Those of a wiring whose deployments are known.
    pub fn new(wiring: &Wiring) -> Self {
        let mut known: BTreeMap<PackageId, Vec<Context>> = BTreeMap::new();
        for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
            let mut parts = in_services(wiring, deployment);
            for (package, _) in &deployment.packages {
                parts.entry(*package).or_default();
            }
            let mut modes: BTreeMap<PackageId, Vec<&Mode>> = BTreeMap::new();
            for (package, mode) in &deployment.packages {
                modes.entry(*package).or_default().push(mode);
            }
            for (package, services) in parts {
                let modes = modes.get(&package).map_or(&[][..], Vec::as_slice);
                let context = |service: Option<ServiceId>, mode: Option<&&Mode>| {
                    let mode = mode.map_or(Mode::Production, |mode| (*mode).clone());
                    Context { deployment: Some(id), service, mode }
                };
                let found = known.entry(package).or_default();
                match services.as_slice() {
                    [] => found.extend(modes.iter().map(|mode| context(None, Some(mode)))),
                    services => found.extend(services.iter().map(|service| context(Some(*service), modes.first()))),
                }
            }
        }
        Self(known)
    }

    /// Every context of a package; one of them is production.
    pub fn of(&self, package: PackageId) -> Vec<Context> {
        let mut contexts = self.0.get(&package).cloned().unwrap_or_default();
        if !contexts.iter().any(|context| context.mode != Mode::Development) {
            contexts.push(nowhere());
        }
        contexts
    }
}

/// A production that no file shows.
pub fn nowhere() -> Context {
    Context { deployment: None, service: None, mode: Mode::Production }
}

/// The packages that run in services of a deployment, with these.
pub fn in_services(wiring: &Wiring, deployment: &Deployment) -> BTreeMap<PackageId, Vec<ServiceId>> {
    let mut found: BTreeMap<PackageId, Vec<ServiceId>> = BTreeMap::new();
    for id in &deployment.services {
        let Some(service) = wiring.services.get(id.0 as usize) else { continue };
        for package in &service.packages {
            let services = found.entry(*package).or_default();
            if services.last() != Some(id) {
                services.push(*id);
            }
        }
    }
    found
}
