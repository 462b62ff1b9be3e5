//! Fastify: instances, plugins with their prefixes, routes.
//!
//! A plugin is a function that gets an instance: what it registers there hangs on that function, and the prefix of its
//! registration is in front, unless `fastify-plugin` is around the function.

mod instance;
mod plugins;
mod routes;

use tree_sitter::Node;

use super::value::MethodCall;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::{FileFacts, Framework};

pub use instance::{created, plugins};

/// A call on an instance.
pub fn called<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    let is_meant = routes::is_verb(call.method) || matches!(call.method, "route" | "register");
    // Most files that have such calls have nothing to do with it.
    if !is_meant || !facts.routers.iter().any(|router| router.framework == Framework::Fastify) {
        return;
    }
    let Some(instance) = instance::of(cx, call, facts) else { return };
    match call.method {
        "register" => plugins::registered(cx, call, &instance, facts),
        "route" => routes::described(cx, call, &instance, facts),
        _ => routes::shorthand(cx, call, &instance, facts),
    }
}

/// Whether a node is a creation that has a name only behind `withTypeProvider()`.
fn outermost<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Node<'t> {
    let mut node = node;
    while let Some(member) = cx.parent(node).filter(|parent| parent.kind() == "member_expression")
        && let Some(call) = cx.parent(member).filter(|parent| parent.kind() == "call_expression")
        && call.child_by_field_name("function").is_some_and(|function| function.id() == member.id())
    {
        node = call;
    }
    node
}
