//! The application: what `NestFactory.create` makes, and what is set on it.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::cors::{self, Registered};
use super::super::express;
use super::super::value::{MethodCall, ServerValue, name_of, surrounding, target};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, string_text, strip};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HoleReason, MountFact, MountStyle, OriginLibrary, PolicyFact, Preflight,
    RouterFact, RouterKind,
};

/// `NestFactory.create(AppModule, options)`.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let span = cx.span(node);
    let name = name_of(cx, node);
    let function = surrounding(cx, node);
    let own = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    facts.routers.push(RouterFact::new(span, name, function.clone(), Framework::Nest, RouterKind::App));
    let args = arguments(node);
    if let Some(module) = args.first() {
        facts.mounts.push(mount(span, &own, cx.expr(*module), function.as_ref()));
    }
    let options = args.iter().skip(1).map(|options| cx.initial(*options)).find(|options| options.kind() == "object");
    let Some(given) = options.and_then(|options| cx.option(options, "cors")) else { return };
    let value = cx.initial(given);
    let (origins, credentials) = match value.kind() {
        "false" => return,
        "true" => (None, None),
        "object" => (
            cx.option(value, "origin").map(|origin| cors::origin_option(cx, origin)),
            cx.option(value, "credentials").map(|value| cx.expr(value)),
        ),
        _ => (Some(cx.expr(given)), Some(Expr::hole(cx.span(given), HoleReason::Unsupported))),
    };
    let option = |key: &str| cx.option(value, key).map(|value| cx.expr(value));
    let preflight = Preflight { methods: option("methods"), headers: option("allowedHeaders"), ..Preflight::default() };
    facts.policies.push(PolicyFact {
        span: cx.span(given),
        target: own,
        library: library(cx),
        origins,
        pattern: None,
        credentials,
        preflight,
        paths: None,
        function,
    });
}

fn mount(span: crate::base::Span, parent: &Expr, child: Expr, function: Option<&Arc<str>>) -> MountFact {
    MountFact {
        span,
        parent: parent.clone(),
        child,
        prefix: None,
        style: MountStyle::Include,
        function: function.cloned(),
    }
}

/// `app.setGlobalPrefix(...)`, `app.enableCors(...)` and the other calls that decide who answers.
pub fn called<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    if !matches!(
        call.method,
        "setGlobalPrefix" | "enableCors" | "enableVersioning" | "useStaticAssets" | "use" | "register"
    ) {
        return;
    }
    let Some(app) = target(cx, call.receiver, facts) else { return };
    if !matches!(app.value, Some(ServerValue::NestApp { .. })) {
        return;
    }
    let span = call.head;
    let open = |facts: &mut FileFacts| {
        facts.mounts.push(MountFact::unread(span, app.expr.clone(), app.function.clone()));
    };
    match call.method {
        "use" => express::used(cx, call, &app, facts),
        // A plugin of Fastify below Nest.
        "register" => open(facts),
        // It is in front of all routes, wherever it is called.
        "enableCors" => {
            let options = call.args.first().copied();
            let stated = cors::Stated { call: call.node, options, library: library(cx), names: cors::OF_EXPRESS };
            cors::stated(cx, &stated, &app, None, Registered::Anywhere, facts);
        }
        "setGlobalPrefix" => {
            let Some(prefix) = call.args.first() else { return };
            let prefix = match string_text(strip(*prefix), cx.source) {
                Some(text) => Expr::str(cx.span(*prefix), &format!("/{}", text.trim_matches('/'))),
                None => cx.expr(*prefix),
            };
            let router = facts.routers.iter_mut().rfind(|router| {
                matches!(&app.expr.kind, ExprKind::Name(name) if *name == router.name)
                    && router.framework == Framework::Nest
                    && router.kind == RouterKind::App
            });
            if let Some(router) = router {
                router.prefix = Some(prefix);
            }
            // Routes that are left out are at the root.
            if call.args.len() > 1 {
                open(facts);
            }
        }
        "enableVersioning" => {
            let options = call.args.first().map(|options| cx.initial(*options));
            let kind = options.and_then(|options| cx.option(options, "type")).map_or("", |kind| cx.text(kind));
            let by_path = kind.is_empty() || kind.ends_with("URI");
            let default = options.and_then(|options| cx.option(options, "defaultVersion"));
            if by_path && default.is_some_and(|default| !cx.text(default).ends_with("VERSION_NEUTRAL")) {
                open(facts);
            }
        }
        _ => {
            let options = call.args.get(1).map(|options| cx.initial(*options));
            let prefix = options.and_then(|options| cx.option(options, "prefix"));
            let prefix = prefix.map_or_else(|| Expr::str(span, "/"), |prefix| cx.expr(prefix));
            let folder = call.args.first().map_or_else(|| Expr::str(span, ""), |folder| cx.expr(*folder));
            facts.mounts.push(MountFact {
                prefix: Some(prefix),
                style: MountStyle::Static,
                ..mount(span, &app.expr, folder, app.function.as_ref())
            });
        }
    }
}

/// What answers for CORS: the application's HTTP adapter decides, which the file names that makes the application.
fn library(cx: &EcmaCx<'_>) -> OriginLibrary {
    match cx.imports_any(|module| *module == "@nestjs/platform-fastify") {
        true => OriginLibrary::FastifyCors,
        false => OriginLibrary::NodeCors,
    }
}

/// Whether the adapter that a call of `useWebSocketAdapter` gives is one of NestJS. One of the repository decides about paths
/// and origins itself.
pub fn is_known_adapter<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> bool {
    let adapter = arguments(call).first().map(|adapter| cx.initial(*adapter));
    let class = adapter.and_then(|adapter| adapter.child_by_field_name("constructor"));
    class.and_then(|class| cx.origin(class)).is_some_and(|origin| {
        origin.is("@nestjs/platform-ws", "WsAdapter") || origin.is("@nestjs/platform-socket.io", "IoAdapter")
    })
}
