//! Where applications and routers go: into functions of the repository, or out of sight.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::graph::{Graph, NodeId};
use crate::base::{FileId, Place};
use crate::facts::{DefinitionValue, Escape, EscapeTo, Expr, ExprKind, FileFacts, Framework, HoleReason, Slot, known};
use crate::model::evaluate::{Found, locate, look_up, look_up_export, module_named, module_targets};
use crate::model::{Unknown, Wiring};

/// A function or class of the repository: its file, and the name by which it is called.
type Called = (FileId, Arc<str>);

/// What functions get, and what goes where nobody looks.
#[derive(Debug, Default)]
pub struct Handed {
    params: BTreeMap<Called, BTreeSet<(Slot, NodeId)>>,
    /// Nodes to which something unseen may add, with the first reason.
    pub open: BTreeMap<NodeId, Unknown>,
}

impl Handed {
    /// What a parameter of a function gets.
    pub fn to(&self, file: FileId, function: &str, slot: &Slot) -> Vec<NodeId> {
        let found = self.params.get(&(file, Arc::from(function)));
        found.into_iter().flatten().filter(|(at, _)| at == slot).map(|(_, node)| *node).collect()
    }

    /// Follows every value that leaves the code that adapters read.
    pub fn follow(wiring: &Wiring, graph: &Graph<'_>) -> Self {
        let mut escapes: BTreeMap<Called, Vec<&Escape>> = BTreeMap::new();
        let mut work: Vec<(FileId, &Escape, NodeId)> = Vec::new();
        for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
            for escape in facts.handovers.iter().flat_map(|handovers| &handovers.escapes) {
                match (slot_of(&escape.value), &escape.function) {
                    (Some(_), Some(function)) => {
                        escapes.entry((file, Arc::clone(function))).or_default().push(escape);
                    }
                    (Some(_), None) => {}
                    (None, _) => {
                        let nodes = graph.resolve(wiring, file, escape.function.as_deref(), &escape.value).nodes;
                        work.extend(nodes.into_iter().map(|node| (file, escape, node)));
                    }
                }
            }
        }
        work.reverse();
        let mut handed = Self { open: cut_short(wiring, graph), ..Self::default() };
        while let Some((file, escape, node)) = work.pop() {
            let framework = graph.nodes[node.0].fact.framework;
            match target(wiring, file, escape, framework) {
                Goes::Nowhere => {}
                Goes::Away(why) => {
                    handed.open.entry(node).or_insert(why);
                }
                Goes::Into(function, slots) => {
                    for slot in slots {
                        let inside = handed.params.entry(function.clone()).or_default();
                        if !inside.insert((slot.clone(), node)) {
                            continue;
                        }
                        let on = escapes.get(&function).into_iter().flatten();
                        let on = on.filter(|escape| slot_of(&escape.value).as_ref() == Some(&slot));
                        work.extend(on.map(|escape| (function.0, *escape, node)));
                    }
                }
            }
        }
        handed
    }
}

/// Values of files that were not read to their end: what else is done with them nobody knows.
fn cut_short(wiring: &Wiring, graph: &Graph<'_>) -> BTreeMap<NodeId, Unknown> {
    let cut = |file: FileId| wiring.repository.get(file).and_then(|facts| facts.limits.first());
    let nodes = (0..).map(NodeId).zip(&graph.nodes);
    let open = nodes.filter_map(|(id, node)| {
        let place = Some(Place::new(node.file, cut(node.file)?.0));
        Some((id, Unknown { reason: HoleReason::Limit, place }))
    });
    open.collect()
}

/// The parameter that an expression is, with the property of it.
pub fn slot_of(expr: &Expr) -> Option<Slot> {
    match &expr.kind {
        ExprKind::Param(index) => Some(Slot::Position(*index)),
        ExprKind::Member(object, key) => match object.kind {
            ExprKind::Param(index) => Some(Slot::Property(index, Arc::clone(key))),
            _ => None,
        },
        _ => None,
    }
}

/// Where an escape leads.
enum Goes {
    /// To something that adds nothing.
    Nowhere,
    /// Out of sight.
    Away(Unknown),
    /// Into these parameters of a function of the repository.
    Into(Called, Vec<Slot>),
}

fn target(wiring: &Wiring, file: FileId, escape: &Escape, framework: Framework) -> Goes {
    let place = Some(Place::new(file, escape.span));
    // Their routes are stated where they are created.
    let is_fixed = matches!(framework, Framework::Ws | Framework::SocketIo | Framework::PythonSocketIo);
    let away = |what: Arc<str>| match is_fixed {
        true => Goes::Nowhere,
        false => Goes::Away(Unknown { reason: HoleReason::ExternalCall(what), place }),
    };
    match &escape.to {
        EscapeTo::Elsewhere => away(Arc::from("code that is not followed")),
        EscapeTo::Method(name) => away(Arc::from(format!(".{name}()"))),
        EscapeTo::Argument { callee, slot } => match function_of(wiring, file, callee) {
            Some(function) => {
                let slots = slots(wiring, &function, slot);
                if slots.is_empty() { away(super::graph::name_of(callee)) } else { Goes::Into(function, slots) }
            }
            None if module_of(wiring, file, callee, 0).is_some_and(|module| known::adds_nothing(&module)) => {
                Goes::Nowhere
            }
            None => away(super::graph::name_of(callee)),
        },
    }
}

/// The function or class of the repository that is called.
fn function_of(wiring: &Wiring, file: FileId, callee: &Expr) -> Option<Called> {
    let has = |file: FileId, name: &str| {
        let handovers = wiring.repository.get(file).and_then(|facts| facts.handovers.as_deref());
        handovers.is_some_and(|handovers| handovers.functions.iter().any(|known| **known == *name))
    };
    if let Some(name) = crate::model::evaluate::dotted(callee).filter(|name| has(file, name)) {
        return Some((file, Arc::from(name)));
    }
    if let Some((module, name)) = required(callee) {
        let name = name.unwrap_or("default");
        let target = module_targets(wiring, file, module).first().copied()?;
        if has(target, name) {
            return Some((target, Arc::from(name)));
        }
        let name = Expr::new(callee.span, ExprKind::Name(Arc::from(name)));
        return locate(wiring, target, &exported(wiring, target, name), &has).map(|symbol| (symbol.file, symbol.name));
    }
    locate(wiring, file, callee, &has).map(|symbol| (symbol.file, symbol.name))
}

/// The local name of an exported one.
fn exported(wiring: &Wiring, file: FileId, name: Expr) -> Expr {
    let ExprKind::Name(wanted) = &name.kind else { return name };
    let module = wiring.repository.get(file).and_then(|facts| facts.module.as_deref());
    let export = module.and_then(|module| module.exports.iter().find(|export| export.exported == *wanted));
    match export.filter(|export| export.module.is_none()) {
        Some(export) => Expr::new(name.span, ExprKind::Name(Arc::clone(&export.local))),
        None => name,
    }
}

/// `require('./routes')` and `require('./routes').init`: the module and the name.
fn required(callee: &Expr) -> Option<(&str, Option<&str>)> {
    let (call, name) = match &callee.kind {
        ExprKind::Member(object, name) => (&**object, Some(&**name)),
        _ => (callee, None),
    };
    let ExprKind::Call { callee, args, .. } = &call.kind else { return None };
    let is_require = matches!(&callee.kind, ExprKind::Name(name) if &**name == "require");
    is_require.then(|| args.first().and_then(Expr::as_str)).flatten().map(|module| (module, name))
}

/// The parameters that an argument goes to; none when that cannot be said.
fn slots(wiring: &Wiring, function: &Called, slot: &Slot) -> Vec<Slot> {
    let Slot::Keyword(name) = slot else { return vec![slot.clone()] };
    let Some(facts) = wiring.repository.get(function.0) else { return Vec::new() };
    let index = parameters(facts, &function.1).and_then(|params| params.iter().position(|param| param == name));
    index.and_then(|index| u32::try_from(index).ok()).map(Slot::Position).into_iter().collect()
}

fn parameters(facts: &FileFacts, function: &str) -> Option<Vec<Arc<str>>> {
    facts.module.as_deref()?.definitions.iter().find_map(|definition| match &definition.value {
        DefinitionValue::Function(known) if *definition.name == *function => {
            Some(known.params.iter().map(|param| Arc::clone(&param.name)).collect())
        }
        _ => None,
    })
}

/// Definitions between a name and the package that its value is made by.
const MAX_DEPTH: u32 = 6;

/// The package that a callee comes from: what it is imported from, or what made the object that it is a method of.
fn module_of(wiring: &Wiring, file: FileId, callee: &Expr, depth: u32) -> Option<Arc<str>> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &callee.kind {
        ExprKind::Name(name) => match look_up(wiring, file, name) {
            Found::External(module) => Some(Arc::from(module)),
            Found::Value(in_file, value) => module_of(wiring, in_file, value, depth + 1),
            // A class of the repository that only extends one of a package.
            Found::Class(in_file, class) => {
                class.bases.first().and_then(|base| module_of(wiring, in_file, base, depth + 1))
            }
            Found::Function(..) | Found::Module(_) => None,
            Found::Missing => import_of(wiring, file, name),
        },
        ExprKind::Member(object, name) => match module_named(wiring, file, object) {
            Some(module) => match look_up_export(wiring, module, name) {
                Found::External(module) => Some(Arc::from(module)),
                Found::Value(in_file, value) => module_of(wiring, in_file, value, depth + 1),
                _ => None,
            },
            None => module_of(wiring, file, object, depth + 1),
        },
        ExprKind::Call { callee, .. } => module_of(wiring, file, callee, depth + 1),
        ExprKind::Hole(HoleReason::ExternalCall(text)) => {
            let root = text.split('.').next().unwrap_or(text);
            import_of(wiring, file, root)
        }
        _ => None,
    }
}

/// The module that a name is imported from, when that is a package.
fn import_of(wiring: &Wiring, file: FileId, name: &str) -> Option<Arc<str>> {
    let module = wiring.repository.get(file)?.module.as_deref()?;
    let import = module.imports.iter().find(|import| &*import.local == name)?;
    module_targets(wiring, file, &import.module).is_empty().then(|| Arc::clone(&import.module))
}
