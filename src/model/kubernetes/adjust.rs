//! Fields of a kustomization that change all of its objects: names, images, numbers of pods, labels and annotations.

use std::sync::Arc;

use super::object::Object;
use super::tree::{Node, NodeKind};
use crate::model::topology::split_image;

/// Changes the objects of a kustomization as its fields say.
pub(super) fn all(node: &Node, objects: &mut [Object]) {
    let pairs = Pairs::of(node);
    rename(node, objects);
    for object in objects {
        images(node, object);
        replicas(node, object);
        pairs.add_to(object);
    }
}

/// Labels and annotations that a kustomization puts into all objects.
pub(super) struct Pairs<'n> {
    all: Vec<(Scope, &'n Node)>,
}

/// Where such pairs go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    /// Annotations, of pods as well.
    Annotations,
    /// Labels of the object.
    Labels,
    /// Those of its pods as well.
    Pods,
    /// What selects pods as well.
    Selectors,
}

impl<'n> Pairs<'n> {
    pub fn of(node: &'n Node) -> Self {
        let annotations = node.get("commonAnnotations").map(|pairs| (Scope::Annotations, pairs));
        let common = node.get("commonLabels").map(|pairs| (Scope::Selectors, pairs));
        let labels = node.list("labels").iter().filter_map(|entry| {
            let is_on = |name: &str| entry.text_of(name).is_some_and(|text| &**text == "true");
            let scope = match (is_on("includeSelectors"), is_on("includeTemplates")) {
                (true, _) => Scope::Selectors,
                (false, true) => Scope::Pods,
                (false, false) => Scope::Labels,
            };
            Some((scope, entry.get("pairs")?))
        });
        Self { all: annotations.into_iter().chain(common).chain(labels).collect() }
    }

    /// How many values they put into one object at most.
    pub fn count(&self) -> usize {
        // into itself, its selector, and its pods
        self.all.iter().map(|(_, pairs)| 3 * pairs.entries().len()).sum()
    }

    fn add_to(&self, object: &mut Object) {
        let is_service = object.is("Service") && object.group.is_empty();
        for (scope, pairs) in &self.all {
            let name = if *scope == Scope::Annotations { "annotations" } else { "labels" };
            add(&mut object.node, &["metadata", name], pairs);
            for pods in [&["spec", "template"] as &[&str], &["spec", "jobTemplate", "spec", "template"]] {
                if let Some(pods) = object.node.at_mut(pods).filter(|_| *scope != Scope::Labels) {
                    add(pods, &["metadata", name], pairs);
                }
            }
            if *scope == Scope::Selectors && is_service {
                add(&mut object.node, &["spec", "selector"], pairs);
            }
        }
    }
}

/// Lays pairs over what a path leads to, and makes the maps on the way.
fn add(node: &mut Node, path: &[&str], pairs: &Node) {
    let Some((first, rest)) = path.split_first() else {
        node.lay_over(pairs);
        return;
    };
    if node.get(first).is_none_or(|found| found.kind == NodeKind::Null) {
        node.set(first, Node { place: pairs.place, kind: NodeKind::Map(Vec::new()) });
    }
    if let Some(inner) = node.get_mut(first) {
        add(inner, rest, pairs);
    }
}

/// `namespace`, `namePrefix` and `nameSuffix`.
fn rename(node: &Node, objects: &mut [Object]) {
    let prefix = node.text_of("namePrefix").map_or("", |text| text);
    let suffix = node.text_of("nameSuffix").map_or("", |text| text);
    for object in objects {
        if let Some(namespace) = node.text_of("namespace") {
            object.namespace = Some(Arc::clone(namespace));
        }
        let is_renamed = !matches!(&*object.kind, "Namespace" | "CustomResourceDefinition");
        // with something before it, a name that is not known is not known either
        if is_renamed && !object.name.is_empty() {
            object.name = format!("{prefix}{}{suffix}", object.name).into();
        }
    }
}

/// `images`: another name or tag for an image.
fn images(node: &Node, object: &mut Object) {
    for image in node.list("images") {
        let Some(name) = image.text_of("name") else { continue };
        let (new, tag) = (image.text_of("newName"), image.text_of("newTag"));
        containers(object, &mut |container| {
            let Some(own) = container.get_mut("image") else { return };
            let Some(written) = own.text().cloned() else { return };
            let (Some(bare), old) = split_image(Some(&written)) else { return };
            if bare != *name {
                return;
            }
            let bare = new.map_or(&*bare, |new| new);
            let text = match tag.map(|tag| &**tag).or(old.as_deref()) {
                Some(tag) => format!("{bare}:{tag}"),
                None => bare.to_owned(),
            };
            own.kind = NodeKind::Text(text.into());
        });
    }
}

/// `replicas`: another number of pods.
fn replicas(node: &Node, object: &mut Object) {
    for entry in node.list("replicas") {
        let named = entry.text_of("name").is_some_and(|name| object.is_named(name));
        if named && let (Some(count), Some(spec)) = (entry.get("count"), object.node.get_mut("spec")) {
            spec.set("replicas", count.clone());
        }
    }
}

fn containers(object: &mut Object, change: &mut dyn FnMut(&mut Node)) {
    let Some(spec) = object.node.get_mut("spec") else { return };
    let paths: [&[&str]; 3] = [&["jobTemplate", "spec", "template", "spec"], &["template", "spec"], &[]];
    let Some(path) = paths.into_iter().find(|path| spec.at(path).is_some()) else { return };
    let Some(pod) = spec.at_mut(path) else { return };
    for list in ["containers", "initContainers"] {
        if let Some(Node { kind: NodeKind::List(items), .. }) = pod.get_mut(list) {
            items.iter_mut().for_each(&mut *change);
        }
    }
}
