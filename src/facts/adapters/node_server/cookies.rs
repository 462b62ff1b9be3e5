//! Cookies of Node servers: sessions of Express, `res.cookie`, `reply.setCookie` and headers written by hand.

use tree_sitter::Node;

use super::express::callee_origin;
use super::value::{MethodCall, surrounding};
use crate::base::Span;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, string_text, strip};
use crate::facts::{CookieFact, CookieSender, Expr, ExprKind, FileFacts, HoleReason, ProxyTrust};

/// `app.use(session({ cookie: { secure: true } }))`, `app.use(cookieSession({ secure: true }))`.
pub fn session<'t>(cx: &EcmaCx<'t>, handler: Node<'t>, facts: &mut FileFacts) {
    let Some(origin) = callee_origin(cx, handler) else { return };
    let call = cx.initial(handler);
    let options = arguments(call).into_iter().next();
    let cookie = match origin.module {
        "express-session" => options.and_then(|options| cx.option(options, "cookie")),
        "cookie-session" => options,
        _ => return,
    };
    let (secure, same_site) = attributes(cx, cookie);
    facts.cookies.push(CookieFact {
        span: cookie.map_or_else(|| cx.span(call), |cookie| cx.span(strip(cookie))),
        sender: CookieSender::IfSecure,
        secure,
        same_site,
        function: surrounding(cx, call),
    });
    // express-session's own way of believing proxies
    if let Some(proxy) = options.and_then(|options| cx.option(options, "proxy")) {
        facts.proxy_trust.push(ProxyTrust {
            span: cx.span(proxy),
            value: cx.expr(proxy),
            function: surrounding(cx, call),
        });
    }
}

/// `res.cookie(name, value, options)`, `reply.setCookie(...)`, `res.setHeader('Set-Cookie', '...')`, `app.set('trust proxy', 1)`.
pub fn called<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, facts: &mut FileFacts) {
    let word = call.args.first().and_then(|first| string_text(strip(*first), cx.source));
    match (call.method, word) {
        ("cookie" | "setCookie", Some(_)) if (2..=3).contains(&call.args.len()) => {
            let (secure, same_site) = attributes(cx, call.args.get(2).copied());
            facts.cookies.push(written(cx, call, secure, same_site));
        }
        ("header" | "setHeader" | "append" | "set", Some(name)) if name.eq_ignore_ascii_case("set-cookie") => {
            let Some(value) = call.args.get(1) else { return };
            let (secure, same_site) = of_header(cx, *value);
            facts.cookies.push(written(cx, call, secure, same_site));
        }
        ("set", Some("trust proxy")) => {
            let Some(value) = call.args.get(1) else { return };
            facts.proxy_trust.push(ProxyTrust {
                span: cx.span(call.node),
                value: cx.expr(*value),
                function: surrounding(cx, call.node),
            });
        }
        ("enable", Some("trust proxy")) => {
            let span = cx.span(call.node);
            facts.proxy_trust.push(ProxyTrust {
                span,
                value: Expr::new(span, ExprKind::Bool(true)),
                function: surrounding(cx, call.node),
            });
        }
        _ => {}
    }
}

fn written<'t>(cx: &EcmaCx<'t>, call: &MethodCall<'t>, secure: Option<Expr>, same_site: Option<Expr>) -> CookieFact {
    CookieFact {
        span: cx.span(call.node),
        sender: CookieSender::AsWritten,
        secure,
        same_site,
        function: surrounding(cx, call.node),
    }
}

/// `secure` and `sameSite` of an options object.
fn attributes<'t>(cx: &EcmaCx<'t>, options: Option<Node<'t>>) -> (Option<Expr>, Option<Expr>) {
    let Some(options) = options else { return (None, None) };
    let object = cx.initial(options);
    // What is made elsewhere or spread in may hold anything.
    let open = object.kind() != "object"
        || crate::facts::lang::ecma::node::children(object).any(|part| part.kind() == "spread_element");
    let attribute = |name: &str| match cx.option(options, name) {
        Some(value) => Some(cx.expr(value)),
        None => open.then(|| unknown(cx.span(object))),
    };
    (attribute("secure"), attribute("sameSite"))
}

/// The attributes in the text of a `Set-Cookie` header.
fn of_header<'t>(cx: &EcmaCx<'t>, value: Node<'t>) -> (Option<Expr>, Option<Expr>) {
    let node = cx.initial(value);
    let span = cx.span(node);
    // Of a template the parts that are written count: attributes follow the value.
    if !matches!(node.kind(), "string" | "template_string") {
        return (Some(unknown(span)), Some(unknown(span)));
    }
    let text = cx.text(node).trim_matches(['"', '\'', '`']).to_ascii_lowercase();
    let mut parts = text.split(';').skip(1).map(str::trim);
    let secure = parts.clone().any(|part| part == "secure").then(|| Expr::new(span, ExprKind::Bool(true)));
    let same_site = parts.find_map(|part| part.strip_prefix("samesite=")).map(|word| Expr::str(span, word));
    // `; ${secure ? 'Secure' : ''}`
    let open = text.split(';').skip(1).any(|part| part.contains("${") && !part.contains('='));
    if open {
        return (Some(unknown(span)), Some(unknown(span)));
    }
    (secure, same_site)
}

fn unknown(span: Span) -> Expr {
    Expr::hole(span, HoleReason::Unsupported)
}
