//! Whom an Express application lets in: the `cors` package and headers written by hand.

use std::sync::Arc;

use tree_sitter::Node;

use super::value::{MethodCall, Target};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children};
use crate::facts::{Expr, ExprKind, FileFacts, Order, OriginLibrary, PolicyFact, Preflight};

/// Adds the policy that a middleware states; whether it was one.
pub fn used<'t>(
    cx: &EcmaCx<'t>,
    handler: Node<'t>,
    app: &Target,
    path: Option<Node<'t>>,
    of_route: Registered<'_>,
    facts: &mut FileFacts,
) -> bool {
    let node = cx.initial(handler);
    if node.kind() == "call_expression"
        && node
            .child_by_field_name("function")
            .and_then(|callee| cx.origin(callee))
            .is_some_and(|origin| origin.is_module("cors"))
    {
        package(cx, node, app, path, of_route, facts);
        return true;
    }
    if let Some(function) = cx.function(handler) {
        return headers(cx, function, app, path, of_route, facts);
    }
    false
}

/// How a middleware comes before a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered<'a> {
    /// By `use`: in front of what is registered after it.
    ByUse,
    /// In the registration of the route itself, for these methods; for all where there are none.
    WithRoute(&'a [Arc<str>]),
    /// For the whole application.
    Anywhere,
}

fn ordered(registered: Registered<'_>) -> Preflight {
    match registered {
        Registered::ByUse => Preflight { order: Order::BeforeRoutes, ..Preflight::default() },
        Registered::WithRoute(methods) => {
            Preflight { order: Order::WithRoute, methods_of_route: methods.to_vec(), ..Preflight::default() }
        }
        Registered::Anywhere => Preflight::default(),
    }
}

/// `cors(options)`, or another call whose first argument is the same.
pub fn package<'t>(
    cx: &EcmaCx<'t>,
    call: Node<'t>,
    app: &Target,
    path: Option<Node<'t>>,
    of_route: Registered<'_>,
    facts: &mut FileFacts,
) {
    let options = arguments(call).into_iter().next();
    let stated = Stated { call, options, library: OriginLibrary::NodeCors, names: OF_EXPRESS };
    self::stated(cx, &stated, app, path, of_route, facts);
}

/// A registration of a library.
pub struct Stated<'t> {
    /// The call.
    pub call: Node<'t>,
    /// Its options.
    pub options: Option<Node<'t>>,
    /// The library.
    pub library: OriginLibrary,
    /// What it calls its lists.
    pub names: Names,
}

/// What a library calls its lists of methods and of request headers.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// Methods.
    pub methods: &'static str,
    /// Request headers.
    pub headers: &'static str,
}

/// The options of the `cors` package, and of those that were made after it.
pub const OF_EXPRESS: Names = Names { methods: "methods", headers: "allowedHeaders" };
/// Those of Hono and Koa: <https://hono.dev/docs/middleware/builtin/cors>, <https://github.com/koajs/cors>.
pub const OF_HONO: Names = Names { methods: "allowMethods", headers: "allowHeaders" };

/// The policy of a call with such options.
pub fn stated<'t>(
    cx: &EcmaCx<'t>,
    stated: &Stated<'t>,
    app: &Target,
    path: Option<Node<'t>>,
    of_route: Registered<'_>,
    facts: &mut FileFacts,
) {
    let Stated { call, options, library, names } = *stated;
    let span = cx.span(call);
    // What cannot be looked into may hold anything.
    let opaque = |node: Node<'t>| Expr::hole(cx.span(node), crate::facts::HoleReason::Unsupported);
    let mut preflight = ordered(of_route);
    let (origins, credentials) = match options {
        None => (None, None),
        Some(options) => {
            let object = cx.initial(options);
            if object.kind() == "object" {
                let origin = cx.option(object, "origin");
                preflight.methods = cx.option(object, names.methods).map(|value| cx.expr(value));
                preflight.headers = cx.option(object, names.headers).map(|value| cx.expr(value));
                (
                    origin.map(|origin| origin_option(cx, origin)),
                    cx.option(object, "credentials").map(|value| cx.expr(value)),
                )
            } else {
                let expr = cx.expr(options);
                let member =
                    |name: &str| Expr::new(expr.span, ExprKind::Member(Box::new(expr.clone()), Arc::from(name)));
                if matches!(expr.kind, ExprKind::Name(_) | ExprKind::Member(..)) {
                    (preflight.methods, preflight.headers) = (Some(member(names.methods)), Some(member(names.headers)));
                } else {
                    (preflight.methods, preflight.headers) = (Some(opaque(options)), Some(opaque(options)));
                }
                match &expr.kind {
                    ExprKind::Name(_) | ExprKind::Member(..) => (
                        Some(Expr::new(expr.span, ExprKind::Member(Box::new(expr.clone()), "origin".into()))),
                        Some(Expr::new(expr.span, ExprKind::Member(Box::new(expr), "credentials".into()))),
                    ),
                    _ => (Some(opaque(options)), Some(opaque(options))),
                }
            }
        }
    };
    // Where a condition leaves it out, nobody is let in.
    let nobody = Expr::new(span, ExprKind::Bool(false));
    let given = origins.clone().unwrap_or_else(|| Expr::str(span, "*"));
    let guarded = cx.under_conditions(call, given.clone(), &nobody);
    let origins = if guarded == given { origins } else { Some(guarded) };
    facts.policies.push(PolicyFact {
        span,
        target: app.expr.clone(),
        library,
        origins,
        pattern: None,
        credentials,
        preflight,
        paths: path.map(|path| cx.expr(path)),
        function: app.function.clone(),
    });
}

/// The `origin` option. A function that admits everybody is `true`; one that looks at a list is that list.
pub fn origin_option<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Expr {
    let span = cx.span(node);
    let Some(function) = cx.function(node) else { return cx.expr(node) };
    let Some(body) = function.child_by_field_name("body") else {
        return Expr::hole(span, crate::facts::HoleReason::Unsupported);
    };
    // `(origin, callback) => callback(null, true)` and nothing else.
    let mut calls = Vec::new();
    let mut decides = false;
    let mut list = None;
    let mut stack = vec![body];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "if_statement" | "ternary_expression" | "binary_expression" | "switch_statement" => decides = true,
            "call_expression" => {
                if let Some(call) = MethodCall::of(cx, node)
                    && matches!(call.method, "includes" | "has" | "indexOf")
                {
                    list = Some(call.receiver);
                }
                calls.push(node);
            }
            _ => {}
        }
        stack.extend(children(node));
    }
    if let Some(list) = list {
        return cx.expr(list);
    }
    let admits = |call: &Node<'t>| arguments(*call).get(1).is_some_and(|value| cx.text(*value) == "true");
    match calls.as_slice() {
        [only] if !decides && admits(only) => Expr::new(span, ExprKind::Bool(true)),
        _ => Expr::hole(span, crate::facts::HoleReason::Unsupported),
    }
}

/// `res.header('Access-Control-Allow-Origin', x)` in a middleware or handler.
fn headers<'t>(
    cx: &EcmaCx<'t>,
    function: Node<'t>,
    app: &Target,
    path: Option<Node<'t>>,
    of_route: Registered<'_>,
    facts: &mut FileFacts,
) -> bool {
    let text = cx.text(function).to_ascii_lowercase();
    if !text.contains("access-control-allow-origin") {
        return false;
    }
    let (mut origins, mut credentials) = (Vec::new(), None);
    let opaque = Expr::hole(cx.span(function), crate::facts::HoleReason::Unsupported);
    // Without the headers nothing but simple requests passes.
    let none = || Expr::new(cx.span(function), ExprKind::List(Vec::new()));
    let (mut methods, mut headers) = (None, None);
    let mut stack = vec![function];
    while let Some(node) = stack.pop() {
        if let Some(call) = MethodCall::of(cx, node)
            && matches!(call.method, "header" | "setHeader" | "set" | "append")
            && let [name, value] = call.args.as_slice()
        {
            match cx.text(*name).trim_matches(['"', '\'', '`']).to_ascii_lowercase().as_str() {
                "access-control-allow-origin" => origins.push(*value),
                "access-control-allow-credentials" => credentials = Some(cx.expr(*value)),
                "access-control-allow-methods" => methods = Some(cx.expr(*value)),
                "access-control-allow-headers" => headers = Some(cx.expr(*value)),
                _ => {}
            }
        }
        stack.extend(children(node));
    }
    let unseen = |name: &str| text.contains(name).then(|| opaque.clone());
    let methods = methods.or_else(|| unseen("access-control-allow-methods")).or_else(|| Some(none()));
    let headers = headers.or_else(|| unseen("access-control-allow-headers")).or_else(|| Some(none()));
    // Several of them depend on conditions; only one is a plain statement.
    let [origin] = origins.as_slice() else { return false };
    let conditional = text.contains("if (") || text.contains("if(") || text.contains('?');
    let value = if conditional && !matches!(origin.kind(), "string") {
        Expr::hole(cx.span(*origin), crate::facts::HoleReason::Unsupported)
    } else {
        cx.expr(*origin)
    };
    facts.policies.push(PolicyFact {
        span: cx.span(*origin),
        target: app.expr.clone(),
        library: OriginLibrary::Headers,
        origins: Some(value),
        pattern: None,
        credentials,
        preflight: Preflight { methods, headers, ..ordered(of_route) },
        paths: path.map(|path| cx.expr(path)),
        function: app.function.clone(),
    });
    false
}
