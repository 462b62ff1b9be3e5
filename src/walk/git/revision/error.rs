//! Why an earlier commit could not be read, and what to type then.

use super::super::GitError;

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
