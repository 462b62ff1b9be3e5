//! Where the model and the real nginx disagree.

use std::collections::BTreeMap;

use wirelint::model::nginx::NginxInstance;
use wirelint::model::proxy::{AddedHeader, Answer, HeaderValue, HttpVersion, Outcome, Proxied, Proxy, Sent};
use wirelint::model::{PathPiece, PathText};

use super::ask::Real;

/// How an answer compares.
pub enum Comparison {
    Same,
    /// The model does not know; why.
    Unknown(String),
    /// What differs.
    Different(String),
}

fn different<T>(why: impl Into<String>) -> Result<T, Comparison> {
    Err(Comparison::Different(why.into()))
}

fn unknown<T>(why: impl std::fmt::Debug) -> Result<T, Comparison> {
    Err(Comparison::Unknown(format!("{why:?}")))
}

/// Compares what the model says with what nginx did.
pub fn compare(instance: &NginxInstance, answer: &Answer, real: &Real) -> Comparison {
    match compared(instance, answer, real) {
        Ok(()) => Comparison::Same,
        Err(found) => found,
    }
}

fn compared(instance: &NginxInstance, answer: &Answer, real: &Real) -> Result<(), Comparison> {
    let forwarded = real.upstream.is_some();
    let status = real.status;
    match &answer.outcome {
        Outcome::Unknown(why) => return unknown(&why.reason),
        Outcome::Proxied(proxied) => {
            if !forwarded {
                return different("nginx did not forward it");
            }
            let expected = proxied.kept_status.map_or(200, |(status, _)| status);
            if status != Some(expected) {
                return different(format!("another status: {status:?} for {expected}"));
            }
            self::proxied(proxied, real)?;
        }
        _ if forwarded => return different("nginx forwarded it"),
        Outcome::Status { code: 444, .. } => {
            return if status.is_none() { Ok(()) } else { different("nginx answered") };
        }
        Outcome::Status { code, .. } => {
            if status != Some(*code) {
                return different(format!("another status: {status:?} for {code}"));
            }
        }
        Outcome::Redirect { code, location, .. } => {
            if status != Some(*code) {
                return different(format!("another status: {status:?} for {code}"));
            }
            let expected = match location {
                HeaderValue::Known(text) => &**text,
                HeaderValue::Unknown(why) => return unknown(&why.reason),
            };
            if real.header("location").unwrap_or_default() != expected {
                return different(format!("another redirect: {:?} for {expected}", real.header("location")));
            }
        }
        Outcome::Files { missing, .. } => {
            if let (Some(missing), false) = (missing, status == Some(200)) {
                return compared(instance, missing, real);
            }
            if !matches!(status, Some(200 | 401 | 403 | 404 | 405 | 418 | 500 | 503)) {
                return different(format!("no file: {status:?}"));
            }
        }
    }
    added(instance, answer, real)
}

/// Server and location are told by what `add_header` adds.
fn added(instance: &NginxInstance, answer: &Answer, real: &Real) -> Result<(), Comparison> {
    let mut expected: Vec<String> = instance
        .added_headers(answer.level)
        .iter()
        .filter(|header| header.is_sent(real.status.unwrap_or(0)))
        .map(|AddedHeader { name, value, .. }| format!("{name}: {value}").to_ascii_lowercase())
        .collect();
    expected.sort();
    let own = |name: &str| matches!(name, "x-srv" | "x-loc" | "x-http" | "x-good");
    let mut found: Vec<String> = real
        .headers
        .iter()
        .filter(|(name, _)| own(name))
        .map(|(name, value)| format!("{name}: {value}").to_ascii_lowercase())
        .collect();
    found.sort();
    if found != expected { different(format!("another place: {found:?} for {expected:?}")) } else { Ok(()) }
}

fn known(path: &PathText) -> Option<String> {
    path.0
        .iter()
        .map(|piece| match piece {
            PathPiece::Known(text) => Some(&**text),
            PathPiece::Segment | PathPiece::Rest => None,
        })
        .collect()
}

fn proxied(proxied: &Proxied, real: &Real) -> Result<(), Comparison> {
    let Some((line, received)) = real.received() else { return different("no request line") };
    let Some(path) = known(&proxied.path) else { return unknown("the path") };
    let query = match &proxied.query {
        Sent::Nothing => String::new(),
        Sent::Text(text) => format!("?{text}"),
        Sent::Unknown => return unknown("the query"),
    };
    let version = match proxied.http_version.version {
        HttpVersion::Http10 => "HTTP/1.0",
        HttpVersion::Http11 => "HTTP/1.1",
        HttpVersion::Http2 | HttpVersion::Http3 => "HTTP/2.0",
    };
    let expected = format!("{} {path}{query} {version}", proxied.method);
    if line != expected {
        return different(format!("another request line: {line} for {expected}"));
    }
    let port = proxied.targets.first().and_then(|target| target.port);
    if real.header("x-echo-port").and_then(|port| port.parse().ok()) != port {
        return different(format!("another upstream for {port:?}"));
    }
    let mut headers: BTreeMap<(String, String), usize> = BTreeMap::new();
    for header in &proxied.headers.listed {
        let value = match &header.value {
            HeaderValue::Known(text) => text.to_string(),
            HeaderValue::Unknown(why) => return unknown(&why.reason),
        };
        *headers.entry((header.name.to_string(), value)).or_default() += 1;
    }
    if headers != received {
        let missing: Vec<_> = headers.iter().filter(|(key, count)| received.get(key) != Some(count)).collect();
        let more: Vec<_> = received.iter().filter(|(key, count)| headers.get(key) != Some(count)).collect();
        return different(format!("other headers: not received {missing:?}, but {more:?}"));
    }
    Ok(())
}
