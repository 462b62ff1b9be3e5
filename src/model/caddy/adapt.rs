//! Blocks of directives to routes, as Caddy's own adapter makes them.

use std::sync::Arc;

use super::lines::{Line, Word};
use super::matcher::{self, MatcherSet, Named};
use super::order::{Entry, EntryForm, Order};
use super::route::{Handler, HandlerKind, Route, consolidate};
use super::version::Defaults;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;

/// Makes routes of directives.
pub(super) struct Adapter {
    pub order: Order,
    pub defaults: Defaults,
    /// The last group that was given out.
    groups: u32,
}

/// What the directives of a site come to.
#[derive(Default)]
pub(super) struct Block {
    pub routes: Vec<Route>,
    pub errors: Vec<Route>,
    /// `bind` lines.
    pub binds: Vec<Word>,
    /// `tls` lines.
    pub tls: Vec<Line>,
}

/// Whether Caddy puts directives in its own order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sorting {
    Own,
    AsWritten,
}

impl Adapter {
    pub fn new(order: Order, defaults: Defaults) -> Self {
        Self { order, defaults, groups: 0 }
    }

    /// The directives of a site.
    pub fn site(&mut self, lines: &[Line]) -> Block {
        let mut block = Block::default();
        let mut entries = Vec::new();
        let named = Named::of(lines, None);
        for line in lines {
            match line.name() {
                "bind" => block.binds.extend(line.args().iter().cloned()),
                "tls" => block.tls.push(line.clone()),
                "handle_errors" => block.errors.push(self.error_route(line, &named)),
                _ => entries.extend(self.directive(line, &named)),
            }
        }
        // routes for all errors come after those for some
        block.errors.sort_by_key(|route| route.matchers.is_empty());
        block.routes = self.ordered(entries, Sorting::Own);
        block
    }

    /// The directives of a block, for a handler.
    pub fn block(&mut self, lines: &[Line], named: &Named<'_>) -> Vec<Route> {
        let entries = self.entries(lines, named);
        self.ordered(entries, Sorting::Own)
    }

    fn entries(&mut self, lines: &[Line], named: &Named<'_>) -> Vec<Entry> {
        let named = Named::of(lines, Some(named));
        lines.iter().flat_map(|line| self.directive(line, &named)).collect()
    }

    fn ordered(&mut self, mut entries: Vec<Entry>, sorting: Sorting) -> Vec<Route> {
        if sorting == Sorting::Own {
            self.order.sort(&mut entries, self.defaults.path_order);
        }
        if sorting == Sorting::Own || self.defaults.groups_in_route.is_on() {
            for name in ["handle", "rewrite", "root"] {
                let count = entries.iter().filter(|entry| &*entry.directive == name).count();
                // a rewrite never joins its neighbours
                if count > 1 || count == 1 && name == "rewrite" {
                    let group = self.next_group();
                    let of_name = entries.iter_mut().filter(|entry| &*entry.directive == name);
                    of_name.flat_map(|entry| &mut entry.routes).for_each(|route| route.group = Some(group));
                }
            }
        }
        let routes = entries.into_iter().flat_map(|entry| entry.routes).collect();
        if sorting == Sorting::Own || self.defaults.groups_in_route.is_on() { consolidate(routes) } else { routes }
    }

    pub fn next_group(&mut self) -> u32 {
        self.groups += 1;
        self.groups
    }

    fn directive(&mut self, line: &Line, named: &Named<'_>) -> Option<Entry> {
        let name = line.name();
        if name.starts_with('@') || matches!(name, "log" | "bind" | "tls" | "handle_errors") {
            return None;
        }
        if let Some(word) = line.words.first().filter(|word| word.hole.is_some()) {
            // a variable or an import that nobody has seen may be anything
            let unknown = word.known().err()?;
            return Some(one(line, Route::new(Vec::new(), vec![self::unknown(line, unknown)])));
        }
        match name {
            "root" => return Some(self.root(line, named)),
            "rewrite" => return Some(self.rewrite(line, named)),
            "try_files" => return Some(self.try_files(line)),
            "handle_path" => return Some(self.handle_path(line, named)),
            "header" => return Some(self.header(line, named)),
            "php_fastcgi" => return Some(self.php(line, named)),
            _ => {}
        }
        let (matchers, args) = match matched(line.args(), named) {
            Ok(found) => found,
            Err(unknown) => return Some(one(line, Route::new(Vec::new(), vec![self::unknown(line, unknown)]))),
        };
        let kind = match name {
            "handle" | "route" => self.handle(line, named),
            _ => self.handler(line, args),
        };
        let handler = Handler { place: line.place, kind };
        Some(one(line, Route::new(matchers, vec![handler])))
    }

    fn handle(&mut self, line: &Line, named: &Named<'_>) -> HandlerKind {
        let routes = if line.name() == "route" {
            let entries = self.entries(line.inner(), named);
            self.ordered(entries, Sorting::AsWritten)
        } else {
            self.block(line.inner(), named)
        };
        HandlerKind::Block { written: line.shown(), strips: None, routes }
    }

    fn handle_path(&mut self, line: &Line, named: &Named<'_>) -> Entry {
        let Some(path) = line.args().first() else { return self.not_understood(line) };
        let Ok(text) = path.known() else { return self.not_understood(line) };
        if !text.starts_with('/') {
            return self.not_understood(line);
        }
        let prefix = text.strip_suffix("/*").or_else(|| text.strip_suffix('*')).unwrap_or(text);
        let rewrite = super::rewrite::Rewrite { strip_prefix: Some(prefix.into()), ..Default::default() };
        let strip = Handler { place: line.place, kind: HandlerKind::Rewrite(rewrite) };
        let mut routes = vec![Route::new(Vec::new(), vec![strip])];
        routes.extend(self.block(line.inner(), named));
        let kind = HandlerKind::Block { written: line.shown(), strips: Some(prefix.into()), routes };
        let route = Route::new(vec![[matcher::path(path)].into()], vec![Handler { place: line.place, kind }]);
        Entry { directive: "handle".into(), routes: vec![route], form: EntryForm::Route }
    }

    fn error_route(&mut self, line: &Line, named: &Named<'_>) -> Route {
        let codes: Option<Vec<(u16, u16)>> = line.args().iter().map(|word| codes(word.known().ok()?)).collect();
        let kind = match codes {
            Some(codes) => matcher::MatcherKind::ErrorStatus(codes),
            None => matcher::MatcherKind::Unknown(HoleReason::Unsupported),
        };
        let matchers = if line.args().is_empty() {
            Vec::new()
        } else {
            vec![[matcher::Matcher { place: line.place, kind }].into()]
        };
        let routes = self.block(line.inner(), named);
        let kind = HandlerKind::Block { written: line.shown(), strips: None, routes };
        Route::new(matchers, vec![Handler { place: line.place, kind }])
    }

    /// A directive that Caddy would refuse, or that wirelint does not read.
    pub fn not_understood(&self, line: &Line) -> Entry {
        let unknown = Unknown { reason: HoleReason::Unsupported, place: Some(line.place) };
        one(line, Route::new(Vec::new(), vec![self::unknown(line, unknown)]))
    }
}

/// `404`, `5xx`
fn codes(text: &str) -> Option<(u16, u16)> {
    if text.len() != 3 {
        return None;
    }
    match text.strip_suffix("xx") {
        Some(hundred) => hundred.parse::<u16>().ok().map(|hundred| (hundred * 100, hundred * 100 + 99)),
        None => text.parse().ok().map(|code| (code, code)),
    }
}

/// The matcher in front of the arguments of a directive, and the arguments after it.
pub(super) fn matched<'w>(args: &'w [Word], named: &Named<'_>) -> Result<(Vec<MatcherSet>, &'w [Word]), Unknown> {
    let Some((first, rest)) = args.split_first() else { return Ok((Vec::new(), args)) };
    if &*first.text == "*" {
        return Ok((Vec::new(), rest));
    }
    if first.text.starts_with('/') {
        return Ok((vec![[matcher::path(first)].into()], rest));
    }
    if first.text.starts_with('@') {
        let name = first.known()?;
        let reason = || HoleReason::UnknownName(Arc::clone(&first.text));
        let set = named.get(name).ok_or_else(|| Unknown { reason: reason(), place: Some(first.place) })?;
        return Ok((vec![Arc::clone(set)], rest));
    }
    if first.text.starts_with("{$") {
        // it may be a matcher
        first.known()?;
    }
    Ok((Vec::new(), args))
}

pub(super) fn one(line: &Line, route: Route) -> Entry {
    Entry { directive: line.name().into(), routes: vec![route], form: EntryForm::Route }
}

fn unknown(line: &Line, unknown: Unknown) -> Handler {
    Handler { place: line.place, kind: HandlerKind::Unknown(unknown) }
}

/// A handler that is not understood, at a place.
pub(super) fn opaque(name: &str, place: Place) -> HandlerKind {
    HandlerKind::Unknown(Unknown { reason: HoleReason::ExternalCall(name.into()), place: Some(place) })
}
