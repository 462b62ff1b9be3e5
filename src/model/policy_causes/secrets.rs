//! Keys that everybody can read, and keys that differ between who signs and who verifies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::chain;
use crate::base::Place;
use crate::facts::{Expr, ExprKind, SecretCheck, SecretPurpose, Test};
use crate::model::{
    Alternative, Assumption, Cause, CauseKind, DeploymentId, KeyKnownFrom, Mode, PackageId, Piece, SecretUse, Value,
    Wiring,
};

/// The causes.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = known_to_all(wiring);
    causes.extend(different(wiring));
    causes
}

fn known_to_all(wiring: &Wiring) -> Vec<Cause> {
    let checks = checks(wiring);
    let mut causes = Vec::new();
    for found in wiring.secrets.iter().filter(|found| found.mode != Mode::Development) {
        let checked = checks.get(&found.package);
        let is_checked = |text: &str| {
            checked.is_some_and(|checked| {
                checked.texts.contains(text) || found.names.iter().any(|name| checked.names.contains(name))
            })
        };
        for alternative in found.values.iter().filter(|alternative| rests_on_no_guess(alternative)) {
            let Some((text, place)) = written(alternative) else { continue };
            if is_checked(&text) || !wiring.repository.may_be_accused(place.file) {
                continue;
            }
            let variable = alternative.assumptions.iter().find_map(|assumption| match assumption {
                Assumption::NoOverride(name) => Some(Arc::clone(name)),
                _ => None,
            });
            let is_source = wiring.repository.get(place.file).is_some_and(|facts| facts.module.is_some());
            let known_from = match (&variable, is_source) {
                (Some(name), _) => KeyKnownFrom::Fallback(Arc::clone(name)),
                (None, true) => KeyKnownFrom::Source,
                (None, false) => KeyKnownFrom::Settings,
            };
            causes.push(Cause {
                kind: CauseKind::DefaultSecret { purpose: found.purpose, known_from },
                place,
                key: String::new(),
                chains: vec![chain([(place, "the key"), (found.place, shows(found.purpose))])],
                assumptions: Vec::new(),
            });
        }
    }
    causes
}

/// What a package compares before it goes no further.
#[derive(Default)]
struct Checked<'w> {
    names: BTreeSet<&'w Arc<str>>,
    texts: BTreeSet<&'w str>,
}

fn checks(wiring: &Wiring) -> BTreeMap<PackageId, Checked<'_>> {
    let mut found: BTreeMap<PackageId, Checked<'_>> = BTreeMap::new();
    for (_, facts) in wiring.repository.iter().filter(|(_, facts)| facts.role.speaks()) {
        if facts.secret_checks.is_empty() {
            continue;
        }
        let package = crate::model::topology::package_of(wiring, &facts.path).unwrap_or(PackageId(0));
        let checked = found.entry(package).or_default();
        for check in &facts.secret_checks {
            match check {
                SecretCheck::Named(name) => checked.names.insert(name),
                SecretCheck::Text(text) => checked.texts.insert(text),
            };
        }
    }
    found
}

/// Whether a value comes out like this for no other reason than that variables are not set.
pub(super) fn rests_on_no_guess(alternative: &Alternative) -> bool {
    let is_variable = |expr: &Expr| matches!(expr.kind, ExprKind::Env { .. });
    alternative.taken.iter().all(|(test, _)| match test {
        Test::Defined(expr) | Test::Truthy(expr) => is_variable(expr),
        _ => false,
    })
}

/// A key that is known, and where it is written. Public keys and certificates are none, nor is nothing.
fn written(alternative: &Alternative) -> Option<(String, Place)> {
    let first = match &alternative.value {
        Value::List(items) => items.first()?,
        value => value,
    };
    let Value::Text(text) = first else { return None };
    let known = text.as_known()?;
    let place = text.0.iter().find_map(|piece| match piece {
        Piece::Known(_, place) => *place,
        _ => None,
    });
    let is_key = !known.trim().is_empty() && !known.starts_with("-----BEGIN");
    is_key.then_some((known, place.or_else(|| alternative.evidence.last().copied())?))
}

fn shows(purpose: SecretPurpose) -> &'static str {
    match purpose {
        SecretPurpose::SignsTokens | SecretPurpose::Tokens => "signs tokens with it",
        SecretPurpose::VerifiesTokens => "verifies tokens with it",
        SecretPurpose::Sessions | SecretPurpose::Settings => "signs sessions with it",
    }
}

/// A use whose key is known.
struct Keyed<'a> {
    found: &'a SecretUse,
    text: String,
    place: Place,
}

fn different(wiring: &Wiring) -> Vec<Cause> {
    let mut together: BTreeMap<(Option<DeploymentId>, Option<PackageId>), Vec<&SecretUse>> = BTreeMap::new();
    for found in wiring.secrets.iter().filter(|found| found.mode != Mode::Development) {
        // What no deployment puts together belongs together in one package.
        let alone = found.deployment.is_none().then_some(found.package);
        together.entry((found.deployment, alone)).or_default().push(found);
    }
    let mut causes = Vec::new();
    for uses in together.values() {
        let signs = |found: &&&SecretUse| {
            matches!(found.purpose, SecretPurpose::SignsTokens | SecretPurpose::Tokens | SecretPurpose::Settings)
        };
        let verifies = |found: &&&SecretUse| found.purpose == SecretPurpose::VerifiesTokens;
        // Whoever signs with a key that is not known may be the one that is meant.
        let signers: Option<Vec<Keyed<'_>>> = uses.iter().filter(signs).map(|found| keyed(found)).collect();
        let Some(signers) = signers else { continue };
        let verifiers: Vec<Keyed<'_>> = uses.iter().filter(verifies).filter_map(|found| keyed(found)).collect();
        let signed: BTreeSet<&str> = signers.iter().map(|signer| &*signer.text).collect();
        let read: BTreeSet<&str> = verifiers.iter().map(|verifier| &*verifier.text).collect();
        let mut by_variable: BTreeMap<&str, &Keyed<'_>> = BTreeMap::new();
        let mut written_out: BTreeMap<PackageId, &Keyed<'_>> = BTreeMap::new();
        for signer in signers.iter().filter(|signer| signer.found.purpose == SecretPurpose::SignsTokens) {
            for name in &signer.found.variables {
                by_variable.entry(name).or_insert(signer);
            }
            if signer.found.variables.is_empty() && !read.contains(&*signer.text) {
                written_out.entry(signer.found.package).or_insert(signer);
            }
        }
        // Keys belong together when they come from one variable, or are written into one package without any.
        for verifier in verifiers.iter().filter(|verifier| !signed.contains(&*verifier.text)) {
            let variable = verifier.found.variables.iter().find_map(|name| Some((name, *by_variable.get(&**name)?)));
            let of_package = written_out.get(&verifier.found.package).filter(|_| verifier.found.variables.is_empty());
            let Some(signer) = variable.map(|(_, signer)| signer).or(of_package.copied()) else { continue };
            if !wiring.repository.may_be_accused(verifier.place.file) {
                continue;
            }
            causes.push(Cause {
                kind: CauseKind::SecretMismatch { name: variable.map(|(name, _)| Arc::clone(name)) },
                place: verifier.place,
                key: String::new(),
                chains: vec![chain([
                    (signer.place, "the key that signs"),
                    (signer.found.place, "signs the tokens"),
                    (verifier.place, "another key"),
                    (verifier.found.place, "verifies them"),
                ])],
                assumptions: Vec::new(),
            });
        }
    }
    causes
}

/// The one key of a use; none where it may be another.
fn keyed(found: &SecretUse) -> Option<Keyed<'_>> {
    let mut known: Option<(String, Place)> = None;
    for alternative in &found.values {
        let (text, place) = written(alternative)?;
        match &known {
            Some((first, _)) if *first != text => return None,
            Some(_) => {}
            None => known = Some((text, place)),
        }
    }
    let (text, place) = known?;
    Some(Keyed { found, text, place })
}
