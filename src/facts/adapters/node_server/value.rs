//! What creates a server-side object, and calls on such objects.

use std::sync::Arc;

use tree_sitter::Node;

use super::chain;
use crate::base::Span;
use crate::facts::lang::ecma::node::{arguments, strip};
use crate::facts::lang::ecma::{BindingKind, EcmaCx, is_external_module};
use crate::facts::{Expr, ExprKind, FileFacts, Framework};

/// An object that takes part in serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerValue {
    /// `express()`.
    ExpressApp,
    /// `express.Router()`.
    ExpressRouter,
    /// `new Hono()`.
    HonoApp,
    /// `new Koa()`.
    KoaApp,
    /// `new Router()` of `@koa/router`.
    KoaRouter,
    /// `http.createServer()`, or what an application's `listen` gives back.
    HttpServer {
        /// Plain or TLS.
        secure: Secure,
    },
    /// `new WebSocketServer()` of `ws`.
    WebSocketServer,
    /// `new Server()` of socket.io.
    SocketIo,
    /// `fastify()`.
    FastifyApp {
        /// Plain or TLS.
        secure: Secure,
    },
    /// `NestFactory.create()`.
    NestApp {
        /// Plain or TLS.
        secure: Secure,
    },
}

/// Whether a server speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secure {
    /// `https`, `http2` with a key.
    Tls,
    /// `http`.
    Plain,
}

/// What a call or `new` creates.
pub fn created<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<ServerValue> {
    let field = if node.kind() == "new_expression" { "constructor" } else { "function" };
    let callee = node.child_by_field_name(field)?;
    let Some(origin) = cx.origin(callee) else { return listening(cx, callee) };
    let http = |secure| Some(ServerValue::HttpServer { secure });
    match (origin.module, origin.members()) {
        ("express", []) if node.kind() == "call_expression" => Some(ServerValue::ExpressApp),
        ("express", ["Router"]) | ("express-promise-router", []) => Some(ServerValue::ExpressRouter),
        ("hono" | "hono/tiny" | "hono/quick", ["Hono"]) if node.kind() == "new_expression" => {
            Some(ServerValue::HonoApp)
        }
        ("koa", []) if node.kind() == "new_expression" => Some(ServerValue::KoaApp),
        ("koa-router" | "@koa/router", [] | ["Router"]) => Some(ServerValue::KoaRouter),
        ("http" | "node:http", ["createServer" | "Server"]) => http(Secure::Plain),
        ("https" | "node:https", ["createServer" | "Server"]) => http(Secure::Tls),
        ("fastify", [] | ["fastify"]) if node.kind() == "call_expression" => {
            let options = arguments(node).first().map(|options| cx.initial(*options));
            let tls =
                options.filter(|options| options.kind() == "object").and_then(|options| cx.option(options, "https"));
            let tls = tls.is_some_and(|tls| !matches!(cx.text(tls), "null" | "undefined" | "false"));
            Some(ServerValue::FastifyApp { secure: if tls { Secure::Tls } else { Secure::Plain } })
        }
        ("@nestjs/core", ["NestFactory", "create"]) => {
            let options = arguments(node).into_iter().skip(1).map(|options| cx.initial(options));
            let tls = options
                .filter(|options| options.kind() == "object")
                .any(|options| cx.option(options, "httpsOptions").is_some());
            Some(ServerValue::NestApp { secure: if tls { Secure::Tls } else { Secure::Plain } })
        }
        ("ws", ["WebSocketServer" | "Server"]) if node.kind() == "new_expression" => Some(ServerValue::WebSocketServer),
        ("socket.io", ["Server"]) if node.kind() == "new_expression" => Some(ServerValue::SocketIo),
        ("socket.io", []) if node.kind() == "call_expression" && !arguments(node).is_empty() => {
            Some(ServerValue::SocketIo)
        }
        _ => None,
    }
}

/// `const server = app.listen(3000)` gives an HTTP server.
fn listening<'t>(cx: &EcmaCx<'t>, callee: Node<'t>) -> Option<ServerValue> {
    let callee = strip(callee);
    if callee.kind() != "member_expression" || cx.text(callee.child_by_field_name("property")?) != "listen" {
        return None;
    }
    let object = strip(callee.child_by_field_name("object")?);
    let initial = cx.initial(object);
    if initial.id() == object.id() && object.kind() == "identifier" {
        return None;
    }
    match created_directly(cx, initial)? {
        ServerValue::ExpressApp | ServerValue::KoaApp => Some(ServerValue::HttpServer { secure: Secure::Plain }),
        value @ ServerValue::HttpServer { .. } => Some(value),
        _ => None,
    }
}

/// Like [`created`], without following `listen` (which ends in another creation).
fn created_directly<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<ServerValue> {
    if !matches!(node.kind(), "call_expression" | "new_expression") {
        return None;
    }
    let field = if node.kind() == "new_expression" { "constructor" } else { "function" };
    cx.origin(node.child_by_field_name(field)?)?;
    created(cx, node)
}

/// The server-side object that an expression is, with the expression by which facts name it.
#[derive(Clone, Debug)]
pub struct Target {
    /// What it is, when this file shows it.
    pub value: Option<ServerValue>,
    /// Its name.
    pub expr: Expr,
    /// The function around it.
    pub function: Option<Arc<str>>,
}

impl Target {
    /// Whether something that no creation of this file shows may still be an application or server of this repository: a
    /// parameter, an import, what a function of the repository gives.
    pub fn is_perhaps<'t>(&self, cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
        if self.value.is_some() {
            return false;
        }
        match &self.expr.kind {
            ExprKind::Param(_) | ExprKind::Member(..) => self.function.is_some(),
            _ => {
                let node = strip(node);
                match cx.binding_of(node).map(|(_, binding)| &binding.kind) {
                    Some(BindingKind::Import { module, .. }) => !is_external_module(module),
                    Some(BindingKind::Variable { .. }) => may_be_made(cx, node),
                    _ => false,
                }
            }
        }
    }
}

/// Whether a variable holds what a function or module of the repository gives.
fn may_be_made<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    if let Some(origin) = cx.origin(node) {
        return !is_external_module(origin.module);
    }
    let mut initial = cx.initial(node);
    if initial.kind() == "identifier"
        && let Some(BindingKind::Variable { declarator, .. }) = cx.binding_of(initial).map(|(_, binding)| &binding.kind)
        && let Some(value) = declarator.child_by_field_name("value")
    {
        // `const { app } = createApp()`
        initial = strip(value);
    }
    let callee = match initial.kind() {
        "call_expression" => initial.child_by_field_name("function"),
        "new_expression" => initial.child_by_field_name("constructor"),
        "member_expression" => initial.child_by_field_name("object"),
        _ => None,
    };
    let Some(callee) = callee else { return false };
    match cx.origin(callee) {
        Some(origin) => !is_external_module(origin.module),
        None => cx.function(callee).is_some() || cx.binding_of(strip(callee)).is_some(),
    }
}

/// What a receiver is, when it is a name that can stand for a server-side object.
pub fn target<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &FileFacts) -> Option<Target> {
    let node = strip(node);
    let span = cx.span(node);
    let named = |value, text: &str, function| {
        Some(Target { value, expr: Expr::new(span, ExprKind::Name(Arc::from(text))), function })
    };
    match node.kind() {
        "identifier" | "shorthand_property_identifier" => {
            let text = cx.text(node);
            let (_, binding) = cx.binding_of(node)?;
            match &binding.kind {
                BindingKind::Import { .. } => named(None, text, None),
                BindingKind::Param { .. } => {
                    let (expr, function) = cx.parameter(node)?;
                    Some(Target { value: typed(cx, node), expr, function })
                }
                _ => {
                    let initial = cx.initial(node);
                    // `const server = app.server`
                    if initial.kind() == "member_expression"
                        && cx.text(initial).ends_with(".server")
                        && let Some(app) = target(cx, initial, facts)
                        && app.value.is_some()
                    {
                        return Some(app);
                    }
                    let value = matches!(initial.kind(), "call_expression" | "new_expression")
                        .then(|| created(cx, initial))
                        .flatten()
                        .or_else(|| super::hono::begins_chain(cx, initial).map(|_| ServerValue::HonoApp))
                        .or_else(|| recorded(facts, text));
                    named(value, text, surrounding(cx, initial))
                }
            }
        }
        // An attribute is known by the creation that was assigned to it, which is above its uses.
        "member_expression" => {
            let text = cx.text(node);
            // `app.server` of Fastify is the server of its routes.
            if let Some(object) = node.child_by_field_name("object").filter(|_| text.ends_with(".server"))
                && let Some(app) = target(cx, object, facts)
                && matches!(app.value, Some(ServerValue::FastifyApp { .. }))
            {
                return Some(app);
            }
            let own = recorded(facts, text).map(|value| Target {
                value: Some(value),
                expr: Expr::new(span, ExprKind::Name(Arc::from(text))),
                function: facts
                    .routers
                    .iter()
                    .find(|router| &*router.name == text)
                    .and_then(|router| router.function.clone()),
            });
            own.or_else(|| {
                // `this.app = app`: what the constructor got.
                let key = text.strip_prefix("this.")?;
                let source = strip(cx.field_source(node, key)?);
                if source.kind() == "identifier" { target(cx, source, facts) } else { None }
            })
        }
        "call_expression" | "new_expression" => {
            let name = chained_name(cx, node).unwrap_or_default();
            created(cx, node).and_then(|value| named(Some(value), name, surrounding(cx, node)))
        }
        _ => None,
    }
}

/// A parameter's value by its type annotation.
fn typed<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<ServerValue> {
    let function = cx.enclosing_function(node)?;
    let params = cx.text(function.child_by_field_name("parameters")?);
    let name = cx.text(node);
    let after = params.split_once(name)?.1.trim_start().strip_prefix(':')?.trim_start();
    let word: String = after.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '_')).collect();
    match word.as_str() {
        "Express" | "Application" | "express.Express" | "express.Application" => Some(ServerValue::ExpressApp),
        "Router" | "express.Router" | "IRouter" => Some(ServerValue::ExpressRouter),
        _ => None,
    }
}

fn recorded(facts: &FileFacts, name: &str) -> Option<ServerValue> {
    let router = facts.routers.iter().find(|router| &*router.name == name)?;
    match (router.framework, router.kind) {
        (Framework::Express, crate::facts::RouterKind::App) => Some(ServerValue::ExpressApp),
        (Framework::Express, crate::facts::RouterKind::Router) => Some(ServerValue::ExpressRouter),
        (Framework::Hono, _) => Some(ServerValue::HonoApp),
        (Framework::Koa, crate::facts::RouterKind::App) => Some(ServerValue::KoaApp),
        (Framework::Koa, _) => Some(ServerValue::KoaRouter),
        (Framework::NodeHttp, _) => Some(ServerValue::HttpServer { secure: Secure::Plain }),
        (Framework::Ws, _) => Some(ServerValue::WebSocketServer),
        (Framework::SocketIo, _) => Some(ServerValue::SocketIo),
        (Framework::Fastify, crate::facts::RouterKind::App) => Some(ServerValue::FastifyApp { secure: Secure::Plain }),
        (Framework::Nest, crate::facts::RouterKind::App) => Some(ServerValue::NestApp { secure: Secure::Plain }),
        _ => None,
    }
}

/// The name that a creation is known by: what it is assigned to, `this.app` for an attribute.
pub fn name_of<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Arc<str> {
    let parent = cx.parent(node);
    if let Some(parent) = parent
        && parent.kind() == "assignment_expression"
        && let Some(left) = parent.child_by_field_name("left")
        && left.kind() == "member_expression"
    {
        return Arc::from(cx.text(left));
    }
    if let Some(name) = parent.filter(is_class_field).and_then(|field| field.child_by_field_name("name")) {
        return Arc::from(format!("this.{}", cx.text(name)));
    }
    Arc::from(cx.bound_name(node).or_else(|| chained_name(cx, node)).unwrap_or(""))
}

/// Methods of Express that give back what they are called on.
const LINKS: [&str; 11] = ["get", "post", "put", "patch", "delete", "head", "options", "all", "use", "param", "set"];

/// Whether a call on an application or router of Express gives it back: `app.get('setting')` reads a setting.
pub fn is_link(call: &MethodCall<'_>) -> bool {
    LINKS.contains(&call.method) && (call.method != "get" || call.args.len() > 1)
}

/// The name of what a chain of calls begins with: `export default Router().get(..)`, `const users = Router().get(..)`.
fn chained_name<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<&'t str> {
    let top = chain::calls_on(cx, node, is_link).last().map_or(node, |call| call.node);
    let parent = cx.parent(top)?;
    match parent.kind() {
        "export_statement" => cx.text(parent).starts_with("export default").then_some("default"),
        "assignment_expression" if top.id() != node.id() => {
            let left = parent.child_by_field_name("left")?;
            matches!(left.kind(), "member_expression" | "identifier").then(|| cx.text(left))
        }
        _ if top.id() != node.id() => cx.bound_name(top),
        _ => None,
    }
}

fn is_class_field(node: &Node<'_>) -> bool {
    matches!(node.kind(), "public_field_definition" | "field_definition")
}

/// The function around a node, by the name under which it is called; the class around what its fields are made with. `None` at
/// top level and in functions that nobody can name.
pub fn surrounding<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Arc<str>> {
    let field = cx.parent(node).filter(is_class_field);
    if let Some(class) = field.and_then(|field| cx.parent(cx.parent(field)?)) {
        return class.child_by_field_name("name").map(|name| Arc::from(cx.text(name)));
    }
    cx.called_name(cx.enclosing_function(node)?)
}

/// `receiver.method(args)`.
pub struct MethodCall<'t> {
    /// The call.
    pub node: Node<'t>,
    /// What it is called on.
    pub receiver: Node<'t>,
    /// The method.
    pub method: &'t str,
    /// The arguments.
    pub args: Vec<Node<'t>>,
    /// From the receiver to the end of the first argument: a route's registration without its handler.
    pub head: Span,
}

impl<'t> MethodCall<'t> {
    /// The call that a node is.
    pub fn of(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Self> {
        if node.kind() != "call_expression" {
            return None;
        }
        let callee = strip(node.child_by_field_name("function")?);
        if callee.kind() != "member_expression" {
            return None;
        }
        let receiver = callee.child_by_field_name("object")?;
        let property = callee.child_by_field_name("property")?;
        let args = arguments(node);
        let end = args.first().map_or(callee.end_byte(), Node::end_byte);
        let head = Span::new(property.start_byte().min(end), end);
        Some(Self { node, receiver, method: cx.text(property), args, head })
    }
}
