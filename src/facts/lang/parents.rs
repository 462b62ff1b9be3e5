//! What is around each node of a tree. tree-sitter looks for a node's parent from the root down, past all siblings before it, so
//! that asking for each of many nodes costs their number squared; clippy.toml forbids to ask it.

use std::cell::OnceCell;
use std::collections::HashMap;

use tree_sitter::Node;

/// The nodes around the nodes below a root, found in one walk once the first is asked for.
pub struct Parents<'t> {
    root: Node<'t>,
    /// By the identity of the inner node.
    known: OnceCell<HashMap<usize, Node<'t>>>,
}

impl<'t> Parents<'t> {
    /// Those of the nodes below `root`.
    #[must_use]
    pub fn below(root: Node<'t>) -> Self {
        Self { root, known: OnceCell::new() }
    }

    /// The node around a node; `None` for the root and for nodes of other trees.
    #[must_use]
    pub fn of(&self, node: Node<'_>) -> Option<Node<'t>> {
        self.known.get_or_init(|| walk(self.root)).get(&node.id()).copied()
    }
}

fn walk(root: Node<'_>) -> HashMap<usize, Node<'_>> {
    let mut parents = HashMap::new();
    let mut around: Vec<Node<'_>> = Vec::new();
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if let Some(parent) = around.last() {
            parents.insert(node.id(), *parent);
        }
        if cursor.goto_first_child() {
            around.push(node);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return parents;
            }
            around.pop();
        }
    }
}
