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
    /// Its name, as the cluster knows it; empty for a route whose name is not known, and that nobody refers to.
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
        let kind = node.text_of("kind")?;
        let name = match node.at(&["metadata", "name"])?.text() {
            Some(name) => Arc::clone(name),
            // requests do not ask for its name
            None if is_route(group, kind) => Arc::from(""),
            None => return None,
        };
        Some(Self {
            kind: Arc::clone(kind),
            group: Arc::from(group),
            name: Arc::clone(&name),
            written: name,
            namespace: node.at(&["metadata", "namespace"]).and_then(Node::text).cloned(),
            files: Vec::new(),
            node: node.clone(),
        })
    }

    /// Whether this is of a kind.
    pub fn is(&self, kind: &str) -> bool {
        &*self.kind == kind
    }

    /// Whether this is an Ingress.
    pub fn is_ingress(&self) -> bool {
        is_ingress(&self.group, &self.kind)
    }

    /// Whether this says where requests from outside go, in the words of another program than the controller of an Ingress.
    pub fn is_other_router(&self) -> bool {
        is_other_router(&self.group, &self.kind)
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

/// Objects that say where requests from outside go, in the words of others than Ingress: their groups and kinds.
const ROUTERS: [(&str, &[&str]); 15] = [
    ("traefik.io", &["IngressRoute", "IngressRouteTCP"]),
    ("traefik.containo.us", &["IngressRoute", "IngressRouteTCP"]),
    ("networking.istio.io", &["VirtualService"]),
    ("projectcontour.io", &["HTTPProxy"]),
    ("contour.heptio.com", &["IngressRoute"]),
    ("apisix.apache.org", &["ApisixRoute"]),
    ("getambassador.io", &["Mapping", "TCPMapping"]),
    ("route.openshift.io", &["Route"]),
    ("configuration.konghq.com", &["TCPIngress"]),
    ("k8s.nginx.org", &["VirtualServer", "VirtualServerRoute", "TransportServer"]),
    ("gateway.networking.k8s.io", &["TLSRoute", "TCPRoute"]),
    ("gateway.solo.io", &["VirtualService", "RouteTable"]),
    ("gateway.kgateway.dev", &["Route"]),
    ("voyager.appscode.com", &["Ingress"]),
    ("serving.knative.dev", &["Service", "Route", "DomainMapping"]),
];

/// Whether an object says where requests from outside go.
fn is_route(group: &str, kind: &str) -> bool {
    is_ingress(group, kind) || is_other_router(group, kind) || kind == "HTTPRoute"
}

fn is_ingress(group: &str, kind: &str) -> bool {
    kind == "Ingress" && matches!(group, "networking.k8s.io" | "extensions")
}

fn is_other_router(group: &str, kind: &str) -> bool {
    ROUTERS.iter().any(|(of, kinds)| *of == group && kinds.contains(&kind))
}
