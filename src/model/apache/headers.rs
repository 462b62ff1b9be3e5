//! The headers of a request, as the configuration changes them.

use std::sync::Arc;

use super::run::{Run, Stop};
use super::tree::{Argument, Directive};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Sent;

/// When a `RequestHeader` is applied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Early,
    Late,
}

/// How many matches `edit` replaces.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occurrences {
    First,
    All,
}

impl Run<'_> {
    /// `RequestHeader ... early`
    pub(super) fn early_request_headers(&mut self) -> Result<(), Stop> {
        self.request_headers(When::Early)
    }

    /// All other `RequestHeader`s.
    pub(super) fn late_request_headers(&mut self) -> Result<(), Stop> {
        self.request_headers(When::Late)
    }

    fn request_headers(&mut self, when: When) -> Result<(), Stop> {
        for directive in self.scope.all(&["requestheader"]) {
            self.request_header(directive, when)?;
        }
        Ok(())
    }

    fn request_header(&mut self, directive: &Directive, when: When) -> Result<(), Stop> {
        let (Some(action), Some(name)) = (directive.args.first(), directive.args.get(1)) else { return Ok(()) };
        let action = self.known(action)?.to_ascii_lowercase();
        let name = self.known(name)?.trim_end_matches(':').to_owned();
        let (value, rest) = match &*action {
            "unset" => (None, directive.args.get(2)),
            "edit" | "edit*" => (directive.args.get(3), directive.args.get(4)),
            _ => (directive.args.get(2), directive.args.get(3)),
        };
        let early = rest.is_some_and(|clause| clause.is("early"));
        if early != (when == When::Early) {
            return Ok(());
        }
        let holds = match rest {
            Some(clause) if !early => self.clause_holds(self.known(clause)?, directive.place)?,
            _ => true,
        };
        if !holds {
            return Ok(());
        }
        let value = match value {
            Some(value) => match value.known() {
                Ok(text) => self.formatted(text, directive.place)?,
                Err(why) => Err(why),
            },
            None => Ok(String::new()),
        };
        let sent = |value: Result<String, Unknown>| value.map_or(Sent::Unknown, |text| Sent::Text(text.into()));
        let before = self.header(&name);
        match &*action {
            "set" => self.set_header(&name, sent(value), directive.place),
            "setifempty" => match before {
                Sent::Nothing => self.set_header(&name, sent(value), directive.place),
                Sent::Text(_) => {}
                Sent::Unknown => self.set_header(&name, Sent::Unknown, directive.place),
            },
            "add" => {
                self.headers.push((name.as_str().into(), sent(value)));
                self.origins.push((name.as_str().into(), directive.place));
            }
            "append" => {
                let joined = match (before, value) {
                    (Sent::Text(before), Ok(text)) => Sent::Text(format!("{before}, {text}").into()),
                    (Sent::Nothing, Ok(text)) => Sent::Text(text.into()),
                    _ => Sent::Unknown,
                };
                self.set_header(&name, joined, directive.place);
            }
            "merge" => {
                let joined = match (before, value) {
                    (Sent::Text(before), Ok(text)) if before.split(',').any(|part| part.trim() == text) => {
                        Sent::Text(before)
                    }
                    (Sent::Text(before), Ok(text)) => Sent::Text(format!("{before}, {text}").into()),
                    (Sent::Nothing, Ok(text)) => Sent::Text(text.into()),
                    _ => Sent::Unknown,
                };
                self.set_header(&name, joined, directive.place);
            }
            "unset" => self.set_header(&name, Sent::Nothing, directive.place),
            "edit" | "edit*" => {
                let Some(pattern) = directive.args.get(2) else { return Ok(()) };
                match (before, value) {
                    (Sent::Text(_), Ok(value)) => {
                        let count = if &*action == "edit*" { Occurrences::All } else { Occurrences::First };
                        self.edit_header(&name, pattern, &value, count)?;
                        self.origins.push((name.as_str().into(), directive.place));
                    }
                    (Sent::Nothing, _) => {}
                    _ => self.set_header(&name, Sent::Unknown, directive.place),
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts a value in the place of a header: the first of its name keeps its place.
    fn set_header(&mut self, name: &str, value: Sent, place: Place) {
        let mut value = Some(value);
        let mut listed = Vec::new();
        for (known, sent) in std::mem::take(&mut self.headers) {
            if !known.eq_ignore_ascii_case(name) {
                listed.push((known, sent));
            } else if let Some(value) = value.take() {
                listed.push((known, value));
            }
        }
        listed.extend(value.map(|value| (Arc::from(name), value)));
        self.headers = listed;
        self.origins.push((name.into(), place));
    }

    /// `edit`: each of several headers of a name by itself.
    fn edit_header(&mut self, name: &str, pattern: &Argument, with: &str, count: Occurrences) -> Result<(), Stop> {
        let pattern_text = self.known(pattern)?;
        let mut listed = std::mem::take(&mut self.headers);
        for (known, sent) in &mut listed {
            let Sent::Text(text) = sent else { continue };
            if known.eq_ignore_ascii_case(name) {
                *sent = Sent::Text(self.edited(text, pattern_text, with, count, pattern.place)?.into());
            }
        }
        self.headers = listed;
        Ok(())
    }

    fn edited(&self, text: &str, pattern: &str, with: &str, count: Occurrences, place: Place) -> Result<String, Stop> {
        let mut out = String::new();
        let mut rest = text;
        // each round takes something off the text
        while let Some(groups) = self.find(pattern, false, rest, place)? {
            let whole = groups.first().map_or("", String::as_str);
            let Some(at) = rest.find(whole) else { break };
            out += rest.get(..at).unwrap_or_default();
            out += &super::alias::substituted(with, &groups);
            rest = rest.get(at + whole.len()..).unwrap_or_default();
            if count == Occurrences::First || whole.is_empty() {
                break;
            }
        }
        Ok(out + rest)
    }

    /// `env=NAME`, `env=!NAME` and `expr=...` behind a header.
    pub(super) fn clause_holds(&mut self, clause: &str, place: Place) -> Result<bool, Stop> {
        if let Some(expression) = clause.strip_prefix("expr=") {
            return self.expression(expression, place);
        }
        let Some(name) = clause.strip_prefix("env=") else { return Ok(true) };
        let (negated, name) = match name.strip_prefix('!') {
            Some(name) => (true, name),
            None => (false, name),
        };
        let set = match self.environment.get(name) {
            Some(Some(_)) => true,
            Some(None) => self.decide(self.runtime()),
            None => name == "HTTPS" && self.tls(),
        };
        Ok(set != negated)
    }

    /// A value with `%{NAME}e` and the like filled in.
    fn formatted(&mut self, text: &str, place: Place) -> Result<Result<String, Unknown>, Stop> {
        if let Some(expression) = text.strip_prefix("expr=") {
            return match self.string_expression(expression, place) {
                Ok(value) => Ok(Ok(value)),
                Err(Stop::Unknown(why)) => Ok(Err(why)),
                Err(stop) => Err(stop),
            };
        }
        let unknown = |reason| Ok(Err(Unknown { reason, place: Some(place) }));
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['%', '\\']) {
            let (plain, special) = rest.split_at(at);
            out += plain;
            let next = special.get(1..).unwrap_or_default();
            if special.starts_with('\\') {
                let (meant, used) = match next.chars().next() {
                    Some('\\') => ("\\", 2),
                    Some('n') => ("\n", 2),
                    Some('r') => ("\r", 2),
                    Some('t') => ("\t", 2),
                    _ => ("\\", 1),
                };
                out += meant;
                rest = special.get(used..).unwrap_or_default();
                continue;
            }
            if next.is_empty() || next.starts_with('%') {
                out.push('%');
                rest = next.get(1..).unwrap_or_default();
                continue;
            }
            let (name, kind) = match next.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some((name, kind)) => (name, kind),
                None => ("", next),
            };
            match kind.chars().next() {
                Some('e') => match self.environment.get(name) {
                    Some(Some(value)) => out += value,
                    Some(None) => return unknown(HoleReason::Runtime),
                    None => out += "(null)",
                },
                Some('s') if name.eq_ignore_ascii_case("HTTPS") => out += if self.tls() { "on" } else { "off" },
                Some('s') if !self.tls() => out += "(null)",
                _ => return unknown(HoleReason::Runtime),
            }
            rest = kind.get(1..).unwrap_or_default();
        }
        Ok(Ok(out + rest))
    }
}
