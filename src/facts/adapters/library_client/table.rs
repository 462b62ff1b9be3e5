//! The libraries whose address is one argument or one option.

use crate::facts::ClientApi;
use crate::facts::known::{GRAPHQL_TRANSPORT_WS, GRAPHQL_WS, GraphQlProtocol};

/// Where a client takes its address.
#[derive(Clone, Copy)]
pub(super) enum Address {
    /// The first argument, with what stands in when there is none.
    First(Option<&'static str>),
    /// An option of the first argument.
    Option(&'static str),
    /// The first argument, or that option of it when it is an object.
    FirstOrOption(&'static str),
}

/// One library.
pub(super) struct Client {
    /// The module that exports it; sub-paths of it count.
    pub module: &'static str,
    /// The export; empty for the default export.
    pub export: &'static str,
    /// The global that its script of a page makes; empty for none.
    pub global: &'static str,
    /// What it opens.
    pub api: ClientApi,
    /// Where the address is.
    pub address: Address,
    /// What it appends to the path.
    pub suffix: &'static str,
    /// The sub-protocol that it asks for, unless a fourth argument says another one.
    pub speaks: Option<GraphQlProtocol>,
}

impl Client {
    const fn global(self, global: &'static str) -> Self {
        Self { global, ..self }
    }

    const fn speaking(self, protocol: GraphQlProtocol) -> Self {
        Self { speaks: Some(protocol), ..self }
    }

    const fn suffix(self, suffix: &'static str) -> Self {
        Self { suffix, ..self }
    }
}

const fn client(module: &'static str, export: &'static str, api: ClientApi, address: Address) -> Client {
    Client { module, export, global: "", api, address, suffix: "", speaks: None }
}

use Address::{First, FirstOrOption, Option as Named};
use ClientApi::{Fetch, WebSocket};

/// The table.
pub(super) const CLIENTS: &[Client] = &[
    // GraphQL
    client("@apollo/client/link/ws", "WebSocketLink", WebSocket, Named("uri")).speaking(GRAPHQL_WS),
    client("apollo-link-ws", "WebSocketLink", WebSocket, Named("uri")).speaking(GRAPHQL_WS),
    client("subscriptions-transport-ws", "SubscriptionClient", WebSocket, First(None)).speaking(GRAPHQL_WS),
    client("graphql-ws", "createClient", WebSocket, Named("url")).speaking(GRAPHQL_TRANSPORT_WS),
    client("graphql-sse", "createClient", Fetch, Named("url")),
    client("graphql-request", "GraphQLClient", Fetch, First(None)),
    client("graphql-request", "request", Fetch, FirstOrOption("url")),
    client("@apollo/client", "HttpLink", Fetch, Named("uri")),
    client("@apollo/client", "createHttpLink", Fetch, Named("uri")),
    client("@apollo/client", "BatchHttpLink", Fetch, Named("uri")),
    client("@apollo/client", "ApolloClient", Fetch, Named("uri")),
    client("apollo-boost", "", Fetch, Named("uri")),
    client("apollo-link-http", "HttpLink", Fetch, Named("uri")),
    client("apollo-link-http", "createHttpLink", Fetch, Named("uri")),
    client("apollo-link-batch-http", "BatchHttpLink", Fetch, Named("uri")),
    client("apollo-upload-client", "createUploadLink", Fetch, Named("uri")),
    client("urql", "createClient", Fetch, Named("url")),
    client("urql", "Client", Fetch, Named("url")),
    client("@urql/core", "createClient", Fetch, Named("url")),
    client("@urql/core", "Client", Fetch, Named("url")),
    client("@urql/vue", "createClient", Fetch, Named("url")),
    client("@urql/svelte", "createClient", Fetch, Named("url")),
    client("@urql/preact", "createClient", Fetch, Named("url")),
    // remote procedures
    client("@trpc/client", "httpLink", Fetch, Named("url")),
    client("@trpc/client", "httpBatchLink", Fetch, Named("url")),
    client("@trpc/client", "httpBatchStreamLink", Fetch, Named("url")),
    client("@trpc/client", "unstable_httpBatchStreamLink", Fetch, Named("url")),
    client("@trpc/client", "httpSubscriptionLink", ClientApi::EventSource, Named("url")),
    client("@trpc/client", "unstable_httpSubscriptionLink", ClientApi::EventSource, Named("url")),
    client("@trpc/client", "createWSClient", WebSocket, Named("url")),
    client("rpc-websockets", "Client", WebSocket, First(None)),
    client("wretch", "", Fetch, First(None)),
    // messages
    client("@stomp/stompjs", "client", WebSocket, First(None)).global("Stomp.client"),
    client("@stomp/stompjs", "Client", WebSocket, Named("brokerURL")).global("StompJs.Client"),
    client("webstomp-client", "client", WebSocket, First(None)).global("webstomp.client"),
    client("stompjs", "client", WebSocket, First(None)),
    client("sockjs-client", "", Fetch, First(None)).global("SockJS").suffix("/info"),
    client("centrifuge", "Centrifuge", WebSocket, First(None)).global("Centrifuge"),
    client("centrifuge", "", WebSocket, First(None)),
    client("mqtt", "connect", WebSocket, First(None)).global("mqtt.connect"),
    client("async-mqtt", "connect", WebSocket, First(None)),
    client("precompiled-mqtt", "connect", WebSocket, First(None)),
    client("rxjs", "webSocket", WebSocket, FirstOrOption("url")),
    client("rxjs/webSocket", "WebSocketSubject", WebSocket, FirstOrOption("url")),
    client("rxjs/ajax", "ajax", Fetch, FirstOrOption("url")),
    client("rxjs/ajax", "get", Fetch, First(None)),
    client("rxjs/ajax", "getJSON", Fetch, First(None)),
    client("rxjs/ajax", "post", Fetch, First(None)),
    client("rxjs/ajax", "put", Fetch, First(None)),
    client("rxjs/ajax", "patch", Fetch, First(None)),
    client("rxjs/ajax", "delete", Fetch, First(None)),
    client("rxjs/fetch", "fromFetch", Fetch, First(None)),
    client("partysocket", "WebSocket", WebSocket, First(None)),
    client("rxjs/observable/dom/WebSocketSubject", "WebSocketSubject", WebSocket, FirstOrOption("url")),
    client("ngx-socket-io", "forRoot", ClientApi::SocketIo, Named("url")),
    client("ngx-socket-io", "Socket", ClientApi::SocketIo, Named("url")),
    // shared documents
    client("@hocuspocus/provider", "HocuspocusProvider", WebSocket, Named("url")),
    client("@hocuspocus/provider", "HocuspocusProviderWebsocket", WebSocket, Named("url")),
    client("colyseus.js", "Client", Fetch, First(None)).global("Colyseus.Client"),
    client("pocketbase", "", Fetch, First(None)),
    client("@rails/actioncable", "createConsumer", WebSocket, First(Some("/cable")))
        .global("ActionCable.createConsumer"),
    client("actioncable", "createConsumer", WebSocket, First(Some("/cable"))),
    client("@anycable/web", "createCable", WebSocket, First(Some("/cable"))),
    client("phoenix", "Socket", WebSocket, First(None)).global("Phoenix.Socket").suffix("/websocket"),
    client("phoenix_live_view", "LiveSocket", WebSocket, First(None)).suffix("/websocket"),
];
