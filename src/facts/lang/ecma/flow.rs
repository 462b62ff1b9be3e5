//! The value of a local name at the place where it is used.

use tree_sitter::Node;

use super::build::{Builder, MAX_NODES, is_larger};
use super::changes::{changes_query, is_of_other_defaults, keys_of, strip_is_identifier, with_any_query, with_path};
use super::condition::truthy;
use super::node::{children, field_text, strip};
use super::operators::{choice, or_default};
use super::returns::{Exit, body_of_case};
use super::scope::{BindingId, BindingKind, ScopeId, Step, Write};
use crate::base::{FileKind, Limit};
use crate::facts::{Arm, Expr, ExprKind, Guard, HoleReason, Op, Sense};
use crate::parse::fields::Fields;

/// Each assignment of a name may hold the value before it, which is built anew for each use.
pub(super) const MOST_WRITES: Limit = Limit::new(
    64,
    "assignments of one name in code",
    "its value is unknown",
    "assign the name less often, or put the value into a constant",
);

/// How deep statements are followed.
const MAX_DEPTH: usize = 24;

/// The name whose value is followed, and where it is used.
struct Followed<'t> {
    id: BindingId,
    declaration: Node<'t>,
    writes: Vec<Node<'t>>,
    /// The use; `usize::MAX` when it comes after everything.
    until: usize,
}

impl Followed<'_> {
    fn touches(&self, node: Node<'_>) -> bool {
        let range = node.byte_range();
        range.contains(&self.declaration.start_byte())
            || self.writes.iter().any(|write| range.contains(&write.start_byte()))
    }

    fn is_used_in(&self, node: Node<'_>) -> bool {
        node.byte_range().contains(&self.until)
    }
}

/// Whether the use was reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Before,
    Reached,
}

impl<'t> Builder<'_, 't> {
    /// The value of a name at a use.
    pub(super) fn flow(&mut self, id: BindingId, used_at: usize) -> Expr {
        let cx = self.cx;
        let binding = cx.scopes.binding(id);
        let (declaration, path, initial) = match &binding.kind {
            // Whoever uses the component gives the value.
            BindingKind::Variable { declarator, .. } if is_property_of_component(cx, *declarator) => {
                return Expr::hole(binding.span, HoleReason::Parameter);
            }
            BindingKind::Variable { declarator, path } => (*declarator, path, declarator.field("value")),
            BindingKind::Param { function, path, .. } => (cx.scopes.scope(*function).node, path, None),
            _ => return Expr::hole(binding.span, HoleReason::Unsupported),
        };
        let changes = binding.changes.iter().filter(|change| !is_of_other_defaults(cx, change.node));
        let all: Vec<Write<'t>> = binding.writes.iter().chain(changes).copied().collect();
        if all.is_empty() {
            let Some(initial) = initial else { return Expr::new(binding.span, ExprKind::Undefined) };
            if let Some(state) = self.state_hook(initial, path) {
                return state;
            }
            return self.destructured(initial, path);
        }
        if all.len() > MOST_WRITES.most_items() {
            cx.limit(binding.span, MOST_WRITES);
            self.seen.limit = true;
            return Expr::hole(binding.span, HoleReason::Limit);
        }
        let home = cx.scopes.function_of(binding.scope);
        // Whatever callbacks add to the query of a URL, the rest stays what it is.
        let adds_elsewhere =
            |write: &Write<'t>| cx.scopes.function_of(write.scope) != home && changes_query(cx, write.node);
        let (added, all): (Vec<_>, Vec<_>) = all.into_iter().partition(adds_elsewhere);
        let is_simple = all.iter().all(|write| cx.scopes.function_of(write.scope) == home)
            && (path.is_empty() || binding.writes.is_empty());
        if !is_simple {
            return self.written_elsewhere(id, used_at, home);
        }
        let used_in = cx.scopes.function_of(cx.scopes.at(used_at));
        let until = if used_in == home { used_at } else { usize::MAX };
        let followed = Followed { id, declaration, writes: all.iter().map(|write| write.node).collect(), until };
        let block = cx.scopes.scope(binding.scope).node;
        let block = block.field("body").filter(|body| body.kind() == "statement_block").unwrap_or(block);
        let mut value = match &binding.kind {
            BindingKind::Param { function, index, default, .. } => {
                self.parameter(*function, *index, *default, binding.span)
            }
            _ => Expr::new(binding.span, ExprKind::Undefined),
        };
        self.run(children(block), &followed, &mut value, MAX_DEPTH);
        if added.is_empty() { value } else { with_any_query(value) }
    }

    /// A name that other functions than its own write to.
    fn written_elsewhere(&mut self, id: BindingId, used_at: usize, home: Option<ScopeId>) -> Expr {
        let cx = self.cx;
        let binding = cx.scopes.binding(id);
        let once = self.written_once(id);
        if !matches!(once.kind, ExprKind::Hole(HoleReason::Reassigned)) {
            return once;
        }
        let is_away = |write: &&Write<'t>| cx.scopes.function_of(write.scope) != home;
        let BindingKind::Variable { declarator, path } = &binding.kind else { return once };
        if !path.is_empty() || cx.scopes.function_of(cx.scopes.at(used_at)) == home && home.is_some() {
            return once;
        }
        if binding.writes.is_empty() {
            // Properties of an object: the others stay what they are.
            let Some(initial) = declarator.field("value") else { return once };
            let mut value = self.expr(initial);
            if !matches!(value.kind, ExprKind::Object(_)) {
                return once;
            }
            for write in &binding.changes {
                let right = write.node.field("right").filter(|_| write.node.kind() == "assignment_expression");
                let left = write.node.field("left").map(strip);
                let (Some(right), Some(left)) = (right, left) else { return once };
                let Some(keys) = keys_of(cx, left) else { return once };
                let assigned = match is_away(&write) {
                    true => self.given_elsewhere(write, right),
                    false => self.expr(right),
                };
                let Some(changed) = with_path(&value, &keys, cx.span(left), assigned) else { return once };
                value = changed;
            }
            return value;
        }
        // A variable of the module that one function of it sets: once it has been called, that is its value.
        match binding.writes.as_slice() {
            [only] if binding.changes.is_empty() && only.node.kind() == "assignment_expression" => {
                match only.node.field("right") {
                    Some(right) => self.given_elsewhere(only, right),
                    None => once,
                }
            }
            _ => once,
        }
    }

    /// What a function of the top level writes, as its callers give it.
    fn given_elsewhere(&mut self, write: &Write<'t>, right: Node<'t>) -> Expr {
        let cx = self.cx;
        let span = cx.span(right);
        let reassigned = || Expr::hole(span, HoleReason::Reassigned);
        let Some(function) = cx.scopes.function_of(write.scope) else { return reassigned() };
        let node = cx.scopes.scope(function).node;
        let (Some(name), true) = (cx.function_name(node), node.kind() != "method_definition") else {
            return reassigned();
        };
        let is_top_level = cx.scopes.lookup(ScopeId(0), &name).is_some_and(|id| {
            let binding = cx.scopes.binding(id);
            binding.scope == ScopeId(0)
        });
        if !is_top_level {
            return reassigned();
        }
        let value = Builder::summary(cx, function).expr(right);
        if matches!(value.kind, ExprKind::Hole(_)) {
            return reassigned();
        }
        Expr::new(span, ExprKind::Op(Op::AsCalled(name), vec![value]))
    }

    /// A part of an initial value. `const { X } = process.env` reads a variable.
    fn destructured(&mut self, initial: Node<'t>, path: &[Step<'t>]) -> Expr {
        if let [Step::Key(key, default), rest @ ..] = path
            && let Some(reader) = self.env_reader(initial, 6)
        {
            let span = self.cx.span(initial);
            let value = Expr::new(span, ExprKind::Env { name: (*key).into(), reader });
            let value = match default {
                Some(default) => or_default(value, self.expr(*default)),
                None => value,
            };
            return self.take(value, rest);
        }
        let value = self.expr(initial);
        self.take(value, path)
    }

    /// A name that starts empty and is written in one place, in another function: what is written there, once it is.
    fn written_once(&mut self, id: BindingId) -> Expr {
        let binding = self.cx.scopes.binding(id);
        let reassigned = Expr::hole(binding.span, HoleReason::Reassigned);
        let BindingKind::Variable { declarator, path } = &binding.kind else { return reassigned };
        let starts_empty = declarator
            .field("value")
            .is_none_or(|value| matches!(self.cx.text(strip(value)), "null" | "undefined" | "''" | "\"\""));
        match binding.writes.as_slice() {
            [only] if path.is_empty() && binding.changes.is_empty() && starts_empty => match only.node.field("right") {
                Some(right) if only.node.kind() == "assignment_expression" => self.expr(right),
                _ => reassigned,
            },
            _ => reassigned,
        }
    }

    fn run(
        &mut self,
        statements: impl Iterator<Item = Node<'t>>,
        followed: &Followed<'t>,
        value: &mut Expr,
        depth: usize,
    ) -> Progress {
        let Some(depth) = depth.checked_sub(1) else {
            *value = Expr::hole(value.span, HoleReason::Limit);
            return Progress::Reached;
        };
        for statement in statements {
            if statement.start_byte() > followed.until {
                return Progress::Reached;
            }
            if !self.cx.spend() {
                self.seen.limit = true;
                *value = Expr::hole(value.span, HoleReason::Limit);
                return Progress::Reached;
            }
            if !followed.touches(statement) && !followed.is_used_in(statement) {
                continue;
            }
            let progress = self.step(statement, followed, value, depth);
            // Each branch that adds to the value before it doubles the value.
            if is_larger(value, MAX_NODES) {
                self.seen.limit = true;
                *value = Expr::hole(value.span, HoleReason::Limit);
            }
            if progress == Progress::Reached {
                return Progress::Reached;
            }
        }
        Progress::Before
    }

    fn step(&mut self, statement: Node<'t>, followed: &Followed<'t>, value: &mut Expr, depth: usize) -> Progress {
        match statement.kind() {
            "lexical_declaration" | "variable_declaration" | "export_statement" => {
                let declares = statement.byte_range().contains(&followed.declaration.start_byte());
                if declares {
                    if followed.declaration.byte_range().contains(&followed.until) {
                        return Progress::Reached;
                    }
                    *value = self.initial_value(followed);
                } else if followed.is_used_in(statement) {
                    return Progress::Reached;
                } else {
                    *value = Expr::hole(value.span, HoleReason::Reassigned);
                }
                Progress::Before
            }
            "expression_statement" => {
                if followed.is_used_in(statement) {
                    return Progress::Reached;
                }
                let inner = children(statement).next().map(strip);
                match inner.filter(|inner| followed.writes.iter().any(|write| write.id() == inner.id())) {
                    Some(write) => *value = self.written(write, followed, value.clone()),
                    None => *value = Expr::hole(value.span, HoleReason::Reassigned),
                }
                Progress::Before
            }
            "statement_block" => self.run(children(statement), followed, value, depth),
            "if_statement" => self.step_if(statement, followed, value, depth),
            "switch_statement" => self.step_switch(statement, followed, value, depth),
            "try_statement" => {
                for part in children(statement) {
                    let is_body = part.kind() == "statement_block";
                    if !is_body && !followed.is_used_in(part) && followed.touches(part) {
                        // What a handler writes counts only when the body fails: not known.
                        *value = Expr::hole(value.span, HoleReason::Reassigned);
                        continue;
                    }
                    let inner = if is_body { part } else { part.field("body").unwrap_or(part) };
                    if self.run(children(inner), followed, value, depth) == Progress::Reached {
                        return Progress::Reached;
                    }
                }
                Progress::Before
            }
            _ => {
                let mut inner =
                    followed.writes.iter().filter(|write| statement.byte_range().contains(&write.start_byte()));
                let only_adds = !followed.is_used_in(statement)
                    && !statement.byte_range().contains(&followed.declaration.start_byte())
                    && super::member::is_url(value)
                    && inner.all(|write| changes_query(self.cx, *write));
                if followed.touches(statement) && only_adds {
                    *value = with_any_query(value.clone());
                } else if followed.touches(statement) {
                    *value = Expr::hole(value.span, HoleReason::Reassigned);
                }
                if followed.is_used_in(statement) { Progress::Reached } else { Progress::Before }
            }
        }
    }

    fn initial_value(&mut self, followed: &Followed<'t>) -> Expr {
        let BindingKind::Variable { declarator, path } = &self.cx.scopes.binding(followed.id).kind else {
            return Expr::hole(self.cx.span(followed.declaration), HoleReason::Unsupported);
        };
        match declarator.field("value") {
            Some(initial) => self.destructured(initial, path),
            None => Expr::new(self.cx.span(*declarator), ExprKind::Undefined),
        }
    }

    fn step_if(&mut self, statement: Node<'t>, followed: &Followed<'t>, value: &mut Expr, depth: usize) -> Progress {
        let (Some(condition), Some(consequence)) = (statement.field("condition"), statement.field("consequence"))
        else {
            return Progress::Before;
        };
        let alternative = statement.field("alternative").and_then(|clause| children(clause).next());
        if followed.is_used_in(condition) {
            return Progress::Reached;
        }
        for branch in [Some(consequence), alternative].into_iter().flatten() {
            if followed.is_used_in(branch) {
                self.run(std::iter::once(branch), followed, value, depth);
                return Progress::Reached;
            }
        }
        self.current.push((followed.id, value.clone()));
        let ways = self.ways(condition, Sense::Holds);
        self.current.pop();
        let mut then = value.clone();
        self.run(std::iter::once(consequence), followed, &mut then, depth);
        let mut otherwise = value.clone();
        if let Some(alternative) = alternative {
            self.run(std::iter::once(alternative), followed, &mut otherwise, depth);
        }
        if exits(consequence) == Exit::Leaves {
            *value = otherwise;
        } else if alternative.is_some_and(|alternative| exits(alternative) == Exit::Leaves) {
            *value = then;
        } else {
            *value = Expr::new(then.span, choice(ways, then, otherwise));
        }
        Progress::Before
    }

    fn step_switch(
        &mut self,
        statement: Node<'t>,
        followed: &Followed<'t>,
        value: &mut Expr,
        depth: usize,
    ) -> Progress {
        let (Some(subject), Some(body)) = (statement.field("value"), statement.field("body")) else {
            return Progress::Before;
        };
        let before = value.clone();
        let mut arms: Vec<Arm> = Vec::new();
        let mut otherwise = before.clone();
        let mut labels: Vec<Guard> = Vec::new();
        for case in children(body) {
            labels.extend(case.field("value").map(|label| self.case_guard(subject, label)));
            let statements = body_of_case(case);
            let mut own = before.clone();
            if followed.is_used_in(case) {
                self.run(statements.into_iter(), followed, &mut own, depth);
                *value = own;
                return Progress::Reached;
            }
            if statements.is_empty() && case.kind() != "switch_default" {
                continue;
            }
            self.run(statements.into_iter(), followed, &mut own, depth);
            if case.kind() == "switch_default" {
                labels.clear();
                otherwise = own;
                continue;
            }
            let guards = std::mem::take(&mut labels);
            arms.extend(guards.into_iter().map(|guard| Arm { guards: vec![guard], value: own.clone() }));
        }
        arms.push(Arm { guards: Vec::new(), value: otherwise });
        *value = Expr::new(before.span, ExprKind::Choice(arms));
        Progress::Before
    }

    /// The value after a write.
    fn written(&mut self, write: Node<'t>, followed: &Followed<'t>, before: Expr) -> Expr {
        let span = self.cx.span(write);
        if write.kind() == "call_expression" {
            return self.changed_by_call(write, before);
        }
        let (Some(left), Some(right)) = (write.field("left"), write.field("right")) else {
            return Expr::hole(span, HoleReason::Reassigned);
        };
        let left = strip(left);
        self.current.push((followed.id, before.clone()));
        let assigned = self.expr(right);
        self.current.pop();
        if left.kind() == "subscript_expression" && write.kind() == "assignment_expression" {
            let keys = keys_of(self.cx, left);
            let changed = keys.and_then(|keys| with_path(&before, &keys, self.cx.span(left), assigned));
            return changed.unwrap_or_else(|| Expr::hole(span, HoleReason::Reassigned));
        }
        if left.kind() == "member_expression" {
            return match (write.kind(), field_text(left, "property", self.cx.source)) {
                ("assignment_expression", Some(key)) if strip_is_identifier(left) => {
                    self.with_property(before, key, left, assigned)
                }
                ("assignment_expression", Some(_)) if !super::member::is_url(&before) => {
                    let keys = keys_of(self.cx, left);
                    keys.and_then(|keys| with_path(&before, &keys, self.cx.span(left), assigned)).unwrap_or(before)
                }
                _ => Expr::hole(span, HoleReason::Reassigned),
            };
        }
        if left.kind() != "identifier" {
            return Expr::hole(span, HoleReason::Reassigned);
        }
        if write.kind() == "assignment_expression" {
            return assigned;
        }
        match write.field("operator").map(|node| node.kind()) {
            Some("+=") => Expr::new(span, ExprKind::Op(Op::Concat, vec![before, assigned])),
            Some("??=") => or_default(before, assigned),
            Some("||=") => {
                let guard = Guard { test: truthy(before.clone()), sense: Sense::Holds };
                let arms =
                    vec![Arm { guards: vec![guard], value: before }, Arm { guards: Vec::new(), value: assigned }];
                Expr::new(span, ExprKind::Choice(arms))
            }
            _ => Expr::hole(span, HoleReason::Reassigned),
        }
    }
}

/// `export let name` of a Svelte component.
fn is_property_of_component<'t>(cx: &super::cx::EcmaCx<'t>, declarator: Node<'t>) -> bool {
    cx.kind == FileKind::Svelte
        && cx.parent(declarator).is_some_and(|declaration| {
            declaration.child(0).is_some_and(|word| word.kind() == "let")
                && cx.parent(declaration).is_some_and(|around| around.kind() == "export_statement")
        })
}

/// Whether a branch surely leaves.
pub(super) fn exits(branch: Node<'_>) -> Exit {
    let last = if branch.kind() == "statement_block" { children(branch).last() } else { Some(branch) };
    match last.map(|node| node.kind()) {
        Some("return_statement" | "throw_statement" | "continue_statement" | "break_statement") => Exit::Leaves,
        _ => Exit::FallsThrough,
    }
}
