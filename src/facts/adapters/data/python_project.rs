//! pyproject.toml and Pipfile: Python dependencies.

use std::sync::Arc;

use crate::facts::adapters::requirements::{normalized, python_manifest, requirement};
use crate::facts::{Dependency, FileFacts};
use crate::parse::data::Node;

/// The lists of a `pyproject.toml`: PEP 621, PEP 735 groups, and Poetry's own tables.
pub(super) fn read(root: &Node, facts: &mut FileFacts) {
    let mut found = Vec::new();
    listed(root.at(&["project", "dependencies"]), false, &mut found);
    for group in root.at(&["project", "optional-dependencies"]).map(Node::pairs).unwrap_or_default() {
        listed(Some(&group.value), false, &mut found);
    }
    for group in root.get("dependency-groups").map(Node::pairs).unwrap_or_default() {
        listed(Some(&group.value), true, &mut found);
    }
    table(root.at(&["tool", "poetry", "dependencies"]), false, &mut found);
    table(root.at(&["tool", "poetry", "dev-dependencies"]), true, &mut found);
    for group in root.at(&["tool", "poetry", "group"]).map(Node::pairs).unwrap_or_default() {
        table(group.value.get("dependencies"), true, &mut found);
    }
    let name = root.at(&["project", "name"]).or_else(|| root.at(&["tool", "poetry", "name"]));
    let is_package = name.is_some() || !found.is_empty();
    if is_package {
        facts.manifest = Some(Box::new(python_manifest(name.and_then(Node::text).cloned(), found)));
    }
}

/// The tables of a Pipfile.
pub(super) fn read_pipfile(root: &Node, facts: &mut FileFacts) {
    let mut found = Vec::new();
    table(root.get("packages"), false, &mut found);
    table(root.get("dev-packages"), true, &mut found);
    facts.manifest = Some(Box::new(python_manifest(None, found)));
}

fn listed(node: Option<&Node>, development: bool, found: &mut Vec<Dependency>) {
    for (text, span) in node.map(Node::texts).unwrap_or_default() {
        found.extend(requirement(text, span, development));
    }
}

fn table(node: Option<&Node>, development: bool, found: &mut Vec<Dependency>) {
    for pair in node.map(Node::pairs).unwrap_or_default() {
        if &*pair.key == "python" {
            continue;
        }
        let version = pair.value.text().or_else(|| pair.value.get("version").and_then(Node::text));
        found.push(Dependency {
            name: normalized(&pair.key),
            extras: super::texts(pair.value.get("extras")),
            requirement: version.cloned().unwrap_or_else(|| Arc::from("")),
            span: pair.key_span.cover(pair.value.span),
            development,
        });
    }
}
