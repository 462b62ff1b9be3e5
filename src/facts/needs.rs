//! What the facts of a module need from other modules, and what its exports need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::lang::ecma::{is_configured, is_external_module, is_opaque};
use super::visit::{facts_names, names};
use super::{DefinitionValue, Demand, Expr, FileFacts, Function, Module};

/// What is asked of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// Whatever it exports.
    All,
    /// What it exports under these names.
    These(BTreeSet<Arc<str>>),
}

impl Names {
    fn add(&mut self, name: &Arc<str>) {
        match self {
            Self::All => {}
            Self::These(_) if &**name == "*" => *self = Self::All,
            Self::These(names) => {
                names.insert(Arc::clone(name));
            }
        }
    }
}

/// What is asked of other modules, by their texts.
pub type Asked = BTreeMap<Arc<str>, Names>;

/// What the facts of a file ask of the modules that they need. A demand of which no import tells the names asks for all.
#[must_use]
pub fn asked_by_facts(facts: &FileFacts) -> Asked {
    let Some(module) = facts.module.as_deref() else { return Asked::new() };
    imported(module, &used_by_facts(facts, module))
}

/// What an export needs of other modules.
#[must_use]
pub fn asked_by_export(module: &Module, name: &str) -> Asked {
    let mut asked = Asked::new();
    let mut roots = BTreeSet::new();
    let own = module.exports.iter().filter(|export| &*export.exported == name);
    for export in own {
        match &export.module {
            None => {
                roots.insert(Arc::clone(&export.local));
            }
            Some(from) => add(&mut asked, from, &export.local),
        }
    }
    if roots.is_empty() && asked.is_empty() {
        if module.definitions.iter().any(|definition| &*definition.name == name) {
            roots.insert(Arc::from(name));
        }
        let whole = module.exports.iter().filter(|export| &*export.exported == "*");
        for from in whole.filter_map(|export| export.module.as_ref()) {
            add(&mut asked, from, &Arc::from(name));
        }
    }
    asked_together(asked, imported(module, &used(module, roots)))
}

/// What all exports of a module need.
#[must_use]
pub fn asked_by_exports(module: &Module) -> Asked {
    let mut asked = Asked::new();
    let mut roots: BTreeSet<Arc<str>> =
        module.definitions.iter().map(|definition| Arc::clone(&definition.name)).collect();
    for export in &module.exports {
        match &export.module {
            None => {
                roots.insert(Arc::clone(&export.local));
            }
            Some(from) => add(&mut asked, from, &export.local),
        }
    }
    asked_together(asked, imported(module, &used(module, roots)))
}

fn asked_together(mut one: Asked, other: Asked) -> Asked {
    for (module, names) in other {
        match (one.get_mut(&module), names) {
            (None, names) => {
                one.insert(module, names);
            }
            (Some(known), Names::All) => *known = Names::All,
            (Some(known), Names::These(names)) => names.iter().for_each(|name| known.add(name)),
        }
    }
    one
}

fn imported(module: &Module, used: &BTreeSet<Arc<str>>) -> Asked {
    let mut asked = Asked::new();
    for import in module.imports.iter().filter(|import| used.contains(&import.local)) {
        add(&mut asked, &import.module, &import.imported);
    }
    asked
}

fn add(asked: &mut Asked, module: &Arc<str>, name: &Arc<str>) {
    asked.entry(Arc::clone(module)).or_insert_with(|| Names::These(BTreeSet::new())).add(name);
}

/// The demand for a module; `None` for what is never part of an address: packages of the runtime and of the view, and files
/// that are no modules.
#[must_use]
pub fn demand(module: &Arc<str>) -> Option<Demand> {
    let module = Arc::clone(module);
    is_followed(&module)
        .then(|| if module.ends_with(".json") { Demand::Data(module) } else { Demand::EcmaModule(module) })
}

/// The names that the facts of a file lead to, inside of it: what they use, and what holds connections.
pub fn used_by_facts(facts: &FileFacts, module: &Module) -> BTreeSet<Arc<str>> {
    let mut roots: BTreeSet<Arc<str>> = BTreeSet::new();
    facts_names(facts, &mut |name| {
        roots.insert(Arc::clone(name));
    });
    let around = facts.call_sites.iter().filter_map(|site| site.function.as_deref());
    let framed = facts.client_calls.iter().filter_map(|call| call.function.as_deref());
    roots.extend(around.chain(framed).map(|function| Arc::from(function.split('.').next().unwrap_or(""))));
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
    for global in &module.globals {
        definition_exprs(&global.value, &mut |expr| {
            names(expr, &mut |name| {
                roots.insert(Arc::clone(name));
            });
        });
    }
    used(module, roots)
}

/// Everything that the roots lead to inside the file.
pub fn used(module: &Module, roots: BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
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

/// The expressions of a definition.
pub fn definition_exprs(value: &DefinitionValue, visit: &mut dyn FnMut(&Expr)) {
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
