//! Commits and tags, and which commit two others have in common.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::rc::Rc;

use super::super::id::{HashKind, ObjectId};
use super::super::locate::Repository;
use super::super::objects::{Kind, Object, Objects};
use super::RevisionError;
use super::error::Depth;
use crate::base::{Limit, ReadError};

/// Commits that are looked at.
const COMMITS: Limit = Limit::new(
    500_000,
    "commits between the two",
    "the newest one that they have in common is not known",
    "name a commit that is nearer",
);
/// Steps from a commit to a parent, over all questions. Each commit of an honest history takes a few.
const STEPS: Limit = Limit::new(
    2_000_000,
    "steps between the two",
    "the newest commit that they have in common is not known",
    "name a commit that is nearer",
);
/// The largest commit, tag or folder that is read: a folder of some 200,000 files.
const MOST_OBJECT_BYTES: usize = 8 * 1024 * 1024;
/// Best common commits that are compared with one another: two branches that were merged crosswise have two.
const MOST_COMPARED: usize = 16;
/// Tags that name one another.
const MOST_TAGS: usize = 16;
/// The list of commits whose parents a shallow clone lacks.
const MOST_SHALLOW_BYTES: u64 = 16 * 1024 * 1024;

/// A commit, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Commit {
    /// The folder of its files.
    pub tree: ObjectId,
    pub parents: Vec<ObjectId>,
    /// Seconds since 1970 by the clock of who made it; 0 when it says nothing that can be read.
    date: u64,
}

/// The commits of a repository.
pub(super) struct Commits {
    pub objects: Objects,
    hash: HashKind,
    /// Commits whose parents are not in the repository, though they have some.
    shallow: BTreeSet<ObjectId>,
    /// Those that were read.
    known: BTreeMap<ObjectId, Rc<Commit>>,
    /// Steps that were taken, and parents that were read.
    steps: u64,
    /// The remote that has what a partial clone left out.
    promisor: Option<String>,
}

impl Commits {
    /// Opens them.
    pub(super) fn open(repository: &Repository) -> Result<Self, RevisionError> {
        let mut bytes = Vec::new();
        match repository.common.read("shallow", MOST_SHALLOW_BYTES, &mut bytes) {
            Ok(()) | Err(ReadError::NotFound) => {}
            Err(error) => {
                let file = repository.common.path().join("shallow");
                return Err(RevisionError::Git(format!("{} cannot be read: {error}", file.display())));
            }
        }
        let lines = bytes.split(|byte| *byte == b'\n');
        let shallow = lines.filter_map(|line| ObjectId::of_hex(line.trim_ascii(), repository.hash)).collect();
        Ok(Self {
            objects: Objects::open(repository)?,
            hash: repository.hash,
            shallow,
            known: BTreeMap::new(),
            steps: 0,
            promisor: repository.promisor.clone(),
        })
    }

    /// Whether older commits are missing by intent.
    pub(super) fn depth(&self) -> Depth {
        if self.shallow.is_empty() { Depth::Whole } else { Depth::Shallow }
    }

    /// Whether the parents of a commit are missing by intent.
    pub(super) fn is_cut_at(&self, commit: &ObjectId) -> bool {
        self.shallow.contains(commit)
    }

    /// The object that a text names in full.
    pub(super) fn whole(&self, text: &str) -> Option<ObjectId> {
        ObjectId::of_hex(text.as_bytes(), self.hash)
    }

    /// How many bytes the name of an object has.
    pub(super) fn name_bytes(&self) -> usize {
        self.hash.len()
    }

    /// Whether an object is the folder without files, which git knows without having it.
    pub(super) fn is_empty_tree(&self, object: &ObjectId) -> bool {
        self.hash.is_empty(object, Kind::Tree)
    }

    /// An object that has to be there.
    pub(super) fn object(&mut self, object: &ObjectId) -> Result<Object, RevisionError> {
        let name = object.hex();
        match self.objects.find(object, MOST_OBJECT_BYTES) {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(RevisionError::Missing { object: name, depth: self.depth() }),
            Err(fault) => Err(RevisionError::Git(fault.about(&name).to_string())),
        }
    }

    /// A folder that has to be there.
    pub(super) fn content(&mut self, object: &ObjectId) -> Result<Object, RevisionError> {
        self.object(object).map_err(|error| match error {
            RevisionError::Missing { .. } => RevisionError::without_content(None, object, self.promisor.as_deref()),
            error => error,
        })
    }

    /// Whether an object is a commit or a tag.
    pub(super) fn is_commit(&mut self, object: &ObjectId) -> bool {
        let found = self.objects.find(object, MOST_OBJECT_BYTES).ok().flatten();
        found.is_some_and(|found| matches!(found.kind, Kind::Commit | Kind::Tag))
    }

    /// The commit that an object is, or that a tag names in the end.
    pub(super) fn peeled(&mut self, mut object: ObjectId) -> Result<ObjectId, RevisionError> {
        for _ in 0..MOST_TAGS {
            let found = self.object(&object)?;
            match found.kind {
                Kind::Commit => return Ok(object),
                Kind::Tag => {
                    let target = Headers(&found.bytes).find(|(key, _)| *key == b"object").map(|(_, value)| value);
                    let target = target.and_then(|digits| ObjectId::of_hex(digits, self.hash));
                    object = target.ok_or_else(|| corrupt(&object))?;
                }
                Kind::Tree | Kind::Blob => return Err(RevisionError::NoCommit(object.hex())),
            }
        }
        Err(RevisionError::Git(format!("git object {} is a tag of more than {MOST_TAGS} tags", object.hex())))
    }

    /// A commit, which is read once.
    pub(super) fn commit(&mut self, id: &ObjectId) -> Result<Rc<Commit>, RevisionError> {
        if let Some(known) = self.known.get(id) {
            return Ok(Rc::clone(known));
        }
        if self.known.len() >= COMMITS.most_items() {
            return Err(RevisionError::TooMany(COMMITS));
        }
        let commit = Rc::new(self.read(id)?);
        self.step(commit.parents.len())?;
        self.known.insert(id.clone(), Rc::clone(&commit));
        Ok(commit)
    }

    fn step(&mut self, count: usize) -> Result<(), RevisionError> {
        self.steps = self.steps.saturating_add(count as u64);
        if self.steps > STEPS.most() { Err(RevisionError::TooMany(STEPS)) } else { Ok(()) }
    }

    fn read(&mut self, id: &ObjectId) -> Result<Commit, RevisionError> {
        let found = self.object(id)?;
        if found.kind != Kind::Commit {
            return Err(RevisionError::NoCommit(id.hex()));
        }
        let (mut tree, mut parents, mut date) = (None, Vec::new(), 0);
        for (key, value) in Headers(&found.bytes) {
            match key {
                b"tree" if tree.is_none() => tree = ObjectId::of_hex(value, self.hash),
                b"parent" => parents.push(ObjectId::of_hex(value, self.hash).ok_or_else(|| corrupt(id))?),
                b"committer" => date = date_of(value),
                _ => {}
            }
        }
        if self.shallow.contains(id) {
            parents.clear();
        }
        Ok(Commit { tree: tree.ok_or_else(|| corrupt(id))?, parents, date })
    }

    /// The newest commit that two have behind them, one of the best when there are several; none when they have none.
    pub(super) fn merge_base(&mut self, one: &ObjectId, two: &ObjectId) -> Result<Option<ObjectId>, RevisionError> {
        let all = self.in_common(one, two)?;
        let mut best: Option<(u64, ObjectId)> = None;
        for (date, id) in &all {
            // Clocks go wrong: one of them may be behind another.
            let mut is_behind = false;
            for (_, other) in all.iter().filter(|(_, other)| other != id).take(MOST_COMPARED) {
                is_behind |= self.in_common(id, other)?.iter().any(|(_, common)| common == id);
            }
            if !is_behind {
                best = best.max(Some((*date, id.clone())));
            }
        }
        Ok(best.map(|(_, id)| id))
    }

    /// Commits that both have behind them, none of which is known to be behind another. As git does it: the newest first,
    /// each commit colours its parents as it is coloured itself.
    fn in_common(&mut self, one: &ObjectId, two: &ObjectId) -> Result<BTreeSet<(u64, ObjectId)>, RevisionError> {
        let mut walk = Walk::default();
        walk.reach(self, one, Colours { one: true, ..Colours::default() })?;
        walk.reach(self, two, Colours { two: true, ..Colours::default() })?;
        let mut found = BTreeSet::new();
        while !walk.open.is_empty()
            && let Some((date, id)) = walk.queue.pop()
        {
            walk.open.remove(&id);
            let Some(mut colours) = walk.seen.get(&id).map(|seen| seen.colours) else { continue };
            if colours.one && colours.two && !colours.behind {
                found.insert((date, id.clone()));
                colours.behind = true;
            }
            for parent in &self.commit(&id)?.parents {
                walk.reach(self, parent, colours)?;
            }
        }
        found.retain(|(_, id)| walk.seen.get(id).is_some_and(|seen| !seen.colours.behind));
        Ok(found)
    }
}

/// A walk from two commits to what they have in common.
#[derive(Default)]
struct Walk {
    seen: BTreeMap<ObjectId, Seen>,
    /// Commits whose parents do not know of their colours yet, and others that have told them.
    queue: BinaryHeap<(u64, ObjectId)>,
    /// Those of the former that are not behind what is in common: without any, nothing more is found.
    open: BTreeSet<ObjectId>,
}

struct Seen {
    colours: Colours,
    date: u64,
}

impl Walk {
    fn reach(&mut self, commits: &mut Commits, id: &ObjectId, colours: Colours) -> Result<(), RevisionError> {
        commits.step(1)?;
        let seen = match self.seen.entry(id.clone()) {
            Entry::Occupied(seen) => seen.into_mut(),
            Entry::Vacant(place) => place.insert(Seen { colours: Colours::default(), date: commits.commit(id)?.date }),
        };
        let before = seen.colours;
        seen.colours.add(colours);
        if seen.colours == before {
            return Ok(());
        }
        self.queue.push((seen.date, id.clone()));
        if seen.colours.behind {
            self.open.remove(id);
        } else {
            self.open.insert(id.clone());
        }
        Ok(())
    }
}

/// From where a commit was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Colours {
    one: bool,
    two: bool,
    /// Behind one that both have.
    behind: bool,
}

impl Colours {
    fn add(&mut self, other: Self) {
        self.one |= other.one;
        self.two |= other.two;
        self.behind |= other.behind;
    }
}

fn corrupt(object: &ObjectId) -> RevisionError {
    RevisionError::Git(format!("git object {} is corrupt", object.hex()))
}

/// `Name <mail> 1700000000 +0100`.
fn date_of(committer: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(committer);
    let behind = text.rsplit_once('>').map_or("", |(_, behind)| behind);
    behind.split_ascii_whitespace().next().and_then(|seconds| seconds.parse().ok()).unwrap_or(0)
}

/// The lines above the message of a commit or tag, key and value.
struct Headers<'b>(&'b [u8]);

impl<'b> Iterator for Headers<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.0;
        let end = memchr::memchr(b'\n', bytes)?;
        let (line, rest) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        self.0 = rest;
        // The message is behind an empty line; what begins with a space goes on with the line before.
        if line.is_empty() {
            return None;
        }
        let space = memchr::memchr(b' ', line).unwrap_or(line.len());
        Some((line.get(..space)?, line.get(space + 1..).unwrap_or_default()))
    }
}
