//! The headers of a request on its way through Traefik.

use std::net::IpAddr;
use std::sync::Arc;

use super::entry_point::{EntryPoint, Trust};
use super::gaps::{has_gap, unknown};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{
    ClientHeaders, HeaderOrigin, HeaderValue, OtherHeaders, Request, Sent, UpstreamHeader, UpstreamHeaders, canonical,
    in_range,
};
use crate::model::{Tls, Unknown};

/// What tells a service of the client.
const FORWARDED: [&str; 7] = [
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
    "X-Forwarded-Prefix",
    "X-Real-Ip",
];

/// The headers.
#[derive(Clone, Debug)]
pub(super) struct Headers {
    list: Vec<UpstreamHeader>,
    removed: Vec<(Arc<str>, Option<Place>)>,
    others: OtherHeaders,
    /// Whether the answer has no body, so that nobody asks for it to be compressed.
    is_head: bool,
    /// The Host that goes on.
    pub host: UpstreamHeader,
}

impl Headers {
    /// Those that a client sends to an entry point, with what Traefik adds.
    pub fn of(request: &Request, entry: &EntryPoint) -> Self {
        let host = UpstreamHeader { name: "Host".into(), value: host_of(request), origin: HeaderOrigin::Client };
        let mut found = Self {
            list: Vec::new(),
            removed: Vec::new(),
            others: request.headers.others,
            is_head: &*request.method == "HEAD",
            host,
        };
        let trusted = is_trusted(entry, request.client);
        for (name, sent) in &request.headers.listed {
            let is_host = name.eq_ignore_ascii_case("host");
            let is_forwarded = FORWARDED.iter().any(|known| known.eq_ignore_ascii_case(name));
            if is_host || is_forwarded && trusted == Some(false) {
                continue;
            }
            match sent {
                Sent::Nothing => found.removed.push((Arc::clone(name), None)),
                Sent::Text(text) => {
                    let value = HeaderValue::Known(Arc::clone(text));
                    found.list.push(UpstreamHeader { name: Arc::clone(name), value, origin: HeaderOrigin::Client });
                }
                // that it is handed on is all there is to say
                Sent::Unknown => {}
            }
        }
        found.drop_hop_headers(request);
        found.forwarded(request, entry, trusted);
        found
    }

    /// Headers between two neighbours only. An upgrade is asked for anew.
    fn drop_hop_headers(&mut self, request: &Request) {
        let named = self.known("Connection").unwrap_or_default();
        let tokens: Vec<String> = named.split(',').map(|token| token.trim().to_ascii_lowercase()).collect();
        let upgrade = self.known("Upgrade").filter(|_| tokens.iter().any(|token| token == "upgrade"));
        let hop = [
            "connection",
            "proxy-connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ];
        self.list.retain(|header| {
            let name = header.name.to_ascii_lowercase();
            !hop.contains(&name.as_str()) && !tokens.contains(&name)
        });
        self.removed.retain(|(name, _)| !name.eq_ignore_ascii_case("upgrade"));
        match upgrade {
            Some(upgrade) => {
                self.list.push(own("Connection", HeaderValue::Known("Upgrade".into())));
                self.list.push(UpstreamHeader {
                    name: "Upgrade".into(),
                    value: HeaderValue::Known(upgrade),
                    origin: HeaderOrigin::Client,
                });
            }
            None if request.headers.get("Upgrade") != Sent::Unknown => self.removed.push(("Upgrade".into(), None)),
            None => {}
        }
    }

    /// The value of a header, when it is there and known.
    pub fn known(&self, name: &str) -> Option<Arc<str>> {
        let found = self.list.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        match &found.value {
            HeaderValue::Known(text) => Some(Arc::clone(text)),
            HeaderValue::Unknown(_) => None,
        }
    }

    /// What is sent for a header that is listed here; `None` for one that is handed on as it comes.
    pub fn told(&self, name: &str) -> Option<Sent> {
        let found = self.list.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        match found.map(|header| &header.value) {
            Some(HeaderValue::Known(text)) => Some(Sent::Text(Arc::clone(text))),
            Some(HeaderValue::Unknown(_)) => Some(Sent::Unknown),
            None => {
                let is_removed = self.removed.iter().any(|(removed, _)| removed.eq_ignore_ascii_case(name));
                is_removed.then_some(Sent::Nothing)
            }
        }
    }

    fn forwarded(&mut self, request: &Request, entry: &EntryPoint, trusted: Option<bool>) {
        let missing = |why: HoleReason| HeaderValue::Unknown(Unknown { reason: why, place: Some(entry.place) });
        let secure = request.tls == Tls::Tls;
        let is_socket = self.known("Upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"));
        let scheme = match (is_socket, secure) {
            (true, true) => "wss",
            (true, false) => "ws",
            (false, true) => "https",
            (false, false) => "http",
        };
        let host = match &self.host.value {
            HeaderValue::Known(host) => HeaderValue::Known(Arc::clone(host)),
            HeaderValue::Unknown(_) => missing(HoleReason::Runtime),
        };
        let told = self.known("X-Forwarded-Proto").is_some_and(|told| matches!(&*told, "https" | "wss"));
        let port = match &self.host.value {
            HeaderValue::Known(host) => {
                let written = host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.contains(']'));
                HeaderValue::Known(written.unwrap_or(if secure || told { "443" } else { "80" }).into())
            }
            HeaderValue::Unknown(_) => missing(HoleReason::Runtime),
        };
        let client = match request.client {
            Some(client) => HeaderValue::Known(client.to_string().into()),
            None => missing(HoleReason::Runtime),
        };
        let of_client = match (self.known("X-Forwarded-For"), &client) {
            (Some(before), HeaderValue::Known(client)) => HeaderValue::Known(format!("{before}, {client}").into()),
            (Some(_), _) => missing(HoleReason::Runtime),
            (None, client) => client.clone(),
        };
        self.put(own("X-Forwarded-For", of_client));
        // what a trusted neighbour has said stays
        let usual = [
            ("X-Real-Ip", client),
            ("X-Forwarded-Proto", HeaderValue::Known(scheme.into())),
            ("X-Forwarded-Port", port),
            ("X-Forwarded-Host", host),
        ];
        for (name, value) in usual {
            if self.known(name).is_some() {
                continue;
            }
            let value = if trusted == Some(false) || self.others == OtherHeaders::Absent || request.client.is_none() {
                value
            } else {
                missing(HoleReason::Runtime)
            };
            self.put(own(name, value));
        }
        self.put(own("X-Forwarded-Server", missing(HoleReason::Runtime)));
    }

    fn put(&mut self, header: UpstreamHeader) {
        self.list.retain(|known| !known.name.eq_ignore_ascii_case(&header.name));
        self.removed.retain(|(name, _)| !name.eq_ignore_ascii_case(&header.name));
        self.list.push(header);
    }

    /// A middleware's header; an empty value takes it out.
    pub fn set(&mut self, name: &str, value: &str, place: Place) {
        let known =
            if has_gap(value) { HeaderValue::Unknown(unknown(place)) } else { HeaderValue::Known(Arc::from(value)) };
        let header = UpstreamHeader { name: Arc::from(name), value: known, origin: HeaderOrigin::Set(place) };
        match (name.eq_ignore_ascii_case("host"), value.is_empty()) {
            (true, true) => {}
            (true, false) => self.host = header,
            (false, true) => {
                self.list.retain(|known| !known.name.eq_ignore_ascii_case(name));
                self.removed.push((Arc::from(name), Some(place)));
            }
            (false, false) => self.put(header),
        }
    }

    /// A header that a middleware adds by itself.
    pub fn add_own(&mut self, name: &str, value: &str) {
        self.put(own(name, HeaderValue::Known(Arc::from(value))));
    }

    /// The same beside others of its name.
    pub fn add_beside(&mut self, name: &str, value: &str) {
        self.list.push(own(name, HeaderValue::Known(Arc::from(value))));
    }

    /// What took a header out.
    pub fn taken_out(&self, name: &str) -> Option<Place> {
        self.removed.iter().find(|(removed, _)| removed.eq_ignore_ascii_case(name)).and_then(|(_, place)| *place)
    }

    /// What a service receives. Names are written as Go writes them.
    pub fn into_upstream(mut self) -> UpstreamHeaders {
        let says = |header: &UpstreamHeader| header.name.eq_ignore_ascii_case("accept-encoding");
        if self.others == OtherHeaders::Absent && !self.is_head && !self.list.iter().any(says) {
            self.add_own("Accept-Encoding", "gzip");
        }
        let upgrade = self.list.iter().any(|header| header.name.eq_ignore_ascii_case("upgrade"));
        if !upgrade {
            self.list.retain(|header| !header.name.eq_ignore_ascii_case("connection"));
        }
        for header in &mut self.list {
            header.name = handed_on(&header.name, upgrade);
        }
        UpstreamHeaders {
            listed: std::iter::once(self.host).chain(self.list).collect(),
            removed: self.removed,
            others: ClientHeaders::PassedOn,
        }
    }
}

/// A name as Traefik hands it on: those of WebSocket as their standard writes them.
fn handed_on(name: &str, upgraded: bool) -> Arc<str> {
    match name.to_ascii_lowercase().strip_prefix("sec-websocket-").filter(|_| upgraded) {
        Some(rest) => format!("Sec-WebSocket-{}", canonical(rest)).into(),
        None => canonical(name),
    }
}

fn own(name: &str, value: HeaderValue) -> UpstreamHeader {
    UpstreamHeader { name: Arc::from(name), value, origin: HeaderOrigin::Default }
}

/// The Host header of a request.
fn host_of(request: &Request) -> HeaderValue {
    match (request.headers.get("Host"), &request.host, request.named_port) {
        (Sent::Text(text), ..) => HeaderValue::Known(text),
        (_, Some(name), Some(port)) if !matches!((port, request.tls), (80, Tls::Plain) | (443, Tls::Tls)) => {
            HeaderValue::Known(format!("{name}:{port}").into())
        }
        (_, Some(name), _) => HeaderValue::Known(Arc::clone(name)),
        _ => HeaderValue::Unknown(Unknown { reason: HoleReason::Runtime, place: None }),
    }
}

/// Whether what the client says of others is believed; `None` when the client's address would decide.
fn is_trusted(entry: &EntryPoint, client: Option<IpAddr>) -> Option<bool> {
    match (&entry.trust, client) {
        (Trust::Everybody, _) => Some(true),
        (Trust::Unknown, _) => None,
        (Trust::Ranges(ranges), _) if ranges.is_empty() => Some(false),
        (Trust::Ranges(ranges), Some(client)) if !ranges.iter().any(|range| has_gap(range)) => {
            Some(ranges.iter().any(|range| in_range(client, range)))
        }
        (Trust::Ranges(_), _) => None,
    }
}
