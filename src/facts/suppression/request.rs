//! What a comment that begins with wirelint's name asks for, in whatever words.

use super::cut;
use crate::facts::SuppressionFault;

/// What a well-formed suppression has behind the name.
const FORM: &str = ": ignore[";
/// What stands between the name and the word in suppressions of other tools.
const SEPARATORS: [char; 7] = [' ', '\t', ':', '-', '_', '=', '@'];
/// Words by which tools are silenced.
const WORDS: [&str; 7] = ["ignore", "disable", "suppress", "allow", "skip", "off", "noqa"];
/// What other tools add to such a word.
const ADDED: [&str; 7] = ["", "line", "this-line", "next", "next-line", "file", "rule"];
/// Names and reasons are read up to this length: on one line of many comments each could reach to the end.
pub(super) const MAX_NAMES: usize = 1_000;

/// What stands behind the name `wirelint` at the beginning of a comment. Ranges count from there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// `: ignore[a, b]`: where the names are, and where the reason begins.
    Suppression { names: std::ops::Range<usize>, reason: usize },
    /// Meant as one, and not understood.
    Malformed { fault: SuppressionFault, names: Vec<String>, reason: usize },
}

/// Reads what stands behind the name, up to the end of the comment. `None` for prose.
pub(super) fn read(text: &str) -> Option<Request> {
    if let Some(inner) = text.strip_prefix(FORM) {
        return Some(bracketed(text, inner, FORM.len(), None));
    }
    let after_name = text.trim_start_matches(SEPARATORS);
    let separator = text.strip_suffix(after_name)?;
    let length = after_name.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_')));
    let word = after_name.get(..length.unwrap_or(after_name.len()))?.trim_end_matches(['-', '_']);
    if separator.is_empty() || !silences(word) {
        return None;
    }
    let rest = after_name.get(word.len()..)?;
    let list = rest.trim_start_matches([' ', '\t', ':', '=']);
    // "wirelint ignore what it cannot read": words alone are prose unless an id of several parts follows.
    let is_prose = separator.trim().is_empty()
        && rest.starts_with(' ')
        && !list.starts_with(['[', '('])
        && !first_word(list).contains('-');
    if is_prose && !list.is_empty() {
        return None;
    }
    let at = text.len() - list.len();
    let fault = (!word.eq_ignore_ascii_case("ignore")).then(|| SuppressionFault::Word(word.into()));
    Some(match list.strip_prefix(['[', '(']) {
        Some(inner) => bracketed(text, inner, at + 1, Some(fault.unwrap_or(SuppressionFault::Spelling))),
        None => {
            let (names, length) = listed(list);
            let fault =
                fault.unwrap_or(if names.is_empty() { SuppressionFault::Nameless } else { SuppressionFault::Bare });
            Request::Malformed { fault, names, reason: at + length }
        }
    })
}

/// A list of names behind a bracket, which is at byte `at` of `text`.
fn bracketed(text: &str, inner: &str, at: usize, fault: Option<SuppressionFault>) -> Request {
    let Some(end) = cut(inner, MAX_NAMES).find([']', ')']) else {
        let (names, length) = listed(inner);
        return Request::Malformed { fault: SuppressionFault::Unclosed, names, reason: at + length };
    };
    let names: Vec<String> = inner
        .get(..end)
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let reason = (at + end + 1).min(text.len());
    match fault {
        _ if names.is_empty() => Request::Malformed { fault: SuppressionFault::Nameless, names, reason },
        None if inner.get(end..).is_some_and(|rest| rest.starts_with(')')) => {
            Request::Malformed { fault: SuppressionFault::Unclosed, names, reason }
        }
        None => Request::Suppression { names: at..at + end, reason },
        Some(fault) => Request::Malformed { fault, names, reason },
    }
}

fn silences(word: &str) -> bool {
    let word = word.to_ascii_lowercase().replace('_', "-");
    let (head, tail) = word.split_once('-').unwrap_or((&word, ""));
    WORDS.contains(&head) && ADDED.contains(&tail)
}

fn first_word(text: &str) -> &str {
    text.split([' ', '\t', ',']).next().unwrap_or("")
}

/// The names that a text without brackets begins with, separated by commas, and how long that is.
fn listed(text: &str) -> (Vec<String>, usize) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let text = cut(text, MAX_NAMES);
    let (mut names, mut end, mut at) = (Vec::new(), 0, 0);
    loop {
        let rest = text.get(at..).unwrap_or("");
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if length == 0 {
            return (names, end);
        }
        names.push(rest.get(..length).unwrap_or("").to_owned());
        end = at + length;
        let after = rest.get(length..).unwrap_or("");
        let Some(next) = after.trim_start().strip_prefix(',') else { return (names, end) };
        at = text.len() - next.trim_start().len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_known_and_prose_is_left_alone() {
        use SuppressionFault as F;
        let word = |text: &str| F::Word(text.into());
        let table: [(&str, F, &[&str], &str); 17] = [
            (":ignore[a-b]", F::Spelling, &["a-b"], ""),
            (":  ignore[a-b] known", F::Spelling, &["a-b"], " known"),
            (": Ignore[a-b]", F::Spelling, &["a-b"], ""),
            (": ignore [a-b] known", F::Spelling, &["a-b"], " known"),
            (": ignore(a-b) known", F::Spelling, &["a-b"], " known"),
            ("-ignore[a-b]", F::Spelling, &["a-b"], ""),
            (": ignore a-b, c known", F::Bare, &["a-b", "c"], " known"),
            ("-ignore: a-b", F::Bare, &["a-b"], ""),
            (" ignore a-b", F::Bare, &["a-b"], ""),
            (": ignore[]", F::Nameless, &[], ""),
            (": ignore", F::Nameless, &[], ""),
            ("-ignore", F::Nameless, &[], ""),
            (": ignore[a-b known", F::Unclosed, &["a-b"], " known"),
            (": disable a-b", word("disable"), &["a-b"], ""),
            (": disable-next-line", word("disable-next-line"), &[], ""),
            ("-disable-next-line a-b -- known", word("disable-next-line"), &["a-b"], " -- known"),
            (" disable[a-b]", word("disable"), &["a-b"], ""),
        ];
        for (text, fault, names, rest) in table {
            let Some(Request::Malformed { fault: found, names: listed, reason }) = read(text) else { panic!("{text}") };
            assert_eq!((found, listed), (fault, names.iter().map(|name| (*name).to_owned()).collect()), "{text}");
            assert_eq!(&text[reason..], rest, "{text}");
        }
        assert_eq!(read(": ignore[a, b] c"), Some(Request::Suppression { names: 9..13, reason: 14 }));
        for prose in [
            ": this is fine",
            " ignores this",
            " ignore what it cannot read",
            "ignore[a]",
            " reads this",
            ": ignored",
            "",
        ] {
            assert_eq!(read(prose), None, "{prose}");
        }
    }
}
