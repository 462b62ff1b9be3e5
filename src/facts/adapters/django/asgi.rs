//! `ProtocolTypeRouter`, `get_asgi_application()` and Channels' validators.

use std::sync::Arc;

use tree_sitter::Node;

use super::{elsewhere, settings, urls};
use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{At, PythonCx, span};
use crate::facts::{
    Arm, Expr, ExprKind, FileFacts, Framework, Guard, HoleReason, MountFact, MountStyle, OriginLibrary, PolicyFact,
    Preflight, RouterFact, RouterKind, Sense, Test,
};

pub(super) const PROTOCOLS: &str = "channels.routing.ProtocolTypeRouter";
pub(super) const GET_ASGI: &str = "django.core.asgi.get_asgi_application";
pub(super) const GET_WSGI: &str = "django.core.wsgi.get_wsgi_application";

/// How many wrappers around a `URLRouter` are looked through.
const MAX_WRAPPERS: usize = 12;

pub(super) fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    match cx.constructor(site.node).as_deref() {
        Some(PROTOCOLS) => protocols(cx, site, facts),
        Some(GET_ASGI | GET_WSGI) => application(cx, site, facts),
        _ => {}
    }
}

fn router(site: &Site<'_>, name: Arc<str>, framework: Framework) -> RouterFact {
    RouterFact::new(span(site.node), name, None, framework, RouterKind::App)
}

fn include(span: crate::base::Span, parent: &Expr, child: Expr) -> MountFact {
    MountFact { span, parent: parent.clone(), child, prefix: None, style: MountStyle::Include, function: None }
}

/// `application = get_asgi_application()`: the URLs of the settings that the file names.
fn application<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let name = cx.bound_name(site);
    let parent = Expr::new(span(site.node), ExprKind::Name(Arc::clone(&name)));
    facts.routers.push(router(site, name, Framework::Django));
    let child = match settings_module(cx) {
        Some((module, node)) => elsewhere(facts, &module, settings::URLS, node),
        None => Expr::hole(span(site.node), HoleReason::Unsupported),
    };
    facts.mounts.push(include(span(site.node), &parent, child));
}

/// `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")`.
fn settings_module<'t>(cx: &PythonCx<'t>) -> Option<(String, Node<'t>)> {
    cx.outline.sites.iter().find_map(|site| {
        let args = cx.args(site.node);
        let [name, module] = args.positional.as_slice() else { return None };
        let at = cx.at(site);
        let (_, "setdefault") = cx.method(site.node)? else { return None };
        (cx.constant_text(*name, &at)? == "DJANGO_SETTINGS_MODULE").then_some(())?;
        Some((cx.constant_text(*module, &at)?, *module))
    })
}

fn protocols<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let at = cx.at(site);
    let name = cx.bound_name(site);
    let parent = Expr::new(span(site.node), ExprKind::Name(Arc::clone(&name)));
    facts.routers.push(router(site, name, Framework::Channels));
    let Some(table) = cx.args(site.node).positional.first().map(|table| cx.resolve(*table, &at)) else { return };
    let mut serves_http = false;
    let mut cursor = table.walk();
    for pair in table.named_children(&mut cursor).filter(|child| child.kind() == "pair") {
        let parts = (pair.child_by_field_name("key"), pair.child_by_field_name("value"));
        let (Some(key), Some(value)) = parts else { continue };
        match cx.constant_text(key, &at).as_deref() {
            Some("http") => {
                serves_http = true;
                facts.mounts.push(include(span(value), &parent, cx.reference(value, &at)));
            }
            Some("websocket") => sockets(cx, value, &parent, &at, facts),
            _ => {}
        }
    }
    // Before version 4 Channels handed everything else to Django.
    if !serves_http {
        facts.mounts.push(include(span(table), &parent, Expr::hole(span(table), HoleReason::Unsupported)));
    }
}

/// `AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(...)))`.
fn sockets<'t>(cx: &PythonCx<'t>, value: Node<'t>, parent: &Expr, at: &At<'t>, facts: &mut FileFacts) {
    let mut node = cx.resolve(value, at);
    for _ in 0..MAX_WRAPPERS {
        let args = cx.args(node);
        let Some(inner) = args.positional.first().copied().filter(|_| node.kind() == "call") else { break };
        let function = node.child_by_field_name("function").map_or("", |function| cx.text(function));
        let policy = |library, origins| PolicyFact {
            span: span(node),
            target: parent.clone(),
            library,
            origins,
            pattern: None,
            credentials: None,
            preflight: Preflight::default(),
            paths: None,
            function: None,
        };
        match function.rsplit('.').next().unwrap_or("") {
            "URLRouter" => return lists(cx, inner, parent, at, facts),
            "AllowedHostsOriginValidator" => {
                let origins = allowed_hosts(cx, node, facts);
                facts.policies.push(policy(OriginLibrary::ChannelsValidator, Some(origins)));
            }
            "OriginValidator" => {
                let origins = args.get(1, "allowed_origins").map(|list| cx.expr(list, at));
                facts.policies.push(policy(OriginLibrary::ChannelsValidator, origins));
            }
            "AuthMiddlewareStack"
            | "AuthMiddleware"
            | "SessionMiddlewareStack"
            | "SessionMiddleware"
            | "CookieMiddleware" => {}
            name if only_identifies(name) => facts.own_logins.push(span(node)),
            _ => {
                let unknown = Expr::hole(span(node), HoleReason::ExternalCall(Arc::from(function)));
                facts.policies.push(policy(OriginLibrary::OwnCheck, Some(unknown)));
            }
        }
        node = cx.resolve(inner, at);
    }
    facts.mounts.push(include(span(value), parent, cx.reference(node, at)));
}

/// Middleware of the repository that says who the client is, and does not look at the Origin.
fn only_identifies(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ["auth", "session", "cookie", "token", "jwt", "user", "login"].iter().any(|part| lower.contains(part))
        && !lower.contains("origin")
}

fn lists<'t>(cx: &PythonCx<'t>, list: Node<'t>, parent: &Expr, at: &At<'t>, facts: &mut FileFacts) {
    match list.kind() {
        "identifier" | "attribute" => facts.mounts.push(include(span(list), parent, cx.reference(list, at))),
        _ => urls::inline(cx, list, parent, at, facts),
    }
}

/// `ALLOWED_HOSTS` of the settings; with `DEBUG` and an empty list the loopback names.
fn allowed_hosts<'t>(cx: &PythonCx<'t>, node: Node<'t>, facts: &mut FileFacts) -> Expr {
    let Some((module, place)) = settings_module(cx) else {
        return Expr::hole(span(node), HoleReason::Unsupported);
    };
    let here = span(node);
    let hosts = elsewhere(facts, &module, "ALLOWED_HOSTS", place);
    let debug = elsewhere(facts, &module, "DEBUG", place);
    let truthy = |value: Expr| vec![Guard { test: Test::Truthy(Box::new(value)), sense: Sense::Holds }];
    let local = ["localhost", "127.0.0.1", "[::1]"].map(|host| Expr::str(here, host));
    Expr::new(
        here,
        ExprKind::Choice(vec![
            Arm { guards: truthy(hosts.clone()), value: hosts.clone() },
            Arm { guards: truthy(debug), value: Expr::new(here, ExprKind::List(local.to_vec())) },
            Arm { guards: Vec::new(), value: hosts },
        ]),
    )
}
