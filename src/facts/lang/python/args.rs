//! Arguments of a Python call.

use tree_sitter::Node;

use super::build::PythonCx;
use super::place::At;
use crate::facts::Expr;
use crate::parse::fields::Fields;

/// Arguments by position and by keyword.
pub struct Args<'t> {
    /// Positional arguments; a splat is among them.
    pub positional: Vec<Node<'t>>,
    /// Keyword arguments.
    pub keywords: Vec<(&'t str, Node<'t>)>,
    /// `**kwargs`.
    pub splats: Vec<Node<'t>>,
}

impl<'t> Args<'t> {
    /// The argument at `index`, or named `name`.
    #[must_use]
    pub fn get(&self, index: usize, name: &str) -> Option<Node<'t>> {
        self.keyword(name).or_else(|| self.positional.get(index).copied())
    }

    /// The keyword argument `name`.
    #[must_use]
    pub fn keyword(&self, name: &str) -> Option<Node<'t>> {
        self.keywords.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }
}

impl<'t> PythonCx<'t> {
    /// The arguments of a `call`.
    #[must_use]
    pub fn args(&self, call: Node<'t>) -> Args<'t> {
        let mut args = Args { positional: Vec::new(), keywords: Vec::new(), splats: Vec::new() };
        let Some(list) = call.field("arguments") else { return args };
        if list.kind() == "generator_expression" {
            args.positional.push(list);
            return args;
        }
        let mut cursor = list.walk();
        for child in list.named_children(&mut cursor) {
            match child.kind() {
                "comment" => {}
                "keyword_argument" => {
                    if let (Some(name), Some(value)) = (child.field("name"), child.field("value")) {
                        args.keywords.push((self.text(name), value));
                    }
                }
                "dictionary_splat" => args.splats.extend(child.named_child(0)),
                _ => args.positional.push(child),
            }
        }
        args
    }

    /// The value of keyword `name`, found in `**kwargs` of known dictionaries too.
    #[must_use]
    pub fn keyword_value(&self, args: &Args<'t>, name: &str, at: &At<'t>) -> Option<Expr> {
        if let Some(node) = args.keyword(name) {
            return Some(self.expr(node, at));
        }
        args.splats.iter().find_map(|splat| self.final_value(*splat, at).field(name).cloned())
    }

    /// The value of a name at `at`, module-level names included; of any other expression its value.
    #[must_use]
    pub fn final_value(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        if node.kind() == "identifier" {
            let module = super::scope::ScopeId(0);
            let name = self.text(node);
            let mut id = Some(at.scope);
            while let Some((scope_id, scope)) = id.and_then(|id| Some((id, self.outline.scopes.get(id.0)?))) {
                if scope.bindings.contains_key(name) {
                    let here = if scope_id == at.scope { at.clone() } else { At::end_of(scope_id) };
                    if let Some(value) = self.value_of(scope_id, name, &here) {
                        return value;
                    }
                }
                if scope_id == module {
                    break;
                }
                id = scope.parent;
            }
        }
        self.expr(node, at)
    }
}
