//! Whether a list lets an origin in, by the comparison of the library that holds it.

use super::network::is_loopback;
use super::pattern::Comparing;
use crate::facts::OriginLibrary;
use crate::model::{Admits, OriginEntry};

/// What a list says of an origin.
pub(super) enum Admission {
    /// It lets the origin in.
    Yes,
    /// It does not; these are its entries.
    No(Vec<OriginEntry>),
    /// It does, under another name of the page's machine: `localhost` and `127.0.0.1` are two origins.
    OtherName(OriginEntry),
    /// It would, were the entry written as Origin headers are: nothing equals it as it is.
    Misspelt(OriginEntry),
    /// Not known, with the reason in words.
    Unknown(String),
}

/// What is unknown of a page that a list holds by another name of its machine: by which name people open it.
pub(super) const OTHER_NAME: &str = "the list names the same machine by its other name";

/// Where a page stands to the server that it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// Both have one origin.
    Same,
    /// They have different ones.
    Other,
}

/// Whether the list lets the origin in.
pub(super) fn admitted(
    origin: &str,
    library: OriginLibrary,
    admits: &Admits,
    relation: Relation,
    comparing: Comparing<'_>,
) -> Admission {
    match admits {
        Admits::Any(_) | Admits::Reflected(_) | Admits::Unchecked(_) => Admission::Yes,
        Admits::SameOrigin if library == OriginLibrary::PythonSocketIo => match relation {
            Relation::Same => Admission::Yes,
            Relation::Other => Admission::No(Vec::new()),
        },
        Admits::Nobody if library == OriginLibrary::SocketIoCors => Admission::No(Vec::new()),
        Admits::SameOrigin | Admits::Nobody => Admission::Unknown("only the server's own origin is let in".to_owned()),
        Admits::Unknown(unknown) => Admission::Unknown(format!("the list is not known: {}", unknown.words())),
        Admits::List { entries, patterns, more } => {
            if entries.iter().any(|entry| equal(&entry.text, origin, library)) {
                return Admission::Yes;
            }
            if more.is_none()
                && let Some(entry) = entries.iter().find(|entry| equal_but_for_form(&entry.text, origin, library))
            {
                return Admission::Misspelt(entry.clone());
            }
            if let Some(more) = more {
                return Admission::Unknown(format!("the list may hold more: {}", more.words()));
            }
            for pattern in patterns {
                match comparing.is_match(&pattern.pattern, origin) {
                    Some(true) => return Admission::Yes,
                    Some(false) => {}
                    None => return Admission::Unknown("a pattern of the list is not understood".to_owned()),
                }
            }
            if entries.is_empty() && patterns.is_empty() {
                return Admission::Unknown("the list is empty".to_owned());
            }
            if let Some(entry) = entries.iter().find(|entry| is_alias(&entry.text, origin)) {
                return Admission::OtherName(entry.clone());
            }
            Admission::No(entries.clone())
        }
    }
}

fn equal(entry: &str, origin: &str, library: OriginLibrary) -> bool {
    match library {
        OriginLibrary::ChannelsValidator => names(entry, origin),
        // flask-cors compares in any case.
        OriginLibrary::FlaskCors => entry.eq_ignore_ascii_case(origin),
        _ => entry == origin,
    }
}

/// Whether an entry is the origin but for its form, which the library does not forgive.
fn equal_but_for_form(entry: &str, origin: &str, library: OriginLibrary) -> bool {
    library != OriginLibrary::ChannelsValidator && entry.trim().trim_end_matches('/').eq_ignore_ascii_case(origin)
}

/// Channels compares hosts, and of an entry with a scheme also scheme and port.
fn names(entry: &str, origin: &str) -> bool {
    let entry = entry.to_ascii_lowercase();
    let Some(origin) = url::Url::parse(origin).ok() else { return false };
    let Some(host) = origin.host_str() else { return false };
    let is_of = |domain: &str| {
        domain == "*"
            || domain == host
            || domain.strip_prefix('.').is_some_and(|domain| host == domain || host.ends_with(&format!(".{domain}")))
    };
    let Some((scheme, rest)) = entry.split_once("://") else {
        return is_of(entry.split(':').next().unwrap_or_default());
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let (domain, port) = match authority.rsplit_once(':') {
        Some((domain, port)) => (domain, port.parse().ok()),
        None => (authority, if scheme == "https" { Some(443) } else { Some(80) }),
    };
    scheme == origin.scheme() && port == origin.port_or_known_default() && is_of(domain)
}

/// Whether an entry means the page's machine and port under another loopback name.
fn is_alias(entry: &str, origin: &str) -> bool {
    let parse = |text: &str| url::Url::parse(text.trim()).ok();
    let (Some(entry), Some(origin)) = (parse(entry), parse(origin)) else { return false };
    let loopback = |url: &url::Url| url.host_str().is_some_and(is_loopback);
    loopback(&entry) && loopback(&origin) && entry.port_or_known_default() == origin.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_compares_the_scheme_and_port_of_entries_that_have_them() {
        for (entry, origin, expected) in [
            ("app.example.com", "https://app.example.com", true),
            ("app.example.com", "http://app.example.com:8080", true),
            (".example.com", "https://app.example.com", true),
            ("https://app.example.com", "https://app.example.com", true),
            ("http://app.example.com", "https://app.example.com", false),
            ("https://app.example.com:8443", "https://app.example.com", false),
            ("http://localhost:5173", "http://localhost:5173", true),
            ("http://localhost", "http://localhost:5173", false),
            ("https://.example.com", "https://app.example.com", true),
        ] {
            assert_eq!(names(entry, origin), expected, "{entry} and {origin}");
        }
    }
}
