//! The JSON schema of `wirelint.toml`, for editors.

use serde_json::{Map, Value, json};

use super::keys::{FILE, Key, Need, ROLES, Shape};
use crate::rules::{Family, Level, RULES};

/// The schema, from the table that the reader goes by.
#[must_use]
pub fn schema() -> Value {
    let mut document = table(FILE);
    if let Some(object) = document.as_object_mut() {
        object.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
        object.insert("title".to_owned(), json!("wirelint.toml"));
        object.insert("definitions".to_owned(), json!({ "selector": selector() }));
    }
    document
}

/// The names of all rules and families.
fn selector() -> Value {
    let rules = RULES.iter().map(|rule| rule.id.0);
    let names: Vec<&str> = rules.chain(Family::ALL.iter().map(|family| family.name())).collect();
    json!({ "enum": names })
}

fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| (key.name.to_owned(), of_key(key))).collect();
    let required: Vec<&str> = keys.iter().filter(|key| key.need == Need::Required).map(|key| key.name).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn of_key(key: &Key) -> Value {
    let mut value = of_shape(&key.value);
    if let Some(object) = value.as_object_mut() {
        object.insert("description".to_owned(), json!(format!("{}.", key.says)));
    }
    value
}

fn of_shape(shape: &Shape) -> Value {
    let named = json!({ "$ref": "#/definitions/selector" });
    match shape {
        Shape::Text => json!({ "type": "string", "pattern": "\\S" }),
        Shape::Selector => json!({ "allOf": [named] }),
        Shape::Selectors => json!({ "type": "array", "items": named }),
        Shape::Severity => json!({ "enum": ["error", "warning", "note"] }),
        Shape::Levels => {
            let levels: Vec<&str> = Level::ALL.iter().map(|level| level.name()).collect();
            json!({ "type": "object", "propertyNames": named, "additionalProperties": { "enum": levels } })
        }
        Shape::Patterns => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::Role => json!({ "enum": ROLES.iter().map(|(name, _)| *name).collect::<Vec<_>>() }),
        Shape::Origin => json!({ "type": "string", "pattern": "^https?://[^/]+/?$" }),
        Shape::Version => json!({ "type": "string", "pattern": "^[0-9]+\\.[0-9]+(\\.[0-9]+)?$" }),
        Shape::Hosts => {
            let name = json!({ "type": "string", "pattern": "^[^\\s/:]+$" });
            json!({ "type": "object", "propertyNames": name, "additionalProperties": name })
        }
        Shape::Table(keys) => table(keys),
        Shape::Tables(keys) => json!({ "type": "array", "items": table(keys) }),
    }
}
