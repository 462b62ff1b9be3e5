//! Imports, and the dotted names behind local ones.

use std::sync::Arc;

use tree_sitter::Node;

use super::outline::Outline;
use crate::base::Span;
use crate::facts::Import;
use crate::parse::fields::Fields;

impl<'t> Outline<'t> {
    pub(super) fn import(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
        for name in names {
            let (module, local) = match (name.field("name"), name.field("alias")) {
                (Some(module), Some(alias)) => (self.slice(module), self.slice(alias)),
                _ => (self.slice(name), self.slice(name)),
            };
            self.add_import(node, module, "*", local);
            if let Some((root, _)) = local.split_once('.') {
                self.canonical.entry(Arc::from(root)).or_insert_with(|| Arc::from(root));
            }
        }
    }

    pub(super) fn import_from(&mut self, node: Node<'t>) {
        let Some(module) = node.field("module_name").map(|module| self.slice(module)) else { return };
        let mut cursor = node.walk();
        let names: Vec<_> = node.children_by_field_name("name", &mut cursor).collect();
        let mut cursor = node.walk();
        if node.named_children(&mut cursor).any(|child| child.kind() == "wildcard_import") {
            self.star_import = true;
            self.add_import(node, module, "*", "*");
        }
        for name in names {
            let (imported, local) = match (name.field("name"), name.field("alias")) {
                (Some(imported), Some(alias)) => (self.slice(imported), self.slice(alias)),
                _ => (self.slice(name), self.slice(name)),
            };
            self.add_import(node, module, imported, local);
        }
    }

    pub(super) fn add_import(&mut self, node: Node<'t>, module: &str, imported: &str, local: &str) {
        let dotted = match imported {
            "*" => module.to_owned(),
            imported if module.ends_with('.') => format!("{module}{imported}"),
            imported => format!("{module}.{imported}"),
        };
        self.canonical.insert(Arc::from(local), Arc::from(dotted));
        self.imports.push(Import {
            local: Arc::from(local),
            imported: Arc::from(imported),
            module: Arc::from(module),
            span: Span::from(node.byte_range()),
        });
    }
}
