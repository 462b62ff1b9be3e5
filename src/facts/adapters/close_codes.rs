//! Close codes that browser code looks for: `event.code === 4401`.

use tree_sitter::Node;

use crate::facts::lang::ecma::node::{children, every, strip};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx};
use crate::facts::{CloseCodeFact, FileFacts};

/// Comparisons of close codes, in every parsed file.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "close codes",
    needles: &[],
    also: &[],
    visit: |_, _, _| {},
    whole: Some(whole),
    read_calls: &[],
};

fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    if !(cx.says("code") && ["onclose", "onClose", "'close'", "\"close\""].into_iter().any(|word| cx.says(word))) {
        return;
    }
    every(cx.root, |node| look(cx, node, facts));
}

fn look<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    match node.kind() {
        "binary_expression" => {
            let is_equality = node
                .child_by_field_name("operator")
                .is_some_and(|operator| matches!(cx.text(operator), "===" | "==" | "!==" | "!="));
            let sides = (node.child_by_field_name("left"), node.child_by_field_name("right"));
            let (true, (Some(left), Some(right))) = (is_equality, sides) else { return };
            if is_code(cx, left) {
                push(cx, right, facts);
            }
        }
        "switch_statement" if node.child_by_field_name("value").is_some_and(|value| is_code(cx, strip(value))) => {
            let cases = node.child_by_field_name("body").into_iter().flat_map(children);
            for value in cases.filter_map(|case| case.child_by_field_name("value")) {
                push(cx, value, facts);
            }
        }
        _ => {}
    }
}

/// Whether this is the code of an event: `event.code`, `e.code`, or the one taken out of it, `code`.
fn is_code<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let text = cx.text(node);
    text == "code" || text == "closeCode" || text.ends_with(".code") || text.ends_with("?.code")
}

fn push<'t>(cx: &EcmaCx<'t>, value: Node<'t>, facts: &mut FileFacts) {
    let known = cx.text(cx.initial(value)).parse::<u16>().ok();
    // Those that only an end of a socket has: an application's own, and 1008, a policy that is violated.
    if let Some(code) = known.filter(|code| *code == 1008 || (4000..5000).contains(code)) {
        facts.close_codes.push(CloseCodeFact { span: cx.span(value), code });
    }
}
