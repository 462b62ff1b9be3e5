//! Files of hosting services: pages come over https, and the service sets variables.

use std::sync::Arc;

use crate::base::Span;
use crate::facts::{Expr, FileFacts, OutsideSetting, PageFact, PageKind};
use crate::parse::data::{Node, NodeKind};

/// Adds the service and the names that its file sets.
pub(super) fn read(service: &str, root: &Node, facts: &mut FileFacts) {
    let span = first_line(root);
    if serves_pages(service, root) {
        facts.pages.push(PageFact { span, kind: PageKind::Hosting(Arc::from(service)) });
    }
    let tables: &[&[&str]] = &[
        &["env"],
        &["build", "env"],
        &["build", "environment"],
        &["env_variables"],
        &["context", "production", "environment"],
    ];
    for path in tables {
        for pair in root.at(path).map(Node::pairs).unwrap_or_default() {
            facts.outside_settings.push(setting(&pair.key, pair.key_span, &pair.value));
        }
    }
    // Render: services with a list of `key` and `value`.
    for service in root.get("services").map(Node::items).unwrap_or_default() {
        for variable in service.get("envVars").map(Node::items).unwrap_or_default() {
            if let Some(key) = variable.get("key")
                && let Some(name) = key.text()
            {
                let value = variable.get("value").and_then(Node::text).map(|text| Expr::str(variable.span, text));
                facts.outside_settings.push(OutsideSetting { name: Arc::clone(name), span: key.span, value });
            }
        }
    }
}

/// Firebase and App Engine files also exist for things without pages.
fn serves_pages(service: &str, root: &Node) -> bool {
    match service {
        "Firebase" => root.get("hosting").is_some(),
        "App Engine" => root.get("runtime").is_some(),
        "Render" | "Fly" => false,
        _ => matches!(root.kind, NodeKind::Map(_)),
    }
}

fn setting(name: &Arc<str>, span: Span, value: &Node) -> OutsideSetting {
    let shown = value.text().filter(|text| !text.starts_with('@')).map(|text| Expr::str(value.span, text));
    OutsideSetting { name: Arc::clone(name), span, value: shown }
}

/// A small place that stands for the whole file.
fn first_line(root: &Node) -> Span {
    let start = root.span.start as usize;
    root.pairs().first().map_or(Span::new(start, start), |pair| pair.key_span)
}
