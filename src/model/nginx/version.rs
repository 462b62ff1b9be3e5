//! Which nginx runs, and what that decides.

use std::sync::Arc;

use crate::model::proxy::HttpVersion;

/// A version of nginx.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NginxVersion {
    /// `1`.
    pub major: u16,
    /// `29`.
    pub minor: u16,
    /// `7`.
    pub patch: u16,
}

impl NginxVersion {
    const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// The first version that speaks HTTP/1.1 to upstreams without being told to.
    pub const HTTP11_BY_DEFAULT: Self = Self { major: 1, minor: 29, patch: 7 };

    /// The version that an image tag fixes: `1.31.5-alpine`, and `1.25` (whose patch does not matter here). Tags such
    /// as `latest` and `stable` fix none.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::parse(tag.split('-').next()?)
    }

    /// `1.29.8`, or `1.28` for the last patch of a branch.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::parse::<u16>);
        let major = parts.next()?.ok()?;
        let minor = parts.next()?.ok()?;
        // `1.29` moves with the branch: today it is its last patch
        let patch = parts.next().map_or(Some(u16::MAX), Result::ok)?;
        parts.next().is_none().then_some(Self { major, minor, patch })
    }

    /// The tag's version as people write it.
    #[must_use]
    pub fn text(self) -> Arc<str> {
        if self.patch == u16::MAX {
            return format!("{}.{}", self.major, self.minor).into();
        }
        format!("{}.{}.{}", self.major, self.minor, self.patch).into()
    }
}

/// What nginx does when a configuration does not say it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Defaults {
    /// The version of HTTP that it speaks to upstreams.
    pub proxy_http_version: HttpVersion,
    /// Headers that it sets or removes unless a directive sets them.
    pub proxy_headers: &'static [(&'static str, &'static str)],
    /// Whether HTTP/1.1 requests get a Host even when a directive empties it.
    pub host_always: bool,
}

/// Before 1.29.7.
const CLOSING: &[(&str, &str)] = &[
    ("Host", "$proxy_host"),
    ("Connection", "close"),
    ("Content-Length", "$content_length"),
    ("Transfer-Encoding", ""),
    ("TE", ""),
    ("Keep-Alive", ""),
    ("Expect", ""),
    ("Upgrade", ""),
];

/// Since 1.29.7: connections are kept.
const KEEPING: &[(&str, &str)] = &[
    ("Host", "$proxy_host"),
    ("Connection", ""),
    ("Content-Length", "$content_length"),
    ("Transfer-Encoding", ""),
    ("TE", ""),
    ("Keep-Alive", ""),
    ("Expect", ""),
    ("Upgrade", ""),
];

/// Since 1.31.0.
const KEEPING_PROXY_CONNECTION: &[(&str, &str)] = &[
    ("Host", "$proxy_host"),
    ("Connection", ""),
    ("Proxy-Connection", ""),
    ("Content-Length", "$content_length"),
    ("Transfer-Encoding", ""),
    ("TE", ""),
    ("Keep-Alive", ""),
    ("Expect", ""),
    ("Upgrade", ""),
];

impl Defaults {
    /// Those of a version; of an unknown one, those before 1.29.7, which distributions still ship.
    pub fn of(version: Option<NginxVersion>) -> Self {
        let since = |minor: u16, patch: u16| version.is_some_and(|known| known >= NginxVersion::new(1, minor, patch));
        let proxy_headers = match (since(29, 7), since(31, 0)) {
            (false, _) => CLOSING,
            (true, false) => KEEPING,
            (true, true) => KEEPING_PROXY_CONNECTION,
        };
        Self {
            proxy_http_version: if since(29, 7) { HttpVersion::Http11 } else { HttpVersion::Http10 },
            proxy_headers,
            host_always: since(31, 4),
        }
    }
}

#[cfg(test)]
mod defaults {
    use super::*;

    #[test]
    fn of_versions() {
        let connection = |defaults: &Defaults| {
            defaults.proxy_headers.iter().find(|(name, _)| *name == "Connection").map(|(_, value)| *value)
        };
        let drops = |defaults: &Defaults| defaults.proxy_headers.iter().any(|(name, _)| *name == "Proxy-Connection");
        for (tag, version, close, proxy_connection, host_always) in [
            ("1.22.1", HttpVersion::Http10, "close", false, false),
            ("1.29.6", HttpVersion::Http10, "close", false, false),
            ("1.29.7", HttpVersion::Http11, "", false, false),
            ("1.30.4", HttpVersion::Http11, "", false, false),
            ("1.31.0", HttpVersion::Http11, "", true, false),
            ("1.31.4", HttpVersion::Http11, "", true, true),
        ] {
            let found = Defaults::of(NginxVersion::from_tag(tag));
            assert_eq!(found.proxy_http_version, version, "{tag}");
            assert_eq!(connection(&found), Some(close), "{tag}");
            assert_eq!((drops(&found), found.host_always), (proxy_connection, host_always), "{tag}");
        }
        assert_eq!(Defaults::of(None).proxy_http_version, HttpVersion::Http10, "distributions ship old ones");
    }
}
