//! The files of an earlier commit, and how people name it.
//!
//! Grafts, replacements (`refs/replace`) and the logs of branches are not looked at. What a commit says is a stranger's, as
//! everything of git's is: commits may be their own parents, folders may hold themselves, and all of it is counted.

mod commits;
mod error;
mod folders;
mod name;
mod refs;

use std::num::NonZeroUsize;
use std::path::Path;

use super::id::ObjectId;
use super::listed::Listed;
use super::locate;
use crate::base::{Limit, ReadError, RepoPath, Tree, Unread, Visitor};
use commits::Commits;
use error::Depth;
use folders::{File, files, inside};
use name::{Name, Step};
pub(super) use refs::Refs;

pub use error::RevisionError;

/// Commits that `~` goes back; a commit may be its own parent.
const STEPS_BACK: Limit = Limit::new(
    100_000,
    "commits to go back",
    "the one that is meant is not looked for",
    "name a commit that is nearer",
);
/// Objects with the same beginning.
const MOST_ALIKE: usize = 1_000;
/// Digits of an object that is named by its beginning.
const FEWEST_DIGITS: usize = 4;
/// Digits of a commit that people are shown.
const SHOWN_DIGITS: usize = 12;

/// The files of the commit at which a branch began.
pub struct RevisionTree {
    listed: Listed,
    commit: Option<String>,
    named: Option<String>,
    promisor: Option<String>,
}

impl RevisionTree {
    /// The tree of the newest commit that `revision` and `HEAD` have in common, in the repository that holds `root`; paths are
    /// relative to `root`. Without any commit, `HEAD` is a tree without files.
    ///
    /// # Errors
    /// When `root` is in no repository, `revision` names no commit of it, or not all of what was committed can be read.
    pub fn since(root: &Path, revision: &str) -> Result<Self, RevisionError> {
        let name = Name::parse(revision)?;
        let repository = locate::repository(root)?;
        let repository = repository.ok_or_else(|| RevisionError::NoRepository(root.display().to_string()))?;
        let refs = Refs::open(&repository)?;
        let mut commits = Commits::open(&repository)?;
        let head = refs.named("HEAD")?;
        let named = match (&head, &*name.steps, name.base) {
            (None, [], "HEAD") => None,
            _ => Some(find(&refs, &mut commits, &name, revision)?),
        };
        let (Some(head), Some(named)) = (head, named) else {
            return Ok(Self { listed: Listed::new(commits.objects), commit: None, named: None, promisor: None });
        };
        let head = commits.peeled(head)?;
        let base = commits
            .merge_base(&named, &head)?
            .ok_or_else(|| RevisionError::Unrelated { text: revision.to_owned(), depth: commits.depth() })?;
        let tree = commits.commit(&base)?.tree.clone();
        let mut found = Vec::new();
        if let Some(folder) = inside(&mut commits, tree, &repository.prefix)? {
            files(&mut commits, folder, &mut found)?;
        }
        let mut listed = Listed::new(commits.objects);
        for File { path, mode, object } in found {
            listed.insert(&path, mode, object);
        }
        let (commit, named, promisor) = (Some(base.hex()), Some(named.hex()), repository.promisor.clone());
        Ok(Self { listed, commit, named, promisor })
    }

    /// The commit, by the first digits of its name; none when nothing was committed yet.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        self.commit.as_deref().map(|name| name.get(..SHOWN_DIGITS).unwrap_or(name))
    }

    /// Whether the commit that was named is itself the one where the branch began.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.commit == self.named
    }

    /// Whether everything that was read of the commit until now was there: what a file without content says is not known.
    ///
    /// # Errors
    /// When something was not.
    pub fn complete(&self) -> Result<(), RevisionError> {
        match self.listed.missing() {
            Some((path, object)) => Err(RevisionError::without_content(Some(&path), &object, self.promisor.as_deref())),
            None => Ok(()),
        }
    }

    /// The folders of the commit that hold other repositories, of which it has the names alone.
    #[must_use]
    pub fn submodules(&self) -> &[RepoPath] {
        self.listed.submodules()
    }
}

impl Tree for RevisionTree {
    fn visit(&self, threads: NonZeroUsize, visit: Visitor<'_>) -> Vec<Unread> {
        self.listed.visit(threads, visit)
    }

    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        self.listed.links(folder)
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        self.listed.read(path, buffer)
    }
}

/// The commit that a name means.
fn find(refs: &Refs<'_>, commits: &mut Commits, name: &Name<'_>, text: &str) -> Result<ObjectId, RevisionError> {
    // git takes a whole name for the object, whatever branches are called.
    let start = match commits.whole(name.base) {
        Some(object) => object,
        None => match refs.named(name.base)? {
            Some(object) => object,
            None => abbreviated(commits, name.base)?
                .ok_or_else(|| RevisionError::Unknown { text: text.to_owned(), depth: commits.depth() })?,
        },
    };
    let mut at = commits.peeled(start)?;
    let mut left = STEPS_BACK.most();
    for step in &name.steps {
        let (times, index) = match step {
            Step::Back(times) => (*times, 0),
            Step::Parent(number) => (1, number.saturating_sub(1)),
        };
        left = left.checked_sub(u64::from(times)).ok_or(RevisionError::TooMany(STEPS_BACK))?;
        for _ in 0..times {
            let commit = commits.commit(&at)?;
            let depth = if commits.is_cut_at(&at) { Depth::Shallow } else { Depth::Whole };
            let parent = usize::try_from(index).ok().and_then(|index| commit.parents.get(index).cloned());
            at = parent.ok_or_else(|| RevisionError::NoParent { text: text.to_owned(), depth })?;
        }
    }
    Ok(at)
}

/// The commit whose name begins so; what `git describe` says names one as well.
fn abbreviated(commits: &mut Commits, text: &str) -> Result<Option<ObjectId>, RevisionError> {
    let digits = text.rsplit_once("-g").map_or(text, |(_, digits)| digits).to_ascii_lowercase();
    if digits.len() < FEWEST_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(None);
    }
    let alike = commits.objects.beginning(&digits);
    let alike = alike.map_err(|fault| RevisionError::Git(fault.about(&digits).to_string()))?;
    let mut found = None;
    if alike.len() > MOST_ALIKE {
        return Err(RevisionError::Ambiguous(text.to_owned()));
    }
    for object in alike {
        // Files may be called alike: only a commit is meant. A tag names one.
        let is_meant = commits.is_commit(&object);
        if is_meant && found.replace(object).is_some() {
            return Err(RevisionError::Ambiguous(text.to_owned()));
        }
    }
    Ok(found)
}
