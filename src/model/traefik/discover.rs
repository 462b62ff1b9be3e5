//! Which Traefiks there are, and what their providers say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::TraefikInstance;
use super::answer::Blocks;
use super::dynamic::{Dynamic, Provider, Router};
use super::labels;
use super::links::{self, Closed};
use super::select::Doors;
use super::setting::{Setting, with_gaps};
use super::sources::{self, Source};
use super::startup::{Files, Startup};
use super::version::Version;
use crate::base::{FileId, Limits, Place, RepoPath};
use crate::facts::{HoleReason, Repository};
use crate::model::proxy::Patterns;
use crate::model::{Assumption, DeploymentKind, ProxyId, Service, ServiceId, Unknown, Wiring};

/// Finds the Traefiks of compose deployments, each with the labels of the services beside it.
pub fn discover(wiring: &mut Wiring) {
    let patterns = Patterns::default();
    let mut found: Vec<(usize, Option<ServiceId>, TraefikInstance)> = Vec::new();
    let running = running(wiring);
    let labels = Labels::of(wiring);
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
                && let Some(instance) = build(wiring, id, &services, Placed::Elsewhere, &labels, &patterns)
            {
                found.push((index, None, instance));
            }
        }
        for id in own {
            if let Some(instance) = build(wiring, id, &services, Placed::Here, &labels, &patterns) {
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
    labels: &Labels,
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
    let mut closed = vec![Provider::File, Provider::Docker, Provider::Swarm];
    // labels are read where containers are
    closed.retain(|provider| *provider == Provider::File || startup.labels.iter().any(|one| one.provider == *provider));
    if let Some(provider) = &startup.files {
        let Found { files: found, mut hole } = provider.found(repository, traefik);
        for id in found {
            let Some(facts) = repository.get(id) else { continue };
            if !sources::is_whole(facts) {
                let reason = HoleReason::Unresolved(facts.path.as_str().into());
                hole = hole.or(Some(Unknown { reason, place: provider.place() }));
            }
            let Some(data) = facts.data.as_deref() else { continue };
            let root = Setting::of_file(id, data);
            if let Some(http) = root.get("http") {
                let mut one = Dynamic::default();
                one.add(http, startup.reading(Provider::File));
                if !sources::is_whole(facts) {
                    one.routers = one.routers.into_iter().map(Router::doubted).collect();
                }
                dynamic.add_file(one);
            }
            files.push(id);
        }
        if hole.is_some() {
            closed.retain(|provider| *provider != Provider::File);
        }
        unseen = unseen.or(hole);
    }
    closed.retain(|provider| !startup.unsure.contains(provider));
    let elsewhere = (placed == Placed::Elsewhere).then_some(traefik);
    let labelled: Vec<&Service> = services.iter().copied().chain(elsewhere).collect();
    for docker in &startup.labels {
        for service in &labelled {
            labels::add(service, docker, &startup, &mut dynamic);
            files.push(service.place.file);
        }
    }
    let labelled = if startup.labels.is_empty() { Vec::new() } else { labelled.iter().map(|one| one.place).collect() };
    files.push(traefik.place.file);
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(*file));
    dynamic.settle();
    let own: BTreeSet<Place> = services.iter().map(|service| service.place).collect();
    let has_others = !labels.places.is_subset(&own) && !startup.labels.is_empty();
    links::settle(&startup, &mut dynamic, &Closed { providers: closed, labels, own: &own });
    if has_others {
        unseen = unseen.or(Some(Unknown { reason: HoleReason::Runtime, place: Some(traefik.place) }));
    }
    let root = *files.first()?;
    let mut instance = TraefikInstance {
        accusable: repository.may_be_accused(root),
        labelled,
        assumptions: (placed == Placed::Elsewhere).then_some(Assumption::LikelyPairing).into_iter().collect(),
        reasons: links::reasons(&startup, &dynamic),
        doors: Doors::default(),
        limits: Limits::default(),
        startup,
        dynamic,
        unseen,
        listens: Vec::new(),
        targets: Vec::new(),
        patterns: patterns.clone(),
        blocks: Blocks::default(),
        files,
    };
    instance.doors = instance.all_doors();
    instance.listens = instance.all_listens();
    instance.targets = instance.all_targets();
    Some(instance)
}

/// The services that define a name, which is without provider, by their places.
pub(super) type Defined = BTreeMap<Arc<str>, BTreeSet<Place>>;

/// What the labels of all services define. Those of compose files without a Traefik of their own the same one may read.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Middlewares.
    pub middlewares: Defined,
    /// Services of Traefik.
    pub services: Defined,
    /// The services that define something.
    places: BTreeSet<Place>,
}

impl Labels {
    fn of(wiring: &Wiring) -> Self {
        let mut found = Self::default();
        for service in &wiring.services {
            for label in service.labels.iter().chain(&service.deploy_labels) {
                if !label.name.to_ascii_lowercase().starts_with("traefik.http.") {
                    continue;
                }
                found.places.insert(service.place);
                let parts = labels::parts(&label.name);
                let (Some(kind), Some(name)) = (parts.get(2), parts.get(3)) else { continue };
                let names = match kind.to_ascii_lowercase().as_str() {
                    "middlewares" => &mut found.middlewares,
                    "services" => &mut found.services,
                    _ => continue,
                };
                names.entry(Arc::from(with_gaps(name))).or_default().insert(service.place);
            }
        }
        found
    }
}

/// What the file provider reads.
struct Found {
    /// In the order in which it reads them.
    files: Vec<FileId>,
    /// Why there may be more.
    hole: Option<Unknown>,
}

impl Files {
    /// Where it says what is read.
    fn place(&self) -> Option<Place> {
        self.directory.as_ref().or(self.filename.as_ref()).map(|(_, place)| *place)
    }

    /// The files that are read. A folder goes before a file.
    fn found(&self, repository: &Repository, service: &Service) -> Found {
        let missing = |path: &str, place: Place| {
            Some(Unknown { reason: HoleReason::Unresolved(Arc::from(path)), place: Some(place) })
        };
        if let Some((path, place)) = &self.directory {
            let folder = sources::path_at(service, path.trim_end_matches('/'));
            let mut paths: Vec<&RepoPath> =
                folder.iter().flat_map(|folder| paths_below(repository, folder)).filter(|path| is_data(path)).collect();
            // each folder by its names
            paths.sort_by(|one, other| one.parts().cmp(other.parts()));
            let mut hole = paths.is_empty().then(|| missing(path, *place)).flatten();
            let mut files = Vec::new();
            for path in paths {
                match repository.find(path) {
                    Some(id) => files.push(id),
                    None => hole = hole.or_else(|| missing(path.as_str(), *place)),
                }
            }
            return Found { files, hole };
        }
        let Some((path, place)) = &self.filename else { return Found { files: Vec::new(), hole: None } };
        match sources::file_at(repository, service, path) {
            Some(id) => Found { files: vec![id], hole: None },
            None => Found { files: Vec::new(), hole: missing(path, *place) },
        }
    }
}

/// The paths below a folder, of files that are read and of others.
fn paths_below<'r>(repository: &'r Repository, folder: &RepoPath) -> impl Iterator<Item = &'r RepoPath> + use<'r> {
    let folder = folder.clone();
    let inside = repository.paths.range(folder.clone()..);
    let beginning = folder.clone();
    let near = inside.take_while(move |path| path.as_str().starts_with(beginning.as_str()));
    near.filter(move |path| path.is_under(&folder))
}

/// Whether the file provider reads a file, by the end of its name.
fn is_data(path: &RepoPath) -> bool {
    ["yml", "yaml", "toml"].iter().any(|ending| path.extension().eq_ignore_ascii_case(ending))
}
