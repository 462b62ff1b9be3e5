//! Stage 8: causes that browser code shows by itself: what it puts into addresses, and what becomes of errors.

mod errors;
mod query;
mod token;

use std::collections::BTreeSet;

use super::Wiring;
use crate::base::{FileId, Place};
use crate::facts::ClientCall;

/// Runs the stage.
pub(super) fn collect(wiring: &mut Wiring) {
    let calls = calls(wiring);
    let mut causes = token::causes(wiring, &calls);
    causes.extend(errors::causes(&calls));
    for cause in causes {
        wiring.add_cause(cause);
    }
}

/// A call by which a browser opens a connection.
#[derive(Clone, Copy)]
struct Call<'w> {
    file: FileId,
    call: &'w ClientCall,
}

impl Call<'_> {
    fn place(&self) -> Place {
        Place::new(self.file, self.call.span)
    }
}

/// The calls that became connections.
fn calls(wiring: &Wiring) -> Vec<Call<'_>> {
    let opened: BTreeSet<Place> = wiring.connections.iter().map(|connection| connection.place).collect();
    let files = wiring.repository.iter().filter(|(_, facts)| !facts.client_calls.is_empty());
    files
        .flat_map(|(file, facts)| facts.client_calls.iter().map(move |call| Call { file, call }))
        .filter(|call| opened.contains(&call.place()))
        .collect()
}
