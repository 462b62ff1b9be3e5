//! Validators that change a field, applied to its value as far as they are understood.

use tree_sitter::Node;

use crate::facts::lang::python::scope::{BindKind, ScopeId};
use crate::facts::lang::python::{At, Meaning, PythonCx, is_list, span};
use crate::facts::{Arm, Expr, ExprKind, Guard, HoleReason, Sense, Test};

/// The validators of one field, in the order in which they run.
pub(super) struct Validators<'t> {
    functions: Vec<Validator<'t>>,
    unknown: bool,
}

/// A function and the name of its parameter that holds the value.
struct Validator<'t> {
    scope: ScopeId,
    value: &'t str,
}

/// What a value is, as `isinstance` would say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    List,
    Unknown,
}

/// The validators of `field` in the class `class`.
pub(super) fn of_field<'t>(cx: &PythonCx<'t>, class: ScopeId, field: &str, annotation: Node<'t>) -> Validators<'t> {
    let mut found = Validators { functions: Vec::new(), unknown: false };
    let Some(scope) = cx.outline.scopes.get(class.0) else { return found };
    for bindings in scope.bindings.values() {
        for binding in bindings {
            let BindKind::Scope(id) = binding.kind else { continue };
            let Some(function) = cx.outline.scopes.get(id.0) else { continue };
            let about = function.decorators.iter().any(|decorator| names(cx, *decorator, field));
            if !about {
                continue;
            }
            // The first parameter is the class, unless it is a static method.
            match function.params.get(1).or_else(|| function.params.first()) {
                Some(param) => found.functions.push(Validator { scope: id, value: param.name }),
                None => found.unknown = true,
            }
        }
    }
    found.functions.sort_by_key(|validator| validator.scope.0);
    found.annotated(cx, annotation);
    found
}

/// Whether a decorator is a validator of `field`.
fn names(cx: &PythonCx<'_>, decorator: Node<'_>, field: &str) -> bool {
    let text = cx.text(decorator);
    let Some((name, arguments)) = text.split_once('(') else { return false };
    let name = name.rsplit('.').next().unwrap_or(name);
    if !matches!(name, "field_validator" | "validator") {
        return false;
    }
    let quoted = |name: &str| arguments.contains(&format!("\"{name}\"")) || arguments.contains(&format!("'{name}'"));
    quoted(field) || quoted("*")
}

impl<'t> Validators<'t> {
    /// `Annotated[list[str], BeforeValidator(parse_cors)]`.
    fn annotated(&mut self, cx: &PythonCx<'t>, annotation: Node<'t>) {
        let mut stack = vec![annotation];
        let mut seen = 0;
        while let Some(node) = stack.pop() {
            seen += 1;
            if seen > 200 {
                self.unknown = true;
                return;
            }
            let called = (node.kind() == "call").then(|| cx.constructor(node)).flatten().unwrap_or_default();
            if called.ends_with("Validator") {
                let name = cx.args(node).get(0, "func").map_or("", |function| cx.text(function));
                let module = cx.outline.scopes.first();
                let local = module.and_then(|module| module.bindings.get(name)?.first().copied());
                match local.map(|binding| binding.kind) {
                    Some(BindKind::Scope(scope)) => {
                        let param = cx.outline.scopes.get(scope.0).and_then(|scope| scope.params.first());
                        match param {
                            Some(param) => self.functions.push(Validator { scope, value: param.name }),
                            None => self.unknown = true,
                        }
                    }
                    _ => self.unknown = true,
                }
                continue;
            }
            let mut cursor = node.walk();
            stack.extend(node.named_children(&mut cursor));
        }
    }

    /// The value after all validators.
    pub(super) fn apply(&self, cx: &PythonCx<'t>, value: Expr) -> Expr {
        if self.unknown {
            return Expr::hole(value.span, HoleReason::Unsupported);
        }
        self.functions.iter().fold(value, |value, validator| validator.apply(cx, value))
    }
}

fn shape(value: &Expr) -> Shape {
    match &value.kind {
        ExprKind::Str(_) | ExprKind::Env { .. } => Shape::Text,
        _ if is_list(value) => Shape::List,
        _ => Shape::Unknown,
    }
}

impl<'t> Validator<'t> {
    fn apply(&self, cx: &PythonCx<'t>, value: Expr) -> Expr {
        let here = value.span;
        let unknown = || Expr::hole(here, HoleReason::Unsupported);
        let Some(scope) = cx.outline.scopes.get(self.scope.0) else { return unknown() };
        let shape = shape(&value);
        let mut arms: Vec<Arm> = Vec::new();
        for found in &scope.returns {
            let Some(node) = found.value else { return unknown() };
            if found.repeated {
                return unknown();
            }
            let at = At::new(self.scope, found.guards, node).with(self.value, Meaning::Value(value.clone()));
            let mut guards = Vec::new();
            let mut never = false;
            for guard in cx.chain_guards(found.guards, Default::default(), &at) {
                match self.decide(&guard, shape, &value) {
                    Some(true) => {}
                    Some(false) => never = true,
                    // Arms are tried in order: that an earlier condition failed goes without saying.
                    None if guard.sense == Sense::Fails && matches!(guard.test, Test::Opaque(_)) => {}
                    None => guards.push(guard),
                }
            }
            if never {
                continue;
            }
            let last = guards.is_empty();
            arms.push(Arm { guards, value: cx.expr(node, &at) });
            if last {
                break;
            }
        }
        // Names that the validator changes on the way are not followed.
        if scope.bindings.contains_key(self.value) {
            return unknown();
        }
        match arms.pop() {
            None => unknown(),
            Some(arm) if arms.is_empty() => arm.value,
            Some(mut arm) => {
                // What matches no arm is refused at start.
                arm.guards.clear();
                arms.push(arm);
                Expr::new(span(scope.node), ExprKind::Choice(arms))
            }
        }
    }

    /// How a guard comes out when the shape of the value decides it.
    fn decide(&self, guard: &Guard, shape: Shape, value: &Expr) -> Option<bool> {
        let holds = match &guard.test {
            Test::Opaque(text) => {
                let types = text.strip_prefix("isinstance(")?.strip_prefix(self.value)?.strip_prefix(',')?;
                if types.contains(" and ") || types.contains(" or ") {
                    return None;
                }
                match shape {
                    Shape::Text => types.contains("str"),
                    Shape::List => ["list", "List", "set", "tuple"].iter().any(|name| types.contains(name)),
                    Shape::Unknown => return None,
                }
            }
            Test::Truthy(tested) if **tested == *value => match &value.kind {
                ExprKind::Str(text) => !text.is_empty(),
                _ => return None,
            },
            Test::StartsWith(tested, start) if **tested == *value => match (&value.kind, &start.kind) {
                (ExprKind::Str(text), ExprKind::Str(start)) => text.starts_with(&**start),
                _ => return None,
            },
            _ => return None,
        };
        Some(holds == (guard.sense == Sense::Holds))
    }
}
