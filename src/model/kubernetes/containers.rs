//! Containers of a pod: what they run, their variables, ports and mounted files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::tree::{Entry, Node};
use super::variables::{Configs, Variables};
use super::workloads::{Container, Keeps};
use crate::base::{FileId, Limit, Place, RepoPath};
use crate::facts::{CommandFact, Repository};

/// Files that are mounted into one container.
const MOUNTED: Limit = Limit::new(
    2_000,
    "files of ConfigMaps in a container",
    "what else lies in the container is unknown",
    "mount a folder of an image instead",
);

fn is_hole(entry: &Entry) -> bool {
    entry.value.unknown().is_some()
}

/// Reads the containers of a pod.
pub(super) struct Reader<'a> {
    repository: &'a Repository,
    configs: &'a Configs<'a>,
    room: &'a Variables<'a>,
    /// The volumes of the pod by their names.
    volumes: BTreeMap<&'a str, Volume<'a>>,
}

impl<'a> Reader<'a> {
    pub fn new(repository: &'a Repository, configs: &'a Configs<'a>, room: &'a Variables<'a>, pod: &'a Node) -> Self {
        let volumes = pod.list("volumes").iter().rev();
        let volumes = volumes.filter_map(|volume| Some((&**volume.text_of("name")?, Volume::new(volume)))).collect();
        Self { repository, configs, room, volumes }
    }

    /// What a container says.
    pub fn container(&self, node: &Node) -> Container {
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
            if !self.room.take(mount.place) {
                break;
            }
            for (target, file) in self.mounted(mount) {
                if mounts.len() >= MOUNTED.most_items() {
                    self.room.limits().reached(Some(mount.place), &MOUNTED);
                    return (mounts, places);
                }
                if !self.room.take(mount.place) {
                    return (mounts, places);
                }
                mounts.push((target, file));
                places.push(mount.place);
            }
        }
        places.dedup();
        (mounts, places)
    }

    /// The files of one mount: the path in the container, and the file.
    fn mounted(&self, mount: &Node) -> Vec<(Arc<str>, RepoPath)> {
        let volume = || self.volumes.get(&**mount.text_of("name")?);
        let (Some(volume), Some(path)) = (volume(), mount.text_of("mountPath")) else { return Vec::new() };
        let Some(files) = volume.config_map.and_then(|name| self.configs.files(name)) else { return Vec::new() };
        if let Some(part) = mount.text_of("subPath") {
            let file = volume.key_at(part).and_then(|key| files.get(key));
            return file.map(|file| (Arc::clone(path), file.clone())).into_iter().collect();
        }
        let below = |inner: &str| format!("{}/{inner}", path.trim_end_matches('/')).into();
        files.iter().filter_map(|(key, file)| Some((below(volume.path_of(key)?), file.clone()))).collect()
    }
}

/// A volume of a pod, as far as it is made of a ConfigMap.
struct Volume<'n> {
    config_map: Option<&'n str>,
    /// Whether only some of its entries are there.
    is_chosen: bool,
    paths: BTreeMap<&'n str, &'n str>,
    keys: BTreeMap<&'n str, &'n str>,
}

impl<'n> Volume<'n> {
    fn new(node: &'n Node) -> Self {
        let source = node.get("configMap");
        let items = source.map(|source| source.list("items")).unwrap_or_default();
        let pair = |item: &'n Node| Some((&**item.text_of("key")?, &**item.text_of("path")?));
        let pairs: Vec<(&str, &str)> = items.iter().rev().filter_map(pair).collect();
        Self {
            config_map: source.and_then(|source| source.text_of("name")).map(|name| &**name),
            is_chosen: !items.is_empty(),
            paths: pairs.iter().copied().collect(),
            keys: pairs.iter().map(|(key, path)| (*path, *key)).collect(),
        }
    }

    /// Where an entry is in the volume.
    fn path_of<'k>(&'k self, key: &'k str) -> Option<&'k str> {
        if self.is_chosen { self.paths.get(key).copied() } else { Some(key) }
    }

    /// The entry that is at a path of the volume.
    fn key_at<'k>(&'k self, path: &'k str) -> Option<&'k str> {
        if self.is_chosen { self.keys.get(path).copied() } else { Some(path) }
    }
}
