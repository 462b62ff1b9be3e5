//! Small questions to a syntax tree.

use crate::parse::fields::Fields;
use tree_sitter::Node;

/// The named children of a node, comments left out.
pub fn children<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let mut cursor = node.walk();
    let mut more = cursor.goto_first_child();
    std::iter::from_fn(move || {
        while more {
            let node = cursor.node();
            more = cursor.goto_next_sibling();
            // Comments are extras; the question is cheaper than the name.
            if node.is_named() && !(node.is_extra() && node.kind() == "comment") {
                return Some(node);
            }
        }
        None
    })
}

/// Calls `look` with a node and everything below it, comments left out.
pub fn every<'t>(root: Node<'t>, mut look: impl FnMut(Node<'t>)) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        look(node);
        open.extend(children(node));
    }
}

/// The text of a field of a node.
pub fn field_text<'t>(node: Node<'t>, field: &'static str, text: &'t str) -> Option<&'t str> {
    text.get(node.field(field)?.byte_range())
}

/// The expression inside parentheses, type assertions, `!` and `await`.
pub fn strip(mut node: Node<'_>) -> Node<'_> {
    if node.child_count() == 0 {
        return node;
    }
    while matches!(
        node.kind(),
        "parenthesized_expression"
            | "as_expression"
            | "satisfies_expression"
            | "non_null_expression"
            | "await_expression"
    ) {
        match children(node).next() {
            Some(inner) => node = inner,
            None => break,
        }
    }
    // `<T>x`: the type comes first.
    if node.kind() == "type_assertion"
        && let Some(inner) = children(node).last()
    {
        return inner;
    }
    node
}

/// The content of a plain string node without escapes.
pub fn string_text<'t>(node: Node<'t>, text: &'t str) -> Option<&'t str> {
    if node.kind() != "string" {
        return None;
    }
    let whole = text.get(node.byte_range())?;
    whole.get(1..whole.len().checked_sub(1)?)
}

/// Whether an object is written out, so that what is not in it is not given: `{ ...rest }` may hold anything.
pub fn is_whole_object(node: Node<'_>) -> bool {
    let node = strip(node);
    node.kind() == "object" && !children(node).any(|field| field.kind() == "spread_element")
}

/// Whether a node is a function.
pub fn is_function(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "arrow_function"
            | "function_expression"
            | "function_declaration"
            | "method_definition"
            | "generator_function"
            | "generator_function_declaration"
    )
}

/// The function that a value is: itself, or what `useCallback` and the like pass through.
pub fn function_in<'t>(value: Node<'t>, text: &'t str) -> Option<Node<'t>> {
    let value = strip(value);
    if is_function(value) {
        return Some(value);
    }
    if value.kind() != "call_expression" {
        return None;
    }
    let callee = text.get(value.field("function")?.byte_range())?;
    if !matches!(callee, "useCallback" | "React.useCallback" | "useEventCallback" | "useEffectEvent" | "cache" | "memo")
    {
        return None;
    }
    let first = children(value.field("arguments")?).next().map(strip)?;
    is_function(first).then_some(first)
}

/// The arguments of a call or of `new`, comments left out.
pub fn arguments<'t>(call: Node<'t>) -> Vec<Node<'t>> {
    match call.field("arguments") {
        Some(arguments) if arguments.kind() == "arguments" => children(arguments).collect(),
        _ => Vec::new(),
    }
}
