//! The steps of a handshake, through the functions that a handler hands its socket to.

use std::sync::Arc;

use crate::base::{FileId, Limit, Place};
use crate::facts::{Expr, ExprKind, HandlerFact, Protocol, Step, StepKind};
use crate::model::evaluate::{Found, class_named, dotted, locate, look_up, look_up_export, module_named};
use crate::model::{Route, Wiring};

/// Functions inside functions that are followed.
const MAX_DEPTH: u32 = 4;

/// A step with its place; a call that could not be followed is [`Taken::Unknown`].
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// Understood.
    Step(Place, StepKind),
    /// Code that gets the socket or request and is not understood.
    Unknown(Place),
}

/// A route that sockets come in by, with what its handler does.
pub struct Socket<'w> {
    /// The route.
    pub route: &'w Route,
    /// The steps, in order.
    pub taken: Vec<Taken>,
}

/// The routes of sockets whose files may be accused.
pub fn sockets(wiring: &Wiring) -> Vec<Socket<'_>> {
    let routes = wiring.routes.iter().filter(|route| {
        matches!(route.protocol, Protocol::WebSocket | Protocol::SocketIo)
            && wiring.repository.may_be_accused(route.place.file)
    });
    routes.map(|route| Socket { route, taken: of(wiring, route) }).collect()
}

/// All steps of a route until its handler's end, in order; none where its handler is not known.
pub fn of(wiring: &Wiring, route: &Route) -> Vec<Taken> {
    let Some((file, handler)) = &route.handler else { return Vec::new() };
    let file = *file;
    let mut walk = Walk { wiring, taken: Vec::new(), left: STEPS.most() };
    for (file, function) in route.middlewares.iter() {
        walk.middleware(*file, function);
    }
    for guard in &handler.before {
        walk.before(file, guard);
    }
    walk.collect(file, handler, 0);
    walk.taken
}

/// Where a route turns requests away that come without the cookie that it has looked for; `None` where it does not, or looks
/// for something else as well.
pub fn needs_cookie(wiring: &Wiring, route: &Route) -> Option<Place> {
    let taken = of(wiring, route);
    let at = |wanted: fn(&StepKind) -> bool| {
        taken.iter().position(|taken| matches!(taken, Taken::Step(_, kind) if wanted(kind)))
    };
    let read = at(|kind| *kind == StepKind::ReadsCookie)?;
    let refused = at(|kind| *kind == StepKind::Refuses)?;
    let other = at(|kind| *kind == StepKind::ReadsToken).is_some();
    let Some(Taken::Step(place, _)) = taken.get(refused) else { return None };
    (read < refused && !other).then_some(*place)
}

/// Steps of one handler: each function may call many, which call many.
const STEPS: Limit = Limit::new(
    1_000,
    "steps of one handler",
    "what the handler does after that is unknown",
    "let the handler call fewer functions before it accepts",
);

/// The walk over a handler.
struct Walk<'w> {
    wiring: &'w Wiring,
    taken: Vec<Taken>,
    left: u64,
}

impl Walk<'_> {
    fn collect(&mut self, file: FileId, handler: &HandlerFact, depth: u32) {
        for step in &handler.steps {
            let place = Place::new(file, step.span);
            let Some(left) = self.left.checked_sub(1) else {
                self.wiring.limits.reached(Some(place), &STEPS);
                self.taken.push(Taken::Unknown(place));
                return;
            };
            self.left = left;
            let StepKind::Calls(callee) = &step.kind else {
                self.taken.push(Taken::Step(place, step.kind.clone()));
                continue;
            };
            match function(self.wiring, file, callee).filter(|_| depth < MAX_DEPTH) {
                Some((in_file, function)) => self.collect(in_file, function, depth + 1),
                None => self.taken.push(Taken::Unknown(place)),
            }
        }
    }

    /// A middleware: what it does until it hands the request on.
    fn middleware(&mut self, file: FileId, called: &Expr) {
        let Some((in_file, handler)) = function(self.wiring, file, called) else {
            return self.named(Place::new(file, called.span), called);
        };
        // What it was given to call is the next one in the row.
        let next =
            |step: &Step| matches!(&step.kind, StepKind::Calls(callee) if matches!(callee.kind, ExprKind::Param(_)));
        let until = handler.steps.iter().position(next).unwrap_or(handler.steps.len());
        let before = HandlerFact { steps: handler.steps[..until].to_vec(), ..handler.clone() };
        self.collect(in_file, &before, 1);
    }

    /// A dependency that runs before the handler.
    fn before(&mut self, file: FileId, guard: &Expr) {
        let place = Place::new(file, guard.span);
        if let Some((in_file, function)) = function(self.wiring, file, guard) {
            self.collect(in_file, function, 1);
        }
        self.named(place, guard);
    }

    /// What the name of something that runs before the handler says of it.
    fn named(&mut self, place: Place, guard: &Expr) {
        let name = name(guard).to_ascii_lowercase();
        if name.contains("origin") {
            self.taken.push(Taken::Unknown(place));
        } else if name.contains("cookie") {
            self.taken.push(Taken::Step(place, StepKind::ReadsCookie));
        } else if names_a_login(guard) {
            self.taken.push(Taken::Step(place, StepKind::Authenticates));
        }
    }
}

/// Whether the name of a dependency says that it finds out who asks.
pub fn names_a_login(guard: &Expr) -> bool {
    let name = name(guard).to_ascii_lowercase();
    [
        "auth",
        "token",
        "current_user",
        "currentuser",
        "get_user",
        "verify",
        "login",
        "permission",
        "session_user",
        "api_key",
    ]
    .iter()
    .any(|word| name.contains(word))
}

fn name(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Call { callee, .. } => dotted(callee),
        _ => dotted(expr),
    }
    .unwrap_or_default()
}

/// What a call of something leads to: the facts of a function that gets a socket.
fn function<'a>(wiring: &'a Wiring, file: FileId, callee: &Expr) -> Option<(FileId, &'a HandlerFact)> {
    let find = |file: FileId, name: &str| Some((file, wiring.index.helper(wiring, file, name)?));
    match &callee.kind {
        ExprKind::Name(name) => {
            if let Some(found) = find(file, name) {
                return Some(found);
            }
            let known = |file: FileId, name: &str| find(file, name).is_some();
            let symbol = locate(wiring, file, callee, &known)?;
            find(symbol.file, &symbol.name)
        }
        ExprKind::Member(object, method) => {
            if let Some(module) = module_named(wiring, file, object) {
                return find(module, method);
            }
            let (class_file, class) = class_of(wiring, file, object, 0)?;
            find(class_file, &format!("{class}.{method}"))
        }
        _ => None,
    }
}

/// The class that an object is made from.
fn class_of(wiring: &Wiring, file: FileId, object: &Expr, depth: u32) -> Option<(FileId, Arc<str>)> {
    if depth > MAX_DEPTH {
        return None;
    }
    match &object.kind {
        ExprKind::Name(name) => match look_up(wiring, file, name) {
            Found::Value(in_file, value) => class_of(wiring, in_file, value, depth + 1),
            Found::Class(in_file, class) => Some((in_file, class_named(wiring, in_file, class)?)),
            _ => None,
        },
        ExprKind::Member(module, name) => {
            let module = module_named(wiring, file, module)?;
            match look_up_export(wiring, module, name) {
                Found::Value(in_file, value) => class_of(wiring, in_file, value, depth + 1),
                Found::Class(in_file, class) => Some((in_file, class_named(wiring, in_file, class)?)),
                _ => None,
            }
        }
        ExprKind::Call { callee, .. } => match &callee.kind {
            ExprKind::Name(name) => match look_up(wiring, file, name) {
                // A function that gives out the object.
                Found::Function(in_file, function) => class_of(wiring, in_file, function.returns.as_ref()?, depth + 1),
                _ => class_of(wiring, file, callee, depth + 1),
            },
            // The usual way to a single object of a class.
            ExprKind::Member(class, method) if method.contains("instance") => class_of(wiring, file, class, depth + 1),
            _ => class_of(wiring, file, callee, depth + 1),
        },
        _ => None,
    }
}
