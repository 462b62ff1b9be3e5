//! What `$1`, `%1`, `%{NAME}` and `\` stand for.

use super::rule::{Escape, Flags};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::apache::run::Run;
use crate::model::apache::values::UNKNOWN_QUERY;
use crate::model::proxy::Sent;

/// What patterns left behind.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// `$0` to `$9`.
    pub rule: Vec<String>,
    /// `%0` to `%9`; `None` when it is not known what they hold.
    pub condition: Option<Vec<String>>,
}

/// An expanded text.
pub(super) struct Expanded {
    pub text: String,
    /// Whether the `?` that starts the query came out of an expansion, which httpd refuses.
    pub unsafe_question_mark: bool,
}

impl Run<'_> {
    /// Expands a text in one pass.
    pub(super) fn expand(
        &self,
        text: &str,
        groups: &Groups,
        flags: Option<&Flags<'_>>,
        place: Place,
    ) -> Result<Expanded, Unknown> {
        let mut out = Expanded { text: String::new(), unsafe_question_mark: false };
        let mut seen = false;
        let last = flags.is_some_and(|flags| flags.last_query);
        let mut rest = text;
        while let Some(at) = rest.find(['\\', '$', '%']) {
            let (plain, special) = rest.split_at(at);
            out.push(plain, false, &mut seen, last);
            let next = special.chars().nth(1);
            match (special.as_bytes().first(), next) {
                (Some(b'\\'), Some(next)) => {
                    out.push(&next.to_string(), false, &mut seen, last);
                    rest = special.get(1 + next.len_utf8()..).unwrap_or_default();
                }
                (Some(kind), Some('{')) => {
                    let Some(end) = closing(special) else {
                        out.push(special.get(..2).unwrap_or_default(), false, &mut seen, last);
                        rest = special.get(2..).unwrap_or_default();
                        continue;
                    };
                    let name = special.get(2..end).unwrap_or_default();
                    if *kind == b'$' {
                        let reason = HoleReason::ExternalCall("RewriteMap".into());
                        return Err(Unknown { reason, place: Some(place) });
                    }
                    let value = match (self.variable(name), &self.args) {
                        (Err(_), Sent::Unknown) if flags.is_some() && name.eq_ignore_ascii_case("QUERY_STRING") => {
                            UNKNOWN_QUERY.to_string()
                        }
                        (value, _) => value.map_err(|why| Unknown { place: Some(place), ..why })?,
                    };
                    out.push(&value, true, &mut seen, last);
                    rest = special.get(end + 1..).unwrap_or_default();
                }
                (Some(kind), Some(digit)) if digit.is_ascii_digit() => {
                    let number = digit.to_digit(10).unwrap_or(0) as usize;
                    let from = if *kind == b'$' { Some(&groups.rule) } else { groups.condition.as_ref() };
                    let from = from.ok_or(Unknown { reason: HoleReason::Runtime, place: Some(place) })?;
                    let value = from.get(number).map_or("", String::as_str);
                    match flags.and_then(|flags| Some((flags.escape?, flags.no_plus))) {
                        Some((escape, no_plus)) => out.push(&escaped(value, escape, no_plus), true, &mut seen, last),
                        None => out.push(value, true, &mut seen, last),
                    }
                    rest = special.get(2..).unwrap_or_default();
                }
                _ => {
                    out.push(special.get(..1).unwrap_or_default(), false, &mut seen, last);
                    rest = special.get(1..).unwrap_or_default();
                }
            }
        }
        out.push(rest, false, &mut seen, last);
        Ok(out)
    }
}

impl Expanded {
    fn push(&mut self, text: &str, expanded: bool, seen: &mut bool, last: bool) {
        self.text += text;
        if text.contains('?') && (last || !*seen) {
            *seen = true;
            self.unsafe_question_mark = expanded;
        }
    }
}

/// The place of the `}` that fits the `{` at index 1.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn escaped(value: &str, escape: Escape<'_>, no_plus: bool) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        let chosen = match escape {
            Escape::All => true,
            Escape::These(these) => these.as_bytes().contains(&byte),
            Escape::Controls => byte.is_ascii_control() || byte == b' ',
        };
        if !chosen || byte.is_ascii_alphanumeric() || byte == b'_' {
            out.push(char::from(byte));
        } else if byte == b' ' && !no_plus {
            out.push('+');
        } else {
            out += &format!("%{byte:02x}");
        }
    }
    out
}
