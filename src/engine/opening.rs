//! Which functions of the repository open connections, and what their callers say about the addresses.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::importers::is_source;
use crate::base::RepoPath;
use crate::facts::{CallSite, Expr, ExprKind, FileFacts, RunsIn};

/// What a caller must hand over for its call to say something about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// A text: a part of a path that is not written where the call is stays unknown.
    Text,
    /// Anything: it is what the address begins with.
    Anything,
}

/// Calls from one function to the next on the way to one that opens a connection.
const MOST_STEPS: usize = 8;

/// What callers are to hand over, by the position of the parameter.
pub type Params = BTreeMap<u32, Need>;

/// The parameters in an expression.
pub fn params(expr: &Expr) -> Params {
    let mut found = Params::new();
    collect(expr, Need::Anything, &mut found);
    found
}

fn collect(expr: &Expr, need: Need, found: &mut Params) {
    let mut all = |parts: &[Expr]| parts.iter().for_each(|part| collect(part, need, found));
    match &expr.kind {
        ExprKind::Param(at) | ExprKind::Captured(_, at) => {
            let known = found.entry(*at).or_insert(need);
            *known = need.max(*known);
        }
        ExprKind::Member(object, _) => collect(object, need, found),
        // What comes later in a text is not what it begins with.
        ExprKind::Op(_, operands) => {
            for (number, operand) in operands.iter().enumerate() {
                collect(operand, if number == 0 { need } else { Need::Text }, found);
            }
        }
        ExprKind::Choice(arms) => arms.iter().for_each(|arm| collect(&arm.value, need, found)),
        ExprKind::Object(fields) => fields.iter().for_each(|field| collect(&field.value, need, found)),
        ExprKind::List(items) => all(items),
        ExprKind::Call { args, .. } => all(args),
        _ => {}
    }
}

/// The functions that open connections or call one that does, by name, with the parameters that an address is made of.
pub struct Opening(BTreeMap<Arc<str>, Params>);

impl Opening {
    /// Those of all parsed sources.
    pub fn of(files: &BTreeMap<RepoPath, Arc<FileFacts>>) -> Self {
        let sources = || files.values().filter(|facts| is_source(facts.kind) && facts.role.speaks());
        let mut found = Self(BTreeMap::new());
        for call in sources().flat_map(|facts| &facts.client_calls).filter(|call| call.runs != RunsIn::Server) {
            let Some(function) = call.function.as_deref() else { continue };
            for expr in std::iter::once(&call.url).chain(&call.base) {
                found.add(function, params(expr));
            }
        }
        for _ in 0..MOST_STEPS {
            let sites = sources().flat_map(|facts| &facts.call_sites);
            let handing = sites.filter_map(|site| Some((site.function.as_deref()?, found.handed_on(site)?)));
            let more: Vec<(&str, Params)> = handing.collect();
            let mut has_grown = false;
            for (function, params) in more {
                has_grown |= found.add(function, params);
            }
            if !has_grown {
                break;
            }
        }
        found
    }

    /// Adds what a function needs; whether that is new.
    fn add(&mut self, function: &str, params: Params) -> bool {
        let known = self.0.entry(last_word(function)).or_default();
        let mut is_new = false;
        for (at, need) in params {
            let before = known.insert(at, need.max(known.get(&at).copied().unwrap_or(need)));
            is_new |= before < Some(need);
        }
        is_new
    }

    /// The parameters of the caller that a call hands on to what an address is made of; `None` when it calls nothing of the
    /// kind.
    pub fn handed_on(&self, site: &CallSite) -> Option<Params> {
        let needs = match &site.callee.kind {
            ExprKind::Name(name) => self.0.get(&last_word(name))?,
            ExprKind::Member(_, name) => self.0.get(name)?,
            // What is called through a value may be anything.
            _ => return Some(params(&Expr::new(site.span, ExprKind::List(site.args.clone())))),
        };
        let mut handed = Params::new();
        for (at, need) in needs {
            let Some(arg) = site.args.get(*at as usize) else { continue };
            for (inner, own) in params(arg) {
                let both = own.min(*need);
                let known = handed.entry(inner).or_insert(both);
                *known = both.max(*known);
            }
        }
        Some(handed)
    }

    /// Whether something of the kind is called by this name.
    pub fn is_called(&self, callee: &Expr) -> bool {
        match &callee.kind {
            ExprKind::Name(name) => self.0.contains_key(&last_word(name)),
            ExprKind::Member(_, name) => self.0.contains_key(name),
            _ => true,
        }
    }
}

/// `Api.list` is called by `list`.
fn last_word(function: &str) -> Arc<str> {
    Arc::from(function.rsplit('.').next().unwrap_or(function))
}
