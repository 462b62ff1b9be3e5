//! Credentials of a query that Python code compares with a text: `hmac.compare_digest(self.get_argument("token"), TOKEN)`.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx, literal, span};
use crate::facts::{FileFacts, TokenCheckFact};
use crate::parse::fields::Fields;

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "tokens",
    needles: &["compare_digest("],
    marks: &["get_argument(", "query_params", ".args", ".query", "compare_digest("],
    kept: &[],
    visit,
    whole: None,
};

/// Nodes of one comparison, and of what a name was given, that are looked at.
const MOST_NODES: usize = 200;

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let compares = || cx.constructor(site.node).is_some_and(|called| is_comparison(&called));
    if site.node.kind() != "call" || !compares() {
        return;
    }
    let at = cx.at(site);
    let args = cx.args(site.node).positional;
    let [one, other] = args.as_slice() else { return };
    for (given, kept) in [(one, other), (other, one)] {
        let Some(key) = read(cx, cx.resolve(*given, &at)) else { continue };
        facts.token_checks.push(TokenCheckFact {
            span: span(site.node),
            key,
            value: cx.expr(*kept, &at),
            function: cx.around(site.scope),
        });
    }
}

fn is_comparison(dotted: &str) -> bool {
    matches!(dotted, "hmac.compare_digest" | "secrets.compare_digest")
}

/// The key of the query that a value is read from: `request.query_params.get("token")`, `self.get_argument("token")`,
/// `request.args["token"]`.
fn read<'t>(cx: &PythonCx<'t>, value: Node<'t>) -> Option<Arc<str>> {
    let mut open = vec![value];
    let mut left = MOST_NODES;
    while let Some(node) = open.pop().filter(|_| left > 0) {
        left -= 1;
        let of_query = |object: Node<'t>| {
            let last = cx.text(object).rsplit('.').next().unwrap_or_default();
            matches!(last, "query_params" | "args" | "query")
        };
        let key = match node.kind() {
            "call" => cx.method(node).and_then(|(object, method)| {
                let reads = method == "get_argument" || method == "get" && of_query(object);
                cx.args(node).positional.first().copied().filter(|_| reads)
            }),
            "subscript" => node.field("subscript").filter(|_| node.field("value").is_some_and(of_query)),
            _ => None,
        };
        if let Some(key) = key.and_then(|key| literal(cx.outline.text, key)) {
            return Some(Arc::from(key));
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
    None
}
