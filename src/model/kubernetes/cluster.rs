//! What a set of manifests says: workloads, Services, and what is in front of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::object::Object;
use super::sets::ManifestSet;
use super::tree::Node;
use super::workloads::{self, Workload};
use crate::base::Place;
use crate::facts::Repository;
use crate::model::{Mode, Pairing};

/// Everything that one set of manifests runs.
#[derive(Clone, Debug)]
pub(in crate::model) struct Cluster {
    /// A name for people.
    pub name: Arc<str>,
    /// What the name says of the mode.
    pub mode: Option<Mode>,
    /// How sure it is that the parts run together.
    pub pairing: Pairing,
    /// Whether all that it is made of was read and understood.
    pub is_whole: bool,
    /// What starts pods.
    pub workloads: Vec<Workload>,
    /// Its Services.
    pub services: Vec<ServiceObject>,
    /// All objects.
    pub objects: Vec<Object>,
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

impl Cluster {
    /// What a set says.
    pub fn new(repository: &Repository, set: ManifestSet) -> Self {
        let services = set.objects.iter().filter(|object| object.is("Service") && object.group.is_empty());
        let services = services.map(service).collect();
        let workloads = workloads::workloads(repository, &set.objects);
        let ManifestSet { name, mode, pairing, is_whole, objects, .. } = set;
        Self { name, mode, pairing, is_whole, workloads, services, objects }
    }

    /// The objects of a kind.
    pub fn of_kind<'c>(&'c self, kind: &'c str) -> impl Iterator<Item = &'c Object> {
        self.objects.iter().filter(move |object| object.is(kind))
    }

    /// The Service that an object of a namespace means by a name.
    pub fn service(&self, name: &str, namespace: Option<&str>) -> Option<&ServiceObject> {
        let named = |service: &&ServiceObject| &*service.written == name || &*service.name == name;
        let near = |service: &&ServiceObject| service.namespace.as_deref() == namespace;
        self.services.iter().filter(named).find(near).or_else(|| {
            let mut all = self.services.iter().filter(named);
            all.next().filter(|_| namespace.is_none() && all.next().is_none())
        })
    }
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
    ServiceObject {
        name: Arc::clone(&object.name),
        written: Arc::clone(&object.written),
        namespace: object.namespace.clone(),
        place: object.place(),
        selector,
        ports: spec.list("ports").iter().map(port).collect(),
        reach,
        binds_clients: spec.text_of("sessionAffinity").is_some_and(|kind| &**kind == "ClientIP"),
    }
}

fn port(node: &Node) -> FrontPort {
    let port = node.number_of("port").and_then(|port| u16::try_from(port).ok());
    let target = match node.get("targetPort") {
        None => port.map_or(PortTarget::Unknown, PortTarget::Number),
        Some(target) => match target.text() {
            Some(text) => match text.parse() {
                Ok(number) => PortTarget::Number(number),
                Err(_) => PortTarget::Name(Arc::clone(text)),
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

/// The labels of a map.
pub(super) fn labels(node: &Node) -> BTreeMap<Arc<str>, Arc<str>> {
    let known = |entry: &super::tree::Entry| Some((Arc::clone(&entry.key), Arc::clone(entry.value.text()?)));
    node.entries().iter().filter_map(known).collect()
}
