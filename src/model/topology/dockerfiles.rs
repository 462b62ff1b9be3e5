//! Images built by Dockerfiles that no compose file runs in production.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::commands::Act;
use super::compose_set::mode_of_words;
use super::image::{self, Build};
use super::kubernetes::shows_pages;
use super::packages::package_in;
use super::service::{Built, sorted, split_image};
use super::{add, placed, proxy, values};
use crate::base::{FileId, Place, RepoPath};
use crate::model::{Deployment, DeploymentId, DeploymentKind, Mode, Namespace, PackageId, ProxyId, Service, Wiring};

/// One deployment for all of them: something outside the repository runs them together.
pub fn join(wiring: &mut Wiring) {
    // of a cluster without an edge nobody knows who hands out its pages
    let stated: Vec<&Deployment> =
        wiring.deployments.iter().filter(|deployment| shows_pages(wiring, deployment)).collect();
    let known: BTreeSet<PackageId> = stated
        .iter()
        .flat_map(|deployment| &deployment.packages)
        .filter(|(_, mode)| *mode != Mode::Development)
        .map(|(package, _)| *package)
        .collect();
    // An image that compose runs for development alone may run elsewhere as it is.
    let for_more = |service: &&Service| {
        service.packages.is_empty() || service.packages.iter().any(|package| known.contains(package))
    };
    let used: BTreeSet<FileId> = stated
        .iter()
        .flat_map(|deployment| &deployment.services)
        .filter_map(|id| wiring.services.get(id.0 as usize))
        .filter(for_more)
        .filter_map(|service| service.dockerfile)
        .collect();
    let candidates: Vec<FileId> = wiring
        .repository
        .iter()
        .filter(|(id, facts)| facts.dockerfile.is_some() && facts.role.may_be_accused() && !used.contains(id))
        .filter(|(_, facts)| mode_of_words(facts.path.name()) != Some(Mode::Development))
        .map(|(id, _)| id)
        .collect();
    let proxies: BTreeSet<ProxyId> = stated.iter().flat_map(|deployment| &deployment.proxies).copied().collect();
    let mut taken: BTreeSet<PackageId> = BTreeSet::new();
    let mut built = Vec::new();
    for id in candidates {
        let Some(item) = build(wiring, id) else { continue };
        let packages = &item.service.packages;
        let brings_proxy =
            proxy::placed_in(wiring, &item.service, &Mode::Production).is_some_and(|nginx| !proxies.contains(&nginx));
        let fresh = packages.iter().any(|package| !known.contains(package) && !taken.contains(package));
        if fresh || brings_proxy {
            taken.extend(packages.iter().copied());
            built.push(item);
        }
    }
    let serves_pages = built
        .iter()
        .any(|item| !item.pages.is_empty() || item.service.image.as_deref().is_some_and(|i| i.contains("nginx")));
    if !serves_pages {
        return;
    }
    let several = built.len() > 1;
    add(wiring, Arc::from("images of the Dockerfiles"), DeploymentKind::Images, Mode::Production, built);
    if several && let Some(deployment) = wiring.deployments.last_mut() {
        deployment.pairing = crate::model::Pairing::Likely;
    }
}

fn build(wiring: &Wiring, file: FileId) -> Option<Built> {
    let facts = wiring.repository.get(file)?;
    let dockerfile = facts.dockerfile.as_deref()?;
    let context = placed::context(&wiring.repository, dockerfile, &facts.path.parent()?)?;
    let build = Build { file, context: context.clone(), target: None, args: Vec::new(), open: &|_| true };
    let image = image::image(&wiring.repository, &wiring.packages, &build)?;
    image.limits.iter().for_each(|place| wiring.limits.reached(Some(*place), &values::PIECES));
    let (name, tag) = split_image(image.base.as_deref());
    let place = Place::new(file, dockerfile.stages.get(image.stage)?.span);
    let workdir = image.workdir.as_deref();
    let source = placed::source_folder(&wiring.repository, &wiring.packages, &image.placed, workdir).or(Some(context));
    let mut pages: Vec<(PackageId, Mode, Place)> = Vec::new();
    for (folder, act, place) in &image.acts {
        if let (Act::Builds(mode), Some(package)) = (act, package_in(&wiring.packages, folder))
            && !pages.iter().any(|(known, ..)| *known == package)
        {
            pages.push((package, mode.clone(), *place));
        }
    }
    let serves_files = name.as_deref().is_some_and(|image| image.contains("nginx"));
    let own = source.as_ref().filter(|_| !serves_files).and_then(|folder| package_in(&wiring.packages, folder));
    let packages: BTreeSet<PackageId> = pages.iter().map(|(package, ..)| *package).chain(own).collect();
    let folder = facts.path.parent().unwrap_or_else(RepoPath::root);
    let label: Arc<str> = Arc::from(if folder.name().is_empty() { "app" } else { folder.name() });
    let commands = image.started(file, None);
    let service = Service {
        host_names: vec![Arc::clone(&label)],
        name: label,
        place,
        deployment: DeploymentId(0),
        image: name,
        tag,
        dockerfile: Some(file),
        stage: Some(image.stage),
        source,
        packages: packages.into_iter().collect(),
        environment: sorted(image.environment),
        build_environment: sorted(image.build_environment),
        open_environment: Some(place),
        published: Vec::new(),
        exposed: image.exposed,
        networks: Vec::new(),
        labels: Vec::new(),
        deploy_labels: Vec::new(),
        arguments: Vec::new(),
        namespace: Namespace::Container,
        proxy: None,
        stock_port: image.stock_port,
        commands,
        working_dir: image.workdir,
        placed: image.placed,
        foreign: false,
        pod: None,
    };
    Some(Built { service, pages, evidence: image.copies })
}
