//! Cookies of Python back ends: `set_cookie` of every framework, Starlette's `SessionMiddleware`, Flask's and Django's settings.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx, span};
use crate::facts::{CookieFact, CookieSender, Expr, ExprKind, FileFacts, HoleReason};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "cookies",
    needles: &["set_cookie(", "SessionMiddleware", "SESSION_COOKIE_"],
    marks: &["set_cookie", "SessionMiddleware", "SESSION_COOKIE_"],
    kept: &[],
    visit,
    whole: Some(settings),
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() == "call" {
        call(cx, site, facts);
    }
}

fn call<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let Some((object, method)) = cx.method(site.node) else { return };
    let args = cx.args(site.node);
    let at = cx.at(site);
    let (secure, same_site) = match method {
        "set_cookie" => ("secure", "samesite"),
        "add_middleware" => {
            let class = args.get(0, "middleware_class").and_then(|class| cx.dotted(class));
            if !class.is_some_and(|class| class.ends_with("sessions.SessionMiddleware")) {
                return;
            }
            ("https_only", "same_site")
        }
        // `app.config.update(SESSION_COOKIE_SECURE=True)`
        "update" if cx.text(object).ends_with("config") => (SECURE, SAME_SITE),
        _ => return,
    };
    let secure = cx.option(&args, secure, &at);
    let same_site = cx.option(&args, same_site, &at);
    if method == "update" && secure.is_none() && same_site.is_none() {
        return;
    }
    facts.cookies.push(CookieFact {
        span: span(site.node),
        sender: CookieSender::AsWritten,
        secure,
        same_site,
        function: cx.around(site.scope),
    });
}

const SECURE: &str = "SESSION_COOKIE_SECURE";
const SAME_SITE: &str = "SESSION_COOKIE_SAMESITE";

/// The settings of Flask and Django: names of the module, and items of a configuration. Those of one file are one cookie.
fn settings(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    if memchr::memmem::find(cx.outline.text.as_bytes(), b"SESSION_COOKIE_").is_none() {
        return;
    }
    let (secure, same_site) = (setting(cx, SECURE), setting(cx, SAME_SITE));
    let Some(place) = secure.as_ref().or(same_site.as_ref()).map(|value| value.span) else { return };
    facts.cookies.push(CookieFact { span: place, sender: CookieSender::AsWritten, secure, same_site, function: None });
}

/// The one statement of a setting: `NAME = value`, `config["NAME"] = value`. Of several, or where code decides, it is unknown.
fn setting(cx: &PythonCx<'_>, name: &str) -> Option<Expr> {
    let module = cx.outline.scopes.first()?;
    if let Some(binding) = module.bindings.get(name).and_then(|bindings| bindings.last()) {
        return Some(Expr::new(span(binding.target), ExprKind::Name(Arc::from(name))));
    }
    let mut found: Option<Node<'_>> = None;
    let mut several = false;
    let mut open = vec![module.node];
    while let Some(node) = open.pop() {
        if node.kind() == "assignment" && names(cx, node, name) {
            several |= found.replace(node).is_some();
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
    let assignment = found?;
    let value = assignment.child_by_field_name("right")?;
    Some(match cx.text(value) {
        "True" if !several => Expr::new(span(assignment), ExprKind::Bool(true)),
        "False" | "None" if !several => Expr::new(span(assignment), ExprKind::Bool(false)),
        text if !several && value.kind() == "string" => Expr::str(span(assignment), text.trim_matches(['"', '\''])),
        _ => Expr::hole(span(assignment), HoleReason::Unsupported),
    })
}

/// `NAME = value` of a class, `config["NAME"] = value`.
fn names(cx: &PythonCx<'_>, assignment: Node<'_>, name: &str) -> bool {
    let Some(left) = assignment.child_by_field_name("left") else { return false };
    match left.kind() {
        "identifier" => cx.text(left) == name,
        "subscript" => {
            left.child_by_field_name("subscript").is_some_and(|key| cx.text(key).trim_matches(['"', '\'']) == name)
        }
        _ => false,
    }
}
