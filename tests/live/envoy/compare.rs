//! Where the model and a real Envoy disagree.

use std::collections::BTreeMap;

use wirelint::model::proxy::{Answer, HeaderValue, HttpVersion, Outcome, Proxied, Proxy, Sent, Upgrade};
use wirelint::model::{PathPiece, PathText};

use crate::differential::ask::Real;
use crate::question::Question;

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

/// Compares what the model says with what Envoy did.
pub fn compare(proxy: &dyn Proxy, question: &Question, answer: &Answer, real: &Real) -> Comparison {
    match compared(proxy, question, answer, real) {
        Ok(()) => Comparison::Same,
        Err(found) => found,
    }
}

fn compared(proxy: &dyn Proxy, question: &Question, answer: &Answer, real: &Real) -> Result<(), Comparison> {
    let forwarded = real.upstream.is_some();
    let status = real.status;
    let is = |code: u16| {
        if status == Some(code) { Ok(()) } else { different(format!("another status: {status:?} for {code}")) }
    };
    match &answer.outcome {
        Outcome::Unknown(why) => return unknown(&why.reason),
        Outcome::Proxied(proxied) if matches!(proxied.upgrade, Upgrade::Lost(_)) => {
            if forwarded {
                return different("an upgrade is let through");
            }
            return is(403);
        }
        Outcome::Proxied(proxied) => {
            if !forwarded {
                return different(format!("it is not forwarded: {status:?}"));
            }
            is(200)?;
            self::proxied(proxied, question, real)?;
        }
        _ if forwarded => return different("it is forwarded"),
        Outcome::Status { code: 444, .. } => {
            return if status.is_none() || question.tls { Ok(()) } else { different("Envoy answered") };
        }
        Outcome::Status { code, .. } => is(*code)?,
        Outcome::Redirect { .. } if answer.steps.iter().any(|(_, step)| step.contains("a handshake gets 403")) => {
            return is(403);
        }
        Outcome::Redirect { code, location, .. } => {
            is(*code)?;
            let expected = match location {
                HeaderValue::Known(text) => &**text,
                HeaderValue::Unknown(why) => return unknown(&why.reason),
            };
            if real.header("location").unwrap_or_default() != expected {
                return different(format!("another redirect: {:?} for {expected}", real.header("location")));
            }
        }
        Outcome::Files { .. } => return different("files"),
    }
    // what the manager answers before it looks for a route may carry the headers of the route all the same
    if answer.location.is_none() { Ok(()) } else { added(proxy, answer, real) }
}

/// The headers that the levels of the configuration add, and the filter for CORS.
fn added(proxy: &dyn Proxy, answer: &Answer, real: &Real) -> Result<(), Comparison> {
    let own = |name: &str| name == "x-loc" || name.starts_with("access-control-");
    let headers = proxy.added_headers(answer.level);
    let mut expected: Vec<String> = headers
        .iter()
        .filter(|header| own(&header.name))
        .map(|header| format!("{}: {}", header.name, header.value))
        .collect();
    expected.sort();
    let mut found: Vec<String> =
        real.headers.iter().filter(|(name, _)| own(name)).map(|(name, value)| format!("{name}: {value}")).collect();
    found.sort();
    if found != expected {
        different(format!("other headers of the answer: {found:?} for {expected:?}"))
    } else {
        Ok(())
    }
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

fn proxied(proxied: &Proxied, question: &Question, real: &Real) -> Result<(), Comparison> {
    let Some((line, mut received)) = real.received() else { return different("no request line") };
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
    let port = real.header("x-echo-port").and_then(|port| port.parse().ok());
    if !proxied.targets.iter().any(|target| target.port == port) {
        return different(format!("another upstream: {port:?} for {:?}", proxied.targets));
    }
    if &*proxied.location == "tcp_proxy" {
        return Ok(());
    }
    let mut headers: BTreeMap<(String, String), usize> = BTreeMap::new();
    for header in &proxied.headers.listed {
        match &header.value {
            HeaderValue::Known(text) => *headers.entry((header.name.to_string(), text.to_string())).or_default() += 1,
            // an id is new each time, and the machine has an address of its own
            HeaderValue::Unknown(_) if matches!(&*header.name, "x-request-id" | "x-forwarded-for") => {
                let before = received.len();
                received.retain(|(name, _), _| *name != *header.name);
                if received.len() == before {
                    return different(format!("no {}", header.name));
                }
            }
            HeaderValue::Unknown(why) => return unknown(&why.reason),
        }
    }
    if headers != received {
        let missing: Vec<_> = headers.iter().filter(|(key, count)| received.get(key) != Some(count)).collect();
        let more: Vec<_> = received.iter().filter(|(key, count)| headers.get(key) != Some(count)).collect();
        return different(format!("other headers: not received {missing:?}, but {more:?}"));
    }
    let asks =
        question.headers.iter().any(|(name, value)| name == "Upgrade" && value.eq_ignore_ascii_case("websocket"))
            && question
                .headers
                .iter()
                .any(|(name, value)| name == "Connection" && value.to_ascii_lowercase().contains("upgrade"));
    let got = received.keys().any(|(name, _)| name == "upgrade");
    match (&proxied.upgrade, asks && !got) {
        (Upgrade::Carried, true) => different("no upgrade arrives"),
        _ => Ok(()),
    }
}
