//! Entries of `http-proxy-middleware`, as the configurations of webpack, Vue CLI and Angular and CRA's `setupProxy` write them.
//!
//! <https://github.com/chimurai/http-proxy-middleware>, <https://webpack.js.org/configuration/dev-server/#devserverproxy>,
//! <https://cli.vuejs.org/config/#devserver-proxy>, <https://create-react-app.dev/docs/proxying-api-requests-in-development>,
//! <https://angular.dev/tools/cli/serve#proxying-to-a-backend-server>.

use std::sync::Arc;

use tree_sitter::Node;

use super::vite::exported;
use crate::base::Span;
use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx};
use crate::facts::{
    DevProxy, DevServer, Expr, ExprKind, FileFacts, FrontEndTool, Function, HoleReason, Op, Param, ProxyMount,
};

/// The package.
const PACKAGE: &str = "http-proxy-middleware";

/// Configurations with such entries, found by the names of their files.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "http-proxy-middleware of development servers",
    needles: &[],
    also: &[],
    visit: |_, _, _| {},
    whole: Some(whole),
    read_calls: &[],
};

/// What a file's name says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A configuration with the options of the development server below `devServer`.
    Configuration(FrontEndTool),
    /// The table of entries itself (`proxy.conf.js`).
    Table,
    /// A function that adds middleware to the Express application of the development server.
    Setup,
}

/// Tables inside tables.
const MAX_DEPTH: u32 = 8;

fn meaning(name: &str) -> Option<Meaning> {
    let (stem, ending) = name.rsplit_once('.')?;
    if !matches!(ending, "js" | "cjs" | "mjs" | "ts" | "cts" | "mts") {
        return None;
    }
    match stem {
        "vue.config" => Some(Meaning::Configuration(FrontEndTool::VueCli)),
        "craco.config" => Some(Meaning::Configuration(FrontEndTool::Cra)),
        "setupProxy" => Some(Meaning::Setup),
        "proxy.conf" | "proxy.config" => Some(Meaning::Table),
        _ if stem.split(['.', '-', '_']).next() == Some("webpack") => {
            Some(Meaning::Configuration(FrontEndTool::Webpack))
        }
        _ => None,
    }
}

/// Whether a file name is one of those that hold entries.
pub(super) fn is_configuration(name: &str) -> bool {
    meaning(name).is_some()
}

fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    let read = match meaning(cx.path.name()) {
        None => return,
        Some(Meaning::Setup) => Some(setup(cx)),
        Some(Meaning::Table) => table_of_file(cx),
        Some(Meaning::Configuration(tool)) => configured(cx, tool),
    };
    facts.dev_servers.extend(read);
}

/// `devServer` of what the file exports.
fn configured(cx: &EcmaCx<'_>, tool: FrontEndTool) -> Option<DevServer> {
    let exported = exported(cx, cx.root);
    let mut stated = exported.objects.iter().filter_map(|object| cx.option(*object, "devServer"));
    let first = stated.next()?;
    let server = cx.initial(first);
    let value = |key: &str| cx.option(server, key).map(|value| cx.expr(value));
    let mut entries = Entries::default();
    if server.kind() != "object" || stated.next().is_some() {
        entries.more = Some(cx.span(server));
    } else if let Some(proxy) = cx.option(server, "proxy") {
        entries.of_table(cx, cx.initial(proxy), 0);
    }
    // Middleware that code adds may take any path.
    let added = ["setupMiddlewares", "onBeforeSetupMiddleware", "before"].iter().find_map(|key| cx.option(server, key));
    Some(DevServer {
        host: value("host"),
        port: value("port"),
        https: value("https"),
        proxies: entries.read,
        more: entries.more.or(added.map(|node| cx.span(node))).or(exported.more),
        bases: exported.bases,
        ..DevServer::new(tool, cx.span(first))
    })
}

/// The table that the file exports.
fn table_of_file(cx: &EcmaCx<'_>) -> Option<DevServer> {
    let mut entries = Entries::default();
    let list = children(cx.root).find_map(|statement| {
        let value = match statement.kind() {
            "export_statement" => statement.child_by_field_name("value"),
            "expression_statement" => children(statement)
                .next()
                .filter(|node| node.kind() == "assignment_expression")
                .filter(|node| node.child_by_field_name("left").is_some_and(|left| cx.text(left) == "module.exports"))
                .and_then(|node| node.child_by_field_name("right")),
            _ => None,
        };
        value.map(|value| cx.initial(strip(value)))
    })?;
    entries.of_table(cx, list, 0);
    let mut server = DevServer::new(FrontEndTool::Angular, cx.span(list));
    server.proxies = entries.read;
    server.more = entries.more;
    Some(server)
}

/// Middleware that `app.use` adds.
fn setup(cx: &EcmaCx<'_>) -> DevServer {
    let mut server = DevServer::new(FrontEndTool::Cra, cx.span(cx.root));
    let mut stack = vec![cx.root];
    while let Some(node) = stack.pop() {
        if node.kind() == "call_expression"
            && let Some(callee) = node.child_by_field_name("function")
            && callee.kind() == "member_expression"
            && callee.child_by_field_name("property").is_some_and(|name| cx.text(name) == "use")
        {
            used(cx, node, &mut server);
            continue;
        }
        let mut below: Vec<Node<'_>> = children(node).collect();
        below.reverse();
        stack.extend(below);
    }
    server
}

/// What one `app.use(..)` adds.
fn used<'t>(cx: &EcmaCx<'t>, call: Node<'t>, server: &mut DevServer) {
    let given: Vec<Node<'t>> = arguments(call).into_iter().map(|node| cx.initial(node)).collect();
    let made = given.iter().copied().filter_map(|node| Some((node, middleware(cx, node)?)));
    let mounts: Vec<Node<'t>> = match given.first() {
        Some(first) if first.kind() == "array" => children(*first).collect(),
        Some(first) if matches!(first.kind(), "string" | "template_string") => vec![*first],
        _ => Vec::new(),
    };
    // A path that a loop or a parameter gives.
    let has_other_path = mounts.is_empty()
        && given.len() > 1
        && given.first().is_some_and(|first| matches!(first.kind(), "identifier" | "member_expression"));
    let mut is_proxy = false;
    for (node, options) in made {
        if has_other_path {
            break;
        }
        is_proxy = true;
        let paths = paths_of(cx, node, options);
        let is_below = !mounts.is_empty();
        match (paths, is_below) {
            // What is mounted and filters as well takes what both say.
            (Paths::Some(_) | Paths::Unknown, true) | (Paths::Unknown, false) => {
                server.more = server.more.or(Some(cx.span(call)));
            }
            (Paths::Some(paths), false) => {
                server.proxies.extend(paths.into_iter().map(|path| entry(cx, call, path, options)));
            }
            (Paths::All, true) => {
                server.proxies.extend(mounts.iter().map(|mount| DevProxy {
                    mount: ProxyMount::BelowPath,
                    ..entry(cx, call, cx.expr(*mount), options)
                }));
            }
            (Paths::All, false) => server.proxies.push(entry(cx, call, Expr::str(cx.span(call), "/"), options)),
        }
    }
    // Another middleware may answer by itself.
    if !is_proxy {
        server.more = server.more.or(Some(cx.span(call)));
    }
}

/// Which paths a middleware takes by itself.
enum Paths {
    All,
    Some(Vec<Expr>),
    Unknown,
}

/// The options of a call that makes the middleware.
fn middleware<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Node<'t>> {
    let callee = node.child_by_field_name("function").filter(|_| node.kind() == "call_expression")?;
    cx.origin(callee).filter(|origin| origin.module == PACKAGE)?;
    arguments(node).into_iter().next_back().map(|last| cx.initial(last))
}

/// The paths that a call which makes the middleware limits it to, where it does and they are written there.
pub(in crate::facts::adapters) fn filter<'t>(cx: &EcmaCx<'t>, call: Node<'t>) -> Option<Vec<Expr>> {
    match paths_of(cx, call, middleware(cx, call)?) {
        Paths::Some(paths) => Some(paths),
        Paths::All | Paths::Unknown => None,
    }
}

/// `createProxyMiddleware('/api', {..})`, and `pathFilter` since version 3.
fn paths_of<'t>(cx: &EcmaCx<'t>, call: Node<'t>, options: Node<'t>) -> Paths {
    let given = arguments(call);
    let first = given.first().filter(|_| given.len() > 1).map(|node| cx.initial(*node));
    let filter = cx.option(options, "pathFilter").map(|node| cx.initial(node));
    let Some(filter) = first.or(filter) else { return Paths::All };
    let listed: Vec<Node<'t>> = if filter.kind() == "array" { children(filter).collect() } else { vec![filter] };
    let is_text = |node: &Node<'t>| matches!(node.kind(), "string" | "template_string");
    if listed.iter().all(is_text) {
        Paths::Some(listed.into_iter().map(|node| cx.expr(node)).collect())
    } else {
        Paths::Unknown
    }
}

/// The entries of a table.
#[derive(Default)]
struct Entries {
    read: Vec<DevProxy>,
    /// Where more may come from.
    more: Option<Span>,
}

impl Entries {
    fn of_table<'t>(&mut self, cx: &EcmaCx<'t>, table: Node<'t>, depth: u32) {
        if depth > MAX_DEPTH {
            self.more = self.more.or(Some(cx.span(table)));
            return;
        }
        match table.kind() {
            // One address takes whatever the development server has no file for.
            "string" | "template_string" => {
                let path = Expr::str(cx.span(table), "/");
                self.read.push(DevProxy { target: Some(cx.expr(table)), ..bare(cx.span(table), path) });
            }
            "object" => {
                for part in children(table) {
                    self.of_pair(cx, part, depth);
                }
            }
            "array" => {
                for item in children(table).filter(|item| item.kind() != "comment") {
                    self.of_item(cx, cx.initial(item));
                }
            }
            "undefined" | "null" => {}
            _ => self.more = self.more.or(Some(cx.span(table))),
        }
    }

    fn of_pair<'t>(&mut self, cx: &EcmaCx<'t>, part: Node<'t>, depth: u32) {
        match part.kind() {
            "pair" => {
                let (Some(key), Some(value)) = (part.child_by_field_name("key"), part.child_by_field_name("value"))
                else {
                    return;
                };
                let path = match key.kind() {
                    "computed_property_name" => children(key).next().map(|inner| cx.expr(inner)),
                    _ => Some(Expr::str(cx.span(key), cx.text(key).trim_matches(['"', '\'', '`']))),
                };
                let Some(path) = path else { return };
                self.read.push(entry(cx, part, path, cx.initial(value)));
            }
            "spread_element" => {
                if let Some(value) = children(part).next() {
                    self.of_table(cx, cx.initial(value), depth + 1);
                }
            }
            "comment" => {}
            _ => self.more = self.more.or(Some(cx.span(part))),
        }
    }

    fn of_item<'t>(&mut self, cx: &EcmaCx<'t>, item: Node<'t>) {
        let context = (item.kind() == "object").then(|| cx.option(item, "context")).flatten();
        let context = context.map(|context| cx.initial(context));
        match context.map(|context| (context, context.kind())) {
            Some((context, "array")) => {
                self.read.extend(children(context).map(|path| entry(cx, item, cx.expr(path), item)));
            }
            Some((context, "string" | "template_string")) => {
                self.read.push(entry(cx, item, cx.expr(context), item));
            }
            _ => self.more = self.more.or(Some(cx.span(item))),
        }
    }
}

fn bare(span: Span, path: Expr) -> DevProxy {
    DevProxy { span, path, target: None, ws: None, change_origin: None, rewrite: None, mount: ProxyMount::WholePath }
}

/// An entry with its options, which may be the address alone.
fn entry<'t>(cx: &EcmaCx<'t>, node: Node<'t>, path: Expr, options: Node<'t>) -> DevProxy {
    let span = cx.span(node);
    if options.kind() != "object" {
        return DevProxy { target: Some(cx.expr(options)), ..bare(span, path) };
    }
    let value = |key: &str| cx.option(options, key).map(|value| cx.expr(value));
    // Functions that answer or choose by themselves.
    let router = ["router", "bypass"].iter().find_map(|key| cx.option(options, key));
    let spread = children(options).find(|part| part.kind() == "spread_element");
    let hole = |node: Node<'t>| Expr::hole(cx.span(node), HoleReason::Unsupported);
    DevProxy {
        target: router.map(hole).or_else(|| value("target")).or_else(|| spread.map(hole)),
        ws: value("ws").or_else(|| spread.map(hole)),
        change_origin: value("changeOrigin"),
        rewrite: cx.option(options, "pathRewrite").map(|rewrite| rewritten(cx, cx.initial(rewrite))),
        ..bare(span, path)
    }
}

/// What `pathRewrite` does to a path: a function, or patterns of which the first that matches counts.
fn rewritten<'t>(cx: &EcmaCx<'t>, rewrite: Node<'t>) -> Function {
    if let Some(function) = cx.function(rewrite) {
        return cx.summary(function);
    }
    let pairs: Vec<Node<'t>> = children(rewrite).filter(|part| part.kind() != "comment").collect();
    let pattern = |pair: &Node<'t>| {
        let key =
            pair.child_by_field_name("key").filter(|key| matches!(key.kind(), "string" | "property_identifier"))?;
        let text = cx.expr(key).as_str().map_or_else(|| Arc::from(cx.text(key)), Arc::from);
        Some((text, cx.expr(pair.child_by_field_name("value")?)))
    };
    match pairs.as_slice() {
        [pair] if rewrite.kind() == "object" => match pattern(pair) {
            Some((pattern, value)) => by_pattern(cx.span(rewrite), pattern, value),
            None => unknown(cx.span(rewrite)),
        },
        _ => unknown(cx.span(rewrite)),
    }
}

/// A function that replaces the first match of a pattern.
pub(super) fn by_pattern(span: Span, pattern: Arc<str>, value: Expr) -> Function {
    let path = Expr::new(span, ExprKind::Param(0));
    let regex = Expr::new(span, ExprKind::Regex { pattern, flags: Arc::from("") });
    summary(Expr::new(span, ExprKind::Op(Op::Replace, vec![path, regex, value])))
}

/// A function of which nothing is known.
pub(super) fn unknown(span: Span) -> Function {
    summary(Expr::hole(span, HoleReason::Unsupported))
}

fn summary(returns: Expr) -> Function {
    let path = Param { name: Arc::from("path"), default: None, annotation: None };
    Function { key: 0, params: vec![path], returns: Some(returns) }
}
