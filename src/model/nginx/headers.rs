//! The headers that an upstream receives.

use std::sync::Arc;

use super::run::Run;
use super::tree::{LevelId, Tree};
use super::variables::{Evaluated, Quoting};
use super::version::Defaults;
use crate::base::Place;
use crate::model::Unknown;
use crate::model::proxy::{
    ClientHeaders, HeaderOrigin, HeaderValue, HttpVersion, OtherHeaders, RequestHeaders, Sent, SpokenVersion,
    UpstreamHeader, UpstreamHeaders, VersionSource,
};

impl Run<'_> {
    /// The version of HTTP that nginx speaks to upstreams at its level.
    pub(super) fn spoken(&self) -> SpokenVersion {
        let written =
            self.tree.effective(self.level, "proxy_http_version").and_then(|(_, found)| found.into_iter().next());
        let version = written.and_then(|statement| match statement.arg(0)? {
            "1.0" => Some(HttpVersion::Http10),
            "1.1" => Some(HttpVersion::Http11),
            "2" | "2.0" => Some(HttpVersion::Http2),
            _ => None,
        });
        if let (Some(statement), Some(version)) = (written, version) {
            return SpokenVersion { version, source: VersionSource::Written(statement.place) };
        }
        let source =
            if self.instance.version.is_some() { VersionSource::Default } else { VersionSource::DefaultOfUnknown };
        SpokenVersion { version: Defaults::of(self.instance.version).proxy_http_version, source }
    }

    /// The headers that the upstream receives.
    pub(super) fn upstream_headers(&mut self, version: HttpVersion) -> UpstreamHeaders {
        let tree = self.tree;
        let defaults = Defaults::of(self.instance.version);
        let mut out = UpstreamHeaders { listed: Vec::new(), removed: Vec::new(), others: ClientHeaders::PassedOn };
        let mut taken: Vec<(Arc<str>, Option<Place>)> = Vec::new();
        let is_taken = |taken: &[(Arc<str>, Option<Place>)], name: &str| {
            taken.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        let effective = tree.effective(self.level, "proxy_set_header").map(|(_, found)| found).unwrap_or_default();
        for statement in effective {
            let (Some(name), Some(value)) = (statement.args.first(), statement.args.get(1)) else { continue };
            taken.push((Arc::clone(&name.text), Some(statement.place)));
            let text = self.argument(value);
            if let Some(value) = header_value(&text, Some(value.place)) {
                let origin = HeaderOrigin::Set(statement.place);
                out.listed.push(UpstreamHeader { name: Arc::clone(&name.text), value, origin });
            }
        }
        let host_is_sent = out.listed.iter().any(|header| header.name.eq_ignore_ascii_case("host"));
        for (name, value) in defaults.proxy_headers {
            let forced = *name == "Host" && defaults.host_always && version == HttpVersion::Http11 && !host_is_sent;
            if is_taken(&taken, name) && !forced {
                continue;
            }
            taken.push(((*name).into(), None));
            let body = if value_of_client(name) { self.written_body() } else { None };
            // what is made from the client's own header is not nginx's invention
            let client = value_of_client(name) && body.is_none();
            let text = body.unwrap_or_else(|| self.text(value, Quoting::Plain));
            if let Some(value) = header_value(&text, None) {
                let origin = if client { HeaderOrigin::Client } else { HeaderOrigin::Default };
                if !client || matches!(value, HeaderValue::Known(_)) {
                    out.listed.push(UpstreamHeader { name: (*name).into(), value, origin });
                }
            }
        }
        let withheld = tree
            .effective(self.level, "proxy_pass_request_headers")
            .and_then(|(_, found)| found.into_iter().find(|statement| statement.arg(0) == Some("off")));
        if let Some(statement) = withheld {
            out.others = ClientHeaders::Withheld(statement.place);
        } else {
            for (name, sent) in self.client_headers.iter().filter(|(name, _)| !is_taken(&taken, name)) {
                match sent {
                    Sent::Text(text) => out.listed.push(UpstreamHeader {
                        name: Arc::clone(name),
                        value: HeaderValue::Known(Arc::clone(text)),
                        origin: HeaderOrigin::Client,
                    }),
                    Sent::Nothing => out.removed.push((Arc::clone(name), None)),
                    Sent::Unknown => {}
                }
            }
        }
        for (name, place) in taken {
            if !value_of_client(&name) && !out.listed.iter().any(|header| header.name.eq_ignore_ascii_case(&name)) {
                out.removed.push((name, place));
            }
        }
        out
    }

    /// The length of the body that `proxy_set_body` states, when it does.
    fn written_body(&mut self) -> Option<Evaluated> {
        let (_, found) = self.tree.effective(self.level, "proxy_set_body")?;
        let body = self.argument(found.into_iter().next()?.args.first()?);
        Some(match body.settled() {
            Ok(text) => Evaluated::known(&text.len().to_string()),
            Err(why) => Evaluated::unknown(why),
        })
    }

    /// What the client sends under a name that nginx accepts; `_` stands for `-`, as in `$http_x_custom`.
    pub(super) fn received(&self, name: &str) -> Sent {
        let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
        let same = |listed: &str| listed.bytes().map(plain).eq(name.bytes().map(plain));
        let found = self.client_headers.iter().find(|(listed, _)| same(listed));
        match (found, self.request.headers.others) {
            (Some((_, sent)), _) => sent.clone(),
            (None, OtherHeaders::Absent) => Sent::Nothing,
            (None, OtherHeaders::Unknown) => Sent::Unknown,
        }
    }
}

/// Content-Length, which nginx makes itself, but only when the client sends one.
fn value_of_client(name: &str) -> bool {
    name.eq_ignore_ascii_case("content-length")
}

/// The value of a header; none for an empty one, which is not sent.
fn header_value(text: &Evaluated, place: Option<Place>) -> Option<HeaderValue> {
    match text.settled() {
        Ok("") => None,
        Ok(text) => Some(HeaderValue::Known(text.into())),
        Err(reason) => Some(HeaderValue::Unknown(Unknown { reason, place })),
    }
}

/// The headers of a request that nginx takes in: names with characters other than letters, digits and `-` are dropped
/// silently, unless it is told not to. Host tells the `server`; what comes before it obeys the `reader`.
pub(super) fn accepted(
    tree: &Tree,
    reader: LevelId,
    server: LevelId,
    headers: &RequestHeaders,
) -> Vec<(Arc<str>, Sent)> {
    let says = |level: LevelId, name: &str, value: &str| {
        let found = tree.effective(level, name).and_then(|(_, found)| found.into_iter().next_back());
        found.is_some_and(|statement| statement.arg(0) == Some(value))
    };
    let listed = &headers.listed;
    let host = listed.iter().position(|(name, _)| name.eq_ignore_ascii_case("host"));
    let named = host.unwrap_or(match headers.others {
        OtherHeaders::Absent => listed.len(),
        OtherHeaders::Unknown => 0,
    });
    let (before, after) = listed.split_at_checked(named).unwrap_or((listed, &[]));
    let taken = |level: LevelId, part: &[(Arc<str>, Sent)]| -> Vec<(Arc<str>, Sent)> {
        let odd =
            |(name, _): &&(Arc<str>, Sent)| !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !part.iter().any(|header| odd(&header)) {
            return part.to_vec();
        }
        let underscores = says(level, "underscores_in_headers", "on");
        let any = says(level, "ignore_invalid_headers", "off");
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' && underscores;
        part.iter().filter(|(name, _)| any || name.bytes().all(valid)).cloned().collect()
    };
    let mut found = taken(reader, before);
    found.extend(taken(server, after));
    found
}
