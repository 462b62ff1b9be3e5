//! What differs between releases of Caddy.

/// A release of Caddy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaddyVersion {
    /// 2
    pub major: u16,
    /// The second number.
    pub minor: u16,
    /// The third number.
    pub patch: u16,
}

impl CaddyVersion {
    /// From `2.8.4`, `v2.8` or `2-alpine`; what is not said is the newest. `None` for `latest` and the like.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let numbers = text.trim_start_matches('v').split('-').next()?;
        let mut parts = numbers.split('.').map(|part| part.parse::<u16>().ok());
        let major = parts.next()??;
        let mut next = || parts.next().map_or(Some(u16::MAX), |part| part);
        Some(Self { major, minor: next()?, patch: next()? })
    }

    pub(super) const fn at(minor: u16, patch: u16) -> Self {
        Self { major: 2, minor, patch }
    }
}

/// How paths order routes of one directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathOrder {
    /// The longer first.
    Length,
    /// The same, and the shorter of two that differ in a `*` at the end.
    Star,
    /// The longer without the `*` first, else by their letters.
    Trimmed,
}

/// How placeholders for paths come into the address of `rewrite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathFilling {
    /// Decoded, and they stay so.
    Decoded,
    /// `{path}` decoded, and the whole is decoded once more.
    Twice,
    /// Escaped, and the whole is decoded.
    Escaped,
}

/// How a release behaves. A version that is not known is taken to be the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Defaults {
    pub version: Option<CaddyVersion>,
    pub path_order: PathOrder,
    pub filling: PathFilling,
    /// 2.6.3: `handle`, `rewrite` and `root` exclude one another in `route` too.
    pub groups_in_route: Toggle,
    /// 2.6.3: files are for GET and HEAD only.
    pub files_refuse_methods: Toggle,
    /// 2.11.5: a path whose usual spelling is another keeps its own when it is changed.
    pub keeps_spelling: Toggle,
    /// Before 2.11.5 dots at the end of a path did not count for matchers.
    pub trims_dots: Toggle,
    /// 2.9: the prefix of `strip_prefix` may lack its slash.
    pub prefix_slash: Toggle,
    /// 2.8: all parameters of a `query` matcher must be there.
    pub whole_query: Toggle,
    /// 2.10: `Via` for the upstream.
    pub via: Toggle,
    /// 2.11: an upstream that speaks TLS gets its own name as Host.
    pub upstream_host: Toggle,
    /// 2.11: a request without a name is refused.
    pub refuses_no_host: Toggle,
    /// 2.11.5: a path keeps the slash that it begins with, whatever is stripped.
    pub keeps_slash: Toggle,
    /// 2.11.5: a Location keeps placeholders that nothing defines.
    pub keeps_in_location: Toggle,
    /// 2.11.5: headers with `_` and `.` in their names are dropped.
    pub drops_odd_headers: Toggle,
    /// 2.9: `Sec-WebSocket-Key` is spelled so.
    pub websocket_spelling: Toggle,
    /// 2.9: `header -*` takes out all fields first.
    pub deletes_all_first: Toggle,
    /// 2.7: `header >Name`.
    pub deferred_mark: Toggle,
}

/// Whether a release has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toggle {
    Off,
    On,
}

impl Toggle {
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

impl Defaults {
    pub fn of(version: Option<CaddyVersion>) -> Self {
        let since = |minor, patch| version.is_none_or(|version| version >= CaddyVersion::at(minor, patch));
        let toggle = |minor, patch| if since(minor, patch) { Toggle::On } else { Toggle::Off };
        let path_order = match () {
            () if since(10, 1) => PathOrder::Trimmed,
            () if since(7, 0) => PathOrder::Star,
            () => PathOrder::Length,
        };
        let filling = match () {
            () if since(11, 3) => PathFilling::Escaped,
            () if since(7, 0) => PathFilling::Twice,
            () => PathFilling::Decoded,
        };
        Self {
            version,
            path_order,
            filling,
            groups_in_route: toggle(6, 3),
            files_refuse_methods: toggle(6, 3),
            keeps_spelling: toggle(11, 5),
            trims_dots: if since(11, 5) { Toggle::Off } else { Toggle::On },
            prefix_slash: toggle(9, 0),
            whole_query: toggle(8, 0),
            via: toggle(10, 0),
            upstream_host: toggle(11, 0),
            refuses_no_host: toggle(11, 0),
            keeps_slash: toggle(11, 5),
            keeps_in_location: toggle(11, 5),
            drops_odd_headers: toggle(11, 5),
            websocket_spelling: toggle(9, 0),
            deletes_all_first: toggle(9, 0),
            deferred_mark: toggle(7, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read() {
        let version = |minor, patch| Some(CaddyVersion::at(minor, patch));
        for (tag, expected) in [
            ("2.8.4", version(8, 4)),
            ("v2.6.2-5", version(6, 2)),
            ("2.10-alpine", version(10, u16::MAX)),
            ("2", version(u16::MAX, u16::MAX)),
            ("latest", None),
            ("builder", None),
        ] {
            assert_eq!(CaddyVersion::parse(tag), expected, "{tag}");
        }
        assert!(!Defaults::of(version(6, 2)).via.is_on() && Defaults::of(None).via.is_on());
    }
}
