//! Expressions of `<If>`, `Require expr` and the like.

use super::run::{Run, Stop};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;

/// Parentheses inside each other.
const MAX_DEPTH: usize = 24;

/// Whether something holds, as far as that is known.
#[derive(Clone, Debug)]
enum Truth {
    Yes,
    No,
    Unknown(Unknown),
}

impl Truth {
    fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) => other,
            (unknown, _) => unknown,
        }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

type Word = Result<String, Unknown>;

impl<'a> Run<'a> {
    /// Whether an expression holds; what nobody knows is decided.
    pub(super) fn expression(&mut self, text: &str, place: Place) -> Result<bool, Stop> {
        let truth = {
            let mut reader = Reader { run: self, rest: text, place, depth: 0 };
            match reader.alternatives() {
                Some(truth) if reader.rest.trim().is_empty() => truth,
                _ => Truth::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
            }
        };
        Ok(match truth {
            Truth::Yes => true,
            Truth::No => false,
            Truth::Unknown(why) => self.decide(why),
        })
    }

    /// A text with `%{NAME}` in it.
    pub(super) fn string_expression(&mut self, text: &str, place: Place) -> Result<String, Stop> {
        filled(self, text, place).map_err(Stop::Unknown)
    }
}

/// A text with its variables filled in.
fn filled(run: &Run<'_>, text: &str, place: Place) -> Word {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("%{") {
        out += rest.get(..at).unwrap_or_default();
        let inner = rest.get(at + 2..).unwrap_or_default();
        let Some(end) = inner.find('}') else {
            out += rest.get(at..).unwrap_or_default();
            return Ok(out);
        };
        out += &value(run, inner.get(..end).unwrap_or_default(), place)?;
        rest = inner.get(end + 1..).unwrap_or_default();
    }
    if rest.contains('$') {
        return Err(Unknown { reason: HoleReason::Unsupported, place: Some(place) });
    }
    Ok(out + rest)
}

/// `%{NAME}` or `%{function:text}`.
fn value(run: &Run<'_>, name: &str, place: Place) -> Word {
    let Some((function, argument)) = name.split_once(':') else { return known_variable(run, name, place) };
    match function.to_ascii_lowercase().as_str() {
        "http" | "req" => run.variable(&format!("HTTP:{argument}")),
        "tolower" | "toupper" | "escape" | "unescape" => called(function, Ok(argument.to_owned()), run, place),
        "env" | "reqenv" | "osenv" => run.variable(&format!("ENV:{argument}")),
        _ => Err(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
    }
}

/// Variables that expressions have and rules have not are not known.
fn known_variable(run: &Run<'_>, name: &str, place: Place) -> Word {
    let upper = name.to_ascii_uppercase();
    let more = ["REQUEST_STATUS", "HANDLER", "CONN_LOG_ID", "REQUEST_LOG_ID", "NOW", "CONTENT_TYPE", "IPV6"];
    if more.contains(&&*upper) {
        return Err(Unknown { reason: HoleReason::Runtime, place: Some(place) });
    }
    run.variable(&upper)
}

fn called(function: &str, argument: Word, run: &Run<'_>, place: Place) -> Word {
    let argument = argument?;
    match function.to_ascii_lowercase().as_str() {
        "tolower" => Ok(argument.to_ascii_lowercase()),
        "toupper" => Ok(argument.to_ascii_uppercase()),
        "req" | "http" => run.variable(&format!("HTTP:{argument}")),
        "reqenv" | "env" | "osenv" => run.variable(&format!("ENV:{argument}")),
        _ => Err(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
    }
}

struct Reader<'r, 'a> {
    run: &'r mut Run<'a>,
    rest: &'r str,
    place: Place,
    depth: usize,
}

impl Reader<'_, '_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, text: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn alternatives(&mut self) -> Option<Truth> {
        let mut found = self.conjunction()?;
        while self.takes("||") {
            found = found.or(self.conjunction()?);
        }
        Some(found)
    }

    fn conjunction(&mut self) -> Option<Truth> {
        let mut found = self.single()?;
        while self.takes("&&") {
            found = found.and(self.single()?);
        }
        Some(found)
    }

    fn single(&mut self) -> Option<Truth> {
        self.depth += 1;
        let found = if self.depth > MAX_DEPTH { None } else { self.inner() };
        self.depth -= 1;
        found
    }

    fn inner(&mut self) -> Option<Truth> {
        self.skip();
        if self.rest.starts_with('!') && !self.rest.starts_with("!=") && !self.rest.starts_with("!~") {
            self.takes("!");
            return self.single().map(Truth::not);
        }
        if self.takes("(") {
            let found = self.alternatives()?;
            return self.takes(")").then_some(found);
        }
        for (word, truth) in [("true", Truth::Yes), ("false", Truth::No)] {
            let follows = self.rest.strip_prefix(word).map(|rest| rest.chars().next());
            if follows.is_some_and(|next| next.is_none_or(|c| !c.is_ascii_alphanumeric())) {
                self.takes(word);
                return Some(truth);
            }
        }
        if let Some(operator) = self.rest.strip_prefix('-').and_then(|rest| rest.chars().next())
            && self.rest.chars().nth(2).is_some_and(char::is_whitespace)
        {
            self.rest = self.rest.get(2..)?;
            let word = self.word()?;
            return Some(self.unary(operator, word));
        }
        let left = self.word()?;
        self.comparison(left)
    }

    fn unary(&mut self, operator: char, word: Word) -> Truth {
        let unknown = Unknown { reason: HoleReason::Unsupported, place: Some(self.place) };
        match (operator, word) {
            (_, Err(why)) => Truth::Unknown(why),
            ('n', Ok(text)) => Truth::of(!text.is_empty()),
            ('z', Ok(text)) => Truth::of(text.is_empty()),
            ('T', Ok(text)) => {
                let no = ["", "0", "off", "false", "no"].iter().any(|no| text.eq_ignore_ascii_case(no));
                Truth::of(!no)
            }
            ('f' | 's' | 'e', Ok(text)) => Truth::of(self.run.is_file(&text)),
            ('d', Ok(text)) => Truth::of(self.run.is_folder(&text)),
            _ => Truth::Unknown(unknown),
        }
    }

    fn comparison(&mut self, left: Word) -> Option<Truth> {
        const NUMBERS: [&str; 12] = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "eq", "ne", "lt", "le", "gt", "ge"];
        if self.takes("=~") {
            return self.pattern(left);
        }
        if self.takes("!~") {
            return self.pattern(left).map(Truth::not);
        }
        for operator in ["==", "!=", "<=", ">=", "<", ">", "="] {
            if self.takes(operator) {
                let right = self.word()?;
                let (left, right) = match (left, right) {
                    (Ok(left), Ok(right)) => (left, right),
                    (Err(why), _) | (_, Err(why)) => return Some(Truth::Unknown(why)),
                };
                let order = left.cmp(&right);
                return Some(Truth::of(match operator {
                    "==" | "=" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<=" => order.is_le(),
                    ">=" => order.is_ge(),
                    "<" => order.is_lt(),
                    _ => order.is_gt(),
                }));
            }
        }
        self.skip();
        for operator in NUMBERS {
            let ends = self.rest.strip_prefix(operator).is_some_and(|rest| rest.starts_with(char::is_whitespace));
            if ends {
                self.takes(operator);
                let right = self.word()?;
                let (left, right) = match (left, right) {
                    (Ok(left), Ok(right)) => (left, right),
                    (Err(why), _) | (_, Err(why)) => return Some(Truth::Unknown(why)),
                };
                let number = |text: &str| text.trim().parse::<i64>().unwrap_or(0);
                let order = number(&left).cmp(&number(&right));
                return Some(Truth::of(match operator.trim_start_matches('-') {
                    "eq" => order.is_eq(),
                    "ne" => order.is_ne(),
                    "lt" => order.is_lt(),
                    "le" => order.is_le(),
                    "gt" => order.is_gt(),
                    _ => order.is_ge(),
                }));
            }
        }
        if self.rest.starts_with("in") || self.rest.starts_with("-in") {
            self.takes("-");
            self.takes("in");
            return self.list(left);
        }
        // `-ipmatch`, `-strmatch` and the like
        None
    }

    fn list(&mut self, left: Word) -> Option<Truth> {
        if !self.takes("{") {
            return None;
        }
        let mut found = Truth::No;
        loop {
            let word = self.word()?;
            let same = match (&left, word) {
                (Ok(left), Ok(word)) => Truth::of(*left == word),
                (Err(why), _) => Truth::Unknown(why.clone()),
                (_, Err(why)) => Truth::Unknown(why),
            };
            found = found.or(same);
            if self.takes("}") {
                return Some(found);
            }
            if !self.takes(",") {
                return None;
            }
        }
    }

    fn pattern(&mut self, left: Word) -> Option<Truth> {
        self.skip();
        if self.rest.starts_with(['\'', '"']) {
            return None;
        }
        let (open, body) = match self.rest.strip_prefix('m') {
            Some(rest) => (rest.chars().next()?, rest.get(rest.chars().next()?.len_utf8()..)?),
            None => ('/', self.rest.strip_prefix('/')?),
        };
        let end = body.find(open)?;
        let pattern = body.get(..end)?;
        let mut after = body.get(end + open.len_utf8()..)?;
        let mut ignore_case = false;
        while let Some(flag) = after.chars().next().filter(char::is_ascii_alphabetic) {
            ignore_case |= flag == 'i';
            after = after.get(1..)?;
        }
        self.rest = after;
        Some(match left {
            Ok(text) => match self.run.find(pattern, ignore_case, &text, self.place) {
                Ok(found) => Truth::of(found.is_some()),
                Err(Stop::Unknown(why)) => Truth::Unknown(why),
                Err(_) => return None,
            },
            Err(why) => Truth::Unknown(why),
        })
    }

    /// Words that are joined by dots.
    fn word(&mut self) -> Option<Word> {
        let mut found = self.part()?;
        loop {
            self.skip();
            let dotted = self.rest.strip_prefix('.').is_some_and(|rest| rest.starts_with([' ', '\'', '"', '%']));
            if !dotted {
                return Some(found);
            }
            self.takes(".");
            let next = self.part()?;
            found = match (found, next) {
                (Ok(left), Ok(right)) => Ok(left + &right),
                (Err(why), _) | (_, Err(why)) => Err(why),
            };
        }
    }

    fn part(&mut self) -> Option<Word> {
        self.skip();
        let first = self.rest.chars().next()?;
        if let Some(inner) = self.rest.strip_prefix("%{") {
            let end = inner.find('}')?;
            let name = inner.get(..end)?;
            self.rest = inner.get(end + 1..)?;
            return Some(value(self.run, name, self.place));
        }
        if matches!(first, '\'' | '"') {
            let body = self.rest.get(1..)?;
            let mut text = String::new();
            let mut chars = body.char_indices();
            while let Some((at, c)) = chars.next() {
                match c {
                    '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
                    _ if c == first => {
                        self.rest = body.get(at + 1..)?;
                        return Some(filled(self.run, &text, self.place));
                    }
                    _ => text.push(c),
                }
            }
            return None;
        }
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let name = self.rest.get(..end)?;
        if name.is_empty() {
            return None;
        }
        self.rest = self.rest.get(end..)?;
        if self.takes("(") {
            self.depth += 1;
            let argument = if self.depth > MAX_DEPTH { None } else { self.word() };
            self.depth -= 1;
            let argument = argument?;
            return self.takes(")").then(|| called(name, argument, self.run, self.place));
        }
        name.bytes().all(|byte| byte.is_ascii_digit()).then(|| Ok(name.to_owned()))
    }
}
