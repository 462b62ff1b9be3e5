//! Scopes of a Python file: what is bound in them, and under which conditions.

use std::collections::BTreeMap;
use std::sync::Arc;

use tree_sitter::Node;

use super::text;
use crate::base::Limit;
use crate::parse::fields::Fields;

/// Index of a [`Scope`] in its outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopeId(pub usize);

/// Index of a [`Loop`] in its outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoopId(pub usize);

/// What opens a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The file.
    Module,
    /// A class body.
    Class,
    /// A function body.
    Function,
}

/// A scope and its bindings.
pub struct Scope<'t> {
    /// What opens it.
    pub kind: ScopeKind,
    /// Name of the function or class.
    pub name: Arc<str>,
    /// The definition.
    pub node: Node<'t>,
    /// The scope around it.
    pub parent: Option<ScopeId>,
    /// Bindings in source order, by name as written (`self.app` for an attribute).
    pub bindings: BTreeMap<&'t str, Vec<Binding<'t>>>,
    /// Parameters of a function.
    pub params: Vec<ParamNode<'t>>,
    /// What a function returns.
    pub returns: Vec<Return<'t>>,
    /// Decorator expressions.
    pub decorators: Vec<Node<'t>>,
}

/// A parameter as the tree shows it.
#[derive(Clone, Copy)]
pub struct ParamNode<'t> {
    /// Its name.
    pub name: &'t str,
    /// Its default.
    pub default: Option<Node<'t>>,
    /// Its annotation.
    pub annotation: Option<Node<'t>>,
}

/// One binding of a name.
#[derive(Clone, Copy)]
pub struct Binding<'t> {
    /// Where the statement starts.
    pub at: usize,
    /// The bound name.
    pub target: Node<'t>,
    /// How it is bound.
    pub kind: BindKind<'t>,
    /// The annotation.
    pub annotation: Option<Node<'t>>,
    /// The conditions around it.
    pub guards: GuardChain,
    /// Whether a loop repeats it.
    pub repeated: bool,
}

/// How a name is bound or its object changed.
#[derive(Clone, Copy)]
pub enum BindKind<'t> {
    /// `x = value`.
    Assign(Node<'t>),
    /// `x, .. = values`: the first of them.
    First(Node<'t>),
    /// `x: type` alone.
    Declared,
    /// `x += value`.
    Augment(Node<'t>),
    /// `x.append(value)`.
    Append(Node<'t>),
    /// `x.extend(values)`.
    Extend(Node<'t>),
    /// `x[key] = value`.
    SetKey(Node<'t>, Node<'t>),
    /// A function or class of this name.
    Scope(ScopeId),
    /// Bound in a way that is not followed.
    Opaque,
}

/// A `return`.
#[derive(Clone, Copy)]
pub struct Return<'t> {
    /// The value.
    pub value: Option<Node<'t>>,
    /// The conditions around it.
    pub guards: GuardChain,
    /// Whether a loop is around it.
    pub repeated: bool,
}

/// A `for` loop.
pub struct Loop<'t> {
    /// The loop's variables.
    pub names: Vec<Node<'t>>,
    /// One plain variable, not a tuple of them.
    pub single: bool,
    /// What is looped over.
    pub over: Node<'t>,
    /// The loop around it.
    pub outer: Option<LoopId>,
}

/// Conditions around a statement: an index into [`Guards`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GuardChain(Option<usize>);

/// One condition.
#[derive(Clone, Copy)]
pub enum GuardStep<'t> {
    /// The condition holds.
    Holds(Node<'t>),
    /// The condition fails.
    Fails(Node<'t>),
    /// An `except` or `case` arm.
    Opaque(Node<'t>),
}

/// All conditions of a file, as linked chains.
#[derive(Default)]
pub struct Guards<'t>(Vec<(GuardStep<'t>, GuardChain)>);

/// Conditions around one statement that are told apart.
pub const CONDITIONS: Limit = Limit::new(
    64,
    "conditions around one statement",
    "when the statement runs is unknown",
    "write a table in the place of the longest chain of conditions",
);

/// Links of chains that are followed to find [`CONDITIONS`].
const MOST_LINKS: usize = 1_000;

impl<'t> Guards<'t> {
    /// The chain with one more step.
    pub fn push(&mut self, chain: GuardChain, step: GuardStep<'t>) -> GuardChain {
        self.0.push((step, chain));
        GuardChain(Some(self.0.len() - 1))
    }

    /// Steps of `chain` from the outermost one in, without those that `within` has too; `None` when there are too many.
    #[must_use]
    pub fn steps(&self, chain: GuardChain, within: GuardChain) -> Option<Vec<GuardStep<'t>>> {
        let mut steps = Vec::new();
        let (mut inner, mut outer) = (chain, within);
        // A step comes after those around it: what the chains share begins where they meet.
        for _ in 0..MOST_LINKS {
            if inner == outer {
                steps.reverse();
                return Some(steps);
            }
            if inner.0 > outer.0 {
                let (step, around) = inner.0.and_then(|index| self.0.get(index))?;
                steps.push(*step);
                inner = *around;
                if steps.len() > CONDITIONS.most_items() {
                    return None;
                }
            } else {
                outer = outer.0.and_then(|index| self.0.get(index))?.1;
            }
        }
        None
    }
}

impl<'t> Scope<'t> {
    /// An empty scope.
    #[must_use]
    pub fn new(kind: ScopeKind, name: &str, node: Node<'t>, parent: Option<ScopeId>) -> Self {
        Self {
            kind,
            name: Arc::from(name),
            node,
            parent,
            bindings: BTreeMap::new(),
            params: Vec::new(),
            returns: Vec::new(),
            decorators: Vec::new(),
        }
    }

    /// Adds a binding.
    pub fn bind(&mut self, name: &'t str, binding: Binding<'t>) {
        self.bindings.entry(name).or_default().push(binding);
    }

    /// The index of a parameter.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }

    /// Reads the parameters of a function.
    pub fn read_params(&mut self, source: &'t str) {
        let Some(parameters) = self.node.field("parameters") else { return };
        let mut cursor = parameters.walk();
        for node in parameters.named_children(&mut cursor) {
            let name = match node.kind() {
                "identifier" => Some(node),
                "default_parameter" | "typed_default_parameter" => node.field("name"),
                "typed_parameter" => node.named_child(0),
                _ => None,
            };
            // `*`, `/`, `*args` and `**kwargs` take no position that a summary could use.
            let Some(name) = name.filter(|name| name.kind() == "identifier") else { continue };
            self.params.push(ParamNode {
                name: text::of(source, name),
                default: node.field("value"),
                annotation: node.field("type"),
            });
        }
    }
}
