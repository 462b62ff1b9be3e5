//! Patterns of paths, in the syntax of `.gitignore`.

use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::RepoPath;

/// Patterns that name files and folders with all that is in them.
#[derive(Clone, Debug, Default)]
pub struct PathPatterns {
    texts: Vec<String>,
    /// `None` when there are no patterns.
    matcher: Option<Arc<Gitignore>>,
}

impl PathPatterns {
    /// Reads patterns.
    ///
    /// # Errors
    /// With the index of the first text that is no pattern, and why.
    pub fn new(texts: Vec<String>) -> Result<Self, (usize, String)> {
        let mut builder = GitignoreBuilder::new("");
        for (index, text) in texts.iter().enumerate() {
            builder.add_line(None, text).map_err(|error| (index, error.to_string()))?;
        }
        let matcher = builder.build().map_err(|error| (0, error.to_string()))?;
        let matcher = (!texts.is_empty()).then(|| Arc::new(matcher));
        Ok(Self { texts, matcher })
    }

    /// The patterns as they are written.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether the path of a file is meant.
    #[must_use]
    pub fn cover(&self, path: &RepoPath) -> bool {
        self.matched(path).is_some_and(|(_, covers)| covers)
    }

    /// The pattern that decides about the path of a file, and whether it means the file: one with `!` takes it out again.
    #[must_use]
    pub fn matched(&self, path: &RepoPath) -> Option<(usize, bool)> {
        let (glob, covers) = match self.matcher.as_ref()?.matched_path_or_any_parents(path.as_str(), false) {
            Match::None => return None,
            Match::Ignore(glob) => (glob, true),
            Match::Whitelist(glob) => (glob, false),
        };
        // Of equal ones the last decides.
        Some((self.texts.iter().rposition(|text| text.trim_end() == glob.original().trim_end())?, covers))
    }
}

impl PartialEq for PathPatterns {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Eq for PathPatterns {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_git() {
        let texts = ["legacy/", "*.sample.conf", "!kept.sample.conf", "/web/*.ts"].map(str::to_owned);
        let patterns = PathPatterns::new(texts.to_vec()).unwrap();
        let at = |path: &str| patterns.matched(&RepoPath::new(path).unwrap());
        assert_eq!(at("legacy/deep/a.ts"), Some((0, true)));
        assert_eq!(at("deploy/a.sample.conf"), Some((1, true)));
        assert_eq!(at("deploy/kept.sample.conf"), Some((2, false)));
        assert_eq!(at("web/a.ts"), Some((3, true)));
        assert_eq!(at("web/src/a.ts"), None);
        assert!(PathPatterns::new(vec!["a".to_owned(), "{".to_owned()]).is_err_and(|(index, _)| index == 1));
        assert_eq!(PathPatterns::default().matched(&RepoPath::root()), None);
    }
}
