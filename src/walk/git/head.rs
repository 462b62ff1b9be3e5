//! Which commit is checked out, and where it was cloned from: as `.git` says it, without git.

use std::path::Path;

use url::Url;

use super::super::beneath::Beneath;
use super::config;
use super::locate::{self, Repository};
use crate::base::RepoPath;

/// A file that names one ref or one object.
const MOST_REF_BYTES: u64 = 8 * 1024;
/// A hundred thousand refs.
const MOST_PACKED_BYTES: u64 = 16 * 1024 * 1024;
const MOST_CONFIG_BYTES: u64 = 1024 * 1024;

/// A commit of a repository that others can find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Where `origin` is, without credentials.
    pub repository: String,
    /// The commit's id.
    pub revision: String,
}

/// The commit that is checked out at `root`; `None` where `root` is no working tree by itself, has no commit, or was cloned from
/// an address that is not public by its form. Whether files were changed since is not looked at.
#[must_use]
pub fn checked_out(root: &Path) -> Option<Head> {
    let repository = locate::repository(root).ok().flatten().filter(|repository| repository.prefix.is_empty())?;
    let config = text(&repository.common, "config", MOST_CONFIG_BYTES)?;
    Some(Head { repository: public(&config::read(&config).origin?)?, revision: revision(&repository)? })
}

fn revision(repository: &Repository) -> Option<String> {
    let head = text(&repository.own, "HEAD", MOST_REF_BYTES)?;
    let Some(name) = head.strip_prefix("ref:").map(str::trim) else { return object(&head) };
    // A name that leaves the folder is none.
    let is_ref = name.starts_with("refs/") && RepoPath::new(name).is_some_and(|path| path.as_str() == name);
    let loose = is_ref.then(|| text(&repository.common, name, MOST_REF_BYTES))?;
    loose.as_deref().and_then(object).or_else(|| {
        let packed = text(&repository.common, "packed-refs", MOST_PACKED_BYTES)?;
        let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(_, packed)| *packed == name).and_then(|(id, _)| object(id))
    })
}

fn text(folder: &Beneath, name: &str, limit: u64) -> Option<String> {
    let mut bytes = Vec::new();
    folder.read(name, limit, &mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

/// The id of an object, as git writes it.
fn object(text: &str) -> Option<String> {
    let id = text.trim();
    let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_id.then(|| id.to_owned())
}

/// An address on the web that holds no credentials; others are nobody else's business.
fn public(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let is_public = url.scheme() == "https" && is_plain && url.fragment().is_none() && url.domain().is_some();
    is_public.then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::{object, public};

    #[test]
    fn an_address_with_credentials_is_not_told() {
        assert_eq!(public("https://github.com/a/b.git").as_deref(), Some("https://github.com/a/b.git"));
        for address in [
            "https://token@github.com/a/b",
            "https://user:password@github.com/a/b",
            "https://github.com/a/b?token=c",
            "git@github.com:a/b.git",
            "ssh://git@github.com/a/b.git",
            "http://github.com/a/b",
            "https://10.0.0.7/a/b",
            "/srv/git/b",
            "../b",
        ] {
            assert_eq!(public(address), None, "{address}");
        }
    }

    #[test]
    fn an_object_is_named_in_full() {
        assert_eq!(object(&format!("{}\n", "a1".repeat(20))), Some("a1".repeat(20)));
        for text in ["", "a1b2", "refs/heads/main", &"A1".repeat(20), &"g1".repeat(20)] {
            assert_eq!(object(text), None, "{text}");
        }
    }
}
