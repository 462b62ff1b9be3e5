//! python-socketio servers.

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{Args, At, PythonAdapter, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, MountFact, MountStyle, OriginLibrary, PatternSyntax, PolicyFact, Preflight,
    Protocol, RouteFact, RouterFact, RouterKind,
};

const SERVERS: &[&str] = &["socketio.AsyncServer", "socketio.Server"];
const APPS: &[&str] = &["socketio.ASGIApp", "socketio.WSGIApp", "socketio.Middleware"];

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "python-socketio",
    needles: &[
        "socketio.AsyncServer(",
        "socketio.Server(",
        "socketio.ASGIApp(",
        "AsyncServer(",
        "ASGIApp(",
        "WSGIApp(",
    ],
    marks: &["socketio"],
    kept: &["socketio.AsyncServer", "socketio.Server", "socketio.ASGIApp", "socketio.WSGIApp", "socketio.Middleware"],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() != "call" || !cx.imports("socketio") {
        return;
    }
    let at = cx.at(site);
    let args = cx.args(site.node);
    let own = Expr::new(span(site.node), ExprKind::Name(cx.bound_name(site)));
    match cx.constructor(site.node) {
        Some(made) if SERVERS.contains(&made.as_str()) => {
            facts.routers.push(router(cx, site, RouterKind::Router));
            facts.server_transports.extend(cx.option(&args, "transports", &at));
            facts.policies.push(PolicyFact {
                span: span(site.node),
                target: own,
                library: OriginLibrary::PythonSocketIo,
                origins: cx.option(&args, "cors_allowed_origins", &at),
                pattern: None,
                credentials: cx.keyword_value(&args, "cors_credentials", &at),
                preflight: Preflight::default(),
                paths: None,
                function: cx.around(site.scope),
            });
        }
        // `app.wsgi_app = socketio.WSGIApp(server, app.wsgi_app)`: the application itself answers for both.
        Some(made) if APPS.contains(&made.as_str()) && wrapped(cx, site, &args).is_some() => {
            let (Some(app), Some(server)) = (wrapped(cx, site, &args), args.get(0, "socketio_server")) else { return };
            let parent = cx.reference(app, &at);
            facts.mounts.push(include(cx, site, &parent, server, &at));
            facts.routes.push(route(cx, site, parent, &args, &at));
        }
        Some(made) if APPS.contains(&made.as_str()) => {
            facts.routers.push(router(cx, site, RouterKind::App));
            if let Some(server) = args.get(0, "socketio_server") {
                facts.mounts.push(include(cx, site, &own, server, &at));
            }
            if let Some(other) = args.get(1, "other_asgi_app").or_else(|| args.keyword("wsgi_app")) {
                facts.mounts.push(include(cx, site, &own, other, &at));
            }
            facts.routes.push(route(cx, site, own, &args, &at));
        }
        _ => {
            // `sio.attach(app)` of aiohttp, Sanic and Tornado.
            if let Some((server, "attach")) = cx.method(site.node)
                && cx.made_by(server, &at).is_some_and(|made| SERVERS.contains(&made.as_str()))
                && let Some(app) = args.get(0, "app")
            {
                let parent = cx.reference(app, &at);
                facts.mounts.push(include(cx, site, &parent, server, &at));
                facts.routes.push(route(cx, site, parent, &args, &at));
            }
        }
    }
}

/// The application of Flask whose `wsgi_app` is put inside, and replaced.
fn wrapped<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>) -> Option<Node<'t>> {
    let inside = args.get(1, "wsgi_app")?;
    let (app, attribute) = (inside.child_by_field_name("object")?, inside.child_by_field_name("attribute")?);
    let is_replaced = cx.text(attribute) == "wsgi_app" && *cx.bound_name(site) == *cx.text(inside);
    is_replaced.then_some(app)
}

fn router<'t>(cx: &PythonCx<'t>, site: &Site<'t>, kind: RouterKind) -> RouterFact {
    RouterFact::new(span(site.node), cx.bound_name(site), cx.around(site.scope), Framework::PythonSocketIo, kind)
}

fn include<'t>(cx: &PythonCx<'t>, site: &Site<'t>, parent: &Expr, child: Node<'t>, at: &At<'t>) -> MountFact {
    MountFact {
        span: span(site.node),
        parent: parent.clone(),
        child: cx.reference(child, at),
        prefix: None,
        style: MountStyle::Serves,
        function: cx.around(site.scope),
    }
}

fn route<'t>(cx: &PythonCx<'t>, site: &Site<'t>, router: Expr, args: &Args<'t>, at: &At<'t>) -> RouteFact {
    let path = match args.keyword("socketio_path") {
        None => Expr::str(span(site.node), "/socket.io/"),
        Some(node) => match cx.constant_text(node, at) {
            Some(text) => Expr::str(span(node), &format!("/{}/", text.trim_matches('/')).replace("//", "/")),
            None => cx.expr(node, at),
        },
    };
    RouteFact {
        span: span(site.node),
        router,
        protocol: Protocol::SocketIo,
        methods: Vec::new(),
        path: Some(path),
        pattern: PatternSyntax::Prefix,
        handler: None,
        function: cx.around(site.scope),
    }
}
