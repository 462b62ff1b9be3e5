//! Which Traefiks there are, and what their providers say.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::TraefikInstance;
use super::answer::Blocks;
use super::dynamic::Dynamic;
use super::labels;
use super::links::{self, Closed};
use super::setting::Setting;
use super::sources::{self, Source};
use super::startup::{Files, Startup};
use super::version::Version;
use crate::base::{FileId, Place};
use crate::facts::{HoleReason, Repository};
use crate::model::proxy::Patterns;
use crate::model::{Assumption, DeploymentKind, ProxyId, Service, ServiceId, Unknown, Wiring};

/// Finds the Traefiks of compose deployments, each with the labels of the services beside it.
pub fn discover(wiring: &mut Wiring) {
    let patterns = Patterns::default();
    let mut found: Vec<(usize, Option<ServiceId>, TraefikInstance)> = Vec::new();
    let running = running(wiring);
    for (index, deployment) in wiring.deployments.iter().enumerate() {
        if deployment.kind != DeploymentKind::Compose {
            continue;
        }
        let services: Vec<&Service> =
            deployment.services.iter().filter_map(|id| wiring.services.get(id.0 as usize)).collect();
        let own: Vec<ServiceId> = deployment.services.iter().copied().filter(|id| running.contains(id)).collect();
        if own.is_empty() {
            let routed = services.iter().any(|service| service.labels.iter().any(|label| is_router(&label.name)));
            if let Some(id) = the_one(wiring, &running).filter(|_| routed)
                && let Some(instance) = build(wiring, id, &services, Placed::Elsewhere, &patterns)
            {
                found.push((index, None, instance));
            }
        }
        for id in own {
            if let Some(instance) = build(wiring, id, &services, Placed::Here, &patterns) {
                found.push((index, Some(id), instance));
            }
        }
    }
    for (index, service, instance) in found {
        let id = ProxyId(u32::try_from(wiring.proxies.len()).unwrap_or(u32::MAX));
        wiring.proxies.add(instance);
        if let Some(deployment) = wiring.deployments.get_mut(index) {
            deployment.proxies.push(id);
        }
        if let Some(service) = service.and_then(|service| wiring.services.get_mut(service.0 as usize)) {
            service.proxy = Some(id);
        }
    }
}

/// Whether a Traefik runs beside the services whose labels it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placed {
    Here,
    /// In another compose file of the repository.
    Elsewhere,
}

fn is_router(label: &str) -> bool {
    label.to_ascii_lowercase().starts_with("traefik.http.routers.")
}

/// The services that run Traefik.
fn running(wiring: &Wiring) -> Vec<ServiceId> {
    let is_traefik = |service: &Service| {
        let last = service.image.as_deref().and_then(|image| image.rsplit('/').next());
        service.proxy.is_none() && last.is_some_and(|name| name == "traefik" || name.ends_with("-traefik"))
    };
    let all = wiring.services.iter().enumerate().filter(|(_, service)| is_traefik(service));
    all.filter_map(|(index, _)| u32::try_from(index).ok().map(ServiceId)).collect()
}

/// The Traefik of a repository that has one, in however many sets of compose files it takes part.
fn the_one(wiring: &Wiring, running: &[ServiceId]) -> Option<ServiceId> {
    let service = |id: &ServiceId| wiring.services.get(id.0 as usize);
    let first = running.first()?;
    let place = service(first)?.place;
    running.iter().all(|id| service(id).is_some_and(|other| other.place == place)).then_some(*first)
}

fn build(
    wiring: &Wiring,
    id: ServiceId,
    services: &[&Service],
    placed: Placed,
    patterns: &Patterns,
) -> Option<TraefikInstance> {
    let repository = &wiring.repository;
    let traefik = wiring.services.get(id.0 as usize)?;
    let version = Version::of_tag(traefik.tag.as_deref());
    if version == Version::V1 {
        return None;
    }
    let Source { root, file } = sources::of_service(repository, traefik)?;
    let startup = Startup::read(&root, version);
    let mut files: Vec<FileId> = file.into_iter().collect();
    let mut dynamic = Dynamic::default();
    let mut unseen = startup.other_providers.clone();
    let mut closed: Vec<&str> = vec!["file"];
    if let Some(provider) = &startup.files {
        let (found, hole) = provider.found(repository, traefik);
        if hole.is_some() {
            closed.clear();
        }
        unseen = unseen.or(hole);
        for id in found {
            let Some(data) = repository.get(id).and_then(|facts| facts.data.as_deref()) else { continue };
            let root = Setting::of_file(id, data);
            if let Some(http) = root.get("http") {
                dynamic.add(http, "file", startup.syntax);
            }
            files.push(id);
        }
    }
    if let Some(docker) = &startup.docker {
        let elsewhere = (placed == Placed::Elsewhere).then_some(traefik);
        for service in services.iter().copied().chain(elsewhere) {
            labels::add(service, docker, startup.syntax, &mut dynamic);
            files.push(service.place.file);
        }
        closed.push(docker.name);
    }
    files.push(traefik.place.file);
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(*file));
    dynamic.settle();
    let others = labels_of_others(wiring, services);
    let elsewhere = |name: &str| is_defined(&others, name);
    links::settle(&startup, &mut dynamic, &Closed { providers: closed, elsewhere: &elsewhere });
    if !others.is_empty() && startup.docker.is_some() {
        unseen = unseen.or(Some(Unknown { reason: HoleReason::Runtime, place: Some(traefik.place) }));
    }
    let root = *files.first()?;
    let mut instance = TraefikInstance {
        holes: unseen.iter().cloned().collect(),
        accusable: repository.may_be_accused(root),
        placed_by: Vec::new(),
        assumptions: (placed == Placed::Elsewhere).then_some(Assumption::LikelyPairing).into_iter().collect(),
        reasons: links::reasons(&dynamic),
        startup,
        dynamic,
        unseen,
        listens: Vec::new(),
        targets: Vec::new(),
        patterns: patterns.clone(),
        blocks: Blocks::default(),
        files,
    };
    instance.listens = instance.all_listens();
    instance.targets = instance.all_targets();
    Some(instance)
}

/// The names of Traefik's labels in compose files that have no Traefik of their own: the same one may read them.
fn labels_of_others(wiring: &Wiring, services: &[&Service]) -> Vec<Arc<str>> {
    let own: BTreeSet<Place> = services.iter().map(|service| service.place).collect();
    let others = wiring.services.iter().filter(|service| !own.contains(&service.place));
    let labels = others.flat_map(|service| service.labels.iter().chain(&service.deploy_labels));
    let named = labels.map(|label| &label.name).filter(|name| name.to_ascii_lowercase().starts_with("traefik.http."));
    named.cloned().collect()
}

/// Whether a label defines what has this name.
fn is_defined(labels: &[Arc<str>], name: &str) -> bool {
    let name = name.rsplit_once('@').map_or(name, |(name, _)| name);
    labels.iter().any(|label| labels::parts(label).get(3).is_some_and(|part| *part == name))
}

impl Files {
    /// The files that are read, and why there may be more.
    fn found(&self, repository: &Repository, service: &Service) -> (Vec<FileId>, Option<Unknown>) {
        let missing = |path: &Arc<str>, place: Place| Unknown {
            reason: HoleReason::Unresolved(Arc::clone(path)),
            place: Some(place),
        };
        if let Some((path, place)) = &self.filename {
            return match sources::file_at(repository, service, path) {
                Some(id) => (vec![id], None),
                None => (Vec::new(), Some(missing(path, *place))),
            };
        }
        let Some((path, place)) = &self.directory else { return (Vec::new(), None) };
        let folder = service.repository_path(path.trim_end_matches('/'));
        let is_data = |name: &str| [".yml", ".yaml", ".toml"].iter().any(|ending| name.ends_with(ending));
        let found: Vec<FileId> = folder
            .iter()
            .flat_map(|folder| repository.below(folder))
            .filter(|(_, facts)| is_data(facts.path.name()))
            .map(|(id, _)| id)
            .collect();
        let hole = found.is_empty().then(|| missing(path, *place));
        (found, hole)
    }
}
