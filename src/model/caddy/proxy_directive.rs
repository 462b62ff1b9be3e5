//! `reverse_proxy` and `php_fastcgi` from their lines.

use std::sync::Arc;

use super::adapt::{Adapter, matched, one};
use super::directives::FOUND_FILE;
use super::duration;
use super::headers::{HeaderOp, ParsedOp, header_op};
use super::lines::{Line, Word};
use super::matcher::{FileMatch, LastTry, Matcher, MatcherKind, Named};
use super::order::Entry;
use super::proxy::{Affinity, ReverseProxy, Transport, Upstream};
use super::rewrite::Rewrite;
use super::route::{Handler, HandlerKind, Route, Trust};
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Target;

impl Adapter {
    /// A `reverse_proxy` with its block.
    pub(super) fn proxy(&mut self, line: &Line, args: &[Word]) -> ReverseProxy {
        let mut proxy = ReverseProxy {
            place: line.place,
            written: line.shown(),
            upstreams: Vec::new(),
            transport: Transport::Http,
            header_up: Vec::new(),
            header_down: Vec::new(),
            rewrite: Rewrite::default(),
            trusted: Trust::default(),
            stream_timeout: None,
            read_timeout: None,
            affinity: Affinity::None,
            handled: None,
            unknown: None,
        };
        args.iter().for_each(|word| add_upstream(&mut proxy, word));
        for inner in line.inner() {
            subdirective(&mut proxy, inner);
        }
        proxy.handled = handled(line);
        proxy
    }

    /// `php_fastcgi`: a redirect to folders, a rewrite to the file that is found, and a proxy for PHP files.
    pub(super) fn php(&mut self, line: &Line, named: &Named<'_>) -> Entry {
        let Ok((matchers, args)) = matched(line.args(), named) else { return self.not_understood(line) };
        let texts = |name: &str| {
            let found = line.inner().iter().find(|line| line.name() == name);
            found.map(|line| line.args().iter().map(|word| Arc::clone(&word.text)).collect::<Vec<_>>())
        };
        let splits = texts("split").unwrap_or_else(|| vec![".php".into()]);
        let index = texts("index").and_then(|names| names.into_iter().next()).unwrap_or_else(|| "index.php".into());
        let place = line.place;
        let mut routes = Vec::new();
        let route = |kinds: Vec<MatcherKind>, kind: HandlerKind| {
            let set = kinds.into_iter().map(|kind| Matcher { place, kind }).collect();
            Route::new(vec![set], vec![Handler { place, kind }])
        };
        if &*index != "off" {
            let in_folder: Arc<str> = format!("{{http.request.uri.path}}/{index}").into();
            let written = texts("try_files").filter(|tries| !tries.is_empty());
            let (tries, last, redirects) = match written {
                None => (vec!["{http.request.uri.path}".into(), Arc::clone(&in_folder), index], LastTry::Taken, true),
                Some(tries) => {
                    let php = tries.last().is_some_and(|last| last.ends_with(".php"));
                    let redirects = tries.contains(&in_folder);
                    (tries, if php { LastTry::Taken } else { LastTry::Expected }, redirects)
                }
            };
            if redirects {
                let file = FileMatch { tries: vec![in_folder], last: LastTry::Looked, splits: Vec::new() };
                let slash = Matcher { place, kind: MatcherKind::Path(vec!["*/".into()]) };
                let to = "{http.request.orig_uri.path}/{http.request.orig_uri.prefixed_query}";
                let headers = vec![("Location".into(), Arc::from(to))];
                let kind = HandlerKind::Respond { status: "308".into(), headers };
                routes.push(route(vec![MatcherKind::File(file), MatcherKind::Not(vec![[slash].into()])], kind));
            }
            let file = FileMatch { tries, last, splits: splits.clone() };
            let rewrite = Rewrite { uri: Some(FOUND_FILE.into()), place: Some(place), ..Rewrite::default() };
            routes.push(route(vec![MatcherKind::File(file)], HandlerKind::Rewrite(rewrite)));
        }
        let own = ["root", "split", "env", "index", "try_files", "resolve_root_symlink", "capture_stderr"];
        let times = ["dial_timeout", "read_timeout", "write_timeout"];
        let rest = line.inner().iter().filter(|line| !own.contains(&line.name()) && !times.contains(&line.name()));
        let inner = Line { block: Some(rest.cloned().collect()), ..line.clone() };
        let mut proxy = self.proxy(&inner, args);
        proxy.transport = Transport::FastCgi;
        let paths = splits.iter().map(|ending| format!("*{ending}").into()).collect();
        routes.push(route(vec![MatcherKind::Path(paths)], HandlerKind::Proxy(Arc::new(proxy))));
        let handler = Handler { place, kind: HandlerKind::Subroute(routes) };
        one(line, Route::new(matchers, vec![handler]))
    }
}

fn subdirective(proxy: &mut ReverseProxy, line: &Line) {
    let time = || line.args().first().and_then(|word| duration::milliseconds(word.known().ok()?));
    match line.name() {
        "to" => line.args().iter().for_each(|word| add_upstream(proxy, word)),
        "header_up" => proxy.header_up.extend(header(line)),
        "header_down" => proxy.header_down.extend(header(line)),
        "method" => proxy.rewrite.method = line.args().first().map(|word| Arc::clone(&word.text)),
        "rewrite" => proxy.rewrite.uri = line.args().first().map(|word| Arc::clone(&word.text)),
        "transport" => transport(proxy, line),
        "trusted_proxies" => trust(&mut proxy.trusted, line.args()),
        "stream_timeout" => match time() {
            Some(milliseconds) if milliseconds > 0 => proxy.stream_timeout = Some((milliseconds, line.place)),
            Some(_) => {}
            None => note(proxy, line),
        },
        "lb_policy" => {
            let bound = ["ip_hash", "client_ip_hash", "uri_hash", "query", "header", "cookie", "first"];
            if line.arg(0).is_some_and(|policy| bound.contains(&policy)) {
                proxy.affinity = Affinity::Bound;
            }
        }
        "handle_response" | "replace_status" => {}
        "dynamic" => note(proxy, line),
        "flush_interval"
        | "lb_retries"
        | "lb_try_duration"
        | "lb_try_interval"
        | "lb_retry_match"
        | "max_fails"
        | "fail_duration"
        | "unhealthy_status"
        | "unhealthy_latency"
        | "unhealthy_request_count"
        | "request_buffers"
        | "response_buffers"
        | "stream_buffer_size"
        | "stream_close_delay"
        | "verbose_logs"
        | "buffer_requests"
        | "buffer_responses"
        | "max_buffer_size" => {}
        name if name.starts_with("health_") || name.starts_with('@') => {}
        _ => note(proxy, line),
    }
    if matches!(line.name(), "method" | "rewrite")
        && let Some(unknown) = line.args().iter().find_map(|word| word.known().err())
    {
        proxy.rewrite.unknown = Some(unknown);
    }
}

/// The line by which an answer that went well may be replaced; those for errors alone are none.
fn handled(line: &Line) -> Option<Unknown> {
    let replaces = |inner: &&Line| {
        let name = match (inner.name(), inner.args()) {
            ("handle_response", [name]) | ("replace_status", [name, _]) => &name.text,
            ("handle_response", []) | ("replace_status", [_]) => return true,
            _ => return false,
        };
        let defined = line.inner().iter().filter(|other| other.name() == &**name);
        let mut codes = defined.flat_map(|other| match other.arg(0) {
            Some("status") => other.args().get(1..).unwrap_or_default(),
            _ => other.inner().iter().find(|line| line.name() == "status").map_or(&[][..], Line::args),
        });
        let is_error = |word: &Word| word.text.starts_with(['4', '5']);
        !codes.clone().any(|_| true) || !codes.all(is_error)
    };
    let found = line.inner().iter().find(replaces)?;
    Some(Unknown { reason: HoleReason::Runtime, place: Some(found.place) })
}

fn note(proxy: &mut ReverseProxy, line: &Line) {
    let unknown = Unknown { reason: HoleReason::ExternalCall(line.name().into()), place: Some(line.place) };
    proxy.unknown.get_or_insert(unknown);
}

fn header(line: &Line) -> Option<HeaderOp> {
    header_op(line.args(), line.place).map(|ParsedOp { op, .. }| op)
}

pub(super) fn trust(trust: &mut Trust, words: &[Word]) {
    for word in words {
        match word.known() {
            Ok("private_ranges") => {
                const PRIVATE: [&str; 6] =
                    ["192.168.0.0/16", "172.16.0.0/12", "10.0.0.0/8", "127.0.0.1/8", "fd00::/8", "::1"];
                trust.ranges.extend(PRIVATE.map(Arc::from));
            }
            Ok(range) => trust.ranges.push(range.into()),
            Err(unknown) => trust.unknown = Some(unknown),
        }
    }
}

fn transport(proxy: &mut ReverseProxy, line: &Line) {
    match line.arg(0) {
        Some("http") => {}
        Some("fastcgi") => {
            proxy.transport = Transport::FastCgi;
            return;
        }
        _ => {
            proxy.transport = Transport::Other;
            note(proxy, line);
            return;
        }
    }
    for inner in line.inner() {
        match inner.name() {
            name if name == "tls" || name.starts_with("tls_") && name != "tls_except_ports" => {
                proxy.transport = Transport::Https;
            }
            "read_timeout" => {
                let time = inner.args().first().and_then(|word| duration::milliseconds(word.known().ok()?));
                proxy.read_timeout = time.filter(|time| *time > 0).map(|time| (time, inner.place));
            }
            "versions" => {
                let has = |version: &str| inner.args().iter().any(|word| &*word.text == version);
                if has("h2c") {
                    proxy.transport = Transport::H2c;
                } else if !has("1.1") && !has("2") {
                    proxy.transport = Transport::Other;
                }
            }
            "proxy_protocol" | "forward_proxy_url" | "network_proxy" => note(proxy, inner),
            _ => {}
        }
    }
}

fn add_upstream(proxy: &mut ReverseProxy, word: &Word) {
    let place = word.place;
    if let Some(reason) = word.hole.clone() {
        let (host, port) = partly(&word.text);
        let target = Target { host, port, place };
        let dial = Arc::clone(&word.text);
        proxy.upstreams.push(Upstream { target, dial, hole: Some(reason) });
        return;
    }
    let text = &*word.text;
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    match scheme {
        "https" => proxy.transport = Transport::Https,
        "h2c" => proxy.transport = Transport::H2c,
        _ => {}
    }
    if let Some(socket) = rest.strip_prefix("unix/").or_else(|| rest.strip_prefix("unix+h2c/")) {
        let target = Target { host: None, port: None, place };
        proxy.upstreams.push(Upstream { target, dial: format!("unix/{socket}").into(), hole: None });
        return;
    }
    let rest = ["tcp/", "tcp4/", "tcp6/"].iter().find_map(|network| rest.strip_prefix(network)).unwrap_or(rest);
    let (host, port) = super::address::split_port(rest);
    let usual = if scheme == "https" { "443" } else { "80" };
    if scheme.is_empty() && port.is_empty() && host.contains('{') {
        let target = Target { host: None, port: None, place };
        proxy.upstreams.push(Upstream { target, dial: host.into(), hole: None });
        return;
    }
    let port = if port.is_empty() { usual } else { port };
    let unknown = |part: &str| part.contains('{');
    let mut push = |port: &str| {
        let target = Target {
            host: (!unknown(host) && !host.is_empty()).then(|| host.into()),
            port: if unknown(port) { None } else { port.parse().ok() },
            place,
        };
        let dial = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        proxy.upstreams.push(Upstream { target, dial: dial.into(), hole: None });
    };
    match port.split_once('-') {
        Some((first, last)) if !unknown(port) => {
            // a range stands for as many upstreams
            let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else { return push(port) };
            (first..=last).take(MOST_PORTS).for_each(|port| push(&port.to_string()));
        }
        _ => push(port),
    }
}

/// Upstreams of a range that are told apart: it is one line of the file, and all of them are alike.
const MOST_PORTS: usize = 64;

/// Host and port of an address with a variable in it.
fn partly(text: &str) -> (Option<Arc<str>>, Option<u16>) {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let Some((host, port)) = rest.rsplit_once(':') else { return (None, None) };
    let host = (!host.contains('{') && !host.is_empty()).then(|| Arc::from(host));
    // `{$HOST:usual}` holds a colon of its own
    (host, if port.contains('}') { None } else { port.parse().ok() })
}
