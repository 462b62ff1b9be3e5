//! Cookies of back ends, and whether these believe proxies, evaluated in each deployment that runs their code.

use super::contexts::in_every_context;
use super::scope::all;
use crate::base::Place;
use crate::facts::Expr;
use crate::model::{Alternative, CookieUse, TrustUse, Value, Wiring};

/// The cookies.
pub fn uses(wiring: &Wiring) -> Vec<CookieUse> {
    in_every_context(
        wiring,
        |facts| &facts.cookies,
        |fact| fact.span,
        |run, fact| {
            let value = |expr: &Option<Expr>| match expr {
                Some(expr) => all(wiring, run.file, fact.function.as_deref(), expr, &run.scope),
                None => vec![absent()],
            };
            CookieUse {
                place: Place::new(run.file, fact.span),
                package: run.package,
                sender: fact.sender,
                secure: value(&fact.secure),
                same_site: value(&fact.same_site),
                deployment: run.context.deployment,
                mode: run.context.mode.clone(),
            }
        },
    )
}

/// Where proxies are believed.
pub fn trust(wiring: &Wiring) -> Vec<TrustUse> {
    in_every_context(
        wiring,
        |facts| &facts.proxy_trust,
        |fact| fact.span,
        |run, fact| TrustUse {
            place: Place::new(run.file, fact.span),
            package: run.package,
            values: all(wiring, run.file, fact.function.as_deref(), &fact.value, &run.scope),
            deployment: run.context.deployment,
            mode: run.context.mode.clone(),
        },
    )
}

/// An attribute that is not there.
fn absent() -> Alternative {
    Alternative { value: Value::Undefined, evidence: Vec::new(), taken: Vec::new(), assumptions: Vec::new() }
}
