//! Which nginx runs, and what that decides.

use std::sync::Arc;

use super::request::HttpVersion;

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
    /// The first version that speaks HTTP/1.1 to upstreams without being told to.
    pub const HTTP11_BY_DEFAULT: Self = Self { major: 1, minor: 29, patch: 7 };

    /// The version that an image tag fixes: `1.31.5-alpine`, and `1.25` (whose patch does not matter here). Tags such
    /// as `latest` and `stable` fix none.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let number = tag.split('-').next()?;
        let mut parts = number.split('.').map(str::parse::<u16>);
        let major = parts.next()?.ok()?;
        let minor = parts.next()?.ok()?;
        // `1.29` moves with the branch: today it is its last patch
        let patch = parts.next().map_or(Some(u16::MAX), Result::ok)?;
        Some(Self { major, minor, patch })
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
}

impl Defaults {
    const OLD: Self = Self {
        proxy_http_version: HttpVersion::Http10,
        proxy_headers: &[
            ("Host", "$proxy_host"),
            ("Connection", "close"),
            ("Content-Length", "$content_length"),
            ("Transfer-Encoding", ""),
            ("TE", ""),
            ("Keep-Alive", ""),
            ("Expect", ""),
            ("Upgrade", ""),
        ],
    };
    const NEW: Self = Self {
        proxy_http_version: HttpVersion::Http11,
        proxy_headers: &[
            ("Host", "$proxy_host"),
            ("Connection", ""),
            ("Proxy-Connection", ""),
            ("Content-Length", "$content_length"),
            ("Transfer-Encoding", ""),
            ("TE", ""),
            ("Keep-Alive", ""),
            ("Expect", ""),
            ("Upgrade", ""),
        ],
    };

    /// Those of a version; of an unknown one, those before 1.29.7, which distributions still ship.
    pub fn of(version: Option<NginxVersion>) -> Self {
        match version {
            Some(version) if version >= NginxVersion::HTTP11_BY_DEFAULT => Self::NEW,
            _ => Self::OLD,
        }
    }
}
