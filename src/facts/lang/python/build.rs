//! Expressions of Python source.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use tree_sitter::Node;

use super::outline::Outline;
use super::scope::{BindKind, GuardChain, ScopeId, ScopeKind};
use super::text::{self, Part};
use crate::base::Span;
use crate::facts::{Arm, Expr, ExprKind, Field, Guard, HoleReason, Op, Sense, Test};
use crate::parse::fields::Fields;

/// How deep expressions are followed, through names too.
const MAX_DEPTH: u32 = 40;

/// The largest value, in nodes, that further bindings of its name are added to.
const MAX_VALUE: usize = 2_000;
/// How many nodes one expression may have before the rest becomes a hole.
const MAX_NODES: u32 = 2_000;
/// How many operands one concatenation may have.
const MAX_OPERANDS: usize = 400;

/// Where an expression stands: what its names mean.
#[derive(Clone)]
pub struct At<'t> {
    /// The scope.
    pub scope: ScopeId,
    /// The conditions around the use.
    pub guards: GuardChain,
    /// The byte before which local bindings count.
    pub before: usize,
    /// Names with a meaning of their own here: a loop variable, a lambda's parameter.
    pub meanings: Vec<(&'t str, Meaning<'t>)>,
    depth: u32,
}

/// What a name stands for by context.
#[derive(Clone)]
pub enum Meaning<'t> {
    /// Another node of the same file.
    Node(Node<'t>),
    /// A value.
    Value(Expr),
}

impl<'t> At<'t> {
    /// A place in `scope` under `guards`, at the start of `node`.
    #[must_use]
    pub fn new(scope: ScopeId, guards: GuardChain, node: Node<'t>) -> Self {
        Self { scope, guards, before: node.start_byte(), meanings: Vec::new(), depth: 0 }
    }

    /// The end of `scope`: every binding counts.
    #[must_use]
    pub fn end_of(scope: ScopeId) -> Self {
        Self { scope, guards: GuardChain::default(), before: usize::MAX, meanings: Vec::new(), depth: 0 }
    }

    /// The same place, with a meaning for `name`.
    #[must_use]
    pub fn with(&self, name: &'t str, meaning: Meaning<'t>) -> Self {
        let mut at = self.clone();
        at.meanings.push((name, meaning));
        at
    }

    /// Whether values are followed no further.
    pub(super) fn is_too_deep(&self) -> bool {
        self.depth > MAX_DEPTH
    }

    pub(super) fn deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }

    fn meaning(&self, name: &str) -> Option<&Meaning<'t>> {
        self.meanings.iter().rev().find(|(known, _)| *known == name).map(|(_, meaning)| meaning)
    }
}

/// A Python file as adapters see it.
pub struct PythonCx<'t> {
    /// Scopes, imports, sites.
    pub outline: Outline<'t>,
    /// Dotted names of constructors whose results are referred to by name, never by value (`fastapi.FastAPI`).
    pub kept: Vec<&'static str>,
    /// Whether a string of the file is the name of the Origin header.
    pub(super) names_origin: bool,
    /// First names of the imported modules.
    pub(super) packages: BTreeSet<Box<str>>,
    left: Cell<u32>,
}

/// The span of a node.
#[must_use]
pub fn span(node: Node<'_>) -> Span {
    Span::from(node.byte_range())
}

pub(super) fn op(span: Span, op: Op, operands: Vec<Expr>) -> Expr {
    Expr::new(span, ExprKind::Op(op, operands))
}

pub(super) fn choice(span: Span, arms: Vec<Arm>) -> Expr {
    Expr::new(span, ExprKind::Choice(arms))
}

/// Whether an expression is a list as far as its form shows.
#[must_use]
pub fn is_list(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::List(_) => true,
        ExprKind::Op(op, _) => {
            matches!(
                op,
                Op::Append | Op::Split | Op::DropEmpty | Op::TrimEach | Op::Each(_) | Op::ParseJson | Op::ParseSetting
            )
        }
        ExprKind::Choice(arms) => arms.iter().any(|arm| is_list(&arm.value)),
        _ => false,
    }
}

/// Whether a string of `text` is the header's name, in one of its usual spellings.
fn names_origin(text: &str) -> bool {
    ["origin", "Origin", "ORIGIN"]
        .iter()
        .any(|name| text.contains(&format!("\"{name}\"")) || text.contains(&format!("'{name}'")))
}

impl<'t> PythonCx<'t> {
    /// A file whose tree is walked once.
    #[must_use]
    pub fn new(text: &'t str, root: Node<'t>, kept: Vec<&'static str>) -> Self {
        let outline = Outline::new(text, root);
        let packages = outline.imports.iter().filter_map(|import| import.module.split('.').next()).map(Box::from);
        let packages = packages.collect();
        let names_origin = names_origin(text);
        Self { outline, kept, names_origin, packages, left: Cell::new(MAX_NODES) }
    }

    /// The source of a node.
    #[must_use]
    pub fn text(&self, node: Node<'_>) -> &'t str {
        text::of(self.outline.text, node)
    }

    /// The value of `node` as seen from `at`.
    #[must_use]
    pub fn expr(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        if at.depth == 0 {
            self.left.set(MAX_NODES);
        }
        self.left.set(self.left.get().saturating_sub(1));
        if at.depth > MAX_DEPTH || self.left.get() == 0 {
            return Expr::hole(span(node), HoleReason::Limit);
        }
        self.build(node, &at.deeper())
    }

    fn build(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let kind = match node.kind() {
            "string" | "concatenated_string" => return self.string(node, at),
            "integer" | "float" => ExprKind::Num(Arc::from(self.text(node).replace('_', ""))),
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "none" => ExprKind::Null,
            "identifier" => return self.name(node, at),
            "attribute" => return self.attribute(node, at),
            "subscript" => return self.subscript(node, at),
            "call" => return self.call(node, at),
            "list" | "tuple" | "set" | "expression_list" => ExprKind::List(self.items(node, at)),
            "list_splat" | "dictionary_splat" => match node.named_child(0) {
                Some(inner) => ExprKind::Spread(Box::new(self.expr(inner, at))),
                None => ExprKind::Hole(HoleReason::Unsupported),
            },
            "dictionary" => return self.dictionary(node, at),
            "parenthesized_expression" | "await" => match node.named_child(0) {
                Some(inner) => return self.expr(inner, at),
                None => ExprKind::Hole(HoleReason::Unsupported),
            },
            "conditional_expression" => {
                let parts = (node.named_child(0), node.named_child(1), node.named_child(2));
                let (Some(then), Some(condition), Some(other)) = parts else {
                    return Expr::hole(here, HoleReason::Unsupported);
                };
                let guards = self.guards(condition, Sense::Holds, at);
                let arms = vec![
                    Arm { guards, value: self.expr(then, at) },
                    Arm { guards: Vec::new(), value: self.expr(other, at) },
                ];
                ExprKind::Choice(arms)
            }
            "boolean_operator" => return self.boolean(node, at),
            "not_operator" | "comparison_operator" => {
                let guards = self.guards(node, Sense::Holds, at);
                let arm = |guards, value| Arm { guards, value: Expr::new(here, ExprKind::Bool(value)) };
                ExprKind::Choice(vec![arm(guards, true), arm(Vec::new(), false)])
            }
            "binary_operator" => return self.binary(node, at),
            "unary_operator" => match node.field("argument") {
                Some(number) if matches!(number.kind(), "integer" | "float") && self.text(node).starts_with('-') => {
                    ExprKind::Num(Arc::from(self.text(node).replace(['_', ' '], "")))
                }
                _ => ExprKind::Hole(HoleReason::Unsupported),
            },
            "named_expression" => match node.field("value") {
                Some(value) => return self.expr(value, at),
                None => ExprKind::Hole(HoleReason::Unsupported),
            },
            "list_comprehension" | "set_comprehension" | "generator_expression" => return self.comprehension(node, at),
            _ => ExprKind::Hole(HoleReason::Unsupported),
        };
        Expr::new(here, kind)
    }

    pub(super) fn items(&self, node: Node<'t>, at: &At<'t>) -> Vec<Expr> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor)
            .filter(|child| child.kind() != "comment")
            .map(|child| self.expr(child, at))
            .collect()
    }

    fn string(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let Some(parts) = text::parts(self.outline.text, node) else {
            return Expr::hole(here, HoleReason::Unsupported);
        };
        let mut out: Vec<Expr> = Vec::new();
        let mut plain = String::new();
        let mut computed = false;
        for part in parts {
            match part {
                Part::Text(text, piece) => {
                    plain.push_str(&text);
                    out.push(Expr::str(span(piece), &text));
                }
                Part::Value(interpolation) => {
                    computed = true;
                    let value = interpolation.field("expression").or_else(|| interpolation.named_child(0));
                    out.push(match value {
                        Some(value) => self.expr(value, at),
                        None => Expr::hole(span(interpolation), HoleReason::Unsupported),
                    });
                }
            }
        }
        if computed { op(here, Op::Concat, out) } else { Expr::str(here, &plain) }
    }

    fn dictionary(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let mut cursor = node.walk();
        let mut fields = Vec::new();
        for child in node.named_children(&mut cursor) {
            let field = match child.kind() {
                "pair" => match (child.field("key"), child.field("value")) {
                    (Some(key), Some(value)) => {
                        let name = text::literal(self.outline.text, key).unwrap_or_else(|| self.text(key).to_owned());
                        Field { key: Arc::from(name), key_span: span(key), value: self.expr(value, at) }
                    }
                    _ => continue,
                },
                "dictionary_splat" => match child.named_child(0) {
                    Some(inner) => Field { key: Arc::from("..."), key_span: span(child), value: self.expr(inner, at) },
                    None => continue,
                },
                "comment" => continue,
                _ => return Expr::hole(span(node), HoleReason::Unsupported),
            };
            fields.push(field);
        }
        Expr::new(span(node), ExprKind::Object(fields))
    }

    fn name(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let name = self.text(node);
        match at.meaning(name) {
            Some(Meaning::Node(other)) => {
                let mut outside = at.clone();
                outside.meanings.clear();
                return self.expr(*other, &outside);
            }
            Some(Meaning::Value(value)) => return value.clone(),
            None => {}
        }
        let mut id = Some(at.scope);
        let mut inner = true;
        while let Some((scope_id, scope)) = id.and_then(|id| Some((id, self.outline.scopes.get(id.0)?))) {
            let visible = match scope.kind {
                ScopeKind::Module => false,
                ScopeKind::Function => true,
                ScopeKind::Class => inner,
            };
            if visible && scope.bindings.contains_key(name) {
                if self.is_kept(scope_id, name) {
                    return Expr::new(span(node), ExprKind::Name(Arc::from(name)));
                }
                let within = if inner { at.clone() } else { At { depth: at.depth, ..At::end_of(scope_id) } };
                return match self.value_of(scope_id, name, &within) {
                    Some(value) => value,
                    None => Expr::hole(span(node), HoleReason::Unsupported),
                };
            }
            if let Some(index) = scope.param(name).filter(|_| visible) {
                let summary = self.is_summary(scope_id);
                return match u32::try_from(index) {
                    Ok(index) if summary => Expr::new(span(node), ExprKind::Param(index)),
                    _ => Expr::hole(span(node), HoleReason::Parameter),
                };
            }
            inner = false;
            id = scope.parent;
        }
        self.global(node, name)
    }

    fn global(&self, node: Node<'t>, name: &str) -> Expr {
        let defined = self.outline.scopes.first().is_some_and(|module| module.bindings.contains_key(name));
        if defined || self.outline.canonical.contains_key(name) || self.outline.star_import {
            Expr::new(span(node), ExprKind::Name(Arc::from(name)))
        } else {
            Expr::hole(span(node), HoleReason::UnknownName(Arc::from(name)))
        }
    }

    /// Whether a function's parameters are those of a summary: it stands at top level, or is a method of a class that does.
    #[must_use]
    pub fn is_summary(&self, id: ScopeId) -> bool {
        let parent = |id: ScopeId| self.outline.scopes.get(id.0).and_then(|scope| scope.parent);
        let Some(outer) = parent(id) else { return false };
        let class = self.outline.scopes.get(outer.0).is_some_and(|scope| scope.kind == ScopeKind::Class);
        outer == ScopeId(0) || (class && parent(outer) == Some(ScopeId(0)))
    }

    /// Whether the name is bound to the result of a constructor that is kept by name.
    #[must_use]
    pub fn is_kept(&self, scope: ScopeId, name: &str) -> bool {
        let bindings = self.outline.scopes.get(scope.0).and_then(|scope| scope.bindings.get(name));
        bindings.is_some_and(|bindings| {
            bindings.iter().any(|binding| match binding.kind {
                BindKind::Assign(value) => self.constructor(value).is_some_and(|name| self.kept.contains(&&*name)),
                _ => false,
            })
        })
    }

    /// The dotted name of what a call calls.
    #[must_use]
    pub fn constructor(&self, node: Node<'t>) -> Option<String> {
        let node = if node.kind() == "await" { node.named_child(0)? } else { node };
        if node.kind() != "call" {
            return None;
        }
        self.dotted(node.field("function")?)
    }

    /// The dotted name that an identifier or attribute was imported as (`os.getenv`); a builtin's plain name.
    #[must_use]
    pub fn dotted(&self, node: Node<'t>) -> Option<String> {
        let mut tail: Vec<&str> = Vec::new();
        let mut at = node;
        loop {
            match at.kind() {
                "identifier" => break,
                "attribute" if tail.len() < 12 => {
                    if let Some(whole) = self.outline.canonical.get(self.text(at)) {
                        return Some(join(whole, &tail));
                    }
                    tail.push(self.text(at.field("attribute")?));
                    at = at.field("object")?;
                }
                _ => return None,
            }
        }
        let root = self.text(at);
        if let Some(whole) = self.outline.canonical.get(root) {
            return Some(join(whole, &tail));
        }
        (tail.is_empty() && !self.outline.bound.contains(root)).then(|| root.to_owned())
    }

    fn attribute(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let whole = self.text(node);
        if self.outline.canonical.contains_key(whole) {
            return Expr::new(here, ExprKind::Name(Arc::from(whole)));
        }
        // `self.x` that this very method has set.
        let scope = self.outline.scopes.get(at.scope.0);
        if scope.is_some_and(|scope| scope.kind == ScopeKind::Function && scope.bindings.contains_key(whole)) {
            if self.is_kept(at.scope, whole) {
                return Expr::new(here, ExprKind::Name(Arc::from(whole)));
            }
            if let Some(value) = self.value_of(at.scope, whole, at) {
                return value;
            }
        }
        let parts = (node.field("object"), node.field("attribute"));
        let (Some(object), Some(name)) = parts else { return Expr::hole(here, HoleReason::Unsupported) };
        let object = self.expr(object, at);
        member(here, object, self.text(name))
    }

    fn subscript(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let parts = (node.field("value"), node.field("subscript"));
        let (Some(object), Some(key)) = parts else { return Expr::hole(here, HoleReason::Unsupported) };
        if self.dotted(object).as_deref() == Some("os.environ") {
            return self.env_read(here, key, None, at);
        }
        let value = self.expr(object, at);
        if let Some(name) = text::literal(self.outline.text, key) {
            return member(here, value, &name);
        }
        if let ExprKind::Hole(reason) = value.kind {
            return Expr::hole(here, reason);
        }
        match key.kind() {
            "integer" | "unary_operator" => op(here, Op::Index, vec![value, self.expr(key, at)]),
            "slice" => {
                let text = self.text(key);
                let mut bounds = text.splitn(2, ':').map(|bound| bound.trim().parse::<i64>().ok());
                let number = |n: i64| Expr::new(span(key), ExprKind::Num(Arc::from(n.to_string())));
                match (text.starts_with(':'), bounds.next().flatten(), bounds.next().flatten()) {
                    (true, _, Some(to)) => op(here, Op::Slice, vec![value, number(0), number(to)]),
                    (_, Some(from), Some(to)) => op(here, Op::Slice, vec![value, number(from), number(to)]),
                    (_, Some(from), None) if text.ends_with(':') => op(here, Op::Slice, vec![value, number(from)]),
                    _ => Expr::hole(here, HoleReason::Unsupported),
                }
            }
            _ => Expr::hole(here, HoleReason::Unsupported),
        }
    }

    fn boolean(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        // A left-leaning chain, walked without recursion.
        let mut operands = Vec::new();
        let mut current = node;
        let operator = node.field("operator").map_or("", |op| self.text(op));
        while current.kind() == "boolean_operator"
            && current.field("operator").is_some_and(|op| self.text(op) == operator)
            && operands.len() < MAX_OPERANDS
        {
            let parts = (current.field("left"), current.field("right"));
            let (Some(left), Some(right)) = parts else { break };
            operands.push(right);
            current = left;
        }
        operands.push(current);
        operands.reverse();
        let Some((last, firsts)) = operands.split_last() else { return Expr::hole(here, HoleReason::Unsupported) };
        let mut arms = Vec::new();
        for first in firsts {
            let (sense, value) = match operator {
                "or" => (Sense::Holds, self.expr(*first, at)),
                _ => (Sense::Fails, self.expr(*first, at)),
            };
            arms.push(Arm { guards: self.guards(*first, sense, at), value });
        }
        arms.push(Arm { guards: Vec::new(), value: self.expr(*last, at) });
        choice(here, arms)
    }

    fn binary(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let operator = node.field("operator").map_or("", |op| self.text(op));
        match operator {
            "+" => {
                let mut operands = Vec::new();
                let mut current = node;
                while current.kind() == "binary_operator"
                    && current.field("operator").is_some_and(|op| self.text(op) == "+")
                {
                    let parts = (current.field("left"), current.field("right"));
                    let (Some(left), Some(right)) = parts else { break };
                    if operands.len() >= MAX_OPERANDS {
                        return Expr::hole(here, HoleReason::Limit);
                    }
                    operands.push(right);
                    current = left;
                }
                operands.push(current);
                let values: Vec<_> = operands.iter().rev().map(|operand| self.expr(*operand, at)).collect();
                if values.iter().any(is_list) {
                    values
                        .into_iter()
                        .reduce(|a, b| op(here, Op::Append, vec![a, b]))
                        .unwrap_or_else(|| Expr::hole(here, HoleReason::Unsupported))
                } else {
                    op(here, Op::Concat, values)
                }
            }
            "%" => self.percent(node, at),
            "*" => match (node.field("left"), node.field("right")) {
                (Some(left), Some(right)) => op(here, Op::Multiply, vec![self.expr(left, at), self.expr(right, at)]),
                _ => Expr::hole(here, HoleReason::Unsupported),
            },
            "|" => {
                // Sets and dictionaries joined.
                let parts = (node.field("left"), node.field("right"));
                let (Some(left), Some(right)) = parts else { return Expr::hole(here, HoleReason::Unsupported) };
                let (left, right) = (self.expr(left, at), self.expr(right, at));
                if is_list(&left) || is_list(&right) {
                    op(here, Op::Append, vec![left, right])
                } else {
                    Expr::hole(here, HoleReason::Unsupported)
                }
            }
            _ => Expr::hole(here, HoleReason::Unsupported),
        }
    }

    /// `"%s:%s" % (a, b)`.
    fn percent(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        let here = span(node);
        let parts = (node.field("left"), node.field("right"));
        let (Some(left), Some(right)) = parts else { return Expr::hole(here, HoleReason::Unsupported) };
        let Some(format) = text::literal(self.outline.text, left) else {
            return Expr::hole(here, HoleReason::Unsupported);
        };
        let values = if right.kind() == "tuple" { self.items(right, at) } else { vec![self.expr(right, at)] };
        fill(span(left), here, &format, &["%s", "%d"], values)
    }

    /// The value of a local name at a place, from all its bindings before it.
    #[must_use]
    pub fn value_of(&self, scope_id: ScopeId, name: &str, at: &At<'t>) -> Option<Expr> {
        let bindings = self.outline.scopes.get(scope_id.0)?.bindings.get(name)?;
        let mut value: Option<Expr> = None;
        let local = scope_id == at.scope;
        for binding in bindings {
            if local && binding.at >= at.before {
                break;
            }
            let within = At {
                scope: scope_id,
                guards: binding.guards,
                before: binding.at,
                meanings: Vec::new(),
                depth: at.depth,
            };
            let here = span(binding.target);
            let shared = if local { at.guards } else { GuardChain::default() };
            let guards = self.chain_guards(binding.guards, shared, &within);
            let reassigned = || Expr::hole(here, HoleReason::Reassigned);
            let old = |value: &mut Option<Expr>| value.take().unwrap_or_else(|| Expr::new(here, ExprKind::Undefined));
            // Each binding below a condition holds the value before it twice.
            if value.as_ref().is_some_and(|value| value.is_larger_than(MAX_VALUE)) {
                return Some(Expr::hole(here, HoleReason::Limit));
            }
            value = match binding.kind {
                BindKind::Declared => value,
                BindKind::Assign(node) => {
                    let new = if binding.repeated && value.is_some() { reassigned() } else { self.expr(node, &within) };
                    Some(super::guard::either(here, guards, new, value))
                }
                BindKind::Augment(_) | BindKind::Append(_) | BindKind::Extend(_) if binding.repeated => {
                    let more = Expr::hole(here, HoleReason::Reassigned);
                    Some(op(here, Op::Append, vec![old(&mut value), more]))
                }
                BindKind::Augment(node) => {
                    let (before, more) = (old(&mut value), self.expr(node, &within));
                    let joined = if is_list(&before) || is_list(&more) { Op::Append } else { Op::Concat };
                    let new = op(here, joined, vec![before.clone(), more]);
                    Some(super::guard::either(here, guards, new, Some(before)))
                }
                BindKind::Append(node) => {
                    let before = old(&mut value);
                    let more = self.expr(node, &within);
                    let more = Expr::new(more.span, ExprKind::List(vec![more]));
                    let new = op(here, Op::Append, vec![before.clone(), more]);
                    Some(super::guard::either(here, guards, new, Some(before)))
                }
                BindKind::Extend(node) => {
                    let before = old(&mut value);
                    let new = op(here, Op::Append, vec![before.clone(), self.expr(node, &within)]);
                    Some(super::guard::either(here, guards, new, Some(before)))
                }
                BindKind::SetKey(key, node) => {
                    let before = old(&mut value);
                    let new = self.expr(node, &within);
                    Some(match (before.kind, text::literal(self.outline.text, key)) {
                        (ExprKind::Object(mut fields), Some(name)) if !binding.repeated => {
                            let known = fields.iter().position(|field| *field.key == *name);
                            let previous = known.map(|index| fields.remove(index).value);
                            let value = super::guard::either(here, guards, new, previous);
                            fields.push(Field { key: Arc::from(name), key_span: span(key), value });
                            Expr::new(before.span, ExprKind::Object(fields))
                        }
                        _ => Expr::hole(here, HoleReason::Reassigned),
                    })
                }
                BindKind::Scope(_) => Some(Expr::hole(here, HoleReason::Unsupported)),
                BindKind::Opaque => Some(Expr::hole(here, HoleReason::Reassigned)),
            };
        }
        value
    }

    /// The node that a name stands for when it is bound once; the node itself otherwise.
    #[must_use]
    pub fn resolve(&self, node: Node<'t>, at: &At<'t>) -> Node<'t> {
        let mut node = node;
        let mut before = at.before;
        for _ in 0..8 {
            if node.kind() == "parenthesized_expression"
                && let Some(inner) = node.named_child(0).filter(|inner| inner.kind() != "comment")
            {
                node = inner;
                continue;
            }
            if !matches!(node.kind(), "identifier" | "attribute") {
                break;
            }
            let name = self.text(node);
            if let Some(Meaning::Node(other)) = at.meaning(name) {
                node = *other;
                continue;
            }
            let mut id = Some(at.scope);
            let mut found = None;
            while let Some((scope_id, scope)) = id.and_then(|id| Some((id, self.outline.scopes.get(id.0)?))) {
                if let Some(bindings) = scope.bindings.get(name) {
                    let local = scope_id == at.scope;
                    let mut visible = bindings.iter().filter(|binding| !local || binding.at < before);
                    if let (Some(only), None) = (visible.next(), visible.next()) {
                        found = Some(only);
                    }
                    break;
                }
                if scope.param(name).is_some() {
                    break;
                }
                id = scope.parent;
            }
            let Some(binding) = found else { break };
            let BindKind::Assign(value) = binding.kind else { break };
            before = binding.at.max(1);
            node = value;
        }
        node
    }

    /// Guards of a chain of conditions, without those that hold at `within` anyway.
    #[must_use]
    pub fn chain_guards(&self, chain: GuardChain, within: GuardChain, at: &At<'t>) -> Vec<Guard> {
        use super::scope::GuardStep;
        let mut guards = Vec::new();
        for step in self.outline.guards.steps(chain, within) {
            match step {
                GuardStep::Holds(node) => guards.extend(self.guards(node, Sense::Holds, at)),
                GuardStep::Fails(node) => guards.extend(self.guards(node, Sense::Fails, at)),
                GuardStep::Opaque(node) => {
                    let line = self.text(node).lines().next().unwrap_or("");
                    let line = line.split(" #").next().unwrap_or(line).trim().trim_end_matches(':');
                    guards.push(Guard { test: Test::Opaque(Arc::from(line)), sense: Sense::Holds });
                }
            }
        }
        guards
    }
}

fn join(whole: &str, tail: &[&str]) -> String {
    let mut out = whole.to_owned();
    for part in tail.iter().rev() {
        out.push('.');
        out.push_str(part);
    }
    out
}

pub(super) fn member(here: Span, object: Expr, name: &str) -> Expr {
    match object.kind {
        ExprKind::Hole(reason) => Expr::hole(here, reason),
        ExprKind::Object(ref fields) if !fields.iter().any(|field| &*field.key == "...") => match object.field(name) {
            Some(value) => value.clone(),
            None => Expr::new(here, ExprKind::Undefined),
        },
        _ => Expr::new(here, ExprKind::Member(Box::new(object), Arc::from(name))),
    }
}

/// A format string with its placeholders filled, in order.
pub(super) fn fill(literal: Span, here: Span, format: &str, marks: &[&str], values: Vec<Expr>) -> Expr {
    let mut out = Vec::new();
    let mut rest = format;
    let mut values = values.into_iter();
    while let Some((at, mark)) = marks.iter().filter_map(|mark| Some((rest.find(mark)?, *mark))).min() {
        out.push(Expr::str(literal, &rest[..at]));
        match values.next() {
            Some(value) => out.push(value),
            None => return Expr::hole(here, HoleReason::Unsupported),
        }
        rest = &rest[at + mark.len()..];
    }
    if rest.contains(['%', '{']) || values.next().is_some() {
        return Expr::hole(here, HoleReason::Unsupported);
    }
    out.push(Expr::str(literal, rest));
    op(here, Op::Concat, out)
}
