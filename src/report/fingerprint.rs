//! What stays the same about a finding while the rest of the repository changes.

use std::collections::BTreeMap;

use super::View;
use crate::base::{FileId, Place};
use crate::rules::{Finding, KnownBy, RuleId};

/// What tells the findings of a run apart.
type Identity<'a> = (RuleId, Place, &'a str);

/// The fingerprints of a run.
#[derive(Default)]
pub(super) struct Fingerprints<'a>(BTreeMap<Identity<'a>, String>);

impl<'a> Fingerprints<'a> {
    /// A fingerprint is made of rule, path, the lines at the fix, the headers of the blocks around them, and the key, never
    /// of the chains or of line numbers: moved lines and an eleventh wire do not make a new finding. What is then still the
    /// same text in the same block is told apart by its order.
    pub fn new(view: &View<'_>, findings: &'a [Finding]) -> Self {
        let mut alike: BTreeMap<String, Vec<Identity<'a>>> = BTreeMap::new();
        let mut around = Around::default();
        for finding in findings {
            alike.entry(around.base(view, finding)).or_default().push(identity(finding));
        }
        let mut prints = BTreeMap::new();
        for (base, mut same) in alike {
            same.sort_by_key(|(_, place, key)| (*place, *key));
            same.dedup();
            for (index, one) in same.into_iter().enumerate() {
                let print = if index == 0 { base.clone() } else { hash(&[&base, &index.to_string()]) };
                prints.insert(one, print);
            }
        }
        Self(prints)
    }

    /// The fingerprint of a finding of the run.
    pub fn of(&self, finding: &Finding) -> Option<String> {
        self.0.get(&identity(finding)).cloned()
    }
}

fn identity(finding: &Finding) -> Identity<'_> {
    (finding.rule, finding.place, &finding.key)
}

/// What the fingerprints of all findings of a rule on the same lines begin with: a line may be as long as its file, and hold as
/// many findings.
#[derive(Default)]
struct Around(BTreeMap<(RuleId, FileId, (u32, u32)), Hash>);

impl Around {
    fn base(&mut self, view: &View<'_>, finding: &Finding) -> String {
        if finding.known_by == KnownBy::Key {
            return hash(&[finding.rule.0, &finding.key]);
        }
        let key = (finding.rule, finding.place.file, view.lines(finding.place));
        let begun = self.0.entry(key).or_insert_with(|| {
            let path = view.path(finding.place.file).map_or("", |path| path.as_str());
            let mut parts = vec![finding.rule.0.to_owned(), path.to_owned(), view.whole_lines(finding.place)];
            parts.extend(view.headers(finding.place));
            parts.iter().fold(Hash::default(), |hash, part| hash.with(part))
        });
        begun.with(&finding.key).text()
    }
}

/// A hash of texts, so far.
#[derive(Clone, Copy)]
struct Hash {
    low: u64,
    high: u64,
}

impl Default for Hash {
    fn default() -> Self {
        Self { low: 0xcbf2_9ce4_8422_2325, high: 0x6c62_272e_07bb_0142 }
    }
}

impl Hash {
    fn with(self, part: &str) -> Self {
        part.bytes().chain(std::iter::once(0)).fold(self, |hash, byte| Self {
            low: (hash.low ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3),
            high: (hash.high ^ u64::from(byte).rotate_left(8)).wrapping_mul(0x0000_0100_0000_01b3),
        })
    }

    fn text(self) -> String {
        format!("{:016x}{:016x}", self.high, self.low)
    }
}

fn hash<T: AsRef<str>>(parts: &[T]) -> String {
    parts.iter().fold(Hash::default(), |hash, part| hash.with(part.as_ref())).text()
}
