//! Variables: `SetEnvIf`, `BrowserMatch`, `SetEnv`.

use super::run::{Run, Stop};
use super::tree::{Argument, Directive};
use crate::model::Unknown;
use crate::model::proxy::Sent;

/// When variables are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// As soon as the request is read: by the directives outside of sections.
    Read,
    /// When the sections are known: by the directives in them.
    Section,
    /// Last of all: `SetEnv`, which nothing but headers sees.
    Fixup,
}

const CONDITIONAL: [&str; 5] = ["setenvif", "setenvifnocase", "browsermatch", "browsermatchnocase", "setenvifexpr"];
const PLAIN: [&str; 2] = ["setenv", "unsetenv"];

impl Run<'_> {
    /// Sets the variables of a phase.
    pub(super) fn set_environment(&mut self, when: When) -> Result<(), Stop> {
        let found: Vec<&Directive> = match when {
            When::Read => self.server.levels().iter().flat_map(|level| level.named(&CONDITIONAL)).collect(),
            When::Section => self.sections().all(&CONDITIONAL),
            When::Fixup => self.scope.all(&PLAIN),
        };
        for directive in found {
            if when == When::Fixup {
                self.set_plain(directive);
            } else {
                self.set_conditional(directive)?;
            }
        }
        Ok(())
    }

    fn set_plain(&mut self, directive: &Directive) {
        let Some(name) = directive.args.first() else { return };
        if &*directive.name == "unsetenv" {
            directive.args.iter().for_each(|arg| {
                self.environment.remove(&*arg.text);
            });
            return;
        }
        let value = directive.args.get(1).map_or(Ok(""), Argument::known).ok().map(str::to_owned);
        self.environment.insert(name.text.to_string(), value);
    }

    fn set_conditional(&mut self, directive: &Directive) -> Result<(), Stop> {
        let mut words = directive.args.iter();
        let by_browser = directive.name.starts_with("browsermatch");
        let attribute = if by_browser { "User-Agent" } else { words.next().map_or("", |word| &*word.text) };
        let no_case = directive.name.ends_with("nocase");
        let (holds, groups) = if &*directive.name == "setenvifexpr" {
            let holds = match self.expression(attribute, directive.place) {
                Ok(holds) => Some(holds),
                Err(Stop::Unknown(_)) => None,
                Err(stop) => return Err(stop),
            };
            (holds, Vec::new())
        } else {
            let Some(pattern) = words.next() else { return Ok(()) };
            let text = self.known(pattern)?;
            match self.attribute(attribute) {
                Ok(value) => {
                    let found = self.find(text, no_case, &value, pattern.place)?;
                    (Some(found.is_some()), found.unwrap_or_default())
                }
                Err(_) => (None, Vec::new()),
            }
        };
        if holds == Some(false) {
            return Ok(());
        }
        for word in words {
            let text = &*word.text;
            if let Some(name) = text.strip_prefix('!') {
                match holds {
                    Some(_) => self.environment.remove(name),
                    None => self.environment.insert(name.to_owned(), None),
                };
                continue;
            }
            let (name, value) = text.split_once('=').unwrap_or((text, "1"));
            let value = word.known().is_ok().then(|| super::alias::substituted(value, &groups));
            self.environment.insert(name.to_owned(), value.filter(|_| holds.is_some()));
        }
        Ok(())
    }

    /// What `SetEnvIf` looks at: a part of the request, a variable that is set already, or a header.
    fn attribute(&self, name: &str) -> Result<String, Unknown> {
        match name.to_ascii_lowercase().as_str() {
            "remote_host" => return Err(self.runtime()),
            "remote_addr" | "server_addr" | "request_method" | "request_uri" => {
                let uri = name.eq_ignore_ascii_case("request_uri");
                // the path is not decoded yet when the request is read, and only slashes at its start are merged
                let unread = || match self.raw.trim_start_matches('/') {
                    rest if rest.len() < self.raw.len() => format!("/{rest}"),
                    _ => self.raw.clone(),
                };
                return if uri && self.uri.is_empty() { Ok(unread()) } else { self.variable(name) };
            }
            "request_protocol" => return self.variable("SERVER_PROTOCOL"),
            _ => {}
        }
        match self.header(name) {
            Sent::Nothing => match self.environment.get(name) {
                Some(Some(value)) => Ok(value.clone()),
                Some(None) => Err(self.runtime()),
                None => Ok(String::new()),
            },
            sent => self.sent(sent),
        }
    }
}
