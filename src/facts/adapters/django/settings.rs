//! A settings module: the URL configuration that it names, and django-cors-headers.

use std::sync::Arc;

use super::elsewhere;
use crate::base::Span;
use crate::facts::lang::python::scope::{BindKind, ScopeId};
use crate::facts::lang::python::{PythonCx, span};
use crate::facts::{
    Arm, Expr, ExprKind, FileFacts, Framework, Guard, MountFact, MountStyle, OriginLibrary, PolicyFact, RouterFact,
    RouterKind, Sense, Test,
};

/// The name under which a project's URLs hang on its settings.
pub(super) const URLS: &str = "ROOT_URLCONF";

/// The switch of django-cors-headers that lets requests carry cookies.
const CREDENTIALS: &str = "CORS_ALLOW_CREDENTIALS";

pub(super) fn read<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    urls(cx, facts);
    cors(cx, facts);
}

fn urls<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    let Some(binding) = cx.outline.scopes.first().and_then(|module| module.bindings.get(URLS)?.last().copied()) else {
        return;
    };
    let here = span(binding.target);
    facts.routers.push(RouterFact {
        span: here,
        name: Arc::from(URLS),
        function: None,
        framework: Framework::Django,
        kind: RouterKind::App,
        prefix: None,
        root_path: None,
    });
    let BindKind::Assign(node) = binding.kind else { return };
    let at = crate::facts::lang::python::At::end_of(ScopeId(0));
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
        paths: setting(cx, &["CORS_URLS_REGEX"]),
        function: None,
    });
}
