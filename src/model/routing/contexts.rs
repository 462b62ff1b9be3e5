//! Where the code of each package runs.

use std::collections::BTreeMap;

use super::scope::{deployed_scope, package_of, server_scope};
use crate::base::{FileId, Limit, Place, Span};
use crate::facts::FileFacts;
use crate::model::evaluate::Scope;
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

impl Context {
    /// What code of a package sees there.
    pub fn scope(&self, package: PackageId) -> Scope {
        match self.deployment {
            Some(deployment) => deployed_scope(package, deployment, self.service, self.mode.clone()),
            None => server_scope(package),
        }
    }
}

/// A statement of a back end in one place where it runs.
pub struct Run<'a> {
    /// Its file.
    pub file: FileId,
    /// The package of the file.
    pub package: PackageId,
    /// The place.
    pub context: &'a Context,
    /// What the code sees there.
    pub scope: Scope,
}

/// What comes of the statements of all files in every place where they run. `statements` gives those of a file, `make` what one
/// of them comes to.
pub fn in_every_context<'w, S: 'w, U>(
    wiring: &'w Wiring,
    statements: impl Fn(&'w FileFacts) -> &'w [S],
    span: impl Fn(&S) -> Span,
    mut make: impl FnMut(&Run<'_>, &'w S) -> U,
) -> Vec<U> {
    let contexts = Contexts::new(wiring);
    let mut made = Vec::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for statement in statements(facts) {
            let package = package_of(wiring, file);
            for context in &contexts.of(package) {
                if made.len() >= JUDGED.most_items() {
                    wiring.limits.reached(Some(Place::new(file, span(statement))), &JUDGED);
                    return made;
                }
                let run = Run { file, package, context, scope: context.scope(package) };
                made.push(make(&run, statement));
            }
        }
    }
    made
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
