//! Folders: `path.join(__dirname, 'public')`, `fileURLToPath(new URL('./public', import.meta.url))`.

use std::sync::Arc;

use tree_sitter::Node;

use super::cx::EcmaCx;
use super::node::{children, string_text, strip};
use crate::facts::lang::folder::tail;

/// Names of names beyond this are not followed.
const MAX_DEPTH: u32 = 8;

/// Parts of one path that are looked at: names stand for others, each in several places.
const MOST_PARTS: usize = 100;

/// The folder that an expression of a path names.
#[must_use]
pub fn folder_of<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Arc<str>> {
    let (mut texts, mut left) = (Vec::new(), MOST_PARTS);
    collect(cx, node, 0, &mut left, &mut texts)?;
    tail(&texts)
}

/// Adds the texts of a path; `None` where there are too many parts to tell.
fn collect<'t>(cx: &EcmaCx<'t>, node: Node<'t>, depth: u32, left: &mut usize, texts: &mut Vec<&'t str>) -> Option<()> {
    if depth > MAX_DEPTH {
        return Some(());
    }
    *left = left.checked_sub(1)?;
    let node = cx.initial(strip(node));
    match node.kind() {
        "string" => texts.extend(string_text(node, cx.source)),
        "string_fragment" => texts.push(cx.text(node)),
        "call_expression" | "new_expression" => {
            for part in node.child_by_field_name("arguments").into_iter().flat_map(children) {
                collect(cx, part, depth + 1, left, texts)?;
            }
        }
        "template_string" | "template_substitution" | "binary_expression" => {
            for part in children(node) {
                collect(cx, part, depth + 1, left, texts)?;
            }
        }
        _ => {}
    }
    Some(())
}
