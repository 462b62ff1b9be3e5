//! uvicorn started by code: `uvicorn.run(...)`, `uvicorn.Config(...)`.

use std::sync::Arc;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx, span};
use crate::facts::{Expr, Field, FileFacts, HoleReason, ListenFact, ServerProgram};

/// The adapter.
pub static ADAPTER: PythonAdapter =
    PythonAdapter { name: "uvicorn", needles: &["uvicorn"], marks: &["uvicorn"], kept: &[], visit, whole: None };

const OPTIONS: &[&str] = &[
    "root_path",
    "proxy_headers",
    "forwarded_allow_ips",
    "workers",
    "ws",
    "ws_ping_interval",
    "uds",
    "fd",
    "interface",
];

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() != "call" {
        return;
    }
    let Some("uvicorn.run" | "uvicorn.Config" | "uvicorn.main.run" | "uvicorn.config.Config") =
        cx.constructor(site.node).as_deref()
    else {
        return;
    };
    let at = cx.at(site);
    let args = cx.args(site.node);
    let option = |name: &str| cx.option(&args, name, &at);
    let options = OPTIONS.iter().filter_map(|name| {
        let value = cx.keyword_value(&args, name, &at)?;
        Some(Field { key: Arc::from(*name), key_span: value.span, value })
    });
    let mut options: Vec<Field> = options.collect();
    // What is handed over as a whole may name addresses that are believed.
    if !args.splats.is_empty() && !options.iter().any(|option| &*option.key == "forwarded_allow_ips") {
        let value = Expr::hole(span(site.node), HoleReason::Unsupported);
        options.push(Field { key: Arc::from("forwarded_allow_ips"), key_span: value.span, value });
    }
    let listen = ListenFact {
        span: span(site.node),
        app: args.get(0, "app").map(|node| cx.reference(node, &at)),
        server: ServerProgram::Uvicorn,
        host: option("host"),
        port: option("port"),
        tls: cx.keyword_value(&args, "ssl_certfile", &at).or_else(|| cx.keyword_value(&args, "ssl_keyfile", &at)),
        options,
        function: cx.around(site.scope),
    };
    facts.listeners.push(listen);
}
