//! Listeners: who binds which port in each deployment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::flatten::{Built, Owners};
use super::front::{ByHand, next_fits, started_by_hand};
use super::graph::{Graph, Node, NodeId};
use super::scope::deployed_scope;
use super::start::{Ground, Start};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{Expr, Field, Framework, HoleReason, ListenFact, ServerProgram};
use crate::model::evaluate::Scope;
use crate::model::{
    App, AppId, Deployment, DeploymentId, Known, Listener, Mode, PackageId, ServiceId, Tls, Unknown, Wiring,
};

/// All listeners, by deployment.
pub fn listeners(wiring: &Wiring, graph: &Graph<'_>, built: &Built) -> Vec<Listener> {
    let (owners, apps, roots) = (&built.owners, built.apps.as_slice(), &built.roots);
    let by_hand = &started_by_hand(wiring);
    let mut apps_of: BTreeMap<PackageId, Vec<AppId>> = BTreeMap::new();
    let mut next_apps: BTreeMap<PackageId, AppId> = BTreeMap::new();
    for (id, app) in (0u32..).map(AppId).zip(apps) {
        // Next.js alone serves its routes, no program of the package.
        match app.framework {
            Framework::Next => next_apps.insert(app.package, id),
            _ => {
                apps_of.entry(app.package).or_default().push(id);
                None
            }
        };
    }
    let (apps_of, next_apps) = (&apps_of, &next_apps);
    let mut found = Vec::new();
    for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        let mut finder = Finder {
            wiring,
            graph,
            owners,
            roots,
            apps,
            apps_of,
            next_apps,
            by_hand,
            id,
            deployment,
            found: Vec::new(),
        };
        finder.proxies();
        finder.services();
        finder.packages();
        found.append(&mut finder.found);
    }
    found
}

/// The applications of Python that a start command or a call names: `uvicorn main:app` starts this one, whatever else of the
/// program is wrapped around it.
pub fn named(wiring: &Wiring, graph: &Graph<'_>) -> BTreeSet<NodeId> {
    let files = wiring.repository.iter().filter(|(_, facts)| facts.role.speaks());
    let in_files = files.flat_map(|(_, facts)| {
        let scripts = facts.scripts.iter().flat_map(|script| &script.command.listens);
        let processes = facts.processes.iter().flat_map(|process| &process.command.listens);
        facts.listeners.iter().chain(scripts).chain(processes)
    });
    let of_services = wiring.services.iter().flat_map(|service| &service.commands);
    let starts = in_files.chain(of_services.flat_map(|(_, command)| &command.listens));
    let texts = starts.filter_map(|fact| fact.app.as_ref()?.as_str()?.split_once(':'));
    let names: BTreeSet<(&str, &str)> =
        texts.map(|(module, name)| (module.rsplit(['.', '/']).next().unwrap_or(module), name)).collect();
    let is_named = |(_, node): &(usize, &Node<'_>)| {
        let Some(facts) = wiring.repository.get(node.file) else { return false };
        let stem = facts.path.name().strip_suffix(".py");
        stem.is_some_and(|stem| names.contains(&(stem, &*node.fact.name)))
    };
    graph.nodes.iter().enumerate().filter(is_named).map(|(index, _)| NodeId(index)).collect()
}

/// The nodes that code makes listen.
pub fn listened(wiring: &Wiring, graph: &Graph<'_>) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for fact in facts.listeners.iter().filter(|fact| fact.server == ServerProgram::NodeListen) {
            let Some(app) = &fact.app else { continue };
            found.extend(graph.resolve(wiring, file, fact.function.as_deref(), app).nodes);
        }
    }
    found
}

pub(super) struct Finder<'a> {
    pub(super) wiring: &'a Wiring,
    pub(super) graph: &'a Graph<'a>,
    pub(super) owners: &'a Owners,
    pub(super) roots: &'a BTreeMap<NodeId, AppId>,
    pub(super) apps: &'a [App],
    /// The applications of each package.
    apps_of: &'a BTreeMap<PackageId, Vec<AppId>>,
    /// The routes of Next.js in each package.
    pub(super) next_apps: &'a BTreeMap<PackageId, AppId>,
    /// What scripts beside manifests and process managers start.
    pub(super) by_hand: &'a ByHand<'a>,
    pub(super) id: DeploymentId,
    pub(super) deployment: &'a Deployment,
    pub(super) found: Vec<Listener>,
}

/// Where a program runs.
pub(super) struct Runs {
    pub(super) package: PackageId,
    pub(super) packages: Vec<PackageId>,
    pub(super) service: Option<ServiceId>,
    pub(super) mode: Mode,
}

impl<'a> Finder<'a> {
    fn proxies(&mut self) {
        for id in &self.deployment.proxies {
            let Some(instance) = self.wiring.proxies.get(*id) else { continue };
            let service = self.deployment.services.iter().copied().find(|service| {
                self.wiring.services.get(service.0 as usize).is_some_and(|service| service.proxy == Some(*id))
            });
            for listen in instance.listens() {
                let place = listen.place;
                self.found.push(Listener {
                    place,
                    program: ServerProgram::Nginx,
                    apps: Vec::new(),
                    package: None,
                    service,
                    deployment: self.id,
                    mode: None,
                    host: Known::Is(Arc::from("0.0.0.0"), vec![place]),
                    port: Known::Is(listen.port, vec![place]),
                    tls: listen.tls,
                    options: Vec::new(),
                    proxy: Some(*id),
                });
            }
        }
    }

    fn services(&mut self) {
        for id in &self.deployment.services {
            let Some(service) = self.wiring.services.get(id.0 as usize) else { continue };
            // Source of the repository that is mounted into a stock image runs there.
            if service.foreign && service.packages.is_empty() {
                continue;
            }
            let mode = |package: PackageId| {
                self.deployment.packages.iter().find(|(known, _)| *known == package).map(|(_, mode)| mode.clone())
            };
            let first = service.packages.first().copied();
            let package = service.packages.iter().copied().find(|package| self.has_apps(*package)).or(first);
            let Some(package) = package else { continue };
            let runs = Runs {
                package,
                packages: service.packages.clone(),
                service: Some(*id),
                mode: mode(package).unwrap_or(Mode::Production),
            };
            let ground = Ground { wiring: self.wiring, service: Some(service) };
            let folder = service
                .working_dir
                .as_deref()
                .and_then(|path| service.repository_path(path))
                .or_else(|| service.source.clone())
                .or_else(|| self.wiring.packages.get(package.0 as usize).map(|package| package.root.clone()))
                .unwrap_or_else(RepoPath::root);
            let before = self.found.len();
            for (file, command) in &service.commands {
                for start in ground.starts(*file, &folder, command) {
                    self.start(&ground, &start, &runs);
                }
            }
            if self.found.len() == before && service.proxy.is_none() {
                self.unknown_start(&runs, service.place);
            }
        }
    }

    pub(super) fn has_apps(&self, package: PackageId) -> bool {
        self.apps_of.contains_key(&package)
    }

    pub(super) fn apps_of(&self, package: PackageId) -> Vec<AppId> {
        self.apps_of.get(&package).cloned().unwrap_or_default()
    }

    /// Something of the package listens, and nobody says where.
    pub(super) fn unknown_start(&mut self, runs: &Runs, place: Place) {
        let apps: Vec<AppId> = runs.packages.iter().flat_map(|package| self.apps_of(*package)).collect();
        if apps.is_empty() {
            return;
        }
        let unknown = || Unknown { reason: HoleReason::Runtime, place: Some(place) };
        self.found.push(Listener {
            place,
            program: ServerProgram::Script,
            apps,
            package: Some(runs.package),
            service: runs.service,
            deployment: self.id,
            mode: None,
            host: Known::Unknown(unknown()),
            port: Known::Unknown(unknown()),
            tls: Tls::Unknown,
            options: Vec::new(),
            proxy: None,
        });
    }

    pub(super) fn start(&mut self, ground: &Ground<'a>, start: &Start<'a>, runs: &Runs) {
        let fact = start.fact;
        match fact.server {
            ServerProgram::Script => {
                let path = fact.app.as_ref().and_then(Expr::as_str);
                let module = fact.options.iter().any(|option| &*option.key == "module");
                let program = path.and_then(|path| match module {
                    true => ground.python_module(&start.folder, path, &runs.packages),
                    false => ground.program(&start.folder, path, &runs.packages),
                });
                let files: BTreeSet<FileId> = match program {
                    Some(program) => ground.closure(program),
                    None if runs.service.is_some() => {
                        let of = |package: &PackageId| self.wiring.index.files_of(self.wiring, *package);
                        runs.packages.iter().flat_map(of).map(|(file, _)| file).collect()
                    }
                    None => BTreeSet::new(),
                };
                self.code(files.iter().copied(), runs);
                if let Some(instances) = fact.options.iter().find(|option| &*option.key == "instances") {
                    self.multiply(&files, runs, (start.file, instances));
                }
            }
            ServerProgram::Vite | ServerProgram::VitePreview | ServerProgram::Next | ServerProgram::Cra => {
                self.front(Some(start), fact.server, runs);
            }
            _ => {
                let apps = self.apps_at(&ground.served(self.graph, start, &runs.packages));
                self.bind(start.file, fact, apps, runs);
            }
        }
    }

    /// Says of what listens in some files that several processes of it share the port, whoever started the first of them.
    fn multiply(&mut self, files: &BTreeSet<FileId>, runs: &Runs, (file, instances): (FileId, &Field)) {
        let ours =
            self.found.iter_mut().filter(|listener| listener.service == runs.service && listener.proxy.is_none());
        for listener in ours.filter(|listener| files.contains(&listener.place.file)) {
            if listener.option("instances").is_none() {
                listener.options.push((file, instances.clone()));
            }
        }
    }

    /// Listeners of the code of some files, which come in path order.
    pub(super) fn code(&mut self, files: impl Iterator<Item = FileId>, runs: &Runs) {
        let wiring = self.wiring;
        for file in files {
            let Some(facts) = wiring.repository.get(file).filter(|facts| facts.role.speaks()) else { continue };
            for fact in &facts.listeners {
                let apps = self.apps_of_code(file, fact, runs);
                self.bind(file, fact, apps, runs);
            }
        }
    }

    fn apps_of_code(&self, file: FileId, fact: &ListenFact, runs: &Runs) -> Vec<AppId> {
        let Some(app) = &fact.app else { return Vec::new() };
        let nodes = match app.as_str() {
            Some(_) => {
                let folder = self.wiring.packages.get(runs.package.0 as usize).map(|package| package.root.clone());
                let own = self.wiring.repository.get(file).and_then(|facts| facts.path.parent());
                let service = runs.service.and_then(|id| self.wiring.services.get(id.0 as usize));
                let ground = Ground { wiring: self.wiring, service };
                let at = |folder: RepoPath| ground.served(self.graph, &Start::new(file, fact, folder), &runs.packages);
                let nodes = folder.map(at).unwrap_or_default();
                if nodes.is_empty() { own.map(at).unwrap_or_default() } else { nodes }
            }
            None => self.graph.resolve(self.wiring, file, fact.function.as_deref(), app).nodes,
        };
        self.apps_at(&nodes)
    }

    /// An application that begins at the node is what listens; the server around it is another one.
    fn apps_at(&self, nodes: &[NodeId]) -> Vec<AppId> {
        let rooted: Vec<AppId> = nodes.iter().filter_map(|node| self.roots.get(node)).copied().collect();
        if !rooted.is_empty() && rooted.len() == nodes.len() {
            return rooted;
        }
        let mut apps: Vec<AppId> = nodes.iter().filter_map(|node| self.owners.get(node)).flatten().copied().collect();
        apps.dedup();
        apps
    }

    pub(super) fn scope(&self, runs: &Runs, package: PackageId) -> Scope {
        deployed_scope(package, self.id, runs.service, runs.mode.clone())
    }
}

pub(super) fn fits(fact: &ListenFact, mode: &Mode) -> bool {
    let development = *mode == Mode::Development;
    (development || !matches!(fact.server, ServerProgram::Vite | ServerProgram::Cra)) && next_fits(fact, mode)
}
