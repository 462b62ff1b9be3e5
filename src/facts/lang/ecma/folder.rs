//! Folders: `path.join(__dirname, 'public')`, `fileURLToPath(new URL('./public', import.meta.url))`.

use std::sync::Arc;

use tree_sitter::Node;

use super::cx::EcmaCx;
use super::node::{children, string_text, strip};
use crate::facts::lang::folder::tail;

/// Names of names beyond this are not followed.
const MAX_DEPTH: u32 = 8;

/// The folder that an expression of a path names.
#[must_use]
pub fn folder_of<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Arc<str>> {
    let mut texts = Vec::new();
    collect(cx, node, 0, &mut texts);
    tail(&texts)
}

fn collect<'t>(cx: &EcmaCx<'t>, node: Node<'t>, depth: u32, texts: &mut Vec<&'t str>) {
    if depth > MAX_DEPTH {
        return;
    }
    let node = cx.initial(strip(node));
    match node.kind() {
        "string" => texts.extend(string_text(node, cx.source)),
        "string_fragment" => texts.push(cx.text(node)),
        "call_expression" | "new_expression" => {
            for part in node.child_by_field_name("arguments").into_iter().flat_map(children) {
                collect(cx, part, depth + 1, texts);
            }
        }
        "template_string" | "template_substitution" | "binary_expression" => {
            children(node).for_each(|part| collect(cx, part, depth + 1, texts));
        }
        _ => {}
    }
}
