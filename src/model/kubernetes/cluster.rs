//! What a set of manifests says: workloads, Services, and what is in front of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::object::Object;
use super::sets::ManifestSet;
use super::tree::Node;
use super::variables::Variables;
use super::workloads::{self, Workload};
use crate::base::Place;
use crate::facts::Repository;

/// Everything that one set of manifests runs.
#[derive(Clone, Debug)]
pub(in crate::model) struct Cluster {
    /// The manifests.
    pub set: ManifestSet,
    /// What starts pods.
    pub workloads: Vec<Workload>,
    /// Its Services.
    pub services: Vec<ServiceObject>,
    /// The Services by their names, as written and as the cluster knows them.
    by_name: BTreeMap<Arc<str>, OfName>,
}

/// A Service.
#[derive(Clone, Debug)]
pub(in crate::model) struct ServiceObject {
    /// Its name.
    pub name: Arc<str>,
    /// Its name in the manifest.
    pub written: Arc<str>,
    /// Its namespace.
    pub namespace: Option<Arc<str>>,
    /// Where its name is written.
    pub place: Place,
    /// The labels of the pods behind it, with their places; none for a Service whose pods others name.
    pub selector: Option<Selector>,
    /// Its ports.
    pub ports: Vec<FrontPort>,
    /// Whether it has more ports than are known.
    pub open_ports: bool,
    /// How it is reached.
    pub reach: Reach,
    /// `sessionAffinity: ClientIP`.
    pub binds_clients: bool,
}

/// The labels of pods.
#[derive(Clone, Debug)]
pub(in crate::model) struct Selector {
    /// Names and values.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// Where they are written.
    pub place: Place,
    /// Whether some of them are not known.
    pub is_open: bool,
}

/// From where a Service is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Reach {
    /// By its own address, inside of the cluster.
    Cluster,
    /// By the addresses of the pods: names lead to them, and ports are theirs.
    Headless,
    /// By its ports on a load balancer.
    LoadBalancer,
    /// By a port of every machine.
    Node,
    /// It stands for a name elsewhere.
    Elsewhere,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) struct FrontPort {
    /// The port; `None` when it is not known.
    pub port: Option<u16>,
    /// Its name.
    pub name: Option<Arc<str>>,
    /// The port of the pods.
    pub target: PortTarget,
    /// The port on every machine.
    pub node: Option<u16>,
    /// Where it is written.
    pub place: Place,
    /// Where the port of the pods is written.
    pub target_place: Place,
}

/// A port of pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) enum PortTarget {
    /// This one.
    Number(u16),
    /// The one that a container gives this name.
    Name(Arc<str>),
    /// Not known.
    Unknown,
}

/// Groups of the API whose objects add no Services, and no pods but those that are read.
const GROUPS: [&str; 16] = [
    "",
    "apps",
    "batch",
    "autoscaling",
    "extensions",
    "policy",
    "networking.k8s.io",
    "gateway.networking.k8s.io",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "scheduling.k8s.io",
    "apiextensions.k8s.io",
    "cert-manager.io",
    "bitnami.com",
    "external-secrets.io",
    "traefik.io",
];

/// Kinds of other groups that add none either.
const KINDS: [(&str, &[&str]); 1] = [(
    "monitoring.coreos.com",
    &["ServiceMonitor", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig", "AlertmanagerConfig"],
)];

/// Labels that Kubernetes, or what starts pods in it, gives to pods by itself.
const GIVEN_LABELS: [&str; 15] = [
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "pod-template-hash",
    "pod-template-generation",
    "rollouts-pod-template-hash",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "deployment",
    "deploymentconfig",
];

/// Whether an object adds no Services, and no pods but those that are read.
fn adds_nothing(object: &Object) -> bool {
    GROUPS.contains(&&*object.group)
        || KINDS.iter().any(|(group, kinds)| *group == &*object.group && kinds.contains(&&*object.kind))
}

impl Cluster {
    /// What a set says.
    pub(super) fn new(repository: &Repository, mut set: ManifestSet, room: &Variables<'_>) -> Self {
        let services = set.objects.iter().filter(|object| object.is("Service") && object.group.is_empty());
        let mut services: Vec<ServiceObject> = services.map(service).collect();
        let workloads = workloads::workloads(repository, &set.objects, room);
        open_given(&mut services, &workloads);
        // what an object of another group makes is not in the files: pods and Services of an operator, say
        set.is_whole &= set.objects.iter().all(adds_nothing);
        Self { by_name: by_name(&services), set, workloads, services }
    }

    /// The objects of a kind.
    pub fn of_kind<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Object> {
        self.set.objects.iter().filter(move |object| object.is(kind))
    }

    /// The Service that an object of a namespace means by a name.
    pub fn service(&self, name: &str, namespace: Option<&str>) -> Option<&ServiceObject> {
        let of_name = self.by_name.get(name)?;
        let near = of_name.first_in.get(&namespace.map(Arc::from)).copied();
        let only = of_name.only.filter(|_| namespace.is_none());
        self.services.get(near.or(only)?)
    }
}

/// Says of Services that they select labels which no file states, because pods get them when they are made.
fn open_given(services: &mut [ServiceObject], workloads: &[Workload]) {
    let stated: BTreeSet<&str> =
        workloads.iter().flat_map(|workload| workload.labels.keys()).map(|name| &**name).collect();
    for selector in services.iter_mut().filter_map(|service| service.selector.as_mut()) {
        let is_given = |(name, _): &(Arc<str>, Arc<str>)| GIVEN_LABELS.contains(&&**name) && !stated.contains(&**name);
        selector.is_open |= selector.labels.iter().any(is_given);
    }
}

/// The Services of one name, by their numbers.
#[derive(Clone, Debug, Default)]
struct OfName {
    /// The first in each namespace.
    first_in: BTreeMap<Option<Arc<str>>, usize>,
    /// The one, where there are no others.
    only: Option<usize>,
}

fn by_name(services: &[ServiceObject]) -> BTreeMap<Arc<str>, OfName> {
    let mut found: BTreeMap<Arc<str>, OfName> = BTreeMap::new();
    for (index, service) in services.iter().enumerate() {
        for name in BTreeSet::from([&service.name, &service.written]) {
            let known = found.entry(Arc::clone(name)).or_default();
            known.only = known.first_in.is_empty().then_some(index);
            known.first_in.entry(service.namespace.clone()).or_insert(index);
        }
    }
    found
}

fn service(object: &Object) -> ServiceObject {
    let empty = Node { place: object.node.place, kind: super::tree::NodeKind::Null };
    let spec = object.node.get("spec").unwrap_or(&empty);
    let kind = spec.text_of("type").map_or("ClusterIP", |kind| kind);
    let reach = match kind {
        "ExternalName" => Reach::Elsewhere,
        "LoadBalancer" => Reach::LoadBalancer,
        "NodePort" => Reach::Node,
        _ if spec.text_of("clusterIP").is_some_and(|ip| &**ip == "None") => Reach::Headless,
        _ => Reach::Cluster,
    };
    let selector = spec.get("selector").filter(|selector| !selector.entries().is_empty()).map(|selector| Selector {
        labels: labels(selector).into_iter().collect(),
        place: selector.place,
        is_open: selector.has_holes(),
    });
    let affinity = if spec.unknown().is_some() { Some(spec) } else { spec.get("sessionAffinity") };
    // one that is not known may well do it
    let binds_clients =
        affinity.is_some_and(|one| one.unknown().is_some() || one.text().is_some_and(|kind| &**kind == "ClientIP"));
    ServiceObject {
        name: Arc::clone(&object.name),
        written: Arc::clone(&object.written),
        namespace: object.namespace.clone(),
        place: object.place(),
        selector,
        ports: spec.list("ports").iter().map(port).collect(),
        open_ports: [Some(spec), spec.get("ports")].into_iter().flatten().any(|node| node.unknown().is_some()),
        reach,
        binds_clients,
    }
}

fn port(node: &Node) -> FrontPort {
    let port = node.number_of("port").and_then(|port| u16::try_from(port).ok());
    let target = match node.get("targetPort") {
        None => port.map_or(PortTarget::Unknown, PortTarget::Number),
        Some(target) => match target.text() {
            Some(text) => match text.parse() {
                Ok(number) => PortTarget::Number(number),
                Err(_) if is_port_name(text) => PortTarget::Name(Arc::clone(text)),
                // Kubernetes refuses it as it is: something is put in first
                Err(_) => PortTarget::Unknown,
            },
            None => PortTarget::Unknown,
        },
    };
    FrontPort {
        port,
        name: node.text_of("name").cloned(),
        target,
        node: node.number_of("nodePort").and_then(|port| u16::try_from(port).ok()),
        place: node.get("port").map_or(node.place, |port| port.place),
        target_place: node.get("targetPort").map_or(node.place, |port| port.place),
    }
}

/// Whether Kubernetes takes a text for the name of a port (`IANA_SVC_NAME`).
fn is_port_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=15).contains(&text.len())
        && text.bytes().all(is_allowed)
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

/// The labels of a map.
pub(super) fn labels(node: &Node) -> BTreeMap<Arc<str>, Arc<str>> {
    let known = |entry: &super::tree::Entry| Some((Arc::clone(&entry.key), Arc::clone(entry.value.text()?)));
    node.entries().iter().filter_map(known).collect()
}
