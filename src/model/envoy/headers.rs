//! The headers of a request on its way.

use std::sync::Arc;

use super::mutation::{AppendAction, Mutations};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{
    ClientHeaders, HeaderOrigin, HeaderValue, OtherHeaders, RequestHeaders, Sent, UpstreamHeader, UpstreamHeaders,
};

/// Headers that Envoy keeps as one, whatever is added to them.
const JOINED: [&str; 18] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "user-agent",
    "via",
    "accept",
    "accept-encoding",
    "authorization",
    "cache-control",
    "origin",
    "referer",
    "content-type",
    "te",
    "x-request-id",
    "access-control-request-method",
    "access-control-request-headers",
    "upgrade",
];

/// A value, as far as it is known.
pub(super) type Value = Result<Arc<str>, HoleReason>;

#[derive(Clone, Debug)]
struct Header {
    name: Arc<str>,
    value: Value,
    origin: HeaderOrigin,
}

/// The headers of a request.
#[derive(Clone, Debug)]
pub(super) struct Headers {
    list: Vec<Header>,
    /// Names that never arrive, and what takes them out.
    removed: Vec<(Arc<str>, Option<Place>)>,
    others: OtherHeaders,
}

impl Headers {
    /// What a client sends. Host is kept apart.
    pub fn of(headers: &RequestHeaders) -> Self {
        let mut list: Vec<Header> = Vec::new();
        let mut removed = Vec::new();
        for (name, sent) in &headers.listed {
            let name: Arc<str> = name.to_ascii_lowercase().into();
            let value = match sent {
                Sent::Text(text) => Ok(Arc::clone(text)),
                Sent::Unknown => Err(HoleReason::Runtime),
                Sent::Nothing => {
                    removed.push((name, None));
                    continue;
                }
            };
            if &*name == "host" {
                continue;
            }
            let known = list.iter_mut().find(|header| header.name == name && JOINED.contains(&&*name));
            match (known, &value) {
                (Some(header), Ok(more)) => {
                    header.value = header.value.clone().map(|before| format!("{before},{more}").into());
                }
                _ => list.push(Header { name, value, origin: HeaderOrigin::Client }),
            }
        }
        Self { list, removed, others: headers.others }
    }

    /// What is under a name; the first of several.
    pub fn get(&self, name: &str) -> Sent {
        match self.list.iter().find(|header| &*header.name == name) {
            Some(header) => header.value.clone().map_or(Sent::Unknown, Sent::Text),
            None if self.others == OtherHeaders::Absent || self.is_removed(name) => Sent::Nothing,
            None => Sent::Unknown,
        }
    }

    /// What is under a name, all of it, as conditions see it.
    pub fn joined(&self, name: &str) -> Sent {
        let mut found: Option<String> = None;
        for header in self.list.iter().filter(|header| &*header.name == name) {
            let Ok(value) = &header.value else { return Sent::Unknown };
            found = Some(found.map_or_else(|| value.to_string(), |before| format!("{before},{value}")));
        }
        found.map_or_else(|| self.get(name), |text| Sent::Text(text.into()))
    }

    /// What is under a name that browsers do not send by themselves: what is not known to be there is not.
    pub fn seldom(&self, name: &str) -> Option<Value> {
        let header = self.list.iter().find(|header| &*header.name == name)?;
        Some(header.value.clone())
    }

    fn is_removed(&self, name: &str) -> bool {
        self.removed.iter().any(|(removed, _)| &**removed == name)
    }

    /// Takes all of a name out.
    pub fn remove(&mut self, name: &str, place: Option<Place>) {
        self.list.retain(|header| &*header.name != name);
        self.removed.retain(|(removed, _)| &**removed != name);
        self.removed.push((name.into(), place));
    }

    /// Puts one in place of all of a name.
    pub fn set(&mut self, name: &str, value: Value, origin: HeaderOrigin) {
        self.list.retain(|header| &*header.name != name);
        self.add(name, value, origin);
    }

    /// Puts one more beside those of a name.
    pub fn add(&mut self, name: &str, value: Value, origin: HeaderOrigin) {
        self.removed.retain(|(removed, _)| &**removed != name);
        let known = self.list.iter_mut().find(|header| &*header.name == name && JOINED.contains(&name));
        match known {
            Some(header) => {
                header.value = match (&header.value, value) {
                    (Ok(before), Ok(more)) => Ok(format!("{before},{more}").into()),
                    (Err(why), _) => Err(why.clone()),
                    (_, Err(why)) => Err(why),
                };
                header.origin = origin;
            }
            None => self.list.push(Header { name: name.into(), value, origin }),
        }
    }

    /// Changes of one level; `fill` puts values in place of `%...%`.
    pub fn change(&mut self, mutations: &Mutations, fill: impl Fn(&Self, &str) -> Value) {
        for (name, place) in &mutations.removed {
            self.remove(name, Some(*place));
        }
        let values: Vec<Value> = mutations.added.iter().map(|added| fill(self, &added.value)).collect();
        let mut more = Vec::new();
        for (added, value) in mutations.added.iter().zip(values) {
            if value.as_deref().is_ok_and(str::is_empty) && !added.keeps_empty {
                continue;
            }
            let is_there = match self.get(&added.name) {
                Sent::Text(_) => Some(true),
                Sent::Nothing => Some(false),
                Sent::Unknown => self.list.iter().any(|header| header.name == added.name).then_some(true),
            };
            match added.action {
                AppendAction::Appended => more.push((added, value)),
                AppendAction::AddedIfAbsent if is_there == Some(true) => {}
                AppendAction::AddedIfAbsent => more.push((added, value)),
                AppendAction::OverwrittenIfPresent if is_there == Some(false) => {}
                AppendAction::OverwrittenIfPresent if is_there.is_none() => {}
                AppendAction::Overwritten | AppendAction::OverwrittenIfPresent => {
                    self.set(&added.name, value, HeaderOrigin::Set(added.place));
                }
            }
        }
        for (added, value) in more {
            self.add(&added.name, value, HeaderOrigin::Set(added.place));
        }
    }

    /// What an upstream receives, with this Host.
    pub fn into_upstream(self, host: UpstreamHeader) -> UpstreamHeaders {
        let header = |header: Header| {
            let value = match header.value {
                Ok(text) => HeaderValue::Known(text),
                // that it is handed on is all there is to say
                Err(_) if header.origin == HeaderOrigin::Client => return None,
                Err(reason) => HeaderValue::Unknown(Unknown { reason, place: None }),
            };
            Some(UpstreamHeader { name: header.name, value, origin: header.origin })
        };
        UpstreamHeaders {
            listed: std::iter::once(host).chain(self.list.into_iter().filter_map(header)).collect(),
            removed: self.removed,
            others: ClientHeaders::PassedOn,
        }
    }
}
