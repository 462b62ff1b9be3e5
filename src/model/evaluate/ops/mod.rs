//! Operations on values, with unknown pieces kept where they do not matter.

mod json;
mod pattern;
mod text;
mod url;

use std::sync::Arc;

pub use text::print;

use super::merge::Taken;
use super::{MAX_LIST, VALUE};
use crate::base::{Limits, Place, Work};
use crate::facts::{HoleReason, Op, PagePart, Sense, Test};
use crate::model::{Piece, Text, Unknown, Value};

/// Whose rules of printing and truth apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// JavaScript and TypeScript.
    Ecma,
    /// Python.
    Python,
}

/// Where an operation is, and what it may cost.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The language that it is written in.
    pub language: Language,
    /// Its place.
    pub place: Place,
    /// What evaluating has cost.
    pub work: &'a Work,
    /// Where bounds that are reached are told.
    pub limits: &'a Limits,
}

/// Nested `Each` operations.
const MAX_NESTING: u32 = 8;

/// What `op` makes of its operands, in each way in which page tests that it depends on can come out.
pub fn apply(op: &Op, values: Vec<Value>, taken: &Taken, given: &Taken, at: At<'_>) -> Vec<(Value, Taken)> {
    let scheme_matters = matches!(op, Op::Replace | Op::ReplaceAll | Op::Slice | Op::Split | Op::TrimStart);
    let Some(Value::Text(text)) = values.first().filter(|_| scheme_matters) else {
        return vec![(compute(op, values, at, 0), Vec::new())];
    };
    let Some(by_scheme) = spell_scheme(text) else {
        return vec![(compute(op, values, at, 0), Vec::new())];
    };
    let come = |sense: &Sense| {
        let known = taken.iter().chain(given.iter()).find(|(test, _)| *test == Test::PageIsHttps);
        known.is_none_or(|(_, known)| known == sense)
    };
    let decided = taken.iter().chain(given.iter()).any(|(test, _)| *test == Test::PageIsHttps);
    by_scheme
        .into_iter()
        .filter(|(sense, _)| come(sense))
        .map(|(sense, text)| {
            let mut values = values.clone();
            if let Some(first) = values.first_mut() {
                *first = Value::Text(text);
            }
            let more = if decided { Vec::new() } else { vec![(Test::PageIsHttps, sense)] };
            (compute(op, values, at, 0), more)
        })
        .collect()
}

/// The two spellings of a text that begins with the page's scheme.
fn spell_scheme(text: &Text) -> Option<[(Sense, Text); 2]> {
    let (Piece::Page(part, place), rest) = text.0.split_first()? else { return None };
    let spell = |scheme: &str| {
        let mut pieces = vec![Piece::Known(Arc::from(scheme), Some(*place))];
        match part {
            PagePart::Protocol => {}
            PagePart::Origin => {
                pieces.push(Piece::Known(Arc::from("//"), Some(*place)));
                pieces.push(Piece::Page(PagePart::Host, *place));
            }
            PagePart::Href => {
                pieces.push(Piece::Known(Arc::from("//"), Some(*place)));
                pieces.push(Piece::Page(PagePart::Host, *place));
                pieces.push(Piece::Page(PagePart::Pathname, *place));
                pieces.push(Piece::Page(PagePart::Search, *place));
            }
            _ => return None,
        }
        pieces.extend(rest.iter().cloned());
        Some(Text(pieces))
    };
    Some([(Sense::Holds, spell("https:")?), (Sense::Fails, spell("http:")?)])
}

/// An unknown value of `place`.
fn not_known(reason: HoleReason, place: Place) -> Value {
    Value::Unknown(Unknown { reason, place: Some(place) })
}

fn first_unknown(values: &[Value]) -> Option<Value> {
    values.iter().find_map(|value| match value {
        Value::Unknown(unknown) => Some(Value::Unknown(unknown.clone())),
        Value::Text(text) => text.0.iter().find_map(|piece| match piece {
            Piece::Unknown(unknown) => Some(Value::Unknown(unknown.clone())),
            _ => None,
        }),
        _ => None,
    })
}

/// A part of a URL.
pub fn url_part(url: &Value, part: PagePart, place: Place) -> Value {
    url::part(url, part)
        .or_else(|| first_unknown(std::slice::from_ref(url)))
        .unwrap_or_else(|| not_known(HoleReason::Unsupported, place))
}

fn compute(op: &Op, values: Vec<Value>, at: At<'_>, nesting: u32) -> Value {
    let At { language, place, .. } = at;
    let unknown = |values: &[Value]| first_unknown(values).unwrap_or_else(|| not_known(HoleReason::Unsupported, place));
    let outcome = match (op, values.as_slice()) {
        (Op::Concat, values) => concat(values, language),
        (Op::Replace, [text, pattern, with]) => text::replace(text, pattern, with, text::Matches::First, at),
        (Op::ReplaceAll, [text, pattern, with]) => text::replace(text, pattern, with, text::Matches::Every, at),
        (Op::Split, [text, separator]) => text::split(text, separator),
        (Op::Join, [list, separator]) => text::join(list, separator, language),
        (Op::Trim, [text]) => text::trim_space(text),
        (Op::TrimEnd, [text, characters]) => text::trim(text, characters, text::End::End),
        (Op::TrimEnd, [text]) => text::trim(text, &space(), text::End::End),
        (Op::TrimStart, [text, characters]) => text::trim(text, characters, text::End::Start),
        (Op::TrimStart, [text]) => text::trim(text, &space(), text::End::Start),
        (Op::TrimEach, [list]) => each(list, &mut |item| text::trim_space(item)),
        (Op::DropEmpty, [Value::List(items)]) => Some(Value::List(
            items
                .iter()
                .filter(|item| item.as_known_text().is_none_or(|text| !text.is_empty()) && !is_nothing(item))
                .cloned()
                .collect(),
        )),
        (Op::DropEmpty, [other]) => Some(other.clone()),
        (Op::Lower, [text]) => text::map_known(text, str::to_lowercase),
        (Op::Upper, [text]) => text::map_known(text, str::to_uppercase),
        // `NaN`, which is false, where Python raises.
        (Op::ToNumber, [Value::Undefined | Value::Null, ..]) if language == Language::Ecma => {
            Some(Value::Number(Arc::from("NaN")))
        }
        (Op::ToNumber, [value, ..]) => to_number(value),
        (Op::Multiply, [one, other]) => product(one, other),
        (Op::ToBool, [value]) => to_bool(value),
        (Op::ToStr, [value]) => Some(Value::Text(print(value, language))),
        (Op::Encode, [text]) => text::map_known(text, url::encode),
        (Op::Query, pairs) => query(pairs, language),
        (Op::Values, [Value::Object(fields)]) => entries(fields, |_, value| value.clone()),
        (Op::Keys, [Value::Object(fields)]) => entries(fields, |key, _| key),
        (Op::Entries, [Value::Object(fields)]) => entries(fields, |key, value| Value::List(vec![key, value.clone()])),
        (Op::EncodeForm, [text]) => text::map_known(text, url::encode_form),
        (Op::ParseUrl, [text]) => url::parse(text, None),
        (Op::ParseUrl, [text, base]) => url::parse(text, Some(base)),
        (Op::UrlPart(part), [text]) => url::part(text, *part),
        (Op::SetUrlPart(part), [text, with]) => url::set_part(text, *part, with, language),
        (Op::ParseJson, [value]) => json::parse(value, place),
        (Op::ParseSetting, [value]) => json::parse(value, place).or_else(|| json::refused(value)),
        (Op::JoinUrl, [base, path]) => url::join(base, path, language),
        (Op::Index, [Value::List(items), index]) => index_of(items, index),
        (Op::Put, [Value::Object(fields), key, value]) => key.as_known_text().map(|key| {
            let mut fields = fields.clone();
            fields.push((Arc::from(key), value.clone()));
            Value::Object(fields)
        }),
        (Op::Append, [Value::List(one), Value::List(other)]) => {
            Some(Value::List([one.clone(), other.clone()].concat()))
        }
        (Op::Append, [Value::List(one), Value::Unknown(other)]) => {
            Some(Value::List([one.clone(), vec![Value::Unknown(other.clone())]].concat()))
        }
        (Op::Append, [Value::Unknown(one), Value::List(other)]) => {
            Some(Value::List([vec![Value::Unknown(one.clone())], other.clone()].concat()))
        }
        (Op::Slice, [text, bounds @ ..]) => text::slice(text, bounds),
        (Op::Each(inner), [list, rest @ ..]) if nesting < MAX_NESTING => each(list, &mut |item| {
            let operands = std::iter::once(item.clone()).chain(rest.iter().cloned()).collect();
            Some(compute(inner, operands, at, nesting + 1))
        }),
        (Op::UrlText, [text]) => url::pydantic(text),
        _ => None,
    };
    outcome.unwrap_or_else(|| unknown(&values))
}

/// The text of a query from its keys and values.
fn query(pairs: &[Value], language: Language) -> Option<Value> {
    let mut parts = Vec::new();
    for (index, one) in pairs.iter().enumerate() {
        let sign = if index == 0 {
            ""
        } else if index % 2 == 0 {
            "&"
        } else {
            "="
        };
        parts.push(Value::Text(Text::known(sign, None)));
        parts.push(text::map_known(&Value::Text(text::print(one, language)), url::encode_form)?);
    }
    concat(&parts, language)
}

/// Something of each entry of an object that is known wholly.
fn entries(fields: &[(Arc<str>, Value)], of: impl Fn(Value, &Value) -> Value) -> Option<Value> {
    if fields.iter().any(|(key, _)| &**key == "...") {
        return None;
    }
    let known =
        fields.iter().enumerate().filter(|(at, (key, _))| !fields[at + 1..].iter().any(|(other, _)| other == key));
    let items = known.map(|(_, (key, value))| of(Value::Text(Text::known(key, None)), value));
    Some(Value::List(items.collect()))
}

fn space() -> Value {
    Value::Text(Text::known(" \t\r\n", None))
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Undefined | Value::Null)
}

/// Text longer than this many pieces is not kept apart.
const MAX_PIECES: usize = 4_096;

/// Bytes that a value takes, about.
pub fn size(value: &Value) -> usize {
    const NODE: usize = 8;
    NODE + match value {
        Value::Text(text) => text.0.iter().map(size_of_piece).sum(),
        Value::List(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + size(value)).sum(),
        Value::Number(text) => text.len(),
        Value::Regex { pattern, .. } => pattern.len(),
        Value::Bool(_) | Value::Undefined | Value::Null | Value::Unknown(_) => 0,
    }
}

fn size_of_piece(piece: &Piece) -> usize {
    match piece {
        Piece::Known(text, _) => text.len(),
        Piece::Page(..) | Piece::Unknown(_) => 1,
    }
}

/// In place of a value that grew too large; whoever knows the place adds it.
fn too_large() -> Value {
    Value::Unknown(Unknown { reason: HoleReason::Limit, place: None })
}

/// Counts what a value under construction holds.
struct Room(usize);

impl Room {
    fn of_text() -> Self {
        Self(VALUE.most_items())
    }

    fn of_list() -> Self {
        Self(MAX_LIST)
    }

    /// Takes so many bytes; `false` when there is no room for them.
    fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

fn concat(values: &[Value], language: Language) -> Option<Value> {
    if values.iter().any(|value| matches!(value, Value::List(_)))
        && values.iter().all(|value| matches!(value, Value::List(_) | Value::Unknown(_)))
    {
        let mut list = Vec::new();
        let mut room = Room::of_list();
        for value in values {
            if !room.take(size(value)) {
                return Some(too_large());
            }
            match value {
                Value::List(items) => list.extend(items.iter().cloned()),
                other => list.push(other.clone()),
            }
        }
        return Some(Value::List(list));
    }
    let mut pieces = Vec::new();
    let mut room = Room::of_text();
    for value in values {
        pieces.extend(print(value, language).0);
        if pieces.len() > MAX_PIECES || !room.take(size(value)) {
            return Some(too_large());
        }
    }
    pieces.retain(|piece| !matches!(piece, Piece::Known(text, _) if text.is_empty()));
    Some(Value::Text(Text(pieces)))
}

fn each(list: &Value, step: &mut dyn FnMut(&Value) -> Option<Value>) -> Option<Value> {
    match list {
        Value::List(items) => {
            let mut room = Room::of_list();
            let mut made = Vec::with_capacity(items.len());
            for item in items {
                let value = match item {
                    Value::Unknown(_) => item.clone(),
                    item => step(item)?,
                };
                if !room.take(size(&value)) {
                    return Some(too_large());
                }
                made.push(value);
            }
            Some(Value::List(made))
        }
        Value::Unknown(_) | Value::Undefined | Value::Null => None,
        other => step(other),
    }
}

fn to_number(value: &Value) -> Option<Value> {
    let text = value.as_known_text()?;
    let text = text.trim();
    text.parse::<f64>().ok()?;
    Some(Value::Number(Arc::from(text)))
}

fn product(one: &Value, other: &Value) -> Option<Value> {
    let (Value::Number(one), Value::Number(other)) = (one, other) else { return None };
    let product = one.parse::<f64>().ok()? * other.parse::<f64>().ok()?;
    Some(Value::Number(Arc::from(product.to_string())))
}

fn to_bool(value: &Value) -> Option<Value> {
    if let Value::Bool(value) = value {
        return Some(Value::Bool(*value));
    }
    match &*value.as_known_text()?.trim().to_ascii_lowercase() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Some(Value::Bool(true)),
        "0" | "false" | "f" | "no" | "n" | "off" | "" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn index_of(items: &[Value], index: &Value) -> Option<Value> {
    let index: i64 = index.as_known_text()?.parse().ok()?;
    if items.iter().any(|item| matches!(item, Value::Unknown(_))) {
        return None;
    }
    let index = if index < 0 { i64::try_from(items.len()).ok()?.checked_add(index)? } else { index };
    Some(items.get(usize::try_from(index).ok()?).cloned().unwrap_or(Value::Undefined))
}
