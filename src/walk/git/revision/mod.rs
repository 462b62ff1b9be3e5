//! The files of an earlier commit, and how people name it.
//!
//! Grafts, replacements (`refs/replace`) and the logs of branches are not looked at. What a commit says is a stranger's, as
//! everything of git's is: commits may be their own parents, folders may hold themselves, and all of it is counted.

mod commits;
mod name;
mod refs;

use std::num::NonZeroUsize;
use std::path::Path;

use super::GitError;
use super::id::ObjectId;
use super::index::Mode;
use super::listed::Listed;
use super::locate;
use super::objects::Kind;
use crate::base::{ReadError, RepoPath, Tree, Unread, Visitor};
use commits::Commits;
use name::{Name, Step};
use refs::Refs;

/// Files and folders of a commit.
const MOST_ENTRIES: usize = 1_000_000;
/// No file system takes a longer path. It also ends a folder that holds itself.
const MOST_PATH_BYTES: usize = 4096;
/// Bytes of all these paths.
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// Commits that `~` goes back; a commit may be its own parent.
const MOST_STEPS_BACK: u32 = 100_000;
/// Objects with the same beginning.
const MOST_ALIKE: usize = 1_000;
/// Digits of an object that is named by its beginning.
const FEWEST_DIGITS: usize = 4;
/// Digits of a commit that people are shown.
const SHOWN_DIGITS: usize = 12;

/// Why an earlier commit could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// There is nothing to compare with.
    #[error("{0} is in no git repository, so there is no earlier commit to compare with")]
    NoRepository(String),
    /// Not the name of one commit.
    #[error("`{text}` names no commit: {reason}")]
    Syntax {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No branch, tag or commit is called so.
    #[error("no branch, tag or commit is called `{text}`{}", .depth.unknown())]
    Unknown {
        /// What was given.
        text: String,
        /// How much of the history is there.
        depth: Depth,
    },
    /// Several commits are called so.
    #[error("several commits begin with `{0}`; give more of its digits")]
    Ambiguous(String),
    /// A commit has no such parent.
    #[error("`{text}` is no commit: there are fewer before it{}", .depth.missing())]
    NoParent {
        /// What was given.
        text: String,
        /// How much of the history is there.
        depth: Depth,
    },
    /// The object is a folder or a file.
    #[error("git object {0} is no commit")]
    NoCommit(String),
    /// An object is named and not there.
    #[error("git object {object} is missing{}", .depth.missing())]
    Missing {
        /// Its name.
        object: String,
        /// How much of the history is there.
        depth: Depth,
    },
    /// Two histories that never met.
    #[error("`{text}` and HEAD have no commit in common{}", .depth.missing())]
    Unrelated {
        /// What was given.
        text: String,
        /// How much of the history is there.
        depth: Depth,
    },
    /// A bound was reached.
    #[error("more than {0} commits lie between the two; name a commit that is nearer")]
    TooMany(usize),
    /// A file of git is not as git writes it, cannot be read, or is of a kind that is not read.
    #[error("the git repository cannot be read: {0}")]
    Git(String),
}

impl From<GitError> for RevisionError {
    fn from(error: GitError) -> Self {
        match error {
            GitError::NoRepository(folder) => Self::NoRepository(folder),
            GitError::Unreadable { file, reason } => Self::Git(format!("{file}: {reason}")),
            GitError::Unsupported(reason) => Self::Git(reason),
        }
    }
}

/// How much of the history a repository has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// A clone with the newest commits alone.
    Shallow,
    /// All of it, as far as it says.
    Whole,
}

impl Depth {
    fn of(commits: &Commits) -> Self {
        if commits.is_shallow() { Self::Shallow } else { Self::Whole }
    }

    fn missing(self) -> &'static str {
        match self {
            Self::Shallow => {
                "; this clone is shallow, so older commits are missing: type `git fetch --unshallow` (in CI, check out with `fetch-depth: 0`)"
            }
            Self::Whole => "",
        }
    }

    fn unknown(self) -> &'static str {
        match self {
            Self::Shallow => {
                "; this clone is shallow, so it may be missing: type `git fetch --unshallow` (in CI, check out with `fetch-depth: 0`)"
            }
            Self::Whole => {
                " (`git branch --all` and `git tag` list the names; `git fetch origin` brings those of a remote)"
            }
        }
    }
}

/// The files of the commit at which a branch began.
pub struct RevisionTree {
    listed: Listed,
    commit: Option<String>,
    named: Option<String>,
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
            return Ok(Self { listed: Listed::new(commits.objects), commit: None, named: None });
        };
        let head = commits.peeled(head)?;
        let base = commits
            .merge_base(&named, &head)?
            .ok_or_else(|| RevisionError::Unrelated { text: revision.to_owned(), depth: Depth::of(&commits) })?;
        let tree = commits.commit(&base)?.tree;
        let mut found = Vec::new();
        if let Some(folder) = inside(&mut commits, tree, &repository.prefix)? {
            files(&mut commits, folder, &mut found)?;
        }
        let mut listed = Listed::new(commits.objects);
        for File { path, mode, object } in found {
            listed.insert(&path, mode, object);
        }
        Ok(Self { listed, commit: Some(base.hex()), named: Some(named.hex()) })
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
                .ok_or_else(|| RevisionError::Unknown { text: text.to_owned(), depth: Depth::of(commits) })?,
        },
    };
    let mut at = commits.peeled(start)?;
    let mut left = MOST_STEPS_BACK;
    for step in &name.steps {
        let (times, index) = match step {
            Step::Back(times) => (*times, 0),
            Step::Parent(number) => (1, number.saturating_sub(1)),
        };
        left = left.checked_sub(times).ok_or(RevisionError::TooMany(MOST_STEPS_BACK as usize))?;
        for _ in 0..times {
            let parents = commits.commit(&at)?.parents;
            let depth = if commits.is_cut_at(&at) { Depth::Shallow } else { Depth::Whole };
            let parent = usize::try_from(index).ok().and_then(|index| parents.into_iter().nth(index));
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

/// What a folder of git holds at a path.
struct File {
    path: Vec<u8>,
    mode: Mode,
    object: ObjectId,
}

/// The folder at `prefix`, which has `/` behind each part, inside of another; none when it is not there.
fn inside(commits: &mut Commits, root: ObjectId, prefix: &str) -> Result<Option<ObjectId>, RevisionError> {
    let mut at = root;
    for part in prefix.split('/').filter(|part| !part.is_empty()) {
        let inside = folder(commits, &at)?.into_iter();
        let mut named = inside.filter(|file| file.mode == Mode::Folder && file.path == part.as_bytes());
        match named.next() {
            Some(file) => at = file.object,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// Every file below a folder.
fn files(commits: &mut Commits, root: ObjectId, found: &mut Vec<File>) -> Result<(), RevisionError> {
    let mut open = vec![(Vec::new(), root)];
    let (mut seen, mut bytes) = (0, 0);
    while let Some((prefix, object)) = open.pop() {
        for file in folder(commits, &object)? {
            seen += 1;
            if seen > MOST_ENTRIES {
                return Err(RevisionError::Git(format!("the commit has more than {MOST_ENTRIES} files and folders")));
            }
            let mut path = Vec::with_capacity(prefix.len() + file.path.len());
            path.extend_from_slice(&prefix);
            path.extend_from_slice(&file.path);
            bytes += path.len();
            if path.len() > MOST_PATH_BYTES || bytes > MOST_BYTES {
                return Err(RevisionError::Git("the commit has paths that are too long".to_owned()));
            }
            if file.mode == Mode::Folder {
                path.push(b'/');
                open.push((path, file.object));
            } else {
                found.push(File { path, ..file });
            }
        }
    }
    Ok(())
}

/// What is in a folder itself, each with its name as its path.
fn folder(commits: &mut Commits, id: &ObjectId) -> Result<Vec<File>, RevisionError> {
    let corrupt = || RevisionError::Git(format!("git object {} is no folder of files", id.hex()));
    if commits.is_empty_tree(id) {
        return Ok(Vec::new());
    }
    let found = commits.object(id)?;
    if found.kind != Kind::Tree {
        return Err(corrupt());
    }
    let mut files = Vec::new();
    let mut rest = found.bytes.as_slice();
    while !rest.is_empty() {
        let space = memchr::memchr(b' ', rest).filter(|space| *space <= 6).ok_or_else(corrupt)?;
        let end = memchr::memchr(0, rest).filter(|end| *end > space + 1).ok_or_else(corrupt)?;
        let number = rest.get(..space).and_then(|digits| std::str::from_utf8(digits).ok());
        let number = number.and_then(|digits| u32::from_str_radix(digits, 8).ok()).ok_or_else(corrupt)?;
        let mode = Mode::of(number).ok_or_else(corrupt)?;
        let name = rest.get(space + 1..end).unwrap_or_default();
        let object = rest.get(end + 1..end + 1 + commits.name_bytes()).ok_or_else(corrupt)?;
        rest = rest.get(end + 1 + commits.name_bytes()..).unwrap_or_default();
        // git writes none of these, nor does it ever check them out.
        if name.contains(&b'/') || matches!(name, b"." | b"..") {
            return Err(corrupt());
        }
        if !name.eq_ignore_ascii_case(b".git") {
            files.push(File { path: name.to_vec(), mode, object: ObjectId::new(object) });
        }
    }
    Ok(files)
}
