//! Middlewares of Express that may answer by themselves.

use std::sync::Arc;

use tree_sitter::Node;

use super::value::{MethodCall, Target};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::lang::gate::{Front, verdict};
use crate::facts::{Asks, FileFacts, GateFact, GateVerdict, LayerFact, Stands};

/// A handler of `app.use`: a function of this file, one of another, or what a library makes.
pub fn used<'t>(
    cx: &EcmaCx<'t>,
    call: &MethodCall<'t>,
    app: &Target,
    path: Option<Node<'t>>,
    handler: Node<'t>,
    facts: &mut FileFacts,
) {
    let node = strip(handler);
    let (known, other) = match cx.function(node) {
        Some(function) => (of_function(cx, function), None),
        None if is_refusing_library(cx, node) => (Some(GateVerdict::Refuses(Asks::Header)), None),
        None if matches!(node.kind(), "identifier" | "member_expression") => (None, Some(cx.expr(node))),
        None => (None, None),
    };
    if known.is_none() && other.is_none() {
        return;
    }
    let name = if cx.text(node).len() <= 60 && !cx.text(node).contains('\n') { cx.text(node) } else { "this function" };
    facts.layers.push(LayerFact {
        span: call.head,
        target: app.expr.clone(),
        verdict: known,
        code: other,
        name: Arc::from(name),
        stands: Stands::BeforeLater,
        paths: path.map(|path| cx.expr(path)),
        function: app.function.clone(),
    });
}

/// `passport.authenticate('jwt', ...)` and `basicAuth(...)` answer 401 to whoever says nothing.
fn is_refusing_library<'t>(cx: &EcmaCx<'t>, handler: Node<'t>) -> bool {
    if handler.kind() != "call_expression" {
        return false;
    }
    let Some(origin) = handler.child_by_field_name("function").and_then(|callee| cx.origin(callee)) else {
        return false;
    };
    match (origin.module, origin.members()) {
        ("passport", [.., "authenticate"]) => arguments(handler)
            .first()
            .is_some_and(|kind| matches!(cx.text(*kind).trim_matches(['"', '\'']), "jwt" | "bearer" | "basic")),
        ("express-basic-auth", _) => true,
        _ => false,
    }
}

fn of_function<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> Option<GateVerdict> {
    let params: Vec<&str> =
        children(function.child_by_field_name("parameters")?).map(|param| parameter(cx.text(param))).collect();
    // With a fourth one it handles errors.
    let [_, _, next] = params.as_slice() else { return None };
    verdict(&Front { body: function, source: cx.source, next })
}

fn parameter(text: &str) -> &str {
    text.split([':', '?', '=']).next().unwrap_or_default().trim()
}

/// The functions of a file that others may put in front of an application.
pub fn of_file(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    if !cx.says("next") || !["401", "403", "throw", "next("].into_iter().any(|text| cx.says(text)) {
        return;
    }
    for node in &cx.shown {
        let (name, function) = match node.kind() {
            "function_declaration" => (node.child_by_field_name("name").map(|name| cx.text(name)), *node),
            "variable_declarator" => match node.child_by_field_name("value").and_then(|value| cx.function(value)) {
                Some(function) => (node.child_by_field_name("name").map(|name| cx.text(name)), function),
                None => continue,
            },
            // `module.exports = (req, res, next) => ...`, `exports.auth = ...`
            "assignment_expression" => {
                let left = node.child_by_field_name("left").map_or("", |left| cx.text(left));
                let Some(function) = node.child_by_field_name("right").and_then(|value| cx.function(value)) else {
                    continue;
                };
                let name = match left {
                    "module.exports" => "default",
                    _ => match left.strip_prefix("module.exports.").or_else(|| left.strip_prefix("exports.")) {
                        Some(name) => name,
                        None => continue,
                    },
                };
                (Some(name), function)
            }
            "export_statement" => match node.child_by_field_name("value").and_then(|value| cx.function(value)) {
                Some(function) => (Some("default"), function),
                None => continue,
            },
            _ => continue,
        };
        if let (Some(name), Some(verdict)) = (name, of_function(cx, function)) {
            facts.gates.push(GateFact { name: Arc::from(name), span: cx.span(function), verdict });
        }
    }
}
