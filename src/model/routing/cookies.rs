//! Cookies of back ends, and whether these believe proxies, evaluated in each deployment that runs their code.

use super::contexts::{Contexts, JUDGED};
use super::scope::{all, deployed_scope, package_of, server_scope};
use crate::base::{FileId, Place, Span};
use crate::facts::Expr;
use crate::model::evaluate::Scope;
use crate::model::{Alternative, Alternatives, CookieUse, PackageId, TrustUse, Value, Wiring};

/// The cookies.
pub fn uses(wiring: &Wiring) -> Vec<CookieUse> {
    let contexts = Contexts::new(wiring);
    let mut uses = Vec::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for fact in &facts.cookies {
            let package = package_of(wiring, file);
            for context in contexts.of(package) {
                if is_full(wiring, uses.len(), file, fact.span) {
                    return uses;
                }
                let scope = scope(package, &context);
                let function = fact.function.as_deref();
                let value = |expr: &Option<Expr>| match expr {
                    Some(expr) => all(wiring, file, function, expr, &scope),
                    None => vec![absent()],
                };
                uses.push(CookieUse {
                    place: Place::new(file, fact.span),
                    package,
                    sender: fact.sender,
                    secure: value(&fact.secure),
                    same_site: value(&fact.same_site),
                    deployment: context.deployment,
                    mode: context.mode,
                });
            }
        }
    }
    uses
}

/// Where proxies are believed.
pub fn trust(wiring: &Wiring) -> Vec<TrustUse> {
    let contexts = Contexts::new(wiring);
    let mut uses = Vec::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for fact in &facts.proxy_trust {
            let package = package_of(wiring, file);
            for context in contexts.of(package) {
                if is_full(wiring, uses.len(), file, fact.span) {
                    return uses;
                }
                let values: Alternatives =
                    all(wiring, file, fact.function.as_deref(), &fact.value, &scope(package, &context));
                let place = Place::new(file, fact.span);
                uses.push(TrustUse { place, package, values, deployment: context.deployment, mode: context.mode });
            }
        }
    }
    uses
}

pub(super) fn is_full(wiring: &Wiring, known: usize, file: FileId, span: Span) -> bool {
    let is_full = known >= JUDGED.most_items();
    if is_full {
        wiring.limits.reached(Some(Place::new(file, span)), &JUDGED);
    }
    is_full
}

pub(super) fn scope(package: PackageId, context: &super::contexts::Context) -> Scope {
    match context.deployment {
        Some(deployment) => deployed_scope(package, deployment, context.service, context.mode.clone()),
        None => server_scope(package),
    }
}

/// An attribute that is not there.
fn absent() -> Alternative {
    Alternative { value: Value::Undefined, evidence: Vec::new(), taken: Vec::new(), assumptions: Vec::new() }
}
