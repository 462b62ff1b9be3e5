//! Nuxt's runtime configuration: what `useRuntimeConfig()` gives, and which variables set it when the server starts.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::node::{arguments, children, strip};
use crate::facts::lang::ecma::{EcmaCx, RUNTIME_CONFIGURATION};
use crate::facts::{Arm, Definition, DefinitionValue, EnvReader, Expr, ExprKind, Field, Guard, Module, Sense, Test};

/// Objects inside objects.
const MAX_DEPTH: usize = 6;

/// Adds the runtime configuration of `nuxt.config.*` to what its package's code may name.
pub(super) fn add_runtime_configuration(cx: &EcmaCx<'_>, module: &mut Module) {
    if !cx.path.name().starts_with("nuxt.config.") {
        return;
    }
    let exported = children(cx.root).find(|node| node.kind() == "export_statement");
    let Some(options) = exported.and_then(|export| export.child_by_field_name("value")).and_then(options) else {
        return;
    };
    let Some(node) = cx.option(options, "runtimeConfig") else { return };
    let value = overridden(cx.expr(node), "NUXT", MAX_DEPTH);
    let value = DefinitionValue::Value(value);
    module.globals.push(Definition { name: Arc::from(RUNTIME_CONFIGURATION), span: cx.span(node), value });
}

/// The object that is exported, itself or through `defineNuxtConfig`.
fn options(value: Node<'_>) -> Option<Node<'_>> {
    let value = strip(value);
    match value.kind() {
        "call_expression" => arguments(value).first().copied().map(strip),
        _ => Some(value),
    }
}

/// A value that the variable of its path replaces when it is set: `public.apiBase` by `NUXT_PUBLIC_API_BASE`.
fn overridden(value: Expr, name: &str, depth: usize) -> Expr {
    let Some(depth) = depth.checked_sub(1) else { return value };
    let span = value.span;
    if let ExprKind::Object(fields) = value.kind {
        let inner = |field: Field| {
            let name = format!("{name}_{}", upper_snake(&field.key));
            Field { value: overridden(field.value, &name, depth), ..field }
        };
        return Expr::new(span, ExprKind::Object(fields.into_iter().map(inner).collect()));
    }
    let read = Expr::new(span, ExprKind::Env { name: Arc::from(name), reader: EnvReader::Start });
    let is_set = Guard { test: Test::Defined(Box::new(read.clone())), sense: Sense::Holds };
    let arms = vec![Arm { guards: vec![is_set], value: read }, Arm { guards: Vec::new(), value }];
    Expr::new(span, ExprKind::Choice(arms))
}

/// `apiBase` as `API_BASE`.
fn upper_snake(key: &str) -> String {
    let mut name = String::new();
    let mut before = '_';
    let mut letters = key.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends_capitals = before.is_ascii_uppercase() && letters.peek().is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit() || ends_capitals) {
            name.push('_');
        }
        name.push(if letter == '-' { '_' } else { letter.to_ascii_uppercase() });
        before = letter;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::upper_snake;

    #[test]
    fn names_are_split_as_nuxt_splits_them() {
        let names = ["apiBase", "wsURL", "apiBaseURL", "api_base", "HTTPPort"].map(upper_snake);
        assert_eq!(names, ["API_BASE", "WS_URL", "API_BASE_URL", "API_BASE", "HTTP_PORT"]);
    }
}
