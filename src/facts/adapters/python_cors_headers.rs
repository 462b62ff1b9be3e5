//! CORS headers that Python code writes on each answer by hand: `response.headers["Access-Control-Allow-Origin"] = origin`.

use tree_sitter::Node;

use crate::facts::lang::python::{At, PythonCx, span};
use crate::facts::{Expr, ExprKind, HoleReason, OriginLibrary, PolicyFact, Preflight};

/// The first part of the headers' names, in lower case.
const ALLOW: &str = "access-control-allow-";

/// What a function writes.
#[derive(Default)]
struct Written {
    origin: Option<Expr>,
    credentials: Option<Expr>,
    methods: Option<Expr>,
    headers: Option<Expr>,
}

/// The policy of a function that is given each answer of `target`, when it writes the headers. What it writes under a
/// condition is not known.
pub fn policy<'t>(cx: &PythonCx<'t>, function: Node<'t>, at: &At<'t>, target: Expr) -> Option<PolicyFact> {
    let body = function.child_by_field_name("body")?;
    let mut written = Written::default();
    let mut stack: Vec<(Node<'t>, bool)> = statements(body).map(|node| (node, true)).collect();
    stack.reverse();
    while let Some((node, is_plain)) = stack.pop() {
        if let Some((name, value)) = header(cx, node) {
            let value = if is_plain { cx.expr(value, at) } else { Expr::hole(span(value), HoleReason::Unsupported) };
            written.add(&name, value);
            continue;
        }
        let inside_plain = is_plain && node.kind() == "expression_statement";
        let mut below: Vec<(Node<'t>, bool)> = statements(node).map(|child| (child, inside_plain)).collect();
        below.reverse();
        stack.extend(below);
    }
    let origins = written.origin?;
    // Without the headers nothing but simple requests passes.
    let none = || Expr::new(span(function), ExprKind::List(Vec::new()));
    Some(PolicyFact {
        span: origins.span,
        target,
        library: OriginLibrary::Headers,
        origins: Some(origins),
        pattern: None,
        credentials: written.credentials,
        preflight: Preflight {
            methods: Some(written.methods.unwrap_or_else(none)),
            headers: Some(written.headers.unwrap_or_else(none)),
            ..Preflight::default()
        },
        paths: None,
        function: None,
    })
}

impl Written {
    fn add(&mut self, name: &str, value: Expr) {
        let slot = match name {
            "origin" => &mut self.origin,
            "credentials" => &mut self.credentials,
            "methods" => &mut self.methods,
            "headers" => &mut self.headers,
            _ => return,
        };
        // What is written twice depends on what is not followed.
        *slot = Some(match slot.take() {
            None => value,
            Some(first) => Expr::hole(first.span, HoleReason::Reassigned),
        });
    }
}

/// The header that a statement writes, without its first part, and the value.
fn header<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> Option<(String, Node<'t>)> {
    let (name, value) = match node.kind() {
        "assignment" => {
            let left = node.child_by_field_name("left").filter(|left| left.kind() == "subscript")?;
            let object = left.child_by_field_name("value").filter(|object| cx.text(*object).ends_with(".headers"));
            object?;
            (left.child_by_field_name("subscript")?, node.child_by_field_name("right")?)
        }
        "call" => {
            let function = cx.text(node.child_by_field_name("function")?);
            let (object, method) = function.rsplit_once('.')?;
            if !object.ends_with(".headers") || !matches!(method, "add" | "set" | "setdefault" | "add_header") {
                return None;
            }
            let args = cx.args(node);
            (*args.positional.first()?, *args.positional.get(1)?)
        }
        _ => return None,
    };
    let name = cx.text(name).trim_matches(['"', '\'']).to_ascii_lowercase();
    Some((name.strip_prefix(ALLOW)?.to_owned(), value))
}

fn statements<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let count = u32::try_from(node.named_child_count()).unwrap_or(u32::MAX);
    (0..count).filter_map(move |index| node.named_child(index))
}
