//! Patterns of paths, in the syntax of `.gitignore`.

use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::RepoPath;

/// Patterns that name files and folders with all that is in them.
#[derive(Clone, Debug, Default)]
pub struct PathPatterns {
    texts: Vec<String>,
    /// The same as they are matched.
    globs: Vec<String>,
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
        let globs: Vec<String> = texts.iter().map(|text| as_of_git(&rooted(text))).collect();
        for (index, glob) in globs.iter().enumerate() {
            builder.add_line(None, glob).map_err(|error| (index, error.to_string()))?;
        }
        let matcher = builder.build().map_err(|error| (0, error.to_string()))?;
        let matcher = (!texts.is_empty()).then(|| Arc::new(matcher));
        Ok(Self { texts, globs, matcher })
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
        Some((self.globs.iter().rposition(|text| text.trim_end() == glob.original().trim_end())?, covers))
    }
}

/// A line of `.gitignore` for the matcher, to which braces are alternatives. To git they are characters.
#[must_use]
pub fn as_of_git(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            // What is escaped, and a set of characters, stay as they are.
            '\\' => c.len_utf8() + rest.chars().nth(1).map_or(0, char::len_utf8),
            '[' => set(rest).unwrap_or(1),
            '{' | '}' => {
                out.push('\\');
                1
            }
            c => c.len_utf8(),
        };
        let (taken, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        out.push_str(taken);
        rest = left;
    }
    out
}

/// How long the set of characters is that a text begins with: a `]` at its beginning is one of them.
fn set(text: &str) -> Option<usize> {
    let inside = text.get(1..)?;
    let negation = usize::from(inside.starts_with(['!', '^']));
    let first = usize::from(inside.get(negation..)?.starts_with(']'));
    let start = 1 + negation + first;
    Some(start + text.get(start..)?.find(']')? + 1)
}

/// `./web` is what the root holds.
fn rooted(text: &str) -> String {
    let (sign, path) = match text.strip_prefix('!') {
        Some(path) => ("!", path),
        None => ("", text),
    };
    match path.strip_prefix("./") {
        Some(path) => format!("{sign}/{}", path.trim_start_matches("./")),
        None => text.to_owned(),
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
        assert!(PathPatterns::new(vec!["a".to_owned(), "[b-a]".to_owned()]).is_err_and(|(index, _)| index == 1));
        assert_eq!(PathPatterns::default().matched(&RepoPath::root()), None);
    }

    #[test]
    fn braces_are_characters_as_in_git() {
        let texts = ["/{cookiecutter.slug}/", "*.{a,b}", "[{]x", "\\{y", "}"].map(str::to_owned);
        let patterns = PathPatterns::new(texts.to_vec()).unwrap();
        let at = |path: &str| patterns.matched(&RepoPath::new(path).unwrap()).map(|(index, _)| index);
        assert_eq!(at("{cookiecutter.slug}/nginx.conf"), Some(0));
        assert_eq!(at("c.{a,b}"), Some(1));
        assert_eq!((at("c.a"), at("c.b")), (None, None));
        assert_eq!((at("{x"), at("{y"), at("}")), (Some(2), Some(3), Some(4)));
    }

    #[test]
    fn a_path_from_here_is_one_from_the_root() {
        let texts = ["./web/*.ts", "./legacy/", "!./legacy/kept.ts"].map(str::to_owned);
        let patterns = PathPatterns::new(texts.to_vec()).unwrap();
        let at = |path: &str| patterns.matched(&RepoPath::new(path).unwrap());
        assert_eq!(at("web/a.ts"), Some((0, true)));
        assert_eq!(at("deep/web/a.ts"), None);
        assert_eq!(at("legacy/a.ts"), Some((1, true)));
        assert_eq!(at("legacy/kept.ts"), Some((2, false)));
        assert_eq!(at("deep/legacy/a.ts"), None);
    }
}
