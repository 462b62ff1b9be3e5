//! Which nginx runs, and what that decides.

use std::sync::Arc;

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
