//! Whom the middleware for headers lets in.

use std::sync::Arc;

use super::middleware::CorsTerms;
use super::setting::unknown;
use crate::base::Place;
use crate::model::proxy::{OwnCors, Patterns};
use crate::model::{Admits, Listed, OriginEntry, PreflightPolicy};

impl CorsTerms {
    /// What stands in Access-Control-Allow-Origin for an origin.
    pub fn allowed(&self, origin: &str, patterns: &Patterns) -> Option<Arc<str>> {
        let listed = self.origins.iter().map(|(entry, _)| entry);
        if let Some(entry) = listed.into_iter().find(|entry| ***entry == *"*" || ***entry == *origin) {
            // beside credentials browsers take no asterisk, and new releases write the origin in its place
            return Some(if self.credentials { Arc::from(origin) } else { Arc::clone(entry) });
        }
        let takes = |(pattern, place): &(Arc<str>, Place)| patterns.find(pattern, origin, *place).flatten().is_some();
        self.patterns.iter().any(takes).then(|| Arc::from(origin))
    }

    /// What it says of pages of an origin.
    pub fn for_origin(&self, origin: &str, patterns: &Patterns) -> OwnCors {
        let entry = |(text, place): &(Arc<str>, Place)| OriginEntry { text: Arc::clone(text), places: vec![*place] };
        let admits = match self.allowed(origin, patterns) {
            Some(_) if self.credentials && self.origins.iter().any(|(entry, _)| &**entry == "*") => {
                Admits::Unknown(unknown(self.place))
            }
            Some(entry) if &*entry == "*" => Admits::Any(vec![self.place]),
            Some(_) => Admits::Reflected(vec![self.place]),
            None if self.has_gaps() => Admits::Unknown(unknown(self.place)),
            None => Admits::List {
                entries: self.origins.iter().chain(&self.patterns).map(entry).collect(),
                patterns: Vec::new(),
                more: None,
            },
        };
        let listed = |list: &Vec<Arc<str>>| {
            if !self.credentials && list.iter().any(|word| &**word == "*") {
                Listed::Any
            } else {
                Listed::Only(list.clone())
            }
        };
        let preflight = PreflightPolicy { methods: listed(&self.methods), headers: listed(&self.headers) };
        OwnCors { place: self.place, admits, credentials: self.credentials, preflight, idle: None }
    }
}
