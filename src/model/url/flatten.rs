//! A text with page parts filled in and unknown pieces as placeholders.

use std::ops::Range;

use super::Given;
use crate::base::Place;
use crate::facts::{HoleReason, PagePart};
use crate::model::{Known, PageOrigin, PageScheme, Piece, Text, Unknown};

/// What starts a placeholder; letters and digits only, so that it survives in a host and a path.
pub(super) const TOKEN_START: &str = "wlhole";
/// What ends a placeholder.
pub(super) const TOKEN_END: &str = "x";

/// Unknown pieces that are told apart in one URL.
const MOST_HOLES: usize = 64;

/// A text that can be parsed, and what its parts are.
#[derive(Debug, Default)]
pub(super) struct Flat {
    /// The text with placeholders.
    pub raw: String,
    /// The text for people.
    pub display: String,
    /// What each placeholder stands for.
    pub holes: Vec<Unknown>,
    /// Why the scheme is not known.
    pub unknown_scheme: Option<Unknown>,
    /// Why the port is not known, when one is there.
    pub unknown_port: Option<Unknown>,
    /// The unknown host may bring a port with it.
    pub host_may_hold_port: Option<Unknown>,
    /// An unknown base may bring the beginning of the path with it.
    pub path_may_have_prefix: bool,
    /// The host is the page's.
    pub host_from_page: bool,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    range: Range<usize>,
    place: Option<Place>,
    page: bool,
}

/// Where in a URL a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Start,
    Authority,
    Port,
    Path,
}

/// Fills in the page and replaces unknown pieces.
pub(super) fn flatten(given: &Given<'_>) -> Flat {
    let mut flat = Flat::default();
    let pieces = &given.text.0;
    for (index, piece) in pieces.iter().enumerate() {
        if flat.holes.len() > MOST_HOLES {
            // The last hole stands for all that follows it.
            break;
        }
        let next = pieces[index + 1..].iter().find_map(|piece| match piece {
            Piece::Known(text, _) if text.is_empty() => None,
            Piece::Known(text, _) => Some(&**text),
            Piece::Page(..) | Piece::Unknown(_) => Some(""),
        });
        match piece {
            Piece::Known(text, place) => flat.push_known(text, *place, false),
            Piece::Page(part, place) => flat.push_page(*part, *place, given.page, next.unwrap_or_default()),
            Piece::Unknown(unknown) => flat.push_unknown(unknown, next.unwrap_or_default(), None),
        }
    }
    flat
}

impl Flat {
    fn push_known(&mut self, text: &str, place: Option<Place>, page: bool) {
        if text.is_empty() {
            return;
        }
        let start = self.raw.len();
        self.raw.push_str(text);
        self.display.push_str(text);
        self.parts.push(Part { range: start..self.raw.len(), place, page });
    }

    fn push_page(&mut self, part: PagePart, place: Place, page: Option<&PageOrigin>, next: &str) {
        if page_part_is_host(part) && matches!(self.position(), Position::Start | Position::Authority) {
            self.host_from_page = true;
        }
        // The page's path begins with a slash, whatever else it is.
        if part == PagePart::Pathname && !matches!(self.position(), Position::Path) && !self.raw.is_empty() {
            self.push_known("/", Some(place), true);
        }
        match page.map(|page| page_text(part, page)) {
            Some(Ok(text)) => self.push_known(&text, Some(place), true),
            Some(Err(unknown)) => match page.and_then(|page| self.without_port(part, page)) {
                Some(text) => {
                    self.push_known(&text, Some(place), true);
                    self.display.push_str(":{...}");
                    self.host_may_hold_port = Some(unknown);
                }
                None => self.push_unknown(&unknown, next, Some(part)),
            },
            None => {
                let unknown = Unknown { reason: HoleReason::Runtime, place: Some(place) };
                self.push_unknown(&unknown, next, Some(part));
            }
        }
    }

    /// A part of the page's address that ends in a port, when it is where a host may be and all of it but the port is
    /// known.
    fn without_port(&self, part: PagePart, page: &PageOrigin) -> Option<String> {
        let name = page.host.value()?;
        match (part, self.position()) {
            (PagePart::Host, Position::Authority) => Some(name.to_string()),
            (PagePart::Origin, Position::Start) if self.raw.is_empty() => {
                Some(format!("{}://{name}", page.scheme.value()?.text()))
            }
            _ => None,
        }
    }

    fn push_unknown(&mut self, unknown: &Unknown, next: &str, part: Option<PagePart>) {
        let start = self.raw.len();
        let token = format!("{TOKEN_START}{}{TOKEN_END}", self.holes.len());
        match self.position() {
            Position::Start if self.raw.is_empty() => self.open_with_hole(unknown, &token, next, part),
            Position::Start | Position::Path => self.raw.push_str(&token),
            Position::Authority => {
                if !next.starts_with(':') && part != Some(PagePart::Hostname) {
                    self.host_may_hold_port = Some(unknown.clone());
                }
                self.path_may_have_prefix |= part.is_none() && !next.starts_with(':') && !next.starts_with('/');
                self.raw.push_str(&token);
            }
            Position::Port => {
                self.unknown_port = Some(unknown.clone());
                self.raw.push('1');
            }
        }
        self.holes.push(unknown.clone());
        self.display.push_str("{...}");
        self.parts.push(Part { range: start..self.raw.len(), place: unknown.place, page: part.is_some() });
    }

    /// The text begins with something unknown: a scheme, an origin, or a base of any form.
    fn open_with_hole(&mut self, unknown: &Unknown, token: &str, next: &str, part: Option<PagePart>) {
        self.unknown_scheme = Some(unknown.clone());
        if next.starts_with("://") {
            self.raw.push_str("https");
        } else if next.starts_with("//") {
            self.raw.push_str("https:");
        } else {
            self.raw.push_str("https://");
            self.raw.push_str(token);
            if !next.starts_with(':') {
                self.host_may_hold_port = Some(unknown.clone());
            }
            self.path_may_have_prefix |= part != Some(PagePart::Origin);
            if !(next.is_empty() || next.starts_with(['/', '?', '#', ':'])) {
                self.raw.push('/');
            }
        }
    }

    /// Leaves what is secret by its name out of the text for people.
    pub(super) fn hide_secrets(&mut self) {
        let Some((before, query)) = self.display.split_once('?') else { return };
        let hidden: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, value)) if !value.is_empty() && is_secret(name) => format!("{name}={{...}}"),
                _ => pair.to_owned(),
            })
            .collect();
        self.display = format!("{before}?{}", hidden.join("&"));
    }

    /// Does to the text what socket.io's client does: a bare host gets the page's scheme, a path or nothing the page's host.
    pub(super) fn complete_socket_io(&mut self, page: Option<&PageOrigin>) {
        let has_scheme = ["http://", "https://", "ws://", "wss://"].iter().any(|scheme| self.raw.starts_with(scheme));
        if has_scheme || self.raw.is_empty() || self.raw.starts_with('/') {
            return;
        }
        let scheme = match page.and_then(|page| page.scheme.value()) {
            Some(PageScheme::Http) => "http://",
            Some(PageScheme::Https) => "https://",
            None => {
                self.unknown_scheme = Some(Unknown { reason: HoleReason::Runtime, place: None });
                "https://"
            }
        };
        self.raw.insert_str(0, scheme);
        for part in &mut self.parts {
            part.range = part.range.start + scheme.len()..part.range.end + scheme.len();
        }
    }

    fn authority_start(&self) -> Option<usize> {
        if self.raw.starts_with("//") {
            return Some(2);
        }
        let scheme_end = self.raw.find("://")?;
        let is_scheme = self.raw[..scheme_end]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        is_scheme.then_some(scheme_end + 3)
    }

    fn position(&self) -> Position {
        match self.authority_start() {
            None if self.raw.contains(['/', '?', '#']) => Position::Path,
            None => Position::Start,
            Some(start) => {
                let authority = &self.raw[start..];
                if authority.contains(['/', '?', '#']) {
                    Position::Path
                } else if authority.ends_with(':') {
                    Position::Port
                } else {
                    Position::Authority
                }
            }
        }
    }

    fn authority_end(&self, start: usize) -> usize {
        self.raw[start..].find(['/', '?', '#']).map_or(self.raw.len(), |length| start + length)
    }

    /// Where the host is.
    pub(super) fn host_range(&self) -> (usize, usize) {
        let Some(start) = self.authority_start() else { return (0, 0) };
        let end = self.authority_end(start);
        let port = self.port_range().map_or(end, |(port, _)| port - 1);
        (start, port.max(start))
    }

    /// Where an explicit port is.
    pub(super) fn port_range(&self) -> Option<(usize, usize)> {
        let start = self.authority_start()?;
        let end = self.authority_end(start);
        let colon = self.raw[start..end].rfind(':')? + start;
        let digits = &self.raw[colon + 1..end];
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some((colon + 1, end))
    }

    /// Where the path is.
    pub(super) fn path_range(&self) -> (usize, usize) {
        let start = self.authority_start().map_or(0, |start| self.authority_end(start));
        let end = self.raw[start..].find(['?', '#']).map_or(self.raw.len(), |length| start + length);
        (start, end)
    }

    /// The places of the parts that overlap a range.
    pub(super) fn places(&self, start: usize, end: usize) -> Vec<Place> {
        let mut places = Vec::new();
        for part in self.parts.iter().filter(|part| part.range.start < end.max(start + 1) && part.range.end > start) {
            if let Some(place) = part.place
                && !places.contains(&place)
            {
                places.push(place);
            }
        }
        places
    }

    /// Whether the part at an offset is the page's.
    pub(super) fn is_from_page(&self, offset: usize) -> bool {
        self.parts.iter().any(|part| part.page && part.range.contains(&offset))
    }

    /// The unknown piece whose placeholder a text holds.
    pub(super) fn hole_in(&self, text: &str) -> Option<&Unknown> {
        let start = text.find(TOKEN_START)? + TOKEN_START.len();
        let length = text[start..].find(TOKEN_END)?;
        self.holes.get(text[start..start + length].parse::<usize>().ok()?)
    }

    /// What follows the `?`, with its unknown pieces.
    pub(super) fn query(&self, text: &Text) -> Option<Text> {
        let mut query: Option<Text> = None;
        for piece in &text.0 {
            match (&mut query, piece) {
                (Some(query), piece) => query.0.push(piece.clone()),
                (None, Piece::Known(known, place)) => {
                    if let Some((_, rest)) = known.split_once('?') {
                        query = Some(Text(vec![Piece::Known(rest.into(), *place)]));
                    }
                }
                (None, Piece::Page(..) | Piece::Unknown(_)) => {}
            }
        }
        query
    }
}

/// Whether what a name stands for in a query lets people in.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '_'], "");
    ["token", "secret", "password", "apikey", "jwt", "signature", "auth"].iter().any(|part| name.ends_with(part))
}

fn page_part_is_host(part: PagePart) -> bool {
    matches!(part, PagePart::Host | PagePart::Hostname | PagePart::Origin | PagePart::Href)
}

/// A part of the page's address, or why it is not known.
fn page_text(part: PagePart, page: &PageOrigin) -> Result<String, Unknown> {
    fn known<T>(value: &Known<T>) -> Result<&T, Unknown> {
        match value {
            Known::Is(value, _) => Ok(value),
            Known::Unknown(unknown) => Err(unknown.clone()),
        }
    }
    let scheme = || known(&page.scheme).map(|scheme| scheme.text());
    // The default port is never part of a page's address.
    let port = || -> Result<Option<u16>, Unknown> {
        let port = *known(&page.port)?;
        let default = if scheme()? == "https" { 443 } else { 80 };
        Ok((port != default).then_some(port))
    };
    let host = || -> Result<String, Unknown> {
        let name = known(&page.host)?;
        Ok(port()?.map_or_else(|| name.to_string(), |port| format!("{name}:{port}")))
    };
    match part {
        PagePart::Protocol => Ok(format!("{}:", scheme()?)),
        PagePart::Host => host(),
        PagePart::Hostname => known(&page.host).map(|host| host.to_string()),
        PagePart::Port => Ok(port()?.map(|port| port.to_string()).unwrap_or_default()),
        PagePart::Origin => Ok(format!("{}://{}", scheme()?, host()?)),
        PagePart::Href | PagePart::Pathname | PagePart::Search => {
            Err(Unknown { reason: HoleReason::Runtime, place: None })
        }
    }
}
