//! Which names a file binds, where, and who writes to them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use tree_sitter::Node;

use crate::base::Span;
use crate::facts::lang::parents::Parents;

/// Index of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// Index of a binding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(pub u32);

/// What opens a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The file.
    Module,
    /// A function or method; `this` of an arrow function is that of the scope around it.
    Function,
    /// A class body.
    Class,
    /// Anything else between braces.
    Block,
}

/// A region in which names are bound.
#[derive(Clone, Debug)]
pub struct Scope<'t> {
    /// Its bytes.
    pub span: Span,
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// What opens it.
    pub kind: ScopeKind,
    /// The node that opens it.
    pub node: Node<'t>,
    names: BTreeMap<&'t str, BindingId>,
}

/// How a bound value is taken out of a destructured one.
#[derive(Clone, Copy, Debug)]
pub enum Step<'t> {
    /// `{ key = default }`.
    Key(&'t str, Option<Node<'t>>),
    /// `[, x = default]`.
    Index(usize, Option<Node<'t>>),
    /// `...rest`.
    Rest,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum BindingKind<'t> {
    /// An import.
    Import {
        /// The module as written.
        module: &'t str,
        /// `default`, `*`, or the exported name.
        imported: &'t str,
    },
    /// `const`, `let` or `var`.
    Variable {
        /// The declarator.
        declarator: Node<'t>,
        /// How the name is taken out of the initial value.
        path: Vec<Step<'t>>,
    },
    /// A parameter.
    Param {
        /// Its function.
        function: ScopeId,
        /// Its position.
        index: u32,
        /// How the name is taken out of the argument.
        path: Vec<Step<'t>>,
        /// The default of the whole parameter.
        default: Option<Node<'t>>,
    },
    /// A function declaration.
    Function(Node<'t>),
    /// A class declaration.
    Class(Node<'t>),
    /// An enum.
    Enum(Node<'t>),
    /// A variable of `for (const x of list)`.
    Item {
        /// The list.
        list: Node<'t>,
        /// How the name is taken out of an element.
        path: Vec<Step<'t>>,
    },
    /// Another loop variable or a caught error.
    Runtime,
}

/// A bound name.
#[derive(Clone, Debug)]
pub struct Binding<'t> {
    /// The name.
    pub name: &'t str,
    /// The name's place.
    pub span: Span,
    /// Where it is bound.
    pub scope: ScopeId,
    /// What it stands for.
    pub kind: BindingKind<'t>,
    /// Assignments to the name, in source order.
    pub writes: Vec<Write<'t>>,
    /// Assignments to a property of it and calls that may change it (`url.searchParams.set`), in source order.
    pub changes: Vec<Write<'t>>,
}

/// An assignment.
#[derive(Clone, Copy, Debug)]
pub struct Write<'t> {
    /// The assignment, update or call.
    pub node: Node<'t>,
    /// The scope that it is in.
    pub scope: ScopeId,
}

/// What of a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// `this.name = ..`.
    Whole,
    /// `this.name.key = ..`, `this.name.push(..)`: the field stays the same object, which holds something else.
    Part,
}

/// A write to a field inside a class.
#[derive(Clone, Copy, Debug)]
pub struct FieldWrite<'t> {
    /// The class body's scope.
    pub class: ScopeId,
    /// The field.
    pub name: &'t str,
    /// The assignment or call.
    pub node: Node<'t>,
    /// What is written.
    pub written: Written,
}

/// All scopes and bindings of a file.
pub struct Scopes<'t> {
    scopes: Vec<Scope<'t>>,
    bindings: Vec<Binding<'t>>,
    /// Writes to `this` in classes.
    pub field_writes: Vec<FieldWrite<'t>>,
    /// The named members of class bodies, by the id of the body: generated clients have a thousand, and every method
    /// asks for some.
    pub(super) members: HashMap<usize, Vec<Member<'t>>>,
    /// The names by which functions are called from outside (`connect`, `Socket.open`, `api.get`), by node id.
    pub(super) function_names: HashMap<usize, Arc<str>>,
    /// Scopes by the node that opens them.
    pub(super) by_node: HashMap<usize, ScopeId>,
    /// What is around each node.
    pub(super) parents: Parents<'t>,
}

/// A member of a class body that has a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'t> {
    /// The whole member.
    pub node: Node<'t>,
    /// The text of its name.
    pub name: &'t str,
}

/// What is written to a field of a class.
#[derive(Clone)]
pub(super) enum FieldValue<'t> {
    /// One value.
    One(Node<'t>),
    /// A URL, of which the constructor changes parts.
    Url(Node<'t>, Rc<[Node<'t>]>),
    /// A parameter property of the constructor (`constructor(private url: string)`): its name.
    Parameter(Node<'t>),
    /// More than one.
    Several,
    /// Nothing that is seen.
    Unknown,
}

impl<'t> Scopes<'t> {
    /// None yet, of a tree.
    pub(super) fn of_tree(root: Node<'t>) -> Self {
        Self {
            scopes: Vec::new(),
            bindings: Vec::new(),
            field_writes: Vec::new(),
            members: HashMap::new(),
            function_names: HashMap::new(),
            by_node: HashMap::new(),
            parents: Parents::below(root),
        }
    }

    /// The named members of a class body, in source order.
    pub(super) fn members(&self, body: Node<'t>) -> &[Member<'t>] {
        self.members.get(&body.id()).map_or(&[], Vec::as_slice)
    }

    /// The scope with this id.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> &Scope<'t> {
        &self.scopes[id.0 as usize]
    }

    /// The binding with this id.
    #[must_use]
    pub fn binding(&self, id: BindingId) -> &Binding<'t> {
        &self.bindings[id.0 as usize]
    }

    /// The innermost scope that holds the byte.
    #[must_use]
    pub fn at(&self, byte: usize) -> ScopeId {
        let byte = Span::new(byte, byte).start;
        let after = self.scopes.partition_point(|scope| scope.span.start <= byte);
        let mut id = ScopeId(u32::try_from(after.saturating_sub(1)).unwrap_or(0));
        while self.scope(id).span.end <= byte {
            match self.scope(id).parent {
                Some(parent) => id = parent,
                None => break,
            }
        }
        id
    }

    /// What `name` means in `scope`.
    #[must_use]
    pub fn lookup(&self, scope: ScopeId, name: &str) -> Option<BindingId> {
        let mut current = Some(scope);
        while let Some(id) = current {
            let scope = self.scope(id);
            if let Some(binding) = scope.names.get(name) {
                return Some(*binding);
            }
            current = scope.parent;
        }
        None
    }

    /// The function around a scope (or the scope's own), and whether there is one.
    #[must_use]
    pub fn function_of(&self, scope: ScopeId) -> Option<ScopeId> {
        self.ancestors(scope).find(|id| self.scope(*id).kind == ScopeKind::Function)
    }

    /// The class whose instance `this` is in a scope.
    #[must_use]
    pub fn class_of(&self, scope: ScopeId) -> Option<ScopeId> {
        for id in self.ancestors(scope) {
            let scope = self.scope(id);
            match scope.kind {
                ScopeKind::Class => return Some(id),
                ScopeKind::Function if matches!(scope.node.kind(), "function_expression" | "function_declaration") => {
                    return None;
                }
                // A method of an object literal.
                ScopeKind::Function
                    if scope.node.kind() == "method_definition"
                        && self.parents.of(scope.node).is_some_and(|parent| parent.kind() == "object") =>
                {
                    return None;
                }
                _ => {}
            }
        }
        None
    }

    /// The scope and all scopes around it, inner ones first.
    pub fn ancestors(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> + '_ {
        std::iter::successors(Some(scope), |id| self.scope(*id).parent)
    }

    /// All bindings of the file's top level, in source order.
    pub fn top_level(&self) -> impl Iterator<Item = (BindingId, &Binding<'t>)> {
        (0u32..).map(BindingId).zip(&self.bindings).filter(|(_, binding)| binding.scope == ScopeId(0))
    }

    /// The nodes of all functions, in source order.
    pub fn functions(&self) -> impl Iterator<Item = Node<'t>> {
        self.scopes.iter().filter(|scope| scope.kind == ScopeKind::Function).map(|scope| scope.node)
    }

    /// Every binding.
    pub fn bindings(&self) -> impl Iterator<Item = (BindingId, &Binding<'t>)> {
        (0u32..).map(BindingId).zip(&self.bindings)
    }

    pub(super) fn push_scope(&mut self, node: Node<'t>, kind: ScopeKind, parent: Option<ScopeId>) -> ScopeId {
        let id = ScopeId(u32::try_from(self.scopes.len()).unwrap_or(u32::MAX));
        let span = match kind {
            ScopeKind::Module => Span::new(0, u32::MAX as usize),
            _ => Span::from(node.byte_range()),
        };
        self.scopes.push(Scope { span, parent, kind, node, names: BTreeMap::new() });
        self.by_node.insert(node.id(), id);
        id
    }

    pub(super) fn bind(&mut self, scope: ScopeId, name: &'t str, node: Node<'t>, kind: BindingKind<'t>) {
        let id = BindingId(u32::try_from(self.bindings.len()).unwrap_or(u32::MAX));
        let span = Span::from(node.byte_range());
        self.bindings.push(Binding { name, span, scope, kind, writes: Vec::new(), changes: Vec::new() });
        // The first declaration wins: a repeated `var` or an overload signature adds nothing.
        self.scopes[scope.0 as usize].names.entry(name).or_insert(id);
    }

    pub(super) fn binding_mut(&mut self, id: BindingId) -> &mut Binding<'t> {
        &mut self.bindings[id.0 as usize]
    }

    /// Where a `var` or a function declared in `scope` is bound.
    pub(super) fn hoisted(&self, scope: ScopeId) -> ScopeId {
        self.ancestors(scope)
            .find(|id| matches!(self.scope(*id).kind, ScopeKind::Function | ScopeKind::Module))
            .unwrap_or(scope)
    }
}
