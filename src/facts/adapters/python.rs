//! Python: one traversal that calls the adapters.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

use super::{
    aiohttp, django, fastapi, flask, gunicorn, pydantic, python_cookies, python_csp, python_event_stream,
    python_secrets, python_socketio, python_timers, python_tokens, python_websockets, sanic, socket_namespaces,
    starlette_address, starlette_cors, starlette_layers, tornado, uvicorn, wsgi_servers,
};
use crate::base::{RepoPath, Span};
use crate::facts::lang::python::{PythonAdapter, PythonCx, demand};
use crate::facts::{CorsWords, FileFacts, SocketLists};
use crate::parse;

/// Every Python adapter. `pydantic` comes first: it completes the module's classes.
static ADAPTERS: &[&PythonAdapter] = &[
    &pydantic::ADAPTER,
    &fastapi::ADAPTER,
    &starlette_address::ADAPTER,
    &starlette_cors::ADAPTER,
    &starlette_layers::ADAPTER,
    &uvicorn::ADAPTER,
    &gunicorn::ADAPTER,
    &wsgi_servers::ADAPTER,
    &flask::ADAPTER,
    &django::ADAPTER,
    &aiohttp::ADAPTER,
    &python_socketio::ADAPTER,
    &python_websockets::ADAPTER,
    &tornado::ADAPTER,
    &sanic::ADAPTER,
    &socket_namespaces::ADAPTER,
    &python_timers::ADAPTER,
    &python_event_stream::ADAPTER,
    &python_csp::ADAPTER,
    &python_cookies::ADAPTER,
    &python_secrets::ADAPTER,
    &python_tokens::ADAPTER,
];

static NEEDLES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let needles = ADAPTERS.iter().flat_map(|adapter| adapter.needles);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(needles).ok()
});

/// Methods that register a route where they are decorators: `@bp.get("/books")`. The router may be one of another module, and
/// then no other word of the framework need be there.
const REGISTERS: [&[u8]; 12] = [
    b"get",
    b"post",
    b"put",
    b"patch",
    b"delete",
    b"head",
    b"options",
    b"route",
    b"websocket",
    b"api_route",
    b"view",
    b"trace",
];

/// The names of modules that command lines start: they may do no more than import the application (`gunicorn wsgi:app`).
const ENTRIES: [&str; 20] = [
    "wsgi",
    "asgi",
    "app",
    "main",
    "run",
    "server",
    "manage",
    "application",
    "autoapp",
    "__main__",
    "api",
    "index",
    "serve",
    "start",
    "web",
    "entrypoint",
    "passenger_wsgi",
    "runserver",
    "run_server",
    "backend",
];

/// Whether a file is one that command lines usually name.
#[must_use]
pub fn is_entry(path: &RepoPath) -> bool {
    path.name().strip_suffix(".py").is_some_and(|name| ENTRIES.contains(&name))
}

/// Whether the bytes hold anything that is looked for.
#[must_use]
pub fn deserves_parse(bytes: &[u8]) -> bool {
    holds_needle(bytes) || registers(bytes)
}

/// Whether a decorator is the method of some object by which routes are registered, called with a path.
fn registers(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'@', bytes).any(|at| {
        let before = bytes.get(..at).unwrap_or_default().iter().rev();
        let starts_line = before.take_while(|byte| **byte != b'\n').all(u8::is_ascii_whitespace);
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let is_dotted = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        let name = rest.iter().take(80).take_while(|byte| is_dotted(byte)).count();
        let method = rest.get(..name).and_then(|name| name.rsplit(|byte| *byte == b'.').next());
        starts_line
            && rest.get(name) == Some(&b'(')
            && rest.get(..name).is_some_and(|name| name.contains(&b'.'))
            && method.is_some_and(|method| REGISTERS.contains(&method))
    })
}

/// Whether a needle is at the start of a word, outside a comment line.
fn holds_needle(bytes: &[u8]) -> bool {
    let Some(scan) = NEEDLES.as_ref() else { return true };
    // Hits come in order: what lies between two of them is looked at once.
    let (mut seen, mut first) = (0, None);
    scan.find_iter(bytes).any(|found| {
        let between = bytes.get(seen..found.start()).unwrap_or_default();
        let line = memchr::memrchr(b'\n', between).map(|at| at + 1);
        if line.is_some() {
            first = None;
        }
        first = first.or_else(|| between.get(line.unwrap_or(0)..)?.iter().find(|byte| !byte.is_ascii_whitespace()));
        seen = found.start();
        let before = seen.checked_sub(1).and_then(|at| bytes.get(at));
        let starts_word = bytes.get(found.start()).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let word = starts_word && before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        !word && first != Some(&b'#')
    })
}

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let tree = match parse::python::parse(text) {
        Ok(tree) => tree,
        Err(limit) => {
            facts.limits.push((Span::new(0, 0), limit));
            return;
        }
    };
    let kept = ADAPTERS.iter().flat_map(|adapter| adapter.kept).copied().collect();
    let cx = PythonCx::new(text, tree.root_node(), kept);
    facts.module = Some(Box::new(cx.module()));
    facts.speaks_of_cors = CorsWords::of(text, SocketLists::None);
    let is_marked = |adapter: &&&PythonAdapter| {
        adapter.marks.is_empty()
            || adapter.marks.iter().any(|mark| memmem::find(text.as_bytes(), mark.as_bytes()).is_some())
    };
    let concerned: Vec<&PythonAdapter> = ADAPTERS.iter().filter(is_marked).copied().collect();
    for site in &cx.outline.sites {
        for adapter in &concerned {
            (adapter.visit)(&cx, site, facts);
        }
    }
    for adapter in ADAPTERS {
        if let Some(whole) = adapter.whole {
            whole(&cx, facts);
        }
    }
    if !facts.routers.is_empty() || !facts.listeners.is_empty() {
        facts.by_hand = cx.by_hand();
    }
    facts.helpers.extend(cx.helpers());
    super::python_handover::add(&cx, facts);
    super::python_calls::add(&cx, facts);
    facts.limits.extend(cx.limits());
    demand::add(facts);
}
