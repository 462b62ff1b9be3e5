//! Which proxy runs where.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::{FileId, Place, RepoPath};
use crate::facts::FileFacts;
use crate::model::{DeploymentKind, Mode, ProxyId, Service, ServiceId, Wiring};

use super::compose_set::mode_of_words;
use crate::model::proxy::{Installed, Program, Proxy};

/// The proxy whose files a service has at the places where nginx reads them.
pub fn placed_in(wiring: &Wiring, service: &Service, mode: &Mode) -> Option<ProxyId> {
    let repository = &wiring.repository;
    let sources: BTreeSet<&RepoPath> = service.placed.iter().map(|(_, source)| source).collect();
    let inside = sources.iter().flat_map(|source| repository.below(source).map(|(file, _)| file));
    let placed: BTreeSet<FileId> = sources.iter().filter_map(|source| repository.find(source)).chain(inside).collect();
    let mut best: Option<(u8, Reverse<ProxyId>)> = None;
    for file in placed {
        let Some(facts) = repository.get(file) else { continue };
        for (id, proxy) in
            wiring.index.proxies_with(wiring, file).iter().filter_map(|id| Some((*id, wiring.proxies.get(*id)?)))
        {
            best = best.max(rank(service, facts, mode, proxy.program()).map(|rank| (rank, Reverse(id))));
        }
    }
    best.map(|(_, Reverse(id))| id)
}

/// How well a file is placed for a program, of the paths at which a service has it.
fn rank(service: &Service, facts: &FileFacts, mode: &Mode, program: &Program) -> Option<u8> {
    let by_image = service.image.as_deref().is_some_and(|image| program.is_image(image));
    let installed = if by_image { Installed::ByImage } else { Installed::Unsaid };
    let at = service.placed.iter().filter_map(|(target, source)| {
        if *source == facts.path {
            return Some(target.to_string());
        }
        let rest = facts.path.is_under(source).then(|| facts.path.as_str().get(source.as_str().len()..))??;
        Some(format!("{}/{}", target.trim_end_matches('/'), rest.trim_start_matches('/')))
    });
    let read = at.filter_map(|path| (program.reads)(&path, installed));
    let words = mode_of_words(facts.path.name());
    let fits = u8::from(words.as_ref() == Some(mode));
    read.max().map(|base: u8| base + fits)
}

/// The files of a proxy that no mount or copy places belong to the compose sets whose services it forwards to.
pub fn join_by_upstream(wiring: &mut Wiring) {
    let placed: BTreeSet<ProxyId> =
        wiring.deployments.iter().flat_map(|deployment| deployment.proxies.clone()).collect();
    let loose: Vec<ProxyId> = wiring.proxies.ids().filter(|id| !placed.contains(id) && speaks(wiring, *id)).collect();
    let named = named_hosts(wiring);
    for id in loose {
        let Some(program) = wiring.proxies.get(id).map(Proxy::program) else { continue };
        // what is in a manifest runs in a cluster, or nowhere
        let root = wiring.proxies.get(id).and_then(Proxy::root).and_then(|root| wiring.repository.get(root));
        if root.is_some_and(|facts| facts.kubernetes.is_some()) {
            continue;
        }
        let hosts = hosts(wiring, id);
        let mode = root_mode(wiring, id);
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for index in hosts.iter().filter_map(|host| named.get(host)).flatten() {
            *counts.entry(*index).or_default() += 1;
        }
        let Some(most) = counts.values().copied().max() else { continue };
        let empty = |index: usize| empty_service(wiring, index, program).is_some();
        let mut candidates: Vec<usize> =
            counts.iter().filter(|(_, count)| **count == most).map(|(index, _)| *index).collect();
        if candidates.iter().any(|index| empty(*index)) {
            candidates.retain(|index| empty(*index));
        }
        if let Some(mode) = mode {
            let fits = |index: &usize| {
                wiring
                    .deployments
                    .get(*index)
                    .is_some_and(|deployment| mode_of_words(&deployment.name) == Some(mode.clone()))
            };
            if candidates.iter().any(fits) {
                candidates.retain(fits);
            }
        }
        for index in candidates {
            let service = empty_service(wiring, index, program);
            if let Some(service) = service.and_then(|id| wiring.services.get_mut(id.0 as usize)) {
                service.proxy = Some(id);
            }
            let place = root_place(wiring, id);
            let Some(deployment) = wiring.deployments.get_mut(index) else { continue };
            // A deployment with a proxy of its own that is in a service needs no other.
            if service.is_some() || deployment.proxies.is_empty() {
                deployment.proxies.push(id);
                deployment.evidence.extend(place);
            }
        }
    }
}

/// The one service that runs the program of a proxy, and of which no file is known. Of several, each may be the one.
fn empty_service(wiring: &Wiring, deployment: usize, program: &Program) -> Option<ServiceId> {
    let deployment = wiring.deployments.get(deployment)?;
    let mut empty = deployment.services.iter().copied().filter(|id| {
        wiring.services.get(id.0 as usize).is_some_and(|service| {
            service.proxy.is_none() && service.image.as_deref().is_some_and(|image| program.is_image(image))
        })
    });
    empty.next().filter(|_| empty.next().is_none())
}

/// Whether a finding may come from this proxy: its root file is no example.
pub fn speaks(wiring: &Wiring, id: ProxyId) -> bool {
    let root = wiring.proxies.get(id).and_then(Proxy::root);
    root.is_some_and(|root| wiring.repository.may_be_accused(root))
}

/// The first byte of the root file.
pub fn root_place(wiring: &Wiring, id: ProxyId) -> Option<Place> {
    wiring.proxies.get(id)?.first_place()
}

fn root_mode(wiring: &Wiring, id: ProxyId) -> Option<Mode> {
    let root = wiring.proxies.get(id)?.root()?;
    mode_of_words(wiring.repository.get(root)?.path.name())
}

/// Host names that a proxy forwards to.
pub fn hosts(wiring: &Wiring, id: ProxyId) -> BTreeSet<String> {
    wiring.proxies.get(id).map(|proxy| proxy.hosts()).unwrap_or_default()
}

/// The deployments of compose files by the host names of their services.
fn named_hosts(wiring: &Wiring) -> BTreeMap<String, BTreeSet<usize>> {
    let mut named: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (index, deployment) in wiring.deployments.iter().enumerate() {
        if deployment.kind != DeploymentKind::Compose {
            continue;
        }
        let services = deployment.services.iter().filter_map(|id| wiring.services.get(id.0 as usize));
        for name in services.flat_map(|service| &service.host_names).map(|name| name.to_ascii_lowercase()) {
            if name != "localhost" {
                named.entry(name).or_default().insert(index);
            }
        }
    }
    named
}
