//! Branches, tags and `HEAD`: which object each of them names now.
//!
//! A ref is a file with one line, or a line of `packed-refs`. No link is followed on the way, and a ref that names another
//! one can name refs alone.

use super::super::super::beneath::Beneath;
use super::super::config::RefStorage;
use super::super::id::{HashKind, ObjectId};
use super::super::locate::Repository;
use super::RevisionError;
use super::name::is_ref_name;
use crate::base::ReadError;

/// A file with one line.
const MOST_REF_BYTES: u64 = 4 * 1024;
/// A million refs.
const MOST_PACKED_BYTES: u64 = 128 * 1024 * 1024;
/// Refs that name one another.
const MOST_STEPS: usize = 5;
/// Refs that each working tree has for itself.
const OWN: [&str; 3] = ["refs/bisect/", "refs/rewritten/", "refs/worktree/"];

/// The refs of a repository.
pub(in crate::walk::git) struct Refs<'r> {
    repository: &'r Repository,
    packed: Vec<u8>,
}

impl<'r> Refs<'r> {
    /// Opens them.
    pub(in crate::walk::git) fn open(repository: &'r Repository) -> Result<Self, RevisionError> {
        if let RefStorage::Other(kind) = &repository.refs {
            let config = repository.common.path().join("config");
            return Err(RevisionError::Git(format!(
                "{} states `extensions.refStorage = {kind}`, which is not read (`git refs migrate --ref-format=files` changes it)",
                config.display()
            )));
        }
        let mut packed = Vec::new();
        match repository.common.read("packed-refs", MOST_PACKED_BYTES, &mut packed) {
            Ok(()) | Err(ReadError::NotFound) => {}
            Err(error) => return Err(unreadable(&repository.common, "packed-refs", &error)),
        }
        Ok(Self { repository, packed })
    }

    /// The object that a name stands for, looked for in the order in which git does; none when nothing is called so.
    pub(in crate::walk::git) fn named(&self, name: &str) -> Result<Option<ObjectId>, RevisionError> {
        let is_of_git = !name.contains('/') && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        let forms = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"];
        let forms = forms.into_iter().filter(|form| !form.is_empty() || is_of_git || name.starts_with("refs/"));
        let names = forms.map(|form| format!("{form}{name}")).chain([format!("refs/remotes/{name}/HEAD")]);
        for name in names {
            if let Some(found) = self.resolved(name)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// What a ref names in the end.
    fn resolved(&self, mut name: String) -> Result<Option<ObjectId>, RevisionError> {
        for _ in 0..MOST_STEPS {
            let Some(text) = self.content(&name)? else { return Ok(None) };
            let corrupt =
                || RevisionError::Git(format!("{} is no ref of git", self.folder(&name).path().join(&name).display()));
            let Some(target) = text.strip_prefix("ref:").map(str::trim) else {
                // `FETCH_HEAD` has more behind the name.
                let digits = text.split_ascii_whitespace().next().unwrap_or_default();
                return ObjectId::of_hex(digits.as_bytes(), self.repository.hash).map(Some).ok_or_else(corrupt);
            };
            if !is_ref_name(target) || !target.starts_with("refs/") {
                return Err(corrupt());
            }
            name = target.to_owned();
        }
        Err(RevisionError::Git(format!("the ref {name} leads to more than {MOST_STEPS} others")))
    }

    fn folder(&self, name: &str) -> &Beneath {
        let is_own = !name.starts_with("refs/") || OWN.iter().any(|own| name.starts_with(own));
        if is_own { &self.repository.own } else { &self.repository.common }
    }

    /// The text of a ref: of its own file, or from the list of all.
    fn content(&self, name: &str) -> Result<Option<String>, RevisionError> {
        let folder = self.folder(name);
        let mut bytes = Vec::new();
        match folder.read(name, MOST_REF_BYTES, &mut bytes) {
            Ok(()) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            // A folder of refs is no ref, and there is none below a ref.
            Err(ReadError::NotFound | ReadError::NotAFile | ReadError::Other(_)) => Ok(self.packed(name)),
            Err(error) => Err(unreadable(folder, name, &error)),
        }
    }

    fn packed(&self, name: &str) -> Option<String> {
        let digits = 2 * HashKind::len(self.repository.hash);
        let mut lines = self.packed.split(|byte| *byte == b'\n');
        let line = lines.find(|line| {
            let rest = line.get(digits..).unwrap_or_default();
            rest.strip_prefix(b" ").is_some_and(|rest| rest.trim_ascii_end() == name.as_bytes())
        })?;
        Some(String::from_utf8_lossy(line.get(..digits)?).into_owned())
    }
}

fn unreadable(folder: &Beneath, name: &str, error: &ReadError) -> RevisionError {
    RevisionError::Git(format!("{} cannot be read: {error}", folder.path().join(name).display()))
}
