//! Template languages around nginx syntax, masked by text of the same length.

use crate::base::Span;

/// How the text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Only as nginx; template marks that nginx itself could not read are masked all the same.
    Plain,
    /// A template: `${NAME}` in capitals is a placeholder too.
    Template,
}

/// A placeholder in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Which bytes.
    pub span: Span,
    /// What is there.
    pub text: String,
}

/// A statement of the template language (`{% if %}`), or a placeholder that stands for whole directives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Where.
    pub span: Span,
    /// Whether it can bring directives that are not in the text.
    pub inserts: bool,
}

pub(in crate::parse) struct Masked {
    /// The text with placeholders as letters and statements as spaces.
    pub bytes: Vec<u8>,
    /// Placeholders inside words, in order.
    pub holes: Vec<Hole>,
    pub controls: Vec<Control>,
}

enum Mark {
    Statement,
    Value,
}

pub(in crate::parse) fn mask(text: &str, style: Style) -> Masked {
    let mut ends = Ends { text, known: Vec::new() };
    let mut masked = Masked { bytes: text.as_bytes().to_vec(), holes: Vec::new(), controls: Vec::new() };
    let mut at = 0;
    while let Some(found) = text.as_bytes().get(at..).and_then(|rest| memchr::memchr3(b'{', b'<', b'@', rest)) {
        at += found;
        match mark_at(text, at, style, &mut ends) {
            Some((end, mark)) => {
                masked.put(text, at, end, &mark);
                at = end;
            }
            None if style == Style::Template && at > 0 && text.as_bytes().get(at - 1) == Some(&b'$') => {
                // envsubst knows only names; `${X:-y}` is left as it is by it and filled by shells
                let rest = text.as_bytes().get(at + 1..).unwrap_or_default();
                let upper = |b: &&u8| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b'_';
                let length = rest.iter().take_while(upper).count();
                let is_name = length > 0 && matches!(rest.get(length), Some(b':' | b'-' | b'}'));
                match ends.after("}", at).filter(|_| is_name) {
                    Some(end) => {
                        masked.put(text, at - 1, end, &Mark::Value);
                        at = end;
                    }
                    None => at += 1,
                }
            }
            None => at += 1,
        }
    }
    masked
}

/// The end and meaning of the template mark that starts at `at`.
fn mark_at(text: &str, at: usize, style: Style, ends: &mut Ends<'_>) -> Option<(usize, Mark)> {
    let rest = text.get(at..)?;
    let mut until = |close: &'static str| ends.after(close, at);
    // `$` in front: an nginx variable in braces around a name, never a mark
    let after_dollar = at > 0 && text.as_bytes().get(at - 1) == Some(&b'$');
    // `location / {# note` is good nginx
    if rest.starts_with("{%") || rest.starts_with("{#") && style == Style::Template {
        let close = if rest.starts_with("{%") { "%}" } else { "#}" };
        return Some((until(close)?, Mark::Statement));
    }
    if rest.starts_with("{{") && !after_dollar {
        let end = until("}}")?;
        let inside = text.get(at + 2..end - 2)?;
        if inside.len() > 400 {
            return None;
        }
        let word = inside.trim_start_matches(['-', ' ', '\t']).split([' ', '\t', '\n']).next().unwrap_or("");
        let statement = matches!(word, "if" | "else" | "end" | "range" | "with" | "define" | "block" | "template")
            || inside.trim_start_matches(['-', ' ']).starts_with("/*")
            || inside.trim_start_matches(['-', ' ']).starts_with('$') && inside.contains(":=");
        return Some((end, if statement { Mark::Statement } else { Mark::Value }));
    }
    if rest.starts_with("<%") {
        let end = until("%>")?;
        let value = rest.starts_with("<%=");
        return Some((end, if value { Mark::Value } else { Mark::Statement }));
    }
    if let Some(inside) = rest.strip_prefix("@@") {
        let name = inside.split_once("@@").map(|(name, _)| name)?;
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        return plain.then_some((at + name.len() + 4, Mark::Value));
    }
    None
}

/// Where marks end. They are looked for from the front to the back, so each part of the text is searched once for each of them.
struct Ends<'t> {
    text: &'t str,
    /// Where each closing mark is next; `None`: nowhere.
    known: Vec<(&'static str, Option<usize>)>,
}

impl Ends<'_> {
    /// The offset behind the first closing mark from `at` on.
    fn after(&mut self, close: &'static str, at: usize) -> Option<usize> {
        let find = || self.text.get(at..)?.find(close).map(|found| at + found);
        let next = match self.known.iter_mut().find(|(known, _)| *known == close) {
            Some((_, next)) => {
                if next.is_some_and(|next| next < at) {
                    *next = find();
                }
                *next
            }
            None => {
                let next = find();
                self.known.push((close, next));
                next
            }
        };
        next.map(|next| next + close.len())
    }
}

impl Masked {
    fn put(&mut self, text: &str, start: usize, end: usize, mark: &Mark) {
        let span = Span::new(start, end);
        let before = text.get(..start).unwrap_or_default().trim_end_matches([' ', '\t']);
        let after = text.get(end..).unwrap_or_default().trim_start_matches([' ', '\t', '\r']);
        let alone = (before.is_empty() || before.ends_with('\n')) && (after.is_empty() || after.starts_with('\n'));
        let filler = match mark {
            Mark::Statement => {
                self.controls.push(Control { span, inserts: false });
                b' '
            }
            // a placeholder on a line of its own between statements stands for directives, not for a word
            Mark::Value if alone && before.trim_end().ends_with([';', '{', '}']) | before.trim_end().is_empty() => {
                self.controls.push(Control { span, inserts: true });
                b' '
            }
            Mark::Value => {
                self.holes.push(Hole { span, text: text.get(start..end).unwrap_or_default().to_owned() });
                b'X'
            }
        };
        if let Some(bytes) = self.bytes.get_mut(start..end) {
            bytes.fill(filler);
        }
    }
}
