//! The causes of a lost upgrade, for a wire that runs through a location.

use std::sync::Arc;

use super::{LostUpgrade, Proxied, Proxy, Upgrade};
use crate::base::Place;
use crate::model::{Assumption, CauseKind, DropEffect, Link};

/// What a back end does with a handshake over HTTP/1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Http10Handshake {
    /// It refuses it (hypercorn, the `websockets` library).
    Refused,
    /// It accepts it, or nobody knows what it is.
    Tolerated,
}

/// A cause that an [`Upgrade`] verdict leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct UpgradeCause {
    /// What it is.
    pub kind: CauseKind,
    /// Where the fix goes.
    pub place: Place,
    /// The cause's key.
    pub key: String,
    /// Places that show it, for the end of the chain.
    pub links: Vec<Link>,
    /// What it rests on.
    pub assumptions: Vec<Assumption>,
}

/// The causes that the upgrade verdict of a forwarded handshake leads to; none when it is carried or not known.
#[must_use]
pub fn upgrade_causes(proxy: &dyn Proxy, proxied: &Proxied, back_end: Http10Handshake) -> Vec<UpgradeCause> {
    let location = &proxied.location;
    let key = location.to_string();
    let mut assumptions = proxy.assumptions_at(proxied.location_place);
    let shows = |place, shows: String| Link { place, shows };
    match &proxied.upgrade {
        Upgrade::Carried | Upgrade::Unknown(_) => Vec::new(),
        Upgrade::Http10 { version_dependent } => {
            if *version_dependent {
                assumptions.push(Assumption::NginxVersion("before 1.29.7".into()));
            }
            let refused = back_end == Http10Handshake::Refused;
            let kind = CauseKind::MissingHttpVersion { location: Arc::clone(location), refused };
            let links = vec![shows(proxied.location_place, "the request goes on as HTTP/1.0".to_owned())];
            vec![UpgradeCause { kind, place: proxied.location_place, key, links, assumptions }]
        }
        Upgrade::Lost(LostUpgrade { dropped: Some(dropped), .. }) => {
            let kind = CauseKind::DroppedProxyHeaders {
                location: Arc::clone(location),
                lost: dropped.lost.clone(),
                level: Arc::clone(&dropped.level),
                effect: DropEffect::Handshake,
            };
            let set = shows(dropped.set_at, format!("set for the whole {}", dropped.level));
            let drops = shows(dropped.dropped_by, "this one replaces all that outer levels set".to_owned());
            let links = vec![set, drops];
            vec![UpgradeCause { kind, place: dropped.dropped_by, key, links, assumptions }]
        }
        Upgrade::Lost(lost) => {
            let kind = CauseKind::MissingUpgradeHeaders {
                by: proxy.words(),
                location: Arc::clone(location),
                problem: lost.problem.clone(),
                missing: lost.missing.clone(),
                name_only: false,
            };
            let links = vec![shows(lost.place, lost.problem.clone())];
            vec![UpgradeCause { kind, place: lost.place, key, links, assumptions }]
        }
    }
}
