//! ACLs and the conditions of rules, as written.

use std::sync::Arc;

use super::config::{Line, Word};
use super::expression::{Expression, expression};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;

/// Terms of one condition beyond this are no condition that anybody writes.
const MOST_TERMS: usize = 256;

/// One line of an ACL: a value is taken from the request and compared with patterns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Acl {
    pub place: Place,
    pub expression: Expression,
    /// How the value is compared; `None`: as the kind of value is.
    pub method: Option<Method>,
    /// `-i`
    pub case: Case,
    pub patterns: Vec<Word>,
    /// Why it cannot be decided, whatever the request is.
    pub unknown: Option<Unknown>,
}

/// Whether upper and lower case differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Kept,
    Ignored,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Same,
    Begins,
    Ends,
    Holds,
    /// A whole segment of a path.
    Segment,
    /// A whole label of a name.
    Label,
    Pattern,
    Length,
    Number,
    Address,
    Truth,
    /// It is there at all.
    Found,
}

/// `if` or `unless`, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub sense: Sense,
    /// One of these has to hold: all of its terms.
    pub any_of: Vec<Vec<Term>>,
}

/// Whether a condition asks for its terms or against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    If,
    Unless,
}

/// A term of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Term {
    /// `!`
    pub negated: Negated,
    pub test: Test,
    pub place: Place,
}

/// Whether a term stands behind an odd number of `!`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Negated {
    No,
    Yes,
}

/// What a term asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// An ACL of the section, or one that HAProxy brings.
    Named(Arc<str>),
    /// `{ path /x }`
    Inline(Box<Acl>),
    /// What is not understood.
    Unread(Unknown),
}

/// `acl NAME ...`
pub(super) fn named(line: &Line) -> Option<(Arc<str>, Acl)> {
    if line.word(0) != Some("acl") {
        return None;
    }
    let name = Arc::clone(&line.words.get(1)?.text);
    let mut acl = acl(line.words.get(2..)?, line.place)?;
    acl.unknown = acl.unknown.or(line.doubt());
    Some((name, acl))
}

/// Names of values whose comparison may be a part of the name.
const SUFFIXED: [&str; 12] =
    ["hdr", "shdr", "path", "url", "base", "cook", "scook", "urlp", "query", "ssl_fc_sni", "capture.req.uri", "pathq"];

const SUFFIXES: [(&str, Method); 7] = [
    ("_beg", Method::Begins),
    ("_dir", Method::Segment),
    ("_dom", Method::Label),
    ("_end", Method::Ends),
    ("_len", Method::Length),
    ("_reg", Method::Pattern),
    ("_sub", Method::Holds),
];

fn acl(words: &[Word], place: Place) -> Option<Acl> {
    let (criterion, rest) = words.split_first()?;
    let mut unknown = criterion.known().err();
    let Some((mut expression, "")) = expression(&criterion.text) else {
        let fetch = super::expression::Call { name: Arc::clone(&criterion.text), args: Vec::new() };
        let why = unknown.unwrap_or(Unknown { reason: HoleReason::Unsupported, place: Some(criterion.place) });
        let expression = Expression { fetch, converters: Vec::new() };
        let patterns = Vec::new();
        return Some(Acl { place, expression, method: None, case: Case::Kept, patterns, unknown: Some(why) });
    };
    let mut method = None;
    let name = Arc::clone(&expression.fetch.name);
    for (suffix, meant) in SUFFIXES {
        if let Some(base) = name.strip_suffix(suffix).filter(|base| SUFFIXED.contains(base)) {
            expression.fetch.name = base.into();
            // what is made of the value decides how it is compared
            method = expression.converters.is_empty().then_some(meant);
        }
    }
    let mut case = Case::Kept;
    let mut words = rest.iter().peekable();
    while let Some(flag) = words.peek().filter(|word| word.holes.is_empty() && word.text.starts_with('-')) {
        let flag = Arc::clone(&flag.text);
        words.next();
        match &*flag {
            "-i" => case = Case::Ignored,
            "-m" => match words.next().map(|word| (by_name(&word.text), word)) {
                Some((Some(named), _)) => method = Some(named),
                Some((None, word)) => {
                    unknown = Some(Unknown { reason: HoleReason::Unsupported, place: Some(word.place) });
                }
                None => {}
            },
            "-n" | "-M" => {}
            "-u" => {
                words.next();
            }
            "-f" => {
                // what is in the file decides
                let file = words.next();
                let name = file.map_or_else(|| "".into(), |word| Arc::clone(&word.text));
                let place = file.map(|word| word.place);
                unknown = Some(Unknown { reason: HoleReason::Unresolved(name), place });
            }
            "--" => break,
            _ => unknown = Some(Unknown { reason: HoleReason::Unsupported, place: Some(place) }),
        }
    }
    let patterns: Vec<Word> = words.cloned().collect();
    Some(Acl { place, expression, method, case, patterns, unknown })
}

fn by_name(name: &str) -> Option<Method> {
    Some(match name {
        "str" => Method::Same,
        "beg" => Method::Begins,
        "end" => Method::Ends,
        "sub" => Method::Holds,
        "dir" => Method::Segment,
        "dom" => Method::Label,
        "reg" => Method::Pattern,
        "len" => Method::Length,
        "int" => Method::Number,
        "ip" => Method::Address,
        "bool" => Method::Truth,
        "found" => Method::Found,
        _ => return None,
    })
}

/// The condition at the end of a rule, from its `if` or `unless` on.
pub(super) fn condition(words: &[Word]) -> Option<Condition> {
    let (first, rest) = words.split_first()?;
    let sense = if first.is("if") { Sense::If } else { Sense::Unless };
    let mut any_of: Vec<Vec<Term>> = vec![Vec::new()];
    let mut negated = Negated::No;
    let mut at = 0;
    let mut count = 0;
    while let Some(word) = rest.get(at) {
        at += 1;
        let text = word.text.trim_start_matches('!');
        if (word.text.len() - text.len()) % 2 == 1 {
            negated = if negated == Negated::No { Negated::Yes } else { Negated::No };
        }
        if text.is_empty() {
            continue;
        }
        if text.eq_ignore_ascii_case("or") || text == "||" {
            any_of.push(Vec::new());
            negated = Negated::No;
            continue;
        }
        count += 1;
        let unread = |reason| Test::Unread(Unknown { reason, place: Some(word.place) });
        let test = if count > MOST_TERMS {
            unread(HoleReason::Limit)
        } else if text == "{" {
            let length = rest.get(at..).unwrap_or_default().iter().position(|word| word.is("}"));
            match length {
                Some(length) => {
                    let inside = rest.get(at..at + length).unwrap_or_default();
                    at += length + 1;
                    match acl(inside, word.place) {
                        Some(acl) => Test::Inline(Box::new(acl)),
                        None => unread(HoleReason::Unsupported),
                    }
                }
                None => {
                    at = rest.len();
                    unread(HoleReason::Unsupported)
                }
            }
        } else {
            match word.known() {
                Ok(_) => Test::Named(text.into()),
                Err(why) => Test::Unread(why),
            }
        };
        if let Some(terms) = any_of.last_mut() {
            terms.push(Term { negated, test, place: word.place });
        }
        negated = Negated::No;
    }
    // a term that is missing at an end is refused by HAProxy
    any_of.retain(|terms| !terms.is_empty());
    Some(Condition { sense, any_of })
}

/// The words of an ACL that HAProxy brings itself.
pub(super) fn predefined(name: &str, place: Place) -> Option<Acl> {
    let words: &[&str] = match name {
        "TRUE" => &["always_true"],
        "FALSE" => &["always_false"],
        "LOCALHOST" => &["src", "127.0.0.1/8"],
        "HTTP" => &["req.proto_http"],
        "HTTP_1.0" => &["req.ver", "1.0"],
        "HTTP_1.1" => &["req.ver", "1.1"],
        "HTTP_2.0" => &["req.ver", "2.0"],
        "HTTP_CONTENT" => &["req.hdr_val(content-length)", "gt", "0"],
        "HTTP_URL_ABS" => &["url_reg", "^[^/:]*://"],
        "HTTP_URL_SLASH" => &["url_beg", "/"],
        "HTTP_URL_STAR" => &["url", "*"],
        "METH_CONNECT" => &["method", "CONNECT"],
        "METH_DELETE" => &["method", "DELETE"],
        "METH_GET" => &["method", "GET", "HEAD"],
        "METH_HEAD" => &["method", "HEAD"],
        "METH_OPTIONS" => &["method", "OPTIONS"],
        "METH_POST" => &["method", "POST"],
        "METH_PUT" => &["method", "PUT"],
        "METH_TRACE" => &["method", "TRACE"],
        "WAIT_END" => &["wait_end"],
        _ => return None,
    };
    let words: Vec<Word> = words.iter().map(|word| Word { text: (*word).into(), place, holes: Vec::new() }).collect();
    acl(&words, place)
}
