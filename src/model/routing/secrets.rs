//! Keys of back ends, evaluated in each deployment that runs their code.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::contexts::Contexts;
use super::cookies::{is_full, scope};
use super::scope::{all, package_of};
use super::settings::only_for_development;
use crate::base::Place;
use crate::facts::{DefinitionValue, ExprKind, FileFacts, SecretPurpose, visit};
use crate::model::{Alternatives, Assumption, SecretUse, Wiring};

/// The keys.
pub fn uses(wiring: &Wiring) -> Vec<SecretUse> {
    let contexts = Contexts::new(wiring);
    let mut uses = Vec::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for fact in &facts.secrets {
            if fact.purpose == SecretPurpose::Settings && only_for_development(wiring, file, "SECRET_KEY") {
                continue;
            }
            let package = package_of(wiring, file);
            for context in contexts.of(package) {
                if is_full(wiring, uses.len(), file, fact.span) {
                    return uses;
                }
                let values = all(wiring, file, fact.function.as_deref(), &fact.value, &scope(package, &context));
                let mut names = BTreeSet::new();
                visit::exprs(&fact.value, &mut |expr| match &expr.kind {
                    ExprKind::Name(name) | ExprKind::Member(_, name) | ExprKind::Env { name, .. } => {
                        names.insert(Arc::clone(name));
                    }
                    _ => {}
                });
                names.extend(met(wiring, &values));
                uses.push(SecretUse {
                    place: Place::new(file, fact.span),
                    package,
                    purpose: fact.purpose,
                    values,
                    names,
                    deployment: context.deployment,
                    mode: context.mode,
                });
            }
        }
    }
    uses
}

/// What the places are called that values came through.
fn met(wiring: &Wiring, values: &Alternatives) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    for alternative in values {
        names.extend(alternative.assumptions.iter().filter_map(|assumption| match assumption {
            Assumption::NoOverride(name) => Some(Arc::clone(name)),
            _ => None,
        }));
        for place in &alternative.evidence {
            names.extend(wiring.repository.get(place.file).into_iter().flat_map(|facts| called(facts, *place)));
        }
    }
    names
}

/// The variables and definitions of a file that hold a place.
fn called(facts: &FileFacts, place: Place) -> Vec<Arc<str>> {
    let holds = |span: crate::base::Span| span.start <= place.span.start && place.span.end <= span.end;
    let entries = facts
        .env
        .iter()
        .filter(|entry| holds(entry.name_span.cover(entry.value_span)))
        .map(|entry| Arc::clone(&entry.name));
    let mut names: Vec<Arc<str>> = entries.collect();
    for definition in facts.module.iter().flat_map(|module| &module.definitions) {
        match &definition.value {
            DefinitionValue::Value(value) if holds(value.span) => names.push(Arc::clone(&definition.name)),
            DefinitionValue::Class(class) => names.extend(
                class
                    .fields
                    .iter()
                    .filter(|field| field.value.as_ref().is_some_and(|value| holds(value.span)))
                    .map(|field| Arc::clone(&field.name)),
            ),
            _ => {}
        }
    }
    names
}
