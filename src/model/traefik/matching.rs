//! Whether a rule takes a request.

use std::net::IpAddr;
use std::sync::Arc;

use super::gaps::{GAP, has_gap};
use super::matcher::Matcher;
use super::syntax::{Rule, Test};
use super::version::Syntax;
use crate::base::Place;
use crate::model::proxy::{Patterns, RequestHeaders, Sent, Truth, in_range};

/// The host that a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AskedHost {
    /// This name, in lower case, without port.
    Name(Arc<str>),
    /// What a rule says, which may have gaps.
    AsWritten(Arc<str>),
    /// Nobody says it.
    Unknown,
}

/// A request as rules see it.
pub(super) struct Seen<'a> {
    /// The host that is asked for.
    pub host: AskedHost,
    /// Whether an asterisk in a rule stands for the first part of a host.
    pub wild_hosts: Truth,
    /// The path as the entry point hands it on, without query.
    pub path: &'a str,
    /// The method, in upper case.
    pub method: &'a str,
    /// The headers of the client.
    pub headers: &'a RequestHeaders,
    /// The query without its question mark.
    pub query: &'a Sent,
    /// Where the client is, when that is known.
    pub client: Option<IpAddr>,
    /// Compiled patterns.
    pub patterns: &'a Patterns,
    /// Where a bound of trying patterns is told.
    pub place: Place,
}

impl Seen<'_> {
    /// Whether a rule takes the request.
    pub fn fits(&self, rule: &Rule) -> Truth {
        match rule {
            Rule::All(rules) => rules.iter().map(|rule| self.fits(rule)).fold(Truth::Yes, Truth::and),
            Rule::Any(rules) => rules.iter().map(|rule| self.fits(rule)).fold(Truth::No, Truth::or),
            Rule::Not(rule) => self.fits(rule).not(),
            Rule::Test(test) => self.test(test),
            Rule::TooDeep | Rule::Unknown => Truth::Unknown,
        }
    }

    /// Whether one test of a rule holds.
    pub fn test(&self, test: &Test) -> Truth {
        match test.syntax {
            Some(syntax) => self.test_in(test, syntax),
            None => match (self.test_in(test, Syntax::V2), self.test_in(test, Syntax::V3)) {
                (older, newer) if older == newer => newer,
                _ => Truth::Unknown,
            },
        }
    }

    fn test_in(&self, test: &Test, syntax: Syntax) -> Truth {
        let any = |fits: &dyn Fn(&str) -> Truth| test.args.iter().map(|arg| fits(arg)).fold(Truth::No, Truth::or);
        match test.matcher {
            Matcher::Host => any(&|name| self.host_is(name)),
            Matcher::ContainerName => match &self.host {
                AskedHost::Name(_) => any(&|name| self.host_is(name)),
                // nobody calls a site so
                AskedHost::AsWritten(_) | AskedHost::Unknown => Truth::No,
            },
            Matcher::HostRegexp => match &self.host {
                AskedHost::Name(host) => any(&|pattern| match syntax {
                    // what version 2 reads as a name of a pattern are braces in version 3, and no host has any
                    Syntax::V3 if has_named_braces(pattern) => Truth::No,
                    Syntax::V3 => self.matches(pattern, host),
                    Syntax::V2 => self.matches(&format!("^{}$", in_braces(pattern, ".")), host),
                }),
                AskedHost::AsWritten(_) | AskedHost::Unknown => any(&|pattern| {
                    let takes_all = matches!(pattern, "^.+$" | ".+" | "^.*$" | ".*" | "{host:.+}" | "{any:.+}");
                    if takes_all { Truth::Yes } else { Truth::Unknown }
                }),
            },
            Matcher::Path => any(&|path| match braces(syntax, path) {
                Some(pattern) => self.matches(&format!("^{pattern}$"), self.path),
                None => same(path, self.path),
            }),
            Matcher::PathPrefix => any(&|prefix| match braces(syntax, prefix) {
                Some(pattern) => self.matches(&format!("^{pattern}"), self.path),
                None => begins(self.path, prefix),
            }),
            Matcher::PathRegexp => any(&|pattern| self.matches(pattern, self.path)),
            Matcher::Method => any(&|method| {
                let method = method.to_uppercase();
                if has_gap(&method) { Truth::Unknown } else { Truth::of(method == self.method) }
            }),
            Matcher::Header | Matcher::HeaderRegexp => self.header(test),
            Matcher::Query | Matcher::QueryRegexp => self.query(test, syntax),
            Matcher::ClientIp => any(&|range| match self.client {
                Some(client) if !has_gap(range) => Truth::of(in_range(client, range)),
                _ => Truth::Unknown,
            }),
        }
    }

    /// Whether the host is this one, or one that its asterisk stands for.
    fn host_is(&self, name: &str) -> Truth {
        match name.strip_prefix('*').map(|behind| (behind, self.wild_hosts)) {
            Some((behind, Truth::Yes)) => self.host_is_below(behind),
            // where it stands for nothing, no host has one
            Some((behind, Truth::Unknown)) => self.host_is_below(behind).and(Truth::Unknown),
            Some((_, Truth::No)) | None => self.compare(|host| same_host(name, host), |host| same_written(name, host)),
        }
    }

    /// Whether the host has this behind its first part.
    fn host_is_below(&self, behind: &str) -> Truth {
        if behind.is_empty() {
            return Truth::Yes;
        }
        self.compare(
            |host| host.find('.').map_or(Truth::No, |at| same_host(behind, host.get(at..).unwrap_or_default())),
            |host| match host.find('.').map_or((host, ""), |at| host.split_at(at)) {
                // what is not known may have dots of its own
                (first, _) if has_gap(first) => Truth::Unknown,
                (_, rest) => same_written(behind, rest),
            },
        )
    }

    /// What comes of a host that is known, or of one that may have gaps.
    fn compare(&self, known: impl Fn(&str) -> Truth, written: impl Fn(&str) -> Truth) -> Truth {
        match &self.host {
            AskedHost::Name(host) => known(host),
            AskedHost::AsWritten(host) => written(host),
            AskedHost::Unknown => Truth::Unknown,
        }
    }

    fn matches(&self, pattern: &str, text: &str) -> Truth {
        if has_gap(pattern) || has_gap(text) {
            return Truth::Unknown;
        }
        match self.patterns.find(pattern, text, self.place) {
            Some(found) => Truth::of(found.is_some()),
            None => Truth::Unknown,
        }
    }

    fn header(&self, test: &Test) -> Truth {
        let [name, wanted] = test.args.as_slice() else { return Truth::Unknown };
        if has_gap(name) || has_gap(wanted) {
            return Truth::Unknown;
        }
        let named = self.headers.listed.iter().filter(|(listed, _)| listed.eq_ignore_ascii_case(name));
        let mut fits = match (named.clone().next(), self.headers.get(name)) {
            (None, Sent::Nothing) => return Truth::No,
            (None, _) => return Truth::Unknown,
            _ => Truth::No,
        };
        for (_, sent) in named {
            fits = fits.or(match (sent, test.matcher) {
                (Sent::Nothing, _) => Truth::No,
                (Sent::Unknown, _) => Truth::Unknown,
                (Sent::Text(text), Matcher::Header) => Truth::of(text == wanted),
                (Sent::Text(text), _) => self.matches(wanted, text),
            });
        }
        fits
    }

    fn query(&self, test: &Test, syntax: Syntax) -> Truth {
        let query = match self.query {
            Sent::Unknown => return Truth::Unknown,
            Sent::Nothing => "",
            Sent::Text(text) => text,
        };
        // what is escaped is read in ways of its own
        if query.contains(['%', '+', ';']) || test.args.iter().any(|arg| has_gap(arg)) {
            return Truth::Unknown;
        }
        let sent =
            || query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let has = |key: &str, value: Option<&str>| {
            let mut values = sent().filter(|(name, _)| *name == key).map(|(_, value)| value);
            match (value, test.matcher) {
                // a key alone asks for one without a value
                (None, _) => Truth::of(values.any(str::is_empty)),
                (Some(wanted), Matcher::Query) => Truth::of(values.any(|value| value == wanted)),
                (Some(wanted), _) => values.map(|value| self.matches(wanted, value)).fold(Truth::No, Truth::or),
            }
        };
        match (syntax, test.args.as_slice()) {
            (Syntax::V3, [key]) => has(key, None),
            (Syntax::V3, [key, value]) => has(key, Some(value)),
            // all of them, and patterns among them
            (Syntax::V2, pairs) if !pairs.iter().any(|pair| pair.contains('{')) => {
                let each = pairs.iter().map(|pair| match pair.split_once('=') {
                    Some((key, value)) => has(key, Some(value)),
                    None => Truth::Unknown,
                });
                each.fold(Truth::Yes, Truth::and)
            }
            _ => Truth::Unknown,
        }
    }
}

/// Whether a host with gaps may be another one, in any case and with or without a dot at its end.
fn same_host(written: &str, host: &str) -> Truth {
    let (written, host) = (written.trim_end_matches('.'), host.trim_end_matches('.'));
    if has_gap(written) {
        return same(&written.to_ascii_lowercase(), &host.to_ascii_lowercase());
    }
    Truth::of(written.eq_ignore_ascii_case(host))
}

/// Whether two hosts that may both have gaps are one.
fn same_written(written: &str, host: &str) -> Truth {
    match (has_gap(written), has_gap(host)) {
        _ if written == host => Truth::Yes,
        (true, true) => Truth::Unknown,
        (false, true) => same_host(host, written),
        (_, false) => same_host(written, host),
    }
}

/// The pattern of a path in the grammar of version 2.
fn braces(syntax: Syntax, path: &str) -> Option<String> {
    (syntax == Syntax::V2 && path.contains('{')).then(|| in_braces(path, "/"))
}

/// Whether a text with gaps may be another one.
fn same(written: &str, text: &str) -> Truth {
    let Some((before, _)) = written.split_once(GAP) else { return Truth::of(written == text) };
    let after = written.rsplit(GAP).next().unwrap_or_default();
    Truth::of(text.starts_with(before) && text.ends_with(after)).and(Truth::Unknown)
}

/// Whether a path begins with a text that may have gaps.
fn begins(path: &str, prefix: &str) -> Truth {
    match prefix.split_once(GAP) {
        None => Truth::of(path.starts_with(prefix)),
        Some((before, _)) => Truth::of(path.starts_with(before)).and(Truth::Unknown),
    }
}

/// Whether a pattern has `{name:pattern}` in it.
fn has_named_braces(pattern: &str) -> bool {
    pattern.split('{').skip(1).any(|inside| inside.starts_with(|c: char| c.is_ascii_alphabetic()))
        && !pattern.contains("\\p{")
}

/// `{name:pattern}` as a pattern; what is outside of braces stands for itself, and `{name}` for anything without `stop`.
fn in_braces(text: &str, stop: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut inside = String::new();
    for letter in text.chars() {
        match letter {
            '{' => {
                if depth > 0 {
                    inside.push(letter);
                }
                depth += 1;
            }
            '}' if depth > 0 => {
                depth -= 1;
                if depth > 0 {
                    inside.push(letter);
                } else {
                    let pattern = inside.split_once(':').map(|(_, pattern)| pattern.to_owned());
                    out += &format!("(?:{})", pattern.unwrap_or_else(|| format!("[^{stop}]+")));
                    inside.clear();
                }
            }
            _ if depth > 0 => inside.push(letter),
            _ => out += &regex::escape(letter.encode_utf8(&mut [0; 4])),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::gaps::gap;
    use super::super::syntax::parse;
    use super::*;
    use crate::base::{FileId, Span};
    use crate::model::proxy::OtherHeaders;

    fn fits(rule: &str, syntax: Syntax, host: &str, path: &str, query: &str) -> Truth {
        fits_host(rule, syntax, AskedHost::Name(host.into()), path, query)
    }

    fn fits_host(rule: &str, syntax: Syntax, host: AskedHost, path: &str, query: &str) -> Truth {
        let rule = parse(rule, syntax).expect("a rule");
        let headers =
            RequestHeaders { listed: vec![("X-Kind".into(), Sent::Text("one".into()))], others: OtherHeaders::Absent };
        let seen = Seen {
            host,
            wild_hosts: Truth::Yes,
            path,
            method: "GET",
            headers: &headers,
            query: &Sent::Text(query.into()),
            client: Some(IpAddr::from([10, 0, 0, 7])),
            patterns: &Patterns::default(),
            place: Place::new(FileId(0), Span::default()),
        };
        seen.fits(&rule)
    }

    #[test]
    fn rules_of_version_3() {
        let yes = |rule: &str| fits(rule, Syntax::V3, "app.test", "/api/x", "a=1&b");
        for rule in [
            "Host(`App.Test`)",
            "HostRegexp(`^app\\..+$`)",
            "PathPrefix(`/ap`)",
            "Path(`/api/x`)",
            "PathRegexp(`x$`)",
            "Method(`get`)",
            "Header(`x-kind`, `one`)",
            "HeaderRegexp(`X-Kind`, `^o`)",
            "Query(`a`, `1`) && Query(`b`)",
            "QueryRegexp(`a`, `[0-9]`)",
            "ClientIP(`10.0.0.0/8`)",
            "!Path(`/`) && (Host(`b.test`) || Host(`app.test`))",
        ] {
            assert_eq!(yes(rule), Truth::Yes, "{rule}");
        }
        for rule in [
            "Host(`b.test`)",
            "Path(`/api`)",
            "Header(`X-None`, `a`)",
            "Query(`a`)",
            "!Host(`app.test`)",
            "HostRegexp(`{sub:[a-z]+}.test`)",
        ] {
            assert_eq!(yes(rule), Truth::No, "{rule}");
        }
    }

    #[test]
    fn rules_of_version_2() {
        let yes = |rule: &str| fits(rule, Syntax::V2, "app.test", "/api/x", "a=1&b=2");
        for rule in [
            "Host(`b.test`, `app.test`)",
            "HostRegexp(`{sub:[a-z]+}.test`)",
            "Path(`/api/{id:[a-z]}`)",
            "PathPrefix(`/{any}`)",
            "Query(`a=1`, `b=2`)",
        ] {
            assert_eq!(yes(rule), Truth::Yes, "{rule}");
        }
        for rule in ["HostRegexp(`{sub:[0-9]+}.test`)", "Path(`/{id}`)", "Query(`a=2`)"] {
            assert_eq!(yes(rule), Truth::No, "{rule}");
        }
    }

    #[test]
    fn asterisks_take_hosts_as_they_are_written_too() {
        let gapped = |text: &str| text.replace("DOMAIN", &gap("DOMAIN")).replace("SUB", &gap("SUB"));
        for (rule, host, expected) in [
            ("Host(`*.b.test`)", "x.b.test", Truth::Yes),
            ("Host(`*.b.test`)", "y.x.b.test", Truth::No),
            ("Host(`*.b.test`)", "localhost", Truth::No),
            ("Host(`*.DOMAIN`)", "x.DOMAIN", Truth::Yes),
            ("Host(`*.DOMAIN`)", "x.b.test", Truth::Unknown),
            ("Host(`*.b.test`)", "x.DOMAIN", Truth::Unknown),
            ("Host(`*.b.DOMAIN`)", "x.c.test", Truth::No),
            // it may have dots of its own
            ("Host(`*.b.test`)", "SUB.b.test", Truth::Unknown),
        ] {
            let host = AskedHost::AsWritten(gapped(host).into());
            assert_eq!(fits_host(&gapped(rule), Syntax::V3, host, "/", ""), expected, "{rule}");
        }
    }

    #[test]
    fn gaps_leave_only_what_they_cannot_change() {
        let rule = |text: &str| text.replace("DOMAIN", &gap("DOMAIN"));
        assert_eq!(fits(&rule("Host(`app.DOMAIN`)"), Syntax::V3, "app.test", "/", ""), Truth::Unknown);
        assert_eq!(fits(&rule("Host(`api.DOMAIN`)"), Syntax::V3, "app.test", "/", ""), Truth::No);
        assert_eq!(fits(&rule("PathPrefix(`/a/DOMAIN`)"), Syntax::V3, "app.test", "/b", ""), Truth::No);
    }
}
