//! The rules for a request of one section, in their order.

use super::config::Word;
use super::convert::expand;
use super::expression::expression;
use super::redirect::Variables;
use super::rule::Rule;
use super::run::{Run, Stop};
use super::sample::Sample;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{Gate, Outcome, Sent};

/// Actions that change nothing that a back end or a browser sees.
const HARMLESS: [&str; 27] = [
    "add-acl",
    "add-map",
    "cache-use",
    "capture",
    "del-acl",
    "del-map",
    "disable-l7-retry",
    "early-hint",
    "sc-add-gpc",
    "sc-inc-gpc",
    "sc-inc-gpc0",
    "sc-inc-gpc1",
    "sc-set-gpt",
    "sc-set-gpt0",
    "set-log-level",
    "set-map",
    "set-mark",
    "set-nice",
    "set-priority-class",
    "set-priority-offset",
    "set-timeout",
    "set-tos",
    "strict-mode",
    "track-sc0",
    "track-sc1",
    "track-sc2",
    "wait-for-handshake",
];

/// Whether the list goes on behind a rule.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Rule,
    /// `allow`: the rest of the list is passed over.
    End,
}

impl<'a> Run<'a> {
    /// `http-request`, the statistics page and `redirect`, in this order whatever the order of the lines is.
    pub(super) fn process(&mut self, number: usize) -> Result<(), Stop> {
        let config = self.config();
        self.monitor(number)?;
        for rule in config.rules(number, |section| &section.requests) {
            if self.request_rule(rule)? == Next::End {
                break;
            }
        }
        self.statistics(number)?;
        for rule in config.rules(number, |section| &section.redirects) {
            if self.applies(rule) {
                return Err(self.redirected(rule, &rule.words, Variables::AsWritten));
            }
        }
        Ok(())
    }

    /// `tcp-request`: what closes connections or keeps values.
    pub(super) fn connection_rules(&mut self, number: usize) -> Result<(), Stop> {
        for rule in self.config().rules(number, |section| &section.connections) {
            let action = rule.words.get(1).map_or("", |word| &word.text);
            match action {
                "accept" if self.applies(rule) => break,
                "reject" | "silent-drop" if self.applies(rule) => return Err(self.unsupported(rule.place)),
                _ if action.starts_with("set-var(") => self.set_variable(rule, 1),
                _ => {}
            }
        }
        Ok(())
    }

    fn monitor(&mut self, number: usize) -> Result<(), Stop> {
        let Some(line) = self.config().last(number, &["monitor-uri"]) else { return Ok(()) };
        if line.word(1) == Some(&self.path) && self.section == self.frontend {
            return Err(Stop::Done(Outcome::Status { code: 200, place: line.place }));
        }
        Ok(())
    }

    /// The page of statistics takes what its address begins.
    fn statistics(&mut self, number: usize) -> Result<(), Stop> {
        let chain = self.config().chain(number);
        let mut lines = chain.iter().flat_map(|section| section.lines.iter().rev());
        let Some(line) = lines.find(|line| line.starts(&["stats"]) && line.word(1) != Some("socket")) else {
            return Ok(());
        };
        let mut all = chain.iter().flat_map(|section| section.lines.iter().rev());
        let written = all.find(|line| line.starts(&["stats", "uri"])).and_then(|line| line.word(2));
        let uri = written.unwrap_or("/haproxy?stats");
        let path = uri.split('?').next().unwrap_or_default();
        let is_asked = match &self.query {
            _ if !uri.contains('?') => self.path.starts_with(path),
            Sent::Text(query) => format!("{}?{query}", self.path).starts_with(uri),
            Sent::Nothing => false,
            // who asks for it by hand
            Sent::Unknown => self.path == path,
        };
        if is_asked {
            let reason = HoleReason::ExternalCall("stats".into());
            return Err(Stop::Unknown(Unknown { reason, place: Some(line.place) }));
        }
        Ok(())
    }

    fn request_rule(&mut self, rule: &'a Rule) -> Result<Next, Stop> {
        let name = rule.action().split('(').next().unwrap_or_default().to_owned();
        match &*name {
            "allow" => return Ok(if self.applies(rule) { Next::End } else { Next::Rule }),
            "auth" => self.ask_for_credentials(rule),
            "deny" | "tarpit" | "return" => {
                if self.applies(rule) {
                    let usual = match &*name {
                        "deny" => 403,
                        "tarpit" => 500,
                        _ => 200,
                    };
                    let status = rule.after("status").or_else(|| rule.after("deny_status"));
                    let code = match status {
                        Some(word) => word.known().map_err(Stop::Unknown)?.parse().ok(),
                        None => Some(usual),
                    };
                    let code = code.ok_or_else(|| self.unsupported(rule.place))?;
                    self.steps.push((rule.place, format!("`http-request {name}` answers {code}")));
                    return Err(Stop::Done(Outcome::Status { code, place: rule.place }));
                }
            }
            "redirect" => {
                if self.applies(rule) {
                    return Err(self.redirected(rule, rule.words.get(1..).unwrap_or_default(), Variables::Filled));
                }
            }
            "reject" | "silent-drop" => {
                if self.applies(rule) {
                    return Err(self.unsupported(rule.place));
                }
            }
            "set-header" | "add-header" | "del-header" | "replace-header" | "replace-value" | "reqadd" => {
                self.change_header(&name, rule)?;
            }
            "set-path" | "set-pathq" | "set-query" | "set-uri" | "set-method" => {
                if self.applies(rule) {
                    self.set_part(&name, rule)?;
                }
            }
            "replace-path" | "replace-pathq" | "replace-uri" => {
                if self.applies(rule) {
                    self.replace_part(&name, rule)?;
                }
            }
            "set-timeout" if rule.words.get(1).is_some_and(|word| word.is("tunnel")) => {
                if self.applies(rule) {
                    self.tunnel = Some(rule.place);
                }
            }
            "set-var" | "set-var-fmt" | "unset-var" => self.set_variable(rule, 0),
            _ if HARMLESS.contains(&&*name) || name.starts_with("sc-") || name.starts_with("track-") => {}
            "wait-for-body" | "set-src" | "set-src-port" | "set-dst" | "set-dst-port" | "do-resolve" => {}
            _ => {
                if self.applies(rule) {
                    let reason = HoleReason::ExternalCall(rule.action().into());
                    return Err(Stop::Unknown(Unknown { reason, place: Some(rule.place) }));
                }
            }
        }
        Ok(Next::Rule)
    }

    /// `auth` stops those who have no credentials: what follows is for who has them.
    fn ask_for_credentials(&mut self, rule: &Rule) {
        self.credentials = false;
        let without = self.holds(rule);
        self.credentials = true;
        if without.unwrap_or(true) {
            self.gates.push(Gate { place: rule.place, status: 401 });
        }
    }

    fn set_part(&mut self, action: &str, rule: &Rule) -> Result<(), Stop> {
        let Some(word) = rule.words.get(1) else { return Ok(()) };
        let value = match self.formatted(word) {
            Ok(value) => value,
            Err(_) if action == "set-query" => {
                self.query = Sent::Unknown;
                return Ok(());
            }
            Err(why) => return Err(Stop::Unknown(why)),
        };
        match action {
            "set-method" => self.method = value.into(),
            "set-query" => {
                // nothing is made of nothing; of something a question mark stays
                let had = self.query != Sent::Nothing;
                self.query = if value.is_empty() && !had { Sent::Nothing } else { Sent::Text(value.into()) };
            }
            "set-path" => self.go_to(value, rule.place),
            // a whole address is sent as one
            _ if !value.starts_with('/') => return Err(self.unsupported(rule.place)),
            _ => self.go_to_address(&value, rule.place),
        }
        Ok(())
    }

    fn go_to(&mut self, path: String, place: Place) {
        self.path = path;
        self.rewritten = Some(place);
        self.steps.push((place, format!("HAProxy makes the path {}", self.path)));
    }

    /// Goes on with another path and query.
    fn go_to_address(&mut self, address: &str, place: Place) {
        let (path, query) = match address.split_once('?') {
            Some((path, query)) => (path, Sent::Text(query.into())),
            None => (address, Sent::Nothing),
        };
        self.query = query;
        self.go_to(path.to_owned(), place);
    }

    fn replace_part(&mut self, action: &str, rule: &Rule) -> Result<(), Stop> {
        let (Some(pattern), Some(word)) = (rule.words.get(1), rule.words.get(2)) else { return Ok(()) };
        let pattern = pattern.known().map_err(Stop::Unknown)?.to_owned();
        let with = self.formatted(word).map_err(Stop::Unknown)?;
        let whole = action != "replace-path";
        let before = if action == "replace-uri" {
            let http2 = self.http2(rule.place).map_err(Stop::Unknown)?;
            if http2 && pattern.starts_with("^/") {
                // the address is a whole one, and begins with its scheme
                return Ok(());
            }
            self.authority(http2, rule.place).map_err(Stop::Unknown)?
        } else {
            String::new()
        };
        let text = match (&self.query, whole) {
            (Sent::Text(query), true) => format!("{before}{}?{query}", self.path),
            // a pattern may take the query in, which then goes on as it came
            _ => format!("{before}{}", self.path),
        };
        let found = self.instance.effort.groups(&pattern, false, &text, rule.place);
        let Some(groups) = found.ok_or_else(|| self.unsupported(rule.place))? else { return Ok(()) };
        let made = expand(&with, &groups);
        if !whole {
            self.go_to(made, rule.place);
            return Ok(());
        }
        let is_open = self.query == Sent::Unknown;
        let made = made.strip_prefix(&before).unwrap_or(&made).to_owned();
        if !made.starts_with('/') {
            return Err(self.unsupported(rule.place));
        }
        self.go_to_address(&made, rule.place);
        if is_open {
            self.query = Sent::Unknown;
        }
        Ok(())
    }

    /// `set-var(txn.x) expression`, `set-var-fmt(txn.x) text`, `unset-var(txn.x)`. `at` is where the action stands.
    fn set_variable(&mut self, rule: &Rule, at: usize) {
        let Some(action) = rule.words.get(at) else { return };
        let inside = action.text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
        let Some(name) = inside.and_then(|inside| inside.split(',').next()).map(str::to_owned) else { return };
        let words: Vec<Word> = rule.words.get(at + 1..).unwrap_or_default().to_vec();
        let value = match (self.holds(rule), &*action.text) {
            (Ok(false), _) => return,
            (Err(why), _) => Sample::Unknown(why),
            (Ok(true), text) if text.starts_with("unset") => Sample::Absent,
            (Ok(true), text) if text.starts_with("set-var-fmt") => match words.first() {
                Some(word) => self.formatted(word).map_or_else(Sample::Present, Sample::text),
                None => return,
            },
            (Ok(true), _) => {
                let Some(word) = words.first() else { return };
                match (word.known(), expression(&word.text)) {
                    (Ok(_), Some((expression, ""))) => self.sample(&expression, word.place),
                    (Err(why), _) => Sample::Unknown(why),
                    _ => Sample::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(word.place) }),
                }
            }
        };
        self.variables.insert(name, value);
    }
}
