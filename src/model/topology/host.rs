//! Deployments that no compose file states: development on one machine, nginx on a host, builds that nothing serves.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::kubernetes::shows_pages;
use super::{manifest_places, proxy};
use crate::base::{Limit, RepoPath};
use crate::facts::{Expr, FrontEndTool, PageKind, Script};
use crate::model::proxy::Proxy;
use crate::model::{Deployment, DeploymentKind, Mode, PackageId, Pairing, ProxyId, Side, Wiring};

/// Dependencies of Python code that serves.
const PYTHON_SERVERS: [&str; 17] = [
    "fastapi",
    "starlette",
    "flask",
    "flask-socketio",
    "django",
    "channels",
    "aiohttp",
    "tornado",
    "sanic",
    "websockets",
    "python-socketio",
    "uvicorn",
    "daphne",
    "hypercorn",
    "quart",
    "litestar",
    "gunicorn",
];

/// Packages in deployments that no file states: each front end comes with every back end.
const PARTS: Limit = Limit::new(
    5_000,
    "packages that may run together",
    "what runs beside the remaining front ends and proxies is unknown",
    "state what runs together in a compose file",
);

/// Front ends and back ends of a repository.
struct Parts {
    front: Vec<PackageId>,
    back: Vec<PackageId>,
}

fn parts(wiring: &Wiring) -> Parts {
    let ids = || (0u32..).map(PackageId).take(wiring.packages.len());
    let front = ids().filter(|id| is_front_end(wiring, *id)).collect();
    let served =
        |id: &PackageId| own_files(wiring, *id).any(|facts| !facts.routers.is_empty() || !facts.listeners.is_empty());
    let candidates: Vec<PackageId> = ids().filter(|id| is_back_end(wiring, *id)).collect();
    // Dependencies alone make a back end only when no code shows which package it is.
    let shown: Vec<PackageId> = candidates.iter().copied().filter(served).collect();
    let mut back = if shown.is_empty() { candidates } else { shown };
    // What is not read is there all the same.
    back.extend(ids().filter(|id| is_unread(wiring, *id)));
    back.sort_unstable();
    back.dedup();
    Parts { front, back }
}

/// Whether a package has pages that people open, and is no library of components.
fn is_front_end(wiring: &Wiring, id: PackageId) -> bool {
    let Some(package) = wiring.packages.get(id.0 as usize) else { return false };
    match package.tool {
        None => false,
        // A library is built by the same tools, but is entered by name.
        Some(FrontEndTool::Vite | FrontEndTool::Webpack) => {
            !has_entry_points(wiring, id)
                || own_files(wiring, id).any(|facts| facts.pages.iter().any(|page| page.kind == PageKind::Document))
                || has_page_file(wiring, &package.root)
        }
        Some(_) => true,
    }
}

fn has_entry_points(wiring: &Wiring, id: PackageId) -> bool {
    let manifests = wiring.packages.get(id.0 as usize).map(|package| package.manifests.as_slice()).unwrap_or_default();
    let found = manifests.iter().filter_map(|id| wiring.repository.get(*id)?.manifest.as_deref());
    found.into_iter().any(|manifest| !manifest.entry_points.is_empty())
}

/// `index.html` beside the manifest, or in the folders where bundlers keep it.
fn has_page_file(wiring: &Wiring, root: &RepoPath) -> bool {
    ["index.html", "public/index.html", "src/index.html", "client/index.html"]
        .iter()
        .filter_map(|name| root.join(name))
        .any(|path| wiring.repository.paths.contains(&path))
}

fn is_back_end(wiring: &Wiring, id: PackageId) -> bool {
    let Some(package) = wiring.packages.get(id.0 as usize) else { return false };
    if !matches!(package.side, Side::Server | Side::Both) {
        return false;
    }
    let known = |name: &str| PYTHON_SERVERS.contains(&name);
    package.dependencies.iter().any(|name| known(name))
        || own_files(wiring, id).any(|facts| !facts.routers.is_empty() || !facts.listeners.is_empty())
}

fn is_unread(wiring: &Wiring, id: PackageId) -> bool {
    wiring.packages.get(id.0 as usize).is_some_and(|package| package.back_end.is_some())
}

fn own_files(wiring: &Wiring, id: PackageId) -> impl Iterator<Item = &crate::facts::FileFacts> {
    wiring.index.files_of(wiring, id).map(|(_, facts)| facts).filter(|facts| facts.role.may_be_accused())
}

fn joined(parts: &Parts, mode: &Mode) -> Vec<(PackageId, Mode)> {
    let mut all: Vec<PackageId> = parts.front.iter().chain(&parts.back).copied().collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|id| (id, mode.clone())).collect()
}

/// How sure it is that these parts belong together without a file that says so.
fn pairing(parts: &Parts) -> Pairing {
    let same = parts.front.len() == 1 && parts.back.iter().all(|back| parts.front.contains(back));
    match (same, parts.front.len(), parts.back.len()) {
        (true, ..) => Pairing::Stated,
        (_, 0 | 1, 0 | 1) => Pairing::Likely,
        _ => Pairing::Ambiguous,
    }
}

/// Takes the parts of one more deployment into account; `false`, and it is told, when they are too many.
fn have_room(wiring: &Wiring, count: &mut usize, parts: &Parts) -> bool {
    *count += parts.front.len() + parts.back.len();
    let room = *count <= PARTS.most_items();
    if !room {
        wiring.limits.reached(None, &PARTS);
    }
    room
}

/// Front end and back end started by hand on one machine.
pub fn development(wiring: &mut Wiring) {
    let parts = parts(wiring);
    let packages = joined(&parts, &Mode::Development);
    if packages.is_empty() {
        return;
    }
    let evidence = packages.iter().flat_map(|(id, _)| manifest_places(wiring, *id)).collect();
    wiring.deployments.push(Deployment {
        packages,
        evidence,
        pairing: pairing(&parts),
        ..Deployment::new(Arc::from("development"), DeploymentKind::Development)
    });
}

/// nginx files that no container holds: on a host, with the processes beside it.
pub fn proxies_on_a_host(wiring: &mut Wiring) {
    let placed: BTreeSet<ProxyId> =
        wiring.deployments.iter().flat_map(|deployment| deployment.proxies.clone()).collect();
    let loose: Vec<ProxyId> =
        wiring.proxies.ids().filter(|id| !placed.contains(id) && proxy::speaks(wiring, *id)).collect();
    let all = parts(wiring);
    let served = served(wiring);
    let mut count = 0;
    let in_manifest = |id: ProxyId| {
        let root = wiring.proxies.get(id).and_then(Proxy::root).and_then(|root| wiring.repository.get(root));
        root.is_some_and(|facts| facts.kubernetes.is_some())
    };
    let loose: Vec<ProxyId> = loose.into_iter().filter(|id| !in_manifest(*id)).collect();
    for id in &loose {
        let near = near(wiring, &all, *id);
        if !have_room(wiring, &mut count, &near) {
            break;
        }
        let Some(root) = wiring.proxies.get(*id).and_then(Proxy::root) else { continue };
        let name = wiring.repository.get(root).map_or("", |facts| facts.path.as_str());
        let elsewhere = near.front.iter().any(|front| served.contains(front));
        let own = match pairing(&near) {
            // A second configuration for pages that a stated proxy serves is an alternative, or dead.
            _ if elsewhere => Pairing::Ambiguous,
            Pairing::Ambiguous => Pairing::Ambiguous,
            _ if loose.len() > 1 && near.front.len() == all.front.len() && all.front.len() + all.back.len() > 0 => {
                Pairing::Ambiguous
            }
            _ => Pairing::Likely,
        };
        let deployment = Deployment {
            proxies: vec![*id],
            packages: joined(&near, &Mode::Production),
            evidence: proxy::root_place(wiring, *id).into_iter().collect(),
            pairing: own,
            ..Deployment::new(Arc::from(name), DeploymentKind::Host)
        };
        wiring.deployments.push(deployment);
    }
}

/// The packages whose pages a stated deployment builds and serves with a proxy of its own.
fn served(wiring: &Wiring) -> BTreeSet<PackageId> {
    let serving = wiring.deployments.iter().filter(|deployment| {
        let kinds = [DeploymentKind::Compose, DeploymentKind::Cluster, DeploymentKind::Images];
        kinds.contains(&deployment.kind) && !deployment.proxies.is_empty() && shows_pages(wiring, deployment)
    });
    let packages = serving.flat_map(|deployment| &deployment.packages);
    packages.filter(|(_, mode)| *mode != Mode::Development).map(|(id, _)| *id).collect()
}

/// The parts that an nginx file is beside: a front end in whose folder it lies comes alone.
fn near(wiring: &Wiring, all: &Parts, id: ProxyId) -> Parts {
    let root = wiring.proxies.get(id).and_then(Proxy::root);
    let owner = root
        .and_then(|root| wiring.repository.get(root))
        .and_then(|facts| super::package_of(wiring, &facts.path))
        .filter(|owner| all.front.contains(owner));
    let front = match owner {
        Some(owner)
            if wiring.packages.get(owner.0 as usize).is_some_and(|package| package.root != RepoPath::root()) =>
        {
            vec![owner]
        }
        _ => all.front.clone(),
    };
    Parts { front, back: all.back.clone() }
}

/// Whether a package may be built for production: one whose scripts start a development server and build nothing shows
/// no production.
fn may_be_built(wiring: &Wiring, id: PackageId) -> bool {
    let manifests = wiring.packages.get(id.0 as usize).map(|package| package.manifests.as_slice()).unwrap_or_default();
    let scripts: Vec<&Script> = manifests
        .iter()
        .filter_map(|file| wiring.repository.get(*file)?.manifest.as_deref())
        .flat_map(|manifest| &manifest.scripts)
        .collect();
    let builds = |script: &&Script| {
        script.name.contains("build")
            || script.command.commands.iter().any(|command| {
                let mut words = command.words.iter().filter_map(Expr::as_str);
                words.any(|word| matches!(word, "build" | "generate" | "export" | "webpack" | "deploy"))
            })
    };
    scripts.is_empty() || scripts.iter().any(builds)
}

/// Production builds that nothing in the repository serves.
pub fn bare(wiring: &mut Wiring) {
    let all = parts(wiring);
    let stated = wiring.deployments.iter().filter(|deployment| shows_pages(wiring, deployment));
    let everywhere = stated.flat_map(|deployment| &deployment.packages);
    let built: BTreeSet<PackageId> =
        everywhere.filter(|(_, mode)| *mode != Mode::Development).map(|(package, _)| *package).collect();
    let produced = |id: &PackageId| built.contains(id);
    let front: Vec<PackageId> =
        all.front.iter().copied().filter(|id| !produced(id) && may_be_built(wiring, *id)).collect();
    let fronts: BTreeSet<PackageId> = front.iter().copied().collect();
    let lone_back: Vec<PackageId> =
        all.back.iter().copied().filter(|id| !produced(id) && !fronts.contains(id)).collect();
    let several = front.len() > 1;
    let mut found = Vec::new();
    let mut count = 0;
    let lone = front.is_empty();
    for id in front {
        let parts = Parts { front: vec![id], back: all.back.clone() };
        if !have_room(wiring, &mut count, &parts) {
            break;
        }
        found.push((id, parts));
    }
    if lone {
        found.extend(lone_back.iter().map(|id| (*id, Parts { front: Vec::new(), back: vec![*id] })));
    }
    for (id, parts) in found {
        let folder = wiring.packages.get(id.0 as usize).map_or("", |package| package.root.as_str());
        let name = if folder.is_empty() { String::from("production") } else { format!("production of {folder}") };
        let pairing = match pairing(&parts) {
            Pairing::Likely if several => Pairing::Ambiguous,
            other => other,
        };
        wiring.deployments.push(Deployment {
            packages: joined(&parts, &Mode::Production),
            evidence: manifest_places(wiring, id),
            pairing,
            ..Deployment::new(Arc::from(name), DeploymentKind::Bare)
        });
    }
}
