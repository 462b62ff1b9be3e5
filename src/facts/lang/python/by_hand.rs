//! Code that runs only when its file is the one that is started: under `if __name__ == "__main__"`.

use std::collections::BTreeMap;

use tree_sitter::Node;

use super::build::{PythonCx, span};
use super::scope::{ScopeId, ScopeKind};
use crate::base::Span;
use crate::parse::fields::Fields;

impl<'t> PythonCx<'t> {
    /// What is under the test for the file's own start, and the functions that nothing else in the file names.
    #[must_use]
    pub fn by_hand(&self) -> Vec<Span> {
        let Some(module) = self.outline.scopes.first() else { return Vec::new() };
        let mut cursor = module.node.walk();
        let mut found: Vec<Span> = module
            .node
            .named_children(&mut cursor)
            .filter(|node| node.kind() == "if_statement")
            .filter(|node| node.field("condition").is_some_and(|condition| self.tests_the_start(condition)))
            .filter_map(|node| Some(span(node.field("consequence")?)))
            .collect();
        if found.is_empty() {
            return found;
        }
        let mut functions = self.plain_functions();
        let mentions = self.mentions(module.node, &functions);
        loop {
            let is_by_hand = |(name, own): (&&str, &Span)| {
                let others = mentions.get(*name).into_iter().flatten().filter(|at| !is_in(**at, *own));
                let inside: Vec<bool> = others.map(|at| found.iter().any(|outer| is_in(*at, *outer))).collect();
                !inside.is_empty() && inside.iter().all(|inside| *inside)
            };
            let more: Vec<&'t str> =
                functions.iter().filter(|entry| is_by_hand(*entry)).map(|(name, _)| *name).collect();
            if more.is_empty() {
                return found;
            }
            found.extend(more.into_iter().filter_map(|name| functions.remove(name)));
        }
    }

    fn tests_the_start(&self, condition: Node<'t>) -> bool {
        let text = self.text(condition);
        condition.kind() == "comparison_operator"
            && text.contains("__name__")
            && text.contains("__main__")
            && text.contains("==")
    }

    /// The functions of the top level that nothing registers where they are defined.
    fn plain_functions(&self) -> BTreeMap<&'t str, Span> {
        let scopes = self.outline.scopes.iter();
        let plain = scopes.filter(|scope| {
            scope.kind == ScopeKind::Function && scope.parent == Some(ScopeId(0)) && scope.decorators.is_empty()
        });
        plain.filter_map(|scope| Some((self.text(scope.node.field("name")?), span(scope.node)))).collect()
    }

    /// Where the names of functions stand, their definitions left out.
    fn mentions(&self, module: Node<'t>, functions: &BTreeMap<&'t str, Span>) -> BTreeMap<&'t str, Vec<Span>> {
        let mut found: BTreeMap<&'t str, Vec<Span>> = BTreeMap::new();
        let mut open = vec![module];
        while let Some(node) = open.pop() {
            // A list of what others may import names them in strings.
            let name = match node.kind() {
                "identifier" | "string_content" => self.text(node),
                _ => "",
            };
            if let Some((name, own)) = functions.get_key_value(name) {
                let defines = self.parent(node).is_some_and(|parent| span(parent) == *own);
                if !defines {
                    found.entry(name).or_default().push(span(node));
                }
            }
            let mut cursor = node.walk();
            open.extend(node.named_children(&mut cursor));
        }
        found
    }
}

fn is_in(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
