//! Puts a configuration together: files where they are included, and values in the place of placeholders.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::tree::{Argument, Fill, Level, LevelId, LevelKind, Statement, Tree};
use super::variables::{TextPiece, pieces};
use crate::base::{FileId, Limit, Place, Span, matches_path};
use crate::facts::{Arg, Directive, DumpedFile, Repository};
use crate::model::proxy::BlockId;

/// Blocks inside each other, through includes or not.
const DEPTH: Limit = Limit::new(
    160,
    "blocks and includes of an nginx configuration inside each other",
    "what the whole configuration does is unknown",
    "nest blocks less deeply",
);

/// Includes inside includes.
const INCLUDES: Limit = Limit::new(
    16,
    "includes of an nginx configuration inside each other",
    "what the whole configuration does is unknown",
    "include less deeply",
);

/// Statements of one instance; a glob over thousands of files ends here.
const STATEMENTS: Limit = Limit::new(
    200_000,
    "statements of one nginx configuration, includes counted where they are included",
    "what the whole configuration does is unknown",
    "leave out files that nginx does not read, with `exclude` in `wirelint.toml`",
);

/// Bytes of arguments with values in them.
const FILLED: Limit = Limit::new(
    4_000_000,
    "bytes of arguments with placeholders in them, in one nginx configuration",
    "what the whole configuration does is unknown",
    "write shorter values",
);

/// Parts of an `nginx -T` dump that are compared with the pattern of an `include`.
const COMPARED: Limit = Limit::new(
    5_000_000,
    "comparisons of `include` with the files of an `nginx -T` dump",
    "what the whole configuration does is unknown",
    "leave the dump out, with `exclude` in `wirelint.toml`",
);

/// Includes of one file that are kept as evidence; a snippet may be included by thousands.
const MAX_SHOWN_INCLUDES: usize = 8;

impl Tree {
    /// Builds the tree of `roots`, which are one after the other in a level of kind `kind`.
    #[must_use]
    pub fn build(repository: &Repository, roots: &[FileId], kind: LevelKind, fill: &Fill) -> Self {
        let first = roots.first().copied().unwrap_or(FileId(0));
        let mut builder = Builder {
            repository,
            fill,
            tree: Self::default(),
            chain: Vec::new(),
            depth: 0,
            statements: 0,
            filled: 0,
            compared: 0,
            dumps: BTreeMap::new(),
            seen: BTreeSet::new(),
        };
        let root = builder.open(kind, None, Place::new(first, Span::default()), Vec::new());
        for file in roots {
            builder.file(*file, None, root);
        }
        builder.tree.roots = roots.to_vec();
        builder.tree
    }
}

struct Builder<'a> {
    repository: &'a Repository,
    fill: &'a Fill,
    tree: Tree,
    /// The files that are being included, from the outside.
    chain: Vec<FileId>,
    /// Blocks and files that are open: bounds the recursion.
    depth: usize,
    statements: usize,
    /// Bytes of arguments with values in them.
    filled: usize,
    /// Parts of dumps that were compared with patterns.
    compared: usize,
    /// The parts of each dump by their paths.
    dumps: BTreeMap<FileId, BTreeMap<&'a str, Vec<usize>>>,
    seen: BTreeSet<FileId>,
}

impl<'a> Builder<'a> {
    fn open(&mut self, kind: LevelKind, parent: Option<LevelId>, place: Place, args: Vec<Argument>) -> LevelId {
        let id = BlockId(u32::try_from(self.tree.levels.len()).unwrap_or(u32::MAX));
        self.tree.levels.push(Level { kind, parent, place, args, statements: Vec::new(), unseen: Vec::new() });
        id
    }

    fn level_mut(&mut self, id: LevelId) -> Option<&mut Level> {
        self.tree.levels.get_mut(id.0 as usize)
    }

    /// Reads a file that the line at `place` includes.
    fn file(&mut self, file: FileId, place: Option<Place>, into: LevelId) {
        let Some(content) = self.repository.get(file).and_then(|facts| facts.nginx.as_deref()) else { return };
        if self.chain.contains(&file) {
            return;
        }
        if self.chain.len() > INCLUDES.most_items() {
            self.tree.cut_short.at(place.unwrap_or_else(|| Place::new(file, Span::default())), &INCLUDES);
            return;
        }
        if self.seen.insert(file) {
            self.tree.files.push(file);
            let places = content.conditions.iter().chain(&content.insertions).map(|span| Place::new(file, *span));
            self.tree.conditions.extend(places);
        }
        self.chain.push(file);
        self.directives(file, &content.directives, into);
        self.chain.pop();
    }

    fn directives(&mut self, file: FileId, directives: &'a [Directive], into: LevelId) {
        let Some(first) = directives.first() else { return };
        if self.depth > DEPTH.most_items() {
            self.tree.cut_short.at(Place::new(file, first.span), &DEPTH);
            return;
        }
        self.depth += 1;
        for directive in directives {
            self.statements += 1;
            if self.statements > STATEMENTS.most_items() {
                self.tree.cut_short.at(Place::new(file, directive.span), &STATEMENTS);
                break;
            }
            if &*directive.name == "include" && directive.block.is_none() {
                self.include(file, directive, into);
                continue;
            }
            let kind = self.tree.level(into).map_or(LevelKind::Foreign, |level| level.kind);
            let place = Place::new(file, directive.span);
            let args: Vec<_> = directive.args.iter().map(|arg| self.argument(file, arg)).collect();
            let block = directive.block.as_ref().map(|inner| {
                let id = self.open(child_kind(kind, &directive.name), Some(into), place, args.clone());
                self.directives(file, inner, id);
                id
            });
            if let Some(level) = self.level_mut(into) {
                level.statements.push(Statement { name: Arc::clone(&directive.name), place, args, block });
            }
        }
        self.depth -= 1;
    }

    fn include(&mut self, file: FileId, directive: &'a Directive, into: LevelId) {
        let Some(arg) = directive.args.first() else { return };
        let place = Place::new(file, directive.span);
        if self.dumped(file, &arg.text, place, into) {
            return;
        }
        let repository = self.repository;
        let targets = repository.resolved.get(&(file, Arc::clone(&arg.text))).map(Vec::as_slice).unwrap_or_default();
        let readable = |id: &&FileId| repository.get(**id).is_some_and(|facts| facts.nginx.is_some());
        let known: Vec<_> = targets.iter().filter(readable).collect();
        if known.is_empty() {
            if let Some(level) = self.level_mut(into) {
                level.unseen.push((place, Arc::clone(&arg.text)));
            }
            self.distribution_snippet(&arg.text, place, into);
        }
        for target in known {
            let includes = self.tree.included_by.entry(*target).or_default();
            if !includes.contains(&place) && includes.len() < MAX_SHOWN_INCLUDES {
                includes.push(place);
            }
            if arg.text.contains(['*', '?', '[']) {
                self.tree.included_by_pattern.insert(*target);
            }
            self.file(*target, Some(place), into);
        }
    }

    /// Includes a file of the `nginx -T` dump that `file` is; says whether it is one.
    fn dumped(&mut self, file: FileId, text: &str, place: Place, into: LevelId) -> bool {
        let dump = self.repository.get(file).and_then(|facts| facts.nginx.as_deref()).map(|nginx| &nginx.dump);
        let Some(dump) = dump.filter(|dump| !dump.is_empty()) else { return false };
        let folder = dump.first().and_then(|main| main.path.rsplit_once('/')).map_or("", |(folder, _)| folder);
        let pattern = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
        let is_pattern = text.contains(['*', '?', '[']);
        let mut found = false;
        for at in self.parts(file, dump, &pattern, place) {
            if let Some(part) = dump.get(at) {
                found = true;
                self.directives(file, &part.directives, into);
            }
        }
        if !found
            && !is_pattern
            && let Some(level) = self.level_mut(into)
        {
            level.unseen.push((place, text.into()));
        }
        true
    }

    /// The parts of a dump whose paths fit a pattern, in their order.
    fn parts(&mut self, file: FileId, dump: &'a [DumpedFile], pattern: &str, place: Place) -> Vec<usize> {
        let by_path = self.dumps.entry(file).or_insert_with(|| {
            let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for (at, part) in dump.iter().enumerate() {
                by_path.entry(&part.path).or_default().push(at);
            }
            by_path
        });
        let Some(wild) = pattern.find(['*', '?', '[', '\\']) else {
            return by_path.get(pattern).cloned().unwrap_or_default();
        };
        // what is before the first wildcard is the same in all that fit
        let known = pattern.get(..wild).unwrap_or_default();
        let mut found = Vec::new();
        for (path, parts) in by_path.range(known..).take_while(|(path, _)| path.starts_with(known)) {
            self.compared += 1;
            if self.compared > COMPARED.most_items() {
                break;
            }
            if matches_path(pattern, path) {
                found.extend(parts);
            }
        }
        if self.compared > COMPARED.most_items() {
            self.tree.cut_short.at(place, &COMPARED);
        }
        found.sort_unstable();
        found
    }

    /// `proxy_params` of Debian sets four headers, which hides all that outer levels set.
    fn distribution_snippet(&mut self, path: &str, place: Place, into: LevelId) {
        if path != "proxy_params" && path != "/etc/nginx/proxy_params" {
            return;
        }
        let headers = [
            ("Host", "$http_host"),
            ("X-Real-IP", "$remote_addr"),
            ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
            ("X-Forwarded-Proto", "$scheme"),
        ];
        for (name, value) in headers {
            let args = [name, value].map(|text| Argument { text: text.into(), place, holes: Vec::new() });
            let statement = Statement { name: "proxy_set_header".into(), place, args: args.to_vec(), block: None };
            if let Some(level) = self.level_mut(into) {
                level.statements.push(statement);
            }
        }
    }

    fn argument(&mut self, file: FileId, arg: &Arg) -> Argument {
        let place = Place::new(file, arg.span);
        if arg.holes.is_empty() && (self.fill.is_empty() || !arg.text.contains('$')) {
            return Argument { text: Arc::clone(&arg.text), place, holes: Vec::new() };
        }
        let room = FILLED.most_items().saturating_sub(self.filled);
        let found = filled(arg, place, self.fill, room);
        self.filled += found.as_ref().map_or(room, |argument| argument.text.len());
        found.unwrap_or_else(|| {
            self.tree.cut_short.at(place, &FILLED);
            let whole = (Span::new(0, arg.text.len()), Arc::clone(&arg.text));
            Argument { text: Arc::clone(&arg.text), place, holes: vec![whole] }
        })
    }
}

/// An argument with the values of placeholders in it; `None` when it is longer than `room`.
fn filled(arg: &Arg, place: Place, fill: &Fill, room: usize) -> Option<Argument> {
    let mut text = String::new();
    let mut holes = Vec::new();
    let mut at = 0;
    for (span, shown) in &arg.holes {
        put(&mut text, arg.text.get(at..span.start as usize).unwrap_or_default(), fill, room)?;
        at = span.end as usize;
        let name = shown.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or("");
        match fill.get(name) {
            Some(value) => text.push_str(value),
            None => {
                let start = text.len();
                text.push_str(shown);
                holes.push((Span::new(start, text.len()), Arc::clone(shown)));
            }
        }
    }
    put(&mut text, arg.text.get(at..).unwrap_or_default(), fill, room)?;
    Some(Argument { text: text.into(), place, holes })
}

/// Adds a text with `$NAME` and `${NAME}` replaced as envsubst does: only names that have a value. `None` when that is longer
/// than `room`.
fn put(out: &mut String, text: &str, fill: &Fill, room: usize) -> Option<()> {
    if fill.is_empty() || !text.contains('$') {
        out.push_str(text);
        return (out.len() <= room).then_some(());
    }
    let braced: BTreeSet<&str> =
        text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    for piece in pieces(text) {
        match piece {
            TextPiece::Plain(text) => out.push_str(text),
            TextPiece::Variable(name) => match fill.get(name) {
                Some(value) => out.push_str(value),
                None if braced.contains(name) => out.extend(["${", name, "}"]),
                None => out.extend(["$", name]),
            },
        }
        if out.len() > room {
            return None;
        }
    }
    Some(())
}

fn child_kind(parent: LevelKind, name: &str) -> LevelKind {
    match (parent, name) {
        (LevelKind::Foreign | LevelKind::Data, _) => LevelKind::Foreign,
        (_, "http") => LevelKind::Http,
        (_, "events") => LevelKind::Events,
        (_, "server") => LevelKind::Server,
        (_, "location") => LevelKind::Location,
        (LevelKind::Location | LevelKind::LocationIf | LevelKind::LimitExcept, "if") => LevelKind::LocationIf,
        (_, "if") => LevelKind::ServerIf,
        (_, "limit_except") => LevelKind::LimitExcept,
        (_, "upstream") => LevelKind::Upstream,
        (_, "map" | "geo" | "types" | "split_clients" | "charset_map") => LevelKind::Data,
        _ => LevelKind::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_until_there_is_no_room() {
        let fill: Fill = [("A".into(), "x".repeat(1_000).into()), ("B".into(), "b".into())].into();
        let text_of = |text: &str, room: usize| {
            let mut out = String::new();
            put(&mut out, text, &fill, room).map(|()| out)
        };
        assert_eq!(text_of("$B-${B}-$C-$uri", 100).as_deref(), Some("b-b-$C-$uri"));
        // a name that is written with braces somewhere is so everywhere
        assert_eq!(text_of("$C${C}$D", 100).as_deref(), Some("${C}${C}$D"));
        assert_eq!(text_of("${${B", 100).as_deref(), Some("${${B"));
        assert_eq!(text_of(&"$A".repeat(10_000), FILLED.most_items()), None);
        assert!(text_of(&"$A".repeat(1_000), FILLED.most_items()).is_some());
    }
}
