//! Channels consumers: what happens in `connect`.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::{BindKind, ScopeId};
use crate::facts::lang::python::{At, PythonCx, span};
use crate::facts::{Expr, FileFacts, HandlerFact, Step, StepKind};

/// A consumer class is a helper under its own name: URL lists of other files refer to it.
pub(super) fn class<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let Some(id) = site.opens else { return };
    let Some(scope) = cx.outline.scopes.get(id.0) else { return };
    if cx.dotted_bases(&scope.name).iter().any(|base| base.ends_with("Consumer")) {
        facts.helpers.extend(connect(cx, id));
    }
}

/// `connect` of a consumer; without one every handshake is accepted.
fn connect(cx: &PythonCx<'_>, class: ScopeId) -> Option<HandlerFact> {
    let scope = cx.outline.scopes.get(class.0)?;
    let method =
        ["connect", "websocket_connect"].iter().find_map(|name| match scope.bindings.get(name)?.first()?.kind {
            BindKind::Scope(id) => Some(id),
            _ => None,
        });
    let handler = match method {
        Some(id) => cx.handler(id, vec!["self"]),
        None => HandlerFact {
            span: span(scope.node),
            steps: vec![Step { span: span(scope.node), kind: StepKind::Accept(None) }],
            ..HandlerFact::default()
        },
    };
    Some(HandlerFact { name: Arc::clone(&scope.name), ..handler })
}

/// The handler of `Consumer.as_asgi()`.
pub(super) fn handler<'t>(cx: &PythonCx<'t>, view: Node<'t>, at: &At<'t>) -> Option<HandlerFact> {
    let (class, _) = cx.method(view)?;
    let name = cx.text(class);
    if let Some(class) = cx.class_named(name) {
        return connect(cx, class);
    }
    let callee = cx.expr(class, at);
    Some(HandlerFact {
        name: Arc::from(name),
        span: span(view),
        steps: vec![Step { span: span(class), kind: StepKind::Calls(Expr::new(span(class), callee.kind)) }],
        before: Vec::new(),
    })
}
