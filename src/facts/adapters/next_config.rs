//! Next.js's configuration: rewrites, public variables, export.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::node::children;
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx};
use crate::facts::{DevProxy, DevServer, Field, FileFacts, FrontEndTool, ProxyMount};

/// Next.js's configuration, found by the name of its file.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "Next.js configuration",
    needles: &[],
    also: &[],
    visit: |_, _, _| {},
    whole: Some(whole),
    read_calls: &[],
};

/// Whether a file name is a configuration of Next.js.
pub(super) fn is_configuration(name: &str) -> bool {
    name.starts_with("next.config.")
}

/// Adds what the configuration says: one fact for the file, from its whole tree.
fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    if !is_configuration(cx.path.name()) {
        return;
    }
    let mut server = DevServer::new(FrontEndTool::Next, cx.span(cx.root));
    let mut stack = vec![cx.root];
    while let Some(node) = stack.pop() {
        if node.kind() == "object" {
            let has = |key: &str| cx.option(node, key);
            if let (Some(source), Some(destination)) = (has("source"), has("destination"))
                && has("permanent").is_none()
                && has("statusCode").is_none()
            {
                server.proxies.push(DevProxy {
                    span: cx.span(node),
                    path: cx.expr(source),
                    target: Some(cx.expr(destination)),
                    ws: None,
                    change_origin: None,
                    rewrite: None,
                    mount: ProxyMount::WholePath,
                });
            }
        }
        if node.kind() == "pair"
            && let (Some(key), Some(value)) = (node.child_by_field_name("key"), node.child_by_field_name("value"))
        {
            match cx.text(key).trim_matches(['"', '\'']) {
                "env" if value.kind() == "object" => server.defines.extend(defines(cx, value)),
                "basePath" => server.base_path = Some(cx.expr(value)),
                "output" => server.static_export = Some(cx.expr(value)),
                _ => {}
            }
        }
        let mut below: Vec<Node<'_>> = children(node).collect();
        below.reverse();
        stack.extend(below);
    }
    facts.dev_servers.push(server);
}

fn defines<'t>(cx: &EcmaCx<'t>, object: Node<'t>) -> Vec<Field> {
    children(object)
        .filter(|pair| pair.kind() == "pair")
        .filter_map(|pair| {
            let key = pair.child_by_field_name("key")?;
            Some(Field {
                key: Arc::from(cx.text(key).trim_matches(['"', '\''])),
                key_span: cx.span(key),
                value: cx.expr(pair.child_by_field_name("value")?),
            })
        })
        .collect()
}
