//! Sanic: applications, blueprints and their groups.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{At, PythonAdapter, PythonCx, span};
use crate::facts::{
    Expr, ExprKind, FileFacts, FolderFact, Framework, HandlerFact, HoleReason, ListenFact, MountFact, MountStyle,
    PatternSyntax, Protocol, RouteFact, RouterFact, RouterKind, ServerProgram,
};

const APPS: &[&str] = &["sanic.Sanic", "sanic.app.Sanic"];
const BLUEPRINTS: &[&str] = &["sanic.Blueprint", "sanic.blueprints.Blueprint"];
const GROUPS: &[&str] = &["sanic.Blueprint.group", "sanic.blueprints.Blueprint.group"];
const VERBS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "sanic",
    needles: &["from sanic", "import sanic", "Sanic("],
    marks: &["sanic", "Sanic"],
    kept: &[
        "sanic.Sanic",
        "sanic.app.Sanic",
        "sanic.Blueprint",
        "sanic.blueprints.Blueprint",
        "sanic.Blueprint.group",
        "sanic.blueprints.Blueprint.group",
    ],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if !cx.imports("sanic") {
        return;
    }
    match site.node.kind() {
        "call" => call(cx, site, facts),
        "function_definition" => decorated(cx, site, facts),
        _ => {}
    }
}

fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let at = cx.at(site);
    let args = cx.args(site.node);
    match cx.constructor(site.node).as_deref() {
        Some(made) if APPS.contains(&made) => return router(cx, site, RouterKind::App, facts),
        Some(made) if BLUEPRINTS.contains(&made) => return router(cx, site, RouterKind::Router, facts),
        Some(made) if GROUPS.contains(&made) => {
            router(cx, site, RouterKind::Router, facts);
            let own = Expr::new(span(site.node), ExprKind::Name(cx.bound_name(site)));
            for child in &args.positional {
                facts.mounts.push(mount(cx, site, own.clone(), cx.reference(*child, &at), None));
            }
            return;
        }
        _ => {}
    }
    let Some((object, method)) = cx.method(site.node) else { return };
    match method {
        "blueprint" => {
            let Some(given) = args.get(0, "blueprint") else { return };
            let version = args.keyword("version").or_else(|| args.keyword("version_prefix"));
            let prefix = match version {
                Some(version) => Some(Expr::hole(span(version), HoleReason::Unsupported)),
                None => cx.option(&args, "url_prefix", &at),
            };
            for child in cx.elements(given, &at).unwrap_or_else(|| vec![given]) {
                facts.mounts.push(mount(cx, site, cx.reference(object, &at), cx.reference(child, &at), prefix.clone()));
            }
        }
        "add_route" | "add_websocket_route" => {
            if let (Some(handler), Some(path)) = (args.get(0, "handler"), args.get(1, "uri")) {
                let protocol = if method == "add_route" { Protocol::Http } else { Protocol::WebSocket };
                let mut fact = route(cx, site, object, path, protocol, &at);
                if !cx.text(handler).contains("as_view") && protocol == Protocol::Http {
                    fact.methods = methods(cx, args.get(2, "methods"), &at);
                }
                facts.routes.push(fact);
            }
        }
        "static" => {
            let (Some(path), Some(folder)) = (args.get(0, "uri"), args.get(1, "file_or_directory")) else { return };
            let name = cx.folder(folder, &at);
            // One file.
            if name.as_deref().and_then(|name| name.rsplit('/').next()).is_some_and(|name| name.contains('.')) {
                let mut fact = route(cx, site, object, path, Protocol::Http, &at);
                fact.methods = vec![Arc::from("GET")];
                return facts.routes.push(fact);
            }
            facts.folders.extend(name.map(|folder| FolderFact {
                span: span(site.node),
                target: cx.reference(object, &at),
                folder,
                function: cx.around(site.scope),
            }));
            let child = Expr::hole(span(site.node), HoleReason::Unsupported);
            let fact = mount(cx, site, cx.reference(object, &at), child, Some(cx.expr(path, &at)));
            facts.mounts.push(MountFact { style: MountStyle::Static, ..fact });
        }
        "run" | "prepare" => {
            let text = |value: &str| Expr::str(span(site.node), value);
            let number = |value: &str| Expr::new(span(site.node), ExprKind::Num(Arc::from(value)));
            facts.listeners.push(ListenFact {
                span: span(site.node),
                app: Some(cx.reference(object, &at)),
                server: ServerProgram::PythonListen,
                host: Some(cx.option(&args, "host", &at).unwrap_or_else(|| text("127.0.0.1"))),
                port: Some(cx.option(&args, "port", &at).unwrap_or_else(|| number("8000"))),
                tls: cx.keyword_value(&args, "ssl", &at),
                options: Vec::new(),
                function: cx.around(site.scope),
            });
        }
        _ => {}
    }
}

fn router<'t>(cx: &PythonCx<'t>, site: &Site<'t>, kind: RouterKind, facts: &mut FileFacts) {
    let args = cx.args(site.node);
    let mut fact = RouterFact::new(span(site.node), cx.bound_name(site), cx.around(site.scope), Framework::Sanic, kind);
    // A version is in front of all prefixes, those of groups too.
    fact.prefix = match args.keyword("version") {
        Some(version) => Some(Expr::hole(span(version), HoleReason::Unsupported)),
        None if kind == RouterKind::Router => cx.option(&args, "url_prefix", &cx.at(site)),
        None => None,
    };
    facts.routers.push(fact);
}

fn mount<'t>(cx: &PythonCx<'t>, site: &Site<'t>, parent: Expr, child: Expr, prefix: Option<Expr>) -> MountFact {
    MountFact {
        span: span(site.node),
        parent,
        child,
        prefix,
        style: MountStyle::Include,
        function: cx.around(site.scope),
    }
}

/// `@app.get("/x")`, `@bp.websocket("/feed")`.
fn decorated<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let at = cx.at(site);
    for decorator in site.decorators.iter().filter(|node| node.kind() == "call") {
        let Some((object, verb)) = cx.method(*decorator) else { continue };
        let ours = |made: String| APPS.contains(&made.as_str()) || BLUEPRINTS.contains(&made.as_str());
        if !cx.made_by(object, &at).is_none_or(ours) {
            continue;
        }
        let args = cx.args(*decorator);
        let Some(path) = args.get(0, "uri") else { continue };
        let (protocol, methods) = match verb {
            "websocket" => (Protocol::WebSocket, Vec::new()),
            "route" => (Protocol::Http, methods(cx, args.get(1, "methods"), &at)),
            verb if VERBS.contains(&verb) => (Protocol::Http, vec![Arc::from(verb.to_ascii_uppercase())]),
            _ => continue,
        };
        let mut fact = route(cx, site, object, path, protocol, &at);
        fact.span = span(*decorator);
        fact.methods = methods;
        if args.keyword("version").is_some() {
            fact.path = Some(Expr::hole(span(path), HoleReason::Unsupported));
        }
        fact.handler = site.opens.map(|id| handler(cx, id, protocol));
        facts.routes.push(fact);
    }
}

fn handler(cx: &PythonCx<'_>, id: crate::facts::lang::python::scope::ScopeId, protocol: Protocol) -> HandlerFact {
    match protocol {
        Protocol::WebSocket => cx.handler(id, cx.sockets(id)),
        _ => cx.request_handler(id, cx.sockets(id)),
    }
}

/// `methods=["GET", "POST"]`; GET alone when nothing is said.
fn methods<'t>(cx: &PythonCx<'t>, list: Option<Node<'t>>, at: &At<'t>) -> Vec<Arc<str>> {
    let Some(list) = list else { return vec![Arc::from("GET")] };
    let words = cx.elements(list, at).unwrap_or_default();
    words.iter().filter_map(|word| Some(Arc::from(cx.constant_text(*word, at)?.to_ascii_uppercase()))).collect()
}

fn route<'t>(
    cx: &PythonCx<'t>,
    site: &Site<'t>,
    object: Node<'t>,
    path: Node<'t>,
    protocol: Protocol,
    at: &At<'t>,
) -> RouteFact {
    RouteFact {
        span: span(site.node),
        router: cx.reference(object, at),
        protocol,
        methods: Vec::new(),
        path: Some(match cx.constant_text(path, at) {
            Some(text) => Expr::str(span(path), &turned(&text)),
            None => cx.expr(path, at),
        }),
        pattern: PatternSyntax::Angle,
        handler: None,
        function: cx.around(site.scope),
    }
}

/// `<id:int>` as the frameworks write it that put the type first.
fn turned(path: &str) -> String {
    let mut text = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((inside, behind)) = after.split_once('>') else { break };
        text.push_str(before);
        match inside.split_once(':') {
            Some((name, kind @ ("int" | "float" | "path"))) => text.push_str(&format!("<{kind}:{name}>")),
            Some((name, _)) => text.push_str(&format!("<{name}>")),
            None => text.push_str(&format!("<{inside}>")),
        }
        rest = behind;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn types_come_first() {
        assert_eq!(super::turned("/a/<id:int>/<name>"), "/a/<int:id>/<name>");
        assert_eq!(super::turned("/f/<rest:path>"), "/f/<path:rest>");
        assert_eq!(super::turned("/x"), "/x");
    }
}
