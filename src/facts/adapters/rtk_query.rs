//! RTK Query: endpoints of an API, each with the base of its `fetchBaseQuery`.

use std::sync::Arc;

use tree_sitter::Node;

use super::{ecma_headers, ecma_runs};
use crate::facts::lang::ecma::node::{arguments, children, field_text, string_text, strip};
use crate::facts::lang::ecma::{Builder, EcmaAdapter, EcmaCx, Needle, Origin};
use crate::facts::{CLIENT_BASE, ClientApi, ClientCall, Expr, ExprKind, Field, FileFacts};

/// `createApi({ baseQuery, endpoints })` and `api.injectEndpoints({ endpoints })`.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "RTK Query",
    needles: &[
        Needle::plain("fetchBaseQuery").without_first(5),
        Needle::plain("injectEndpoints(").without_first(6),
        Needle::plain("createApi(").without_first(6),
    ],
    also: &[],
    visit,
    whole: None,
    read_calls: &[read_api],
};

const MODULES: &[&str] = &["@reduxjs/toolkit/query", "@reduxjs/toolkit/query/react", "@rtk-incubator/rtk-query"];

fn is_create_api(origin: &Origin<'_>) -> bool {
    MODULES.contains(&origin.module) && matches!(origin.members(), ["createApi"])
}

/// An API as an object that holds what it puts in front of paths.
fn read_api<'t>(builder: &mut Builder<'_, 't>, origin: &Origin<'t>, call: Node<'t>) -> Option<Expr> {
    if !is_create_api(origin) {
        return None;
    }
    let options = *arguments(call).first()?;
    let base = base(builder, options)?;
    let field = Field { key: Arc::from(CLIENT_BASE), key_span: base.span, value: base };
    Some(Expr::new(builder.cx.span(call), ExprKind::Object(vec![field])))
}

/// `baseUrl` of the one `fetchBaseQuery` that the API asks with, itself or through a function around it.
fn base<'t>(builder: &mut Builder<'_, 't>, options: Node<'t>) -> Option<Expr> {
    let cx = builder.cx;
    let query = cx.option(options, "baseQuery")?;
    let made = fetch_base_query(cx, cx.initial(query)).or_else(|| {
        let mut all = cx.shown.iter().filter_map(|node| fetch_base_query(cx, *node));
        all.next().filter(|_| all.next().is_none())
    })?;
    let settings = arguments(made).first().copied();
    Some(match settings.and_then(|settings| cx.option(settings, "baseUrl")) {
        Some(base) => builder.expr(base),
        None => Expr::new(cx.span(made), ExprKind::Undefined),
    })
}

/// The call of `fetchBaseQuery` that a node is, or wraps (`retry(fetchBaseQuery(..))`).
fn fetch_base_query<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Node<'t>> {
    let node = strip(node);
    if node.kind() != "call_expression" {
        return None;
    }
    let callee = node.child_by_field_name("function")?;
    let origin = cx.origin(callee)?;
    if origin.members() == ["fetchBaseQuery"] {
        return Some(node);
    }
    let inner = arguments(node).first().copied().filter(|_| origin.members() == ["retry"])?;
    fetch_base_query(cx, cx.initial(inner))
}

fn visit<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    if node.kind() == "call_expression" {
        facts.client_calls.extend(read(cx, node).unwrap_or_default());
    }
}

/// The endpoints of one call.
fn read<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<Vec<ClientCall>> {
    let callee = strip(node.child_by_field_name("function")?);
    let options = *arguments(node).first()?;
    let is_injected =
        callee.kind() == "member_expression" && field_text(callee, "property", cx.source) == Some("injectEndpoints");
    if !is_injected && !cx.origin(callee).is_some_and(|origin| is_create_api(&origin)) {
        return None;
    }
    let endpoints = strip(cx.option(options, "endpoints")?);
    let body = match cx.function(endpoints) {
        Some(function) => returned_object(function)?,
        None => returned_object(endpoints)?,
    };
    let mut found = Vec::new();
    for pair in children(body).filter(|part| part.kind() == "pair") {
        let Some(call) = pair.child_by_field_name("value").map(strip) else { continue };
        let mut builder = Builder::open(cx);
        let base = match is_injected {
            true => callee.child_by_field_name("object").map(|object| {
                let api = builder.expr(object);
                builder.member_of(api, CLIENT_BASE)
            }),
            false => base(&mut builder, options),
        };
        found.extend(base.and_then(|base| endpoint(cx, call, builder, base)));
    }
    Some(found)
}

/// The object that a function gives back, or that a method's body does.
fn returned_object(function: Node<'_>) -> Option<Node<'_>> {
    let body = strip(function.child_by_field_name("body")?);
    if body.kind() == "object" {
        return Some(body);
    }
    let statements: Vec<Node<'_>> = children(body).collect();
    let returned = statements.into_iter().find(|statement| statement.kind() == "return_statement")?;
    children(returned).next().map(strip).filter(|value| value.kind() == "object")
}

/// `build.query({ query: id => `posts/${id}` })`.
fn endpoint<'t>(cx: &EcmaCx<'t>, call: Node<'t>, mut builder: Builder<'_, 't>, base: Expr) -> Option<ClientCall> {
    let callee = call.child_by_field_name("function").filter(|_| call.kind() == "call_expression")?;
    let kind = field_text(strip(callee), "property", cx.source)?;
    if !matches!(kind, "query" | "mutation" | "infiniteQuery") {
        return None;
    }
    let options = *arguments(call).first()?;
    let query = cx.option(options, "query")?;
    let function = match query.kind() {
        "method_definition" => query,
        _ => cx.function(query)?,
    };
    let request = object_of(cx, function);
    let option = |key| request.and_then(|request| cx.option(request, key));
    let address = match option("url") {
        Some(url) => builder.inside_answer(function, url),
        None if request.is_some() => return None,
        None => builder.answer(function),
    };
    let method = match option("method") {
        Some(method) => string_text(strip(method), cx.source).map(|text| Arc::from(text.to_ascii_uppercase())),
        None => Some(Arc::from("GET")),
    };
    let headers = ecma_headers::of_options(&mut builder, request);
    Some(ClientCall {
        base: Some(base),
        method,
        headers,
        runs: ecma_runs::at(cx, call),
        reach: cx.reach(call),
        ..ClientCall::new(cx.span(call), ClientApi::Fetch, address)
    })
}

/// The request object that a function gives back.
fn object_of<'t>(cx: &EcmaCx<'t>, function: Node<'t>) -> Option<Node<'t>> {
    let found = returned_object(function);
    found.filter(|object| cx.option(*object, "url").is_some())
}
