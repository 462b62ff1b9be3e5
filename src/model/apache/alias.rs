//! mod_alias: `Redirect` and `Alias`.

use super::paths::Family;
use super::run::{Run, Stop};
use super::scope::Scope;
use super::tree::{Block, Directive};
use super::uri;
use super::values::needed;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{HeaderValue, Outcome, Sent};

pub(super) const REDIRECTS: [&str; 4] = ["redirect", "redirectmatch", "redirecttemp", "redirectpermanent"];
pub(super) const ALIASES: [&str; 4] = ["alias", "aliasmatch", "scriptalias", "scriptaliasmatch"];

/// A `Redirect` in its parts.
struct Redirect<'a> {
    status: u16,
    /// The path or pattern; `None` in a section, where the section's path stands for it.
    from: Option<&'a super::tree::Argument>,
    to: Option<&'a super::tree::Argument>,
    is_pattern: bool,
}

impl<'a> Run<'a> {
    /// Redirects and aliases outside of sections; `true` when an alias says which file it is.
    pub(super) fn map_alias(&mut self) -> Result<bool, Stop> {
        if let Some(stop) = self.redirect_of_section()? {
            return Err(stop);
        }
        // what a virtual host says goes before what the main server says
        let levels: Vec<&'a Block> = self.server.levels().into_iter().rev().collect();
        for level in &levels {
            for directive in level.taking(Family::Redirect, &self.uri) {
                if let Some(stop) = self.redirect(directive)? {
                    return Err(stop);
                }
            }
        }
        let path = self.uri.clone();
        for directive in levels.iter().flat_map(|level| level.taking(Family::Alias, &path)) {
            let (Some(from), Some(to)) = (directive.args.first(), directive.args.get(1)) else { continue };
            let file = if directive.name.ends_with("match") {
                let pattern = self.known(from)?;
                match self.find(pattern, false, &path, from.place)? {
                    Some(groups) => substituted(&to.text, &groups),
                    None => continue,
                }
            } else {
                match uri::prefix_length(&path, self.known(from)?) {
                    Some(length) => format!("{}{}", to.text, path.get(length..).unwrap_or_default()),
                    None => continue,
                }
            };
            if directive.name.starts_with("script") {
                return Err(self.unknown(HoleReason::ExternalCall("ScriptAlias".into()), directive.place));
            }
            self.steps.push((directive.place, "`Alias` says where the file is".to_owned()));
            self.filename = Some(file);
            return Ok(true);
        }
        Ok(false)
    }

    /// Redirects in the sections that hold.
    pub(super) fn redirect_in_section(&mut self) -> Result<(), Stop> {
        if let Some(stop) = self.redirect_of_section()? {
            return Err(stop);
        }
        for level in self.sections().levels.into_iter().rev() {
            for directive in level.taking(Family::Redirect, &self.uri) {
                if let Some(stop) = self.redirect(directive)? {
                    return Err(stop);
                }
            }
        }
        Ok(())
    }

    /// The sections of the scope, without the servers' own levels.
    pub(super) fn sections(&self) -> Scope<'a> {
        let of_server = self.server.levels().len();
        Scope { levels: self.scope.levels.get(of_server..).unwrap_or_default().to_vec() }
    }

    /// `Redirect` without a path, which is for the whole of its section.
    fn redirect_of_section(&mut self) -> Result<Option<Stop>, Stop> {
        let sections = self.sections();
        let whole = |directive: &&&'a Directive| parts(directive).is_some_and(|parts| parts.from.is_none());
        let found = sections.all(&REDIRECTS);
        let Some(directive) = found.iter().rev().find(whole).copied() else { return Ok(None) };
        let Some(Redirect { status, to, .. }) = parts(directive) else { return Ok(None) };
        let Some(to) = to else { return Ok(Some(self.answered(status, directive))) };
        let text = self.known(to)?;
        let address = self.string_expression(text, to.place)?;
        let (address, query) = address.split_once('?').map_or((&*address, None), |(path, query)| (path, Some(query)));
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let location = format!("{}{query}", escaped_address(address));
        Ok(Some(self.sent_to(status, directive, &to.text, location)?))
    }

    /// What a redirect with a path makes of the request.
    fn redirect(&mut self, directive: &'a Directive) -> Result<Option<Stop>, Stop> {
        let Some(Redirect { status, from: Some(from), to, is_pattern }) = parts(directive) else { return Ok(None) };
        let path = self.uri.clone();
        let written = self.known(from)?;
        let location = if is_pattern {
            let Some(groups) = self.find(written, false, &path, from.place)? else { return Ok(None) };
            let Some(to) = to else { return Ok(Some(self.answered(status, directive))) };
            let address = substituted(self.known(to)?, &groups);
            let (address, tail) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
            format!("{}{tail}", escaped_address(address))
        } else {
            let Some(length) = uri::prefix_length(&path, written) else { return Ok(None) };
            let Some(to) = to else { return Ok(Some(self.answered(status, directive))) };
            let rest = path.get(length..).unwrap_or_default();
            // a placeholder in the address is nobody's business but the client's
            if let Err(why) = to.known() {
                self.steps.push((directive.place, format!("Apache redirects to {}", to.text)));
                let (target, place) = (to.text.clone(), directive.place);
                let location = HeaderValue::Unknown(why);
                let outcome = Outcome::Redirect { code: status, target, location, place, automatic_slash: false };
                return Ok(Some(Stop::Done(outcome)));
            }
            format!("{}{}", to.text, uri::escaped(rest))
        };
        let shown = to.map(|to| to.text.to_string()).unwrap_or_default();
        Ok(Some(self.sent_to(status, directive, &shown, location)?))
    }

    /// A redirect to an address, made whole, with the query of the request where it has none of its own.
    fn sent_to(&mut self, code: u16, directive: &Directive, shown: &str, location: String) -> Result<Stop, Stop> {
        let mut location = location;
        if location.starts_with('/') && self.scope.flag("redirectrelative") != Some(true) {
            location = needed(self.own_address(&location))?;
        }
        if !location.contains("://") && !location.starts_with('/') {
            return Ok(Stop::Error { code: 500, place: directive.place });
        }
        let value = match (&self.args, location.contains('?')) {
            (Sent::Text(query), false) => HeaderValue::Known(format!("{location}?{query}").into()),
            (Sent::Unknown, false) => {
                let reason = HoleReason::Runtime;
                HeaderValue::Unknown(Unknown { reason, place: Some(directive.place) })
            }
            _ => HeaderValue::Known(location.into()),
        };
        Ok(self.redirected(code, shown, value, directive))
    }

    /// An answer with a status that is no redirect.
    fn answered(&mut self, code: u16, directive: &Directive) -> Stop {
        self.steps.push((directive.place, format!("`Redirect` answers {code}")));
        Stop::Error { code, place: directive.place }
    }
}

/// The path that a `Redirect` is for, with what is below it; `None` for a pattern, and where its section decides.
pub(super) fn beginning(directive: &Directive) -> Option<&super::tree::Argument> {
    parts(directive).filter(|parts| !parts.is_pattern).and_then(|parts| parts.from)
}

fn parts(directive: &Directive) -> Option<Redirect<'_>> {
    let (default, takes_status) = match &*directive.name {
        "redirectpermanent" => (301, false),
        "redirecttemp" => (302, false),
        _ => (302, true),
    };
    let is_pattern = &*directive.name == "redirectmatch";
    let first = directive.args.first()?;
    let status = match first.text.to_ascii_lowercase().as_str() {
        "permanent" => Some(301),
        "temp" => Some(302),
        "seeother" => Some(303),
        "gone" => Some(410),
        number if number.starts_with(|c: char| c.is_ascii_digit()) => number.parse().ok(),
        _ => None,
    };
    let status = status.filter(|_| takes_status);
    let rest = if status.is_some() { directive.args.get(1..)? } else { &directive.args };
    let status = status.unwrap_or(default);
    let is_redirect = (300..400).contains(&status);
    let (from, to) = match rest {
        [from, to] => (Some(from), Some(to)),
        [one] if is_redirect => (None, Some(one)),
        [one] => (Some(one), None),
        _ => (None, None),
    };
    Some(Redirect { status, from, to, is_pattern })
}

/// An address whose path is escaped.
fn escaped_address(address: &str) -> String {
    let path = address.find("://").map_or(0, |at| at + 3);
    let path = address.get(path..).and_then(|rest| rest.find('/')).map_or(address.len(), |at| path + at);
    let (authority, path) = if address.starts_with('/') { ("", address) } else { address.split_at(path) };
    format!("{authority}{}", uri::escaped(path))
}

/// `$1` and the like filled in; `\` takes the meaning of the next character away.
pub(super) fn substituted(text: &str, groups: &[String]) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek().copied()) {
            ('$', Some(digit)) if digit.is_ascii_digit() => {
                rest.next();
                let number = digit.to_digit(10).unwrap_or(0) as usize;
                out += groups.get(number).map_or("", String::as_str);
            }
            ('\\', Some(next)) => {
                rest.next();
                out.push(next);
            }
            _ => out.push(c),
        }
    }
    out
}
