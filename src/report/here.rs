//! Paths as a person in a folder of the repository types them.

use std::collections::BTreeSet;

use super::{View, words};
use crate::base::RepoPath;

/// A path of the tree, or one with a line behind it, relative to `here`, a folder of the tree; `path` is text for people (escaped).
#[must_use]
pub fn relative(here: &RepoPath, path: &str) -> String {
    if *here == RepoPath::root() {
        return path.to_owned();
    }
    let here = here.to_string();
    let mut folders = here.split('/').peekable();
    let mut rest = path.trim_start_matches("./");
    while let Some((_, below)) = rest.split_once('/').filter(|(first, _)| folders.peek() == Some(first)) {
        folders.next();
        rest = below;
    }
    // The folder itself, or one around it.
    if folders.peek() == Some(&rest) {
        folders.next();
        rest = "";
    }
    let ups = folders.map(|_| "..");
    let parts: Vec<&str> = ups.chain([rest].into_iter().filter(|rest| !matches!(*rest, "" | "."))).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// A sentence whose places (`path:line`, outside of backticks) are relative to `here`. A path without a line stays: what is in
/// backticks may be code that is to be typed, and a name such as `Dockerfile` need not mean the file in the root.
pub(super) fn sentence(here: &RepoPath, paths: &BTreeSet<RepoPath>, text: &str) -> String {
    if *here == RepoPath::root() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for (word, is_code) in words_of(text) {
        match place(paths, word).filter(|_| !is_code) {
            Some(_) => out.push_str(&relative(here, word)),
            None => out.push_str(word),
        }
    }
    out
}

/// Whether a sentence of an open finding names a file of the tree in a way that [`sentence`] leaves as it is.
#[must_use]
pub fn sentences_name_files(view: &View<'_>) -> bool {
    let paths = &view.wiring().repository.paths;
    let names = |text: &String| {
        words_of(text).any(|(word, is_code)| {
            let word = word.trim_end_matches('.');
            paths.contains(word) || is_code && place(paths, word).is_some()
        })
    };
    view.open().any(|finding| {
        let assumptions = words::assumptions(&finding.assumptions);
        let links = finding.chains.iter().flat_map(|chain| &chain.links).map(|(_, shows)| shows);
        [&finding.message, &finding.label].into_iter().chain(&finding.help).chain(links).chain(&assumptions).any(names)
    })
}

/// A text as words and what is between them, each with whether it is in backticks.
fn words_of(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_end = |char: char| char.is_whitespace() || matches!(char, ',' | ';' | '(' | ')' | '"' | '\'' | '`');
    let mut is_code = false;
    text.split_inclusive(is_end).flat_map(move |part| {
        let (word, end) = part.split_at(part.trim_end_matches(is_end).len());
        let here = is_code;
        is_code ^= end == "`";
        // The end of a sentence, or what comes before a list, is no part of a word.
        let (word, stop) = word.split_at(word.trim_end_matches(':').len());
        [(word, here), (stop, here), (end, here)]
    })
}

/// The path of `path:line` or `path:line:column`, when the tree holds it.
fn place<'w>(paths: &BTreeSet<RepoPath>, word: &'w str) -> Option<&'w str> {
    let (path, line) = word.trim_end_matches('.').split_once(':')?;
    let is_line = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    (is_line && paths.contains(path)).then_some(path)
}

/// Where a folder is, for people in another one: `..` for the root seen from `web`. Nothing for those in the root.
#[must_use]
pub fn root_from(here: &RepoPath) -> Option<String> {
    (*here != RepoPath::root()).then(|| relative(here, "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_that_a_person_there_would_type() {
        let cases = [
            ("", "web/a.ts:3:1", "web/a.ts:3:1"),
            ("web", "web/a.ts:3:1", "a.ts:3:1"),
            ("web", "webs/a.ts", "../webs/a.ts"),
            ("web/src", "web/a.ts", "../a.ts"),
            ("web/src", "web/src/deep/a.ts", "deep/a.ts"),
            ("web/src", "nginx.conf:1", "../../nginx.conf:1"),
            ("web/src", "web/src", "."),
            ("web/src", "web", ".."),
            ("web/src", ".", "../.."),
            ("web/src", "", "../.."),
            ("a/b", "a/c/b/x", "../c/b/x"),
        ];
        for (here, path, expected) in cases {
            let here = RepoPath::new(here).unwrap();
            assert_eq!(relative(&here, path), expected, "{path} from {here}");
        }
    }

    #[test]
    fn places_in_sentences_are_too_and_code_is_not() {
        let paths = ["web/a.ts", "nginx.conf"].into_iter().filter_map(RepoPath::new).collect();
        let cases = [
            ("write it in web/a.ts:3, or in nginx.conf:12:4.", "write it in a.ts:3, or in ../nginx.conf:12:4."),
            ("set in `location /` (nginx.conf:2):", "set in `location /` (../nginx.conf:2):"),
            ("`COPY nginx.conf:80 web/a.ts:3` stays", "`COPY nginx.conf:80 web/a.ts:3` stays"),
            ("nginx.conf and web/b.ts:3 stay,\n  too  ", "nginx.conf and web/b.ts:3 stay,\n  too  "),
            ("one ` is odd: nginx.conf:1", "one ` is odd: nginx.conf:1"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(sentence(&RepoPath::new("web").unwrap(), &paths, text), expected);
            assert_eq!(sentence(&RepoPath::root(), &paths, text), text);
        }
    }
}
