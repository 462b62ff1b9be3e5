//! All rules over one wiring: what is reported in the end.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::registry::{Accuses, Identity, RULES, Rule};
use super::{
    Evidence, Finding, Fix, RuleId, Selector, Severity, StatedLevel, StatedSuppression, UnusedSetting, analysis, find,
    level, suppress,
};
use crate::base::{FileId, FileRole, Place, Tracking};
use crate::model::{Assumption, Rests, Wiring};

/// What the user wants to hear.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only these rules; empty means all.
    pub select: Vec<Selector>,
    /// Not these rules; stronger than `select`.
    pub ignore: Vec<Selector>,
    /// How bad findings are, where that is stated.
    pub levels: Vec<StatedLevel>,
    /// Suppressions of `wirelint.toml`.
    pub suppress: Vec<StatedSuppression>,
    /// Whether suppressions count.
    pub suppressions: Suppressions,
    /// Settings that apply to nothing.
    pub unused: Vec<UnusedSetting>,
}

/// Whether suppressions count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suppressions {
    /// What they cover is marked, and those that cover nothing are told of.
    #[default]
    Apply,
    /// Nothing is suppressed.
    LeaveOut,
}

impl Options {
    /// Whether the findings of a rule are wanted. That wirelint failed always is.
    #[must_use]
    pub fn wants(&self, rule: RuleId) -> bool {
        let named = |selectors: &[Selector]| selectors.iter().any(|selector| selector.covers(rule));
        rule == RuleId::INTERNAL_ERROR || (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }
}

/// The findings of all wanted rules, suppressed ones marked: errors first, then those that break most, then by path and place.
#[must_use]
pub fn run(wiring: &Wiring, options: &Options) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        findings.extend(of_rule(wiring, rule));
    }
    findings.retain(|finding| may_accuse(wiring, finding));
    for finding in &mut findings {
        finding.severity = judged(finding);
    }
    let findings = merged(findings);
    let mut findings = yielded(findings);
    // Suppressions are matched against everything, wanted or not: whether one is used does not depend on the selection.
    if options.suppressions == Suppressions::Apply {
        let used = suppress::apply(wiring, &mut findings, &options.suppress);
        findings.extend(analysis::unused_suppression::findings(wiring, &used, &options.suppress));
    }
    findings.extend(analysis::unused_setting::findings(&options.unused));
    findings.retain(|finding| options.wants(finding.rule));
    let path = |finding: &Finding| wiring.repository.get(finding.place.file).map(|facts| &facts.path);
    let at_level = |finding: Finding| {
        let path = path(&finding);
        level::leveled(finding, &options.levels, path)
    };
    let mut findings: Vec<Finding> = findings.into_iter().filter_map(at_level).collect();
    let rests = Rests::new(wiring);
    for finding in &mut findings {
        finding.rests_on = rests_on(&rests, finding);
        finding.local = is_local(wiring, finding);
        finding.message.extend(finding.assumptions.iter().filter_map(never_runs));
        shorten(&mut finding.message);
    }
    let mut sized: Vec<(usize, Finding)> = findings.into_iter().map(|finding| (size(&finding), finding)).collect();
    sized.sort_by(|a, b| order(a).cmp(&order(b)));
    sized.into_iter().map(|(_, finding)| finding).collect()
}

fn order((size, finding): &(usize, Finding)) -> (Reverse<Severity>, Reverse<usize>, Place, RuleId, &str) {
    (Reverse(finding.severity), Reverse(*size), finding.place, finding.rule, &finding.key)
}

/// How many connections a finding is about.
fn size(finding: &Finding) -> usize {
    let wires: BTreeSet<_> = finding.chains.iter().filter_map(|chain| Some(chain.wire?.0)).collect();
    wires.len()
}

fn of_rule(wiring: &Wiring, rule: &'static Rule) -> Vec<Finding> {
    match catch_unwind(AssertUnwindSafe(|| (rule.check)(wiring))) {
        Ok(findings) => findings,
        Err(panic) => vec![analysis::internal_error::of_rule(rule.id, &*panic)],
    }
}

/// Why what a finding is about never runs, or only where hardly anybody is, as a sentence after others.
fn never_runs(assumption: &Assumption) -> Option<String> {
    match assumption {
        Assumption::Imported(path) => {
            Some(format!(" No entry point imports `{path}`, so it never runs as the files are."))
        }
        Assumption::Started(path) => {
            Some(format!(" Nothing in the repository starts `{path}`, so it never runs as the files are."))
        }
        Assumption::WithoutProxy(deployment) => {
            Some(format!(" Behind the proxy of {deployment} it works; only whoever opens the pages past it sees this."))
        }
        _ => None,
    }
}

fn may_accuse(wiring: &Wiring, finding: &Finding) -> bool {
    let Some(facts) = wiring.repository.get(finding.place.file) else {
        return find(finding.rule.0).is_some_and(|rule| rule.accuses == Accuses::Anything);
    };
    match find(finding.rule.0).map(|rule| rule.accuses) {
        Some(Accuses::Anything) => true,
        Some(Accuses::OwnSyntax) => facts.role.speaks(),
        Some(Accuses::Production) | None => facts.role == FileRole::Production,
    }
}

/// What is left of a finding's severity under its assumptions: at most one level less than the rule's, and a name alone
/// or code that never runs is never more than a note. A cause that is milder by itself is not lowered twice.
fn judged(finding: &Finding) -> Severity {
    let proven = find(finding.rule.0).map_or(finding.severity, |rule| rule.metadata().severity());
    let weak = |assumption: &Assumption| {
        matches!(
            assumption,
            Assumption::NameOnly | Assumption::Imported(_) | Assumption::Started(_) | Assumption::WithoutProxy(_)
        )
    };
    if finding.assumptions.iter().any(weak) {
        Severity::Note
    } else if finding.assumptions.is_empty() {
        finding.severity
    } else {
        finding.severity.min(proven.lower())
    }
}

/// Findings of the same rule, place and key are one, with the evidence of all and the severity of the best proven.
fn merged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut by_identity: BTreeMap<(Place, RuleId, String), Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        let key = match find(finding.rule.0).map(|rule| rule.identity) {
            Some(Identity::Place) => String::new(),
            Some(Identity::Key) | None => finding.key.clone(),
        };
        by_identity.entry((finding.place, finding.rule, key)).or_default().push(finding);
    }
    by_identity.into_values().filter_map(one).collect()
}

/// The first of the most severe of some findings, with the evidence of all.
fn one(mut same: Vec<Finding>) -> Option<Finding> {
    let chains: BTreeSet<Evidence> = same.iter_mut().flat_map(|finding| std::mem::take(&mut finding.chains)).collect();
    // Of several equal ones `max_by_key` gives the last.
    // What is fixed in several ways is fixed in none for certain.
    let fixes: Vec<Option<Fix>> = same.iter_mut().map(|finding| finding.fix.take()).collect();
    let fix = fixes
        .iter()
        .flatten()
        .next()
        .cloned()
        .filter(|first| fixes.iter().flatten().all(|fix| fix.edits == first.edits));
    let best = same.into_iter().rev().max_by_key(|finding| finding.severity)?;
    Some(Finding { chains: chains.into_iter().collect(), fix, ..best })
}

/// Drops what a more specific rule says of the same wire and hop, or, without wires, of the same place.
fn yielded(mut findings: Vec<Finding>) -> Vec<Finding> {
    let mut claims: BTreeSet<(RuleId, Claim)> = BTreeSet::new();
    for finding in &findings {
        claims.extend(finding.chains.iter().map(|chain| (finding.rule, claim(finding, chain))));
        claims.insert((finding.rule, Claim::Place(finding.place)));
    }
    findings.retain_mut(|finding| {
        let Some(rule) = find(finding.rule.0) else { return true };
        let taken = |claim: Claim| {
            rule.yields_to.iter().filter_map(|id| find(id)).any(|other| claims.contains(&(other.id, claim)))
        };
        if finding.chains.is_empty() {
            return !taken(Claim::Place(finding.place));
        }
        let place = finding.place;
        finding.chains.retain(|chain| !taken(chain_claim(place, chain)));
        !finding.chains.is_empty()
    });
    findings
}

/// What a chain speaks of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Hop(crate::model::ConnectionId, crate::model::DeploymentId, crate::model::HopKind),
    Place(Place),
}

fn claim(finding: &Finding, chain: &Evidence) -> Claim {
    chain_claim(finding.place, chain)
}

fn chain_claim(place: Place, chain: &Evidence) -> Claim {
    match (chain.wire, chain.hop) {
        (Some((connection, deployment)), Some(hop)) => Claim::Hop(connection, deployment, hop),
        _ => Claim::Place(place),
    }
}

/// What one file says by itself, without a chain, rests on no other.
fn rests_on(rests: &Rests<'_>, finding: &Finding) -> Vec<FileId> {
    if finding.chains.is_empty() {
        return Vec::new();
    }
    let links = finding.chains.iter().flat_map(|chain| &chain.links).map(|(place, _)| place.file);
    rests.around(&links.chain([finding.place.file]).collect())
}

fn is_local(wiring: &Wiring, finding: &Finding) -> bool {
    let links = finding.chains.iter().flat_map(|chain| &chain.links).map(|(place, _)| *place);
    std::iter::once(finding.place)
        .chain(links)
        .filter_map(|place| wiring.repository.get(place.file))
        .any(|facts| facts.tracking == Tracking::Ignored)
}

/// Consumers of SARIF drop results with long messages.
fn shorten(message: &mut String) {
    const MOST: usize = 990;
    if let Some((end, _)) = message.char_indices().nth(MOST) {
        message.truncate(end);
        message.push_str(" ...");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RepoPath;
    use crate::rules::Level;

    #[test]
    fn that_wirelint_failed_is_always_said() {
        let mut wiring = Wiring::default();
        wiring.repository.coverage.internal_errors.push((RepoPath::root(), "x".to_owned()));
        let failed = Selector::Rule(RuleId::INTERNAL_ERROR);
        let off = StatedLevel { selector: failed, level: Level::Off, paths: None, group: 0 };
        let options = [
            Options::default(),
            Options { ignore: vec![failed], ..Options::default() },
            Options { select: vec![Selector::Rule(RuleId("tls"))], ..Options::default() },
            Options { levels: vec![off], ..Options::default() },
        ];
        for options in options {
            let found: Vec<RuleId> = run(&wiring, &options).iter().map(|finding| finding.rule).collect();
            assert_eq!(found, [RuleId::INTERNAL_ERROR], "{options:?}");
        }
    }
}
