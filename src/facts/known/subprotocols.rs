//! Sub-protocols of GraphQL over WebSocket. The name of the old one is the name of the library of the new one.

/// A sub-protocol, and the library whose own it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphQlProtocol {
    /// What stands in `Sec-WebSocket-Protocol`.
    pub name: &'static str,
    /// The library that speaks it, in the browser and on servers of Node.
    pub library: &'static str,
}

/// Of `graphql-ws`: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>.
pub const GRAPHQL_TRANSPORT_WS: GraphQlProtocol =
    GraphQlProtocol { name: "graphql-transport-ws", library: "graphql-ws" };

/// Of `subscriptions-transport-ws`: <https://github.com/apollographql/subscriptions-transport-ws/blob/master/PROTOCOL.md>.
pub const GRAPHQL_WS: GraphQlProtocol = GraphQlProtocol { name: "graphql-ws", library: "subscriptions-transport-ws" };

/// The library whose sub-protocol it is; none for those of others.
#[must_use]
pub fn library_of(subprotocol: &str) -> Option<&'static str> {
    let known = [GRAPHQL_TRANSPORT_WS, GRAPHQL_WS].into_iter().find(|known| known.name == subprotocol);
    known.map(|known| known.library)
}
