//! What a handler does, step by step, in source order.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use tree_sitter::Node;

use super::build::{PythonCx, span};
use super::mention::Origin;
use super::origin_test::Comparing;
use super::place::At;
use super::scope::{BindKind, GuardChain, ScopeId, ScopeKind};
use super::text;
use crate::facts::{Expr, ExprKind, HoleReason, OriginTest, Step, StepKind};
use crate::parse::fields::Fields;

/// How far calls of functions in the same file are followed.
const MAX_LEVELS: u32 = 3;
/// How many steps a handler may have.
const MAX_STEPS: usize = 64;
/// How far what is around a comparison is looked at: each step out is a walk from the root.
const MOST_AROUND: usize = 64;

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

static VERIFIER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(VERIFIERS).ok());

/// Names of values that say who the client is.
const TOKENS: &[&str] = &["token", "access_token", "jwt", "ticket", "api_key", "apikey", "auth", "session_token"];

/// The walk over a function and what it calls in the same file.
pub(super) struct Walk<'a, 't> {
    pub(super) cx: &'a PythonCx<'t>,
    pub(super) wanted: Wanted,
    pub(super) steps: Vec<Step>,
}

/// Which steps of a function count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of a handshake.
    Handshake,
    /// The first one that shows that a client must say who it is, and whether whoever comes without a cookie is then turned
    /// away: all that is asked about plain requests.
    Login,
}

/// A function whose body is being walked.
pub(super) struct Body<'t> {
    pub(super) scope: ScopeId,
    /// Names of the socket or request in it.
    pub(super) sockets: Vec<&'t str>,
    pub(super) level: u32,
}

enum Visit<'t> {
    Enter(Node<'t>),
    Leave(Node<'t>),
}

impl<'t> Walk<'_, 't> {
    pub(super) fn is_done(&self) -> bool {
        match (self.wanted, self.steps.first()) {
            (Wanted::Handshake, _) => self.steps.len() >= MAX_STEPS,
            (Wanted::Login, Some(first)) => first.kind != StepKind::ReadsCookie || self.steps.len() > 1,
            (Wanted::Login, None) => false,
        }
    }

    fn push(&mut self, node: Node<'t>, kind: StepKind) {
        let is_wanted = if self.steps.is_empty() { kind.shows_a_login() } else { kind == StepKind::Refuses };
        if self.wanted == Wanted::Login && !is_wanted {
            return;
        }
        if self.steps.len() < MAX_STEPS && self.steps.last().is_none_or(|last| last.kind != kind) {
            self.steps.push(Step { span: span(node), kind });
        }
    }

    /// Tokens and cookies that a framework hands over as parameters.
    pub(super) fn parameters(&mut self, id: ScopeId) {
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

    pub(super) fn body(&mut self, body: &Body<'t>) {
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
                    // `async for message in socket`
                    let iterated = node.field("right").filter(|_| node.kind() == "for_statement");
                    if iterated.is_some_and(|iterated| body.sockets.contains(&self.cx.text(iterated))) {
                        self.push(node, StepKind::Receives);
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
        let branch = self.cx.parent(block).is_some_and(|parent| {
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
        if let Some(close) = self.steps.iter().skip(accept).position(closes) {
            // The client learns the code of such a close.
            self.steps.remove(accept + close);
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
                    match key.as_str() {
                        "user" if object.ends_with("scope") => self.push(node, StepKind::ReadsUser),
                        "session" | "cookies" if object.ends_with("scope") => self.push(node, StepKind::ReadsCookie),
                        _ => {}
                    }
                }
            }
            "attribute" => self.attribute(node, body),
            // Flask's session is a name of the module
            "identifier" if self.cx.text(node) == "session" && self.is_read(node) => {
                let flask = self.cx.outline.canonical.get("session").is_some_and(|name| &**name == "flask.session");
                if flask {
                    self.push(node, StepKind::ReadsCookie);
                }
            }
            "raise_statement" | "return_statement" if self.turns_away(node) => self.push(node, StepKind::Refuses),
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
                    let comparing = Comparing { cx: self.cx, at, is_origin: &|node| self.is_origin(node, origins) };
                    let test = Some(()).filter(|()| body.level == 0).and_then(|()| comparing.test(node));
                    if guards_absence(self, node, origins) {
                        self.push(node, StepKind::AllowsNoOrigin);
                    }
                    self.push(node, StepKind::ChecksOrigin(test.unwrap_or(OriginTest::Unknown)));
                }
            }
            _ => {}
        }
    }

    /// Whether a statement answers that the client may not come in: 401 and 403 as the frameworks write them.
    fn turns_away(&self, statement: Node<'t>) -> bool {
        let Some(value) = statement.named_child(0) else { return false };
        let called = value.field("function").unwrap_or(value);
        let name = self.cx.text(called).rsplit('.').next().unwrap_or_default();
        if matches!(name, "HTTPForbidden" | "HTTPUnauthorized" | "Forbidden" | "Unauthorized" | "PermissionDenied") {
            return true;
        }
        let says = |node: Node<'t>| {
            let text = self.cx.text(node);
            let last = text.rsplit('.').next().unwrap_or_default();
            matches!(text, "401" | "403")
                || ["HTTP_401", "HTTP_403", "UNAUTHORIZED", "FORBIDDEN"].iter().any(|name| last.starts_with(name))
        };
        if value.kind() != "call" {
            // `return "no", 403`
            let mut cursor = value.walk();
            return value.kind() == "expression_list" && value.named_children(&mut cursor).any(says);
        }
        let args = self.cx.args(value);
        let mut keywords = args.keywords.iter().filter(|(name, _)| matches!(*name, "status" | "status_code"));
        args.positional.iter().copied().any(says) || keywords.any(|(_, value)| says(*value))
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

    /// Whether a value is looked at, and not set: `session["user"] = user` sets it.
    fn is_read(&self, node: Node<'t>) -> bool {
        let Some(parent) = self.cx.parent(node) else { return true };
        let item = if parent.kind() == "subscript" { parent } else { node };
        let target =
            self.cx.parent(item).filter(|outer| outer.kind() == "assignment").and_then(|outer| outer.field("left"));
        target.is_none_or(|target| target.id() != item.id())
    }

    fn attribute(&mut self, node: Node<'t>, body: &Body<'t>) {
        let Some((object, name)) = self.cx.method(node) else { return };
        let object = self.cx.text(object);
        if name == "cookies" && matches!(object, "request" | "req" | "self.request") {
            return self.push(node, StepKind::ReadsCookie);
        }
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
                _ if on_socket && ["receive", "recv", "iter_"].iter().any(|start| name.starts_with(start)) => {
                    return self.push(node, StepKind::Receives);
                }
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
            let comparing = Comparing { cx: self.cx, at: at.clone(), is_origin: &|node| self.is_origin(node, origins) };
            let test = Some(()).filter(|()| body.level == 0).and_then(|()| comparing.test(node));
            return self.push(node, StepKind::ChecksOrigin(test.unwrap_or(OriginTest::Unknown)));
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

/// Whether the comparison counts only where there is an Origin: `origin and origin not in ALLOWED`, `if origin: ...`.
fn guards_absence<'t>(walk: &Walk<'_, 't>, comparison: Node<'t>, origins: &[Origin<'t>]) -> bool {
    let mut inner = comparison;
    for _ in 0..MOST_AROUND {
        let Some(outer) = walk.cx.parent(inner) else { return false };
        match outer.kind() {
            "boolean_operator" => {
                let others = [outer.field("left"), outer.field("right")];
                let other = others.into_iter().flatten().find(|side| side.id() != inner.id());
                if other.is_some_and(|other| walk.mentions_origin(other, origins)) {
                    return true;
                }
            }
            "if_statement" | "elif_clause" | "conditional_expression"
                if outer.field("condition") != Some(inner)
                    && outer.field("condition").is_some_and(|test| walk.mentions_origin(test, origins)) =>
            {
                return true;
            }
            "function_definition" | "class_definition" | "lambda" | "module" => return false,
            _ => {}
        }
        inner = outer;
    }
    false
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
