//! `proxy.conf.json` of Angular: the entries of its development server.
//!
//! <https://angular.dev/tools/cli/serve#proxying-to-a-backend-server>

use std::sync::Arc;

use super::super::http_proxy::{by_pattern, unknown};
use crate::facts::lang::data;
use crate::facts::{DevProxy, DevServer, Expr, FileFacts, FrontEndTool, ProxyMount};
use crate::parse::data::{Node, NodeKind};

/// Whether a file of this name is a table of entries.
pub(super) fn may_be(name: &str) -> bool {
    let Some(stem) = name.strip_suffix(".json") else { return false };
    let mut parts = stem.split(['.', '-', '_']);
    let begins = parts.next() == Some("proxy");
    begins && matches!(parts.next(), Some("conf" | "config") | None)
}

/// Adds the entries, when the file holds some.
pub(super) fn read(root: &Node, facts: &mut FileFacts) {
    let mut server = DevServer::new(FrontEndTool::Angular, root.span);
    match &root.kind {
        NodeKind::Map(pairs) => {
            let entries = pairs.iter().filter(|pair| pair.value.get("target").is_some());
            server.proxies = entries
                .map(|pair| {
                    entry(&pair.value, Expr::str(pair.key_span, &pair.key), pair.key_span.cover(pair.value.span))
                })
                .collect();
        }
        NodeKind::List(items) => {
            for item in items.iter().filter(|item| item.get("target").is_some()) {
                let contexts = item.get("context").map(Node::texts).unwrap_or_default();
                server
                    .proxies
                    .extend(contexts.into_iter().map(|(path, span)| entry(item, Expr::str(span, path), item.span)));
            }
        }
        NodeKind::Scalar { .. } => {}
    }
    if !server.proxies.is_empty() {
        facts.dev_servers.push(server);
    }
}

fn entry(node: &Node, path: Expr, span: crate::base::Span) -> DevProxy {
    let value = |key: &str| node.get(key).map(data::expression);
    let rewrite = node.get("pathRewrite").map(|rewrite| match rewrite.pairs() {
        [one] => by_pattern(rewrite.span, Arc::clone(&one.key), data::expression(&one.value)),
        _ => unknown(rewrite.span),
    });
    DevProxy {
        span,
        path,
        target: value("target"),
        ws: value("ws"),
        change_origin: value("changeOrigin"),
        rewrite,
        mount: ProxyMount::WholePath,
    }
}
