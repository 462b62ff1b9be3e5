//! Sockets whose errors nobody sees.

use crate::base::Place;
use crate::facts::ErrorHandling;
use crate::model::{Cause, CauseKind, Chain, Link, Silence, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    for connection in &wiring.connections {
        let file = connection.place.file;
        let Some(facts) = wiring.repository.get(file) else { continue };
        let Some(call) = facts.client_calls.iter().find(|call| call.span == connection.place.span) else { continue };
        let (place, silence, shows) = match call.errors {
            ErrorHandling::Unknown => continue,
            ErrorHandling::Missing => (connection.place, Silence::NoHandler, "nothing listens to its errors"),
            ErrorHandling::Empty(handler) => (Place::new(file, handler), Silence::EmptyHandler, "does nothing"),
        };
        let mut links = vec![Link { place, shows: shows.to_owned() }];
        if place != connection.place {
            links.push(Link { place: connection.place, shows: "the connection is opened here".to_owned() });
        }
        causes.push(Cause {
            kind: CauseKind::SilentWebSocketError { silence },
            place,
            key: String::new(),
            chains: vec![Chain { wire: None, hop: None, links }],
            assumptions: Vec::new(),
        });
    }
    causes
}
