//! Why an earlier commit could not be read, and what to type then.

use super::super::GitError;
use super::super::id::ObjectId;
use crate::base::{Limit, RepoPath};

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
    /// A file or folder of the commit was left out when the repository was cloned.
    #[error(
        "{what} is missing, because this clone is partial: type `git fetch --refetch --no-filter {remote}` (in CI, check out without `filter`)"
    )]
    LeftOut {
        /// What is not there.
        what: String,
        /// The remote that has it.
        remote: String,
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
    #[error("there are more than {0}; {way_out}", way_out = .0.way_out())]
    TooMany(Limit),
    /// A file of git is not as git writes it, cannot be read, or is of a kind that is not read.
    #[error("the git repository cannot be read: {0}")]
    Git(String),
}

impl RevisionError {
    /// The content of the commit is not there; `promisor` is the remote that has what a partial clone left out.
    pub(super) fn without_content(path: Option<&RepoPath>, object: &ObjectId, promisor: Option<&str>) -> Self {
        let object = object.hex();
        match promisor {
            Some(remote) => {
                let what = match path {
                    Some(path) => format!("`{path}` (git object {object})"),
                    None => format!("git object {object}"),
                };
                // The name is a stranger's, and people will paste it.
                let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
                let is_name = !remote.is_empty() && !remote.starts_with('-') && remote.bytes().all(is_plain);
                Self::LeftOut { what, remote: if is_name { remote } else { "origin" }.to_owned() }
            }
            None => Self::Missing { object, depth: Depth::Whole },
        }
    }
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
