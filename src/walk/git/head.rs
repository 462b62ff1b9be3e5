//! Which commit is checked out, and where it was cloned from: as `.git` says it, without git.

use std::path::Path;

use url::Url;

use super::locate;
use super::revision::Refs;

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
    let revision = Refs::open(&repository).ok()?.named("HEAD").ok()??.hex();
    Some(Head { repository: public(repository.origin.as_deref()?)?, revision })
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
    use super::public;

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
}
