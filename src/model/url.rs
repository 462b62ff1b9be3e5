//! Stage 6, the address: a text with unknown pieces, read on a page as a browser reads it.
//!
//! Unknown pieces are replaced by placeholders that survive parsing, so that the URL standard is left to the `url` crate.

mod flatten;
mod path;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use url::Url;

use self::flatten::{Flat, flatten};
use super::{
    Component, ConnectionUrl, PageOrigin, PageScheme, PathPiece, PathText, Text, Unknown, UrlProblem, UrlRelation,
};
use crate::base::Place;
use crate::facts::{ClientApi, HoleReason};

/// What is read, and where.
pub(super) struct Given<'a> {
    /// The argument of the call, after any base was put in front.
    pub text: &'a Text,
    /// What opens the connection.
    pub api: ClientApi,
    /// socket.io's `path` option.
    pub socket_path: Option<&'a Text>,
    /// The page that runs the code.
    pub page: Option<&'a PageOrigin>,
    /// The path of the pages' `<base>` element.
    pub base: Option<&'a str>,
    /// Whether the text was chosen by a test of the page's scheme.
    pub scheme_choice: SchemeChoice,
}

/// Where a scheme comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SchemeChoice {
    /// The text alone.
    Text,
    /// A test of the page's scheme, so that it follows the page.
    ByPage,
}

/// What a text comes to.
#[derive(Debug)]
pub(super) struct Bound {
    /// The URL; for a malformed one, the URL that was meant, when that is clear.
    pub url: Option<ConnectionUrl>,
    /// Why the browser refuses it, or takes it for something else.
    pub problem: Option<UrlProblem>,
}

impl Bound {
    fn url(url: ConnectionUrl) -> Self {
        Self { url: Some(url), problem: None }
    }

    fn nothing() -> Self {
        Self { url: None, problem: None }
    }

    fn problem(url: Option<ConnectionUrl>, what: String, fix: &str) -> Self {
        Self { url, problem: Some(UrlProblem { what, fix: fix.to_owned() }) }
    }
}

/// Reads a text as a browser would.
pub(super) fn bind(given: &Given<'_>) -> Bound {
    let mut flat = flatten(given);
    flat.hide_secrets();
    if given.api == ClientApi::SocketIo {
        flat.complete_socket_io(given.page);
    }
    match Url::parse(&flat.raw) {
        Ok(parsed) => absolute(given, &flat, &parsed),
        Err(url::ParseError::RelativeUrlWithoutBase) => relative(given, &flat),
        Err(error) if flat.holes.is_empty() => {
            Bound::problem(None, format!("is not a valid URL ({error})"), "write a whole URL: scheme, host, port, path")
        }
        Err(_) => Bound::nothing(),
    }
}

fn absolute(given: &Given<'_>, flat: &Flat, parsed: &Url) -> Bound {
    let scheme = parsed.scheme();
    match scheme {
        "http" | "https" | "ws" | "wss" => {}
        _ if looks_like_host_and_port(&flat.raw) => {
            let meant = if given.api.is_socket() { "ws" } else { "http" };
            let what = format!("has no scheme, so browsers take `{scheme}:` for one");
            let url = Url::parse(&format!("{meant}://{}", flat.raw)).ok();
            let url = url.map(|url| assemble(given, flat, &url, UrlRelation::Absolute));
            let fix = format!("put the scheme in front: `{meant}s://` or `{meant}://`");
            return Bound { url, problem: Some(UrlProblem { what, fix }) };
        }
        _ => return Bound::nothing(),
    }
    let relation = if flat.host_from_page { UrlRelation::SameHost } else { UrlRelation::Absolute };
    let url = assemble(given, flat, parsed, relation);
    if flat.unknown_scheme.is_none() && matches!(scheme, "ws" | "wss") && !given.api.is_socket() {
        let what = format!("has the scheme `{scheme}:`, which {} refuses", given.api.name());
        return Bound::problem(Some(url), what, "use `https://`, or `new WebSocket` when a socket is meant");
    }
    if let Some(inner) = scheme_as_host(flat, parsed) {
        let what = format!("has a second scheme after the first, so browsers take `{inner}` for the host");
        return Bound::problem(Some(url), what, "put one scheme in front, and only the host and port behind it");
    }
    if given.api == ClientApi::WebSocket && parsed.fragment().is_some() {
        let what = "has a fragment (`#...`), which the WebSocket constructor refuses".to_owned();
        return Bound::problem(Some(url), what, "take the fragment away, or encode `#` as `%23`");
    }
    Bound::url(url)
}

fn relative(given: &Given<'_>, flat: &Flat) -> Bound {
    let base = given.page.map_or_else(|| "https://wlpage.invalid/".to_owned(), page_base);
    let of_pages = Url::parse(&base).and_then(|base| base.join(given.base.unwrap_or_default()));
    let Ok(parsed) = of_pages.and_then(|base| base.join(&flat.raw)) else { return Bound::nothing() };
    let scheme_relative = flat.raw.starts_with("//");
    let relation = match scheme_relative {
        true if flat.host_from_page => UrlRelation::SameHost,
        true => UrlRelation::Absolute,
        false => UrlRelation::Relative,
    };
    let mut url = assemble(given, flat, &parsed, relation);
    if given.base.is_some() && relation == UrlRelation::Relative && !flat.raw.starts_with('/') {
        url.display = resolved(given, flat);
    }
    if given.api != ClientApi::SocketIo
        && given.base.is_none()
        && !flat.raw.starts_with('/')
        && let Component::Is(path, _) = &mut url.path
    {
        path.0.insert(0, PathPiece::Rest);
    }
    if let Some(before) = text_before_scheme(flat) {
        let what =
            format!("begins with `{before}`, which is no scheme, so browsers take it all for a path of the page");
        return Bound::problem(Some(url), what, "leave only the URL: scheme, host, port, path");
    }
    Bound::url(url)
}

/// A relative address as people read it, with the folder of the pages in front.
fn resolved(given: &Given<'_>, flat: &Flat) -> String {
    let base = given.base.unwrap_or_default();
    let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{}", flat.display.trim_start_matches("./"))
}

/// The host of `ws://https://x`: a scheme that is followed by an empty port and two slashes.
fn scheme_as_host<'u>(flat: &Flat, parsed: &'u Url) -> Option<&'u str> {
    let host = parsed.host_str()?;
    let (_, behind) = flat.raw.split_once("://")?;
    let is_scheme = matches!(host, "http" | "https" | "ws" | "wss");
    (is_scheme && behind.strip_prefix(host)?.starts_with("://")).then_some(host)
}

/// What is in front of `://` when it cannot be a scheme (`API_URL=https`, `"https`).
fn text_before_scheme(flat: &Flat) -> Option<&str> {
    let (before, _) = flat.raw.split_once("://")?;
    let is_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let plain = flat.holes.is_empty() || !before.contains(flatten::TOKEN_START);
    (plain && !before.contains(['/', '?', '#']) && !before.bytes().all(is_scheme)).then_some(before)
}

/// The address of a page for resolving relative URLs; unknown parts are placeholders.
fn page_base(page: &PageOrigin) -> String {
    let scheme = match page.scheme.value() {
        Some(PageScheme::Http) => "http",
        Some(PageScheme::Https) | None => "https",
    };
    let host = page.host.value().map_or("wlpage.invalid", |host| host);
    match page.port.value() {
        Some(port) => format!("{scheme}://{host}:{port}/"),
        None => format!("{scheme}://{host}/"),
    }
}

fn assemble(given: &Given<'_>, flat: &Flat, parsed: &Url, relation: UrlRelation) -> ConnectionUrl {
    let relative = relation == UrlRelation::Relative;
    let scheme = scheme_of(given, flat, parsed, relation);
    let host = host_of(given, flat, parsed, relative);
    let port = port_of(given, flat, parsed, relative, &scheme);
    let (path, namespace) = path_of(given, flat, parsed);
    ConnectionUrl {
        display: flat.display.clone(),
        scheme,
        host,
        port,
        path,
        namespace,
        query: flat.query(given.text),
        relation,
        problem: None,
        guards: Vec::new(),
        page_guards: Vec::new(),
        evidence: Vec::new(),
        assumptions: Vec::new(),
    }
}

fn scheme_of(given: &Given<'_>, flat: &Flat, parsed: &Url, relation: UrlRelation) -> Component<Arc<str>> {
    if let Some(unknown) = &flat.unknown_scheme {
        return Component::Unknown(unknown.clone());
    }
    let scheme = match (given.api.is_socket(), parsed.scheme()) {
        (true, "http") => "ws",
        (true, "https") => "wss",
        (_, scheme) => scheme,
    };
    let from_page = relation == UrlRelation::Relative || flat.raw.starts_with("//");
    if from_page {
        return match given.page.map(|page| &page.scheme) {
            Some(super::Known::Is(_, places)) => Component::FromPage(Arc::from(scheme), places.clone()),
            Some(super::Known::Unknown(unknown)) => Component::Unknown(unknown.clone()),
            None => Component::Unknown(no_page()),
        };
    }
    let places = flat.places(0, 1);
    if flat.is_from_page(0) || given.scheme_choice == SchemeChoice::ByPage {
        Component::FromPage(Arc::from(scheme), places)
    } else {
        Component::Is(Arc::from(scheme), places)
    }
}

fn host_of(given: &Given<'_>, flat: &Flat, parsed: &Url, relative: bool) -> Component<Arc<str>> {
    if relative {
        return match given.page.map(|page| &page.host) {
            Some(super::Known::Is(host, places)) => Component::FromPage(host.clone(), places.clone()),
            Some(super::Known::Unknown(unknown)) => Component::Unknown(unknown.clone()),
            None => Component::Unknown(no_page()),
        };
    }
    let host = parsed.host_str().unwrap_or_default();
    if let Some(hole) = flat.hole_in(host) {
        return Component::Unknown(hole.clone());
    }
    let (start, end) = flat.host_range();
    let places = flat.places(start, end);
    if flat.host_from_page {
        Component::FromPage(Arc::from(host), places)
    } else {
        Component::Is(Arc::from(host), places)
    }
}

fn port_of(
    given: &Given<'_>,
    flat: &Flat,
    parsed: &Url,
    relative: bool,
    scheme: &Component<Arc<str>>,
) -> Component<u16> {
    if relative {
        return match given.page.map(|page| &page.port) {
            Some(super::Known::Is(port, places)) => Component::FromPage(*port, places.clone()),
            Some(super::Known::Unknown(unknown)) => Component::Unknown(unknown.clone()),
            None => Component::Unknown(no_page()),
        };
    }
    if let Some(hole) = &flat.unknown_port {
        return Component::Unknown(hole.clone());
    }
    if let Some((start, end)) = flat.port_range()
        && let Ok(port) = flat.raw[start..end].parse::<u16>()
    {
        let places = flat.places(start, end);
        return if flat.is_from_page(start) { Component::FromPage(port, places) } else { Component::Is(port, places) };
    }
    if let Some(hole) = &flat.host_may_hold_port {
        return Component::Unknown(hole.clone());
    }
    match scheme {
        Component::Unknown(unknown) => Component::Unknown(unknown.clone()),
        Component::Is(_, places) | Component::FromPage(_, places) => match parsed.port_or_known_default() {
            Some(port) if flat.host_from_page => Component::FromPage(port, places.clone()),
            Some(port) => Component::Is(port, places.clone()),
            None => Component::Unknown(Unknown { reason: HoleReason::Unsupported, place: None }),
        },
    }
}

fn path_of(given: &Given<'_>, flat: &Flat, parsed: &Url) -> (Component<PathText>, Option<Arc<str>>) {
    let (start, end) = flat.path_range();
    let mut written = path::pieces(parsed.path(), flat);
    if flat.path_may_have_prefix {
        written.0.insert(0, PathPiece::Rest);
    }
    if given.api != ClientApi::SocketIo {
        return (Component::Is(written, flat.places(start, end)), None);
    }
    let namespace = match parsed.path() {
        "" | "/" => None,
        path => Some(Arc::from(path)),
    };
    match given.socket_path {
        None => (Component::Is(PathText::known("/socket.io/"), flat.places(start, end)), namespace),
        Some(option) => match option.as_known() {
            Some(path) => {
                let places = option.places();
                let path = format!("/{}/", path.trim_matches('/'));
                (Component::Is(PathText::known(&path), places), namespace)
            }
            None => (Component::Is(PathText(vec![PathPiece::Rest]), Vec::new()), namespace),
        },
    }
}

fn no_page() -> Unknown {
    Unknown { reason: HoleReason::Runtime, place: None }
}

/// Whether a text is `name:8000/...`: a host and port without a scheme.
fn looks_like_host_and_port(raw: &str) -> bool {
    raw.split_once(':').is_some_and(|(host, rest)| {
        let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !port.is_empty() && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
    })
}

impl PathText {
    /// Whether the path may lie below a prefix, as far as both are known.
    #[must_use]
    pub fn may_be_below(&self, prefix: &str) -> bool {
        let prefix = prefix.trim_start_matches(['^', '/']).trim_end_matches(['/', '$']);
        // Whatever is a parameter of the prefix may be any segment.
        let plain = prefix.split(['<', '{', ':', '(', '*', '[', '\\']).next().unwrap_or_default();
        let Some(PathPiece::Known(first)) = self.0.first() else { return true };
        let first = first.trim_start_matches('/');
        let is_whole = self.0.len() == 1;
        match first.strip_prefix(plain) {
            Some(rest) => plain.len() < prefix.len() || plain.is_empty() || rest.is_empty() || rest.starts_with('/'),
            None => !is_whole && plain.starts_with(first),
        }
    }

    /// What is in it after a prefix; `None` when it is not known to begin so.
    #[must_use]
    pub fn after(&self, prefix: &str) -> Option<Self> {
        let (PathPiece::Known(first), others) = self.0.split_first()? else { return None };
        let rest = first.strip_prefix(prefix)?;
        let known = (!rest.is_empty()).then(|| PathPiece::Known(Arc::from(rest)));
        Some(Self(known.into_iter().chain(others.iter().cloned()).collect()))
    }

    /// The path with a text in front.
    #[must_use]
    pub fn behind(mut self, text: &str) -> Self {
        match self.0.first_mut() {
            Some(PathPiece::Known(first)) => *first = format!("{text}{first}").into(),
            _ => self.0.insert(0, PathPiece::Known(text.into())),
        }
        self
    }

    /// Whether it is known to begin with a slash.
    #[must_use]
    pub fn is_rooted(&self) -> bool {
        matches!(self.0.first(), Some(PathPiece::Known(first)) if first.starts_with('/'))
    }

    /// A path that is wholly known.
    #[must_use]
    pub fn known(path: &str) -> Self {
        Self(vec![PathPiece::Known(Arc::from(path))])
    }

    /// The whole path, when every piece is known.
    #[must_use]
    pub fn as_known(&self) -> Option<String> {
        self.0
            .iter()
            .map(|piece| match piece {
                PathPiece::Known(text) => Some(&**text),
                PathPiece::Segment | PathPiece::Rest => None,
            })
            .collect()
    }

    /// The path for people, with `{...}` for what is unknown.
    #[must_use]
    pub fn display(&self) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                PathPiece::Known(text) => &**text,
                PathPiece::Segment | PathPiece::Rest => "{...}",
            })
            .collect()
    }
}

impl Text {
    /// The places of the pieces.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for piece in &self.0 {
            let place = match piece {
                super::Piece::Known(_, place) => *place,
                super::Piece::Page(_, place) => Some(*place),
                super::Piece::Unknown(unknown) => unknown.place,
            };
            if let Some(place) = place
                && !places.contains(&place)
            {
                places.push(place);
            }
        }
        places
    }
}
