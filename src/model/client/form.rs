//! Calls that have the form of a request: whether what they are called on is an HTTP client.

use super::wrapper;
use crate::base::FileId;
use crate::facts::{CLIENT_BASE, CLIENT_MARK, ClientCall, Expr, ExprKind, Recognized};
use crate::model::evaluate::{Scope, evaluate_within, leads_to_a_function};
use crate::model::{Mode, PackageId, Side, Value, Wiring};

/// Whether a call opens a connection, as far as it needs an answer.
pub(super) fn is_client(wiring: &Wiring, file: FileId, package: PackageId, call: &ClientCall) -> bool {
    let Some(object) = call.base.as_ref().and_then(receiver) else { return call.recognized == Recognized::ByName };
    let mark = Expr::new(object.span, ExprKind::Member(Box::new(object.clone()), CLIENT_MARK.into()));
    let scope = Scope { package, deployment: None, service: None, mode: Mode::Production, side: Side::Browser };
    let within = (call.function.as_deref(), call.closure);
    let called = evaluate_within(wiring, file, within, &mark, &scope);
    if called.iter().flat_map(|called| &called.alternatives).any(|found| found.value == Value::Bool(true)) {
        return true;
    }
    if call.recognized == Recognized::ByForm {
        return false;
    }
    // A function of the repository opens what it opens by itself.
    let verb = call.method.as_deref().map(str::to_ascii_lowercase).unwrap_or_default();
    let method = Expr::new(object.span, ExprKind::Member(Box::new(object.clone()), verb.into()));
    wrapper::base(wiring, file, call).is_some()
        || !leads_to_a_function(wiring, file, call.function.as_deref(), &method, &scope)
}

/// What a call is made on, by the base that is read from it.
fn receiver(base: &Expr) -> Option<&Expr> {
    match &base.kind {
        ExprKind::Member(object, key) if &**key == CLIENT_BASE => Some(object),
        ExprKind::Choice(arms) => arms.iter().find_map(|arm| receiver(&arm.value)),
        _ => None,
    }
}
