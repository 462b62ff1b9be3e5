//! Headers as Go keeps them, and what directives do to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lines::Word;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{
    ClientHeaders, HeaderOrigin, HeaderValue, OtherHeaders, RequestHeaders, Sent, UpstreamHeader, UpstreamHeaders,
    canonical,
};

/// A change of headers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeaderOp {
    pub name: Arc<str>,
    pub change: Change,
    pub place: Place,
    /// What of it is not known.
    pub hole: Option<HoleReason>,
}

/// What a change does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    Set(Arc<str>),
    Add(Arc<str>),
    /// The name may begin and end with `*`.
    Delete,
    /// Replaces what a pattern finds.
    Replace {
        pattern: Arc<str>,
        with: Arc<str>,
    },
}

/// A change, with the mark in front of its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ParsedOp {
    pub op: HeaderOp,
    pub mark: Mark,
}

/// What is in front of the name of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Add,
    Delete,
    /// `?`
    IfMissing,
    /// `>`
    Deferred,
}

/// A change from its words: name, value, replacement.
pub(super) fn header_op(words: &[Word], place: Place) -> Option<ParsedOp> {
    let (field, rest) = words.split_first()?;
    let text = field.text.trim_end_matches(':');
    let (mark, name) = match text.as_bytes().first()? {
        b'+' => (Mark::Add, text.get(1..)?),
        b'-' => (Mark::Delete, text.get(1..)?),
        b'?' => (Mark::IfMissing, text.get(1..)?),
        b'>' => (Mark::Deferred, text.get(1..)?),
        _ => (Mark::None, text),
    };
    let value = || rest.first().map_or_else(|| Arc::from(""), |word| Arc::clone(&word.text));
    let change = match (mark, rest) {
        (Mark::Add, _) => Change::Add(value()),
        (Mark::Delete, _) => Change::Delete,
        (Mark::None | Mark::Deferred, [pattern, with]) => {
            Change::Replace { pattern: Arc::clone(&pattern.text), with: Arc::clone(&with.text) }
        }
        _ => Change::Set(value()),
    };
    let hole = words.iter().find_map(|word| word.hole.clone());
    Some(ParsedOp { op: HeaderOp { name: name.into(), change, place, hole }, mark })
}

/// A value of a header.
pub(super) type Value = Result<Arc<str>, HoleReason>;

/// The values of a header.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub values: Vec<Value>,
    pub origin: HeaderOrigin,
}

/// What is known of a header.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Presence<'h> {
    Values(&'h [Value]),
    Absent,
    /// The client may have sent it.
    Unknown,
}

/// The headers of a request on its way through Caddy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Headers {
    fields: BTreeMap<Arc<str>, Field>,
    /// Fields that are not there, with what took them out.
    removed: BTreeMap<Arc<str>, Option<Place>>,
    /// Fields of the client of which nothing is known.
    unknown: BTreeSet<Arc<str>>,
    others: OtherHeaders,
}

impl Headers {
    /// What a client sends; Host is kept apart.
    pub fn of(sent: &RequestHeaders) -> Self {
        let mut headers =
            Self { fields: BTreeMap::new(), removed: BTreeMap::new(), unknown: BTreeSet::new(), others: sent.others };
        for (name, sent) in &sent.listed {
            let name = canonical(name);
            if &*name == "Host" {
                continue;
            }
            match sent {
                Sent::Text(text) => {
                    let field = Field { values: Vec::new(), origin: HeaderOrigin::Client };
                    headers.fields.entry(name).or_insert(field).values.push(Ok(Arc::clone(text)));
                }
                Sent::Nothing => {
                    headers.removed.insert(name, None);
                }
                Sent::Unknown => {
                    headers.unknown.insert(name);
                }
            }
        }
        headers
    }

    pub fn get(&self, name: &str) -> Presence<'_> {
        let name = canonical(name);
        if let Some(field) = self.fields.get(&name) {
            return Presence::Values(&field.values);
        }
        let unknown = self.unknown.contains(&name) || self.others == OtherHeaders::Unknown;
        if unknown && !self.removed.contains_key(&name) { Presence::Unknown } else { Presence::Absent }
    }

    /// All values as one text; `Ok(None)` when it is not there.
    pub fn joined(&self, name: &str) -> Result<Option<String>, HoleReason> {
        match self.get(name) {
            Presence::Absent => Ok(None),
            Presence::Unknown => Err(HoleReason::Runtime),
            Presence::Values(values) => {
                let texts: Result<Vec<&str>, HoleReason> =
                    values.iter().map(|value| value.as_ref().map(|text| &**text).map_err(Clone::clone)).collect();
                Ok(Some(texts?.join(",")))
            }
        }
    }

    pub fn set(&mut self, name: &str, value: Value, origin: HeaderOrigin) {
        let name = canonical(name);
        self.removed.remove(&name);
        self.unknown.remove(&name);
        self.fields.insert(name, Field { values: vec![value], origin });
    }

    pub fn add(&mut self, name: &str, value: Value, origin: HeaderOrigin) {
        let name = canonical(name);
        if self.get(&name) == Presence::Unknown {
            // what comes before it is not known
            self.set(&name, Err(HoleReason::Runtime), origin);
            return;
        }
        self.removed.remove(&name);
        let field = self.fields.entry(name).or_insert_with(|| Field { values: Vec::new(), origin });
        field.values.push(value);
        field.origin = origin;
    }

    pub fn remove(&mut self, name: &str, place: Option<Place>) {
        let name = canonical(name);
        self.fields.remove(&name);
        self.unknown.remove(&name);
        self.removed.insert(name, place);
    }

    /// Nothing that the client may have sent is left.
    pub fn forget_others(&mut self) {
        self.unknown.clear();
        self.others = OtherHeaders::Absent;
    }

    /// Takes a field out of account: who reads it later makes it himself.
    pub fn forget(&mut self, name: &str) {
        let name = canonical(name);
        self.fields.remove(&name);
        self.unknown.remove(&name);
        self.removed.remove(&name);
    }

    /// Takes out every field that a pattern with `*` at its ends fits.
    pub fn remove_fitting(&mut self, pattern: &str, place: Option<Place>) {
        if !pattern.starts_with('*') && !pattern.ends_with('*') {
            self.remove(pattern, place);
            return;
        }
        let names: Vec<Arc<str>> = self.fields.keys().chain(&self.unknown).cloned().collect();
        for name in names.iter().filter(|name| fits_name(pattern, name)) {
            self.remove(name, place);
        }
    }

    pub fn names(&self) -> Vec<Arc<str>> {
        self.fields.keys().cloned().collect()
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(&canonical(name))
    }

    pub fn replace_values(&mut self, name: &str, values: Vec<Value>, origin: HeaderOrigin) {
        self.fields.insert(canonical(name), Field { values, origin });
    }

    /// Drops fields of the client by their names.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.fields.retain(|name, _| keep(name));
        self.unknown.retain(|name| keep(name));
    }

    /// What an upstream receives, Host first.
    pub fn into_upstream(self, host: UpstreamHeader, spelled: impl Fn(&str) -> Arc<str>) -> UpstreamHeaders {
        let mut listed = vec![host];
        for (name, field) in &self.fields {
            for value in &field.values {
                let value = match value {
                    Ok(text) => HeaderValue::Known(Arc::clone(text)),
                    Err(reason) => HeaderValue::Unknown(Unknown { reason: reason.clone(), place: None }),
                };
                listed.push(UpstreamHeader { name: spelled(name), value, origin: field.origin });
            }
        }
        let removed = self.removed.into_iter().collect();
        UpstreamHeaders { listed, removed, others: ClientHeaders::PassedOn }
    }
}

/// Whether a name fits a pattern with `*` at its ends, in any case.
fn fits_name(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => name.contains(rest.strip_suffix('*').unwrap_or_default()),
        (Some(end), None) => name.ends_with(end),
        (None, Some(start)) => name.starts_with(start),
        (None, None) => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_go_spells_them() {
        for (name, expected) in
            [("x-real-ip", "X-Real-Ip"), ("SEC-WEBSOCKET-KEY", "Sec-Websocket-Key"), ("a b", "a b"), ("x_y", "X_y")]
        {
            assert_eq!(&*canonical(name), expected);
        }
        assert!(fits_name("x-*", "X-Real-Ip") && fits_name("*ip", "X-Real-Ip") && fits_name("*-real-*", "X-Real-Ip"));
        assert!(!fits_name("y-*", "X-Real-Ip"));
    }
}
