//! Where the model and a real Caddy disagree.

use std::collections::BTreeMap;

use crate::differential::ask::Real;
use wirelint::model::caddy::CaddyInstance;
use wirelint::model::proxy::{Answer, HeaderValue, HttpVersion, Outcome, Proxied, Proxy, Sent, Upgrade};
use wirelint::model::{PathPiece, PathText};

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

/// Compares what the model says with what Caddy did.
pub fn compare(instance: &CaddyInstance, answer: &Answer, real: &Real) -> Comparison {
    match compared(instance, answer, real) {
        Ok(()) => Comparison::Same,
        Err(found) => found,
    }
}

fn compared(instance: &CaddyInstance, answer: &Answer, real: &Real) -> Result<(), Comparison> {
    let forwarded = real.upstream.is_some();
    let status = real.status;
    let is = |code: u16| {
        if status == Some(code) { Ok(()) } else { different(format!("another status: {status:?} for {code}")) }
    };
    match &answer.outcome {
        Outcome::Unknown(why) => return unknown(&why.reason),
        Outcome::Proxied(proxied) => {
            if !forwarded {
                return different("Caddy did not forward it");
            }
            is(200)?;
            self::proxied(proxied, real)?;
        }
        _ if forwarded => return different("Caddy forwarded it"),
        Outcome::Status { code: 444, .. } => {
            return if status.is_none() { Ok(()) } else { different("Caddy answered") };
        }
        // which of the two it is hangs on a file
        Outcome::Status { code: 404 | 405, .. } if matches!(status, Some(404 | 405)) => {}
        Outcome::Status { code, .. } => is(*code)?,
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
        Outcome::Files { missing, .. } => {
            if let (Some(missing), false) = (missing, status == Some(200)) {
                return compared(instance, missing, real);
            }
            if !matches!(status, Some(200 | 206 | 308 | 404)) {
                return different(format!("no file: {status:?}"));
            }
            if status != Some(200) {
                return Ok(());
            }
        }
    }
    added(instance, answer, real)
}

/// Which blocks took part is told by what `header` adds.
fn added(instance: &CaddyInstance, answer: &Answer, real: &Real) -> Result<(), Comparison> {
    let added = instance.added_headers(answer.level);
    let own = |name: &str| name.eq_ignore_ascii_case("x-loc") || name.eq_ignore_ascii_case("x-snippet");
    let mut expected: Vec<String> = added
        .iter()
        .filter(|header| own(&header.name))
        .map(|header| format!("{}: {}", header.name.to_ascii_lowercase(), header.value))
        .collect();
    expected.sort();
    let found = real.headers.iter().filter(|(name, _)| own(name)).map(|(name, value)| format!("{name}: {value}"));
    let mut found: Vec<String> = found.collect();
    found.sort();
    if found == expected { Ok(()) } else { different(format!("other blocks: {found:?} for {expected:?}")) }
}

fn known(path: &PathText) -> Option<String> {
    let piece = |piece: &PathPiece| match piece {
        PathPiece::Known(text) => Some(text.to_string()),
        PathPiece::Segment | PathPiece::Rest => None,
    };
    path.0.iter().map(piece).collect()
}

fn proxied(proxied: &Proxied, real: &Real) -> Result<(), Comparison> {
    let Some((line, received)) = real.received() else { return different("no request line") };
    let Some(path) = known(&proxied.path) else { return unknown("the path") };
    let query = match &proxied.query {
        Sent::Nothing => String::new(),
        Sent::Text(text) => format!("?{text}"),
        Sent::Unknown => return unknown("the query"),
    };
    let version = if proxied.http_version.version == HttpVersion::Http11 { "HTTP/1.1" } else { "another" };
    let expected = format!("{} {path}{query} {version}", proxied.method);
    if line != expected {
        return different(format!("another request line: {line} for {expected}"));
    }
    let port: Option<u16> = real.header("x-echo-port").and_then(|port| port.parse().ok());
    if !proxied.targets.iter().any(|target| target.port == port) {
        return different(format!("another upstream for {:?}", proxied.targets));
    }
    let mut headers: BTreeMap<(String, String), usize> = BTreeMap::new();
    for header in &proxied.headers.listed {
        let value = match &header.value {
            HeaderValue::Known(text) => text.to_string(),
            HeaderValue::Unknown(why) => return unknown(&why.reason),
        };
        *headers.entry((header.name.to_string(), value)).or_default() += 1;
    }
    let upgrade = received.keys().any(|(name, _)| name == "Upgrade");
    let connection = received.keys().any(|(name, value)| name == "Connection" && value.eq_ignore_ascii_case("upgrade"));
    let asks = headers.keys().any(|(name, _)| name == "Upgrade" || name == "Connection");
    match &proxied.upgrade {
        Upgrade::Carried if asks && !(upgrade && connection) => return different("the upgrade is lost"),
        Upgrade::Lost(_) if upgrade && connection => return different("the upgrade is carried"),
        _ => {}
    }
    // the length is that of the body, which the model does not know
    let mut received = received;
    received.retain(|(name, _), _| name != "Content-Length" && name != "Transfer-Encoding");
    if headers != received {
        let missing: Vec<_> = headers.iter().filter(|(key, count)| received.get(key) != Some(count)).collect();
        let more: Vec<_> = received.iter().filter(|(key, count)| headers.get(key) != Some(count)).collect();
        return different(format!("other headers: not received {missing:?}, but {more:?}"));
    }
    Ok(())
}
