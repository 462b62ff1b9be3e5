//! Lists of those who are let in: origins, hosts, headers, methods.

use super::Case;
use super::remedies::{
    ALLOWED_HEADERS, ALLOWED_HOST, ALLOWED_METHODS, ALLOWED_ORIGIN, CREDENTIALS, CSP_SOURCE, CSRF_ORIGIN,
    LOOPBACK_ALIAS, ORIGIN_FORM,
};
use crate::model::{CauseKind, CspFault, MethodRefuser};
use crate::rules::Fix;
use crate::rules::fix::{Change, Edit};

/// The fix of a list.
pub(super) fn of(case: &Case<'_>) -> Option<Fix> {
    let place = case.place();
    match &case.cause.kind {
        CauseKind::MalformedAllowedOrigin { entry, right: Some(right), .. } => {
            let title = format!("change the entry to `{right}`");
            Some(Fix::new(&ORIGIN_FORM, title, vec![Edit::word(place, &**entry, &**right)]))
        }
        CauseKind::CsrfOriginMismatch { entry, right: Some(right), .. } => {
            let title = format!("change the entry to `{right}`");
            Some(Fix::new(&CSRF_ORIGIN, title, vec![Edit::word(place, &**entry, &**right)]))
        }
        CauseKind::OriginNotAllowed { origin, list, websocket, own_host } => {
            let change = match list.as_slice() {
                [] if *websocket && own_host.is_none() && case.is_script() => {
                    Change::Option { member: format!("cors: {{ origin: ['{origin}'] }}") }
                }
                [] => return None,
                known => Change::Element(in_the_manner_of(origin, known)?),
            };
            Some(Fix::new(&ALLOWED_ORIGIN, format!("let `{origin}` in"), vec![Edit::new(place, change)]))
        }
        CauseKind::LoopbackAliasMismatch { origin, .. } => {
            let change = Change::Element(origin.to_string());
            Some(Fix::new(&LOOPBACK_ALIAS, format!("list `{origin}` as well"), vec![Edit::new(place, change)]))
        }
        CauseKind::HostNotAllowed { host, option, .. } => {
            let name = option.rsplit('.').next().unwrap_or(option);
            let change = Change::ListOf { name: name.to_owned(), value: host.to_string() };
            Some(Fix::new(&ALLOWED_HOST, format!("allow the host `{host}`"), vec![Edit::new(place, change)]))
        }
        CauseKind::CspBlocksConnection { why: CspFault::NotListed { directive, sources, add: Some(add) }, .. } => {
            let from = format!("{directive} {sources}");
            let edit = Edit::word(place, from.clone(), format!("{from} {add}"));
            Some(Fix::new(&CSP_SOURCE, format!("add `{add}` to `{directive}`"), vec![edit]))
        }
        CauseKind::MissingAllowCredentials { .. } => {
            let change = match () {
                () if case.is_script() => Change::Option { member: "credentials: true".to_owned() },
                () if case.is_python() => Change::Member("allow_credentials=True".to_owned()),
                () => return None,
            };
            Some(Fix::new(&CREDENTIALS, "allow credentials".to_owned(), vec![Edit::new(place, change)]))
        }
        CauseKind::HeaderNotAllowed { headers, admitted } => {
            let all: Vec<&str> = admitted.iter().chain(headers).map(|name| &**name).collect();
            let change = admitting(case, &all, "allow_headers", "allowedHeaders")?;
            Some(Fix::new(&ALLOWED_HEADERS, format!("admit {}", all.join(", ")), vec![Edit::new(place, change)]))
        }
        CauseKind::MethodMismatch { method, by: MethodRefuser::Preflight(admitted), .. } => {
            let all: Vec<&str> = admitted.iter().chain([method]).map(|name| &**name).collect();
            let change = admitting(case, &all, "allow_methods", "methods")?;
            Some(Fix::new(&ALLOWED_METHODS, format!("admit {method}"), vec![Edit::new(place, change)]))
        }
        _ => None,
    }
}

/// The argument of a registration that admits these.
fn admitting(case: &Case<'_>, names: &[&str], python: &str, script: &str) -> Option<Change> {
    if names.iter().any(|name| name.contains(['"', '\'', '\\', '*'])) {
        return None;
    }
    let list = |quote: &str| names.iter().map(|name| format!("{quote}{name}{quote}")).collect::<Vec<_>>().join(", ");
    match () {
        () if case.is_script() => Some(Change::Option { member: format!("{script}: [{}]", list("'")) }),
        () if case.is_python() => Some(Change::Member(format!("{python}=[{}]", list("\"")))),
        () => None,
    }
}

/// An origin as the entries of a list are written: whole, or its host alone.
fn in_the_manner_of(origin: &str, known: &[std::sync::Arc<str>]) -> Option<String> {
    if known.iter().any(|entry| entry.contains("://")) {
        return Some(origin.to_owned());
    }
    let host = origin.split_once("://")?.1;
    let with_port = known.iter().any(|entry| entry.contains(':'));
    Some(if with_port { host.to_owned() } else { host.split(':').next()?.to_owned() })
}
