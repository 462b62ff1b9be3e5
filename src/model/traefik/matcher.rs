//! The matchers that rules of routers are made of.

use super::version::Syntax;
use crate::model::proxy::Truth;

/// What a request is matched by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matcher {
    /// One of several hosts, each of which may have an asterisk for its first part.
    Host,
    /// A pattern of the host.
    HostRegexp,
    /// The whole path.
    Path,
    /// The beginning of the path.
    PathPrefix,
    /// A pattern of the path.
    PathRegexp,
    /// One of several methods.
    Method,
    /// A header with a value.
    Header,
    /// A header and a pattern of its value.
    HeaderRegexp,
    /// A parameter of the query.
    Query,
    /// A parameter of the query and a pattern of its value.
    QueryRegexp,
    /// The address of the client.
    ClientIp,
    /// The name that Traefik gives to a container: what it takes where nobody writes a rule.
    ContainerName,
}

impl Matcher {
    /// The matcher of rules for TCP with this name.
    pub fn of_connections(name: &str) -> Option<Self> {
        let known = [("HostSNI", Self::Host), ("HostSNIRegexp", Self::HostRegexp), ("ClientIP", Self::ClientIp)];
        known.into_iter().find(|(known, _)| same_word(known, name)).map(|(_, matcher)| matcher)
    }

    /// The matcher of rules for HTTP with this name.
    pub fn named(name: &str, syntax: Syntax) -> Option<Self> {
        let known = [
            ("Host", Self::Host),
            ("HostRegexp", Self::HostRegexp),
            ("Path", Self::Path),
            ("PathPrefix", Self::PathPrefix),
            ("Method", Self::Method),
            ("Query", Self::Query),
            ("ClientIP", Self::ClientIp),
        ];
        let newer = [
            ("PathRegexp", Self::PathRegexp),
            ("Header", Self::Header),
            ("HeaderRegexp", Self::HeaderRegexp),
            ("QueryRegexp", Self::QueryRegexp),
        ];
        let older = [("Headers", Self::Header), ("HeadersRegexp", Self::HeaderRegexp)];
        let own: &[(&str, Self)] = match syntax {
            Syntax::V2 => &older,
            Syntax::V3 => &newer,
        };
        known.iter().chain(own).find(|(known, _)| same_word(known, name)).map(|(_, matcher)| *matcher)
    }

    /// How many arguments it takes.
    pub fn takes(self, count: usize, syntax: Syntax) -> bool {
        match (self, syntax) {
            (Self::Header | Self::HeaderRegexp, _) => count == 2,
            (Self::Query | Self::QueryRegexp, Syntax::V3) => count == 1 || count == 2,
            (_, Syntax::V3) => count == 1,
            (_, Syntax::V2) => count > 0,
        }
    }

    /// Whether its arguments are paths.
    pub fn is_path(self) -> bool {
        matches!(self, Self::Path | Self::PathPrefix)
    }
}

/// Whether the asterisk of a host in a rule stands for others, or may do so; `read` says whether this Traefik reads them so.
pub(super) fn is_wild(host: &str, read: Truth) -> bool {
    host.starts_with('*') && read != Truth::No
}

/// Names are known as they are written in the documentation, in lower and upper case, and with a capital in front.
fn same_word(known: &str, name: &str) -> bool {
    let lower = known.to_lowercase();
    let title = lower.get(1..).map(|rest| known.get(..1).unwrap_or_default().to_owned() + rest);
    name == known || name == lower || name == known.to_uppercase() || Some(name) == title.as_deref()
}
