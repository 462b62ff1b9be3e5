//! The deployment of a set of manifests: each container of a pod is a service, each Service a name in front of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::binding_set::BindingSet;
use super::image::Image;
use super::kubernetes_image::{Images, Joined};
use super::service::{Built, Room, SETTINGS, sorted, split_image};
use super::service_packages::Sources;
use super::{add, next_deployment, placed};
use crate::base::{FileId, Limit, Limits, Place, RepoPath};
use crate::facts::CommandFact;
use crate::model::kubernetes::{
    Cluster, Container, Discovered, Front, Keeps, Loopback, MOST_ALIKE, PortTarget, Reach, Runs, Selected,
    ServiceObject, Workload, is_alike, is_near,
};
use crate::model::{
    Deployment, DeploymentKind, Mode, Namespace, PackageId, Pairing, Pod, PublishedPort, Service, ServiceId, Wiring,
};

/// Adds the deployment of a cluster in which something of the repository runs.
pub(super) fn link(wiring: &mut Wiring, found: &Discovered, images: &Images, room: &Room) {
    let cluster = &found.cluster;
    let first = wiring.services.len();
    let selected = Selection::new(cluster, &wiring.limits);
    let Containers { built, owners, pairing } = Builder { wiring, images, cluster, room }.all(&selected);
    let runs_ours = built.iter().any(|item| {
        !item.service.packages.is_empty() || super::proxy::placed_in(wiring, &item.service, &Mode::Production).is_some()
    });
    if !runs_ours {
        return;
    }
    let mode = cluster.set.mode.clone().unwrap_or(Mode::Production);
    let at = wiring.deployments.len();
    add(wiring, Arc::clone(&cluster.set.name), DeploymentKind::Cluster, mode, built);
    let ids = |index: usize| u32::try_from(first + index).ok().map(ServiceId);
    let mut behind: BTreeMap<usize, Vec<ServiceId>> = BTreeMap::new();
    for (index, workload) in owners.iter().enumerate() {
        for service in selected.of_workload.get(workload).into_iter().flatten() {
            behind.entry(*service).or_default().extend(ids(index));
        }
    }
    let front = |(index, service): (usize, &ServiceObject)| {
        let pods = selected.pods(cluster, index, service, behind.remove(&index).unwrap_or_default());
        front(service, pods)
    };
    let fronts = cluster.services.iter().enumerate().map(front).collect();
    if let Some(deployment) = wiring.deployments.get_mut(at) {
        deployment.pairing = pairing;
        deployment.proxies.extend(found.ingress);
        deployment.fronts.all = fronts;
        deployment.fronts.is_whole = cluster.set.is_whole;
        deployment.fronts.ingress = found.ingress;
    }
}

/// Whether files say who hands out the pages of a deployment: of a cluster without an edge something else does.
pub(in crate::model) fn shows_pages(wiring: &Wiring, deployment: &Deployment) -> bool {
    if deployment.kind != DeploymentKind::Cluster {
        return true;
    }
    let mut services = deployment.services.iter().filter_map(|id| wiring.services.get(id.0 as usize));
    let is_read = |id| wiring.proxies.get(id).is_some_and(|proxy| proxy.holes().is_empty());
    deployment.fronts.ingress.is_some_and(is_read)
        || services.any(|service| service.published.iter().any(|published| published.host.is_some()))
}

/// Which Services select which workloads, by their numbers.
#[derive(Debug, Default)]
struct Selection {
    of_workload: BTreeMap<usize, Vec<usize>>,
    /// Services that select pods which end by themselves.
    passing: BTreeSet<usize>,
    /// Whether some labels, or some Services, are not known.
    is_open: bool,
}

impl Selection {
    fn new(cluster: &Cluster, limits: &Limits) -> Self {
        let mut by_label: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (index, service) in cluster.services.iter().enumerate() {
            let first = service.selector.as_ref().and_then(|selector| selector.labels.first());
            if let Some((name, value)) = first {
                by_label.entry((name, value)).or_default().push(index);
            }
        }
        let mut found = Self { is_open: cluster.workloads.iter().any(is_open), ..Self::default() };
        let mut pairs = 0;
        for (index, workload) in cluster.workloads.iter().enumerate() {
            for (name, value) in &workload.labels {
                for candidate in by_label.get(&(&**name, &**value)).into_iter().flatten() {
                    pairs += 1;
                    if pairs > PAIRS.most_items() {
                        limits.reached(Some(workload.place), &PAIRS);
                        return Self { is_open: true, ..Self::default() };
                    }
                    if cluster.services.get(*candidate).is_some_and(|service| selects(service, workload)) {
                        found.of_workload.entry(index).or_default().push(*candidate);
                        found.passing.extend((workload.runs == Runs::ToItsEnd).then_some(*candidate));
                    }
                }
            }
        }
        found
    }

    /// What is behind a Service of this number, of whose containers these are known.
    fn pods(&self, cluster: &Cluster, index: usize, service: &ServiceObject, behind: Vec<ServiceId>) -> Selected {
        let is_known = cluster.set.is_whole && !self.is_open && !self.passing.contains(&index);
        match &service.selector {
            Some(_) if !behind.is_empty() => Selected::Containers(behind),
            Some(selector) if is_known && !selector.is_open && is_missed(cluster, service) => {
                Selected::Nothing(selector.place)
            }
            _ => Selected::Unknown,
        }
    }
}

/// Whether nobody knows which pods these are, or what runs in them.
fn is_open(workload: &Workload) -> bool {
    workload.open_labels || workload.containers.is_empty() && workload.runs == Runs::On
}

/// Pairs of Services and workloads that are compared.
const PAIRS: Limit = Limit::new(
    100_000,
    "pairs of Services and pods with a label in common",
    "which pods are behind the Services is unknown",
    "check parts of the repository by themselves",
);

fn selects(service: &ServiceObject, workload: &Workload) -> bool {
    let near = is_near(workload.namespace.as_deref(), service.namespace.as_deref());
    let labels =
        service.selector.as_ref().filter(|selector| !selector.is_open).map(|selector| selector.labels.as_slice());
    near && labels.is_some_and(|labels| {
        !labels.is_empty() && labels.iter().all(|(name, value)| workload.labels.get(name) == Some(value))
    })
}

/// Whether a workload may be meant by a Service that selects none: others may be started from elsewhere.
fn is_missed(cluster: &Cluster, service: &ServiceObject) -> bool {
    let staying = cluster.workloads.iter().filter(|workload| workload.runs == Runs::On);
    let near = staying.filter(|workload| is_near(workload.namespace.as_deref(), service.namespace.as_deref()));
    near.take(MOST_ALIKE).any(|workload| is_alike(&workload.name, &service.name))
}

/// The name of a Service with what is behind it.
fn front(service: &ServiceObject, pods: Selected) -> Front {
    Front {
        name: Arc::clone(&service.name),
        namespace: service.namespace.clone(),
        place: service.place,
        ports: service.ports.clone(),
        open_ports: service.open_ports,
        reach: service.reach,
        pods,
        binds_clients: service.binds_clients,
    }
}

struct Builder<'a> {
    wiring: &'a Wiring,
    images: &'a Images,
    cluster: &'a Cluster,
    room: &'a Room,
}

/// The containers of a cluster.
struct Containers {
    built: Vec<Built>,
    /// For each of them the workload that it is of.
    owners: Vec<usize>,
    /// How sure it is that they are what the repository holds.
    pairing: Pairing,
}

impl Builder<'_> {
    /// All containers.
    fn all(&self, selected: &Selection) -> Containers {
        let mut found = Containers { built: Vec::new(), owners: Vec::new(), pairing: self.cluster.set.pairing };
        for (index, workload) in self.cluster.workloads.iter().enumerate() {
            let reached = selected.of_workload.get(&index).into_iter().flatten();
            let reached: Vec<&ServiceObject> = reached.filter_map(|index| self.cluster.services.get(*index)).collect();
            for container in &workload.containers {
                let size = container.environment.len() + 1;
                if !self.room.take(size) {
                    self.wiring.limits.reached(Some(container.place), &SETTINGS);
                    return found;
                }
                let (built, joined) = self.container(workload, container, &reached);
                if joined == Some(Joined::ByPart) {
                    found.pairing = found.pairing.max(Pairing::Likely);
                }
                found.built.push(built);
                found.owners.push(index);
            }
        }
        found
    }

    fn container(
        &self,
        workload: &Workload,
        container: &Container,
        reached: &[&ServiceObject],
    ) -> (Built, Option<Joined>) {
        let repository = &self.wiring.repository;
        let named = container.image.as_ref().map(|(name, _)| &**name);
        let known = named.and_then(|name| self.images.find(self.wiring, self.room, name, container.place));
        let folder = named.filter(|_| known.is_none()).and_then(|name| self.images.folder(name));
        let joined = known.as_ref().map(|known| known.joined).or(folder.as_ref().map(|(_, joined)| *joined));
        let folder = folder.map(|(folder, _)| folder);
        let (dockerfile, image) = known.map(|known| (known.dockerfile, known.image)).unzip();
        let base = image.as_ref().and_then(|image| image.base.clone());
        let (name, tag) = split_image(base.as_deref().or(named));
        let mut placed = image.as_ref().map(|image| image.placed.clone()).unwrap_or_default();
        placed.extend(container.mounts.iter().cloned());
        let mut evidence: Vec<Place> = image.as_ref().map(|image| image.copies.clone()).unwrap_or_default();
        evidence.extend(container.mounted_by.iter().copied());
        evidence.extend(container.image.iter().map(|(_, place)| *place));
        let working_dir =
            container.working_dir.clone().or_else(|| image.as_ref().and_then(|image| image.workdir.clone()));
        let source = placed::source_folder(repository, &self.wiring.packages, &placed, working_dir.as_deref());
        let commands = commands(container, dockerfile.zip(image.as_ref()));
        let sources = Sources { repository, packages: &self.wiring.packages };
        // without a Dockerfile the command or the name of the image says whose code it is
        let started = commands.iter().find_map(|(_, command)| sources.started(&RepoPath::root(), command));
        let of_command = started.filter(|_| image.is_none()).and_then(|id| self.root(id));
        let source = source.or(of_command).or(folder);
        let mut bindings = BindingSet::of(image.as_ref().map(|image| image.environment.clone()).unwrap_or_default());
        bindings.extend(container.environment.iter().cloned());
        let is_known = image.is_some();
        let mut service = Service {
            name: self.name(workload, container),
            place: workload.place,
            deployment: next_deployment(self.wiring),
            host_names: reached.iter().map(|service| Arc::clone(&service.name)).collect(),
            image: name,
            tag,
            dockerfile,
            stage: image.as_ref().map(|image| image.stage),
            foreign: !is_known && source.is_none(),
            source,
            packages: Vec::new(),
            environment: sorted(bindings.into_vec()),
            build_environment: image.as_ref().map(|image| sorted(image.build_environment.clone())).unwrap_or_default(),
            // what an image that is not known sets
            open_environment: container.open_environment.or((!is_known).then_some(container.place)),
            published: published(container, reached),
            exposed: exposed(container, image.as_ref()),
            networks: Vec::new(),
            labels: Vec::new(),
            deploy_labels: Vec::new(),
            arguments: Vec::new(),
            namespace: match workload.loopback {
                Loopback::Own => Namespace::Container,
                Loopback::Shared => Namespace::Unknown,
            },
            proxy: None,
            // what its volumes hold is not known
            stock_port: None,
            commands,
            working_dir,
            placed,
            pod: Some(Pod {
                namespace: workload.namespace.clone(),
                replicas: workload.replicas,
                port_names: container.ports.iter().filter_map(|(name, port, _)| Some((name.clone()?, *port))).collect(),
                open_ports: container.open_ports,
            }),
        };
        let pages = sources.pages(&service, image.as_ref());
        sources.settle_packages(&mut service, &pages);
        (Built { service, pages, evidence }, joined)
    }

    fn root(&self, id: PackageId) -> Option<RepoPath> {
        self.wiring.packages.get(id.0 as usize).map(|package| package.root.clone())
    }

    fn name(&self, workload: &Workload, container: &Container) -> Arc<str> {
        match workload.containers.len() {
            0 | 1 => Arc::clone(&workload.name),
            _ => format!("{}/{}", workload.name, container.name).into(),
        }
    }
}

/// What runs: what the manifest says, and what it leaves of the image's own.
fn commands(container: &Container, image: Option<(FileId, &Image)>) -> Vec<(FileId, CommandFact)> {
    let given = container.command.as_ref().map(|(file, command)| (*file, command));
    match (container.keeps, image) {
        (Keeps::Everything, Some((file, image))) => image.started(file, None),
        (Keeps::EntryPoint, Some((file, image))) if given.is_some() => image.started(file, given),
        (Keeps::Nothing, _) | (Keeps::EntryPoint, None) => {
            given.into_iter().map(|(file, command)| (file, command.clone())).collect()
        }
        // the arguments are not known, or nothing is
        (Keeps::EntryPoint, Some(_)) | (Keeps::Everything, None) => Vec::new(),
    }
}

fn exposed(container: &Container, image: Option<&Image>) -> Vec<(u16, Place)> {
    let own = container.ports.iter().map(|(_, port, place)| (*port, *place));
    image.map(|image| image.exposed.clone()).unwrap_or_default().into_iter().chain(own).collect()
}

/// The ports of the outside that lead to a container.
fn published(container: &Container, reached: &[&ServiceObject]) -> Vec<PublishedPort> {
    let mut found = Vec::new();
    for service in reached {
        for port in &service.ports {
            let target = match &port.target {
                PortTarget::Number(number) => Some(*number),
                PortTarget::Name(name) => {
                    container.ports.iter().find(|(own, ..)| own.as_ref() == Some(name)).map(|(_, port, _)| *port)
                }
                PortTarget::Unknown => None,
            };
            let host = match service.reach {
                Reach::LoadBalancer => port.port,
                Reach::Node => port.node,
                Reach::Cluster | Reach::Headless | Reach::Elsewhere => continue,
            };
            found.push(PublishedPort { host, container: target, loopback_only: false, place: port.place });
        }
    }
    found
}
