//! Conditions as guards.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::node::{children, strip};
use crate::facts::{Expr, ExprKind, Guard, Op, PagePart, Sense, Test, is_bare_scheme};
use crate::parse::fields::Fields;

/// Ways in which a condition can come out as wanted; more are one opaque test.
const MAX_WAYS: usize = 8;

/// How deep conditions are taken apart.
const MAX_DEPTH: usize = 12;

/// The ways in which a condition comes out as wanted: any of them, each with all of its guards.
pub type Ways = Vec<Vec<Guard>>;

impl<'t> Builder<'_, 't> {
    /// The ways in which a condition comes out as `sense` says. An empty list: never. An empty way: always.
    pub(super) fn ways(&mut self, condition: Node<'t>, sense: Sense) -> Ways {
        self.ways_within(condition, sense, MAX_DEPTH)
    }

    fn ways_within(&mut self, condition: Node<'t>, sense: Sense, depth: usize) -> Ways {
        let node = strip(condition);
        let Some(depth) = depth.checked_sub(1) else { return self.opaque(node, sense) };
        match node.kind() {
            "true" | "false" => {
                let holds = (node.kind() == "true") == (sense == Sense::Holds);
                if holds { vec![Vec::new()] } else { Vec::new() }
            }
            "unary_expression" if operator(node) == "!" => match node.field("argument") {
                Some(argument) => self.ways_within(argument, flip(sense), depth),
                None => self.opaque(node, sense),
            },
            "binary_expression" => match operator(node) {
                "&&" => self.joined(node, sense, sense == Sense::Holds, depth),
                "||" => self.joined(node, sense, sense == Sense::Fails, depth),
                "===" | "==" => self.comparison(node, sense),
                "!==" | "!=" => self.comparison(node, flip(sense)),
                _ => match self.length_test(node) {
                    Some(test) => single(test, sense),
                    None => self.opaque(node, sense),
                },
            },
            "identifier" => {
                if let Some((test, own)) = self.imported_flag(node) {
                    return single(test, if own == Sense::Holds { sense } else { flip(sense) });
                }
                let initial = self.cx.initial(node);
                let is_condition = initial.id() != node.id()
                    && matches!(
                        initial.kind(),
                        "binary_expression" | "unary_expression" | "member_expression" | "call_expression"
                    );
                if is_condition && self.is_test(initial) {
                    return self.ways_within(initial, sense, depth);
                }
                self.truthy_value(node, sense)
            }
            "call_expression" => match self.call_test(node) {
                Some(test) => single(test, sense),
                None => self.truthy_value(node, sense),
            },
            "member_expression" => match mode_flag(self.cx.text(node)) {
                Some((test, own)) => single(test, if own == Sense::Holds { sense } else { flip(sense) }),
                None => match self.length_test(node) {
                    Some(test) => single(test, sense),
                    None => self.truthy_value(node, sense),
                },
            },
            _ => self.truthy_value(node, sense),
        }
    }

    /// SvelteKit's flags come from a module.
    fn imported_flag(&self, node: Node<'t>) -> Option<(Test, Sense)> {
        match self.cx.imported(self.cx.text(node))? {
            ("$app/environment" | "$app/env", "dev") => Some((Test::Mode(Arc::from("development")), Sense::Holds)),
            ("$app/environment" | "$app/env", "browser") => Some((Test::InBrowser, Sense::Holds)),
            _ => None,
        }
    }

    /// Whether an initial value is a test by itself (and not a value that happens to be tested).
    fn is_test(&mut self, node: Node<'t>) -> bool {
        match node.kind() {
            "binary_expression" => matches!(operator(node), "===" | "==" | "!==" | "!=" | "&&" | "||"),
            "unary_expression" => operator(node) == "!",
            "member_expression" => mode_flag(self.cx.text(node)).is_some(),
            "call_expression" => self.call_test(node).is_some(),
            _ => false,
        }
    }

    /// `a && b` holding, `a || b` failing: both sides at once; the others: either side.
    fn joined(&mut self, node: Node<'t>, sense: Sense, at_once: bool, depth: usize) -> Ways {
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else {
            return self.opaque(node, sense);
        };
        let left = self.ways_within(left, sense, depth);
        let right = self.ways_within(right, sense, depth);
        let ways: Ways = if at_once {
            left.iter()
                .flat_map(|a| right.iter().map(move |b| a.iter().chain(b).cloned().collect::<Vec<Guard>>()))
                .take(MAX_WAYS + 1)
                .collect()
        } else {
            left.into_iter().chain(right).collect()
        };
        if ways.len() > MAX_WAYS { self.opaque(node, sense) } else { ways }
    }

    fn comparison(&mut self, node: Node<'t>, sense: Sense) -> Ways {
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else {
            return self.opaque(node, sense);
        };
        let (left, right) = (strip(left), strip(right));
        if let Some(test) = self.string_test(left, right) {
            return single(test, sense);
        }
        if let Some(test) = self.type_test(left, right).or_else(|| self.type_test(right, left)) {
            return match test {
                Some(test) => single(test, flip(sense)),
                None => self.opaque(node, sense),
            };
        }
        let (a, b) = (self.expr(left), self.expr(right));
        let test = compare(&a, &b).or_else(|| compare(&b, &a));
        match test {
            Some((test, own)) => single(test, if own == Sense::Holds { sense } else { flip(sense) }),
            None if is_hole(&a) || is_hole(&b) => self.opaque(node, sense),
            None => single(Test::Equal(Box::new(a), Box::new(b)), sense),
        }
    }

    /// `typeof x === 'undefined'` as the test that fails then; `Some(None)` for other uses of `typeof`.
    fn type_test(&mut self, left: Node<'t>, right: Node<'t>) -> Option<Option<Test>> {
        if left.kind() != "unary_expression" || operator(left) != "typeof" {
            return None;
        }
        let kind = self.cx.text(right).trim_matches(['"', '\'', '`']);
        let Some(argument) = left.field("argument").map(strip).filter(|_| kind == "undefined") else {
            return Some(None);
        };
        if matches!(self.cx.text(argument), "window" | "document" | "globalThis.window" | "navigator" | "location") {
            return Some(Some(Test::InBrowser));
        }
        let value = self.expr(argument);
        Some((!is_hole(&value)).then(|| Test::Defined(Box::new(value))))
    }

    /// `typeof x === 'string'`, for what is text when it is there at all.
    fn string_test(&mut self, left: Node<'t>, right: Node<'t>) -> Option<Test> {
        let is_string = left.kind() == "unary_expression"
            && operator(left) == "typeof"
            && self.cx.text(right).trim_matches(['"', '\'', '`']) == "string";
        let value = self.expr(left.field("argument").filter(|_| is_string)?);
        matches!(value.kind, ExprKind::Env { .. }).then(|| Test::Defined(Box::new(value)))
    }

    /// `x.length > 0`, `x.trim().length`: the text is not empty.
    fn length_test(&mut self, node: Node<'t>) -> Option<Test> {
        let node = strip(node);
        let length = match node.kind() {
            "binary_expression" if operator(node) == ">" => {
                let zero = strip(node.field("right")?);
                strip(node.field("left").filter(|_| self.cx.text(zero) == "0")?)
            }
            _ => node,
        };
        let property = length.field("property").filter(|_| length.kind() == "member_expression")?;
        if self.cx.text(property) != "length" {
            return None;
        }
        let text = self.expr(length.field("object")?);
        (!is_hole(&text) && !matches!(text.kind, ExprKind::List(_) | ExprKind::Param(_))).then(|| truthy(text))
    }

    /// `hosts.includes(location.hostname)`, `url.startsWith('ws')`, `/^https/.test(location.protocol)`.
    fn call_test(&mut self, node: Node<'t>) -> Option<Test> {
        let callee = strip(node.field("function")?);
        if callee.kind() == "identifier" && self.cx.text(callee) == "Boolean" && self.cx.is_global(callee) {
            let argument = children(node.field("arguments")?).next()?;
            let value = self.expr(argument);
            return (!is_hole(&value)).then(|| truthy(value));
        }
        if callee.kind() != "member_expression" {
            return None;
        }
        let method = self.cx.text(callee.field("property")?);
        if !matches!(method, "includes" | "startsWith" | "endsWith" | "test") {
            return None;
        }
        let object = callee.field("object")?;
        let argument = children(node.field("arguments")?).next()?;
        let (object, argument) = (self.expr(object), self.expr(argument));
        if is_hole(&object) || is_hole(&argument) {
            return None;
        }
        match method {
            "test" => match (&object.kind, &argument.kind) {
                (
                    ExprKind::Regex { pattern, .. },
                    ExprKind::Page(PagePart::Protocol | PagePart::Href | PagePart::Origin),
                ) if pattern.contains("https") => Some(Test::PageIsHttps),
                _ => None,
            },
            "includes" => Some(match (&object.kind, &argument.kind) {
                (ExprKind::List(items), ExprKind::Page(PagePart::Hostname)) => {
                    match items.iter().map(|item| item.as_str().map(Arc::from)).collect() {
                        Some(hosts) => Test::PageHostIs(hosts),
                        None => Test::Contains(Box::new(object), Box::new(argument)),
                    }
                }
                (ExprKind::Page(PagePart::Protocol), ExprKind::Str(text)) if text.starts_with("https") => {
                    Test::PageIsHttps
                }
                _ => Test::Contains(Box::new(object), Box::new(argument)),
            }),
            "endsWith" => Some(Test::EndsWith(Box::new(object), Box::new(argument))),
            _ => Some(match (&object.kind, &argument.kind) {
                (ExprKind::Page(PagePart::Protocol | PagePart::Href | PagePart::Origin), ExprKind::Str(text))
                    if text.starts_with("https") && text.len() <= "https://".len() =>
                {
                    Test::PageIsHttps
                }
                _ => Test::StartsWith(Box::new(object), Box::new(argument)),
            }),
        }
    }

    fn truthy_value(&mut self, node: Node<'t>, sense: Sense) -> Ways {
        let value = self.expr(node);
        match &value.kind {
            ExprKind::Bool(known) => {
                if *known == (sense == Sense::Holds) {
                    vec![Vec::new()]
                } else {
                    Vec::new()
                }
            }
            ExprKind::Null | ExprKind::Undefined => {
                if sense == Sense::Fails {
                    vec![Vec::new()]
                } else {
                    Vec::new()
                }
            }
            _ if is_hole(&value) => self.opaque(node, sense),
            _ => single(truthy(value), sense),
        }
    }

    fn opaque(&self, node: Node<'t>, sense: Sense) -> Ways {
        let text: String =
            self.cx.text(node).split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect();
        single(Test::Opaque(Arc::from(text)), sense)
    }
}

/// The test that a value is truthy.
pub(super) fn truthy(value: Expr) -> Test {
    match value.kind {
        ExprKind::Page(PagePart::Port) => Test::PageHasPort,
        _ => Test::Truthy(Box::new(value)),
    }
}

/// Tests of the platform and of the mode, for one order of the operands.
fn compare(a: &Expr, b: &Expr) -> Option<(Test, Sense)> {
    let test = match (&a.kind, &b.kind) {
        (ExprKind::Page(PagePart::Protocol), ExprKind::Str(text)) => match &**text {
            "https:" => (Test::PageIsHttps, Sense::Holds),
            "http:" => (Test::PageIsHttps, Sense::Fails),
            text if is_bare_scheme(text) => (Test::SchemeWithoutColon, Sense::Holds),
            _ => return None,
        },
        (ExprKind::Op(Op::UrlPart(PagePart::Protocol), _), ExprKind::Str(text)) if is_bare_scheme(text) => {
            (Test::SchemeWithoutColon, Sense::Holds)
        }
        (ExprKind::Page(PagePart::Hostname), ExprKind::Str(text)) => {
            (Test::PageHostIs(vec![Arc::clone(text)]), Sense::Holds)
        }
        (ExprKind::Page(PagePart::Port), ExprKind::Str(text)) if text.is_empty() => (Test::PageHasPort, Sense::Fails),
        (ExprKind::Env { name, .. }, ExprKind::Str(text)) if matches!(&**name, "MODE" | "NODE_ENV") => {
            (Test::Mode(Arc::clone(text)), Sense::Holds)
        }
        (_, ExprKind::Undefined | ExprKind::Null) if !is_hole(a) => (Test::Defined(Box::new(a.clone())), Sense::Fails),
        _ => return None,
    };
    Some(test)
}

/// Flags that bundlers put in.
pub(super) fn mode_flag(text: &str) -> Option<(Test, Sense)> {
    let test = match text {
        "import.meta.env.DEV" | "import.meta.dev" | "process.dev" => {
            (Test::Mode(Arc::from("development")), Sense::Holds)
        }
        "import.meta.env.PROD" | "import.meta.prod" => (Test::Mode(Arc::from("production")), Sense::Holds),
        "import.meta.env.SSR" | "import.meta.server" | "process.server" => (Test::InBrowser, Sense::Fails),
        "import.meta.client" | "process.client" | "process.browser" => (Test::InBrowser, Sense::Holds),
        _ => return None,
    };
    Some(test)
}

pub(super) fn is_hole(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Hole(_))
}

pub(super) fn flip(sense: Sense) -> Sense {
    match sense {
        Sense::Holds => Sense::Fails,
        Sense::Fails => Sense::Holds,
    }
}

fn single(test: Test, sense: Sense) -> Ways {
    vec![vec![Guard { test, sense }]]
}

fn operator<'t>(node: Node<'t>) -> &'t str {
    node.field("operator").map_or("", |node| node.kind())
}
