//! Stores of application state: what they start with is what they hold, as long as nothing else is seen.

use std::sync::Arc;

use tree_sitter::Node;

use crate::facts::lang::ecma::node::{arguments, children, is_function, strip};
use crate::facts::lang::ecma::{Builder, CALLED, EcmaAdapter, Origin, function_of};
use crate::facts::{Arm, Expr, ExprKind, Field, Guard, Param, Sense, Test};

/// zustand, Pinia, Vuex and React's contexts. They are values only: no file is read for them.
pub const ADAPTER: EcmaAdapter = EcmaAdapter {
    name: "stores",
    needles: &[],
    also: &[],
    visit: |_, _, _| {},
    whole: None,
    read_calls: &[zustand, pinia, vuex, context, context_value],
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
    let all = function_of(span, Vec::new(), state.clone());
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
    let called = function_of(span, Vec::new(), store);
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

/// The field of a context that holds what its provider gives.
const CONTEXT: &str = "$context";

/// `createContext(..)`: what the one provider in its file gives.
fn context<'t>(builder: &mut Builder<'_, 't>, origin: &Origin<'t>, call: Node<'t>) -> Option<Expr> {
    if origin.module != "react" || origin.members() != ["createContext"] {
        return None;
    }
    let name = builder.cx.bound_name(call)?;
    let provider = format!("{name}.Provider");
    let elements = builder.cx.shown.iter().filter(|node| {
        matches!(node.kind(), "jsx_opening_element" | "jsx_self_closing_element")
            && node
                .child_by_field_name("name")
                .is_some_and(|tag| matches!(builder.cx.text(tag), text if text == provider || text == name))
    });
    let mut given = elements.filter_map(|element| attribute(builder, *element, "value"));
    let value = given.next().filter(|_| given.next().is_none())?;
    let value = builder.expr(value);
    Some(Expr::new(value.span, ExprKind::Object(vec![field(CONTEXT, value)])))
}

/// The expression of an attribute `name={expression}`.
fn attribute<'t>(builder: &Builder<'_, 't>, element: Node<'t>, name: &str) -> Option<Node<'t>> {
    let attributes = children(element).filter(|child| child.kind() == "jsx_attribute");
    attributes.into_iter().find_map(|attribute| {
        let mut parts = children(attribute);
        let (key, value) = (parts.next()?, parts.next()?);
        let is_it = builder.cx.text(key) == name && value.kind() == "jsx_expression";
        is_it.then(|| children(value).next()).flatten()
    })
}

/// `useContext(Context)`.
fn context_value<'t>(builder: &mut Builder<'_, 't>, origin: &Origin<'t>, call: Node<'t>) -> Option<Expr> {
    if origin.module != "react" || !matches!(origin.members(), ["useContext" | "use"]) {
        return None;
    }
    let context = builder.expr(*arguments(call).first()?);
    Some(match context.kind {
        ExprKind::Name(_) => Expr::new(context.span, ExprKind::Member(Box::new(context), Arc::from(CONTEXT))),
        _ => builder.member_of(context, CONTEXT),
    })
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
    function_of(span, params, Expr::new(span, ExprKind::Choice(arms)))
}
