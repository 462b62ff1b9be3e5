//! URL operations on texts with unknown pieces. Unknown pieces travel through the URL parser as tokens.

use std::sync::Arc;

use url::Url;

use super::{Language, print};
use crate::base::Place;
use crate::facts::PagePart;
use crate::model::{Piece, Text, Value};

/// `encodeURIComponent` of known text.
pub fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// What `URLSearchParams` makes of known text.
pub fn encode_form(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A text with its unknown pieces as tokens that a URL parser leaves alone.
struct Tokens {
    text: String,
    /// Token, what it stands for.
    pieces: Vec<(String, Piece)>,
    /// The scheme is the page's.
    page_scheme: Option<Piece>,
    place: Option<Place>,
}

/// Each piece that is not known is looked for in the text that comes back.
const MAX_TOKENS: usize = 64;

fn tokens(text: &Text) -> Option<Tokens> {
    if text.0.iter().filter(|piece| !matches!(piece, Piece::Known(..))).count() > MAX_TOKENS {
        return None;
    }
    let mut tokens = Tokens { text: String::new(), pieces: Vec::new(), page_scheme: None, place: None };
    for (index, piece) in text.0.iter().enumerate() {
        match piece {
            Piece::Known(known, place) => {
                tokens.text.push_str(known);
                tokens.place = tokens.place.or(*place);
            }
            Piece::Page(PagePart::Protocol, _) if index == 0 => {
                tokens.page_scheme = Some(piece.clone());
                tokens.text.push_str("http:");
            }
            Piece::Page(PagePart::Origin | PagePart::Href, place) if index == 0 => {
                tokens.page_scheme = Some(Piece::Page(PagePart::Protocol, *place));
                tokens.text.push_str("http://");
                tokens.token(Piece::Page(PagePart::Host, *place));
                if matches!(piece, Piece::Page(PagePart::Href, _)) {
                    tokens.token_with('/', Piece::Page(PagePart::Pathname, *place));
                }
            }
            Piece::Page(PagePart::Pathname, _) => tokens.token_with('/', piece.clone()),
            Piece::Unknown(_) if index == 0 => return None,
            other => tokens.token(other.clone()),
        }
    }
    Some(tokens)
}

impl Tokens {
    fn token(&mut self, piece: Piece) {
        let authority = self.text.rsplit_once("//").is_some_and(|(_, rest)| !rest.contains(['/', '?', '#']));
        // A port must be digits; every other token is a word.
        let token = if authority && self.text.ends_with(':') {
            format!("{}", 61_000 + self.pieces.len())
        } else {
            format!("wl{}token", self.pieces.len())
        };
        self.text.push_str(&token);
        self.pieces.push((token, piece));
    }

    fn token_with(&mut self, before: char, piece: Piece) {
        self.text.push(before);
        let token = format!("wl{}token", self.pieces.len());
        self.text.push_str(&token);
        // The page's path has its own slash.
        self.pieces.push((format!("{before}{token}"), piece));
    }

    /// The text with the tokens turned back into pieces.
    fn restore(&self, text: &str) -> Text {
        let mut pieces = Vec::new();
        let mut rest = text;
        if let Some(scheme) = &self.page_scheme
            && let Some(tail) = rest.strip_prefix("http:")
        {
            pieces.push(scheme.clone());
            rest = tail;
        }
        while !rest.is_empty() {
            let next = self
                .pieces
                .iter()
                .filter_map(|(token, piece)| rest.find(token.as_str()).map(|at| (at, token, piece)))
                .min_by_key(|(at, _, _)| *at);
            match next {
                Some((at, token, piece)) => {
                    if at > 0 {
                        pieces.push(Piece::Known(Arc::from(&rest[..at]), self.place));
                    }
                    pieces.push(piece.clone());
                    rest = &rest[at + token.len()..];
                }
                None => {
                    pieces.push(Piece::Known(Arc::from(rest), self.place));
                    rest = "";
                }
            }
        }
        Text(pieces)
    }
}

/// `new URL(text, base)` as the text of its `href`.
pub fn parse(value: &Value, base: Option<&Value>) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    let leading = text.0.first();
    if let (Some(Value::Text(base)), Some(Piece::Known(known, _))) = (base, leading)
        && !has_scheme(known)
    {
        return relative(known, text, base);
    }
    let tokens = tokens(text)?;
    let url = Url::parse(&tokens.text).ok()?;
    Some(Value::Text(tokens.restore(url.as_str())))
}

fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
    })
}

fn relative(leading: &str, text: &Text, base: &Text) -> Option<Value> {
    let mut whole = tokens(base)?;
    let parsed = Url::parse(&whole.text).ok()?;
    let mut written = String::new();
    for piece in &text.0 {
        match piece {
            Piece::Known(known, place) => {
                written.push_str(known);
                whole.place = whole.place.or(*place);
            }
            other => {
                let token = format!("wl{}token", whole.pieces.len());
                written.push_str(&token);
                whole.pieces.push((token, other.clone()));
            }
        }
    }
    // A relative path without a slash depends on the page's own path.
    let page_path = base.0.iter().any(|piece| matches!(piece, Piece::Page(PagePart::Href | PagePart::Pathname, _)));
    if page_path && !leading.starts_with('/') {
        return None;
    }
    let url = parsed.join(&written).ok()?;
    Some(Value::Text(whole.restore(url.as_str())))
}

/// A part of a URL.
pub fn part(value: &Value, part: PagePart) -> Option<Value> {
    let Value::Text(text) = value else { return protocol_of_unknown(value, part) };
    let known = |text: &str| Some(Value::Text(Text::known(text, None)));
    let tokens = tokens(text)?;
    let Ok(url) = Url::parse(&tokens.text) else { return protocol_of_unknown(value, part) };
    let restore = |text: &str| {
        let mut bare = Tokens {
            page_scheme: None,
            ..Tokens { text: String::new(), pieces: tokens.pieces.clone(), page_scheme: None, place: tokens.place }
        };
        bare.page_scheme = None;
        Some(Value::Text(bare.restore(text)))
    };
    let port = url.port().map_or_else(String::new, |port| port.to_string());
    match part {
        PagePart::Protocol => match &tokens.page_scheme {
            Some(scheme) => Some(Value::Text(Text(vec![scheme.clone()]))),
            None => known(&format!("{}:", url.scheme())),
        },
        PagePart::Hostname => {
            let host = url.host_str()?;
            // Of a host and port of the page only the page knows the parts.
            let whole = tokens.pieces.iter().find(|(token, _)| token == host).map(|(_, piece)| piece);
            match whole {
                Some(Piece::Page(PagePart::Host, place)) => {
                    Some(Value::Text(Text(vec![Piece::Page(PagePart::Hostname, *place)])))
                }
                _ => restore(host),
            }
        }
        PagePart::Host if port.is_empty() => restore(url.host_str()?),
        PagePart::Host => restore(&format!("{}:{port}", url.host_str()?)),
        PagePart::Port => {
            let whole = url.host_str().and_then(|host| tokens.pieces.iter().find(|(token, _)| token == host));
            match whole {
                Some((_, Piece::Page(PagePart::Host, place))) if port.is_empty() => {
                    Some(Value::Text(Text(vec![Piece::Page(PagePart::Port, *place)])))
                }
                _ => restore(&port),
            }
        }
        PagePart::Origin => {
            let end = url[..url::Position::BeforePath].len();
            Some(Value::Text(tokens.restore(url.as_str().get(..end)?)))
        }
        PagePart::Href => Some(Value::Text(tokens.restore(url.as_str()))),
        PagePart::Pathname => restore(url.path()),
        PagePart::Search => restore(&url.query().map_or_else(String::new, |query| format!("?{query}"))),
    }
}

/// Whatever the protocol of a URL is, it ends in a colon.
fn protocol_of_unknown(value: &Value, part: PagePart) -> Option<Value> {
    let unknown = match value {
        Value::Unknown(unknown) => unknown,
        Value::Text(text) => match text.0.first() {
            Some(Piece::Unknown(unknown)) => unknown,
            _ => return None,
        },
        _ => return None,
    };
    let pieces = vec![Piece::Unknown(unknown.clone()), Piece::Known(Arc::from(":"), unknown.place)];
    (part == PagePart::Protocol).then_some(Value::Text(Text(pieces)))
}

/// A URL with one part replaced, as its setters do it.
pub fn set_part(value: &Value, part: PagePart, with: &Value, language: Language) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    let mut all = tokens(text)?;
    let mut url = Url::parse(&all.text).ok()?;
    let new = print(with, language);
    if part == PagePart::Protocol {
        let rest = Value::Text(all.restore(url.as_str()));
        let Value::Text(rest) = rest else { return None };
        return Some(Value::Text(with_scheme(rest, &new)?));
    }
    // The page's host is its name and its port in one.
    let host = all.pieces.iter_mut().find(|(token, _)| url.host_str() == Some(token.as_str()));
    if let Some((_, piece)) = host
        && let Piece::Page(PagePart::Host, place) = *piece
    {
        match part {
            PagePart::Port => *piece = Piece::Page(PagePart::Hostname, place),
            // The page's port stays, which is empty when it is the default one.
            PagePart::Hostname => return None,
            _ => {}
        }
    }
    let mut written = String::new();
    for piece in &new.0 {
        match piece {
            Piece::Known(known, _) => written.push_str(known),
            other => {
                let digits = part == PagePart::Port;
                let token = if digits {
                    format!("{}", 61_000 + all.pieces.len())
                } else {
                    format!("wl{}token", all.pieces.len())
                };
                written.push_str(&token);
                all.pieces.push((token, other.clone()));
            }
        }
    }
    match part {
        PagePart::Host => {
            let (host, port) =
                written.rsplit_once(':').map_or((written.as_str(), None), |(host, port)| (host, Some(port)));
            url.set_host(Some(host)).ok()?;
            if let Some(port) = port {
                url.set_port(Some(port.parse().ok()?)).ok()?;
            }
        }
        PagePart::Hostname => url.set_host(Some(&written)).ok()?,
        PagePart::Port if written.is_empty() => url.set_port(None).ok()?,
        PagePart::Port => url.set_port(Some(written.parse().ok()?)).ok()?,
        PagePart::Pathname => url.set_path(&written),
        PagePart::Search => {
            let query = written.strip_prefix('?').unwrap_or(&written);
            url.set_query(if query.is_empty() { None } else { Some(query) });
        }
        PagePart::Href | PagePart::Origin | PagePart::Protocol => return None,
    }
    Some(Value::Text(all.restore(url.as_str())))
}

/// The text of a URL with another scheme in front.
fn with_scheme(text: Text, scheme: &Text) -> Option<Text> {
    let mut pieces = text.0.into_iter();
    let tail = match pieces.next()? {
        Piece::Page(PagePart::Protocol, _) => None,
        Piece::Known(known, place) => {
            let (_, rest) = known.split_once(':')?;
            Some(Piece::Known(Arc::from(rest), place))
        }
        _ => return None,
    };
    let mut out = scheme.0.clone();
    let colon = out.last().is_some_and(|piece| match piece {
        Piece::Known(known, _) => known.ends_with(':'),
        Piece::Page(part, _) => *part == PagePart::Protocol,
        Piece::Unknown(_) => true,
    });
    if !colon {
        out.push(Piece::Known(Arc::from(":"), None));
    }
    out.extend(tail);
    out.extend(pieces);
    Some(Text(out))
}

/// Base and path with exactly one slash between them. A path with its own scheme is alone.
pub fn join(base: &Value, path: &Value, language: Language) -> Option<Value> {
    let path = match path {
        Value::Undefined | Value::Null => Text(Vec::new()),
        other => print(other, language),
    };
    let base = match base {
        Value::Undefined | Value::Null => return Some(Value::Text(path)),
        other => print(other, language),
    };
    if base.as_known().is_some_and(|base| base.is_empty()) {
        return Some(Value::Text(path));
    }
    if let Some(Piece::Known(first, _)) = path.0.first()
        && (first.starts_with("//") || first.split_once("://").is_some_and(|_| has_scheme(first)))
    {
        return Some(Value::Text(path));
    }
    if path.0.is_empty() || path.as_known().is_some_and(|path| path.is_empty()) {
        return Some(Value::Text(base));
    }
    let mut pieces = base.0;
    if let Some(Piece::Known(last, place)) = pieces.last().cloned() {
        pieces.pop();
        pieces.push(Piece::Known(Arc::from(last.trim_end_matches('/')), place));
    }
    let mut rest = path.0;
    match rest.first().cloned() {
        Some(Piece::Known(first, place)) => {
            if let Some(slot) = rest.first_mut() {
                *slot = Piece::Known(Arc::from(format!("/{}", first.trim_start_matches('/'))), place);
            }
        }
        Some(Piece::Page(PagePart::Pathname, _)) | None => {}
        Some(_) => pieces.push(Piece::Known(Arc::from("/"), None)),
    }
    pieces.extend(rest);
    pieces.retain(|piece| !matches!(piece, Piece::Known(text, _) if text.is_empty()));
    Some(Value::Text(Text(pieces)))
}

/// As pydantic prints its URL types.
pub fn pydantic(value: &Value) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    let tokens = tokens(text)?;
    let url = Url::parse(&tokens.text).ok()?;
    Some(Value::Text(tokens.restore(url.as_str())))
}
