//! A request to ask nginx and the model.

#![allow(dead_code, reason = "each of the two harnesses uses a part")]

use std::net::{IpAddr, Ipv4Addr};

use wirelint::facts::Protocol;
use wirelint::model::proxy::{HttpVersion, OtherHeaders, Request, RequestHeaders, Sent};
use wirelint::model::{PathPiece, PathText, Tls};

/// A request of which everything is known.
#[derive(Clone, Debug)]
pub struct Question {
    pub address: Ipv4Addr,
    pub port: u16,
    pub tls: bool,
    /// The Host header as sent.
    pub host: Option<String>,
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    /// HTTP/1.0.
    pub old: bool,
    pub headers: Vec<(String, String)>,
}

impl Question {
    /// The bytes on the wire.
    pub fn bytes(&self) -> String {
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let version = if self.old { "1.0" } else { "1.1" };
        let mut text = format!("{} {}{query} HTTP/{version}\r\n", self.method, self.path);
        if let Some(host) = &self.host {
            text += &format!("Host: {host}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text + "\r\n"
    }

    /// The name without port, as nginx takes it.
    pub fn name(&self) -> String {
        let host = self.host.as_deref().unwrap_or("").to_ascii_lowercase();
        host.split(':').next().unwrap_or_default().trim_end_matches('.').to_owned()
    }

    /// The model's request.
    pub fn request(&self) -> Request {
        let text = |text: &str| Sent::Text(text.into());
        let mut listed: Vec<_> = self.host.iter().map(|host| ("Host".into(), text(host))).collect();
        listed.extend(self.headers.iter().map(|(name, value)| (name.as_str().into(), text(value))));
        let websocket = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("upgrade"));
        Request {
            port: self.port,
            address: Some(IpAddr::V4(self.address)),
            client: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            tls: if self.tls { Tls::Tls } else { Tls::Plain },
            host: Some(self.name().into()),
            named_port: None,
            path: PathText(vec![PathPiece::Known(self.path.as_str().into())]),
            query: self.query.as_deref().map_or(Sent::Nothing, text),
            protocol: if websocket { Protocol::WebSocket } else { Protocol::Http },
            version: if self.old { HttpVersion::Http10 } else { HttpVersion::Http11 },
            method: self.method.as_str().into(),
            headers: RequestHeaders { listed, others: OtherHeaders::Absent },
        }
    }
}
