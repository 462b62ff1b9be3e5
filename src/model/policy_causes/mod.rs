//! Stage 8: causes that are seen at the back end alone: allow-lists and Origin checks.

mod accepting;
mod behind_login;
mod django;
mod entry;
mod hosts;
mod lists;
mod pattern;
mod secrets;
mod sockets;
mod steps;

pub(super) use lists::never_equal;
pub(super) use lists::with_credentials as refused_to_everybody;
pub(super) use steps::{Taken, needs_cookie, of as steps_of};

use super::{Chain, Link, Wiring};
use crate::base::Place;

/// Runs the stage.
pub fn collect(wiring: &mut Wiring) {
    let mut causes = lists::causes(wiring);
    let sockets = steps::sockets(wiring);
    causes.extend(sockets::causes(wiring, &sockets));
    causes.extend(accepting::causes(wiring, &sockets));
    causes.extend(behind_login::causes(wiring));
    causes.extend(django::causes(wiring));
    causes.extend(secrets::causes(wiring));
    causes.extend(hosts::causes(wiring));
    for cause in causes {
        wiring.add_cause(cause);
    }
}

/// A chain without a wire.
fn chain(links: impl IntoIterator<Item = (Place, &'static str)>) -> Chain {
    let mut chain = Chain { wire: None, hop: None, links: Vec::new() };
    for (place, shows) in links {
        if !chain.links.iter().any(|link| link.place == place) {
            chain.links.push(Link { place, shows: shows.to_owned() });
        }
    }
    chain
}
