//! What other programs look for in a text to put their own words in, before it reaches whom it is for.

/// What a server or a tool fills in or carries out: `{{ host }}`, `{% if x %}`, `<%= host %>`.
pub const TEMPLATE_MARKS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("<%", "%>")];

/// Variables between two marks: `${HOST}`, `$(HOST)`, `#{HOST}#`, `@{host}`, `%{ if x }`.
pub const VARIABLE_MARKS: [(&str, &str); 5] = [("${", "}"), ("$(", ")"), ("#{", "}"), ("@{", "}"), ("%{", "}")];

/// Other marks, whose ends nobody looks for: a comment of Jinja, PHP, a marker of m4.
const LONE_MARKS: [&str; 3] = ["{#", "<?", "@@"];

/// What may leave lines out, or write more of them.
const STATEMENTS: [&str; 3] = ["{%", "%{", "<%"];

/// Whether a text has the marks of some template language: what it says in the end is not known.
#[must_use]
pub fn has_mark(text: &str) -> bool {
    let pairs = TEMPLATE_MARKS.iter().chain(&VARIABLE_MARKS).map(|(open, _)| open);
    pairs.chain(&LONE_MARKS).any(|mark| text.contains(mark))
}

/// Whether a text has statements of a template language other than Go's, or `@NAME@`.
#[must_use]
pub fn has_statement(text: &str) -> bool {
    STATEMENTS.iter().any(|mark| text.contains(mark)) || has_name_between(text, "@")
}

/// Whether something stands in a name, where a letter or a digit would, for what somebody puts in later: a mark, `$HOST`,
/// `__HOST__`, `@HOST@`, `<host>`.
#[must_use]
pub fn has_placeholder(name: &str) -> bool {
    has_mark(name)
        || name.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        || has_name_between(name, "__")
        || has_name_between(name, "@")
        || has_angles(name)
}

/// Whether a name in capitals stands between two of these.
fn has_name_between(text: &str, mark: &str) -> bool {
    let is_name = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let mut pieces = text.split(mark).skip(1).peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_some() && is_name(piece) {
            return true;
        }
    }
    false
}

/// Whether words stand in angle brackets: `<your-host>`. A group of a pattern with a name, `(?<id>`, is none.
fn has_angles(text: &str) -> bool {
    let mut pieces = text.split('<');
    let mut before = pieces.next().unwrap_or_default();
    for piece in pieces {
        let inside = piece.split_once('>').map_or("", |(inside, _)| inside);
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'-' | b'.');
        if !inside.is_empty() && inside.bytes().all(is_word) && !before.ends_with(['?', 'P']) {
            return true;
        }
        before = piece;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_stand_in_names() {
        let forms =
            "${HOST} $(HOST) $HOST api-__HOST__ @HOST@ <host> <your-host>.example.com {{host}} {%x%} #{HOST}# a$HOST";
        for name in forms.split(' ') {
            assert!(has_placeholder(name), "{name}");
        }
        for name in
            ["api", "a__b", "/__hmr__", "/api(/|$)(.*)", "(?<id>[0-9]+)", "(?P<id>x)", "a@b.c", "*.a.test", "a < b"]
        {
            assert!(!has_placeholder(name), "{name}");
        }
    }

    #[test]
    fn statements_are_told_from_variables() {
        assert!(has_statement("{% if x %}") && has_statement("name: @NAME@") && !has_statement("${NAME}"));
        assert!(has_mark("${NAME}") && !has_mark("a: b"));
    }
}
