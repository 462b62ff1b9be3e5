//! Tornado applications.

mod class;

use std::sync::Arc;

use tree_sitter::Node;

use self::class::Family;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::{BindKind, GuardChain, Scope, ScopeId};
use crate::facts::lang::python::{At, Comparing, PythonAdapter, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HandlerFact, ListenFact, MountFact, OriginTest, PatternSyntax, Protocol,
    RouteFact, RouterFact, RouterKind, ServerProgram, Step, StepKind,
};

const APP: &str = "tornado.web.Application";

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "tornado",
    needles: &["tornado.web", "tornado.websocket", "from tornado import"],
    marks: &["tornado"],
    kept: &[APP],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if !cx.imports("tornado") {
        return;
    }
    if site.node.kind() == "class_definition" {
        facts.helpers.extend(site.opens.and_then(|class| taken(cx, class)));
    }
    if site.node.kind() != "call" {
        return;
    }
    let at = cx.at(site);
    let args = cx.args(site.node);
    let function = cx.around(site.scope);
    let handlers = match cx.constructor(site.node).as_deref() {
        Some(APP) => Some(args.get(0, "handlers")),
        _ => inherited(cx, site).then(|| {
            // `Application.__init__(self, handlers)` names the object first.
            let first = args.positional.first().copied();
            if first.is_some_and(|first| cx.text(first) == "self") {
                args.get(1, "handlers")
            } else {
                args.get(0, "handlers")
            }
        }),
    };
    if let Some(handlers) = handlers {
        let name = cx.bound_name(site);
        let own = Expr::new(span(site.node), ExprKind::Name(Arc::clone(&name)));
        facts.routers.push(RouterFact::new(
            span(site.node),
            name,
            function.clone(),
            Framework::Tornado,
            RouterKind::App,
        ));
        let Some(list) = handlers else { return };
        let elements = cx.elements(list, &at);
        // A list of another file, or a part of one, holds what is not seen.
        let hidden = elements.is_none()
            || elements.iter().flatten().any(|element| matches!(element.kind(), "list_splat" | "identifier"));
        if hidden {
            facts.mounts.push(MountFact::unread(span(list), own.clone(), function));
        }
        for element in elements.unwrap_or_default() {
            routes(cx, site, element, &own, &at, facts);
        }
    } else if let Some((object, "listen")) = cx.method(site.node)
        && let Some(app) = application(cx, object, &at)
    {
        let everywhere = || Expr::str(span(site.node), "0.0.0.0");
        facts.listeners.push(ListenFact {
            span: span(site.node),
            app: Some(cx.reference(app, &at)),
            server: ServerProgram::PythonListen,
            host: Some(args.get(1, "address").map_or_else(everywhere, |node| cx.expr(node, &at))),
            port: args.get(0, "port").map(|node| defined(cx, node).unwrap_or_else(|| cx.expr(node, &at))),
            tls: None,
            options: Vec::new(),
            function,
        });
    }
}

/// Whether a call is that of the constructor that a class takes from [`APP`]: `super().__init__(handlers)`.
fn inherited<'t>(cx: &PythonCx<'t>, site: &Site<'t>) -> bool {
    let Some((_, "__init__")) = cx.method(site.node) else { return false };
    cx.around(site.scope).is_some_and(|class| is_application(cx, &class))
}

fn is_application(cx: &PythonCx<'_>, class: &str) -> bool {
    cx.dotted_bases(class).iter().any(|base| base == APP)
}

/// The default of `define("port", default=8888)`, where `options.port` is read.
fn defined<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> Option<Expr> {
    let name = cx.text(node).strip_suffix(')').unwrap_or_else(|| cx.text(node)).rsplit_once("options.")?.1;
    cx.outline.sites.iter().filter(|site| site.node.kind() == "call").find_map(|site| {
        let function = site.node.child_by_field_name("function")?;
        let is_define = cx.text(function) == "define" || cx.text(function).ends_with("options.define");
        let args = cx.args(site.node);
        let at = cx.at(site);
        let named = args.get(0, "name").filter(|_| is_define).and_then(|it| cx.constant_text(it, &at))?;
        (named == name).then(|| args.get(1, "default").map(|default| cx.expr(default, &at)))?
    })
}

/// The application that a `listen` starts: the object itself, or what `HTTPServer(app)` serves.
fn application<'t>(cx: &PythonCx<'t>, object: Node<'t>, at: &At<'t>) -> Option<Node<'t>> {
    let made = cx.resolve(object, at);
    let class = made.child_by_field_name("function").filter(|_| made.kind() == "call");
    if class.is_some_and(|class| class.kind() == "identifier" && is_application(cx, cx.text(class))) {
        return Some(object);
    }
    if class.is_some_and(|function| returns_application(cx, function)) {
        return Some(object);
    }
    match cx.made_by(object, at)?.as_str() {
        APP => Some(object),
        "tornado.httpserver.HTTPServer" => cx.args(cx.resolve(object, at)).positional.first().copied(),
        _ => None,
    }
}

/// Whether a function of this file makes the application: `def make_app(): return tornado.web.Application([...])`.
fn returns_application<'t>(cx: &PythonCx<'t>, function: Node<'t>) -> bool {
    let Some(id) = cx.definition_named(cx.text(function)) else { return false };
    let Some(scope) = cx.scope(id) else { return false };
    let is_application = |value: Node<'t>| cx.constructor(value).as_deref() == Some(APP);
    let mut made = scope.returns.iter().filter_map(|found| found.value).map(|value| cx.resolve(value, &At::end_of(id)));
    made.next().is_some_and(is_application) && made.all(is_application)
}

/// `(r"/ws", Handler)`, `url(r"/ws", Handler)`.
fn routes<'t>(cx: &PythonCx<'t>, site: &Site<'t>, element: Node<'t>, own: &Expr, at: &At<'t>, facts: &mut FileFacts) {
    let parts = match element.kind() {
        "call" => cx.args(element).positional,
        _ => cx.elements(element, at).unwrap_or_default(),
    };
    let (Some(path), Some(class)) = (parts.first(), parts.get(1)) else { return };
    let name = cx.text(*class);
    let handler = match cx.class_named(name) {
        Some(class) => connect(cx, class),
        None => Some(HandlerFact {
            name: Arc::from(name),
            span: span(*class),
            steps: vec![Step { span: span(*class), kind: StepKind::Calls(cx.expr(*class, at)) }],
            before: Vec::new(),
        }),
    };
    let bases = cx.dotted_bases(name);
    let socket = bases.iter().any(|base| base.ends_with("WebSocketHandler"));
    // A class of another file may be either.
    let known = bases.iter().any(|base| base.starts_with("tornado."));
    let family = Family::of(cx, name);
    if !socket && let Some(path) = cx.constant_text(*path, at) {
        let path = path.trim_start_matches('^').trim_end_matches('$');
        family.cors(own, path, cx.around(site.scope), facts);
    }
    let mut protocols = Vec::new();
    if !socket {
        protocols.push(Protocol::Http);
    }
    if socket || !known {
        protocols.push(Protocol::WebSocket);
    }
    for protocol in protocols {
        facts.routes.push(RouteFact {
            span: span(element),
            router: own.clone(),
            protocol,
            methods: if protocol == Protocol::Http { family.methods() } else { Vec::new() },
            // Tornado matches the whole path.
            path: Some(match cx.constant_text(*path, at) {
                Some(text) => {
                    let text = text.trim_start_matches('^').trim_end_matches('$');
                    Expr::str(span(*path), &format!("^{text}$"))
                }
                None => cx.expr(*path, at),
            }),
            pattern: PatternSyntax::Regex,
            handler: handler.clone(),
            function: cx.around(site.scope),
        });
    }
}

/// A class that takes sockets, as what an application of another module calls.
fn taken(cx: &PythonCx<'_>, class: ScopeId) -> Option<HandlerFact> {
    let scope = cx.outline.scopes.get(class.0).filter(|scope| scope.parent == Some(ScopeId(0)))?;
    let bases = cx.dotted_bases(&scope.name);
    bases.iter().any(|base| base.ends_with("WebSocketHandler")).then(|| connect(cx, class)).flatten()
}

/// Tornado compares Origin and Host before it accepts, unless `check_origin` is overridden: one that admits everybody is
/// where the socket is accepted.
fn connect(cx: &PythonCx<'_>, class: ScopeId) -> Option<HandlerFact> {
    let scope = cx.outline.scopes.get(class.0)?;
    let method = |name: &str| match scope.bindings.get(name)?.first()?.kind {
        BindKind::Scope(id) => cx.outline.scopes.get(id.0).map(|scope| (id, scope)),
        _ => None,
    };
    let here = span(scope.node);
    let mut steps = Vec::new();
    let mut accepts = here;
    for name in ["prepare", "get"] {
        if let Some((id, _)) = method(name) {
            steps.extend(cx.handler(id, vec!["self"]).steps);
        }
    }
    match method("check_origin") {
        Some((check_id, check)) => {
            let always = !check.returns.is_empty()
                && check.returns.iter().all(|found| found.value.is_some_and(|value| value.kind() == "true"));
            if always {
                accepts = span(check.node);
            } else {
                let test = origin_test(cx, check_id, check).unwrap_or(OriginTest::Unknown);
                steps.push(Step { span: span(check.node), kind: StepKind::ChecksOrigin(test) });
            }
        }
        // A class that is not seen may have its own.
        None if !cx.dotted_bases(&scope.name).iter().all(|base| base.starts_with("tornado.")) => {
            steps.push(Step { span: here, kind: StepKind::ChecksOrigin(OriginTest::Unknown) });
        }
        None => steps.push(Step { span: here, kind: StepKind::ChecksOrigin(OriginTest::OwnHost) }),
    }
    steps.push(Step { span: accepts, kind: StepKind::Accept(None) });
    Some(HandlerFact { name: Arc::clone(&scope.name), span: here, steps, before: Vec::new() })
}

/// What the one answer of `check_origin(self, origin)` compares.
fn origin_test<'t>(cx: &PythonCx<'t>, id: ScopeId, check: &Scope<'t>) -> Option<OriginTest> {
    let [only] = check.returns.as_slice() else { return None };
    let answer = only.value?;
    let origin = check.params.get(1)?.name;
    let is_origin = |node: Node<'t>| node.kind() == "identifier" && cx.text(node) == origin;
    let at = At::new(id, GuardChain::default(), answer);
    Comparing { cx, at, is_origin: &is_origin }.test(answer)
}
