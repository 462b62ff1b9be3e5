//! Whom a value lets in, with each library's own comparison.

use std::sync::Arc;

use crate::base::Place;
use crate::facts::{HoleReason, OriginLibrary};
use crate::model::{Admits, Alternative, OriginEntry, OriginPattern, Piece, Unknown, Value};

/// Characters that make Flask-Cors read an entry as a pattern.
const FLASK_PATTERN: &[char] = &['*', '\\', ']', '?', '$', '^', '[', '(', ')'];

/// What a registration without an origin option does.
pub fn default_of(library: OriginLibrary, place: Place) -> Admits {
    use OriginLibrary as L;
    match library {
        L::NodeCors | L::HonoCors | L::KoaCors | L::SocketIoCors | L::FastifyCors | L::FlaskCors => {
            Admits::Any(vec![place])
        }
        L::Websockets | L::QuartCors => Admits::Any(vec![place]),
        L::PythonSocketIo | L::ChannelsValidator => Admits::SameOrigin,
        L::StarletteCors | L::DjangoCors | L::Headers => Admits::Nobody,
        L::OwnCheck => Admits::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
    }
}

/// Whom one alternative of the origin option lets in.
pub fn admits(library: OriginLibrary, alternative: &Alternative, place: Place) -> Admits {
    use OriginLibrary as L;
    let places = places_of(&alternative.value, &alternative.evidence, place);
    let reflects = matches!(library, L::NodeCors | L::SocketIoCors | L::FastifyCors | L::Headers);
    match &alternative.value {
        Value::Unknown(unknown) => Admits::Unknown(unknown.clone()),
        Value::Undefined | Value::Null => default_of(library, place),
        Value::Bool(true) if reflects => Admits::Reflected(places),
        Value::Bool(false) if reflects => Admits::Nobody,
        Value::Text(_) | Value::Number(_) => {
            let Some(text) = alternative.value.as_known_text() else {
                return Admits::Unknown(super::scope::why(&alternative.value, place));
            };
            match library {
                // Starlette asks `origin in allow_origins`: of a text every part of it is let in.
                L::StarletteCors if text.contains('*') => Admits::Any(places),
                L::StarletteCors => listed(
                    text.split(',').map(|part| entry(part, &places)).filter(|entry| !entry.text.trim().is_empty()),
                ),
                L::ChannelsValidator => listed(std::iter::once(entry(&text, &places))),
                _ if text == "*" => Admits::Any(places),
                _ => listed(std::iter::once(entry(&text, &places))),
            }
        }
        Value::List(items) => list(library, items, alternative, place),
        Value::Regex { .. } => list(library, std::slice::from_ref(&alternative.value), alternative, place),
        Value::Bool(_) | Value::Object(_) => {
            Admits::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) })
        }
    }
}

fn list(library: OriginLibrary, items: &[Value], alternative: &Alternative, place: Place) -> Admits {
    use OriginLibrary as L;
    let mut entries = Vec::new();
    let mut patterns = Vec::new();
    let mut more = None;
    // python-engineio since 4.12.3: `if '*' in self.cors_allowed_origins`.
    let any_star = matches!(
        library,
        L::StarletteCors | L::FlaskCors | L::QuartCors | L::DjangoCors | L::ChannelsValidator | L::PythonSocketIo
    );
    if items.is_empty() && library == L::PythonSocketIo {
        return Admits::Unchecked(vec![alternative.evidence.last().copied().unwrap_or(place)]);
    }
    for item in items {
        let places = places_of(item, &alternative.evidence, place);
        match item {
            Value::Regex { pattern, flags } => {
                let flags = if flags.contains('i') { "(?i)" } else { "" };
                let pattern = match library {
                    L::Websockets => format!("{flags}\\A(?:{pattern})\\z"),
                    L::QuartCors => format!("{flags}\\A(?:{pattern})"),
                    _ => format!("{flags}{pattern}"),
                };
                patterns.push(OriginPattern { pattern: Arc::from(pattern), places });
            }
            Value::Undefined | Value::Null => {}
            other => match other.as_known_text() {
                Some(text) if text == "*" && any_star => return Admits::Any(places),
                Some(text) if library == L::FlaskCors && text.contains(FLASK_PATTERN) => {
                    patterns.push(OriginPattern { pattern: Arc::from(format!("\\A(?:{text})")), places });
                }
                Some(text) => entries.push(entry(&text, &places)),
                None => more = Some(super::scope::why(other, place)),
            },
        }
    }
    match more {
        Some(unknown) if entries.is_empty() && patterns.is_empty() => Admits::Unknown(unknown),
        more => Admits::List { entries, patterns, more },
    }
}

/// What of an origin is compared with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostTest {
    /// Host and port, as they are written.
    WithPort,
    /// The host, on every port.
    AnyPort,
    /// The end of it all.
    End,
}

/// A list whose entries are compared with the host of an origin, whatever its scheme is.
pub fn of_hosts(admits: Admits, test: HostTest) -> Admits {
    let Admits::List { entries, mut patterns, more } = admits else { return admits };
    patterns.extend(entries.into_iter().map(|entry| {
        let literal = regex_literal(&entry.text);
        let pattern = match test {
            HostTest::WithPort => format!("\\Ahttps?://{literal}\\z"),
            HostTest::AnyPort => format!("\\Ahttps?://{literal}(?::[0-9]+)?\\z"),
            HostTest::End => format!("{literal}\\z"),
        };
        OriginPattern { pattern: Arc::from(pattern), places: entry.places }
    }));
    Admits::List { entries: Vec::new(), patterns, more }
}

/// A text as a pattern that it alone matches.
fn regex_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if !character.is_alphanumeric() && !matches!(character, '-' | '_' | ':' | '/') {
            literal.push('\\');
        }
        literal.push(character);
    }
    literal
}

/// Adds Starlette's `allow_origin_regex`, which must match the whole origin.
pub fn with_pattern(admits: Admits, pattern: &Alternative, place: Place) -> Admits {
    let text = match &pattern.value {
        Value::Regex { pattern, .. } => Some(pattern.to_string()),
        Value::Undefined | Value::Null => return admits,
        other => other.as_known_text(),
    };
    let (mut entries, mut patterns, mut more) = match admits {
        Admits::List { entries, patterns, more } => (entries, patterns, more),
        Admits::Nobody => (Vec::new(), Vec::new(), None),
        other => return other,
    };
    match text {
        Some(text) if text.is_empty() => {}
        Some(text) => {
            let places = places_of(&pattern.value, &pattern.evidence, place);
            patterns.push(OriginPattern { pattern: Arc::from(format!("\\A(?:{text})\\z")), places });
        }
        None => more = Some(super::scope::why(&pattern.value, place)),
    }
    entries.dedup();
    if entries.is_empty() && patterns.is_empty() && more.is_none() {
        return Admits::Nobody;
    }
    Admits::List { entries, patterns, more }
}

/// Whom several alternatives let in together: what they agree on.
pub fn together(mut all: Vec<Admits>, place: Place) -> Admits {
    let Some(first) = all.pop() else {
        return Admits::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
    };
    all.into_iter().fold(first, |one, other| match (one, other) {
        (Admits::Any(mut one), Admits::Any(other)) => {
            one.extend(other);
            Admits::Any(one)
        }
        (Admits::Reflected(mut one), Admits::Reflected(other)) => {
            one.extend(other);
            Admits::Reflected(one)
        }
        (Admits::Unchecked(mut one), Admits::Unchecked(other)) => {
            one.extend(other);
            Admits::Unchecked(one)
        }
        (Admits::Nobody, Admits::Nobody) => Admits::Nobody,
        (Admits::SameOrigin, Admits::SameOrigin) => Admits::SameOrigin,
        (Admits::Nobody, Admits::List { entries, patterns, more })
        | (Admits::List { entries, patterns, more }, Admits::Nobody) => Admits::List { entries, patterns, more },
        (
            Admits::List { mut entries, mut patterns, more },
            Admits::List { entries: others, patterns: other_patterns, more: other_more },
        ) => {
            entries.extend(
                others
                    .into_iter()
                    .filter(|entry| !entries.iter().any(|known| known.text == entry.text))
                    .collect::<Vec<_>>(),
            );
            patterns
                .extend(other_patterns.into_iter().filter(|pattern| !patterns.contains(pattern)).collect::<Vec<_>>());
            Admits::List { entries, patterns, more: more.or(other_more) }
        }
        (Admits::Unknown(unknown), _) | (_, Admits::Unknown(unknown)) => Admits::Unknown(unknown),
        _ => Admits::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) }),
    })
}

fn entry(text: &str, places: &[Place]) -> OriginEntry {
    OriginEntry { text: Arc::from(text), places: places.to_vec() }
}

fn listed(entries: impl Iterator<Item = OriginEntry>) -> Admits {
    Admits::List { entries: entries.collect(), patterns: Vec::new(), more: None }
}

/// Where a value is written, and one place of each further file that made it.
fn places_of(value: &Value, evidence: &[Place], place: Place) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    if let Value::Text(text) = value {
        for piece in &text.0 {
            if let Piece::Known(_, Some(place)) = piece
                && !places.contains(place)
            {
                places.push(*place);
            }
        }
    }
    if places.is_empty() {
        places.push(evidence.last().copied().unwrap_or(place));
    }
    // a value of the environment is in force because some file reads it
    for read in evidence {
        if !places.iter().any(|known| known.file == read.file) {
            places.push(*read);
        }
    }
    places
}
