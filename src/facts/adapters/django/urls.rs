//! URL lists: `urlpatterns`, `websocket_urlpatterns` and whatever else they are called.

use std::sync::Arc;

use tree_sitter::Node;

use super::{consumers, elsewhere};
use crate::facts::lang::python::scope::{BindKind, ScopeId};
use crate::facts::lang::python::{At, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HoleReason, MountFact, MountStyle, PatternSyntax, Protocol, RouteFact,
    RouterFact, RouterKind,
};

pub(super) fn read<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    let Some(module) = cx.outline.scopes.first() else { return };
    for (name, bindings) in &module.bindings {
        let mut nodes = Vec::new();
        for binding in bindings {
            if let BindKind::Assign(node) | BindKind::Augment(node) | BindKind::Extend(node) = binding.kind {
                nodes.push(node);
            }
        }
        let at = At::end_of(ScopeId(0));
        let pieces: Vec<Piece<'t>> = nodes.iter().flat_map(|node| pieces(cx, *node)).collect();
        let routes = pieces.iter().filter(|piece| matches!(piece, Piece::Item(node) if is_route(cx, *node))).count();
        if routes == 0 && *name != "urlpatterns" {
            continue;
        }
        let Some(first) = bindings.first() else { continue };
        let parent = Expr::new(span(first.target), ExprKind::Name(Arc::from(*name)));
        let sockets = pieces.iter().any(|piece| matches!(piece, Piece::Item(node) if is_consumer(cx, *node)));
        facts.routers.push(RouterFact::new(
            span(first.target),
            Arc::from(*name),
            None,
            if sockets { Framework::Channels } else { Framework::Django },
            RouterKind::Router,
        ));
        for piece in pieces {
            item(cx, piece, &parent, &at, facts);
        }
    }
}

/// Adds the routes of a list that is inside a call (`URLRouter([...])`).
pub(super) fn inline<'t>(cx: &PythonCx<'t>, list: Node<'t>, parent: &Expr, at: &At<'t>, facts: &mut FileFacts) {
    for piece in pieces(cx, list) {
        item(cx, piece, parent, at, facts);
    }
}

/// A part of a list.
#[derive(Clone, Copy)]
enum Piece<'t> {
    /// An element.
    Item(Node<'t>),
    /// Another list.
    List(Node<'t>),
}

/// The parts of `[a, b] + c`.
fn pieces<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> Vec<Piece<'t>> {
    let mut found = Vec::new();
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "list" | "tuple" => {
                let mut cursor = node.walk();
                for child in node.named_children(&mut cursor) {
                    match child.kind() {
                        "comment" => {}
                        "list_splat" => stack.extend(child.named_child(0)),
                        _ => found.push(Piece::Item(child)),
                    }
                }
            }
            "binary_operator" => {
                stack.extend(node.child_by_field_name("right"));
                stack.extend(node.child_by_field_name("left"));
            }
            "parenthesized_expression" => stack.extend(node.named_child(0)),
            // Files of development servers.
            "call"
                if cx
                    .constructor(node)
                    .is_some_and(|name| name.ends_with("static") || name.ends_with("staticfiles_urlpatterns")) => {}
            _ => found.push(Piece::List(node)),
        }
    }
    found
}

fn function_name<'t>(cx: &PythonCx<'t>, call: Node<'t>) -> &'t str {
    let function = if call.kind() == "call" { call.child_by_field_name("function") } else { None };
    function.map_or("", |function| cx.text(function).rsplit('.').next().unwrap_or(""))
}

fn is_route(cx: &PythonCx<'_>, node: Node<'_>) -> bool {
    let function = if node.kind() == "call" { node.child_by_field_name("function") } else { None };
    let Some(text) = function.map(|function| cx.text(function)) else { return false };
    let root = text.split('.').next().unwrap_or(text);
    matches!(text.rsplit('.').next(), Some("path" | "re_path" | "url"))
        && cx.outline.canonical.get(root).is_some_and(|dotted| dotted.starts_with("django"))
}

fn is_consumer<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> bool {
    is_route(cx, node) && cx.args(node).get(1, "view").is_some_and(|view| function_name(cx, view) == "as_asgi")
}

fn item<'t>(cx: &PythonCx<'t>, piece: Piece<'t>, parent: &Expr, at: &At<'t>, facts: &mut FileFacts) {
    let node = match piece {
        Piece::Item(node) if is_route(cx, node) => node,
        Piece::Item(node) | Piece::List(node) => {
            // Another list of the repository, or something that adds routes of its own. What a call makes is not followed:
            // a function that gives routes is no middleware.
            let child = match node.kind() {
                "call" => Expr::hole(span(node), HoleReason::Unsupported),
                _ => listed(cx, node, at),
            };
            return facts.mounts.push(mount(node, parent, child, None));
        }
    };
    let args = cx.args(node);
    let regex = function_name(cx, node) != "path";
    let Some(path) = args.get(0, "route").or_else(|| args.keyword("regex")) else { return };
    let text = cx.constant_text(path, at);
    let view = args.get(1, "view");
    // `path("admin/", admin.site.urls)`, `path("api/", router.urls)`
    if let Some(list) = view.filter(|view| view.kind() == "attribute" && cx.text(*view).ends_with(".urls")) {
        let below = text
            .and_then(|text| prefix(&text, regex))
            .map_or_else(|| Expr::hole(span(path), HoleReason::Unsupported), |known| Expr::str(span(path), &known));
        return facts.mounts.push(mount(node, parent, listed(cx, list, at), Some(below)));
    }
    if let Some(include) = view.filter(|view| matches!(function_name(cx, *view), "include" | "URLRouter")) {
        let prefix = text.map(|text| prefix(&text, regex)).map_or_else(
            || Expr::hole(span(path), HoleReason::Unsupported),
            |known| match known {
                Some(known) => Expr::str(span(path), &known),
                None => Expr::hole(span(path), HoleReason::Unsupported),
            },
        );
        let Some(target) = cx.args(include).positional.first().copied() else { return };
        let target = if target.kind() == "tuple" { target.named_child(0).unwrap_or(target) } else { target };
        let child = match cx.constant_text(target, at) {
            Some(module) => elsewhere(facts, &module, "urlpatterns", target),
            None => listed(cx, target, at),
        };
        return facts.mounts.push(mount(node, parent, child, Some(prefix)));
    }
    let socket = view.is_some_and(|view| function_name(cx, view) == "as_asgi");
    let handler = view.filter(|_| socket).and_then(|view| consumers::handler(cx, view, at));
    facts.routes.push(RouteFact {
        span: span(node),
        router: parent.clone(),
        protocol: if socket { Protocol::WebSocket } else { Protocol::Http },
        methods: Vec::new(),
        path: Some(match text {
            Some(text) if regex && socket => Expr::str(span(path), &text),
            // Below a prefix the anchor is at the prefix's end.
            Some(text) if regex => Expr::str(span(path), text.trim_start_matches('^')),
            Some(text) => Expr::str(span(path), &format!("/{}", text.trim_start_matches('/'))),
            None => cx.expr(path, at),
        }),
        pattern: if regex { PatternSyntax::Regex } else { PatternSyntax::Angle },
        handler,
        function: None,
    });
}

/// A list of routes by name; of `router.urls` the router.
fn listed<'t>(cx: &PythonCx<'t>, node: Node<'t>, at: &At<'t>) -> Expr {
    let of_router =
        node.child_by_field_name("object").filter(|_| node.kind() == "attribute" && cx.text(node).ends_with(".urls"));
    cx.reference(of_router.unwrap_or(node), at)
}

/// The literal prefix of an `include`; none when it is a pattern.
fn prefix(text: &str, regex: bool) -> Option<String> {
    let text = if regex { text.trim_start_matches('^') } else { text };
    let plain = !regex || !text.contains(['(', '[', '\\', '.', '*', '+', '?', '$', '|']);
    plain.then(|| format!("/{}", text.trim_start_matches('/')))
}

fn mount(node: Node<'_>, parent: &Expr, child: Expr, prefix: Option<Expr>) -> MountFact {
    MountFact { span: span(node), parent: parent.clone(), child, prefix, style: MountStyle::Include, function: None }
}
