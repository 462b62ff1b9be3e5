//! Whom the middleware for headers lets in.

use std::sync::Arc;

use super::gaps::{has_gap, unknown};
use super::middleware::CorsTerms;
use crate::base::Place;
use crate::model::proxy::{OwnCors, Patterns};
use crate::model::{Admits, Listed, OriginEntry, PreflightPolicy};

/// What stands in Access-Control-Allow-Origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    /// The origin, or `*`.
    Value(Arc<str>),
    /// `*` for releases until 3.6.21 and 3.7.6, which browsers refuse beside credentials, and the origin for those after them.
    ByRelease,
    /// Nothing: the origin is not let in.
    Nothing,
    /// That depends on what is not known.
    Unknown,
}

impl CorsTerms {
    /// What stands in Access-Control-Allow-Origin for an origin.
    pub fn allowed(&self, origin: &str, patterns: &Patterns) -> Allowed {
        let mut open = Allowed::Nothing;
        for (entry, _) in &self.origins {
            match &**entry {
                text if text == origin => return Allowed::Value(Arc::clone(entry)),
                "*" if self.credentials => return Allowed::ByRelease,
                "*" => return Allowed::Value(Arc::clone(entry)),
                text if has_gap(text) => open = Allowed::Unknown,
                _ => {}
            }
        }
        for (pattern, place) in &self.patterns {
            match patterns.find(pattern, origin, *place).filter(|_| !has_gap(pattern)) {
                Some(Some(_)) => return Allowed::Value(Arc::from(origin)),
                Some(None) => {}
                None => open = Allowed::Unknown,
            }
        }
        open
    }

    /// What it says of pages of an origin.
    pub fn for_origin(&self, origin: &str, patterns: &Patterns) -> OwnCors {
        let entry = |(text, place): &(Arc<str>, Place)| OriginEntry { text: Arc::clone(text), places: vec![*place] };
        let admits = match self.allowed(origin, patterns) {
            Allowed::Value(entry) if &*entry == "*" => Admits::Any(vec![self.place]),
            Allowed::Value(_) => Admits::Reflected(vec![self.place]),
            Allowed::ByRelease | Allowed::Unknown => Admits::Unknown(unknown(self.place)),
            Allowed::Nothing => Admits::List {
                entries: self.origins.iter().chain(&self.patterns).map(entry).collect(),
                patterns: Vec::new(),
                more: None,
            },
        };
        let listed = |list: &Vec<Arc<str>>| {
            match list.iter().any(|word| &**word == "*") {
                // new releases write what is asked for, older ones an asterisk, which is a name of its own beside credentials
                true if self.credentials => Listed::Unknown,
                true => Listed::Any,
                false if list.iter().any(|word| has_gap(word)) => Listed::Unknown,
                false => Listed::Only(list.clone()),
            }
        };
        let preflight = PreflightPolicy { methods: listed(&self.methods), headers: listed(&self.headers) };
        OwnCors { place: self.place, admits, credentials: self.credentials, preflight, idle: None }
    }
}
