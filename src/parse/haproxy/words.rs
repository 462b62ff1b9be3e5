//! The words of a line, with quotes, escapes and variables as HAProxy reads them.

use crate::base::Span;
use crate::parse::nginx::Hole;

/// A word of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its text without quotes and escapes. Variables of the environment are in it as written.
    pub text: String,
    /// Where it is, quotes included.
    pub span: Span,
    /// Placeholders in `text`: of a template language, and `$NAME` in double quotes, which HAProxy fills from the environment.
    pub holes: Vec<Hole>,
}

/// What a line says.
pub(super) struct Words {
    pub words: Vec<Word>,
    /// The quote that nothing closes.
    pub open_quote: Option<Span>,
}

/// Takes a line apart. `start` is its first byte in the file, `marks` are placeholders of a template language in the file.
pub(super) fn words(bytes: &[u8], start: usize, marks: &[Hole]) -> Words {
    let mut reader = Reader { bytes, start, marks, at: 0, quote: None, word: None, words: Vec::new() };
    reader.run();
    let open_quote = reader.quote.map(|(_, at)| Span::new(start + at, start + at + 1));
    Words { words: reader.words, open_quote }
}

struct Reader<'a> {
    bytes: &'a [u8],
    start: usize,
    marks: &'a [Hole],
    at: usize,
    /// The quote that is open, and where it was opened.
    quote: Option<(u8, usize)>,
    word: Option<Building>,
    words: Vec<Word>,
}

/// A word that is being read.
struct Building {
    from: usize,
    text: Vec<u8>,
    holes: Vec<(usize, usize, String)>,
}

impl Reader<'_> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn word(&mut self) -> &mut Building {
        let from = self.at;
        self.word.get_or_insert_with(|| Building { from, text: Vec::new(), holes: Vec::new() })
    }

    fn put(&mut self, byte: u8) {
        self.word().text.push(byte);
    }

    fn run(&mut self) {
        while let Some(byte) = self.byte(0) {
            if let Some(mark) = self.mark() {
                self.placeholder(&mark);
                continue;
            }
            let quote = self.quote.map(|(quote, _)| quote);
            match (byte, quote) {
                (b'#', None) => break,
                (b'"', None | Some(b'"')) | (b'\'', None | Some(b'\'')) => {
                    // an empty pair of quotes is a word, too
                    self.word();
                    self.quote = if quote.is_some() { None } else { Some((byte, self.at)) };
                    self.at += 1;
                }
                (b'\\', None | Some(b'"')) => self.escape(),
                (b'$', Some(b'"')) => self.variable(),
                (byte, None) if byte.is_ascii_whitespace() || byte == 0x0b => {
                    self.end();
                    self.at += 1;
                }
                _ => {
                    self.put(byte);
                    self.at += 1;
                }
            }
        }
        self.end();
    }

    /// The placeholder of a template language that starts here.
    fn mark(&self) -> Option<Hole> {
        let here = self.start + self.at;
        let index = self.marks.partition_point(|mark| (mark.span.start as usize) < here);
        self.marks.get(index).filter(|mark| mark.span.start as usize == here).cloned()
    }

    fn placeholder(&mut self, mark: &Hole) {
        let end = (mark.span.end as usize).saturating_sub(self.start).max(self.at + 1);
        let word = self.word();
        let from = word.text.len();
        word.text.extend_from_slice(mark.text.as_bytes());
        let to = word.text.len();
        word.holes.push((from, to, mark.text.clone()));
        self.at = end;
    }

    /// `\` and what it makes of the next byte; in front of any other it stays.
    fn escape(&mut self) {
        let in_quotes = self.quote.is_some();
        let (meant, used) = match self.byte(1) {
            Some(next @ (b' ' | b'\\' | b'#' | b'"')) => (next, 2),
            Some(b'\'') if !in_quotes => (b'\'', 2),
            Some(b'$') if in_quotes => (b'$', 2),
            Some(b't') => (b'\t', 2),
            Some(b'n') => (b'\n', 2),
            Some(b'r') => (b'\r', 2),
            Some(b'x') => match (self.byte(2).and_then(digit), self.byte(3).and_then(digit)) {
                (Some(high), Some(low)) => (high * 16 + low, 4),
                _ => (b'\\', 1),
            },
            _ => (b'\\', 1),
        };
        self.put(meant);
        self.at += used;
    }

    /// `$NAME`, `${NAME}`, `${NAME-default}` and `${NAME[*]}` in double quotes.
    fn variable(&mut self) {
        let braces = self.byte(1) == Some(b'{');
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        let length = if braces {
            rest.iter().position(|byte| *byte == b'}').map(|end| end + 2)
        } else {
            let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            (name > 0).then_some(name + 1)
        };
        let Some(length) = length else {
            self.put(b'$');
            self.at += 1;
            return;
        };
        let written = self.bytes.get(self.at..self.at + length).unwrap_or_default().to_vec();
        let word = self.word();
        let from = word.text.len();
        word.text.extend_from_slice(&written);
        let to = word.text.len();
        word.holes.push((from, to, String::from_utf8_lossy(&written).into_owned()));
        self.at += length;
    }

    fn end(&mut self) {
        let Some(Building { from, text, holes }) = self.word.take() else { return };
        let span = Span::new(self.start + from, self.start + self.at);
        let text = match String::from_utf8(text) {
            Ok(text) => text,
            // spans of placeholders would be off in what is replaced
            Err(bad) => String::from_utf8_lossy(bad.as_bytes()).into_owned(),
        };
        let fits = |from: usize, to: usize| text.get(from..to).is_some();
        let holes = holes.into_iter().filter(|(from, to, _)| fits(*from, *to));
        let holes = holes.map(|(from, to, text)| Hole { span: Span::new(from, to), text }).collect();
        self.words.push(Word { text, span, holes });
    }
}

/// The value of a hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
