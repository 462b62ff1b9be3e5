//! Credentials in the addresses of sockets and event streams.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::query::{self, Form, Pair};
use crate::base::{FileId, Place};
use crate::facts::{ClientApi, ClientCall, Expr, ExprKind, HoleReason, visit};
use crate::model::evaluate::{Found, look_up};
use crate::model::{Cause, CauseKind, Chain, Link, Unencoded, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    let configured = configured(wiring);
    for connection in wiring.connections.iter().filter(|connection| cannot_send_headers(connection.api)) {
        let Some(facts) = wiring.repository.get(connection.place.file) else { continue };
        let here = |call: &&ClientCall| call.span == connection.place.span;
        for call in facts.client_calls.iter().filter(here) {
            for pair in query::pairs(wiring, connection.place.file, call) {
                if !wiring.repository.may_be_accused(pair.place.file) {
                    continue;
                }
                if is_credential(pair.key) && !is_written_out(pair.value) {
                    causes.push(cause(connection.place, &pair, in_url(connection.api, &pair)));
                }
                if pair.form != Form::Bare || is_written_out(pair.value) {
                    continue;
                }
                let known = configured.get(pair.key);
                let base64 = is_base64(pair.value).then_some((Unencoded::Base64, None));
                let by_back_end = || known.map(|(name, place)| (Unencoded::Configured(name.clone()), Some(*place)));
                if let Some((why, compared)) = base64.or_else(by_back_end) {
                    let kind = CauseKind::UnencodedToken { key: pair.key.into(), why };
                    let mut cause = cause(connection.place, &pair, kind);
                    let link = compared.map(|place| Link { place, shows: "the back end compares it here".to_owned() });
                    cause.chains.iter_mut().for_each(|chain| chain.links.extend(link.clone()));
                    causes.push(cause);
                }
            }
        }
    }
    causes
}

/// Whether a credential has hardly another place than the address: requests have headers.
fn cannot_send_headers(api: ClientApi) -> bool {
    matches!(api, ClientApi::WebSocket | ClientApi::SocketIo | ClientApi::EventSource)
}

fn in_url(api: ClientApi, pair: &Pair<'_>) -> CauseKind {
    CauseKind::TokenInUrl { api, key: Arc::from(pair.key) }
}

fn cause(opened: Place, pair: &Pair<'_>, kind: CauseKind) -> Cause {
    let mut links = vec![Link { place: pair.place, shows: format!("`{}` goes into the address", pair.key) }];
    if opened != pair.place {
        links.push(Link { place: opened, shows: "the connection is opened here".to_owned() });
    }
    Cause {
        kind,
        place: pair.place,
        key: pair.key.to_owned(),
        chains: vec![Chain { wire: None, hop: None, links }],
        assumptions: Vec::new(),
    }
}

/// Whether a key of a query holds what lets people in, for longer than one connection: tickets are made for this.
fn is_credential(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace(['-', '_', '.'], "");
    matches!(&*key, "auth" | "authorization" | "bearer")
        || ["token", "jwt", "apikey", "password", "passwd", "secret"].iter().any(|word| key.ends_with(word))
            && !["csrf", "xsrf", "page", "next", "cancel", "continuation", "push", "device"]
                .iter()
                .any(|word| key.starts_with(word))
}

fn is_written_out(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Str(_) | ExprKind::Num(_) | ExprKind::Bool(_) | ExprKind::Undefined | ExprKind::Null)
}

fn is_base64(value: &Expr) -> bool {
    let mut found = false;
    visit::exprs(value, &mut |expr| found |= calls_btoa(expr));
    found
}

fn calls_btoa(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { callee, .. } => matches!(&callee.kind, ExprKind::Name(name) if &**name == "btoa"),
        ExprKind::Hole(HoleReason::ExternalCall(name)) => &**name == "btoa",
        _ => false,
    }
}

/// Keys of queries whose values back ends compare with a variable that whoever runs them sets, with one such variable and place.
/// A text like that may hold anything; tokens that a library makes and verifies may not.
fn configured(wiring: &Wiring) -> BTreeMap<&str, (Arc<str>, Place)> {
    let mut found = BTreeMap::new();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        for check in &facts.token_checks {
            if let Some(name) = variable(wiring, file, &check.value) {
                found.entry(&*check.key).or_insert((name, Place::new(file, check.span)));
            }
        }
    }
    found
}

/// Names that are followed to the variable that they hold.
const MOST_NAMES: usize = 8;

/// The variable of the environment that an expression reads, by itself or through names.
fn variable(wiring: &Wiring, file: FileId, value: &Expr) -> Option<Arc<str>> {
    let (mut file, mut value) = (file, value);
    for _ in 0..MOST_NAMES {
        match &value.kind {
            ExprKind::Env { name, .. } => return Some(name.clone()),
            ExprKind::Name(name) => match look_up(wiring, file, name) {
                Found::Value(in_file, found) => (file, value) = (in_file, found),
                _ => return None,
            },
            // `os.environ.get("TOKEN", "")`
            ExprKind::Choice(arms) => value = arms.first().map(|arm| &arm.value)?,
            _ => return None,
        }
    }
    None
}
