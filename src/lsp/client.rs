//! What the editor at the other end can do.

use lsp_types::{ClientCapabilities, MarkupKind, ResourceOperationKind, Url};
use serde_json::{Map, Value, json};

use super::position::Encoding;
use crate::IgnoredEnv;

/// An editor.
#[derive(Clone, Debug, Default)]
pub struct Client {
    capabilities: ClientCapabilities,
    /// What columns count.
    pub encoding: Encoding,
    /// Whether git-ignored env files are read.
    pub ignored_env: IgnoredEnv,
}

impl Client {
    /// The one that says this.
    #[must_use]
    pub fn new(params: &Value) -> Self {
        let capabilities = capabilities(params.get("capabilities").unwrap_or(&Value::Null));
        let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::of(offered);
        let options = params.get("initializationOptions");
        let local = options.and_then(|options| options.get("local")?.as_bool()).unwrap_or(false);
        let ignored_env = if local { IgnoredEnv::Read } else { IgnoredEnv::LeaveOut };
        Self { capabilities, encoding, ignored_env }
    }

    /// Whether it shows the other places of a diagnostic.
    #[must_use]
    pub fn shows_related(&self) -> bool {
        let text = self.capabilities.text_document.as_ref();
        let publish = text.and_then(|text| text.publish_diagnostics.as_ref());
        publish.and_then(|publish| publish.related_information).unwrap_or(false)
    }

    /// Whether it tells of changes on disk when it is asked to.
    #[must_use]
    pub fn watches_files(&self) -> bool {
        let workspace = self.capabilities.workspace.as_ref();
        let watch = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        watch.and_then(|watch| watch.dynamic_registration).unwrap_or(false)
    }

    /// Whether an edit may make a file.
    #[must_use]
    pub fn creates_files(&self) -> bool {
        let workspace = self.capabilities.workspace.as_ref();
        let edit = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        let operations = edit.and_then(|edit| edit.resource_operations.as_ref());
        operations.is_some_and(|operations| operations.contains(&ResourceOperationKind::Create))
    }

    /// Whether an edit may say which version of a document it is for.
    #[must_use]
    pub fn versions_edits(&self) -> bool {
        let workspace = self.capabilities.workspace.as_ref();
        let edit = workspace.and_then(|workspace| workspace.workspace_edit.as_ref());
        edit.and_then(|edit| edit.document_changes).unwrap_or(false)
    }

    /// How it shows what is under the pointer: what it likes best.
    #[must_use]
    pub fn hover_format(&self) -> MarkupKind {
        let text = self.capabilities.text_document.as_ref();
        let formats = text.and_then(|text| text.hover.as_ref()?.content_format.as_ref());
        formats.and_then(|formats| formats.first().cloned()).unwrap_or(MarkupKind::PlainText)
    }
}

/// What an editor says of itself. A part that is not as the protocol has it is taken for left out, not the others with it.
fn capabilities(stated: &Value) -> ClientCapabilities {
    if let Ok(all) = serde_json::from_value(stated.clone()) {
        return all;
    }
    let is_right =
        |part: &str, value: &Value| serde_json::from_value::<ClientCapabilities>(json!({ part: value })).is_ok();
    let parts = stated.as_object().into_iter().flatten().map(|(part, value)| {
        let inner = value.as_object().into_iter().flatten();
        let right = inner.filter(|(name, inner)| is_right(part, &json!({ name.as_str(): inner })));
        let right: Map<String, Value> = right.map(|(name, inner)| (name.clone(), inner.clone())).collect();
        (part.clone(), Value::Object(right))
    });
    let parts: Map<String, Value> = parts.filter(|(part, value)| is_right(part, value)).collect();
    serde_json::from_value(Value::Object(parts)).unwrap_or_default()
}

/// The folders that are open at the start. What is no address is none of them.
#[must_use]
pub fn folders(params: &Value) -> Vec<Url> {
    let address = |value: &Value| value.as_str().and_then(|text| Url::parse(text).ok());
    match params.get("workspaceFolders").and_then(Value::as_array) {
        Some(folders) => folders.iter().filter_map(|folder| address(folder.get("uri")?)).collect(),
        // What editors say that know of one folder only.
        None => params.get("rootUri").and_then(address).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_protocol_takes_nothing_else_with_it() {
        let stated = json!({
            "general": { "positionEncodings": ["utf-32"], "regularExpressions": 7 },
            "textDocument": { "hover": 7, "publishDiagnostics": { "relatedInformation": true } },
            "workspace": 7,
            "window": null,
        });
        let client = Client::new(&json!({ "capabilities": stated, "rootUri": 7 }));
        assert_eq!(client.encoding, Encoding::Utf32);
        assert!(client.shows_related() && !client.watches_files());
        assert_eq!(Client::new(&json!({})).encoding, Encoding::Utf16);
        let folders = folders(&json!({
            "workspaceFolders": [{ "uri": "file:///a%20b" }, { "uri": "no address" }, 7],
            "rootUri": "file:///c",
        }));
        assert_eq!(folders, [Url::parse("file:///a%20b").unwrap()]);
    }
}
