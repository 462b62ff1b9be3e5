//! tsconfig and jsconfig: how imports are resolved.

use std::sync::Arc;

use crate::facts::{Demand, FileFacts, PathAliases};
use crate::parse::data::Node;

/// Adds the aliases, and asks for the configuration that it extends.
pub(super) fn read(root: &Node, facts: &mut FileFacts) {
    let base_url = root.at(&["compilerOptions", "baseUrl"]).and_then(Node::text).cloned();
    let paths = root.at(&["compilerOptions", "paths"]).map(Node::pairs).unwrap_or_default();
    let paths = paths.iter().map(|pair| (Arc::clone(&pair.key), super::texts(Some(&pair.value)))).collect();
    let extends = super::texts(root.get("extends")).into_iter().next_back();
    if let Some(extends) = extends.as_ref().filter(|path| path.starts_with('.')) {
        facts.demands.push(Demand::File(Arc::clone(extends)));
    }
    facts.aliases = Some(Box::new(PathAliases { base_url, paths, extends }));
}
