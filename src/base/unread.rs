//! What is in a tree and is not read.

use std::fmt;

use super::ReadError;

/// Something in the tree that is not read, though it has a name there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Its path. A byte that is no text is written as `\xNN`, so that it need not be a [`super::RepoPath`].
    pub at: String,
    /// Why it is not read.
    pub why: UnreadReason,
}

/// Why something is not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnreadReason {
    /// A symbolic link. Where what it leads to is in the tree, that is read.
    Link,
    /// A pipe, a socket or a device.
    Special,
    /// A repository inside of the repository, of which the index holds the name alone.
    Submodule,
    /// The name is not UTF-8.
    NotUtf8,
    /// The name has a `\`, which other systems take for the end of a folder's name.
    Backslash,
    /// A folder that could not be listed.
    Folder(ReadError),
    /// A `.gitignore` that is not applied: files that it names are read.
    Rules(String),
    /// The git index: which ignored files are committed nevertheless is not known.
    Index(String),
}

impl UnreadReason {
    /// Whether files that are part of the repository may be missing, or others may be too many. Links and pipes hold nothing.
    #[must_use]
    pub fn may_matter(&self) -> bool {
        !matches!(self, Self::Link | Self::Special)
    }
}

impl fmt::Display for UnreadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link => f.write_str("a symbolic link, which is not followed"),
            Self::Special => f.write_str("no regular file"),
            Self::Submodule => f.write_str("a submodule"),
            Self::NotUtf8 => f.write_str("its name is not UTF-8"),
            Self::Backslash => f.write_str("its name is no path on every system"),
            Self::Folder(error) => write!(f, "a folder that cannot be listed: {error}"),
            Self::Rules(reason) => write!(f, "not applied: {reason}"),
            Self::Index(reason) => {
                write!(f, "{reason}; so it is not known whether git-ignored env files are committed")
            }
        }
    }
}
