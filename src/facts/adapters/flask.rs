//! Flask and Quart with blueprints, Flask-Cors, Quart-CORS, Flask-Sock and Flask-SocketIO.

use std::sync::Arc;

use tree_sitter::Node;

use super::python_cors_headers;
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::BindKind;
use crate::facts::lang::python::{Args, At, PythonAdapter, PythonCx, span};
use crate::facts::{
    AddressFact, AddressRule, Expr, ExprKind, Field, FileFacts, FolderFact, Framework, ListenFact, MountFact,
    MountStyle, OriginLibrary, PatternSyntax, PolicyFact, Preflight, Protocol, RouteFact, RouterFact, RouterKind,
    ServerProgram, Step, StepKind,
};

const QUART_CORS: &str = "quart_cors.cors";
const APP: &[&str] = &["flask.Flask", "flask.app.Flask", "quart.Quart"];
const BLUEPRINT: &[&str] =
    &["flask_smorest.Blueprint", "flask.Blueprint", "flask.blueprints.Blueprint", "quart.Blueprint"];
/// Extensions that hang resources on an application: Flask-RESTful and its heirs.
const APIS: &[&str] = &["flask_restful.Api", "flask_restx.Api", "flask_restplus.Api", "flask_smorest.Api"];
const NAMESPACES: &[&str] = &["flask_restx.Namespace", "flask_restplus.Namespace"];
const SOCK: &str = "flask_sock.Sock";
const SOCKET_IO: &str = "flask_socketio.SocketIO";
const PROXY_FIX: &str = "werkzeug.middleware.proxy_fix.ProxyFix";

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "flask",
    needles: &[
        ".route(\"",
        ".route('",
        ".add_resource(",
        "Flask(",
        "Blueprint(",
        "Quart(",
        "SocketIO(",
        "register_blueprint(",
        "add_url_rule(",
        "flask_cors",
        "quart_cors",
        "ProxyFix(",
        "socketio.run(",
    ],
    marks: &["flask", "socketio.run(", "quart", "register_blueprint", "ProxyFix", "add_url_rule(", "bp="],
    kept: &[
        "flask.Flask",
        "flask.app.Flask",
        "quart.Quart",
        "flask.Blueprint",
        "flask.blueprints.Blueprint",
        "quart.Blueprint",
        "flask_smorest.Blueprint",
        "flask_restful.Api",
        "flask_restx.Api",
        "flask_restplus.Api",
        "flask_smorest.Api",
        "flask_restx.Namespace",
        "flask_restplus.Namespace",
        SOCK,
        SOCKET_IO,
        "flask_cors.CORS",
        QUART_CORS,
    ],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    match site.node.kind() {
        "call" => call(cx, site, facts),
        "function_definition" | "class_definition" => decorated(cx, site, facts),
        _ => {}
    }
}

fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let args = cx.args(site.node);
    let at = cx.at(site);
    if let Some(made) = cx.constructor(site.node) {
        match made.as_str() {
            made if made_inside(made).is_some() && is_given_to_quart_cors(cx, site.node) => {}
            made if APP.contains(&made) => {
                router(cx, site, &args, RouterKind::App, Framework::Flask, facts);
                handed_out(cx, site, &args, &at, facts);
            }
            made if BLUEPRINT.contains(&made) => router(cx, site, &args, RouterKind::Router, Framework::Flask, facts),
            made if APIS.contains(&made) => {
                router(cx, site, &args, RouterKind::Router, Framework::Flask, facts);
                if let Some(last) = facts.routers.last_mut() {
                    last.prefix = cx.keyword_value(&args, "prefix", &at);
                }
                joined(cx, site, args.get(0, "app"), &own(cx, site), facts);
            }
            made if NAMESPACES.contains(&made) => {
                router(cx, site, &args, RouterKind::Router, Framework::Flask, facts);
                if let Some(last) = facts.routers.last_mut() {
                    let name = args.get(0, "name").and_then(|name| cx.constant_text(name, &at));
                    last.prefix = cx
                        .keyword_value(&args, "path", &at)
                        .or_else(|| Some(Expr::str(span(site.node), &format!("/{}", name?))));
                }
            }
            SOCK => {
                router(cx, site, &args, RouterKind::Router, Framework::FlaskSock, facts);
                joined(cx, site, args.positional.first().copied(), &own(cx, site), facts);
            }
            SOCKET_IO => {
                router(cx, site, &args, RouterKind::Router, Framework::FlaskSocketIo, facts);
                joined(cx, site, args.get(0, "app"), &own(cx, site), facts);
                socket_io(cx, site, &args, &at, facts);
            }
            "flask_cors.CORS" => {
                if let Some(app) = args.get(0, "app") {
                    let target = cx.reference(app, &at);
                    facts.policies.push(cors(cx, site, &args, target, &at));
                }
            }
            QUART_CORS => {
                if let Some(app) = args.get(0, "app_or_blueprint") {
                    // What is made inside the call has the name that its result is given: `api = cors(Blueprint(..))`.
                    let inner = cx.constructor(app).and_then(|made| made_inside(&made));
                    let target = match inner {
                        Some(kind) => {
                            router(cx, site, &cx.args(app), kind, Framework::Flask, facts);
                            own(cx, site)
                        }
                        None => cx.reference(app, &at),
                    };
                    quart_cors(cx, site, &args, &target, &at, facts);
                }
            }
            PROXY_FIX => proxy_fix(cx, site, &args, &at, facts),
            _ => {}
        }
    }
    let Some((object, method)) = cx.method(site.node) else { return };
    let made = || cx.made_by(object, &at).or_else(|| made_before_cors(cx, object)).unwrap_or_default();
    match method {
        "register_blueprint" => {
            for at in cx.unrolled(site) {
                let Some(child) = args.get(0, "blueprint") else { return };
                facts.mounts.push(MountFact {
                    span: span(site.node),
                    parent: cx.reference(object, &at),
                    child: cx.reference(child, &at),
                    prefix: cx.option(&args, "url_prefix", &at),
                    style: MountStyle::Include,
                    function: cx.around(site.scope),
                });
            }
        }
        "add_resource" => resource(cx, site, object, &args, &at, facts),
        "add_namespace" => {
            let Some(child) = args.get(0, "ns") else { return };
            // A path given here stands instead of the namespace's own.
            let path = args.get(1, "path");
            let child = cx.reference(child, &at);
            facts.mounts.push(MountFact {
                span: span(site.node),
                parent: cx.reference(object, &at),
                child,
                prefix: path.map(|path| cx.expr(path, &at)),
                style: MountStyle::Include,
                function: cx.around(site.scope),
            });
        }
        "init_app" => match made().as_str() {
            made if APIS.contains(&made) => {
                let child = cx.reference(object, &at);
                joined(cx, site, args.get(0, "app"), &child, facts);
            }
            SOCK => {
                let child = cx.reference(object, &at);
                joined(cx, site, args.get(0, "app"), &child, facts);
            }
            SOCKET_IO => {
                let child = cx.reference(object, &at);
                joined(cx, site, args.get(0, "app"), &child, facts);
                if cx.keyword_value(&args, "cors_allowed_origins", &at).is_some() {
                    socket_policy(cx, site, &args, child, &at, facts);
                }
            }
            "flask_cors.CORS" => {
                if let Some(app) = args.get(0, "app") {
                    let target = cx.reference(app, &at);
                    facts.policies.push(cors(cx, site, &args, target, &at));
                }
            }
            // `from extensions import socketio`: whatever it is, the module of it knows.
            "" if is_imported(cx, object) => {
                let child = cx.reference(object, &at);
                joined_as(cx, site, args.get(0, "app"), &child, MountStyle::Extension, facts);
                if cx.keyword_value(&args, "cors_allowed_origins", &at).is_some() {
                    socket_policy(cx, site, &args, child, &at, facts);
                }
            }
            _ => {}
        },
        "run" => match made().as_str() {
            made if APP.contains(&made) => {
                let app = cx.reference(object, &at);
                facts.listeners.push(listen(cx, site, &args, app, (0, 1), &at));
            }
            SOCKET_IO => {
                let app = args.get(0, "app").map_or(object, |app| app);
                let app = cx.reference(app, &at);
                facts.listeners.push(listen(cx, site, &args, app, (1, 2), &at));
            }
            // `from app import socketio`: the object of another module, which starts the application that it is given.
            "" if cx.text(object).to_ascii_lowercase().contains("socket") => {
                if let Some(app) = args.get(0, "app").filter(|app| app.kind() == "identifier") {
                    let app = cx.reference(app, &at);
                    facts.listeners.push(listen(cx, site, &args, app, (1, 2), &at));
                }
            }
            _ => {}
        },
        "add_url_rule" => {
            if let Some(path) = args.get(0, "rule") {
                facts.routes.push(route(cx, site, site.node, object, path, &args, Protocol::Http, &at));
            }
        }
        _ => {}
    }
}

/// `api.add_resource(Todo, "/todos", "/todos/<id>")`.
fn resource<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    object: Node<'t>,
    args: &Args<'t>,
    at: &At<'t>,
    facts: &mut FileFacts,
) {
    for path in args.positional.iter().skip(1) {
        facts.routes.push(RouteFact {
            span: span(*path),
            router: cx.reference(object, at),
            protocol: Protocol::Http,
            methods: Vec::new(),
            path: Some(cx.expr(*path, at)),
            pattern: PatternSyntax::Angle,
            handler: None,
            function: cx.around(site.scope),
        });
    }
}

fn own<'t>(cx: &PythonCx<'t>, site: &Site<'t>) -> Expr {
    Expr::new(span(site.node), ExprKind::Name(cx.bound_name(site)))
}

/// What a call makes that `quart_cors.cors` may be around.
fn made_inside(made: &str) -> Option<RouterKind> {
    if APP.contains(&made) {
        return Some(RouterKind::App);
    }
    BLUEPRINT.contains(&made).then_some(RouterKind::Router)
}

/// What made the object of `app = cors(app)`, which gives back what it is given.
fn made_before_cors(cx: &PythonCx<'_>, object: Node<'_>) -> Option<String> {
    let name = cx.text(object);
    let bound = cx.outline.scopes.iter().filter_map(|scope| scope.bindings.get(name));
    let mut made = bound.flatten().map(|binding| match binding.kind {
        BindKind::Assign(value) => cx.constructor(value),
        _ => None,
    });
    let first = made.next()??;
    made.all(|later| later.as_deref() == Some(QUART_CORS)).then_some(first)
}

/// Whether a call is the argument of `quart_cors.cors`, which gives it back.
fn is_given_to_quart_cors<'t>(cx: &PythonCx<'t>, call: Node<'t>) -> bool {
    let around = cx.parent(call).filter(|parent| parent.kind() == "argument_list").and_then(|list| cx.parent(list));
    around.and_then(|around| cx.constructor(around)).is_some_and(|made| made == QUART_CORS)
}

fn router<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    args: &Args<'t>,
    kind: RouterKind,
    framework: Framework,
    facts: &mut FileFacts,
) {
    facts.routers.push(RouterFact {
        span: span(site.node),
        name: cx.bound_name(site),
        function: cx.around(site.scope),
        framework,
        kind,
        prefix: cx.keyword_value(args, "url_prefix", &cx.at(site)),
        root_path: None,
    });
}

/// The folder of an application's files. `static` and `templates` beside it belong to it anyway.
fn handed_out<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>, at: &At<'t>, facts: &mut FileFacts) {
    for option in ["static_folder", "template_folder"] {
        let folder = args.keyword(option).and_then(|folder| cx.folder(folder, at));
        facts.folders.extend(folder.map(|folder| FolderFact {
            span: span(site.node),
            target: own(cx, site),
            folder,
            function: cx.around(site.scope),
        }));
    }
}

/// Whether the first name of `a.b.c` comes from another module.
fn is_imported<'t>(cx: &PythonCx<'t>, object: Node<'t>) -> bool {
    let first = cx.text(object).split('.').next().unwrap_or_default();
    cx.outline.canonical.contains_key(first)
}

/// An extension becomes part of an application.
fn joined<'t>(cx: &PythonCx<'t>, site: &Site<'t>, app: Option<Node<'t>>, child: &Expr, facts: &mut FileFacts) {
    joined_as(cx, site, app, child, MountStyle::Include, facts);
}

fn joined_as<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    app: Option<Node<'t>>,
    child: &Expr,
    style: MountStyle,
    facts: &mut FileFacts,
) {
    let Some(app) = app else { return };
    facts.mounts.push(MountFact {
        span: span(site.node),
        parent: cx.reference(app, &cx.at(site)),
        child: child.clone(),
        prefix: None,
        style,
        function: cx.around(site.scope),
    });
}

fn socket_io<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>, at: &At<'t>, facts: &mut FileFacts) {
    facts.server_transports.extend(cx.option(args, "transports", at));
    let path = cx.keyword_value(args, "path", at).unwrap_or_else(|| Expr::str(span(site.node), "/socket.io/"));
    facts.routes.push(RouteFact {
        span: span(site.node),
        router: own(cx, site),
        protocol: Protocol::SocketIo,
        methods: Vec::new(),
        path: Some(path),
        pattern: PatternSyntax::Prefix,
        handler: None,
        function: cx.around(site.scope),
    });
    socket_policy(cx, site, args, own(cx, site), at, facts);
}

fn socket_policy<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    args: &Args<'t>,
    target: Expr,
    at: &At<'t>,
    facts: &mut FileFacts,
) {
    facts.policies.push(PolicyFact {
        span: span(site.node),
        target,
        library: OriginLibrary::PythonSocketIo,
        origins: cx.option(args, "cors_allowed_origins", at),
        pattern: None,
        credentials: None,
        preflight: Preflight::default(),
        paths: None,
        function: cx.around(site.scope),
    });
}

/// `CORS(app, origins=.., resources={r"/api/*": {"origins": ..}}, supports_credentials=True)`.
fn cors<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>, target: Expr, at: &At<'t>) -> PolicyFact {
    let resources = cx.keyword_value(args, "resources", at);
    let listed = resources.as_ref().and_then(|resources| match &resources.kind {
        ExprKind::Object(fields) => match fields.as_slice() {
            [only] => only.value.field("origins").cloned(),
            _ => None,
        },
        _ => None,
    });
    let paths = resources.as_ref().map(|resources| match &resources.kind {
        ExprKind::Object(fields) => {
            let keys = fields.iter().map(|field: &Field| Expr::str(field.key_span, &field.key));
            Expr::new(resources.span, ExprKind::List(keys.collect()))
        }
        _ => resources.clone(),
    });
    let several = resources
        .as_ref()
        .is_some_and(|resources| !matches!(&resources.kind, ExprKind::Object(fields) if fields.len() == 1));
    let origins = listed
        .or_else(|| cx.option(args, "origins", at))
        .or_else(|| several.then(|| Expr::hole(span(site.node), crate::facts::HoleReason::Unsupported)));
    PolicyFact {
        span: span(site.node),
        target,
        library: OriginLibrary::FlaskCors,
        origins: origins.map(|list| cx.under_guards(site, list, ExprKind::List(Vec::new()))),
        pattern: None,
        credentials: cx.keyword_value(args, "supports_credentials", at),
        preflight: Preflight {
            methods: cx.keyword_value(args, "methods", at),
            headers: cx.keyword_value(args, "allow_headers", at),
            ..Preflight::default()
        },
        paths,
        function: cx.around(site.scope),
    }
}

/// `app = cors(app, allow_origin=.., allow_credentials=True)`: for requests, and at the handshake in a way of its own.
fn quart_cors<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    args: &Args<'t>,
    target: &Expr,
    at: &At<'t>,
    facts: &mut FileFacts,
) {
    let origins = cx.keyword_value(args, "allow_origin", at);
    facts.policies.push(PolicyFact {
        library: OriginLibrary::QuartCors,
        origins: origins.clone().map(|list| cx.under_guards(site, list, ExprKind::Null)),
        ..PolicyFact::own_check(span(site.node), target.clone(), cx.around(site.scope))
    });
    facts.policies.push(PolicyFact {
        span: span(site.node),
        target: target.clone(),
        library: OriginLibrary::FlaskCors,
        origins: origins.map(|list| cx.under_guards(site, list, ExprKind::List(Vec::new()))),
        pattern: None,
        credentials: cx.keyword_value(args, "allow_credentials", at),
        preflight: Preflight {
            methods: cx.keyword_value(args, "allow_methods", at),
            headers: cx.keyword_value(args, "allow_headers", at),
            ..Preflight::default()
        },
        paths: None,
        function: cx.around(site.scope),
    });
}

/// `app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1)`: how many proxies are believed, for each header.
fn proxy_fix<'t>(cx: &PythonCx<'t>, site: &Site<'t>, args: &Args<'t>, at: &At<'t>, facts: &mut FileFacts) {
    let Some(app) = args.get(0, "app").and_then(|wrapped| wrapped.child_by_field_name("object")) else { return };
    let here = span(site.node);
    let on = |value: Expr| cx.under_guards(site, value, ExprKind::Bool(false));
    let scheme = args.get(2, "x_proto").map_or_else(|| Expr::new(here, ExprKind::Bool(true)), |hops| cx.expr(hops, at));
    let host = args.get(3, "x_host").map(|hops| cx.expr(hops, at));
    for (rule, value) in [(AddressRule::TrustsProto, Some(scheme)), (AddressRule::TrustsHost, host)] {
        let Some(value) = value else { continue };
        facts.addresses.push(AddressFact {
            span: here,
            target: cx.reference(app, at),
            rule,
            value: Some(on(value)),
            function: cx.around(site.scope),
        });
    }
}

fn listen<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    args: &Args<'t>,
    app: Expr,
    (host, port): (usize, usize),
    at: &At<'t>,
) -> ListenFact {
    let value = |index: usize, name: &str| {
        args.get(index, name).map(|node| cx.expr(node, at)).or_else(|| cx.option(args, name, at))
    };
    ListenFact {
        span: span(site.node),
        app: Some(app),
        server: ServerProgram::FlaskRun,
        host: value(host, "host"),
        port: value(port, "port"),
        tls: cx.keyword_value(args, "ssl_context", at),
        options: Vec::new(),
        function: cx.around(site.scope),
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one route")]
fn route<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    node: Node<'t>,
    object: Node<'t>,
    path: Node<'t>,
    args: &Args<'t>,
    protocol: Protocol,
    at: &At<'t>,
) -> RouteFact {
    let methods = args.keyword("methods").and_then(|list| cx.elements(list, at)).unwrap_or_default();
    let body = site.opens.filter(|_| site.node.kind() == "function_definition");
    let mut handler = body.map(|id| match protocol {
        Protocol::Http => cx.request_handler(id, cx.sockets(id)),
        _ => cx.handler(id, cx.sockets(id)),
    });
    if protocol == Protocol::WebSocket
        && let Some(handler) = &mut handler
    {
        // The extension has accepted before the handler runs.
        handler.steps.insert(0, Step { span: handler.span, kind: StepKind::Accept(None) });
    }
    RouteFact {
        span: span(node),
        router: cx.reference(object, at),
        protocol,
        methods: methods.iter().filter_map(|word| Some(Arc::from(cx.constant_text(*word, at)?))).collect(),
        path: Some(cx.expr(path, at)),
        pattern: PatternSyntax::Angle,
        handler,
        function: cx.around(site.scope),
    }
}

fn decorated<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let at = cx.at(site);
    for decorator in site.decorators.iter().filter(|node| node.kind() == "call") {
        on_blueprint(cx, site, *decorator, &at, facts);
    }
    let packages = ["flask", "quart", "flask_sock", "flask_restx", "flask_restplus", "flask_smorest"];
    if !packages.iter().any(|package| cx.imports(package)) {
        return;
    }
    for decorator in site.decorators.iter().filter(|node| node.kind() == "attribute") {
        gate(cx, site, *decorator, &at, facts);
        if let Some((object, "after_request" | "after_app_request")) = cx.method(*decorator) {
            let policy = python_cors_headers::policy(cx, site.node, &at, cx.reference(object, &at));
            facts.policies.extend(policy.map(|policy| PolicyFact { function: cx.around(site.scope), ..policy }));
        }
    }
    for decorator in site.decorators.iter().filter(|node| node.kind() == "call") {
        let Some((object, method)) = cx.method(*decorator) else { continue };
        let made = cx.made_by(object, &at);
        let protocol = match (made.as_deref(), method) {
            (Some(SOCK), "route") | (_, "websocket") => Protocol::WebSocket,
            (_, "route" | "get" | "post" | "put" | "delete" | "patch") => Protocol::Http,
            _ => continue,
        };
        if made.as_deref().is_some_and(|made| !made.starts_with("flask") && !made.starts_with("quart")) {
            continue;
        }
        let args = cx.args(*decorator);
        let Some(path) = args.get(0, "rule").filter(|_| args.keyword("bp").is_none()) else { continue };
        let mut fact = route(cx, site, *decorator, object, path, &args, protocol, &at);
        if !matches!(method, "route" | "websocket") {
            fact.methods = vec![Arc::from(method.to_ascii_uppercase())];
        } else if protocol == Protocol::Http && args.keyword("methods").is_none() {
            fact.methods = match site.node.kind() {
                "class_definition" => verbs(cx, site),
                _ => vec![Arc::from("GET")],
            };
        }
        facts.routes.push(fact);
    }
}

/// The methods that a class of views answers (`@ns.route("/") class Cats(Resource)`); none where it may inherit some.
fn verbs<'t>(cx: &PythonCx<'t>, site: &Site<'t>) -> Vec<Arc<str>> {
    let Some(scope) = site.opens.and_then(|id| cx.outline.scopes.get(id.0)) else { return Vec::new() };
    let own = |base: &String| base.starts_with("flask");
    if !cx.dotted_bases(&scope.name).iter().all(own) {
        return Vec::new();
    }
    let known = ["get", "post", "put", "patch", "delete"].into_iter().filter(|verb| scope.bindings.contains_key(*verb));
    known.map(|verb| Arc::from(verb.to_ascii_uppercase())).collect()
}

/// `@sock.route("/echo", bp=bp)`: Flask-Sock puts the socket on a blueprint.
fn on_blueprint<'t>(cx: &PythonCx<'t>, site: &Site<'t>, decorator: Node<'t>, at: &At<'t>, facts: &mut FileFacts) {
    let args = cx.args(decorator);
    let is_route = cx.method(decorator).is_some_and(|(_, method)| method == "route");
    if let (true, Some(blueprint), Some(path)) = (is_route, args.keyword("bp"), args.get(0, "path")) {
        facts.routes.push(route(cx, site, decorator, blueprint, path, &args, Protocol::WebSocket, at));
    }
}

/// `@app.before_request` on a function that looks at the Origin: it runs before every handshake too, whatever it compares.
fn gate<'t>(cx: &PythonCx<'t>, site: &Site<'t>, decorator: Node<'t>, at: &At<'t>, facts: &mut FileFacts) {
    let (Some(object), Some(hook)) =
        (decorator.child_by_field_name("object"), decorator.child_by_field_name("attribute"))
    else {
        return;
    };
    if !matches!(cx.text(hook), "before_request" | "before_websocket" | "before_app_request")
        || !cx.text(site.node).to_ascii_lowercase().contains("origin")
    {
        return;
    }
    facts.policies.push(PolicyFact::own_check(span(site.node), cx.reference(object, at), cx.around(site.scope)));
}
