//! Servers on Node: what creates them, what is registered on them, what they listen on.
//!
//! Express with its routers, Fastify, NestJS, the `http` modules, `ws` and socket.io share values (an application is handed to an HTTP server, which is
//! handed to a WebSocket server), so they share this folder: [`value`] knows what creates which of them.

mod branches;
mod chain;
mod cookies;
mod cors;
mod express;
mod express_ws;
mod fastify;
mod gates;
mod graphql;
mod handover;
mod hono;
mod http;
mod koa;
mod nest;
mod socket_io;
mod steps;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod ws;

use tree_sitter::Node;

use crate::facts::FileFacts;
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};

/// Express, Fastify, NestJS, `http`, `ws` and socket.io servers.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "Node servers",
    needles: &[
        Needle::plain("express'").without_first(1),
        Needle::plain("express\"").without_first(1),
        Needle::plain("hono'"),
        Needle::plain("hono\""),
        Needle::plain("hono/node-server"),
        Needle::plain("Bun.serve("),
        Needle::plain("Deno.serve("),
        Needle::plain("koa'"),
        Needle::plain("koa\""),
        Needle::plain("koa/router"),
        Needle::plain("koa-router"),
        Needle::plain("express-ws'").without_first(8),
        Needle::plain("express-ws\"").without_first(8),
        Needle::plain("createServer(").without_first(4),
        Needle::plain("WebSocketServer("),
        Needle::plain("WebSocket.Server("),
        Needle::plain("SubscriptionServer"),
        Needle::plain("fastify'").without_first(1),
        Needle::plain("fastify\"").without_first(1),
        Needle::plain("fastify-plugin").without_first(4),
        Needle::checked("fastify.get(", is_registration).without_first(4),
        Needle::checked("fastify.post(", is_registration).without_first(4),
        Needle::plain("fastify.route(").without_first(4),
        Needle::plain("fastify.register(").without_first(4),
        Needle::plain("FastifyInstance"),
        Needle::plain("FastifyPlugin"),
        Needle::plain("NestFactory."),
        Needle::plain("@Controller("),
        Needle::plain("@WebSocketGateway("),
        // Angular has `@NgModule`.
        Needle::plain("@Module("),
        Needle::plain("\"socket.io\""),
        Needle::plain("'socket.io'"),
        Needle::plain("handleUpgrade(").without_first(6),
        // Routes on an application of another module: a verb, a path and more arguments.
        Needle::checked("app.get(", is_registration),
        Needle::checked("app.post(", is_registration),
        Needle::checked("app.use(", is_registration),
        Needle::checked("router.get(", is_registration),
        Needle::checked("router.post(", is_registration),
        Needle::checked("server.on(", is_registration),
        // An application or server of another module.
        Needle::checked(".listen(", names_a_port),
    ],
    also: &[
        "serve(",
        ".use(",
        ".get(",
        ".post(",
        ".put(",
        ".patch(",
        ".delete(",
        ".all(",
        ".route(",
        ".ws(",
        ".of(",
        ".head(",
        ".options(",
        "](",
        ".listen(",
        ".register(",
        ".on('upgrade'",
        ".on(\"upgrade\"",
        ".on('connection'",
        ".on(\"connection\"",
    ],
    visit,
    whole: Some(whole),
    read_calls: &[],
};

/// Whether what follows is a path or event in quotes.
fn is_registration(bytes: &[u8], _from: usize, to: usize) -> bool {
    matches!(bytes.get(to..to + 2), Some([b'"' | b'\'' | b'`', b'/' | b'u']))
}

/// Whether what follows looks like a port: event emitters and key bindings have a `listen` too.
fn names_a_port(bytes: &[u8], _from: usize, to: usize) -> bool {
    let argument = bytes.get(to..).unwrap_or_default();
    let argument = argument.trim_ascii_start();
    let end = argument.iter().position(|byte| matches!(byte, b',' | b')' | b'\n')).unwrap_or(argument.len()).min(64);
    let argument = argument.get(..end).unwrap_or_default();
    argument.first().is_some_and(u8::is_ascii_digit)
        || argument.windows(4).any(|four| four.eq_ignore_ascii_case(b"port"))
        || argument.starts_with(b"{")
}

/// What is asked of every parsed file.
fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    gates::of_file(cx, facts);
    handover::add(cx, facts);
}

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    match node.kind() {
        "program" => return fastify::plugins(cx, facts),
        "class_declaration" => return nest::class(cx, node, facts),
        "call_expression" | "new_expression" => {}
        _ => return,
    }
    match value::created(cx, node) {
        Some(value::ServerValue::ExpressApp | value::ServerValue::ExpressRouter) => express::created(cx, node, facts),
        Some(value::ServerValue::HonoApp) => hono::created(cx, node, facts),
        Some(value::ServerValue::KoaApp | value::ServerValue::KoaRouter) => koa::created(cx, node, facts),
        Some(value::ServerValue::HttpServer { .. }) => http::created(cx, node, facts),
        Some(value::ServerValue::WebSocketServer) => ws::created(cx, node, facts),
        Some(value::ServerValue::SocketIo) => socket_io::created(cx, node, facts),
        Some(value::ServerValue::FastifyApp { .. }) => fastify::created(cx, node, facts),
        Some(value::ServerValue::NestApp { .. }) => nest::created(cx, node, facts),
        None => {}
    }
    graphql::served(cx, node, facts);
    if node.kind() == "call_expression" {
        ws::handed_over(cx, node, facts);
        hono::served(cx, node, facts);
        socket_io::divided(cx, node, facts);
        if let Some(app) = table::receiver(node).and_then(|receiver| value::target(cx, receiver, facts)) {
            table::registered(cx, node, &app, facts);
        }
        express_ws::applied(cx, node, facts);
    }
    if let Some(call) = value::MethodCall::of(cx, node) {
        express::registered(cx, &call, facts);
        koa::registered(cx, &call, facts);
        hono::registered(cx, &call, facts);
        express_ws::registered(cx, &call, facts);
        cookies::called(cx, &call, facts);
        nest::called(cx, &call, facts);
        fastify::called(cx, &call, facts);
        http::listened(cx, &call, facts);
        ws::handled(cx, &call, facts);
        socket_io::handled(cx, &call, facts);
    }
}
