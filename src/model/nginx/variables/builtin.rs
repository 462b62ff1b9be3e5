//! Variables of nginx itself.

use std::net::IpAddr;

use super::{Evaluated, QUERY_GAP};
use crate::facts::HoleReason;
use crate::model::nginx::run::Run;
use crate::model::nginx::select;
use crate::model::proxy::{HttpVersion, Sent};

impl Run<'_> {
    /// The value of one of nginx's own variables; `None` for a name that is none of them.
    pub(super) fn builtin(&mut self, name: &str) -> Option<Evaluated> {
        let runtime = || Evaluated::unknown(HoleReason::Runtime);
        let request = self.request;
        Some(match name {
            "uri" | "document_uri" => self.uri.clone(),
            "request_uri" => self.request_uri(),
            "args" | "query_string" => self.args.clone(),
            "is_args" => match self.args.settled() {
                Ok("") => Evaluated::default(),
                Ok(_) => Evaluated::known("?"),
                Err(_) if self.args.with_gaps().contains(QUERY_GAP) => Evaluated::unknown_query(),
                Err(_) => Evaluated::unknown_query(),
            },
            "request_method" => Evaluated::known(&self.method),
            "scheme" => Evaluated::known(if self.tls { "https" } else { "http" }),
            "https" => Evaluated::known(if self.tls { "on" } else { "" }),
            "server_port" => Evaluated::known(&request.port.to_string()),
            "server_addr" => request.address.map_or_else(runtime, |address| Evaluated::known(&address.to_string())),
            "remote_addr" => self.client().map_or_else(runtime, |address| Evaluated::known(&address.to_string())),
            "realip_remote_addr" => request.client.map_or_else(runtime, |it| Evaluated::known(&it.to_string())),
            "remote_user" if self.received("authorization") == Sent::Nothing => Evaluated::default(),
            "host" => match request.host.as_deref() {
                None => runtime(),
                Some("") => self.server_name(),
                Some(host) => Evaluated::known(&host.to_ascii_lowercase()),
            },
            "server_name" => self.server_name(),
            "server_protocol" => Evaluated::known(protocol(request.version)),
            "request" => {
                let mut line = Evaluated::known(&format!("{} ", request.method));
                line.push(&self.request_uri());
                line.push_str(" ");
                line.push_str(protocol(request.version));
                line
            }
            "content_length" => self.header("content-length"),
            "content_type" => self.header("content-type"),
            "proxy_host" => self.proxy_host.clone().unwrap_or_default(),
            "proxy_port" => self.proxy_port.clone().unwrap_or_default(),
            "proxy_add_x_forwarded_for" => {
                let mut value = self.header("x-forwarded-for");
                let client = self.variable("remote_addr");
                match value.settled() {
                    Ok("") => client,
                    Ok(_) => {
                        value.push_str(", ");
                        value.push(&client);
                        value
                    }
                    Err(why) => Evaluated::unknown(why),
                }
            }
            "http2" => Evaluated::known(if request.version == HttpVersion::Http2 { "h2" } else { "" }),
            "http3" => Evaluated::known(if request.version == HttpVersion::Http3 { "h3" } else { "" }),
            "nginx_version" => match self.instance.version {
                Some(version) if version.patch != u16::MAX => Evaluated::known(&version.text()),
                _ => runtime(),
            },
            "ssl_server_name" if self.tls => match request.host.as_deref() {
                Some(host) => Evaluated::known(host),
                None => runtime(),
            },
            "ssl_server_name" => Evaluated::default(),
            _ if is_known_at_run_time(name) => runtime(),
            _ => return self.family(name),
        })
    }

    /// Variables whose name says what they hold.
    fn family(&mut self, name: &str) -> Option<Evaluated> {
        if let Some(header) = name.strip_prefix("http_") {
            return Some(self.header(header));
        }
        if let Some(argument) = name.strip_prefix("arg_") {
            return Some(match self.args.settled() {
                Ok(args) => Evaluated::known(named_part(args, '&', argument)),
                Err(why) => Evaluated::unknown(why),
            });
        }
        if let Some(cookie) = name.strip_prefix("cookie_") {
            let header = self.header("cookie");
            return Some(match header.settled() {
                Ok(cookies) => Evaluated::known(named_part(cookies, ';', cookie)),
                Err(why) => Evaluated::unknown(why),
            });
        }
        if name.starts_with("ssl_") && !self.tls {
            return Some(Evaluated::default());
        }
        if name.starts_with("ssl_client_") && self.setting_of_server("ssl_verify_client").is_none_or(|it| it == "off") {
            return Some(Evaluated::known(if name == "ssl_client_verify" { "NONE" } else { "" }));
        }
        if name.starts_with("proxy_protocol_") && !self.speaks_proxy_protocol() {
            return Some(Evaluated::default());
        }
        let later = ["sent_http_", "sent_trailer_", "upstream_", "ssl_", "proxy_protocol_", "tcpinfo_", "geoip"];
        let module = later.iter().any(|family| name.starts_with(family));
        module.then(|| Evaluated::unknown(HoleReason::Runtime))
    }

    /// The address of the client; `None` when it is not known, or headers may state another one.
    pub(in crate::model::nginx) fn client(&self) -> Option<IpAddr> {
        let trusts = self.tree.effective(self.level, "set_real_ip_from").is_some();
        self.request.client.filter(|_| !trusts)
    }

    fn setting_of_server(&self, name: &str) -> Option<&str> {
        let (_, found) = self.tree.effective(self.server, name)?;
        found.into_iter().next_back()?.arg(0)
    }

    /// Whether some server reads the client's address from the PROXY protocol.
    fn speaks_proxy_protocol(&self) -> bool {
        let servers = self.tree.http_servers().flat_map(|(_, server)| &server.statements);
        let mut words = servers.filter(|statement| &*statement.name == "listen").flat_map(|statement| &statement.args);
        words.any(|word| &*word.text == "proxy_protocol")
    }

    /// The first name of the server, without the dot before it.
    fn server_name(&self) -> Evaluated {
        let first = self.tree.level(self.server).and_then(|level| select::names(level).first().copied());
        match first {
            None => Evaluated::default(),
            Some(name) if !name.holes.is_empty() => Evaluated::unknown(HoleReason::Runtime),
            Some(name) if &*name.text == "$hostname" => Evaluated::unknown(HoleReason::Runtime),
            Some(name) if name.text.starts_with('~') => Evaluated::known(&name.text),
            Some(name) => {
                let text = name.text.to_ascii_lowercase();
                Evaluated::known(text.strip_prefix('.').unwrap_or(&text))
            }
        }
    }

    /// The path and query as the client sent them.
    pub(in crate::model::nginx) fn request_uri(&self) -> Evaluated {
        let mut uri = Evaluated::known(&self.raw);
        match &self.request.query {
            Sent::Nothing => {}
            Sent::Text(query) => {
                uri.push_str("?");
                uri.push_str(query);
            }
            Sent::Unknown => uri.push(&Evaluated::unknown_query()),
        }
        uri
    }

    /// What the client sends in a header.
    pub(in crate::model::nginx) fn header(&self, name: &str) -> Evaluated {
        if name == "host" && self.request.host.as_deref() == Some("") {
            return Evaluated::default();
        }
        match self.received(name) {
            Sent::Text(text) => Evaluated::known(&text),
            Sent::Nothing => Evaluated::default(),
            Sent::Unknown => Evaluated::unknown(HoleReason::Runtime),
        }
    }
}

fn protocol(version: HttpVersion) -> &'static str {
    match version {
        HttpVersion::Http10 => "HTTP/1.0",
        HttpVersion::Http11 => "HTTP/1.1",
        HttpVersion::Http2 => "HTTP/2.0",
        HttpVersion::Http3 => "HTTP/3.0",
    }
}

/// The value of `name=value` in a list.
fn named_part<'a>(text: &'a str, separator: char, name: &str) -> &'a str {
    text.split(separator)
        .find_map(|part| {
            let (key, value) = part.trim_start().split_once('=')?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
        .unwrap_or("")
}

/// Names of values that only a running nginx has.
fn is_known_at_run_time(name: &str) -> bool {
    matches!(
        name,
        "binary_remote_addr"
            | "body_bytes_sent"
            | "bytes_sent"
            | "connection"
            | "connection_requests"
            | "connection_time"
            | "document_root"
            | "hostname"
            | "limit_rate"
            | "msec"
            | "pid"
            | "pipe"
            | "realpath_root"
            | "remote_port"
            | "remote_user"
            | "request_body"
            | "request_body_file"
            | "request_completion"
            | "request_filename"
            | "request_id"
            | "request_length"
            | "request_port"
            | "is_request_port"
            | "request_time"
            | "status"
            | "time_iso8601"
            | "time_local"
            | "uid_got"
            | "uid_set"
    )
}
