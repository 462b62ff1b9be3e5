//! What of a file's top level is kept, and which other modules it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::lang::ecma::{is_configured, is_external_module, is_opaque};
use crate::facts::visit::{facts_names, names};
use crate::facts::{Definition, DefinitionValue, Demand, Expr, ExprKind, FileFacts, Function, Module};

/// Keeps the definitions that can matter, and notes what they and the facts need from other modules.
pub fn settle(module: Module, facts: &mut FileFacts) -> Module {
    let mut named: BTreeSet<Arc<str>> = BTreeSet::new();
    facts_names(facts, &mut |name| {
        named.insert(Arc::clone(name));
    });
    let framed: BTreeSet<Arc<str>> = facts.client_calls.iter().filter_map(|call| call.function.clone()).collect();
    // What the facts use, what holds connections, and what other files may ask for.
    let mut roots = named.clone();
    let around = facts.call_sites.iter().filter_map(|site| site.function.as_deref());
    roots.extend(around.map(|function| Arc::from(function.split('.').next().unwrap_or(""))));
    roots.extend(framed.iter().map(|function| Arc::from(function.split('.').next().unwrap_or(""))));
    let own_exports = module.exports.iter().filter(|export| export.module.is_none());
    roots.extend(own_exports.map(|export| Arc::clone(&export.local)));
    if module.imports.is_empty() && module.exports.is_empty() {
        // A script: its names are those of the page.
        roots.extend(module.definitions.iter().map(|it| &it.name).filter(|name| is_configured(name)).cloned());
    }
    roots.extend(module.changes.iter().map(|change| Arc::clone(&change.local)));
    for change in &module.changes {
        names(&change.value, &mut |name| {
            roots.insert(Arc::clone(name));
        });
    }
    if !facts.client_calls.is_empty() {
        roots.extend(declared_classes(&module));
    }
    for global in &module.globals {
        definition_exprs(&global.value, &mut |expr| {
            names(expr, &mut |name| {
                roots.insert(Arc::clone(name));
            });
        });
    }
    let used = close(&module, roots);
    let closures = facts.client_calls.iter().filter_map(|call| call.closure);
    let closures: BTreeSet<u32> =
        closures.chain(facts.call_sites.iter().filter_map(|site| site.closure)).map(|it| it.inner).collect();
    let mut kept = module;
    kept.definitions.retain(|Definition { name, value, .. }| {
        used.contains(name)
            && match value {
                DefinitionValue::Value(value) => !is_opaque(value) || named.contains(name),
                DefinitionValue::Function(function) => {
                    function.returns.is_some() || framed.contains(name) || closures.contains(&function.key)
                }
                DefinitionValue::Class(_) => true,
            }
    });
    let mut needed: BTreeSet<Arc<str>> = BTreeSet::new();
    needed
        .extend(kept.imports.iter().filter(|import| used.contains(&import.local)).map(|import| import.module.clone()));
    for expr in loaded(facts, &kept) {
        needed.insert(expr);
    }
    needed.extend(kept.exports.iter().filter_map(|export| export.module.clone()));
    let needed = needed.into_iter().filter(|module| is_followed(module));
    facts.demands.extend(needed.map(|module| match module.ends_with(".json") && !module.starts_with('/') {
        true => Demand::Data(module),
        // What pages ask their server for is below the folder of public files.
        false => Demand::EcmaModule(module),
    }));
    kept
}

/// What the constructors of a file are declared to be given objects of.
fn declared_classes(module: &Module) -> impl Iterator<Item = Arc<str>> + '_ {
    let classes = module.definitions.iter().filter_map(|definition| match &definition.value {
        DefinitionValue::Class(class) => Some(class),
        DefinitionValue::Value(_) | DefinitionValue::Function(_) => None,
    });
    let constructors = classes.flat_map(|class| &class.methods).filter(|(name, _)| &**name == "constructor");
    constructors.flat_map(|(_, method)| &method.params).filter_map(|param| param.annotation.clone())
}

/// Everything that the roots lead to inside the file.
fn close(module: &Module, roots: BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
    let mut uses: BTreeMap<&Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for definition in &module.definitions {
        let own = uses.entry(&definition.name).or_default();
        definition_exprs(&definition.value, &mut |expr| {
            names(expr, &mut |name| {
                own.insert(Arc::clone(name));
            });
        });
    }
    let mut closed = BTreeSet::new();
    let mut open: Vec<Arc<str>> = roots.into_iter().collect();
    while let Some(name) = open.pop() {
        if let Some(uses) = uses.get(&name) {
            open.extend(uses.iter().filter(|used| !closed.contains(*used)).cloned());
        }
        closed.insert(name);
    }
    closed
}

fn definition_exprs(value: &DefinitionValue, visit: &mut dyn FnMut(&Expr)) {
    match value {
        DefinitionValue::Value(value) => {
            if !is_opaque(value) {
                visit(value);
            }
        }
        DefinitionValue::Function(function) => function_exprs(function, visit),
        DefinitionValue::Class(class) => {
            class.bases.iter().for_each(&mut *visit);
            class.fields.iter().filter_map(|field| field.value.as_ref()).for_each(&mut *visit);
            class.methods.iter().for_each(|(_, method)| function_exprs(method, visit));
        }
    }
}

/// What a function returns, and what its parameters are when nothing is given.
fn function_exprs(function: &Function, visit: &mut dyn FnMut(&Expr)) {
    function.params.iter().filter_map(|param| param.default.as_ref()).for_each(&mut *visit);
    function.returns.iter().for_each(visit);
}

/// Packages of the runtime and of the view, and files that are no modules, are never part of an address.
fn is_followed(module: &str) -> bool {
    !is_external_module(module)
        && !module.contains('?')
        && ![".css", ".scss", ".svg", ".png", ".jpg", ".webp", ".vue", ".svelte"]
            .iter()
            .any(|suffix| module.ends_with(suffix))
}

/// The modules that expressions load by themselves.
fn loaded(facts: &FileFacts, module: &Module) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    let mut look = |expr: &Expr| {
        crate::facts::visit::exprs(expr, &mut |expr| match &expr.kind {
            ExprKind::Module(text) => {
                found.insert(Arc::clone(text));
            }
            ExprKind::File(text) if text.starts_with('/') => {
                found.insert(Arc::clone(text));
            }
            _ => {}
        });
    };
    crate::facts::visit::facts_exprs(facts, &mut |expr| look(expr));
    module.definitions.iter().for_each(|definition| definition_exprs(&definition.value, &mut look));
    found
}
