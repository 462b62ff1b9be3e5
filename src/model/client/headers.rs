//! The headers of a request for which a browser asks the server first.

use std::sync::Arc;

use crate::base::FileId;
use crate::facts::ClientCall;
use crate::model::evaluate::{Scope, evaluate_in};
use crate::model::{Alternative, Rest, SentHeaders, Value, Wiring};

/// Headers that any page may send to any server.
const SAFE: &[&str] = &["accept", "accept-language", "content-language"];
/// Types of bodies that forms can send too.
const SAFE_TYPES: &[&str] = &["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

/// The headers that a call sends.
pub(super) fn sent(wiring: &Wiring, file: FileId, call: &ClientCall, scope: Option<Scope>) -> SentHeaders {
    let unknown = || SentHeaders { asked: Vec::new(), rest: Rest::Unknown };
    let Some(expr) = &call.headers else { return SentHeaders::default() };
    let Some(scope) = scope else { return unknown() };
    let alternatives = evaluate_in(wiring, file, call.function.as_deref(), expr, &scope);
    let [Alternative { value, .. }] = alternatives.as_slice() else { return unknown() };
    let fields = match value {
        Value::Object(fields) => fields,
        Value::Undefined | Value::Null => return SentHeaders::default(),
        _ => return unknown(),
    };
    let mut found = SentHeaders::default();
    for (name, value) in fields {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "..." => found.rest = Rest::Unknown,
            name if SAFE.contains(&name) => {}
            "content-type" => match value.as_known_text() {
                Some(text) => {
                    let kind = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
                    if !SAFE_TYPES.contains(&kind.as_str()) {
                        found.asked.push(Arc::from(lower));
                    }
                }
                None => found.rest = Rest::Unknown,
            },
            // A header whose value is undefined is sent all the same, as that word.
            _ => found.asked.push(Arc::from(lower)),
        }
    }
    found
}
