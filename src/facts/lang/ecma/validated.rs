//! Environments that a schema validates: what comes out has the same names, and defaults.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::node::{arguments, children, strip};
use super::operators::or_default;
use crate::base::Span;
use crate::facts::{Expr, ExprKind, Field, Op};
use crate::parse::fields::Fields;

impl<'t> Builder<'_, 't> {
    /// `schema.parse(import.meta.env)`, `createEnv({ runtimeEnv })`, `cleanEnv(process.env, specs)`.
    pub(super) fn validated(&mut self, callee: Node<'t>, args: &[Node<'t>], span: Span) -> Option<Expr> {
        let name = match callee.kind() {
            "member_expression" => self.cx.text(callee.field("property")?),
            _ => self.cx.text(callee),
        };
        let (values, specs) = match (name, args) {
            ("parse" | "parseAsync", [values]) if callee.kind() == "member_expression" => {
                (*values, self.schema(callee.field("object")?))
            }
            ("safeParse" | "safeParseAsync", [values]) if callee.kind() == "member_expression" => {
                let data = self.validated_values(*values, self.schema(callee.field("object")?), span)?;
                let field = |key: &str, value| Field { key: Arc::from(key), key_span: span, value };
                let success = Expr::new(span, ExprKind::Bool(true));
                return Some(Expr::new(span, ExprKind::Object(vec![field("success", success), field("data", data)])));
            }
            ("cleanEnv", [values, specs]) => (*values, Some(*specs)),
            ("createEnv", [options]) => {
                let values = ["runtimeEnv", "runtimeEnvStrict", "experimental__runtimeEnv"];
                let values = values.iter().find_map(|key| self.cx.option(*options, key))?;
                (values, self.cx.option(*options, "client").or_else(|| self.cx.option(*options, "shared")))
            }
            _ => return None,
        };
        self.validated_values(values, specs, span)
    }

    /// The values with the defaults of the schema.
    fn validated_values(&mut self, values: Node<'t>, specs: Option<Node<'t>>, span: Span) -> Option<Expr> {
        let values = self.expr(values);
        let is_environment = match &values.kind {
            ExprKind::Op(Op::EnvObject(_), _) => true,
            ExprKind::Object(fields) => fields.iter().any(|field| matches!(field.value.kind, ExprKind::Env { .. })),
            _ => false,
        };
        if !is_environment {
            return None;
        }
        let mut fields = vec![Field { key: Arc::from("..."), key_span: span, value: values.clone() }];
        for (key, default) in specs.map(|specs| self.defaults(specs)).unwrap_or_default() {
            let value = self.member(values.clone(), key);
            let value = or_default(value, default);
            fields.push(Field { key: Arc::from(key), key_span: span, value });
        }
        Some(Expr::new(span, ExprKind::Object(fields)))
    }

    /// The object that a schema is made of: `z.object({ .. })`, itself or by a name.
    fn schema(&self, node: Node<'t>) -> Option<Node<'t>> {
        let made = strip(self.cx.initial(node));
        let callee = made.field("function").filter(|_| made.kind() == "call_expression")?;
        let method = self.cx.text(callee.field("property")?);
        matches!(method, "object" | "strictObject" | "looseObject").then(|| arguments(made).first().copied())?
    }

    /// The names with a default: `z.string().default('x')`, `str({ default: 'x' })`.
    fn defaults(&mut self, specs: Node<'t>) -> Vec<(&'t str, Expr)> {
        let mut found = Vec::new();
        for pair in children(strip(self.cx.initial(specs))).filter(|part| part.kind() == "pair") {
            let (Some(key), Some(spec)) = (pair.field("key"), pair.field("value").map(strip)) else { continue };
            let default = self.default_of(spec);
            found.extend(default.map(|default| (self.cx.text(key).trim_matches(['"', '\'']), default)));
        }
        found
    }

    fn default_of(&mut self, spec: Node<'t>) -> Option<Expr> {
        let mut node = spec;
        for _ in 0..12 {
            let callee = node.field("function").filter(|_| node.kind() == "call_expression")?;
            let first = arguments(node).first().copied();
            if callee.kind() != "member_expression" {
                let default = first.and_then(|options| self.cx.option(options, "default"))?;
                return Some(self.expr(default));
            }
            if matches!(self.cx.text(callee.field("property")?), "default" | "catch" | "prefault") {
                return first.map(|default| self.expr(default));
            }
            node = strip(callee.field("object")?);
        }
        None
    }
}
