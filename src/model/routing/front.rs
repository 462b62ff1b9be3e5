//! Development servers and servers of built pages, and packages that run without any deployment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bind::{is_true, option, to_port};
use super::contexts::in_services;
use super::listen::{Finder, Runs, fits};
use super::scope::text;
use super::start::{Ground, Start};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{DevServer, Ecosystem, Expr, FrontEndTool, HoleReason, ListenFact, ServerProgram};
use crate::model::topology;
use crate::model::{AppId, Known, Listener, Mode, Package, PackageId, Side, Tls, Unknown, Wiring};

impl<'a> Finder<'a> {
    /// A front end's own server: command line over configuration over the tool's default.
    pub(super) fn front(&mut self, command: Option<&Start<'_>>, program: ServerProgram, runs: &Runs) {
        let package = runs.package;
        let Some(root) = self.wiring.packages.get(package.0 as usize).map(|package| &package.root) else { return };
        let config = self.dev_server(package, root, program);
        let place = match (&command, &config) {
            (Some(start), _) => Place::new(start.file, start.fact.span),
            (None, Some((file, server))) => Place::new(*file, server.span),
            (None, None) => match self.manifest_place(package) {
                Some(place) => place,
                None => return,
            },
        };
        let scope = self.scope(runs, package);
        let read = |file: FileId, expr: &Expr| text(self.wiring, file, None, expr, &scope);
        // What the call of a script adds comes last, and wins.
        let given = |names: &[&str], of_command: Option<&Expr>, of_config: Option<&Expr>| {
            match command.and_then(|start| start.added(names)) {
                Some((file, Some(expr))) => return Some(read(file, &expr)),
                Some((file, None)) => {
                    let at = command.map_or(place, |start| Place::new(file, start.fact.span));
                    return Some(Known::Is(Arc::from(""), vec![at]));
                }
                None => {}
            }
            match (of_command, of_config) {
                (Some(expr), _) => command.map(|start| read(start.file, expr)),
                (None, Some(expr)) => config.as_ref().map(|(file, _)| read(*file, expr)),
                (None, None) => None,
            }
        };
        let fact = command.map(|start| start.fact);
        let server = config.as_ref().map(|(_, server)| *server);
        let development = program != ServerProgram::VitePreview;
        let unread = !development && server.is_some();
        let server = server.filter(|_| development);
        let ports: &[&str] = if program == ServerProgram::Next { &["--port", "-p"] } else { &["--port"] };
        let port = match given(
            ports,
            fact.and_then(|fact| fact.port.as_ref()),
            server.and_then(|server| server.port.as_ref()),
        ) {
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
        let hosts: &[&str] = if program == ServerProgram::Next { &["--hostname", "-H"] } else { &["--host"] };
        let host = match given(
            hosts,
            fact.and_then(|fact| fact.host.as_ref()),
            server.and_then(|server| server.host.as_ref()),
        ) {
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
            // The part of the configuration that is for previews is not read.
            None if unread => Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
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
            apps: match program {
                ServerProgram::Next => self.next_apps.get(&package).copied().into_iter().collect(),
                _ => Vec::new(),
            },
            package: Some(package),
            service: runs.service,
            deployment: self.id,
            mode: Some(runs.mode.clone()),
            host,
            port,
            tls,
            options: Vec::new(),
            proxy: None,
        });
    }

    fn dev_server(
        &self,
        package: PackageId,
        root: &RepoPath,
        program: ServerProgram,
    ) -> Option<(FileId, &'a DevServer)> {
        let tool = match program {
            ServerProgram::Vite | ServerProgram::VitePreview => FrontEndTool::Vite,
            ServerProgram::Next => FrontEndTool::Next,
            _ => FrontEndTool::Cra,
        };
        self.wiring
            .index
            .files_of(self.wiring, package)
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
    pub(super) fn packages(&mut self) {
        let done: BTreeSet<PackageId> = self
            .found
            .iter()
            .filter(|listener| listener.service.is_some())
            .filter_map(|listener| listener.package)
            .collect();
        let in_services = in_services(self.wiring, self.deployment);
        for (package, mode) in self.deployment.packages.clone() {
            if in_services.contains_key(&package) || done.contains(&package) {
                continue;
            }
            self.package(Runs { package, packages: vec![package], service: None, mode });
        }
    }

    /// The listeners of a back end whose source is not read: their ports are known, and what they serve is not.
    fn unread(&mut self, runs: &Runs) {
        let Some(package) = self.wiring.packages.get(runs.package.0 as usize) else { return };
        let Some(back_end) = &package.back_end else { return };
        let program = ServerProgram::Unread(back_end.program);
        let default = back_end.program.row().and_then(|row| row.port);
        let mut ports: Vec<(Known<u16>, Place)> =
            back_end.ports.iter().map(|(port, place)| (Known::Is(*port, vec![*place]), *place)).collect();
        if ports.is_empty() {
            let unknown = || Known::Unknown(Unknown { reason: HoleReason::Runtime, place: Some(back_end.place) });
            let port = default.map_or_else(unknown, |port| Known::Is(port, vec![back_end.place]));
            ports.push((port, back_end.place));
        }
        for (port, place) in ports {
            self.found.push(Listener {
                place,
                program,
                apps: Vec::new(),
                package: Some(runs.package),
                service: None,
                deployment: self.id,
                mode: None,
                host: Known::Is(Arc::from("0.0.0.0"), vec![place]),
                port,
                tls: Tls::Unknown,
                options: Vec::new(),
                proxy: None,
            });
        }
    }

    fn package(&mut self, runs: Runs) {
        self.unread(&runs);
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
        let by_hand = self.by_hand;
        if runs.mode != Mode::Development {
            for start in by_hand.kept.get(&runs.package).into_iter().flatten() {
                self.start(&ground, start, &runs);
            }
        }
        for start in by_hand.scripts.get(&runs.package).into_iter().flatten() {
            if fits(start.fact, &runs.mode) {
                self.start(&ground, start, &runs);
            }
        }
        let own = runs.package;
        let started = self.found.iter().skip(before).any(|listener| !is_front(listener.program));
        // What scripts start is what runs; other programs of the package are leftovers and tools.
        if !started || package.ecosystem != Some(Ecosystem::Node) {
            self.code(self.wiring.index.files_of(self.wiring, own).map(|(file, _)| file), &runs);
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
        // What Next.js serves by itself says nothing of the package's other programs.
        let programs = self.found.iter().skip(before).filter(|listener| listener.program != ServerProgram::Next);
        let served: BTreeSet<AppId> = programs.flat_map(|listener| listener.apps.iter().copied()).collect();
        let unserved = self.apps_of(runs.package).into_iter().find(|app| !served.contains(app));
        if served.is_empty()
            && let Some(app) = unserved.and_then(|app| self.apps.get(app.0 as usize))
        {
            let place = app.place;
            self.unknown_start(&runs, place);
        }
    }
}

/// What starts packages besides their manifests, by the package that runs then.
#[derive(Default)]
pub(super) struct ByHand<'a> {
    /// Scripts.
    scripts: BTreeMap<PackageId, Vec<Start<'a>>>,
    /// Process managers, which keep running what is deployed.
    kept: BTreeMap<PackageId, Vec<Start<'a>>>,
}

/// What scripts and process managers start that is no part of a manifest.
pub(super) fn started_by_hand(wiring: &Wiring) -> ByHand<'_> {
    let ground = Ground { wiring, service: None };
    let mut found = ByHand::default();
    for process in topology::processes(wiring) {
        let starts = ground.starts(process.file, &process.folder, &process.fact.command);
        found.kept.entry(process.package).or_default().extend(starts);
    }
    for (file, facts) in wiring.repository.iter() {
        if facts.scripts.is_empty() || !facts.role.speaks() || facts.manifest.is_some() {
            continue;
        }
        let Some(folder) = facts.path.parent() else { continue };
        for start in facts.scripts.iter().flat_map(|script| ground.starts(file, &folder, &script.command)) {
            if let Some(package) = package_at(wiring, &start.folder) {
                found.scripts.entry(package).or_default().push(start);
            }
        }
    }
    found
}

pub(super) fn package_at(wiring: &Wiring, folder: &RepoPath) -> Option<PackageId> {
    crate::model::topology::package_of(wiring, folder)
}

pub(super) fn is_front(program: ServerProgram) -> bool {
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

/// `next start` serves what `next build` has built, `next dev` never does.
pub(super) fn next_fits(fact: &ListenFact, mode: &Mode) -> bool {
    let stated = option(fact, "mode");
    fact.server != ServerProgram::Next
        || stated.is_none_or(|stated| (stated == "start") == (*mode != Mode::Development))
}
