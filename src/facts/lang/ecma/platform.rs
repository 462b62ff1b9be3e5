//! Names of the browser's platform, however code comes to them.

use tree_sitter::Node;

use super::cx::EcmaCx;
use super::node::{arguments, string_text, strip};
use super::scope::{BindingKind, ScopeId, Step};
use crate::parse::fields::Fields;

/// Names that stand for names.
const MAX_DEPTH: usize = 8;

/// Packages that export what the platform has, for where it does not.
const STAND_INS: &[(&str, &str)] = &[
    ("cross-fetch", "fetch"),
    ("isomorphic-fetch", "fetch"),
    ("isomorphic-unfetch", "fetch"),
    ("unfetch", "fetch"),
    ("whatwg-fetch", "fetch"),
    ("node-fetch", "fetch"),
    ("isomorphic-ws", "WebSocket"),
    ("eventsource", "EventSource"),
    ("event-source-polyfill", "EventSource"),
];

impl<'t> EcmaCx<'t> {
    /// The dotted name of the platform that an expression is, without `window` and its like in front: `fetch` for
    /// `window.fetch`, for `(window as any)?.fetch`, and for a constant that is one of them.
    #[must_use]
    pub fn platform(&self, node: Node<'t>) -> Option<String> {
        self.platform_within(node, MAX_DEPTH)
    }

    fn platform_within(&self, node: Node<'t>, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let node = strip(node);
        match node.kind() {
            "identifier" | "shorthand_property_identifier" => match self.binding_of(node) {
                None => {
                    let name = self.text(node);
                    let is_whole = matches!(name, "window" | "self" | "globalThis" | "global" | "top" | "parent");
                    Some(if is_whole { String::new() } else { name.to_owned() })
                }
                Some((_, binding)) if binding.writes.is_empty() => self.bound_platform(&binding.kind, depth),
                Some(_) => None,
            },
            "member_expression" => {
                let object = self.platform_within(node.field("object")?, depth)?;
                Some(joined(object, self.text(node.field("property")?)))
            }
            "subscript_expression" => {
                let object = self.platform_within(node.field("object")?, depth)?;
                Some(joined(object, string_text(strip(node.field("index")?), self.source)?))
            }
            // `fetch.bind(window)`
            "call_expression" => {
                let name = self.platform_within(node.field("function")?, depth)?;
                name.strip_suffix(".bind").map(str::to_owned)
            }
            "binary_expression" if matches!(node.field("operator")?.kind(), "||" | "??") => {
                self.platform_within(node.field("left")?, depth)
            }
            _ => None,
        }
    }

    fn bound_platform(&self, kind: &BindingKind<'t>, depth: usize) -> Option<String> {
        match kind {
            BindingKind::Variable { declarator, path } => {
                let value = strip(declarator.field("value")?);
                if let Some(module) = self.required_module(value) {
                    return stand_in(module);
                }
                let mut name = self.platform_within(value, depth)?;
                for step in path {
                    match step {
                        Step::Key(key, _) => name = joined(name, key),
                        Step::Index(..) | Step::Rest => return None,
                    }
                }
                Some(name)
            }
            BindingKind::Import { module, .. } => stand_in(module),
            // `(function (global) { .. })(window)`
            BindingKind::Param { function, index, path, .. } if path.is_empty() && self.is_at_once(*function) => {
                let call = self.parent(self.outside_of_parentheses(self.scopes.scope(*function).node))?;
                let given = arguments(call).get(*index as usize).copied()?;
                match given.kind() {
                    "this" => Some(String::new()),
                    _ => self.platform_within(given, depth),
                }
            }
            // `load({ fetch })`: frameworks hand their own one in.
            BindingKind::Param { path, default, .. } => match (path.as_slice(), default) {
                ([Step::Key("fetch", _)], _) => Some("fetch".to_owned()),
                ([], Some(default)) => self.platform_within(*default, depth),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a function is called where it is written.
    fn is_at_once(&self, function: ScopeId) -> bool {
        let whole = self.outside_of_parentheses(self.scopes.scope(function).node);
        self.parent(whole).is_some_and(|call| {
            call.kind() == "call_expression" && call.field("function").is_some_and(|callee| callee.id() == whole.id())
        })
    }

    fn outside_of_parentheses(&self, node: Node<'t>) -> Node<'t> {
        let mut node = node;
        while let Some(parent) = self.parent(node).filter(|parent| parent.kind() == "parenthesized_expression") {
            node = parent;
        }
        node
    }

    fn required_module(&self, value: Node<'t>) -> Option<&'t str> {
        if value.kind() != "call_expression" || self.text(value.field("function")?) != "require" {
            return None;
        }
        string_text(*arguments(value).first()?, self.source)
    }
}

fn stand_in(module: &str) -> Option<String> {
    STAND_INS.iter().find(|(name, _)| *name == module).map(|(_, name)| (*name).to_owned())
}

fn joined(object: String, key: &str) -> String {
    if object.is_empty() { key.to_owned() } else { format!("{object}.{key}") }
}
