//! Applications and routers of all files, and what their names lead to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{FileId, Place};
use crate::facts::{
    DefinitionValue, Expr, ExprKind, Framework, HoleReason, MountFact, MountStyle, RouteFact, RouterFact, RouterKind,
};
use crate::model::evaluate::{Found, dotted, locate, look_up, look_up_export, module_named, module_targets};
use crate::model::{Unknown, Wiring};

use super::handover::{Handed, slot_of};

/// Index of a [`Node`] in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub usize);

/// An application or router.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// Its file.
    pub file: FileId,
    /// What the file says of it.
    pub fact: &'a RouterFact,
}

/// Something that is put into another one.
#[derive(Clone, Debug)]
pub struct Edge<'a> {
    /// What is put in; none when it could not be found.
    pub children: Vec<NodeId>,
    /// Why there may be more below the parent than is known.
    pub unknown: Option<Unknown>,
    /// The file of the registration.
    pub file: FileId,
    /// The registration.
    pub fact: &'a MountFact,
}

/// All applications and routers with what hangs on them.
#[derive(Debug)]
pub struct Graph<'a> {
    /// The nodes, in path and source order.
    pub nodes: Vec<Node<'a>>,
    /// Mounts whose parent is known.
    pub edges: Vec<Edge<'a>>,
    /// Routes of each node.
    pub routes: BTreeMap<NodeId, Vec<(FileId, &'a RouteFact)>>,
    /// Registrations on something that could not be found, with the reason.
    pub adrift: Vec<(FileId, Unknown)>,
    /// What happens to nodes beyond what is read.
    pub handed: Handed,
    by_file: BTreeMap<FileId, Vec<NodeId>>,
    /// Nodes by the name that their file gives them.
    by_name: BTreeMap<(FileId, Arc<str>), Called>,
    /// The first node that is made at a place.
    by_place: BTreeMap<Place, NodeId>,
    /// Positions in `edges` of what is put into each node.
    below: BTreeMap<NodeId, Vec<usize>>,
    /// Positions in `edges` of what each node is put into, with that node.
    above: BTreeMap<NodeId, Vec<(NodeId, usize)>>,
    /// Those of them that are put below a prefix.
    prefixed: BTreeSet<NodeId>,
}

/// The nodes of one name in one file.
#[derive(Debug, Default)]
struct Called {
    /// In source order.
    nodes: Vec<NodeId>,
    /// The last one that each function makes, and the last one outside of functions.
    last: BTreeMap<Option<Arc<str>>, NodeId>,
}

/// What an expression leads to.
#[derive(Clone, Debug, Default)]
pub struct Referred {
    /// The nodes.
    pub nodes: Vec<NodeId>,
    /// Whether it is something that holds no routes: middleware, a library's value.
    pub harmless: bool,
}

const MAX_DEPTH: u32 = 8;

impl<'a> Graph<'a> {
    /// The graph of all files that take part.
    pub fn new(wiring: &'a Wiring) -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            edges: Vec::new(),
            routes: BTreeMap::new(),
            adrift: Vec::new(),
            handed: Handed::default(),
            by_file: BTreeMap::new(),
            by_name: BTreeMap::new(),
            by_place: BTreeMap::new(),
            below: BTreeMap::new(),
            above: BTreeMap::new(),
            prefixed: BTreeSet::new(),
        };
        let files = || wiring.repository.iter().filter(|(_, facts)| facts.role.speaks());
        for (file, facts) in files() {
            for fact in &facts.routers {
                let id = NodeId(graph.nodes.len());
                graph.by_file.entry(file).or_default().push(id);
                let called = graph.by_name.entry((file, Arc::clone(&fact.name))).or_default();
                called.nodes.push(id);
                called.last.insert(fact.function.clone(), id);
                graph.by_place.entry(Place::new(file, fact.span)).or_insert(id);
                graph.nodes.push(Node { file, fact });
            }
        }
        graph.handed = Handed::follow(wiring, &graph);
        for (file, facts) in files() {
            for fact in &facts.routes {
                let referred = graph.resolve(wiring, file, fact.function.as_deref(), &fact.router);
                if referred.nodes.is_empty() && !referred.harmless && slot_of(&fact.router).is_none() {
                    let reason = HoleReason::UnknownName(name_of(&fact.router));
                    graph.adrift.push((file, Unknown { reason, place: Some(Place::new(file, fact.span)) }));
                }
                for node in referred.nodes {
                    graph.routes.entry(node).or_default().push((file, fact));
                }
            }
            for fact in &facts.mounts {
                graph.mount(wiring, file, fact);
            }
        }
        graph
    }

    fn mount(&mut self, wiring: &'a Wiring, file: FileId, fact: &'a MountFact) {
        let Referred { nodes: parents, harmless } = self.resolve(wiring, file, fact.function.as_deref(), &fact.parent);
        let (children, unknown) = match fact.style {
            MountStyle::Static => (Vec::new(), None),
            MountStyle::Gateway | MountStyle::Extension => {
                (self.resolve(wiring, file, fact.function.as_deref(), &fact.child).nodes, None)
            }
            MountStyle::Mount if serves_files(wiring, file, &fact.child) => (Vec::new(), None),
            MountStyle::Include | MountStyle::Mount | MountStyle::WholePath | MountStyle::Serves => {
                let referred = self.resolve(wiring, file, fact.function.as_deref(), &fact.child);
                let reason = HoleReason::UnknownName(name_of(&fact.child));
                // What stands in a list of Django's routes is routes, whatever makes it.
                let lists = |id: &NodeId| {
                    let framework = self.nodes.get(id.0).map(|node| node.fact.framework);
                    fact.style == MountStyle::Include
                        && matches!(framework, Some(Framework::Django | Framework::Channels))
                };
                let is_list = parents.iter().any(lists);
                let missing = referred.nodes.is_empty() && (!referred.harmless || is_list);
                (referred.nodes, missing.then(|| Unknown { reason, place: Some(Place::new(file, fact.span)) }))
            }
        };
        let may_be_lost = !harmless
            && slot_of(&fact.parent).is_none()
            && !matches!(fact.style, MountStyle::Serves | MountStyle::Extension);
        if parents.is_empty() && may_be_lost {
            let reason = HoleReason::UnknownName(name_of(&fact.parent));
            self.adrift.push((file, Unknown { reason, place: Some(Place::new(file, fact.span)) }));
        }
        for parent in parents {
            let children: Vec<NodeId> = children.iter().copied().filter(|child| *child != parent).collect();
            for child in &children {
                self.above.entry(*child).or_default().push((parent, self.edges.len()));
            }
            if fact.prefix.is_some() {
                self.prefixed.extend(&children);
            }
            self.below.entry(parent).or_default().push(self.edges.len());
            self.edges.push(Edge { children, unknown: unknown.clone(), file, fact });
        }
    }

    /// Whether what is said of a node holds for all requests of its application: it is one itself, below no prefix.
    pub fn is_whole(&self, id: NodeId) -> bool {
        self.nodes.get(id.0).is_some_and(|node| node.fact.kind == RouterKind::App) && !self.prefixed.contains(&id)
    }

    /// What is put into a node, in the order of the registrations.
    pub fn below(&self, id: NodeId) -> impl Iterator<Item = &Edge<'a>> {
        self.below.get(&id).into_iter().flatten().filter_map(|at| self.edges.get(*at))
    }

    /// Whether a node is put into another one.
    pub fn is_inner(&self, id: NodeId) -> bool {
        self.above.contains_key(&id)
    }

    /// The nodes that a node is put into, with the registrations.
    pub fn above(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Edge<'a>)> {
        self.above.get(&id).into_iter().flatten().filter_map(|(parent, at)| Some((*parent, self.edges.get(*at)?)))
    }

    /// The nodes of a name in a file.
    fn called(&self, file: FileId, name: &str) -> impl DoubleEndedIterator<Item = (NodeId, &'a RouterFact)> {
        let found = self.by_name.get(&(file, Arc::from(name))).into_iter().flat_map(|called| &called.nodes);
        found.filter_map(|id| Some((*id, self.nodes.get(id.0)?.fact)))
    }

    /// The nodes that an expression of `file`, inside `function`, denotes.
    pub fn resolve(&self, wiring: &Wiring, file: FileId, function: Option<&str>, expr: &Expr) -> Referred {
        self.resolve_bounded(wiring, file, function, expr, 0)
    }

    fn resolve_bounded(
        &self,
        wiring: &Wiring,
        file: FileId,
        function: Option<&str>,
        expr: &Expr,
        depth: u32,
    ) -> Referred {
        if depth > MAX_DEPTH {
            return Referred::default();
        }
        let one = |node: NodeId| Referred { nodes: vec![node], harmless: false };
        if let Some(slot) = slot_of(expr) {
            let nodes = function.map(|function| self.handed.to(file, function, &slot)).unwrap_or_default();
            return Referred { nodes, harmless: false };
        }
        match &expr.kind {
            ExprKind::Name(name) if name.is_empty() => self.spanning(file, expr).map(one).unwrap_or_default(),
            ExprKind::Name(_) | ExprKind::Member(..) => {
                if let Some(node) = dotted(expr).and_then(|path| self.named(file, function, &path)) {
                    return one(node);
                }
                let known = |file: FileId, name: &str| self.exported(file, name).is_some();
                if let Some(symbol) = locate(wiring, file, expr, &known) {
                    return self.exported(symbol.file, &symbol.name).map(one).unwrap_or_default();
                }
                self.resolve_value(wiring, file, expr, depth)
            }
            ExprKind::Call { callee, args, .. } => {
                if let (ExprKind::Name(name), [module]) = (&callee.kind, args.as_slice())
                    && &**name == "require"
                    && let Some(module) = module.as_str()
                {
                    return self.required(wiring, file, module);
                }
                self.resolve_factory(wiring, file, callee, depth)
            }
            ExprKind::Choice(arms) => {
                let mut nodes: Vec<NodeId> = arms
                    .iter()
                    .flat_map(|arm| self.resolve_bounded(wiring, file, function, &arm.value, depth + 1).nodes)
                    .collect();
                nodes.dedup();
                Referred { nodes, harmless: false }
            }
            ExprKind::Null | ExprKind::Undefined => Referred { nodes: Vec::new(), harmless: true },
            _ => self.spanning(file, expr).map(one).unwrap_or_default(),
        }
    }

    fn resolve_value(&self, wiring: &Wiring, file: FileId, expr: &Expr, depth: u32) -> Referred {
        match &expr.kind {
            ExprKind::Name(name) => match look_up(wiring, file, name) {
                Found::Value(in_file, value) => self.resolve_bounded(wiring, in_file, None, value, depth + 1),
                // A function of the repository that makes no router is middleware.
                Found::Function(in_file, _) => {
                    Referred { nodes: Vec::new(), harmless: !self.by_file.contains_key(&in_file) }
                }
                Found::Module(module) => self.exported_default(wiring, module),
                Found::External(module) => {
                    Referred { nodes: Vec::new(), harmless: !module.starts_with('.') && !module.starts_with('@') }
                }
                Found::Missing => Referred { nodes: Vec::new(), harmless: self.is_plain_import(wiring, file, name) },
                Found::Class(..) => Referred::default(),
            },
            ExprKind::Member(object, name) => {
                if let Some(module) = module_named(wiring, file, object) {
                    return match look_up_export(wiring, module, name) {
                        Found::Value(in_file, value) => self.resolve_bounded(wiring, in_file, None, value, depth + 1),
                        Found::Function(in_file, _) => {
                            Referred { nodes: Vec::new(), harmless: !self.by_file.contains_key(&in_file) }
                        }
                        _ => Referred::default(),
                    };
                }
                self.resolve_attribute(wiring, file, object, name, depth)
            }
            _ => Referred::default(),
        }
    }

    /// `server.app` where `server` is an object of a class that keeps an application in `self.app`.
    fn resolve_attribute(&self, wiring: &Wiring, file: FileId, object: &Expr, name: &str, depth: u32) -> Referred {
        let Some((class_file, class)) = class_of(wiring, file, object, depth) else {
            return Referred::default();
        };
        let node = ["self", "this"].iter().find_map(|receiver| {
            let path = format!("{receiver}.{name}");
            self.called(class_file, &path).find(|(_, fact)| fact.function.as_deref().is_none_or(|it| it == &*class))
        });
        node.map(|(id, _)| Referred { nodes: vec![id], harmless: false }).unwrap_or_default()
    }

    /// `create_app()`: what the function makes, and nothing else takes in.
    fn resolve_factory(&self, wiring: &Wiring, file: FileId, callee: &Expr, depth: u32) -> Referred {
        let found = match &callee.kind {
            ExprKind::Name(name) => look_up(wiring, file, name),
            ExprKind::Member(object, name) => match module_named(wiring, file, object) {
                Some(module) => look_up_export(wiring, module, name),
                None => Found::Missing,
            },
            _ => Found::Missing,
        };
        // `const createApp = require('./app')`
        let found = match found {
            Found::Module(module) => match look_up_export(wiring, module, "default") {
                Found::Missing if self.makes(module, "default") => {
                    return self.outermost(module, "default");
                }
                found => found,
            },
            found => found,
        };
        let (in_file, name) = match found {
            Found::Function(in_file, function) => {
                let returned = function.returns.as_ref().map(|returned| {
                    let name = definition_name(wiring, in_file, function);
                    self.resolve_bounded(wiring, in_file, name.as_deref(), returned, depth + 1)
                });
                match returned {
                    Some(returned) if !returned.nodes.is_empty() => return returned,
                    _ => (in_file, definition_name(wiring, in_file, function)),
                }
            }
            Found::External(_) => return Referred { nodes: Vec::new(), harmless: true },
            // Functions without a value that is followed are no definitions.
            Found::Missing => match locate(wiring, file, callee, &|file, name| self.makes(file, name)) {
                Some(symbol) => (symbol.file, Some(symbol.name)),
                None => {
                    let harmless = matches!(&callee.kind, ExprKind::Name(name)
                        if self.is_plain_import(wiring, file, name) || self.is_plain_name(wiring, file, name));
                    return Referred { nodes: Vec::new(), harmless };
                }
            },
            // `Application()`, of a class that is an application: what its constructor makes has no name of its own.
            Found::Class(in_file, class) => {
                let name = class_name(wiring, in_file, class);
                let is_itself = |fact: &RouterFact| {
                    fact.name.is_empty() && name.is_some() && fact.function.as_deref() == name.as_deref()
                };
                let nodes = self.of_file(in_file).filter(|(_, fact)| is_itself(fact)).map(|(id, _)| id).collect();
                return Referred { nodes, harmless: false };
            }
            _ => return Referred::default(),
        };
        match name {
            Some(name) => self.outermost(in_file, &name),
            None => Referred::default(),
        }
    }

    /// What a function makes, and nothing else takes in.
    fn outermost(&self, in_file: FileId, name: &str) -> Referred {
        let made: Vec<NodeId> = self
            .of_file(in_file)
            .filter(|(_, fact)| fact.function.as_deref() == Some(name))
            .map(|(id, _)| id)
            .collect();
        if made.is_empty() {
            return Referred { nodes: Vec::new(), harmless: true };
        }
        let outer: Vec<NodeId> = made.iter().copied().filter(|node| !self.is_inner(*node)).collect();
        let apps: Vec<NodeId> =
            outer.iter().copied().filter(|id| self.nodes[id.0].fact.kind == RouterKind::App).collect();
        let nodes = if apps.len() == 1 { apps } else { outer };
        Referred { nodes, harmless: false }
    }

    fn required(&self, wiring: &Wiring, file: FileId, module: &str) -> Referred {
        match module_targets(wiring, file, module).first() {
            Some(target) => self.exported_default(wiring, *target),
            None => Referred { nodes: Vec::new(), harmless: !module.starts_with('.') },
        }
    }

    fn exported_default(&self, wiring: &Wiring, module: FileId) -> Referred {
        let name = Expr::new(crate::base::Span::default(), ExprKind::Name(Arc::from("default")));
        let known = |file: FileId, name: &str| self.exported(file, name).is_some();
        let by_export = wiring.repository.get(module).and_then(|facts| facts.module.as_deref()).and_then(|facts| {
            let export = facts.exports.iter().find(|export| &*export.exported == "default")?;
            let local = Expr::new(name.span, ExprKind::Name(Arc::clone(&export.local)));
            locate(wiring, module, &local, &known)
        });
        let node = by_export.and_then(|symbol| self.exported(symbol.file, &symbol.name));
        // A module with one router and no named way out gives that one.
        let only = || {
            let mut nodes = self.of_file(module).map(|(id, _)| id);
            nodes.next().filter(|_| nodes.next().is_none())
        };
        match node.or_else(only) {
            Some(node) => Referred { nodes: vec![node], harmless: false },
            None => Referred { nodes: Vec::new(), harmless: !self.by_file.contains_key(&module) },
        }
    }

    fn of_file(&self, file: FileId) -> impl Iterator<Item = (NodeId, &'a RouterFact)> {
        self.by_file.get(&file).into_iter().flatten().map(|id| (*id, self.nodes[id.0].fact))
    }

    /// Whether a name comes from files of the repository in which nothing is routed: middleware.
    fn is_plain_import(&self, wiring: &Wiring, file: FileId, name: &str) -> bool {
        let module = wiring.repository.get(file).and_then(|facts| facts.module.as_deref());
        let imports = module.into_iter().flat_map(|module| &module.imports).filter(|import| &*import.local == name);
        let targets: Vec<FileId> = imports.flat_map(|import| module_targets(wiring, file, &import.module)).collect();
        let plain = |file: &FileId| {
            let facts = wiring.repository.get(*file);
            let passes_on = facts
                .and_then(|facts| facts.module.as_deref())
                .is_some_and(|module| module.exports.iter().any(|export| export.module.is_some()));
            !self.by_file.contains_key(file) && !passes_on && facts.is_some_and(|facts| facts.routes.is_empty())
        };
        !targets.is_empty() && targets.iter().all(plain)
    }

    /// Whether a name is a file's own, and nothing is routed there: what its function gives (`requireRole('admin')`) is
    /// middleware.
    fn is_plain_name(&self, wiring: &Wiring, file: FileId, name: &str) -> bool {
        let Some(facts) = wiring.repository.get(file) else { return false };
        let imports = facts.module.as_deref().map_or(&[] as &[_], |module| module.imports.as_slice());
        !imports.iter().any(|import| matches!(&*import.local, "*") || *import.local == *name)
            && !self.by_file.contains_key(&file)
            && facts.routes.is_empty()
    }

    fn makes(&self, file: FileId, function: &str) -> bool {
        self.of_file(file).any(|(_, fact)| fact.function.as_deref() == Some(function))
    }

    fn spanning(&self, file: FileId, expr: &Expr) -> Option<NodeId> {
        self.by_place.get(&Place::new(file, expr.span)).copied()
    }

    /// The node called `name` as code inside `function` sees it.
    fn named(&self, file: FileId, function: Option<&str>, name: &str) -> Option<NodeId> {
        let called = self.by_name.get(&(file, Arc::from(name)))?;
        let of = |function: Option<&str>| called.last.get(&function.map(Arc::from)).copied();
        let only = || match called.nodes.as_slice() {
            [only] if name.contains('.') => Some(*only),
            _ => None,
        };
        of(function).or_else(|| of(None)).or_else(only)
    }

    /// The node that other files know as `name`.
    pub fn exported(&self, file: FileId, name: &str) -> Option<NodeId> {
        self.by_name.get(&(file, Arc::from(name)))?.last.get(&None).copied()
    }

    /// The nodes that `function` of `file` makes and nothing takes in.
    pub fn made_by(&self, wiring: &Wiring, file: FileId, function: &str) -> Vec<NodeId> {
        let callee = Expr::new(crate::base::Span::default(), ExprKind::Name(Arc::from(function)));
        self.resolve_factory(wiring, file, &callee, 0).nodes
    }
}

/// Whether an object is of a class of the repository that serves files.
pub fn serves_files(wiring: &Wiring, file: FileId, expr: &Expr) -> bool {
    let ExprKind::Call { callee, .. } = &expr.kind else { return false };
    let ExprKind::Name(name) = &callee.kind else { return false };
    let Found::Class(_, class) = look_up(wiring, file, name) else { return false };
    class.bases.iter().filter_map(dotted).any(|base| base.ends_with("StaticFiles"))
}

fn definition_name(wiring: &Wiring, file: FileId, function: &crate::facts::Function) -> Option<Arc<str>> {
    let module = wiring.repository.get(file)?.module.as_deref()?;
    module.definitions.iter().find_map(|definition| match &definition.value {
        DefinitionValue::Function(known) if std::ptr::eq(known, function) => Some(Arc::clone(&definition.name)),
        _ => None,
    })
}

fn class_name(wiring: &Wiring, file: FileId, class: &crate::facts::Class) -> Option<Arc<str>> {
    let module = wiring.repository.get(file)?.module.as_deref()?;
    module.definitions.iter().find_map(|definition| match &definition.value {
        DefinitionValue::Class(known) if std::ptr::eq(known, class) => Some(Arc::clone(&definition.name)),
        _ => None,
    })
}

/// The file and name of the class that an object is made from.
fn class_of(wiring: &Wiring, file: FileId, expr: &Expr, depth: u32) -> Option<(FileId, Arc<str>)> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &expr.kind {
        ExprKind::Name(name) => match look_up(wiring, file, name) {
            Found::Value(in_file, value) => class_of(wiring, in_file, value, depth + 1),
            _ => None,
        },
        ExprKind::Call { callee, .. } => {
            let found = match &callee.kind {
                ExprKind::Name(name) => look_up(wiring, file, name),
                ExprKind::Member(object, name) => look_up_export(wiring, module_named(wiring, file, object)?, name),
                _ => return None,
            };
            let Found::Class(in_file, class) = found else { return None };
            class_name(wiring, in_file, class).map(|name| (in_file, name))
        }
        _ => None,
    }
}

/// An expression's name, for people.
pub fn name_of(expr: &Expr) -> Arc<str> {
    match &expr.kind {
        ExprKind::Call { callee, .. } => {
            dotted(callee).map_or_else(|| Arc::from("..."), |name| Arc::from(format!("{name}()")))
        }
        _ => dotted(expr).map_or_else(|| Arc::from("..."), Arc::from),
    }
}
