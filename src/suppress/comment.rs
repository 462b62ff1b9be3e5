//! Comments in the language of a file.

use std::sync::Arc;

use serde_json::Value;

use crate::base::{Entry, FileKind};
use crate::facts::extract;
use crate::parse::data::Node;
use crate::parse::ecma::{self, Grammar, script_blocks};
use crate::parse::{html, python, yaml};

/// What is around the words of a comment on a line of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form(&'static str, &'static str);

const SLASHES: Form = Form("// ", "");
const HASH: Form = Form("# ", "");
/// How JSX carries a comment.
const BRACES: Form = Form("{/* ", " */}");
const MARKUP: Form = Form("<!-- ", " -->");

/// The forms that a kind of file has, the usual one first; none for formats without comments.
fn forms(kind: FileKind) -> &'static [Form] {
    match kind {
        FileKind::TypeScript | FileKind::Tsx => &[SLASHES, BRACES],
        FileKind::Vue | FileKind::Svelte | FileKind::Html => &[SLASHES, MARKUP],
        FileKind::Nginx
        | FileKind::NginxTemplate
        | FileKind::Apache
        | FileKind::Haproxy
        | FileKind::Caddyfile
        | FileKind::Env
        | FileKind::Python
        | FileKind::Compose
        | FileKind::Yaml
        | FileKind::Toml
        | FileKind::Requirements
        | FileKind::Dockerfile
        | FileKind::Shell
        | FileKind::Recipes
        | FileKind::Processes
        | FileKind::GitIgnore
        | FileKind::Hosting => &[HASH],
        FileKind::PackageJson
        | FileKind::Json
        | FileKind::Procfile
        | FileKind::Pem
        | FileKind::BackEnd
        | FileKind::Other => &[],
    }
}

/// `text` with a comment of these words on a line of its own above line `line` (from 1), when it can be one there and the file
/// says the same as before.
pub fn above(entry: &Entry, text: &str, line: usize, words: &str) -> Option<String> {
    let start = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    // What marks the encoding stays in front.
    let start = if text.get(start..)?.starts_with('\u{feff}') { start + '\u{feff}'.len_utf8() } else { start };
    let below = text.get(start..)?;
    let content = below.lines().next()?;
    let indent = content.get(..content.len() - content.trim_start().len())?;
    let end = if below.split_inclusive('\n').next()?.ends_with("\r\n") { "\r\n" } else { "\n" };
    forms(entry.kind).iter().find_map(|Form(open, close)| {
        let comment = format!("{indent}{open}{words}{close}{end}");
        let after = [text.get(..start)?, &comment, below].concat();
        let at = start + indent.len() + open.find(['/', '#', '<'])?;
        let same = || says_the_same(entry, text, &after, start..start + comment.len());
        (is_comment(entry.kind, text, &after, at) && same()).then_some(after)
    })
}

/// Whether the byte `at` of `after`, which has one line more than `before`, begins a comment of the language.
fn is_comment(kind: FileKind, before: &str, after: &str, at: usize) -> bool {
    let in_tree = |tree: Option<tree_sitter::Tree>| {
        let node = tree.as_ref().and_then(|tree| tree.root_node().descendant_for_byte_range(at, at + 1));
        node.is_some_and(|node| node.kind().contains("comment"))
    };
    match kind {
        FileKind::TypeScript => in_tree(ecma::parse(after, Grammar::TypeScript, &[])),
        FileKind::Tsx => in_tree(ecma::parse(after, Grammar::Tsx, &[])),
        FileKind::Python => in_tree(python::parse(after).ok()),
        FileKind::Vue | FileKind::Svelte | FileKind::Html => {
            let blocks = script_blocks(after);
            match blocks.iter().find(|block| block.body.range().contains(&at)) {
                Some(block) => {
                    let typed = block.attributes.contains("\"ts\"") || block.attributes.contains("'ts'");
                    let grammar = if typed { Grammar::TypeScript } else { Grammar::Tsx };
                    in_tree(ecma::parse(after, grammar, &[block.body]))
                }
                None => after.get(at..).is_some_and(|rest| rest.starts_with("<!--")) && same_tags(before, after),
            }
        }
        // In a text over several lines it may be an argument of a command.
        FileKind::Yaml | FileKind::Compose => scalars(before) == scalars(after),
        _ => true,
    }
}

/// All values of a YAML text.
fn scalars(text: &str) -> Vec<Arc<str>> {
    let documents = yaml::parse(text).documents;
    let mut open: Vec<&Node> = documents.iter().collect();
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        found.extend(node.text().cloned());
        open.extend(node.items());
        open.extend(node.pairs().iter().map(|pair| &pair.value));
    }
    found
}

/// Whether a line more is in no tag.
fn same_tags(before: &str, after: &str) -> bool {
    let (before, after) = (html::tags(before), html::tags(after));
    let parts = |tag: &html::Tag<'_>| -> Vec<(String, String)> {
        let own = std::iter::once((tag.name.to_owned(), String::new()));
        own.chain(tag.attributes.iter().map(|one| (one.name.to_owned(), one.value.to_owned()))).collect()
    };
    before.len() == after.len() && before.iter().zip(&after).all(|(one, other)| parts(one) == parts(other))
}

/// Whether the facts of a file are those of the file with `added` bytes more, but for their places.
fn says_the_same(entry: &Entry, before: &str, after: &str, added: std::ops::Range<usize>) -> bool {
    let facts = |text: &str| {
        let mut value = serde_json::to_value(extract(entry, text)).ok()?;
        let object = value.as_object_mut()?;
        for own in ["lines", "suppressions", "malformed_suppressions"] {
            object.remove(own);
        }
        Some(value)
    };
    let (Some(before), Some(mut after)) = (facts(before), facts(after)) else { return false };
    take_out(&mut after, &added);
    before == after
}

/// Moves every span to where it would be without the added bytes.
fn take_out(value: &mut Value, added: &std::ops::Range<usize>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| take_out(item, added)),
        Value::Object(object) => {
            let is_span =
                object.len() == 2 && ["start", "end"].iter().all(|key| object.get(*key).is_some_and(Value::is_u64));
            for item in object.values_mut() {
                match item.as_u64().and_then(|number| usize::try_from(number).ok()) {
                    Some(at) if is_span && at >= added.end => *item = Value::from(at - added.len()),
                    Some(_) => {}
                    None => take_out(item, added),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
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
            ("package.json", "{\n  \"a\": 1\n}\n", 2, None),
            ("a.ts", "a();\n", 3, None),
        ];
        for (path, text, line, expected) in table {
            let entry = Entry::classify(RepoPath::new(path).unwrap(), 0, Tracking::Tracked);
            let written = above(&entry, text, line, "x");
            let added = written
                .as_ref()
                .map(|written| written.split_inclusive('\n').nth(line - 1).unwrap().trim_start_matches('\u{feff}'));
            assert_eq!(added, expected, "{path}: {text}");
        }
    }
}
