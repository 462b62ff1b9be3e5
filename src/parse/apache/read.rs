//! Lines to directives and sections.

use super::lines::{Line, Lines};
use super::words::{Word, Words};
use crate::base::{Limit, Span};
use crate::parse::nginx::mask::mask;
use crate::parse::nginx::{Control, Hole, Style};

/// Sections deeper than this are not followed: no configuration that people write comes near.
const DEPTH: Limit = Limit::new(
    48,
    "sections inside each other",
    "what the file says from here on is unknown",
    "nest sections less deeply, or leave the file out with `exclude` in `wirelint.toml`",
);

/// What a text says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Directives and sections in order. Every [`Event::Open`] has its [`Event::Close`].
    pub events: Vec<Event>,
    /// What httpd would refuse, or where reading stopped.
    pub failures: Vec<Failure>,
    /// Statements of a template language around the configuration.
    pub controls: Vec<Control>,
}

/// A directive, or an edge of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `Name args`
    Simple(Statement),
    /// `<Name args>`
    Open(Statement),
    /// `</Name>`
    Close,
}

/// A directive with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its name without `<`, as written.
    pub name: String,
    /// The name's place.
    pub name_span: Span,
    /// The whole line.
    pub span: Span,
    /// Its words.
    pub args: Vec<Word>,
    /// Everything after the name as it is, without the `>` of a section.
    pub rest: Word,
}

/// Something that stops httpd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where.
    pub span: Span,
    /// Who stops, and why.
    pub kind: FailureKind,
}

/// Whether httpd refuses or wirelint gives up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// httpd refuses: why, without a full stop.
    Refused(String),
    /// A bound of wirelint's own.
    Limit(Limit),
}

/// Reads a text. Sections that are not closed end with the file; an end without a start is passed over.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let masked = mask(text, Style::Plain);
    let mut reader = Reader { marks: masked.holes, open: Vec::new(), parsed: Parsed::default() };
    for line in Lines::new(&masked.bytes) {
        if !reader.line(&line) {
            break;
        }
    }
    while let Some((name, span)) = reader.open.pop() {
        reader.refuse(span, format!("<{name}> is never closed"));
        reader.parsed.events.push(Event::Close);
    }
    reader.parsed.controls = masked.controls;
    reader.parsed
}

struct Reader {
    marks: Vec<Hole>,
    /// Names and places of the sections that are open.
    open: Vec<(String, Span)>,
    parsed: Parsed,
}

impl Reader {
    fn refuse(&mut self, span: Span, words: String) {
        self.parsed.failures.push(Failure { span, kind: FailureKind::Refused(words) });
    }

    /// Reads a line; `false` when reading is to stop.
    fn line(&mut self, line: &Line) -> bool {
        let mut words = Words::new(line, &self.marks);
        let start = words.position();
        match line.bytes.get(start) {
            None | Some(b'#') => return true,
            Some(b'<') => {}
            Some(_) => {
                if let Some(statement) = directive(&mut words, line) {
                    self.parsed.events.push(Event::Simple(statement));
                }
                return true;
            }
        }
        let span = line.span(start, line.bytes.len());
        if line.bytes.get(start + 1) == Some(&b'/') {
            let name = words.common().map(|word| word.text).unwrap_or_default();
            self.close(name.trim_start_matches("</").trim_end_matches('>'), span);
            return true;
        }
        if self.open.len() >= DEPTH.most_items() {
            self.parsed.failures.push(Failure { span, kind: FailureKind::Limit(DEPTH) });
            return false;
        }
        let last = line.bytes.iter().rposition(|byte| *byte == b'>');
        if last.is_none() {
            self.refuse(span, "this section has no `>` at its end".to_owned());
        }
        // what follows the last `>` is passed over by httpd
        let cut = line.cut(last.unwrap_or(line.bytes.len()));
        if let Some(mut statement) = directive(&mut Words::new(&cut, &self.marks), &cut) {
            statement.name = statement.name.trim_start_matches('<').to_owned();
            statement.span = span;
            self.open.push((statement.name.clone(), span));
            self.parsed.events.push(Event::Open(statement));
        }
        true
    }

    fn close(&mut self, name: &str, span: Span) {
        let Some((expected, _)) = self.open.last() else {
            self.refuse(span, format!("</{name}> closes no section"));
            return;
        };
        if expected.eq_ignore_ascii_case(name) {
            self.open.pop();
            self.parsed.events.push(Event::Close);
            return;
        }
        let words = format!("</{name}> does not close <{expected}>");
        self.refuse(span, words);
        // an outer section of this name ends, and those in it with it
        if let Some(at) = self.open.iter().rposition(|(open, _)| open.eq_ignore_ascii_case(name)) {
            let closed = self.open.drain(at..).count();
            self.parsed.events.extend((0..closed).map(|_| Event::Close));
        }
    }
}

/// The directive of a line.
fn directive(words: &mut Words<'_>, line: &Line) -> Option<Statement> {
    let start = words.position();
    let name = words.common()?;
    let rest = words.rest();
    let is_rewrite = ["RewriteRule", "RewriteCond"].iter().any(|known| name.text.eq_ignore_ascii_case(known));
    let mut args = Vec::new();
    while let Some(word) = if is_rewrite { words.of_rewrite() } else { words.common() } {
        args.push(word);
    }
    let end = line.bytes.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(start, |last| last + 1);
    Some(Statement { name: name.text, name_span: name.span, span: line.span(start, end), args, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line for each event: `name|arg|arg`, sections in angle brackets.
    fn shown(text: &str) -> Vec<String> {
        let show = |statement: &Statement| {
            let args = statement.args.iter().map(|arg| arg.text.as_str());
            std::iter::once(statement.name.as_str()).chain(args).collect::<Vec<_>>().join("|")
        };
        let parsed = parse(text);
        let one = |event: &Event| match event {
            Event::Simple(statement) => show(statement),
            Event::Open(statement) => format!("<{}>", show(statement)),
            Event::Close => "</>".to_owned(),
        };
        parsed.events.iter().map(one).collect()
    }

    #[test]
    fn words_are_taken_apart_as_httpd_does() {
        let table: [(&str, &[&str]); 9] = [
            ("ServerName a.test # b", &["ServerName|a.test|#|b"]),
            ("  # ServerName a", &[]),
            ("Header set X \"a \\\"b\\\" \\\\ \\c\"", &["Header|set|X|a \"b\" \\ \\c"]),
            ("Header set X 'a b'c", &["Header|set|X|a b|c"]),
            ("RewriteRule ^/a\\ b$ \"/c d\" [L,R=301]", &["RewriteRule|^/a\\ b$|/c d|[L,R=301]"]),
            ("<VirtualHost *:80>\nx y\n</virtualhost>", &["<VirtualHost|*:80>", "x|y", "</>"]),
            ("<If \"%{HTTP_HOST} == 'a'\">\n</If>", &["<If|%{HTTP_HOST} == 'a'>", "</>"]),
            ("a\\\n b \\\n#c", &["a|b|#c"]),
            ("x \"unfinished word", &["x|unfinished word"]),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn sections_that_do_not_fit_are_refused_and_the_rest_is_read() {
        let failures = |text: &str| {
            let refused = |failure: Failure| match failure.kind {
                FailureKind::Refused(words) => words,
                FailureKind::Limit(limit) => limit.to_string(),
            };
            parse(text).failures.into_iter().map(refused).collect::<Vec<_>>()
        };
        assert_eq!(failures("<A>\n<B>\n</A>\nc d\n"), ["</A> does not close <B>"]);
        assert_eq!(shown("<A>\n<B>\n</A>\nc d\n"), ["<A>", "<B>", "</>", "</>", "c|d"]);
        assert_eq!(failures("</A>\n"), ["</A> closes no section"]);
        assert_eq!(failures("<A x>\n"), ["<A> is never closed"]);
        assert_eq!(failures(&"<A>\n".repeat(60)).len(), 49);
    }

    #[test]
    fn placeholders_are_holes() {
        let parsed = parse("ProxyPass /{{ path }} http://${HOST}:80/${map:x} \"a@@B@@\"\n{% if x %}\nListen 80\n");
        let Some(Event::Simple(statement)) = parsed.events.first() else { panic!("a directive") };
        let holes = statement.args.iter().flat_map(|arg| &arg.holes);
        let holes: Vec<_> = holes.map(|hole| (hole.span.range(), hole.text.as_str())).collect();
        assert_eq!(holes, [(1..11, "{{ path }}"), (7..14, "${HOST}"), (1..6, "@@B@@")]);
        assert_eq!((parsed.controls.len(), parsed.events.len()), (1, 2));
    }
}
