//! Redirects.

use std::sync::Arc;

use super::config::Word;
use super::rule::Rule;
use super::run::{Run, Stop};
use crate::base::Place;
use crate::model::Unknown;
use crate::model::proxy::{HeaderValue, Outcome, Sent};

/// Whether variables in a text are filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variables {
    Filled,
    /// A bare `redirect` sends them as they are.
    AsWritten,
}

impl Run<'_> {
    /// The answer of a redirect: `scheme https code 301`.
    pub(super) fn redirected(&mut self, rule: &Rule, words: &[Word], variables: Variables) -> Stop {
        let place = rule.place;
        let value = |name: &str| {
            let at = words.iter().position(|word| word.is(name))?;
            words.get(at + 1)
        };
        let has = |name: &str| words.iter().any(|word| word.is(name));
        let code = value("code").and_then(|word| word.text.parse().ok()).unwrap_or(302);
        let query = match &self.query {
            _ if has("drop-query") => Ok(String::new()),
            Sent::Text(query) => Ok(format!("?{query}")),
            Sent::Nothing => Ok(String::new()),
            Sent::Unknown => Err(self.runtime(place)),
        };
        // without a path the query is not looked for
        let (path, query) = match self.path.is_empty() {
            true => ("/".to_owned(), Ok(String::new())),
            false => (self.path.clone(), query),
        };
        let slash = |text: String| match has("append-slash") && !text.ends_with('/') {
            true => format!("{text}/"),
            false => text,
        };
        let (before, rest) = if let Some(word) = value("location") {
            (self.redirect_text(word, variables), Some(Ok(String::new())))
        } else if let Some(word) = value("prefix") {
            // `/` is for a redirect to itself
            let prefix = self.redirect_text(word, variables).map(|text| if text == "/" { String::new() } else { text });
            (prefix, None)
        } else if let Some(word) = value("scheme") {
            let scheme = self.redirect_text(word, variables);
            let host = self.host_text(place);
            let shown = match (&scheme, &host) {
                (Ok(scheme), Err(_)) => Some(format!("{scheme}://$host$request_uri")),
                _ => None,
            };
            if let Some(target) = shown {
                let why = host.err().unwrap_or(self.runtime(place));
                return self.answered(code, target.into(), HeaderValue::Unknown(why), place);
            }
            (scheme.and_then(|scheme| Ok(format!("{scheme}://{}", host?))), None)
        } else {
            return self.unsupported(place);
        };
        let rest = rest.unwrap_or_else(|| query.clone().map(|query| slash(format!("{path}{query}"))));
        let (target, location) = match (before, rest) {
            (Ok(before), Ok(rest)) => {
                let whole: Arc<str> = format!("{before}{rest}").into();
                (Arc::clone(&whole), HeaderValue::Known(whole))
            }
            (Ok(before), Err(why)) => (format!("{before}{path}").into(), HeaderValue::Unknown(why)),
            (Err(why), _) => {
                let written = value("location").or_else(|| value("prefix")).or_else(|| value("scheme"));
                let target = written.map_or_else(|| "".into(), |word| Arc::clone(&word.text));
                (target, HeaderValue::Unknown(why))
            }
        };
        self.answered(code, target, location, place)
    }

    fn redirect_text(&mut self, word: &Word, variables: Variables) -> Result<String, Unknown> {
        match variables {
            Variables::Filled => self.formatted(word),
            Variables::AsWritten => word.known().map(str::to_owned),
        }
    }

    fn answered(&mut self, code: u16, target: Arc<str>, location: HeaderValue, place: Place) -> Stop {
        self.steps.push((place, format!("HAProxy redirects to {target}")));
        Stop::Done(Outcome::Redirect { code, target, location, place, automatic_slash: false })
    }

    /// The Host header; nothing where none is sent.
    fn host_text(&self, place: Place) -> Result<String, Unknown> {
        match self.headers.get("host").into_iter().next() {
            Some(value) => value.map(|text| text.to_string()),
            None if self.headers.is_gone("host") => Ok(String::new()),
            None => match self.request.headers.get("host") {
                Sent::Nothing => Ok(String::new()),
                _ => Err(self.runtime(place)),
            },
        }
    }
}
