//! Causes whose fault lies in code that never runs, or shows where hardly anybody is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Assumption, Cause, CauseKind, Chain, ConnectionId, DeploymentId, DeploymentKind, Handshake, HopKind, Verdict,
    Wiring,
};
use crate::base::FileId;
use crate::facts::Unreached;

/// Adds to such causes what they rest on: that somebody runs the code all the same.
pub(super) fn mark(wiring: &mut Wiring) {
    let brought = brought_by_proxies(wiring);
    let reached = wiring.repository.unreached.is_empty() && wiring.repository.only_imported.is_empty();
    let of_code = |cause: &Cause| if reached { None } else { of(wiring, cause) };
    let found: Vec<Option<Assumption>> =
        wiring.causes.iter().map(|cause| of_code(cause).or_else(|| past_a_proxy(wiring, cause, &brought))).collect();
    for (cause, assumption) in wiring.causes.iter_mut().zip(found) {
        cause.assumptions.extend(assumption);
    }
}

/// The place of the fix never runs, or only when its file is started, which nothing does, or none of the calls that break does.
fn of(wiring: &Wiring, cause: &Cause) -> Option<Assumption> {
    if let Some(found) = assumption(wiring, cause.place.file) {
        return Some(found);
    }
    let repository = &wiring.repository;
    if repository.only_imported.contains(&cause.place.file)
        && let Some(facts) = repository.get(cause.place.file)
        && facts
            .by_hand
            .iter()
            .any(|by_hand| by_hand.start <= cause.place.span.start && cause.place.span.end <= by_hand.end)
    {
        return Some(Assumption::Started(Arc::from(facts.path.to_string())));
    }
    let mut callers = cause.chains.iter().map(|chain| {
        let connection = wiring.connections.get(chain.wire?.0.0 as usize)?;
        Some(connection.place.file)
    });
    let first = callers.next()??;
    let found = assumption(wiring, first)?;
    let all = callers.all(|file| file.is_some_and(|file| wiring.repository.unreached.contains_key(&file)));
    all.then_some(found)
}

/// Connections that some deployment's proxy brings to a route, with that deployment.
fn brought_by_proxies(wiring: &Wiring) -> BTreeMap<ConnectionId, DeploymentId> {
    let arrives = |handshake: &&Handshake| {
        let holds = |kind| handshake.hops.iter().any(|hop| hop.kind == kind && hop.verdict == Verdict::Holds);
        !is_by_hand(wiring, handshake.deployment) && holds(HopKind::Location) && holds(HopKind::Route)
    };
    let mut found = BTreeMap::new();
    for handshake in wiring.handshakes.iter().filter(arrives) {
        found.entry(handshake.connection).or_insert(handshake.deployment);
    }
    found
}

fn is_by_hand(wiring: &Wiring, id: DeploymentId) -> bool {
    wiring.deployments.get(id.0 as usize).is_some_and(|it| it.kind == DeploymentKind::Development)
}

/// A path that is missing on the developers' own machine alone, where a deployment has a proxy in front that makes it right.
fn past_a_proxy(wiring: &Wiring, cause: &Cause, brought: &BTreeMap<ConnectionId, DeploymentId>) -> Option<Assumption> {
    if !matches!(cause.kind, CauseKind::PathMismatch { .. }) {
        return None;
    }
    let (first, _) = cause.chains.first()?.wire?;
    let by_hand = |chain: &Chain| {
        chain.wire.is_some_and(|(connection, deployment)| connection == first && is_by_hand(wiring, deployment))
    };
    let elsewhere = brought.get(&first).filter(|_| cause.chains.iter().all(by_hand))?;
    let name = &wiring.deployments.get(elsewhere.0 as usize)?.name;
    Some(Assumption::WithoutProxy(Arc::clone(name)))
}

fn assumption(wiring: &Wiring, file: FileId) -> Option<Assumption> {
    let why = *wiring.repository.unreached.get(&file)?;
    let path = Arc::from(wiring.repository.get(file)?.path.to_string());
    Some(match why {
        Unreached::NotImported => Assumption::Imported(path),
        Unreached::NotStarted => Assumption::Started(path),
    })
}
