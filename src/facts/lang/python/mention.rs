//! Where code says the Origin header: names that hold it, and what it is compared with.

use tree_sitter::Node;

use super::steps::Walk;
use crate::parse::fields::Fields;

/// A name that holds the Origin header, whole or a part of it.
#[derive(Clone, Copy)]
pub(super) struct Origin<'t> {
    pub(super) name: &'t str,
    pub(super) whole: bool,
}

impl<'t> Walk<'_, 't> {
    /// Whether `node` reads the Origin header or uses a name that holds it.
    pub(super) fn mentions_origin(&self, node: Node<'t>, origins: &[Origin<'t>]) -> bool {
        if !self.cx.names_origin {
            return false;
        }
        let mut stack = vec![node];
        let mut seen = 0;
        while let Some(node) = stack.pop() {
            seen += 1;
            if seen > 200 {
                return false;
            }
            match node.kind() {
                "identifier" if origins.iter().any(|origin| origin.name == self.cx.text(node)) => return true,
                "string" => {
                    let text = self.cx.text(node).trim_start_matches(['b', 'B', 'r']).trim_matches(['"', '\'']);
                    if text.eq_ignore_ascii_case("origin") {
                        return true;
                    }
                }
                _ => {
                    let mut cursor = node.walk();
                    stack.extend(node.named_children(&mut cursor));
                }
            }
        }
        false
    }

    /// Whether `node` is the header's whole value: the read itself, or a name that holds it.
    pub(super) fn is_origin(&self, node: Node<'t>, origins: &[Origin<'t>]) -> bool {
        let mut node = node;
        while let Some(inner) = match node.kind() {
            "parenthesized_expression" | "await" => node.named_child(0),
            "boolean_operator" => node.field("left"),
            _ => None,
        } {
            node = inner;
        }
        match node.kind() {
            "identifier" => origins.iter().any(|origin| origin.whole && origin.name == self.cx.text(node)),
            "subscript" => self.mentions_origin(node, &[]),
            "call" => self.cx.method(node).is_some_and(|(object, name)| {
                name == "get" && !self.mentions_origin(object, origins) && self.mentions_origin(node, &[])
            }),
            _ => false,
        }
    }
}
