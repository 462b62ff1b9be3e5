//! Each format as it looks.

use wirelint::report::Format;

use super::runs::fixture;

#[test]
fn every_format_of_one_repository() {
    let known = fixture("vaidol-broken");
    for format in Format::ALL {
        let mut text = known.shown(format);
        // A release changes no snapshot.
        text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        if format == Format::Sarif {
            let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
            // The rules are their own files.
            let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap();
            rules.retain(|rule| rule["id"] == "missing-origin-check");
            text = serde_json::to_string_pretty(&document).unwrap();
        }
        insta::assert_snapshot!(format.name(), text);
    }
}
