//! Allow-lists: entries that never match, wildcards, patterns that match too much.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::chain;
use super::entry::fault;
use super::pattern::weakness;
use crate::base::{FileId, Place};
use crate::facts::{Guarded, OriginLibrary, Protocol};
use crate::model::{Admits, AppId, Cause, CauseKind, Mode, OriginEntry, OriginPolicy, Wiring};

/// Libraries whose presence says that a package knows who its users are.
const LOGINS: &[&str] = &[
    "jsonwebtoken",
    "jose",
    "passport",
    "express-session",
    "express-jwt",
    "cookie-session",
    "next-auth",
    "better-auth",
    "firebase-admin",
    "@clerk/express",
    "@clerk/clerk-sdk-node",
    "@supabase/supabase-js",
    "bcrypt",
    "bcryptjs",
    "argon2",
    "python-jose",
    "pyjwt",
    "passlib",
    "authlib",
    "fastapi-users",
    "flask-login",
    "flask-jwt-extended",
    "djangorestframework-simplejwt",
];

/// The causes that policies alone show.
pub fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    let mut open: BTreeMap<(FileId, OriginLibrary, bool), Cause> = BTreeMap::new();
    for policy in &wiring.policies {
        if !wiring.repository.may_be_accused(policy.place.file) {
            continue;
        }
        malformed(wiring, policy, &mut causes);
        if policy.mode == Some(Mode::Development) || policy.development_only {
            continue;
        }
        match &policy.admits {
            Admits::Any(places) | Admits::Reflected(places) | Admits::Unchecked(places) => {
                everybody(wiring, policy, places, &mut causes, &mut open)
            }
            Admits::List { patterns, .. } => {
                for pattern in patterns {
                    let Some(what) = weakness(&pattern.pattern, wiring.comparisons.at(policy.place)) else { continue };
                    let place = fix(wiring, &pattern.places, policy.place);
                    causes.push(Cause {
                        kind: CauseKind::PermissiveOrigin { what, harmless: false },
                        place,
                        key: pattern.pattern.to_string(),
                        chains: vec![chain([(place, "the pattern"), (policy.place, "the registration")])],
                        assumptions: policy.assumptions.clone(),
                    });
                }
            }
            Admits::SameOrigin | Admits::Nobody | Admits::Unknown(_) => {}
        }
    }
    causes.extend(open.into_values());
    causes
}

/// The first place where something can be fixed.
fn fix(wiring: &Wiring, places: &[Place], otherwise: Place) -> Place {
    places.iter().copied().find(|place| wiring.repository.may_be_accused(place.file)).unwrap_or(otherwise)
}

fn malformed(wiring: &Wiring, policy: &OriginPolicy, causes: &mut Vec<Cause>) {
    let Admits::List { entries, .. } = &policy.admits else { return };
    causes.extend(entries.iter().filter_map(|entry| never_equal(wiring, policy, entry)));
}

/// The cause, when no Origin header can equal an entry.
pub(in crate::model) fn never_equal(wiring: &Wiring, policy: &OriginPolicy, entry: &OriginEntry) -> Option<Cause> {
    // What an example file says is not what runs.
    let of_example =
        |place: &Place| wiring.repository.get(place.file).is_some_and(|facts| !facts.role.may_be_accused());
    if entry.places.iter().any(of_example) {
        return None;
    }
    let fault = fault(&entry.text, policy.library)?;
    let place = fix(wiring, &entry.places, policy.place);
    Some(Cause {
        kind: CauseKind::MalformedAllowedOrigin {
            entry: Arc::clone(&entry.text),
            why: fault.why,
            right: fault.right.map(Arc::from),
        },
        place,
        key: entry.text.to_string(),
        chains: vec![chain(
            [(place, "the entry"), (policy.place, "compares it with the Origin header")]
                .into_iter()
                .chain(entry.places.iter().map(|place| (*place, "part of the list"))),
        )],
        assumptions: policy.assumptions.clone(),
    })
}

/// What happens when a library answers with whatever Origin it is sent.
const REFLECTS: &str =
    "the library sends every Origin back, so any web site can read what this back end shows a signed-in user";

/// The cause, when every origin is let in together with credentials.
pub(in crate::model) fn with_credentials(wiring: &Wiring, policy: &OriginPolicy) -> Option<Cause> {
    let (places, reflected) = match &policy.admits {
        Admits::Any(places) => (places, false),
        Admits::Reflected(places) => (places, true),
        _ => return None,
    };
    if policy.credentials != Some(true) {
        return None;
    }
    let place = fix(wiring, places, policy.place);
    let effect = match (policy.library, reflected) {
        (_, true) => REFLECTS,
        (OriginLibrary::StarletteCors, _) => {
            "Starlette sends the Origin of a request with cookies back, so any web site can read what this back end shows a signed-in user"
        }
        (OriginLibrary::FlaskCors | OriginLibrary::DjangoCors, _) => REFLECTS,
        (OriginLibrary::HonoCors | OriginLibrary::KoaCors, _) => {
            "newer versions of the library send every Origin back, so any web site can read what this back end shows a signed-in user, and older ones send `*`, which browsers refuse for a request with credentials"
        }
        _ => "browsers refuse `*` as the answer to a request with credentials, so no page can read those answers",
    };
    let places = policy.credentials_places.iter().map(|place| (*place, "credentials are allowed"));
    let links = [(place, "every origin is allowed")].into_iter().chain(places);
    Some(Cause {
        kind: CauseKind::WildcardOriginWithCredentials { effect: effect.to_owned() },
        place,
        key: String::from("any origin with credentials"),
        chains: vec![chain(links.chain([(policy.place, "the registration")]))],
        assumptions: policy.assumptions.clone(),
    })
}

fn everybody(
    wiring: &Wiring,
    policy: &OriginPolicy,
    places: &[Place],
    causes: &mut Vec<Cause>,
    open: &mut BTreeMap<(FileId, OriginLibrary, bool), Cause>,
) {
    let place = fix(wiring, places, policy.place);
    if let Some(cause) = with_credentials(wiring, policy) {
        causes.push(cause);
        return;
    }
    // Whether credentials are sent decides what it is; without that knowledge there is nothing to say.
    let of_sockets = policy.library.guards() == Guarded::Sockets;
    if policy.credentials.is_none() || policy.library == OriginLibrary::Headers || of_sockets {
        return;
    }
    let harmless = policy.library == OriginLibrary::SocketIoCors || policy.app.is_none_or(|app| !acts(wiring, app));
    // A library that is registered route by route is one decision.
    let chain = chain([(place, "every origin is allowed"), (policy.place, "the registration")]);
    let cause = open.entry((policy.place.file, policy.library, harmless)).or_insert_with(|| Cause {
        kind: CauseKind::PermissiveOrigin { what: String::from("every origin"), harmless },
        place,
        key: String::from("any origin"),
        chains: Vec::new(),
        assumptions: policy.assumptions.clone(),
    });
    cause.assumptions.retain(|assumption| policy.assumptions.contains(assumption));
    if !cause.chains.contains(&chain) {
        cause.chains.push(chain);
    }
}

/// Whether an application changes something for whoever asks, and knows no login.
fn acts(wiring: &Wiring, id: AppId) -> bool {
    let Some(app) = wiring.apps.get(id.0 as usize) else { return false };
    let routes = || wiring.routes.iter().filter(|route| route.app == id && route.protocol == Protocol::Http);
    let changes = |method: &Arc<str>| matches!(&**method, "POST" | "PUT" | "PATCH" | "DELETE");
    if !routes().any(|route| route.methods.iter().any(changes)) || !app.open.is_empty() {
        return false;
    }
    let library = wiring
        .packages
        .get(app.package.0 as usize)
        .is_some_and(|package| package.dependencies.iter().any(|name| LOGINS.contains(&&**name)));
    let knows = routes().filter_map(|route| route.handler.as_ref()).any(|(_, handler)| {
        let steps = handler.steps.iter().any(|step| step.kind.shows_a_login());
        steps || handler.before.iter().any(super::steps::names_a_login)
    });
    !library && !knows
}
