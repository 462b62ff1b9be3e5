//! Kubernetes manifests, kustomizations and templates of charts.

mod commands;
mod patches;
mod refused;
mod scalars;
mod texts;

use std::sync::Arc;

use memchr::memmem;

use crate::base::{RepoPath, has_statement};
use crate::facts::lang::data;
use crate::facts::{Demand, FileFacts, KubernetesFile, TemplateBranch, TemplateCondition};
use crate::parse::data::Node;
use crate::parse::go_template::{self, Masked};
use crate::parse::yaml;

/// Whether a file may hold manifests by its name: what is in it decides.
#[must_use]
pub fn may_be(path: &RepoPath) -> bool {
    matches!(path.extension(), "yaml" | "yml")
}

/// Whether a name is that of a kustomization, which may say nothing else of what it is.
fn is_kustomization(path: &RepoPath) -> bool {
    matches!(path.name(), "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Whether a name is that of a chart, or of the values of one.
fn is_chart(path: &RepoPath) -> bool {
    let stem = path.name().rsplit_once('.').map_or("", |(stem, _)| stem);
    stem == "Chart"
        || stem == "values"
        || stem.starts_with("values-")
        || stem.starts_with("values.")
        || stem.starts_with("values_")
}

/// Whether the bytes of a file agree with a name that says little.
#[must_use]
pub fn deserves_parse(path: &RepoPath, bytes: &[u8]) -> bool {
    is_kustomization(path) || is_chart(path) || has_line(bytes, b"apiVersion:") && has_line(bytes, b"kind:")
}

/// Whether a line begins so.
fn has_line(bytes: &[u8], start: &[u8]) -> bool {
    memmem::find_iter(bytes, start)
        .any(|at| at == 0 || bytes.get(at - 1) == Some(&b'\n') || bytes.get(at - 1) == Some(&b'\xbf'))
}

/// Whether a text is read as manifests, whatever its name says.
#[must_use]
pub fn is_manifest(path: &RepoPath, text: &str) -> bool {
    may_be(path) && !is_chart(path) && deserves_parse(path, text.as_bytes())
}

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let has_braces = text.contains("{{");
    let is_template = has_braces || has_statement(text);
    let masked =
        if has_braces { go_template::mask(text) } else { Masked { text: text.to_owned(), ..Masked::default() } };
    facts.limits.extend(masked.too_deep.map(|span| (span, go_template::DEPTH)));
    let parsed = yaml::parse(&masked.text);
    if !is_template {
        parsed.problems.iter().for_each(|problem| data::record(problem, facts));
    }
    let mut reader = scalars::Reader::new(text, &masked);
    let mut file = KubernetesFile {
        documents: parsed.documents.iter().map(|root| reader.document(root)).collect(),
        conditions: masked.conditions.iter().map(condition).collect(),
        insertions: masked.insertions.clone(),
        is_template: is_template || reader.has_placeholders(),
        ..KubernetesFile::default()
    };
    for root in &parsed.documents {
        commands::collect(&masked.text, root, &mut file);
        if !is_template {
            refused::find(root, facts);
        }
        if !is_template && is_kustomization(&facts.path) {
            patches::read(root, &mut file);
        }
    }
    texts::read(text, &parsed.documents, is_template, &mut file, facts);
    demand(&parsed.documents, facts);
    facts.kubernetes = Some(Box::new(file));
}

fn condition(found: &go_template::Condition) -> TemplateCondition {
    TemplateCondition {
        span: found.span,
        statement: Arc::clone(&found.statement),
        branch: if found.is_else { TemplateBranch::Else } else { TemplateBranch::Then },
    }
}

/// Files of any name that a kustomization makes ConfigMaps and Secrets of.
fn demand(documents: &[Node], facts: &mut FileFacts) {
    if !is_kustomization(&facts.path) {
        return;
    }
    for generator in documents.iter().flat_map(|root| {
        ["configMapGenerator", "secretGenerator"].into_iter().filter_map(|name| root.get(name)).flat_map(Node::items)
    }) {
        let envs = ["envs", "env"].into_iter().filter_map(|name| generator.get(name)).flat_map(Node::texts);
        let files = generator.get("files").map(Node::texts).unwrap_or_default();
        let named = files.into_iter().map(|(text, _)| text.split_once('=').map_or(&**text, |(_, path)| path));
        let demands = envs.map(|(text, _)| Demand::EnvFile(Arc::clone(text)));
        facts.demands.extend(demands.chain(named.map(|path| Demand::File(Arc::from(path)))));
    }
}

#[cfg(test)]
mod tests;
