//! What becomes of the errors of a socket that code opens.

use tree_sitter::Node;

use crate::facts::ErrorHandling;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, string_text, strip};

/// Nodes of a file that are looked at; a file with more of them is left open.
const MOST_NODES: usize = 100_000;

/// How the file handles the errors of the socket that `opened` makes.
pub fn handling<'t>(cx: &EcmaCx<'t>, opened: Node<'t>) -> ErrorHandling {
    let Some(holder) = holder(cx, opened) else { return ErrorHandling::Unknown };
    let mut found = Found::default();
    let mut open = vec![cx.root];
    let mut left = MOST_NODES;
    while let Some(node) = open.pop() {
        if left == 0 || found.is_handled {
            return ErrorHandling::Unknown;
        }
        left -= 1;
        found.look(cx, node, holder);
        open.extend(children(node));
    }
    match (found.empty, found.is_listened_to && !found.leaves) {
        (Some(handler), _) => ErrorHandling::Empty(cx.span(handler)),
        (None, true) => ErrorHandling::Missing,
        (None, false) => ErrorHandling::Unknown,
    }
}

/// What a new socket is put into: `socket`, `this.socket`, `ref.current`.
fn holder<'t>(cx: &EcmaCx<'t>, opened: Node<'t>) -> Option<&'t str> {
    let parent = cx.parent(opened)?;
    let target = match parent.kind() {
        "variable_declarator" => parent.child_by_field_name("name")?,
        "assignment_expression" => parent.child_by_field_name("left")?,
        _ => return None,
    };
    Some(cx.text(target))
}

#[derive(Default)]
struct Found<'t> {
    /// A handler of errors, or of the end that follows each of them, does something.
    is_handled: bool,
    /// A handler of errors does nothing.
    empty: Option<Node<'t>>,
    /// Messages are listened to here.
    is_listened_to: bool,
    /// Other code may get the socket.
    leaves: bool,
}

impl<'t> Found<'t> {
    fn look(&mut self, cx: &EcmaCx<'t>, node: Node<'t>, holder: &str) {
        match node.kind() {
            "assignment_expression" => {
                let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
                else {
                    return;
                };
                let event = left.child_by_field_name("property").map(|property| cx.text(property));
                if let Some(event) = event.and_then(|event| event.strip_prefix("on")) {
                    self.listens(cx, event, right);
                }
            }
            "call_expression" => {
                let args = arguments(node);
                let method =
                    node.child_by_field_name("function").and_then(|callee| callee.child_by_field_name("property"));
                let listens =
                    method.is_some_and(|method| matches!(cx.text(method), "addEventListener" | "on" | "once"));
                if let [event, handler, ..] = args.as_slice()
                    && listens
                    && let Some(event) = string_text(*event, cx.source)
                {
                    self.listens(cx, event, *handler);
                }
                self.leaves |= args.iter().any(|arg| cx.text(*arg) == holder);
            }
            "return_statement" | "export_statement" | "spread_element" | "pair" => {
                self.leaves |= children(node).any(|child| cx.text(strip(child)) == holder);
            }
            "shorthand_property_identifier" => self.leaves |= cx.text(node) == holder,
            _ => {}
        }
    }

    fn listens(&mut self, cx: &EcmaCx<'t>, event: &str, handler: Node<'t>) {
        match event {
            "message" | "open" => self.is_listened_to = true,
            "error" if is_empty(cx, handler) => self.empty = self.empty.or(Some(handler)),
            "error" => self.is_handled = true,
            // The end follows every error; what is said of it is said of the error.
            "close" if self.empty.is_none() => self.leaves = true,
            _ => {}
        }
    }
}

/// Whether a handler is a function without a statement. `null` takes a handler away.
fn is_empty<'t>(cx: &EcmaCx<'t>, handler: Node<'t>) -> bool {
    let handler = strip(handler);
    if cx.text(handler) == "null" {
        return false;
    }
    let body = handler.child_by_field_name("body").filter(|body| body.kind() == "statement_block");
    body.is_some_and(|body| children(body).all(|child| child.kind() == "comment"))
}
