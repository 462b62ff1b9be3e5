//! What the actions of a chart come to with its values: what is not understood is unknown.

use super::tree::{Fill, NodeKind};
use super::values::{Found, Values};

/// A chart with the values that are in force for it.
pub(super) struct Filling<'v> {
    /// The name of the chart.
    pub name: Option<&'v str>,
    /// Its values.
    pub values: &'v Values,
}

/// What an expression of the template language comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Operand {
    Text(String),
    /// A number or a truth value, as it prints.
    Bare(String),
    /// A map or a list, by whether something is in it.
    Many {
        is_empty: bool,
    },
    /// Nothing is there.
    Nothing,
    Unknown,
}

impl Operand {
    /// Whether Go takes it for true: everything but what is empty. A text is never false, whatever it says.
    fn truth(&self) -> Option<bool> {
        match self {
            Self::Text(text) => Some(!text.is_empty()),
            Self::Bare(text) => Some(text != "false" && text.parse() != Ok(0.0)),
            Self::Many { is_empty } => Some(!is_empty),
            Self::Nothing => Some(false),
            Self::Unknown => None,
        }
    }

    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Bare(text) => Some(text),
            Self::Many { .. } | Self::Nothing | Self::Unknown => None,
        }
    }

    /// `toString`
    fn printed(self) -> Self {
        match self {
            Self::Text(text) | Self::Bare(text) => Self::Text(text),
            Self::Many { .. } | Self::Nothing | Self::Unknown => Self::Unknown,
        }
    }

    /// `quote` and `squote`: of nothing there is nothing to put quotes around.
    fn quoted(self, quotes: fn(&str) -> Option<String>) -> Self {
        match self {
            Self::Text(text) | Self::Bare(text) => quotes(&text).map_or(Self::Unknown, Self::Text),
            Self::Nothing => Self::Text(String::new()),
            Self::Many { .. } | Self::Unknown => Self::Unknown,
        }
    }

    /// `trim`, which refuses everything but texts.
    fn trimmed(self) -> Self {
        match self {
            Self::Text(text) => Self::Text(text.trim().to_owned()),
            _ => Self::Unknown,
        }
    }

    /// `int`: what is no number is 0.
    fn int(self) -> Self {
        let number = match &self {
            Self::Unknown => None,
            Self::Nothing | Self::Many { .. } => Some(0),
            Self::Bare(text) if text == "true" => Some(1),
            Self::Bare(text) if text == "false" => Some(0),
            Self::Bare(text) => whole_number(text),
            // `0x1f`, `010` and `1.0` may be numbers, too
            Self::Text(text) if text.starts_with(|c: char| c.is_ascii_digit() || "+-. ".contains(c)) => {
                whole_number(text)
            }
            Self::Text(_) => Some(0),
        };
        number.map_or(Self::Unknown, |number| Self::Bare(number.to_string()))
    }

    /// `required`: nothing is installed where it is not there.
    fn required(self) -> Self {
        match self {
            Self::Nothing => Self::Unknown,
            Self::Text(text) if text.is_empty() => Self::Unknown,
            other => other,
        }
    }
}

/// A number that is written as it prints.
fn whole_number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// A text as Go writes it in a program; `None` where that is not known.
fn in_quotes(text: &str) -> Option<String> {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            _ if c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric() => quoted.push(c),
            _ => return None,
        }
    }
    quoted.push('"');
    Some(quoted)
}

impl Fill for Filling<'_> {
    fn text(&self, inner: &str) -> Option<String> {
        self.pipeline(inner).text()
    }

    fn holds(&self, test: &str) -> Option<bool> {
        let words = words(test)?;
        self.test(&words)
    }
}

impl Filling<'_> {
    /// Whether the lines of a statement are there.
    pub fn allows(&self, statement: &str) -> Option<bool> {
        let test = statement.strip_prefix("if ").or_else(|| statement.strip_prefix("with "))?;
        self.holds(test.trim())
    }

    fn test(&self, words: &[&str]) -> Option<bool> {
        // what is piped on is the last operand of what comes then
        if words.contains(&"|") {
            return None;
        }
        let (first, rest) = words.split_first()?;
        match (*first, rest) {
            ("not", rest) => self.test(rest).map(|truth| !truth),
            ("and" | "or", [_, ..]) => {
                let decides = *first == "or";
                let truths: Vec<Option<bool>> = rest.iter().map(|word| self.operand(word).truth()).collect();
                // one that is not known does not matter where another one decides
                if truths.contains(&Some(decides)) {
                    return Some(decides);
                }
                (!truths.contains(&None)).then_some(!decides)
            }
            ("eq" | "ne", [one, other]) => {
                let equal = match (self.operand(one), self.operand(other)) {
                    (Operand::Text(one), Operand::Text(other)) | (Operand::Bare(one), Operand::Bare(other)) => {
                        one == other
                    }
                    _ => return None,
                };
                Some(equal == (*first == "eq"))
            }
            (word, []) => self.operand(word).truth(),
            _ => None,
        }
    }

    fn pipeline(&self, text: &str) -> Operand {
        let Some(words) = words(text) else { return Operand::Unknown };
        let mut piped = None;
        for stage in words.split(|word| *word == "|") {
            piped = Some(self.stage(stage, piped));
        }
        piped.unwrap_or(Operand::Unknown)
    }

    /// A value, or a function with its operands; what is piped in is the last one.
    fn stage(&self, words: &[&str], piped: Option<Operand>) -> Operand {
        let Some((function, operands)) = words.split_first() else { return Operand::Unknown };
        if operands.is_empty() && piped.is_none() {
            return self.operand(function);
        }
        let mut operands: Vec<Operand> = operands.iter().map(|word| self.operand(word)).chain(piped).collect();
        let last = operands.pop().unwrap_or(Operand::Unknown);
        match (*function, operands.as_slice()) {
            ("quote", []) => last.quoted(in_quotes),
            ("squote", []) => last.quoted(|text| Some(format!("'{text}'"))),
            ("toString", []) => last.printed(),
            ("trim", []) => last.trimmed(),
            ("int" | "int64", []) => last.int(),
            ("required", [_]) => last.required(),
            ("default", [other]) => match last.truth() {
                Some(true) => last,
                Some(false) => other.clone(),
                None => Operand::Unknown,
            },
            _ => Operand::Unknown,
        }
    }

    fn operand(&self, word: &str) -> Operand {
        let word = word.strip_prefix('$').filter(|rest| rest.starts_with('.')).unwrap_or(word);
        if word == ".Chart.Name" {
            return self.name.map_or(Operand::Unknown, |name| Operand::Text(name.to_owned()));
        }
        let Some(path) = word.strip_prefix(".Values.") else { return literal(word) };
        match self.values.at(path) {
            Found::Nothing => Operand::Nothing,
            Found::Unknown => Operand::Unknown,
            Found::Value(node) => match &node.kind {
                NodeKind::Text(text) => Operand::Text(text.to_string()),
                NodeKind::Bare(text) => Operand::Bare(text.to_string()),
                NodeKind::List(items) => Operand::Many { is_empty: items.is_empty() },
                NodeKind::Map(entries) => Operand::Many { is_empty: entries.is_empty() },
                NodeKind::Null => Operand::Nothing,
                NodeKind::Unknown(_) => Operand::Unknown,
            },
        }
    }
}

/// A text in quotes, a number, a truth value.
fn literal(word: &str) -> Operand {
    let inside = |quote: char| word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    if let Some(text) = inside('"').or_else(|| inside('`')) {
        return if text.contains('\\') { Operand::Unknown } else { Operand::Text(text.to_owned()) };
    }
    let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || matches!(word, "true" | "false") { Operand::Bare(word.to_owned()) } else { Operand::Unknown }
}

/// The words of an action, texts in quotes whole, and each `|` by itself; `None` for parentheses and open quotes.
fn words(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '(' | ')' => return None,
            '|' => 1,
            '"' | '`' => end_of_quoted(rest, first)?,
            _ => {
                rest.find(|c: char| c.is_whitespace() || matches!(c, '|' | '(' | ')' | '"' | '`')).unwrap_or(rest.len())
            }
        };
        found.push(rest.get(..end)?);
        rest = rest.get(end..)?.trim_start();
    }
    Some(found)
}

fn end_of_quoted(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Place, Span};
    use crate::model::kubernetes::tree::{Entry, Node};

    fn node(kind: NodeKind) -> Node {
        Node { place: Place::new(FileId(0), Span::default()), kind }
    }

    fn map(entries: Vec<(&str, NodeKind)>) -> Node {
        let place = Place::new(FileId(0), Span::default());
        let entry = |(key, kind): (&str, NodeKind)| Entry { key: key.into(), key_place: place, value: node(kind) };
        node(NodeKind::Map(entries.into_iter().map(entry).collect()))
    }

    fn values() -> Values {
        let inner = map(vec![("port", NodeKind::Bare("80".into()))]).kind;
        Values::of(map(vec![
            ("text", NodeKind::Text("false".into())),
            ("off", NodeKind::Bare("false".into())),
            ("zero", NodeKind::Bare("0".into())),
            ("empty", NodeKind::Text("".into())),
            ("none", NodeKind::Map(Vec::new())),
            ("inner", inner),
        ]))
    }

    #[test]
    fn truth_is_that_of_go() {
        let values = values();
        let filling = Filling { name: Some("app"), values: &values };
        for (test, truth) in [
            (".Values.text", Some(true)),
            (".Values.off", Some(false)),
            (".Values.zero", Some(false)),
            (".Values.empty", Some(false)),
            (".Values.none", Some(false)),
            (".Values.inner", Some(true)),
            (".Values.missing.more", Some(false)),
            ("not .Values.off", Some(true)),
            ("and .Values.text .Release.Name", None),
            ("and .Values.off .Release.Name", Some(false)),
            ("or $.Values.text .Release.Name", Some(true)),
            ("eq .Values.text \"false\"", Some(true)),
            ("ne .Values.zero 1", Some(true)),
            ("(and .Values.off)", None),
            ("and .Values.off .Values.text | default true", None),
            ("or .Values.text .Values.off | not", None),
            ("eq .Values.text \"false\" | not", None),
        ] {
            assert_eq!(filling.holds(test), truth, "{test}");
        }
    }

    #[test]
    fn a_default_takes_the_place_of_what_is_empty() {
        let values = values();
        let filling = Filling { name: Some("app"), values: &values };
        for (action, text) in [
            (".Values.zero | default 8080", Some("8080")),
            (".Values.empty | default \"a|b\" | quote", Some("\"a|b\"")),
            ("default .Values.inner.port .Values.missing", Some("80")),
            (".Values.text | default \"x\"", Some("false")),
            (".Values.off | default .Chart.Name", Some("app")),
            (".Release.Name | default \"x\"", None),
            (".Values.missing", None),
            ("include \"x\" .", None),
        ] {
            assert_eq!(filling.text(action).as_deref(), text, "{action}");
        }
    }

    #[test]
    fn functions_do_what_those_of_charts_do() {
        let values = Values::of(map(vec![
            ("text", NodeKind::Text(" a \"b\" ".into())),
            ("word", NodeKind::Text("tcp".into())),
            ("digits", NodeKind::Text("8080".into())),
            ("octal", NodeKind::Text("010".into())),
            ("port", NodeKind::Bare("8080".into())),
            ("half", NodeKind::Bare("1.5".into())),
            ("on", NodeKind::Bare("true".into())),
            ("empty", NodeKind::Text("".into())),
            ("list", NodeKind::List(Vec::new())),
        ]));
        let filling = Filling { name: Some("app"), values: &values };
        for (action, text) in [
            (".Values.text | trim", Some("a \"b\"")),
            (".Values.text | trim | quote", Some("\"a \\\"b\\\"\"")),
            (".Values.text | squote", Some("' a \"b\" '")),
            (".Values.port | quote", Some("\"8080\"")),
            (".Values.missing | quote", Some("")),
            (".Values.list | quote", None),
            (".Values.empty | quote | default \"x\"", Some("\"\"")),
            ("trim .Values.port", None),
            ("int .Values.digits", Some("8080")),
            (".Values.port | int64", Some("8080")),
            (".Values.word | int", Some("0")),
            (".Values.word | int | default 80", Some("80")),
            (".Values.missing | int", Some("0")),
            (".Values.on | int", Some("1")),
            (".Values.octal | int", None),
            (".Values.half | int", None),
            (".Release.Name | int", None),
            ("required \"x\" .Values.empty", None),
            ("required \"x\" .Values.word", Some("tcp")),
            (".Values.missing | toString", None),
        ] {
            assert_eq!(filling.text(action).as_deref(), text, "{action}");
        }
    }

    #[test]
    fn what_is_not_known_of_values_stays_so() {
        let place = Place::new(FileId(0), Span::default());
        let unread = || {
            let why = crate::model::Unknown { reason: crate::facts::HoleReason::Unsupported, place: Some(place) };
            node(NodeKind::Unknown(why))
        };
        let inner = map(vec![("port", NodeKind::Bare("81".into()))]).kind;
        let open = Values::of(unread()).under(&map(vec![("inner", inner)]));
        assert!(matches!(open.at("inner.port"), Found::Value(_)));
        for path in ["other", "inner.other", "inner.port.more"] {
            assert!(!matches!(open.at(path), Found::Value(_)), "{path}");
        }
        assert!(matches!(open.at("other"), Found::Unknown) && matches!(open.at("inner.other"), Found::Unknown));
        // what is not read may say something of each value of a chart inside
        let own = || Values::of(map(vec![("port", NodeKind::Bare("80".into())), ("host", NodeKind::Text("a".into()))]));
        let named = open.for_chart("inner", own());
        assert!(matches!(named.at("port"), Found::Value(Node { kind: NodeKind::Bare(text), .. }) if &**text == "81"));
        assert!(matches!(named.at("host"), Found::Unknown) && matches!(named.at("global.x"), Found::Unknown));
        assert!(matches!(open.for_chart("other", own()).at("port"), Found::Unknown));
        let closed = Values::of(map(Vec::new())).for_chart("other", own());
        assert!(matches!(closed.at("port"), Found::Value(_)) && matches!(closed.at("global.x"), Found::Nothing));
    }

    #[test]
    fn stronger_values_join_maps_and_take_away() {
        let none = map(vec![("inner", NodeKind::Map(Vec::new()))]);
        let joined = values().under(&none);
        assert!(matches!(joined.at("inner.port"), Found::Value(_)));
        let gone = values().under(&map(vec![("inner", NodeKind::Null)]));
        assert!(matches!(gone.at("inner.port"), Found::Nothing));
    }
}
