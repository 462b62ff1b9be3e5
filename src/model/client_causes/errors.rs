//! Sockets whose errors nobody sees.

use super::Call;
use crate::base::Place;
use crate::facts::ErrorHandling;
use crate::model::{Cause, CauseKind, Chain, Link, Silence};

/// The causes.
pub(super) fn causes(calls: &[Call<'_>]) -> Vec<Cause> {
    calls.iter().filter_map(of_call).collect()
}

fn of_call(call: &Call<'_>) -> Option<Cause> {
    let opened = call.place();
    let (place, silence, shows) = match call.call.errors {
        ErrorHandling::Unknown => return None,
        ErrorHandling::Missing => (opened, Silence::NoHandler, "nothing listens to its errors"),
        ErrorHandling::Empty(handler) => (Place::new(call.file, handler), Silence::EmptyHandler, "does nothing"),
    };
    let mut links = vec![Link { place, shows: shows.to_owned() }];
    if place != opened {
        links.push(Link { place: opened, shows: "the connection is opened here".to_owned() });
    }
    Some(Cause {
        kind: CauseKind::SilentWebSocketError { silence },
        place,
        key: String::new(),
        chains: vec![Chain { wire: None, hop: None, links }],
        assumptions: Vec::new(),
    })
}
