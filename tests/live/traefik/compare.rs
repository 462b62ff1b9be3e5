//! Where the model of Traefik and the real one disagree.

use std::collections::BTreeMap;

use wirelint::model::proxy::{AddedHeader, Answer, HeaderValue, Outcome, Proxied, Proxy, Sent, Upgrade};
use wirelint::model::{PathPiece, PathText};

use crate::differential::ask::Real;

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

/// Compares what the model says with what Traefik did.
pub fn compare(proxy: &dyn Proxy, answer: &Answer, real: &Real) -> Comparison {
    compared(proxy, answer, real).err().unwrap_or(Comparison::Same)
}

fn compared(proxy: &dyn Proxy, answer: &Answer, real: &Real) -> Result<(), Comparison> {
    let forwarded = real.upstream.is_some();
    let status = real.status;
    if let (false, Some(status @ (401 | 403))) = (answer.gates.is_empty(), status) {
        let is_one = answer.gates.iter().any(|gate| gate.status == status);
        return if is_one { Ok(()) } else { different("another gate") };
    }
    match &answer.outcome {
        Outcome::Unknown(why) => return Err(Comparison::Unknown(format!("{:?}", why.reason))),
        Outcome::Proxied(proxied) => {
            if !forwarded {
                return different(format!("it is not forwarded: {status:?}"));
            }
            self::proxied(proxied, real)?;
        }
        _ if forwarded => return different("it is forwarded"),
        Outcome::Files { .. } => return different("there are no files"),
        Outcome::Status { code, .. } => {
            if status != Some(*code) {
                return different(format!("another status: {status:?} for {code}"));
            }
        }
        Outcome::Redirect { code, location, .. } => {
            if status != Some(*code) {
                return different(format!("another status: {status:?} for {code}"));
            }
            let HeaderValue::Known(expected) = location else { return different("the place is not known") };
            if real.header("location").unwrap_or_default() != &**expected {
                return different(format!("another redirect: {:?} for {expected}", real.header("location")));
            }
        }
    }
    added(proxy, answer, real)
}

/// The headers of the answer that middlewares set.
fn added(proxy: &dyn Proxy, answer: &Answer, real: &Real) -> Result<(), Comparison> {
    let own = |name: &str| matches!(name, "x-srv" | "x-loc" | "x-good") || name.starts_with("access-control-");
    let mut expected: Vec<String> = proxy
        .added_headers(answer.level)
        .iter()
        .filter(|header| own(&header.name.to_ascii_lowercase()))
        .map(|AddedHeader { name, value, .. }| format!("{}: {value}", name.to_ascii_lowercase()))
        .collect();
    expected.sort();
    let of_real = real.headers.iter().filter(|(name, _)| own(name));
    let mut found: Vec<String> = of_real.map(|(name, value)| format!("{name}: {value}")).collect();
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

fn proxied(proxied: &Proxied, real: &Real) -> Result<(), Comparison> {
    let Some((line, mut received)) = real.received() else { return different("no request line") };
    let Some(path) = known(&proxied.path) else { return different("the path is not known") };
    let query = match &proxied.query {
        Sent::Nothing => String::new(),
        Sent::Text(text) => format!("?{text}"),
        Sent::Unknown => return different("the query is not known"),
    };
    let expected = format!("{} {path}{query} HTTP/1.1", proxied.method);
    if line != expected {
        return different(format!("another request line: {line} for {expected}"));
    }
    let port = real.header("x-echo-port").and_then(|port| port.parse().ok());
    if !proxied.targets.iter().any(|target| target.port == port) {
        return different(format!("another upstream: {port:?} for {:?}", proxied.targets));
    }
    let mut headers: BTreeMap<(String, String), usize> = BTreeMap::new();
    for header in &proxied.headers.listed {
        match &header.value {
            HeaderValue::Known(text) => *headers.entry((header.name.to_string(), text.to_string())).or_default() += 1,
            HeaderValue::Unknown(_) => received.retain(|(name, _), _| *name != *header.name),
        }
    }
    if headers != received {
        let missing: Vec<_> = headers.iter().filter(|(key, count)| received.get(key) != Some(count)).collect();
        let more: Vec<_> = received.iter().filter(|(key, count)| headers.get(key) != Some(count)).collect();
        return different(format!("other headers: not received {missing:?}, but {more:?}"));
    }
    let has = |name: &str, token: &str| {
        received.keys().any(|(known, value)| {
            known.eq_ignore_ascii_case(name) && value.split(',').any(|one| one.trim().eq_ignore_ascii_case(token))
        })
    };
    let arrives = has("upgrade", "websocket") && has("connection", "upgrade");
    if arrives && matches!(proxied.upgrade, Upgrade::Lost(_)) { different("an upgrade arrives") } else { Ok(()) }
}
