//! What a function in front of all handlers does to a request that says nothing of who sends it.
//!
//! Browsers send such a request ahead of others (a preflight): without the Authorization header, without cookies and with the
//! method OPTIONS. The statements of the function are gone through in order, and each condition comes out as it does for that
//! request where the text shows how.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::parents::Parents;
use crate::facts::{Asks, GateVerdict};
use crate::parse::fields::Fields;

/// Nodes of one function that are looked at.
const MOST_NODES: usize = 20_000;
/// Conditions inside conditions.
const MOST_DEEP: u32 = 64;

/// How a condition comes out for a request without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// A function that gets every request, and how it hands requests on.
pub struct Front<'t> {
    /// The function, or its body.
    pub body: Node<'t>,
    /// The text of the file.
    pub source: &'t str,
    /// The name of what it calls to hand a request on.
    pub next: &'t str,
}

/// What is known where a node is.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Whether a refusal here happens.
    refuses: Truth,
    /// Whether handing on from here happens.
    passes: Truth,
    /// Whether what is thrown here is caught.
    caught: bool,
}

impl Frame {
    fn under(self, truth: Truth) -> Self {
        Self { refuses: self.refuses.and(truth), passes: self.passes.and(truth), caught: self.caught }
    }
}

/// What the function does to a request without credentials; `None` when it hands it on.
pub fn verdict(front: &Front<'_>) -> Option<GateVerdict> {
    let whole = text_of(front.source, front.body);
    let refusals =
        ["401", "403", "HTTP_4", "nauthorized", "orbidden", "UNAUTHORIZED", "FORBIDDEN", "throw", "raise", "Error"];
    if !refusals.iter().any(|word| whole.contains(word)) {
        return None;
    }
    let mut walk = Walk {
        source: front.source,
        next: front.next,
        absent: BTreeSet::new(),
        errors: BTreeSet::new(),
        parents: Parents::below(front.body),
        left: MOST_NODES,
        is_unclear: false,
    };
    let found = walk.run(front.body);
    if walk.left == 0 {
        return Some(GateVerdict::Unclear);
    }
    match found {
        Some(Ends::Refused) if !walk.is_unclear => Some(GateVerdict::Refuses(asks(whole))),
        Some(Ends::Passed) | None if !walk.is_unclear => None,
        _ => Some(GateVerdict::Unclear),
    }
}

fn asks(text: &str) -> Asks {
    let lower = text.to_ascii_lowercase();
    let by_cookie = ["cookie", "session", "is_authenticated", "isauthenticated"];
    // Whoever looks the user up writes it down there; whoever reads it asks what was found out before.
    let reads = |name: &str| {
        lower.match_indices(name).any(|(at, name)| {
            let rest = lower.get(at + name.len()..).unwrap_or_default().trim_start();
            !rest.starts_with('=') || rest.starts_with("==")
        })
    };
    if by_cookie.iter().any(|word| lower.contains(word)) || reads("req.user") || reads("request.user") {
        Asks::Cookie
    } else {
        Asks::Header
    }
}

enum Ends {
    Refused,
    Passed,
}

struct Walk<'t> {
    source: &'t str,
    next: &'t str,
    /// Names of what a request without credentials leaves empty.
    absent: BTreeSet<&'t str>,
    /// Names of what says why a credential was refused.
    errors: BTreeSet<&'t str>,
    /// What is around the nodes of the function.
    parents: Parents<'t>,
    left: usize,
    is_unclear: bool,
}

fn text_of<'t>(source: &'t str, node: Node<'_>) -> &'t str {
    source.get(node.byte_range()).unwrap_or_default()
}

fn named<'t>(node: Node<'t>) -> Vec<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

fn is_function(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "arrow_function" | "function_expression" | "function_declaration" | "function_definition" | "lambda"
    )
}

impl<'t> Walk<'t> {
    fn text(&self, node: Node<'_>) -> &'t str {
        text_of(self.source, node)
    }

    fn run(&mut self, body: Node<'t>) -> Option<Ends> {
        let mut stack = vec![(body, Frame { refuses: Truth::True, passes: Truth::True, caught: false })];
        while let Some((node, frame)) = stack.pop() {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return None;
            }
            match self.event(node, frame) {
                Some((ends, Truth::True)) => return Some(ends),
                Some((_, Truth::Unknown)) => self.is_unclear = true,
                _ => {}
            }
            self.note(node);
            let mut next = self.below(node, frame, node.id() == body.id());
            next.reverse();
            stack.extend(next);
        }
        None
    }

    /// Whether the node ends the way of a request, and whether it is come to.
    fn event(&self, node: Node<'t>, frame: Frame) -> Option<(Ends, Truth)> {
        match node.kind() {
            "call_expression" | "call" => {
                let called = node.field("function").map_or("", |callee| self.text(callee));
                let arguments = node.field("arguments").map(named).unwrap_or_default();
                if called == self.next {
                    // Node's `next(error)` is answered with the error.
                    let is_error = node.kind() == "call_expression"
                        && arguments.first().is_some_and(|first| first.kind() != "string");
                    return Some(if is_error { (Ends::Refused, frame.refuses) } else { (Ends::Passed, frame.passes) });
                }
                let last = called.rsplit('.').next().unwrap_or_default();
                let status = arguments.first().is_some_and(|first| matches!(self.text(*first), "401" | "403"));
                (status && matches!(last, "status" | "sendStatus" | "writeHead" | "code" | "throw"))
                    .then_some((Ends::Refused, frame.refuses))
            }
            "assignment_expression" => {
                let part = |name| node.child_by_field_name(name).map_or("", |part| self.text(part));
                let refuses = part("left").ends_with(".statusCode") && matches!(part("right"), "401" | "403");
                refuses.then_some((Ends::Refused, frame.refuses))
            }
            "throw_statement" | "raise_statement" if !frame.caught => Some((Ends::Refused, frame.refuses)),
            "return_statement" if self.is_refusing_answer(node) => Some((Ends::Refused, frame.refuses)),
            _ => None,
        }
    }

    /// `return JSONResponse({...}, status_code=401)`
    fn is_refusing_answer(&self, statement: Node<'t>) -> bool {
        let Some(value) = named(statement).into_iter().next().filter(|value| value.kind() == "call") else {
            return false;
        };
        let called = value.field("function").map_or("", |callee| self.text(callee));
        let name = called.rsplit('.').next().unwrap_or_default();
        if matches!(name, "HTTPForbidden" | "HTTPUnauthorized" | "HttpResponseForbidden" | "Forbidden" | "Unauthorized")
        {
            return true;
        }
        let says = |node: Node<'t>| {
            let last = self.text(node).rsplit('.').next().unwrap_or_default();
            matches!(last, "401" | "403" | "UNAUTHORIZED" | "FORBIDDEN")
                || last.starts_with("HTTP_401")
                || last.starts_with("HTTP_403")
        };
        value.field("arguments").map(named).unwrap_or_default().into_iter().any(|argument| match argument.kind() {
            "keyword_argument" => argument.field("value").is_some_and(says),
            _ => says(argument),
        })
    }

    /// Names that are bound to what a request without credentials leaves empty.
    fn note(&mut self, node: Node<'t>) {
        let (target, value) = match node.kind() {
            "variable_declarator" => (node.field("name"), node.field("value")),
            "assignment" | "assignment_expression" => (node.field("left"), node.field("right")),
            "named_expression" => (node.field("name"), node.field("value")),
            _ => return,
        };
        let (Some(target), Some(value)) = (target, value) else { return };
        match target.kind() {
            "identifier" if self.is_absent(value) => {
                self.absent.insert(self.text(target));
            }
            // `const { authorization } = req.headers`
            "object_pattern" => {
                let of_headers = ["headers", "cookies"].iter().any(|end| self.text(value).ends_with(end));
                let whole = self.is_absent(value);
                for name in named(target) {
                    let key = self.text(name).split([':', '=']).next().unwrap_or_default().trim();
                    let bound = self.text(name).rsplit(':').next().unwrap_or_default().trim();
                    if whole || of_headers && is_credential(key) {
                        self.absent.insert(bound.split('=').next().unwrap_or_default().trim());
                    }
                }
            }
            "array_pattern" | "pattern_list" | "tuple_pattern" if self.is_absent(value) => {
                for name in named(target) {
                    self.absent.insert(self.text(name));
                }
            }
            _ => {}
        }
    }

    /// What is inside a node, each part with what is known there.
    fn below(&mut self, node: Node<'t>, frame: Frame, is_whole: bool) -> Vec<(Node<'t>, Frame)> {
        match node.kind() {
            "if_statement" | "elif_clause" => {
                let truth = node.field("condition").map_or(Truth::Unknown, |condition| self.truth(condition, 0));
                let mut found = Vec::new();
                let mut otherwise = truth.not();
                let condition = node.field("condition").map(|condition| condition.id());
                let consequence = node.field("consequence").map(|consequence| consequence.id());
                for child in named(node) {
                    if Some(child.id()) == condition {
                        found.push((child, frame));
                    } else if Some(child.id()) == consequence {
                        found.push((child, frame.under(truth)));
                    } else {
                        let own = (child.kind() == "elif_clause")
                            .then(|| child.field("condition").map_or(Truth::Unknown, |test| self.truth(test, 0)));
                        found.push((child, frame.under(otherwise)));
                        if let Some(own) = own {
                            otherwise = otherwise.and(own.not());
                        }
                    }
                }
                found
            }
            "ternary_expression" => {
                let truth = node.field("condition").map_or(Truth::Unknown, |condition| self.truth(condition, 0));
                let parts = [("consequence", truth), ("alternative", truth.not())];
                parts.into_iter().filter_map(|(name, truth)| Some((node.field(name)?, frame.under(truth)))).collect()
            }
            "try_statement" => {
                let Some(body) = node.field("body") else { return Vec::new() };
                let fails = self.mentions_absent(body);
                let inside = Frame { caught: true, ..frame };
                // Who asks for a credential that is not there ends in the handler.
                let inside = if fails { Frame { passes: Truth::False, ..inside } } else { inside };
                let handler = frame.under(if fails { Truth::True } else { Truth::Unknown });
                let mut found = vec![(body, inside)];
                for child in named(node).into_iter().filter(|child| child.id() != body.id()) {
                    let is_handler = matches!(child.kind(), "catch_clause" | "except_clause");
                    found.push((child, if is_handler { handler } else { frame.under(Truth::Unknown) }));
                }
                found
            }
            "for_statement" | "for_in_statement" | "while_statement" | "switch_statement" | "match_statement" => {
                named(node).into_iter().map(|child| (child, frame.under(Truth::Unknown))).collect()
            }
            "call_expression" if named(node).iter().any(|part| part.kind() == "arguments") => {
                let truth = self.callbacks(node);
                let mut found = Vec::new();
                for child in named(node) {
                    let arguments = child.kind() == "arguments";
                    let parts = if arguments { named(child) } else { vec![child] };
                    for part in parts {
                        found.push((part, if is_function(part) { frame.under(truth) } else { frame }));
                    }
                }
                found
            }
            // What a function inside is called for is not known; a call with it as an argument was looked at above.
            _ if is_function(node) && !is_whole && !self.is_argument(node) => Vec::new(),
            _ => named(node).into_iter().map(|child| (child, frame)).collect(),
        }
    }

    fn is_argument(&self, node: Node<'t>) -> bool {
        self.parents.of(node).is_some_and(|parent| parent.kind() == "arguments")
    }

    /// Whether the functions that a call gets run for a request without credentials: `jwt.verify(token, key, (error, user) => ...)`
    /// does, `verify(token).then(...)` does not.
    fn callbacks(&mut self, call: Node<'t>) -> Truth {
        let callee = call.field("function");
        let method = callee.and_then(|callee| callee.field("property")).map_or("", |name| self.text(name));
        let receiver = callee.and_then(|callee| callee.field("object"));
        if matches!(method, "then" | "catch") && receiver.is_some_and(|receiver| self.is_absent(receiver)) {
            return Truth::of(method == "catch");
        }
        let arguments = call.field("arguments").map(named).unwrap_or_default();
        if !arguments.iter().any(|argument| !is_function(*argument) && self.is_absent(*argument)) {
            return Truth::Unknown;
        }
        for function in arguments.into_iter().filter(|argument| is_function(*argument)) {
            let params = function.field("parameters").map(named).unwrap_or_default();
            for (at, param) in params.into_iter().enumerate() {
                let name = self.text(param).split([':', '?', '=']).next().unwrap_or_default().trim();
                let is_error = at == 0 && name.starts_with('e');
                if is_error {
                    self.errors.insert(name)
                } else {
                    self.absent.insert(name)
                };
            }
        }
        Truth::True
    }

    /// How a condition comes out.
    fn truth(&mut self, condition: Node<'t>, depth: u32) -> Truth {
        self.left = self.left.saturating_sub(1);
        if depth > MOST_DEEP || self.left == 0 {
            return Truth::Unknown;
        }
        let operands = || [condition.field("left"), condition.field("right")];
        match condition.kind() {
            "parenthesized_expression" | "await_expression" | "await" | "non_null_expression" => {
                named(condition).into_iter().next().map_or(Truth::Unknown, |inner| self.truth(inner, depth + 1))
            }
            "unary_expression" | "not_operator" => {
                let negates = self.text(condition).starts_with(['!', 'n']);
                let inner = condition.field("argument");
                match inner.filter(|_| negates) {
                    Some(inner) => self.truth(inner, depth + 1).not(),
                    None => Truth::Unknown,
                }
            }
            "binary_expression" | "boolean_operator" => {
                let operator = condition.field("operator").map_or("", |operator| self.text(operator));
                let [Some(left), Some(right)] = operands() else { return Truth::Unknown };
                match operator {
                    "&&" | "and" => self.truth(left, depth + 1).and(self.truth(right, depth + 1)),
                    "||" | "or" => {
                        let (left, right) = (self.truth(left, depth + 1).not(), self.truth(right, depth + 1).not());
                        left.and(right).not()
                    }
                    "===" | "==" => self.equal(left, right),
                    "!==" | "!=" => self.equal(left, right).not(),
                    _ => Truth::Unknown,
                }
            }
            "comparison_operator" => {
                let parts = named(condition);
                let [left, right] = parts.as_slice() else { return Truth::Unknown };
                let between = self.source.get(left.end_byte()..right.start_byte()).unwrap_or_default().trim();
                match between.split_whitespace().collect::<Vec<_>>().as_slice() {
                    ["==" | "is"] => self.equal(*left, *right),
                    ["!="] | ["is", "not"] => self.equal(*left, *right).not(),
                    ["in"] => self.is_in(*left, *right),
                    ["not", "in"] => self.is_in(*left, *right).not(),
                    _ => Truth::Unknown,
                }
            }
            "identifier" if self.errors.contains(self.text(condition)) => Truth::True,
            "call_expression" if self.is_listed_method(condition) => {
                let list = condition.field("function").and_then(|callee| callee.field("object"));
                list.map_or(Truth::Unknown, |list| Truth::of(self.text(list).contains("OPTIONS")))
            }
            _ if self.is_absent(condition) => Truth::False,
            _ => Truth::Unknown,
        }
    }

    /// `['GET', 'OPTIONS'].includes(req.method)`
    fn is_listed_method(&self, call: Node<'t>) -> bool {
        let callee = call.field("function");
        let is_array = callee.and_then(|callee| callee.field("object")).is_some_and(|list| list.kind() == "array");
        let arguments = call.field("arguments").map(named).unwrap_or_default();
        is_array && arguments.first().is_some_and(|argument| self.is_method(*argument))
    }

    fn is_method(&self, node: Node<'t>) -> bool {
        self.text(node).trim_end_matches(".upper()").trim_end_matches(".toUpperCase()").ends_with(".method")
    }

    fn equal(&self, left: Node<'t>, right: Node<'t>) -> Truth {
        for (one, other) in [(left, right), (right, left)] {
            let text = self.text(other);
            if self.is_method(one) {
                return match other.kind() {
                    "string" => Truth::of(text.trim_matches(['"', '\'', '`']).eq_ignore_ascii_case("options")),
                    _ => Truth::Unknown,
                };
            }
            if self.is_absent(one) && !self.is_absent(other) {
                let nothing = matches!(text, "null" | "undefined" | "None" | "false" | "False" | "''" | "\"\"" | "``");
                return Truth::of(nothing);
            }
        }
        Truth::Unknown
    }

    fn is_in(&self, item: Node<'t>, list: Node<'t>) -> Truth {
        if self.is_method(item) && matches!(list.kind(), "list" | "tuple" | "set") {
            return Truth::of(self.text(list).contains("OPTIONS"));
        }
        // `"Bearer " in header`, `token in TOKENS`
        match self.is_absent(item) || self.is_absent(list) {
            true => Truth::False,
            false => Truth::Unknown,
        }
    }

    /// Whether a value is made of something that a request without credentials leaves empty.
    fn is_absent(&self, value: Node<'t>) -> bool {
        if value.kind() == "string" || is_function(value) {
            return false;
        }
        self.mentions_absent(value)
    }

    /// Whether something that a request without credentials leaves empty is inside. The text is looked through once; the names
    /// of functions inside count as well.
    fn mentions_absent(&self, node: Node<'t>) -> bool {
        let text = self.text(node);
        if text.len() > 4_000 {
            return false;
        }
        reads_credential(text) || words(text).any(|word| self.absent.contains(word))
    }
}

/// The identifiers of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '$'))
        .filter(|word| !word.is_empty())
}

/// Whether a text reads a header, cookie or session that says who asks.
fn reads_credential(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let whole = [
        ".cookies",
        ".signedcookies",
        "req.session",
        "request.session",
        "isauthenticated()",
        "req.user",
        "request.user",
        "is_authenticated",
    ];
    if whole.iter().any(|word| lower.contains(word)) {
        return true;
    }
    let reads = ["headers.get(", "headers[", "headers?.[", ".get(", ".header(", ".getheader("];
    let dotted = ["headers.authorization", "headers?.authorization", "headers.cookie", "headers?.cookie"];
    dotted.iter().any(|form| lower.contains(form))
        || reads.iter().any(|form| {
            lower.match_indices(form).any(|(at, found)| {
                let rest = lower.get(at + found.len()..).unwrap_or_default().trim_start();
                let Some(rest) = rest.strip_prefix(['"', '\'', '`']) else { return false };
                let name = rest.split(['"', '\'', '`']).next().unwrap_or_default();
                // Only a header has such a name where the receiver is not shown to be the headers.
                (found.starts_with("headers") || name == "authorization" || name.starts_with("x-"))
                    && is_credential(name)
            })
        })
}

/// Whether a header of this name says who asks: scripts set it, and browsers leave it out of what they send ahead.
fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let by_proxies = ["x-forwarded", "x-real-ip", "x-request-id", "x-http-method", "x-original"];
    matches!(name.as_str(), "authorization" | "cookie")
        || name.starts_with("x-") && !by_proxies.iter().any(|start| name.starts_with(start))
        || ["token", "api-key", "apikey", "auth"].iter().any(|word| name.contains(word)) && name != "authority"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::ecma::Grammar;

    /// What the real frameworks did with a preflight: `Refuses` and `None` were observed of Express 5 and Starlette 1.10 with
    /// each of these in front of CORS; where it is `Unclear` they did one or the other for a reason that is not looked at.
    #[test]
    fn a_preflight_comes_out_as_in_express() {
        let cases: &[(&str, Option<GateVerdict>)] = &[
            (
                r#"(req, res, next) => { if (!req.headers.authorization) return res.sendStatus(401); next(); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { if (req.method === 'OPTIONS') return next(); if (!req.headers.authorization) return res.sendStatus(401); next(); }"#,
                None,
            ),
            (
                r#"(req, res, next) => { if (req.method !== 'OPTIONS' && !req.get('Authorization')) { res.status(401).end(); return; } next(); }"#,
                None,
            ),
            (
                r#"(req, res, next) => { const token = (req.headers.authorization || '').split(' ')[1]; if (token == null) return res.sendStatus(401); jwt.verify(token, 'k', (err, user) => { if (err) return res.sendStatus(403); req.user = user; next(); }); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { try { req.user = jwt.verify(req.headers.authorization.split(' ')[1], 'k'); next(); } catch (e) { res.status(401).json({}); } }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { if (req.headers['x-api-key'] === 'k') { next(); } else { res.status(403).send('no'); } }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { const { authorization } = req.headers; if (!authorization) { return next(new Error('no')); } next(); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { if (!req.headers.authorization) { throw new Error('no'); } next(); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { const key = req.header('x-api-key'); const ok = key && key === 'k'; ok ? next() : res.sendStatus(401); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (r#"(req, res, next) => { console.log(req.method); next(); }"#, None),
            (
                r#"(req, res, next) => { if (['/login', '/items'].includes(req.path)) return next(); if (!req.headers.authorization) return res.sendStatus(401); next(); }"#,
                Some(GateVerdict::Unclear),
            ),
            (
                r#"(req, res, next) => { if (process.env.AUTH === 'off') return next(); if (!req.headers.authorization) return res.sendStatus(401); next(); }"#,
                Some(GateVerdict::Unclear),
            ),
            (
                r#"(req, res, next) => { if (req.headers['user-agent'] === 'bad') return res.sendStatus(403); next(); }"#,
                Some(GateVerdict::Unclear),
            ),
            (
                r#"(req, res, next) => { if (req.method === 'POST' && !req.headers.authorization) return res.sendStatus(401); next(); }"#,
                None,
            ),
            (
                r#"(req, res, next) => { verify(req.headers.authorization).then((user) => { req.user = user; next(); }).catch(() => res.status(401).end()); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"async (req, res, next) => { try { const user = await verify(req.headers.authorization); req.user = user; return next(); } catch (e) { return res.sendStatus(401); } }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { if (req.headers.authorization === undefined) { res.statusCode = 401; return res.end(); } return next(); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { if (!req.cookies || !req.cookies.sid) return res.sendStatus(401); next(); }"#,
                Some(GateVerdict::Refuses(Asks::Cookie)),
            ),
            (
                r#"(req, res, next) => { if (['GET', 'OPTIONS'].includes(req.method)) { next(); return; } if (!req.headers.authorization) return res.sendStatus(401); next(); }"#,
                None,
            ),
            (
                r#"(req, res, next) => { const h = req.headers.authorization; if (h && h.startsWith('Bearer ')) { req.token = h.slice(7); } next(); }"#,
                None,
            ),
            (
                r#"(req, res, next) => { const h = req.headers.authorization; if (h && h !== 'Bearer k') return res.sendStatus(403); next(); }"#,
                None,
            ),
            (
                r#"(req, res, next) => { if (req.query.key !== 'k') return res.sendStatus(403); next(); }"#,
                Some(GateVerdict::Unclear),
            ),
            (
                r#"(req, res, next) => { const auth = req.headers.authorization; if (!auth || auth !== 'Bearer k') { return res.status(401).json({ error: 'no' }); } return next(); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                r#"(req, res, next) => { for (const k of ['a']) { if (req.headers['x-api-key'] === k) return next(); } res.sendStatus(401); }"#,
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
        ];
        for (source, expected) in cases {
            let tree = crate::parse::ecma::parse(source, Grammar::Tsx, &[]).expect("parses");
            let function = named(named(tree.root_node())[0])[0];
            assert!(is_function(function), "{source}");
            let found = verdict(&Front { body: function, source, next: "next" });
            assert_eq!(found, *expected, "{source}");
        }
    }

    #[test]
    fn a_preflight_comes_out_as_in_starlette() {
        let cases: &[(&str, Option<GateVerdict>)] = &[
            (
                "if request.headers.get(\"authorization\") != \"Bearer k\":\n        return JSONResponse({}, status_code=401)\n    return await call_next(request)",
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                "if request.method == \"OPTIONS\":\n        return await call_next(request)\n    if \"authorization\" not in request.headers:\n        return JSONResponse({}, status_code=401)\n    return await call_next(request)",
                None,
            ),
            (
                "if request.headers.get(\"x-api-key\") == \"k\":\n        return await call_next(request)\n    return JSONResponse({}, 401)",
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                "token = request.headers.get(\"authorization\", \"\").removeprefix(\"Bearer \")\n    if not token:\n        raise HTTPException(status_code=401)\n    return await call_next(request)",
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                "token = request.cookies.get(\"sid\")\n    if token is None or token not in {\"a\"}:\n        return PlainTextResponse(\"no\", status_code=403)\n    return await call_next(request)",
                Some(GateVerdict::Refuses(Asks::Cookie)),
            ),
            (
                "try:\n        check(request.headers[\"authorization\"])\n    except Exception:\n        return JSONResponse({}, status_code=401)\n    return await call_next(request)",
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                "if request.url.path in (\"/items\", \"/login\"):\n        return await call_next(request)\n    if not request.headers.get(\"authorization\"):\n        return JSONResponse({}, status_code=401)\n    return await call_next(request)",
                Some(GateVerdict::Unclear),
            ),
            (
                "response = await call_next(request)\n    if response.status_code == 401:\n        print(\"refused\")\n    return response",
                None,
            ),
            (
                "if request.method != \"OPTIONS\" and not request.headers.get(\"authorization\"):\n        return JSONResponse({}, status_code=401)\n    return await call_next(request)",
                None,
            ),
            (
                "if request.method in (\"POST\", \"PUT\") and not request.headers.get(\"authorization\"):\n        return JSONResponse({}, status_code=401)\n    return await call_next(request)",
                None,
            ),
            (
                "auth = request.headers.get(\"Authorization\")\n    if auth and auth.startswith(\"Bearer \"):\n        return await call_next(request)\n    else:\n        return JSONResponse({}, status_code=401)",
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                "auth = request.headers.get(\"Authorization\")\n    if auth and not auth.startswith(\"Bearer \"):\n        return JSONResponse({}, status_code=401)\n    return await call_next(request)",
                None,
            ),
            (
                "if request.headers.get(\"host\") == \"evil\":\n        return JSONResponse({}, status_code=403)\n    return await call_next(request)",
                Some(GateVerdict::Unclear),
            ),
            (
                "user = find(request.headers.get(\"authorization\"))\n    if user is None:\n        return JSONResponse({}, status_code=401)\n    request.state.user = user\n    return await call_next(request)",
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                "if not SECRET:\n        return await call_next(request)\n    if request.headers.get(\"x-token\") != SECRET:\n        return Response(status_code=401)\n    return await call_next(request)",
                Some(GateVerdict::Unclear),
            ),
            (
                "if request.query_params.get(\"key\") != \"k\":\n        return Response(status_code=403)\n    return await call_next(request)",
                Some(GateVerdict::Unclear),
            ),
            (
                "if (h := request.headers.get(\"authorization\")) is None:\n        return Response(status_code=401)\n    return await call_next(request)",
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
            (
                "if request.headers.get(\"authorization\") is not None:\n        return await call_next(request)\n    return Response(status_code=401)",
                Some(GateVerdict::Refuses(Asks::Header)),
            ),
        ];
        for (body, expected) in cases {
            let source = format!("async def f(request, call_next):\n    {body}\n");
            let tree = crate::parse::python::parse(&source).expect("parses");
            let function = named(tree.root_node())[0];
            let body = function.child_by_field_name("body").expect("has a body");
            let found = verdict(&Front { body, source: &source, next: "call_next" });
            assert_eq!(found, *expected, "{source}");
        }
    }
}
