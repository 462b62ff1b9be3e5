//! Entries of allow-lists that no Origin header can equal.

use std::net::Ipv6Addr;

use crate::facts::OriginLibrary;

/// What is wrong with an entry, and the entry that was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// As a clause.
    pub why: String,
    /// The right entry.
    pub right: Option<String>,
}

/// Why a library that compares texts never finds `entry` equal to an Origin; `None` when it can be.
pub fn fault(entry: &str, library: OriginLibrary) -> Option<Fault> {
    let found = judged(entry, library)?;
    // An entry that is still wrong when it was put right is no help.
    let right = found.right.filter(|right| judged(right, library).is_none());
    Some(Fault { right, ..found })
}

/// The same, with a right entry that may be wrong in another way.
fn judged(entry: &str, library: OriginLibrary) -> Option<Fault> {
    if entry.is_empty() || entry == "null" {
        return None;
    }
    if library == OriginLibrary::ChannelsValidator {
        return judged_host(entry);
    }
    let fault = |why: &str, right: Option<String>| Some(Fault { why: why.to_owned(), right });
    if entry == "*" {
        return fault("a list is compared text by text, and only a `*` outside a list means every origin", None);
    }
    if let Some((why, right)) = spoiled(entry) {
        return fault(why, right);
    }
    let Some((scheme, rest)) = entry.split_once("://") else {
        return fault("it has no scheme, and an Origin header always has one", None);
    };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return None;
    }
    if rest.contains('*') {
        return fault("entries are compared as text, so a wildcard in them stands for itself", None);
    }
    if rest.contains(['\\', '^', '$', '(', '+']) {
        return fault("it is a pattern, and entries of this list are compared as text", None);
    }
    if let Some((host, path)) = rest.split_once('/') {
        let right = Some(format!("{scheme}://{host}"));
        return if path.is_empty() {
            fault("it ends in a slash (URL types of pydantic add one), and an Origin header never does", right)
        } else {
            fault("it has a path, and an Origin header is scheme, host and port alone", right)
        };
    }
    let default = match scheme {
        "http" => ":80",
        _ => ":443",
    };
    if let Some(host) = rest.strip_suffix(default)
        && !host.is_empty()
    {
        return fault(
            "it spells out the scheme's default port, which browsers leave out of the Origin header",
            Some(format!("{scheme}://{host}")),
        );
    }
    if entry.chars().any(|character| character.is_ascii_uppercase()) && library != OriginLibrary::FlaskCors {
        return fault(
            "it has upper-case letters, and an Origin header is lower case",
            Some(entry.to_ascii_lowercase()),
        );
    }
    None
}

/// What spoils an entry of any list: why, and the text that was meant.
fn spoiled(entry: &str) -> Option<(&'static str, Option<String>)> {
    let bare = entry.trim();
    if bare != entry {
        return Some(("it has white space around it, and an Origin header has none", Some(bare.to_owned())));
    }
    if has_stray_bracket(entry) || entry.contains(['"', '\'']) {
        let bare = entry.trim_matches(['[', ']', '"', '\'', ' ']).to_owned();
        let why =
            "brackets or quotes belong to it: a JSON list is split at commas here, or quotes are inside the value";
        return Some((why, Some(bare).filter(|bare| !bare.is_empty())));
    }
    entry.contains(',').then_some(("it is one text with commas, not a list", None))
}

/// Whether a bracket is at an end that is not that of an IPv6 address.
fn has_stray_bracket(entry: &str) -> bool {
    let inside = entry.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(inside, _)| inside);
    let is_address = inside.is_some_and(|inside| inside.parse::<Ipv6Addr>().is_ok());
    !is_address && (entry.starts_with('[') || entry.ends_with(']'))
}

/// The same for Channels, which compares hosts, and schemes and ports where an entry has a scheme; a dot in front stands for
/// a domain with its sub-domains (`channels.security.websocket.OriginValidator`).
fn judged_host(entry: &str) -> Option<Fault> {
    let fault = |why: &str, right: Option<String>| Some(Fault { why: why.to_owned(), right });
    // Python's `urlparse` takes off what is before a scheme
    let entry = if entry.contains("://") { entry.trim_start() } else { entry };
    if let Some((why, right)) = spoiled(entry) {
        return fault(why, right);
    }
    let (scheme, rest) = match entry.split_once("://") {
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, entry),
    };
    if let Some(domain) = rest.strip_prefix("*.") {
        let start = scheme.map_or_else(String::new, |scheme| format!("{scheme}://"));
        return fault(
            "a `*` in it stands for itself, and sub-domains are meant by a dot",
            Some(format!("{start}.{domain}")),
        );
    }
    match scheme.as_deref() {
        Some("ws") => fault("the scheme of an Origin header is that of the page", Some(format!("http://{rest}"))),
        Some("wss") => fault("the scheme of an Origin header is that of the page", Some(format!("https://{rest}"))),
        Some(_) => None,
        // `urlparse` takes the host for the scheme
        None => match rest.split_once(':') {
            Some((host, port))
                if is_host(host) && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                fault("it has a port and no scheme, so the host is taken for a scheme", Some(host.to_owned()))
            }
            _ => None,
        },
    }
}

fn is_host(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_held_against_what_browsers_send() {
        let cases = [
            ("https://app.example.com", None),
            ("http://localhost:5173", None),
            ("https://app.example.com/", Some(Some("https://app.example.com"))),
            ("http://app.example.com:80", Some(Some("http://app.example.com"))),
            ("http://app.example.com:443", None),
            (" https://app.example.com", Some(Some("https://app.example.com"))),
            ("app.example.com", Some(None)),
            ("localhost:3000", Some(None)),
            ("https://*.example.com", Some(None)),
            ("[\"http://a.example\"", Some(Some("http://a.example"))),
            ("https://App.example.com", Some(Some("https://app.example.com"))),
            ("capacitor://localhost", None),
            ("http://[::1]", None),
            ("http://[::1]:3000", None),
            ("[http://a.example]", Some(Some("http://a.example"))),
            ("*", Some(None)),
            ("http://a'b.example", Some(None)),
            ("l\"$", Some(None)),
            ("'", Some(None)),
        ];
        for (entry, expected) in cases {
            let found = fault(entry, OriginLibrary::StarletteCors).map(|fault| fault.right);
            assert_eq!(found, expected.map(|right| right.map(str::to_owned)), "{entry}");
        }
    }

    #[test]
    fn entries_of_channels_are_hosts() {
        // asked of Channels 4.3.2 with the page https://echo.example.com
        let cases = [
            ("echo.example.com", None),
            (".example.com", None),
            ("https://echo.example.com/", None),
            (" https://echo.example.com", None),
            ("ECHO.example.com", None),
            ("[::1]", None),
            (" echo.example.com", Some(Some("echo.example.com"))),
            ("https://echo.example.com ", Some(Some("https://echo.example.com"))),
            ("a.com,echo.example.com", Some(None)),
            ("*.example.com", Some(Some(".example.com"))),
            ("https://*.example.com", Some(Some("https://.example.com"))),
            ("['echo.example.com'", Some(Some("echo.example.com"))),
            ("echo.example.com:443", Some(Some("echo.example.com"))),
            ("wss://echo.example.com", Some(Some("https://echo.example.com"))),
            ("a'b", Some(None)),
            ("l\"$", Some(None)),
        ];
        for (entry, expected) in cases {
            let found = fault(entry, OriginLibrary::ChannelsValidator).map(|fault| fault.right);
            assert_eq!(found, expected.map(|right| right.map(str::to_owned)), "{entry}");
        }
    }
}
