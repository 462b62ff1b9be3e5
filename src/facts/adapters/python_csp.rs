//! Content-Security-Policies in Python: django-csp and Django's own settings, flask-talisman, headers written by hand.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::{BindKind, GuardChain, ScopeId, ScopeKind};
use crate::facts::lang::python::{At, PythonAdapter, PythonCx, span};
use crate::facts::{CspDefaults, CspFact, CspReach, CspSender, CspText, Expr, ExprKind, Field, FileFacts, HoleReason};

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "content-security-policy",
    needles: &["Content-Security-Policy", "content-security-policy", "Talisman", "CSP_", "SECURE_CSP"],
    marks: &[
        "Content-Security-Policy",
        "content-security-policy",
        "Talisman",
        "CSP_",
        "SECURE_CSP",
        "CONTENT_SECURITY_POLICY",
    ],
    kept: &[],
    visit,
    whole: Some(whole),
};

const HEADER: &str = "content-security-policy";

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() == "call" {
        talisman(cx, site, facts);
    }
}

/// `Talisman(app, content_security_policy=...)`, `talisman.init_app(app, ...)`.
fn talisman<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    let made = cx.constructor(site.node).is_some_and(|made| made == "flask_talisman.Talisman");
    let applied = matches!(cx.method(site.node), Some((object, "init_app")) if cx.text(object).ends_with("talisman"));
    let args = cx.args(site.node);
    // `Talisman()` alone waits for its `init_app`.
    if !(applied || made && !args.positional.is_empty()) {
        return;
    }
    let at = cx.at(site);
    let only_reported = cx.keyword_value(&args, "content_security_policy_report_only", &at);
    if only_reported.is_some_and(|only| only.kind != ExprKind::Bool(false)) {
        return;
    }
    let policy = match cx.option(&args, "content_security_policy", &at) {
        None => CspText::Directives(None, CspDefaults::Talisman),
        Some(given) => {
            let never = ExprKind::Bool(false);
            CspText::Directives(Some(cx.under_guards(site, given, never)), CspDefaults::Nothing)
        }
    };
    facts.csp.push(CspFact {
        span: span(site.node),
        policy,
        by: CspSender::Talisman,
        with: CspReach::All,
        function: cx.around(site.scope),
    });
}

fn whole(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    let text = cx.outline.text;
    let named = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    if named("Content-Security-Policy") || named("content-security-policy") {
        by_hand(cx, facts);
    }
    if named("CSP_") || named("SECURE_CSP") || named("CONTENT_SECURITY_POLICY") {
        settings(cx, facts);
    }
}

/// `response.headers["Content-Security-Policy"] = value`.
fn by_hand(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    let Some(root) = cx.outline.scopes.first().map(|module| module.node) else { return };
    let mut open = vec![(root, None, false)];
    while let Some((node, function, conditional)) = open.pop() {
        if node.kind() == "assignment"
            && let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
            && left.kind() == "subscript"
            && left
                .child_by_field_name("subscript")
                .is_some_and(|key| cx.text(key).trim_matches(['"', '\'']).eq_ignore_ascii_case(HEADER))
        {
            let scope = function.map_or(ScopeId(0), |(scope, _)| scope);
            let value = cx.expr(right, &At::new(scope, GuardChain::default(), right));
            let all = !conditional && function.is_some_and(|(scope, node)| sees_all(cx, scope, node));
            facts.csp.push(CspFact {
                span: span(node),
                policy: CspText::Header(value),
                by: CspSender::Code,
                with: if all { CspReach::All } else { CspReach::Some },
                function: cx.around(scope),
            });
        }
        let inner = match node.kind() {
            "function_definition" => cx.scope_opened_by(node).map(|id| (id, node)).or(function),
            _ => function,
        };
        let conditional = match node.kind() {
            "function_definition" => false,
            "if_statement" | "except_clause" | "for_statement" | "while_statement" => true,
            _ => conditional,
        };
        let mut cursor = node.walk();
        let below: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
        open.extend(below.into_iter().rev().map(|child| (child, inner, conditional)));
    }
}

/// Whether every answer passes a function: a hook after requests, or the method of a middleware class.
fn sees_all<'t>(cx: &PythonCx<'t>, scope: ScopeId, function: Node<'t>) -> bool {
    let decorators =
        cx.parent(function).filter(|parent| parent.kind() == "decorated_definition").is_some_and(|parent| {
            let mut cursor = parent.walk();
            parent.children(&mut cursor).filter(|child| child.kind() == "decorator").any(|decorator| {
                let text = cx.text(decorator);
                text.contains("after_request")
                    || text.contains(".middleware(\"http\")")
                    || text.contains(".middleware('http')")
            })
        });
    let around = cx.outline.scopes.get(scope.0).and_then(|scope| scope.parent);
    let class = around.and_then(|id| cx.outline.scopes.get(id.0)).filter(|scope| scope.kind == ScopeKind::Class);
    let of_middleware = class.is_some_and(|class| {
        let named = class.name.contains("Middleware");
        let name = cx.outline.scopes.get(scope.0).map(|scope| scope.name.to_string()).unwrap_or_default();
        named && matches!(name.as_str(), "dispatch" | "__call__" | "process_response")
    });
    decorators || of_middleware
}

/// `CSP_CONNECT_SRC` and the like, `CONTENT_SECURITY_POLICY`, `SECURE_CSP`.
fn settings(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    let Some(module) = cx.outline.scopes.first() else { return };
    let text = cx.outline.text;
    let is_active =
        text.contains("csp.middleware.CSPMiddleware") || text.contains("csp.ContentSecurityPolicyMiddleware");
    let with = || if is_active { CspReach::All } else { CspReach::Some };
    let assigned = |name: &str| match module.bindings.get(name)?.as_slice() {
        [binding] => match binding.kind {
            BindKind::Assign(node) => Some((binding.target, node)),
            _ => None,
        },
        _ => None,
    };
    let mut push = |target: Node<'_>, given: Expr, defaults| {
        facts.csp.push(CspFact {
            span: span(target),
            policy: CspText::Directives(Some(given), defaults),
            by: CspSender::Django,
            with: with(),
            function: None,
        });
    };
    if let Some((target, node)) = assigned("CONTENT_SECURITY_POLICY") {
        let directives = entry(cx, node, "DIRECTIVES").map(|node| dictionary(cx, node));
        let unknown = || Expr::hole(span(node), HoleReason::Unsupported);
        return push(target, directives.unwrap_or_else(unknown), CspDefaults::DjangoCsp);
    }
    if let Some((target, node)) = assigned("SECURE_CSP") {
        return push(target, dictionary(cx, node), CspDefaults::Nothing);
    }
    let reported = assigned("CSP_REPORT_ONLY").is_some_and(|(_, node)| cx.text(node) != "False");
    let mut fields = Vec::new();
    let mut first = None;
    for (name, bindings) in &module.bindings {
        let Some(directive) = name.strip_prefix("CSP_").and_then(directive_of) else { continue };
        let Some(binding) = bindings.last() else { continue };
        let value = match (bindings.as_slice(), &binding.kind) {
            ([_], BindKind::Assign(node)) => list(cx, *node),
            _ => Expr::new(span(binding.target), ExprKind::Name(Arc::from(*name))),
        };
        let is_earlier = |first: &Node<'_>| binding.target.start_byte() < first.start_byte();
        let is_connect = directive == "connect-src";
        if is_connect || first.as_ref().is_none_or(is_earlier) && !fields.iter().any(is_of_connections) {
            first = Some(binding.target);
        }
        fields.push(Field { key: Arc::from(directive), key_span: span(binding.target), value });
    }
    if let (Some(first), false) = (first, reported) {
        push(first, Expr::new(span(first), ExprKind::Object(fields)), CspDefaults::DjangoCsp);
    }
}

fn is_of_connections(field: &Field) -> bool {
    &*field.key == "connect-src"
}

/// The directive that a setting of django-csp 3 is for.
fn directive_of(name: &str) -> Option<String> {
    let known = name.ends_with("_SRC") || name.ends_with("_URI") || name.ends_with("_ACTION");
    let switch = matches!(name, "UPGRADE_INSECURE_REQUESTS" | "FRAME_ANCESTORS" | "SANDBOX");
    (known || switch).then(|| name.to_ascii_lowercase().replace('_', "-"))
}

/// The value under a key of a dictionary that is written out.
fn entry<'t>(cx: &PythonCx<'t>, node: Node<'t>, key: &str) -> Option<Node<'t>> {
    pairs(node).into_iter().find(|(name, _)| cx.text(*name).trim_matches(['"', '\'']) == key).map(|(_, value)| value)
}

fn pairs(node: Node<'_>) -> Vec<(Node<'_>, Node<'_>)> {
    let mut cursor = node.walk();
    let all: Vec<Node<'_>> = node.named_children(&mut cursor).filter(|child| child.kind() == "pair").collect();
    all.into_iter()
        .filter_map(|pair| Some((pair.child_by_field_name("key")?, pair.child_by_field_name("value")?)))
        .collect()
}

fn dictionary<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> Expr {
    if node.kind() != "dictionary" {
        return cx.expr(node, &At::end_of(ScopeId(0)));
    }
    let fields = pairs(node).into_iter().map(|(key, value)| Field {
        key: Arc::from(cx.text(key).trim_matches(['"', '\''])),
        key_span: span(key),
        value: list(cx, value),
    });
    Expr::new(span(node), ExprKind::Object(fields.collect()))
}

/// The sources of a directive, the constants of django-csp and Django among them.
fn list<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> Expr {
    let at = At::end_of(ScopeId(0));
    let inner = if node.kind() == "parenthesized_expression" { node.named_child(0).unwrap_or(node) } else { node };
    if !matches!(inner.kind(), "list" | "tuple" | "set") {
        return constant(cx, inner).unwrap_or_else(|| cx.expr(inner, &at));
    }
    let mut cursor = inner.walk();
    let items: Vec<Node<'t>> = inner.named_children(&mut cursor).filter(|item| item.kind() != "comment").collect();
    let items = items.into_iter().map(|item| constant(cx, item).unwrap_or_else(|| cx.expr(item, &at)));
    Expr::new(span(node), ExprKind::List(items.collect()))
}

/// `SELF` of `csp.constants`, `CSP.SELF` of `django.utils.csp`.
fn constant<'t>(cx: &PythonCx<'t>, node: Node<'t>) -> Option<Expr> {
    let dotted = cx.dotted(node)?;
    let name = dotted.strip_prefix("csp.constants.").or_else(|| dotted.strip_prefix("django.utils.csp.CSP."))?;
    Some(Expr::str(span(node), &format!("'{}'", name.to_ascii_lowercase().replace('_', "-"))))
}
