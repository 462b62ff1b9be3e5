//! What Kubernetes refuses of a manifest: numbers and truth values where only text is taken.

use std::sync::Arc;

use crate::base::Span;
use crate::facts::{FileFacts, SyntaxError, SyntaxErrorKind};
use crate::parse::data::{Node, NodeKind, ScalarKind};

/// Kinds whose fields are known.
const KINDS: [&str; 9] =
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Service", "Ingress", "ConfigMap", "Secret"];

/// Adds what is refused of a document.
pub(super) fn find(root: &Node, facts: &mut FileFacts) {
    if root.get("kind").and_then(Node::text).is_some_and(|kind| &**kind == "List") {
        root.get("items").map(Node::items).unwrap_or_default().iter().for_each(|item| object(item, facts));
    } else {
        object(root, facts);
    }
}

fn object(root: &Node, facts: &mut FileFacts) {
    let Some(kind) = root.get("kind").and_then(Node::text).filter(|kind| KINDS.contains(&&***kind)) else { return };
    metadata(root, facts);
    if &**kind == "ConfigMap" {
        texts(root.get("data"), "the entry", facts);
    }
    let template = root.at(&["spec", "template"]);
    template.into_iter().for_each(|template| metadata(template, facts));
    let pod = template.map_or_else(|| root.get("spec"), |template| template.get("spec"));
    for name in ["containers", "initContainers"] {
        for container in pod.and_then(|pod| pod.get(name)).map(Node::items).unwrap_or_default() {
            for variable in container.get("env").map(Node::items).unwrap_or_default() {
                let name = variable.get("name").and_then(Node::text).map_or("", |name| name);
                if let Some(value) = variable.get("value") {
                    text(value, "the value of the variable", name, facts);
                }
            }
        }
    }
}

fn metadata(node: &Node, facts: &mut FileFacts) {
    texts(node.at(&["metadata", "annotations"]), "the annotation", facts);
    texts(node.at(&["metadata", "labels"]), "the label", facts);
}

fn texts(map: Option<&Node>, what: &str, facts: &mut FileFacts) {
    for pair in map.map(Node::pairs).unwrap_or_default() {
        text(&pair.value, what, &pair.key, facts);
    }
}

fn text(value: &Node, what: &str, name: &str, facts: &mut FileFacts) {
    let NodeKind::Scalar { kind, .. } = &value.kind else { return };
    let is = match kind {
        ScalarKind::Number => "a number",
        ScalarKind::Bool(_) => "a truth value",
        ScalarKind::Text | ScalarKind::Null => return,
    };
    // the value may be a secret
    let message = format!("{what} `{name}` is {is}, and only text is taken there; put it in quotes");
    push(value.span, message, facts);
}

fn push(span: Span, message: String, facts: &mut FileFacts) {
    facts.syntax_errors.push(SyntaxError { span, message: Arc::from(message), kind: SyntaxErrorKind::Refused });
}
