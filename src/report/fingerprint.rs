//! What stays the same about a finding while the rest of the repository changes.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::blocks::Blocks;
use super::names::{has_variables, without_variables};
use super::redact::{self, Known};
use crate::base::{FileId, FileKind, LineIndex, Place, Tree, decode};
use crate::model::Wiring;
use crate::rules::{Finding, KnownBy, RuleId};

/// The fingerprints of the findings of a run, in their order: what each is known by while lines move, variables get other
/// names and connections come and go. `findings` are all of the run: those of the same text are told apart by their order.
#[must_use]
pub fn fingerprints(tree: &dyn Tree, wiring: &Wiring, findings: &[Finding]) -> Vec<String> {
    let prints = Fingerprints::new(tree, wiring, findings);
    findings.iter().map(|finding| prints.of(finding).unwrap_or_default()).collect()
}

/// What tells the findings of a run apart.
type Identity<'a> = (RuleId, Place, &'a str);

/// The fingerprints of a run.
#[derive(Default)]
pub(super) struct Fingerprints<'a>(BTreeMap<Identity<'a>, String>);

impl<'a> Fingerprints<'a> {
    /// A fingerprint is made of rule, path, the lines at the fix, the headers of the blocks around them, and the key, never
    /// of the chains, of line numbers or of the names of variables: moved lines and an eleventh wire do not make a new finding.
    /// What is then still the same text in the same block is told apart by its order.
    ///
    /// Secrets are left out as the file itself shows that they are some, so that a fingerprint depends on no other file.
    pub fn new(tree: &dyn Tree, wiring: &Wiring, findings: &'a [Finding]) -> Self {
        let mut alike: BTreeMap<String, Vec<Identity<'a>>> = BTreeMap::new();
        let mut around = Around { tree, wiring, texts: BTreeMap::new(), begun: BTreeMap::new() };
        for finding in findings {
            alike.entry(around.base(finding)).or_default().push(identity(finding));
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
struct Around<'r> {
    tree: &'r dyn Tree,
    wiring: &'r Wiring,
    texts: BTreeMap<FileId, Text>,
    begun: BTreeMap<(RuleId, FileId, (u32, u32)), Hash>,
}

impl Around<'_> {
    fn base(&mut self, finding: &Finding) -> String {
        if finding.known_by == KnownBy::Key {
            return hash(&[finding.rule.0, &finding.key]);
        }
        let place = finding.place;
        let (tree, wiring) = (self.tree, self.wiring);
        let text = self.texts.entry(place.file).or_insert_with(|| Text::read(tree, wiring, place.file));
        let lines = text.lines.lines(place.span);
        let begun = self.begun.entry((finding.rule, place.file, lines)).or_insert_with(|| {
            let path = wiring.repository.get(place.file).map_or("", |facts| facts.path.as_str());
            let start = Hash::default().with(finding.rule.0).with(path).with(&text.between(lines));
            text.headers(lines.0).fold(start, |hash, header| hash.with(&header))
        });
        begun.with(&finding.key).text()
    }
}

/// A file's text without its secrets.
struct Text {
    text: String,
    kind: FileKind,
    lines: LineIndex,
    blocks: OnceCell<Blocks>,
}

impl Text {
    /// Empty when the file cannot be read any more.
    fn read(tree: &dyn Tree, wiring: &Wiring, file: FileId) -> Self {
        let facts = wiring.repository.get(file);
        let kind = facts.map_or(FileKind::Other, |facts| facts.kind);
        let mut bytes = Vec::new();
        let read = facts.is_some_and(|facts| tree.read(&facts.path, &mut bytes).is_ok());
        let text = if read { redact::source(&decode(bytes).text, kind, &Known::default()) } else { String::new() };
        Self { lines: LineIndex::new(&text), text, kind, blocks: OnceCell::new() }
    }

    /// A line, from 1, with one space for each gap and without the names of variables.
    fn line(&self, line: usize) -> Option<String> {
        let start = self.lines.start(line)? as usize;
        let end = self.lines.start(line + 1).map_or(self.text.len(), |start| start as usize);
        let line = self.text.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(if has_variables(self.kind) { without_variables(&line) } else { line })
    }

    fn between(&self, (first, last): (u32, u32)) -> String {
        let all = (first..=last).filter_map(|line| self.line(line as usize));
        all.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The headers of the blocks around a line, from 1, the innermost first.
    fn headers(&self, line: u32) -> impl Iterator<Item = String> + '_ {
        let blocks = self.blocks.get_or_init(|| Blocks::new(&self.text));
        blocks.around((line as usize).saturating_sub(1)).filter_map(|header| self.line(header + 1))
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
