//! Kubernetes manifests, kustomizations and templates of charts.

mod commands;
mod patches;
mod refused;
mod texts;

use std::sync::Arc;

use memchr::memmem;

use crate::base::{RepoPath, Span};
use crate::facts::lang::data;
use crate::facts::{
    Demand, Expr, ExprKind, Field, FileFacts, HoleReason, KubernetesFile, Op, TemplateBranch, TemplateCondition,
};
use crate::parse::data::{Node, NodeKind};
use crate::parse::fragment::Fragment;
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
    let is_template = has_braces || is_of_other_language(text);
    let masked =
        if has_braces { go_template::mask(text) } else { Masked { text: text.to_owned(), ..Masked::default() } };
    facts.limits.extend(masked.too_deep.map(|span| (span, go_template::DEPTH)));
    let parsed = yaml::parse(&masked.text);
    if !is_template {
        parsed.problems.iter().for_each(|problem| data::record(problem, facts));
    }
    let reader = Reader { masked: &masked };
    let mut file = KubernetesFile {
        documents: parsed.documents.iter().map(|root| reader.expression(root)).collect(),
        conditions: masked.conditions.iter().map(condition).collect(),
        insertions: masked.insertions.clone(),
        is_template,
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

/// Whether a text has the marks of another template language: of Jinja, ERB, Terraform or `@NAME@`.
fn is_of_other_language(text: &str) -> bool {
    let is_name = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let pieces: Vec<&str> = text.split('@').collect();
    let between = pieces.get(1..pieces.len().saturating_sub(1)).unwrap_or_default();
    ["{%", "%{", "<%"].iter().any(|mark| text.contains(mark)) || between.iter().any(|word| is_name(word))
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
        for demand in demands.chain(named.map(|path| Demand::File(Arc::from(path)))).collect::<Vec<_>>() {
            if !facts.demands.contains(&demand) {
                facts.demands.push(demand);
            }
        }
    }
}

/// Turns nodes into expressions, with the placeholders that were masked.
struct Reader<'m> {
    masked: &'m Masked,
}

impl Reader<'_> {
    fn expression(&self, node: &Node) -> Expr {
        match &node.kind {
            NodeKind::List(items) => {
                Expr::new(node.span, ExprKind::List(items.iter().map(|item| self.expression(item)).collect()))
            }
            NodeKind::Map(pairs) => {
                let field = |pair: &crate::parse::data::Pair| Field {
                    key: Arc::clone(&pair.key),
                    key_span: pair.key_span,
                    value: self.expression(&pair.value),
                };
                Expr::new(node.span, ExprKind::Object(pairs.iter().map(field).collect()))
            }
            NodeKind::Scalar { text, .. } => self.scalar(node, text),
        }
    }

    fn scalar(&self, node: &Node, text: &str) -> Expr {
        let holes = &self.masked.holes;
        let first = holes.partition_point(|(span, _)| span.end <= node.span.start);
        let inside = holes.get(first..).unwrap_or_default();
        let count = inside.iter().take_while(|(span, _)| span.start < node.span.end).count();
        let inside = inside.get(..count).unwrap_or_default();
        if inside.is_empty() {
            return data::expression(node);
        }
        let hole = |span: Span, inner: &Arc<str>| Expr::hole(span, HoleReason::Template(Arc::clone(inner)));
        let fragment = Fragment::of(&self.masked.text, node.span, text);
        let whole = fragment.whole();
        if whole.range().len() != text.len() {
            return hole(node.span, &Arc::from(""));
        }
        let mut parts = Vec::new();
        let mut at = whole.start;
        let known = |from: u32, to: u32| {
            let from = (from - whole.start) as usize;
            let piece = text.get(from..(to - whole.start) as usize).unwrap_or_default();
            Expr::str(Span::new(from + whole.start as usize, to as usize), piece)
        };
        for (span, inner) in inside {
            if span.start < at || span.end > whole.end {
                return hole(node.span, &Arc::from(""));
            }
            if span.start > at {
                parts.push(known(at, span.start));
            }
            parts.push(hole(*span, inner));
            at = span.end;
        }
        if at < whole.end {
            parts.push(known(at, whole.end));
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => only,
            Some(last) => {
                parts.push(last);
                Expr::new(node.span, ExprKind::Op(Op::Concat, parts))
            }
            None => data::expression(node),
        }
    }
}

#[cfg(test)]
mod tests;
