//! One walk over a Python tree: scopes with their bindings, imports, and the places that adapters may care about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tree_sitter::{Node, TreeCursor};

use super::scope::{BindKind, Binding, GuardChain, GuardStep, Guards, Loop, LoopId, Return, Scope, ScopeId, ScopeKind};
use super::text;
use crate::facts::Import;
use crate::parse::fields::Fields;

/// What one walk over a file found.
pub struct Outline<'t> {
    /// The file's text.
    pub text: &'t str,
    /// Imports of every level, in source order.
    pub imports: Vec<Import>,
    /// Scopes; the first one is the module.
    pub scopes: Vec<Scope<'t>>,
    /// Calls, functions and classes, in source order.
    pub sites: Vec<Site<'t>>,
    /// Conditions, shared by everything that is under them.
    pub guards: Guards<'t>,
    /// `for` loops.
    pub loops: Vec<Loop<'t>>,
    /// Local names to the dotted names that they were imported as.
    pub canonical: BTreeMap<Arc<str>, Arc<str>>,
    /// Every name that some scope binds.
    pub bound: BTreeSet<&'t str>,
    /// Whether `from x import *` is somewhere.
    pub star_import: bool,
}

/// A call, function or class with what is around it.
#[derive(Clone)]
pub struct Site<'t> {
    /// `call`, `function_definition` or `class_definition`.
    pub node: Node<'t>,
    /// The scope that it is in.
    pub scope: ScopeId,
    /// The conditions that it is under, within its scope.
    pub guards: GuardChain,
    /// The innermost `for` loop around it.
    pub in_loop: Option<LoopId>,
    /// For a call that is assigned: the target. For a returned one: none, and `returned` is set.
    pub target: Option<Node<'t>>,
    /// Decorator expressions of a function or class.
    pub decorators: Vec<Node<'t>>,
    /// The scope that it opens.
    pub opens: Option<ScopeId>,
}

#[derive(Clone, Copy)]
struct Task<'t> {
    node: Node<'t>,
    scope: ScopeId,
    guards: GuardChain,
    in_loop: Option<LoopId>,
    repeated: bool,
    target: Option<Node<'t>>,
}

impl<'t> Task<'t> {
    fn at(self, node: Node<'t>) -> Self {
        Self { node, target: None, ..self }
    }
}

/// What a node leads to, in source order.
struct Next<'t> {
    cursor: TreeCursor<'t>,
    tasks: Vec<Task<'t>>,
}

impl<'t> Next<'t> {
    fn push(&mut self, task: Task<'t>) {
        self.tasks.push(task);
    }

    /// The named children of `node`, each in the surroundings of `task`.
    fn children(&mut self, node: Node<'t>, task: Task<'t>) {
        self.tasks.extend(node.named_children(&mut self.cursor).map(|child| task.at(child)));
    }
}

impl<'t> Outline<'t> {
    /// Walks the tree below `root`.
    #[must_use]
    pub fn new(text: &'t str, root: Node<'t>) -> Self {
        let mut outline = Self {
            text,
            imports: Vec::new(),
            scopes: vec![Scope::new(ScopeKind::Module, "", root, None)],
            sites: Vec::new(),
            guards: Guards::default(),
            loops: Vec::new(),
            canonical: BTreeMap::new(),
            bound: BTreeSet::new(),
            star_import: false,
        };
        let mut stack = vec![Task {
            node: root,
            scope: ScopeId(0),
            guards: GuardChain::default(),
            in_loop: None,
            repeated: false,
            target: None,
        }];
        let mut next = Next { cursor: root.walk(), tasks: Vec::new() };
        while let Some(task) = stack.pop() {
            outline.visit(task, &mut next);
            stack.extend(next.tasks.drain(..).rev());
        }
        outline
    }

    pub(super) fn slice(&self, node: Node<'t>) -> &'t str {
        text::of(self.text, node)
    }

    fn visit(&mut self, task: Task<'t>, next: &mut Next<'t>) {
        let node = task.node;
        match node.kind() {
            "comment" | "string_start" | "string_content" | "string_end" | "identifier" | "integer" | "decorator" => {}
            "function_definition" => self.function(task, Vec::new(), next),
            "class_definition" => self.class(task, Vec::new(), next),
            "decorated_definition" => self.decorated(task, next),
            "assignment" => self.assignment(task, next),
            "augmented_assignment" => {
                if let (Some(left), Some(right)) = (node.field("left"), node.field("right")) {
                    let plus = node.field("operator").is_some_and(|op| self.slice(op) == "+=");
                    let kind = if plus { BindKind::Augment(right) } else { BindKind::Opaque };
                    self.bind(task, left, kind, None);
                    next.push(task.at(right));
                }
            }
            "named_expression" => {
                if let (Some(name), Some(value)) = (node.field("name"), node.field("value")) {
                    self.bind(task, name, BindKind::Assign(value), None);
                    next.push(task.at(value));
                }
            }
            "for_statement" => self.for_statement(task, next),
            "while_statement" => {
                next.children(node, Task { repeated: true, ..task });
            }
            "if_statement" => self.if_statement(task, next),
            "except_clause" | "except_group_clause" | "case_clause" => {
                let guards = self.guards.push(task.guards, GuardStep::Opaque(node));
                next.children(node, Task { guards, ..task });
            }
            "as_pattern" => {
                let value = node.named_child(0);
                let alias = node.field("alias").and_then(|alias| alias.named_child(0).or(Some(alias)));
                if let (Some(value), Some(alias)) = (value, alias) {
                    self.bind(task, alias, BindKind::Assign(value), None);
                    next.push(task.at(value));
                }
            }
            "return_statement" => {
                let value = node.named_child(0);
                let scope = self.enclosing_function(task.scope);
                if let Some(scope) = scope.and_then(|id| self.scopes.get_mut(id.0)) {
                    scope.returns.push(Return { value, guards: task.guards, repeated: task.repeated });
                }
                next.children(task.node, task);
            }
            "import_statement" => self.import(node),
            "import_from_statement" => self.import_from(node),
            "global_statement" => {
                let mut cursor = node.walk();
                let names: Vec<_> = node.named_children(&mut cursor).collect();
                for name in names {
                    let module = Task { scope: ScopeId(0), guards: GuardChain::default(), ..task };
                    self.bind(module, name, BindKind::Opaque, None);
                }
            }
            "call" => {
                self.mutation(task);
                self.sites.push(Site {
                    node,
                    scope: task.scope,
                    guards: task.guards,
                    in_loop: task.in_loop,
                    target: task.target,
                    decorators: Vec::new(),
                    opens: None,
                });
                next.children(task.node, task);
            }
            "await" | "parenthesized_expression" => {
                let mut cursor = node.walk();
                next.tasks.extend(node.named_children(&mut cursor).map(|child| Task { node: child, ..task }));
            }
            _ => next.children(task.node, task),
        }
    }

    fn enclosing_function(&self, mut scope: ScopeId) -> Option<ScopeId> {
        loop {
            let found = self.scopes.get(scope.0)?;
            if found.kind == ScopeKind::Function {
                return Some(scope);
            }
            scope = found.parent?;
        }
    }

    fn bind(&mut self, task: Task<'t>, target: Node<'t>, kind: BindKind<'t>, annotation: Option<Node<'t>>) {
        let name = match target.kind() {
            "identifier" | "attribute" => self.slice(target),
            _ => return,
        };
        let binding = Binding {
            at: task.node.start_byte(),
            target,
            kind,
            annotation,
            guards: task.guards,
            repeated: task.repeated,
        };
        if let Some(scope) = self.scopes.get_mut(task.scope.0) {
            scope.bind(name, binding);
            self.bound.insert(name);
        }
    }

    fn decorated(&mut self, task: Task<'t>, next: &mut Next<'t>) {
        let mut cursor = task.node.walk();
        let decorators: Vec<_> = task
            .node
            .named_children(&mut cursor)
            .filter(|child| child.kind() == "decorator")
            .filter_map(|decorator| decorator.named_child(0))
            .collect();
        match task.node.field("definition") {
            Some(inner) if inner.kind() == "class_definition" => self.class(task.at(inner), decorators, next),
            Some(inner) => self.function(task.at(inner), decorators, next),
            None => {}
        }
    }

    fn open(&mut self, task: Task<'t>, kind: ScopeKind, decorators: Vec<Node<'t>>) -> Option<ScopeId> {
        let name = task.node.field("name")?;
        let id = ScopeId(self.scopes.len());
        let mut scope = Scope::new(kind, self.slice(name), task.node, Some(task.scope));
        if kind == ScopeKind::Function {
            scope.read_params(self.text);
        }
        scope.decorators.clone_from(&decorators);
        self.scopes.push(scope);
        self.bind(task, name, BindKind::Scope(id), None);
        self.sites.push(Site {
            node: task.node,
            scope: task.scope,
            guards: task.guards,
            in_loop: task.in_loop,
            target: None,
            decorators,
            opens: Some(id),
        });
        Some(id)
    }

    fn enter(task: Task<'t>, id: ScopeId, next: &mut Next<'t>) {
        if let Some(body) = task.node.field("body") {
            next.push(Task {
                scope: id,
                guards: GuardChain::default(),
                in_loop: None,
                repeated: false,
                ..task.at(body)
            });
        }
    }

    fn function(&mut self, task: Task<'t>, decorators: Vec<Node<'t>>, next: &mut Next<'t>) {
        if let Some(id) = self.open(task, ScopeKind::Function, decorators) {
            Self::enter(task, id, next);
        }
    }

    fn class(&mut self, task: Task<'t>, decorators: Vec<Node<'t>>, next: &mut Next<'t>) {
        if let Some(id) = self.open(task, ScopeKind::Class, decorators) {
            Self::enter(task, id, next);
        }
    }

    fn assignment(&mut self, task: Task<'t>, next: &mut Next<'t>) {
        let node = task.node;
        let Some(left) = node.field("left") else { return };
        let annotation = node.field("type");
        let mut right = node.field("right");
        // `a = b = c`: the value is the innermost right side.
        let mut also = Vec::new();
        while let Some(inner) = right.filter(|right| right.kind() == "assignment") {
            also.extend(inner.field("left"));
            right = inner.field("right");
        }
        for target in std::iter::once(left).chain(also) {
            self.assign(task, target, right, annotation);
        }
        if let Some(right) = right {
            next.push(Task { target: Some(left), ..task.at(right) });
        }
    }

    fn assign(&mut self, task: Task<'t>, target: Node<'t>, right: Option<Node<'t>>, annotation: Option<Node<'t>>) {
        match target.kind() {
            "identifier" | "attribute" => {
                let kind = right.map_or(BindKind::Declared, BindKind::Assign);
                self.bind(task, target, kind, annotation);
            }
            "subscript" => {
                let object = target.field("value");
                let key = target.field("subscript");
                if let (Some(object), Some(key), Some(right)) = (object, key, right) {
                    self.bind(task, object, BindKind::SetKey(key, right), None);
                }
            }
            "pattern_list" | "tuple_pattern" | "list_pattern" => {
                let mut cursor = target.walk();
                let names: Vec<_> = target.named_children(&mut cursor).collect();
                let values: Vec<_> = match right {
                    Some(right) if matches!(right.kind(), "expression_list" | "tuple" | "list") => {
                        let mut cursor = right.walk();
                        right.named_children(&mut cursor).collect()
                    }
                    _ => Vec::new(),
                };
                for (index, name) in names.iter().enumerate() {
                    let kind = match values.get(index) {
                        Some(value) if values.len() == names.len() => BindKind::Assign(*value),
                        None if index == 0 => right.map_or(BindKind::Opaque, BindKind::First),
                        _ => BindKind::Opaque,
                    };
                    self.bind(task, *name, kind, None);
                }
            }
            _ => {}
        }
    }

    fn for_statement(&mut self, task: Task<'t>, next: &mut Next<'t>) {
        let node = task.node;
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else {
            return;
        };
        let mut cursor = left.walk();
        let names = match left.kind() {
            "identifier" => vec![left],
            _ => left.named_children(&mut cursor).collect(),
        };
        for name in &names {
            self.bind(task, *name, BindKind::Opaque, None);
        }
        let id = LoopId(self.loops.len());
        let single = left.kind() == "identifier";
        self.loops.push(Loop { names, single, over: right, outer: task.in_loop });
        next.push(task.at(right));
        if let Some(body) = node.field("body") {
            next.push(Task { in_loop: Some(id), repeated: true, ..task.at(body) });
        }
        if let Some(other) = node.field("alternative") {
            next.push(task.at(other));
        }
    }

    fn if_statement(&mut self, task: Task<'t>, next: &mut Next<'t>) {
        let node = task.node;
        let Some(condition) = node.field("condition") else { return };
        next.push(task.at(condition));
        let mut failed = self.guards.push(task.guards, GuardStep::Fails(condition));
        if let Some(block) = node.field("consequence") {
            let guards = self.guards.push(task.guards, GuardStep::Holds(condition));
            next.push(Task { guards, ..task.at(block) });
        }
        let mut cursor = node.walk();
        for other in node.children_by_field_name("alternative", &mut cursor) {
            if other.kind() == "elif_clause" {
                let Some(condition) = other.field("condition") else { continue };
                next.push(Task { guards: failed, ..task.at(condition) });
                if let Some(block) = other.field("consequence") {
                    let guards = self.guards.push(failed, GuardStep::Holds(condition));
                    next.push(Task { guards, ..task.at(block) });
                }
                failed = self.guards.push(failed, GuardStep::Fails(condition));
            } else if let Some(block) = other.field("body") {
                next.push(Task { guards: failed, ..task.at(block) });
            }
        }
    }

    /// `xs.append(x)`, `xs.extend(ys)`, `xs.insert(0, x)`, `d.update(e)`.
    fn mutation(&mut self, task: Task<'t>) {
        let Some(function) = task.node.field("function").filter(|node| node.kind() == "attribute") else {
            return;
        };
        let parts = (function.field("object"), function.field("attribute"));
        let (Some(object), Some(method)) = parts else { return };
        if !matches!(object.kind(), "identifier" | "attribute") {
            return;
        }
        let Some(arguments) = task.node.field("arguments") else { return };
        let argument = |index: u32| arguments.named_child(index);
        let kind = match (self.slice(method), argument(0), argument(1)) {
            ("append" | "add", Some(value), None) => BindKind::Append(value),
            ("insert", Some(_), Some(value)) => BindKind::Append(value),
            ("extend" | "update", Some(value), None) => BindKind::Extend(value),
            ("remove" | "clear" | "pop", ..) => BindKind::Opaque,
            _ => return,
        };
        // Only names that this scope has bound before can be followed.
        let name = self.slice(object);
        if self.scopes.get(task.scope.0).is_some_and(|scope| scope.bindings.contains_key(name)) {
            self.bind(task, object, kind, None);
        }
    }
}
