//! Own clients: objects and classes whose `get`, `post`, ... hand a path on to a request of their own.

use std::sync::Arc;

use crate::base::FileId;
use crate::facts::{CLIENT_BASE, CallSite, Class, ClientCall, Expr, ExprKind, FileFacts, HoleReason, Op, Param};
use crate::model::Wiring;
use crate::model::evaluate::{Found, class_named, locate, look_up};

/// Functions that hand the path on to one another.
const MOST_STEPS: usize = 4;

/// What an own client puts in front of the paths that it is given.
pub(super) struct Base {
    /// The file of the client.
    pub file: FileId,
    /// The function that opens the connection.
    pub function: Arc<str>,
    /// What is before the path there.
    pub expr: Expr,
}

/// The base of `api.get(path)` where `api` is an object or an instance of the repository whose code shows what becomes of the
/// path; `None` for everything else.
pub(super) fn base(wiring: &Wiring, file: FileId, call: &ClientCall) -> Option<Base> {
    let ExprKind::Member(object, key) = &call.base.as_ref()?.kind else { return None };
    let ExprKind::Name(name) = &object.kind else { return None };
    if &**key != CLIENT_BASE {
        return None;
    }
    let verb = call.method.as_deref()?.to_ascii_lowercase();
    let defines = |file: FileId, owner: &str| {
        wiring.repository.get(file).is_some_and(|facts| opens(facts, &format!("{owner}.{verb}")))
    };
    if let Some(symbol) = locate(wiring, file, object, &defines) {
        let method = Arc::from(format!("{}.{verb}", symbol.name));
        return follow(wiring.repository.get(symbol.file)?, symbol.file, method);
    }
    let Found::Value(made_in, value) = look_up(wiring, file, name) else { return None };
    let ExprKind::Call { callee, args, .. } = &value.kind else { return None };
    let ExprKind::Name(class) = &callee.kind else { return None };
    let Found::Class(file, class) = look_up(wiring, made_in, class) else { return None };
    if made_in != file && !args.is_empty() {
        return None;
    }
    of_class(wiring, file, class, args, &verb)
}

/// The base of an instance: its class opens connections in the terms of its constructor.
fn of_class(wiring: &Wiring, file: FileId, class: &Class, args: &[Expr], verb: &str) -> Option<Base> {
    let facts = wiring.repository.get(file)?;
    let name = class_named(wiring, file, class)?;
    let has = |method: &str| class.methods.iter().find(|(known, _)| &**known == method).map(|(_, function)| function);
    has(verb)?;
    if !hands_on(facts, &format!("{name}.{verb}")) {
        return None;
    }
    let requests = facts.client_calls.iter().filter(|call| call.function.as_deref() == Some(&*name));
    let mut bases = requests.filter_map(|call| match &call.url.kind {
        ExprKind::Op(Op::Concat, parts) => match parts.split_last() {
            Some((last, first))
                if matches!(last.kind, ExprKind::Hole(HoleReason::Parameter) | ExprKind::Captured(..))
                    && !first.is_empty() =>
            {
                Some(first)
            }
            _ => None,
        },
        _ => None,
    });
    let first = bases.next()?;
    if bases.any(|other| other.len() != first.len() || !other.iter().zip(first).all(|(a, b)| a.kind == b.kind)) {
        return None;
    }
    let params = has("constructor").map_or(&[] as &[Param], |constructor| constructor.params.as_slice());
    let given = |part: &Expr| match part.kind {
        ExprKind::Param(index) => {
            let index = index as usize;
            args.get(index).or_else(|| params.get(index)?.default.as_ref()).cloned()
        }
        _ => Some(part.clone()),
    };
    let parts: Option<Vec<Expr>> = first.iter().map(given).collect();
    let span = first.first()?.span;
    Some(Base { file, function: name, expr: Expr::new(span, ExprKind::Op(Op::Concat, parts?)) })
}

/// Whether a method gives its path on as it is, or asks for it itself.
fn hands_on(facts: &FileFacts, method: &str) -> bool {
    let (mut method, mut index) = (method.to_owned(), 0);
    for _ in 0..MOST_STEPS {
        let mut sites = facts.call_sites.iter().filter(|site| site.function.as_deref() == Some(&*method)).peekable();
        if sites.peek().is_none() {
            return true;
        }
        let Some((callee, at)) = sites.find_map(|site| handed(site, index)) else { return false };
        (method, index) = (callee.to_string(), at);
    }
    false
}

/// The function that a call gives a parameter to as it is, and in which place.
fn handed(site: &CallSite, index: u32) -> Option<(&Arc<str>, u32)> {
    let ExprKind::Name(callee) = &site.callee.kind else { return None };
    let at = site.args.iter().position(|arg| arg.kind == ExprKind::Param(index))?;
    Some((callee, u32::try_from(at).ok()?))
}

/// Whether a function of the file opens a connection, or calls one that may.
fn opens(facts: &FileFacts, function: &str) -> bool {
    facts.client_calls.iter().any(|call| call.function.as_deref() == Some(function))
        || facts.call_sites.iter().any(|site| site.function.as_deref() == Some(function))
}

/// From the method to the request, along the calls that are given the path as it is.
fn follow(facts: &FileFacts, file: FileId, method: Arc<str>) -> Option<Base> {
    let (mut function, mut index) = (method, 0);
    for _ in 0..MOST_STEPS {
        let mut requests = facts.client_calls.iter().filter(|call| call.function.as_deref() == Some(&*function));
        if let Some(expr) = requests.find_map(|call| before(&call.url, index).filter(|_| call.base.is_none())) {
            return Some(Base { file, function, expr });
        }
        let mut sites = facts.call_sites.iter().filter(|site| site.function.as_deref() == Some(&*function));
        let (callee, at) = sites.find_map(|site| handed(site, index))?;
        (function, index) = (Arc::clone(callee), at);
    }
    None
}

/// What is before the parameter at the end of a URL.
fn before(url: &Expr, index: u32) -> Option<Expr> {
    match &url.kind {
        ExprKind::Param(param) if *param == index => Some(Expr::str(url.span, "")),
        ExprKind::Op(Op::Concat, parts) => {
            let (last, first) = parts.split_last()?;
            let known = last.kind == ExprKind::Param(index) && !first.is_empty();
            known.then(|| Expr::new(url.span, ExprKind::Op(Op::Concat, first.to_vec())))
        }
        // `path.startsWith('http') ? path : BASE + path`: the arm that puts something in front.
        ExprKind::Choice(arms) => {
            let mut bases = arms
                .iter()
                .filter(|arm| !matches!(arm.value.kind, ExprKind::Param(param) if param == index))
                .map(|arm| before(&arm.value, index));
            bases.next().flatten().filter(|_| bases.next().is_none())
        }
        _ => None,
    }
}
