//! Dockerfiles as instructions: continuation lines joined, comments inside them blanked, here-documents set apart.

use crate::base::Span;

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Its keyword, upper case. The one after `ONBUILD`, when that is in front.
    pub keyword: String,
    /// The whole instruction.
    pub span: Span,
    /// Everything after keyword and flags. Continuations and comments are replaced by as many spaces, so that byte
    /// `n` of it is at byte `start + n` of the file.
    pub arguments: String,
    /// Where `arguments` begins.
    pub start: usize,
    /// `--from=build` and the like: name and value.
    pub flags: Vec<(String, String)>,
    /// The texts of here-documents.
    pub heredocs: Vec<(String, Span)>,
    /// Whether it only happens in images built on this one.
    pub onbuild: Onbuild,
}

/// Whether an instruction is deferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Onbuild {
    /// It is done in this build.
    No,
    /// `ONBUILD` is in front.
    Yes,
}

/// All instructions of a text.
#[must_use]
pub fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape_character(text);
    let mut found = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        let (logical, mut end) = logical_line(text, at, escape);
        let body = logical.trim_start();
        let lead = logical.len() - body.len();
        if !body.is_empty() && !body.starts_with('#') {
            let mut instruction = instruction(body, at + lead);
            for marker in heredoc_markers(&instruction) {
                let from = (end + 1).min(text.len());
                let (span, past) = heredoc(text, from, &marker);
                instruction.heredocs.push((text.get(span.range()).unwrap_or("").to_owned(), span));
                end = past;
            }
            found.push(instruction);
        }
        at = end + 1;
    }
    found
}

fn escape_character(text: &str) -> char {
    for line in text.lines() {
        let Some(directive) = line.trim().strip_prefix('#') else { break };
        let Some((name, value)) = directive.split_once('=') else { break };
        if name.trim().eq_ignore_ascii_case("escape") && value.trim() == "`" {
            return '`';
        }
    }
    '\\'
}

/// The line at `start` with its continuations, in as many bytes as in the file, and the end of its last line.
fn logical_line(text: &str, start: usize, escape: char) -> (String, usize) {
    let mut logical = String::new();
    let mut at = start;
    let mut first = true;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        let end = at + line.len();
        let bare = line.trim_end();
        let comment = line.trim_start().starts_with('#');
        let continued = bare.ends_with(escape) && !(first && comment);
        if !first && (comment || bare.is_empty()) {
            blank(&mut logical, line.len());
        } else if continued {
            let kept = bare.len() - 1;
            logical.push_str(bare.get(..kept).unwrap_or(""));
            blank(&mut logical, line.len() - kept);
        } else {
            logical.push_str(line);
        }
        let goes_on = continued || (!first && (comment || bare.is_empty()));
        if !goes_on || end >= text.len() {
            return (logical, end);
        }
        blank(&mut logical, 1);
        at = end + 1;
        first = false;
    }
}

fn blank(text: &mut String, count: usize) {
    text.extend(std::iter::repeat_n(' ', count));
}

fn instruction(body: &str, start: usize) -> Instruction {
    let mut offset = 0;
    let mut keyword = word(body, &mut offset).to_ascii_uppercase();
    let mut onbuild = Onbuild::No;
    if keyword == "ONBUILD" {
        onbuild = Onbuild::Yes;
        keyword = word(body, &mut offset).to_ascii_uppercase();
    }
    let mut flags = Vec::new();
    loop {
        let mut ahead = offset;
        let next = word(body, &mut ahead);
        let Some(flag) = next.strip_prefix("--") else { break };
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        flags.push((name.to_owned(), value.to_owned()));
        offset = ahead;
    }
    let arguments = body.get(offset..).unwrap_or("");
    let lead = arguments.len() - arguments.trim_start().len();
    let arguments = arguments.trim().to_owned();
    let span = Span::new(start, start + body.trim_end().len());
    Instruction { keyword, span, arguments, start: start + offset + lead, flags, heredocs: Vec::new(), onbuild }
}

/// The next word, past which `offset` is moved.
fn word<'a>(body: &'a str, offset: &mut usize) -> &'a str {
    let rest = body.get(*offset..).unwrap_or("");
    let from = rest.len() - rest.trim_start().len();
    let word = rest.get(from..).unwrap_or("").split(char::is_whitespace).next().unwrap_or("");
    *offset += from + word.len();
    word
}

/// Names that `<<NAME`, `<<-NAME` and `<<"NAME"` announce, in instructions that may have here-documents.
fn heredoc_markers(instruction: &Instruction) -> Vec<String> {
    if !matches!(instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
        return Vec::new();
    }
    let marker = |word: &str| {
        let name = word.strip_prefix("<<")?.trim_start_matches('-').trim_matches(['"', '\'']);
        let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        plain.then(|| name.to_owned())
    };
    instruction.arguments.split_whitespace().filter_map(marker).collect()
}

fn heredoc(text: &str, from: usize, marker: &str) -> (Span, usize) {
    let mut at = from;
    while at < text.len() {
        let line = text.get(at..).unwrap_or("").split('\n').next().unwrap_or("");
        let end = at + line.len();
        if line.trim() == marker {
            return (Span::new(from, at), end);
        }
        at = end + 1;
    }
    (Span::new(from, text.len()), text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuations_comments_flags_and_heredocs() {
        let text = "# syntax=docker/dockerfile:1\nFROM node:20 AS build\nRUN npm ci && \\\n  # why\n\n    npm run build\ncopy --from=build \\\r\n  /app/dist /srv\nRUN <<EOF\nnpm i\nEOF\nONBUILD COPY . /x\nCMD [\"a\"]";
        let found = instructions(text);
        let brief: Vec<_> =
            found.iter().map(|i| (i.keyword.as_str(), i.arguments.split_whitespace().count())).collect();
        assert_eq!(brief, [("FROM", 3), ("RUN", 6), ("COPY", 2), ("RUN", 1), ("COPY", 2), ("CMD", 1)]);
        assert_eq!(found[2].flags, [(String::from("from"), String::from("build"))]);
        assert_eq!(found[3].heredocs[0].0, "npm i\n");
        assert_eq!(found[4].onbuild, Onbuild::Yes);
        let copy = &found[2];
        let at = copy.start + copy.arguments.find("/srv").expect("there");
        assert_eq!(&text[at..at + 4], "/srv");
    }

    #[test]
    fn endless_continuations_are_linear() {
        assert_eq!(instructions(&"RUN a \\\n".repeat(50_000)).len(), 1);
    }
}
