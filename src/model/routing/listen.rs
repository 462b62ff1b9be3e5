//! Listeners: who binds which port in each deployment.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::flatten::Owners;
use super::graph::Graph;
use super::policy::{Context, contexts_in};
use super::scope::{deployed_scope, package_of, text};
use super::start::{Ground, Start};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{DevServer, Ecosystem, Expr, FrontEndTool, HoleReason, ListenFact, ServerProgram};
use crate::model::evaluate::Scope;
use crate::model::{
    App, AppId, Deployment, DeploymentId, Known, Listener, Mode, Package, PackageId, ServiceId, Side, Tls, Unknown,
    Wiring,
};

/// All listeners, by deployment.
pub fn listeners(wiring: &Wiring, graph: &Graph<'_>, owners: &Owners, apps: &[App]) -> Vec<Listener> {
    let mut found = Vec::new();
    for (id, deployment) in (0u32..).map(DeploymentId).zip(&wiring.deployments) {
        let mut finder = Finder { wiring, graph, owners, apps, id, deployment, found: Vec::new() };
        finder.proxies();
        finder.services();
        finder.packages();
        found.append(&mut finder.found);
    }
    found
}

struct Finder<'a> {
    wiring: &'a Wiring,
    graph: &'a Graph<'a>,
    owners: &'a Owners,
    apps: &'a [App],
    id: DeploymentId,
    deployment: &'a Deployment,
    found: Vec<Listener>,
}

/// Where a program runs.
struct Runs {
    package: PackageId,
    packages: Vec<PackageId>,
    service: Option<ServiceId>,
    mode: Mode,
}

impl<'a> Finder<'a> {
    fn proxies(&mut self) {
        for id in &self.deployment.proxies {
            let Some(instance) = self.wiring.nginx.get(id.0 as usize) else { continue };
            let service = self.deployment.services.iter().copied().find(|service| {
                self.wiring.services.get(service.0 as usize).is_some_and(|service| service.nginx == Some(*id))
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
                    nginx: Some(*id),
                });
            }
        }
    }

    fn services(&mut self) {
        for id in &self.deployment.services {
            let Some(service) = self.wiring.services.get(id.0 as usize) else { continue };
            if service.foreign {
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
            if self.found.len() == before && service.nginx.is_none() {
                self.unknown_start(&runs, service.place);
            }
        }
    }

    fn has_apps(&self, package: PackageId) -> bool {
        self.apps.iter().any(|app| app.package == package)
    }

    fn apps_of(&self, package: PackageId) -> Vec<AppId> {
        (0u32..).map(AppId).zip(self.apps).filter(|(_, app)| app.package == package).map(|(id, _)| id).collect()
    }

    /// Something of the package listens, and nobody says where.
    fn unknown_start(&mut self, runs: &Runs, place: Place) {
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
            nginx: None,
        });
    }

    fn start(&mut self, ground: &Ground<'a>, start: &Start<'a>, runs: &Runs) {
        let fact = start.fact;
        match fact.server {
            ServerProgram::Script => {
                let path = fact.app.as_ref().and_then(Expr::as_str);
                let module = fact.options.iter().any(|option| &*option.key == "module");
                let program = path.and_then(|path| match module {
                    true => ground.python_module(&start.folder, path, &runs.packages),
                    false => ground.program(&start.folder, path, &runs.packages),
                });
                let before = self.found.len();
                match program {
                    Some(program) => {
                        let closure = ground.closure(program);
                        self.code(&|file| closure.contains(&file), runs);
                    }
                    None if runs.service.is_some() => {
                        let packages = runs.packages.clone();
                        self.code(&|file| packages.contains(&package_of(self.wiring, file)), runs);
                    }
                    None => {}
                }
                let instances = fact.options.iter().filter(|option| &*option.key == "instances");
                for listener in self.found.iter_mut().skip(before) {
                    listener.options.extend(instances.clone().map(|option| (start.file, option.clone())));
                }
            }
            ServerProgram::Vite | ServerProgram::VitePreview | ServerProgram::Next | ServerProgram::Cra => {
                self.front(Some((start.file, fact)), fact.server, runs);
            }
            _ => {
                let nodes = ground.served(self.graph, start, &runs.packages);
                let apps: Vec<AppId> =
                    nodes.iter().filter_map(|node| self.owners.get(node)).flatten().copied().collect();
                self.bind(start.file, fact, apps, runs);
            }
        }
    }

    /// Listeners of the code of some files.
    fn code(&mut self, belongs: &dyn Fn(FileId) -> bool, runs: &Runs) {
        let wiring = self.wiring;
        for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
            if facts.listeners.is_empty() || !belongs(file) {
                continue;
            }
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
                let at = |folder: RepoPath| ground.served(self.graph, &Start { file, fact, folder }, &runs.packages);
                let nodes = folder.map(at).unwrap_or_default();
                if nodes.is_empty() { own.map(at).unwrap_or_default() } else { nodes }
            }
            None => self.graph.resolve(self.wiring, file, fact.function.as_deref(), app).nodes,
        };
        let mut apps: Vec<AppId> = nodes.iter().filter_map(|node| self.owners.get(node)).flatten().copied().collect();
        apps.dedup();
        apps
    }

    fn scope(&self, runs: &Runs, package: PackageId) -> Scope {
        deployed_scope(package, self.id, runs.service, runs.mode.clone())
    }

    fn bind(&mut self, file: FileId, fact: &ListenFact, apps: Vec<AppId>, runs: &Runs) {
        if fact.options.iter().any(|option| &*option.key == "uds") && fact.port.is_none() {
            return;
        }
        let place = Place::new(file, fact.span);
        let package =
            apps.first().and_then(|app| self.apps.get(app.0 as usize)).map_or(runs.package, |app| app.package);
        let scope = self.scope(runs, package);
        let function = fact.function.as_deref();
        let read = |expr: &Expr| text(self.wiring, file, function, expr, &scope);
        let port = match &fact.port {
            Some(expr) => to_port(read(expr), place),
            None => self.default_port(fact, place, &scope),
        };
        let host = match &fact.host {
            Some(expr) => match read(expr) {
                Known::Is(host, places) if host.is_empty() => Known::Is(Arc::from("0.0.0.0"), places),
                known => known,
            },
            None => default_host(fact, place),
        };
        let tls = match &fact.tls {
            None => Tls::Plain,
            Some(expr) => match &expr.kind {
                crate::facts::ExprKind::Bool(true) => Tls::Tls,
                _ => match read(expr) {
                    Known::Is(path, _) if path.is_empty() => Tls::Plain,
                    Known::Is(..) => Tls::Tls,
                    Known::Unknown(_) => Tls::Unknown,
                },
            },
        };
        self.add(Listener {
            place,
            program: fact.server,
            apps,
            package: Some(package),
            service: runs.service,
            deployment: self.id,
            mode: None,
            host,
            port,
            tls,
            options: fact.options.iter().map(|option| (file, option.clone())).collect(),
            nginx: None,
        });
    }

    fn add(&mut self, listener: Listener) {
        let same = |known: &Listener| {
            known.place == listener.place && known.service == listener.service && known.package == listener.package
        };
        if !self.found.iter().any(same) {
            self.found.push(listener);
        }
    }

    fn default_port(&self, fact: &ListenFact, place: Place, scope: &Scope) -> Known<u16> {
        let fixed = match fact.server {
            ServerProgram::Uvicorn
            | ServerProgram::Hypercorn
            | ServerProgram::Daphne
            | ServerProgram::FastApiCli
            | ServerProgram::DjangoRunserver => Some(8000),
            ServerProgram::Gunicorn => {
                let port = crate::model::evaluate::bound_text(self.wiring, scope, "PORT");
                return match port.and_then(|(port, at)| Some((port.parse().ok()?, at))) {
                    Some((port, at)) => Known::Is(port, vec![at]),
                    None => Known::Is(8000, vec![place]),
                };
            }
            ServerProgram::FlaskRun => Some(5000),
            ServerProgram::VitePreview => Some(4173),
            ServerProgram::Vite => Some(5173),
            ServerProgram::Next | ServerProgram::Cra => Some(3000),
            _ => None,
        };
        match fixed {
            Some(port) => Known::Is(port, vec![place]),
            None => Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
        }
    }

    /// A front end's own server: command line over configuration over the tool's default.
    fn front(&mut self, command: Option<(FileId, &ListenFact)>, program: ServerProgram, runs: &Runs) {
        let package = runs.package;
        let Some(root) = self.wiring.packages.get(package.0 as usize).map(|package| &package.root) else { return };
        let config = self.dev_server(root, program);
        let place = match (&command, &config) {
            (Some((file, fact)), _) => Place::new(*file, fact.span),
            (None, Some((file, server))) => Place::new(*file, server.span),
            (None, None) => match self.manifest_place(package) {
                Some(place) => place,
                None => return,
            },
        };
        let scope = self.scope(runs, package);
        let read = |file: FileId, expr: &Expr| text(self.wiring, file, None, expr, &scope);
        let given = |of_command: Option<&Expr>, of_config: Option<&Expr>| match (of_command, of_config) {
            (Some(expr), _) => command.as_ref().map(|(file, _)| read(*file, expr)),
            (None, Some(expr)) => config.as_ref().map(|(file, _)| read(*file, expr)),
            (None, None) => None,
        };
        let fact = command.as_ref().map(|(_, fact)| *fact);
        let server = config.as_ref().map(|(_, server)| *server);
        let development = program != ServerProgram::VitePreview;
        let server = server.filter(|_| development);
        let port = match given(fact.and_then(|fact| fact.port.as_ref()), server.and_then(|server| server.port.as_ref()))
        {
            Some(known) => to_port(known, place),
            None => {
                let by_env = matches!(program, ServerProgram::Next | ServerProgram::Cra);
                let bound = by_env
                    .then(|| crate::model::evaluate::bound_text(self.wiring, &scope, "PORT"))
                    .flatten()
                    .and_then(|(port, at)| Some((port.parse().ok()?, at)));
                match (bound, program) {
                    (Some((port, at)), _) => Known::Is(port, vec![at]),
                    (None, ServerProgram::Vite) => Known::Is(5173, vec![place]),
                    (None, ServerProgram::VitePreview) => Known::Is(4173, vec![place]),
                    (None, _) => Known::Is(3000, vec![place]),
                }
            }
        };
        let host = match given(fact.and_then(|fact| fact.host.as_ref()), server.and_then(|server| server.host.as_ref()))
        {
            Some(Known::Is(host, places)) => match &*host {
                "true" | "" => Known::Is(Arc::from("0.0.0.0"), places),
                "false" => Known::Is(Arc::from("localhost"), places),
                _ => Known::Is(host, places),
            },
            Some(Known::Unknown(_)) if server.and_then(|server| server.host.as_ref()).is_some_and(is_true) => {
                Known::Is(Arc::from("0.0.0.0"), vec![place])
            }
            Some(unknown) => unknown,
            None if matches!(program, ServerProgram::Next | ServerProgram::Cra) => {
                Known::Is(Arc::from("0.0.0.0"), vec![place])
            }
            None => Known::Is(Arc::from("localhost"), vec![place]),
        };
        let https = server.and_then(|server| server.https.as_ref());
        let tls = match https.map(|https| &https.kind) {
            None | Some(crate::facts::ExprKind::Bool(false) | crate::facts::ExprKind::Undefined) => Tls::Plain,
            Some(crate::facts::ExprKind::Bool(true) | crate::facts::ExprKind::Object(_)) => Tls::Tls,
            Some(_) => Tls::Unknown,
        };
        self.add(Listener {
            place,
            program,
            apps: Vec::new(),
            package: Some(package),
            service: runs.service,
            deployment: self.id,
            mode: Some(runs.mode.clone()),
            host,
            port,
            tls,
            options: Vec::new(),
            nginx: None,
        });
    }

    fn dev_server(&self, root: &RepoPath, program: ServerProgram) -> Option<(FileId, &'a DevServer)> {
        let tool = match program {
            ServerProgram::Vite | ServerProgram::VitePreview => FrontEndTool::Vite,
            ServerProgram::Next => FrontEndTool::Next,
            _ => FrontEndTool::Cra,
        };
        self.wiring
            .repository
            .iter()
            .filter(|(_, facts)| facts.role.speaks() && facts.path.parent().is_some_and(|folder| folder == *root))
            .flat_map(|(file, facts)| facts.dev_servers.iter().map(move |server| (file, server)))
            .find(|(_, server)| server.tool == tool)
    }

    fn manifest_place(&self, package: PackageId) -> Option<Place> {
        let package: &Package = self.wiring.packages.get(package.0 as usize)?;
        let file = *package.manifests.first()?;
        let script = self.wiring.repository.get(file)?.manifest.as_deref()?.scripts.first();
        Some(Place::new(file, script.map(|script| script.command.span).unwrap_or_default()))
    }

    /// Packages that run beside containers, or without any.
    fn packages(&mut self) {
        let done: BTreeSet<PackageId> = self
            .found
            .iter()
            .filter(|listener| listener.service.is_some())
            .filter_map(|listener| listener.package)
            .collect();
        for (package, mode) in self.deployment.packages.clone() {
            let in_services: Vec<Context> = contexts_in(self.wiring, package, self.id, self.deployment)
                .into_iter()
                .filter(|context| context.service.is_some())
                .collect();
            if !in_services.is_empty() || done.contains(&package) {
                continue;
            }
            self.package(Runs { package, packages: vec![package], service: None, mode });
        }
    }

    fn package(&mut self, runs: Runs) {
        let Some(package) = self.wiring.packages.get(runs.package.0 as usize) else { return };
        let ground = Ground { wiring: self.wiring, service: None };
        let before = self.found.len();
        for id in &package.manifests {
            let Some(manifest) = self.wiring.repository.get(*id).and_then(|facts| facts.manifest.as_deref()) else {
                continue;
            };
            for script in manifest.scripts.iter().filter(|script| runs_in(&script.name, &runs.mode)) {
                for start in ground.starts(*id, &package.root, &script.command) {
                    let own = package_at(self.wiring, &start.folder) == Some(runs.package);
                    if own && next_fits(start.fact, &runs.mode) {
                        self.start(&ground, &start, &runs);
                    }
                }
            }
        }
        for (file, facts) in self.wiring.repository.iter() {
            if facts.scripts.is_empty() || !facts.role.speaks() || facts.manifest.is_some() {
                continue;
            }
            let Some(folder) = facts.path.parent() else { continue };
            for script in &facts.scripts {
                for start in ground.starts(file, &folder, &script.command) {
                    let own = package_at(self.wiring, &start.folder) == Some(runs.package);
                    if own && fits(start.fact, &runs.mode) {
                        self.start(&ground, &start, &runs);
                    }
                }
            }
        }
        let own = runs.package;
        let started = self.found.iter().skip(before).any(|listener| !is_front(listener.program));
        // What scripts start is what runs; other programs of the package are leftovers and tools.
        if !started || package.ecosystem != Some(Ecosystem::Node) {
            self.code(&|file| package_of(self.wiring, file) == own, &runs);
        }
        let fronts = self.found.iter().skip(before).any(|listener| is_front(listener.program));
        if runs.mode == Mode::Development && !fronts && package.side != Side::Server {
            let program = match package.tool {
                Some(FrontEndTool::Vite) => Some(ServerProgram::Vite),
                Some(FrontEndTool::Next) => Some(ServerProgram::Next),
                Some(FrontEndTool::Cra) => Some(ServerProgram::Cra),
                _ => None,
            };
            if let Some(program) = program {
                self.front(None, program, &runs);
            }
        }
        let served: BTreeSet<AppId> =
            self.found.iter().skip(before).flat_map(|listener| listener.apps.iter().copied()).collect();
        let unserved = self.apps_of(runs.package).into_iter().find(|app| !served.contains(app));
        if served.is_empty()
            && let Some(app) = unserved.and_then(|app| self.apps.get(app.0 as usize))
        {
            let place = app.place;
            self.unknown_start(&runs, place);
        }
    }
}

fn package_at(wiring: &Wiring, folder: &RepoPath) -> Option<PackageId> {
    crate::model::topology::package_of(wiring, folder)
}

fn is_front(program: ServerProgram) -> bool {
    matches!(program, ServerProgram::Vite | ServerProgram::VitePreview | ServerProgram::Next | ServerProgram::Cra)
}

/// Whether a manifest's script runs in a mode, by its name.
fn runs_in(name: &str, mode: &Mode) -> bool {
    let development = ["dev", "develop", "start", "serve", "watch", "server", "backend", "frontend"];
    let production = ["start", "serve", "prod", "production", "server"];
    let first = name.split([':', '-', '.']).next().unwrap_or(name);
    match mode {
        Mode::Development => development.contains(&first) && !name.contains("prod"),
        Mode::Production | Mode::Other(_) => production.contains(&first) && !name.contains("dev"),
    }
}

fn fits(fact: &ListenFact, mode: &Mode) -> bool {
    let development = *mode == Mode::Development;
    (development || !matches!(fact.server, ServerProgram::Vite | ServerProgram::Cra)) && next_fits(fact, mode)
}

/// `next start` serves what `next build` has built, `next dev` never does.
fn next_fits(fact: &ListenFact, mode: &Mode) -> bool {
    let stated = option(fact, "mode");
    fact.server != ServerProgram::Next
        || stated.is_none_or(|stated| (stated == "start") == (*mode != Mode::Development))
}

fn option<'a>(fact: &'a ListenFact, key: &str) -> Option<&'a str> {
    fact.options.iter().find(|option| &*option.key == key).and_then(|option| option.value.as_str())
}

fn is_true(expr: &Expr) -> bool {
    matches!(expr.kind, crate::facts::ExprKind::Bool(true))
}

fn to_port(known: Known<Arc<str>>, place: Place) -> Known<u16> {
    match known {
        Known::Is(text, places) => match text.trim().parse() {
            Ok(port) => Known::Is(port, places),
            Err(_) => Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
        },
        Known::Unknown(unknown) => Known::Unknown(unknown),
    }
}

fn default_host(fact: &ListenFact, place: Place) -> Known<Arc<str>> {
    let mode = option(fact, "mode");
    let host = match fact.server {
        ServerProgram::Uvicorn
        | ServerProgram::Hypercorn
        | ServerProgram::Daphne
        | ServerProgram::Gunicorn
        | ServerProgram::DjangoRunserver
        | ServerProgram::FlaskRun => "127.0.0.1",
        ServerProgram::FastApiCli if mode == Some("run") => "0.0.0.0",
        ServerProgram::FastApiCli => "127.0.0.1",
        ServerProgram::NodeListen | ServerProgram::WsPort => "::",
        ServerProgram::Vite | ServerProgram::VitePreview => "localhost",
        ServerProgram::Next | ServerProgram::Cra | ServerProgram::StaticServer => "0.0.0.0",
        ServerProgram::Script | ServerProgram::Nginx | ServerProgram::PythonListen => {
            return Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
        }
    };
    Known::Is(Arc::from(host), vec![place])
}
