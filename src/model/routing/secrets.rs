//! Keys of back ends, evaluated in each deployment that runs their code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::contexts::in_every_context;
use super::scope::all;
use super::settings::only_for_development;
use crate::base::{FileId, Place, Span};
use crate::facts::{DefinitionValue, Expr, ExprKind, FileFacts, SecretPurpose, visit};
use crate::model::{Alternatives, Assumption, SecretUse, Wiring};

/// The keys.
pub fn uses(wiring: &Wiring) -> Vec<SecretUse> {
    let mut known = Names::default();
    let found = in_every_context(
        wiring,
        |facts| &facts.secrets,
        |fact| fact.span,
        |run, fact| {
            let values = all(wiring, run.file, fact.function.as_deref(), &fact.value, &run.scope);
            let mut called = Called::default();
            called.add(&fact.value);
            known.met(wiring, &values, &mut called);
            SecretUse {
                place: Place::new(run.file, fact.span),
                package: run.package,
                purpose: fact.purpose,
                values,
                names: called.names,
                variables: called.variables,
                deployment: run.context.deployment,
                mode: run.context.mode.clone(),
            }
        },
    );
    let is_meant = |found: &SecretUse| {
        found.purpose != SecretPurpose::Settings || !only_for_development(wiring, found.place.file, "SECRET_KEY")
    };
    found.into_iter().filter(is_meant).collect()
}

/// What a key is called.
#[derive(Clone, Default)]
struct Called {
    names: BTreeSet<Arc<str>>,
    variables: BTreeSet<Arc<str>>,
}

impl Called {
    /// What an expression calls it: of `settings.jwt_secret` the attribute, not the object.
    fn add(&mut self, expr: &Expr) {
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            match &expr.kind {
                ExprKind::Name(name) | ExprKind::Member(_, name) => {
                    self.names.insert(Arc::clone(name));
                }
                ExprKind::Env { name, .. } => self.add_variable(name),
                _ => expr.push_parts(&mut open),
            }
        }
    }

    fn add_variable(&mut self, name: &Arc<str>) {
        self.names.insert(Arc::clone(name));
        self.variables.insert(Arc::clone(name));
    }
}

/// What places are called: the variables and definitions of each file by where they begin, made when they are asked for.
#[derive(Default)]
struct Names(BTreeMap<FileId, BTreeMap<u32, (u32, Called)>>);

impl Names {
    /// Adds what the places are called that values came through.
    fn met(&mut self, wiring: &Wiring, values: &Alternatives, called: &mut Called) {
        for alternative in values {
            for assumption in &alternative.assumptions {
                if let Assumption::NoOverride(name) = assumption {
                    called.add_variable(name);
                }
            }
            for place in &alternative.evidence {
                if let Some(known) = self.of(wiring, *place) {
                    called.names.extend(known.names.iter().cloned());
                    called.variables.extend(known.variables.iter().cloned());
                }
            }
        }
    }

    /// The variable or definition that holds a place.
    fn of(&mut self, wiring: &Wiring, place: Place) -> Option<&Called> {
        let facts = wiring.repository.get(place.file)?;
        let known = self.0.entry(place.file).or_insert_with(|| holders(facts));
        let (_, (end, called)) = known.range(..=place.span.start).next_back()?;
        (place.span.end <= *end).then_some(called)
    }
}

fn holders(facts: &FileFacts) -> BTreeMap<u32, (u32, Called)> {
    let mut found = BTreeMap::new();
    for entry in &facts.env {
        let mut called = Called::default();
        called.add_variable(&entry.name);
        let span = entry.name_span.cover(entry.value_span);
        found.insert(span.start, (span.end, called));
    }
    let mut add = |span: Span, name: &Arc<str>, value: &Expr| {
        let mut called = Called::default();
        called.names.insert(Arc::clone(name));
        visit::exprs(value, &mut |expr| {
            if let ExprKind::Env { name, .. } = &expr.kind {
                called.add_variable(name);
            }
        });
        found.insert(span.start, (span.end, called));
    };
    for definition in facts.module.iter().flat_map(|module| &module.definitions) {
        match &definition.value {
            DefinitionValue::Value(value) => add(value.span, &definition.name, value),
            DefinitionValue::Class(class) => {
                for field in &class.fields {
                    if let Some(value) = &field.value {
                        add(value.span, &field.name, value);
                    }
                }
            }
            DefinitionValue::Function(_) => {}
        }
    }
    found
}
