//! Directives to handlers.

use std::sync::Arc;

use super::adapt::{Adapter, matched, one, opaque};
use super::headers::{Mark, ParsedOp, header_op};
use super::lines::{Line, Word};
use super::matcher::{FileMatch, LastTry, Matcher, MatcherKind, Named, last_try};
use super::order::{Entry, EntryForm};
use super::rewrite::{QueryOp, Replace, Rewrite};
use super::route::{
    FileServer, Handler, HandlerKind, MapInput, MapLine, Mapping, MissingFile, ResponseHeaders, ResponseTime, Route,
};
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;

/// What `try_files` and `php_fastcgi` rewrite to.
pub(super) const FOUND_FILE: &str = "{http.matchers.file.relative}";

impl Adapter {
    /// The handler of a directive whose matcher was read.
    pub(super) fn handler(&mut self, line: &Line, args: &[Word]) -> HandlerKind {
        let place = line.place;
        let text = |index: usize| args.get(index).map(|word| Arc::clone(&word.text));
        match line.name() {
            "reverse_proxy" => HandlerKind::Proxy(Arc::new(self.proxy(line, args))),
            "forward_auth" => {
                let copied = line.inner().iter().filter(|line| line.name() == "copy_headers");
                let names =
                    copied.flat_map(|line| line.args().iter().chain(line.inner().iter().flat_map(|l| &l.words)));
                let sets = names.map(|word| word.text.rsplit('>').next().unwrap_or_default().into());
                HandlerKind::Gate { status: 401, sets: sets.collect() }
            }
            "basic_auth" | "basicauth" => HandlerKind::Gate { status: 401, sets: Vec::new() },
            "file_server" => {
                let has = |name: &str| line.inner().iter().find(|line| line.name() == name);
                let status = has("status").and_then(|line| line.args().first()).map(|word| Arc::clone(&word.text));
                let missing = if has("pass_thru").is_some() { MissingFile::PassedOn } else { MissingFile::NotFound };
                HandlerKind::Files(FileServer { status, missing })
            }
            "respond" => {
                let number = |text: &Arc<str>| text.len() == 3 && text.parse::<u16>().is_ok_and(|code| code > 0);
                let status = match (text(0), text(1)) {
                    (_, Some(status)) => status,
                    (Some(only), None) if number(&only) => only,
                    _ => "".into(),
                };
                self.known_status(args.get(usize::from(args.len() > 1)), &status, place, |status| {
                    HandlerKind::Respond { status, headers: Vec::new() }
                })
            }
            "redir" => redirect(args, place),
            "error" => {
                let number = |text: &Arc<str>| text.len() == 3 && text.parse::<u16>().is_ok_and(|code| code > 0);
                let status = match (text(0), text(1)) {
                    (_, Some(status)) => status,
                    (Some(only), None) if number(&only) => only,
                    _ => "500".into(),
                };
                HandlerKind::Error(status)
            }
            "abort" => HandlerKind::Abort,
            "metrics" => HandlerKind::Respond { status: "200".into(), headers: Vec::new() },
            "method" => match text(0) {
                Some(method) => rewriting(args, place, Rewrite { method: Some(method), ..Rewrite::default() }),
                None => unsupported(place),
            },
            "uri" => uri(line, args),
            "vars" => {
                let pairs = std::iter::once(args).chain(line.inner().iter().map(|line| line.words.as_slice()));
                let pairs = pairs.filter_map(|words| Some((words.first()?, words.get(1)?)));
                let pairs: Vec<_> = pairs.map(|(k, v)| (Arc::clone(&k.text), Arc::clone(&v.text))).collect();
                HandlerKind::Vars(pairs)
            }
            "map" => mapping(line, args).map_or_else(|| unsupported(place), |map| HandlerKind::Map(Arc::new(map))),
            "request_header" => match header_op(args, place) {
                Some(ParsedOp { op, .. }) => HandlerKind::RequestHeaders(vec![op]),
                None => unsupported(place),
            },
            "invoke" => text(0).map_or_else(|| unsupported(place), HandlerKind::Invoke),
            "encode" | "templates" | "tracing" | "fs" | "log_append" | "log_skip" | "skip_log" | "log_name"
            | "request_body" | "timeouts" | "push" => HandlerKind::Pass,
            name => opaque(name, place),
        }
    }

    fn known_status(
        &self,
        word: Option<&Word>,
        status: &Arc<str>,
        place: Place,
        make: impl Fn(Arc<str>) -> HandlerKind,
    ) -> HandlerKind {
        match word.map(Word::known) {
            Some(Err(unknown)) if !status.is_empty() => HandlerKind::Unknown(Unknown { place: Some(place), ..unknown }),
            _ => make(Arc::clone(status)),
        }
    }

    /// `root [<matcher>] <path>`: one argument is never a matcher.
    pub(super) fn root(&self, line: &Line, named: &Named<'_>) -> Entry {
        let args = line.args();
        let found = if args.len() == 1 { Ok((Vec::new(), args)) } else { matched(args, named) };
        let Ok((matchers, [path])) = found else { return self.not_understood(line) };
        let kind = HandlerKind::Vars(vec![("root".into(), Arc::clone(&path.text))]);
        one(line, Route::new(matchers, vec![Handler { place: line.place, kind }]))
    }

    pub(super) fn rewrite(&self, line: &Line, named: &Named<'_>) -> Entry {
        let args = line.args();
        let found = if args.len() == 1 { Ok((Vec::new(), args)) } else { matched(args, named) };
        let Ok((matchers, [to])) = found else { return self.not_understood(line) };
        let rewrite = Rewrite { uri: Some(Arc::clone(&to.text)), ..Rewrite::default() };
        let kind = rewriting(std::slice::from_ref(to), line.place, rewrite);
        one(line, Route::new(matchers, vec![Handler { place: line.place, kind }]))
    }

    /// Files are looked for in rows; one with a query is a row of its own.
    pub(super) fn try_files(&mut self, line: &Line) -> Entry {
        let policy = line.inner().iter().find(|line| line.name() == "policy").and_then(|line| line.arg(0));
        let last = match last_try(policy.unwrap_or_default()) {
            LastTry::Looked => LastTry::Expected,
            other => other,
        };
        let mut rows: Vec<(Vec<Arc<str>>, &str)> = Vec::new();
        let mut plain = Vec::new();
        for word in line.args() {
            match word.text.find('?') {
                Some(at) => {
                    if !plain.is_empty() {
                        rows.push((std::mem::take(&mut plain), ""));
                    }
                    let (path, query) = word.text.split_at(at);
                    rows.push((vec![path.into()], query));
                }
                None => plain.push(Arc::clone(&word.text)),
            }
        }
        if !plain.is_empty() {
            rows.push((plain, ""));
        }
        let group = (rows.len() > 1).then(|| self.next_group());
        let hole = line.args().iter().find_map(|word| word.hole.clone());
        let routes = rows.into_iter().map(|(tries, query)| {
            let kind = match &hole {
                Some(reason) => MatcherKind::Unknown(reason.clone()),
                None => MatcherKind::File(FileMatch { tries, last, splits: Vec::new() }),
            };
            let rewrite = Rewrite {
                uri: Some(format!("{FOUND_FILE}{query}").into()),
                place: Some(line.place),
                ..Rewrite::default()
            };
            let handler = Handler { place: line.place, kind: HandlerKind::Rewrite(rewrite) };
            let matchers = vec![[Matcher { place: line.place, kind }].into()];
            Route { group, ..Route::new(matchers, vec![handler]) }
        });
        let routes: Vec<Route> = routes.collect();
        Entry { directive: "try_files".into(), routes, form: EntryForm::Route }
    }

    /// Response headers on the line or in its block; those with `?` are set apart.
    pub(super) fn header(&self, line: &Line, named: &Named<'_>) -> Entry {
        let Ok((matchers, args)) = matched(line.args(), named) else { return self.not_understood(line) };
        let mut usual = ResponseHeaders { ops: Vec::new(), when: ResponseTime::AtOnce };
        let mut missing = ResponseHeaders { ops: Vec::new(), when: ResponseTime::IfMissing };
        let mut matching = false;
        let mut take = |words: &[Word], place: Place| {
            let Some(ParsedOp { mut op, mark }) = header_op(words, place) else { return };
            if mark == Mark::Deferred && !self.defaults.deferred_mark.is_on() {
                op.name = format!(">{}", op.name).into();
            } else if matches!(mark, Mark::Deferred | Mark::Delete) {
                usual.when = ResponseTime::Deferred;
            }
            if mark == Mark::IfMissing { missing.ops.push(op) } else { usual.ops.push(op) }
        };
        if !args.is_empty() {
            take(args, line.place);
        }
        let mut deferred = false;
        for inner in line.inner() {
            match inner.name() {
                "defer" => deferred = true,
                "match" => matching = true,
                _ => take(&inner.words, inner.place),
            }
        }
        if deferred {
            usual.when = ResponseTime::Deferred;
        }
        if matching {
            usual.when = ResponseTime::IfMatching;
        }
        let made = [usual, missing].into_iter().filter(|headers| !headers.ops.is_empty());
        let handlers = made.map(|headers| Handler { place: line.place, kind: HandlerKind::ResponseHeaders(headers) });
        let routes: Vec<Route> = handlers.map(|handler| Route::new(matchers.clone(), vec![handler])).collect();
        let form = if routes.len() == 1 { EntryForm::Route } else { EntryForm::Row };
        Entry { directive: "header".into(), routes, form }
    }
}

pub(super) fn unsupported(place: Place) -> HandlerKind {
    HandlerKind::Unknown(Unknown { reason: HoleReason::Unsupported, place: Some(place) })
}

/// A rewrite, with what is not known of its words.
fn rewriting(words: &[Word], place: Place, rewrite: Rewrite) -> HandlerKind {
    let unknown = words.iter().find_map(|word| word.known().err());
    HandlerKind::Rewrite(Rewrite { unknown, place: Some(place), ..rewrite })
}

fn redirect(args: &[Word], place: Place) -> HandlerKind {
    let Some(to) = args.first() else { return unsupported(place) };
    let status = match args.get(1).map(|word| &*word.text) {
        Some("permanent") => "301",
        Some("temporary") | None => "302",
        Some("html") => return HandlerKind::Respond { status: "200".into(), headers: Vec::new() },
        Some(code) => code,
    };
    if let Some(unknown) = args.iter().find_map(|word| word.known().err()) {
        return HandlerKind::Unknown(unknown);
    }
    HandlerKind::Respond { status: status.into(), headers: vec![("Location".into(), Arc::clone(&to.text))] }
}

fn uri(line: &Line, args: &[Word]) -> HandlerKind {
    let texts: Vec<Arc<str>> = args.iter().map(|word| Arc::clone(&word.text)).collect();
    let mut rewrite = Rewrite::default();
    let mut words: Vec<Word> = args.to_vec();
    match texts.iter().map(|text| &**text).collect::<Vec<_>>().as_slice() {
        ["strip_prefix", prefix] => rewrite.strip_prefix = Some((*prefix).into()),
        ["strip_suffix", suffix] => rewrite.strip_suffix = Some((*suffix).into()),
        ["replace", find, with] => {
            rewrite.replace = Some(Replace { find: (*find).into(), with: (*with).into(), most: None });
        }
        ["replace", find, with, most] => match most.parse::<i64>() {
            Ok(most) => {
                let most = usize::try_from(most).ok().filter(|most| *most > 0);
                rewrite.replace = Some(Replace { find: (*find).into(), with: (*with).into(), most });
            }
            Err(_) => return unsupported(line.place),
        },
        ["path_regexp", find, with] => rewrite.pattern = Some(((*find).into(), (*with).into())),
        ["query", rest @ ..] => {
            let lines = line.inner().iter().map(|line| line.words.iter().map(|word| &*word.text).collect::<Vec<_>>());
            let all = (!rest.is_empty()).then(|| rest.to_vec()).into_iter().chain(lines);
            let Some(ops) = all.map(|words| query_op(&words)).collect::<Option<Vec<_>>>() else {
                return unsupported(line.place);
            };
            words.extend(line.inner().iter().flat_map(|line| line.words.iter().cloned()));
            rewrite.query = ops;
        }
        _ => return unsupported(line.place),
    }
    rewriting(&words, line.place, rewrite)
}

fn query_op(words: &[&str]) -> Option<QueryOp> {
    Some(match words {
        [key] if key.starts_with('-') => QueryOp::Delete(key.trim_start_matches('-').into()),
        [key, value] if key.starts_with('+') => QueryOp::Add(key.trim_start_matches('+').into(), (*value).into()),
        [key] if key.contains('>') => {
            let (from, to) = key.split_once('>')?;
            QueryOp::Rename(from.into(), to.split('>').next()?.into())
        }
        [key, pattern, with] => {
            QueryOp::Replace { key: (*key).into(), pattern: (*pattern).into(), with: (*with).into() }
        }
        [key, value] => QueryOp::Set((*key).into(), (*value).into()),
        _ => return None,
    })
}

fn mapping(line: &Line, args: &[Word]) -> Option<Mapping> {
    let (source, destinations) = args.split_first()?;
    if destinations.is_empty() || args.iter().any(|word| word.hole.is_some()) {
        return None;
    }
    let count = destinations.len();
    let mut map = Mapping {
        source: Arc::clone(&source.text),
        destinations: destinations.iter().map(|word| word.text.trim_matches(['{', '}']).into()).collect(),
        lines: Vec::new(),
        defaults: Vec::new(),
        place: line.place,
    };
    for inner in line.inner() {
        if inner.words.iter().any(|word| word.hole.is_some()) {
            return None;
        }
        if inner.name() == "default" {
            map.defaults = inner.args().iter().map(|word| Arc::clone(&word.text)).collect();
            map.defaults.resize(count.max(map.defaults.len()), "".into());
            continue;
        }
        let mut outputs: Vec<Option<Arc<str>>> =
            inner.args().iter().map(|word| (&*word.text != "-").then(|| Arc::clone(&word.text))).collect();
        outputs.resize(count, None);
        let input = match inner.name().strip_prefix('~') {
            Some(pattern) => MapInput::Pattern(pattern.into()),
            None => MapInput::Text(inner.name().into()),
        };
        map.lines.push(MapLine { input, outputs });
    }
    Some(map)
}
