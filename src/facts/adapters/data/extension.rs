//! The manifest of a browser extension.

use crate::facts::{FileFacts, PageFact, PageKind};
use crate::parse::data::Node;

/// Web applications have a `manifest.json`, too; only that of an extension states its version
/// (`https://developer.chrome.com/docs/extensions/reference/manifest`).
pub(super) fn read(root: &Node, facts: &mut FileFacts) {
    let version = root.pairs().iter().find(|pair| &*pair.key == "manifest_version");
    facts.pages.extend(version.map(|pair| PageFact { span: pair.key_span, kind: PageKind::Extension }));
}
