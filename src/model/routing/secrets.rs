//! Keys of back ends, evaluated in each deployment that runs their code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::contexts::Contexts;
use super::cookies::{is_full, scope};
use super::scope::{all, package_of};
use super::settings::only_for_development;
use crate::base::{FileId, Place, Span};
use crate::facts::{DefinitionValue, ExprKind, FileFacts, SecretPurpose, visit};
use crate::model::{Alternatives, Assumption, SecretUse, Wiring};

/// The keys.
pub fn uses(wiring: &Wiring) -> Vec<SecretUse> {
    let contexts = Contexts::new(wiring);
    let mut uses = Vec::new();
    let mut known = Names::default();
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
                names.extend(known.met(wiring, &values));
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

/// What places are called: the variables and definitions of each file by where they begin, made when they are asked for.
#[derive(Default)]
struct Names(BTreeMap<FileId, BTreeMap<u32, (u32, Arc<str>)>>);

impl Names {
    /// What the places are called that values came through.
    fn met(&mut self, wiring: &Wiring, values: &Alternatives) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        for alternative in values {
            names.extend(alternative.assumptions.iter().filter_map(|assumption| match assumption {
                Assumption::NoOverride(name) => Some(Arc::clone(name)),
                _ => None,
            }));
            names.extend(alternative.evidence.iter().filter_map(|place| self.of(wiring, *place)));
        }
        names
    }

    /// The variable or definition that holds a place.
    fn of(&mut self, wiring: &Wiring, place: Place) -> Option<Arc<str>> {
        let facts = wiring.repository.get(place.file)?;
        let known = self.0.entry(place.file).or_insert_with(|| called(facts));
        let (_, (end, name)) = known.range(..=place.span.start).next_back()?;
        (place.span.end <= *end).then(|| Arc::clone(name))
    }
}

fn called(facts: &FileFacts) -> BTreeMap<u32, (u32, Arc<str>)> {
    let mut found = BTreeMap::new();
    let mut add = |span: Span, name: &Arc<str>| found.insert(span.start, (span.end, Arc::clone(name)));
    for entry in &facts.env {
        add(entry.name_span.cover(entry.value_span), &entry.name);
    }
    for definition in facts.module.iter().flat_map(|module| &module.definitions) {
        match &definition.value {
            DefinitionValue::Value(value) => {
                add(value.span, &definition.name);
            }
            DefinitionValue::Class(class) => {
                for field in &class.fields {
                    if let Some(value) = &field.value {
                        add(value.span, &field.name);
                    }
                }
            }
            DefinitionValue::Function(_) => {}
        }
    }
    found
}
