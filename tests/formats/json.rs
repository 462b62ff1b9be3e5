//! JSON against its published schema.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use wirelint::report::Format;

use super::runs::{Known, fixture, hostile};

/// Readers are to ignore fields that they do not know; the program is not to write any.
fn schema() -> Value {
    let mut schema: Value = serde_json::from_str(include_str!("../../docs/wirelint-report.schema.json")).unwrap();
    close(&mut schema);
    // A link is a place with one more field.
    schema["$defs"]["place"].as_object_mut().unwrap().remove("unevaluatedProperties");
    schema
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.contains_key("properties") {
                object.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

/// A schema of one of the definitions.
fn part(schema: &Value, name: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&json!({ "$defs": schema["$defs"], "$ref": format!("#/$defs/{name}") })).unwrap()
}

fn problems(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn runs() -> Vec<Known> {
    vec![fixture("vaidol-broken"), fixture("rooms-broken"), fixture("studyin-broken"), hostile()]
}

#[test]
fn reports_are_as_the_schema_says() {
    let schema = schema();
    let whole = jsonschema::validator_for(&schema).unwrap();
    let (finding, rest) = (part(&schema, "finding"), part(&schema, "rest"));
    for known in runs() {
        let document: Value = serde_json::from_str(&known.shown(Format::Json)).unwrap();
        assert_eq!(problems(&whole, &document), [] as [&str; 0]);
        let lines: Vec<Value> =
            known.shown(Format::Jsonl).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (last, findings) = lines.split_last().unwrap();
        assert_eq!(findings, document["findings"].as_array().unwrap(), "the same objects");
        for line in findings {
            assert_eq!(problems(&finding, line), [] as [&str; 0]);
        }
        assert_eq!(problems(&rest, last), [] as [&str; 0]);
        for name in ["schema_version", "tool", "summary", "compared", "coverage"] {
            assert_eq!(last[name], document[name]);
        }
    }
}

/// The names of all properties that a schema has.
fn stated(schema: &Value, names: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                names.extend(properties.keys().cloned());
            }
            object.values().for_each(|value| stated(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| stated(value, names)),
        _ => {}
    }
}

fn written(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            names.extend(object.keys().cloned());
            object.values().for_each(|value| written(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| written(value, names)),
        _ => {}
    }
}

#[test]
fn every_property_of_the_schema_is_written() {
    let (mut known, mut seen) = (BTreeSet::new(), BTreeSet::new());
    stated(&schema(), &mut known);
    // A field of a kind that no finding has would be in no report.
    let left_out = wirelint::base::MemoryTree::from_files([("nginx.conf", vec![0_u8; 64])]);
    let report = wirelint::check(&left_out, &wirelint::Settings::new(wirelint::config::Config::default()));
    let all = runs().into_iter().chain([Known {
        tree: left_out,
        wiring: report.wiring,
        findings: report.findings,
        compared: None,
    }]);
    for run in all {
        written(&serde_json::from_str(&run.shown(Format::Json)).unwrap(), &mut seen);
    }
    assert_eq!(known, seen);
}
