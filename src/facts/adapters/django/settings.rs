//! A settings module: the URL configuration that it names, and django-cors-headers.

use std::sync::Arc;

use super::elsewhere;
use crate::base::Span;
use crate::facts::lang::python::scope::{BindKind, ScopeId};
use crate::facts::lang::python::{At, PythonCx, span};
use crate::facts::{
    AddressFact, AddressRule, Arm, Expr, ExprKind, FileFacts, Framework, Guard, MountFact, MountStyle, OriginLibrary,
    PolicyFact, Preflight, RouterFact, RouterKind, Sense, Test,
};

/// The name under which a project's URLs hang on its settings.
pub(super) const URLS: &str = "ROOT_URLCONF";

/// The switch of django-cors-headers that lets requests carry cookies.
const CREDENTIALS: &str = "CORS_ALLOW_CREDENTIALS";
const METHODS: &str = "CORS_ALLOW_METHODS";
const HEADERS: &str = "CORS_ALLOW_HEADERS";

pub(super) fn read<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    urls(cx, facts);
    cors(cx, facts);
    addresses(cx, facts);
}

fn urls<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    let Some(binding) = cx.outline.scopes.first().and_then(|module| module.bindings.get(URLS)?.last().copied()) else {
        return;
    };
    let here = span(binding.target);
    facts.routers.push(RouterFact::new(here, Arc::from(URLS), None, Framework::Django, RouterKind::App));
    let BindKind::Assign(node) = binding.kind else { return };
    let at = At::end_of(ScopeId(0));
    let Some(module) = cx.constant_text(node, &at) else { return };
    let child = elsewhere(facts, &module, "urlpatterns", node);
    facts.mounts.push(MountFact {
        span: here,
        parent: Expr::new(here, ExprKind::Name(Arc::from(URLS))),
        child,
        prefix: None,
        style: MountStyle::Include,
        function: None,
    });
}

/// The value of a setting, as others of the same module see it.
fn setting(cx: &PythonCx<'_>, names: &[&str]) -> Option<Expr> {
    let module = cx.outline.scopes.first()?;
    names.iter().find_map(|name| {
        let binding = module.bindings.get(*name)?.last()?;
        Some(Expr::new(span(binding.target), ExprKind::Name(Arc::from(*name))))
    })
}

/// A setting that may come with the others of a module that is imported with a star.
fn inherited(cx: &PythonCx<'_>, here: Span, name: &str) -> Option<Expr> {
    cx.outline.star_import.then(|| Expr::new(here, ExprKind::Name(Arc::from(name))))
}

/// What the settings make of the address of a request.
fn addresses(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    let middleware = middleware(cx);
    let has = |name: &str| middleware.as_ref().is_none_or(|list| list.iter().any(|(text, _)| text == name));
    let settings = [
        (AddressRule::AllowsHosts, "ALLOWED_HOSTS"),
        (AddressRule::TrustsProto, "SECURE_PROXY_SSL_HEADER"),
        (AddressRule::TrustsHost, "USE_X_FORWARDED_HOST"),
        (AddressRule::RedirectsToHttps, "SECURE_SSL_REDIRECT"),
        (AddressRule::TrustsOrigins, "CSRF_TRUSTED_ORIGINS"),
    ];
    let target = |here| Expr::new(here, ExprKind::Name(Arc::from(URLS)));
    for (rule, name) in settings {
        let Some(value) = setting(cx, &[name]) else { continue };
        let applies = match rule {
            // Whoever asks for the host of a request makes Django compare it; these two ask in every request.
            AddressRule::AllowsHosts => has(COMMON),
            AddressRule::RedirectsToHttps => has(SECURITY),
            _ => true,
        };
        if applies {
            let span = value.span;
            facts.addresses.push(AddressFact { span, target: target(span), rule, value: Some(value), function: None });
        }
    }
    if let Some(list) = &middleware {
        let common = list.iter().find(|(text, _)| text == COMMON);
        let here = common.map_or_else(|| list.first().map_or(Span::default(), |(_, span)| *span), |(_, span)| *span);
        let switch = |on| Expr::new(here, ExprKind::Bool(on));
        let value = match common {
            Some(_) => setting(cx, &["APPEND_SLASH"]).unwrap_or_else(|| switch(true)),
            None => switch(false),
        };
        let rule = AddressRule::AppendsSlash;
        facts.addresses.push(AddressFact {
            span: here,
            target: target(here),
            rule,
            value: Some(value),
            function: None,
        });
    }
    // Forms that are meant to come over https: a site of which nothing says so may have none.
    let secure = ["CSRF_COOKIE_SECURE", "SESSION_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"];
    let csrf = middleware.iter().flatten().find(|(text, _)| text == CSRF);
    if let (Some((_, here)), Some(_)) = (csrf, setting(cx, &secure)) {
        let value = setting(cx, &["CSRF_TRUSTED_ORIGINS"]);
        let rule = AddressRule::ComparesOrigin;
        facts.addresses.push(AddressFact { span: *here, target: target(*here), rule, value, function: None });
    }
}

const COMMON: &str = "django.middleware.common.CommonMiddleware";
const SECURITY: &str = "django.middleware.security.SecurityMiddleware";
const CSRF: &str = "django.middleware.csrf.CsrfViewMiddleware";

/// The middleware that the module lists; `None` when it is not known here.
fn middleware(cx: &PythonCx<'_>) -> Option<Vec<(String, Span)>> {
    let [binding] = cx.outline.scopes.first()?.bindings.get("MIDDLEWARE")?.as_slice() else { return None };
    let BindKind::Assign(node) = binding.kind else { return None };
    let at = At::end_of(ScopeId(0));
    let items = cx.elements(node, &at)?;
    items.iter().map(|item| Some((cx.constant_text(*item, &at)?, span(*item)))).collect()
}

fn cors(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    let list = setting(cx, &["CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST"]);
    let all = setting(cx, &["CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"]);
    let pattern = setting(cx, &["CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"]);
    let Some(first) = list.as_ref().or(all.as_ref()).or(pattern.as_ref()) else { return };
    let here = first.span;
    // Everything is let in when the switch is on, whatever the list says.
    let origins = match all {
        None => list,
        Some(all) => {
            let star = Expr::new(all.span, ExprKind::List(vec![Expr::str(all.span, "*")]));
            let none = || Expr::new(all.span, ExprKind::List(Vec::new()));
            let otherwise = list.unwrap_or_else(none);
            let here = all.span;
            let on = Guard { test: Test::Truthy(Box::new(all)), sense: Sense::Holds };
            let arms = vec![Arm { guards: vec![on], value: star }, Arm { guards: Vec::new(), value: otherwise }];
            Some(Expr::new(here, ExprKind::Choice(arms)))
        }
    };
    facts.policies.push(PolicyFact {
        span: here,
        target: Expr::new(here, ExprKind::Name(Arc::from(URLS))),
        library: OriginLibrary::DjangoCors,
        origins,
        pattern,
        credentials: setting(cx, &[CREDENTIALS]).or_else(|| inherited(cx, here, CREDENTIALS)),
        preflight: Preflight {
            methods: setting(cx, &[METHODS]).or_else(|| inherited(cx, here, METHODS)),
            headers: setting(cx, &[HEADERS]).or_else(|| inherited(cx, here, HEADERS)),
            ..Preflight::default()
        },
        paths: setting(cx, &["CORS_URLS_REGEX"]),
        function: None,
    });
}
