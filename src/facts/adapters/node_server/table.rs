//! Tables of routes: `routes.forEach((route) => app[route.method](route.path, route.handler))`.

use std::sync::Arc;

use tree_sitter::Node;

use super::value::{Target, surrounding};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, string_text, strip};
use crate::facts::lang::ecma::uses::{array_items, callback_of};
use crate::facts::{FileFacts, PatternSyntax, Protocol, RouteFact};

/// A row of a table.
struct Row<'t> {
    method: Option<&'t str>,
    path: Node<'t>,
}

/// Whether `value[key](path, ...)` is one call for each row of a table that can be read.
pub fn is_read<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> bool {
    rows(cx, call).is_some()
}

/// The routes of a table.
pub fn registered<'t>(cx: &EcmaCx<'t>, call: Node<'t>, app: &Target, facts: &mut FileFacts) {
    for row in rows(cx, call).unwrap_or_default() {
        facts.routes.push(RouteFact {
            span: cx.span(row.path),
            router: app.expr.clone(),
            protocol: Protocol::Http,
            methods: row.method.map(|method| Arc::from(method.to_ascii_uppercase())).into_iter().collect(),
            path: Some(cx.expr(row.path)),
            pattern: PatternSyntax::Express,
            handler: None,
            function: app.function.clone().or_else(|| surrounding(cx, call)),
        });
    }
}

/// The object that a computed call is made on.
pub fn receiver(call: Node<'_>) -> Option<Node<'_>> {
    let callee = strip(call.child_by_field_name("function")?);
    (callee.kind() == "subscript_expression").then(|| callee.child_by_field_name("object")).flatten()
}

/// The rows, when each of them says its path and its method.
fn rows<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> Option<Vec<Row<'t>>> {
    let callee = strip(call.child_by_field_name("function")?);
    let index = strip(callee.child_by_field_name("index")?);
    let path = *arguments(call).first()?;
    let (row, table) = row_of(cx, call)?;
    let key_of = |node: Node<'t>| {
        let node = lowered(cx, strip(node));
        if row.kind() == "object_pattern" {
            return taken_apart(cx, row, node);
        }
        let object = node.child_by_field_name("object").filter(|_| node.kind() == "member_expression")?;
        (cx.text(object) == cx.text(row)).then(|| node.child_by_field_name("property").map(|key| cx.text(key)))?
    };
    let (method_key, path_key) = (key_of(index)?, key_of(path)?);
    array_items(cx, table)?
        .into_iter()
        .map(|item| {
            let item = cx.initial(item);
            let method = cx.option(item, method_key)?;
            let method = string_text(strip(method), cx.source)?;
            Some(Row { method: (method != "all").then_some(method), path: cx.option(item, path_key)? })
        })
        .collect()
}

/// The key under which `{ method, path: url }` takes a name out of a row.
fn taken_apart<'t>(cx: &EcmaCx<'t>, pattern: Node<'t>, name: Node<'t>) -> Option<&'t str> {
    children(pattern).find_map(|part| match part.kind() {
        "shorthand_property_identifier_pattern" => (cx.text(part) == cx.text(name)).then(|| cx.text(part)),
        "pair_pattern" => {
            let is_it = part.child_by_field_name("value").is_some_and(|value| cx.text(value) == cx.text(name));
            part.child_by_field_name("key").filter(|_| is_it).map(|key| cx.text(key))
        }
        _ => None,
    })
}

/// `x.toLowerCase()` is `x`.
fn lowered<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Node<'t> {
    let callee = node.child_by_field_name("function").filter(|_| node.kind() == "call_expression");
    let inner = callee.filter(|callee| cx.text(*callee).ends_with(".toLowerCase"));
    inner.and_then(|callee| callee.child_by_field_name("object")).unwrap_or(node)
}

/// What binds the row that the code around a call goes through, and the table.
fn row_of<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
    let mut around = cx.parent(call);
    while let Some(node) = around {
        if node.kind() == "for_in_statement" {
            let name = node.child_by_field_name("left")?;
            return Some((name, node.child_by_field_name("right")?));
        }
        if matches!(
            node.kind(),
            "arrow_function" | "function_expression" | "function_declaration" | "method_definition"
        ) {
            break;
        }
        around = cx.parent(node);
    }
    let (function, each) = callback_of(cx, call)?;
    let callee = strip(each.child_by_field_name("function")?);
    let is_each = matches!(cx.text(callee.child_by_field_name("property")?), "forEach" | "map");
    let parameter = function.child_by_field_name("parameter").or_else(|| {
        let list = function.child_by_field_name("parameters")?;
        list.named_child(0)?.child_by_field_name("pattern")
    })?;
    is_each.then(|| callee.child_by_field_name("object")).flatten().map(|table| (parameter, table))
}
