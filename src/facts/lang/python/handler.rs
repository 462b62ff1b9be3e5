//! Handlers and helpers: which functions take a socket or request, and what is before them.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::{PythonCx, span};
use super::place::At;
use super::scope::{ScopeId, ScopeKind};
use super::steps::{Body, Walk, Wanted};
use super::text;
use crate::facts::{Expr, ExprKind, HandlerFact, Step, StepKind};
use crate::parse::fields::Fields;

/// The type of an answer that streams events.
pub(super) const EVENT_STREAM: &str = "text/event-stream";

impl<'t> PythonCx<'t> {
    /// The steps of the handler whose scope is `id`. `sockets` are its parameters that hold the socket or request.
    #[must_use]
    pub fn handler(&self, id: ScopeId, sockets: Vec<&'t str>) -> HandlerFact {
        self.walked(id, sockets, Wanted::Handshake)
    }

    /// The handler of plain requests whose scope is `id`: of its steps only the first that asks who the client is, and
    /// an event stream as its answer.
    #[must_use]
    pub fn request_handler(&self, id: ScopeId, requests: Vec<&'t str>) -> HandlerFact {
        self.walked(id, requests, Wanted::Login)
    }

    fn walked(&self, id: ScopeId, sockets: Vec<&'t str>, wanted: Wanted) -> HandlerFact {
        let Some(scope) = self.outline.scopes.get(id.0) else { return HandlerFact::default() };
        let mut walk = Walk { cx: self, wanted, steps: Vec::new() };
        walk.parameters(id);
        if !walk.is_done() {
            walk.body(&Body { scope: id, sockets, level: 0 });
        }
        walk.steps.extend(self.streamed(scope.node));
        HandlerFact {
            name: Arc::clone(&scope.name),
            span: span(scope.node),
            steps: walk.steps,
            before: self.dependencies(id),
        }
    }

    /// The answer of a handler that streams events, wherever it is in its own body.
    fn streamed(&self, function: Node<'t>) -> Option<Step> {
        if !self.names_event_stream {
            return None;
        }
        let mut open = vec![function];
        while let Some(node) = open.pop() {
            if self.is_event_stream(node) {
                return Some(Step { span: span(node), kind: StepKind::StreamsEvents });
            }
            let inner = matches!(node.kind(), "function_definition" | "class_definition" | "lambda");
            if !inner || node.id() == function.id() {
                let mut cursor = node.walk();
                open.extend(node.named_children(&mut cursor));
            }
        }
        None
    }

    /// Whether a string is the type of an answer that streams events: of a keyword, a header, or an attribute.
    fn is_event_stream(&self, node: Node<'t>) -> bool {
        let is_type = text::literal(self.outline.text, node).is_some_and(|text| text.starts_with(EVENT_STREAM));
        let Some(parent) = is_type.then(|| self.parent(node)).flatten() else { return false };
        let name = match parent.kind() {
            "keyword_argument" => parent.field("name"),
            "pair" => parent.field("key"),
            "assignment" => parent.field("left"),
            _ => None,
        };
        let name = name.map_or("", |name| self.text(name)).to_ascii_lowercase();
        ["media_type", "mimetype", "content_type", "content-type"].iter().any(|part| name.contains(part))
    }

    /// Functions that others may hand a socket or request to, with what they do with it.
    #[must_use]
    pub fn helpers(&self) -> Vec<HandlerFact> {
        let mut found = Vec::new();
        for (index, scope) in self.outline.scopes.iter().enumerate() {
            let id = ScopeId(index);
            if scope.kind != ScopeKind::Function || !self.is_summary(id) || self.handles_a_route(scope) {
                continue;
            }
            let mut sockets = self.sockets(id);
            sockets.retain(|name| *name != "self");
            if sockets.is_empty() {
                continue;
            }
            let mut helper = self.handler(id, sockets);
            if helper.steps.is_empty() {
                continue;
            }
            let class = scope.parent.and_then(|parent| self.outline.scopes.get(parent.0));
            if let Some(class) = class.filter(|class| class.kind == ScopeKind::Class) {
                helper.name = Arc::from(format!("{}.{}", class.name, scope.name));
            }
            found.push(helper);
        }
        found
    }

    /// Parameters of a handler that hold a socket or request, by annotation or usual name.
    #[must_use]
    pub fn sockets(&self, id: ScopeId) -> Vec<&'t str> {
        let Some(scope) = self.outline.scopes.get(id.0) else { return Vec::new() };
        let holds = |annotation: Option<Node<'t>>, name: &str| match annotation.map(|node| self.text(node)) {
            Some(text) => text.ends_with("WebSocket") || text.ends_with("Request") || text.ends_with("HTTPConnection"),
            None => matches!(name, "websocket" | "ws" | "socket" | "request" | "self"),
        };
        scope.params.iter().filter(|param| holds(param.annotation, param.name)).map(|param| param.name).collect()
    }

    /// `Depends(x)` and `Security(x)` of a function's parameters, in defaults and annotations.
    #[must_use]
    pub fn dependencies(&self, id: ScopeId) -> Vec<Expr> {
        let Some(scope) = self.outline.scopes.get(id.0) else { return Vec::new() };
        let mut found = Vec::new();
        for param in &scope.params {
            for node in [param.default, param.annotation].into_iter().flatten() {
                let before = found.len();
                self.depends(node, &mut found);
                let named = (node.kind() == "type").then(|| node.named_child(0)).flatten();
                if let Some(name) = named.filter(|name| name.kind() == "identifier" && found.len() == before)
                    && self.outline.canonical.get(self.text(name)).is_some_and(|dotted| !from_library(dotted))
                {
                    // `user: CurrentUser`: an alias of another module, which may be an `Annotated[.., Depends(..)]`.
                    found.push(Expr::new(span(name), ExprKind::Name(Arc::from(self.text(name)))));
                }
            }
        }
        found
    }

    /// All `Depends(x)` below `node`.
    pub fn depends(&self, node: Node<'t>, found: &mut Vec<Expr>) {
        let mut stack = vec![node];
        let mut seen = 0;
        while let Some(node) = stack.pop() {
            seen += 1;
            if seen > 400 {
                return;
            }
            if node.kind() == "call"
                && self.constructor(node).is_some_and(|name| name.ends_with("Depends") || name.ends_with("Security"))
            {
                if let Some(target) = self.args(node).get(0, "dependency") {
                    let value = self.expr(target, &At::end_of(ScopeId(0)));
                    found.push(Expr::new(span(node), value.kind));
                }
                continue;
            }
            let mut cursor = node.walk();
            let children: Vec<_> = node.named_children(&mut cursor).collect();
            stack.extend(children.into_iter().rev());
        }
    }
}

fn from_library(dotted: &str) -> bool {
    let root = dotted.split('.').next().unwrap_or("");
    matches!(root, "fastapi" | "starlette" | "typing" | "pydantic" | "sqlalchemy" | "uuid" | "datetime" | "enum")
}
