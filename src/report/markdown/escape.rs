//! Text of a repository inside of Markdown: shown as it is, whatever it looks like.

use std::fmt::Write;

/// What Markdown, or GitHub on top of it, gives a meaning to inside of a line.
const OBEYED: &str = "\\`*_[]()#!|~@$^{}";

/// A sentence. What it quotes between backticks stays code; everything else is text, and nothing of it a link, a mention, a
/// reference, an image or an element.
pub(super) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut parts = text.split('`');
    if let Some(first) = parts.next() {
        push_text(&mut out, first);
    }
    let quoted: Vec<&str> = parts.collect();
    for pair in quoted.chunks(2) {
        match pair {
            [inside, after] => {
                // Fences that touch would be one.
                if out.ends_with('`') {
                    out.push_str("<!-- -->");
                }
                out.push_str(&code(inside));
                push_text(&mut out, after);
            }
            // The last one has no partner.
            [alone] => {
                out.push_str("\\`");
                push_text(&mut out, alone);
            }
            _ => {}
        }
    }
    out
}

/// Code inside of a line.
pub(super) fn code(text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(text) + 1);
    // A backtick at an end would be one of the fence.
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// Lines of code, each after `indent`.
pub(super) fn block(text: &str, indent: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let mut out = format!("{indent}{fence}\n");
    for line in text.lines() {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "{indent}{line}");
    }
    let _ = writeln!(out, "{indent}{fence}");
    out
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

fn push_text(out: &mut String, text: &str) {
    let mut before = ' ';
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // GitHub looks for people and issues in the text that was made of Markdown; a comment parts it.
            '@' | '#' => {
                let _ = write!(out, "\\{character}<!-- -->");
            }
            // `https://` begins a link, as `www.` does.
            ':' if rest.as_str().starts_with('/') => out.push_str("\\:"),
            '.' if before.eq_ignore_ascii_case(&'w') => out.push_str("\\."),
            _ if OBEYED.contains(character) => {
                let _ = write!(out, "\\{character}");
            }
            _ => out.push(character),
        }
        before = character;
    }
}

#[cfg(test)]
mod tests {
    use super::{block, code, inline};

    #[test]
    fn text_stays_text() {
        for (text, shown) in [
            ("the page asks `ws://h/ws` here", "the page asks `ws://h/ws` here"),
            ("<script>a</script> &amp;", "&lt;script&gt;a&lt;/script&gt; &amp;amp;"),
            ("[a](https://e.example) ![x](y)", r"\[a\]\(https\://e.example\) \!\[x\]\(y\)"),
            ("@team #1 www.e.example a@b.c", r"\@<!-- -->team \#<!-- -->1 www\.e.example a\@<!-- -->b.c"),
            ("one ` alone", r"one \` alone"),
            ("`a``b`", "`a`<!-- -->`b`"),
            ("an empty `` pair", "an empty  pair"),
            ("*a* __b__ ~~c~~ $d$ :e:", r"\*a\* \_\_b\_\_ \~\~c\~\~ \$d\$ :e:"),
        ] {
            assert_eq!(inline(text), shown);
        }
    }

    #[test]
    fn code_ends_where_it_is_to_end() {
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(block("a\n```\n</details>", "  "), "  ````\n  a\n  ```\n  </details>\n  ````\n");
    }
}
