//! Expressions of Python source.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tree_sitter::Node;

use super::arguments::CommandLine;
use super::handler::EVENT_STREAM;
use super::named::Definitions;
use super::outline::Outline;
use super::place::At;
use super::scope::{CONDITIONS, GuardChain, GuardStep, ScopeId, ScopeKind};
use super::text::{self, Part};
use crate::base::{Limit, Span};
use crate::facts::lang::parents::Parents;
use crate::facts::lang::reached::Reached;
use crate::facts::{Arm, Expr, ExprKind, Field, Guard, HoleReason, Op, Sense, Test};
use crate::parse::fields::Fields;

/// How many nodes one expression may have before the rest becomes a hole.
const MAX_NODES: u32 = 2_000;

/// A Python file as adapters see it.
pub struct PythonCx<'t> {
    /// Scopes, imports, sites.
    pub outline: Outline<'t>,
    /// Dotted names of constructors whose results are referred to by name, never by value (`fastapi.FastAPI`).
    pub kept: Vec<&'static str>,
    /// Whether a string of the file is the name of the Origin header.
    pub(super) names_origin: bool,
    /// Whether the text names the media type of an event stream.
    pub(super) names_event_stream: bool,
    /// First names of the imported modules.
    pub(super) packages: BTreeSet<Box<str>>,
    /// What the file does with the command line, once it is asked for.
    pub(super) command_line: OnceCell<CommandLine>,
    /// The functions and classes by their names.
    pub(super) definitions: Definitions<'t>,
    /// Names that are bound to results of constructors that are kept by name, by their scope.
    pub(super) kept_names: OnceCell<BTreeMap<ScopeId, BTreeSet<&'t str>>>,
    /// What is around each node.
    parents: Parents<'t>,
    left: Cell<u32>,
    /// Bounds that were reached.
    pub(super) reached: Reached,
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
        let definitions = Definitions::new(&outline.scopes);
        let names_origin = names_origin(text);
        let names_event_stream = text.contains(EVENT_STREAM);
        Self {
            outline,
            kept,
            names_origin,
            names_event_stream,
            packages,
            definitions,
            kept_names: OnceCell::new(),
            parents: Parents::below(root),
            command_line: OnceCell::new(),
            left: Cell::new(MAX_NODES),
            reached: Reached::default(),
        }
    }

    /// Says that a bound was reached.
    pub fn limit(&self, span: Span, limit: Limit) {
        self.reached.tell(span, limit);
    }

    /// The bounds that were reached, each at its first place.
    #[must_use]
    pub fn limits(&self) -> Vec<(Span, Limit)> {
        self.reached.all()
    }

    /// The node around a node.
    #[must_use]
    pub fn parent(&self, node: Node<'t>) -> Option<Node<'t>> {
        self.parents.of(node)
    }

    /// The source of a node.
    #[must_use]
    pub fn text(&self, node: Node<'_>) -> &'t str {
        text::of(self.outline.text, node)
    }

    /// The value of `node` as seen from `at`.
    #[must_use]
    pub fn expr(&self, node: Node<'t>, at: &At<'t>) -> Expr {
        if at.is_outermost() {
            self.left.set(MAX_NODES);
        }
        self.left.set(self.left.get().saturating_sub(1));
        if at.is_too_deep() || self.left.get() == 0 {
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
        if let Some(argument) = self.argument(here, object, self.text(name), at) {
            return argument;
        }
        let object = self.expr(object, at);
        member(here, object, self.text(name))
    }

    /// Guards of a chain of conditions, without those that hold at `within` anyway.
    #[must_use]
    pub fn chain_guards(&self, chain: GuardChain, within: GuardChain, at: &At<'t>) -> Vec<Guard> {
        let Some(steps) = self.outline.guards.steps(chain, within) else {
            self.reached.tell(Span::new(at.before, at.before), CONDITIONS);
            let test = Test::Opaque(Arc::from(format!("one of more than {} conditions", CONDITIONS.most())));
            return vec![Guard { test, sense: Sense::Holds }];
        };
        let mut guards = Vec::new();
        for step in steps {
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
