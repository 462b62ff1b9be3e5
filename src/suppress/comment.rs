//! Comments in the language of a file.

mod language;
mod same;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::base::{Entry, FileKind};
use language::Comments;
use same::Said;

/// What is around the words of a comment on a line of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form(&'static str, &'static str);

const SLASHES: Form = Form("// ", "");
const HASH: Form = Form("# ", "");
/// How JSX carries a comment.
const BRACES: Form = Form("{/* ", " */}");
const MARKUP: Form = Form("<!-- ", " -->");

impl Form {
    /// Where the comment begins in it.
    fn opener(self) -> usize {
        self.0.find(['/', '#', '<']).unwrap_or_default()
    }
}

/// The forms that a kind of file has, the usual one first; none for formats without comments.
fn forms(kind: FileKind) -> &'static [Form] {
    match kind {
        FileKind::TypeScript | FileKind::Tsx => &[SLASHES, BRACES],
        FileKind::Vue | FileKind::Svelte | FileKind::Html => &[SLASHES, MARKUP],
        FileKind::PackageJson
        | FileKind::Json
        | FileKind::Procfile
        | FileKind::Pem
        | FileKind::BackEnd
        | FileKind::Other => &[],
        _ => &[HASH],
    }
}

/// The words of comments, each by the line (from 1) that it is about.
pub type Wanted = BTreeMap<usize, String>;

/// A text with comments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commented {
    /// The text.
    pub text: String,
    /// The lines of the old text, from 1, that got none: there it would be no comment, or change what the file says.
    pub refused: BTreeSet<usize>,
}

/// How often a text with comments is read as a whole to see whether it still says the same. What is not known to be harmless then
/// is left out.
const MOST_READINGS: usize = 64;
/// Words that mean nothing in any language, in the place of those that somebody wrote.
const PLAIN: &str = "x";

/// `text` with each of these comments on a line of its own above its line, where it can be one and the file says the same as before.
pub fn above(entry: &Entry, text: &str, wanted: &Wanted) -> Commented {
    let mut file = File { text, wanted, starts: starts(text), said: Said::of(entry, text), readings: MOST_READINGS };
    let placed = file.placed(entry.kind);
    let harmless = file.harmless(&placed);
    let written: BTreeSet<usize> = harmless.iter().map(|one| one.line).collect();
    let refused = wanted.keys().copied().filter(|line| !written.contains(line)).collect();
    Commented { text: file.with(&harmless, None).text, refused }
}

/// A file, and what is wanted in it.
struct File<'a> {
    text: &'a str,
    wanted: &'a Wanted,
    /// Where its lines begin, and its end.
    starts: Vec<usize>,
    said: Said<'a>,
    /// Readings that are left.
    readings: usize,
}

/// A comment and its form.
#[derive(Clone, Copy, Debug)]
struct Placed {
    /// The line that it is about, from 1.
    line: usize,
    form: Form,
}

/// A text in which comments were put.
struct Written {
    text: String,
    /// The bytes of each comment with its indentation and the end of its line.
    added: Vec<Range<usize>>,
    /// Where each comment begins.
    openers: Vec<usize>,
}

impl File<'_> {
    /// The comments that are comments where they would stand, by their forms.
    fn placed(&self, kind: FileKind) -> Vec<Placed> {
        let mut open: Vec<usize> = self.wanted.keys().copied().filter(|line| self.is_free(*line)).collect();
        let mut placed = Vec::new();
        for form in forms(kind) {
            let tried: Vec<Placed> = open.iter().map(|line| Placed { line: *line, form: *form }).collect();
            let written = self.with(&tried, Some(PLAIN));
            let comments = Comments::of(kind, &written.text);
            let is_one: Vec<bool> = written.openers.iter().map(|at| comments.has(*at)).collect();
            placed.extend(tried.iter().zip(&is_one).filter(|(_, is_one)| **is_one).map(|(one, _)| *one));
            open = open.into_iter().zip(&is_one).filter(|(_, is_one)| !**is_one).map(|(line, _)| line).collect();
        }
        placed.sort_by_key(|one| one.line);
        placed
    }

    /// Whether a line is there and is not the rest of the one before it: what stands behind a `\` at a line's end belongs to it in
    /// shells, Dockerfiles, makefiles, Caddyfiles, units of systemd and lists of requirements, and a comment would end it.
    fn is_free(&self, line: usize) -> bool {
        let before = line.checked_sub(2).and_then(|above| self.line(above));
        line > 0 && self.line(line - 1).is_some() && !before.is_some_and(|text| text.trim_end().ends_with('\\'))
    }

    /// The line of this number, from 0, with its end.
    fn line(&self, number: usize) -> Option<&str> {
        self.text.get(*self.starts.get(number)?..*self.starts.get(number + 1)?)
    }

    /// Those of some comments with which the file says the same. What of many is to blame is found by halves.
    fn harmless(&mut self, comments: &[Placed]) -> Vec<Placed> {
        if comments.is_empty() || self.readings == 0 {
            return Vec::new();
        }
        self.readings -= 1;
        let written = self.with(comments, None);
        if self.said.is_said_by(&written.text, &written.added, &written.openers) {
            return comments.to_vec();
        }
        let (first, second) = comments.split_at(comments.len() / 2);
        if first.is_empty() {
            return Vec::new();
        }
        let halves = [self.harmless(first), self.harmless(second)];
        let kept = halves.concat();
        let written = self.with(&kept, None);
        let are_well = self.said.is_said_by(&written.text, &written.added, &written.openers);
        if are_well { kept } else { Vec::new() }
    }

    /// The text with comments, which are in the order of their lines, with their own words or with others.
    fn with(&self, comments: &[Placed], words: Option<&str>) -> Written {
        let mut written =
            Written { text: String::with_capacity(self.text.len()), added: Vec::new(), openers: Vec::new() };
        let mut at = 0;
        for Placed { line, form } in comments {
            let Some(content) = self.line(line.saturating_sub(1)) else { continue };
            let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(at);
            // What marks the encoding stays in front.
            let mark = if content.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let content = content.get(mark..).unwrap_or_default();
            let end = if content.ends_with("\r\n") { "\r\n" } else { "\n" };
            let text = content.trim_end_matches(['\r', '\n']);
            let indent = text.get(..text.len() - text.trim_start().len()).unwrap_or_default();
            let own = self.wanted.get(line).map_or("", String::as_str);
            written.text.push_str(self.text.get(at..start + mark).unwrap_or_default());
            at = start + mark;
            let from = written.text.len();
            written.openers.push(from + indent.len() + form.opener());
            for part in [indent, form.0, words.unwrap_or(own), form.1, end] {
                written.text.push_str(part);
            }
            written.added.push(from..written.text.len());
        }
        written.text.push_str(self.text.get(at..).unwrap_or_default());
        written
    }
}

/// Where the lines of a text begin, and where the last of them ends.
fn starts(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    for line in text.split_inclusive('\n') {
        starts.push(starts.last().copied().unwrap_or_default() + line.len());
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{RepoPath, Tracking};

    #[test]
    fn a_comment_is_one_for_the_file_or_is_not_written() {
        let table = [
            ("a.ts", "a();\n  b();\n", 2, Some("  // x\n")),
            ("a.ts", "const a = `\nb\n`;\n", 2, None),
            ("a.tsx", "const a = <p>\n  {b}\n</p>;\n", 2, Some("  {/* x */}\n")),
            ("a.tsx", "const a = <p\n  id={b}\n/>;\n", 2, Some("  // x\n")),
            ("a.html", "<body>\n  <p>a</p>\n</body>\n", 2, Some("  <!-- x -->\n")),
            ("a.html", "<body\n  class=a>\n</body>\n", 2, None),
            ("a.vue", "<template>\n  <p />\n</template>\n<script>\na()\n</script>\n", 5, Some("// x\n")),
            ("a.py", "a = 1\nb = 2\n", 2, Some("# x\n")),
            ("a.py", "a = \"\"\"\nb\n\"\"\"\n", 2, None),
            ("docker-compose.yml", "services:\n  a:\n    image: b\n", 3, Some("    # x\n")),
            ("docker-compose.yml", "services:\n  a:\n    command: |\n      b\n      c\n", 5, None),
            ("nginx.conf", "server {\n    listen 80;\n}\n", 2, Some("    # x\n")),
            (".env", "\u{feff}A=1\nB=2\n", 1, Some("# x\n")),
            (".env", "A=\"1\n2\"\nB=2\n", 2, None),
            ("Dockerfile", "FROM a\nRUN b \\\n  c\n", 2, Some("# x\n")),
            ("Dockerfile", "FROM a\nRUN b \\\n  c\n", 3, None),
            ("Dockerfile", "# escape=`\nFROM a\nRUN b `\n  c\n", 4, None),
            ("Dockerfile", "FROM a\nCOPY <<EOF /b\nc\nEOF\n", 3, None),
            ("run.sh", "docker run \\\n  -e A=b \\\r\n  c\n", 1, Some("# x\n")),
            ("run.sh", "docker run \\\n  -e A=b \\\r\n  c\n", 2, None),
            ("run.sh", "docker run \\\n  -e A=b \\\r\n  c\n", 3, None),
            ("run.sh", "# one \\\ntwo\n", 2, None),
            ("run.sh", "cat > b <<EOF\nc\nEOF\n", 2, None),
            ("run.sh", "echo 'a\nb'\n", 2, None),
            ("run.sh", "echo $(a\nb)\n", 2, None),
            ("run.sh", "if a; then\n  b\nfi\n", 2, Some("  # x\n")),
            ("Makefile", "a:\n\tb \\\n\t  c\n", 3, None),
            ("Makefile", "a:\n\tb \\\n\t  c\n", 2, Some("\t# x\n")),
            ("requirements.txt", "a==1 \\\n  --hash=b\n", 2, None),
            ("a.service", "[Service]\nExecStart=a \\\n  b\n", 3, None),
            ("Caddyfile", "a {\n\trespond \\\n\t\tb\n}\n", 3, None),
            ("httpd.conf", "ProxyPass / \\\n  http://b/\n", 2, None),
            ("pyproject.toml", "a = \"\"\"\nb\n\"\"\"\n", 2, None),
            ("pyproject.toml", "[a]\nb = 1\n", 2, Some("# x\n")),
            ("a.py", "a = 1 + \\\n    2\n", 2, None),
            ("package.json", "{\n  \"a\": 1\n}\n", 2, None),
            ("a.ts", "a();\n", 3, None),
        ];
        for (path, text, line, expected) in table {
            let entry = Entry::classify(RepoPath::new(path).unwrap(), 0, Tracking::Tracked);
            let Commented { text: written, refused } = above(&entry, text, &Wanted::from([(line, "x".to_owned())]));
            let added = refused
                .is_empty()
                .then(|| written.split_inclusive('\n').nth(line - 1).unwrap().trim_start_matches('\u{feff}'));
            assert_eq!(added, expected, "{path}: {text}");
            assert!(refused.is_empty() || written == text, "{path}: {written}");
        }
    }

    #[test]
    fn many_comments_of_one_file_stand_where_they_can() {
        let entry = |path: &str| Entry::classify(RepoPath::new(path).unwrap(), 0, Tracking::Tracked);
        let text = "a();\nconst b = `\nc\n`;\nconst d = <p>\n  {e}\n</p>;\nf();\n";
        let wanted: Wanted = [1, 3, 6, 8, 9].into_iter().map(|line| (line, format!("{line}"))).collect();
        let Commented { text: written, refused } = above(&entry("a.tsx"), text, &wanted);
        assert_eq!(written, "// 1\na();\nconst b = `\nc\n`;\nconst d = <p>\n  {/* 6 */}\n  {e}\n</p>;\n// 8\nf();\n");
        assert_eq!(refused, BTreeSet::from([3, 9]));
        // One in a text over several lines spoils it for itself alone.
        let text = "services:\n  a:\n    command: |\n      b\n      c\n";
        let wanted: Wanted = [2, 3, 5].into_iter().map(|line| (line, "x".to_owned())).collect();
        let Commented { text: written, refused } = above(&entry("docker-compose.yml"), text, &wanted);
        assert_eq!(written, "services:\n  # x\n  a:\n    # x\n    command: |\n      b\n      c\n");
        assert_eq!(refused, BTreeSet::from([5]));
    }
}
