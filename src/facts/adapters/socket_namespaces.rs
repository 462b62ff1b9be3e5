//! Namespaces of socket.io servers in Python: `@sio.on("join", namespace="/chat")`, `sio.register_namespace(Chat("/chat"))`.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx, span};
use crate::facts::{FileFacts, NamespaceFact};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "socket.io namespaces",
    needles: &["register_namespace(", "on_namespace("],
    marks: &["namespace"],
    kept: &[],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let own = if site.node.kind() == "call" { Some(site.node) } else { None };
    let decorators = site.decorators.iter().copied().filter(|decorator| decorator.kind() == "call");
    for call in own.into_iter().chain(decorators) {
        named_in(cx, site, call, facts);
    }
}

fn named_in<'t>(cx: &PythonCx<'t>, site: &Site<'t>, call: Node<'t>, facts: &mut FileFacts) {
    let at = cx.at(site);
    let args = cx.args(call);
    let mut named = |name: Option<String>| {
        facts.namespaces.push(NamespaceFact { span: span(call), name: name.map(Arc::from) });
    };
    if let Some(value) = args.keyword("namespace") {
        named(cx.constant_text(value, &at));
    }
    if let Some(list) = args.keyword("namespaces") {
        match cx.elements(list, &at) {
            Some(elements) => elements.into_iter().for_each(|element| named(cx.constant_text(element, &at))),
            None => named(None),
        }
    }
    if let Some((_, "register_namespace" | "on_namespace")) = cx.method(call) {
        let given = args.positional.first().map(|object| cx.args(cx.resolve(*object, &at)));
        let path = given.and_then(|given| given.get(0, "namespace"));
        named(path.and_then(|path| cx.constant_text(path, &at)));
    }
}
