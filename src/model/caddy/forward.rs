//! What an upstream receives.

use std::sync::Arc;

use super::headers::{Headers, Presence};
use super::placeholder::{Known, Undefined};
use super::proxy::{ReverseProxy, Transport};
use super::run::{Flow, Run, unknown};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::proxy::{
    HeaderOrigin, HeaderValue, HttpVersion, LostUpgrade, Outcome, Proxied, Sent, SpokenVersion, Target, Upgrade,
    UpstreamHeader, VersionSource,
};
use crate::model::proxy::{canonical, in_range};
use crate::model::{PathPiece, PathText, Unknown};

/// Headers that are between two neighbours only.
const HOP_BY_HOP: [&str; 10] = [
    "Alt-Svc",
    "Connection",
    "Proxy-Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Te",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
];

/// Names that RFC 6455 spells in its own way.
const WEBSOCKET: [&str; 5] = [
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
];

/// What a request says about an upgrade.
enum Asked {
    /// To this protocol.
    For(String),
    Nothing,
    Unknown(HoleReason),
}

impl<'c> Run<'c> {
    pub(super) fn forward(&mut self, proxy: &Arc<ReverseProxy>) -> Flow<'c> {
        let place = proxy.place;
        if let Some(why) = proxy.unknown.as_ref().or(proxy.handled.as_ref()) {
            return Flow::Done(Outcome::Unknown(why.clone()));
        }
        let mut changed = (self.url.clone(), Arc::clone(&self.method));
        if let Err(why) = self.rewrite(&proxy.rewrite, &mut changed) {
            return Flow::Done(Outcome::Unknown(why));
        }
        let (url, method) = changed;
        let mut headers = self.headers.clone();
        let asked = asked(&headers);
        self.without_hops(&mut headers, &asked);
        self.forwarded(&mut headers, proxy);
        if self.defaults.via.is_on() {
            let version = match self.request.version {
                HttpVersion::Http10 => "1.0",
                HttpVersion::Http11 => "1.1",
                HttpVersion::Http2 => "2.0",
                HttpVersion::Http3 => "3.0",
            };
            headers.add("Via", Ok(format!("{version} Caddy").into()), HeaderOrigin::Default);
        }
        let mut targets: Vec<Target> = Vec::new();
        let mut dials: Vec<Known> = Vec::new();
        for upstream in &proxy.upstreams {
            let dial = match &upstream.hole {
                Some(why) => Err(why.clone()),
                None => self.fill(&upstream.dial, Undefined::Emptied),
            };
            let mut target = upstream.target.clone();
            if let (Ok(dial), true) = (&dial, upstream.dial.contains('{')) {
                let (host, port) = super::address::split_port(dial);
                target.host = (!host.is_empty()).then(|| host.into());
                target.port = port.parse().ok();
            }
            targets.push(target);
            dials.push(dial);
        }
        if targets.is_empty() {
            return Flow::Fails(503, place);
        }
        let mut host = self.host.clone();
        let mut host_origin = HeaderOrigin::Client;
        let dial = match dials.as_slice() {
            [only] => only.clone(),
            // which of them is taken is a matter of chance
            _ => Err(HoleReason::Runtime),
        };
        if proxy.transport == Transport::Https && self.defaults.upstream_host.is_on() {
            (host, host_origin) = (dial.clone(), HeaderOrigin::Default);
        }
        let of_upstream = self.with_set(self.values_of_upstream(&dial));
        let before = host.clone();
        if let Err(reason) = of_upstream.change_headers(&proxy.header_up, &mut headers, &mut host) {
            return Flow::Done(unknown(reason, place));
        }
        if let Some(op) = proxy.header_up.iter().rev().find(|op| op.name.eq_ignore_ascii_case("host"))
            && host != before
        {
            host_origin = HeaderOrigin::Set(op.place);
        }
        if host.as_deref() == Ok("") {
            // Go takes the address that it sends to
            (host, host_origin) = (dial.map(|dial| default_host(&dial, proxy.transport)), HeaderOrigin::Default);
        }
        self.default_encoding(&mut headers, &method);
        let upgrade = self.upgrade(proxy, &asked, &headers);
        let host_text = match &host {
            Ok(text) => text.clone(),
            Err(_) => host_words(proxy),
        };
        let host_header = UpstreamHeader {
            name: "Host".into(),
            value: match host {
                Ok(text) => HeaderValue::Known(text.into()),
                Err(reason) => HeaderValue::Unknown(Unknown { reason, place: None }),
            },
            origin: host_origin,
        };
        // whoever changes headers copies them, in Go's own spelling; what is still a handshake gets its own in the end
        let copied =
            !proxy.header_up.is_empty() || proxy.transport == Transport::Https && self.defaults.upstream_host.is_on();
        let still = matches!(upgrade, Upgrade::Carried | Upgrade::Unknown(_)) && is_handshake(&headers);
        let spells = self.defaults.websocket_spelling.is_on() && matches!(asked, Asked::For(_)) && (!copied || still);
        let spelled = |name: &str| {
            let known = WEBSOCKET.iter().find(|known| spells && known.eq_ignore_ascii_case(name));
            known.map_or_else(|| name.into(), |known| Arc::from(*known))
        };
        let query = match (&url.query.text, url.query.mark) {
            (Ok(text), mark) if mark || !text.is_empty() => Sent::Text(text.as_str().into()),
            (Ok(_), _) => Sent::Nothing,
            (Err(_), _) => Sent::Unknown,
        };
        let (location, location_place) = match self.trail.blocks.last() {
            Some((handler, written)) => (Arc::clone(written), handler.place),
            None => (Arc::clone(&proxy.written), place),
        };
        self.trail.steps.push((place, format!("`{}`", proxy.written)));
        self.trail.proxy = Some(Arc::clone(proxy));
        let version = if proxy.transport == Transport::H2c { HttpVersion::Http2 } else { HttpVersion::Http11 };
        Flow::Done(Outcome::Proxied(Box::new(Proxied {
            location,
            location_place,
            level: crate::model::proxy::BlockId(0),
            pass_place: place,
            scheme: if proxy.transport == Transport::Https { "https" } else { "http" }.into(),
            targets,
            upstream: None,
            method,
            path: PathText(vec![PathPiece::Known(url.sent_path().into())]),
            query,
            http_version: SpokenVersion { version, source: VersionSource::Default },
            headers: headers.into_upstream(host_header, spelled),
            upgrade,
            host_header: host_text.into(),
            kept_status: None,
            origin_gate: self.trail.origin_gate,
        })))
    }

    /// Takes out what is between two neighbours, and puts in what asks for an upgrade.
    fn without_hops(&self, headers: &mut Headers, asked: &Asked) {
        let listed = headers.joined("Connection").ok().flatten().unwrap_or_default();
        for name in listed.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            headers.remove(name, None);
        }
        let trailers = headers.joined("Te").ok().flatten().is_some_and(|te| has_token(&te, "trailers"));
        for name in HOP_BY_HOP {
            headers.remove(name, None);
        }
        // the length is that of the body that is sent
        headers.forget("Content-Length");
        if trailers {
            headers.set("Te", Ok("trailers".into()), HeaderOrigin::Client);
        }
        match asked {
            Asked::For(protocol) => {
                headers.set("Connection", Ok("Upgrade".into()), HeaderOrigin::Client);
                headers.set("Upgrade", Ok(protocol.as_str().into()), HeaderOrigin::Client);
            }
            Asked::Unknown(why) => {
                headers.set("Connection", Err(why.clone()), HeaderOrigin::Client);
                headers.set("Upgrade", Err(why.clone()), HeaderOrigin::Client);
            }
            Asked::Nothing => {}
        }
    }

    /// X-Forwarded-For, -Proto and -Host.
    fn forwarded(&self, headers: &mut Headers, proxy: &ReverseProxy) {
        let peer = self.peer();
        let trusted = self.trusts(proxy);
        let prior = |name: &str, own: Known, join: fn(&str, &str) -> String| -> Known {
            match (headers.get(name), &trusted) {
                (Presence::Absent, _) | (_, Ok(false)) => own,
                (_, Err(why)) => Err(why.clone()),
                (_, Ok(true)) => match headers.joined(name)?.filter(|told| !told.is_empty()) {
                    Some(told) => own.map(|own| join(&told, &own)),
                    None => own,
                },
            }
        };
        let proto = if self.tls { "https" } else { "http" }.to_owned();
        let chain = prior("X-Forwarded-For", peer, |told, own| format!("{told}, {own}"));
        let last = |told: &str, _: &str| told.rsplit(',').next().unwrap_or_default().trim().to_owned();
        let proto = prior("X-Forwarded-Proto", Ok(proto), last);
        let host = prior("X-Forwarded-Host", self.host.clone(), last);
        for (name, value) in [("X-Forwarded-For", chain), ("X-Forwarded-Proto", proto), ("X-Forwarded-Host", host)] {
            headers.set(name, value.map(Into::into), HeaderOrigin::Default);
        }
    }

    /// Whether the other end of the connection is a trusted proxy.
    fn trusts(&self, proxy: &ReverseProxy) -> Result<bool, HoleReason> {
        let mut ranges = self.server.trusted.ranges.iter().chain(&proxy.trusted.ranges).peekable();
        let unknown = self.server.trusted.unknown.as_ref().or(proxy.trusted.unknown.as_ref());
        if ranges.peek().is_none() && unknown.is_none() {
            return Ok(false);
        }
        let client = self.request.client.ok_or(HoleReason::Runtime)?;
        if ranges.any(|range| in_range(client, range)) {
            return Ok(true);
        }
        unknown.map_or(Ok(false), |why| Err(why.reason.clone()))
    }

    fn values_of_upstream(&self, dial: &Known) -> std::collections::BTreeMap<Arc<str>, Known> {
        let mut set = self.set.clone();
        let part = |take: fn(&str) -> String| dial.clone().map(|dial| take(&dial));
        set.insert("http.reverse_proxy.upstream.hostport".into(), dial.clone());
        set.insert("http.reverse_proxy.upstream.address".into(), dial.clone());
        let host = part(|dial| super::address::split_port(dial).0.to_owned());
        set.insert("http.reverse_proxy.upstream.host".into(), host);
        let port = part(|dial| super::address::split_port(dial).1.to_owned());
        set.insert("http.reverse_proxy.upstream.port".into(), port);
        set
    }

    /// Go asks for compressed answers when the client says nothing about it.
    fn default_encoding(&self, headers: &mut Headers, method: &str) {
        let absent = |name: &str| headers.get(name) == Presence::Absent;
        if absent("Accept-Encoding") && absent("Range") && method != "HEAD" {
            headers.set("Accept-Encoding", Ok("gzip".into()), HeaderOrigin::Default);
        }
    }

    fn upgrade(&self, proxy: &ReverseProxy, asked: &Asked, headers: &Headers) -> Upgrade {
        let lost = |problem: &str, place: Place| {
            Upgrade::Lost(LostUpgrade { problem: problem.to_owned(), missing: Vec::new(), place, dropped: None })
        };
        match proxy.transport {
            Transport::H2c => return lost("HTTP/2 to the upstream cannot carry an upgrade", proxy.place),
            Transport::FastCgi => return lost("FastCGI cannot carry an upgrade", proxy.place),
            Transport::Other => {
                return Upgrade::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(proxy.place) });
            }
            Transport::Http | Transport::Https => {}
        }
        match asked {
            Asked::Unknown(why) => {
                return Upgrade::Unknown(Unknown { reason: why.clone(), place: Some(proxy.place) });
            }
            Asked::Nothing => return Upgrade::Carried,
            Asked::For(_) => {}
        }
        for (name, wanted) in [("Upgrade", "websocket"), ("Connection", "upgrade")] {
            let op = proxy.header_up.iter().rev().find(|op| canonical(&op.name) == canonical(name));
            let place = op.map_or(proxy.place, |op| op.place);
            match headers.joined(name) {
                Err(reason) => return Upgrade::Unknown(Unknown { reason, place: Some(place) }),
                Ok(Some(value)) if value.to_ascii_lowercase().contains(wanted) => {}
                Ok(value) => {
                    let shown = value.map_or("taken out".to_owned(), |value| format!("set to `{value}`"));
                    return lost(&format!("`{name}` is {shown}"), place);
                }
            }
        }
        Upgrade::Carried
    }
}

/// The protocol that a request asks to switch to.
fn asked(headers: &Headers) -> Asked {
    match headers.joined("Connection") {
        Err(why) => Asked::Unknown(why),
        Ok(value) if !value.as_deref().is_some_and(|value| has_token(value, "upgrade")) => Asked::Nothing,
        Ok(_) => match headers.joined("Upgrade") {
            Err(why) => Asked::Unknown(why),
            Ok(value) => match value.unwrap_or_default() {
                text if text.is_empty() => Asked::Nothing,
                text => Asked::For(text.to_lowercase()),
            },
        },
    }
}

fn is_handshake(headers: &Headers) -> bool {
    let has =
        |name: &str, token: &str| headers.joined(name).ok().flatten().is_some_and(|value| has_token(&value, token));
    has("Connection", "upgrade") && has("Upgrade", "websocket")
}

fn has_token(list: &str, token: &str) -> bool {
    list.split(',').any(|one| one.trim().eq_ignore_ascii_case(token))
}

/// The Host of a request without one.
fn default_host(dial: &str, transport: Transport) -> String {
    let usual = if transport == Transport::Https { ":443" } else { ":80" };
    dial.strip_suffix(usual).unwrap_or(dial).to_owned()
}

/// What the Host header is made from, as written.
fn host_words(proxy: &ReverseProxy) -> String {
    use super::headers::Change;
    let of_host = proxy.header_up.iter().rev().find(|op| op.name.eq_ignore_ascii_case("host"));
    match of_host.map(|op| &op.change) {
        Some(Change::Set(text) | Change::Add(text)) => text.to_string(),
        _ => "{host}".to_owned(),
    }
}
