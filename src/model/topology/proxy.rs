//! Which nginx runs where.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::base::{FileId, Place, RepoPath};
use crate::facts::{Directive, FileFacts};
use crate::model::{DeploymentKind, Mode, NginxId, Service, ServiceId, Wiring};

use super::compose_set::mode_of_words;

/// The nginx whose files a service has at the places where nginx reads them.
pub fn placed_in(wiring: &Wiring, service: &Service, mode: &Mode) -> Option<NginxId> {
    let runs_nginx =
        service.image.as_deref().is_some_and(|image| image.contains("nginx") || image.contains("openresty"));
    let repository = &wiring.repository;
    let sources: BTreeSet<&RepoPath> = service.placed.iter().map(|(_, source)| source).collect();
    let inside = sources.iter().flat_map(|source| repository.below(source).map(|(file, _)| file));
    let placed: BTreeSet<FileId> = sources.iter().filter_map(|source| repository.find(source)).chain(inside).collect();
    let mut best: Option<(u8, Reverse<NginxId>)> = None;
    for file in placed {
        let instances = wiring.index.nginx_with(wiring, file);
        let Some(facts) = repository.get(file).filter(|_| !instances.is_empty()) else { continue };
        if let Some(rank) = rank(service, facts, mode, runs_nginx) {
            best = best.max(instances.iter().map(|id| (rank, Reverse(*id))).max());
        }
    }
    best.map(|(_, Reverse(id))| id)
}

/// How well a file is placed: a main file best, then what `conf.d` and `templates` hold.
fn rank(service: &Service, facts: &FileFacts, mode: &Mode, runs_nginx: bool) -> Option<u8> {
    let at = service.placed.iter().filter_map(|(target, source)| {
        if *source == facts.path {
            return Some(target.to_string());
        }
        let rest = facts.path.is_under(source).then(|| facts.path.as_str().get(source.as_str().len()..))??;
        Some(format!("{}/{}", target.trim_end_matches('/'), rest.trim_start_matches('/')))
    });
    let read = at.filter(|path| runs_nginx || in_system_folder(path)).filter_map(|path| {
        let in_nginx = path.contains("/nginx/");
        let base = if path.ends_with("/nginx.conf") && in_nginx {
            6
        } else if (path.contains("/conf.d/") || path.contains("/sites-enabled/") || path.contains("/http.d/"))
            && (path.ends_with(".conf") || path.contains("/sites-enabled/"))
            || path.contains("/templates/") && in_nginx
        {
            4
        } else if in_nginx && runs_nginx {
            2
        } else {
            return None;
        };
        Some(base)
    });
    let words = mode_of_words(facts.path.name());
    let fits = u8::from(words.as_ref() == Some(mode));
    read.max().map(|base: u8| base + fits)
}

/// Whether an installed nginx may read a path: what an application's image holds of the repository's own folders
/// (`COPY . /app`) is no configuration of its own.
fn in_system_folder(path: &str) -> bool {
    const FOLDERS: [&str; 9] = [
        "/etc/",
        "/usr/local/nginx/",
        "/usr/local/openresty/",
        "/usr/local/etc/",
        "/opt/bitnami/",
        "/opt/nginx/",
        "/opt/openresty/",
        "/config/",
        "/nginx/",
    ];
    FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// An nginx file that no mount or copy places belongs to the compose sets whose services it forwards to.
pub fn join_by_upstream(wiring: &mut Wiring) {
    let placed: BTreeSet<NginxId> =
        wiring.deployments.iter().flat_map(|deployment| deployment.proxies.clone()).collect();
    let loose: Vec<NginxId> = (0u32..)
        .map(NginxId)
        .take(wiring.nginx.len())
        .filter(|id| !placed.contains(id) && speaks(wiring, *id))
        .collect();
    let named = named_hosts(wiring);
    for id in loose {
        let hosts = hosts(wiring, id);
        let mode = root_mode(wiring, id);
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for index in hosts.iter().filter_map(|host| named.get(host)).flatten() {
            *counts.entry(*index).or_default() += 1;
        }
        let Some(most) = counts.values().copied().max() else { continue };
        let empty = |index: usize| empty_nginx(wiring, index).is_some();
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
            let service = empty_nginx(wiring, index);
            if let Some(service) = service.and_then(|id| wiring.services.get_mut(id.0 as usize)) {
                service.nginx = Some(id);
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

/// A service that runs nginx of which no file is known.
fn empty_nginx(wiring: &Wiring, deployment: usize) -> Option<ServiceId> {
    let deployment = wiring.deployments.get(deployment)?;
    deployment.services.iter().copied().find(|id| {
        wiring.services.get(id.0 as usize).is_some_and(|service| {
            service.nginx.is_none() && service.image.as_deref().is_some_and(|image| image.contains("nginx"))
        })
    })
}

/// Whether a finding may come from this nginx: its root file is no example.
pub fn speaks(wiring: &Wiring, id: NginxId) -> bool {
    let root = wiring.nginx.get(id.0 as usize).and_then(|instance| instance.root);
    root.is_some_and(|root| wiring.repository.may_be_accused(root))
}

/// The first byte of the root file.
pub fn root_place(wiring: &Wiring, id: NginxId) -> Option<Place> {
    let root = wiring.nginx.get(id.0 as usize)?.root?;
    let first = wiring.repository.get(root)?.nginx.as_deref()?.directives.first()?;
    Some(Place::new(root, first.name_span))
}

fn root_mode(wiring: &Wiring, id: NginxId) -> Option<Mode> {
    let root = wiring.nginx.get(id.0 as usize)?.root?;
    mode_of_words(wiring.repository.get(root)?.path.name())
}

/// Host names that an nginx forwards to.
pub fn hosts(wiring: &Wiring, id: NginxId) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let files = wiring.nginx.get(id.0 as usize).map(|instance| instance.files.as_slice()).unwrap_or_default();
    for file in files {
        let directives = wiring.repository.get(*file).and_then(|facts| facts.nginx.as_deref());
        let mut queue: Vec<&Directive> = directives.map(|file| file.directives.iter().collect()).unwrap_or_default();
        while let Some(directive) = queue.pop() {
            let block = directive.block.as_deref().unwrap_or_default();
            queue.extend(block);
            if matches!(&*directive.name, "proxy_pass" | "server" | "set" | "grpc_pass" | "uwsgi_pass")
                && directive.block.is_none()
            {
                let text = directive.args.last().map(|arg| &*arg.text).unwrap_or_default();
                let text = if &*directive.name == "server" { directive.arg(0).unwrap_or_default() } else { text };
                let host = text.split("://").last().unwrap_or(text).split([':', '/']).next().unwrap_or("");
                if !host.is_empty() && !host.contains('$') {
                    found.insert(host.to_ascii_lowercase());
                }
            }
        }
    }
    found
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
