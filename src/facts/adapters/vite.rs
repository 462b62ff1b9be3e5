//! Vite's configuration: development server, proxy, public variables.

mod export;

use std::sync::Arc;

use tree_sitter::Node;

pub(super) use self::export::exported;
use crate::base::{Span, is_tool_configuration};
use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::lang::ecma::paths::paths_of;
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};
use crate::facts::{
    Demand, DevProxy, DevServer, Expr, ExprKind, Field, FileFacts, FrontEndTool, HmrOptions, HoleReason, HostOptions,
    Op, ProxyMount,
};

/// Vite's configuration. Every such file holds one of these words.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "Vite",
    needles: &[
        Needle::plain("defineConfig(").without_first(5),
        Needle::plain("defineNuxtConfig(").without_first(6),
        Needle::plain("'vite'"),
        Needle::plain("\"vite\""),
    ],
    also: &["server", "export", "module"],
    visit,
    whole: None,
    read_calls: &[],
};

/// Whether a file name is a configuration of Vite or a part of one, or of a tool that passes its `vite` part on.
pub(super) fn is_configuration(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or("");
    let is_part = stem == "vite" && name.matches('.').count() == 2;
    (is_tool_configuration(name) && matches!(stem, "vite" | "electron" | "astro" | "svelte" | "nuxt") || is_part)
        && !name.ends_with(".json")
        && !name.ends_with(".d.ts")
}

/// Whether a file makes a configuration for others, under any name.
fn is_part<'t>(cx: &EcmaCx<'t>) -> bool {
    ["defineConfig", "mergeConfig", "UserConfig", "UserConfigExport"]
        .iter()
        .any(|name| cx.imported(name).is_some_and(|(module, _)| module == "vite"))
}

/// What a file exports as its configuration.
fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() != "program" || !is_configuration(cx.path.name()) && !is_part(cx) {
        return;
    }
    let exported = exported(cx, node);
    facts.demands.extend(exported.bases.iter().cloned().map(Demand::EcmaModule));
    let mut servers: Vec<DevServer> = exported.objects.iter().filter_map(|object| configured(cx, *object)).collect();
    let of_build = exported.of_build.iter().filter_map(|object| configured(cx, *object)).map(without_server);
    let of_build: Vec<DevServer> = of_build.collect();
    let serving = servers.iter().filter(|server| !server.proxies.is_empty() || server.more.is_some()).count();
    // Which branch is taken is not known: then they are several.
    let whole = (!exported.branches || serving < 2).then(|| joined(std::mem::take(&mut servers)));
    servers.extend(whole.flatten());
    match servers.first_mut() {
        Some(first) => {
            let one = std::mem::replace(first, DevServer::new(FrontEndTool::Vite, cx.span(node)));
            *first = of_build.into_iter().fold(one, merged);
        }
        None => servers.extend(joined(of_build)),
    }
    if servers.is_empty() && (!exported.bases.is_empty() || exported.more.is_some()) {
        servers.push(DevServer::new(FrontEndTool::Vite, cx.span(node)));
    }
    for server in &mut servers {
        server.bases.clone_from(&exported.bases);
        server.more = server.more.or(exported.more);
    }
    facts.dev_servers.extend(servers);
}

/// What the configuration object says.
fn configured<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<DevServer> {
    // Astro and Nuxt keep Vite's own options below `vite`, electron-vite those of the pages below `renderer`.
    let inner = ["vite", "renderer"].iter().find_map(|key| cx.option(node, key));
    let vite = inner.map_or(node, |vite| cx.initial(vite));
    let stated = cx.option(vite, "server");
    let server = stated.map(|server| cx.initial(server));
    let from = |object: Option<Node<'t>>, key: &str| {
        object.and_then(|object| cx.option(object, key)).map(|value| cx.expr(value))
    };
    let has_part = server.is_some()
        || ["plugins", "define", "envPrefix", "envDir", "base", "build", "preview"]
            .iter()
            .any(|key| cx.option(node, key).is_some());
    if !has_part {
        return None;
    }
    let mut entries = Entries::default();
    if let Some(server) = server {
        entries.of_server(cx, server, 0);
    }
    let preview = cx.option(vite, "preview").map(|preview| cx.initial(preview));
    let hmr = server.and_then(|server| cx.option(server, "hmr")).map(|hmr| cx.initial(hmr));
    let hmr = hmr.filter(|hmr| hmr.kind() == "object");
    let named = [from(preview, "host"), from(hmr, "host"), from(server, "origin")];
    let prefixes = cx.option(vite, "envPrefix").map(|value| strip(value));
    Some(DevServer {
        host: from(server, "host"),
        port: from(server, "port"),
        https: from(server, "https"),
        proxies: entries.read,
        more: entries.more,
        env_prefixes: prefixes.map(|prefixes| texts(cx, prefixes)).unwrap_or_default(),
        env_dir: cx.option(vite, "envDir").map(|folder| env_dir(cx, folder)),
        defines: cx.option(vite, "define").map(|define| fields(cx, define)).unwrap_or_default(),
        base_path: from(Some(vite), "base"),
        hosts: HostOptions {
            allowed: from(server, "allowedHosts"),
            preview_allowed: from(preview, "allowedHosts"),
            named: named.into_iter().flatten().collect(),
            preview_https: from(preview, "https"),
            server_span: stated.map(|server| cx.span(server)),
            preview_span: preview.map(|preview| cx.span(preview)),
        },
        hmr: hmr.map(|hmr| HmrOptions {
            port: from(Some(hmr), "port"),
            client_port: from(Some(hmr), "clientPort"),
            host: from(Some(hmr), "host"),
        }),
        ..DevServer::new(FrontEndTool::Vite, cx.span(node))
    })
}

/// `envDir`, also where it is put together from the folder of the configuration.
fn env_dir<'t>(cx: &EcmaCx<'t>, folder: Node<'t>) -> Expr {
    match paths_of(cx, folder).as_slice() {
        [one] => Expr::str(cx.span(folder), one),
        _ => cx.expr(folder),
    }
}

/// What a configuration says of the build alone.
fn without_server(server: DevServer) -> DevServer {
    let DevServer { tool, span, bases, env_prefixes, env_dir, defines, base_path, static_export, .. } = server;
    DevServer { bases, env_prefixes, env_dir, defines, base_path, static_export, ..DevServer::new(tool, span) }
}

/// Objects that are put together, as one.
fn joined(servers: Vec<DevServer>) -> Option<DevServer> {
    servers.into_iter().reduce(merged)
}

/// Two objects, of which the second says more.
fn merged(mut one: DevServer, other: DevServer) -> DevServer {
    // What says most is shown as the place of all.
    if one.proxies.is_empty() && !other.proxies.is_empty() {
        one.span = other.span;
    }
    one.host = other.host.or(one.host);
    one.port = other.port.or(one.port);
    one.https = other.https.or(one.https);
    one.env_dir = other.env_dir.or(one.env_dir);
    one.base_path = other.base_path.or(one.base_path);
    one.more = one.more.or(other.more);
    one.hosts.allowed = other.hosts.allowed.or(one.hosts.allowed);
    one.hosts.preview_allowed = other.hosts.preview_allowed.or(one.hosts.preview_allowed);
    one.hosts.preview_https = other.hosts.preview_https.or(one.hosts.preview_https);
    one.hosts.server_span = other.hosts.server_span.or(one.hosts.server_span);
    one.hosts.preview_span = other.hosts.preview_span.or(one.hosts.preview_span);
    one.hosts.named.extend(other.hosts.named);
    one.hmr = other.hmr.or(one.hmr);
    one.proxies.extend(other.proxies);
    one.env_prefixes.extend(other.env_prefixes);
    one.defines.extend(other.defines);
    one
}

/// The proxy entries of a server.
#[derive(Default)]
struct Entries {
    read: Vec<DevProxy>,
    /// Where more may come from.
    more: Option<Span>,
}

impl Entries {
    /// Those of `server: { proxy: .. }`, with what is spread into it.
    fn of_server<'t>(&mut self, cx: &EcmaCx<'t>, server: Node<'t>, depth: u32) {
        if server.kind() != "object" || depth > MAX_DEPTH {
            self.more = self.more.or(Some(cx.span(server)));
            return;
        }
        for spread in children(server).filter(|part| part.kind() == "spread_element") {
            if let Some(value) = children(spread).next() {
                self.of_server(cx, cx.initial(value), depth + 1);
            }
        }
        if let Some(proxy) = cx.option(server, "proxy") {
            self.of_table(cx, cx.initial(proxy), depth);
        }
    }

    /// Those of a table of entries.
    fn of_table<'t>(&mut self, cx: &EcmaCx<'t>, table: Node<'t>, depth: u32) {
        if depth > MAX_DEPTH {
            self.more = self.more.or(Some(cx.span(table)));
            return;
        }
        match table.kind() {
            "object" => {}
            "undefined" | "null" => return,
            "identifier" if cx.text(table) == "undefined" => return,
            // An arm without entries leaves the other one.
            "ternary_expression" => {
                let arms = ["consequence", "alternative"].map(|arm| table.child_by_field_name(arm));
                let says = |arm: &Node<'t>| arm.kind() != "undefined" && !matches!(cx.text(*arm), "undefined" | "{}");
                let arms: Vec<Node<'t>> = arms.into_iter().flatten().map(strip).filter(says).collect();
                match arms.as_slice() {
                    [one] => self.of_table(cx, cx.initial(*one), depth + 1),
                    _ => self.more = self.more.or(Some(cx.span(table))),
                }
                return;
            }
            _ => {
                self.more = self.more.or(Some(cx.span(table)));
                return;
            }
        }
        for part in children(table) {
            match part.kind() {
                "pair" => self.read.extend(entry(cx, part)),
                "spread_element" => {
                    if let Some(value) = children(part).next() {
                        self.of_table(cx, cx.initial(value), depth + 1);
                    }
                }
                "comment" => {}
                _ => self.more = self.more.or(Some(cx.span(part))),
            }
        }
    }
}

/// Tables inside tables, and calls inside calls.
const MAX_DEPTH: u32 = 8;

fn entry<'t>(cx: &EcmaCx<'t>, pair: Node<'t>) -> Option<DevProxy> {
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
        // An address alone stands for `{ target, changeOrigin: true }`.
        change_origin: match entry {
            Some(_) => option("changeOrigin").map(|change| cx.expr(change)),
            None => Some(Expr::new(cx.span(value), ExprKind::Bool(true))),
        },
        rewrite: option("rewrite").and_then(|rewrite| cx.function(rewrite)).map(|function| cx.summary(function)),
        mount: ProxyMount::WholePath,
    })
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

/// What is replaced, with the values that the code then has.
fn fields<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Vec<Field> {
    let mut fields = Vec::new();
    for part in children(cx.initial(node)) {
        match part.kind() {
            "pair" => {
                let (Some(key), Some(value)) = (part.child_by_field_name("key"), part.child_by_field_name("value"))
                else {
                    continue;
                };
                fields.push(Field {
                    key: Arc::from(cx.text(key).trim_matches(['"', '\'', '`', '[', ']'])),
                    key_span: cx.span(key),
                    value: code(cx, value),
                });
            }
            "shorthand_property_identifier" => {
                fields.push(Field { key: Arc::from(cx.text(part)), key_span: cx.span(part), value: code(cx, part) });
            }
            _ => {}
        }
    }
    fields
}

/// The value of a text that stands for code: `JSON.stringify(x)` is `x`, `'"text"'` is `text`.
fn code<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Expr {
    let node = cx.initial(node);
    let span = cx.span(node);
    if node.kind() == "call_expression"
        && node.child_by_field_name("function").is_some_and(|callee| cx.text(callee) == "JSON.stringify")
        && let Some(inner) = arguments(node).first()
    {
        return cx.expr(*inner);
    }
    if node.kind() == "ternary_expression" {
        let arm = |name| node.child_by_field_name(name).map(|arm| code(cx, arm));
        if let (Some(condition), Some(holds), Some(fails)) =
            (node.child_by_field_name("condition"), arm("consequence"), arm("alternative"))
        {
            return cx.chosen(condition, holds, fails);
        }
    }
    let value = cx.expr(node);
    let kind = match &value.kind {
        ExprKind::Str(text) => match text.trim() {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            "undefined" | "void 0" => ExprKind::Undefined,
            text if text.starts_with(['"', '{', '[']) || text.parse::<f64>().is_ok() => {
                ExprKind::Op(Op::ParseJson, vec![value.clone()])
            }
            text => match text.strip_prefix(['\'', '`']).and_then(|rest| rest.strip_suffix(['\'', '`'])) {
                Some(inner) => ExprKind::Str(Arc::from(inner)),
                None => ExprKind::Hole(HoleReason::Unsupported),
            },
        },
        ExprKind::Op(Op::Concat, _) => ExprKind::Op(Op::ParseJson, vec![value.clone()]),
        _ => return value,
    };
    Expr::new(span, kind)
}
