//! Data that code asks the page's own server for, where a file of the repository is what comes back; and what promises give.

use std::sync::Arc;

use tree_sitter::Node;

use super::build::Builder;
use super::call::function_of;
use super::node::{arguments, children, is_function, string_text, strip};
use crate::base::Span;
use crate::facts::{Expr, ExprKind, Field, HoleReason, Op};
use crate::parse::fields::Fields;

impl<'t> Builder<'_, 't> {
    /// `fetch('/config.json')`, `axios.get('/config.json')` and their like.
    pub(super) fn fetched(&self, callee: Node<'t>, args: &[Node<'t>], span: Span) -> Option<Expr> {
        let path = path_of_file(string_text(strip(*args.first()?), self.cx.source)?)?;
        let file = Expr::new(span, ExprKind::File(Arc::from(path)));
        let data = Expr::new(span, ExprKind::Op(Op::Fetched, vec![file]));
        match self.cx.platform(callee).as_deref() {
            Some("fetch") => return Some(response(span, data)),
            Some("$fetch") => return Some(data),
            Some("$.getJSON" | "jQuery.getJSON") => return Some(data),
            _ => {}
        }
        let origin = self.cx.origin(callee);
        let imported = origin.as_ref().map(|origin| (origin.module, origin.members()));
        match imported {
            Some(("axios", ["get"])) => Some(object(span, vec![("data", data)])),
            Some(("ofetch", ["ofetch" | "$fetch"])) => Some(data),
            // Angular's client gives the data itself.
            None if matches!(self.cx.text(callee), "this.http.get" | "this.httpClient.get" | "http.get")
                && self.cx.imported("HttpClient").is_some() =>
            {
                Some(data)
            }
            _ => None,
        }
    }

    /// `promise.then(callback)`: what the callback makes of it.
    pub(super) fn chained(&mut self, object: Node<'t>, method: &str, args: &[Node<'t>]) -> Option<Expr> {
        match method {
            "then" => {
                let function = self.cx.function(*args.first()?)?;
                let value = self.expr(object);
                Some(self.written_out(function, vec![value]))
            }
            "catch" | "finally" | "toPromise" => Some(self.expr(object)),
            _ => None,
        }
    }

    /// What the callback of `promise.then(callback)` is given, where that is known.
    pub(super) fn promised(&mut self, function: Node<'t>) -> Option<Expr> {
        let list = self.cx.parent(function).filter(|list| list.kind() == "arguments")?;
        if children(list).next()?.id() != function.id() {
            return None;
        }
        let callee = self.cx.parent(list)?.field("function").filter(|callee| callee.kind() == "member_expression")?;
        if self.cx.text(callee.field("property")?) != "then" || !self.asks_for_a_file(callee) {
            return None;
        }
        let value = self.expr(callee.field("object")?);
        (!matches!(value.kind, ExprKind::Hole(_))).then_some(value)
    }

    /// Whether a chain of promises begins with a call that may ask for a file.
    fn asks_for_a_file(&self, chain: Node<'t>) -> bool {
        let mut node = chain;
        for _ in 0..16 {
            node = match node.kind() {
                "member_expression" => match node.field("object") {
                    Some(object) => strip(object),
                    None => return false,
                },
                "call_expression" => {
                    let address = arguments(node).first().copied().map(strip);
                    let text = address.and_then(|address| string_text(address, self.cx.source));
                    let is_own_call = text.is_none() && address.is_none_or(is_function);
                    match node.field("function").map(strip) {
                        _ if text.is_some_and(|text| path_of_file(text).is_some()) => return true,
                        // `load().then(..)`
                        Some(callee) if callee.kind() == "identifier" => return is_own_call,
                        Some(callee) => callee,
                        None => return false,
                    }
                }
                _ => return false,
            };
        }
        false
    }
}

/// The path from the root of the pages to a file of data, when an address is one.
fn path_of_file(address: &str) -> Option<String> {
    let address = address.split(['?', '#']).next().unwrap_or(address);
    if !address.ends_with(".json") || address.contains(':') || address.starts_with("//") || address.contains("..") {
        return None;
    }
    let path = address.strip_prefix("./").unwrap_or(address).trim_start_matches('/');
    Some(format!("/{path}"))
}

/// What `fetch` gives: its `json()` is the data.
fn response(span: Span, data: Expr) -> Expr {
    let text = Expr::hole(span, HoleReason::Runtime);
    object(span, vec![("json", function_of(span, Vec::new(), data)), ("text", function_of(span, Vec::new(), text))])
}

fn object(span: Span, fields: Vec<(&str, Expr)>) -> Expr {
    let field = |(key, value): (&str, Expr)| Field { key: Arc::from(key), key_span: span, value };
    Expr::new(span, ExprKind::Object(fields.into_iter().map(field).collect()))
}
