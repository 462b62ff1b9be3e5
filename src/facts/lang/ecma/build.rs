//! Expression nodes to [`Expr`].

use std::sync::Arc;

use tree_sitter::Node;

use super::cx::EcmaCx;
use super::memo::{Seen, Subject};
use super::node::{children, is_function, strip};
use super::operators::or_default;
use super::scope::{BindingId, BindingKind, ScopeId, Step};
use crate::base::Span;
use crate::facts::{EnvReader, Expr, ExprKind, HoleReason, Op, PagePart};
use crate::parse::fields::Fields;

/// Levels above a statement among which the conditions around it are looked for.
pub(super) const MAX_LEVELS: usize = 40;

/// How deep expressions are followed, through nesting and through names together.
const MAX_DEPTH: usize = 48;

/// How many nodes one expression may have; what is beyond is a hole.
pub(super) const MAX_NODES: usize = 3_000;

/// How many terms of one sum or chain are read.
pub(super) const MAX_TERMS: usize = 1_000;

/// Which parameters an expression may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Frame {
    /// None: they are holes.
    Closed,
    /// Those of the first named function that is met, or of this one.
    Open(Option<ScopeId>),
}

/// Builds expressions that share one frame of parameters.
pub struct Builder<'c, 't> {
    /// The file.
    pub cx: &'c EcmaCx<'t>,
    pub(super) frame: Frame,
    depth: usize,
    pub(super) nodes: usize,
    /// What the value that is being built depends on so far.
    pub(super) seen: Seen,
    /// Arguments of calls that are being written out in place.
    pub(super) arguments: Vec<(ScopeId, Vec<Expr>)>,
    /// Functions that are being built as values, the innermost last.
    pub(super) lambdas: Vec<ScopeId>,
    /// Functions around the place that the frame leaves out, of which parameters are used.
    pub(super) captured: Vec<ScopeId>,
    /// Names whose value is being built, against cycles.
    active: Vec<BindingId>,
    /// Functions that make the state of a store and whose value is being built for their own code.
    pub(super) creators: Vec<usize>,
    /// Values of fields of classes inside the statement that changes them.
    pub(super) fields: Vec<(ScopeId, String, Expr)>,
    /// Values of names inside the statement that assigns them anew.
    pub(super) current: Vec<(BindingId, Expr)>,
}

impl<'c, 't> Builder<'c, 't> {
    /// A builder that knows no parameters.
    #[must_use]
    pub fn closed(cx: &'c EcmaCx<'t>) -> Self {
        Self::with_frame(cx, Frame::Closed)
    }

    /// A builder that writes expressions in the parameters of the first named function whose parameter it meets.
    #[must_use]
    pub fn open(cx: &'c EcmaCx<'t>) -> Self {
        Self::with_frame(cx, Frame::Open(None))
    }

    /// A builder for the summary of one function.
    pub(super) fn summary(cx: &'c EcmaCx<'t>, function: ScopeId) -> Self {
        Self::with_frame(cx, Frame::Open(Some(function)))
    }

    fn with_frame(cx: &'c EcmaCx<'t>, frame: Frame) -> Self {
        Self {
            cx,
            frame,
            depth: 0,
            nodes: 0,
            seen: Seen::default(),
            arguments: Vec::new(),
            lambdas: Vec::new(),
            captured: Vec::new(),
            active: Vec::new(),
            creators: Vec::new(),
            fields: Vec::new(),
            current: Vec::new(),
        }
    }

    /// The name of the function whose parameters the expressions so far use.
    #[must_use]
    pub fn function(&self) -> Option<Arc<str>> {
        match self.frame {
            Frame::Open(Some(function)) => self.cx.function_name(self.cx.scopes.scope(function).node),
            Frame::Open(None) | Frame::Closed => None,
        }
    }

    /// What a function without arguments comes to (a URL given as a function).
    pub fn result(&mut self, function: Node<'t>) -> Expr {
        self.written_out(function, Vec::new())
    }

    /// What a function comes to that a library calls with arguments that only the run time knows.
    pub fn answer(&mut self, function: Node<'t>) -> Expr {
        let args = self.unknown_arguments(function);
        self.written_out(function, args)
    }

    /// The value of a node inside such a function.
    pub fn inside_answer(&mut self, function: Node<'t>, node: Node<'t>) -> Expr {
        let args = self.unknown_arguments(function);
        self.with_arguments(function, args, node)
    }

    fn unknown_arguments(&self, function: Node<'t>) -> Vec<Expr> {
        /// Libraries give no more.
        const MOST: usize = 8;
        vec![Expr::hole(self.cx.span(function), HoleReason::Runtime); MOST]
    }

    /// The value of a node inside a function of the file that is called with these arguments.
    pub fn inside(&mut self, function: Node<'t>, args: &[Node<'t>], node: Node<'t>) -> Expr {
        let given = args.iter().map(|arg| self.argument(*arg)).collect();
        self.with_arguments(function, given, node)
    }

    fn with_arguments(&mut self, function: Node<'t>, given: Vec<Expr>, node: Node<'t>) -> Expr {
        let Some(scope) = self.cx.scopes.by_node.get(&function.id()).copied() else { return self.expr(node) };
        self.arguments.push((scope, given));
        let value = self.expr(node);
        self.arguments.pop();
        value
    }

    /// The value of an expression node.
    pub fn expr(&mut self, node: Node<'t>) -> Expr {
        let node = strip(node);
        let span = self.cx.span(node);
        if self.depth >= MAX_DEPTH || self.nodes >= MAX_NODES || !self.cx.spend() {
            self.seen.limit = true;
            return Expr::hole(span, HoleReason::Limit);
        }
        self.depth += 1;
        self.nodes += 1;
        let value = Expr::new(span, self.kind(node));
        self.depth -= 1;
        // Guards repeat what they test, so that a value may grow faster than the text that it comes from.
        if is_larger(&value, MAX_NODES) { Expr::hole(span, HoleReason::Limit) } else { value }
    }

    fn kind(&mut self, node: Node<'t>) -> ExprKind {
        let text = self.cx.text(node);
        match node.kind() {
            "string" => {
                let mut parts = Vec::new();
                self.literal(node.start_byte() + 1, node.end_byte().saturating_sub(1), &mut parts);
                super::literal::joined(parts)
            }
            "template_string" => self.template(node),
            "number" => ExprKind::Num(Arc::from(text.replace('_', ""))),
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            "undefined" => ExprKind::Undefined,
            "regex" => ExprKind::Regex {
                pattern: Arc::from(node.field("pattern").map_or("", |node| self.cx.text(node))),
                flags: Arc::from(node.field("flags").map_or("", |node| self.cx.text(node))),
            },
            "identifier" | "shorthand_property_identifier" => self.name(node).kind,
            "member_expression" => self.member_node(node).kind,
            "subscript_expression" => self.subscript(node).kind,
            "call_expression" => self.once(Subject::Call(node.id()), |builder| builder.call(node)).kind,
            "new_expression" => self.construct(node).kind,
            "binary_expression" => self.binary(node),
            "ternary_expression" => self.ternary(node),
            "unary_expression" => self.unary(node),
            "arrow_function" | "function_expression" | "function_declaration" => self.lambda(node),
            "array" => ExprKind::List(children(node).map(|item| self.item(item)).collect()),
            "object" => self.object(node),
            "sequence_expression" => match children(node).last() {
                Some(last) => self.expr(last).kind,
                None => ExprKind::Hole(HoleReason::Unsupported),
            },
            "assignment_expression" => match node.field("right") {
                Some(right) => self.expr(right).kind,
                None => ExprKind::Hole(HoleReason::Unsupported),
            },
            // `instance ??= make()`
            "augmented_assignment_expression" => {
                let is_fallback = node.field("operator").is_some_and(|it| matches!(it.kind(), "??=" | "||="));
                match node.field("right").filter(|_| is_fallback) {
                    Some(right) => self.expr(right).kind,
                    None => ExprKind::Hole(HoleReason::Unsupported),
                }
            }
            _ => ExprKind::Hole(HoleReason::Unsupported),
        }
    }

    /// An element of a list or an argument: `...x` is a spread.
    pub(super) fn item(&mut self, node: Node<'t>) -> Expr {
        if node.kind() == "spread_element"
            && let Some(inner) = node.named_child(0)
        {
            let inner = self.expr(inner);
            return Expr::new(self.cx.span(node), ExprKind::Spread(Box::new(inner)));
        }
        self.expr(node)
    }

    /// What an identifier stands for.
    pub(super) fn name(&mut self, node: Node<'t>) -> Expr {
        let span = self.cx.span(node);
        let text = self.cx.text(node);
        let Some((id, binding)) = self.cx.binding_of(node) else {
            return Expr::new(span, global(text));
        };
        if let Some((_, value)) = self.current.iter().rev().find(|(current, _)| *current == id) {
            self.seen.current = true;
            return value.clone();
        }
        match &binding.kind {
            BindingKind::Runtime => Expr::hole(span, HoleReason::Runtime),
            BindingKind::Item { list, path } => {
                let item = self.guarded(id, span, |builder| builder.element(*list, span));
                self.take(item, path)
            }
            BindingKind::Param { function, index, path, default } => {
                if !binding.writes.is_empty() {
                    return self.local(id, node, span);
                }
                let value = self.parameter(*function, *index, *default, span);
                self.take(value, path)
            }
            // SvelteKit and Astro hand out variables of the environment as names of a module.
            BindingKind::Import {
                module: "$env/static/public" | "$env/static/private" | "astro:env/client" | "astro:env/server",
                imported,
            } => Expr::new(span, ExprKind::Env { name: Arc::from(*imported), reader: EnvReader::LoadEnv }),
            _ if binding.scope == ScopeId(0) => Expr::new(span, ExprKind::Name(Arc::from(text))),
            BindingKind::Variable { .. } => self.local(id, node, span),
            BindingKind::Enum(node) => self.guarded(id, span, |builder| builder.enumeration(*node)),
            BindingKind::Import { .. } => Expr::new(span, ExprKind::Name(Arc::from(text))),
            BindingKind::Function(node) => self.guarded(id, span, |builder| builder.expr(*node)),
            BindingKind::Class(_) => Expr::hole(span, HoleReason::Unsupported),
        }
    }

    /// The value of a local name at the use `node`.
    fn local(&mut self, id: BindingId, node: Node<'t>, span: Span) -> Expr {
        let binding = self.cx.scopes.binding(id);
        let is_constant = binding.writes.is_empty() && binding.changes.is_empty();
        let used_at = node.start_byte();
        let subject = Subject::Name(id, if is_constant { usize::MAX } else { used_at });
        self.once(subject, |builder| builder.guarded(id, span, |builder| builder.flow(id, used_at)))
    }

    /// Builds the value of a name unless it is being built already.
    fn guarded(&mut self, id: BindingId, span: Span, build: impl FnOnce(&mut Self) -> Expr) -> Expr {
        if self.active.contains(&id) || self.depth >= MAX_DEPTH {
            self.seen.limit = true;
            return Expr::hole(span, HoleReason::Limit);
        }
        self.active.push(id);
        self.depth += 1;
        let value = build(self);
        self.depth -= 1;
        self.active.pop();
        value
    }

    /// The value of a parameter: the argument of the call that is being written out, or `Param`, or a hole.
    pub(super) fn parameter(&mut self, function: ScopeId, index: u32, default: Option<Node<'t>>, span: Span) -> Expr {
        self.seen.parameter = true;
        if let Some((_, arguments)) = self.arguments.iter().rev().find(|(id, _)| *id == function) {
            let argument = arguments.get(index as usize).cloned();
            return match (argument, default) {
                (Some(argument), _) if argument.kind != ExprKind::Undefined => argument,
                (_, Some(default)) => self.expr(default),
                (argument, None) => argument.unwrap_or_else(|| Expr::new(span, ExprKind::Undefined)),
            };
        }
        if let Some((_, known)) = self.cx.given.borrow().iter().find(|(id, _)| *id == function) {
            return known.get(index as usize).cloned().unwrap_or_else(|| Expr::hole(span, HoleReason::Parameter));
        }
        if index == 0
            && let Some(value) = self.promised(self.cx.scopes.scope(function).node)
        {
            return value;
        }
        if index == 0
            && let Some(list) = iterated(self.cx, self.cx.scopes.scope(function).node)
        {
            return self.element(list, span);
        }
        self.framed_parameter(function, index, default, span)
    }

    /// Any element of a list that is written out somewhere.
    fn element(&mut self, list: Node<'t>, span: Span) -> Expr {
        let list = self.expr(list);
        match list.kind {
            ExprKind::List(_)
            | ExprKind::Name(_)
            | ExprKind::Member(..)
            | ExprKind::Op(Op::Fetched, _)
            | ExprKind::Op(Op::Values | Op::Keys | Op::Entries | Op::Split | Op::DropEmpty, _) => {
                Expr::new(span, ExprKind::Op(Op::AnyOf, vec![list]))
            }
            _ => Expr::hole(span, HoleReason::Runtime),
        }
    }

    /// Takes a destructured part out of a value.
    pub(super) fn take(&mut self, value: Expr, path: &[Step<'t>]) -> Expr {
        let mut value = value;
        for step in path {
            let (part, default) = match step {
                Step::Key(key, default) => (self.member(value, key), *default),
                Step::Index(index, default) => (self.index(value, *index), *default),
                Step::Rest => (Expr::hole(value.span, HoleReason::Unsupported), None),
            };
            value = match default {
                Some(default) if part.kind == ExprKind::Undefined => self.expr(default),
                Some(default) => {
                    let otherwise = self.expr(default);
                    or_default(part, otherwise)
                }
                None => part,
            };
        }
        value
    }

    /// Whether the node is code rather than a value.
    pub(super) fn is_code(node: Node<'t>) -> bool {
        is_function(strip(node))
    }
}

fn global(name: &str) -> ExprKind {
    match name {
        "undefined" => ExprKind::Undefined,
        "location" => ExprKind::Page(PagePart::Href),
        "NaN" | "Infinity" => ExprKind::Hole(HoleReason::Unsupported),
        "window" | "document" | "navigator" | "self" | "globalThis" | "localStorage" | "sessionStorage" | "event" => {
            ExprKind::Hole(HoleReason::Runtime)
        }
        // What a bundler replaces, or another script of the page defines.
        name if is_configured(name) => ExprKind::Name(Arc::from(name)),
        name => ExprKind::Hole(HoleReason::UnknownName(Arc::from(name))),
    }
}

/// Whether a name that the file does not define looks like one that a build or another script gives it.
#[must_use]
pub fn is_configured(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_constant = name.len() > 1
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'$'));
    is_constant || name.starts_with('_') || ["config", "settings", "env"].iter().any(|part| lower.contains(part))
}

/// The list whose elements a callback gets: `list.map(x => ..)`.
fn iterated<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> Option<Node<'t>> {
    let arguments = cx.parent(function).filter(|parent| parent.kind() == "arguments")?;
    if children(arguments).next()?.id() != function.id() {
        return None;
    }
    let callee = cx.parent(arguments)?.field("function").filter(|callee| callee.kind() == "member_expression")?;
    let method = cx.text(callee.field("property")?);
    matches!(method, "map" | "forEach" | "flatMap").then(|| callee.field("object"))?
}

pub(super) fn is_larger(value: &Expr, limit: usize) -> bool {
    let mut count = 0usize;
    crate::facts::visit::exprs(value, &mut |_| count += 1);
    count > limit
}
