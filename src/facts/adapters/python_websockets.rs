//! The `websockets` library's server.

use std::sync::Arc;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, ListenFact, OriginLibrary, PatternSyntax, PolicyFact, Preflight, Protocol,
    RouteFact, RouterFact, RouterKind, ServerProgram, Step, StepKind,
};

const SERVE: &[&str] = &[
    "websockets.serve",
    "websockets.server.serve",
    "websockets.asyncio.server.serve",
    "websockets.sync.server.serve",
    "websockets.legacy.server.serve",
];

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "python-websockets",
    needles: &["websockets.serve(", "websockets.server", "websockets.asyncio.server", "websockets.sync.server"],
    marks: &["websockets"],
    kept: &[],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() != "call" || !cx.constructor(site.node).is_some_and(|made| SERVE.contains(&made.as_str())) {
        return;
    }
    let (at, args, here) = (cx.at(site), cx.args(site.node), span(site.node));
    let function = cx.around(site.scope);
    let own = Expr::new(here, ExprKind::Name(Arc::from("")));
    facts.routers.push(RouterFact::new(here, Arc::from(""), function.clone(), Framework::Websockets, RouterKind::App));
    let name = args.get(0, "handler").map_or("", |handler| cx.text(handler));
    let handler = cx.bound_definition(name).map(|id| {
        let first = cx.outline.scopes.get(id.0).and_then(|scope| scope.params.first()).map(|param| param.name);
        let mut handler = cx.handler(id, first.into_iter().collect());
        // The library has accepted before the handler runs.
        handler.steps.insert(0, Step { span: handler.span, kind: StepKind::Accept(None) });
        handler
    });
    facts.routes.push(RouteFact {
        span: here,
        router: own.clone(),
        protocol: Protocol::WebSocket,
        methods: Vec::new(),
        path: None,
        pattern: PatternSyntax::Exact,
        handler,
        function: function.clone(),
    });
    let own_check =
        args.keyword("process_request").map(|node| Expr::hole(span(node), crate::facts::HoleReason::Unsupported));
    let origins = cx.option(&args, "origins", &at).filter(|origins| !matches!(origins.kind, ExprKind::Null));
    for (library, origins) in [(OriginLibrary::Websockets, origins), (OriginLibrary::OwnCheck, own_check)] {
        if origins.is_some() {
            facts.policies.push(PolicyFact {
                span: here,
                target: own.clone(),
                library,
                origins,
                pattern: None,
                credentials: None,
                preflight: Preflight::default(),
                paths: None,
                function: function.clone(),
            });
        }
    }
    let value = |index: usize, name: &str| args.get(index, name).map(|node| cx.expr(node, &at));
    facts.listeners.push(ListenFact {
        span: here,
        app: Some(own),
        server: ServerProgram::PythonListen,
        host: value(1, "host"),
        port: value(2, "port"),
        tls: cx.keyword_value(&args, "ssl", &at),
        options: Vec::new(),
        function,
    });
}
