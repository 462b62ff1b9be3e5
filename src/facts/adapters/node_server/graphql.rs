//! GraphQL over WebSocket: which sub-protocols the library behind a server speaks.

use std::sync::Arc;

use tree_sitter::Node;

use super::value::target;
use super::ws;
use crate::facts::known::{GRAPHQL_TRANSPORT_WS, GRAPHQL_WS, GraphQlProtocol};
use crate::facts::lang::ecma::EcmaCx;
use crate::facts::lang::ecma::node::{arguments, children, field_text};
use crate::facts::{Expr, ExprKind, FileFacts, HandlerFact, HoleReason, Protocol, RouteFact, Step, StepKind};

/// `useServer(options, wss)` of `graphql-ws`; `SubscriptionServer.create(options, { server, path })`, and the same with `new`.
pub fn served<'t>(cx: &EcmaCx<'t>, node: Node<'t>, facts: &mut FileFacts) {
    let field = if node.kind() == "new_expression" { "constructor" } else { "function" };
    let Some(origin) = node.child_by_field_name(field).and_then(|callee| cx.origin(callee)) else { return };
    let args = arguments(node);
    let Some(server) = args.get(1).copied() else { return };
    let is_of =
        |module: &str| origin.module.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match origin.members() {
        ["useServer"] if is_of(GRAPHQL_TRANSPORT_WS.library) => {
            mark(cx, server, &steps(cx, node, GRAPHQL_TRANSPORT_WS), facts);
        }
        ["SubscriptionServer"] | ["SubscriptionServer", "create"] if is_of(GRAPHQL_WS.library) => {
            let steps = steps(cx, node, GRAPHQL_WS);
            if cx.initial(server).kind() == "object" {
                ws::with_options(cx, node, Some(server), facts);
                let span = cx.span(node);
                facts.routes.iter_mut().filter(|route| route.span == span).for_each(|route| goes_on(route, &steps));
            } else {
                mark(cx, server, &steps, facts);
            }
        }
        _ => {}
    }
}

/// What the library does with a socket: whom it lets in, `onConnect` and `context` of its options may say.
fn steps<'t>(cx: &EcmaCx<'t>, node: Node<'t>, protocol: GraphQlProtocol) -> Vec<Step> {
    let options = arguments(node).first().map(|options| cx.initial(*options));
    let lets_all_in = options.is_some_and(|options| {
        options.kind() == "object"
            && children(options).all(|part| part.kind() != "spread_element")
            && !["onConnect", "context"].iter().any(|key| cx.option(options, key).is_some())
    });
    let asks = (!lets_all_in).then(|| called(cx, node));
    let span = cx.span(node);
    [spoken(&[protocol])].into_iter().chain(asks).map(|kind| Step { span, kind }).collect()
}

/// A call of what is not read.
fn called<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> StepKind {
    let field = if node.kind() == "new_expression" { "constructor" } else { "function" };
    let callee = field_text(node, field, cx.source).unwrap_or_default();
    StepKind::Calls(Expr::hole(cx.span(node), HoleReason::ExternalCall(Arc::from(callee))))
}

/// Says of the routes of a server of `ws` what is spoken there.
fn mark<'t>(cx: &EcmaCx<'t>, server: Node<'t>, steps: &[Step], facts: &mut FileFacts) {
    let Some(server) = target(cx, server, facts) else { return };
    let ExprKind::Name(name) = &server.expr.kind else { return };
    let is_its = |route: &&mut RouteFact| {
        route.protocol == Protocol::WebSocket && matches!(&route.router.kind, ExprKind::Name(router) if router == name)
    };
    facts.routes.iter_mut().filter(is_its).for_each(|route| goes_on(route, steps));
}

fn spoken(protocols: &[GraphQlProtocol]) -> StepKind {
    StepKind::Speaks(protocols.iter().map(|protocol| Arc::from(protocol.name)).collect())
}

fn goes_on(route: &mut RouteFact, steps: &[Step]) {
    if let Some(handler) = &mut route.handler {
        // whom the library lets in counts, before or after it has accepted
        let (asks, goes_on): (Vec<Step>, Vec<Step>) =
            steps.iter().cloned().partition(|step| matches!(step.kind, StepKind::Calls(_)));
        handler.steps.splice(0..0, asks);
        handler.steps.extend(goes_on);
    }
}

/// What `GraphQLModule.forRoot({ .. })` of NestJS does with sockets, where its options say it.
pub fn subscriptions_of_nest<'t>(cx: &EcmaCx<'t>, node: Node<'t>) -> Option<HandlerFact> {
    let options = arguments(node).first().map(|options| cx.initial(*options))?;
    let is_on = |object: Node<'t>, key: &str| cx.option(object, key).is_some_and(|value| cx.text(value) != "false");
    let mut found = Vec::new();
    if let Some(subscriptions) = cx.option(options, "subscriptions").map(|value| cx.initial(value)) {
        if subscriptions.kind() != "object" || children(subscriptions).any(|part| part.kind() != "pair") {
            return None;
        }
        let known = [GRAPHQL_TRANSPORT_WS, GRAPHQL_WS].into_iter();
        found.extend(known.filter(|protocol| is_on(subscriptions, protocol.library)));
    }
    if is_on(options, "installSubscriptionHandlers") {
        found.push(GRAPHQL_WS);
    }
    let span = cx.span(node);
    let steps = [spoken(&found), called(cx, node)].map(|kind| Step { span, kind }).into();
    (!found.is_empty()).then(|| HandlerFact { name: Arc::from(""), span, steps, before: Vec::new() })
}
