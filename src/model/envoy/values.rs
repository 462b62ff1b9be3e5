//! What is known of the values that conditions look at, and that a configuration puts into headers.

use std::sync::Arc;

use super::config::RemoteAddress;
use super::format;
use super::headers::{Headers, Value};
use super::run::Run;
use crate::facts::HoleReason;
use crate::model::proxy::{HttpVersion, Sent};

impl Run<'_> {
    /// A header as conditions see it, with those that HTTP/2 writes with a colon.
    pub(super) fn read_header(&self, name: &str) -> Sent {
        let known = |value: &Value| value.clone().map_or(Sent::Unknown, Sent::Text);
        match name {
            ":authority" | "host" => known(&self.host),
            ":method" => Sent::Text(Arc::clone(&self.request.method)),
            ":path" => match self.whole_path() {
                Ok(path) => Sent::Text(path.into()),
                Err(_) => Sent::Unknown,
            },
            ":scheme" => known(&self.scheme),
            _ => self.headers.joined(name),
        }
    }

    /// The path with its query.
    pub(super) fn whole_path(&self) -> Result<String, HoleReason> {
        match &self.query {
            Sent::Text(query) => Ok(format!("{}?{query}", self.path)),
            Sent::Nothing => Ok(self.path.clone()),
            Sent::Unknown => Err(HoleReason::Runtime),
        }
    }

    /// The value of a header with what is known in place of its commands.
    pub(super) fn fill(&self, headers: &Headers, text: &str) -> Value {
        format::fill(text, |command| self.command(headers, command))
    }

    fn command(&self, headers: &Headers, command: &str) -> Value {
        if let Some((names, length)) = format::request_header(command) {
            for name in names {
                let value = match &*name {
                    ":path" => self.whole_path().map(Arc::from)?,
                    ":method" => Arc::clone(&self.request.method),
                    ":authority" | "host" => self.host.clone()?,
                    ":scheme" => self.scheme.clone()?,
                    _ => match headers.get(&name) {
                        Sent::Text(text) => text,
                        Sent::Nothing => continue,
                        Sent::Unknown => return Err(HoleReason::Runtime),
                    },
                };
                let length = length.unwrap_or(usize::MAX);
                return Ok(value.chars().take(length).collect::<String>().into());
            }
            return Ok("".into());
        }
        match command {
            "PROTOCOL" => Ok(match self.request.version {
                HttpVersion::Http10 => "HTTP/1.0".into(),
                HttpVersion::Http11 => "HTTP/1.1".into(),
                HttpVersion::Http2 => "HTTP/2".into(),
                HttpVersion::Http3 => "HTTP/3".into(),
            }),
            "DOWNSTREAM_LOCAL_PORT" => Ok(self.request.port.to_string().into()),
            "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT" => self.client(),
            "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT" => {
                self.request.client.map(|address| address.to_string().into()).ok_or(HoleReason::Runtime)
            }
            _ => Err(HoleReason::Unsupported),
        }
    }

    /// The address that counts as the client's.
    fn client(&self) -> Value {
        let own = self.request.client.map(|address| address.to_string().into()).ok_or(HoleReason::Runtime);
        if self.manager.remote_address == RemoteAddress::Connection || self.manager.trusted_hops > 0 {
            return if self.manager.trusted_hops > 0 { Err(HoleReason::Unsupported) } else { own };
        }
        match self.request.headers.get("X-Forwarded-For") {
            Sent::Text(_) => Err(HoleReason::Unsupported),
            Sent::Nothing => own,
            Sent::Unknown => Err(HoleReason::Runtime),
        }
    }
}
