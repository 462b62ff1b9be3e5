//! What becomes of the errors of a socket that code opens.

use std::collections::HashSet;

use tree_sitter::Node;

use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, string_text, strip};
use crate::facts::{ClientApi, ClientCall, ErrorHandling, FileFacts};

/// Nodes of a file that are looked at; a file with more of them is left open.
const MOST_NODES: usize = 100_000;

/// Says of each plain WebSocket of a file what becomes of its errors. Asked for once all calls are known.
pub fn note(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    let is_opened = |call: &&mut ClientCall| call.api == ClientApi::WebSocket;
    if !facts.client_calls.iter_mut().any(|call| is_opened(&call)) {
        return;
    }
    let Some(found) = Found::of(cx) else { return };
    for call in facts.client_calls.iter_mut().filter(is_opened) {
        let range = call.span.start as usize..call.span.end as usize;
        let opened = cx.root.descendant_for_byte_range(range.start, range.end);
        let holder = opened.filter(|opened| opened.kind() == "new_expression").and_then(|opened| holder(cx, opened));
        // A call of another script of the page is left as it is.
        if let Some(holder) = holder {
            call.errors = found.handling(cx, holder);
        }
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

/// What a file does with sockets, whichever they are.
#[derive(Default)]
struct Found<'t> {
    /// A handler of errors, or of the end that follows each of them, does something.
    is_handled: bool,
    /// A handler of errors does nothing.
    empty: Option<Node<'t>>,
    /// Messages are listened to here.
    is_listened_to: bool,
    /// The end is listened to.
    is_ended: bool,
    /// What other code may get.
    leaves: HashSet<&'t str>,
}

impl<'t> Found<'t> {
    /// What the whole file does; nothing is known of a file that is too long.
    fn of(cx: &EcmaCx<'t>) -> Option<Self> {
        let mut found = Self::default();
        let mut open = vec![cx.root];
        let mut left = MOST_NODES;
        while let Some(node) = open.pop() {
            left = left.checked_sub(1)?;
            found.look(cx, node);
            open.extend(children(node));
        }
        Some(found)
    }

    fn handling(&self, cx: &EcmaCx<'t>, holder: &str) -> ErrorHandling {
        match self.empty {
            _ if self.is_handled => ErrorHandling::Unknown,
            Some(handler) => ErrorHandling::Empty(cx.span(handler)),
            None if self.is_listened_to && !self.is_ended && !self.leaves.contains(holder) => ErrorHandling::Missing,
            None => ErrorHandling::Unknown,
        }
    }

    fn look(&mut self, cx: &EcmaCx<'t>, node: Node<'t>) {
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
                args.into_iter().for_each(|arg| self.leave(cx, arg));
            }
            "return_statement" | "export_statement" | "spread_element" | "pair" => {
                children(node).for_each(|child| self.leave(cx, strip(child)));
            }
            "shorthand_property_identifier" => self.leave(cx, node),
            _ => {}
        }
    }

    /// Other code may get what is written here.
    fn leave(&mut self, cx: &EcmaCx<'t>, node: Node<'t>) {
        if matches!(node.kind(), "identifier" | "member_expression" | "shorthand_property_identifier") {
            self.leaves.insert(cx.text(node));
        }
    }

    fn listens(&mut self, cx: &EcmaCx<'t>, event: &str, handler: Node<'t>) {
        match event {
            "message" | "open" => self.is_listened_to = true,
            "error" if is_empty(cx, handler) => self.empty = self.empty.or(Some(handler)),
            "error" => self.is_handled = true,
            // The end follows every error; what is said of it is said of the error.
            "close" => self.is_ended = true,
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
