//! TypeScript and JavaScript, alone and inside Vue and Svelte files: one traversal that calls the adapters.

use std::sync::{Arc, LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use tree_sitter::Tree;

use super::{ecma_calls, ecma_demands, ecma_runs};
use crate::base::{FileKind, RepoPath, Span};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle, ReadCall, summarize};
use crate::facts::{CorsWords, FileFacts, OriginLibrary, SocketLists, SyntaxError, SyntaxErrorKind};
use crate::parse::ecma::{Grammar, ScriptBlock, parse, script_blocks};
use crate::parse::rounds::ROUNDS;

/// The one list of adapters.
static ADAPTERS: &[EcmaAdapter] = &[
    super::websocket::ADAPTER,
    super::event_source::ADAPTER,
    super::fetch::ADAPTER,
    super::library_client::ADAPTER,
    super::axios::ADAPTER,
    super::xhr::ADAPTER,
    super::jquery::ADAPTER,
    super::rtk_query::ADAPTER,
    super::stores::ADAPTER,
    super::ecma_calls::ADAPTER,
    super::socket_io_client::ADAPTER,
    super::node_server::ADAPTER,
    super::vite::ADAPTER,
    super::next_config::ADAPTER,
    super::http_proxy::ADAPTER,
    super::processes::pm2::ADAPTER,
    super::dotenv::ADAPTER,
    super::ecma_timers::ADAPTER,
    super::ecma_event_stream::ADAPTER,
    super::ecma_csp::ADAPTER,
    super::ecma_secrets::ADAPTER,
    super::ecma_tokens::ADAPTER,
    super::public_secrets::ADAPTER,
    super::close_codes::ADAPTER,
    super::next_routes::ADAPTER,
];

struct Scan {
    automaton: AhoCorasick,
    /// For each pattern, the adapter's index and the needle.
    needles: Vec<(usize, &'static Needle)>,
}

static SCAN: LazyLock<Option<Scan>> = LazyLock::new(|| {
    let needles: Vec<(usize, &'static Needle)> = ADAPTERS
        .iter()
        .enumerate()
        .flat_map(|(index, adapter)| adapter.needles.iter().map(move |needle| (index, needle)))
        .collect();
    let automaton = AhoCorasickBuilder::new()
        .match_kind(MatchKind::LeftmostFirst)
        .kind(Some(AhoCorasickKind::DFA))
        .build(needles.iter().map(|(_, needle)| needle.sought()))
        .ok()?;
    Some(Scan { automaton, needles })
});

/// Calls `found` with the adapter index of each verified hit until it says to stop.
fn scan(bytes: &[u8], mut found: impl FnMut(usize) -> std::ops::ControlFlow<()>) {
    let Some(scan) = &*SCAN else { return };
    let mut asked: Vec<(&str, bool)> = Vec::new();
    for hit in scan.automaton.find_iter(bytes) {
        let Some((_, first)) = scan.needles.get(hit.pattern().as_usize()) else { continue };
        // Adapters may share a needle; the automaton reports only one of them.
        for (adapter, needle) in scan.needles.iter().filter(|(_, needle)| needle.sought() == first.sought()) {
            if !needle.holds(bytes, hit.start(), hit.end()) {
                continue;
            }
            let known = asked.iter().find(|(text, _)| *text == needle.text).map(|(_, suits)| *suits);
            let suits = known.unwrap_or_else(|| {
                let suits = needle.suits(bytes);
                asked.push((needle.text, suits));
                suits
            });
            if suits && found(*adapter).is_break() {
                return;
            }
        }
    }
}

/// Whether a file is one that a tool reads by its name, or its bytes hold anything that is looked for.
#[must_use]
pub fn deserves_parse(path: &RepoPath, bytes: &[u8]) -> bool {
    let is_configuration = super::vite::is_configuration(path.name())
        || super::next_config::is_configuration(path.name())
        || super::http_proxy::is_configuration(path.name());
    is_configuration
        || super::processes::pm2::is_configuration(path.name())
        || super::next_routes::is_route(path)
        || holds_needle(bytes)
}

/// Whether the bytes hold anything that is looked for.
#[must_use]
pub fn holds_needle(bytes: &[u8]) -> bool {
    let mut deserves = false;
    scan(bytes, |_| {
        deserves = true;
        std::ops::ControlFlow::Break(())
    });
    deserves
}

/// Adds what the text says.
pub fn read(text: &str, facts: &mut FileFacts) {
    let blocks = match facts.kind {
        FileKind::Vue | FileKind::Svelte => {
            let blocks = script_blocks(text);
            if blocks.is_empty() {
                return;
            }
            blocks
        }
        _ => Vec::new(),
    };
    let grammar = match facts.kind {
        FileKind::TypeScript => Grammar::TypeScript,
        FileKind::Vue | FileKind::Svelte if blocks.iter().any(is_typescript) => Grammar::TypeScript,
        _ => Grammar::Tsx,
    };
    let spans: Vec<Span> = blocks.iter().map(|block| block.body).collect();
    read_blocks(text, grammar, &spans, facts);
}

/// Adds what the scripts in `blocks` say (or the whole text when there are none).
pub(super) fn read_blocks(text: &str, grammar: Grammar, blocks: &[Span], facts: &mut FileFacts) {
    let Some(tree) = parse(text, grammar, blocks) else {
        facts.limits.push((Span::new(0, 0), ROUNDS));
        return;
    };
    note_errors(&tree, facts);
    let path = facts.path.clone();
    let mut cx = EcmaCx::new(text, &path, facts.kind, tree.root_node());
    cx.read_calls = &READ_CALLS;
    cx.runs = ecma_runs::detect(&cx);
    visit_all(&cx, facts);
    ADAPTERS.iter().filter_map(|adapter| adapter.whole).for_each(|whole| whole(&cx, facts));
    let lists = facts.policies.iter().any(|policy| policy.library == OriginLibrary::SocketIoCors);
    facts.speaks_of_cors = CorsWords::of(text, if lists { SocketLists::Some } else { SocketLists::None });
    let mut module = summarize(&cx);
    super::nuxt::add_runtime_configuration(&cx, &mut module);
    facts.module = Some(Box::new(ecma_demands::settle(module, facts)));
    facts.limits.extend(cx.limits());
}

static READ_CALLS: LazyLock<Vec<ReadCall>> =
    LazyLock::new(|| ADAPTERS.iter().flat_map(|adapter| adapter.read_calls.iter().copied()).collect());

/// The first place where the grammar was lost; one is enough for coverage.
fn note_errors(tree: &Tree, facts: &mut FileFacts) {
    let root = tree.root_node();
    if !root.has_error() {
        return;
    }
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            facts.syntax_errors.push(SyntaxError {
                span: Span::from(node.byte_range()),
                message: Arc::from("syntax that wirelint does not understand"),
                kind: SyntaxErrorKind::Unparsed,
            });
            return;
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

fn visit_all<'t>(cx: &EcmaCx<'t>, facts: &mut FileFacts) {
    let mut interested = vec![false; ADAPTERS.len()];
    scan(cx.source.as_bytes(), |adapter| {
        interested[adapter] = true;
        std::ops::ControlFlow::Continue(())
    });
    for (adapter, interested) in ADAPTERS.iter().zip(&mut interested) {
        *interested = *interested || adapter.also.iter().any(|text| cx.says(text));
    }
    let adapters: Vec<&EcmaAdapter> =
        ADAPTERS.iter().zip(&interested).filter(|(_, interested)| **interested).map(|(adapter, _)| adapter).collect();
    let mut calls = Vec::new();
    for node in &cx.shown {
        for adapter in &adapters {
            (adapter.visit)(cx, *node, facts);
        }
        ecma_calls::visit(cx, *node, &mut calls);
    }
    for call in facts.client_calls.iter_mut().filter(|call| call.function.is_none()) {
        let mut uses_this = false;
        for expr in std::iter::once(&call.url).chain(&call.base) {
            crate::facts::visit::names(expr, &mut |name| uses_this |= &**name == "this");
        }
        if uses_this {
            call.function = cx.method_at(call.span);
        }
    }
    for call in &mut facts.client_calls {
        // What an object was made with comes to the method that is called on it, of whatever class the object is.
        let in_method =
            cx.enclosing_method(call.span).filter(|_| call.function.as_deref().is_some_and(|it| !it.contains('.')));
        if let (Some(closure), Some(method)) = (&mut call.closure, in_method)
            && closure.home == Some(closure.inner)
        {
            closure.inner = method;
        }
    }
    ecma_calls::keep(cx, calls, facts);
}

fn is_typescript(block: &ScriptBlock<'_>) -> bool {
    block.attributes.contains("lang=\"ts\"") || block.attributes.contains("lang='ts'")
}
