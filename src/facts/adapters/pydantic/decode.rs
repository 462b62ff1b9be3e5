//! How pydantic turns text into the type of a field.

use crate::facts::{Expr, ExprKind, HoleReason, Op};

/// What a field's annotation makes of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// Text stays as it is.
    Text,
    /// A number.
    Number,
    /// A truth value.
    Bool,
    /// A list, given as JSON.
    List,
    /// A list of URLs, given as JSON.
    Urls,
    /// A URL.
    Url,
    /// JSON when it is JSON, else text (`list[str] | str`).
    TextOrList,
    /// A list that only validators make (`Annotated[list[str], NoDecode]`).
    Undecoded,
    /// A type that is not followed.
    Other,
    /// `ClassVar`: no field at all.
    NotAField,
}

fn is_url(name: &str) -> bool {
    matches!(name, "AnyHttpUrl" | "HttpUrl" | "AnyUrl" | "AnyWebsocketUrl" | "WebsocketUrl" | "pydantic.AnyHttpUrl")
}

fn is_list(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    matches!(
        name,
        "List" | "list" | "Set" | "set" | "Tuple" | "tuple" | "Sequence" | "FrozenSet" | "frozenset" | "Iterable"
    )
}

/// The outer name and the text between its brackets.
fn generic(text: &str) -> (&str, Option<&str>) {
    match text.split_once('[') {
        Some((name, rest)) => (name.trim(), rest.strip_suffix(']')),
        None => (text, None),
    }
}

/// Parts of `text` at `separator`, outside of brackets.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 => {
                found.push(text[start..at].trim());
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found
}

/// What the annotation's text makes of a value.
pub(super) fn decode(annotation: &str) -> Decoded {
    one(annotation.trim().trim_matches(['"', '\'']), 0)
}

fn one(text: &str, depth: usize) -> Decoded {
    if depth > 8 {
        return Decoded::Other;
    }
    let options: Vec<&str> = parts(text, '|').into_iter().filter(|part| *part != "None").collect();
    match options.as_slice() {
        [only] => single(only, depth),
        many => union(many, depth),
    }
}

fn union(options: &[&str], depth: usize) -> Decoded {
    let kinds: Vec<Decoded> =
        options.iter().filter(|option| **option != "None").map(|option| one(option, depth + 1)).collect();
    match kinds.as_slice() {
        [only] => only.clone(),
        many if many.contains(&Decoded::Urls) => Decoded::Other,
        many if many.contains(&Decoded::List) && many.contains(&Decoded::Text) => Decoded::TextOrList,
        many if many.iter().all(|kind| *kind == Decoded::Text) && !many.is_empty() => Decoded::Text,
        _ => Decoded::Other,
    }
}

fn single(text: &str, depth: usize) -> Decoded {
    let (name, inner) = generic(text);
    let short = name.rsplit('.').next().unwrap_or(name);
    match (short, inner) {
        ("Optional", Some(inner)) => one(inner, depth + 1),
        ("Union", Some(inner)) => union(&parts(inner, ','), depth + 1),
        ("ClassVar", _) => Decoded::NotAField,
        ("Final", Some(inner)) => one(inner, depth + 1),
        ("Annotated", Some(inner)) => {
            let arguments = parts(inner, ',');
            let Some((first, rest)) = arguments.split_first() else { return Decoded::Other };
            let raw = rest.iter().any(|part| part.starts_with("NoDecode"));
            match one(first, depth + 1) {
                Decoded::List if raw => Decoded::Undecoded,
                Decoded::Urls if raw => Decoded::Other,
                kind => kind,
            }
        }
        ("Literal", Some(_)) => Decoded::Text,
        ("str" | "SecretStr" | "EmailStr" | "Path" | "PostgresDsn" | "RedisDsn", None) => Decoded::Text,
        ("int" | "float" | "PositiveInt" | "NonNegativeInt" | "PositiveFloat", None) => Decoded::Number,
        ("bool", None) => Decoded::Bool,
        (name, None) if is_url(name) => Decoded::Url,
        (name, Some(inner)) if is_list(name) => {
            let first = parts(inner, ',').first().copied().unwrap_or("");
            if is_url(first) { Decoded::Urls } else { Decoded::List }
        }
        (name, None) if is_list(name) => Decoded::List,
        ("Dict" | "dict" | "Mapping", _) => Decoded::List,
        _ => Decoded::Other,
    }
}

impl Decoded {
    /// What the text of a variable becomes.
    pub(super) fn decoded(&self, text: Expr) -> Expr {
        let here = text.span;
        let with = |op: Op, value: Expr| Expr::new(here, ExprKind::Op(op, vec![value]));
        match self {
            Self::Text | Self::TextOrList | Self::Undecoded | Self::NotAField => text,
            Self::Number => with(Op::ToNumber, text),
            Self::Bool => with(Op::ToBool, text),
            Self::List => with(Op::ParseSetting, text),
            Self::Urls => with(Op::Each(Box::new(Op::UrlText)), with(Op::ParseSetting, text)),
            Self::Url => with(Op::UrlText, text),
            Self::Other => Expr::hole(here, HoleReason::Unsupported),
        }
    }

    /// What a default becomes: settings validate their defaults too.
    pub(super) fn converted(&self, default: Expr) -> Expr {
        let here = default.span;
        match (self, &default.kind) {
            (Self::Urls, ExprKind::List(items)) if !items.is_empty() => {
                Expr::new(here, ExprKind::Op(Op::Each(Box::new(Op::UrlText)), vec![default]))
            }
            (Self::Url, ExprKind::Str(_)) => Expr::new(here, ExprKind::Op(Op::UrlText, vec![default])),
            _ => default,
        }
    }
}
