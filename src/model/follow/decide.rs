//! Which breaks count, once all handshakes were walked.

use std::collections::{BTreeMap, BTreeSet};

use super::walk::{Candidate, Outcome, Step};
use crate::base::Place;
use crate::model::{
    Cause, Chain, ConnectionId, DeploymentId, Handshake, Hop, HopKind, Link, Mode, PageId, Pairing, UrlRelation,
    Verdict, Wiring,
};

/// One way of reaching a URL: the alternatives of one expression on one page.
type Group = (ConnectionId, DeploymentId, Mode, Option<PageId>, Option<Place>);

/// Writes the hops into the handshakes and adds the causes.
pub(super) fn settle(wiring: &mut Wiring, walks: Vec<Vec<Step>>) {
    let groups = whole_groups(wiring, &walks);
    let held = held_elsewhere(wiring, &walks);
    for (index, steps) in walks.into_iter().enumerate() {
        let Some(handshake) = wiring.handshakes.get(index) else { continue };
        let wire = (handshake.connection, handshake.deployment);
        let ambiguous = is_ambiguous(wiring, handshake.deployment);
        let all_break = groups.contains(&group(handshake));
        let mode = handshake.mode.clone();
        let mut hops = Vec::with_capacity(steps.len());
        for step in steps {
            let verdict = match step.outcome {
                Outcome::Holds => Verdict::Holds,
                Outcome::Skipped => Verdict::Skipped,
                Outcome::Unknown(why) => Verdict::Unknown(why),
                Outcome::Breaks(_) if !all_break => {
                    Verdict::Unknown("other values that the URL may have do not break".to_owned())
                }
                Outcome::Breaks(_) if ambiguous && held.contains(&(wire.0, mode.clone(), step.kind)) => {
                    Verdict::Unknown("it holds in another set-up that is as likely".to_owned())
                }
                Outcome::Breaks(candidates) => {
                    let mut causes = Vec::new();
                    for candidate in candidates {
                        if wiring.repository.may_be_accused(candidate.place.file) {
                            causes.push(wiring.add_cause(cause(candidate, Some(wire), Some(step.kind))));
                        }
                    }
                    if causes.is_empty() {
                        Verdict::Unknown("the fix would be in a file that is not judged".to_owned())
                    } else {
                        Verdict::Breaks(causes)
                    }
                }
            };
            hops.push(Hop { kind: step.kind, verdict, places: step.places, note: step.note });
        }
        if let Some(handshake) = wiring.handshakes.get_mut(index) {
            handshake.hops = hops;
        }
    }
}

/// The cause of a candidate.
pub(super) fn cause(candidate: Candidate, wire: Option<(ConnectionId, DeploymentId)>, hop: Option<HopKind>) -> Cause {
    let links: Vec<Link> = candidate.links.into_iter().filter(|link| link.place != candidate.place).collect();
    Cause {
        kind: candidate.kind,
        place: candidate.place,
        key: candidate.key,
        chains: vec![Chain { wire, hop, links }],
        assumptions: candidate.assumptions,
    }
}

fn group(handshake: &Handshake) -> Group {
    (handshake.connection, handshake.deployment, handshake.mode.clone(), handshake.page, handshake.call)
}

/// Groups in which every alternative breaks somewhere.
fn whole_groups(wiring: &Wiring, walks: &[Vec<Step>]) -> BTreeSet<Group> {
    let mut breaks: BTreeMap<Group, bool> = BTreeMap::new();
    for (handshake, steps) in wiring.handshakes.iter().zip(walks) {
        // A way of which nothing is known (an argument of callers that are not known), and which does not break, speaks neither
        // for nor against: what the others rest on says that it is not taken.
        let broken = steps.iter().any(|step| matches!(step.outcome, Outcome::Breaks(_)));
        if !broken && nothing_known(handshake) {
            continue;
        }
        *breaks.entry(group(handshake)).or_insert(true) &= broken;
    }
    breaks.into_iter().filter(|(_, all)| *all).map(|(group, _)| group).collect()
}

fn nothing_known(handshake: &Handshake) -> bool {
    let url = &handshake.url;
    url.problem.is_none()
        && url.relation == UrlRelation::Absolute
        && url.scheme.value().is_none()
        && url.host.value().is_none()
        && url.port.value().is_none()
}

fn is_ambiguous(wiring: &Wiring, deployment: DeploymentId) -> bool {
    wiring.deployments.get(deployment.0 as usize).is_some_and(|info| info.pairing == Pairing::Ambiguous)
}

/// Hops of connections that hold in some set-up that is as likely as others.
fn held_elsewhere(wiring: &Wiring, walks: &[Vec<Step>]) -> BTreeSet<(ConnectionId, Mode, HopKind)> {
    let mut held = BTreeSet::new();
    for (handshake, steps) in wiring.handshakes.iter().zip(walks) {
        if !is_ambiguous(wiring, handshake.deployment) {
            continue;
        }
        // what goes on as if the break were not there says nothing for the set-up
        let breaks =
            |kind: HopKind| steps.iter().any(|step| step.kind == kind && matches!(step.outcome, Outcome::Breaks(_)));
        for step in steps.iter().filter(|step| matches!(step.outcome, Outcome::Holds) && !breaks(step.kind)) {
            held.insert((handshake.connection, handshake.mode.clone(), step.kind));
        }
    }
    held
}
