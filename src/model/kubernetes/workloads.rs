//! What starts pods: Deployments and their kin, with their containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cluster::labels;
use super::object::Object;
use super::tree::{Entry, Node};
use super::variables;
use crate::base::{FileId, Limit, Limits, Place, RepoPath};
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
    /// Whether it says more of its ports than is known.
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

/// Files that are mounted into one container.
const MOUNTED: Limit = Limit::new(
    2_000,
    "files of ConfigMaps in a container",
    "what else lies in the container is unknown",
    "mount a folder of an image instead",
);

/// The workloads among objects.
pub(super) fn workloads(repository: &Repository, objects: &[Object], limits: &Limits) -> Vec<Workload> {
    let scaled: BTreeMap<&str, (u64, Place)> = objects.iter().filter_map(scaled).collect();
    let configs = variables::Configs::new(objects, limits);
    let kinds = [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "Pod",
        "ReplicationController",
        "DeploymentConfig",
        "Rollout",
    ];
    let starting = objects.iter().filter(|object| kinds.contains(&&*object.kind));
    starting.filter_map(|object| workload(repository, &configs, &scaled, object, limits)).collect()
}

/// The least number of pods that an autoscaler keeps.
fn scaled(object: &Object) -> Option<(&str, (u64, Place))> {
    let spec = object.node.get("spec").filter(|_| object.is("HorizontalPodAutoscaler"))?;
    let least = spec.get("minReplicas")?;
    Some((spec.at(&["scaleTargetRef", "name"])?.text()?, (least.text()?.parse().ok()?, least.place)))
}

fn workload(
    repository: &Repository,
    configs: &variables::Configs<'_>,
    scaled: &BTreeMap<&str, (u64, Place)>,
    object: &Object,
    limits: &Limits,
) -> Option<Workload> {
    let spec = object.node.get("spec")?;
    let (metadata, pod) = match spec.get("template") {
        Some(template) => (template.get("metadata"), template.get("spec")?),
        None => (object.node.get("metadata"), spec),
    };
    let own = metadata.and_then(|metadata| metadata.get("labels"));
    let stated = spec.get("replicas").and_then(|count| Some((count.text()?.parse().ok()?, count.place)));
    let kept = scaled.get(&*object.written).copied();
    let replicas = kept.or(stated).filter(|(count, _)| *count > 1);
    let volumes = pod.list("volumes").iter().rev().filter_map(|volume| Some((&**volume.text_of("name")?, volume)));
    let reader = Reader { repository, configs, limits, volumes: volumes.collect() };
    Some(Workload {
        name: Arc::clone(&object.name),
        namespace: object.namespace.clone(),
        place: object.place(),
        labels: own.map(labels).unwrap_or_default(),
        open_labels: own.is_some_and(Node::has_holes),
        replicas,
        containers: pod.list("containers").iter().map(|container| reader.container(container)).collect(),
        loopback: loopback(pod),
    })
}

fn loopback(pod: &Node) -> Loopback {
    let may_be = |node: Option<&Node>, word: &str| {
        node.is_some_and(|node| node.unknown().is_some() || node.text().is_some_and(|text| &**text == word))
    };
    let several =
        pod.list("containers").len() > 1 || pod.get("containers").is_some_and(|list| list.unknown().is_some());
    // such a helper runs as long as the pod does
    let helps = |container: &Node| container.unknown().is_some() || may_be(container.get("restartPolicy"), "Always");
    let helpers = pod.get("initContainers");
    let helped = helpers.is_some_and(|list| list.unknown().is_some() || list.items().iter().any(helps));
    if several || helped || may_be(pod.get("hostNetwork"), "true") { Loopback::Shared } else { Loopback::Own }
}

fn is_hole(entry: &Entry) -> bool {
    entry.value.unknown().is_some()
}

struct Reader<'a> {
    repository: &'a Repository,
    configs: &'a variables::Configs<'a>,
    limits: &'a Limits,
    /// The volumes of the pod by their names.
    volumes: BTreeMap<&'a str, &'a Node>,
}

impl Reader<'_> {
    fn container(&self, node: &Node) -> Container {
        let (environment, open_environment) = self.configs.environment(node);
        let (mounts, mounted_by) = self.mounts(node);
        let keeps = match (node.get("command"), node.get("args")) {
            (Some(_), _) => Keeps::Nothing,
            (None, Some(_)) => Keeps::EntryPoint,
            (None, None) => Keeps::Everything,
        };
        let written = node.list("ports");
        let port = |port: &Node| {
            let number = port.number_of("containerPort").and_then(|number| u16::try_from(number).ok())?;
            Some((port.text_of("name").cloned(), number, port.get("containerPort")?.place))
        };
        let ports: Vec<_> = written.iter().filter_map(port).collect();
        let has_holes = written.iter().any(|port| port.unknown().is_some() || port.entries().iter().any(is_hole));
        let open_ports =
            node.get("ports").is_some_and(|list| list.unknown().is_some()) || has_holes || ports.len() < written.len();
        Container {
            name: node.text_of("name").cloned().unwrap_or_else(|| Arc::from("container")),
            place: node.place,
            image: node.get("image").and_then(|image| Some((Arc::clone(image.text()?), image.place))),
            command: self.command(node),
            keeps,
            environment,
            open_environment,
            ports,
            open_ports,
            working_dir: node.text_of("workingDir").cloned(),
            mounts,
            mounted_by,
        }
    }

    /// The line that the file of `command` or `args` makes of them.
    fn command(&self, node: &Node) -> Option<(FileId, CommandFact)> {
        let mut lists = ["command", "args"].into_iter().filter_map(|key| node.get(key)).map(|list| list.place);
        let first = lists.next()?;
        // an overlay may have put one of them beside the other of its base
        let whole =
            lists.try_fold(first.span, |span, place| (place.file == first.file).then(|| span.cover(place.span)))?;
        let facts = self.repository.get(first.file)?.kubernetes.as_deref()?;
        let at = facts.commands.partition_point(|(span, _)| span.start <= whole.start).checked_sub(1)?;
        let (_, command) = facts.commands.get(at).filter(|(_, command)| command.span == whole)?;
        Some((first.file, command.clone()))
    }

    /// Files that come out of ConfigMaps.
    fn mounts(&self, node: &Node) -> (Vec<(Arc<str>, RepoPath)>, Vec<Place>) {
        let mut mounts = Vec::new();
        let mut places = Vec::new();
        for mount in node.list("volumeMounts") {
            let (Some(name), Some(path)) = (mount.text_of("name"), mount.text_of("mountPath")) else { continue };
            let Some(source) = self.volumes.get(&**name).and_then(|volume| volume.get("configMap")) else { continue };
            let Some(files) = source.text_of("name").map(|name| self.configs.files(self.repository, name)) else {
                continue;
            };
            let items = source.list("items");
            let by_key: BTreeMap<&str, &Node> =
                items.iter().rev().filter_map(|item| Some((&**item.text_of("key")?, item))).collect();
            for (key, file) in files {
                let inner = match by_key.get(&*key) {
                    Some(item) => item.text_of("path").map_or(&*key, |path| path),
                    None if items.is_empty() => &*key,
                    None => continue,
                };
                let target = match mount.text_of("subPath") {
                    Some(part) if &**part == inner => path.to_string(),
                    Some(_) => continue,
                    None => format!("{}/{inner}", path.trim_end_matches('/')),
                };
                if mounts.len() >= MOUNTED.most_items() {
                    self.limits.reached(Some(mount.place), &MOUNTED);
                    return (mounts, places);
                }
                mounts.push((Arc::from(target), file));
                places.push(mount.place);
            }
        }
        places.dedup();
        (mounts, places)
    }
}
