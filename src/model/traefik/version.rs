//! Which Traefik runs.

use crate::model::proxy::Truth;

/// A version, as the tag of an image says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Version 1, whose configuration is another one altogether.
    V1,
    /// Version 2, with its minor version.
    V2(Option<u32>),
    /// Version 3, with its minor version.
    V3(Option<u32>),
    /// Nobody says it.
    Unknown,
}

/// A version that somebody states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraefikVersion(pub(super) Version);

impl TraefikVersion {
    /// From `2.11` or `3.1.4`. `None` for anything else, and for version 1, of which nothing is known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u32> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        match numbers.as_slice() {
            [2, minor] | [2, minor, _] => Some(Self(Version::V2(Some(*minor)))),
            [3, minor] | [3, minor, _] => Some(Self(Version::V3(Some(*minor)))),
            _ => None,
        }
    }
}

/// A minor release: 2.11.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Release(u32, u32);

impl Release {
    /// The first one that is known.
    pub const OLDEST: Self = Self(2, 0);

    /// The last one of version 2.
    const LAST_OF_2: Self = Self(2, 11);

    /// The newest one that is known.
    pub const NEWEST: Self = Self(3, 7);

    /// One of the table of options: `2.11`.
    pub fn of(text: &str) -> Self {
        let number = |text: &str| text.parse().unwrap_or_default();
        let (major, minor) = text.split_once('.').unwrap_or((text, ""));
        Self(number(major), number(minor))
    }
}

/// The grammar of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// That of Traefik 2: matchers with several arguments, and patterns in braces.
    V2,
    /// That of Traefik 3.
    V3,
}

/// When the redirection of an entry point is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RedirectPriority {
    /// Before all routers.
    First,
    /// As a router of this priority.
    Number(i64),
    /// Nobody says it.
    Unknown,
}

impl Version {
    /// Whether a tag names a version, and not whatever is newest or what nobody knows.
    pub fn is_fixed_by(tag: Option<&str>) -> bool {
        tag.is_some_and(|tag| tag.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit()))
    }

    /// That of a tag: `v2.11`, `3`, `v3.1.4-alpine`; `latest` is the newest one.
    pub fn of_tag(tag: Option<&str>) -> Self {
        let Some(tag) = tag else { return Self::V3(None) };
        let mut numbers = tag.trim_start_matches('v').split(['.', '-']).map(str::parse::<u32>);
        let minor = |numbers: &mut dyn Iterator<Item = Result<u32, std::num::ParseIntError>>| {
            numbers.next().and_then(Result::ok)
        };
        match numbers.next() {
            Some(Ok(1)) => Self::V1,
            Some(Ok(2)) => Self::V2(minor(&mut numbers)),
            Some(Ok(3)) => Self::V3(minor(&mut numbers)),
            // the images of version 1 are named after cheeses, too
            _ if matches!(tag, "latest" | "alpine" | "windowsservercore-1809") => Self::V3(None),
            _ => Self::Unknown,
        }
    }

    /// Its minor release, where a tag without one is the newest of its version; `None` when it is not known.
    pub fn release(self) -> Option<Release> {
        match self {
            Self::V2(minor) => Some(minor.map_or(Release::LAST_OF_2, |minor| Release(2, minor))),
            Self::V3(minor) => Some(minor.map_or(Release::NEWEST, |minor| Release(3, minor))),
            Self::V1 | Self::Unknown => None,
        }
    }

    /// The grammar of its rules, where nothing says otherwise; `None` when it is not known.
    pub fn syntax(self) -> Option<Syntax> {
        match self {
            Self::V2(_) => Some(Syntax::V2),
            Self::V3(_) => Some(Syntax::V3),
            Self::V1 | Self::Unknown => None,
        }
    }

    /// What is tried first where an entry point redirects all requests and says no number.
    pub fn redirect_priority(self) -> RedirectPriority {
        match self {
            Self::V2(Some(..=2)) => RedirectPriority::Number(1),
            Self::V1 | Self::Unknown => RedirectPriority::Unknown,
            Self::V2(_) | Self::V3(_) => RedirectPriority::First,
        }
    }

    /// Whether an asterisk stands for the first part of a host in a rule; before, no host has one.
    pub fn has_wild_hosts(self) -> Truth {
        self.release().map_or(Truth::Unknown, |release| Truth::of(release >= Release(3, 7)))
    }

    /// Whether a router for HTTP over TLS that asks for a name goes before one for TCP that asks for it too; older releases do it in
    /// ways of their own.
    pub fn asks_http_first(self) -> bool {
        self.release().is_some_and(|release| release >= Release(2, 7))
    }

    /// Whether double slashes and dots are taken out of paths unless it is told not to.
    pub fn cleans_paths(self) -> bool {
        matches!(self, Self::V3(None | Some(4..)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_versions() {
        for (tag, version) in [
            (Some("v2.10"), Version::V2(Some(10))),
            (Some("2"), Version::V2(None)),
            (Some("v3.1.4"), Version::V3(Some(1))),
            (Some("3-alpine"), Version::V3(None)),
            (Some("1.7.34-alpine"), Version::V1),
            (Some("latest"), Version::V3(None)),
            (Some("livarot"), Version::Unknown),
            (Some("sha256:3f0a"), Version::Unknown),
            (None, Version::V3(None)),
        ] {
            assert_eq!(Version::of_tag(tag), version, "{tag:?}");
        }
    }
}
