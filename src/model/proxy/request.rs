//! A request as it reaches a proxy.

use std::net::IpAddr;
use std::sync::Arc;

use crate::facts::Protocol;
use crate::model::{PathText, Tls};

/// A request as it reaches a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The port that it arrives on, inside the proxy's own network namespace.
    pub port: u16,
    /// The address of the proxy's host that it arrives on; `None` when that is not known: then any but a loopback address,
    /// unless the proxy listens on no other.
    pub address: Option<IpAddr>,
    /// The address that it comes from, when known.
    pub client: Option<IpAddr>,
    /// Whether the client speaks TLS.
    pub tls: Tls,
    /// The Host header without port, lower case, when known.
    pub host: Option<Arc<str>>,
    /// The port that the client names in its address, which is in the Host header unless it is that of the scheme; `None` when
    /// it is not known.
    pub named_port: Option<u16>,
    /// The path, as far as it is known.
    pub path: PathText,
    /// What follows the `?`.
    pub query: Sent,
    /// A WebSocket handshake or a plain request.
    pub protocol: Protocol,
    /// The version of HTTP that the client speaks.
    pub version: HttpVersion,
    /// The method.
    pub method: Arc<str>,
    /// The headers.
    pub headers: RequestHeaders,
}

/// What a client sends in one place of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// This text.
    Text(Arc<str>),
    /// Nothing.
    Nothing,
    /// Something or nothing: it is not known.
    Unknown,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpVersion {
    /// HTTP/1.0
    Http10,
    /// HTTP/1.1
    Http11,
    /// HTTP/2
    Http2,
    /// HTTP/3
    Http3,
}

/// The headers of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestHeaders {
    /// Headers of which something is known, in the order of the request.
    pub listed: Vec<(Arc<str>, Sent)>,
    /// All other headers.
    pub others: OtherHeaders,
}

/// What is known of the headers that are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtherHeaders {
    /// There are none.
    Absent,
    /// There may be any.
    Unknown,
}

impl RequestHeaders {
    /// What is sent under `name`; the first, when there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Sent {
        let found = self.listed.iter().find(|(listed, _)| listed.eq_ignore_ascii_case(name));
        match (found, self.others) {
            (Some((_, sent)), _) => sent.clone(),
            (None, OtherHeaders::Absent) => Sent::Nothing,
            (None, OtherHeaders::Unknown) => Sent::Unknown,
        }
    }
}

impl Request {
    /// What a browser sends: of the headers that it adds by itself only those of a handshake are known.
    #[must_use]
    pub fn from_browser(port: u16, tls: Tls, host: Option<Arc<str>>, path: PathText, protocol: Protocol) -> Self {
        let text = |text: &str| Sent::Text(text.into());
        let mut listed: Vec<(Arc<str>, Sent)> = Vec::new();
        if protocol == Protocol::WebSocket {
            listed.push(("Upgrade".into(), text("websocket")));
            listed.push(("Connection".into(), text("Upgrade")));
            listed.push(("Sec-WebSocket-Version".into(), text("13")));
        } else {
            listed.push(("Upgrade".into(), Sent::Nothing));
            listed.push(("Connection".into(), text("keep-alive")));
        }
        Self {
            port,
            address: None,
            client: None,
            tls,
            host,
            named_port: None,
            path,
            query: Sent::Unknown,
            protocol,
            version: HttpVersion::Http11,
            method: "GET".into(),
            headers: RequestHeaders { listed, others: OtherHeaders::Unknown },
        }
    }

    /// The same request to an address with this port in it.
    #[must_use]
    pub fn with_named_port(self, port: Option<u16>) -> Self {
        Self { named_port: port, ..self }
    }

    /// The same request with another method.
    #[must_use]
    pub fn with_method(self, method: &str) -> Self {
        Self { method: method.into(), ..self }
    }
}
