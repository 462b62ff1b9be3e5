//! State that starts with a value and is set later.

use tree_sitter::Node;

use super::cx::EcmaCx;
use crate::facts::{Expr, ExprKind, HoleReason};

impl EcmaCx<'_> {
    /// The state of a store without the fields that something sets: those that start empty, and those that its code names
    /// again.
    #[must_use]
    pub fn unchanged(&self, creator: Node<'_>, state: Expr) -> Expr {
        let text = self.text(creator);
        let ExprKind::Object(fields) = state.kind else { return state };
        let fields = fields.into_iter().map(|mut field| {
            let is_function = matches!(field.value.kind, ExprKind::Lambda(_));
            let starts_empty = match &field.value.kind {
                ExprKind::Null | ExprKind::Undefined | ExprKind::Bool(_) | ExprKind::Num(_) => true,
                ExprKind::Str(text) => text.is_empty(),
                _ => false,
            };
            let is_written =
                text.contains(&format!("this.{} =", field.key)) || text.contains(&format!("state.{} =", field.key));
            if !is_function && (starts_empty || is_written || names(text, &field.key) > 1) {
                field.value = Expr::hole(field.value.span, HoleReason::Reassigned);
            }
            field
        });
        Expr::new(state.span, ExprKind::Object(fields.collect()))
    }
}

/// How often a text has a word that is no member of something.
fn names(text: &str, word: &str) -> usize {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.');
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, word.as_bytes())
        .filter(|at| {
            let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied();
            let after = bytes.get(at + word.len()).copied();
            !before.is_some_and(is_name) && !after.is_some_and(|byte| is_name(byte) && byte != b'.')
        })
        .count()
}
