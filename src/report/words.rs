//! Words that every format shares.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::View;
use crate::base::{self, Place};
use crate::model::{Assumption, Handshake, Verdict, Wiring};
use crate::rules::{Evidence, Finding, RuleId, Severity};

/// Assumptions as clauses that follow "this holds if"; variables that nobody else sets are named together.
pub(super) fn assumptions<'a>(all: impl IntoIterator<Item = &'a Assumption>) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for one in all {
        match one {
            Assumption::NoOverride(name) if names.iter().any(|known| known[1..known.len() - 1] == **name) => {}
            Assumption::NoOverride(name) => names.push(format!("`{name}`")),
            _ if clauses.contains(&assumption(one)) => {}
            _ => clauses.push(assumption(one)),
        }
    }
    if !names.is_empty() {
        let names = names.join(" or ");
        clauses.insert(0, format!("neither the process environment, CI nor the hosting sets {names}"));
    }
    clauses
}

/// An assumption as a clause that follows "this holds if".
pub(super) fn assumption(assumption: &Assumption) -> String {
    match assumption {
        Assumption::UnseenInclude(path) => format!("`{path}`, which is not in the repository, changes nothing here"),
        Assumption::NginxVersion(version) => format!("nginx is {version}"),
        Assumption::Browser(browser) => format!("the browser is {browser}"),
        Assumption::AsDocumented(name) => format!("`{name}` is set as the example env file says"),
        Assumption::ServedAsIs(path) => format!("`{path}` is served as the repository has it"),
        Assumption::NoOverride(name) => format!("nothing outside the repository sets `{name}`"),
        Assumption::LikelyPairing => "these parts run together, though no file says so".to_owned(),
        Assumption::NameOnly => "the name says what it is for".to_owned(),
        Assumption::GuessedMode(mode) => format!("the build runs in {mode} mode"),
        Assumption::OpaqueGuard(text) => format!("the condition `{text}` takes the branch that leads here"),
        Assumption::OpaqueOperand(what) => format!("a condition on {what} takes the branch that leads here"),
        Assumption::Imported(path) => format!("`{path}` runs, though no entry point imports it"),
        Assumption::Started(path) => format!("somebody starts `{path}`, though no command of the repository does"),
        Assumption::WithoutProxy(deployment) => {
            format!("somebody opens the pages without the proxy that {deployment} has in front of them")
        }
        Assumption::LikelyHttps => "the page is served over https, though only hints say so".to_owned(),
    }
}

/// How many findings there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub errors: usize,
    pub warnings: usize,
    pub notes: usize,
    pub suppressed: usize,
    /// There from before: in a baseline, or in the commit that is compared with.
    pub known: usize,
}

impl Counts {
    pub fn of(findings: &[Finding]) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            let slot = match (&finding.suppressed, finding.severity) {
                (Some(why), _) if why.by.is_from_before() => &mut counts.known,
                (Some(_), _) => &mut counts.suppressed,
                (None, Severity::Error) => &mut counts.errors,
                (None, Severity::Warning) => &mut counts.warnings,
                (None, Severity::Note) => &mut counts.notes,
            };
            *slot += 1;
        }
        counts
    }

    /// `3 errors, 1 warning, 0 notes`, and the suppressed and the known ones where there are any.
    pub fn words(self) -> String {
        let open = [counted(self.errors, "error"), counted(self.warnings, "warning"), counted(self.notes, "note")];
        let more = [(self.suppressed, "suppressed"), (self.known, "known")];
        let more = more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        open.into_iter().chain(more).collect::<Vec<_>>().join(", ")
    }
}

/// Places of a finding that people are shown where nothing asks for all, that of the fix included.
pub(super) const MOST_PLACES: usize = 10;

/// The first of the places besides that of the fix, and how many more there are.
pub(super) fn first_places(places: &[(Place, String)]) -> (&[(Place, String)], usize) {
    let (shown, more) = places.split_at(places.len().min(MOST_PLACES - 1));
    (shown, more.len())
}

/// Places besides that of the fix that editors and code scanning get.
pub(super) const MOST_RELATED: usize = 90;

/// `path:line:column`; nothing for places that no file has.
pub(super) fn at(view: &View<'_>, place: Place) -> Option<String> {
    let path = view.path(place.file)?;
    let position = view.position(place);
    Some(format!("{path}:{}:{}", position.line, position.column))
}

/// A text cut to so many characters, the last of which says so.
#[must_use]
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(most.saturating_sub(1)).chain(['…']).collect())
}

/// `3 files`, `1 file`.
pub(super) fn counted(count: usize, one: &str) -> String {
    base::counted(count, one, &format!("{one}s"))
}

/// The chain that is shown first: the longest one, and among equals the first.
pub(super) fn leading(finding: &Finding) -> Option<&Evidence> {
    finding.chains.iter().rev().max_by_key(|chain| chain.links.len())
}

/// The finding's chains with the leading one first.
pub(super) fn ordered(finding: &Finding) -> Vec<&Evidence> {
    let first = leading(finding);
    let rest = finding.chains.iter().filter(|chain| first.is_some_and(|first| !std::ptr::eq(first, *chain)));
    first.into_iter().chain(rest).collect()
}

/// Where a finding breaks connections: each deployment and mode once.
pub(super) fn deployments(view: &View<'_>, finding: &Finding) -> Vec<String> {
    let wiring = view.wiring();
    let wires: BTreeSet<_> = finding.chains.iter().filter_map(|chain| chain.wire).collect();
    let mut found = BTreeSet::new();
    for (connection, deployment) in wires {
        let name = wiring.deployments.get(deployment.0 as usize).map_or("?", |deployment| &deployment.name);
        // Handshakes are sorted by connection.
        let from = wiring.handshakes.partition_point(|way| way.connection < connection);
        let ways = wiring.handshakes.iter().skip(from).take_while(|way| way.connection == connection);
        let here = ways.filter(|way| way.deployment == deployment && breaks_by(wiring, way, finding.rule));
        found.extend(here.map(|way| view.prose(&way_name(name, way.mode.name()))));
    }
    found.into_iter().collect()
}

/// Whether a rule's cause breaks a hop of the way.
fn breaks_by(wiring: &Wiring, way: &Handshake, rule: RuleId) -> bool {
    let causes = way.hops.iter().filter_map(|hop| match &hop.verdict {
        Verdict::Breaks(causes) => Some(causes),
        _ => None,
    });
    let mut causes = causes.flatten().filter_map(|id| wiring.causes.get(id.0 as usize));
    causes.any(|cause| cause.kind.rule() == rule.0)
}

/// A deployment and a mode for people.
pub(super) fn way_name(deployment: &str, mode: &str) -> String {
    if deployment == mode { format!("{mode} mode") } else { format!("{deployment}, {mode} mode") }
}

/// The paths of the files that a finding rests on and tells nothing of.
pub(super) fn rests_on(view: &View<'_>, finding: &Finding) -> Vec<String> {
    finding.rests_on.iter().filter_map(|file| Some(view.path(*file)?.to_string())).collect()
}

/// Every place of a finding's chains with what it shows, once for each, the leading chain's first; not the fix itself.
pub(super) fn places(view: &View<'_>, finding: &Finding) -> Vec<(Place, String)> {
    let mut places: Vec<(Place, String)> = Vec::new();
    let mut known = BTreeSet::from([finding.place]);
    for (place, shows) in ordered(finding).into_iter().flat_map(|chain| &chain.links) {
        if known.insert(*place) && view.path(place.file).is_some() {
            places.push((*place, view.prose(shows)));
        }
    }
    places
}
