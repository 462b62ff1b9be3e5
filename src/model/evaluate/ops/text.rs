//! Operations on texts with unknown pieces.

use std::sync::Arc;

use super::pattern::{Groups, Pattern};
use super::{At, Language, Room, size, too_large};
use crate::base::Place;
use crate::facts::PagePart;
use crate::model::evaluate::VALUE;
use crate::model::{Piece, Text, Unknown, Value};

/// Which matches are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matches {
    /// The first one.
    First,
    /// All.
    Every,
}

/// An end of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Its start.
    Start,
    /// Its end.
    End,
}

/// A value as the language prints it.
#[must_use]
pub fn print(value: &Value, language: Language) -> Text {
    let word = |ecma: &str, python: &str| Text::known(if language == Language::Python { python } else { ecma }, None);
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => Text::known(number, None),
        Value::Bool(true) => word("true", "True"),
        Value::Bool(false) => word("false", "False"),
        Value::Undefined => word("undefined", "None"),
        Value::Null => word("null", "None"),
        Value::Unknown(unknown) => Text(vec![Piece::Unknown(unknown.clone())]),
        Value::List(_) | Value::Object(_) | Value::Regex { .. } => {
            Text(vec![Piece::Unknown(Unknown { reason: crate::facts::HoleReason::Unsupported, place: None })])
        }
    }
}

/// A run of known characters, or a piece that is not known.
#[derive(Clone, Debug)]
enum Run {
    Known(String, Option<Place>),
    Other(Piece),
}

fn runs(text: &Text) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for piece in &text.0 {
        match piece {
            Piece::Known(text, place) => match runs.last_mut() {
                Some(Run::Known(run, at)) => {
                    run.push_str(text);
                    *at = at.or(*place);
                }
                _ => runs.push(Run::Known(text.to_string(), *place)),
            },
            other => runs.push(Run::Other(other.clone())),
        }
    }
    runs
}

fn text_of(runs: Vec<Run>) -> Value {
    let pieces = runs.into_iter().filter_map(|run| match run {
        Run::Known(text, _) if text.is_empty() => None,
        Run::Known(text, place) => Some(Piece::Known(Arc::from(text), place)),
        Run::Other(piece) => Some(piece),
    });
    Value::Text(Text(pieces.collect()))
}

/// Applies a change to characters where it does not matter what is around them.
pub fn map_known(value: &Value, change: impl Fn(&str) -> String) -> Option<Value> {
    let Value::Text(text) = value else {
        return value.as_known_text().map(|text| Value::Text(Text::known(&change(&text), None)));
    };
    let runs = runs(text).into_iter().map(|run| match run {
        Run::Known(text, place) => Run::Known(change(&text), place),
        other => other,
    });
    Some(text_of(runs.collect()))
}

/// `trim()`.
pub fn trim_space(value: &Value) -> Option<Value> {
    match value {
        Value::Text(text) => {
            let mut runs = runs(text);
            if let Some(Run::Known(text, _)) = runs.first_mut() {
                *text = text.trim_start().to_owned();
            }
            if let Some(Run::Known(text, _)) = runs.last_mut() {
                *text = text.trim_end().to_owned();
            }
            Some(text_of(runs))
        }
        Value::Number(_) => Some(value.clone()),
        _ => None,
    }
}

/// `rstrip(characters)`, `lstrip(characters)`. An unknown piece at that end stays as it is.
pub fn trim(value: &Value, characters: &Value, end: End) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    let set = characters.as_known_text()?;
    let in_set = |character: char| set.contains(character);
    let mut runs = runs(text);
    match end {
        End::End => {
            if let Some(Run::Known(text, _)) = runs.last_mut() {
                *text = text.trim_end_matches(in_set).to_owned();
            }
        }
        End::Start => {
            if let Some(Run::Known(text, _)) = runs.first_mut() {
                *text = text.trim_start_matches(in_set).to_owned();
            }
        }
    }
    Some(text_of(runs))
}

/// A list of the parts between separators. An unknown piece may hold separators: the part that holds it is unknown, and
/// stands for any number of parts.
pub fn split(value: &Value, separator: &Value) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    let separator = match separator {
        Value::Regex { pattern, .. } => match &**pattern {
            r"\s*,\s*" | r",\s*" | r"\s*," | r"[,]" => ",".to_owned(),
            _ => return None,
        },
        other => other.as_known_text()?,
    };
    if separator.is_empty() {
        return None;
    }
    let mut parts: Vec<Vec<Piece>> = vec![Vec::new()];
    for run in runs(text) {
        match run {
            Run::Known(known, place) => {
                for (index, part) in known.split(&*separator).enumerate() {
                    if index > 0 {
                        parts.push(Vec::new());
                    }
                    if let Some(last) = parts.last_mut().filter(|_| !part.is_empty()) {
                        last.push(Piece::Known(Arc::from(part), place));
                    }
                }
            }
            Run::Other(piece) => {
                if let Some(last) = parts.last_mut() {
                    last.push(piece);
                }
            }
        }
    }
    let items = parts.into_iter().map(|pieces| {
        match pieces.iter().find_map(|piece| match piece {
            Piece::Unknown(unknown) => Some(unknown.clone()),
            _ => None,
        }) {
            Some(unknown) => Value::Unknown(unknown),
            None => Value::Text(if pieces.is_empty() { Text::known("", None) } else { Text(pieces) }),
        }
    });
    Some(Value::List(items.collect()))
}

/// A list's elements with a separator between them.
pub fn join(list: &Value, separator: &Value, language: Language) -> Option<Value> {
    let Value::List(items) = list else { return None };
    let separator = separator.as_known_text()?;
    let mut pieces = Vec::new();
    let mut room = Room::of_text();
    for (index, item) in items.iter().enumerate() {
        if !room.take(size(item) + separator.len()) {
            return Some(too_large());
        }
        if index > 0 && !separator.is_empty() {
            pieces.push(Piece::Known(Arc::from(&*separator), None));
        }
        pieces.extend(print(item, language).0);
    }
    Some(Value::Text(Text(pieces)))
}

/// `slice(from, to)` with constant bounds, as far as the bounds fall into known characters.
pub fn slice(value: &Value, bounds: &[Value]) -> Option<Value> {
    if let Value::List(items) = value {
        let bound =
            |value: Option<&Value>| value.and_then(Value::as_known_text).and_then(|text| text.parse::<usize>().ok());
        if items.iter().any(|item| matches!(item, Value::Unknown(_))) {
            return None;
        }
        let from = bound(bounds.first())?;
        let to = if bounds.len() > 1 { bound(bounds.get(1))? } else { items.len() };
        return items.get(from..to.min(items.len())).map(|items| Value::List(items.to_vec()));
    }
    let Value::Text(text) = value else { return None };
    let number = |value: &Value| -> Option<i64> {
        if matches!(value, Value::Undefined | Value::Null) { None } else { value.as_known_text()?.parse().ok() }
    };
    let from = match bounds.first() {
        Some(value) => number(value)?,
        None => 0,
    };
    let to = match bounds.get(1) {
        Some(value) => Some(number(value)?),
        None => None,
    };
    if let Some(known) = text.as_known() {
        let characters: Vec<char> = known.chars().collect();
        let length = i64::try_from(characters.len()).ok()?;
        let clamp =
            |index: i64| usize::try_from(if index < 0 { (length + index).max(0) } else { index.min(length) }).ok();
        let (from, to) = (clamp(from)?, clamp(to.unwrap_or(length))?);
        let part: String = characters.get(from..to.max(from))?.iter().collect();
        let place = text.0.iter().find_map(|piece| match piece {
            Piece::Known(_, place) => *place,
            _ => None,
        });
        return Some(Value::Text(Text::known(&part, place)));
    }
    let mut runs = runs(text);
    if from > 0 {
        let Some(Run::Known(first, _)) = runs.first_mut() else { return None };
        let cut = first.char_indices().nth(usize::try_from(from).ok()?).map(|(index, _)| index)?;
        first.drain(..cut);
    } else if from < 0 {
        return None;
    }
    match to {
        None => {}
        Some(to) if to < 0 => {
            let Some(Run::Known(last, _)) = runs.last_mut() else { return None };
            let keep = i64::try_from(last.chars().count()).ok()?.checked_add(to)?;
            *last = last.chars().take(usize::try_from(keep).ok()?).collect();
        }
        Some(_) => return None,
    }
    Some(text_of(runs))
}

/// `replace` with a string or a pattern.
pub fn replace(value: &Value, pattern: &Value, with: &Value, matches: Matches, at: At<'_>) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    let with = with.as_known_text()?;
    match pattern {
        Value::Regex { pattern, flags } => {
            let every = matches == Matches::Every || flags.contains('g') || at.language == Language::Python;
            let matches = if every { Matches::Every } else { Matches::First };
            replace_pattern(text, pattern, flags, &with, matches, at)
        }
        other => replace_literal(text, &other.as_known_text()?, &with, matches),
    }
}

/// Whether a text is the beginning of an address with its scheme.
fn is_scheme(part: &str) -> bool {
    matches!(part, "http" | "https" | "http:" | "https:" | "http://" | "https://" | "ws" | "wss")
}

fn replace_literal(text: &Text, part: &str, with: &str, matches: Matches) -> Option<Value> {
    if part.is_empty() {
        return None;
    }
    let mut out = Vec::new();
    let mut done = false;
    for run in runs(text) {
        match run {
            Run::Known(known, place) if !done => {
                if known.contains(part) {
                    let count = if matches == Matches::First { 1 } else { known.matches(part).count() };
                    if count.saturating_mul(with.len()) > VALUE.most_items() {
                        return Some(too_large());
                    }
                    let replaced = match matches {
                        Matches::First => known.replacen(part, with, 1),
                        Matches::Every => known.replace(part, with),
                    };
                    done = matches == Matches::First;
                    out.push(Run::Known(replaced, place));
                } else {
                    out.push(Run::Known(known, place));
                }
            }
            // The first match may lie in what is not known.
            Run::Other(Piece::Unknown(_)) if !done && matches == Matches::First => return None,
            // So may any match in the page's own host and port.
            Run::Other(Piece::Page(page, _)) if !done && page != PagePart::Protocol && !is_scheme(part) => return None,
            other => out.push(other),
        }
    }
    Some(text_of(out))
}

fn replace_pattern(text: &Text, pattern: &str, flags: &str, with: &str, matches: Matches, at: At<'_>) -> Option<Value> {
    let mut runs = runs(text);
    let is_ascii = runs.iter().all(|run| !matches!(run, Run::Known(known, _) if !known.is_ascii()));
    let compiled = Pattern::new(pattern, flags, is_ascii)?;
    if let [Run::Known(known, place)] = runs.as_slice() {
        return Some(Value::Text(Text::known(&substitute(&compiled, known, with, matches, at)?, *place)));
    }
    if runs.is_empty() {
        return Some(Value::Text(Text::known(&substitute(&compiled, "", with, matches, at)?, None)));
    }
    let alternation = pattern.contains('|');
    if pattern.starts_with('^') && !alternation {
        // A match that ends before the run does is the same whatever follows.
        let Some(Run::Known(first, _)) = runs.first_mut() else { return None };
        match compiled.search(first, at).find(0).ok()? {
            Some(groups) => {
                let whole = groups.first().cloned().flatten()?;
                if whole.end >= first.len() && !ends_fixed(pattern) {
                    return None;
                }
                *first = format!("{}{}", expand(first, &groups, with, at.language), first.get(whole.end..)?);
            }
            None if first.len() < pattern.len() => return None,
            None => {}
        }
        return Some(text_of(runs));
    }
    if pattern.ends_with('$') && !pattern.ends_with("\\$") && !alternation {
        return match runs.last_mut() {
            Some(Run::Known(last, _)) => {
                if let Some(groups) = compiled.search(last, at).find(0).ok()? {
                    let whole = groups.first().cloned().flatten()?;
                    *last = format!("{}{}", last.get(..whole.start)?, expand(last, &groups, with, at.language));
                }
                Some(text_of(runs))
            }
            // What ends in something unknown stays as unknown as it was.
            _ => Some(text_of(runs)),
        };
    }
    if matches == Matches::Every {
        for run in &mut runs {
            if let Run::Known(known, _) = run {
                *known = substitute(&compiled, known, with, matches, at)?;
            }
        }
        return Some(text_of(runs));
    }
    let Some(Run::Known(first, _)) = runs.first_mut() else { return None };
    let groups = compiled.search(first, at).find(0).ok()??;
    let whole = groups.first().cloned().flatten()?;
    if whole.end >= first.len() {
        return None;
    }
    *first = format!(
        "{}{}{}",
        first.get(..whole.start)?,
        expand(first, &groups, with, at.language),
        first.get(whole.end..)?
    );
    Some(text_of(runs))
}

/// Whether a pattern's match cannot grow with more text behind it (it ends in a plain character).
fn ends_fixed(pattern: &str) -> bool {
    pattern.ends_with(|last: char| last.is_alphanumeric() || last == ':' || last == '/')
}

fn substitute(pattern: &Pattern, text: &str, with: &str, matches: Matches, at: At<'_>) -> Option<String> {
    let mut out = String::new();
    let mut from = 0;
    let mut copied = 0;
    let search = pattern.search(text, at);
    while let Some(groups) = search.find(from).ok()? {
        let whole = groups.first().cloned().flatten()?;
        out.push_str(text.get(copied..whole.start)?);
        out.push_str(&expand(text, &groups, with, at.language));
        copied = whole.end;
        if out.len() > VALUE.most_items() {
            // Whoever asked sees that it is too long.
            return Some(out);
        }
        if matches == Matches::First {
            break;
        }
        from = if whole.end > whole.start {
            whole.end
        } else {
            whole.end + text.get(whole.end..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
        };
        if from > text.len() {
            break;
        }
    }
    out.push_str(text.get(copied..)?);
    Some(out)
}

/// The replacement with `$1`, `$&` (JavaScript) or `\1` (Python) filled in.
fn expand(text: &str, groups: &Groups, with: &str, language: Language) -> String {
    let mark = if language == Language::Python { '\\' } else { '$' };
    let group = |index: usize| groups.get(index).cloned().flatten().and_then(|range| text.get(range)).unwrap_or("");
    let mut out = String::new();
    let mut characters = with.chars().peekable();
    while let Some(character) = characters.next() {
        match (character == mark, characters.peek().copied()) {
            (true, Some(digit)) if digit.is_ascii_digit() => {
                characters.next();
                out.push_str(group(digit.to_digit(10).unwrap_or(0) as usize));
            }
            (true, Some('&')) if language == Language::Ecma => {
                characters.next();
                out.push_str(group(0));
            }
            (true, Some('$')) if language == Language::Ecma => {
                characters.next();
                out.push('$');
            }
            _ => out.push(character),
        }
    }
    out
}
