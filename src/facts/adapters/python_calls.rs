//! Calls of functions that listen: `serve(port=8080)` says where `def serve(port)` does.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::Span;
use crate::facts::lang::python::scope::ScopeId;
use crate::facts::lang::python::{PythonCx, span};
use crate::facts::{CallSite, ExprKind, Field, FileFacts};
use crate::parse::fields::Fields;

/// Calls of one file that are kept.
const MOST_CALLS: usize = 100;

/// Adds the calls of this file's functions with a listener inside, and what a file that is started by itself calls of others.
/// Asked for once the listeners are known.
pub fn add<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    let listening: BTreeSet<Arc<str>> = facts.listeners.iter().filter_map(|listen| listen.function.clone()).collect();
    let listens: BTreeSet<Span> = facts.listeners.iter().map(|listen| listen.span).collect();
    let is_started = memchr::memmem::find(cx.outline.text.as_bytes(), b"__main__").is_some();
    if listening.is_empty() && !is_started {
        return;
    }
    for site in cx.outline.sites.iter().filter(|site| site.node.kind() == "call") {
        let Some(function) = site.node.field("function") else { continue };
        let at = cx.at(site);
        let callee = cx.expr(function, &at);
        let is_of_other_file = || is_started && cx.dotted(function).is_some();
        let is_meant = match &callee.kind {
            ExprKind::Name(name) => listening.contains(name) || is_of_other_file(),
            ExprKind::Member(..) => is_of_other_file(),
            _ => false,
        };
        let here = span(site.node);
        let known = || facts.call_sites.iter().any(|known| known.span == here) || listens.contains(&here);
        if !is_meant || known() || facts.call_sites.len() >= MOST_CALLS {
            continue;
        }
        let args = cx.args(site.node);
        // `*args` and `**options` may be anything.
        let is_plain = |node: &&tree_sitter::Node<'_>| node.kind() != "list_splat";
        if !args.splats.is_empty() || !args.positional.iter().all(|node| is_plain(&node)) {
            continue;
        }
        let keyword = |(name, value): &(&str, tree_sitter::Node<'t>)| Field {
            key: Arc::from(*name),
            key_span: span(*value),
            value: cx.expr(*value, &at),
        };
        facts.call_sites.push(CallSite {
            span: span(site.node),
            callee,
            args: args.positional.iter().map(|node| cx.reference(*node, &at)).collect(),
            keywords: args.keywords.iter().map(keyword).collect(),
            function: (site.scope != ScopeId(0)).then(|| cx.around(site.scope)).flatten(),
            closure: None,
            target: None,
        });
    }
}
