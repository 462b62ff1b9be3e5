//! Vite's configuration: development server, proxy, public variables.

use std::sync::Arc;

use tree_sitter::Node;

use crate::base::is_tool_configuration;
use crate::facts::lang::ecma::node::{children, strip};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};
use crate::facts::{DevProxy, DevServer, Expr, Field, FileFacts, FrontEndTool, HoleReason};

/// Vite's configuration. Every such file holds one of these words.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "Vite",
    needles: &[
        Needle::plain("defineConfig(").without_first(5),
        Needle::plain("defineNuxtConfig(").without_first(6),
        Needle::plain("'vite'"),
        Needle::plain("\"vite\""),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[],
};

/// Whether a file name is a configuration of Vite, or of a tool that passes its `vite` part on.
fn is_configuration(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or("");
    is_tool_configuration(name)
        && matches!(stem, "vite" | "electron" | "astro" | "svelte" | "nuxt")
        && !name.ends_with(".json")
}

/// The objects of a file, deepest nesting bounded by the stack of open nodes.
fn visit(cx: &EcmaCx<'_>, node: Node<'_>, facts: &mut FileFacts) {
    if node.kind() != "program" || !is_configuration(cx.path.name()) {
        return;
    }
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        if node.kind() == "object" && is_configuration_object(cx, node) {
            configured(cx, node, facts);
        } else {
            stack.extend(children(node));
        }
    }
}

/// What the object says that is exported, given to `defineConfig`, or returned.
fn configured<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    // Astro and Nuxt keep Vite's own options below `vite`.
    let vite = cx.option(node, "vite").map_or(node, |vite| cx.initial(vite));
    let server = cx.option(vite, "server").map(|server| cx.initial(server));
    let from = |object: Option<Node<'t>>, key: &str| {
        object.and_then(|object| cx.option(object, key)).map(|value| cx.expr(value))
    };
    let has_part = server.is_some()
        || ["plugins", "define", "envPrefix", "envDir", "base", "build"]
            .iter()
            .any(|key| cx.option(node, key).is_some());
    if !has_part {
        return;
    }
    let prefixes = cx.option(vite, "envPrefix").map(|value| strip(value));
    facts.dev_servers.push(DevServer {
        tool: FrontEndTool::Vite,
        span: cx.span(node),
        host: from(server, "host"),
        port: from(server, "port"),
        https: from(server, "https"),
        proxies: server
            .and_then(|server| cx.option(server, "proxy"))
            .map(|proxy| proxies(cx, proxy))
            .unwrap_or_default(),
        env_prefixes: prefixes.map(|prefixes| texts(cx, prefixes)).unwrap_or_default(),
        env_dir: from(Some(vite), "envDir"),
        defines: cx.option(vite, "define").map(|define| fields(cx, define)).unwrap_or_default(),
        base_path: from(Some(vite), "base"),
        static_export: None,
    });
}

/// Whether an object is where a configuration may be, not inside another object.
fn is_configuration_object<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> bool {
    let mut current = node;
    for _ in 0..12 {
        let Some(parent) = current.parent() else { return false };
        match parent.kind() {
            "pair" | "array" | "spread_element" => return false,
            "export_statement" | "assignment_expression" => return true,
            "arguments" => {
                return parent.parent().and_then(|call| call.child_by_field_name("function")).is_some_and(|callee| {
                    matches!(cx.text(callee), "defineConfig" | "mergeConfig" | "defineNuxtConfig")
                });
            }
            "return_statement"
            | "arrow_function"
            | "parenthesized_expression"
            | "as_expression"
            | "satisfies_expression" => {}
            "statement_block" | "function_declaration" | "function_expression" | "method_definition" => {}
            "variable_declarator" => {
                return parent
                    .child_by_field_name("name")
                    .is_some_and(|name| matches!(cx.text(name), "config" | "viteConfig"));
            }
            _ => return false,
        }
        current = parent;
    }
    false
}

fn proxies<'t>(cx: &EcmaCx<'t>, proxy: Node<'t>) -> Vec<DevProxy> {
    let object = cx.initial(proxy);
    children(object)
        .filter(|pair| pair.kind() == "pair")
        .filter_map(|pair| {
            let key = pair.child_by_field_name("key")?;
            let value = cx.initial(pair.child_by_field_name("value")?);
            let entry = (value.kind() == "object").then_some(value);
            let option = |name: &str| entry.and_then(|entry| cx.option(entry, name));
            let path = match key.kind() {
                "computed_property_name" => cx.expr(children(key).next()?),
                _ => Expr::str(cx.span(key), cx.text(key).trim_matches(['"', '\'', '`'])),
            };
            Some(DevProxy {
                span: cx.span(pair),
                path,
                target: match entry {
                    Some(_) => option("target").map(|target| cx.expr(target)),
                    None => Some(cx.expr(value)),
                },
                ws: option("ws").map(|ws| cx.expr(ws)).or_else(|| entry.and_then(|entry| spread(cx, entry))),
                change_origin: option("changeOrigin").map(|change| cx.expr(change)),
                rewrite: option("rewrite")
                    .and_then(|rewrite| cx.function(rewrite))
                    .map(|function| cx.summary(function)),
            })
        })
        .collect()
}

/// What an entry takes over from somewhere else, which may hold any option.
fn spread<'t>(cx: &EcmaCx<'t>, entry: Node<'t>) -> Option<Expr> {
    let part = children(entry).find(|part| part.kind() == "spread_element")?;
    Some(Expr::hole(cx.span(part), HoleReason::Unsupported))
}

fn texts<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Vec<Arc<str>> {
    let text = |node: Node<'t>| Arc::from(cx.text(node).trim_matches(['"', '\'', '`']));
    match node.kind() {
        "array" => children(node).map(text).collect(),
        "string" => vec![text(node)],
        _ => Vec::new(),
    }
}

fn fields<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Vec<Field> {
    children(cx.initial(node))
        .filter(|pair| pair.kind() == "pair")
        .filter_map(|pair| {
            let key = pair.child_by_field_name("key")?;
            Some(Field {
                key: Arc::from(cx.text(key).trim_matches(['"', '\'', '`'])),
                key_span: cx.span(key),
                value: cx.expr(pair.child_by_field_name("value")?),
            })
        })
        .collect()
}
