//! Texts in which something is not known.

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::{Piece, Text, Unknown, Value};

/// Stands in a text for what is not known; the name of what would be there comes after it, and another one at its end.
pub(super) const GAP: char = '\u{fffc}';

/// The text of something that is not known.
pub(super) fn gap(name: &str) -> Arc<str> {
    let name: String = name.chars().filter(|c| *c != GAP).collect();
    format!("{GAP}{name}{GAP}").into()
}

/// A name of a label, in which `${NAME}` is what the environment says: as values have it.
pub(super) fn with_gaps(name: &str) -> Cow<'_, str> {
    if !name.contains("${") {
        return Cow::Borrowed(name);
    }
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, tail)) = rest.split_once("${") {
        let Some((inside, after)) = tail.split_once('}') else { break };
        out.push_str(before);
        out.push_str(&gap(inside));
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether something in a text is not known.
pub(super) fn has_gap(text: &str) -> bool {
    text.contains(GAP)
}

/// The text as findings show it.
pub(super) fn shown(text: &str) -> String {
    let mut parts = text.split(GAP);
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let Some(name) = parts.next() {
        let inside = if name.is_empty() { "...".to_owned() } else { format!("${{{name}}}") };
        out.push_str(&inside);
        out.push_str(parts.next().unwrap_or_default());
    }
    out
}

/// A value of a compose file as one text.
pub(super) fn text_of(value: &Value) -> Arc<str> {
    match value {
        Value::Text(text) => joined(text),
        Value::Number(text) => Arc::clone(text),
        Value::Bool(truth) => if *truth { "true" } else { "false" }.into(),
        Value::Undefined | Value::Null => "".into(),
        Value::Unknown(why) => gap(name_of(why)),
        _ => gap(""),
    }
}

fn joined(text: &Text) -> Arc<str> {
    let piece = |piece: &Piece| match piece {
        Piece::Known(text, _) => Arc::clone(text),
        Piece::Page(..) => gap(""),
        Piece::Unknown(why) => gap(name_of(why)),
    };
    text.0.iter().map(piece).collect::<Vec<_>>().concat().into()
}

fn name_of(why: &Unknown) -> &str {
    match &why.reason {
        HoleReason::OutsideEnv(name) | HoleReason::Documented(name) | HoleReason::UnknownName(name) => name,
        _ => "",
    }
}

/// What is not known of the value of a setting.
pub(super) fn unknown(place: Place) -> Unknown {
    Unknown { reason: HoleReason::Runtime, place: Some(place) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_have_names() {
        assert_eq!(with_gaps("${A}-x.${B}"), format!("{}-x.{}", gap("A"), gap("B")));
        assert_eq!(with_gaps("$x{"), "$x{");
        assert_eq!(shown(&format!("api.{}", gap("DOMAIN"))), "api.${DOMAIN}");
        assert_eq!(shown("plain"), "plain");
        assert!(has_gap(&gap("")) && !has_gap("x"));
    }
}
