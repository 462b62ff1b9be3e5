//! What an expression compares the Origin with: the header itself, or the host that is taken out of it.

use tree_sitter::Node;

use super::build::PythonCx;
use super::place::At;
use crate::facts::{Expr, ExprKind, OriginTest};
use crate::parse::fields::Fields;

/// The part of the Origin that a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// `urlparse(origin).netloc`
    Netloc,
    /// `urlparse(origin).hostname`
    HostName,
}

/// What is compared, and how.
pub struct Comparing<'a, 't> {
    /// The file.
    pub cx: &'a PythonCx<'t>,
    /// Where the condition is.
    pub at: At<'t>,
    /// Whether a node is the whole Origin.
    pub is_origin: &'a dyn Fn(Node<'t>) -> bool,
}

impl<'t> Comparing<'_, 't> {
    /// The test that a condition is; `None` where it compares nothing of the Origin.
    #[must_use]
    pub fn test(&self, condition: Node<'t>) -> Option<OriginTest> {
        let mut node = condition;
        while let Some(inner) = match node.kind() {
            "parenthesized_expression" => node.named_child(0),
            "not_operator" => node.field("argument"),
            _ => None,
        } {
            node = inner;
        }
        match node.kind() {
            "comparison_operator" => self.comparison(node),
            "call" => {
                let (object, "endswith") = self.cx.method(node)? else { return None };
                // a name without its port ends like the host
                let part = self.part(object)?;
                let ending = self.cx.args(node).positional.first().map(|end| self.cx.expr(*end, &self.at))?;
                Some(if part == Part::HostName { OriginTest::Unknown } else { OriginTest::Ends(ending) })
            }
            _ => None,
        }
    }

    fn comparison(&self, node: Node<'t>) -> Option<OriginTest> {
        let mut cursor = node.walk();
        let operands: Vec<_> = node.named_children(&mut cursor).collect();
        let [left, right] = operands.as_slice() else { return None };
        let (part, other) = match (self.part(*left), self.part(*right)) {
            (Some(part), None) => (part, *right),
            (None, Some(part)) => (part, *left),
            _ => return None,
        };
        // `origin is None` looks at its presence only.
        if other.kind() == "none" {
            return None;
        }
        if part == Part::Netloc && self.is_host_header(other) {
            return Some(OriginTest::OwnHost);
        }
        let mut cursor = node.walk();
        let operators: Vec<&str> =
            node.children_by_field_name("operators", &mut cursor).map(|word| self.cx.text(word)).collect();
        let value = self.cx.expr(other, &self.at);
        let value = match operators.as_slice() {
            ["==" | "!="] => Expr::new(value.span, ExprKind::List(vec![value])),
            ["in"] | ["not in"] | ["not", "in"] if self.part(*left).is_some() => value,
            _ => return Some(OriginTest::Unknown),
        };
        Some(match part {
            Part::Whole => OriginTest::Whole(value),
            Part::Netloc => OriginTest::Hosts(value),
            Part::HostName => OriginTest::HostNames(value),
        })
    }

    fn part(&self, node: Node<'t>) -> Option<Part> {
        if (self.is_origin)(node) {
            return Some(Part::Whole);
        }
        let found = self.cx.resolve(node, &self.at);
        if let Some((object, "lower")) = self.cx.method(found).filter(|_| found.kind() == "call") {
            return self.part(object);
        }
        if found.kind() != "attribute" {
            return None;
        }
        let part = match self.cx.text(found.field("attribute")?) {
            "netloc" => Part::Netloc,
            "hostname" => Part::HostName,
            _ => return None,
        };
        let parsed = self.cx.resolve(found.field("object")?, &self.at);
        let called = self.cx.text(parsed.field("function")?);
        if parsed.kind() != "call" || !called.ends_with("urlparse") && !called.ends_with("urlsplit") {
            return None;
        }
        let argument = self.cx.args(parsed).positional.first().copied()?;
        (self.is_origin)(argument).then_some(part)
    }

    /// `self.request.host`, `headers["host"]`, `headers.get("Host")`
    fn is_host_header(&self, node: Node<'t>) -> bool {
        let found = self.cx.resolve(node, &self.at);
        let text: String = self.cx.text(found).chars().filter(|it| !it.is_whitespace()).collect();
        let text = text.to_ascii_lowercase().replace('\'', "\"");
        text.ends_with("request.host")
            || text.ends_with("headers[\"host\"]")
            || text.ends_with("headers.get(\"host\")")
            || text.ends_with("headers.get(\"host\",\"\")")
    }
}
