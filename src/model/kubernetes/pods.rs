//! What runs in a pod: its containers, helpers that stay beside them, and what others put in.

use std::collections::BTreeSet;

use super::object::Object;
use super::tree::{Entry, Node};
use super::workloads::Loopback;

/// What an object says of the pods that it starts.
#[derive(Clone, Copy)]
pub(super) struct PodTemplate<'n> {
    /// Their `metadata`.
    pub metadata: Option<&'n Node>,
    /// Their `spec`.
    pub spec: &'n Node,
}

/// Whether something stays in a pod as long as its containers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stays {
    Yes,
    No,
    Unknown,
}

impl<'n> PodTemplate<'n> {
    /// The pods of an object of any kind.
    pub fn of(object: &'n Object) -> Option<Self> {
        let spec = object.node.get("spec")?;
        let spec = spec.at(&["jobTemplate", "spec"]).unwrap_or(spec);
        match spec.get("template") {
            Some(template) => Some(Self { metadata: template.get("metadata"), spec: template.get("spec")? }),
            None => Some(Self { metadata: object.node.get("metadata"), spec }),
        }
    }

    /// The labels of the pods.
    pub fn labels(self) -> Option<&'n Node> {
        self.metadata?.get("labels")
    }

    /// What runs as long as the pods do: the containers, and helpers that are started before them and stay.
    pub fn lasting(self) -> impl Iterator<Item = &'n Node> {
        let helpers = self.spec.list("initContainers").iter().filter(|helper| stays(helper) == Stays::Yes);
        self.spec.list("containers").iter().filter(|container| container.unknown().is_none()).chain(helpers)
    }

    /// Whether more may run in the pods than is written.
    pub fn is_open(self, injected: &Injected<'_>, namespace: Option<&str>) -> bool {
        let list = |name: &str| self.spec.get(name);
        let unknown = |node: Option<&Node>| node.is_some_and(|node| node.unknown().is_some());
        unknown(Some(self.spec))
            || unknown(list("containers"))
            || unknown(list("initContainers"))
            || self.spec.list("containers").iter().any(|container| container.unknown().is_some())
            || self.spec.list("initContainers").iter().any(|helper| stays(helper) == Stays::Unknown)
            || injected.adds_to(self, namespace)
    }

    /// Whose loopback the containers have.
    pub fn loopback(self, injected: &Injected<'_>, namespace: Option<&str>) -> Loopback {
        let is_hosts = self.spec.get("hostNetwork").is_some_and(|node| may_be(node, "true"));
        let is_alone = self.lasting().nth(1).is_none();
        if is_alone && !is_hosts && !self.is_open(injected, namespace) { Loopback::Own } else { Loopback::Shared }
    }
}

fn may_be(node: &Node, word: &str) -> bool {
    node.unknown().is_some() || node.text().is_some_and(|text| &**text == word)
}

/// Whether a container that is started before the others goes on beside them.
fn stays(helper: &Node) -> Stays {
    match helper.get("restartPolicy") {
        _ if helper.unknown().is_some() => Stays::Unknown,
        Some(policy) if policy.unknown().is_some() => Stays::Unknown,
        Some(policy) if may_be(policy, "Always") => Stays::Yes,
        _ => Stays::No,
    }
}

/// Namespaces into whose pods a mesh puts containers of its own.
#[derive(Debug, Default)]
pub(super) struct Injected<'o> {
    namespaces: BTreeSet<&'o str>,
}

/// What a label or an annotation says of containers that are put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    Unsaid,
    No,
    Yes,
}

impl<'o> Injected<'o> {
    pub fn new(objects: &'o [Object]) -> Self {
        let namespaces = objects.iter().filter(|object| object.is("Namespace"));
        let wishing = namespaces.filter(|object| wish(object.node.get("metadata")) == Wish::Yes);
        Self { namespaces: wishing.map(|object| &*object.name).collect() }
    }

    /// What a pod says of itself goes before what its namespace says. One whose namespace is not stated may be in any.
    fn adds_to(&self, pod: PodTemplate<'_>, namespace: Option<&str>) -> bool {
        match wish(pod.metadata) {
            Wish::Yes => true,
            Wish::No => false,
            Wish::Unsaid => {
                namespace.map_or(!self.namespaces.is_empty(), |namespace| self.namespaces.contains(namespace))
            }
        }
    }
}

fn wish(metadata: Option<&Node>) -> Wish {
    let maps = ["annotations", "labels"].into_iter().filter_map(|name| metadata?.get(name));
    maps.flat_map(Node::entries).map(wish_of).max().unwrap_or(Wish::Unsaid)
}

/// Words in the domains of annotations called `enabled` that are for containers of their own.
const AGENTS: [&str; 6] = ["dapr", "sidecar", "agent", "mesh", "vault", "proxy"];

/// `sidecar.istio.io/inject`, `linkerd.io/inject`, `vault.hashicorp.com/agent-inject`, `dapr.io/enabled`, `istio-injection`,
/// and their kin: whoever reads them puts containers into pods.
fn wish_of(entry: &Entry) -> Wish {
    let (domain, name) = entry.key.rsplit_once('/').unwrap_or(("", &entry.key));
    let is_agent = name == "enabled" && AGENTS.iter().any(|agent| domain.contains(agent));
    let is_one = name.to_ascii_lowercase().contains("inject") || is_agent || &*entry.key == "istio.io/rev";
    let is_off = |text: &str| matches!(text, "false" | "disabled" | "no" | "off" | "");
    match entry.value.text() {
        _ if !is_one => Wish::Unsaid,
        Some(text) if is_off(text) => Wish::No,
        _ => Wish::Yes,
    }
}
