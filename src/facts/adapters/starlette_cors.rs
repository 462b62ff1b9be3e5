//! Starlette's `CORSMiddleware`, in FastAPI and Starlette applications.

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{Args, At, PythonAdapter, PythonCx, span};
use crate::facts::{Expr, ExprKind, FileFacts, HoleReason, OriginLibrary, PolicyFact, Preflight};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "starlette-cors",
    needles: &["CORSMiddleware"],
    marks: &["CORSMiddleware", "add_middleware"],
    kept: &[],
    visit,
    whole: None,
};

fn is_cors<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> bool {
    cx.dotted(node).is_some_and(|name| {
        name.ends_with(".CORSMiddleware") && (name.starts_with("starlette.") || name.starts_with("fastapi."))
    })
}

/// Whether a middleware of one's own may check the Origin: its name says so, or its code in this file mentions the header.
fn looks_at_origin<'t>(cx: &PythonCx<'t>, class: Node<'t>) -> bool {
    let name = cx.text(class);
    let local = cx.class_named(name).and_then(|class| cx.scope(class));
    name.to_ascii_lowercase().contains("origin")
        || local.is_some_and(|scope| cx.text(scope.node).to_ascii_lowercase().contains("origin\""))
}

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() != "call" {
        return;
    }
    let at = cx.at(site);
    let args = cx.args(site.node);
    let function = site.node.child_by_field_name("function");
    if let Some((object, "add_middleware")) = cx.method(site.node) {
        if args.get(0, "middleware_class").is_some_and(|class| is_cors(cx, class)) {
            let target = cx.reference(object, &at);
            facts.policies.push(policy(cx, site, site.node, &args, &at, target));
        } else if args.positional.first().is_some_and(|class| looks_at_origin(cx, *class)) {
            let unknown = Expr::hole(span(site.node), HoleReason::Unsupported);
            let own = policy(cx, site, site.node, &args, &at, cx.reference(object, &at));
            facts.policies.push(PolicyFact {
                library: OriginLibrary::OwnCheck,
                origins: Some(unknown),
                pattern: None,
                credentials: None,
                ..own
            });
        }
    } else if function.is_some_and(|function| is_cors(cx, function)) {
        // `app = CORSMiddleware(app, allow_origins=...)`
        let target = args.get(0, "app").map(|app| cx.reference(app, &at));
        let target = target.unwrap_or_else(|| Expr::hole(span(site.node), HoleReason::Unsupported));
        facts.policies.push(policy(cx, site, site.node, &args, &at, target));
    } else if let Some(list) = args.keyword("middleware") {
        // `FastAPI(middleware=[Middleware(CORSMiddleware, ...)])`
        let name = cx.bound_name(site);
        for element in cx.elements(list, &at).unwrap_or_default() {
            if !cx.constructor(element).is_some_and(|made| made.ends_with(".Middleware")) {
                continue;
            }
            let inner = cx.args(element);
            if inner.get(0, "cls").is_some_and(|class| is_cors(cx, class)) {
                let target = Expr::new(span(site.node), ExprKind::Name(name.clone()));
                facts.policies.push(policy(cx, site, element, &inner, &at, target));
            }
        }
    }
}

fn policy<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    node: Node<'t>,
    args: &Args<'t>,
    at: &At<'t>,
    target: Expr,
) -> PolicyFact {
    // Without the middleware nobody from outside comes in: the same as an empty list.
    let origins = cx.option(args, "allow_origins", at);
    PolicyFact {
        span: span(node),
        target,
        library: OriginLibrary::StarletteCors,
        origins: origins.map(|list| cx.under_guards(site, list, ExprKind::List(Vec::new()))),
        pattern: cx
            .keyword_value(args, "allow_origin_regex", at)
            .map(|pattern| cx.under_guards(site, pattern, ExprKind::Null)),
        credentials: cx.keyword_value(args, "allow_credentials", at),
        preflight: Preflight {
            methods: cx.keyword_value(args, "allow_methods", at),
            headers: cx.keyword_value(args, "allow_headers", at),
            ..Preflight::default()
        },
        paths: None,
        function: cx.around(site.scope),
    }
}
