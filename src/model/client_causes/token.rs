//! Credentials in the addresses of sockets and event streams.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Call;
use super::query::{self, Form, Pair};
use crate::base::{FileId, Place};
use crate::facts::{ClientApi, Expr, ExprKind, HoleReason, Protocol, SecretPurpose, visit};
use crate::model::evaluate::{Found, look_up};
use crate::model::topology::package_of;
use crate::model::{Cause, CauseKind, Chain, Link, PackageId, Unencoded, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring, calls: &[Call<'_>]) -> Vec<Cause> {
    let mut causes = Vec::new();
    let configured = configured(wiring);
    for one in calls.iter().filter(|one| cannot_send_headers(one.call.api)) {
        let pairs = query::pairs(wiring, one.file, one.call);
        for pair in pairs.iter().filter(|pair| !is_written_out(pair.value)) {
            if !wiring.repository.may_be_accused(pair.place.file) {
                continue;
            }
            if is_credential(pair.key) {
                let kind = CauseKind::TokenInUrl { api: one.call.api, key: pair.key.into() };
                causes.push(cause(one.place(), pair, kind, None));
            }
            if let Some((why, compared)) = breaks_query(pair, &configured) {
                let kind = CauseKind::UnencodedToken { key: pair.key.into(), why };
                causes.push(cause(one.place(), pair, kind, compared));
            }
        }
    }
    causes
}

/// Why a value breaks the query that it is put into, and where a back end shows it.
fn breaks_query(pair: &Pair<'_>, configured: &Configured<'_>) -> Option<(Unencoded, Option<Place>)> {
    if pair.form == Form::Encoded {
        return None;
    }
    if is_base64(pair.value) {
        return Some((Unencoded::Base64, None));
    }
    let (name, place) = configured.get(pair.key)?;
    Some((Unencoded::Configured(name.clone()), Some(*place)))
}

/// Whether a credential has hardly another place than the address: requests have headers.
fn cannot_send_headers(api: ClientApi) -> bool {
    matches!(api, ClientApi::WebSocket | ClientApi::SocketIo | ClientApi::EventSource)
}

fn cause(opened: Place, pair: &Pair<'_>, kind: CauseKind, compared: Option<Place>) -> Cause {
    let mut links = vec![Link { place: pair.place, shows: format!("`{}` goes into the address", pair.key) }];
    if opened != pair.place {
        links.push(Link { place: opened, shows: "the connection is opened here".to_owned() });
    }
    links.extend(compared.map(|place| Link { place, shows: "the back end compares it here".to_owned() }));
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

/// Keys of queries with the variable that their value is compared with, and where.
type Configured<'w> = BTreeMap<&'w str, (Arc<str>, Place)>;

/// Keys of queries whose values back ends with sockets compare with a variable that whoever runs them sets. A text like that may
/// hold anything. Where some back end believes tokens that a library made, which hold nothing of the kind, those may be meant.
fn configured(wiring: &Wiring) -> Configured<'_> {
    let believes = |purpose| matches!(purpose, SecretPurpose::VerifiesTokens | SecretPurpose::Tokens);
    let mut found = BTreeMap::new();
    if wiring.secrets.iter().any(|secret| believes(secret.purpose)) {
        return found;
    }
    let sockets = wiring.routes.iter().filter(|route| route.protocol == Protocol::WebSocket);
    let serving: BTreeSet<PackageId> =
        sockets.filter_map(|route| Some(wiring.apps.get(route.app.0 as usize)?.package)).collect();
    for (file, facts) in wiring.repository.iter().filter(|(_, facts)| !facts.token_checks.is_empty()) {
        if !facts.role.speaks() || package_of(wiring, &facts.path).is_none_or(|package| !serving.contains(&package)) {
            continue;
        }
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
