//! Django Ninja: its API, its routers, and their operations.

use std::sync::Arc;

use tree_sitter::Node;

use super::elsewhere;
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{At, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, MountFact, MountStyle, PatternSyntax, Protocol, RouteFact, RouterFact,
    RouterKind,
};

pub(super) const API: &str = "ninja.NinjaAPI";
pub(super) const ROUTER: &str = "ninja.Router";

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// What it adds to an API by itself, with the arguments that name another path or none.
const PAGES: [(&str, &str); 2] = [("docs_url", "/docs"), ("openapi_url", "/openapi.json")];

pub(super) fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let at = cx.at(site);
    let args = cx.args(site.node);
    if let Some(made) = cx.constructor(site.node).filter(|made| matches!(made.as_str(), API | ROUTER)) {
        let name = cx.bound_name(site);
        let own = Expr::new(span(site.node), ExprKind::Name(Arc::clone(&name)));
        facts.routers.push(RouterFact::new(
            span(site.node),
            name,
            cx.around(site.scope),
            Framework::Ninja,
            RouterKind::Router,
        ));
        if made == API {
            for (option, path) in PAGES {
                let path = args.keyword(option).map_or_else(|| Expr::str(span(site.node), path), |it| cx.expr(it, &at));
                facts.routes.push(operation(cx, site, own.clone(), vec![Arc::from("GET")], path));
            }
        }
        return;
    }
    let Some((object, "add_router")) = cx.method(site.node).filter(|_| cx.imports("ninja")) else { return };
    let (Some(prefix), Some(child)) = (args.get(0, "prefix"), args.get(1, "router")) else { return };
    let child = match cx.constant_text(child, &at) {
        Some(dotted) => match dotted.rsplit_once('.') {
            Some((module, name)) => elsewhere(facts, module, name, child),
            None => cx.reference(child, &at),
        },
        None => cx.reference(child, &at),
    };
    facts.mounts.push(MountFact {
        span: span(site.node),
        parent: cx.reference(object, &at),
        child,
        prefix: Some(cx.expr(prefix, &at)),
        style: MountStyle::Include,
        function: cx.around(site.scope),
    });
}

/// `@api.get("/items/{id}")`, `@router.api_operation(["GET", "POST"], "/items")`.
pub(super) fn decorated<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if !cx.imports("ninja") {
        return;
    }
    let at = cx.at(site);
    for decorator in site.decorators.iter().filter(|node| node.kind() == "call") {
        let Some((object, verb)) = cx.method(*decorator) else { continue };
        if cx.made_by(object, &at).is_some_and(|made| !matches!(made.as_str(), API | ROUTER)) {
            continue;
        }
        let args = cx.args(*decorator);
        let (methods, path) = match verb {
            verb if VERBS.contains(&verb) => (vec![Arc::from(verb.to_ascii_uppercase())], args.get(0, "path")),
            "api_operation" => {
                let words = args.get(0, "methods").and_then(|list| cx.elements(list, &at)).unwrap_or_default();
                let words = words.iter().filter_map(|word| cx.constant_text(*word, &at));
                (words.map(|word| Arc::from(word.to_ascii_uppercase())).collect(), args.get(1, "path"))
            }
            _ => continue,
        };
        let Some(path) = path else { continue };
        let path = pattern(cx, path, &at);
        let mut route = operation(cx, site, cx.reference(object, &at), methods, path);
        route.span = span(*decorator);
        route.handler = site.opens.map(|id| cx.request_handler(id, cx.sockets(id)));
        facts.routes.push(route);
    }
}

/// Its paths are those of Django, with other brackets.
fn pattern<'t>(cx: &PythonCx<'t>, path: Node<'t>, at: &At<'t>) -> Expr {
    match cx.constant_text(path, at) {
        Some(text) => Expr::str(span(path), &text.replace('{', "<").replace('}', ">")),
        None => cx.expr(path, at),
    }
}

fn operation<'t>(cx: &PythonCx<'t>, site: &Site<'t>, router: Expr, methods: Vec<Arc<str>>, path: Expr) -> RouteFact {
    RouteFact {
        span: span(site.node),
        router,
        protocol: Protocol::Http,
        methods,
        path: Some(path),
        pattern: PatternSyntax::Angle,
        handler: None,
        function: cx.around(site.scope),
    }
}
