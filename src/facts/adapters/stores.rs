//! Stores of application state: what they start with is what they hold, as long as nothing else is seen.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::node::{arguments, is_function, strip};
use crate::facts::lang::ecma::{Builder, CALLED, EcmaAdapter, Origin};
use crate::facts::{Arm, Expr, ExprKind, Field, Function, Guard, Lambda, Param, Sense, Test};

/// zustand, Pinia and Vuex. They are values only: no file is read for them.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "stores",
    needles: &[],
    also: &[],
    visit: |_, _, _| {},
    whole: None,
    read_calls: &[zustand, pinia, vuex],
};

fn field(key: &str, value: Expr) -> Field {
    Field { key: Arc::from(key), key_span: value.span, value }
}

/// `create((set, get) => ({ .. }))`: called with a selector, it gives what that takes; `getState()` gives all.
fn zustand<'t>(builder: &mut Builder<'_, 't>, origin: &Origin<'t>, call: Node<'t>) -> Option<Expr> {
    let is_create =
        matches!(origin.members(), ["create" | "createStore" | "createWithEqualityFn"]) || origin.path == ["default"];
    if !(origin.module == "zustand" || origin.module.starts_with("zustand/")) || !is_create {
        return None;
    }
    let creator = innermost(*arguments(call).first()?)?;
    let state = builder.result(creator);
    let state = builder.cx.unchanged(creator, state);
    let span = builder.cx.span(call);
    let all = function(span, Vec::new(), state.clone());
    Some(Expr::new(span, ExprKind::Object(vec![field("getState", all), field(CALLED, selecting(span, state))])))
}

/// The creator inside `persist(..)`, `devtools(..)` and the like.
fn innermost(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = strip(node);
    for _ in 0..6 {
        if is_function(node) {
            return Some(node);
        }
        if node.kind() != "call_expression" {
            return None;
        }
        node = strip(*arguments(node).first()?);
    }
    None
}

/// `defineStore(id, { state, getters })`, `defineStore(id, () => ({ .. }))`: called, it gives the store.
fn pinia<'t>(builder: &mut Builder<'_, 't>, origin: &Origin<'t>, call: Node<'t>) -> Option<Expr> {
    if origin.module != "pinia" || origin.members() != ["defineStore"] {
        return None;
    }
    let args = arguments(call);
    let options =
        args.iter().copied().map(strip).find(|argument| argument.kind() == "object" || is_function(*argument))?;
    let span = builder.cx.span(call);
    let store = match is_function(options) {
        true => builder.result(options),
        false => {
            let state = state(builder, options);
            let state = builder.cx.unchanged(options, state);
            with_getters(builder, options, state)
        }
    };
    let called = function(span, Vec::new(), store);
    Some(Expr::new(span, ExprKind::Object(vec![field(CALLED, called)])))
}

/// `createStore({ state, getters })`, `new Vuex.Store` by its options.
fn vuex<'t>(builder: &mut Builder<'_, 't>, origin: &Origin<'t>, call: Node<'t>) -> Option<Expr> {
    if origin.module != "vuex" || !matches!(origin.members(), ["createStore" | "Store"]) {
        return None;
    }
    let options = strip(*arguments(call).first()?);
    let state = state(builder, options);
    let state = builder.cx.unchanged(options, state);
    Some(Expr::new(builder.cx.span(call), ExprKind::Object(vec![field("state", state)])))
}

fn state<'t>(builder: &mut Builder<'_, 't>, options: Node<'t>) -> Expr {
    let span = builder.cx.span(options);
    match builder.cx.option(options, "state") {
        Some(state) => {
            match builder.cx.function(state).or_else(|| (state.kind() == "method_definition").then_some(state)) {
                Some(function) => builder.result(function),
                None => builder.expr(state),
            }
        }
        None => Expr::new(span, ExprKind::Object(Vec::new())),
    }
}

/// Getters read as what they make of the state.
fn with_getters<'t>(builder: &mut Builder<'_, 't>, options: Node<'t>, state: Expr) -> Expr {
    let Some(getters) = builder.cx.option(options, "getters") else { return state };
    let getters = builder.expr(getters);
    let (ExprKind::Object(known), ExprKind::Object(getters)) = (&state.kind, getters.kind) else { return state };
    let mut fields = known.clone();
    for getter in getters {
        let ExprKind::Lambda(_) = getter.value.kind else { continue };
        let span = getter.value.span;
        let callee = Box::new(getter.value);
        let value = Expr::new(span, ExprKind::Call { callee, args: vec![state.clone()], keywords: Vec::new() });
        fields.push(Field { value, ..getter });
    }
    Expr::new(state.span, ExprKind::Object(fields))
}

/// A function of no file that gives this.
fn function(span: crate::base::Span, params: Vec<Param>, returns: Expr) -> Expr {
    let function = Function { key: 0, params, returns: Some(returns) };
    Expr::new(span, ExprKind::Lambda(Arc::new(Lambda { function, given: Vec::new() })))
}

/// `select => select ? select(state) : state`
fn selecting(span: crate::base::Span, state: Expr) -> Expr {
    let select = Expr::new(span, ExprKind::Param(0));
    let selected = Expr::new(
        span,
        ExprKind::Call { callee: Box::new(select.clone()), args: vec![state.clone()], keywords: Vec::new() },
    );
    let is_given = Guard { test: Test::Defined(Box::new(select)), sense: Sense::Holds };
    let arms = vec![Arm { guards: vec![is_given], value: selected }, Arm { guards: Vec::new(), value: state }];
    let params = vec![Param { name: Arc::from("select"), default: None, annotation: None }];
    function(span, params, Expr::new(span, ExprKind::Choice(arms)))
}
