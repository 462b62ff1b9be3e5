//! Proxies that speak plain to a process that takes TLS, or TLS to one that does not, whether or not a client is known.

use crate::model::follow::network::program_name;
use crate::model::follow::{Speaker, address_of, scheme_mismatch};
use crate::model::{Cause, Chain, Link, Tls, Wiring};

pub(super) fn check(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    // Those of clients were judged on their way.
    for passage in wiring.passages.iter().filter(|passage| passage.wire.is_none()) {
        let Some(listener) = passage.listener.and_then(|id| wiring.listeners.get(id.0 as usize)) else { continue };
        let spoken = if &*passage.proxied.scheme == "https" { Tls::Tls } else { Tls::Plain };
        let program = program_name(listener.program);
        let address = address_of(&passage.proxied);
        let Some(kind) =
            scheme_mismatch(&address, &passage.proxied.scheme, (spoken, listener.tls, Speaker::Proxy), &program)
        else {
            continue;
        };
        let mut links = passage.links.clone();
        links.push(Link { place: listener.place, shows: "listens here".to_owned() });
        causes.push(Cause {
            kind,
            place: passage.proxied.pass_place,
            key: address.to_string(),
            chains: vec![Chain { wire: None, hop: None, links }],
            assumptions: passage.assumptions.clone(),
        });
    }
    causes
}
