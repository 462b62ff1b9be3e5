//! A list of rules, applied to a path.

use super::expand::Groups;
use super::rule::{Flags, Rule};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::apache::run::{Run, Stop};
use crate::model::apache::values::UNKNOWN_QUERY;
use crate::model::proxy::Sent;

/// Rounds by `[N]` that are followed. httpd stops at 10,000.
const MAX_ROUNDS: usize = 200;
/// Rules that are tried for one address.
const MAX_TRIED: usize = 20_000;
/// httpd gives a path up that grows beyond twice the longest request line.
const MAX_PATH: usize = 2 * 8190;

/// What a list of rules made of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changed {
    /// Nothing.
    No,
    /// Another address; the last rule that substituted.
    Yes { escape: bool, by: Place },
    /// `[PT]`: other modules map the new path.
    PassThrough,
    /// A redirect with this status.
    Redirect { code: u16, escape: bool, by: Place },
    /// An answer with this status.
    Status { code: u16, by: Place },
}

/// The address that rules work on.
pub(super) struct Subject {
    /// The path, a file, or `proxy:` and an address.
    pub name: String,
    /// The prefix that is taken off in sections.
    pub prefix: Option<String>,
    /// The last output without groups and variables: what it names is there.
    pub literal: bool,
    pub path_info: PathInfo,
}

/// What follows the file in the path of a request (`PATH_INFO`). In sections every rule puts it behind the name again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathInfo {
    /// Nothing.
    Empty,
    /// It depends on which folders there are; the name still ends with it, wherever it begins.
    Within,
    /// It depends on which folders there are, and the name is a new one.
    Doubtful,
}

/// What one rule did.
enum Applied {
    NoMatch,
    /// It matched and substitutes nothing.
    Matched,
    Substituted,
    Status(u16),
}

impl Run<'_> {
    /// Applies the rules; the subject and the query are what they leave.
    pub(super) fn apply_rules(&mut self, rules: &[Rule<'_>], subject: &mut Subject) -> Result<Changed, Stop> {
        let mut changed = Changed::No;
        let mut redirect = None;
        let mut rounds = 0;
        let mut tried = 0;
        let mut at = 0;
        while let Some(rule) = rules.get(at) {
            tried += 1;
            if self.is_inner && rule.flags.is_redirect {
                at += 1;
                continue;
            }
            if tried > MAX_TRIED {
                return Err(self.unknown(HoleReason::Limit, rule.place));
            }
            let applied = self.apply_rule(rule, subject)?;
            if matches!(applied, Applied::NoMatch) {
                let mut chained = rule.flags.chained;
                at += 1;
                while let Some(next) = rules.get(at).filter(|_| chained) {
                    chained = next.flags.chained;
                    at += 1;
                }
                continue;
            }
            if subject.name.len() > MAX_PATH {
                return Ok(Changed::Status { code: 500, by: rule.place });
            }
            if let Applied::Status(code) = applied {
                return Ok(Changed::Status { code, by: rule.place });
            }
            if rule.flags.handler.is_some() {
                let reason = HoleReason::ExternalCall("a handler of a rule".into());
                return Err(self.unknown(reason, rule.place));
            }
            if matches!(applied, Applied::Substituted) {
                changed = Changed::Yes { escape: !rule.flags.no_escape, by: rule.place };
                redirect = rule.flags.redirect.or(Some(302)).filter(|_| is_absolute(&subject.name) > 0).or(redirect);
                self.steps.push((rule.place, format!("`RewriteRule` makes it {}", shown(&subject.name))));
            }
            if rule.flags.pass_through {
                if redirect.is_some() {
                    return Err(self.unknown(HoleReason::Unsupported, rule.place));
                }
                return Ok(Changed::PassThrough);
            }
            if rule.flags.end {
                self.ended = true;
                break;
            }
            if rule.flags.last || rule.flags.proxy {
                break;
            }
            if rule.flags.next {
                rounds += 1;
                if rounds > MAX_ROUNDS {
                    return Err(self.unknown(HoleReason::Limit, rule.place));
                }
                at = 0;
                continue;
            }
            at += 1 + rule.flags.skip;
        }
        let Changed::Yes { escape, by } = changed else { return Ok(changed) };
        if is_absolute(&subject.name) > 0 {
            let code = redirect.unwrap_or(302);
            return Ok(Changed::Redirect { code, escape, by });
        }
        if redirect.is_some() && !subject.name.starts_with("proxy:") {
            // what a later rule leads to is sent with the status of a redirect
            return Err(self.unknown(HoleReason::Unsupported, by));
        }
        if matches!(&self.args, Sent::Text(query) if query.bytes().any(|byte| byte <= b' ' || byte == 0x7f)) {
            return Ok(Changed::Status { code: 403, by });
        }
        Ok(changed)
    }

    fn apply_rule(&mut self, rule: &Rule<'_>, subject: &mut Subject) -> Result<Applied, Stop> {
        if rule.flags.unknown {
            return Err(self.unknown(HoleReason::Unsupported, rule.place));
        }
        if subject.path_info == PathInfo::Doubtful {
            return Err(self.unknown(HoleReason::Runtime, rule.place));
        }
        let proxied = subject.prefix.is_some() && subject.name.starts_with("proxy:");
        let stripped = subject.prefix.as_deref().filter(|_| !proxied);
        let path = stripped.and_then(|prefix| subject.name.strip_prefix(prefix)).unwrap_or(&subject.name).to_owned();
        let written = self.known(rule.pattern)?;
        let (negated, pattern) = match written.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let found = self.find(pattern, rule.flags.ignore_case, &path, rule.pattern.place)?;
        if found.is_some() == negated {
            return Ok(Applied::NoMatch);
        }
        let mut groups = Groups { rule: found.unwrap_or_default(), condition: Some(Vec::new()) };
        if !self.conditions_hold(rule, &mut groups)? {
            return Ok(Applied::NoMatch);
        }
        let output = &*rule.output.gapped();
        let substitutes = output != "-" && rule.flags.status.is_none();
        let new = if substitutes {
            let output = cut(output, &rule.flags);
            let expanded = self.expand(output, &groups, Some(&rule.flags), rule.output.place);
            let expanded = expanded.map_err(Stop::Unknown)?;
            if expanded.unsafe_question_mark && !rule.flags.allow_question_mark {
                return Ok(Applied::Status(403));
            }
            Some(expanded.text)
        } else {
            None
        };
        self.set_by_rule(rule, &groups);
        let Some(mut name) = new else {
            return Ok(rule.flags.status.map_or(Applied::Matched, Applied::Status));
        };
        let mut prefixed = false;
        if !proxied && !name.starts_with('/') && is_absolute(&name) == 0 {
            match &subject.prefix {
                Some(prefix) => {
                    name.insert_str(0, prefix);
                    prefixed = true;
                }
                None if !rule.flags.proxy && rule.flags.redirect.is_none() => {
                    name.insert(0, '/');
                    prefixed = true;
                }
                None => {}
            }
        }
        subject.literal = !output.contains(['$', '%']);
        self.split_query(&mut name, output, &rule.flags);
        if rule.flags.proxy || rule.flags.redirect.is_some() {
            if is_absolute(&name) == 0 {
                name = self.own_address(&name).map_err(Stop::Unknown)?;
            }
            if rule.flags.proxy {
                name.insert_str(0, "proxy:");
                self.pass = Some(rule.place);
            }
        } else {
            if let Some(path) = self.reduced(&name) {
                name = path;
            }
            let doubled = output.starts_with("//") || prefixed || rule.flags.keep_slashes;
            while !doubled && is_absolute(&name) == 0 && name.starts_with("//") {
                name.remove(0);
            }
        }
        // rules and conditions below see the file under its new name
        self.filename = Some(name.clone());
        subject.name = name;
        subject.path_info = match subject.path_info {
            PathInfo::Empty => PathInfo::Empty,
            _ if rule.flags.discard_path => PathInfo::Empty,
            _ => PathInfo::Doubtful,
        };
        Ok(Applied::Substituted)
    }

    /// `E=name:value`, `E=!name`.
    fn set_by_rule(&mut self, rule: &Rule<'_>, groups: &Groups) {
        for setting in &rule.flags.environment {
            if let Some(name) = setting.strip_prefix('!') {
                self.environment.remove(name);
                continue;
            }
            let (name, value) = setting.split_once(':').unwrap_or((setting, ""));
            let value = self.expand(value, groups, None, rule.place).ok().map(|expanded| expanded.text);
            self.environment.insert(name.to_owned(), value);
        }
    }

    /// Takes the query off the new address, as the flags say.
    fn split_query(&mut self, name: &mut String, output: &str, flags: &Flags<'_>) {
        let ends = output.ends_with('?');
        if ends && !flags.append_query || flags.discard_query && !ends && !output.contains('?') {
            self.args = Sent::Nothing;
            return;
        }
        if flags.discard_query {
            self.args = Sent::Nothing;
        }
        let last = flags.last_query || ends && flags.append_query;
        let from = is_absolute(name);
        let tail = name.get(from..).unwrap_or_default();
        let Some(at) = (if last { tail.rfind('?') } else { tail.find('?') }) else { return };
        let query = tail.get(at + 1..).unwrap_or_default().to_owned();
        name.truncate(from + at);
        let unknown = query.contains(UNKNOWN_QUERY);
        self.args = match (&self.args, flags.append_query) {
            (Sent::Unknown, true) => Sent::Unknown,
            (before, true) if !query.is_empty() => {
                let before = if let Sent::Text(before) = before { &**before } else { "" };
                Sent::Text(format!("{query}&{before}").into())
            }
            (before, true) => before.clone(),
            _ => Sent::Text(query.as_str().into()),
        };
        if unknown {
            self.args = Sent::Unknown;
        }
        if let Sent::Text(text) = &self.args {
            let text = text.strip_suffix('&').unwrap_or(text);
            self.args = if text.is_empty() { Sent::Nothing } else { Sent::Text(text.into()) };
        }
    }

    /// The path of an address that is this server's own.
    fn reduced(&self, address: &str) -> Option<String> {
        let (scheme, rest) = address.split_once("://")?;
        if !self.scheme().is_ok_and(|own| own.eq_ignore_ascii_case(scheme)) {
            return None;
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let usual = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, port.parse().unwrap_or(0)),
            None => (authority, usual),
        };
        let own = self.server.answers_to(host, port, self.request.port);
        own.then(|| if path.is_empty() { "/".to_owned() } else { path.to_owned() })
    }
}

/// A `?` at the end of an output says that there is no query; it is no part of the address.
fn cut<'t>(output: &'t str, flags: &Flags<'_>) -> &'t str {
    match output.strip_suffix('?') {
        Some(rest) if !flags.append_query => rest,
        _ => output,
    }
}

/// How many bytes scheme and slashes of an address take; 0 for a path.
pub(super) fn is_absolute(name: &str) -> usize {
    const SCHEMES: [&str; 14] = [
        "http://",
        "https://",
        "ws://",
        "wss://",
        "balancer://",
        "fcgi://",
        "scgi://",
        "ajp://",
        "h2://",
        "h2c://",
        "ftp://",
        "unix:",
        "ldap://",
        "mailto:",
    ];
    if name.starts_with('/') || name.len() <= 5 {
        return 0;
    }
    let fits = |scheme: &&&str| name.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().find(fits).map_or(0, |scheme| scheme.len())
}

/// An address for people.
pub(super) fn shown(name: &str) -> String {
    name.strip_prefix("proxy:").unwrap_or(name).replace(UNKNOWN_QUERY, "{...}")
}
