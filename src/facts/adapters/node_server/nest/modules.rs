//! Modules: which controllers, gateways and further modules an application is made of.

use std::sync::Arc;

use tree_sitter::Node;

use super::decorators::{self, Decorator};
use crate::facts::lang::ecma::node::{arguments, string_text, strip};
use crate::facts::lang::ecma::uses::array_items;
use crate::facts::lang::ecma::{EcmaCx, Origin};
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HoleReason, MountFact, MountStyle, PatternSyntax, Protocol, RouteFact,
    RouterFact, RouterKind,
};

/// Packages whose modules bring nothing that answers requests.
const HARMLESS: [&str; 40] = [
    "@nestjs/config",
    "@nestjs/typeorm",
    "@nestjs/mongoose",
    "@nestjs/sequelize",
    "@nestjs/jwt",
    "@nestjs/passport",
    "@nestjs/throttler",
    "@nestjs/schedule",
    "@nestjs/event-emitter",
    "@nestjs/axios",
    "@nestjs/bull",
    "@nestjs/bullmq",
    "@nestjs/cache-manager",
    "@nestjs/microservices",
    "@nestjs/cqrs",
    "@nestjs/terminus",
    "@nestjs/common",
    "@nestjs/platform-express",
    "@nestjs/elasticsearch",
    "@mikro-orm/nestjs",
    "@nestjs-modules/mailer",
    "@nestjs-modules/ioredis",
    "@nestlab/google-recaptcha",
    "@liaoliaots/nestjs-redis",
    "@songkeys/nestjs-redis",
    "@golevelup/nestjs-rabbitmq",
    "@willsoto/nestjs-prometheus",
    "@sentry/nestjs/setup",
    "nestjs-pino",
    "nest-winston",
    "nestjs-i18n",
    "nestjs-prisma",
    "nestjs-cls",
    "nestjs-zod",
    "nestjs-form-data",
    "nestjs-config",
    "nestjs-minio-client",
    "nestjs-redis",
    "nestjs-telegraf",
    "nestjs-typegoose",
];

/// `@Module({ controllers, providers, imports })`.
pub fn described<'t>(cx: &EcmaCx<'t>, class: Node<'t>, decorator: &Decorator<'t>, facts: &mut FileFacts) {
    let span = cx.span(decorator.node);
    let name = decorators::name(cx, class);
    let parent = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    facts.routers.push(RouterFact::new(span, name, None, Framework::Nest, RouterKind::Router));
    let mount = |child: Expr, style| MountFact {
        span: child.span,
        parent: parent.clone(),
        child,
        prefix: None,
        style,
        function: None,
    };
    let object = decorator.args.first().map(|object| cx.initial(*object));
    let Some(object) = object.filter(|object| object.kind() == "object") else {
        facts.mounts.push(MountFact::unread(span, parent, None));
        return;
    };
    let listed = |key: &str| {
        let value = cx.option(object, key)?;
        Some(array_items(cx, value).unwrap_or_else(|| vec![value]))
    };
    for controller in listed("controllers").unwrap_or_default() {
        facts.mounts.push(mount(named(cx, controller), MountStyle::Include));
    }
    for provider in listed("providers").unwrap_or_default() {
        // Only classes can be gateways; factories and values are objects.
        let provider = strip(provider);
        if provider.kind() == "identifier" {
            facts.mounts.push(mount(cx.expr(provider), MountStyle::Gateway));
        }
    }
    for import in listed("imports").unwrap_or_default() {
        imported(cx, import, &parent, &mount, facts);
    }
}

fn imported<'t>(
    cx: &EcmaCx<'t>,
    node: Node<'t>,
    parent: &Expr,
    mount: &dyn Fn(Expr, MountStyle) -> MountFact,
    facts: &mut FileFacts,
) {
    let node = strip(node);
    let span = cx.span(node);
    // `X.forRoot(...)` is the module X with options; `forwardRef(() => X)` is X.
    let callee = node.child_by_field_name("function").filter(|_| node.kind() == "call_expression").map(strip);
    let module = match callee {
        Some(callee) if callee.kind() == "member_expression" => callee.child_by_field_name("object").map(strip),
        Some(callee) if cx.text(callee) == "forwardRef" => {
            let function = arguments(node).first().and_then(|function| cx.function(*function));
            function.and_then(|function| function.child_by_field_name("body")).map(strip)
        }
        _ => Some(node),
    };
    let Some(module) = module.filter(|module| module.kind() == "identifier") else {
        facts.mounts.push(MountFact::unread(span, parent.clone(), None));
        return;
    };
    match cx.origin(module) {
        Some(origin) if HARMLESS.contains(&origin.module) => {}
        Some(origin) if origin.is("@nestjs/serve-static", "ServeStaticModule") => {
            let options = arguments(node).into_iter().map(|options| cx.initial(options));
            let roots = options.filter_map(|options| cx.option(options, "serveRoot")).map(|root| cx.expr(root)).next();
            let prefix = roots.unwrap_or_else(|| Expr::str(span, "/"));
            facts.mounts.push(MountFact { prefix: Some(prefix), ..mount(cx.expr(module), MountStyle::Static) });
        }
        Some(origin) if is_graphql(&origin) => {
            let path = arguments(node).first().and_then(|options| cx.option(*options, "path"));
            let path = match path {
                Some(path) => string_text(path, cx.source)
                    .map_or_else(|| cx.expr(path), |text| Expr::str(span, &format!("/{}", text.trim_matches('/')))),
                None => Expr::str(span, "/graphql"),
            };
            let sockets = super::super::graphql::subscriptions_of_nest(cx, node);
            for protocol in [Protocol::Http, Protocol::WebSocket] {
                facts.routes.push(RouteFact {
                    span,
                    router: parent.clone(),
                    protocol,
                    methods: Vec::new(),
                    path: Some(path.clone()),
                    pattern: PatternSyntax::Prefix,
                    handler: sockets.clone().filter(|_| protocol == Protocol::WebSocket),
                    function: None,
                });
            }
        }
        _ => facts.mounts.push(mount(cx.expr(module), MountStyle::Include)),
    }
}

fn is_graphql(origin: &Origin<'_>) -> bool {
    origin.is("@nestjs/graphql", "GraphQLModule")
}

/// A class by its name; anything else may be any class.
fn named<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Expr {
    let node = strip(node);
    match node.kind() {
        "identifier" => Expr::new(cx.span(node), ExprKind::Name(Arc::from(cx.text(node)))),
        _ => Expr::hole(cx.span(node), HoleReason::Unsupported),
    }
}
