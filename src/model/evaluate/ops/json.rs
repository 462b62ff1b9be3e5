//! `JSON.parse` and `json.loads`.

use std::sync::Arc;

use crate::base::Place;
use crate::model::{Piece, Text, Value};

/// The value of a JSON text; `None` when it is not wholly known or not JSON.
pub fn parse(value: &Value, fallback: Place) -> Option<Value> {
    let text = match value {
        Value::Text(text) => text,
        // A setting whose default is already a list.
        Value::List(_) | Value::Object(_) => return Some(value.clone()),
        _ => return None,
    };
    let known = text.as_known()?;
    let place = text.0.iter().find_map(|piece| match piece {
        Piece::Known(_, place) => *place,
        _ => None,
    });
    convert(&serde_json::from_str(&known).ok()?, place.or(Some(fallback)), 0)
}

/// A comma list of addresses where JSON is read: it was meant as a list, and no entry of it is ever found.
pub fn refused(value: &Value) -> Option<Value> {
    let Value::Text(text) = value else { return None };
    let known = text.as_known()?;
    let is_json = known.trim_start().starts_with(['[', '{', '"']);
    (known.contains(',') && known.contains("://") && !is_json).then(|| Value::List(vec![value.clone()]))
}

fn convert(json: &serde_json::Value, place: Option<Place>, depth: u32) -> Option<Value> {
    if depth > 64 {
        return None;
    }
    Some(match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::Number(Arc::from(number.to_string())),
        serde_json::Value::String(text) => Value::Text(Text::known(text, place)),
        serde_json::Value::Array(items) => {
            Value::List(items.iter().map(|item| convert(item, place, depth + 1)).collect::<Option<_>>()?)
        }
        serde_json::Value::Object(fields) => {
            let mut object = Vec::new();
            for (key, value) in fields {
                object.push((Arc::from(key.as_str()), convert(value, place, depth + 1)?));
            }
            Value::Object(object)
        }
    })
}
