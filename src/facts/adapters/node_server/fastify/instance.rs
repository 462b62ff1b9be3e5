//! What routes hang on: an instance that is made, or the one that a plugin gets.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tree_sitter::Node;

use super::super::value::{MethodCall, ServerValue, name_of, surrounding, target};
use super::outermost;
use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::lang::ecma::{BindingKind, EcmaCx};
use crate::facts::{Expr, ExprKind, FileFacts, Framework, MountFact, RouterFact, RouterKind};

/// Options that change which paths a route takes.
const CHANGES_PATHS: [&str; 5] =
    ["ignoreTrailingSlash", "ignoreDuplicateSlashes", "caseSensitive", "routerOptions", "rewriteUrl"];

/// `fastify(options)`.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let span = cx.span(node);
    let name = name_of(cx, outermost(cx, node));
    let function = surrounding(cx, node);
    let own = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    facts.routers.push(RouterFact::new(span, name, function.clone(), Framework::Fastify, RouterKind::App));
    let options = arguments(node).first().map(|options| cx.initial(*options));
    let changed = options.is_some_and(|options| {
        options.kind() != "object" || CHANGES_PATHS.iter().any(|key| cx.option(options, key).is_some())
    });
    if changed {
        facts.mounts.push(MountFact::unread(span, own, function));
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
    let (_, binding) = cx.binding_of(receiver)?;
    let BindingKind::Param { function, index: 0, path, .. } = &binding.kind else { return None };
    let function = path.is_empty().then(|| cx.scopes.scope(*function).node)?;
    Some(Instance { expr: plugin(cx, function, facts)?, function: None })
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

/// What the calls of a file do with functions, by the functions' names and by the functions that are written in place.
#[derive(Default)]
struct Given<'t> {
    /// Those that are registered: `app.register(routes)`.
    registered: HashSet<Function<'t>>,
    /// Those that `fastify-plugin` is around, with its call.
    wrapped: HashMap<Function<'t>, Node<'t>>,
}

/// A function as an argument of a call.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Function<'t> {
    Named(&'t str),
    Here(usize),
}

/// Adds the plugins of a file, before anything that is registered in them.
pub fn plugins<'t>(cx: &EcmaCx<'t>, facts: &mut FileFacts) {
    let is_named = cx.says("astify");
    if !is_named && !cx.scopes.functions().any(|function| registers_as_plugin(cx, function)) {
        return;
    }
    let mut given = Given::default();
    for call in cx.shown.iter().copied().filter(|node| node.kind() == "call_expression") {
        let Some(first) = arguments(call).first().copied() else { continue };
        let function =
            if first.kind() == "identifier" { Function::Named(cx.text(first)) } else { Function::Here(first.id()) };
        let callee = call.child_by_field_name("function");
        if MethodCall::of(cx, call).is_some_and(|call| call.method == "register") {
            given.registered.insert(function);
        } else if callee.and_then(|callee| cx.origin(callee)).is_some_and(|origin| origin.is_module("fastify-plugin")) {
            given.wrapped.insert(function, call);
        }
    }
    for function in cx.scopes.functions() {
        let own = cx.function_name(function);
        let ways = [own.as_deref().map(Function::Named), Some(Function::Here(function.id()))];
        let mut ways = ways.iter().flatten();
        let wrapper = ways.clone().find_map(|way| given.wrapped.get(way)).copied();
        let is_one = || gets_an_instance(cx, function) || registers_as_plugin(cx, function);
        if wrapper.is_none() && !ways.any(|way| given.registered.contains(way)) && !is_one() {
            continue;
        }
        let kind = if wrapper.is_some() { RouterKind::Plugin } else { RouterKind::Router };
        let name = plugin_name(cx, function, wrapper);
        facts.routers.push(RouterFact::new(cx.span(function), name, None, Framework::Fastify, kind));
    }
}

/// Whether the name or the type of what a function gets says that it is an instance, or its own type does.
fn gets_an_instance<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> bool {
    let params = function.child_by_field_name("parameters");
    let first = params.and_then(|params| children(params).next()).or_else(|| function.child_by_field_name("parameter"));
    let first = first.map_or("", |first| cx.text(first));
    let typed = cx.parent(function).filter(|parent| parent.kind() == "variable_declarator");
    let typed = typed.and_then(|parent| parent.child_by_field_name("type")).map_or("", |kind| cx.text(kind));
    first.starts_with("fastify") || first.contains("FastifyInstance") || typed.contains("FastifyPlugin")
}

/// Names of what a plugin gets behind the instance.
const BEHIND_INSTANCE: [&str; 6] = ["opts", "options", "_opts", "_options", "_", "opt"];

/// Whether a function that others may load does what a plugin does, though its file never says the framework's name: it is
/// asynchronous or gets options, and routes with literal paths are made on its first parameter.
fn registers_as_plugin<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> bool {
    let params: Vec<Node<'t>> =
        function.child_by_field_name("parameters").map(|params| children(params).collect()).unwrap_or_default();
    let Some(first) = params.first() else { return false };
    let name = cx.text(*first).split([':', '=', ' ']).next().unwrap_or_default();
    let is_asynchronous =
        (0..function.child_count()).filter_map(|index| function.child(index)).any(|child| child.kind() == "async");
    let options = params.get(1).map_or("", |second| cx.text(*second).split([':', '=', ' ']).next().unwrap_or_default());
    if name.is_empty() || !is_asynchronous && !BEHIND_INSTANCE.contains(&options) || !is_loaded_by_others(cx, function)
    {
        return false;
    }
    let Some(body) = function.child_by_field_name("body").filter(|body| body.kind() == "statement_block") else {
        return false;
    };
    children(body).filter(|statement| statement.kind() == "expression_statement").any(|statement| {
        let call = children(statement).next().map(strip).and_then(|node| MethodCall::of(cx, node));
        call.is_some_and(|call| {
            matches!(call.method, "get" | "post" | "put" | "patch" | "delete")
                && cx.text(call.receiver) == name
                && call.args.len() > 1
                && call.args.first().is_some_and(|path| cx.text(*path).trim_matches(['"', '\'', '`']).starts_with('/'))
        })
    })
}

/// Whether a function is exported where it is written.
fn is_loaded_by_others<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> bool {
    let Some(parent) = cx.parent(function) else { return false };
    match parent.kind() {
        "export_statement" => true,
        "assignment_expression" => parent.child_by_field_name("left").is_some_and(|left| {
            let name = cx.text(left);
            name == "module.exports" || name.starts_with("module.exports.") || name.starts_with("exports.")
        }),
        "variable_declarator" => cx
            .parent(parent)
            .and_then(|declaration| cx.parent(declaration))
            .is_some_and(|statement| statement.kind() == "export_statement"),
        _ => false,
    }
}

/// The name of a function as a plugin, when it is one.
pub fn plugin<'t>(cx: &EcmaCx<'t>, function: Node<'t>, facts: &FileFacts) -> Option<Expr> {
    let span = cx.span(function);
    let is_it = |router: &&RouterFact| router.span == span && router.framework == Framework::Fastify;
    let router = facts.routers.iter().find(is_it)?;
    Some(Expr::new(span, ExprKind::Name(Arc::clone(&router.name))))
}

/// The name by which others know a plugin: that of its wrapped form, its own, or none.
fn plugin_name<'t>(cx: &EcmaCx<'t>, function: Node<'t>, wrapper: Option<Node<'t>>) -> Arc<str> {
    let wrapped = wrapper.and_then(|wrapper| match (cx.bound_name(wrapper), cx.parent(wrapper)) {
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
