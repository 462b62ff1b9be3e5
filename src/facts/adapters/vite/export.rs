//! What a file exports as a configuration: an object, what functions and `mergeConfig` make of several, or another file's.

use std::collections::BTreeSet;
use std::sync::Arc;

use tree_sitter::Node;

use crate::base::Span;
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{children, strip};
use crate::facts::{Arm, EnvReader, Expr, ExprKind, Field, Guard, Sense, Test};

/// Calls inside calls.
const MAX_DEPTH: u32 = 12;
/// Returns of one function that are looked at.
const MAX_RETURNS: usize = 16;

/// What is exported.
#[derive(Debug, Default)]
pub(in crate::facts::adapters) struct Exported<'t> {
    /// The objects that it is made of.
    pub objects: Vec<Node<'t>>,
    /// Those of them that are taken while the pages are built, when no server runs.
    pub of_build: Vec<Node<'t>>,
    /// The modules whose exports are part of it.
    pub bases: Vec<Arc<str>>,
    /// Where more may come from that is not followed.
    pub more: Option<Span>,
    /// Whether only some of the objects are taken, by a condition.
    pub branches: bool,
    /// The nodes that were read: names may lead to one object in very many ways.
    seen: BTreeSet<usize>,
}

/// What the program exports by default.
pub(in crate::facts::adapters) fn exported<'t>(cx: &EcmaCx<'t>, program: Node<'t>) -> Exported<'t> {
    let mut found = Exported::default();
    for statement in children(program) {
        match statement.kind() {
            "export_statement" => found.export(cx, statement),
            "expression_statement" => {
                let assignment = children(statement).next().filter(|node| node.kind() == "assignment_expression");
                let Some(assignment) = assignment else { continue };
                let left = assignment.child_by_field_name("left").map(|left| cx.text(left));
                if let (Some("module.exports" | "exports.default"), Some(value)) =
                    (left, assignment.child_by_field_name("right"))
                {
                    found.read(cx, value, 0);
                }
            }
            _ => {}
        }
    }
    found
}

impl<'t> Exported<'t> {
    fn export(&mut self, cx: &EcmaCx<'t>, statement: Node<'t>) {
        let source = statement.child_by_field_name("source").map(|source| cx.text(source).trim_matches(['"', '\'']));
        let is_default = (0..statement.child_count())
            .filter_map(|index| statement.child(index))
            .any(|child| child.kind() == "default");
        let value = ["value", "declaration"].iter().find_map(|field| statement.child_by_field_name(field));
        if let (true, Some(value)) = (is_default, value) {
            self.read(cx, value, 0);
            return;
        }
        let specifiers = children(statement).filter(|child| child.kind() == "export_clause").flat_map(children);
        for specifier in specifiers {
            let name = specifier.child_by_field_name("name");
            let outside = specifier.child_by_field_name("alias").or(name);
            if outside.is_none_or(|outside| cx.text(outside) != "default") {
                continue;
            }
            match (source, name) {
                (Some(source), _) => self.bases.push(Arc::from(source)),
                (None, Some(name)) => self.read(cx, name, 0),
                (None, None) => {}
            }
        }
        // A part of a configuration may have any name: `export const base: UserConfig = { .. }`.
        if let Some(declaration) = value.filter(|_| cx.path.name().split('.').nth(1) != Some("config")) {
            for declarator in children(declaration).filter(|child| child.kind() == "variable_declarator") {
                if let Some(value) = declarator.child_by_field_name("value") {
                    self.read(cx, value, 0);
                }
            }
        }
    }

    fn read(&mut self, cx: &EcmaCx<'t>, node: Node<'t>, depth: u32) {
        let node = cx.initial(strip(node));
        if !self.seen.insert(node.id()) {
            return;
        }
        if depth > MAX_DEPTH {
            self.more(cx, node);
            return;
        }
        match node.kind() {
            "object" => {
                for spread in children(node).filter(|part| part.kind() == "spread_element") {
                    if let Some(value) = children(spread).next() {
                        self.read(cx, value, depth + 1);
                    }
                }
                self.objects.push(node);
            }
            "identifier" => match cx.imported(cx.text(node)) {
                Some((module, _)) => self.base(cx, module, node),
                None => match cx.function(node) {
                    Some(function) => self.function(cx, function, depth),
                    None => self.more(cx, node),
                },
            },
            "member_expression" => {
                match node.child_by_field_name("object").map(|object| cx.imported(cx.text(object))) {
                    Some(Some((module, _))) => self.base(cx, module, node),
                    _ => self.more(cx, node),
                }
            }
            "arrow_function" | "function_expression" | "function" | "function_declaration" | "method_definition" => {
                self.function(cx, node, depth);
            }
            "ternary_expression" if command_asked(cx, node).is_some() => {
                let (served, built) = branches(cx, node);
                served.into_iter().for_each(|arm| self.read(cx, arm, depth + 1));
                built.into_iter().for_each(|arm| self.built(cx, arm, depth + 1));
            }
            "ternary_expression" => {
                self.branches = true;
                for arm in ["consequence", "alternative"].iter().filter_map(|arm| node.child_by_field_name(arm)) {
                    self.read(cx, arm, depth + 1);
                }
            }
            "call_expression" => self.call(cx, node, depth),
            _ => self.more(cx, node),
        }
    }

    fn call(&mut self, cx: &EcmaCx<'t>, call: Node<'t>, depth: u32) {
        let callee = call.child_by_field_name("function").map(|callee| cx.text(callee)).unwrap_or_default();
        let arguments: Vec<Node<'t>> =
            call.child_by_field_name("arguments").map(children).into_iter().flatten().collect();
        if callee == "require" {
            match arguments.first().filter(|argument| argument.kind() == "string") {
                Some(module) => self.base(cx, cx.text(*module).trim_matches(['"', '\'']), call),
                None => self.more(cx, call),
            }
            return;
        }
        let is_known = matches!(
            callee.rsplit('.').next(),
            Some("defineConfig" | "mergeConfig" | "defineNuxtConfig" | "defineViteConfig")
        );
        let of_webpack = call
            .child_by_field_name("function")
            .and_then(|callee| cx.origin(callee))
            .is_some_and(|origin| origin.module == "webpack-merge");
        let is_known = is_known || of_webpack;
        let taken = match callee.ends_with("mergeConfig") {
            true => 2,
            false if of_webpack => arguments.len(),
            false => 1,
        };
        for argument in arguments.iter().take(taken) {
            self.read(cx, *argument, depth + 1);
        }
        // What another function makes of it is not followed.
        if !is_known {
            self.more(cx, call);
        }
    }

    fn function(&mut self, cx: &EcmaCx<'t>, function: Node<'t>, depth: u32) {
        let Some(body) = function.child_by_field_name("body") else { return };
        cx.give(function, vec![given(cx, function)]);
        if body.kind() != "statement_block" {
            self.read(cx, body, depth + 1);
            return;
        }
        let (mut returned, mut built) = (Vec::new(), Vec::new());
        let mut open = vec![body];
        while let Some(node) = open.pop() {
            match node.kind() {
                "return_statement" => returned.extend(children(node).next()),
                "if_statement" if command_asked(cx, node).is_some() => {
                    let (served, of_build) = branches(cx, node);
                    open.extend(served);
                    built.extend(of_build);
                }
                "arrow_function"
                | "function_expression"
                | "function_declaration"
                | "method_definition"
                | "class_declaration" => {}
                _ => open.extend(children(node)),
            }
        }
        self.branches |= returned.len() > 1;
        returned.sort_by_key(|node| node.start_byte());
        for value in returned.into_iter().take(MAX_RETURNS) {
            self.read(cx, value, depth + 1);
        }
        let returns = |branch: Node<'t>| match branch.kind() {
            "statement_block" => children(branch).find(|node| node.kind() == "return_statement"),
            _ => Some(branch).filter(|node| node.kind() == "return_statement"),
        };
        for value in built.into_iter().filter_map(returns).filter_map(|node| children(node).next()).take(MAX_RETURNS) {
            self.built(cx, value, depth + 1);
        }
    }

    /// What is taken while the pages are built.
    fn built(&mut self, cx: &EcmaCx<'t>, node: Node<'t>, depth: u32) {
        let before = self.objects.len();
        self.read(cx, node, depth);
        self.of_build.extend(self.objects.drain(before..));
    }

    fn base(&mut self, cx: &EcmaCx<'t>, module: &str, node: Node<'t>) {
        // What a package gives is its own affair, and may proxy.
        if module.starts_with('.') || module.starts_with('@') || module.starts_with('~') {
            self.bases.push(Arc::from(module));
        } else {
            self.more(cx, node);
        }
    }

    fn more(&mut self, cx: &EcmaCx<'t>, node: Node<'t>) {
        self.more = self.more.or(Some(cx.span(node)));
    }
}

/// The command that the condition of an `if` or a `?:` asks for.
fn command_asked<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<&'t str> {
    let condition = node.child_by_field_name("condition").map(strip).filter(|it| it.kind() == "binary_expression")?;
    let side = |name: &str| condition.child_by_field_name(name).map(|node| cx.text(node));
    match (side("left")?, side("operator")?, side("right")?.trim_matches(['"', '\'', '`'])) {
        (name, "===" | "==", value @ ("build" | "serve")) if name == "command" || name.ends_with(".command") => {
            Some(value)
        }
        _ => None,
    }
}

/// The branches that are taken where a server runs, and those of the build, of a condition that asks for the command.
fn branches<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> (Vec<Node<'t>>, Vec<Node<'t>>) {
    let branch = |name: &str| {
        let found = node.child_by_field_name(name)?;
        Some(if found.kind() == "else_clause" { children(found).next()? } else { found })
    };
    let (holds, fails) = (branch("consequence"), branch("alternative"));
    let (served, built) = if command_asked(cx, node) == Some("serve") { (holds, fails) } else { (fails, holds) };
    (served.into_iter().collect(), built.into_iter().collect())
}

/// What Vite calls the function of a configuration with.
fn given<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> Expr {
    let span = cx.span(function);
    let field = |key: &str, kind: ExprKind| {
        let value = Expr::new(span, kind);
        Field { key: Arc::from(key), key_span: span, value }
    };
    let mode = ExprKind::Env { name: Arc::from("MODE"), reader: EnvReader::ImportMeta };
    let is_served = Guard { test: Test::Mode(Arc::from("development")), sense: Sense::Holds };
    let command = ExprKind::Choice(vec![
        Arm { guards: vec![is_served], value: Expr::str(span, "serve") },
        Arm { guards: Vec::new(), value: Expr::str(span, "build") },
    ]);
    Expr::new(span, ExprKind::Object(vec![field("mode", mode), field("command", command)]))
}
