//! One source file as adapters see it.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::declare;
use super::memo::Memo;
use super::node::{arguments, function_in, is_function, string_text, strip};
use super::reach::Conditions;
use super::scope::{Binding, BindingId, BindingKind, FieldValue, ScopeId, Scopes, Step};
use crate::base::{FileKind, Limit, RepoPath, Span};
use crate::facts::lang::reached::Reached;
use crate::facts::{Expr, Function, Reach, RunsIn};
use crate::parse::fields::Fields;

/// Reads a call that an adapter knows as a value (`axios.create`, `createEnv`).
pub type ReadCall = for<'c, 't> fn(&mut Builder<'c, 't>, &Origin<'t>, Node<'t>) -> Option<Expr>;

/// A parsed file with its scopes; what adapters ask.
pub struct EcmaCx<'t> {
    /// The whole text.
    pub source: &'t str,
    /// The file's path.
    pub path: &'t RepoPath,
    /// The file's kind.
    pub kind: FileKind,
    /// The root of the tree.
    pub root: Node<'t>,
    /// Scopes and bindings.
    pub scopes: Scopes<'t>,
    /// The nodes that an adapter may know, in source order.
    pub shown: Vec<Node<'t>>,
    /// The parts of the file that run only under a condition.
    pub(super) conditions: Conditions<'t>,
    /// Where the file's code runs, as far as it says.
    pub runs: RunsIn,
    /// Calls that adapters read as values.
    pub read_calls: &'static [ReadCall],
    /// What may still be spent on this file's values.
    work: Cell<u32>,
    /// What functions are called with, where an adapter knows it: a tool calls the function that a configuration exports.
    pub(super) given: RefCell<Vec<(ScopeId, Vec<Expr>)>>,
    /// What the fields of classes hold, as far as it was asked for.
    pub(super) fields: RefCell<HashMap<(ScopeId, Box<str>), FieldValue<'t>>>,
    /// Values that were built before.
    pub(super) memo: RefCell<Memo>,
    /// Bounds that were reached, and where first.
    reached: Reached,
    /// How often each name is written in the text.
    mentions: OnceCell<HashMap<&'t str, usize>>,
    /// What the file imports.
    modules: OnceCell<BTreeSet<&'t str>>,
}

/// Steps of building values that one file may cost. Ordinary files need some thousands.
const MAX_WORK: u32 = 200_000;
const WORK: Limit = Limit::new(
    MAX_WORK as u64,
    "steps of following values through one file",
    "the values after that are unknown",
    "split the file",
);

/// Where an imported thing comes from: `axios.create` is module `axios`, path `default`, `create`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin<'t> {
    /// The module as written.
    pub module: &'t str,
    /// The exported name (`default`, or `*` for the module itself), then the members.
    pub path: Vec<&'t str>,
}

impl<'t> Origin<'t> {
    /// The members after the module itself: without `default` and `*` in front.
    #[must_use]
    pub fn members(&self) -> &[&'t str] {
        let mut rest = self.path.as_slice();
        while let [first, tail @ ..] = rest
            && matches!(*first, "default" | "*")
        {
            rest = tail;
        }
        rest
    }

    /// Whether this is `module` itself (its default export or namespace).
    #[must_use]
    pub fn is_module(&self, module: &str) -> bool {
        self.module == module && self.members().is_empty()
    }

    /// Whether this is the export or member `name` of `module`.
    #[must_use]
    pub fn is(&self, module: &str, name: &str) -> bool {
        self.module == module && self.members() == [name]
    }
}

/// An expression with the function whose parameters it uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// The expression.
    pub expr: Expr,
    /// The name of the function (`connect`, `Socket.open`) that its `Param`s belong to; `None` when it has none.
    pub function: Option<Arc<str>>,
}

impl<'t> EcmaCx<'t> {
    /// The file with this tree.
    #[must_use]
    pub fn new(source: &'t str, path: &'t RepoPath, kind: FileKind, root: Node<'t>) -> Self {
        let declare::Collected { scopes, shown, conditions } = declare::collect(root, source);
        Self {
            source,
            path,
            kind,
            root,
            scopes,
            shown,
            conditions,
            runs: RunsIn::Unknown,
            read_calls: &[],
            work: Cell::new(MAX_WORK),
            given: RefCell::default(),
            memo: RefCell::default(),
            reached: Reached::default(),
            mentions: OnceCell::new(),
            modules: OnceCell::new(),
            fields: RefCell::default(),
        }
    }

    /// Whether the text of the file holds another one, wherever.
    #[must_use]
    pub fn says(&self, text: &str) -> bool {
        memchr::memmem::find(self.source.as_bytes(), text.as_bytes()).is_some()
    }

    /// Says that a bound was reached.
    pub fn limit(&self, span: Span, limit: Limit) {
        self.reached.tell(span, limit);
    }

    /// The bounds that were reached, each at its first place.
    #[must_use]
    pub fn limits(&self) -> Vec<(Span, Limit)> {
        let mut limits = self.reached.all();
        if self.work.get() == 0 {
            limits.push((Span::default(), WORK));
        }
        limits
    }

    /// Takes one step of the file's budget; `false` when it is used up.
    pub(super) fn spend(&self) -> bool {
        let left = self.work.get();
        self.work.set(left.saturating_sub(1));
        left > 0
    }

    /// The text of a node.
    #[must_use]
    pub fn text(&self, node: Node<'_>) -> &'t str {
        self.source.get(node.byte_range()).unwrap_or("")
    }

    /// The node around a node.
    #[must_use]
    pub fn parent(&self, node: Node<'t>) -> Option<Node<'t>> {
        self.scopes.parents.of(node)
    }

    /// How often a name is written in the text.
    pub(super) fn mentions(&self, name: &str) -> usize {
        let count = || {
            let mut mentions = HashMap::new();
            let is_end = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'));
            for word in self.source.split(is_end).filter(|word| !word.is_empty()) {
                *mentions.entry(word).or_default() += 1;
            }
            mentions
        };
        self.mentions.get_or_init(count).get(name).copied().unwrap_or(0)
    }

    /// The place of a node.
    #[must_use]
    pub fn span(&self, node: Node<'_>) -> Span {
        Span::from(node.byte_range())
    }

    /// The value of an expression node. Parameters of functions are holes.
    #[must_use]
    pub fn expr(&self, node: Node<'t>) -> Expr {
        Builder::closed(self).expr(node)
    }

    /// One of two values, by a condition.
    #[must_use]
    pub fn chosen(&self, condition: Node<'t>, holds: Expr, fails: Expr) -> Expr {
        let span = self.span(condition);
        let kind = Builder::closed(self).choose(condition, |_| holds, |_| fails);
        Expr::new(span, kind)
    }

    /// The value of an expression node in terms of the parameters of a named function around it.
    #[must_use]
    pub fn framed(&self, node: Node<'t>) -> Framed {
        let mut builder = Builder::open(self);
        let expr = builder.expr(node);
        Framed { expr, function: builder.function() }
    }

    /// The conditions under which a node is reached.
    #[must_use]
    pub fn reach(&self, node: Node<'t>) -> Reach {
        Builder::closed(self).reach(node)
    }

    /// `value` when every `if` around the statement of `node` lets it run, within its function; else `otherwise`.
    #[must_use]
    pub fn under_conditions(&self, node: Node<'t>, value: Expr, otherwise: &Expr) -> Expr {
        Builder::closed(self).under_conditions(node, value, otherwise)
    }

    /// Notes what a tool calls a function with. Values that were built before do not know of it.
    pub fn give(&self, function: Node<'t>, arguments: Vec<Expr>) {
        if let Some(scope) = self.scopes.by_node.get(&function.id()) {
            self.given.borrow_mut().push((*scope, arguments));
        }
    }

    /// The value of property `key` of an object literal node (or of what an identifier stands for), when it has it.
    #[must_use]
    pub fn option(&self, object: Node<'t>, key: &str) -> Option<Node<'t>> {
        super::object::property(self, object, key)
    }

    /// Module and exported name of an import bound to `name` at the file's top level.
    #[must_use]
    pub fn imported(&self, name: &str) -> Option<(&'t str, &'t str)> {
        let id = self.scopes.lookup(ScopeId(0), name)?;
        match self.scopes.binding(id).kind {
            BindingKind::Import { module, imported } => Some((module, imported)),
            _ => None,
        }
    }

    /// A function node as a summary from its parameters to what it returns.
    #[must_use]
    pub fn summary(&self, function: Node<'t>) -> Function {
        super::module::function(self, function)
    }

    /// What an identifier node is bound to.
    #[must_use]
    pub fn binding_of(&self, identifier: Node<'_>) -> Option<(BindingId, &Binding<'t>)> {
        let scope = self.scopes.at(identifier.start_byte());
        let id = self.scopes.lookup(scope, self.text(identifier))?;
        Some((id, self.scopes.binding(id)))
    }

    /// Whether an identifier node means a global of the platform, because nothing in the file binds it.
    #[must_use]
    pub fn is_global(&self, identifier: Node<'_>) -> bool {
        identifier.kind() == "identifier" && self.binding_of(identifier).is_none()
    }

    /// Whether an identifier names something of the file's top level.
    #[must_use]
    pub fn is_top_level(&self, identifier: Node<'_>) -> bool {
        self.binding_of(identifier).is_some_and(|(_, binding)| binding.scope == ScopeId(0))
    }

    /// What tells a function of the file from the others.
    #[must_use]
    pub fn key(&self, function: Node<'_>) -> u32 {
        super::lambda::key_of(function)
    }

    /// Where a value comes from, when it is an import, a `require`, or a member or alias of one.
    #[must_use]
    pub fn origin(&self, node: Node<'t>) -> Option<Origin<'t>> {
        self.origin_within(node, 8)
    }

    fn origin_within(&self, node: Node<'t>, depth: usize) -> Option<Origin<'t>> {
        let depth = depth.checked_sub(1)?;
        let node = strip(node);
        match node.kind() {
            "identifier" => {
                let (_, binding) = self.binding_of(node)?;
                match &binding.kind {
                    BindingKind::Import { module, imported } => Some(Origin { module, path: vec![imported] }),
                    BindingKind::Variable { declarator, path } if binding.writes.is_empty() => {
                        let mut origin = self.origin_within(declarator.field("value")?, depth)?;
                        for step in path {
                            match step {
                                Step::Key(key, _) => origin.path.push(key),
                                Step::Index(..) | Step::Rest => return None,
                            }
                        }
                        Some(origin)
                    }
                    _ => None,
                }
            }
            "member_expression" => {
                let mut origin = self.origin_within(node.field("object")?, depth)?;
                origin.path.push(self.text(node.field("property")?));
                Some(origin)
            }
            "call_expression" => {
                let callee = node.field("function")?;
                let is_require = self.text(callee) == "require" || callee.kind() == "import";
                let module = string_text(*arguments(node).first()?, self.source)?;
                is_require.then(|| Origin { module, path: vec!["*"] })
            }
            _ => None,
        }
    }

    /// The function node around a node.
    #[must_use]
    pub fn enclosing_function(&self, node: Node<'_>) -> Option<Node<'t>> {
        let scope = self.scopes.function_of(self.scopes.at(node.start_byte()))?;
        Some(self.scopes.scope(scope).node)
    }

    /// The key of the method of a class around a place.
    #[must_use]
    pub fn enclosing_method(&self, span: Span) -> Option<u32> {
        let scopes = self.scopes.ancestors(self.scopes.at(span.start as usize));
        let mut methods = scopes.map(|scope| self.scopes.scope(scope).node).filter(|node| {
            node.kind() == "method_definition" && self.parent(*node).is_some_and(|parent| parent.kind() == "class_body")
        });
        methods.next().map(|method| self.key(method))
    }

    /// The name of the method around a place.
    #[must_use]
    pub fn method_at(&self, span: Span) -> Option<Arc<str>> {
        let scopes = self.scopes.ancestors(self.scopes.at(span.start as usize));
        scopes.filter_map(|scope| self.function_name(self.scopes.scope(scope).node)).find(|name| name.contains('.'))
    }

    /// The name by which a function node is called (`connect`, `Class.method`), when it has one.
    #[must_use]
    pub fn function_name(&self, function: Node<'_>) -> Option<Arc<str>> {
        self.scopes.function_names.get(&function.id()).cloned()
    }

    /// The function node that an expression is: written here, or a name of a function of this file.
    #[must_use]
    pub fn function(&self, node: Node<'t>) -> Option<Node<'t>> {
        let node = strip(node);
        if let Some(function) = function_in(node, self.source) {
            return Some(function);
        }
        if node.kind() != "identifier" {
            return None;
        }
        let (_, binding) = self.binding_of(node)?;
        match &binding.kind {
            BindingKind::Function(function) => Some(*function),
            BindingKind::Variable { declarator, path } if path.is_empty() && binding.writes.is_empty() => {
                function_in(declarator.field("value")?, self.source)
            }
            _ => None,
        }
    }

    /// The initial value of a name that is never assigned again, or the node itself when it is no such name.
    #[must_use]
    pub fn initial(&self, node: Node<'t>) -> Node<'t> {
        let mut node = strip(node);
        for _ in 0..8 {
            // `{ proxy }` names the value, too.
            if !matches!(node.kind(), "identifier" | "shorthand_property_identifier") {
                break;
            }
            let Some((_, binding)) = self.binding_of(node) else { break };
            match &binding.kind {
                BindingKind::Variable { declarator, path } if path.is_empty() && binding.writes.is_empty() => {
                    match declarator.field("value") {
                        Some(value) => node = strip(value),
                        None => break,
                    }
                }
                _ => break,
            }
        }
        node
    }

    /// The name that the value of a node is bound to: `const name = node`, `name = node`, `this.name = node`.
    #[must_use]
    pub fn bound_name(&self, node: Node<'t>) -> Option<&'t str> {
        let mut current = node;
        for _ in 0..8 {
            let parent = self.parent(current)?;
            match parent.kind() {
                "parenthesized_expression"
                | "as_expression"
                | "satisfies_expression"
                | "non_null_expression"
                | "await_expression" => current = parent,
                "variable_declarator" => {
                    return parent.field("name").filter(|name| name.kind() == "identifier").map(|name| self.text(name));
                }
                "assignment_expression" => {
                    let left = parent.field("left")?;
                    return Some(match left.kind() {
                        "member_expression" => self.text(left.field("property")?),
                        _ => self.text(left),
                    });
                }
                "public_field_definition" => return parent.field("name").map(|name| self.text(name)),
                _ => return None,
            }
        }
        None
    }

    /// The method `name` of the class around a node.
    #[must_use]
    pub fn method_of_this(&self, node: Node<'t>, name: &str) -> Option<Node<'t>> {
        super::class::method_of_this(self, node, name)
    }

    /// Whether the module text of any import or `require` of the file is accepted.
    pub fn imports_any(&self, accept: impl FnMut(&&str) -> bool) -> bool {
        self.modules.get_or_init(|| self.modules()).iter().any(accept)
    }

    fn modules(&self) -> BTreeSet<&'t str> {
        let module_of = |kind: &BindingKind<'t>| match kind {
            BindingKind::Import { module, .. } => Some(*module),
            BindingKind::Variable { declarator, .. } => declarator
                .field("value")
                .filter(|value| matches!(strip(*value).kind(), "call_expression" | "member_expression"))
                .and_then(|value| self.origin(value))
                .map(|origin| origin.module),
            _ => None,
        };
        self.scopes.bindings().filter_map(|(_, binding)| module_of(&binding.kind)).collect()
    }

    /// Whether a node is a function or the name of one.
    #[must_use]
    pub fn is_callback(&self, node: Node<'t>) -> bool {
        is_function(strip(node)) || self.function(node).is_some()
    }
}
