//! Client libraries that take an address: GraphQL links, STOMP, SockJS, Phoenix, Pusher-like sockets.
//!
//! Their shape is one: a constructor or function of a known module, with the address as its first argument or as an option. What
//! puts its address together from several options is in [`composed`].

mod composed;
mod table;

use tree_sitter::Node;

use self::table::{Address, CLIENTS, Client};
use super::ecma_runs;
use crate::facts::lang::ecma::node::{arguments, strip};
use crate::facts::lang::ecma::{Builder, EcmaAdapter, EcmaCx, Needle};
use crate::facts::{ClientApi, ClientCall, Expr, ExprKind, FileFacts, Op};

/// Clients of libraries.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "client libraries",
    needles: &[
        Needle::plain("WebSocketLink"),
        Needle::plain("SubscriptionClient").without_first(2),
        Needle::plain("graphql-ws").without_first(3),
        Needle::plain("graphql-sse").without_first(3),
        Needle::plain("graphql-request").without_first(3),
        Needle::plain("GraphQLClient(").without_first(3),
        Needle::plain("ApolloClient(").without_first(3),
        Needle::plain("HttpLink("),
        Needle::plain("@urql/"),
        Needle::plain("'urql'"),
        Needle::plain("\"urql\""),
        Needle::plain("createUploadLink(").without_first(4),
        Needle::plain("brokerURL"),
        Needle::plain("Stomp.client(").without_first(2),
        Needle::plain("SockJS("),
        Needle::plain("rpc-websockets"),
        Needle::plain("fetch-event-source"),
        Needle::plain(".withUrl(").without_first(1),
        Needle::plain("@trpc/client").without_first(2),
        Needle::plain("createWSClient(").without_first(6),
        Needle::plain("httpBatchLink(").without_first(4),
        Needle::plain("rxjs/webSocket").without_first(5),
        Needle::plain("webSocket(").without_first(2),
        Needle::plain("rxjs/ajax").without_first(5),
        Needle::plain("rxjs/fetch").without_first(5),
        Needle::plain("'partysocket'").without_first(1),
        Needle::plain("\"partysocket\"").without_first(1),
        Needle::plain("ngx-socket-io").without_first(4),
        Needle::plain("createConsumer(").without_first(6),
        Needle::plain("LiveSocket("),
        Needle::plain("'phoenix'"),
        Needle::plain("\"phoenix\""),
        Needle::plain("new Centrifuge(").without_first(4),
        Needle::plain("mqtt.connect(").without_first(4),
        Needle::plain("new Pusher(").without_first(4),
        Needle::plain("new Echo(").without_first(4),
        Needle::plain("PartySocket(").without_first(5),
        Needle::plain("wretch("),
        Needle::plain("HocuspocusProvider").without_first(4),
        Needle::plain("WebsocketProvider("),
        Needle::plain("colyseus.js"),
        Needle::plain("new PocketBase(").without_first(4),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let field = match node.kind() {
        "new_expression" => "constructor",
        "call_expression" => "function",
        _ => return,
    };
    let Some(callee) = node.child_by_field_name(field).map(strip) else { return };
    if let Some(call) = composed::read(cx, node, callee).or_else(|| read(cx, node, callee)) {
        facts.client_calls.push(call);
    }
}

/// What a row of the table says of a call.
fn read<'t>(cx: &EcmaCx<'t>, node: Node<'t>, callee: Node<'t>) -> Option<ClientCall> {
    let client = known(cx, callee)?;
    let args = arguments(node);
    let first = args.first().copied();
    let address = match client.address {
        Address::First(_) => first,
        Address::Option(key) => first.and_then(|first| option(cx, first, key)),
        // A plain address, or options that hold it.
        Address::FirstOrOption(key) => first.map(|first| option(cx, first, key).unwrap_or(first)),
    };
    let mut builder = Builder::open(cx);
    let url = match (address, client.address) {
        (Some(address), _) => value(&mut builder, address),
        (None, Address::First(Some(default))) => Expr::str(cx.span(node), default),
        (None, _) => return None,
    };
    let url = extended(url, client.suffix);
    let speaks = client.speaks.filter(|_| args.len() < 4);
    let protocols = speaks.map(|protocol| Expr::str(cx.span(node), protocol.name));
    Some(ClientCall { protocols, ..called(cx, node, builder, client.api, url) })
}

/// The row for what is called.
fn known<'t>(cx: &EcmaCx<'t>, callee: Node<'t>) -> Option<&'static Client> {
    if let Some(origin) = cx.origin(callee) {
        let export = origin.members().last().copied().unwrap_or_default();
        return CLIENTS.iter().find(|client| {
            let is_export = client.export == export || client.export.is_empty() && origin.path == ["default"];
            is_export
                && (origin.module == client.module
                    || origin.module.strip_prefix(client.module).is_some_and(|rest| rest.starts_with('/')))
        });
    }
    // A script of a page finds the library where another script has put it.
    let name = cx.platform(callee)?;
    CLIENTS.iter().find(|client| !client.global.is_empty() && client.global == name)
}

/// An option of an object that is written here, or that a name of the file stands for.
fn option<'t>(cx: &EcmaCx<'t>, object: Node<'t>, key: &str) -> Option<Node<'t>> {
    cx.option(cx.initial(object), key)
}

/// A value, or what a function without arguments gives.
fn value<'t>(builder: &mut Builder<'_, 't>, node: Node<'t>) -> Expr {
    match builder.cx.function(node) {
        Some(function) => builder.result(function),
        None => builder.expr(node),
    }
}

/// An address with what the library appends to its path.
fn extended(url: Expr, suffix: &str) -> Expr {
    if suffix.is_empty() {
        return url;
    }
    let span = url.span;
    let slash = Expr::str(span, "/");
    let bare = Expr::new(span, ExprKind::Op(Op::TrimEnd, vec![url, slash]));
    Expr::new(span, ExprKind::Op(Op::Concat, vec![bare, Expr::str(span, suffix)]))
}

/// A call of a library with this address.
fn called<'t>(cx: &EcmaCx<'t>, node: Node<'t>, builder: Builder<'_, 't>, api: ClientApi, url: Expr) -> ClientCall {
    ClientCall {
        function: builder.function(),
        closure: builder.closure(),
        runs: ecma_runs::at(cx, node),
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), api, url)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Entry, FileKind, FileRole, RepoPath, Tracking};
    use crate::facts::{ClientApi, extract};

    #[test]
    fn a_graphql_link_is_a_connection() {
        let text = "import { WebSocketLink } from '@apollo/client/link/ws';\n\
                    export const link = new WebSocketLink({ uri: `wss://api.example.com/graphql`, options: {} });\n";
        let entry = Entry {
            path: RepoPath::new("src/apollo.js").expect("a path"),
            size: text.len() as u64,
            kind: FileKind::Tsx,
            role: FileRole::Production,
            tracking: Tracking::Tracked,
        };
        let facts = extract(&entry, text);
        let [call] = facts.client_calls.as_slice() else { panic!("one call: {:?}", facts.client_calls) };
        assert_eq!((call.api, call.url.as_str()), (ClientApi::WebSocket, Some("wss://api.example.com/graphql")));
    }
}
