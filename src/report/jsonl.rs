//! JSON for programs that read while it is written: a finding on each line, then a line with the rest of the document.

use super::json;
use super::redact::Form;
use super::{Page, View};

/// A line for each finding, as the JSON document has it; the last line is that document without findings.
#[must_use]
pub fn render(view: &View<'_>) -> Page {
    let mut text = String::new();
    for finding in view.findings() {
        push_line(&mut text, &json::finding(view, finding));
    }
    push_line(&mut text, &json::rest(view));
    view.page(text, Form::Json)
}

fn push_line(text: &mut String, value: &impl serde::Serialize) {
    // Text and numbers only, which always can be written.
    text.push_str(&serde_json::to_string(value).unwrap_or_default());
    text.push('\n');
}
