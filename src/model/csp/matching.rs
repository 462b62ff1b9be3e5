//! Whether a source of a policy takes an address. Every answer is Chromium's own (`tests/live/policies`): where the standard
//! says otherwise, people still meet what their browser does.

use super::GAP;

/// The page, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct CspPage<'a> {
    /// `http` or `https`.
    pub scheme: &'a str,
    /// Host name, lower case.
    pub host: Option<&'a str>,
    /// Port.
    pub port: Option<u16>,
}

/// The address that is asked for, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct AskedUrl<'a> {
    /// `http`, `https`, `ws` or `wss`.
    pub scheme: &'a str,
    /// Host name, lower case.
    pub host: Option<&'a str>,
    /// Port.
    pub port: Option<u16>,
    /// The path as far as it is known from its beginning, and whether that is all of it.
    pub path: (&'a str, Whole),
    /// What it shares with the page, known or not.
    pub whose: Whose,
}

/// Whether a text is all that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// It is.
    Yes,
    /// Something unknown follows.
    No,
}

/// What an address shares with its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Host and port.
    PagesOrigin,
    /// The host.
    PagesHost,
    /// Nothing that is known.
    Stated,
}

/// Whether something is let out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Yes.
    Yes,
    /// No.
    No,
    /// It depends on what is not known.
    Unknown,
}

impl Match {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unknown,
        }
    }

    /// Either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Unknown,
        }
    }
}

/// Longer lists are not compared: what they take is unknown.
const MOST_SOURCES: usize = 1_000;

/// Whether a list of sources takes an address.
#[must_use]
pub fn matches(sources: &[String], page: &CspPage<'_>, url: &AskedUrl<'_>) -> Match {
    if sources.len() > MOST_SOURCES {
        return Match::Unknown;
    }
    sources.iter().fold(Match::No, |found, source| found.or(source_matches(source, page, url)))
}

fn source_matches(written: &str, page: &CspPage<'_>, url: &AskedUrl<'_>) -> Match {
    let lower = written.to_ascii_lowercase();
    let source = lower.as_str();
    match source {
        "*" => return Match::Yes,
        "'self'" => return is_self(page, url),
        // keywords, nonces and hashes are for scripts
        _ if source.starts_with('\'') => return Match::No,
        _ => {}
    }
    if source.contains(GAP) {
        return unknown_source(source, page, url);
    }
    if let Some(scheme) = source.strip_suffix(':').filter(|scheme| is_scheme(scheme)) {
        return Match::of(speaks(scheme, url.scheme).is_some());
    }
    match HostSource::new(source, written) {
        Some(host) => host.matches(page, url),
        None => Match::No,
    }
}

/// A source with unknown characters: its scheme alone may say no.
fn unknown_source(source: &str, page: &CspPage<'_>, url: &AskedUrl<'_>) -> Match {
    let scheme = match source.split_once("://") {
        Some((scheme, _)) => scheme,
        None if source.starts_with(GAP) || source.ends_with(GAP) && !source.contains(['.', ':']) => {
            return Match::Unknown;
        }
        None => page.scheme,
    };
    if scheme.contains(GAP) || speaks(scheme, url.scheme).is_some() { Match::Unknown } else { Match::No }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '-' | '.'))
}

/// How a scheme is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    Same,
    /// The more secure form of it.
    Secure,
}

fn speaks(source: &str, url: &str) -> Option<Speaks> {
    match (source, url) {
        _ if source == url => Some(Speaks::Same),
        ("http", "https") | ("ws", "wss") => Some(Speaks::Secure),
        _ => None,
    }
}

fn usual_port(scheme: &str) -> u16 {
    if matches!(scheme, "https" | "wss") { 443 } else { 80 }
}

/// `'self'`: the page's own host and port, for sockets too, and the secure form of an http page's.
fn is_self(page: &CspPage<'_>, url: &AskedUrl<'_>) -> Match {
    let scheme =
        matches!((page.scheme, url.scheme), ("http", "http" | "https" | "ws" | "wss") | ("https", "https" | "wss"));
    let host = match (url.whose, page.host, url.host) {
        (Whose::PagesOrigin | Whose::PagesHost, ..) => Match::Yes,
        (Whose::Stated, Some(page), Some(url)) => Match::of(page == url),
        (Whose::Stated, ..) => Match::Unknown,
    };
    let port = match (url.whose, page.port, url.port) {
        (Whose::PagesOrigin, ..) => Match::Yes,
        (_, Some(at), Some(asked)) => {
            Match::of(at == asked || at == usual_port(page.scheme) && asked == usual_port(url.scheme))
        }
        _ => Match::Unknown,
    };
    Match::of(scheme).and(host).and(port)
}

/// `https://*.example.com:8443/path`.
struct HostSource<'a> {
    scheme: Option<&'a str>,
    host: &'a str,
    port: SourcePort,
    path: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SourcePort {
    Unstated,
    Any,
    Is(u16),
}

impl<'a> HostSource<'a> {
    /// The source in lower case, and as written: paths are told apart by case.
    fn new(source: &'a str, written: &'a str) -> Option<Self> {
        let (scheme, rest) = match source.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            Some(_) => return None,
            None => (None, source),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = written.get(written.len() - path.len()..).unwrap_or(path);
        let (host, port) = match authority.split_once(':') {
            None => (authority, SourcePort::Unstated),
            Some((host, "*")) => (host, SourcePort::Any),
            Some((host, port)) => (host, SourcePort::Is(port.parse().ok()?)),
        };
        let labels = host.strip_prefix("*.").unwrap_or(host);
        let is_host = |text: &str| {
            text.split('.').all(|label| {
                !label.is_empty()
                    && label.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
            })
        };
        (host == "*" || is_host(labels)).then_some(Self { scheme, host, port, path })
    }

    fn matches(&self, page: &CspPage<'_>, url: &AskedUrl<'_>) -> Match {
        // Without a scheme it is the page's: no socket then, on a page of either scheme.
        let scheme = self.scheme.unwrap_or(page.scheme);
        let Some(speaks) = speaks(scheme, url.scheme) else { return Match::No };
        self.host_matches(page, url).and(self.port_matches(page, url, speaks, scheme)).and(self.path_matches(url))
    }

    fn host_matches(&self, page: &CspPage<'_>, url: &AskedUrl<'_>) -> Match {
        if self.host == "*" {
            return Match::Yes;
        }
        let shared = if url.whose == Whose::Stated { None } else { page.host };
        let Some(host) = url.host.or(shared) else { return Match::Unknown };
        Match::of(match self.host.strip_prefix('*') {
            Some(domain) => host.ends_with(domain),
            None => host == self.host,
        })
    }

    fn port_matches(&self, page: &CspPage<'_>, url: &AskedUrl<'_>, speaks: Speaks, scheme: &str) -> Match {
        let shared = if url.whose == Whose::PagesOrigin { page.port } else { None };
        let usual = usual_port(url.scheme);
        match (self.port, url.port.or(shared)) {
            (SourcePort::Any, _) => Match::Yes,
            (_, None) => Match::Unknown,
            (SourcePort::Unstated, Some(port)) => Match::of(port == usual),
            // `http://a.test:80` takes `https://a.test`, and a port that is written out takes no other scheme.
            (SourcePort::Is(stated), Some(port)) => Match::of(match speaks {
                Speaks::Same => stated == port,
                Speaks::Secure => port == 443 && (stated == 80 || stated == 443 && scheme == "http"),
            }),
        }
    }

    /// A path that ends in a slash takes all below it, another one itself.
    fn path_matches(&self, url: &AskedUrl<'_>) -> Match {
        if matches!(self.path, "" | "/") {
            return Match::Yes;
        }
        let (known, whole) = url.path;
        let takes = if self.path.ends_with('/') { known.starts_with(self.path) } else { known == self.path };
        match whole {
            Whole::Yes => Match::of(takes),
            Whole::No if takes && self.path.ends_with('/') => Match::Yes,
            Whole::No if self.path.starts_with(known) => Match::Unknown,
            Whole::No => Match::No,
        }
    }
}
