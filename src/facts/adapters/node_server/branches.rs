//! Paths that code compares by hand: `if (pathname === '/chat')`, `switch (req.url) { case '/chat': ... }`.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::PatternSyntax;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, string_text, strip};

/// Conditions inside conditions beyond this are not looked at.
const MAX_DEPTH: u32 = 40;

/// A path that the address of a request is compared with.
#[derive(Clone, Copy)]
pub struct Compared<'t> {
    /// Its text.
    pub path: Node<'t>,
    /// Whether all of the path is compared or its beginning.
    pub pattern: PatternSyntax,
}

/// The paths for which `node` is reached inside `function`; empty when no condition around it compares a path, or when it is
/// reached for other paths as well.
pub fn reaching<'t>(cx: &EcmaCx<'t>, node: Node<'t>, function: Node<'t>) -> Vec<Compared<'t>> {
    let mut inner = node;
    while let Some(around) = cx.parent(inner).filter(|_| inner.id() != function.id()) {
        let found = match around.kind() {
            "if_statement" if is_field(around, "consequence", inner) => {
                around.child_by_field_name("condition").and_then(|condition| when(cx, condition, 0)).unwrap_or_default()
            }
            "switch_case" => cases(cx, around),
            _ => Vec::new(),
        };
        if !found.is_empty() {
            return found;
        }
        inner = around;
    }
    Vec::new()
}

/// Every path that a function compares the address of a request with, with the condition around it.
pub fn compared<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> Vec<(Compared<'t>, Node<'t>)> {
    let mut found = Vec::new();
    let mut stack = vec![function];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "if_statement" => {
                if let Some(condition) = node.child_by_field_name("condition") {
                    let paths = when(cx, condition, 0).unwrap_or_default();
                    found.extend(paths.into_iter().map(|path| (path, condition)));
                }
            }
            "switch_case" => {
                let own = node.child_by_field_name("value").and_then(|value| case(cx, node, value));
                found.extend(own.map(|path| (path, node)));
            }
            _ => {}
        }
        stack.extend(children(node));
    }
    found
}

/// Whether a function does nothing with the address of a request but take it apart, write it to a log and compare it as
/// [`compared`] reads it.
pub fn are_all_compared<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> bool {
    let mut stack: Vec<Node<'t>> = children(function).collect();
    while let Some(node) = stack.pop() {
        let is_whole = matches!(node.kind(), "identifier" | "member_expression") && is_address(cx, node);
        if is_whole && !is_harmless(cx, node, function) {
            return false;
        }
        if !is_whole {
            stack.extend(children(node));
        }
    }
    true
}

/// Whether one use of an address is a comparison, a declaration or a line of a log.
fn is_harmless<'t>(cx: &EcmaCx<'t>, address: Node<'t>, function: Node<'t>) -> bool {
    let mut inner = address;
    let mut compares = false;
    for _ in 0..MAX_DEPTH {
        let Some(around) = cx.parent(inner).filter(|_| inner.id() != function.id()) else { return false };
        match around.kind() {
            "variable_declarator" => return keeps_track(cx, around),
            "binary_expression" if matches!(cx.text(around), text if text.contains("!=")) => return false,
            "binary_expression" | "call_expression" if !compares && when(cx, around, 0).is_some() => compares = true,
            "binary_expression" | "parenthesized_expression" if compares => {}
            "member_expression" | "arguments" | "template_substitution" | "template_string" | "await_expression" => {}
            "call_expression" if is_log(cx, around) => return true,
            "call_expression" | "new_expression" if !compares => {}
            "if_statement" => return compares && is_field(around, "condition", inner),
            "switch_statement" => return is_field(around, "value", inner),
            "parenthesized_expression" => {}
            _ => return false,
        }
        inner = around;
    }
    false
}

/// Whether a declaration gives what it takes from an address a name that says so, or takes the query alone.
fn keeps_track<'t>(cx: &EcmaCx<'t>, declarator: Node<'t>) -> bool {
    let (Some(name), Some(value)) = (declarator.child_by_field_name("name"), declarator.child_by_field_name("value"))
    else {
        return false;
    };
    let text = cx.text(value);
    let is_parsed = text.starts_with("new URL(") || text.contains("parse(") || text.starts_with("URL.parse(");
    let is_query = text.contains("searchParams") || text.contains(".query");
    is_parsed || is_query || name.kind() == "object_pattern" || is_address(cx, name)
}

/// `console.log(..)` and the like.
fn is_log<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> bool {
    let callee = call.child_by_field_name("function").map_or("", |callee| cx.text(callee));
    ["console.", "logger.", "log."].iter().any(|start| callee.starts_with(start))
}

fn is_field(node: Node<'_>, name: &str, child: Node<'_>) -> bool {
    node.child_by_field_name(name).is_some_and(|field| field.id() == child.id())
}

/// The paths for which a condition may hold: those of both sides of `||`, of one side of `&&`. None where it holds for others.
fn when<'t>(cx: &EcmaCx<'t>, condition: Node<'t>, depth: u32) -> Option<Vec<Compared<'t>>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let node = strip(condition);
    match node.kind() {
        "binary_expression" => {
            let (left, right) = (node.child_by_field_name("left")?, node.child_by_field_name("right")?);
            match cx.text(node.child_by_field_name("operator")?) {
                "||" => {
                    let mut both = when(cx, left, depth + 1)?;
                    both.extend(when(cx, right, depth + 1)?);
                    Some(both)
                }
                "&&" => when(cx, left, depth + 1).or_else(|| when(cx, right, depth + 1)),
                "===" | "==" => [(left, right), (right, left)]
                    .into_iter()
                    .find(|(address, path)| is_address(cx, *address) && is_path(cx, *path))
                    .map(|(_, path)| vec![Compared { path, pattern: PatternSyntax::Exact }]),
                _ => None,
            }
        }
        "call_expression" => {
            let callee = strip(node.child_by_field_name("function")?);
            let is_start = cx.text(callee.child_by_field_name("property")?) == "startsWith";
            let path = arguments(node).first().copied().filter(|path| is_start && is_path(cx, *path))?;
            is_address(cx, callee.child_by_field_name("object")?)
                .then(|| vec![Compared { path, pattern: PatternSyntax::Prefix }])
        }
        _ => None,
    }
}

/// The paths of a case and of those in front of it that fall through to it.
fn cases<'t>(cx: &EcmaCx<'t>, own: Node<'t>) -> Vec<Compared<'t>> {
    let mut found = Vec::new();
    let mut all: Vec<Node<'t>> = cx.parent(own).into_iter().flat_map(children).collect();
    all.truncate(all.iter().position(|node| node.id() == own.id()).map_or(0, |at| at + 1));
    for node in all.into_iter().rev() {
        let falls_through = node.id() == own.id() || node.child_by_field_name("body").is_none();
        if node.kind() != "switch_case" || !falls_through {
            break;
        }
        let Some(path) = node.child_by_field_name("value").and_then(|value| case(cx, node, value)) else {
            return Vec::new();
        };
        found.push(path);
    }
    found
}

fn case<'t>(cx: &EcmaCx<'t>, node: Node<'t>, value: Node<'t>) -> Option<Compared<'t>> {
    let switch = cx.parent(cx.parent(node)?)?;
    let address = switch.child_by_field_name("value").filter(|_| switch.kind() == "switch_statement")?;
    let is_one = is_address(cx, strip(address)) && is_path(cx, value);
    is_one.then_some(Compared { path: value, pattern: PatternSyntax::Exact })
}

/// Whether an expression is the address of a request by its name: `req.url`, `pathname`, `url.pathname`.
fn is_address<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let node = strip(node);
    let name: Arc<str> = match node.kind() {
        "identifier" => Arc::from(cx.text(node)),
        "member_expression" => Arc::from(node.child_by_field_name("property").map_or("", |name| cx.text(name))),
        _ => return false,
    };
    let name = name.to_ascii_lowercase();
    name.ends_with("path") || name.ends_with("pathname") || name.ends_with("url")
}

fn is_path<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    string_text(strip(node), cx.source).is_some_and(|text| text.starts_with('/'))
}
