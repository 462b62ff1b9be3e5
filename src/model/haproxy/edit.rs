//! Rules that change the headers of a request.

use std::sync::Arc;

use super::convert::expand;
use super::rule::Rule;
use super::run::{Run, Stop};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{HeaderOrigin, Sent};

impl Run<'_> {
    /// A rule that changes a header.
    pub(super) fn change_header(&mut self, action: &str, rule: &Rule) -> Result<(), Stop> {
        let holds = self.holds(rule);
        if holds == Ok(false) {
            return Ok(());
        }
        if action == "reqadd" {
            let line = rule.words.get(1).map(|word| Arc::clone(&word.text)).unwrap_or_default();
            if let (Some((name, value)), Ok(true)) = (line.split_once(':'), &holds) {
                self.headers.add(name, Ok(value.trim().into()), HeaderOrigin::Set(rule.place));
            }
            return Ok(());
        }
        let Some(name) = rule.words.get(1) else { return Ok(()) };
        let name = name.known().map_err(Stop::Unknown)?.to_owned();
        if let Err(why) = holds {
            let adds = matches!(action, "set-header" | "add-header");
            if adds || self.request.headers.get(&name) != Sent::Nothing || !self.headers.get(&name).is_empty() {
                self.headers.doubt(&name, &why, rule.place);
            }
            return Ok(());
        }
        match action {
            "set-header" | "add-header" => {
                let Some(word) = rule.words.get(2) else { return Ok(()) };
                let value = self.formatted(word).map(Arc::from);
                match action {
                    "set-header" => self.headers.set(&name, value, rule.place),
                    _ => self.headers.add(&name, value, HeaderOrigin::Set(rule.place)),
                }
            }
            "del-header" => self.remove_header(&name, rule)?,
            _ => self.edit_header(action, &name, rule)?,
        }
        Ok(())
    }

    fn remove_header(&mut self, name: &str, rule: &Rule) -> Result<(), Stop> {
        let Some(method) = rule.after("-m") else {
            self.headers.remove(name, rule.place);
            return Ok(());
        };
        let name = name.to_ascii_lowercase();
        let mut all: Vec<Arc<str>> = self.headers.listed.iter().map(|header| Arc::clone(&header.name)).collect();
        let usual = ["origin", "cookie", "authorization", "upgrade", "connection", "sec-websocket-key", "host"];
        all.extend(usual.map(Arc::from));
        for known in all {
            let fits = match &*method.text {
                "str" => *known == *name,
                "beg" => known.starts_with(&name),
                "end" => known.ends_with(&name),
                "sub" => known.contains(&name),
                "reg" => {
                    let found = self.instance.effort.groups(&name, true, &known, rule.place);
                    found.ok_or_else(|| self.unsupported(rule.place))?.is_some()
                }
                _ => return Err(self.unsupported(rule.place)),
            };
            if fits {
                self.headers.remove(&known, rule.place);
            }
        }
        Ok(())
    }

    fn edit_header(&mut self, action: &str, name: &str, rule: &Rule) -> Result<(), Stop> {
        let (Some(pattern), Some(word)) = (rule.words.get(2), rule.words.get(3)) else { return Ok(()) };
        let pattern = pattern.known().map_err(Stop::Unknown)?.to_owned();
        let with = self.formatted(word);
        let effort = &self.instance.effort;
        let place = rule.place;
        let mut unread = false;
        let mut edit = |text: &str, with: &str| match effort.groups(&pattern, false, text, place) {
            Some(Some(groups)) => Some(expand(with, &groups)),
            Some(None) => None,
            None => {
                unread = true;
                None
            }
        };
        for header in self.headers.listed.iter_mut().filter(|header| header.name.eq_ignore_ascii_case(name)) {
            let (Ok(text), Ok(with)) = (&header.value, &with) else {
                let why = with.clone().err().unwrap_or(Unknown { reason: HoleReason::Runtime, place: Some(place) });
                header.value = Err(why);
                header.origin = HeaderOrigin::Set(place);
                continue;
            };
            let edited = if action == "replace-header" {
                edit(text, with)
            } else {
                // a value that is replaced takes the space in front of it along
                let pieces: Vec<(String, bool)> = text
                    .split(',')
                    .map(|piece| edit(piece.trim(), with).map_or((piece.to_owned(), false), |new| (new, true)))
                    .collect();
                let any = pieces.iter().any(|(_, changed)| *changed);
                any.then(|| pieces.into_iter().map(|(piece, _)| piece).collect::<Vec<_>>().join(","))
            };
            if let Some(edited) = edited {
                header.value = Ok(edited.into());
                header.origin = HeaderOrigin::Set(place);
            }
        }
        if unread { Err(self.unsupported(place)) } else { Ok(()) }
    }
}
