//! Starlette's `TrustedHostMiddleware` and `HTTPSRedirectMiddleware` and uvicorn's `ProxyHeadersMiddleware`, in FastAPI and
//! Starlette applications.

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx, span};
use crate::facts::{AddressFact, AddressRule, Expr, ExprKind, FileFacts, HoleReason};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "starlette-address",
    needles: &["TrustedHostMiddleware", "HTTPSRedirectMiddleware", "ProxyHeadersMiddleware"],
    marks: &["TrustedHostMiddleware", "HTTPSRedirectMiddleware", "ProxyHeadersMiddleware"],
    kept: &[],
    visit,
    whole: None,
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() != "call" {
        return;
    }
    let Some((object, "add_middleware")) = cx.method(site.node) else { return };
    let args = cx.args(site.node);
    let Some(rule) = args.get(0, "middleware_class").and_then(|class| rule(cx, class)) else { return };
    let at = cx.at(site);
    let here = span(site.node);
    let value = match rule {
        AddressRule::AllowsHosts => cx.option(&args, "allowed_hosts", &at).map(|list| {
            let everybody = ExprKind::List(vec![Expr::str(list.span, "*")]);
            cx.under_guards(site, list, everybody)
        }),
        AddressRule::TrustsProto => {
            let hosts = cx.option(&args, "trusted_hosts", &at);
            let hosts = hosts.unwrap_or_else(|| Expr::str(here, "127.0.0.1"));
            Some(if believes_all(&hosts) { Expr::new(here, ExprKind::Bool(true)) } else { hosts_unknown(here) })
        }
        _ => Some(cx.under_guards(site, Expr::new(here, ExprKind::Bool(true)), ExprKind::Bool(false))),
    };
    facts.addresses.push(AddressFact {
        span: here,
        target: cx.reference(object, &at),
        rule,
        value,
        function: cx.around(site.scope),
    });
}

fn rule<'t>(cx: &PythonCx<'t>, class: Node<'t>) -> Option<AddressRule> {
    let name = cx.dotted(class)?;
    let (package, name) = name.rsplit_once('.')?;
    match name {
        "ProxyHeadersMiddleware" if package.starts_with("uvicorn.") => Some(AddressRule::TrustsProto),
        _ if !package.starts_with("starlette.") && !package.starts_with("fastapi.") => None,
        "TrustedHostMiddleware" => Some(AddressRule::AllowsHosts),
        "HTTPSRedirectMiddleware" => Some(AddressRule::RedirectsToHttps),
        _ => None,
    }
}

/// Whether every proxy is believed.
fn believes_all(hosts: &Expr) -> bool {
    match &hosts.kind {
        ExprKind::Str(text) => &**text == "*",
        ExprKind::List(items) => items.iter().any(|item| item.as_str() == Some("*")),
        _ => false,
    }
}

/// Which address a proxy comes from is not known.
fn hosts_unknown(here: crate::base::Span) -> Expr {
    Expr::hole(here, HoleReason::Runtime)
}
