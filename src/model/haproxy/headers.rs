//! The headers of a request, as rules change them.

use std::sync::Arc;

use super::config::Mode;
use crate::base::Place;
use crate::model::Unknown;
use crate::model::proxy::{HeaderOrigin, Request, Sent};

/// What is known of a value.
pub(super) type Value = Result<Arc<str>, Unknown>;

/// The headers of a request. Names are in lower case, as HAProxy sends them, unless it only passes bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers {
    pub listed: Vec<Header>,
    /// Names that do not arrive, with the rule that takes them out.
    pub gone: Vec<(Arc<str>, Option<Place>)>,
}

/// A header of which something is known.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub name: Arc<str>,
    pub value: Value,
    pub origin: HeaderOrigin,
}

impl Headers {
    /// Those that the client sends.
    pub fn of(request: &Request, mode: Mode) -> Self {
        let mut headers = Self::default();
        for (name, sent) in &request.headers.listed {
            let name = if mode == Mode::Http { name.to_ascii_lowercase().into() } else { Arc::clone(name) };
            match sent {
                Sent::Text(text) => {
                    let value = if mode == Mode::Http && &*name == "connection" {
                        without_keeping(text)
                    } else {
                        Some(Arc::clone(text))
                    };
                    let origin = HeaderOrigin::Client;
                    match value {
                        Some(value) => headers.listed.push(Header { name, value: Ok(value), origin }),
                        None => headers.gone.push((name, None)),
                    }
                }
                Sent::Nothing => headers.gone.push((name, None)),
                Sent::Unknown => {}
            }
        }
        headers
    }

    /// The values under a name, in their order.
    pub fn get(&self, name: &str) -> Vec<Value> {
        let found = self.listed.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value.clone()).collect()
    }

    /// Whether nothing is sent under a name.
    pub fn is_gone(&self, name: &str) -> bool {
        self.gone.iter().any(|(gone, _)| gone.eq_ignore_ascii_case(name))
    }

    /// The rule that took a header out, or gave it its value.
    pub fn changed_by(&self, name: &str) -> Option<Place> {
        let listed = self.listed.iter().rev().filter(|header| header.name.eq_ignore_ascii_case(name));
        let set = listed.filter_map(|header| match header.origin {
            HeaderOrigin::Set(place) => Some(place),
            _ => None,
        });
        let mut gone = self.gone.iter().filter(|(gone, _)| gone.eq_ignore_ascii_case(name)).filter_map(|(_, at)| *at);
        set.chain(gone.by_ref()).next()
    }

    /// Puts a header in place of all of its name.
    pub fn set(&mut self, name: &str, value: Value, place: Place) {
        let name: Arc<str> = name.to_ascii_lowercase().into();
        self.listed.retain(|header| header.name != name);
        self.add(&name, value, HeaderOrigin::Set(place));
    }

    /// Adds a header behind all others.
    pub fn add(&mut self, name: &str, value: Value, origin: HeaderOrigin) {
        let name: Arc<str> = name.to_ascii_lowercase().into();
        self.gone.retain(|(gone, _)| *gone != name);
        self.listed.push(Header { name, value, origin });
    }

    /// Takes a header out.
    pub fn remove(&mut self, name: &str, place: Place) {
        let name: Arc<str> = name.to_ascii_lowercase().into();
        self.listed.retain(|header| header.name != name);
        self.gone.retain(|(gone, _)| *gone != name);
        self.gone.push((name, Some(place)));
    }

    /// Says that nobody knows what a rule made of a header.
    pub fn doubt(&mut self, name: &str, why: &Unknown, place: Place) {
        self.set(name, Err(why.clone()), place);
    }
}

/// A `Connection` header without what is about keeping the connection: HAProxy decides that for each side.
pub(super) fn without_keeping(text: &str) -> Option<Arc<str>> {
    let is_kept = |token: &&str| {
        !token.is_empty() && !token.eq_ignore_ascii_case("close") && !token.eq_ignore_ascii_case("keep-alive")
    };
    let all = || text.split(',').map(str::trim);
    let tokens: Vec<&str> = all().filter(is_kept).collect();
    if tokens.len() == all().count() {
        return Some(text.into());
    }
    (!tokens.is_empty()).then(|| tokens.join(",").into())
}
