//! Fetches: what is taken from a request, and from the connection that it came over.

use std::net::IpAddr;
use std::sync::Arc;

use super::convert::convert;
use super::expression::{Call, Expression};
use super::run::{Phase, Run};
use super::sample::Sample;
use crate::base::Place;
use crate::facts::{HoleReason, Protocol};
use crate::model::proxy::{HttpVersion, OtherHeaders, Sent};
use crate::model::{Tls, Unknown};

/// Headers that every browser sends.
const ALWAYS_SENT: [&str; 5] = ["host", "user-agent", "accept", "accept-encoding", "accept-language"];

impl Run<'_> {
    /// The value of an expression.
    pub(super) fn sample(&mut self, expression: &Expression, place: Place) -> Sample {
        let mut sample = self.fetch(&expression.fetch, place);
        for converter in &expression.converters {
            sample = convert(sample, converter, place, &self.instance.effort);
        }
        sample
    }

    pub(super) fn runtime(&self, place: Place) -> Unknown {
        Unknown { reason: HoleReason::Runtime, place: Some(place) }
    }

    fn fetch(&mut self, call: &Call, place: Place) -> Sample {
        let external = Unknown { reason: HoleReason::ExternalCall(Arc::clone(&call.name)), place: Some(place) };
        if let Some(sample) = self.of_connection(call, place) {
            return sample;
        }
        match (self.phase, &*call.name) {
            (_, "var") => self.variables.get(call.arg(0)).cloned().unwrap_or(Sample::Absent),
            (_, "capture.req.hdr") => self.captured(call, place),
            // what belongs to the request is gone when the answer comes
            (Phase::Response, name) if is_of_request(name) => Sample::Absent,
            (Phase::Response, _) => Sample::Unknown(external),
            (Phase::Connection, name) if is_of_request(name) => Sample::Unknown(external),
            (_, "hdr" | "req.hdr") => self.header_values(call, place),
            (_, "req.fhdr") => self.whole_headers(call, place),
            (_, "hdr_cnt" | "req.hdr_cnt" | "hdr.cnt") => self.count(self.header_values(&occurrences(call), place)),
            (_, "hdr_val" | "req.hdr_val" | "hdr_ip" | "req.hdr_ip") => self.header_values(call, place),
            (_, "cook" | "req.cook" | "cookie" | "cook_val" | "req.cook_val") => self.cookie(call.arg(0), place),
            (_, "url_param" | "urlp" | "urlp_val" | "url_param_val") => self.parameter(call.arg(0), place),
            (_, "path") => of_path(&self.path),
            (_, "pathq") => self.of_address(place, ""),
            (_, "url") => self.url(place),
            (_, "query") => match &self.query {
                Sent::Text(text) => Sample::text(Arc::clone(text)),
                Sent::Nothing => Sample::Absent,
                Sent::Unknown => Sample::Unknown(self.runtime(place)),
            },
            (_, "base") => match self.header_values(&host(), place) {
                Sample::Texts(hosts) => {
                    let host = hosts.last().map_or_else(String::new, ToString::to_string);
                    of_path(&format!("{host}{}", self.path))
                }
                Sample::Absent => of_path(&self.path),
                _ => Sample::Present(self.runtime(place)),
            },
            // what `capture.req.uri` and its like hold depends on what is logged
            (_, "method") => Sample::text(self.seen_method()),
            (_, "req.ver" | "req_ver") => match (self.http2(place), self.request.version) {
                (Err(why), _) => Sample::Present(why),
                (_, HttpVersion::Http3) => Sample::text("3.0"),
                (Ok(true), _) => Sample::text("2.0"),
                (_, HttpVersion::Http10) => Sample::text("1.0"),
                _ => Sample::text("1.1"),
            },
            (_, "req.proto_http" | "req_proto_http" | "wait_end") => Sample::Truth(true),
            // who has the credentials is let in; the others are told of as a gate
            (_, "http_auth") => Sample::Truth(self.credentials),
            _ => Sample::Unknown(external),
        }
    }

    /// What is known without a request, in every phase.
    fn of_connection(&self, call: &Call, place: Place) -> Option<Sample> {
        let speaks_tls = self.bind.tls != Tls::Plain && self.request.tls == Tls::Tls;
        Some(match &*call.name {
            "always_true" => Sample::Truth(true),
            "always_false" => Sample::Truth(false),
            "str" => Sample::text(call.arg(0)),
            "int" => call.arg(0).parse().map_or(Sample::Absent, Sample::Number),
            "bool" => Sample::Truth(matches!(call.arg(0), "1" | "true" | "yes" | "on")),
            "ipv4" | "ipv6" => call.arg(0).parse().map_or(Sample::Absent, Sample::Address),
            "ssl_fc" => match self.bind.tls {
                Tls::Tls => Sample::Truth(true),
                Tls::Plain => Sample::Truth(false),
                Tls::Unknown => Sample::Unknown(self.runtime(place)),
            },
            "ssl_fc_sni" if !speaks_tls => Sample::Absent,
            "ssl_fc_sni" | "req.ssl_sni" | "req_ssl_sni" => match &self.request.host {
                _ if self.request.tls != Tls::Tls => Sample::Absent,
                Some(host) if host.parse::<IpAddr>().is_ok() || host.is_empty() => Sample::Absent,
                Some(host) => Sample::text(Arc::clone(host)),
                None => Sample::Unknown(self.runtime(place)),
            },
            "req.ssl_hello_type" | "req_ssl_hello_type" if self.request.tls == Tls::Tls => Sample::Number(1),
            "req.ssl_hello_type" | "req_ssl_hello_type" => Sample::Absent,
            "dst_port" | "fc_dst_port" => Sample::Number(i64::from(self.request.port)),
            "dst" => self.request.address.map_or_else(|| Sample::Present(self.runtime(place)), Sample::Address),
            "src" => self.request.client.map_or_else(|| Sample::Present(self.runtime(place)), Sample::Address),
            "fc_http_major" => match (self.http2(place), self.request.version) {
                (Err(why), _) => Sample::Present(why),
                (_, HttpVersion::Http3) => Sample::Number(3),
                (Ok(http2), _) => Sample::Number(if http2 { 2 } else { 1 }),
            },
            // servers are up, and a client among many is within every bound
            "nbsrv" => match self.config().backend(call.arg(0)).or(self.backend) {
                Some(number) => {
                    let servers = self.config().sections.get(number).map_or(0, |section| section.servers.len());
                    Sample::Number(i64::try_from(servers).unwrap_or(i64::MAX))
                }
                None => Sample::Unknown(self.runtime(place)),
            },
            "srv_is_up" => Sample::Truth(true),
            name if is_counter(name) => Sample::Number(0),
            _ => return None,
        })
    }

    /// Whether the client speaks HTTP/2. Browsers do so for requests wherever it is offered; a handshake comes over the
    /// connection that is there.
    pub(super) fn http2(&self, place: Place) -> Result<bool, Unknown> {
        match self.request.version {
            HttpVersion::Http2 | HttpVersion::Http3 => return Ok(true),
            _ if self.request.headers.others == OtherHeaders::Absent || self.bind.tls == Tls::Plain => {
                return Ok(false);
            }
            _ => {}
        }
        match (&self.bind.alpn, self.request.protocol) {
            (Some(alpn), _) if !alpn.contains("h2") => Ok(false),
            (Some(_), Protocol::Http) if self.bind.tls == Tls::Tls => Ok(true),
            // what is offered by itself depends on the release
            _ => Err(self.runtime(place)),
        }
    }

    /// The address of the request as it came: a whole one in HTTP/2.
    fn url(&self, place: Place) -> Sample {
        let http2 = match self.http2(place) {
            Ok(http2) => http2,
            Err(why) => return Sample::Present(why),
        };
        match self.authority(http2, place) {
            Ok(before) => self.of_address(place, &before),
            // whatever the host is, the address begins with a scheme
            Err(why) => Sample::Start("https://".into(), why),
        }
    }

    /// What stands in front of the path in an address.
    pub(super) fn authority(&self, http2: bool, place: Place) -> Result<String, Unknown> {
        if !http2 {
            return Ok(String::new());
        }
        let host = self.headers.get("host").into_iter().next().unwrap_or_else(|| Err(self.runtime(place)))?;
        Ok(format!("https://{host}"))
    }

    /// The method as rules see it: of the well-known ones the one that the client sent, whatever `set-method` made of it.
    pub(super) fn seen_method(&self) -> Arc<str> {
        const KNOWN: [&str; 8] = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"];
        Arc::clone(if KNOWN.contains(&&*self.request.method) { &self.request.method } else { &self.method })
    }

    fn of_address(&self, place: Place, before: &str) -> Sample {
        let address = format!("{before}{}", self.path);
        match &self.query {
            Sent::Text(query) => Sample::text(format!("{address}?{query}")),
            Sent::Nothing => Sample::text(address),
            Sent::Unknown => Sample::Start(address.into(), self.runtime(place)),
        }
    }

    /// The values of a header, apart at their commas.
    fn header_values(&self, call: &Call, place: Place) -> Sample {
        match self.whole_headers(&occurrences(call), place) {
            Sample::Texts(lines) => {
                let values = lines.iter().flat_map(|line| line.split(',')).map(|value| Arc::from(value.trim()));
                picked(values.collect(), call)
            }
            other => other,
        }
    }

    fn whole_headers(&self, call: &Call, place: Place) -> Sample {
        let name = call.arg(0);
        let found = self.headers.get(name);
        if found.is_empty() {
            if self.headers.is_gone(name) || self.request.headers.others == OtherHeaders::Absent {
                return Sample::Absent;
            }
            let handshake = ["origin", "sec-websocket-key", "sec-websocket-version"];
            let lower = name.to_ascii_lowercase();
            let is_sent = ALWAYS_SENT.contains(&&*lower)
                || self.request.protocol == Protocol::WebSocket && handshake.contains(&&*lower);
            let why = self.runtime(place);
            return if is_sent { Sample::Present(why) } else { Sample::Unknown(why) };
        }
        let mut texts = Vec::new();
        for value in found {
            match value {
                Ok(text) => texts.push(text),
                // whether it is there at all may hang on what nobody knows
                Err(why) => return Sample::Unknown(why),
            }
        }
        picked(texts, call)
    }

    fn count(&self, sample: Sample) -> Sample {
        match sample {
            Sample::Texts(texts) => Sample::Number(i64::try_from(texts.len()).unwrap_or(i64::MAX)),
            Sample::Absent => Sample::Number(0),
            Sample::Present(why) | Sample::Start(_, why) => Sample::Unknown(why),
            other => other,
        }
    }

    fn cookie(&self, name: &str, place: Place) -> Sample {
        let call = Call { name: "hdr".into(), args: vec!["cookie".into()] };
        match self.whole_headers(&call, place) {
            Sample::Texts(lines) => {
                let pairs =
                    lines.iter().flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
                let found: Vec<Arc<str>> =
                    pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.into()).collect();
                if found.is_empty() { Sample::Absent } else { Sample::Texts(found) }
            }
            Sample::Absent => Sample::Absent,
            _ => Sample::Unknown(self.runtime(place)),
        }
    }

    fn parameter(&self, name: &str, place: Place) -> Sample {
        match &self.query {
            Sent::Text(query) => {
                let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                let found = pairs.find(|(known, _)| *known == name).map(|(_, value)| Sample::text(value));
                found.unwrap_or(Sample::Absent)
            }
            Sent::Nothing => Sample::Absent,
            Sent::Unknown => Sample::Unknown(self.runtime(place)),
        }
    }

    /// What `capture request header` kept under a number.
    fn captured(&mut self, call: &Call, place: Place) -> Sample {
        let number: usize = call.arg(0).parse().unwrap_or(usize::MAX);
        let chain = self.config().chain(self.frontend);
        let mut lines = chain.into_iter().flat_map(|section| &section.lines);
        let mut kept = lines.by_ref().filter(|line| line.starts(&["capture", "request", "header"]));
        match kept.nth(number).and_then(|line| line.word(3)) {
            Some(name) => {
                let call = Call { name: "hdr".into(), args: vec![name.into()] };
                self.whole_headers(&call, place)
            }
            None => Sample::Unknown(self.runtime(place)),
        }
    }
}

/// `*` of an OPTIONS request is no path.
fn of_path(path: &str) -> Sample {
    if path.is_empty() || path == "*" { Sample::Absent } else { Sample::text(path) }
}

fn host() -> Call {
    Call { name: "hdr".into(), args: vec!["host".into()] }
}

/// The same without the number of an occurrence.
fn occurrences(call: &Call) -> Call {
    Call { name: Arc::clone(&call.name), args: call.args.iter().take(1).cloned().collect() }
}

/// The occurrence that is asked for, else all.
fn picked(values: Vec<Arc<str>>, call: &Call) -> Sample {
    let Ok(number) = call.arg(1).parse::<i64>() else { return Sample::Texts(values) };
    let at = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let found = match number {
        0 => return Sample::Texts(values),
        1.. => values.get(at - 1),
        _ => values.iter().rev().nth(at - 1),
    };
    found.map_or(Sample::Absent, |value| Sample::Texts(vec![Arc::clone(value)]))
}

fn is_of_request(name: &str) -> bool {
    matches!(
        name,
        "path" | "pathq" | "url" | "query" | "base" | "method" | "cook" | "urlp" | "url_param" | "url32" | "http_auth"
    ) || name.starts_with("req.")
        || name.starts_with("req_")
        || name.starts_with("urlp_")
        || name.starts_with("url_param")
        || name.starts_with("cook")
}

/// What counts clients and connections.
fn is_counter(name: &str) -> bool {
    let counts = ["sc_", "sc0_", "sc1_", "sc2_", "table_", "fe_", "be_"];
    let of_source = name.starts_with("src_") && name != "src_port";
    let is_amount =
        ["rate", "cnt", "cur", "conn", "gpc0", "gpc1", "gpt0", "queue"].iter().any(|end| name.ends_with(end));
    (of_source || counts.iter().any(|start| name.starts_with(start))) && is_amount
        || matches!(name, "queue" | "avg_queue")
}
