//! Routers of Django REST framework: what `register` adds for a set of views.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{At, PythonCx, span};
use crate::facts::{Expr, ExprKind, FileFacts, Framework, PatternSyntax, Protocol, RouteFact, RouterFact, RouterKind};

pub(super) const DEFAULT: &str = "rest_framework.routers.DefaultRouter";
pub(super) const SIMPLE: &str = "rest_framework.routers.SimpleRouter";

pub(super) fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if let Some(made) = cx.constructor(site.node).filter(|made| matches!(made.as_str(), DEFAULT | SIMPLE)) {
        let name = cx.bound_name(site);
        facts.routers.push(RouterFact::new(
            span(site.node),
            Arc::clone(&name),
            cx.around(site.scope),
            Framework::Django,
            RouterKind::Router,
        ));
        if made == DEFAULT {
            // Its first page lists what is registered.
            let router = Expr::new(span(site.node), ExprKind::Name(name));
            facts.routes.push(route(cx, site, router, "/"));
        }
        return;
    }
    let Some((object, "register")) = cx.method(site.node) else { return };
    let at = cx.at(site);
    let Some(slash) = slash_of(cx, object, &at) else { return };
    let Some(prefix) = cx.args(site.node).get(0, "prefix").and_then(|prefix| cx.constant_text(prefix, &at)) else {
        let router = cx.reference(object, &at);
        let mut unknown = route(cx, site, router, "/");
        unknown.path = Some(Expr::hole(span(site.node), crate::facts::HoleReason::Unsupported));
        return facts.routes.push(unknown);
    };
    let prefix = prefix.trim_matches('/');
    let base = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
    // The list, one of it, and actions of the views beside and below it.
    for path in [format!("{base}{slash}"), format!("{base}/<str:pk>{slash}"), format!("{base}/<path:action>{slash}")] {
        let router = cx.reference(object, &at);
        facts.routes.push(route(cx, site, router, if path.is_empty() { "/" } else { &path }));
    }
}

/// What its paths end in; none for something that is no such router of this file.
fn slash_of<'t>(cx: &PythonCx<'t>, object: Node<'t>, at: &At<'t>) -> Option<&'static str> {
    let made = cx.made_by(object, at)?;
    if !matches!(made.as_str(), DEFAULT | SIMPLE) {
        return None;
    }
    let given = cx.args(cx.resolve(object, at)).keyword("trailing_slash");
    Some(if given.is_some_and(|value| cx.text(value) == "False") { "" } else { "/" })
}

fn route<'t>(cx: &PythonCx<'t>, site: &Site<'t>, router: Expr, path: &str) -> RouteFact {
    RouteFact {
        span: span(site.node),
        router,
        protocol: Protocol::Http,
        methods: Vec::new(),
        path: Some(Expr::str(span(site.node), path)),
        pattern: PatternSyntax::Angle,
        handler: None,
        function: cx.around(site.scope),
    }
}
