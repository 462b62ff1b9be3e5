//! Causes whose fault lies in code that never runs.

use std::sync::Arc;

use super::{Assumption, Cause, Wiring};
use crate::base::FileId;
use crate::facts::Unreached;

/// Adds to such causes what they rest on: that somebody runs the code all the same.
pub(super) fn mark(wiring: &mut Wiring) {
    if wiring.repository.unreached.is_empty() && wiring.repository.only_imported.is_empty() {
        return;
    }
    let found: Vec<Option<Assumption>> = wiring.causes.iter().map(|cause| of(wiring, cause)).collect();
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

fn assumption(wiring: &Wiring, file: FileId) -> Option<Assumption> {
    let why = *wiring.repository.unreached.get(&file)?;
    let path = Arc::from(wiring.repository.get(file)?.path.to_string());
    Some(match why {
        Unreached::NotImported => Assumption::Imported(path),
        Unreached::NotStarted => Assumption::Started(path),
    })
}
