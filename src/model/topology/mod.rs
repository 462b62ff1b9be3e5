//! Stage 1: packages, services, and what runs together.

mod arguments;
mod binding_set;
mod commands;
mod compose_set;
mod dockerfiles;
mod host;
mod image;
mod kubernetes;
mod kubernetes_image;
mod labels;
mod packages;
mod placed;
mod processes;
mod proxy;
mod service;
mod service_packages;
mod started;
mod stock;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(in crate::model) use arguments::{Arguments, PROGRAM, of_scripts};
pub(in crate::model) use binding_set::{BindingSet, merge};
pub(in crate::model) use commands::script_assignments;
pub(in crate::model) use commands::script_called;
pub(in crate::model) use commands::{Act, acts};
pub(in crate::model) use compose_set::mode_of_words;
pub(in crate::model) use kubernetes::shows_pages;
pub(in crate::model) use packages::{is_root, package_of};
pub(in crate::model) use placed::{exists, repository_path};
pub(in crate::model) use processes::{Manager, Process, endings, given, processes, starts_manager};
pub(in crate::model) use service::split_image;

use super::{Deployment, DeploymentId, DeploymentKind, Mode, ProxyId, Service, ServiceId, Wiring};
use crate::base::{Place, RepoPath};
use crate::facts::Expr;
use crate::model::environment::files;
use crate::model::kubernetes::Discovered;
use crate::model::traefik::TraefikVersion;
use compose_set::ComposeSet;
use service::{Builder, Built, Room};

/// Runs the stage. Where no image tag fixes the version of a Traefik, it is the stated one.
pub fn link(wiring: &mut Wiring, clusters: &[Discovered], traefik: Option<TraefikVersion>) {
    wiring.packages = packages::find(&wiring.repository);
    let room = Room::default();
    for set in compose_set::sets(&wiring.repository) {
        compose(wiring, &set, &room);
    }
    if !clusters.is_empty() {
        let images = kubernetes_image::Images::new(&wiring.repository, &wiring.packages);
        clusters.iter().for_each(|found| kubernetes::link(wiring, found, &images, &room));
    }
    super::traefik::discover(wiring, traefik);
    dockerfiles::join(wiring);
    proxy::join_by_upstream(wiring);
    host::development(wiring);
    host::proxies_on_a_host(wiring);
    host::bare(wiring);
    stock::link(wiring);
}

/// The deployment of one set of compose files.
fn compose(wiring: &mut Wiring, set: &ComposeSet, room: &Room) {
    let deployment = next_deployment(wiring);
    let builder = Builder {
        repository: &wiring.repository,
        packages: &wiring.packages,
        set,
        dot_env: BindingSet::of(files::beside_compose(&wiring.repository, &set.folder, &wiring.limits)),
        room,
        limits: &wiring.limits,
        deployment,
    };
    let built: Vec<Built> =
        set.services(&wiring.repository).iter().filter_map(|declared| builder.build(declared)).collect();
    if built.is_empty() {
        return;
    }
    let mode = mode(set, &built);
    let name = set.files.iter().filter_map(|id| wiring.repository.get(*id)).map(|facts| facts.path.as_str());
    let mut name = name.collect::<Vec<_>>().join(" + ");
    if let Some(profile) = &set.profile {
        name.push_str(&format!(" (profile {profile})"));
    }
    add(wiring, Arc::from(name), DeploymentKind::Compose, mode, built);
}

/// The image of a service, and where paths of its container come from: many services may mount the same.
type Mounted = (Option<Arc<str>>, Vec<(Arc<str>, RepoPath)>);

/// Adds a deployment with its services, packages and proxies.
fn add(wiring: &mut Wiring, name: Arc<str>, kind: DeploymentKind, mode: Mode, built: Vec<Built>) {
    let id = next_deployment(wiring);
    let mut deployment = Deployment::new(name, kind);
    let mut placed: BTreeMap<Mounted, Option<ProxyId>> = BTreeMap::new();
    for mut item in built {
        item.service.deployment = id;
        let service = ServiceId(u32::try_from(wiring.services.len()).unwrap_or(u32::MAX));
        let key = (item.service.image.clone(), item.service.placed.clone());
        let proxy = *placed.entry(key).or_insert_with(|| proxy::placed_in(wiring, &item.service, &mode));
        if let Some(nginx) = proxy {
            item.service.proxy = Some(nginx);
            if !deployment.proxies.contains(&nginx) {
                deployment.proxies.push(nginx);
            }
        }
        for package in &item.service.packages {
            let pages = item.pages.iter().find(|(known, ..)| known == package);
            let static_files = item.service.image.as_deref().is_some_and(|image| image.contains("nginx"));
            let own = match pages {
                Some((_, mode, _)) => mode.clone(),
                None if static_files => Mode::Production,
                None => mode.clone(),
            };
            if !deployment.packages.contains(&(*package, own.clone())) {
                deployment.packages.push((*package, own));
            }
        }
        deployment.evidence.extend(item.pages.iter().map(|(.., place)| *place));
        deployment.evidence.extend(item.evidence);
        deployment.services.push(service);
        wiring.services.push(item.service);
    }
    deployment.packages.sort();
    let mut seen = std::collections::BTreeSet::new();
    deployment.evidence.retain(|place| seen.insert(*place));
    wiring.deployments.push(deployment);
}

fn next_deployment(wiring: &Wiring) -> DeploymentId {
    DeploymentId(u32::try_from(wiring.deployments.len()).unwrap_or(u32::MAX))
}

/// The mode that a set runs its servers in: its name's, its pages', what the servers are told, else production.
fn mode(set: &ComposeSet, built: &[Built]) -> Mode {
    if let Some(mode) = &set.mode {
        return mode.clone();
    }
    let pages: Vec<&Mode> = built.iter().flat_map(|item| item.pages.iter().map(|(_, mode, _)| mode)).collect();
    if pages.contains(&&Mode::Development) {
        return Mode::Development;
    }
    if let Some(first) = pages.first() {
        return (*first).clone();
    }
    if built.iter().any(|item| told_development(&item.service)) { Mode::Development } else { Mode::Production }
}

fn told_development(service: &Service) -> bool {
    let by_name = ["NODE_ENV", "ENVIRONMENT", "APP_ENV", "ENV", "FLASK_ENV"];
    let told = service.environment.iter().any(|binding| {
        let value = binding.value.as_known_text().unwrap_or_default();
        by_name.contains(&&*binding.name) && matches!(value.as_str(), "development" | "dev" | "local")
    });
    let words = service.commands.iter().flat_map(|(_, command)| &command.commands).flat_map(|simple| &simple.words);
    told || words.filter_map(Expr::as_str).any(|word| matches!(word, "--reload" | "nodemon" | "dev" | "runserver"))
}

/// The places of the manifests of a package, as evidence that it exists.
fn manifest_places(wiring: &Wiring, package: super::PackageId) -> Vec<Place> {
    let found = wiring.packages.get(package.0 as usize);
    let manifests = found.map(|package| package.manifests.as_slice()).unwrap_or_default();
    manifests.iter().map(|id| Place::new(*id, crate::base::Span::default())).collect()
}

#[cfg(test)]
mod tests;
