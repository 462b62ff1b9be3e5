//! What is known of values that are made of a request.

use super::run::{Run, Stop};
use super::servers::Server;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::Sent;

/// Stands for a query that is not known, in an address that goes through the configuration. No request holds it.
pub(super) const UNKNOWN_QUERY: char = '\u{1}';

impl Run<'_> {
    /// A text of the request, or why it is not known.
    pub(super) fn sent(&self, sent: Sent) -> Result<String, Unknown> {
        match sent {
            Sent::Text(text) => Ok(text.to_string()),
            Sent::Nothing => Ok(String::new()),
            Sent::Unknown => Err(Unknown { reason: HoleReason::Runtime, place: None }),
        }
    }

    /// The name that the client gives the server, without port; `None` when it gives none.
    pub(super) fn host_name(&self) -> Result<Option<String>, Unknown> {
        match &self.request.host {
            Some(host) if host.is_empty() => Ok(None),
            Some(host) => Ok(Some(host.to_string())),
            None => Err(Unknown { reason: HoleReason::Runtime, place: None }),
        }
    }

    /// The port in the Host header.
    fn host_port(&self) -> Result<Option<u16>, Unknown> {
        match self.header("Host") {
            Sent::Text(text) => {
                let port = text.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
                Ok(port.and_then(|(_, port)| port.parse().ok()))
            }
            Sent::Nothing => Ok(None),
            // a browser names the port that it connects to, unless it is the usual one
            Sent::Unknown => {
                let usual = if self.tls() { 443 } else { 80 };
                Ok((self.request.port != usual).then_some(self.request.port))
            }
        }
    }

    /// `SERVER_NAME`: what the client calls the server, unless it is to use its own name.
    pub(super) fn server_name(&self) -> Result<String, Unknown> {
        let own = self.server.name().map(|name| name.host.to_string());
        let missing = Unknown { reason: HoleReason::Runtime, place: Some(self.server.place()) };
        if self.scope.flag("usecanonicalname") == Some(true) {
            return own.ok_or(missing);
        }
        match self.host_name()? {
            Some(host) => Ok(host),
            None => own.ok_or(missing),
        }
    }

    /// `SERVER_PORT`.
    pub(super) fn server_port(&self) -> Result<u16, Unknown> {
        let usual = if self.scheme()? == "https" { 443 } else { 80 };
        // a `ServerName` without a port takes that of the address away
        let stated = self.server.own().last("servername").map(|_| self.server.name().and_then(|name| name.port));
        let address = || self.server.addresses().next().and_then(|address| address.port);
        let main = || Server { main: self.server.main, host: None }.name().and_then(|name| name.port);
        let own = stated.unwrap_or_else(|| address().or_else(main));
        let physical = self.scope.flag("usecanonicalphysicalport") == Some(true);
        if self.scope.flag("usecanonicalname") == Some(true) {
            return Ok(own.unwrap_or(if physical { self.request.port } else { usual }));
        }
        if let Some(port) = self.host_port()? {
            return Ok(port);
        }
        Ok(if physical { self.request.port } else { own.unwrap_or(usual) })
    }

    /// `REQUEST_SCHEME`.
    pub(super) fn scheme(&self) -> Result<String, Unknown> {
        let stated = self.server.name().and_then(|name| name.scheme);
        Ok(stated.map_or_else(|| if self.tls() { "https" } else { "http" }.to_owned(), |scheme| scheme.to_string()))
    }

    /// An address of this server with scheme, name and port, for a path.
    pub(super) fn own_address(&self, path: &str) -> Result<String, Unknown> {
        let (scheme, name, port) = (self.scheme()?, self.server_name()?, self.server_port()?);
        let usual = if scheme == "https" { 443 } else { 80 };
        let port = if port == usual { String::new() } else { format!(":{port}") };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(format!("{scheme}://{name}{port}{slash}{path}"))
    }

    /// The query as it is part of an address: with `?`, or nothing.
    pub(super) fn query(&self) -> String {
        match &self.args {
            Sent::Text(query) => format!("?{query}"),
            Sent::Nothing => String::new(),
            Sent::Unknown => format!("?{UNKNOWN_QUERY}"),
        }
    }

    /// A variable of rules and expressions.
    pub(super) fn variable(&self, name: &str) -> Result<String, Unknown> {
        if let Some((kind, inner)) = name.split_once(':') {
            return self.of_kind(kind, inner);
        }
        let upper = name.to_ascii_uppercase();
        let header = |name: &str| self.sent(self.header(name));
        Ok(match upper.as_str() {
            "HTTP_HOST" => match self.request.headers.get("Host") {
                Sent::Unknown => self.named_host()?,
                _ => header("Host")?,
            },
            "HTTP_USER_AGENT" => header("User-Agent")?,
            "HTTP_REFERER" => header("Referer")?,
            "HTTP_COOKIE" => header("Cookie")?,
            "HTTP_ACCEPT" => header("Accept")?,
            "HTTP_FORWARDED" => header("Forwarded")?,
            "HTTP_PROXY_CONNECTION" => header("Proxy-Connection")?,
            "REQUEST_URI" => self.uri.clone(),
            "REQUEST_FILENAME" | "SCRIPT_FILENAME" => self.filename.clone().unwrap_or_default(),
            "QUERY_STRING" => self.sent(self.args.clone())?,
            "REQUEST_METHOD" => self.method.to_string(),
            "REQUEST_SCHEME" => self.scheme()?,
            "HTTPS" => if self.tls() { "on" } else { "off" }.to_owned(),
            "SERVER_NAME" => self.server_name()?,
            "SERVER_PORT" => self.server_port()?.to_string(),
            "DOCUMENT_ROOT" => {
                let directive = self.server.last("documentroot").and_then(|directive| directive.args.first());
                match directive {
                    Some(arg) => arg.known()?.to_owned(),
                    None => "/var/www/html".to_owned(),
                }
            }
            "IS_SUBREQ" => "false".to_owned(),
            "PATH_INFO" | "REMOTE_USER" | "AUTH_TYPE" | "CONTEXT_PREFIX" => String::new(),
            "REMOTE_ADDR" | "CONN_REMOTE_ADDR" => match self.request.client {
                Some(address) => address.to_string(),
                None => return Err(self.runtime()),
            },
            "SERVER_ADDR" => match self.request.address {
                Some(address) => address.to_string(),
                None => return Err(self.runtime()),
            },
            "SERVER_PROTOCOL" => self.protocol().to_owned(),
            "THE_REQUEST" => {
                let query = self.sent(self.request.query.clone())?;
                let query = if query.is_empty() { query } else { format!("?{query}") };
                format!("{} {}{query} {}", self.request.method, self.raw, self.protocol())
            }
            known if known.starts_with("TIME") || known.starts_with("REMOTE") || known.starts_with("SERVER") => {
                return Err(self.runtime());
            }
            known if known.starts_with("SSL") || known.starts_with("SCRIPT") || known.starts_with("CONTEXT") => {
                return Err(self.runtime());
            }
            _ => String::new(),
        })
    }

    fn protocol(&self) -> &'static str {
        use crate::model::proxy::HttpVersion::{Http2, Http3, Http10, Http11};
        match self.request.version {
            Http10 => "HTTP/1.0",
            Http11 => "HTTP/1.1",
            Http2 | Http3 => "HTTP/2.0",
        }
    }

    fn of_kind(&self, kind: &str, name: &str) -> Result<String, Unknown> {
        match kind.to_ascii_uppercase().as_str() {
            "HTTP" if name.eq_ignore_ascii_case("host") => self.variable("HTTP_HOST"),
            "HTTP" => self.sent(self.header(name)),
            "ENV" => match self.environment.get(name) {
                Some(Some(value)) => Ok(value.clone()),
                Some(None) => Err(self.runtime()),
                None if name.eq_ignore_ascii_case("https") => Ok(if self.tls() { "on" } else { "" }.to_owned()),
                // the environment of the process is not known, but hardly has a name that rules ask for
                None => Ok(String::new()),
            },
            "SSL" => Err(self.runtime()),
            _ => Err(Unknown { reason: HoleReason::Unsupported, place: None }),
        }
    }

    /// What a browser sends as Host, from the name and the port that it connects to.
    fn named_host(&self) -> Result<String, Unknown> {
        let host = self.host_name()?.unwrap_or_default();
        Ok(match self.host_port()? {
            Some(port) => format!("{host}:{port}"),
            None => host,
        })
    }

    pub(super) fn runtime(&self) -> Unknown {
        Unknown { reason: HoleReason::Runtime, place: Some(self.place()) }
    }
}

/// A value that has to be known.
pub(super) fn needed<T>(value: Result<T, Unknown>) -> Result<T, Stop> {
    value.map_err(Stop::Unknown)
}
