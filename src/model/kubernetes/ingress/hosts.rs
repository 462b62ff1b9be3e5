//! The hosts that rules are for.

use std::sync::Arc;

/// The hosts of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hosts {
    /// This one, in lower case.
    One(Arc<str>),
    /// Those with one label in front of what is behind the star: `*.example.com`, in lower case.
    Star(Arc<str>),
    /// Any.
    Any,
    /// Not known.
    Unknown,
}

impl Hosts {
    /// Those of a host as it is written.
    pub fn of(host: Option<&str>) -> Self {
        match host.map(str::to_ascii_lowercase) {
            None => Self::Any,
            Some(host) if host.is_empty() || host == "*" => Self::Any,
            Some(host) if host.starts_with("*.") => Self::Star(host.into()),
            Some(host) => Self::One(host.into()),
        }
    }
}

/// The star that one host is for: its first label is left open.
pub(super) fn star_of(host: &str) -> Option<String> {
    host.split_once('.').map(|(_, rest)| format!("*.{rest}"))
}

/// The longest name that there is; what is longer is nobody's.
const LONGEST: usize = 253;

/// The stars of which a host is below, with more than one label of its own: some programs take them for it.
pub(super) fn deeper_stars(host: &str) -> impl Iterator<Item = String> + '_ {
    let labels = host.match_indices('.').skip(1).filter(|_| host.len() <= LONGEST);
    labels.filter_map(|(at, _)| Some(format!("*{}", host.get(at..)?)))
}
