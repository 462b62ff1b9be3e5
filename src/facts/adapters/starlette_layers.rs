//! Middlewares of Starlette and FastAPI that may answer by themselves: `add_middleware`, `@app.middleware("http")` and the list
//! that an application is made with.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::gate::{Front, verdict};
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::{Scope, ScopeId, ScopeKind};
use crate::facts::lang::python::{PythonAdapter, PythonCx, span};
use crate::facts::{Expr, ExprKind, FileFacts, GateFact, GateVerdict, LayerFact, Stands};
use crate::parse::fields::Fields;

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "starlette-layers",
    needles: &["add_middleware("],
    marks: &["add_middleware", ".middleware(", "middleware=", "BaseHTTPMiddleware", "call_next"],
    kept: &[],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    match site.node.kind() {
        "call" => call(cx, site, facts),
        "function_definition" => decorated(cx, site, facts),
        "class_definition" => {
            if let Some(class) = site.opens {
                gate(cx, class, facts);
            }
        }
        _ => {}
    }
}

fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let args = cx.args(site.node);
    let at = cx.at(site);
    if let Some((object, "add_middleware")) = cx.method(site.node) {
        let Some(class) = args.get(0, "middleware_class") else { return };
        let function = args.keyword("dispatch");
        let layer = Layer { span: span(site.node), target: cx.reference(object, &at), stands: Stands::AroundEarlier };
        add(cx, site, layer, function.unwrap_or(class), facts);
    } else if let Some(list) = args.keyword("middleware") {
        let target = Expr::new(span(site.node), ExprKind::Name(cx.bound_name(site)));
        for element in cx.elements(list, &at).unwrap_or_default() {
            if !cx.constructor(element).is_some_and(|made| made.ends_with(".Middleware")) {
                continue;
            }
            let inner = cx.args(element);
            let Some(class) = inner.get(0, "cls") else { continue };
            let stands = Stands::InList(span(list));
            let layer = Layer { span: span(element), target: target.clone(), stands };
            add(cx, site, layer, inner.keyword("dispatch").unwrap_or(class), facts);
        }
    }
}

/// A registration.
struct Layer {
    span: crate::base::Span,
    target: Expr,
    stands: Stands,
}

fn add<'t>(cx: &PythonCx<'t>, site: &Site<'t>, layer: Layer, code: Node<'t>, facts: &mut FileFacts) {
    let name = cx.text(code);
    let own = cx.definition_named(name);
    let library = cx.dotted(code).filter(|dotted| dotted.starts_with("starlette.") || dotted.starts_with("fastapi."));
    let (known, other) = match (own, &library) {
        (Some(id), _) => (of_scope(cx, id), None),
        (None, Some(dotted)) => (dotted.ends_with(".AuthenticationMiddleware").then_some(GateVerdict::Unclear), None),
        (None, None) => (None, Some(cx.expr(code, &cx.at(site)))),
    };
    if known.is_none() && other.is_none() {
        return;
    }
    facts.layers.push(LayerFact {
        span: layer.span,
        target: layer.target,
        verdict: known,
        code: other,
        name: Arc::from(name),
        stands: layer.stands,
        paths: None,
        function: cx.around(site.scope),
    });
}

/// `@app.middleware("http") async def f(request, call_next)`, and a function like that which others may register.
fn decorated<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let Some(id) = site.opens else { return };
    let Some(scope) = cx.scope(id) else { return };
    if scope.params.last().is_none_or(|last| last.name != "call_next") && site.decorators.is_empty() {
        return;
    }
    let at = cx.at(site);
    for decorator in &site.decorators {
        let Some((object, "middleware")) = cx.method(*decorator) else { continue };
        let Some(verdict) = of_scope(cx, id) else { return };
        facts.layers.push(LayerFact {
            span: span(*decorator),
            target: cx.reference(object, &at),
            verdict: Some(verdict),
            code: None,
            name: Arc::clone(&scope.name),
            stands: Stands::AroundEarlier,
            paths: None,
            function: cx.around(site.scope),
        });
        return;
    }
    gate(cx, id, facts);
}

/// What others may put in front of an application.
fn gate(cx: &PythonCx<'_>, id: ScopeId, facts: &mut FileFacts) {
    let Some(scope) = cx.scope(id) else { return };
    let is_layer = scope.kind == ScopeKind::Class && method(cx, id).is_some()
        || scope.kind == ScopeKind::Function && scope.params.last().is_some_and(|last| last.name == "call_next");
    let is_method = scope.parent.and_then(|id| cx.scope(id)).is_some_and(|it| it.kind == ScopeKind::Class);
    if !is_layer || is_method {
        return;
    }
    if let Some(verdict) = of_scope(cx, id) {
        facts.gates.push(GateFact { name: Arc::clone(&scope.name), span: span(scope.node), verdict });
    }
}

/// The method of a class that gets every request.
fn method<'a, 't>(cx: &'a PythonCx<'t>, class: ScopeId) -> Option<&'a Scope<'t>> {
    ["dispatch", "__call__"].iter().find_map(|name| cx.scope(cx.definition_inside(class, name)?))
}

fn of_scope(cx: &PythonCx<'_>, id: ScopeId) -> Option<GateVerdict> {
    let scope = cx.scope(id)?;
    let function = match scope.kind {
        ScopeKind::Class => method(cx, id)?,
        _ => scope,
    };
    let next = function.params.last().map(|param| param.name)?;
    // What speaks ASGI itself answers in ways that are not followed.
    if &*function.name == "__call__" {
        let text = cx.text(function.node);
        return ["401", "403"].iter().any(|code| text.contains(code)).then_some(GateVerdict::Unclear);
    }
    let body = function.node.field("body")?;
    verdict(&Front { body, source: cx.outline.text, next })
}
