//! Stage 2: the bindings of names to values in each package, mode and deployment.

mod dialect;
mod expand;
pub(in crate::model) mod files;
mod kept;
mod outside;
mod tools;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::kept::Kept;
use super::evaluate::Scope;
use super::topology;
use super::{
    Binding, Deployment, DeploymentId, DeploymentKind, Environment, Mode, Openness, Package, PackageId, Service,
    ServiceId, Side, Wiring,
};
use crate::base::{FileId, Place, RepoPath};

/// Runs the stage.
pub fn bind(wiring: &mut Wiring) {
    let outside = outside::bindings(wiring);
    let unread = outside::unread_env(&wiring.repository);
    let named = tools::named(wiring);
    let kept = Kept::new(wiring);
    let by_scripts = topology::of_scripts(wiring);
    let mut environments = Vec::new();
    for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        let mut by_package: BTreeMap<PackageId, Vec<ServiceId>> = BTreeMap::new();
        for service in &deployment.services {
            for package in wiring.services.get(service.0 as usize).iter().flat_map(|service| &service.packages) {
                by_package.entry(*package).or_default().push(*service);
            }
        }
        let (named, by_scripts, kept) = (&named, &by_scripts, &kept);
        let (outside, unread) = (&outside, &unread);
        let binder = Binder { wiring, deployment, id, outside, unread, by_package, named, by_scripts, kept };
        for (package, mode) in &deployment.packages {
            binder.package(*package, mode, &mut environments);
        }
        for service in &deployment.services {
            binder.lone_service(*service, &mut environments);
        }
    }
    wiring.environments = environments;
}

/// The environment of a scope: of its service, else of its package in that deployment and mode.
#[must_use]
pub fn of_scope<'w>(wiring: &'w Wiring, scope: &Scope) -> Option<&'w Environment> {
    let candidates = wiring.index.environments(wiring, scope);
    let has_browser_environment = wiring.index.has_browser_environment(wiring, scope.package);
    let score = |environment: &Environment| {
        let same_service = scope.service.is_some() && environment.service == scope.service;
        let same_package = environment.package == Some(scope.package);
        let other_deployment = environment.deployment.is_some()
            && scope.deployment.is_some()
            && environment.deployment != scope.deployment;
        if !(same_package || same_service && environment.package.is_none()) || other_deployment {
            return None;
        }
        if scope.service.is_some() && environment.service.is_some() && !same_service && scope.side == Side::Server {
            return None;
        }
        if environment.mode != scope.mode && !same_service {
            return None;
        }
        let side = match environment.side {
            side if side == scope.side => 8,
            // A browser never sees what only the process gets.
            Side::Server if scope.side == Side::Browser && has_browser_environment => return None,
            _ => 0,
        };
        let points = [
            (same_service, 16),
            (same_package, 4),
            (environment.deployment == scope.deployment, 2),
            (environment.mode == scope.mode, 1),
        ];
        Some(side + points.iter().filter(|(holds, _)| *holds).map(|(_, points)| points).sum::<i32>())
    };
    let mut best: Option<(i32, &Environment)> = None;
    for environment in candidates {
        if let Some(points) = score(environment)
            && best.is_none_or(|(known, _)| points > known)
        {
            best = Some((points, environment));
        }
    }
    best.map(|(_, environment)| environment)
}

/// Binds the environments of one deployment.
struct Binder<'w> {
    wiring: &'w Wiring,
    deployment: &'w Deployment,
    id: DeploymentId,
    outside: &'w [Binding],
    /// Env files that could not be read.
    unread: &'w [RepoPath],
    /// The services of the deployment that hold each package.
    by_package: BTreeMap<PackageId, Vec<ServiceId>>,
    /// Env files that the code of each package names.
    named: &'w BTreeMap<PackageId, Vec<FileId>>,
    /// What scripts give to the programs of each package.
    by_scripts: &'w BTreeMap<PackageId, topology::Arguments>,
    /// What process managers give to the processes of each package.
    kept: &'w Kept<'w>,
}

impl<'w> Binder<'w> {
    fn package(&self, id: PackageId, mode: &Mode, environments: &mut Vec<Environment>) {
        let Some(package) = self.wiring.packages.get(id.0 as usize) else { return };
        let services: Vec<(ServiceId, &Service)> = self.services(id).collect();
        if package.tool.is_some() {
            environments.push(self.build(id, package, mode, &services));
        }
        if package.side == Side::Browser {
            return;
        }
        if services.is_empty() {
            let lent = self.lent_service(id, package);
            environments.push(self.process(id, package, mode, lent, None));
        }
        for service in services {
            environments.push(self.process(id, package, mode, Some(service.1), Some(service.0)));
        }
    }

    /// What compose runs of a package that nothing else starts: whoever develops the pages starts that one.
    fn lent_service(&self, id: PackageId, package: &Package) -> Option<&'w Service> {
        if self.deployment.kind != DeploymentKind::Development {
            return None;
        }
        let repository = &self.wiring.repository;
        let manifests = package.manifests.iter().filter_map(|file| repository.get(*file)?.manifest.as_deref());
        if manifests.flat_map(|manifest| &manifest.scripts).next().is_some() {
            return None;
        }
        let mut running = self.wiring.services.iter().filter(|service| service.packages.contains(&id));
        let first = running.next()?;
        running.all(|other| other.environment == first.environment).then_some(first)
    }

    fn services(&self, package: PackageId) -> impl Iterator<Item = (ServiceId, &'w Service)> {
        let wiring = self.wiring;
        let known = self.by_package.get(&package).into_iter().flatten();
        known.filter_map(move |id| Some((*id, wiring.services.get(id.0 as usize)?)))
    }

    /// What a build (or a development server) puts into the bundle.
    fn build(&self, id: PackageId, package: &Package, mode: &Mode, services: &[(ServiceId, &Service)]) -> Environment {
        let read = tools::of_build(self.wiring, package, mode);
        let read = read
            .map(|read| files::read(&self.wiring.repository, &read.files, read.dialect, &self.wiring.limits))
            .unwrap_or_default();
        let service = services.first();
        let mut process: Vec<Binding> = Vec::new();
        for (_, service) in services {
            let own = match mode {
                Mode::Development => &service.environment,
                _ => &service.build_environment,
            };
            topology::merge(&mut process, own.clone());
        }
        topology::merge(&mut process, topology::script_assignments(self.wiring, id, mode));
        let outside = if *mode == Mode::Development { &[] } else { self.outside };
        let (bindings, overridden) = layered(read, process, outside);
        Environment {
            package: Some(id),
            service: service.map(|(id, _)| *id),
            deployment: Some(self.id),
            side: Side::Browser,
            mode: mode.clone(),
            bindings,
            overridden,
            openness: self.build_openness(package, mode, service.map(|(_, service)| *service)),
        }
    }

    fn build_openness(&self, package: &Package, mode: &Mode, service: Option<&Service>) -> Openness {
        let Some(folder) = tools::env_folder(self.wiring, package).filter(|it| !self.may_hide_settings(it, mode))
        else {
            return Openness::Unread;
        };
        let hosting = outside::hosting(self.wiring, package);
        let ignored = outside::ignored_env(self.wiring, &folder, mode);
        if let Some(service) = service.filter(|_| self.deployment.kind == DeploymentKind::Compose) {
            // What compose builds gets what compose passes, and files that lie in the folder.
            let mut places: Vec<Place> = vec![service.place];
            places.extend(service.dockerfile.map(|file| Place::new(file, crate::base::Span::default())));
            return if ignored.is_empty() { Openness::Closed(places) } else { Openness::SetOutside(ignored) };
        }
        let known: Vec<Place> = hosting.into_iter().chain(ignored).collect();
        if known.is_empty() { Openness::Open } else { Openness::SetOutside(known) }
    }

    /// What a process of the package sees.
    fn process(
        &self,
        id: PackageId,
        package: &Package,
        mode: &Mode,
        service: Option<&Service>,
        runs_in: Option<ServiceId>,
    ) -> Environment {
        let read = tools::of_server(self.wiring, self.named.get(&id).map_or(&[], Vec::as_slice), package, mode);
        let read = files::read(&self.wiring.repository, &read.files, read.dialect, &self.wiring.limits);
        let mut process = service.map(|service| service.environment.clone()).unwrap_or_default();
        if service.is_none() {
            topology::merge(&mut process, topology::script_assignments(self.wiring, id, mode));
        }
        let mut process = topology::BindingSet::of(process);
        let mut arguments = topology::Arguments::default();
        for (file, command) in service.iter().flat_map(|service| &service.commands) {
            arguments.add(&self.wiring.repository, *file, command, &process);
        }
        if arguments.is_empty() {
            arguments = self.by_scripts.get(&id).cloned().unwrap_or_default();
        }
        process.extend(arguments.into_bindings());
        process.extend(self.kept.of(id, package, mode, service));
        let process = process.into_vec();
        let (bindings, overridden) = layered(read, process, &[]);
        Environment {
            package: Some(id),
            service: runs_in,
            deployment: Some(self.id),
            side: Side::Server,
            mode: mode.clone(),
            bindings,
            overridden,
            openness: self.process_openness(package, mode, service),
        }
    }

    fn process_openness(&self, package: &Package, mode: &Mode, service: Option<&Service>) -> Openness {
        if self.may_hide_settings(&package.root, mode) {
            return Openness::Unread;
        }
        let ignored = outside::ignored_env(self.wiring, &package.root, mode);
        match service {
            Some(service) if matches!(self.deployment.kind, DeploymentKind::Compose | DeploymentKind::Cluster) => {
                let open: Vec<Place> = service.open_environment.into_iter().chain(ignored).collect();
                if open.is_empty() { Openness::Closed(vec![service.place]) } else { Openness::SetOutside(open) }
            }
            _ if ignored.is_empty() => Openness::Open,
            _ => Openness::SetOutside(ignored),
        }
    }

    /// Whether an env file of this mode, in a folder or above it, could not be read.
    fn may_hide_settings(&self, folder: &RepoPath, mode: &Mode) -> bool {
        let is_above = |file: &&RepoPath| file.parent().is_some_and(|parent| folder.is_under(&parent));
        self.unread.iter().filter(is_above).any(|file| outside::may_be_read_in(file, mode))
    }

    /// A service of which no package is known: a proxy that fills a template.
    fn lone_service(&self, id: ServiceId, environments: &mut Vec<Environment>) {
        let Some(service) = self.wiring.services.get(id.0 as usize).filter(|service| service.packages.is_empty())
        else {
            return;
        };
        let folder = self.wiring.repository.get(service.place.file).and_then(|facts| facts.path.parent());
        environments.push(Environment {
            package: None,
            service: Some(id),
            deployment: Some(self.id),
            side: Side::Server,
            mode: Mode::Production,
            bindings: service.environment.clone(),
            overridden: Vec::new(),
            openness: match service.open_environment {
                _ if folder.is_some_and(|folder| self.may_hide_settings(&folder, &Mode::Production)) => {
                    Openness::Unread
                }
                Some(place) => Openness::SetOutside(vec![place]),
                None => Openness::Closed(vec![service.place]),
            },
        });
    }
}

/// Env files under the process environment under nothing; names that only CI or hosting sets come last.
fn layered(read: files::Bindings, process: Vec<Binding>, outside: &[Binding]) -> (Vec<Binding>, Vec<Binding>) {
    let mut winning: BTreeMap<Arc<str>, Binding> = BTreeMap::new();
    let mut overridden = read.overridden;
    for binding in read.winning.into_iter().chain(process) {
        if let Some(lost) = winning.insert(Arc::clone(&binding.name), binding) {
            overridden.push(lost);
        }
    }
    for binding in outside {
        winning.entry(Arc::clone(&binding.name)).or_insert_with(|| binding.clone());
    }
    overridden.sort_by(|a, b| (&a.name, a.place).cmp(&(&b.name, b.place)));
    (winning.into_values().collect(), overridden)
}
