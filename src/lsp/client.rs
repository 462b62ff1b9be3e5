//! What the editor at the other end can do.

use lsp_types::{ClientCapabilities, InitializeParams, MarkupKind, ResourceOperationKind, Url};

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
    pub fn new(params: &InitializeParams) -> Self {
        let capabilities = params.capabilities.clone();
        let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::of(offered);
        let options = params.initialization_options.as_ref();
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

/// The folders that are open at the start.
#[must_use]
pub fn folders(params: &InitializeParams) -> Vec<Url> {
    if let Some(folders) = &params.workspace_folders {
        return folders.iter().map(|folder| folder.uri.clone()).collect();
    }
    // What editors say that know of one folder only.
    #[allow(deprecated)]
    params.root_uri.iter().cloned().collect()
}
