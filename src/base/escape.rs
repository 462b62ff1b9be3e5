//! Text that a repository chose, made harmless for terminals and logs.
//!
//! A name, a value or a line of source may hold what a terminal obeys (escape sequences, line breaks, marks that turn the
//! direction of writing) and what a build log obeys (`::error`, `##[`). Everything that leaves passes one of these functions:
//! [`inline`] and [`lines`] where a sentence is made, [`plain`], [`coloured`], [`linked`], [`commands`] and [`json`] where a whole text
//! is written.

use std::borrow::Cow;
use std::fmt::Write;

/// What is shown as `\u{..}`: control characters, and those that turn the direction of writing or end a line.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn push_escaped(out: &mut String, character: char) {
    // Writing into a string cannot fail.
    let _ = write!(out, "\\u{{{:x}}}", u32::from(character));
}

/// `text` for the inside of a line: no character of it ends the line or is obeyed by a terminal.
#[must_use]
pub fn inline(text: &str) -> Cow<'_, str> {
    escape(text, is_unsafe)
}

/// `text` of several lines: line feeds stay, everything else is as in [`inline`].
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |character| is_unsafe(character) && character != '\n')
}

fn escape(text: &str, replaced: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&replaced) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if replaced(character) {
            push_escaped(&mut out, character);
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// A file's text as it is shown, and where each place of the file is in it. Tabs and line ends stay.
#[derive(Clone, Debug, Default)]
pub struct Visible {
    text: String,
    /// Offsets behind each replaced character: in the file, and in what is shown.
    shifts: Vec<(usize, usize)>,
}

impl Visible {
    /// Makes `text` visible.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut visible = Self { text: String::with_capacity(text.len()), shifts: Vec::new() };
        let mut rest = text.char_indices().peekable();
        while let Some((start, character)) = rest.next() {
            let stays = match character {
                '\n' | '\t' => true,
                '\r' => rest.peek().is_some_and(|(_, next)| *next == '\n'),
                character => !is_unsafe(character),
            };
            if stays {
                visible.text.push(character);
            } else {
                push_escaped(&mut visible.text, character);
                visible.shifts.push((start + character.len_utf8(), visible.text.len()));
            }
        }
        visible
    }

    /// What is shown.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the character boundary `offset` of the file is in what is shown.
    #[must_use]
    pub fn at(&self, offset: usize) -> usize {
        let before = self.shifts.partition_point(|(file, _)| *file <= offset);
        match before.checked_sub(1).and_then(|index| self.shifts.get(index)) {
            Some((file, shown)) => shown + (offset - file),
            None => offset,
        }
    }
}

/// A whole text as it may be written, without colours.
#[must_use]
pub fn plain(text: &str) -> String {
    checked(text, &|_| 0, &[])
}

/// The same with the colours of a renderer that escaped what it coloured: nothing but colour sequences stays.
#[must_use]
pub fn coloured(text: &str) -> String {
    checked(text, &colour_length, &[])
}

/// The pages that begin with an address.
#[derive(Clone, Copy, Debug)]
pub struct PageOf(pub &'static str);

/// The same with links to own pages, which terminals show: no link leads anywhere else.
#[must_use]
pub fn linked(text: &str, own: PageOf) -> String {
    checked(text, &|rest| colour_length(rest).max(link_length(rest, own)), &[])
}

/// Commands of GitHub's runner: a line that begins with one of `own` was made by a renderer and stays a command, and no other
/// line becomes one.
#[must_use]
pub fn commands(text: &str, own: &[&str]) -> String {
    checked(text, &|_| 0, own)
}

/// A JSON document: characters that a terminal obeys can only be inside strings, where JSON has an escape for them.
#[must_use]
pub fn json(text: &str) -> String {
    let harmless = |byte: u8| matches!(byte, b'\n' | b' '..=b'~');
    if text.bytes().all(harmless) || !text.contains(|character: char| is_unsafe(character) && character != '\n') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unsafe(character) && character != '\n' {
            // All of them are below U+10000.
            let _ = write!(out, "\\u{:04x}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// `sequence` says how many bytes at the start of a text a terminal may obey; `own` are the starts of lines that a build log may.
fn checked(text: &str, sequence: &dyn Fn(&str) -> usize, own: &[&str]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let command = own.iter().find(|start| line.starts_with(**start)).map_or("", |start| start);
        out.push_str(command);
        let first = if command.is_empty() { Position::Start } else { Position::Inside };
        checked_line(&mut out, &line[command.len()..], sequence, first);
    }
    out
}

/// Where in its line a text begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Start,
    Inside,
}

/// Commands that build services read anywhere in a line.
const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// One line. What a build log would take for a command is broken up: `::name` as a line's first word, `##[` anywhere.
fn checked_line(out: &mut String, line: &str, sequence: &dyn Fn(&str) -> usize, first: Position) {
    let mut rest = line;
    let mut at_start = first == Position::Start;
    while let Some(character) = rest.chars().next() {
        let obeyed = if character == '\u{1b}' { sequence(rest) } else { 0 };
        if obeyed > 0 {
            let (sequence, after) = rest.split_at(obeyed);
            out.push_str(sequence);
            rest = after;
            continue;
        }
        let names_command = at_start && is_command(rest) || COMMANDS.iter().any(|command| rest.starts_with(command));
        if names_command || is_unsafe(character) {
            push_escaped(out, character);
        } else {
            out.push(character);
        }
        at_start &= character.is_whitespace();
        rest = &rest[character.len_utf8()..];
    }
}

fn is_command(text: &str) -> bool {
    text.strip_prefix("::").and_then(|name| name.chars().next()).is_some_and(|first| first.is_ascii_alphabetic())
}

/// `ESC [ 1 ; 31 m` and the like.
fn colour_length(text: &str) -> usize {
    let Some(body) = text.strip_prefix("\u{1b}[") else { return 0 };
    let numbers = body.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if body.as_bytes().get(numbers) == Some(&b'm') { numbers + 3 } else { 0 }
}

/// `ESC ] 8 ; ; ADDRESS ESC \`, where the address is empty or that of an own page.
fn link_length(text: &str, own: PageOf) -> usize {
    const START: &str = "\u{1b}]8;;";
    const END: &str = "\u{1b}\\";
    let Some(body) = text.strip_prefix(START) else { return 0 };
    let address = body.strip_prefix(own.0).filter(|rest| rest.starts_with('/')).unwrap_or_default();
    let of_page = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    let path = address.bytes().take_while(of_page).count();
    let length = if address.is_empty() { 0 } else { own.0.len() + path };
    if body[length..].starts_with(END) { START.len() + length + END.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_stays() {
        let hostile = "a\u{1b}[2Jb\rc\nd\u{7f}e\u{9b}31mf\u{202e}g\u{2066}h\u{200f}i\u{61c}j\u{2028}k\0";
        let shown = r"a\u{1b}[2Jb\u{d}c\u{a}d\u{7f}e\u{9b}31mf\u{202e}g\u{2066}h\u{200f}i\u{61c}j\u{2028}k\u{0}";
        assert_eq!(inline(hostile), shown);
        assert_eq!(lines(hostile), shown.replace(r"\u{a}", "\n"));
        assert_eq!(plain(hostile), shown.replace(r"\u{a}", "\n"));
        assert!(matches!(inline("straße → ok"), Cow::Borrowed(_)));
    }

    #[test]
    fn colours_stay_where_a_renderer_made_them_and_nothing_else_does() {
        let text = "\u{1b}[1;31mred\u{1b}[0m \u{1b}[2J \u{1b}]0;title\u{7}";
        assert_eq!(coloured(text), "\u{1b}[1;31mred\u{1b}[0m \\u{1b}[2J \\u{1b}]0;title\\u{7}");
    }

    #[test]
    fn no_line_is_a_command_of_a_build_service() {
        let cases = [
            ("::error file=a::b", r"\u{3a}:error file=a::b"),
            ("x\n  ::add-mask::b", "x\n  \\u{3a}:add-mask::b"),
            ("say ##[error]x", r"say \u{23}#[error]x"),
            ("##vso[task.setvariable]x", r"\u{23}#vso[task.setvariable]x"),
            ("listen [::]:80; ::1 and std::fmt", "listen [::]:80; ::1 and std::fmt"),
            ("### [a] ## b", "### [a] ## b"),
        ];
        for (text, shown) in cases {
            assert_eq!(plain(text), shown);
        }
        assert_eq!(coloured("\u{1b}[31m ::error::x"), "\u{1b}[31m \\u{3a}:error::x");
    }

    #[test]
    fn links_lead_to_own_pages_and_nowhere_else() {
        let own = PageOf("https://example.org/wirelint");
        let link = |address: &str| format!("\u{1b}]8;;{address}\u{1b}\\rule\u{1b}]8;;\u{1b}\\");
        let good = link("https://example.org/wirelint/rules/a-b.md");
        assert_eq!(linked(&format!("\u{1b}[31m{good}\u{1b}[0m"), own), format!("\u{1b}[31m{good}\u{1b}[0m"));
        for address in [
            "https://evil.example",
            "https://example.org/wirelint\u{1b}[2J",
            "file:///a",
            "https://example.org/wirelint?x=1",
        ] {
            let shown = linked(&link(address), own);
            assert!(shown.starts_with("\\u{1b}]8;;"), "{address}: {shown:?}");
        }
        assert_eq!(coloured(&good).matches('\u{1b}').count(), 0);
    }

    #[test]
    fn commands_stay_where_a_renderer_made_them() {
        let text = "::error file=a,title=b::c\u{1b} ##[error]x\n::add-mask::x\n ::error file=a::b";
        let shown = "::error file=a,title=b::c\\u{1b} \\u{23}#[error]x\n\\u{3a}:add-mask::x\n \\u{3a}:error file=a::b";
        assert_eq!(commands(text, &["::error "]), shown);
    }

    #[test]
    fn a_document_stays_the_same_document() {
        let value = serde_json::json!({ "a\u{9b}b": ["\u{202e}", "\u{7f}", "\n", "\u{1b}", "ü"] });
        let page = json(&serde_json::to_string_pretty(&value).expect("text"));
        assert!(!page.contains(|character: char| is_unsafe(character) && character != '\n'), "{page:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&page).expect("JSON"), value);
    }

    #[test]
    fn places_are_found_again_in_what_is_shown() {
        let text = "a\u{1b}b\r\nc\u{202e}\td";
        let visible = Visible::new(text);
        assert_eq!(visible.text(), "a\\u{1b}b\r\nc\\u{202e}\td");
        for name in ['a', 'b', 'c', 'd', '\t'] {
            let place = visible.at(text.find(name).expect("there"));
            assert_eq!(visible.text()[place..].chars().next(), Some(name));
        }
        assert_eq!(visible.at(text.len()), visible.text().len());
        assert_eq!(Visible::new("plain").at(3), 3);
    }
}
