//! Which Traefiks there are, and what their providers say.

use std::collections::BTreeSet;

use super::TraefikInstance;
use super::dynamic::Dynamic;
use super::files::Read;
use super::labels::AllLabels;
use super::links::{self, Closed};
use super::names::Provider;
use super::select::Doors;
use super::sources::{self, Source};
use super::startup::Startup;
use super::version::{TraefikVersion, Version};
use super::way::Blocks;
use crate::base::{FileId, Limits, Place};
use crate::facts::HoleReason;
use crate::model::proxy::Patterns;
use crate::model::{Assumption, DeploymentKind, ProxyId, Service, ServiceId, Statement, Unknown, Wiring};

/// Finds the Traefiks of compose deployments, each with the labels of the services beside it. Where no image tag fixes the version, it
/// is the `declared` one.
pub fn discover(wiring: &mut Wiring, declared: Option<TraefikVersion>) {
    let running = running(wiring);
    if running.is_empty() {
        return;
    }
    let mut found: Vec<(usize, Option<ServiceId>, TraefikInstance)> = Vec::new();
    let context = Context { wiring, labels: AllLabels::of(wiring), patterns: Patterns::default(), declared };
    for (index, deployment) in wiring.deployments.iter().enumerate() {
        if deployment.kind != DeploymentKind::Compose {
            continue;
        }
        let services: Vec<(ServiceId, &Service)> =
            deployment.services.iter().filter_map(|id| with(wiring, *id)).collect();
        let own: Vec<ServiceId> = deployment.services.iter().copied().filter(|id| running.contains(id)).collect();
        if own.is_empty() {
            let routed = services.iter().any(|(_, service)| service.labels.iter().any(|label| is_router(&label.name)));
            if let Some(id) = the_one(wiring, &running).filter(|_| routed)
                && let Some(instance) = context.build(id, &services, Placed::Elsewhere)
            {
                found.push((index, None, instance));
            }
        }
        for id in own {
            if let Some(instance) = context.build(id, &services, Placed::Here) {
                found.push((index, Some(id), instance));
            }
        }
    }
    let of_labels = context.labels.limits.all();
    let service = |id: &ServiceId| wiring.services.get(id.0 as usize);
    if running.iter().filter_map(service).any(|service| !Version::is_fixed_by(service.tag.as_deref())) {
        wiring.taken.insert(Statement::TraefikVersion);
    }
    for (index, service, instance) in found {
        for (place, limit) in &of_labels {
            instance.limits.reached(*place, limit);
        }
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

/// A service beside its number.
fn with(wiring: &Wiring, id: ServiceId) -> Option<(ServiceId, &Service)> {
    wiring.services.get(id.0 as usize).map(|service| (id, service))
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

/// What every Traefik of a repository is built from.
struct Context<'w> {
    wiring: &'w Wiring,
    labels: AllLabels,
    patterns: Patterns,
    /// The version that is stated.
    declared: Option<TraefikVersion>,
}

impl Context<'_> {
    fn build(&self, id: ServiceId, services: &[(ServiceId, &Service)], placed: Placed) -> Option<TraefikInstance> {
        let repository = &self.wiring.repository;
        let traefik = self.wiring.services.get(id.0 as usize)?;
        let tag = traefik.tag.as_deref();
        let stated = self.declared.filter(|_| !Version::is_fixed_by(tag));
        let version = stated.map_or_else(|| Version::of_tag(tag), |stated| stated.0);
        if version == Version::V1 {
            return None;
        }
        let limits = Limits::default();
        let Source { root, file } = sources::of_service(repository, traefik, &limits)?;
        let startup = Startup::read(&root, version, &limits);
        let mut files: Vec<FileId> = file.into_iter().collect();
        let mut dynamic = Dynamic::default();
        let mut unseen = startup.other_providers.clone();
        let mut closed = vec![Provider::File, Provider::Docker, Provider::Swarm];
        // labels are read where containers are
        let is_read = |provider: &Provider| startup.labels.iter().any(|one| one.provider == *provider);
        closed.retain(|provider| *provider == Provider::File || is_read(provider));
        if let Some(provider) = &startup.files {
            let Read { files: read, dynamic: said, hole } = provider.read_all(repository, traefik, &startup, &limits);
            dynamic = said;
            files.extend(read);
            if hole.is_some() {
                closed.retain(|provider| *provider != Provider::File);
            }
            unseen = unseen.or(hole);
        }
        closed.retain(|provider| !startup.unsure.contains(provider));
        let elsewhere = (placed == Placed::Elsewhere).then_some((id, traefik));
        let labelled: Vec<(ServiceId, &Service)> = services.iter().copied().chain(elsewhere).collect();
        for docker in &startup.labels {
            for (id, service) in &labelled {
                self.labels.add(*id, service, docker, &startup, &mut dynamic);
                files.push(service.place.file);
            }
        }
        let is_reading = !startup.labels.is_empty();
        let labelled = labelled.iter().filter(|_| is_reading).map(|(_, one)| one.place).collect();
        files.push(traefik.place.file);
        let mut seen = BTreeSet::new();
        files.retain(|file| seen.insert(*file));
        dynamic.settle();
        let own: BTreeSet<Place> = services.iter().map(|(_, service)| service.place).collect();
        let has_others = !self.labels.places.is_subset(&own) && is_reading;
        links::settle(&startup, &mut dynamic, &Closed { providers: closed, labels: &self.labels, own: &own });
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
            limits,
            startup,
            dynamic,
            unseen,
            listens: Vec::new(),
            targets: Vec::new(),
            patterns: self.patterns.clone(),
            blocks: Blocks::default(),
            files,
        };
        instance.doors = instance.all_doors();
        instance.listens = instance.all_listens();
        instance.targets = instance.all_targets();
        Some(instance)
    }
}
