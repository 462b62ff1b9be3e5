//! Client libraries that take an address: GraphQL links, STOMP, SockJS, Phoenix, Pusher-like sockets.
//!
//! Their shape is one: a constructor or function of a known module, with the address as its first argument or as an option.

use tree_sitter::Node;

use crate::facts::lang::ecma::node::arguments;
use crate::facts::lang::ecma::{Builder, EcmaAdapter, EcmaCx, Needle};
use crate::facts::{ClientApi, ClientCall, FileFacts};

/// Clients of libraries.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "client libraries",
    needles: &[
        Needle::plain("WebSocketLink"),
        Needle::plain("SubscriptionClient").without_first(2),
        Needle::plain("graphql-ws").without_first(3),
        Needle::plain("HttpLink("),
        Needle::plain("createUploadLink(").without_first(4),
        Needle::plain("brokerURL"),
        Needle::plain("SockJS("),
        Needle::plain("rpc-websockets"),
        Needle::plain("fetch-event-source"),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

/// Where a client takes its address.
enum Address {
    /// The first argument.
    First,
    /// An option of the first argument.
    Option(&'static str),
}

struct Client {
    /// Modules that export it; a prefix matches sub-paths.
    module: &'static str,
    /// The export; empty for the default export.
    export: &'static str,
    api: ClientApi,
    address: Address,
}

const CLIENTS: &[Client] = &[
    client("@apollo/client/link/ws", "WebSocketLink", ClientApi::WebSocket, Address::Option("uri")),
    client("apollo-link-ws", "WebSocketLink", ClientApi::WebSocket, Address::Option("uri")),
    client("subscriptions-transport-ws", "SubscriptionClient", ClientApi::WebSocket, Address::First),
    client("graphql-ws", "createClient", ClientApi::WebSocket, Address::Option("url")),
    client("@apollo/client", "HttpLink", ClientApi::Fetch, Address::Option("uri")),
    client("@apollo/client", "createHttpLink", ClientApi::Fetch, Address::Option("uri")),
    client("apollo-link-http", "HttpLink", ClientApi::Fetch, Address::Option("uri")),
    client("apollo-link-http", "createHttpLink", ClientApi::Fetch, Address::Option("uri")),
    client("apollo-upload-client", "createUploadLink", ClientApi::Fetch, Address::Option("uri")),
    client("@stomp/stompjs", "Client", ClientApi::WebSocket, Address::Option("brokerURL")),
    client("rpc-websockets", "Client", ClientApi::WebSocket, Address::First),
    client("@microsoft/fetch-event-source", "fetchEventSource", ClientApi::Fetch, Address::First),
];

const fn client(module: &'static str, export: &'static str, api: ClientApi, address: Address) -> Client {
    Client { module, export, api, address }
}

fn visit(cx: &EcmaCx<'_>, node: Node<'_>, facts: &mut FileFacts) {
    let field = match node.kind() {
        "new_expression" => "constructor",
        "call_expression" => "function",
        _ => return,
    };
    let Some(origin) = node.child_by_field_name(field).and_then(|callee| cx.origin(callee)) else { return };
    let Some(export) = origin.members().last() else { return };
    let Some(client) = CLIENTS.iter().find(|client| {
        client.export == *export
            && (origin.module == client.module
                || origin.module.strip_prefix(client.module).is_some_and(|rest| rest.starts_with('/')))
    }) else {
        return;
    };
    let args = arguments(node);
    let Some(first) = args.first().copied() else { return };
    let address = match client.address {
        Address::First => Some(first),
        Address::Option(key) => cx.option(cx.initial(first), key),
    };
    let Some(address) = address else { return };
    let mut builder = Builder::open(cx);
    let url = match cx.function(address) {
        Some(function) => builder.result(function),
        None => builder.expr(address),
    };
    facts.client_calls.push(ClientCall {
        function: builder.function(),
        runs: cx.runs,
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), client.api, url)
    });
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
