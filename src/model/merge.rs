//! One cause, one finding: causes at several places that one fix takes away.

mod gap;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{BaseFault, Cause, CauseId, CauseKind, ConnectionId, HopKind, Link, PackageId, Shift, Verdict, Wiring};
use crate::base::{FileId, Place, RepoPath};

/// What tells the fixes of causes apart that may be merged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fix {
    /// A package sets a variable.
    Variable(&'static str, Arc<str>, Option<PackageId>),
    /// The path of a base address changes.
    Base(Place, Shift),
    /// One address of one connection, which deployments write at several places.
    Address(&'static str, ConnectionId, String, Weight),
    /// Where a file forwards to.
    Upstream(FileId, Arc<str>),
}

/// Whether a cause is as bad as its rule says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Full,
    Milder,
}

impl From<bool> for Weight {
    /// The weight of a cause that is milder, or not.
    fn from(is_milder: bool) -> Self {
        if is_milder { Self::Milder } else { Self::Full }
    }
}

/// Merges such causes into the first one by place; the others' places become evidence.
pub(super) fn merge(wiring: &mut Wiring) {
    let gaps = gap::Gaps::new(wiring);
    let mut groups: BTreeMap<Fix, Vec<usize>> = BTreeMap::new();
    for (index, cause) in wiring.causes.iter().enumerate() {
        if let Some(fix) = fix(wiring, cause) {
            groups.entry(fix).or_default().push(index);
        }
    }
    let mut leads: BTreeMap<usize, usize> = BTreeMap::new();
    let mut below: BTreeMap<gap::Gap, Vec<usize>> = BTreeMap::new();
    for (index, cause) in wiring.causes.iter().enumerate() {
        if !matches!(cause.kind, CauseKind::PathMismatch { base: Some(_), .. })
            && let Some(gap) = gaps.of(&cause.kind)
        {
            below.entry(gap).or_default().push(index);
        }
    }
    for (fix, group) in groups {
        if let Fix::Base(place, _) = &fix
            && !blame_base(wiring, *place, &group)
        {
            // The base may be right: then the calls are what their paths say.
            for index in group {
                if let Some(gap) = wiring.causes.get(index).and_then(|cause| gaps.of(&cause.kind)) {
                    below.entry(gap).or_default().push(index);
                }
            }
            continue;
        }
        if let Fix::Variable(_, name, package) = &fix {
            let root = package.and_then(|id| wiring.packages.get(id.0 as usize)).map(|package| package.root.clone());
            let root = root.unwrap_or_else(RepoPath::root);
            for index in &group {
                if let Some(cause) = wiring.causes.get_mut(*index) {
                    cause.key = format!("{name} in {}", root.as_str());
                }
            }
        }
        lead(wiring, group, &mut leads);
    }
    for (gap, group) in below {
        gap::name(wiring, &gaps, &gap, &group);
        lead(wiring, group, &mut leads);
    }
    if !leads.is_empty() {
        fold(wiring, &leads);
    }
}

/// Lets the first of a group by place lead the others.
fn lead(wiring: &Wiring, group: Vec<usize>, leads: &mut BTreeMap<usize, usize>) {
    let first = group.iter().copied().min_by_key(|index| wiring.causes.get(*index).map(|cause| cause.place));
    for index in group {
        leads.extend(first.filter(|first| *first != index).map(|first| (index, first)));
    }
}

fn fix(wiring: &Wiring, cause: &Cause) -> Option<Fix> {
    let rule = cause.kind.rule();
    let connection = || cause.chains.iter().find_map(|chain| chain.wire).map(|(id, _)| id);
    let package = || connection().and_then(|id| wiring.connections.get(id.0 as usize)).map(|it| it.package);
    match &cause.kind {
        CauseKind::UndefinedEnvVar { name, .. } | CauseKind::LoopbackInProduction { variable: Some(name), .. } => {
            Some(Fix::Variable(rule, Arc::clone(name), package()))
        }
        CauseKind::PathMismatch { base: Some(base), .. } => Some(Fix::Base(base.place, base.shift.clone())),
        // What is milder somewhere is told by itself, and the worse one of one place wins.
        CauseKind::InsecureWebSocketUrl { url, milder, .. } => {
            address(rule, connection()?, url, Weight::from(milder.is_some()))
        }
        CauseKind::InsecureHttpUrl { url, upgraded, .. } => address(rule, connection()?, url, Weight::from(*upgraded)),
        CauseKind::MalformedConnectionUrl { url, .. } => address(rule, connection()?, url, Weight::Full),
        CauseKind::InternalHostInBrowser { url, local, .. } => address(rule, connection()?, url, Weight::from(*local)),
        CauseKind::LoopbackInProduction { url, variable: None, documented, .. } => {
            address(rule, connection()?, url, Weight::from(*documented))
        }
        CauseKind::PortMismatch { host, port, .. } => {
            address(rule, connection()?, &format!("{host}:{port}"), Weight::Full)
        }
        CauseKind::UnreachableUpstream { target, .. } => Some(Fix::Upstream(cause.place.file, Arc::clone(target))),
        _ => None,
    }
}

fn address(rule: &'static str, connection: ConnectionId, text: &str, weight: Weight) -> Option<Fix> {
    Some(Fix::Address(rule, connection, text.to_owned(), weight))
}

/// Moves the first cause of a group to the base that all of them are built on; `false` where the base may be right: one
/// request says nothing of it, and one that arrives speaks for it.
fn blame_base(wiring: &mut Wiring, base: Place, group: &[usize]) -> bool {
    let arrives = wiring.handshakes.iter().any(|handshake| {
        let path = handshake.url.path.places();
        path.iter().chain(handshake.url.host.places()).any(|place| *place == base)
            && handshake.hops.iter().any(|hop| hop.kind == HopKind::Route && matches!(hop.verdict, Verdict::Holds))
    });
    let accusable = wiring.repository.may_be_accused(base.file);
    if group.len() < 2 || arrives || !accusable {
        return false;
    }
    for index in group {
        let Some(cause) = wiring.causes.get_mut(*index) else { continue };
        let CauseKind::PathMismatch { base: Some(BaseFault { paths, .. }), .. } = &mut cause.kind else { continue };
        *paths = group.len();
        let link = Link { place: cause.place, shows: "part of the path".to_owned() };
        for chain in &mut cause.chains {
            chain.links.retain(|other| other.place != base);
            if !chain.links.iter().any(|other| other.place == link.place) {
                chain.links.insert(0, link.clone());
            }
        }
        cause.place = base;
        cause.key = "base".to_owned();
    }
    true
}

/// Moves the chains of the causes in `leads` to those that they lead to, and takes the emptied ones out.
fn fold(wiring: &mut Wiring, leads: &BTreeMap<usize, usize>) {
    let mut kept: Vec<Cause> = Vec::new();
    let mut renamed: Vec<CauseId> = vec![CauseId(0); wiring.causes.len()];
    let mut moved: Vec<(usize, Cause)> = Vec::new();
    for (index, cause) in std::mem::take(&mut wiring.causes).into_iter().enumerate() {
        if leads.contains_key(&index) {
            moved.push((index, cause));
            continue;
        }
        if let Some(slot) = renamed.get_mut(index) {
            *slot = CauseId(u32::try_from(kept.len()).unwrap_or(u32::MAX));
        }
        kept.push(cause);
    }
    for (index, cause) in moved {
        let Some(target) = leads.get(&index).and_then(|first| renamed.get(*first)).copied() else { continue };
        if let Some(slot) = renamed.get_mut(index) {
            *slot = target;
        }
        let Some(lead) = kept.get_mut(target.0 as usize) else { continue };
        lead.assumptions.retain(|assumption| cause.assumptions.contains(assumption));
        for mut chain in cause.chains {
            if cause.place != lead.place {
                chain.links.push(Link { place: cause.place, shows: "the same fault is here".to_owned() });
            }
            // The same chain twice does no harm: a finding has each once.
            lead.chains.push(chain);
        }
    }
    wiring.causes = kept;
    for hop in wiring.handshakes.iter_mut().flat_map(|handshake| &mut handshake.hops) {
        if let Verdict::Breaks(causes) = &mut hop.verdict {
            for cause in causes.iter_mut() {
                *cause = renamed.get(cause.0 as usize).copied().unwrap_or(*cause);
            }
            causes.dedup();
        }
    }
}
