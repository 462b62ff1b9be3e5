//! What routes hang on: an instance that is made, or the one that a plugin gets.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::value::{MethodCall, ServerValue, name_of, surrounding, target};
use super::outermost;
use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::lang::ecma::{BindingKind, EcmaCx};
use crate::facts::{Expr, ExprKind, FileFacts, Framework, HoleReason, MountFact, MountStyle, RouterFact, RouterKind};

/// Options that change which paths a route takes.
const CHANGES_PATHS: [&str; 5] =
    ["ignoreTrailingSlash", "ignoreDuplicateSlashes", "caseSensitive", "routerOptions", "rewriteUrl"];

/// `fastify(options)`.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let span = cx.span(node);
    let name = name_of(cx, outermost(node));
    let function = surrounding(cx, node);
    let own = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    facts.routers.push(RouterFact {
        span,
        name,
        function: function.clone(),
        framework: Framework::Fastify,
        kind: RouterKind::App,
        prefix: None,
        root_path: None,
    });
    let options = arguments(node).first().map(|options| cx.initial(*options));
    let changed = options.is_some_and(|options| {
        options.kind() != "object" || CHANGES_PATHS.iter().any(|key| cx.option(options, key).is_some())
    });
    if changed {
        facts.mounts.push(MountFact {
            span,
            parent: own,
            child: Expr::hole(span, HoleReason::Unsupported),
            prefix: None,
            style: MountStyle::Include,
            function,
        });
    }
}

/// Something that routes hang on, with the function by which its name is looked up.
pub struct Instance {
    /// Its name, or the place of the plugin that gets it.
    pub expr: Expr,
    /// The function around an instance that is made in one.
    pub function: Option<Arc<str>>,
}

/// The instance that a call is made on.
pub fn of<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) -> Option<Instance> {
    let receiver = first_receiver(cx, call.receiver);
    if let Some(found) = target(cx, receiver, facts)
        && matches!(found.value, Some(ServerValue::FastifyApp { .. }))
    {
        return Some(Instance { expr: found.expr, function: found.function });
    }
    let function = plugin_around(cx, receiver)?;
    Some(Instance { expr: plugin(cx, function, facts), function: None })
}

/// What a chain of calls is made on: each of them gives the instance back.
fn first_receiver<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Node<'t> {
    let mut node = strip(node);
    for _ in 0..64 {
        match MethodCall::of(cx, node) {
            Some(call) if call.method != "listen" => node = strip(call.receiver),
            _ => break,
        }
    }
    node
}

/// The function whose first parameter a name is, when it is a plugin.
fn plugin_around<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Node<'t>> {
    let (_, binding) = cx.binding_of(node)?;
    let BindingKind::Param { function, index: 0, path, .. } = &binding.kind else { return None };
    let function = path.is_empty().then(|| cx.scopes.scope(*function).node)?;
    is_plugin(cx, function).then_some(function)
}

/// Whether a function is a plugin: the name or the type of what it gets says so, or what is around it does.
pub fn is_plugin<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> bool {
    let of_params = function.child_by_field_name("parameters").or_else(|| function.child_by_field_name("parameter"));
    let params = of_params.map_or("", |params| cx.text(params));
    if params.contains("fastify") || params.contains("Fastify") {
        return true;
    }
    let typed = function.parent().is_some_and(|parent| {
        parent.kind() == "variable_declarator"
            && parent.child_by_field_name("type").is_some_and(|kind| cx.text(kind).contains("Fastify"))
    });
    typed || is_registered(cx, function) || wrapper(cx, function).is_some()
}

/// Whether a call of the file registers a function: `app.register(async (instance) => { ... })`, `app.register(routes)`.
fn is_registered<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> bool {
    let registers = |node: Node<'t>, accepts: &dyn Fn(Node<'t>) -> bool| {
        MethodCall::of(cx, node)
            .is_some_and(|call| call.method == "register" && call.args.first().is_some_and(|first| accepts(*first)))
    };
    if let Some(call) = function.parent().and_then(|arguments| arguments.parent())
        && registers(call, &|first| first.id() == function.id())
    {
        return true;
    }
    let Some(name) = cx.function_name(function) else { return false };
    let is_it = |first: Node<'t>| first.kind() == "identifier" && cx.text(first) == &*name;
    cx.shown.iter().any(|node| node.kind() == "call_expression" && registers(*node, &is_it))
}

/// The call of `fastify-plugin` around a function.
pub fn wrapper<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> Option<Node<'t>> {
    let is_wrapper = |call: Node<'t>| {
        call.kind() == "call_expression"
            && call
                .child_by_field_name("function")
                .and_then(|callee| cx.origin(callee))
                .is_some_and(|origin| origin.is_module("fastify-plugin"))
    };
    if let Some(call) = function.parent().and_then(|arguments| arguments.parent()).filter(|call| is_wrapper(*call)) {
        return Some(call);
    }
    // `async function routes(...) {}` and, elsewhere in the file, `fp(routes)`.
    let name = cx.called_name(function)?;
    cx.shown
        .iter()
        .copied()
        .filter(|node| is_wrapper(*node))
        .find(|call| arguments(*call).first().is_some_and(|first| cx.text(*first) == &*name))
}

/// The name of a plugin; its router is added where it is not there yet.
pub fn plugin<'t>(cx: &EcmaCx<'t>, function: Node<'t>, facts: &mut FileFacts) -> Expr {
    let span = cx.span(function);
    let wrapper = wrapper(cx, function);
    let name = plugin_name(cx, function, wrapper);
    let expr = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    if !facts.routers.iter().any(|router| router.span == span) {
        facts.routers.push(RouterFact {
            span,
            name,
            function: None,
            framework: Framework::Fastify,
            kind: if wrapper.is_some() { RouterKind::Plugin } else { RouterKind::Router },
            prefix: None,
            root_path: None,
        });
    }
    expr
}

/// The name by which others know a plugin: that of its wrapped form, its own, or none.
fn plugin_name<'t>(cx: &EcmaCx<'t>, function: Node<'t>, wrapper: Option<Node<'t>>) -> Arc<str> {
    let wrapped = wrapper.and_then(|wrapper| match (cx.bound_name(wrapper), wrapper.parent()) {
        (Some("exports"), _) => Some(Arc::from("default")),
        (Some(name), _) => Some(Arc::from(name)),
        (None, Some(parent)) if parent.kind() == "export_statement" => Some(Arc::from("default")),
        _ => None,
    });
    wrapped.or_else(|| cx.called_name(function)).unwrap_or_else(|| Arc::from(""))
}

/// Whether an object has a key that is `true`.
pub fn is_true<'t>(cx: &EcmaCx<'t>, object: Node<'t>, key: &str) -> bool {
    cx.option(object, key).is_some_and(|value| cx.text(value) == "true")
}

/// The methods of an array or one string, upper case; none when they are not written out.
pub fn methods<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Vec<Arc<str>>> {
    let node = cx.initial(node);
    let text = |node: Node<'t>| {
        crate::facts::lang::ecma::node::string_text(strip(node), cx.source)
            .map(|text| Arc::from(text.to_ascii_uppercase()))
    };
    match node.kind() {
        "array" => children(node).map(text).collect(),
        _ => Some(vec![text(node)?]),
    }
}
