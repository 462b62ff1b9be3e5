//! Controllers: classes whose methods answer requests.

use std::sync::Arc;

use tree_sitter::Node;

use super::super::steps;
use super::decorators::{self, Decorator};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{string_text, strip};
use crate::facts::lang::ecma::uses::array_items;
use crate::facts::{
    Expr, ExprKind, FileFacts, Framework, HandlerFact, HoleReason, MountFact, PatternSyntax, Protocol, RouteFact,
    RouterFact, RouterKind, Step, StepKind,
};

/// Packages whose decorators of a class or method make routes that are not written here.
const MAKES_ROUTES: [&str; 6] =
    ["@nestjsx/crud", "@dataui/crud", "@rewiko/crud", "@nestia/core", "@ts-rest/nest", "nestjs-trpc"];

/// `@Controller('path')`, `@Controller(['a', 'b'])`, `@Controller({ path, version })`.
pub fn described<'t>(cx: &EcmaCx<'t>, class: Node<'t>, decorator: &Decorator<'t>, facts: &mut FileFacts) {
    let name = decorators::name(cx, class);
    let span = cx.span(decorator.node);
    let own = Expr::new(span, ExprKind::Name(Arc::clone(&name)));
    let given = decorator.args.first().map(|given| cx.initial(*given));
    let object = given.filter(|given| given.kind() == "object");
    let path = match object {
        Some(object) => cx.option(object, "path"),
        None => given,
    };
    // Where the version goes, the application says.
    let versioned = object.is_some_and(|object| cx.option(object, "version").is_some());
    let prefixes = if versioned { vec![Expr::hole(span, HoleReason::Unsupported)] } else { paths(cx, path, span) };
    // One prefix is the router's; of several, each is part of the routes.
    let (prefix, several) = match <[Expr; 1]>::try_from(prefixes) {
        Ok([only]) => (Some(only), Vec::new()),
        Err(several) => (None, several),
    };
    facts.routers.push(RouterFact { prefix, ..RouterFact::new(span, name, None, Framework::Nest, RouterKind::Router) });
    let on_class = decorators::of_class(cx, class);
    let guards = guards(cx, &on_class);
    let mut open = decorators::extends(class) || on_class.iter().any(|decorator| makes_routes(cx, decorator));
    for (method, before) in decorators::methods(class) {
        open |= before.iter().any(|decorator| makes_routes(cx, decorator));
        let versioned = before.iter().any(|decorator| decorator.of_common(cx) == Some("Version"));
        for decorator in &before {
            let Some(verb) = decorator.of_common(cx).and_then(verb) else { continue };
            let at = cx.span(decorator.node);
            let own_paths = match versioned {
                true => vec![Expr::hole(at, HoleReason::Unsupported)],
                false => paths(cx, decorator.args.first().map(|path| cx.initial(*path)), at),
            };
            let handler = handler(cx, method, verb, [guards.clone(), self::guards(cx, &before)].concat());
            for path in own_paths {
                for path in below(&several, path) {
                    facts.routes.push(RouteFact {
                        span: at,
                        router: own.clone(),
                        protocol: Protocol::Http,
                        methods: verb.methods(),
                        path: Some(path),
                        pattern: PatternSyntax::Express,
                        handler: Some(handler.clone()),
                        function: None,
                    });
                }
            }
        }
    }
    if open {
        facts.mounts.push(MountFact::unread(span, own, None));
    }
}

fn makes_routes<'t>(cx: &EcmaCx<'t>, decorator: &Decorator<'t>) -> bool {
    decorator.package(cx).is_some_and(|package| MAKES_ROUTES.contains(&package))
}

/// What a method decorator registers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Method(&'static str),
    All,
    /// `@Sse`: an event stream over GET.
    Events,
}

impl Verb {
    fn methods(self) -> Vec<Arc<str>> {
        match self {
            Self::Method(method) => vec![Arc::from(method)],
            Self::Events => vec![Arc::from("GET")],
            Self::All => Vec::new(),
        }
    }
}

fn verb(name: &str) -> Option<Verb> {
    Some(match name {
        "Get" => Verb::Method("GET"),
        "Post" => Verb::Method("POST"),
        "Put" => Verb::Method("PUT"),
        "Patch" => Verb::Method("PATCH"),
        "Delete" => Verb::Method("DELETE"),
        "Head" => Verb::Method("HEAD"),
        "Options" => Verb::Method("OPTIONS"),
        "Search" => Verb::Method("SEARCH"),
        "All" => Verb::All,
        "Sse" => Verb::Events,
        _ => return None,
    })
}

/// The paths of a decorator: one, several, or the empty one.
fn paths<'t>(cx: &EcmaCx<'t>, given: Option<Node<'t>>, at: crate::base::Span) -> Vec<Expr> {
    let Some(given) = given else { return vec![Expr::str(at, "")] };
    match array_items(cx, given) {
        Some(items) if given.kind() == "array" => items.into_iter().map(|item| path(cx, item)).collect(),
        _ => vec![path(cx, given)],
    }
}

fn path<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Expr {
    match string_text(strip(node), cx.source) {
        Some(text) => Expr::str(cx.span(node), &format!("/{}", text.trim_matches('/'))),
        None => cx.expr(node),
    }
}

/// A path below each of several prefixes.
fn below(prefixes: &[Expr], path: Expr) -> Vec<Expr> {
    if prefixes.is_empty() {
        return vec![path];
    }
    let joined = |prefix: &Expr| match (prefix.as_str(), path.as_str()) {
        (Some(prefix), Some(own)) => Expr::str(path.span, &format!("{}{own}", prefix.trim_end_matches('/'))),
        _ => Expr::hole(path.span, HoleReason::Unsupported),
    };
    prefixes.iter().map(joined).collect()
}

/// What `@UseGuards(...)` names.
fn guards<'t>(cx: &EcmaCx<'t>, found: &[Decorator<'t>]) -> Vec<Expr> {
    let guards = found.iter().filter(|decorator| decorator.of_common(cx) == Some("UseGuards"));
    guards.flat_map(|decorator| &decorator.args).map(|guard| cx.expr(*guard)).collect()
}

fn handler<'t>(cx: &EcmaCx<'t>, method: Node<'t>, verb: Verb, before: Vec<Expr>) -> HandlerFact {
    let span = cx.span(method);
    let mut steps = steps::of(cx, method);
    if verb == Verb::Events {
        steps.push(Step { span, kind: StepKind::StreamsEvents });
    }
    let name = method.child_by_field_name("name").map_or("", |name| cx.text(name));
    HandlerFact { name: Arc::from(name), span, steps, before }
}
