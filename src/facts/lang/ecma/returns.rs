//! What a function returns.

use tree_sitter::Node;

use super::build::Builder;
use super::condition::Ways;
use super::node::{children, strip};
use crate::facts::{Arm, Expr, ExprKind, Guard, HoleReason, Sense, Test};
use crate::parse::fields::Fields;

/// Ways out of one function; more are a hole.
const MAX_ARMS: usize = 24;

/// How deep statements are followed.
const MAX_DEPTH: usize = 24;

/// Whether control goes on after a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// It does, or may.
    FallsThrough,
    /// It returns, throws or leaves a loop.
    Leaves,
}

struct Returns {
    arms: Vec<Arm>,
    lost: bool,
}

impl<'t> Builder<'_, 't> {
    /// The value that a function returns, or `None` when it returns nothing.
    pub(super) fn returned(&mut self, function: Node<'t>) -> Option<Expr> {
        let body = function.field("body")?;
        if body.kind() != "statement_block" {
            return Some(self.expr(body));
        }
        if !returns_value(body) {
            return None;
        }
        let mut returns = Returns { arms: Vec::new(), lost: false };
        let exit = self.returns_of(children(body), &[], &mut returns, MAX_DEPTH);
        if returns.lost || returns.arms.len() > MAX_ARMS {
            return Some(Expr::hole(self.cx.span(function), HoleReason::Limit));
        }
        if exit == Exit::FallsThrough && !returns.arms.is_empty() {
            let end = Expr::new(self.cx.span(function), ExprKind::Undefined);
            returns.arms.push(Arm { guards: Vec::new(), value: end });
        }
        match returns.arms.as_slice() {
            [] => None,
            [only] if only.guards.is_empty() => Some(only.value.clone()),
            _ => Some(Expr::new(self.cx.span(body), ExprKind::Choice(returns.arms))),
        }
    }

    fn returns_of(
        &mut self,
        statements: impl Iterator<Item = Node<'t>>,
        guards: &[Guard],
        returns: &mut Returns,
        depth: usize,
    ) -> Exit {
        let Some(depth) = depth.checked_sub(1) else {
            returns.lost = true;
            return Exit::FallsThrough;
        };
        for statement in statements {
            if returns.arms.len() > MAX_ARMS {
                returns.lost = true;
                return Exit::Leaves;
            }
            if self.returns_in(statement, guards, returns, depth) == Exit::Leaves {
                return Exit::Leaves;
            }
        }
        Exit::FallsThrough
    }

    fn returns_in(&mut self, statement: Node<'t>, guards: &[Guard], returns: &mut Returns, depth: usize) -> Exit {
        match statement.kind() {
            "return_statement" => {
                let value = match children(statement).next() {
                    Some(value) => self.expr(value),
                    None => Expr::new(self.cx.span(statement), ExprKind::Undefined),
                };
                returns.arms.push(Arm { guards: guards.to_vec(), value });
                Exit::Leaves
            }
            "throw_statement" => Exit::Leaves,
            "statement_block" => self.returns_of(children(statement), guards, returns, depth),
            "if_statement" => self.returns_of_if(statement, guards, returns, depth),
            "switch_statement" => self.returns_of_switch(statement, guards, returns, depth),
            // The handler runs only when something that cannot be seen fails.
            "try_statement" => match statement.field("body") {
                Some(body) => self.returns_of(children(body), guards, returns, depth),
                None => Exit::FallsThrough,
            },
            "for_statement" | "for_in_statement" | "while_statement" | "do_statement" => {
                if has_return(statement) {
                    let test = Test::Opaque(std::sync::Arc::from("a loop"));
                    let guards = guards.iter().cloned().chain([Guard { test, sense: Sense::Holds }]).collect();
                    let value = Expr::hole(self.cx.span(statement), HoleReason::Unsupported);
                    returns.arms.push(Arm { guards, value });
                }
                Exit::FallsThrough
            }
            _ => Exit::FallsThrough,
        }
    }

    fn returns_of_if(&mut self, statement: Node<'t>, guards: &[Guard], returns: &mut Returns, depth: usize) -> Exit {
        let (Some(condition), Some(consequence)) = (statement.field("condition"), statement.field("consequence"))
        else {
            return Exit::FallsThrough;
        };
        let alternative = statement.field("alternative").and_then(|clause| children(clause).next());
        if !has_return(consequence) && alternative.is_none_or(|alternative| !has_return(alternative)) {
            return Exit::FallsThrough;
        }
        let ways = self.ways(condition, Sense::Holds);
        let is_never = ways.is_empty();
        let is_always = ways.iter().any(Vec::is_empty);
        let then = self.returns_each_way(ways, consequence, guards, returns, depth);
        if is_always {
            return then;
        }
        let Some(alternative) = alternative else { return Exit::FallsThrough };
        // When the first branch leaves, whatever comes after is "otherwise" already.
        let ways = if then == Exit::Leaves || is_never { vec![Vec::new()] } else { self.ways(condition, Sense::Fails) };
        let otherwise = self.returns_each_way(ways, alternative, guards, returns, depth);
        if (then == Exit::Leaves || is_never) && otherwise == Exit::Leaves { Exit::Leaves } else { Exit::FallsThrough }
    }

    fn returns_each_way(
        &mut self,
        ways: Ways,
        branch: Node<'t>,
        guards: &[Guard],
        returns: &mut Returns,
        depth: usize,
    ) -> Exit {
        let mut exit = Exit::FallsThrough;
        for way in ways {
            let guards: Vec<Guard> = guards.iter().cloned().chain(way).collect();
            exit = self.returns_of(std::iter::once(branch), &guards, returns, depth);
        }
        exit
    }

    fn returns_of_switch(
        &mut self,
        statement: Node<'t>,
        guards: &[Guard],
        returns: &mut Returns,
        depth: usize,
    ) -> Exit {
        let (Some(value), Some(body)) = (statement.field("value"), statement.field("body")) else {
            return Exit::FallsThrough;
        };
        let mut labels: Vec<Guard> = Vec::new();
        let mut has_default = false;
        let mut all_leave = true;
        for case in children(body) {
            let statements: Vec<Node<'t>> = body_of_case(case);
            let label = case.field("value").map(|label| self.case_guard(value, label));
            let is_default = case.kind() == "switch_default";
            has_default |= is_default;
            labels.extend(label);
            if statements.is_empty() {
                continue;
            }
            if is_default {
                labels.clear();
                all_leave &= self.returns_of(statements.into_iter(), guards, returns, depth) == Exit::Leaves;
                continue;
            }
            for label in std::mem::take(&mut labels) {
                let guards: Vec<Guard> = guards.iter().cloned().chain([label]).collect();
                all_leave &= self.returns_of(statements.clone().into_iter(), &guards, returns, depth) == Exit::Leaves;
            }
        }
        if has_default && all_leave { Exit::Leaves } else { Exit::FallsThrough }
    }

    /// The guard of one `case` label.
    pub(super) fn case_guard(&mut self, value: Node<'t>, label: Node<'t>) -> Guard {
        let (subject, label_value) = (self.expr(strip(value)), self.expr(label));
        let test = match (&subject.kind, &label_value.kind) {
            (ExprKind::Env { name, .. }, ExprKind::Str(text)) if matches!(&**name, "MODE" | "NODE_ENV") => {
                Test::Mode(text.clone())
            }
            (ExprKind::Hole(_), _) | (_, ExprKind::Hole(_)) => {
                let text = format!("{} === {}", self.cx.text(strip(value)), self.cx.text(label));
                Test::Opaque(std::sync::Arc::from(text))
            }
            _ => Test::Equal(Box::new(subject), Box::new(label_value)),
        };
        Guard { test, sense: Sense::Holds }
    }
}

/// The statements of a `case`, without its label.
pub(super) fn body_of_case(case: Node<'_>) -> Vec<Node<'_>> {
    let label = case.field("value").map(|label| label.id());
    children(case).filter(|child| Some(child.id()) != label && child.kind() != "break_statement").collect()
}

/// Whether a function's body returns anything: a callback that does not needs no look at its conditions.
fn returns_value(body: Node<'_>) -> bool {
    any_return(body, |node| children(node).next().is_some())
}

/// Whether a statement holds a `return` of the function around it.
fn has_return(statement: Node<'_>) -> bool {
    any_return(statement, |_| true)
}

fn any_return(statement: Node<'_>, is_meant: impl Fn(Node<'_>) -> bool) -> bool {
    let mut cursor = statement.walk();
    let mut depth = 0usize;
    loop {
        let node = cursor.node();
        if node.kind() == "return_statement" && is_meant(node) {
            return true;
        }
        let descend = !super::node::is_function(node) && !node.kind().ends_with("expression");
        if descend && cursor.goto_first_child() {
            depth += 1;
            continue;
        }
        loop {
            if depth == 0 {
                return false;
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return false;
            }
            depth -= 1;
        }
    }
}
