//! Django and Channels: settings, URL lists, `ProtocolTypeRouter`, consumers.

mod asgi;
mod consumers;
mod ninja;
mod rest;
mod settings;
mod urls;

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::{PythonAdapter, PythonCx, span};
use crate::facts::{Expr, ExprKind, FileFacts, Import};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "django",
    needles: &[
        "ROOT_URLCONF",
        "ASGI_APPLICATION",
        "ProtocolTypeRouter(",
        "URLRouter(",
        "websocket_urlpatterns",
        "get_asgi_application(",
        "get_wsgi_application(",
        "DJANGO_SETTINGS_MODULE",
        "CORS_ALLOWED_ORIGINS",
        "CORS_ALLOW_ALL_ORIGINS",
        "CORS_ALLOWED_ORIGIN_REGEXES",
        "CORS_ORIGIN_WHITELIST",
        "CSRF_TRUSTED_ORIGINS",
        "SECURE_PROXY_SSL_HEADER",
        "NinjaAPI(",
    ],
    marks: &["django", "channels", "Consumer", "rest_framework", "ninja"],
    kept: &[asgi::PROTOCOLS, asgi::GET_ASGI, asgi::GET_WSGI, rest::DEFAULT, rest::SIMPLE, ninja::API, ninja::ROUTER],
    visit,
    whole: Some(whole),
};

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    match site.node.kind() {
        "call" => {
            asgi::call(cx, site, facts);
            rest::call(cx, site, facts);
            ninja::call(cx, site, facts);
        }
        "function_definition" => ninja::decorated(cx, site, facts),
        "class_definition" => consumers::class(cx, site, facts),
        _ => {}
    }
}

fn whole<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    settings::read(cx, facts);
    urls::read(cx, facts);
}

/// A name of another module that the framework imports by its dotted path.
fn elsewhere(facts: &mut FileFacts, module: &str, name: &str, at: Node<'_>) -> Expr {
    let here = span(at);
    if let Some(known) = facts.module.as_deref_mut()
        && !known.imports.iter().any(|import| &*import.local == module)
    {
        let module: Arc<str> = Arc::from(module);
        known.imports.push(Import { local: Arc::clone(&module), imported: Arc::from("*"), module, span: here });
    }
    let object = Expr::new(here, ExprKind::Name(Arc::from(module)));
    Expr::new(here, ExprKind::Member(Box::new(object), Arc::from(name)))
}
