//! Calls that follow one another on what the first of them was made on: `router.get(..).post(..)`.

use tree_sitter::Node;

use super::value::MethodCall;
use crate::base::Limit;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::strip;

/// Calls of one chain: each is followed to its beginning.
const CALLS: Limit = Limit::new(
    200,
    "calls in one chain",
    "which routes the applications of the file have is unknown",
    "write the routes as statements of their own",
);

/// What the first call of a chain was made on.
pub fn start<'t>(cx: &EcmaCx<'t>, receiver: Node<'t>, is_link: impl Fn(&MethodCall<'t>) -> bool) -> Node<'t> {
    let mut node = strip(receiver);
    for _ in 0..CALLS.most() {
        match MethodCall::of(cx, node).filter(|call| is_link(call)) {
            Some(call) => node = strip(call.receiver),
            None => return node,
        }
    }
    cx.limit(cx.span(node), CALLS);
    node
}

/// The calls of the chain that begins with a node, the first one first.
pub fn calls_on<'t>(cx: &EcmaCx<'t>, node: Node<'t>, is_link: impl Fn(&MethodCall<'t>) -> bool) -> Vec<MethodCall<'t>> {
    let outer = |node: Node<'t>| {
        let member = cx.parent(node).filter(|parent| parent.kind() == "member_expression")?;
        cx.parent(member).and_then(|call| MethodCall::of(cx, call)).filter(|call| is_link(call))
    };
    let mut found = Vec::new();
    let mut last = node;
    for _ in 0..CALLS.most() {
        let Some(call) = outer(last) else { return found };
        last = call.node;
        found.push(call);
    }
    cx.limit(cx.span(node), CALLS);
    found
}
