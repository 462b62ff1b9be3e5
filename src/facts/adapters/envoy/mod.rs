//! Envoy's static bootstrap, in YAML or JSON.

mod refused;

use std::sync::Arc;

use memchr::memmem;

use crate::base::{RepoPath, has_mark};
use crate::facts::lang::data;
use crate::facts::{
    ComposeFile, Demand, Dockerfile, EnvoyFile, Expr, FileFacts, ProxyFile, SyntaxError, SyntaxErrorKind,
};
use crate::parse::data::{Node, ScalarKind};

/// Words in the names of files and folders that people give to a bootstrap.
const NAMES: [&str; 7] = ["envoy", "bootstrap", "gateway", "edge", "front-proxy", "front_proxy", "proxy"];

/// The fields that make a file a bootstrap.
const FIELDS: [&str; 2] = ["static_resources", "dynamic_resources"];

/// Whether a file may be a bootstrap by its name: what is in it decides.
#[must_use]
pub fn may_be(path: &RepoPath) -> bool {
    if !matches!(path.extension(), "yaml" | "yml" | "json") {
        return false;
    }
    let in_folder = path.parts().rev().skip(1).any(|folder| folder.contains("envoy"));
    in_folder || NAMES.iter().any(|word| path.name().contains(word))
}

/// Whether bytes hold a word without which there is no bootstrap.
#[must_use]
pub fn deserves_parse(bytes: &[u8]) -> bool {
    ["static_resources", "staticResources", "dynamic_resources", "dynamicResources"]
        .iter()
        .any(|word| memmem::find(bytes, word.as_bytes()).is_some())
}

/// Whether a document is a bootstrap.
#[must_use]
pub fn is_bootstrap(root: &Node) -> bool {
    FIELDS.iter().any(|name| field(root, name).is_some_and(|found| !found.pairs().is_empty()))
}

/// Adds what a bootstrap says, and what Envoy would refuse of it.
pub fn read(text: &str, root: &Node, facts: &mut FileFacts) {
    // what a template language leaves behind is not Envoy's to refuse
    if !has_mark(text) {
        let refused = refused::find(root).into_iter().map(|(span, message)| SyntaxError {
            span,
            message: Arc::from(message),
            kind: SyntaxErrorKind::Refused,
        });
        facts.syntax_errors.extend(refused);
    }
    facts.proxy = Some(Box::new(ProxyFile::Envoy(EnvoyFile { root: data::expression(root) })));
}

/// Files of any name that compose services mount into an image of Envoy.
pub fn demand_mounts(file: &ComposeFile, facts: &mut FileFacts) {
    let is_envoy = |image: Option<&Expr>| image.and_then(Expr::as_str).is_some_and(|image| image.contains("envoy"));
    let services = file.services.iter().filter(|service| is_envoy(service.image.as_ref()));
    demand(services.flat_map(|service| &service.mounts).map(|mount| &mount.source), facts);
}

/// Files of any name that a Dockerfile copies into an image made from Envoy's.
pub fn demand_copies(file: &Dockerfile, facts: &mut FileFacts) {
    let stages = file.stages.iter().filter(|stage| stage.from.as_str().is_some_and(|from| from.contains("envoy")));
    let copies = stages.flat_map(|stage| &stage.copies).filter(|copy| copy.from_stage.is_none());
    demand(copies.map(|copy| &copy.source), facts);
}

fn demand<'e>(sources: impl Iterator<Item = &'e Expr>, facts: &mut FileFacts) {
    for source in sources.filter_map(Expr::as_str) {
        let is_data = [".yaml", ".yml", ".json"].iter().any(|ending| source.ends_with(ending));
        if is_data {
            facts.demands.push(Demand::Data(Arc::from(source)));
        }
    }
}

/// A field by its name in the schema; the spelling of JSON (`portValue`) means the same.
fn field<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    node.pairs()
        .iter()
        .rev()
        .find(|pair| is_field(&pair.key, name))
        .map(|pair| &pair.value)
        .filter(|value| !value.is_null())
}

/// Whether a key is the field `name`, as written in the schema or in JSON's spelling.
fn is_field(key: &str, name: &str) -> bool {
    if key == name {
        return true;
    }
    let mut wanted = name.chars();
    let mut key = key.chars();
    while let Some(next) = wanted.next() {
        let expected = if next == '_' { wanted.next().map(|next| next.to_ascii_uppercase()) } else { Some(next) };
        if key.next() != expected {
            return false;
        }
    }
    key.next().is_none()
}

/// The field at the end of a path of names.
fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, name| field(node, name))
}

/// The items of a list under a field.
fn items<'n>(node: &'n Node, name: &str) -> &'n [Node] {
    field(node, name).map(Node::items).unwrap_or_default()
}

/// Whether a field is `true`.
fn is_true(node: &Node, name: &str) -> bool {
    use crate::parse::data::NodeKind;
    field(node, name).is_some_and(|found| matches!(found.kind, NodeKind::Scalar { kind: ScalarKind::Bool(true), .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileKind, FileRole, LineIndex, Tracking};

    fn facts(text: &str) -> FileFacts {
        let path = RepoPath::new("envoy.yaml").expect("inside");
        let mut facts =
            FileFacts::new(path, FileKind::Yaml, FileRole::Production, Tracking::Tracked, LineIndex::new(text));
        crate::facts::adapters::data::read(text, &mut facts);
        facts
    }

    #[test]
    fn a_bootstrap_is_told_from_other_files() {
        assert!(facts("static_resources:\n  listeners: []\n").proxy.is_some());
        assert!(facts("staticResources: {listeners: []}\n").proxy.is_some());
        assert!(facts("static_resources:\n").proxy.is_none());
        assert!(facts("services: {}\n").proxy.is_none());
        let may = |path: &str| may_be(&RepoPath::new(path).expect("inside"));
        assert!(
            may("deploy/envoy.yaml") && may("envoy/front.yml") && may("front-envoy.json") && may("edge/gateway.yaml")
        );
        assert!(!may("k8s/app.yaml") && !may("envoy/README.md"));
    }

    #[test]
    fn names_in_static_clusters_are_refused() {
        let text = "static_resources:\n  clusters:\n  - name: a\n    type: STATIC\n    load_assignment:\n      endpoints:\n      - lb_endpoints:\n        - endpoint: {address: {socket_address: {address: api, port_value: 1}}}\n";
        let found = facts(text);
        assert_eq!(found.syntax_errors.len(), 1);
        let error = &found.syntax_errors[0];
        assert_eq!(&text[error.span.range()], "api");
        let named = text.replace("STATIC", "STRICT_DNS");
        assert!(facts(&named).syntax_errors.is_empty());
        assert!(facts(&text.replace("address: api", "address: 10.0.0.1")).syntax_errors.is_empty());
        assert!(facts(&text.replace("address: api", "address: \"{{ host }}\"")).syntax_errors.is_empty());
    }
}
