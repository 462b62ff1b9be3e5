//! socket.io's client.

use tree_sitter::Node;

use super::ecma_runs;
use crate::base::FileKind;
use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::lang::ecma::{Builder, EcmaAdapter, EcmaCx, Needle};
use crate::facts::{ClientApi, ClientCall, Expr, FileFacts, HoleReason};

/// `io(url, options)`.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "socket.io client",
    needles: &[
        Needle::plain("socket.io-client"),
        Needle::checked("socket.io.", names_a_script),
        Needle::checked("io(", is_global_io),
        Needle::checked(".io(", is_of_window),
        Needle::plain("io.connect("),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

/// `io(` as a whole word. Source modules import it, so that only scripts of pages use the global, and the page that loads the
/// library is another file.
fn is_global_io(bytes: &[u8], from: usize, _to: usize) -> bool {
    let before = from.checked_sub(1).and_then(|at| bytes.get(at));
    before.is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'=' | b'('))
}

/// `window.io(`, and what scripts call the window as a parameter.
fn is_of_window(bytes: &[u8], from: usize, _to: usize) -> bool {
    let before = bytes.get(..from).unwrap_or_default();
    ["window", "global", "globalThis", "self", "root"].iter().any(|name| before.ends_with(name.as_bytes()))
}

/// Whether `socket.io.` goes on as the file names of its build do: `socket.io.esm.min.js`.
fn names_a_script(bytes: &[u8], _from: usize, to: usize) -> bool {
    let rest = bytes.get(to..).unwrap_or_default();
    BUILDS.iter().any(|build| rest.starts_with(build.as_bytes()))
}

/// The files of its build, after `socket.io.`: `node_modules/socket.io-client/dist`, <https://cdn.socket.io>, what a server of
/// socket.io serves, and copies of those.
const BUILDS: [&str; 5] = ["js", "min.js", "esm.min.js", "msgpack.min.js", "slim.min.js"];

/// Whether a module is the client's: the package, or its build as a script of its own.
fn is_client_module(module: &str) -> bool {
    let name = module.rsplit('/').next().unwrap_or(module);
    module == "socket.io-client" || name.strip_prefix("socket.io.").is_some_and(|build| BUILDS.contains(&build))
}

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let callee = match node.kind() {
        "call_expression" => node.child_by_field_name("function"),
        "new_expression" => node.child_by_field_name("constructor"),
        _ => return,
    };
    let Some(callee) = callee else { return };
    let is_client = match cx.origin(callee) {
        Some(origin) if is_client_module(origin.module) => {
            matches!(origin.members(), [] | ["io"] | ["connect"] | ["io", "connect"] | ["Manager"])
        }
        Some(_) => false,
        None => {
            let is_page_script = matches!(cx.kind, FileKind::Html | FileKind::Tsx);
            is_page_script && matches!(cx.platform(callee).as_deref(), Some("io" | "io.connect"))
        }
    };
    if !is_client {
        return;
    }
    let args = arguments(node);
    let first_is_options = args.first().is_some_and(|first| strip(cx.initial(*first)).kind() == "object");
    let (address, options) = if first_is_options { (None, args.first()) } else { (args.first(), args.get(1)) };
    let mut builder = Builder::open(cx);
    let url = match address {
        Some(address) => builder.expr(*address),
        None => Expr::str(cx.span(node), "/"),
    };
    let mut option = |key| options.and_then(|options| cx.option(*options, key)).map(|value| builder.expr(value));
    let (socket_path, transports, credentials) = (option("path"), option("transports"), option("withCredentials"));
    // Options that are not written here may name any transports.
    let unread = options.map(|options| cx.initial(*options)).filter(|options| {
        options.kind() != "object" || children(*options).any(|field| field.kind() == "spread_element")
    });
    let transports = transports.or_else(|| unread.map(|options| Expr::hole(cx.span(options), HoleReason::Unsupported)));
    facts.client_calls.push(ClientCall {
        socket_path,
        transports,
        credentials,
        function: builder.function(),
        closure: builder.closure(),
        runs: ecma_runs::at(cx, node),
        reach: cx.reach(node),
        ..ClientCall::new(cx.span(node), ClientApi::SocketIo, url)
    });
}
