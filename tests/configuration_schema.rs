//! The schema of `wirelint.toml`: what it takes is read, and what is read it takes.
//!
//! After a change of the keys, `cargo test --test configuration_schema -- --ignored` writes the file anew.
#![allow(missing_docs, clippy::disallowed_methods, clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use serde_json::{Value, json};
use wirelint::base::MemoryTree;
use wirelint::config::{Config, schema};

fn file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/wirelint.schema.json")
}

fn written() -> String {
    format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap())
}

#[test]
fn the_file_is_that_of_the_program() {
    let found = std::fs::read_to_string(file()).unwrap();
    assert_eq!(found, written(), "`cargo test --test configuration_schema -- --ignored` writes it");
}

#[test]
#[ignore = "writes docs/wirelint.schema.json"]
fn write_the_schema() {
    std::fs::write(file(), written()).unwrap();
}

fn reads(value: &Value) -> Result<(), String> {
    let table: toml::Table = serde_json::from_value(value.clone()).unwrap();
    let tree = MemoryTree::from_files([("wirelint.toml", toml::to_string(&table).unwrap())]);
    Config::of_tree(&tree).map(drop).map_err(|error| error.to_string())
}

/// A value that a part of the schema takes.
fn example(shape: &Value) -> Value {
    if let Some(first) = shape["enum"].as_array().and_then(|all| all.first()) {
        return first.clone();
    }
    match (shape["type"].as_str(), shape["pattern"].as_str()) {
        (None, _) => json!("port-mismatch"),
        (Some("array"), _) => json!([example(&shape["items"])]),
        (Some("object"), _) if shape["properties"].is_object() => {
            let properties = shape["properties"].as_object().unwrap();
            Value::Object(properties.iter().map(|(name, shape)| (name.clone(), example(shape))).collect())
        }
        (Some("object"), _) => json!({ "port-mismatch": example(&shape["additionalProperties"]) }),
        (_, Some(pattern)) if pattern.contains("https") => json!("https://app.example.com"),
        (_, Some(pattern)) if pattern.contains("[0-9]") => json!("2.11"),
        (Some(_), _) => json!("web"),
    }
}

/// Every key of the schema by itself, and one that is none.
#[test]
fn every_key_is_read_and_no_other() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    assert!(properties.len() > 5);
    for (name, shape) in properties {
        let whole = json!({ name: example(shape) });
        assert!(validator.is_valid(&whole), "{whole}");
        assert_eq!(reads(&whole), Ok(()), "{whole}");
        let (items, is_list) = if shape["items"].is_object() { (&shape["items"], true) } else { (shape, false) };
        let Some(keys) = items["properties"].as_object() else { continue };
        let wrap = |entry: Value| json!({ name: if is_list { json!([entry]) } else { entry } });
        for required in items["required"].as_array().unwrap() {
            let mut entry = example(items);
            entry.as_object_mut().unwrap().remove(required.as_str().unwrap());
            assert!(!validator.is_valid(&wrap(entry.clone())), "{name} without {required}");
            assert!(reads(&wrap(entry)).is_err(), "{name} without {required}");
        }
        for key in keys.keys() {
            let mut entry = example(items);
            let value = entry.as_object_mut().unwrap().remove(key).unwrap();
            entry[format!("{key}x")] = value;
            assert!(!validator.is_valid(&wrap(entry.clone())), "{name}.{key}x");
            assert!(reads(&wrap(entry)).unwrap_err().contains(&format!("unknown key `{key}x`")), "{name}.{key}x");
        }
    }
    assert!(!validator.is_valid(&json!({ "selct": [] })));
}

#[test]
fn wrong_values_are_refused_by_both() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for wrong in [
        json!({ "select": ["port-mismach"] }),
        json!({ "fail-on": "off" }),
        json!({ "rules": { "port-mismatch": "warn" } }),
        json!({ "rules": { "port-mismach": "note" } }),
        json!({ "pages": [{ "origin": "app.example.com" }] }),
        json!({ "nginx": { "version": "latest" } }),
        json!({ "overrides": [{ "paths": ["a"], "role": "tests" }] }),
        json!({ "suppress": [{ "rule": "tls", "path": "a", "reason": " " }] }),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
        assert!(reads(&wrong).is_err(), "{wrong}");
    }
}
