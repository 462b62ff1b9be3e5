//! Folders: `os.path.join(BASE, "static")`, `Path(__file__).parent / "web"`.

use std::sync::Arc;

use tree_sitter::Node;

use super::{At, PythonCx, literal};
use crate::facts::lang::folder::tail;

/// Names of names beyond this are not followed.
const MAX_DEPTH: u32 = 8;

impl<'t> PythonCx<'t> {
    /// The folder that an expression of a path names.
    #[must_use]
    pub fn folder(&self, node: Node<'t>, at: &At<'t>) -> Option<Arc<str>> {
        let mut texts = Vec::new();
        self.texts_of_path(node, at, 0, &mut texts);
        tail(&texts)
    }

    fn texts_of_path(&self, node: Node<'t>, at: &At<'t>, depth: u32, texts: &mut Vec<String>) {
        if depth > MAX_DEPTH {
            return;
        }
        let node = self.resolve(node, at);
        match node.kind() {
            "string" => texts.extend(literal(self.outline.text, node)),
            // `base.joinpath("web")`, `(base / "web").resolve()`
            "call" => {
                let object = node.child_by_field_name("function").filter(|it| it.kind() == "attribute");
                let object = object.and_then(|function| function.child_by_field_name("object"));
                for part in object.into_iter().chain(self.args(node).positional) {
                    self.texts_of_path(part, at, depth + 1, texts);
                }
            }
            "binary_operator" => {
                let sides = ["left", "right"].map(|side| node.child_by_field_name(side));
                sides.into_iter().flatten().for_each(|side| self.texts_of_path(side, at, depth + 1, texts));
            }
            "attribute" => {
                if let Some(object) = node.child_by_field_name("object") {
                    self.texts_of_path(object, at, depth + 1, texts);
                }
            }
            _ => {}
        }
    }
}
