//! Folders: `os.path.join(BASE, "static")`, `Path(__file__).parent / "web"`.

use std::sync::Arc;

use tree_sitter::Node;

use super::{At, PythonCx, literal};
use crate::facts::lang::folder::tail;

/// Names of names beyond this are not followed.
const MAX_DEPTH: u32 = 8;

/// Parts of one path that are looked at: names stand for others, each in several places.
const MOST_PARTS: usize = 100;

impl<'t> PythonCx<'t> {
    /// The folder that an expression of a path names.
    #[must_use]
    pub fn folder(&self, node: Node<'t>, at: &At<'t>) -> Option<Arc<str>> {
        let (mut texts, mut left) = (Vec::new(), MOST_PARTS);
        self.texts_of_path(node, at, (0, &mut left), &mut texts)?;
        tail(&texts)
    }

    /// Adds the texts of a path; `None` where there are too many parts to tell.
    fn texts_of_path(
        &self,
        node: Node<'t>,
        at: &At<'t>,
        (depth, left): (u32, &mut usize),
        texts: &mut Vec<String>,
    ) -> Option<()> {
        if depth > MAX_DEPTH {
            return Some(());
        }
        *left = left.checked_sub(1)?;
        let node = self.resolve(node, at);
        match node.kind() {
            "string" => texts.extend(literal(self.outline.text, node)),
            // `base.joinpath("web")`, `(base / "web").resolve()`
            "call" => {
                let object = node.child_by_field_name("function").filter(|it| it.kind() == "attribute");
                let object = object.and_then(|function| function.child_by_field_name("object"));
                for part in object.into_iter().chain(self.args(node).positional) {
                    self.texts_of_path(part, at, (depth + 1, left), texts)?;
                }
            }
            "binary_operator" => {
                for side in ["left", "right"] {
                    if let Some(side) = node.child_by_field_name(side) {
                        self.texts_of_path(side, at, (depth + 1, left), texts)?;
                    }
                }
            }
            "attribute" => {
                if let Some(object) = node.child_by_field_name("object") {
                    self.texts_of_path(object, at, (depth + 1, left), texts)?;
                }
            }
            _ => {}
        }
        Some(())
    }
}
