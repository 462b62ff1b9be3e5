//! Paths inside the repository.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::escape;

/// A path relative to the repository's root, with `/` between its parts on every platform, without `.` or `..` parts.
///
/// The root itself is the empty path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// The path whose text is `text`; `.` parts, empty parts and `\` are normalized, a `..` part removes the part before it.
    ///
    /// Gives `None` when a `..` would leave the repository.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        if is_normal(text) {
            return Some(Self(Arc::from(text)));
        }
        Self::root().join(text)
    }

    /// The repository's root.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::from(""))
    }

    /// `self/text`, normalized; `None` when a `..` would leave the repository.
    #[must_use]
    pub fn join(&self, text: &str) -> Option<Self> {
        if is_normal(text) {
            return Some(if self.0.is_empty() {
                Self(Arc::from(text))
            } else {
                Self(Arc::from([&*self.0, "/", text].concat()))
            });
        }
        let mut parts: Vec<&str> = self.parts().collect();
        for part in text.split(['/', '\\']) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(Self(Arc::from(parts.join("/"))))
    }

    /// The folder that holds this path; the root's parent is `None`.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self(Arc::from(self.0.rsplit_once('/').map_or("", |(head, _)| head))))
    }

    /// The last part; empty for the root.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// What follows the last dot of the name, without the dot; empty when there is none.
    #[must_use]
    pub fn extension(&self) -> &str {
        match self.name().rsplit_once('.') {
            Some((_, extension)) => extension,
            None => "",
        }
    }

    /// The parts between the slashes.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// Whether this path is `folder` or lies under it.
    #[must_use]
    pub fn is_under(&self, folder: &Self) -> bool {
        folder.0.is_empty()
            || self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The text, with `/`; raw, for programs. People and logs see the path through `Display`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether nothing is to be normalized: most paths come from a walk.
fn is_normal(text: &str) -> bool {
    !text.contains('\\') && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// For people: what a terminal or a log would obey is shown as `\u{..}`.
/// Maps by path can be asked for a part of a text.
impl Borrow<str> for RepoPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape::inline(&self.0))
    }
}

impl fmt::Debug for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_normalizes_and_refuses_to_leave() {
        let base = RepoPath::new("a/b").expect("inside");
        assert_eq!(base.join("../c/./d").expect("inside").as_str(), "a/c/d");
        assert!(base.join("../../..").is_none());
        assert!(RepoPath::new("a/bc").expect("inside").is_under(&RepoPath::root()));
        assert!(!RepoPath::new("a/bc").expect("inside").is_under(&base));
    }
}
