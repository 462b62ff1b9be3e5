//! The value of a local name at the place where it is used.

use tree_sitter::Node;

use super::build::Builder;
use super::condition::truthy;
use super::node::{arguments, children, field_text, string_text, strip};
use super::operators::{choice, or_default};
use super::returns::{Exit, body_of_case};
use super::scope::{BindingId, BindingKind, ScopeId, Step, Write};
use crate::base::{FileKind, Limit, Span};
use crate::facts::{Arm, CLIENT_BASE, Expr, ExprKind, Field, Guard, HoleReason, Op, PagePart, Sense};
use crate::parse::fields::Fields;

/// Each assignment of a name may hold the value before it, which is built anew for each use.
const MOST_WRITES: Limit = Limit::new(
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
            if self.step(statement, followed, value, depth) == Progress::Reached {
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

    /// `x.key = value`: a part of a URL, or a field of an object. Anything else leaves what is known as it is.
    fn with_property(&mut self, before: Expr, key: &str, left: Node<'t>, assigned: Expr) -> Expr {
        let span = before.span;
        match (&before.kind, PagePart::of_property(key)) {
            (_, Some(part)) if super::member::is_url(&before) => {
                Expr::new(span, ExprKind::Op(Op::SetUrlPart(part), vec![before, assigned]))
            }
            (ExprKind::Object(fields), _) => {
                let key_span = left.field("property").map_or(span, |node| self.cx.span(node));
                let mut fields = fields.clone();
                fields.push(Field { key: key.into(), key_span, value: assigned });
                Expr::new(span, ExprKind::Object(fields))
            }
            _ if matches!(key, "current" | "value") => Expr::hole(span, HoleReason::Reassigned),
            _ => before,
        }
    }

    /// `url.searchParams.set(key, value)` adds to the query; `list.push(x)` to a list.
    pub(super) fn changed_by_call(&mut self, call: Node<'t>, before: Expr) -> Expr {
        let span = before.span;
        let args = arguments(call);
        let method = call.field("function").and_then(|callee| field_text(callee, "property", self.cx.source));
        match (&before.kind, method) {
            (_, Some("set" | "append")) if super::member::is_url(&before) => {
                let Some([key, value]) = args.get(..2) else { return before };
                let key_text = string_text(*key, self.cx.source).unwrap_or("key");
                let value = self.expr(*value);
                with_query(before, key_text, self.cx.span(*key), value)
            }
            (ExprKind::Op(Op::Query, pairs), Some(change @ ("set" | "append"))) => {
                let Some([key, value]) = args.get(..2) else { return before };
                let (key, value) = (self.expr(*key), self.expr(*value));
                let mut pairs = pairs.clone();
                let known =
                    pairs.chunks(2).position(|pair| pair[0].as_str().is_some() && pair[0].as_str() == key.as_str());
                match known.filter(|_| change == "set") {
                    Some(at) => pairs[at * 2 + 1] = value,
                    None => pairs.extend([key, value]),
                }
                Expr::new(span, ExprKind::Op(Op::Query, pairs))
            }
            (ExprKind::Op(Op::Query, _), _) => Expr::hole(span, HoleReason::Reassigned),
            (ExprKind::List(items), Some("push")) => {
                let mut items = items.clone();
                for arg in args {
                    let item = self.item(arg);
                    items.push(item);
                }
                Expr::new(span, ExprKind::List(items))
            }
            (ExprKind::List(_), _) => Expr::hole(span, HoleReason::Reassigned),
            (ExprKind::Object(fields), Some("assign")) => {
                let mut fields = fields.clone();
                for arg in args.into_iter().skip(1) {
                    let value = self.expr(arg);
                    fields.push(Field { key: "...".into(), key_span: value.span, value });
                }
                Expr::new(span, ExprKind::Object(fields))
            }
            (ExprKind::Object(_), Some("use")) => self.intercepted(call, before),
            _ => before,
        }
    }

    /// `client.interceptors.request.use(config => ..)`: what it does to the address.
    fn intercepted(&mut self, call: Node<'t>, before: Expr) -> Expr {
        let Some(function) = arguments(call).first().copied().and_then(|first| self.cx.function(first)) else {
            return self.with_base(before, |span| Expr::hole(span, HoleReason::Unsupported));
        };
        let Some(scope) = self.cx.scopes.by_node.get(&function.id()).copied() else { return before };
        let configuration = self.cx.scopes.bindings().find(
            |(_, binding)| matches!(binding.kind, BindingKind::Param { function, index: 0, .. } if function == scope),
        );
        let Some((_, configuration)) = configuration else { return before };
        let mut value = before;
        for change in configuration.changes.clone() {
            let left = change.node.field("left").map(strip);
            let keys = left.and_then(|left| keys_of(self.cx, left)).unwrap_or_default();
            match keys.as_slice() {
                ["baseURL"] => {
                    let right = change.node.field("right");
                    let is_sure = self.cx.scopes.function_of(change.scope) == Some(scope)
                        && is_unconditional(change.node, function);
                    let assigned = match right.filter(|_| is_sure) {
                        Some(right) => self.expr(right),
                        None => Expr::hole(self.cx.span(change.node), HoleReason::Reassigned),
                    };
                    value = self.with_base(value, |_| assigned);
                }
                ["url"] => value = self.with_base(value, |span| Expr::hole(span, HoleReason::Reassigned)),
                _ => {}
            }
        }
        value
    }

    fn with_base(&self, client: Expr, base: impl FnOnce(Span) -> Expr) -> Expr {
        let ExprKind::Object(mut fields) = client.kind else { return client };
        let value = base(client.span);
        fields.push(Field { key: CLIENT_BASE.into(), key_span: value.span, value });
        Expr::new(client.span, ExprKind::Object(fields))
    }
}

/// Whether a call gives a client something that sees its requests: `client.interceptors.request.use(..)`.
pub(super) fn is_interceptor<'t>(cx: &super::cx::EcmaCx<'t>, call: Node<'t>) -> bool {
    let callee = call.field("function").filter(|_| call.kind() == "call_expression");
    let Some(callee) = callee.filter(|callee| callee.kind() == "member_expression") else { return false };
    field_text(callee, "property", cx.source) == Some("use")
        && callee.field("object").is_some_and(|object| cx.text(object).ends_with(".interceptors.request"))
}

/// Whether an interceptor may send requests elsewhere: it writes the address, or is not written here.
pub(super) fn moves_requests<'t>(cx: &super::cx::EcmaCx<'t>, call: Node<'t>) -> bool {
    let Some(function) = arguments(call).first().copied().and_then(|first| cx.function(first)) else { return true };
    let Some(scope) = cx.scopes.by_node.get(&function.id()).copied() else { return true };
    let given = cx.scopes.bindings().filter(
        |(_, binding)| matches!(binding.kind, BindingKind::Param { function, index: 0, .. } if function == scope),
    );
    given.into_iter().flat_map(|(_, binding)| &binding.changes).any(|change| {
        let left = change.node.field("left").map(strip);
        let keys = left.and_then(|left| keys_of(cx, left)).unwrap_or_default();
        matches!(keys.first(), Some(&("baseURL" | "url")) | None)
    })
}

/// `export let name` of a Svelte component.
fn is_property_of_component<'t>(cx: &super::cx::EcmaCx<'t>, declarator: Node<'t>) -> bool {
    cx.kind == FileKind::Svelte
        && declarator.parent().is_some_and(|declaration| {
            declaration.child(0).is_some_and(|word| word.kind() == "let")
                && declaration.parent().is_some_and(|around| around.kind() == "export_statement")
        })
}

/// Whether a statement of a function always runs.
fn is_unconditional(node: Node<'_>, function: Node<'_>) -> bool {
    let mut at = node;
    for _ in 0..MAX_DEPTH {
        let Some(parent) = at.parent() else { return false };
        if parent.id() == function.id() {
            return true;
        }
        if !matches!(parent.kind(), "expression_statement" | "statement_block") {
            return false;
        }
        at = parent;
    }
    false
}

/// `client.defaults.headers.common.Authorization = x`, after a login or in a handler of answers: the address stays what it is.
fn is_of_other_defaults<'t>(cx: &super::cx::EcmaCx<'t>, write: Node<'t>) -> bool {
    let keys = write.field("left").and_then(|left| keys_of(cx, left)).unwrap_or_default();
    matches!(keys.as_slice(), ["defaults", key, ..] if *key != "baseURL")
}

/// The keys from the name to what is written: `a.b.c = x` is `b`, `c`.
pub(super) fn keys_of<'t>(cx: &super::cx::EcmaCx<'t>, left: Node<'t>) -> Option<Vec<&'t str>> {
    let mut keys = Vec::new();
    let mut node = strip(left);
    while node.kind() != "identifier" {
        match node.kind() {
            "member_expression" => keys.push(field_text(node, "property", cx.source)?),
            "subscript_expression" => keys.push(string_text(strip(node.field("index")?), cx.source)?),
            _ => return None,
        }
        node = strip(node.field("object")?);
    }
    keys.reverse();
    Some(keys)
}

/// An object with another value under a path of keys. `defaults.baseURL` of a client is what it puts in front of paths.
fn with_path(object: &Expr, keys: &[&str], key_span: Span, assigned: Expr) -> Option<Expr> {
    let ExprKind::Object(fields) = &object.kind else { return None };
    let is_client = object.field(CLIENT_BASE).is_some();
    let (key, value) = match keys {
        ["defaults", "baseURL"] if is_client => (CLIENT_BASE, assigned),
        ["defaults", ..] if is_client => return Some(object.clone()),
        [key] => (*key, assigned),
        [key, rest @ ..] => (*key, with_path(object.field(key)?, rest, key_span, assigned)?),
        [] => return None,
    };
    let mut fields = fields.clone();
    fields.push(Field { key: key.into(), key_span, value });
    Some(Expr::new(object.span, ExprKind::Object(fields)))
}

fn strip_is_identifier(member: Node<'_>) -> bool {
    member.field("object").map(strip).is_some_and(|object| object.kind() == "identifier")
}

/// A URL with one more query pair. The query is kept as one concatenation, so that it grows by what is added.
fn with_query(url: Expr, key: &str, key_span: Span, value: Expr) -> Expr {
    let span = url.span;
    let encoded = Expr::new(value.span, ExprKind::Op(Op::EncodeForm, vec![value]));
    if let ExprKind::Op(Op::SetUrlPart(PagePart::Search), operands) = &url.kind
        && let [base, query] = operands.as_slice()
        && let ExprKind::Op(Op::Concat, pieces) = &query.kind
    {
        let mut pieces = pieces.clone();
        pieces.extend([Expr::str(key_span, &format!("&{key}=")), encoded]);
        let query = Expr::new(query.span, ExprKind::Op(Op::Concat, pieces));
        return Expr::new(span, ExprKind::Op(Op::SetUrlPart(PagePart::Search), vec![base.clone(), query]));
    }
    let pieces = vec![Expr::str(key_span, &format!("?{key}=")), encoded];
    let query = Expr::new(span, ExprKind::Op(Op::Concat, pieces));
    Expr::new(span, ExprKind::Op(Op::SetUrlPart(PagePart::Search), vec![url, query]))
}

/// `url.searchParams.append(..)`.
fn changes_query<'t>(cx: &super::cx::EcmaCx<'t>, write: Node<'t>) -> bool {
    let callee = write.field("function").filter(|_| write.kind() == "call_expression");
    callee.and_then(|callee| callee.field("object")).is_some_and(|object| cx.text(object).ends_with(".searchParams"))
}

/// A URL with a query of which nothing is known; anything else is not known any more.
fn with_any_query(url: Expr) -> Expr {
    let span = url.span;
    let query = Expr::hole(span, HoleReason::Reassigned);
    match super::member::is_url(&url) {
        true => Expr::new(span, ExprKind::Op(Op::SetUrlPart(PagePart::Search), vec![url, query])),
        false => query,
    }
}

/// Whether a branch surely leaves.
pub(super) fn exits(branch: Node<'_>) -> Exit {
    let last = if branch.kind() == "statement_block" { children(branch).last() } else { Some(branch) };
    match last.map(|node| node.kind()) {
        Some("return_statement" | "throw_statement" | "continue_statement" | "break_statement") => Exit::Leaves,
        _ => Exit::FallsThrough,
    }
}
