//! What a handler does, step by step, in source order.

use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use tree_sitter::Node;

use super::build::{At, PythonCx, span};
use super::scope::{BindKind, GuardChain, ScopeId, ScopeKind};
use super::text;
use crate::facts::{Expr, ExprKind, HandlerFact, HoleReason, Step, StepKind};
use crate::parse::fields::Fields;

/// How far calls of functions in the same file are followed.
const MAX_LEVELS: u32 = 3;
/// How many steps a handler may have.
const MAX_STEPS: usize = 64;

/// Parts of names of functions that verify who the client is.
const VERIFIERS: &[&str] = &[
    "verify",
    "authenticat",
    "authoriz",
    "decode_token",
    "decode_access",
    "decode_jwt",
    "jwt_decode",
    "jwt.decode",
    "current_user",
    "user_from_token",
    "validate_token",
    "validate_session",
    "validate_api_key",
    "check_token",
    "check_session",
    "check_auth",
    "session_auth",
    "require_auth",
    "require_user",
    "require_login",
    "login_required",
    "get_user_by_token",
    "check_permission",
];

/// The type of an answer that streams events.
const EVENT_STREAM: &str = "text/event-stream";

static VERIFIER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(VERIFIERS).ok());

/// Names of values that say who the client is.
const TOKENS: &[&str] = &["token", "access_token", "jwt", "ticket", "api_key", "apikey", "auth", "session_token"];

struct Walk<'a, 't> {
    cx: &'a PythonCx<'t>,
    wanted: Wanted,
    steps: Vec<Step>,
}

/// Which steps of a function count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// All of a handshake.
    Handshake,
    /// The first one that shows that a client must say who it is: all that is asked about plain requests.
    Login,
}

/// A function whose body is being walked.
struct Body<'t> {
    scope: ScopeId,
    /// Names of the socket or request in it.
    sockets: Vec<&'t str>,
    level: u32,
}

/// A name that holds the Origin header, whole or a part of it.
#[derive(Clone, Copy)]
struct Origin<'t> {
    name: &'t str,
    whole: bool,
}

enum Visit<'t> {
    Enter(Node<'t>),
    Leave(Node<'t>),
}

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

    /// The answer of a handler that streams events, wherever it stands in its own body.
    fn streamed(&self, function: Node<'t>) -> Option<Step> {
        if !self.outline.text.contains(EVENT_STREAM) {
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
        let Some(parent) = node.parent().filter(|_| is_type) else { return false };
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

impl<'t> Walk<'_, 't> {
    fn is_done(&self) -> bool {
        self.steps.len() >= if self.wanted == Wanted::Login { 1 } else { MAX_STEPS }
    }

    fn push(&mut self, node: Node<'t>, kind: StepKind) {
        if self.wanted == Wanted::Login && !kind.shows_a_login() {
            return;
        }
        if self.steps.len() < MAX_STEPS && self.steps.last().is_none_or(|last| last.kind != kind) {
            self.steps.push(Step { span: span(node), kind });
        }
    }

    /// Tokens and cookies that a framework hands over as parameters.
    fn parameters(&mut self, id: ScopeId) {
        let Some(scope) = self.cx.outline.scopes.get(id.0) else { return };
        for param in &scope.params {
            let source = param.default.map_or("", |node| self.cx.text(node));
            let annotation = param.annotation.map_or("", |node| self.cx.text(node));
            let Some(node) = param.default.or(param.annotation) else { continue };
            if source.starts_with("Cookie(") || annotation.contains("Cookie(") {
                self.push(node, StepKind::ReadsCookie);
            } else if TOKENS.contains(&param.name) && !source.contains("Depends(") {
                self.push(node, StepKind::ReadsToken);
            }
        }
    }

    fn body(&mut self, body: &Body<'t>) {
        let Some(root) = self.cx.outline.scopes.get(body.scope.0).and_then(|s| s.node.field("body")) else {
            return;
        };
        let mut origins = Vec::new();
        let mut stack = vec![Visit::Enter(root)];
        while let Some(visit) = stack.pop() {
            match visit {
                Visit::Enter(node) => {
                    if matches!(node.kind(), "function_definition" | "class_definition" | "lambda") {
                        continue;
                    }
                    stack.push(Visit::Leave(node));
                    let mut cursor = node.walk();
                    let children: Vec<_> = node.named_children(&mut cursor).collect();
                    stack.extend(children.into_iter().rev().map(Visit::Enter));
                }
                Visit::Leave(node) if node.kind() == "block" => self.refusal(node),
                Visit::Leave(node) => self.leave(node, body, &mut origins),
            }
            if self.is_done() {
                return;
            }
        }
    }

    /// A branch that accepts only to say why it closes at once is a refusal, not the handler's acceptance.
    fn refusal(&mut self, block: Node<'t>) {
        let branch = block.parent().is_some_and(|parent| {
            matches!(parent.kind(), "if_statement" | "elif_clause" | "else_clause" | "except_clause")
        });
        let count = u32::try_from(block.named_child_count()).unwrap_or(0);
        let last = count.checked_sub(1).and_then(|last| block.named_child(last));
        let leaves = last.is_some_and(|last| matches!(last.kind(), "return_statement" | "raise_statement"));
        if !branch || !leaves {
            return;
        }
        let here = span(block);
        let inside = |step: &Step| here.start <= step.span.start && step.span.end <= here.end;
        let accept = self.steps.iter().position(|step| inside(step) && matches!(step.kind, StepKind::Accept(_)));
        let Some(accept) = accept else { return };
        let closes = |step: &Step| inside(step) && matches!(step.kind, StepKind::Close(_));
        if self.steps.iter().skip(accept).any(closes) {
            self.steps.remove(accept);
        }
    }

    fn leave(&mut self, node: Node<'t>, body: &Body<'t>, origins: &mut Vec<Origin<'t>>) {
        match node.kind() {
            "call" => self.call(node, body, origins),
            "subscript" => {
                let key = node.field("subscript");
                let key = key.and_then(|key| text::literal(self.cx.outline.text, key));
                if let Some(key) = key {
                    self.header(node, &key);
                    let object = node.field("value").map_or("", |object| self.cx.text(object));
                    if object.ends_with("scope") && matches!(key.as_str(), "user" | "session" | "cookies") {
                        self.push(node, StepKind::ReadsCookie);
                    }
                }
            }
            "attribute" => self.attribute(node, body),
            "assignment" | "named_expression" => {
                let left = node.field("left").or_else(|| node.field("name"));
                let right = node.field("right").or_else(|| node.field("value"));
                if let (Some(left), Some(right)) = (left, right)
                    && left.kind() == "identifier"
                    && self.mentions_origin(right, origins)
                {
                    let whole = self.is_origin(right, origins);
                    origins.push(Origin { name: self.cx.text(left), whole });
                }
            }
            "comparison_operator" if self.mentions_origin(node, origins) => {
                let mut cursor = node.walk();
                let operands: Vec<_> = node.named_children(&mut cursor).collect();
                let other = operands.iter().find(|operand| !self.mentions_origin(**operand, origins));
                // `origin is None` looks at its presence only.
                if other.is_some_and(|other| other.kind() != "none") {
                    let at = At::new(body.scope, GuardChain::default(), node);
                    let itself = operands.iter().any(|operand| self.is_origin(*operand, origins));
                    let with = other.filter(|_| body.level == 0 && itself).map(|other| self.cx.expr(*other, &at));
                    let with = with.map(|value| match self.text_operators(node).as_str() {
                        "==" | "!=" => Expr::new(value.span, ExprKind::List(vec![value])),
                        _ => value,
                    });
                    self.push(node, StepKind::ChecksOrigin(with));
                }
            }
            _ => {}
        }
    }

    fn header(&mut self, node: Node<'t>, name: &str) {
        match name.to_ascii_lowercase().as_str() {
            "origin" => self.push(node, StepKind::ReadsOrigin),
            "authorization" | "sec-websocket-protocol" | "x-api-key" => self.push(node, StepKind::ReadsToken),
            "cookie" => self.push(node, StepKind::ReadsCookie),
            name if TOKENS.contains(&name) => self.push(node, StepKind::ReadsToken),
            _ => {}
        }
    }

    fn attribute(&mut self, node: Node<'t>, body: &Body<'t>) {
        let Some((object, name)) = self.cx.method(node) else { return };
        let object = self.cx.text(object);
        if matches!(name, "is_authenticated" | "is_anonymous") {
            return self.push(node, StepKind::Authenticates);
        }
        if !body.sockets.contains(&object) && !object.ends_with("scope") {
            return;
        }
        match name {
            "cookies" | "session" => self.push(node, StepKind::ReadsCookie),
            "query_params" => self.push(node, StepKind::ReadsToken),
            _ => {}
        }
    }

    /// Whether `node` reads the Origin header or uses a name that holds it.
    fn mentions_origin(&self, node: Node<'t>, origins: &[Origin<'t>]) -> bool {
        if !self.cx.names_origin {
            return false;
        }
        let mut stack = vec![node];
        let mut seen = 0;
        while let Some(node) = stack.pop() {
            seen += 1;
            if seen > 200 {
                return false;
            }
            match node.kind() {
                "identifier" if origins.iter().any(|origin| origin.name == self.cx.text(node)) => return true,
                "string" => {
                    let text = self.cx.text(node).trim_start_matches(['b', 'B', 'r']).trim_matches(['"', '\'']);
                    if text.eq_ignore_ascii_case("origin") {
                        return true;
                    }
                }
                _ => {
                    let mut cursor = node.walk();
                    stack.extend(node.named_children(&mut cursor));
                }
            }
        }
        false
    }

    fn text_operators(&self, comparison: Node<'t>) -> String {
        let mut cursor = comparison.walk();
        let words = comparison.children_by_field_name("operators", &mut cursor).map(|word| self.cx.text(word));
        words.collect::<Vec<_>>().join(" ")
    }

    /// Whether `node` is the header's whole value: the read itself, or a name that holds it.
    fn is_origin(&self, node: Node<'t>, origins: &[Origin<'t>]) -> bool {
        match node.kind() {
            "identifier" => origins.iter().any(|origin| origin.whole && origin.name == self.cx.text(node)),
            "parenthesized_expression" | "await" => {
                node.named_child(0).is_some_and(|inner| self.is_origin(inner, origins))
            }
            "boolean_operator" => node.field("left").is_some_and(|left| self.is_origin(left, origins)),
            "subscript" => self.mentions_origin(node, &[]),
            "call" => self.cx.method(node).is_some_and(|(object, name)| {
                name == "get" && !self.mentions_origin(object, origins) && self.mentions_origin(node, &[])
            }),
            _ => false,
        }
    }

    fn call(&mut self, node: Node<'t>, body: &Body<'t>, origins: &[Origin<'t>]) {
        let Some(function) = node.field("function") else { return };
        let args = self.cx.args(node);
        let at = At::new(body.scope, GuardChain::default(), node);
        let method = self.cx.method(node);
        if let Some((object, name)) = method {
            let on_socket = body.sockets.contains(&self.cx.text(object));
            let given = |node: &Node<'t>| body.sockets.contains(&self.cx.text(*node));
            match name {
                // `ws = web.WebSocketResponse()`, then `await ws.prepare(request)`.
                "prepare" if args.positional.iter().any(given) => return self.push(node, StepKind::Accept(None)),
                "accept" if on_socket => {
                    let protocol = args.get(0, "subprotocol").map(|node| self.cx.expr(node, &at));
                    return self.push(node, StepKind::Accept(protocol));
                }
                "close" if on_socket => {
                    let code = args.get(0, "code").map(|node| self.cx.expr(node, &at));
                    return self.push(node, StepKind::Close(code));
                }
                "ping" if on_socket => return self.push(node, StepKind::Pings),
                _ if on_socket && name.starts_with("send") => {
                    let arguments = node.field("arguments").map_or("", |args| self.cx.text(args));
                    if arguments.contains("\"ping\"") || arguments.contains("'ping'") {
                        self.push(node, StepKind::Pings);
                    }
                    return;
                }
                "get" | "getlist" => {
                    let key = args.positional.first().and_then(|key| text::literal(self.cx.outline.text, *key));
                    if let Some(key) = key {
                        return self.header(node, &key);
                    }
                }
                _ => {}
            }
            if on_socket {
                return;
            }
        }
        let called = self.cx.text(function);
        if is_log(called) {
            return;
        }
        let all: Vec<Node<'t>> =
            args.positional.iter().copied().chain(args.keywords.iter().map(|(_, value)| *value)).collect();
        let origin = all.iter().any(|arg| self.mentions_origin(*arg, origins))
            || method.is_some_and(|(object, _)| self.mentions_origin(object, origins));
        let method_name = method.map_or("", |(_, name)| name);
        if origin && !is_plain(called, method_name) {
            return self.push(node, StepKind::ChecksOrigin(None));
        }
        if VERIFIER.as_ref().is_some_and(|names| names.is_match(called)) {
            self.push(node, StepKind::Authenticates);
        }
        let gets_socket = |arg: &Node<'t>| body.sockets.contains(&self.cx.text(*arg));
        if all.iter().any(gets_socket) {
            self.pass(node, function, &args, body, &at);
        }
    }

    /// A call that gets the socket: followed when it is in this file, recorded otherwise.
    fn pass(&mut self, node: Node<'t>, function: Node<'t>, args: &super::args::Args<'t>, body: &Body<'t>, at: &At<'t>) {
        let target = if body.level < MAX_LEVELS { self.target(function, at) } else { None };
        let Some((id, bound)) = target else {
            if self.wanted == Wanted::Login {
                return;
            }
            let accepted = self.steps.iter().any(|step| matches!(step.kind, StepKind::Accept(_)));
            let callee = self.cx.expr(function, at);
            // After the handshake it no longer matters who else sees the socket; builtins only look at it.
            if accepted || matches!(callee.kind, ExprKind::Hole(HoleReason::UnknownName(_))) {
                return;
            }
            return self.push(node, StepKind::Calls(Expr::new(span(function), callee.kind)));
        };
        let Some(scope) = self.cx.outline.scopes.get(id.0) else { return };
        let mut sockets = Vec::new();
        for (index, arg) in args.positional.iter().enumerate() {
            if body.sockets.contains(&self.cx.text(*arg)) {
                sockets.extend(scope.params.get(index + bound).map(|param| param.name));
            }
        }
        for (name, arg) in &args.keywords {
            if body.sockets.contains(&self.cx.text(*arg)) {
                sockets.push(*name);
            }
        }
        self.body(&Body { scope: id, sockets, level: body.level + 1 });
    }

    /// The function of this file that is called, and how many leading parameters the call fills by itself (`self`).
    fn target(&self, function: Node<'t>, at: &At<'t>) -> Option<(ScopeId, usize)> {
        let outline = &self.cx.outline;
        let in_scope = |name: &str| {
            let mut id = Some(at.scope);
            while let Some(scope) = id.and_then(|id| outline.scopes.get(id.0)) {
                if let Some(bindings) = scope.bindings.get(name) {
                    return match bindings.as_slice() {
                        [only] => match only.kind {
                            BindKind::Scope(found) => Some(found),
                            _ => None,
                        },
                        _ => None,
                    };
                }
                id = scope.parent;
            }
            None
        };
        if function.kind() == "identifier" {
            let id = in_scope(self.cx.text(function))?;
            return (outline.scopes.get(id.0)?.kind == ScopeKind::Function).then_some((id, 0));
        }
        let (object, method) = self.cx.method(function)?;
        let class = if self.cx.text(object) == "self" {
            self.enclosing_class(at.scope)?
        } else {
            let made = self.cx.resolve(object, at);
            let maker = if made.kind() == "call" { made.field("function")? } else { made };
            in_scope(self.cx.text(maker))?
        };
        let class = outline.scopes.get(class.0).filter(|scope| scope.kind == ScopeKind::Class)?;
        match class.bindings.get(method)?.first()?.kind {
            BindKind::Scope(id) => Some((id, 1)),
            _ => None,
        }
    }

    fn enclosing_class(&self, scope: ScopeId) -> Option<ScopeId> {
        let mut id = scope;
        loop {
            let found = self.cx.outline.scopes.get(id.0)?;
            if found.kind == ScopeKind::Class {
                return Some(id);
            }
            id = found.parent?;
        }
    }
}

fn is_log(called: &str) -> bool {
    let root = called.split('.').next().unwrap_or("").to_ascii_lowercase();
    root == "print" || root.ends_with("logger") || root.ends_with("logging") || root == "log" || root == "structlog"
}

/// Calls that pass the Origin on without comparing it.
fn is_plain(called: &str, method: &str) -> bool {
    matches!(
        method,
        "get" | "strip" | "rstrip" | "lower" | "decode" | "split" | "append" | "replace" | "items" | "encode"
    ) || matches!(called, "str" | "dict" | "list" | "len" | "repr" | "isinstance")
        || called.ends_with("urlparse")
        || called.ends_with("urlsplit")
        || called.ends_with("Exception")
        || called.ends_with("Error")
}
