//! Placeholders (`{http.request.uri.path}`) and their values.

use std::sync::Arc;

use super::headers::Presence;
use super::matching::FoundFile;
use super::route::{MapInput, Mapping};
use super::run::Run;
use super::url::{clean, escape_query};
use super::version::CaddyVersion;
use crate::facts::HoleReason;

/// What becomes of a placeholder that nothing defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undefined {
    /// Nothing is put there.
    Emptied,
    /// It stays as it is written.
    Kept,
}

/// A value, or why it is not known.
pub(super) type Known = Result<String, HoleReason>;

/// A short name that a Caddyfile may use.
struct Short {
    /// With a dot at its end when something follows.
    name: &'static str,
    full: &'static str,
    /// The first release of Caddy 2 that knows it.
    since: (u16, u16),
}

const fn short(name: &'static str, full: &'static str) -> Short {
    Short { name, full, since: (0, 0) }
}

const fn newer(name: &'static str, full: &'static str, since: (u16, u16)) -> Short {
    Short { name, full, since }
}

const SHORT: [Short; 45] = [
    short("host", "http.request.host"),
    short("hostport", "http.request.hostport"),
    short("port", "http.request.port"),
    newer("orig_method", "http.request.orig_method", (9, 0)),
    newer("orig_uri", "http.request.orig_uri", (9, 0)),
    newer("orig_path", "http.request.orig_uri.path", (9, 0)),
    newer("orig_dir", "http.request.orig_uri.path.dir", (9, 0)),
    newer("orig_file", "http.request.orig_uri.path.file", (9, 0)),
    newer("orig_query", "http.request.orig_uri.query", (9, 0)),
    newer("orig_?query", "http.request.orig_uri.prefixed_query", (9, 0)),
    short("method", "http.request.method"),
    short("uri", "http.request.uri"),
    newer("%uri", "http.request.uri_escaped", (11, 0)),
    short("path", "http.request.uri.path"),
    newer("%path", "http.request.uri.path_escaped", (11, 0)),
    short("dir", "http.request.uri.path.dir"),
    short("file", "http.request.uri.path.file"),
    short("query", "http.request.uri.query"),
    newer("%query", "http.request.uri.query_escaped", (11, 0)),
    newer("?query", "http.request.uri.prefixed_query", (9, 0)),
    short("remote", "http.request.remote"),
    short("remote_host", "http.request.remote.host"),
    short("remote_port", "http.request.remote.port"),
    short("scheme", "http.request.scheme"),
    newer("uuid", "http.request.uuid", (8, 0)),
    short("tls_cipher", "http.request.tls.cipher_suite"),
    short("tls_version", "http.request.tls.version"),
    short("tls_client_fingerprint", "http.request.tls.client.fingerprint"),
    short("tls_client_issuer", "http.request.tls.client.issuer"),
    short("tls_client_serial", "http.request.tls.client.serial"),
    short("tls_client_subject", "http.request.tls.client.subject"),
    short("upstream_hostport", "http.reverse_proxy.upstream.hostport"),
    newer("client_ip", "http.vars.client_ip", (7, 0)),
    short("header.", "http.request.header."),
    short("cookie.", "http.request.cookie."),
    short("labels.", "http.request.host.labels."),
    short("path.", "http.request.uri.path."),
    short("file.", "http.request.uri.path.file."),
    short("query.", "http.request.uri.query."),
    newer("re.", "http.regexp.", (7, 5)),
    short("vars.", "http.vars."),
    short("rp.", "http.reverse_proxy."),
    newer("resp.", "http.intercept.", (8, 0)),
    short("err.", "http.error."),
    short("file_match.", "http.matchers.file."),
];

/// The full name of a placeholder.
pub(super) fn full_name(name: &str, version: Option<CaddyVersion>) -> String {
    for Short { name: short, full, since } in &SHORT {
        let rest = if short.ends_with('.') {
            name.strip_prefix(short).filter(|rest| is_short_end(rest))
        } else {
            (*short == name).then_some("")
        };
        let Some(rest) = rest else { continue };
        let known = version.is_none_or(|version| version >= CaddyVersion::at(since.0, since.1));
        // before 2.7.5 groups were known by the name of their pattern only
        let by_pattern = *short == "re." && rest.split('.').count() == 2;
        return if known || by_pattern { format!("{full}{rest}") } else { name.to_owned() };
    }
    name.to_owned()
}

/// `[\w-]*`, with dots for some.
fn is_short_end(rest: &str) -> bool {
    rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

impl Run<'_> {
    /// A text with its placeholders replaced.
    pub(super) fn fill(&self, text: &str, undefined: Undefined) -> Known {
        self.fill_with(text, undefined, |_, value| value.unwrap_or_default())
    }

    /// The same, with a change of each value by the name of its placeholder; `None` is one that nothing defines.
    pub(super) fn fill_with(
        &self,
        text: &str,
        undefined: Undefined,
        change: impl Fn(&str, Option<String>) -> String,
    ) -> Known {
        if !text.contains(['{', '}']) {
            return Ok(text.to_owned());
        }
        if !self.spend(1 + text.len() / BYTES_IN_A_STEP) {
            return Err(HoleReason::Limit);
        }
        let bytes = text.as_bytes();
        let mut out = String::new();
        let (mut written, mut at) = (0, 0);
        let slice = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        while let Some(byte) = bytes.get(at) {
            let escaped = at > 0 && bytes.get(at - 1) == Some(&b'\\');
            if escaped && matches!(byte, b'{' | b'}') {
                out.push_str(slice(written, at - 1));
                (written, at) = (at, at + 1);
                continue;
            }
            if *byte != b'{' {
                at += 1;
                continue;
            }
            let Some(length) = slice(at, text.len()).find('}') else { break };
            let end = at + length;
            let name = full_name(slice(at + 1, end), self.defaults.version);
            if slice(at, end + 1).starts_with("{$") {
                return Err(HoleReason::OutsideEnv(slice(at + 2, end).into()));
            }
            let Some(value) = self.placeholder(&name) else {
                out.push_str(slice(written, at));
                match undefined {
                    Undefined::Kept => out.push_str(&format!("{{{name}}}")),
                    Undefined::Emptied => out.push_str(&change(&name, None)),
                }
                (written, at) = (end + 1, end + 1);
                continue;
            };
            out.push_str(slice(written, at));
            out.push_str(&change(&name, Some(value?)));
            if out.len() > MAX_TEXT {
                return Err(HoleReason::Limit);
            }
            (written, at) = (end + 1, end + 1);
        }
        out.push_str(slice(written, text.len()));
        Ok(out)
    }

    /// The value of a placeholder; `None` when nothing defines it.
    pub(super) fn placeholder(&self, name: &str) -> Option<Known> {
        if let Some(variable) = name.strip_prefix("env.") {
            let value = self.environment.get(variable);
            let outside = || HoleReason::OutsideEnv(variable.into());
            return Some(value.map(|value| value.to_string()).ok_or_else(outside));
        }
        if name.starts_with("system.") || name.starts_with("time.") || name.starts_with("file.") {
            return Some(Err(HoleReason::Runtime));
        }
        if let Some(value) = self.set.get(name) {
            return Some(value.clone());
        }
        if let Some(file) = &self.file
            && let Some(value) = name.strip_prefix("http.matchers.file.").and_then(|part| file_value(file, part))
        {
            return Some(value);
        }
        self.of_request(name).or_else(|| self.of_maps(name))
    }

    fn of_request(&self, name: &str) -> Option<Known> {
        if let Some(variable) = name.strip_prefix("http.vars.") {
            if variable == "client_ip" {
                return Some(self.client_ip());
            }
            return Some(self.vars.get(variable).cloned().unwrap_or_else(|| Ok(String::new())));
        }
        if name.starts_with("http.reverse_proxy.") || name.starts_with("http.intercept.") {
            return None;
        }
        if name.starts_with("http.auth.user.") {
            return Some(Err(HoleReason::Runtime));
        }
        if let Some(part) = name.strip_prefix("http.error.") {
            let status = self.error?;
            return match part {
                "status_code" => Some(Ok(status.to_string())),
                _ => Some(Err(HoleReason::Runtime)),
            };
        }
        let part = name.strip_prefix("http.request.")?;
        if let Some(field) = part.strip_prefix("header.") {
            // Go keeps the name of the host apart
            if field.eq_ignore_ascii_case("host") {
                return Some(Ok(String::new()));
            }
            return Some(self.headers.joined(field).map(Option::unwrap_or_default));
        }
        if let Some(cookie) = part.strip_prefix("cookie.") {
            return match self.headers.get("Cookie") {
                Presence::Absent => None,
                Presence::Unknown => Some(Err(HoleReason::Runtime)),
                Presence::Values(values) => values.iter().find_map(|value| match value {
                    Err(why) => Some(Err(why.clone())),
                    Ok(text) => cookie_of(text, cookie).map(Ok),
                }),
            };
        }
        if let Some(key) = part.strip_prefix("uri.query.") {
            return Some(self.url.query.text.clone().map(|query| super::query::values(&query, key).join(",")));
        }
        if part.starts_with("tls.") {
            return self.tls.then_some(Err(HoleReason::Runtime));
        }
        if let Some(index) = part.strip_prefix("host.labels.") {
            let index = index.parse::<usize>().ok()?;
            let label = |host: String| {
                let labels: Vec<&str> = host.split('.').collect();
                let at = labels.len().checked_sub(index + 1);
                at.and_then(|at| labels.get(at)).map(|label| label.to_lowercase()).unwrap_or_default()
            };
            return Some(self.host_name().map(label));
        }
        let segment = |path: &str, index: &str| {
            let index = index.parse::<usize>().ok()?;
            let path = path.strip_prefix('/').unwrap_or(path);
            Some(Ok(path.split('/').nth(index).unwrap_or_default().to_owned()))
        };
        let split = |path: &str| {
            let at = path.rfind('/').map_or(0, |at| at + 1);
            (path.get(..at).unwrap_or_default().to_owned(), path.get(at..).unwrap_or_default().to_owned())
        };
        let prefixed =
            |query: &Known| query.clone().map(|query| if query.is_empty() { query } else { format!("?{query}") });
        Some(match part {
            "method" => Ok(self.method.to_string()),
            "scheme" => Ok(if self.tls { "https" } else { "http" }.to_owned()),
            "host" => self.host_name(),
            "port" => self.host.clone().map(|host| super::address::split_port(&host).1.to_owned()),
            "hostport" => self.host.clone(),
            "remote.host" => self.peer(),
            "uri" => self.url.request_uri(),
            "uri_escaped" => self.url.request_uri().map(|uri| escape_query(&uri)),
            "uri.path" => Ok(self.url.path.clone()),
            "uri.path_escaped" => Ok(escape_query(&self.url.path)),
            "uri.path.dir" => Ok(split(&self.url.path).0),
            "uri.path.file" => Ok(split(&self.url.path).1),
            "uri.path.file.base" => {
                let cleaned = clean(&self.url.path);
                let base = split(&cleaned).1;
                Ok(base.strip_suffix(extension(&self.url.path)).unwrap_or(&base).to_owned())
            }
            "uri.path.file.ext" => Ok(extension(&self.url.path).to_owned()),
            "uri.query" => self.url.query.text.clone(),
            "uri.query_escaped" => self.url.query.text.clone().map(|query| escape_query(&query)),
            "uri.prefixed_query" => prefixed(&self.url.query.text),
            "orig_method" => Ok(self.original_method.to_string()),
            "orig_uri" => self.original_uri.clone(),
            "orig_uri.path" => Ok(self.original.path.clone()),
            "orig_uri.path.dir" => Ok(split(&self.original.path).0),
            "orig_uri.path.file" => Ok(split(&self.original.path).1),
            "orig_uri.query" => self.original.query.text.clone(),
            "orig_uri.prefixed_query" => prefixed(&self.original.query.text),
            _ => {
                if let Some(index) = part.strip_prefix("orig_uri.path.") {
                    return segment(&self.original.path, index);
                }
                if let Some(index) = part.strip_prefix("uri.path.") {
                    return segment(&self.url.path, index);
                }
                return Some(Err(HoleReason::Runtime));
            }
        })
    }

    /// What the first `map` with this destination says.
    fn of_maps(&self, name: &str) -> Option<Known> {
        let (map, index) = self.maps.get(name)?;
        // the values of a map may name another one many times each
        if !self.spend(1 + map.lines.len()) {
            return Some(Err(HoleReason::Limit));
        }
        // a map whose values name its own destination has no end
        if self.map_depth.get() >= MAP_DEPTH {
            return Some(Err(HoleReason::Limit));
        }
        self.map_depth.set(self.map_depth.get() + 1);
        let value = self.map_value(map, *index);
        self.map_depth.set(self.map_depth.get() - 1);
        Some(value)
    }

    fn map_value(&self, map: &Mapping, index: usize) -> Known {
        let input = self.fill(&map.source, Undefined::Emptied)?;
        for line in &map.lines {
            let Some(Some(output)) = line.outputs.get(index) else { continue };
            match &line.input {
                MapInput::Text(text) if **text == *input => return self.fill(output, Undefined::Emptied),
                MapInput::Text(_) => {}
                MapInput::Pattern(pattern) => match self.patterns.expand(pattern, &input, output, map.place) {
                    None => return Err(HoleReason::Unsupported),
                    Some(Some(text)) => return Ok(text),
                    Some(None) => {}
                },
            }
        }
        map.defaults.get(index).map_or_else(|| Ok(String::new()), |text| self.fill(text, Undefined::Emptied))
    }
}

/// Maps that use the values of others.
const MAP_DEPTH: usize = 8;

/// Bytes that are copied in the time of one step.
const BYTES_IN_A_STEP: usize = 64;

/// The longest text that is made.
const MAX_TEXT: usize = 16_384;

fn file_value(file: &FoundFile, part: &str) -> Option<Known> {
    match part {
        "relative" => Some(Ok(file.relative.clone())),
        "remainder" => Some(Ok(file.remainder.clone())),
        "absolute" | "type" => Some(Err(HoleReason::Runtime)),
        _ => None,
    }
}

/// The ending of a path's last part, with its dot.
fn extension(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or_default();
    last.rfind('.').and_then(|at| last.get(at..)).unwrap_or_default()
}

fn cookie_of(header: &str, name: &str) -> Option<String> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    let mut fitting = pairs.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    fitting.next().map(|(_, value)| value.trim_matches('"').to_owned())
}

/// The names of the groups of a pattern, with their values.
pub(super) fn groups(name: &str, found: &crate::model::proxy::Captured) -> Vec<(Arc<str>, Known)> {
    let mut out = Vec::new();
    let numbered = found.groups.iter().enumerate().map(|(index, text)| (index.to_string(), text));
    let named = found.named.iter().map(|(name, text)| (name.clone(), text));
    for (key, text) in numbered.chain(named) {
        if !name.is_empty() {
            out.push((format!("http.regexp.{name}.{key}").into(), Ok(text.clone())));
        }
        out.push((format!("http.regexp.{key}").into(), Ok(text.clone())));
    }
    out
}
