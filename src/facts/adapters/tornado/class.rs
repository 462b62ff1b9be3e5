//! Handler classes of Tornado with the classes of the file that they extend: their methods, and the headers of every answer.

use std::sync::Arc;

use tree_sitter::Node;

use crate::base::Span;
use crate::facts::lang::python::scope::{BindKind, GuardChain, Scope, ScopeId};
use crate::facts::lang::python::{At, PythonCx, literal, span};
use crate::facts::{Expr, ExprKind, FileFacts, HoleReason, OriginLibrary, PolicyFact, Preflight};
use crate::parse::fields::Fields;

/// Methods of requests that a handler may answer, by the names of its own methods.
const VERBS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];
/// Classes that a handler extends, at most.
const MOST: usize = 16;

/// A handler class and the classes of this file that it extends, nearest first.
pub struct Family<'a, 't> {
    cx: &'a PythonCx<'t>,
    classes: Vec<&'a Scope<'t>>,
    /// Everything that it extends is either in this file or Tornado's plain handler.
    is_whole: bool,
}

impl<'a, 't> Family<'a, 't> {
    /// Those of the class of this name.
    pub fn of(cx: &'a PythonCx<'t>, name: &str) -> Self {
        let mut classes: Vec<&Scope<'t>> = Vec::new();
        let mut open = vec![name.to_owned()];
        while let Some(name) = open.pop().filter(|_| classes.len() < MOST) {
            let found = cx.class_named(&name).and_then(|class| cx.scope(class));
            let Some(class) = found.filter(|class| classes.iter().all(|known| known.name != class.name)) else {
                continue;
            };
            classes.push(class);
            let Some(list) = class.node.field("superclasses") else { continue };
            let mut cursor = list.walk();
            let bases: Vec<String> = list.named_children(&mut cursor).map(|base| cx.text(base).to_owned()).collect();
            open.extend(bases.into_iter().rev());
        }
        let plain =
            |base: &String| matches!(base.as_str(), "tornado.web.RequestHandler" | "tornado.web.web.RequestHandler");
        let bases = cx.dotted_bases(name);
        let is_whole = !classes.is_empty() && !bases.is_empty() && bases.iter().all(plain);
        Self { cx, classes, is_whole }
    }

    /// The methods that it answers, in upper case; empty where a class that is not seen may answer others.
    pub fn methods(&self) -> Vec<Arc<str>> {
        if !self.is_whole {
            return Vec::new();
        }
        let has = |verb: &&str| self.classes.iter().any(|class| class.bindings.contains_key(*verb));
        VERBS.iter().filter(|verb| has(verb)).map(|verb| Arc::from(verb.to_ascii_uppercase())).collect()
    }

    fn method(&self, name: &str) -> Option<(ScopeId, &'a Scope<'t>)> {
        let binding = self.classes.iter().find_map(|class| class.bindings.get(name)?.first())?;
        match binding.kind {
            BindKind::Scope(id) => Some((id, self.cx.outline.scopes.get(id.0)?)),
            _ => None,
        }
    }

    /// The CORS headers that `set_default_headers` puts into every answer.
    pub fn cors(&self, app: &Expr, path: &str, function: Option<Arc<str>>, facts: &mut FileFacts) {
        let Some((id, method)) = self.method("set_default_headers") else { return };
        let headers = self.set_headers(id, method);
        let value = |name: &str| headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let Some((_, origin)) = value("access-control-allow-origin") else { return };
        // Without a method for it the question that browsers ask ahead is answered 405.
        let asks = self.method("options").is_some();
        let list = |name: &str| value(name).filter(|_| asks).map(|(_, value)| value.clone());
        let credentials = match value("access-control-allow-credentials") {
            Some((_, value)) => match value.as_str() {
                Some(text) => Expr::new(value.span, ExprKind::Bool(text.eq_ignore_ascii_case("true"))),
                None => Expr::hole(value.span, HoleReason::Unsupported),
            },
            None => Expr::new(origin.span, ExprKind::Bool(false)),
        };
        facts.policies.push(PolicyFact {
            span: span(method.node),
            target: app.clone(),
            library: OriginLibrary::Headers,
            origins: Some(origin.clone()),
            pattern: None,
            credentials: Some(credentials),
            preflight: Preflight {
                methods: list("access-control-allow-methods"),
                headers: list("access-control-allow-headers"),
                ..Preflight::default()
            },
            paths: Some(Expr::new(
                span(method.node),
                ExprKind::Regex { pattern: Arc::from(format!("\\A(?:{path})\\z")), flags: Arc::from("") },
            )),
            function,
        });
    }

    /// `self.set_header(name, value)`; a value that some condition decides is not known.
    fn set_headers(&self, id: ScopeId, method: &Scope<'t>) -> Vec<(String, Expr)> {
        let mut found = Vec::new();
        let mut open: Vec<(Node<'t>, bool)> = vec![(method.node, false)];
        while let Some((node, conditional)) = open.pop() {
            let conditional = conditional
                || matches!(node.kind(), "if_statement" | "for_statement" | "try_statement" | "conditional_expression");
            if let Some((_, "set_header" | "add_header")) = self.cx.method(node).filter(|_| node.kind() == "call")
                && let [name, value, ..] = self.cx.args(node).positional.as_slice()
                && let Some(name) = literal(self.cx.outline.text, *name)
            {
                let at = At::new(id, GuardChain::default(), node);
                let here: Span = span(*value);
                let value =
                    if conditional { Expr::hole(here, HoleReason::Unsupported) } else { self.cx.expr(*value, &at) };
                found.push((name, value));
            }
            let mut cursor = node.walk();
            open.extend(node.named_children(&mut cursor).map(|child| (child, conditional)));
        }
        found
    }
}
