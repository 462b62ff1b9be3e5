//! Whether matchers let a request in.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::headers::Presence;
use super::matcher::{FileMatch, LastTry, Matcher, MatcherKind, MatcherSet, Pattern, Whose};
use super::placeholder::{Undefined, groups};
use super::query;
use super::run::Run;
use super::url::{Slashes, clean, clean_path, unescape};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::{HttpVersion, canonical, in_range};

/// Whether a request is let in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Match {
    Yes,
    No,
    /// It is refused with this status.
    Fails(u16),
    Unknown(Unknown),
}

/// A file that a matcher found, or takes to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundFile {
    pub relative: String,
    pub remainder: String,
}

impl Match {
    fn of(fits: bool) -> Self {
        if fits { Self::Yes } else { Self::No }
    }
}

/// What a decision comes to, with the reason when it is not known.
type Decided = Result<bool, HoleReason>;

impl Run<'_> {
    /// Whether any of the sets lets the request in.
    pub(super) fn any_match(&mut self, sets: &[MatcherSet]) -> Match {
        let mut unknown = None;
        for set in sets {
            match self.all_match(set) {
                Match::No => {}
                Match::Unknown(why) => unknown = unknown.or(Some(why)),
                Match::Yes => return Match::Yes,
                fails @ Match::Fails(_) => return unknown.map_or(fails, Match::Unknown),
            }
        }
        unknown.map_or(Match::of(sets.is_empty()), Match::Unknown)
    }

    fn all_match(&mut self, set: &MatcherSet) -> Match {
        let mut unknown = None;
        for matcher in set.iter() {
            if !self.spend(1 + matcher_size(&matcher.kind)) {
                return Match::Unknown(Unknown { reason: HoleReason::Limit, place: Some(matcher.place) });
            }
            match self.one_match(matcher) {
                Match::Yes => {}
                Match::No => return Match::No,
                Match::Fails(code) => return Match::Fails(code),
                Match::Unknown(why) => unknown = unknown.or(Some(why)),
            }
        }
        unknown.map_or(Match::Yes, Match::Unknown)
    }

    fn one_match(&mut self, matcher: &Matcher) -> Match {
        let place = matcher.place;
        let decided = match &matcher.kind {
            MatcherKind::File(file) => return self.file_match(file, place),
            MatcherKind::Not(sets) => {
                return match self.any_match(sets) {
                    Match::Yes => Match::No,
                    Match::No => Match::Yes,
                    other => other,
                };
            }
            MatcherKind::Path(paths) => self.path_match(paths),
            MatcherKind::PathPattern(pattern) => {
                let path = clean_path(&self.url.path, Slashes::Merged);
                self.pattern_match(pattern, &path, place)
            }
            MatcherKind::Host(hosts) => self.host_match(hosts),
            MatcherKind::Method(methods) => Ok(methods.contains(&self.method)),
            MatcherKind::Query(wanted) => self.query_match(wanted),
            MatcherKind::Header(wanted) => self.header_match(wanted),
            MatcherKind::HeaderPattern(wanted) => self.header_pattern_match(wanted, place),
            MatcherKind::Protocol(protocol) => self.protocol_match(protocol),
            MatcherKind::Address(ranges, whose) => self.address_match(ranges, *whose),
            MatcherKind::Vars(wanted) => self.vars_match(wanted),
            MatcherKind::Tls => Ok(self.tls),
            MatcherKind::ErrorStatus(ranges) => {
                Ok(self.error.is_some_and(|code| ranges.iter().any(|(from, to)| (*from..=*to).contains(&code))))
            }
            MatcherKind::Unknown(reason) => Err(reason.clone()),
        };
        match decided {
            Ok(fits) => Match::of(fits),
            Err(reason) => Match::Unknown(Unknown { reason, place: Some(place) }),
        }
    }

    /// Paths are compared decoded, cleaned and in lower case.
    fn path_match(&self, paths: &[Arc<str>]) -> Decided {
        for pattern in paths {
            let pattern = self.fill(&pattern.to_lowercase_keeping(), Undefined::Emptied)?;
            if pattern == "*" {
                return Ok(true);
            }
            let slashes = Slashes::of(&pattern);
            if pattern.contains('%') {
                let path = clean_path(&self.url.escaped_path(), slashes).to_lowercase();
                if let Some(path) = partly_escaped(&path, &pattern)
                    && glob(&pattern.replace("%*", "*"), &path)?
                {
                    return Ok(true);
                }
                continue;
            }
            let path = self.url.path.to_lowercase();
            let trims = self.defaults.trims_dots.is_on();
            let path = clean_path(if trims { path.trim_end_matches(['.', ' ']) } else { &path }, slashes);
            if path_fits(&pattern, &path)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn pattern_match(&mut self, pattern: &Pattern, text: &str, place: Place) -> Decided {
        match self.patterns.find(&pattern.text, text, place) {
            None => Err(HoleReason::Unsupported),
            Some(None) => Ok(false),
            Some(Some(found)) => {
                self.set.extend(groups(&pattern.name, &found));
                Ok(true)
            }
        }
    }

    fn host_match(&self, hosts: &[Arc<str>]) -> Decided {
        let name = self.host_name()?;
        let mut unknown = None;
        for host in hosts {
            match self.fill(host, Undefined::Emptied) {
                Ok(host) if host_fits(&host, &name) => return Ok(true),
                Ok(_) => {}
                Err(why) => unknown = Some(why),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    fn query_match(&self, wanted: &BTreeMap<Arc<str>, Vec<Arc<str>>>) -> Decided {
        let query = self.url.query.text.clone()?;
        let (found, faults) = query::parse(&query);
        if wanted.is_empty() {
            return Ok(found.is_empty());
        }
        if faults == query::Faults::Some {
            return Ok(false);
        }
        let whole = self.defaults.whole_query.is_on();
        for (key, values) in wanted {
            let key = self.fill(key, Undefined::Emptied)?;
            let mut fits = false;
            if let Some(known) = found.get(&key) {
                for value in values {
                    let value = self.fill(value, Undefined::Emptied)?;
                    // before 2.8 only the first value counted, and one parameter was enough
                    fits |= value == "*" || if whole { known.contains(&value) } else { known.first() == Some(&value) };
                }
            }
            match (fits, whole) {
                (true, false) => return Ok(true),
                (false, true) => return Ok(false),
                _ => {}
            }
        }
        Ok(whole)
    }

    fn field_values(&self, name: &str) -> Result<Vec<String>, HoleReason> {
        if name == "Host" {
            let host = self.host.clone()?;
            return Ok(if host.is_empty() { Vec::new() } else { vec![host] });
        }
        match self.headers.get(name) {
            Presence::Absent => Ok(Vec::new()),
            Presence::Unknown => Err(HoleReason::Runtime),
            Presence::Values(values) => {
                values.iter().map(|value| value.as_ref().map(ToString::to_string).map_err(Clone::clone)).collect()
            }
        }
    }

    fn header_match(&self, wanted: &BTreeMap<Arc<str>, Option<Vec<Arc<str>>>>) -> Decided {
        let mut unknown = None;
        for (name, allowed) in wanted {
            let values = match self.field_values(name) {
                Ok(values) => values,
                Err(why) => {
                    unknown = Some(why);
                    continue;
                }
            };
            let Some(allowed) = allowed else {
                if !values.is_empty() {
                    return Ok(false);
                }
                continue;
            };
            let mut fits = false;
            for pattern in allowed {
                let pattern = self.fill(pattern, Undefined::Emptied)?;
                fits |= values.iter().any(|value| value_fits(&pattern, value));
            }
            if !fits {
                return Ok(false);
            }
        }
        unknown.map_or(Ok(true), Err)
    }

    fn header_pattern_match(&mut self, wanted: &[(Arc<str>, Pattern)], place: Place) -> Decided {
        for (name, pattern) in wanted {
            let mut fits = false;
            for value in self.field_values(&canonical(name))? {
                if self.pattern_match(pattern, &value, place)? {
                    fits = true;
                    break;
                }
            }
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn protocol_match(&self, protocol: &str) -> Decided {
        let version = self.request.version;
        Ok(match protocol {
            "grpc" => {
                let kind = self.headers.joined("Content-Type")?.unwrap_or_default();
                kind.starts_with("application/grpc")
            }
            "https" => self.tls,
            "http" => !self.tls,
            "http/1.0" => version == HttpVersion::Http10,
            "http/1.0+" => true,
            "http/1.1" => version == HttpVersion::Http11,
            "http/1.1+" => version >= HttpVersion::Http11,
            "http/2" => version == HttpVersion::Http2,
            "http/2+" => version >= HttpVersion::Http2,
            "http/3" | "http/3+" => version == HttpVersion::Http3,
            _ => false,
        })
    }

    fn address_match(&self, ranges: &[Arc<str>], whose: Whose) -> Decided {
        let address = match whose {
            Whose::Peer => self.request.client.ok_or(HoleReason::Runtime)?,
            Whose::Client => self.client_ip()?.parse().map_err(|_| HoleReason::Unsupported)?,
        };
        for range in ranges {
            let range = self.fill(range, Undefined::Emptied)?;
            let found = if range == "private_ranges" {
                PRIVATE.iter().any(|range| in_range(address, range))
            } else {
                in_range(address, &range)
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn vars_match(&self, wanted: &BTreeMap<Arc<str>, Vec<Arc<str>>>) -> Decided {
        for (key, values) in wanted {
            let is_placeholder = key.starts_with('{') && key.ends_with('}') && key.matches('{').count() == 1;
            let found = if is_placeholder {
                self.fill(key, Undefined::Emptied)?
            } else {
                self.vars.get(&**key).cloned().unwrap_or_else(|| Ok(String::new()))?
            };
            for value in values {
                if self.fill(value, Undefined::Emptied)? == found {
                    return Ok(true);
                }
            }
        }
        Ok(wanted.is_empty())
    }

    /// Files are taken not to exist, but for the root, what was found before, and what is named last in `try_files`.
    fn file_match(&mut self, wanted: &FileMatch, place: Place) -> Match {
        let unknown = |reason| Match::Unknown(Unknown { reason, place: Some(place) });
        if wanted.last == LastTry::Unknown {
            return unknown(HoleReason::Unsupported);
        }
        let last = wanted.tries.len().saturating_sub(1);
        for (index, pattern) in wanted.tries.iter().enumerate() {
            if let Some(code) = pattern.strip_prefix('=').and_then(|code| code.parse::<u16>().ok())
                && (100..1_000).contains(&code)
            {
                return Match::Fails(code);
            }
            let filled = match self.fill(pattern, Undefined::Emptied) {
                Ok(filled) => filled,
                Err(reason) => return unknown(reason),
            };
            let cleaned = clean(&filled);
            let (found, remainder) = split(&cleaned, &wanted.splits);
            let folder = pattern.ends_with('/');
            let relative = sanitized(&found);
            let literal = !pattern.contains('{');
            let exists = match wanted.last {
                LastTry::Taken if index == last => true,
                // only the root is a folder that is known to be there
                _ if folder => relative == "/",
                _ if self.existing.as_deref() == Some(&relative) => true,
                LastTry::Expected => literal && index == last,
                _ if literal => return unknown(HoleReason::Runtime),
                _ => false,
            };
            if exists {
                if !folder {
                    self.existing = Some(relative.clone());
                }
                self.file = Some(FoundFile { relative, remainder });
                return Match::Yes;
            }
        }
        Match::No
    }
}

/// Networks that are nobody's in particular.
const PRIVATE: [&str; 6] = ["192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.1/8", "fd00::/8", "::1"];

fn matcher_size(kind: &MatcherKind) -> usize {
    match kind {
        MatcherKind::Path(texts) | MatcherKind::Host(texts) | MatcherKind::Method(texts) => texts.len(),
        MatcherKind::Address(ranges, _) => ranges.len(),
        MatcherKind::Vars(map) | MatcherKind::Query(map) => map.values().map(Vec::len).sum(),
        MatcherKind::Header(map) => map.values().flatten().map(Vec::len).sum(),
        MatcherKind::HeaderPattern(list) => list.len(),
        MatcherKind::File(file) => file.tries.len(),
        _ => 0,
    }
}

/// Lower case outside of placeholders.
trait LowerCase {
    fn to_lowercase_keeping(&self) -> String;
}

impl LowerCase for str {
    fn to_lowercase_keeping(&self) -> String {
        let mut out = String::with_capacity(self.len());
        let mut rest = self;
        while let Some(start) = rest.find('{') {
            let Some(length) = rest.get(start..).and_then(|tail| tail.find('}')) else { break };
            let (before, tail) = rest.split_at(start);
            let (placeholder, after) = tail.split_at(length + 1);
            out.push_str(&before.to_lowercase());
            out.push_str(placeholder);
            rest = after;
        }
        out.push_str(&rest.to_lowercase());
        out
    }
}

fn path_fits(pattern: &str, path: &str) -> Decided {
    let stars = pattern.matches('*').count();
    if stars == 2
        && let Some(inner) = pattern.strip_prefix('*').and_then(|rest| rest.strip_suffix('*'))
    {
        return Ok(path.contains(inner));
    }
    if stars == 1 {
        if let Some(suffix) = pattern.strip_prefix('*') {
            return Ok(path.ends_with(suffix));
        }
        if let Some(prefix) = pattern.strip_suffix('*') {
            return Ok(path.starts_with(prefix));
        }
    }
    glob(pattern, path)
}

/// Go's `path.Match`: a star stops at a slash.
fn glob(pattern: &str, path: &str) -> Decided {
    if pattern.contains(['[', '\\']) {
        return if pattern == path { Ok(true) } else { Err(HoleReason::Unsupported) };
    }
    let (pattern, path): (Vec<char>, Vec<char>) = (pattern.chars().collect(), path.chars().collect());
    let (mut p, mut n, mut retry) = (0, 0, None);
    while let Some(found) = path.get(n) {
        match pattern.get(p) {
            Some('*') => {
                p += 1;
                retry = Some((p, n));
                continue;
            }
            Some('?') if *found != '/' => {
                (p, n) = (p + 1, n + 1);
                continue;
            }
            Some(wanted) if wanted == found => {
                (p, n) = (p + 1, n + 1);
                continue;
            }
            _ => {}
        }
        let Some((after_star, at)) = retry else { return Ok(false) };
        if path.get(at) == Some(&'/') {
            return Ok(false);
        }
        retry = Some((after_star, at + 1));
        (p, n) = (after_star, at + 1);
    }
    Ok(pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*'))
}

/// The path with escapes only where the pattern has some; `None` when it cannot fit.
fn partly_escaped(path: &str, pattern: &str) -> Option<String> {
    let (path, pattern) = (path.as_bytes(), pattern.as_bytes());
    let mut out = Vec::new();
    let (mut p, mut n) = (0, 0);
    while let (Some(wanted), Some(found)) = (pattern.get(p), path.get(n)) {
        let escape = (*found == b'%').then(|| path.get(n..n + 3)).flatten();
        let decoded = escape.and_then(|escape| unescape(std::str::from_utf8(escape).ok()?));
        let width = if escape.is_some() { 3 } else { 1 };
        let star_escaped = *wanted == b'%' && pattern.get(p + 1) == Some(&b'*');
        if *wanted == b'%' && !star_escaped && pattern.len() >= p + 3 {
            out.extend_from_slice(escape.unwrap_or_default());
            n += width;
            p += 3;
            continue;
        }
        if *wanted == b'*' || *wanted == b'%' {
            p += usize::from(star_escaped);
            let rest = path.get(n..).unwrap_or_default();
            let until = match pattern.get(p + 1) {
                Some(next) => rest.iter().position(|byte| byte == next)?,
                None => rest.len(),
            };
            let next = rest.get(..until).unwrap_or_default();
            if star_escaped {
                out.extend_from_slice(next);
            } else {
                out.extend(unescape(std::str::from_utf8(next).ok()?)?);
            }
            n += until;
            p += 1;
            continue;
        }
        out.extend(decoded.unwrap_or_else(|| vec![*found]));
        n += width;
        p += 1;
    }
    let rest = std::str::from_utf8(path.get(n..).unwrap_or_default()).ok()?;
    out.extend(unescape(rest).unwrap_or_else(|| rest.as_bytes().to_vec()));
    Some(String::from_utf8(out).ok()?.to_lowercase())
}

/// Whether a host fits one of a site: a star is one label.
pub(super) fn host_fits(pattern: &str, host: &str) -> bool {
    if !pattern.contains('*') {
        return pattern.eq_ignore_ascii_case(host);
    }
    let (wanted, found): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), host.split('.').collect());
    wanted.len() == found.len()
        && wanted.iter().zip(found).all(|(wanted, found)| *wanted == "*" || wanted.eq_ignore_ascii_case(found))
}

fn value_fits(pattern: &str, value: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        _ if pattern == "*" => true,
        (Some(rest), Some(_)) => value.contains(rest.strip_suffix('*').unwrap_or_default()),
        (Some(suffix), None) => value.ends_with(suffix),
        (None, Some(prefix)) => value.starts_with(prefix),
        (None, None) => value == pattern,
    }
}

/// A path up to and with the first ending, and what follows it.
fn split(path: &str, endings: &[Arc<str>]) -> (String, String) {
    let lower = path.to_ascii_lowercase();
    for ending in endings {
        if let Some(at) = lower.find(&ending.to_ascii_lowercase()) {
            let end = at + ending.len();
            if end == path.len() || path.get(end..).is_some_and(|rest| rest.starts_with('/')) {
                let (found, rest) = path.split_at(end);
                return (found.to_owned(), rest.to_owned());
            }
        }
    }
    (path.to_owned(), String::new())
}

/// The path below the root.
fn sanitized(path: &str) -> String {
    clean(&format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn paths_fit_patterns() {
        for (pattern, path, expected) in [
            ("/api/*", "/api/x/y", true),
            ("/api/*", "/api", false),
            ("/api*", "/apix", true),
            ("*.php", "/a/b.php", true),
            ("*/ws/*", "/a/ws/b", true),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/b/b/c", false),
            ("/a?", "/ab", true),
            ("/", "/a", false),
        ] {
            assert_eq!(path_fits(pattern, path), Ok(expected), "{pattern} {path}");
        }
        assert_eq!(partly_escaped("/a%2fb/c%20d", "/a%2fb/*").as_deref(), Some("/a%2fb/c d"));
    }

    #[test]
    fn hosts_and_addresses_fit() {
        assert!(host_fits("*.a.example", "X.A.example") && !host_fits("*.a.example", "a.example"));
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(in_range(address("10.2.3.4"), "10.0.0.0/8") && !in_range(address("11.2.3.4"), "10.0.0.0/8"));
        assert!(in_range(address("::1"), "::1") && !in_range(address("::2"), "::1/128"));
    }
}
