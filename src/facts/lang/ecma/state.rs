//! State that starts with a value and is set later.

use std::collections::{HashMap, HashSet};

use tree_sitter::Node;

use super::cx::EcmaCx;
use super::node::strip;
use crate::facts::{Expr, ExprKind, HoleReason};
use crate::parse::fields::Fields;

/// Bytes of an attribute within which its value must begin and end.
const MOST_ATTRIBUTE: usize = 200;

impl<'t> EcmaCx<'t> {
    /// The state of a store without the fields that something sets: those that start empty, and those that its code names
    /// again.
    #[must_use]
    pub fn unchanged(&self, creator: Node<'t>, state: Expr) -> Expr {
        let ExprKind::Object(fields) = state.kind else { return state };
        let named = self.named_in(creator);
        let bound = self.bound_in_template();
        let fields = fields.into_iter().map(|mut field| {
            let is_function = matches!(field.value.kind, ExprKind::Lambda(_));
            let starts_empty = match &field.value.kind {
                ExprKind::Null | ExprKind::Undefined | ExprKind::Bool(_) | ExprKind::Num(_) => true,
                ExprKind::Str(text) => text.is_empty(),
                _ => false,
            };
            let is_set = || named.may_set(&field.key) || bound.contains(&*field.key);
            if !is_function && (starts_empty || is_set()) {
                field.value = Expr::hole(field.value.span, HoleReason::Reassigned);
            }
            field
        });
        Expr::new(state.span, ExprKind::Object(fields.collect()))
    }

    /// What code names below a node.
    fn named_in(&self, creator: Node<'t>) -> Names<'t> {
        let mut names = Names::default();
        let mut cursor = creator.walk();
        loop {
            let node = cursor.node();
            match node.kind() {
                "shorthand_property_identifier" => {
                    *names.words.entry(self.text(node)).or_default() += 1;
                }
                // `state.key` only reads it.
                "property_identifier" if cursor.field_name() != Some("property") => {
                    *names.words.entry(self.text(node)).or_default() += 1;
                }
                "assignment_expression" | "augmented_assignment_expression" => {
                    names.written.extend(node.field("left").and_then(|left| self.field_of_state(left)));
                }
                _ => {}
            }
            if cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return names;
                }
            }
        }
    }

    /// `this.key`, `state.key`, `draft.key`: whatever has a property of that name may be the state.
    fn field_of_state(&self, left: Node<'t>) -> Option<&'t str> {
        let left = Some(strip(left)).filter(|left| left.kind() == "member_expression")?;
        left.field("property").map(|property| self.text(property))
    }

    /// The fields that the template of a component sets (`v-model="key"`).
    fn bound_in_template(&self) -> HashSet<&'t str> {
        let bound = |at: usize| {
            let window = self.source.get(at..).map(|rest| rest.get(..MOST_ATTRIBUTE).unwrap_or(rest))?;
            let (_, value) = window.split_once('=')?;
            let value = value.trim_start().trim_start_matches(['"', '\'']);
            let end = value.find(['"', '\'', '.', '[', ' '])?;
            value.get(..end)
        };
        memchr::memmem::find_iter(self.source.as_bytes(), b"v-model").filter_map(bound).collect()
    }
}

/// What the code of a store names.
#[derive(Default)]
struct Names<'t> {
    /// How often it names something that is no member of something else.
    words: HashMap<&'t str, usize>,
    /// The fields of its state that it assigns.
    written: HashSet<&'t str>,
}

impl Names<'_> {
    /// Whether the code may set a field: it names it more often than where the field begins.
    fn may_set(&self, key: &str) -> bool {
        self.written.contains(key) || self.words.get(key).is_some_and(|count| *count > 1)
    }
}
