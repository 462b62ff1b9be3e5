//! What starts pods: Deployments and their kin, with their containers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cluster::labels;
use super::object::Object;
use super::tree::Node;
use super::variables;
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

/// The workloads among objects.
pub(super) fn workloads(repository: &Repository, objects: &[Object]) -> Vec<Workload> {
    let scaled: BTreeMap<&str, (u64, Place)> = objects.iter().filter_map(scaled).collect();
    let configs = variables::Configs::new(objects);
    let kinds = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "DeploymentConfig", "Rollout"];
    let starting = objects.iter().filter(|object| kinds.contains(&&*object.kind));
    starting.filter_map(|object| workload(repository, &configs, &scaled, object)).collect()
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
    let reader = Reader { repository, configs, pod };
    Some(Workload {
        name: Arc::clone(&object.name),
        namespace: object.namespace.clone(),
        place: object.place(),
        labels: own.map(labels).unwrap_or_default(),
        open_labels: own.is_some_and(Node::has_holes),
        replicas,
        containers: pod.list("containers").iter().map(|container| reader.container(container)).collect(),
    })
}

struct Reader<'a> {
    repository: &'a Repository,
    configs: &'a variables::Configs<'a>,
    pod: &'a Node,
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
        let port = |port: &Node| {
            let number = port.number_of("containerPort").and_then(|number| u16::try_from(number).ok())?;
            Some((port.text_of("name").cloned(), number, port.get("containerPort")?.place))
        };
        Container {
            name: node.text_of("name").cloned().unwrap_or_else(|| Arc::from("container")),
            place: node.place,
            image: node.get("image").and_then(|image| Some((Arc::clone(image.text()?), image.place))),
            command: self.command(node),
            keeps,
            environment,
            open_environment,
            ports: node.list("ports").iter().filter_map(port).collect(),
            working_dir: node.text_of("workingDir").cloned(),
            mounts,
            mounted_by,
        }
    }

    /// The line that the file of `command` or `args` makes of them.
    fn command(&self, node: &Node) -> Option<(FileId, CommandFact)> {
        let list = node.get("command").or_else(|| node.get("args"))?;
        let facts = self.repository.get(list.place.file)?.kubernetes.as_deref()?;
        let inside = |span: crate::base::Span| span.start <= list.place.span.start && list.place.span.end <= span.end;
        let (_, command) = facts.commands.iter().find(|(span, _)| inside(*span))?;
        Some((list.place.file, command.clone()))
    }

    /// Files that come out of ConfigMaps.
    fn mounts(&self, node: &Node) -> (Vec<(Arc<str>, RepoPath)>, Vec<Place>) {
        let mut mounts = Vec::new();
        let mut places = Vec::new();
        for mount in node.list("volumeMounts") {
            let (Some(name), Some(path)) = (mount.text_of("name"), mount.text_of("mountPath")) else { continue };
            let volume = self.pod.list("volumes").iter().find(|volume| volume.text_of("name") == Some(name));
            let Some(source) = volume.and_then(|volume| volume.get("configMap")) else { continue };
            let Some(files) = source.text_of("name").map(|name| self.configs.files(self.repository, name)) else {
                continue;
            };
            for (key, file) in files {
                let items = source.list("items");
                let item = items.iter().find(|item| item.text_of("key").is_some_and(|own| **own == *key));
                let inner = match item {
                    Some(item) => item.text_of("path").map_or(&*key, |path| path),
                    None if items.is_empty() => &*key,
                    None => continue,
                };
                let target = match mount.text_of("subPath") {
                    Some(part) if &**part == inner => path.to_string(),
                    Some(_) => continue,
                    None => format!("{}/{inner}", path.trim_end_matches('/')),
                };
                mounts.push((Arc::from(target), file));
                places.push(mount.place);
            }
        }
        places.dedup();
        (mounts, places)
    }
}
