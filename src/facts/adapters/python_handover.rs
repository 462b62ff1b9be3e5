//! Where applications and routers go from a Python file: what no adapter claims escapes.

use std::collections::BTreeSet;
use std::sync::Arc;

use tree_sitter::Node;

use crate::base::Limit;
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::{BindKind, ScopeId, ScopeKind};
use crate::facts::lang::python::{At, PythonCx, span};
use crate::facts::{Escape, EscapeTo, Expr, ExprKind, FileFacts, Handovers, Slot, known};

/// Methods of applications, routers, blueprints and namespaces that adapters read, or that hang nothing on them.
const KNOWN_METHODS: &[&str] = &[
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "trace",
    "route",
    "api_route",
    "websocket",
    "websocket_route",
    "include_router",
    "mount",
    "add_api_route",
    "add_route",
    "add_routes",
    "add_api_websocket_route",
    "add_websocket_route",
    "add_get",
    "add_post",
    "add_put",
    "add_patch",
    "add_delete",
    "add_head",
    "add_options",
    "add_view",
    "add_static",
    "add_subapp",
    "add_middleware",
    "add_exception_handler",
    "add_event_handler",
    "exception_handler",
    "middleware",
    "on_event",
    "openapi",
    "url_path_for",
    "register_blueprint",
    "add_url_rule",
    "register_error_handler",
    "errorhandler",
    "app_errorhandler",
    "before_request",
    "after_request",
    "before_first_request",
    "teardown_request",
    "teardown_appcontext",
    "before_app_request",
    "after_app_request",
    "before_serving",
    "after_serving",
    "while_serving",
    "context_processor",
    "app_context_processor",
    "shell_context_processor",
    "template_filter",
    "template_global",
    "url_value_preprocessor",
    "url_defaults",
    "app_context",
    "test_request_context",
    "test_client",
    "test_cli_runner",
    "run",
    "run_task",
    "listen",
    "init_app",
    "add_router",
    "blueprint",
    "static",
    "listener",
    "exception",
    "add_task",
    "prepare",
    "api_operation",
    "add_resource",
    "add_namespace",
    "register",
    "on",
    "event",
    "emit",
    "send",
    "on_startup",
    "on_shutdown",
    "sub",
    "model",
    "expect",
    "doc",
    "marshal_with",
    "record",
    "open_resource",
    "send_static_file",
    "get_send_file_max_age",
    "make_response",
    "setdefault",
    "extend",
    "append",
];

/// Functions of the language that only look.
const LOOKS: &[&str] =
    &["print", "isinstance", "hasattr", "len", "type", "str", "repr", "id", "bool", "callable", "vars"];

/// Attributes through which routes are hung on an application as well.
const DOORS: &[&str] = &["router", "routes", "url_map", "view_functions"];

/// More than this is no ordinary source.
const ESCAPES: Limit = Limit::new(
    600,
    "places where applications leave the code that is read",
    "which routes the applications of the file have is unknown",
    "split the file",
);

/// Adds where values of the file go.
pub(super) fn add(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    let mut found: Vec<Escape> = Vec::new();
    let mut seen = BTreeSet::new();
    for site in cx.outline.sites.iter().filter(|site| site.node.kind() == "call") {
        for escape in of_call(cx, site, facts) {
            if seen.insert(format!("{:?} {:?} {:?}", escape.value.kind, escape.function, escape.to)) {
                found.push(escape);
            }
        }
        if let Some(next) = found.get(ESCAPES.most_items()) {
            // without an application, what calls into the file takes it for one that is not read
            if !facts.routers.is_empty() {
                cx.limit(next.span, ESCAPES);
            }
            return;
        }
    }
    let top =
        cx.outline.scopes.iter().filter(|scope| scope.kind == ScopeKind::Function && scope.parent == Some(ScopeId(0)));
    let functions = top.map(|scope| Arc::clone(&scope.name)).collect();
    facts.handovers = Some(Box::new(Handovers { functions, escapes: found }));
}

fn of_call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &FileFacts) -> Vec<Escape> {
    let at = cx.at(site);
    let function = cx.around(site.scope);
    let mut found = Vec::new();
    let escape =
        |node: Node<'t>, value: Expr, to: EscapeTo| Escape { span: span(node), value, function: function.clone(), to };
    if let Some((object, method)) = cx.method(site.node)
        && !KNOWN_METHODS.contains(&method)
    {
        let through = cx.method(object).filter(|(_, door)| DOORS.contains(door)).map(|(app, _)| app);
        if let Some(value) = served(cx, through.unwrap_or(object), &at, site, facts) {
            found.push(escape(site.node, value, EscapeTo::Method(Arc::from(method))));
        }
    }
    let Some(callee) = site.node.child_by_field_name("function") else { return found };
    if is_claimed(cx, callee, &at, facts) {
        return found;
    }
    let args = cx.args(site.node);
    let positions = args
        .positional
        .iter()
        .enumerate()
        .filter_map(|(index, node)| Some((*node, Slot::Position(u32::try_from(index).ok()?))));
    let keywords = args.keywords.iter().map(|(name, node)| (*node, Slot::Keyword(Arc::from(*name))));
    for (node, slot) in positions.chain(keywords) {
        for (inner, is_whole) in inside(node) {
            let Some(value) = served(cx, inner, &at, site, facts) else { continue };
            let callee = cx.expr(callee, &at);
            let is_named = matches!(callee.kind, ExprKind::Name(_) | ExprKind::Member(..));
            let to = match is_whole && is_named {
                true => EscapeTo::Argument { callee, slot: slot.clone() },
                false => EscapeTo::Elsewhere,
            };
            found.push(escape(inner, value, to));
        }
    }
    found
}

/// The argument itself, and what stands in a list, tuple or dictionary there.
fn inside(node: Node<'_>) -> Vec<(Node<'_>, bool)> {
    if !matches!(node.kind(), "list" | "tuple" | "dictionary" | "set") {
        return vec![(node, true)];
    }
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .map(|child| match child.kind() {
            "pair" => (child.child_by_field_name("value").unwrap_or(child), false),
            _ => (child, false),
        })
        .collect()
}

/// The value as routes refer to it, when routes may hang on it.
fn served<'t>(cx: &PythonCx<'t>, node: Node<'t>, at: &At<'t>, site: &Site<'t>, facts: &FileFacts) -> Option<Expr> {
    if !matches!(node.kind(), "identifier" | "attribute") {
        return None;
    }
    let text = cx.text(node);
    if facts.routers.iter().any(|router| &*router.name == text) {
        return Some(cx.reference(node, at));
    }
    if node.kind() == "attribute" || matches!(text, "self" | "cls") {
        return None;
    }
    match meant(cx, node, at)? {
        // What a handler gets comes from the framework.
        Meant::Param => {
            let value = is_called_by_name(cx, site.scope).then(|| cx.reference(node, at))?;
            matches!(value.kind, ExprKind::Param(_)).then_some(value)
        }
        Meant::Import(imported) => {
            // A module itself is none.
            let is_name = cx.outline.imports.iter().any(|import| *import.local == *text && is_value(&import.imported));
            (is_name && !known::adds_nothing(imported)).then(|| Expr::new(span(node), ExprKind::Name(Arc::from(text))))
        }
        Meant::Made => {
            let value = cx.reference(node, at);
            matches!(value.kind, ExprKind::Call { .. } | ExprKind::Name(_)).then_some(value)
        }
    }
}

/// What a name is bound to.
enum Meant<'c> {
    /// A parameter.
    Param,
    /// Something of this module, by its whole dotted name.
    Import(&'c str),
    /// What a call gave.
    Made,
}

/// What a name is bound to, without a look at the value.
fn meant<'c, 't>(cx: &'c PythonCx<'t>, node: Node<'t>, at: &At<'t>) -> Option<Meant<'c>> {
    let name = cx.text(node);
    let mut id = Some(at.scope);
    while let Some(scope) = id.and_then(|id| cx.outline.scopes.get(id.0)) {
        if let Some(bindings) = scope.bindings.get(name) {
            let is_call = |value: &Node<'_>| value.kind() == "call";
            return match bindings.first()?.kind {
                BindKind::Assign(value) if is_call(&value) => {
                    let dotted = cx.constructor(value);
                    (!dotted.is_some_and(|made| made.contains('.') && known::adds_nothing(&made)))
                        .then_some(Meant::Made)
                }
                _ => None,
            };
        }
        if scope.param(name).is_some() {
            return Some(Meant::Param);
        }
        id = scope.parent;
    }
    cx.outline.canonical.get(name).map(|imported| Meant::Import(imported))
}

/// Whether an imported name is written as values are: no class, no constant.
fn is_value(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
}

/// Whether the top-level function around a scope is one that code calls, no class and no handler.
fn is_called_by_name(cx: &PythonCx<'_>, scope: ScopeId) -> bool {
    let mut id = Some(scope);
    let mut outermost = None;
    while let Some(scope) = id.and_then(|id| cx.outline.scopes.get(id.0)) {
        if scope.kind != ScopeKind::Module {
            outermost = Some(scope);
        }
        id = scope.parent;
    }
    outermost.is_some_and(|scope| scope.kind == ScopeKind::Function && scope.decorators.is_empty())
}

/// Whether a call is one that adapters read, or one that adds nothing.
fn is_claimed<'t>(cx: &PythonCx<'t>, callee: Node<'t>, at: &At<'t>, facts: &FileFacts) -> bool {
    if let Some(dotted) = cx.dotted(callee)
        && (LOOKS.contains(&dotted.as_str())
            || cx.kept.contains(&dotted.as_str())
            || dotted.contains('.') && known::adds_nothing(&dotted))
    {
        return true;
    }
    let Some((object, method)) = cx.method(callee) else { return false };
    // What is mounted is read as a mount.
    let mounts = matches!(
        method,
        "include_router"
            | "mount"
            | "register_blueprint"
            | "add_subapp"
            | "add_routes"
            | "add_namespace"
            | "add_resource"
    );
    let is_router = |node: Node<'t>| facts.routers.iter().any(|router| &*router.name == cx.text(node));
    mounts
        || KNOWN_METHODS.contains(&method) && is_router(object)
        || cx.made_by(object, at).is_some_and(|made| known::adds_nothing(&made))
}
