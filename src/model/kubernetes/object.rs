//! One object of a manifest.

use std::sync::Arc;

use super::tree::Node;
use crate::base::{Place, RepoPath};

/// An object with its tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::model) struct Object {
    /// `Deployment`.
    pub kind: Arc<str>,
    /// `apps` of `apps/v1`; empty for `v1`.
    pub group: Arc<str>,
    /// Its name, as the cluster knows it.
    pub name: Arc<str>,
    /// Its name in the manifest, by which others of the same kustomization refer to it.
    pub written: Arc<str>,
    /// Its namespace, where one is stated.
    pub namespace: Option<Arc<str>>,
    /// Files of the repository that a kustomization makes entries of it of: the key, the file, what says so.
    pub files: Vec<(Arc<str>, RepoPath, Place)>,
    /// Its tree.
    pub node: Node,
}

impl Object {
    /// The objects of a document; those of a list one by one.
    pub fn of(document: &Node) -> Vec<Self> {
        if document.text_of("kind").is_some_and(|kind| &**kind == "List") {
            return document.list("items").iter().filter_map(Self::one).collect();
        }
        Self::one(document).into_iter().collect()
    }

    fn one(node: &Node) -> Option<Self> {
        let version = node.text_of("apiVersion")?;
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let name = node.at(&["metadata", "name"])?.text()?;
        Some(Self {
            kind: Arc::clone(node.text_of("kind")?),
            group: Arc::from(group),
            name: Arc::clone(name),
            written: Arc::clone(name),
            namespace: node.at(&["metadata", "namespace"]).and_then(Node::text).cloned(),
            files: Vec::new(),
            node: node.clone(),
        })
    }

    /// Whether this is of a kind.
    pub fn is(&self, kind: &str) -> bool {
        &*self.kind == kind
    }

    /// Where its name is written, or it begins.
    pub fn place(&self) -> Place {
        self.node.at(&["metadata", "name"]).map_or(self.node.place, |name| name.place)
    }

    /// Whether another object of the same set means this one by a name.
    pub fn is_named(&self, name: &str) -> bool {
        &*self.written == name || &*self.name == name
    }
}
