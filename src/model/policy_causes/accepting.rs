//! Sockets that are accepted before anybody asks who is there, and refusals whose reason no browser sees.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chain;
use super::sockets::socket;
use super::steps::{Socket, Taken};
use crate::base::{FileId, Place};
use crate::facts::{ClientApi, Expr, ExprKind, Framework, Protocol, StepKind};
use crate::model::evaluate::{Found, look_up};
use crate::model::{Cause, CauseKind, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring, sockets: &[Socket<'_>]) -> Vec<Cause> {
    let looked_for = looked_for(wiring);
    let mut causes = Vec::new();
    for socket in sockets.iter().filter(|socket| socket.route.protocol == Protocol::WebSocket) {
        let Some(app) = wiring.apps.get(socket.route.app.0 as usize) else { continue };
        // Handlers of these run after the handshake, whatever they do.
        if app.framework != Framework::Flask {
            causes.extend(late(wiring, socket));
        }
        if answers_closes(app.framework) {
            causes.extend(unseen_codes(wiring, &socket.taken, &looked_for));
        }
    }
    causes
}

/// Whether a close in front of the acceptance is answered with 403: asked of Starlette and FastAPI on uvicorn, and of Channels on
/// daphne. What other frameworks do then was not.
fn answers_closes(framework: Framework) -> bool {
    matches!(framework, Framework::FastApi | Framework::Starlette | Framework::Channels | Framework::Django)
}

/// An endpoint that accepts, then looks at what came with the handshake, and closes again.
fn late(wiring: &Wiring, Socket { route, taken }: &Socket<'_>) -> Option<Cause> {
    let at = |wanted: &dyn Fn(&StepKind) -> bool| {
        taken.iter().position(|taken| matches!(taken, Taken::Step(_, kind) if wanted(kind)))
    };
    let accept = at(&|kind| matches!(kind, StepKind::Accept(_)))?;
    let asks = at(&|kind| *kind == StepKind::Authenticates)?;
    let reads = at(&|kind| matches!(kind, StepKind::ReadsToken | StepKind::ReadsCookie | StepKind::ReadsUser))?;
    // What comes in a message can only be asked for once the socket is open.
    let waits = |taken: &Taken| matches!(taken, Taken::Unknown(_) | Taken::Step(_, StepKind::Receives));
    let between = taken.get(accept..asks)?;
    let closes = |taken: &Taken| matches!(taken, Taken::Step(_, StepKind::Close(_) | StepKind::Refuses));
    if reads > asks || between.iter().any(waits) || !taken.iter().skip(asks).any(closes) {
        return None;
    }
    let (Taken::Step(accepted, _), Taken::Step(place, _)) = (taken.get(accept)?, taken.get(asks)?) else { return None };
    let cause = Cause {
        kind: CauseKind::LateAuthentication { socket: socket(route) },
        place: *place,
        key: String::new(),
        chains: vec![chain([(*accepted, "accepted here"), (*place, "who is there is asked here")])],
        assumptions: Vec::new(),
    };
    wiring.repository.may_be_accused(place.file).then_some(cause)
}

/// Where browser code that opens a WebSocket looks for close codes.
fn looked_for(wiring: &Wiring) -> BTreeMap<u16, Place> {
    let mut found = BTreeMap::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.may_be_accused()) {
        let opens = facts.client_calls.iter().any(|call| call.api == ClientApi::WebSocket);
        for fact in facts.close_codes.iter().filter(|_| opens) {
            found.entry(fact.code).or_insert(Place::new(file, fact.span));
        }
    }
    found
}

/// Closes in front of the acceptance with codes that browser code looks for.
fn unseen_codes(wiring: &Wiring, taken: &[Taken], looked_for: &BTreeMap<u16, Place>) -> Vec<Cause> {
    let mut causes = Vec::new();
    for step in taken {
        match step {
            Taken::Step(_, StepKind::Accept(_)) | Taken::Unknown(_) => break,
            Taken::Step(place, StepKind::Close(Some(code))) => {
                let Some(code) = number(wiring, place.file, code) else { continue };
                let Some(client) = looked_for.get(&code).filter(|_| wiring.repository.may_be_accused(place.file))
                else {
                    continue;
                };
                causes.push(Cause {
                    kind: CauseKind::CloseBeforeAccept { code },
                    place: *place,
                    key: String::new(),
                    chains: vec![chain([(*place, "closed before it was accepted"), (*client, "looks for this code")])],
                    assumptions: Vec::new(),
                });
            }
            Taken::Step(..) => {}
        }
    }
    causes
}

/// A close code as code writes it: a number, a constant, or one of Starlette's names (`status.WS_1008_POLICY_VIOLATION`).
fn number(wiring: &Wiring, file: FileId, expr: &Expr) -> Option<u16> {
    let by_name = |name: &Arc<str>| name.strip_prefix("WS_").and_then(|rest| rest.split('_').next()?.parse().ok());
    match &expr.kind {
        ExprKind::Num(number) => number.parse().ok(),
        ExprKind::Member(_, name) => by_name(name),
        ExprKind::Name(name) => by_name(name).or_else(|| match look_up(wiring, file, name) {
            Found::Value(_, Expr { kind: ExprKind::Num(number), .. }) => number.parse().ok(),
            _ => None,
        }),
        _ => None,
    }
}
