//! Lines to sections.

use super::words::{Word, words};
use crate::base::Span;
use crate::parse::nginx::mask::mask;
use crate::parse::nginx::{Control, Style};

/// What a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Its sections in order.
    pub sections: Vec<Section>,
    /// What HAProxy would refuse.
    pub failures: Vec<Failure>,
    /// Statements of a template language around the configuration.
    pub controls: Vec<Control>,
}

/// A section: its first line, and the lines that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `frontend web`
    pub head: Line,
    /// The lines below it, blank ones and comments left out.
    pub lines: Vec<Line>,
}

/// A line with words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its words, one at least.
    pub words: Vec<Word>,
    /// From its first word to its last one.
    pub span: Span,
    /// Whether it is part of the configuration.
    pub presence: Presence,
}

/// Whether a line takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// It does.
    #[default]
    Always,
    /// A condition of `.if` decides it, on the version or environment of the HAProxy that reads it.
    Sometimes,
}

/// Something that stops HAProxy: where, and why, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where.
    pub span: Span,
    /// Why.
    pub message: String,
}

/// The words that open a section.
const SECTIONS: [&str; 20] = [
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "peers",
    "resolvers",
    "userlist",
    "mailers",
    "cache",
    "program",
    "ring",
    "http-errors",
    "fcgi-app",
    "log-forward",
    "log-profile",
    "crt-store",
    "traces",
    "acme",
    "ruleset",
];

/// `.if` inside each other beyond this are refused by HAProxy itself.
const MOST_CONDITIONS: usize = 16;

/// Reads a text. What stands in front of all sections is refused, and left out.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let text = text.strip_prefix('\u{feff}').map_or((text, 0), |rest| (rest, 3));
    let (body, offset) = text;
    let masked = mask(body, Style::Plain);
    let mut reader = Reader { parsed: Parsed::default(), conditions: Vec::new() };
    let mut start = 0;
    for line in masked.bytes.split(|byte| *byte == b'\n') {
        reader.line(line, start, &masked.holes);
        start += line.len() + 1;
    }
    for (_, span) in std::mem::take(&mut reader.conditions) {
        reader.refuse(span, "this `.if` is never closed by `.endif`".to_owned());
    }
    let mut parsed = reader.parsed;
    parsed.controls = masked.controls;
    if offset > 0 {
        parsed.shift(offset);
    }
    parsed
}

/// What a `.if` with its branches comes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Branch {
    /// The lines are read.
    Taken,
    /// They are not.
    Left,
    /// Nobody knows here.
    Open,
    /// An earlier branch was taken: no other one is.
    Done,
}

struct Reader {
    parsed: Parsed,
    /// The `.if`s that are open.
    conditions: Vec<(Branch, Span)>,
}

impl Reader {
    fn refuse(&mut self, span: Span, message: String) {
        self.parsed.failures.push(Failure { span, message });
    }

    fn line(&mut self, bytes: &[u8], start: usize, marks: &[crate::parse::nginx::Hole]) {
        let found = words(bytes, start, marks);
        if let Some(span) = found.open_quote {
            self.refuse(span, "this quote is never closed".to_owned());
        }
        let (Some(first), Some(last)) = (found.words.first(), found.words.last()) else { return };
        let span = first.span.cover(last.span);
        if first.text.starts_with('.') && self.directive(&found.words, span) {
            return;
        }
        let presence = match self.presence() {
            Some(presence) => presence,
            None => return,
        };
        let opens = SECTIONS.contains(&first.text.as_str()) && first.holes.is_empty();
        let line = Line { words: found.words, span, presence };
        if opens {
            self.parsed.sections.push(Section { head: line, lines: Vec::new() });
        } else if let Some(section) = self.parsed.sections.last_mut() {
            section.lines.push(line);
        } else {
            let word = line.words.first().map(|word| word.text.clone()).unwrap_or_default();
            self.refuse(span, format!("`{word}` stands outside of any section"));
        }
    }

    /// Whether lines here take part; `None` when they do not.
    fn presence(&self) -> Option<Presence> {
        let mut presence = Presence::Always;
        for (branch, _) in &self.conditions {
            match branch {
                Branch::Taken => {}
                Branch::Open => presence = Presence::Sometimes,
                Branch::Left | Branch::Done => return None,
            }
        }
        Some(presence)
    }

    /// `.if` and its like; `false` for other words.
    fn directive(&mut self, words: &[Word], span: Span) -> bool {
        let name = words.first().map(|word| word.text.as_str()).unwrap_or_default();
        let said = match words.get(1).map(|word| word.text.as_str()) {
            None | Some("0") => Branch::Left,
            Some("1") => Branch::Taken,
            Some(_) => Branch::Open,
        };
        match name {
            ".if" if self.conditions.len() >= MOST_CONDITIONS => {
                self.refuse(span, "too many `.if` are inside each other".to_owned());
            }
            ".if" => self.conditions.push((said, span)),
            ".elif" | ".else" => {
                let said = if name == ".else" { Branch::Taken } else { said };
                let Some((branch, _)) = self.conditions.last_mut() else {
                    self.refuse(span, format!("`{name}` belongs to no `.if`"));
                    return true;
                };
                *branch = match *branch {
                    Branch::Taken | Branch::Done => Branch::Done,
                    Branch::Left => said,
                    Branch::Open => Branch::Open,
                };
            }
            ".endif" => {
                if self.conditions.pop().is_none() {
                    self.refuse(span, "`.endif` belongs to no `.if`".to_owned());
                }
            }
            ".notice" | ".warning" | ".alert" | ".diag" => {}
            _ => return false,
        }
        true
    }
}

impl Parsed {
    /// Moves all places behind a byte order mark.
    fn shift(&mut self, by: usize) {
        let moved = |span: &mut Span| *span = Span::new(span.start as usize + by, span.end as usize + by);
        for section in &mut self.sections {
            for line in std::iter::once(&mut section.head).chain(&mut section.lines) {
                moved(&mut line.span);
                line.words.iter_mut().for_each(|word| moved(&mut word.span));
            }
        }
        self.failures.iter_mut().for_each(|failure| moved(&mut failure.span));
        self.controls.iter_mut().for_each(|control| moved(&mut control.span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line for each line: `word|word`, sections in brackets, lines that hang on a condition with a question mark.
    fn shown(text: &str) -> Vec<String> {
        let show = |line: &Line| {
            let words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
            format!("{}{}", if line.presence == Presence::Sometimes { "?" } else { "" }, words.join("|"))
        };
        let mut out = Vec::new();
        for section in parse(text).sections {
            out.push(format!("[{}]", show(&section.head)));
            out.extend(section.lines.iter().map(show));
        }
        out
    }

    #[test]
    fn words_are_taken_apart_as_haproxy_does() {
        let table: [(&str, &[&str]); 8] = [
            ("frontend a # web\n\tbind *:80 # here", &["[frontend|a]", "bind|*:80"]),
            ("global\n a 'x ${FOO} \\x41' \"b c\"d \"\"", &["[global]", "a|x ${FOO} \\x41|b cd|"]),
            ("global\n a\\ b\\#c\\x41\\\"d\\'e\\$ \\1", &["[global]", "a b#cA\"d'e\\$|\\1"]),
            ("global\r\n daemon\r\n", &["[global]", "daemon"]),
            ("global\n.if 0\n a\n.else\n b\n.endif\n c", &["[global]", "b", "c"]),
            ("global\n.if defined(X)\n a\n.elif 1\n b\n.endif\n c", &["[global]", "?a", "?b", "c"]),
            ("x y\nglobal\n a", &["[global]", "a"]),
            ("global\n a \"unfinished b", &["[global]", "a|unfinished b"]),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_and_the_rest_is_read() {
        let failures = |text: &str| parse(text).failures.into_iter().map(|failure| failure.message).collect::<Vec<_>>();
        assert_eq!(failures("x y\nglobal\n a"), ["`x` stands outside of any section"]);
        assert_eq!(failures("global\n a \"b"), ["this quote is never closed"]);
        assert_eq!(failures("global\n.if 1\n a\n"), ["this `.if` is never closed by `.endif`"]);
        assert_eq!(failures("global\n.endif\n.else\n").len(), 2);
        assert_eq!(failures(&format!("global\n{}", ".if 1\n".repeat(20))).len(), 20);
    }

    #[test]
    fn placeholders_are_holes() {
        let parsed = parse("\u{feff}backend b\n server s \"${HOST-back}:$PORT\" {{ x }} '$A' {% if x %}\n{% if y %}\n");
        let line = parsed.sections.first().and_then(|section| section.lines.first()).expect("a line");
        let holes: Vec<_> = line
            .words
            .iter()
            .flat_map(|word| word.holes.iter().map(|hole| (hole.span.range(), hole.text.as_str())))
            .collect();
        assert_eq!(holes, [(0..12, "${HOST-back}"), (13..18, "$PORT"), (0..7, "{{ x }}")]);
        assert_eq!(line.words.first().map(|word| word.span.range()), Some(14..20));
        assert_eq!(parsed.controls.len(), 2);
    }
}
