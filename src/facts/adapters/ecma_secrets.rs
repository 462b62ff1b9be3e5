//! Keys in Node: tokens of jsonwebtoken and the plugins around it, sessions and signed cookies of Express, Fastify and Koa.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::node::{arguments, children, every, string_text, strip};
use crate::facts::lang::ecma::{EcmaAdapter, EcmaCx, Needle};
use crate::facts::{FileFacts, SecretCheck, SecretFact, SecretPurpose};

/// Keys that code signs with.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "secrets",
    needles: &[
        Needle::plain("jsonwebtoken'").without_first(4),
        Needle::plain("jsonwebtoken\"").without_first(4),
        Needle::plain("express-session").without_first(8),
        Needle::plain("cookie-session").without_first(7),
        Needle::plain("secretOrKey").without_first(6),
        Needle::plain("JwtModule.").without_first(3),
        Needle::plain("express-jwt").without_first(7),
    ],
    also: &["@fastify/jwt", "@fastify/cookie", "@fastify/session", "cookie-parser", "koa-jwt"],
    visit,
    whole: Some(whole),
    read_calls: &[],
};

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if !matches!(node.kind(), "call_expression" | "new_expression") {
        return;
    }
    let callee = node.child_by_field_name("function").or_else(|| node.child_by_field_name("constructor"));
    let Some(callee) = callee.map(strip) else { return };
    let args = arguments(node);
    if let Some(origin) = cx.origin(callee) {
        let option = |index: usize, name: &str| args.get(index).and_then(|options| cx.option(*options, name));
        let (purpose, key) = match (origin.module, origin.members()) {
            ("jsonwebtoken", ["sign"]) => (SecretPurpose::SignsTokens, args.get(1).copied()),
            ("jsonwebtoken", ["verify"]) => (SecretPurpose::VerifiesTokens, args.get(1).copied()),
            ("express-session", []) => (SecretPurpose::Sessions, option(0, "secret")),
            ("cookie-session", []) => {
                let keys = option(0, "keys").map(|keys| first_of(cx, keys));
                (SecretPurpose::Sessions, keys.or_else(|| option(0, "secret")))
            }
            ("cookie-parser", []) => (SecretPurpose::Sessions, args.first().map(|secret| first_of(cx, *secret))),
            ("express-jwt", [] | ["expressjwt" | "expressJwt"]) | ("koa-jwt", []) => {
                (SecretPurpose::VerifiesTokens, option(0, "secret"))
            }
            ("passport-jwt", ["Strategy"]) => (SecretPurpose::VerifiesTokens, option(0, "secretOrKey")),
            ("@nestjs/jwt", ["JwtModule", "register"]) => (SecretPurpose::Tokens, option(0, "secret")),
            _ => return,
        };
        push(cx, node, purpose, key, facts);
        return;
    }
    // `app.register(jwt, { secret })`; `super({ secretOrKey })` of a strategy of NestJS.
    match (cx.text(callee), args.as_slice()) {
        ("super", [options, ..]) => {
            push(cx, node, SecretPurpose::VerifiesTokens, cx.option(*options, "secretOrKey"), facts);
        }
        (text, [plugin, options, ..]) if text.ends_with(".register") => {
            let Some(origin) = cx.origin(*plugin).filter(|origin| origin.members().is_empty()) else { return };
            let purpose = match origin.module {
                "@fastify/jwt" => SecretPurpose::Tokens,
                "@fastify/cookie" | "@fastify/session" | "@fastify/secure-session" => SecretPurpose::Sessions,
                _ => return,
            };
            push(cx, node, purpose, cx.option(*options, "secret"), facts);
        }
        _ => {}
    }
}

fn push<'t>(cx: &EcmaCx<'t>, call: Node<'t>, purpose: SecretPurpose, key: Option<Node<'t>>, facts: &mut FileFacts) {
    let Some(key) = key.filter(|key| !matches!(strip(*key).kind(), "arrow_function" | "function_expression")) else {
        return;
    };
    let function = cx.enclosing_function(call).and_then(|function| cx.function_name(function));
    facts.secrets.push(SecretFact { span: cx.span(call), purpose, value: cx.expr(key), function });
}

/// The first of several keys: the one that signs.
fn first_of<'t>(cx: &EcmaCx<'t>, keys: Node<'t>) -> Node<'t> {
    let list = cx.initial(keys);
    let first = (list.kind() == "array").then(|| children(list).find(|child| child.kind() != "comment")).flatten();
    first.unwrap_or(keys)
}

/// `if (config.secret === 'dev') throw ...`, in every parsed file.
fn whole(cx: &EcmaCx<'_>, facts: &mut FileFacts) {
    if !(cx.says("ecret") || cx.says("SECRET")) || !(cx.says("throw") || cx.says("exit(")) {
        return;
    }
    every(cx.root, |node| {
        if node.kind() == "if_statement" {
            checked(cx, node, facts);
        }
    });
    facts.secret_checks.sort();
    facts.secret_checks.dedup();
}

fn checked<'t>(cx: &EcmaCx<'t>, statement: Node<'t>, facts: &mut FileFacts) {
    let condition = statement.child_by_field_name("condition");
    let (Some(condition), Some(body)) = (condition, statement.child_by_field_name("consequence")) else { return };
    if !refuses(cx, body) {
        return;
    }
    let mut open = vec![condition];
    while let Some(node) = open.pop() {
        let is_comparison = match node.kind() {
            "binary_expression" => node.child_by_field_name("operator").is_some_and(|operator| {
                matches!(cx.text(operator), "===" | "==" | "!==" | "!=" | "<" | "<=" | ">" | ">=")
            }),
            "call_expression" => true,
            _ => false,
        };
        if is_comparison {
            facts.secret_checks.extend(operands(cx, node));
        } else {
            open.extend(children(node));
        }
    }
}

/// Whether a statement stops the program: it throws or exits somewhere, as far as it is looked at.
fn refuses<'t>(cx: &EcmaCx<'t>, body: Node<'t>) -> bool {
    let mut open = vec![body];
    let mut left = MOST_NODES;
    while let Some(node) = open.pop().filter(|_| left > 0) {
        left -= 1;
        let exits = || node.kind() == "call_expression" && cx.text(node).starts_with("process.exit");
        if node.kind() == "throw_statement" || exits() {
            return true;
        }
        open.extend(children(node));
    }
    false
}

/// Nodes of one comparison, or of one block under a condition, that are looked at.
const MOST_NODES: usize = 200;

/// What is compared; nothing where the test is only whether there is a value.
fn operands<'t>(cx: &EcmaCx<'t>, comparison: Node<'t>) -> Vec<SecretCheck> {
    let mut found = Vec::new();
    let mut open = vec![comparison];
    let mut left = MOST_NODES;
    while let Some(node) = open.pop().filter(|_| left > 0) {
        left -= 1;
        match node.kind() {
            "identifier" | "property_identifier" => found.push(SecretCheck::Named(Arc::from(cx.text(node)))),
            "string" => match string_text(node, cx.source) {
                Some(text) if !text.is_empty() => found.push(SecretCheck::Text(Arc::from(text))),
                _ => return Vec::new(),
            },
            "undefined" | "null" => return Vec::new(),
            _ => open.extend(children(node)),
        }
    }
    found
}
