//! The headers that an upstream receives.

use std::sync::Arc;

use super::request::{HttpVersion, Sent};
use super::run::Run;
use super::tree::LevelId;
use super::variables::Evaluated;
use super::version::Defaults;
use crate::base::Place;
use crate::model::Unknown;

/// The headers of a request that nginx hands on.
#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamHeaders {
    /// What it sends of which something is known, in its order.
    pub listed: Vec<UpstreamHeader>,
    /// The names that never arrive, with the directive that says so: `proxy_set_header X "";`, or nginx's own choice.
    pub removed: Vec<(Arc<str>, Option<Place>)>,
    /// What becomes of all other headers of the client.
    pub others: ClientHeaders,
}

/// A header that an upstream receives.
#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamHeader {
    /// Its name, as sent.
    pub name: Arc<str>,
    /// Its value.
    pub value: HeaderValue,
    /// Who makes it.
    pub origin: HeaderOrigin,
}

/// The value of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// This text.
    Known(Arc<str>),
    /// Not known; it may be empty, and then the header is not sent.
    Unknown(Unknown),
}

/// Who makes a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderOrigin {
    /// A directive.
    Set(Place),
    /// nginx by itself.
    Default,
    /// The client: it is handed on as it came.
    Client,
}

/// What becomes of the client's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientHeaders {
    /// They are handed on.
    PassedOn,
    /// They are not, because of this directive.
    Withheld(Place),
}

/// Whether a header arrives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Received<'a> {
    /// nginx sends it.
    Sent(&'a UpstreamHeader),
    /// It arrives when the client sends it.
    FromClient,
    /// It never arrives; the directive that keeps it back, when it is one.
    Never(Option<Place>),
}

impl UpstreamHeaders {
    /// Whether the header `name` arrives.
    #[must_use]
    pub fn get(&self, name: &str) -> Received<'_> {
        if let Some(header) = self.listed.iter().find(|header| header.name.eq_ignore_ascii_case(name)) {
            return Received::Sent(header);
        }
        let removed = self.removed.iter().find(|(removed, _)| removed.eq_ignore_ascii_case(name));
        match (removed, self.others) {
            (Some((_, place)), _) => Received::Never(*place),
            (None, ClientHeaders::Withheld(place)) => Received::Never(Some(place)),
            (None, ClientHeaders::PassedOn) => Received::FromClient,
        }
    }
}

/// The version of HTTP that nginx speaks to an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpokenVersion {
    /// The version; of a configuration that does not say it and an nginx of unknown version, what nginx did before
    /// 1.29.7.
    pub version: HttpVersion,
    /// What decides it.
    pub source: VersionSource,
}

/// What decides the version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionSource {
    /// `proxy_http_version`.
    Written(Place),
    /// The default of the nginx that runs.
    Default,
    /// The default of an nginx whose version is not known.
    DefaultOfUnknown,
}

/// The version that nginx speaks at `level`.
pub(super) fn spoken(run: &Run<'_>, level: LevelId) -> SpokenVersion {
    let written = run.tree.effective(level, "proxy_http_version").and_then(|(_, found)| found.into_iter().next());
    let version = written.and_then(|statement| match statement.arg(0)? {
        "1.0" => Some(HttpVersion::Http10),
        "1.1" => Some(HttpVersion::Http11),
        "2" | "2.0" => Some(HttpVersion::Http2),
        _ => None,
    });
    if let (Some(statement), Some(version)) = (written, version) {
        return SpokenVersion { version, source: VersionSource::Written(statement.place) };
    }
    let source = if run.instance.version.is_some() { VersionSource::Default } else { VersionSource::DefaultOfUnknown };
    SpokenVersion { version: Defaults::of(run.instance.version).proxy_http_version, source }
}

/// The headers that go to `proxy_host` at `level`.
pub(super) fn headers(run: &Run<'_>, level: LevelId, proxy_host: Evaluated) -> UpstreamHeaders {
    let tree = run.tree;
    let effective = tree.effective(level, "proxy_set_header").map(|(_, found)| found).unwrap_or_default();
    let mut variables = run.variables.clone();
    variables.set("proxy_host", proxy_host);
    let mut out = UpstreamHeaders { listed: Vec::new(), removed: Vec::new(), others: ClientHeaders::PassedOn };
    let mut taken: Vec<(Arc<str>, Option<Place>)> = Vec::new();
    for statement in effective {
        let (Some(name), Some(value)) = (statement.args.first(), statement.args.get(1)) else { continue };
        taken.push((Arc::clone(&name.text), Some(statement.place)));
        let value = match variables.argument(tree, value) {
            Evaluated::Known(text) if text.is_empty() => continue,
            Evaluated::Known(text) => HeaderValue::Known(text.into()),
            Evaluated::Unknown(reason) => HeaderValue::Unknown(Unknown { reason, place: Some(value.place) }),
        };
        let origin = HeaderOrigin::Set(statement.place);
        out.listed.push(UpstreamHeader { name: Arc::clone(&name.text), value, origin });
    }
    let set = |taken: &[(Arc<str>, Option<Place>)], name: &str| {
        taken.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
    };
    for (name, value) in Defaults::of(run.instance.version).proxy_headers {
        if set(&taken, name) {
            continue;
        }
        taken.push(((*name).into(), None));
        let value = match variables.text(tree, value, 0) {
            Evaluated::Known(text) if text.is_empty() => continue,
            Evaluated::Known(text) => HeaderValue::Known(text.into()),
            Evaluated::Unknown(reason) => HeaderValue::Unknown(Unknown { reason, place: None }),
        };
        out.listed.push(UpstreamHeader { name: (*name).into(), value, origin: HeaderOrigin::Default });
    }
    let withheld = tree
        .effective(level, "proxy_pass_request_headers")
        .and_then(|(_, found)| found.into_iter().find(|statement| statement.arg(0) == Some("off")));
    if let Some(statement) = withheld {
        out.others = ClientHeaders::Withheld(statement.place);
    } else {
        for (name, sent) in &run.request.headers.listed {
            if set(&taken, name) {
                continue;
            }
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
        if !out.listed.iter().any(|header| header.name.eq_ignore_ascii_case(&name)) {
            out.removed.push((name, place));
        }
    }
    out
}
