//! Destructuring patterns: which names they bind, and how each is taken out of the value.

use tree_sitter::Node;

use super::declare::Collector;
use super::node::{children, string_text};
use super::scope::Step;
use crate::parse::fields::Fields;

/// Patterns nest rarely; deeper ones bind nothing.
const MAX_PATTERN_DEPTH: usize = 12;

/// Is told of a bound name, its node, and the way to it.
pub(super) type Bind<'b, 't> = &'b mut dyn FnMut(&mut Collector<'t>, &'t str, Node<'t>, &[Step<'t>]);

impl<'t> Collector<'t> {
    /// Calls `bind` with every name that a pattern binds, and the way to it.
    pub(super) fn pattern(&mut self, pattern: Node<'t>, path: &mut Vec<Step<'t>>, bind: Bind<'_, 't>) {
        if path.len() > MAX_PATTERN_DEPTH {
            return;
        }
        match pattern.kind() {
            "identifier" | "shorthand_property_identifier_pattern" => {
                bind(self, self.text_of(pattern), pattern, path);
            }
            "assignment_pattern" => {
                if let Some(left) = pattern.field("left") {
                    self.pattern(left, path, bind);
                }
            }
            "object_pattern" => {
                for part in children(pattern) {
                    self.object_part(part, path, bind);
                }
            }
            "array_pattern" => self.array_parts(pattern, path, bind),
            "rest_pattern" => {
                path.push(Step::Rest);
                if let Some(inner) = pattern.named_child(0) {
                    self.pattern(inner, path, bind);
                }
                path.pop();
            }
            _ => {}
        }
    }

    fn object_part(&mut self, part: Node<'t>, path: &mut Vec<Step<'t>>, bind: Bind<'_, 't>) {
        let (key, target, default) = match part.kind() {
            "shorthand_property_identifier_pattern" => (self.text_of(part), Some(part), None),
            "object_assignment_pattern" => {
                let Some(left) = part.field("left") else { return };
                (self.text_of(left), Some(left), part.field("right"))
            }
            "pair_pattern" => {
                let Some(key) = part.field("key") else { return };
                let value = part.field("value");
                let default =
                    value.filter(|value| value.kind() == "assignment_pattern").and_then(|value| value.field("right"));
                (string_text(key, self.text).unwrap_or_else(|| self.text_of(key)), value, default)
            }
            "rest_pattern" => {
                self.pattern(part, path, bind);
                return;
            }
            _ => return,
        };
        if let Some(target) = target {
            path.push(Step::Key(key, default));
            self.pattern(target, path, bind);
            path.pop();
        }
    }

    fn array_parts(&mut self, pattern: Node<'t>, path: &mut Vec<Step<'t>>, bind: Bind<'_, 't>) {
        let mut index = 0;
        let mut cursor = pattern.walk();
        for part in pattern.children(&mut cursor) {
            match part.kind() {
                "," => index += 1,
                "[" | "]" | "comment" => {}
                kind => {
                    let default = part.field("right").filter(|_| kind == "assignment_pattern");
                    path.push(Step::Index(index, default));
                    self.pattern(part, path, bind);
                    path.pop();
                }
            }
        }
    }
}
