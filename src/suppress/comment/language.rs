//! What is a comment in which language.

use tree_sitter::Tree;

use crate::base::{FileKind, Span};
use crate::parse::ecma::{self, Grammar, script_blocks};
use crate::parse::python;

/// Where comments are in a text.
pub(super) enum Comments<'t> {
    /// Where its tree has them.
    Tree(Option<Tree>),
    /// In its scripts where their trees have them, and between tags.
    Page { text: &'t str, scripts: Vec<(Span, Option<Tree>)> },
    /// Wherever a line begins with one.
    Lines,
}

impl<'t> Comments<'t> {
    /// Those of a file.
    pub(super) fn of(kind: FileKind, text: &'t str) -> Self {
        match kind {
            FileKind::TypeScript => Self::Tree(ecma::parse(text, Grammar::TypeScript, &[])),
            FileKind::Tsx => Self::Tree(ecma::parse(text, Grammar::Tsx, &[])),
            FileKind::Python => Self::Tree(python::parse(text).ok()),
            FileKind::Vue | FileKind::Svelte | FileKind::Html => {
                let blocks = script_blocks(text);
                let script = |block: &ecma::ScriptBlock<'_>| {
                    let typed = block.attributes.contains("\"ts\"") || block.attributes.contains("'ts'");
                    let grammar = if typed { Grammar::TypeScript } else { Grammar::Tsx };
                    (block.body, ecma::parse(text, grammar, &[block.body]))
                };
                Self::Page { text, scripts: blocks.iter().map(script).collect() }
            }
            _ => Self::Lines,
        }
    }

    /// Whether one begins at byte `at`, where the text of one was put.
    pub(super) fn has(&self, at: usize) -> bool {
        match self {
            Self::Tree(tree) => in_tree(tree.as_ref(), at),
            Self::Page { text, scripts } => {
                let behind = scripts.partition_point(|(body, _)| body.range().start <= at);
                let script = behind.checked_sub(1).and_then(|index| scripts.get(index));
                match script.filter(|(body, _)| body.range().contains(&at)) {
                    Some((_, tree)) => in_tree(tree.as_ref(), at),
                    None => text.get(at..).is_some_and(|rest| rest.starts_with("<!--")),
                }
            }
            Self::Lines => true,
        }
    }
}

fn in_tree(tree: Option<&Tree>, at: usize) -> bool {
    let node = tree.and_then(|tree| tree.root_node().descendant_for_byte_range(at, at + 1));
    node.is_some_and(|node| node.kind().contains("comment"))
}
