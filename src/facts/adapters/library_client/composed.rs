//! Libraries that put their address together from several options, or build it in steps.

use std::sync::Arc;

use tree_sitter::Node;

use super::{called, extended, option, value};
use crate::base::Span;
use crate::facts::lang::ecma::node::{arguments, field_text, strip};
use crate::facts::lang::ecma::{Builder, EcmaCx};
use crate::facts::{Arm, ClientApi, ClientCall, Expr, ExprKind, Guard, Op, PagePart, Sense, Test};

/// The connection that a call opens, when it is one of these libraries.
pub(super) fn read<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<ClientCall> {
    match node.kind() {
        "call_expression" => hub(cx, node, callee).or_else(|| party(cx, node, callee)).or_else(|| broker(cx, node)),
        _ => pusher(cx, node, callee)
            .or_else(|| party(cx, node, callee))
            .or_else(|| document(cx, node, callee))
            .or_else(|| broker(cx, node)),
    }
}

/// Whether a callee is this export, or the global that a script of a page makes.
fn is<'t>(cx: &EcmaCx<'t>, callee: Node<'t>, modules: &[&str], exports: &[&str], globals: &[&str]) -> bool {
    match cx.origin(callee) {
        Some(origin) => {
            let export = origin.members().last().copied().unwrap_or("default");
            modules.contains(&origin.module) && exports.contains(&export)
        }
        None => cx.platform(callee).is_some_and(|name| globals.contains(&name.as_str())),
    }
}

/// SignalR: `new HubConnectionBuilder().withUrl(url, options)`. Without `skipNegotiation` it asks over HTTP first, and falls back
/// to other transports when a WebSocket cannot be had.
fn hub<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<ClientCall> {
    if callee.kind() != "member_expression" || field_text(callee, "property", cx.source) != Some("withUrl") {
        return None;
    }
    let mut object = strip(callee.child_by_field_name("object")?);
    for _ in 0..16 {
        object = strip(cx.initial(object));
        match object.kind() {
            "call_expression" => object = strip(object.child_by_field_name("function")?),
            "member_expression" => object = strip(object.child_by_field_name("object")?),
            _ => break,
        }
    }
    let constructor = object.child_by_field_name("constructor").filter(|_| object.kind() == "new_expression")?;
    if !is(
        cx,
        constructor,
        &["@microsoft/signalr", "@aspnet/signalr"],
        &["HubConnectionBuilder"],
        &["signalR.HubConnectionBuilder"],
    ) {
        return None;
    }
    let args = arguments(node);
    let mut builder = Builder::open(cx);
    let url = value(&mut builder, *args.first()?);
    let skips = args.get(1).and_then(|options| option(cx, *options, "skipNegotiation"));
    if skips.is_some_and(|skips| cx.text(skips) == "true") {
        return Some(called(cx, node, builder, ClientApi::WebSocket, url));
    }
    let credentials = args.get(1).and_then(|options| option(cx, *options, "withCredentials"));
    let credentials = match credentials {
        Some(stated) => builder.expr(stated),
        None => Expr::new(cx.span(node), ExprKind::Bool(true)),
    };
    let call = called(cx, node, builder, ClientApi::Fetch, extended(url, "/negotiate"));
    Some(ClientCall { method: Some(Arc::from("POST")), credentials: Some(credentials), ..call })
}

/// `new WebsocketProvider(server, room, document)` of y-websocket, which asks for `server/room`.
fn document<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<ClientCall> {
    if !is(cx, callee, &["y-websocket"], &["WebsocketProvider"], &[]) {
        return None;
    }
    let args = arguments(node);
    let (server, room) = (*args.first()?, *args.get(1)?);
    let mut builder = Builder::open(cx);
    let span = cx.span(node);
    // It takes the slashes behind the address off.
    let server = vec![value(&mut builder, server), Expr::str(span, "/")];
    let server = Expr::new(span, ExprKind::Op(Op::TrimEnd, server));
    let parts = vec![server, Expr::str(span, "/"), builder.expr(room)];
    Some(called(cx, node, builder, ClientApi::WebSocket, Expr::new(span, ExprKind::Op(Op::Concat, parts))))
}

/// `brokerURL` in the options of any call: `new Client({ brokerURL })`, `rxStomp.configure({ brokerURL })`.
fn broker<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<ClientCall> {
    let address = arguments(node).into_iter().find_map(|argument| option(cx, argument, "brokerURL"))?;
    let mut builder = Builder::open(cx);
    let url = value(&mut builder, address);
    Some(called(cx, node, builder, ClientApi::WebSocket, url))
}

/// pusher-js, and laravel-echo on top of it: `wss://HOST:PORT/app/KEY`, plain only on a page of http with `forceTLS: false`.
fn pusher<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<ClientCall> {
    let args = arguments(node);
    let (key, options) =
        if is(cx, callee, &["pusher-js", "pusher-js/with-encryption"], &["default", "Pusher"], &["Pusher"]) {
            (args.first().copied(), args.get(1).copied())
        } else if is(cx, callee, &["laravel-echo"], &["default"], &["Echo"]) {
            let options = args.first().copied();
            let broadcaster = options.and_then(|options| option(cx, options, "broadcaster"));
            match broadcaster.map(|broadcaster| cx.text(broadcaster).trim_matches(['"', '\'', '`'])) {
                Some("reverb" | "pusher" | "ably") => {}
                Some("socket.io") => return echo_socket_io(cx, node, options?),
                _ => return None,
            }
            (options.and_then(|options| option(cx, options, "key")), options)
        } else {
            return None;
        };
    let span = cx.span(node);
    let mut builder = Builder::open(cx);
    let mut stated = |key: &str, default: Expr| match options.and_then(|options| option(cx, options, key)) {
        Some(value) => builder.expr(value),
        None => default,
    };
    let text = |text: &str| Expr::str(span, text);
    let cluster = stated("cluster", text("mt1"));
    let official = Expr::new(span, ExprKind::Op(Op::Concat, vec![text("ws-"), cluster, text(".pusher.com")]));
    let host = stated("wsHost", official);
    let (plain_port, port) = (stated("wsPort", text("80")), stated("wssPort", text("443")));
    let path = stated("wsPath", text(""));
    let forced = stated("forceTLS", Expr::new(span, ExprKind::Bool(true)));
    let key = match key {
        Some(key) => builder.expr(key),
        None => text(""),
    };
    let url = |scheme: &str, port: Expr| {
        let parts = vec![text(scheme), host.clone(), text(":"), port, path.clone(), text("/app/"), key.clone()];
        Expr::new(span, ExprKind::Op(Op::Concat, parts))
    };
    let no = Expr::new(span, ExprKind::Bool(false));
    let is_off = Guard { test: Test::Equal(Box::new(forced), Box::new(no)), sense: Sense::Holds };
    let is_plain = Guard { test: Test::PageIsHttps, sense: Sense::Fails };
    let arms = vec![
        Arm { guards: vec![is_off, is_plain], value: url("ws://", plain_port) },
        Arm { guards: Vec::new(), value: url("wss://", port) },
    ];
    let url = Expr::new(span, ExprKind::Choice(arms));
    Some(called(cx, node, builder, ClientApi::WebSocket, url))
}

fn echo_socket_io<'t>(cx: &EcmaCx<'t>, node: Node<'t>, options: Node<'t>) -> Option<ClientCall> {
    let host = option(cx, options, "host")?;
    let mut builder = Builder::open(cx);
    let url = builder.expr(host);
    Some(called(cx, node, builder, ClientApi::SocketIo, url))
}

/// partysocket: `wss://HOST/parties/PARTY/ROOM`, plain only for hosts of this machine and of a local network.
fn party<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<ClientCall> {
    let is_hook = is(cx, callee, &["partysocket/react"], &["usePartySocket", "default"], &[]);
    if !is_hook && !is(cx, callee, &["partysocket"], &["default", "PartySocket"], &["PartySocket"]) {
        return None;
    }
    let span = cx.span(node);
    let options = *arguments(node).first()?;
    let mut builder = Builder::open(cx);
    let mut stated = |key: &str| option(cx, options, key).map(|value| builder.expr(value));
    let host = match (stated("host"), is_hook) {
        (Some(host), _) => host,
        (None, true) => Expr::new(span, ExprKind::Page(PagePart::Host)),
        (None, false) => return None,
    };
    let room = stated("room")?;
    let party = stated("party").unwrap_or_else(|| Expr::str(span, "main"));
    let more = stated("path").map(|path| vec![Expr::str(span, "/"), path]).unwrap_or_default();
    let base = match stated("prefix").or_else(|| stated("basePath")) {
        Some(prefix) => vec![Expr::str(span, "/"), prefix],
        None => vec![Expr::str(span, "/parties/"), party, Expr::str(span, "/"), room],
    };
    let scheme = match stated("protocol") {
        Some(stated) => stated,
        None => scheme(span, &host),
    };
    let parts = [vec![scheme, Expr::str(span, "://"), host], base, more].concat();
    let url = Expr::new(span, ExprKind::Op(Op::Concat, parts));
    Some(called(cx, node, builder, ClientApi::WebSocket, url))
}

/// `ws` for hosts that start like one without certificates.
fn scheme(span: Span, host: &Expr) -> Expr {
    let plain = ["localhost:", "127.0.0.1:", "192.168.", "10."].map(|start| {
        let test = Test::StartsWith(Box::new(host.clone()), Box::new(Expr::str(span, start)));
        Arm { guards: vec![Guard { test, sense: Sense::Holds }], value: Expr::str(span, "ws") }
    });
    let secure = Arm { guards: Vec::new(), value: Expr::str(span, "wss") };
    Expr::new(span, ExprKind::Choice(plain.into_iter().chain([secure]).collect()))
}
