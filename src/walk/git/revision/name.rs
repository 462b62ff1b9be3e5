//! How people name a commit (git's `gitrevisions`): a branch, a tag or an object, and steps from there to older commits.

use super::RevisionError;

/// No branch has a longer name.
const MOST_BYTES: usize = 1024;
/// Steps that are taken one after the other.
const MOST_STEPS: usize = 64;

/// A revision as it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name<'t> {
    /// The branch, tag or object.
    pub base: &'t str,
    pub steps: Vec<Step>,
}

/// A step to an older commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `~n`: the first parent, so many times.
    Back(u32),
    /// `^n`: the parent of this number, from 1.
    Parent(u32),
}

impl<'t> Name<'t> {
    /// Reads `main`, `v1.2`, `HEAD~3`, `1a2b3c4^2`.
    pub(super) fn parse(text: &'t str) -> Result<Self, RevisionError> {
        let refused = |reason: &'static str| RevisionError::Syntax { text: text.to_owned(), reason };
        if text.len() > MOST_BYTES {
            return Err(refused("it is too long"));
        }
        if text.contains("..") {
            return Err(refused("a range is two commits; name the older one"));
        }
        if text.contains("@{") || text.contains(':') {
            return Err(refused("logs of branches, dates and searches are not read; name a branch, a tag or a commit"));
        }
        let end = text.find(['~', '^']).unwrap_or(text.len());
        let (base, mut rest) = text.split_at(end);
        let mut steps = Vec::new();
        while let Some(mark) = rest.chars().next() {
            rest = rest.get(mark.len_utf8()..).unwrap_or_default();
            let digits = rest.find(|next: char| !next.is_ascii_digit()).unwrap_or(rest.len());
            let (number, after) = rest.split_at(digits);
            let count = if number.is_empty() { 1 } else { number.parse().unwrap_or(u32::MAX) };
            rest = after;
            match mark {
                '~' => steps.push(Step::Back(count)),
                // the commit itself
                '^' if number == "0" => {}
                '^' if number.is_empty() && rest.starts_with('{') => {
                    let inside = ["{commit}", "{}"].iter().find_map(|form| rest.strip_prefix(form));
                    rest = inside.ok_or_else(|| refused("only a commit can be compared with"))?;
                }
                '^' => steps.push(Step::Parent(count)),
                _ => return Err(refused("behind the name come `~`, `^` and numbers alone")),
            }
            if steps.len() > MOST_STEPS {
                return Err(refused("it has too many steps"));
            }
        }
        let base = if base == "@" { "HEAD" } else { base };
        if is_ref_name(base) { Ok(Self { base, steps }) } else { Err(refused("no branch or tag can be called so")) }
    }
}

/// Whether a branch or tag may be called so (`git check-ref-format`), which keeps it inside of the folder of refs.
pub(super) fn is_ref_name(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let is_plain = |byte: u8| byte > b' ' && byte != 0x7f && !b"~^:?*[\\".contains(&byte);
    name.len() <= MOST_BYTES
        && !name.starts_with('-')
        && !name.ends_with('.')
        && name != "@"
        && !name.contains("..")
        && !name.contains("@{")
        && name.split('/').all(is_part)
        && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_steps_behind_it() {
        use Step::{Back, Parent};
        let cases: [(&str, &str, &[Step]); 10] = [
            ("main", "main", &[]),
            ("origin/main", "origin/main", &[]),
            ("@", "HEAD", &[]),
            ("HEAD~", "HEAD", &[Back(1)]),
            ("HEAD~3^2~1", "HEAD", &[Back(3), Parent(2), Back(1)]),
            ("v1^^", "v1", &[Parent(1), Parent(1)]),
            ("v1^{commit}~2", "v1", &[Back(2)]),
            ("v1^0", "v1", &[]),
            ("release./next", "release./next", &[]),
            ("a.lock.b~", "a.lock.b", &[Back(1)]),
        ];
        for (text, base, steps) in cases {
            assert_eq!(Name::parse(text), Ok(Name { base, steps: steps.to_vec() }), "{text}");
        }
    }

    #[test]
    fn other_words_are_refused() {
        let long = "a".repeat(2_000);
        let steps = format!("a{}", "^".repeat(100));
        for text in [
            "",
            "a..b",
            "a...b",
            "main@{1}",
            "@{u}",
            ":/fix",
            "main:file",
            "v1^{tree}",
            "^main",
            "-x",
            "../x",
            "a/../b",
            "a b",
            "a\n",
            "/etc",
            "a//b",
            "a.lock",
            "a.lock/b",
            "a/.b",
            "a/b.",
            "a/",
            ".git",
            "HEAD~x",
            "a\\b",
            "a*",
            &long,
            &steps,
        ] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
    }
}
