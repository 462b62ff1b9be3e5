//! Which nodes adapters are shown.

use std::cell::RefCell;
use std::rc::Rc;

use tree_sitter::Language;

const KINDS: [&str; 13] = [
    "program",
    "call_expression",
    "new_expression",
    "assignment_expression",
    "variable_declarator",
    "export_statement",
    "function_declaration",
    "class_declaration",
    "public_field_definition",
    "method_definition",
    "jsx_opening_element",
    "jsx_self_closing_element",
    "expression_statement",
];

/// Nodes deeper than this are not shown.
pub(super) const MAX_DEPTH: u32 = 400;

thread_local! {
    static KNOWN: RefCell<Vec<(Language, Rc<[bool]>)>> = const { RefCell::new(Vec::new()) };
}

/// By the id of a kind whether its nodes are shown: names would be compared for every node of the tree.
pub(super) fn ids(language: &Language) -> Rc<[bool]> {
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, ids)) = known.iter().find(|(of, _)| of == language) {
            return Rc::clone(ids);
        }
        let kinds = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        let is_shown = |id: u16| {
            language.node_kind_is_named(id) && language.node_kind_for_id(id).is_some_and(|kind| KINDS.contains(&kind))
        };
        let ids: Rc<[bool]> = (0..kinds).map(is_shown).collect();
        known.push((language.clone(), Rc::clone(&ids)));
        ids
    })
}
