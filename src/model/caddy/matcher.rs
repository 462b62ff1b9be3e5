//! Matchers as they are written.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lines::{Line, Word};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::proxy::canonical;

/// Matchers that must all let a request in.
pub(super) type MatcherSet = Arc<[Matcher]>;

/// A matcher.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matcher {
    pub place: Place,
    pub kind: MatcherKind,
}

/// What a matcher looks at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum MatcherKind {
    /// Any of these paths, with `*`.
    Path(Vec<Arc<str>>),
    PathPattern(Pattern),
    Host(Vec<Arc<str>>),
    Method(Vec<Arc<str>>),
    /// Parameters, each with values of which one must be there.
    Query(BTreeMap<Arc<str>, Vec<Arc<str>>>),
    /// Fields, each with values of which one must fit; `None`: the field must be absent.
    Header(BTreeMap<Arc<str>, Option<Vec<Arc<str>>>>),
    HeaderPattern(Vec<(Arc<str>, Pattern)>),
    Protocol(Arc<str>),
    /// The address of the client, by ranges.
    Address(Vec<Arc<str>>, Whose),
    File(FileMatch),
    /// None of these.
    Not(Vec<MatcherSet>),
    Vars(BTreeMap<Arc<str>, Vec<Arc<str>>>),
    Tls,
    /// The status of an error, in one of these ranges.
    ErrorStatus(Vec<(u16, u16)>),
    /// Not understood.
    Unknown(HoleReason),
}

/// Which address a matcher means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// That of the connection.
    Peer,
    /// That which trusted proxies tell.
    Client,
}

/// A pattern with the name that its groups are known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pub name: Arc<str>,
    pub text: Arc<str>,
}

/// Looks for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileMatch {
    /// In this order.
    pub tries: Vec<Arc<str>>,
    /// Whether the last is taken without looking.
    pub last: LastTry,
    /// Endings after which a path is split (`.php`).
    pub splits: Vec<Arc<str>>,
}

/// What becomes of the last file that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastTry {
    /// It must be there, as the others.
    Looked,
    /// It must be there too, and is written because it is.
    Expected,
    /// It is taken to be there.
    Taken,
    /// A policy that looks at sizes or times.
    Unknown,
}

/// The named matchers that are known in a block: its own, and those of the blocks around it.
#[derive(Debug, Default)]
pub(super) struct Named<'o> {
    own: BTreeMap<Arc<str>, MatcherSet>,
    outer: Option<&'o Named<'o>>,
}

impl Named<'_> {
    /// Those that the lines of a block define.
    pub fn of<'o>(lines: &[Line], outer: Option<&'o Named<'o>>) -> Named<'o> {
        let mut own = BTreeMap::new();
        for line in lines.iter().filter(|line| line.name().starts_with('@')) {
            let name = line.name();
            let matchers = set(line.args(), line.inner(), line.place, name.trim_start_matches('@'), 0);
            own.insert(name.into(), matchers);
        }
        Named { own, outer }
    }

    pub fn get(&self, name: &str) -> Option<&MatcherSet> {
        std::iter::successors(Some(self), |named| named.outer).find_map(|named| named.own.get(name))
    }
}

/// Whether two routes let in the same requests, as Caddy compares what is written.
pub(super) fn same(left: &[MatcherSet], right: &[MatcherSet]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_set(left, right))
}

fn same_set(left: &MatcherSet, right: &MatcherSet) -> bool {
    if Arc::ptr_eq(left, right) {
        return true;
    }
    let kind = |left: &MatcherKind, right: &MatcherKind| match (left, right) {
        (MatcherKind::Not(left), MatcherKind::Not(right)) => same(left, right),
        (left, right) => left == right,
    };
    left.len() == right.len() && left.iter().zip(right.iter()).all(|(left, right)| kind(&left.kind, &right.kind))
}

/// A matcher of a path, as it is written in front of arguments.
pub(super) fn path(word: &Word) -> Matcher {
    let kind = match word.known() {
        Ok(_) => MatcherKind::Path(vec![Arc::clone(&word.text)]),
        Err(unknown) => MatcherKind::Unknown(unknown.reason),
    };
    Matcher { place: word.place, kind }
}

/// The only path of a route with one set of matchers.
pub(super) fn only_path(matchers: &[MatcherSet]) -> Option<&str> {
    let [set] = matchers else { return None };
    set.iter().find_map(|matcher| match &matcher.kind {
        MatcherKind::Path(paths) => match paths.as_slice() {
            [path] => Some(&**path),
            _ => None,
        },
        _ => None,
    })
}

/// `not` inside `not`: more than this nobody writes.
const MOST_NESTED: usize = 20;

/// The matchers on a line and in its block; Caddy joins those of one kind.
fn set(args: &[Word], inner: &[Line], place: Place, name: &str, depth: usize) -> MatcherSet {
    if depth > MOST_NESTED {
        return [Matcher { place, kind: MatcherKind::Unknown(HoleReason::Limit) }].into();
    }
    let mut found: BTreeMap<Arc<str>, Vec<Segment<'_>>> = BTreeMap::new();
    if let Some(first) = args.first() {
        // a quoted word is an expression
        let (kind, rest) =
            if first.quoted { ("expression", args) } else { (&*first.text, args.get(1..).unwrap_or_default()) };
        found.entry(kind.into()).or_default().push(Segment { args: rest, inner, place });
    } else {
        for line in inner {
            let quoted = line.words.first().is_some_and(|word| word.quoted);
            let kind = if quoted { "expression" } else { line.name() };
            let segment = Segment { args: line.args(), inner: line.inner(), place: line.place };
            found.entry(kind.into()).or_default().push(segment);
        }
    }
    found.into_iter().map(|(kind, segments)| one(&kind, &segments, place, (name, depth))).collect()
}

/// One line of a matcher, without its name.
struct Segment<'l> {
    args: &'l [Word],
    inner: &'l [Line],
    place: Place,
}

fn one(kind: &str, segments: &[Segment<'_>], place: Place, inside: (&str, usize)) -> Matcher {
    let place = segments.first().map_or(place, |segment| segment.place);
    let unknown = segments.iter().flat_map(|segment| segment.args).find_map(|word| word.known().err());
    let kind = match unknown {
        Some(Unknown { reason, .. }) if kind != "not" => MatcherKind::Unknown(reason),
        _ => read(kind, segments, inside).unwrap_or(MatcherKind::Unknown(HoleReason::Unsupported)),
    };
    Matcher { place, kind }
}

fn read(kind: &str, segments: &[Segment<'_>], (name, depth): (&str, usize)) -> Option<MatcherKind> {
    let texts = || segments.iter().flat_map(|segment| segment.args).map(|word| Arc::clone(&word.text));
    Some(match kind {
        "path" => MatcherKind::Path(texts().collect()),
        "host" => MatcherKind::Host(texts().collect()),
        "method" => MatcherKind::Method(texts().map(|method| method.to_uppercase().into()).collect()),
        "path_regexp" => MatcherKind::PathPattern(pattern(&texts().collect::<Vec<_>>(), name)?),
        "query" => query(texts())?,
        "header" => header(segments)?,
        "header_regexp" => {
            let one = |segment: &Segment<'_>| {
                let texts: Vec<Arc<str>> = segment.args.iter().map(|word| Arc::clone(&word.text)).collect();
                match texts.as_slice() {
                    [field, text] => Some((Arc::clone(field), Pattern { name: name.into(), text: Arc::clone(text) })),
                    [name, field, text] => {
                        Some((Arc::clone(field), Pattern { name: Arc::clone(name), text: Arc::clone(text) }))
                    }
                    _ => None,
                }
            };
            MatcherKind::HeaderPattern(segments.iter().map(one).collect::<Option<_>>()?)
        }
        "protocol" => MatcherKind::Protocol(texts().next()?.to_lowercase().into()),
        "remote_ip" => MatcherKind::Address(texts().collect(), Whose::Peer),
        "client_ip" => MatcherKind::Address(texts().collect(), Whose::Client),
        "file" => MatcherKind::File(file(segments)?),
        "not" => {
            let inner = |segment: &Segment<'_>| set(segment.args, segment.inner, segment.place, "", depth + 1);
            MatcherKind::Not(segments.iter().map(inner).collect())
        }
        "vars" => {
            let mut vars: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
            for segment in segments {
                let (field, values) = segment.args.split_first()?;
                let values = values.iter().map(|word| Arc::clone(&word.text));
                vars.entry(Arc::clone(&field.text)).or_default().extend(values);
            }
            MatcherKind::Vars(vars)
        }
        "tls" if texts().next().is_none() => MatcherKind::Tls,
        "expression" => MatcherKind::Unknown(HoleReason::ExternalCall("expression".into())),
        other => MatcherKind::Unknown(HoleReason::ExternalCall(other.into())),
    })
}

fn pattern(texts: &[Arc<str>], name: &str) -> Option<Pattern> {
    match texts {
        [text] => Some(Pattern { name: name.into(), text: Arc::clone(text) }),
        [name, text] => Some(Pattern { name: Arc::clone(name), text: Arc::clone(text) }),
        _ => None,
    }
}

fn query(texts: impl Iterator<Item = Arc<str>>) -> Option<MatcherKind> {
    let mut wanted: BTreeMap<Arc<str>, Vec<Arc<str>>> = BTreeMap::new();
    for text in texts.filter(|text| !text.is_empty()) {
        let (name, value) = text.split_once('=')?;
        wanted.entry(name.into()).or_default().push(value.into());
    }
    Some(MatcherKind::Query(wanted))
}

fn header(segments: &[Segment<'_>]) -> Option<MatcherKind> {
    let mut wanted: BTreeMap<Arc<str>, Option<Vec<Arc<str>>>> = BTreeMap::new();
    for segment in segments {
        let field = &segment.args.first()?.text;
        if let Some(absent) = field.strip_prefix('!') {
            wanted.insert(canonical(absent), None);
            continue;
        }
        let value = &segment.args.get(1)?.text;
        let values = wanted.entry(canonical(field)).or_insert_with(|| Some(Vec::new()));
        values.get_or_insert_with(Vec::new).push(Arc::clone(value));
    }
    Some(MatcherKind::Header(wanted))
}

fn file(segments: &[Segment<'_>]) -> Option<FileMatch> {
    let mut found = FileMatch { tries: Vec::new(), last: LastTry::Looked, splits: Vec::new() };
    for segment in segments {
        found.tries.extend(segment.args.iter().map(|word| Arc::clone(&word.text)));
        for line in segment.inner {
            let texts = line.args().iter().map(|word| Arc::clone(&word.text));
            match line.name() {
                "root" => {}
                "try_files" => found.tries.extend(texts),
                "try_policy" => found.last = last_try(line.arg(0)?),
                "split_path" => found.splits = texts.collect(),
                _ => return None,
            }
            if line.args().iter().any(|word| word.hole.is_some()) && line.name() != "root" {
                return None;
            }
        }
    }
    if found.tries.is_empty() {
        found.tries.push("{http.request.uri.path}".into());
    }
    Some(found)
}

/// What a policy of `try_files` does about the last file.
pub(super) fn last_try(policy: &str) -> LastTry {
    match policy {
        "" | "first_exist" => LastTry::Looked,
        "first_exist_fallback" => LastTry::Taken,
        _ => LastTry::Unknown,
    }
}
