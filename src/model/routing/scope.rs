//! Evaluation of back-end expressions to one value.

use std::sync::Arc;

use crate::base::{FileId, Place};
use crate::facts::{Expr, ExprKind, HoleReason, Sense, Test};
use crate::model::evaluate::{Scope, evaluate_for_callers};
use crate::model::{
    Alternative, Alternatives, DeploymentId, Known, Mode, PackageId, ServiceId, Side, Unknown, Value, Wiring,
};

/// The scope of server code of a package, in no particular deployment.
pub fn server_scope(package: PackageId) -> Scope {
    Scope { package, deployment: None, service: None, mode: Mode::Production, side: Side::Server }
}

/// The scope of server code in a deployment.
pub fn deployed_scope(package: PackageId, deployment: DeploymentId, service: Option<ServiceId>, mode: Mode) -> Scope {
    Scope { package, deployment: Some(deployment), service, mode, side: Side::Server }
}

/// The package of a file, or the first one.
pub fn package_of(wiring: &Wiring, file: FileId) -> PackageId {
    let path = wiring.repository.get(file).map(|facts| &facts.path);
    path.and_then(|path| crate::model::topology::package_of(wiring, path)).unwrap_or(PackageId(0))
}

/// All ways in which an expression inside `function` can come out, whoever calls it.
pub fn all(wiring: &Wiring, file: FileId, function: Option<&str>, expr: &Expr, scope: &Scope) -> Alternatives {
    evaluate_for_callers(wiring, file, function, expr, scope)
        .into_iter()
        .flat_map(|called| called.alternatives)
        .collect()
}

/// The one text that an expression comes to, unless something outside the repository replaces it.
pub fn text(wiring: &Wiring, file: FileId, function: Option<&str>, expr: &Expr, scope: &Scope) -> Known<Arc<str>> {
    settle(&all(wiring, file, function, expr, scope), Place::new(file, expr.span), |value| {
        value.as_known_text().map(Arc::from)
    })
}

/// The one value that `read` finds in all alternatives but those from outside the repository.
pub fn settle<T: PartialEq>(alternatives: &Alternatives, place: Place, read: impl Fn(&Value) -> Option<T>) -> Known<T> {
    let mut known: Option<(T, Vec<Place>)> = None;
    let mut unknown = None;
    for alternative in alternatives {
        match read(&alternative.value) {
            Some(value) => match &known {
                Some((first, _)) if *first != value => {
                    return Known::Unknown(Unknown { reason: HoleReason::Limit, place: Some(place) });
                }
                Some(_) => {}
                None => known = Some((value, alternative.evidence.clone())),
            },
            None => {
                let reason = unset(alternative).unwrap_or_else(|| why(&alternative.value, place));
                if !matches!(reason.reason, HoleReason::OutsideEnv(_)) {
                    return Known::Unknown(reason);
                }
                unknown = Some(reason);
            }
        }
    }
    match (known, unknown) {
        (Some((value, places)), _) => Known::Is(value, places),
        (None, Some(unknown)) => Known::Unknown(unknown),
        (None, None) => Known::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
    }
}

/// The variable that gives nothing as long as nobody outside the repository sets it: who runs the program does.
fn unset(alternative: &Alternative) -> Option<Unknown> {
    let of_test = |(test, sense): &(Test, Sense)| match (test, sense) {
        (Test::Defined(expr), Sense::Fails) => match &expr.kind {
            ExprKind::Env { name, .. } => Some(Arc::clone(name)),
            _ => None,
        },
        _ => None,
    };
    let name = alternative.taken.iter().find_map(of_test).filter(|_| alternative.value == Value::Undefined)?;
    Some(Unknown { reason: HoleReason::OutsideEnv(name), place: alternative.evidence.last().copied() })
}

/// Why a value is not known.
pub fn why(value: &Value, place: Place) -> Unknown {
    let piece = match value {
        Value::Unknown(unknown) => Some(unknown.clone()),
        Value::Text(text) => text.0.iter().find_map(|piece| match piece {
            crate::model::Piece::Unknown(unknown) => Some(unknown.clone()),
            _ => None,
        }),
        _ => None,
    };
    piece.unwrap_or(Unknown { reason: HoleReason::Unsupported, place: Some(place) })
}
