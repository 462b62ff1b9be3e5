//! nginx configuration files as trees of directives.

use std::ops::Range;
use std::sync::Arc;

use crate::base::{FileKind, Span};
use crate::facts::{
    Arg, Demand, Directive, DumpedFile, EmbeddedText, FileFacts, NginxFile, SyntaxError, SyntaxErrorKind,
};
use crate::parse::nginx::{Event, FailureKind, Style, Word, parse};

/// Blocks that nothing but an nginx configuration opens at its top level, or in a part of one.
const BLOCKS: &[&str] = &[
    "charset_map",
    "events",
    "geo",
    "http",
    "if",
    "limit_except",
    "location",
    "mail",
    "map",
    "server",
    "split_clients",
    "stream",
    "types",
    "upstream",
];

/// Simple directives that are typical of an nginx configuration's or a snippet's top level.
const STATEMENTS: &[&str] = &[
    "access_log",
    "add_header",
    "add_trailer",
    "alias",
    "allow",
    "auth_basic",
    "auth_basic_user_file",
    "auth_request",
    "auth_request_set",
    "autoindex",
    "charset",
    "charset_types",
    "client_body_buffer_size",
    "client_body_timeout",
    "client_header_timeout",
    "client_max_body_size",
    "default_type",
    "deny",
    "error_log",
    "error_page",
    "etag",
    "expires",
    "fastcgi_buffers",
    "fastcgi_param",
    "fastcgi_pass",
    "fastcgi_read_timeout",
    "fastcgi_split_path_info",
    "gzip",
    "gzip_comp_level",
    "gzip_min_length",
    "gzip_proxied",
    "gzip_static",
    "gzip_types",
    "gzip_vary",
    "http2",
    "http2_push",
    "include",
    "index",
    "internal",
    "ip_hash",
    "keepalive",
    "keepalive_timeout",
    "large_client_header_buffers",
    "limit_conn",
    "limit_conn_zone",
    "limit_req",
    "limit_req_zone",
    "listen",
    "load_module",
    "log_format",
    "log_not_found",
    "open_file_cache",
    "proxy_buffer_size",
    "proxy_buffering",
    "proxy_buffers",
    "proxy_cache",
    "proxy_cache_bypass",
    "proxy_cache_path",
    "proxy_connect_timeout",
    "proxy_hide_header",
    "proxy_http_version",
    "proxy_no_cache",
    "proxy_pass",
    "proxy_pass_header",
    "proxy_read_timeout",
    "proxy_redirect",
    "proxy_send_timeout",
    "proxy_set_header",
    "proxy_ssl_server_name",
    "proxy_ssl_verify",
    "real_ip_header",
    "resolver",
    "resolver_timeout",
    "return",
    "rewrite",
    "root",
    "scgi_param",
    "send_timeout",
    "sendfile",
    "server_name",
    "server_tokens",
    "set",
    "set_real_ip_from",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_ciphers",
    "ssl_dhparam",
    "ssl_ecdh_curve",
    "ssl_prefer_server_ciphers",
    "ssl_protocols",
    "ssl_session_cache",
    "ssl_session_tickets",
    "ssl_session_timeout",
    "ssl_stapling",
    "ssl_stapling_verify",
    "ssl_trusted_certificate",
    "tcp_nodelay",
    "tcp_nopush",
    "try_files",
    "types_hash_max_size",
    "underscores_in_headers",
    "user",
    "uwsgi_param",
    "uwsgi_pass",
    "worker_processes",
];

/// Adds what the text says; nothing when it is not nginx configuration at all (Apache, supervisor, Redis).
pub fn read(text: &str, facts: &mut FileFacts) {
    let style = if facts.kind == FileKind::NginxTemplate { Style::Template } else { Style::Plain };
    let dumped = dumped_files(text);
    let config = dumped.first().map(|first| blank_before(text, first.0));
    let end = |index: usize| dumped.get(index + 1).map_or(usize::MAX, |(start, _)| *start);
    let parts = dumped.iter().enumerate().map(|(index, (start, path))| (*start..end(index), Arc::from(*path)));
    read_parts(config.as_deref().unwrap_or(text), &parts.collect::<Vec<_>>(), style, facts);
}

/// Adds what the texts inside of another file say, the main file first.
pub fn read_inside(text: &str, inside: &[EmbeddedText], style: Style, facts: &mut FileFacts) {
    let mut masked: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { byte } else { b' ' }).collect();
    for range in inside.iter().map(|one| one.span.range()) {
        if let (Some(to), Some(from)) = (masked.get_mut(range.clone()), text.get(range)) {
            to.copy_from_slice(from.as_bytes());
        }
    }
    let masked = String::from_utf8(masked).unwrap_or_default();
    let path =
        |key: &str| if key == "nginx.conf" { format!("/etc/nginx/{key}") } else { format!("/etc/nginx/conf.d/{key}") };
    let parts: Vec<_> = inside.iter().map(|one| (one.span.range(), Arc::from(path(&one.key)))).collect();
    let parts = if parts.len() > 1 { parts } else { Vec::new() };
    read_parts(&masked, &parts, style, facts);
}

/// Adds what a text says that may be several files, each with its range and its path on the machine.
fn read_parts(text: &str, parts: &[(Range<usize>, Arc<str>)], style: Style, facts: &mut FileFacts) {
    let parsed = parse(text, style);
    let directives = tree(parsed.events, &mut facts.demands);
    if !parts.is_empty() {
        // a dump holds the files that it includes
        facts.demands.retain(|demand| !matches!(demand, Demand::NginxInclude(_)));
    }
    if !is_nginx(&directives) {
        facts.demands.retain(|demand| !matches!(demand, Demand::NginxInclude(_)));
        return;
    }
    if let Some(failure) = parsed.failure {
        // what a template language leaves behind is not nginx's to refuse
        let certain = style == Style::Plain && parsed.controls.is_empty();
        let kind = if certain { SyntaxErrorKind::Refused } else { SyntaxErrorKind::Unparsed };
        match failure.kind {
            FailureKind::Refused(message) => {
                facts.syntax_errors.push(SyntaxError { span: failure.span, message: message.into(), kind });
            }
            FailureKind::Limit(limit) => facts.limits.push((failure.span, limit)),
        }
    }
    let (insertions, conditions): (Vec<_>, Vec<_>) = parsed.controls.iter().partition(|control| control.inserts);
    let spans = |controls: Vec<&crate::parse::nginx::Control>| controls.iter().map(|control| control.span).collect();
    let dump = split_dump(parts, &directives);
    let directives = dump.first().map_or(directives, |first| first.directives.clone());
    let (conditions, insertions) = (spans(conditions), spans(insertions));
    facts.nginx = Some(Box::new(NginxFile { directives, conditions, insertions, dump }));
}

/// What `nginx -T` prints above each file.
const DUMP_MARK: &str = "# configuration file ";

/// Where the files of an `nginx -T` dump begin, with their paths; none when the text is no dump.
fn dumped_files(text: &str) -> Vec<(usize, &str)> {
    if !text.contains(DUMP_MARK) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let path = line.trim_end().strip_prefix(DUMP_MARK).and_then(|rest| rest.strip_suffix(':'));
        if let Some(path) = path.filter(|path| path.starts_with('/')) {
            found.push((at, path));
        } else if found.is_empty() && !is_above_a_dump(line) {
            return Vec::new();
        }
        at += line.len();
    }
    found
}

/// Messages of nginx, comments and empty lines may be above a dump.
fn is_above_a_dump(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#') || line.starts_with("nginx: ")
}

/// The text with spaces in place of everything before `end` but line ends.
fn blank_before(text: &str, end: usize) -> String {
    let (head, tail) = text.split_at_checked(end).unwrap_or(("", text));
    let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
    head.bytes().map(blank).chain(tail.chars()).collect()
}

/// The directives of each file of a dump. nginx prints a file once, however often it is included.
fn split_dump(parts: &[(Range<usize>, Arc<str>)], directives: &[Directive]) -> Vec<DumpedFile> {
    let part = |(range, path): &(Range<usize>, Arc<str>)| {
        // they are in the order of the text
        let before = |end: usize| directives.partition_point(|directive| (directive.span.start as usize) < end);
        let inside = directives.get(before(range.start)..before(range.end)).unwrap_or_default();
        DumpedFile { path: Arc::clone(path), directives: inside.to_vec() }
    };
    parts.iter().map(part).collect()
}

/// Whether the top level reads like nginx: most of its finished statements are known.
fn is_nginx(directives: &[Directive]) -> bool {
    let known = directives
        .iter()
        .filter(|directive| {
            let names = if directive.block.is_some() { BLOCKS } else { STATEMENTS };
            let module = || {
                ["_by_lua", "_by_lua_block", "_by_lua_file"].iter().any(|suffix| directive.name.ends_with(suffix))
                    || [
                        "proxy_",
                        "ssl_",
                        "uwsgi_",
                        "fastcgi_",
                        "grpc_",
                        "gzip_",
                        "brotli",
                        "more_",
                        "auth_jwt",
                        "client_",
                        "limit_",
                        "open_file_",
                        "keepalive_",
                        "http2_",
                        "http3",
                        "quic_",
                        "scgi_",
                        "types_",
                        "sub_filter",
                        "real_ip_",
                    ]
                    .iter()
                    .any(|prefix| directive.name.starts_with(prefix))
            };
            names.contains(&&*directive.name) || module()
        })
        .count();
    known * 2 > directives.len()
}

/// The tree of a stream of statements; includes become demands.
fn tree(events: Vec<Event>, demands: &mut Vec<Demand>) -> Vec<Directive> {
    let mut open: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut current: Vec<Directive> = Vec::new();
    for event in events {
        match event {
            Event::Simple(words, span) => {
                if let Some(directive) = directive(words, span) {
                    if &*directive.name == "include"
                        && let Some(arg) = directive.args.first()
                        && arg.holes.is_empty()
                    {
                        demands.push(Demand::NginxInclude(Arc::clone(&arg.text)));
                    }
                    current.push(directive);
                }
            }
            Event::Open(words, span) => {
                if let Some(directive) = directive(words, span) {
                    open.push((directive, std::mem::take(&mut current)));
                }
            }
            Event::Close(_) => {
                if let Some((mut directive, outer)) = open.pop() {
                    directive.block = Some(std::mem::replace(&mut current, outer));
                    current.push(directive);
                }
            }
        }
    }
    current
}

fn directive(words: Vec<Word>, span: Span) -> Option<Directive> {
    let mut words = words.into_iter();
    let name = words.next()?;
    let args = words
        .map(|word| Arg {
            text: word.text.into(),
            span: word.span,
            holes: word.holes.into_iter().map(|hole| (hole.span, Arc::from(hole.text))).collect(),
        })
        .collect();
    Some(Directive { name: name.text.into(), name_span: name.span, span, args, block: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileRole, LineIndex, RepoPath, Tracking};

    fn facts(text: &str) -> FileFacts {
        let path = RepoPath::new("x.conf").expect("inside");
        let lines = LineIndex::new(text);
        let mut facts = FileFacts::new(path, FileKind::Nginx, FileRole::Production, Tracking::Tracked, lines);
        read(text, &mut facts);
        facts
    }

    #[test]
    fn other_programs_files_say_nothing() {
        for text in [
            "<VirtualHost *:80>\nServerName a.example\nProxyPass /ws ws://b:80/\n</VirtualHost>\n",
            "[program:web]\ncommand=gunicorn app ; comment\nautostart=true\n",
            "bind 127.0.0.1\nport 6379\nappendonly yes\n",
            "options { directory \"/var/cache/bind\"; };\nzone \"x\" { type master; };\n",
            "",
        ] {
            let facts = facts(text);
            assert!(facts.nginx.is_none() && facts.syntax_errors.is_empty() && facts.demands.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_dump_is_several_files() {
        let text = "nginx: the configuration file /etc/nginx/nginx.conf syntax is ok\n\
            # configuration file /etc/nginx/nginx.conf:\nevents {}\nhttp { include conf.d/*.conf; }\n\n\
            # configuration file /etc/nginx/conf.d/a.conf:\nserver { listen 80; }\n";
        let facts = facts(text);
        let file = facts.nginx.expect("nginx");
        let shown: Vec<_> = file.dump.iter().map(|part| (&*part.path, part.directives.len())).collect();
        assert_eq!(shown, [("/etc/nginx/nginx.conf", 2), ("/etc/nginx/conf.d/a.conf", 1)]);
        assert_eq!(file.directives.len(), 2);
        assert!(facts.demands.is_empty() && facts.syntax_errors.is_empty());
    }

    #[test]
    fn a_fragment_with_includes_and_a_mistake() {
        let facts = facts("upstream a { server b:80; }\nserver { listen 80; include snippets/x.conf; listen 81 }\n");
        let file = facts.nginx.expect("nginx");
        assert_eq!(file.directives.len(), 2);
        assert_eq!(file.directives[1].block.as_ref().map(Vec::len), Some(2));
        assert_eq!(facts.demands, [Demand::NginxInclude("snippets/x.conf".into())]);
        assert_eq!(facts.syntax_errors[0].kind, SyntaxErrorKind::Refused);
    }
}
