//! What of a file's top level is kept, and which other modules it needs.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::facts::lang::ecma::is_opaque;
use crate::facts::visit::facts_names;
use crate::facts::{Definition, DefinitionValue, Expr, ExprKind, FileFacts, Module, needs};

/// Keeps the definitions that can matter, and notes what they and the facts need from other modules.
pub fn settle(module: Module, facts: &mut FileFacts) -> Module {
    let mut named: BTreeSet<Arc<str>> = BTreeSet::new();
    facts_names(facts, &mut |name| {
        named.insert(Arc::clone(name));
    });
    let framed: BTreeSet<Arc<str>> = facts.client_calls.iter().filter_map(|call| call.function.clone()).collect();
    let own = needs::used_by_facts(facts, &module);
    // What other files may ask for.
    let exports = module.exports.iter().filter(|export| export.module.is_none());
    let used =
        needs::used(&module, own.iter().cloned().chain(exports.map(|export| Arc::clone(&export.local))).collect());
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
    needed.extend(kept.imports.iter().filter(|import| own.contains(&import.local)).map(|import| import.module.clone()));
    needed.extend(loaded(facts, &kept));
    facts.demands.extend(needed.iter().filter_map(needs::demand));
    kept
}

/// The modules that expressions load by themselves.
fn loaded(facts: &FileFacts, module: &Module) -> BTreeSet<Arc<str>> {
    let mut found = BTreeSet::new();
    let mut look = |expr: &Expr| {
        crate::facts::visit::exprs(expr, &mut |expr| {
            if let ExprKind::Module(text) = &expr.kind {
                found.insert(Arc::clone(text));
            }
        });
    };
    crate::facts::visit::facts_exprs(facts, &mut |expr| look(expr));
    module.definitions.iter().for_each(|definition| needs::definition_exprs(&definition.value, &mut look));
    found
}
