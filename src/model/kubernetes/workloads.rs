//! What starts pods: Deployments and their kin, with their containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cluster::labels;
use super::containers::Reader;
use super::object::Object;
use super::pods::{Injected, PodTemplate};
use super::tree::Node;
use super::variables::{self, Variables};
use crate::base::{FileId, Place, RepoPath};
use crate::facts::{CommandFact, Repository};
use crate::model::Binding;

/// A workload.
#[derive(Clone, Debug)]
pub(in crate::model) struct Workload {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Option<Arc<str>>,
    /// Where its name is written.
    pub place: Place,
    /// The labels of its pods.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Whether some labels of its pods are not known.
    pub open_labels: bool,
    /// How many pods run, when that is stated and more than one.
    pub replicas: Option<(u64, Place)>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Whose loopback its containers have.
    pub loopback: Loopback,
    /// How long its pods run.
    pub runs: Runs,
}

/// How long pods run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Runs {
    /// Until somebody stops them.
    On,
    /// Until what they do is done: what runs in them is not read.
    ToItsEnd,
}

/// Whose loopback the containers of a pod have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Loopback {
    /// The one container's alone.
    Own,
    /// They share it with one another, with helpers beside them, or with the machine.
    Shared,
}

/// A container.
#[derive(Clone, Debug)]
pub(in crate::model) struct Container {
    /// Its name.
    pub name: Arc<str>,
    /// Where it begins.
    pub place: Place,
    /// Its image.
    pub image: Option<(Arc<str>, Place)>,
    /// What it runs.
    pub command: Option<(FileId, CommandFact)>,
    /// What the command leaves of the image's own.
    pub keeps: Keeps,
    /// Its variables.
    pub environment: Vec<Binding>,
    /// What may set more.
    pub open_environment: Option<Place>,
    /// Its ports, with their names.
    pub ports: Vec<(Option<Arc<str>>, u16, Place)>,
    /// Whether it, or what else may run in its pod, has more ports than are known.
    pub open_ports: bool,
    /// Its working folder.
    pub working_dir: Option<Arc<str>>,
    /// Files of the repository that are mounted: the path in the container, and the file.
    pub mounts: Vec<(Arc<str>, RepoPath)>,
    /// The places that mount them.
    pub mounted_by: Vec<Place>,
}

/// What is left of the image's own command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Keeps {
    /// All of it.
    Everything,
    /// Its entry point: only arguments are given.
    EntryPoint,
    /// Nothing.
    Nothing,
}

/// Kinds whose pods run until somebody stops them.
const STAYING: [&str; 8] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Pod",
    "ReplicationController",
    "DeploymentConfig",
    "Rollout",
];

/// Kinds whose pods do one thing and end.
const ENDING: [&str; 2] = ["Job", "CronJob"];

/// The workloads among objects.
pub(super) fn workloads(repository: &Repository, objects: &[Object], room: &Variables<'_>) -> Vec<Workload> {
    let scaled: BTreeMap<&str, (u64, Place)> = objects.iter().filter_map(scaled).collect();
    let configs = variables::Configs::new(repository, objects, room);
    let injected = Injected::new(objects);
    let reading = Reading { repository, configs: &configs, scaled: &scaled, injected: &injected, room };
    objects.iter().filter_map(|object| reading.workload(object)).collect()
}

/// The least number of pods that an autoscaler keeps.
fn scaled(object: &Object) -> Option<(&str, (u64, Place))> {
    let spec = object.node.get("spec").filter(|_| object.is("HorizontalPodAutoscaler"))?;
    let least = spec.get("minReplicas")?;
    Some((spec.at(&["scaleTargetRef", "name"])?.text()?, (least.text()?.parse().ok()?, least.place)))
}

/// What is asked for each workload of a set.
struct Reading<'a> {
    repository: &'a Repository,
    configs: &'a variables::Configs<'a>,
    scaled: &'a BTreeMap<&'a str, (u64, Place)>,
    injected: &'a Injected<'a>,
    room: &'a Variables<'a>,
}

impl Reading<'_> {
    fn workload(&self, object: &Object) -> Option<Workload> {
        let runs = match &*object.kind {
            kind if STAYING.contains(&kind) => Runs::On,
            kind if ENDING.contains(&kind) => Runs::ToItsEnd,
            _ => return None,
        };
        let pod = PodTemplate::of(object)?;
        let own = pod.labels();
        let namespace = object.namespace.as_deref();
        let stated = object.node.at(&["spec", "replicas"]);
        let stated = stated.and_then(|count| Some((count.text()?.parse().ok()?, count.place)));
        let kept = self.scaled.get(&*object.written).copied();
        let containers = match runs {
            Runs::On => self.containers(pod, namespace),
            Runs::ToItsEnd => Vec::new(),
        };
        Some(Workload {
            name: Arc::clone(&object.name),
            namespace: object.namespace.clone(),
            place: object.place(),
            labels: own.map(labels).unwrap_or_default(),
            open_labels: own.is_some_and(Node::has_holes),
            replicas: kept.or(stated).filter(|(count, _)| *count > 1),
            containers,
            loopback: pod.loopback(self.injected, namespace),
            runs,
        })
    }

    fn containers(&self, pod: PodTemplate<'_>, namespace: Option<&str>) -> Vec<Container> {
        let reader = Reader::new(self.repository, self.configs, self.room, pod.spec);
        let mut found: Vec<Container> = pod.lasting().map(|container| reader.container(container)).collect();
        // all of them answer on one address: what one more of them listens on is a port of each
        if pod.is_open(self.injected, namespace) {
            found.iter_mut().for_each(|container| container.open_ports = true);
        }
        found
    }
}
