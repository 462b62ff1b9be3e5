//! Keys in Python: tokens of PyJWT, python-jose and Authlib, sessions of Starlette, Flask and Tornado, itsdangerous, the
//! settings of Django.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::python::outline::Site;
use crate::facts::lang::python::scope::ScopeId;
use crate::facts::lang::python::{At, PythonAdapter, PythonCx, span};
use crate::facts::{Expr, ExprKind, FileFacts, SecretCheck, SecretFact, SecretPurpose};
use crate::parse::fields::Fields;

/// The adapter.
pub static ADAPTER: PythonAdapter = PythonAdapter {
    name: "secrets",
    needles: &[
        "jwt.encode(",
        "jwt.decode(",
        "\nSECRET_KEY",
        "secret_key",
        "cookie_secret",
        "from_object(",
        "JWTStrategy(",
    ],
    marks: &["jwt", "jose", "secret", "SECRET", "itsdangerous", "from_object"],
    kept: &[],
    visit,
    whole: Some(whole),
};

/// Settings by which Flask and flask-jwt-extended sign.
const SETTINGS: [(&str, SecretPurpose); 2] =
    [("SECRET_KEY", SecretPurpose::Sessions), ("JWT_SECRET_KEY", SecretPurpose::Tokens)];

fn visit<'t>(cx: &PythonCx<'t>, site: &Site<'t>, facts: &mut FileFacts) {
    if site.node.kind() != "call" {
        return;
    }
    let at = cx.at(site);
    let args = cx.args(site.node);
    let mut push = |purpose, value| {
        let function = cx.around(site.scope);
        facts.secrets.push(SecretFact { span: span(site.node), purpose, value, function });
    };
    if let Some((purpose, index, name)) = cx.constructor(site.node).as_deref().and_then(signer) {
        let is_unverified = || cx.text(site.node).contains("verify_signature");
        if let Some(key) = args.get(index, name).filter(|_| purpose == SecretPurpose::SignsTokens || !is_unverified()) {
            push(purpose, cx.expr(key, &at));
        }
        return;
    }
    let Some((object, method)) = cx.method(site.node) else { return };
    match method {
        "add_middleware" => {
            let class = args.get(0, "middleware_class").and_then(|class| cx.dotted(class));
            if class.is_some_and(|class| class.ends_with("sessions.SessionMiddleware"))
                && let Some(key) = args.keyword("secret_key")
            {
                push(SecretPurpose::Sessions, cx.expr(key, &at));
            }
        }
        "update" | "from_mapping" if is_configuration(cx, object) => {
            for (name, purpose) in SETTINGS {
                if let Some(key) = args.keyword(name) {
                    push(purpose, cx.expr(key, &at));
                }
            }
        }
        // `app.config.from_object(Config)`: the attributes of the class.
        "from_object" if is_configuration(cx, object) => {
            let Some(class) = args.get(0, "obj") else { return };
            for (name, purpose) in SETTINGS {
                let class = Box::new(cx.expr(class, &at));
                push(purpose, Expr::new(span(site.node), ExprKind::Member(class, Arc::from(name))));
            }
        }
        _ => {}
    }
}

/// What a call signs or verifies, and which argument is the key.
fn signer(dotted: &str) -> Option<(SecretPurpose, usize, &'static str)> {
    Some(match dotted {
        "jwt.encode" | "jose.jwt.encode" => (SecretPurpose::SignsTokens, 1, "key"),
        "jwt.decode" | "jose.jwt.decode" | "authlib.jose.jwt.decode" => (SecretPurpose::VerifiesTokens, 1, "key"),
        "authlib.jose.jwt.encode" => (SecretPurpose::SignsTokens, 2, "key"),
        "fastapi_users.authentication.JWTStrategy" => (SecretPurpose::Tokens, 0, "secret"),
        "tornado.web.Application" => (SecretPurpose::Sessions, usize::MAX, "cookie_secret"),
        _ if dotted.starts_with("itsdangerous.") && (dotted.ends_with("Serializer") || dotted.ends_with("Signer")) => {
            (SecretPurpose::Sessions, 0, "secret_key")
        }
        _ => return None,
    })
}

fn is_configuration(cx: &PythonCx<'_>, object: Node<'_>) -> bool {
    object.kind() == "attribute" && object.field("attribute").is_some_and(|name| cx.text(name) == "config")
}

fn whole<'t>(cx: &PythonCx<'t>, facts: &mut FileFacts) {
    let text = cx.outline.text.as_bytes();
    let says = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
    if !says("secret") && !says("SECRET") {
        return;
    }
    django(cx, facts);
    let Some(module) = cx.outline.scopes.first() else { return };
    // With the statements under a condition apart: a node's parents are looked for from the root.
    let mut open = vec![(module.node, Runs::Always)];
    while let Some((node, runs)) = open.pop() {
        let mut inner = runs;
        match node.kind() {
            "assignment" if runs == Runs::Always => assigned(cx, node, facts),
            "if_statement" => {
                checked(cx, node, facts);
                inner = Runs::UnderACondition;
            }
            "decorator" => validated(cx, node, facts),
            _ => {}
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor).map(|child| (child, inner)));
    }
    facts.secret_checks.sort();
    facts.secret_checks.dedup();
}

/// When a statement runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    Always,
    UnderACondition,
}

/// Nodes of one comparison, or of one block under a condition, that are looked at.
const MOST_NODES: usize = 200;

/// `SECRET_KEY` of a Django settings module: one that lists applications, or takes over another such module with a star.
fn django(cx: &PythonCx<'_>, facts: &mut FileFacts) {
    let Some(module) = cx.outline.scopes.first() else { return };
    let lists = module.bindings.contains_key("INSTALLED_APPS");
    let extends = cx.outline.star_import && facts.path.as_str().contains("settings");
    let Some(binding) = module.bindings.get("SECRET_KEY").and_then(|bindings| bindings.last()) else { return };
    if lists || extends {
        let here = span(binding.target);
        let value = Expr::new(here, ExprKind::Name(Arc::from("SECRET_KEY")));
        facts.secrets.push(SecretFact { span: here, purpose: SecretPurpose::Settings, value, function: None });
    }
}

/// `app.secret_key = key`, `app.config["SECRET_KEY"] = key`, unless a condition is around it.
fn assigned<'t>(cx: &PythonCx<'t>, assignment: Node<'t>, facts: &mut FileFacts) {
    let (Some(left), Some(right)) = (assignment.field("left"), assignment.field("right")) else { return };
    let is_of_self = left.field("object").is_some_and(|object| cx.text(object) == "self");
    let purpose = match left.kind() {
        "attribute" if !is_of_self => {
            left.field("attribute").filter(|name| cx.text(*name) == "secret_key").map(|_| SecretPurpose::Sessions)
        }
        "subscript" if left.field("value").is_some_and(|value| is_configuration(cx, value)) => {
            let key = left.field("subscript").map(|key| cx.text(key).trim_matches(['"', '\'']));
            SETTINGS.iter().find(|(name, _)| key == Some(*name)).map(|(_, purpose)| *purpose)
        }
        _ => None,
    };
    let Some(purpose) = purpose else { return };
    let value = cx.expr(right, &At::end_of(ScopeId(0)));
    facts.secrets.push(SecretFact { span: span(assignment), purpose, value, function: None });
}

/// `if SECRET_KEY == "changeme": raise ...`.
fn checked<'t>(cx: &PythonCx<'t>, statement: Node<'t>, facts: &mut FileFacts) {
    let (Some(condition), Some(body)) = (statement.field("condition"), statement.field("consequence")) else { return };
    if refuses(cx, body) {
        compared(cx, condition, facts);
    }
}

/// `@field_validator("SECRET_KEY")`: what it decorates may refuse any value.
fn validated<'t>(cx: &PythonCx<'t>, decorator: Node<'t>, facts: &mut FileFacts) {
    let Some(call) = decorator.named_child(0).filter(|call| call.kind() == "call") else { return };
    if call.field("function").is_some_and(|name| cx.text(name).ends_with("validator")) {
        let named = cx.args(call).positional;
        let names = named.into_iter().map(|name| Arc::from(cx.text(name).trim_matches(['"', '\''])));
        facts.secret_checks.extend(names.map(SecretCheck::Named));
    }
}

/// Whether a block stops the program: it raises or exits somewhere, as far as it is looked at.
fn refuses(cx: &PythonCx<'_>, block: Node<'_>) -> bool {
    let mut open = vec![block];
    let mut left = MOST_NODES;
    while let Some(node) = open.pop().filter(|_| left > 0) {
        left -= 1;
        let stops = match node.kind() {
            "raise_statement" => true,
            "call" => node.field("function").is_some_and(|name| cx.text(name).ends_with("exit")),
            _ => false,
        };
        if stops {
            return true;
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
    false
}

/// What a condition compares: `a == "b"`, `a in LIST`, `a.startswith("b")`, `len(a) < 32`. Whether there is any value is no
/// comparison.
fn compared<'t>(cx: &PythonCx<'t>, condition: Node<'t>, facts: &mut FileFacts) {
    let mut open = vec![condition];
    while let Some(node) = open.pop() {
        if matches!(node.kind(), "comparison_operator" | "call") {
            facts.secret_checks.extend(operands(cx, node));
            continue;
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
}

fn operands<'t>(cx: &PythonCx<'t>, comparison: Node<'t>) -> Vec<SecretCheck> {
    let mut found = Vec::new();
    let mut is_with_nothing = false;
    let mut open = vec![comparison];
    let mut left = MOST_NODES;
    while let Some(node) = open.pop().filter(|_| left > 0) {
        left -= 1;
        match node.kind() {
            "identifier" => found.push(SecretCheck::Named(Arc::from(cx.text(node)))),
            "string" => {
                let text = cx.text(node).trim_matches(['"', '\'']);
                is_with_nothing |= text.is_empty();
                found.push(SecretCheck::Text(Arc::from(text)));
            }
            "none" => is_with_nothing = true,
            _ => {
                let mut cursor = node.walk();
                open.extend(node.named_children(&mut cursor));
            }
        }
    }
    if is_with_nothing { Vec::new() } else { found }
}
