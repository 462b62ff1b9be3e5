//! An address that depends on the parameters of the function around it, once for each call of that function.

use crate::facts::{Arm, Expr, ExprKind, Field, FileFacts, Guard, HoleReason, Test};

/// Calls of one function that are looked at.
const MOST_CALLS: usize = 24;
/// Nesting beyond which an expression is not looked into.
const MOST_DEPTH: u32 = 64;

/// The address with the arguments of each call put in; the address itself when no call is known.
pub(super) fn instances(facts: &FileFacts, function: Option<&str>, url: Expr) -> Vec<Expr> {
    let Some(function) = function else { return vec![url] };
    if !mentions_param(&url, 0) {
        return vec![url];
    }
    let mut found: Vec<Expr> = Vec::new();
    for site in &facts.call_sites {
        let is_call = matches!(&site.callee.kind, ExprKind::Name(name) if &**name == function);
        // A call inside another function passes that function's parameters on.
        if !is_call || site.function.as_deref() == Some(function) {
            continue;
        }
        let instance = substitute(&url, &site.args, 0);
        if !found.contains(&instance) {
            found.push(instance);
        }
        if found.len() >= MOST_CALLS {
            break;
        }
    }
    if found.is_empty() { vec![url] } else { found }
}

fn mentions_param(expr: &Expr, depth: u32) -> bool {
    if depth > MOST_DEPTH {
        return false;
    }
    let inside = |expr: &Expr| mentions_param(expr, depth + 1);
    match &expr.kind {
        ExprKind::Param(_) => true,
        ExprKind::List(items) | ExprKind::Op(_, items) => items.iter().any(inside),
        ExprKind::Object(fields) => fields.iter().any(|field| inside(&field.value)),
        ExprKind::Spread(inner) | ExprKind::Member(inner, _) => inside(inner),
        ExprKind::Call { callee, args, keywords } => {
            inside(callee) || args.iter().any(inside) || keywords.iter().any(|field| inside(&field.value))
        }
        ExprKind::Choice(arms) => arms.iter().any(|arm| inside(&arm.value)),
        _ => false,
    }
}

fn substitute(expr: &Expr, args: &[Expr], depth: u32) -> Expr {
    if depth > MOST_DEPTH {
        return Expr::hole(expr.span, HoleReason::Limit);
    }
    let inside = |expr: &Expr| substitute(expr, args, depth + 1);
    let all = |items: &[Expr]| items.iter().map(inside).collect::<Vec<_>>();
    let fields = |fields: &[Field]| {
        fields.iter().map(|field| Field { value: inside(&field.value), ..field.clone() }).collect::<Vec<_>>()
    };
    let kind = match &expr.kind {
        ExprKind::Param(index) => match args.get(*index as usize) {
            Some(arg) => return arg.clone(),
            None => ExprKind::Undefined,
        },
        ExprKind::List(items) => ExprKind::List(all(items)),
        ExprKind::Op(op, items) => ExprKind::Op(op.clone(), all(items)),
        ExprKind::Object(items) => ExprKind::Object(fields(items)),
        ExprKind::Spread(inner) => ExprKind::Spread(Box::new(inside(inner))),
        ExprKind::Member(inner, name) => ExprKind::Member(Box::new(inside(inner)), name.clone()),
        ExprKind::Call { callee, args, keywords } => {
            ExprKind::Call { callee: Box::new(inside(callee)), args: all(args), keywords: fields(keywords) }
        }
        ExprKind::Choice(arms) => ExprKind::Choice(
            arms.iter()
                .map(|arm| Arm {
                    guards: arm
                        .guards
                        .iter()
                        .map(|guard| Guard { test: substitute_test(&guard.test, &inside), sense: guard.sense })
                        .collect(),
                    value: inside(&arm.value),
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Expr::new(expr.span, kind)
}

fn substitute_test(test: &Test, inside: &dyn Fn(&Expr) -> Expr) -> Test {
    let one = |expr: &Expr| Box::new(inside(expr));
    match test {
        Test::Defined(expr) => Test::Defined(one(expr)),
        Test::Truthy(expr) => Test::Truthy(one(expr)),
        Test::Equal(a, b) => Test::Equal(one(a), one(b)),
        Test::StartsWith(a, b) => Test::StartsWith(one(a), one(b)),
        Test::Contains(a, b) => Test::Contains(one(a), one(b)),
        other => other.clone(),
    }
}
