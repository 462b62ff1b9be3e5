//! Conditions on texts, headers, queries and paths.

use std::sync::Arc;

use super::node::Node;
use crate::base::Place;
use crate::model::Unknown;
pub(super) use crate::model::proxy::Truth;
use crate::model::proxy::{Patterns, Sent};

/// A pattern of RE2.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    pub text: Arc<str>,
    pub place: Place,
}

impl Pattern {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self { text: node.text_of("regex")?, place: node.place() })
    }

    /// A pattern under a field.
    pub fn of(node: Node<'_>, name: &str) -> Option<Self> {
        node.get(name).and_then(Self::read)
    }

    /// Whether the whole text is as the pattern says.
    pub fn takes(&self, text: &str, patterns: &Patterns) -> Truth {
        let whole = format!("^(?:{})$", self.text);
        match patterns.find(&whole, text, self.place) {
            Some(found) => Truth::of(found.is_some()),
            None => Truth::Unknown,
        }
    }

    /// The text with all that the pattern finds replaced; groups as `\1` in what is put there.
    pub fn replace(&self, text: &str, with: &str, patterns: &Patterns) -> Option<String> {
        let mut own = String::new();
        let mut letters = with.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '$' => own.push_str("$$"),
                '\\' => match letters.next() {
                    Some(digit) if digit.is_ascii_digit() => own.push_str(&format!("${{{digit}}}")),
                    Some('\\') => own.push('\\'),
                    _ => return None,
                },
                _ => own.push(letter),
            }
        }
        patterns.replace(&self.text, text, &own, self.place)
    }
}

/// A condition on a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StringMatcher {
    pub place: Place,
    kind: StringMatch,
    ignores_case: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum StringMatch {
    Exact(Arc<str>),
    Prefix(Arc<str>),
    Suffix(Arc<str>),
    Contains(Arc<str>),
    Pattern(Pattern),
    Unknown,
}

impl StringMatcher {
    pub fn read(node: Node<'_>) -> Self {
        let named = [
            ("exact", StringMatch::Exact as fn(Arc<str>) -> StringMatch),
            ("prefix", StringMatch::Prefix),
            ("suffix", StringMatch::Suffix),
            ("contains", StringMatch::Contains),
        ];
        let plain = named.into_iter().find_map(|(name, make)| {
            let value = node.get(name)?;
            Some(if value.hole().is_some() { StringMatch::Unknown } else { make(value.text()?) })
        });
        let pattern = || Pattern::of(node, "safe_regex").map(StringMatch::Pattern);
        let kind = plain.or_else(pattern).unwrap_or(StringMatch::Unknown);
        Self { place: node.place(), kind, ignores_case: node.is_on("ignore_case") }
    }

    /// The text that it is about.
    pub fn written(&self) -> Option<&str> {
        match &self.kind {
            StringMatch::Exact(text)
            | StringMatch::Prefix(text)
            | StringMatch::Suffix(text)
            | StringMatch::Contains(text) => Some(text),
            StringMatch::Pattern(pattern) => Some(&pattern.text),
            StringMatch::Unknown => None,
        }
    }

    pub fn fits(&self, text: &str, patterns: &Patterns) -> Truth {
        let (text, fold) = if self.ignores_case {
            (text.to_ascii_lowercase(), str::to_ascii_lowercase as fn(&str) -> String)
        } else {
            (text.to_owned(), str::to_owned as fn(&str) -> String)
        };
        match &self.kind {
            StringMatch::Exact(wanted) => Truth::of(text == fold(wanted)),
            StringMatch::Prefix(wanted) => Truth::of(text.starts_with(&fold(wanted))),
            StringMatch::Suffix(wanted) => Truth::of(text.ends_with(&fold(wanted))),
            StringMatch::Contains(wanted) => Truth::of(text.contains(&fold(wanted))),
            StringMatch::Pattern(pattern) => pattern.takes(&text, patterns),
            StringMatch::Unknown => Truth::Unknown,
        }
    }
}

/// A condition on a header.
#[derive(Clone, Debug)]
pub(super) struct HeaderMatcher {
    pub name: Arc<str>,
    kind: HeaderMatch,
    inverted: bool,
    /// A header that is not there is an empty one.
    missing_is_empty: bool,
}

#[derive(Clone, Debug)]
enum HeaderMatch {
    Text(StringMatcher),
    Range(i64, i64),
    Present(bool),
    Unknown,
}

impl HeaderMatcher {
    pub fn read(node: Node<'_>) -> Option<Self> {
        let name = node.text_of("name")?.to_ascii_lowercase().into();
        Some(Self {
            name,
            kind: header_match(node),
            inverted: node.is_on("invert_match"),
            missing_is_empty: node.is_on("treat_missing_header_as_empty"),
        })
    }

    pub fn fits(&self, sent: &Sent, patterns: &Patterns) -> Truth {
        let value = match sent {
            Sent::Unknown => return Truth::Unknown,
            Sent::Text(text) => Some(&**text),
            Sent::Nothing => None,
        };
        let found = match (&self.kind, value) {
            (HeaderMatch::Unknown, _) => return Truth::Unknown,
            (HeaderMatch::Present(wanted), value) => Truth::of(value.is_some() == *wanted),
            (HeaderMatch::Text(matcher), Some(value)) => matcher.fits(value, patterns),
            (HeaderMatch::Text(matcher), None) if self.missing_is_empty => matcher.fits("", patterns),
            (HeaderMatch::Range(start, end), Some(value)) => {
                Truth::of(value.parse::<i64>().is_ok_and(|number| (*start..*end).contains(&number)))
            }
            // a header that is not there fits nothing, not even the opposite of something
            (_, None) => return Truth::No,
        };
        if self.inverted { found.not() } else { found }
    }
}

/// What is asked of a header; the older words are fields of their own.
fn header_match(node: Node<'_>) -> HeaderMatch {
    if let Some(matcher) = node.get("string_match") {
        return HeaderMatch::Text(StringMatcher::read(matcher));
    }
    let older = [
        ("exact_match", StringMatch::Exact as fn(Arc<str>) -> StringMatch),
        ("prefix_match", StringMatch::Prefix),
        ("suffix_match", StringMatch::Suffix),
        ("contains_match", StringMatch::Contains),
    ];
    let older = older.into_iter().find_map(|(name, make)| Some(make(node.text_of(name)?)));
    let pattern = || Pattern::of(node, "safe_regex_match").map(StringMatch::Pattern);
    if let Some(kind) = older.or_else(pattern) {
        return HeaderMatch::Text(StringMatcher { place: node.place(), kind, ignores_case: false });
    }
    if let Some(range) = node.get("range_match") {
        let number = |name: &str| range.text_of(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        return HeaderMatch::Range(number("start"), number("end"));
    }
    match node.flag("present_match") {
        Some(wanted) => HeaderMatch::Present(wanted),
        None if node.entries().all(|(key, _)| matches!(&**key, "name" | "invert_match" | "invertMatch")) => {
            HeaderMatch::Present(true)
        }
        None => HeaderMatch::Unknown,
    }
}

/// A condition on a parameter of the query.
#[derive(Clone, Debug)]
pub(super) struct QueryMatcher {
    name: Arc<str>,
    value: Option<StringMatcher>,
    present: Option<bool>,
}

impl QueryMatcher {
    pub fn read(node: Node<'_>) -> Option<Self> {
        Some(Self {
            name: node.text_of("name")?,
            value: node.get("string_match").map(StringMatcher::read),
            present: node.flag("present_match"),
        })
    }

    pub fn fits(&self, query: &Sent, patterns: &Patterns) -> Truth {
        let query = match query {
            Sent::Unknown => return Truth::Unknown,
            Sent::Text(text) => &**text,
            Sent::Nothing => "",
        };
        let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let value = pairs.find(|(name, _)| *name == &*self.name).map(|(_, value)| value);
        match (&self.value, value) {
            (Some(matcher), Some(value)) => matcher.fits(value, patterns),
            (Some(_), None) => Truth::No,
            (None, value) => Truth::of(value.is_some() == self.present.unwrap_or(true)),
        }
    }
}

/// What a route asks of a request.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    pub path: PathMatch,
    pub ignores_case: bool,
    pub headers: Vec<HeaderMatcher>,
    pub query: Vec<QueryMatcher>,
    /// Something else is asked for.
    pub unknown: Option<Unknown>,
}

/// What a route asks of the path.
#[derive(Clone, Debug)]
pub(super) enum PathMatch {
    Prefix(Arc<str>),
    /// As a prefix, and nothing or a slash comes next.
    Separated(Arc<str>),
    Exact(Arc<str>),
    Pattern(Pattern),
    /// The method CONNECT, which no page sends.
    Connect,
    Unknown,
}

impl Matching {
    pub fn read(node: Node<'_>) -> Self {
        let known = ["prefix", "path", "path_separated_prefix"].into_iter().find_map(|name| {
            let value = node.get(name)?;
            if value.hole().is_some() {
                return Some(PathMatch::Unknown);
            }
            let text = value.text()?;
            Some(match name {
                "prefix" => PathMatch::Prefix(text),
                "path" => PathMatch::Exact(text),
                _ => PathMatch::Separated(text),
            })
        });
        let pattern = || Pattern::of(node, "safe_regex").map(PathMatch::Pattern);
        let connect = || node.get("connect_matcher").map(|_| PathMatch::Connect);
        let path = known.or_else(pattern).or_else(connect).unwrap_or(PathMatch::Unknown);
        let other = ["runtime_fraction", "grpc", "tls_context", "dynamic_metadata", "filter_state", "cookies"];
        let other = other.into_iter().find_map(|name| node.get(name));
        Self {
            path,
            ignores_case: node.flag("case_sensitive") == Some(false),
            headers: node.list("headers").filter_map(HeaderMatcher::read).collect(),
            query: node.list("query_parameters").filter_map(QueryMatcher::read).collect(),
            unknown: other.map(Node::unsupported),
        }
    }

    /// Whether the path, without its query, is asked for.
    pub fn takes_path(&self, path: &str, patterns: &Patterns) -> Truth {
        let starts = |prefix: &str| match path.get(..prefix.len()) {
            Some(start) => start == prefix || self.ignores_case && start.eq_ignore_ascii_case(prefix),
            None => false,
        };
        match &self.path {
            PathMatch::Prefix(prefix) => Truth::of(starts(prefix)),
            PathMatch::Exact(whole) => Truth::of(path.len() == whole.len() && starts(whole)),
            PathMatch::Separated(prefix) => {
                let next = path.as_bytes().get(prefix.len());
                Truth::of(starts(prefix) && next.is_none_or(|next| *next == b'/'))
            }
            PathMatch::Pattern(pattern) => pattern.takes(path, patterns),
            PathMatch::Connect => Truth::No,
            PathMatch::Unknown => Truth::Unknown,
        }
    }

    /// The match as people read it.
    pub fn written(&self) -> Arc<str> {
        match &self.path {
            PathMatch::Prefix(text) => format!("prefix: {text}").into(),
            PathMatch::Exact(text) => format!("path: {text}").into(),
            PathMatch::Separated(text) => format!("path_separated_prefix: {text}").into(),
            PathMatch::Pattern(pattern) => format!("safe_regex: {}", pattern.text).into(),
            PathMatch::Connect => "connect_matcher".into(),
            PathMatch::Unknown => "match".into(),
        }
    }
}
