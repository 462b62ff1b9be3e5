//! Texts with variables in them: `%[hdr(host)]`, `%ci`.

use std::sync::Arc;

use super::config::Word;
use super::expression::expression;
use super::run::Run;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{HttpVersion, Sent};

impl Run<'_> {
    /// The text of a word with its variables filled in.
    pub(super) fn formatted(&mut self, word: &Word) -> Result<String, Unknown> {
        let text = word.known()?.to_owned();
        self.filled(&text, word.place)
    }

    fn filled(&mut self, text: &str, place: Place) -> Result<String, Unknown> {
        let unread = || Unknown { reason: HoleReason::Unsupported, place: Some(place) };
        let mut out = String::new();
        let mut rest = text;
        while let Some((plain, special)) = rest.split_once('%') {
            out += plain;
            // `%{+Q}[...]` says how a value is to be quoted
            let special = match special.strip_prefix('{') {
                Some(flags) => flags.split_once('}').ok_or_else(unread)?.1,
                None => special,
            };
            if let Some(after) = special.strip_prefix('%') {
                out.push('%');
                rest = after;
            } else if let Some(inside) = special.strip_prefix('[') {
                let (expression, after) = expression(inside.trim_start()).ok_or_else(unread)?;
                rest = after.trim_start().strip_prefix(']').ok_or_else(unread)?;
                out += &self.sample(&expression, place).shown()?;
            } else {
                let length = special.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(special.len());
                let (name, after) = special.split_at(length);
                out += &self.variable(name, place)?;
                rest = after;
            }
        }
        Ok(out + rest)
    }

    fn variable(&mut self, name: &str, place: Place) -> Result<String, Unknown> {
        let runtime = self.runtime(place);
        let written = |number: Option<usize>| {
            let section = number.and_then(|number| self.config().sections.get(number));
            section.map_or_else(String::new, |section| section.name.to_string())
        };
        // the request's own words are kept where a front end asks for them, as the client sent them
        let is_kept = self.section == self.frontend;
        let query = match &self.request.query {
            Sent::Text(query) => Ok(format!("?{query}")),
            Sent::Nothing => Ok(String::new()),
            Sent::Unknown => Err(runtime.clone()),
        };
        Ok(match name {
            "HM" | "HP" | "HPO" | "HU" | "HQ" | "HV" if !is_kept => return Err(runtime),
            "ci" => self.request.client.ok_or(runtime)?.to_string(),
            "fp" => self.request.port.to_string(),
            "fi" => self.request.address.ok_or(runtime)?.to_string(),
            "f" => written(Some(self.frontend)),
            "b" => written(Some(self.backend.unwrap_or(self.frontend))),
            "HM" => self.seen_method().to_string(),
            "HP" | "HPO" => self.asked_path.clone(),
            "HU" => format!("{}{}", self.asked_path, query?),
            "HQ" => query?,
            "HV" => match self.request.version {
                HttpVersion::Http10 => "HTTP/1.0".to_owned(),
                HttpVersion::Http11 => "HTTP/1.1".to_owned(),
                _ => return Err(runtime),
            },
            "" => return Err(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
            name => {
                return Err(Unknown {
                    reason: HoleReason::ExternalCall(Arc::from(format!("%{name}"))),
                    place: Some(place),
                });
            }
        })
    }
}
