//! The headers that an upstream receives.

use std::sync::Arc;

use super::request::HttpVersion;
use crate::base::Place;
use crate::model::Unknown;

/// The headers of a request that a proxy hands on.
#[derive(Clone, Debug, PartialEq)]
pub struct UpstreamHeaders {
    /// What it sends of which something is known, in its order.
    pub listed: Vec<UpstreamHeader>,
    /// The names that never arrive, with the directive that says so: `proxy_set_header X "";`, or the proxy's own choice.
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
    /// The proxy by itself.
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
    /// The proxy sends it.
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

/// The version of HTTP that a proxy speaks to an upstream.
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
    /// A directive (nginx: `proxy_http_version`).
    Written(Place),
    /// The default of the program that runs.
    Default,
    /// The default of a program whose version is not known.
    DefaultOfUnknown,
}

/// A name of a header as Go writes it: with a capital at the beginning of each word, unless something in it is in no name.
pub(in crate::model) fn canonical(name: &str) -> Arc<str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.bytes().all(is_token) {
        return name.into();
    }
    let mut upper = true;
    let mut out = String::with_capacity(name.len());
    for ch in name.chars() {
        out.push(if upper { ch.to_ascii_uppercase() } else { ch.to_ascii_lowercase() });
        upper = ch == '-';
    }
    out.into()
}
