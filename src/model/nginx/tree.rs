//! The configuration as nginx sees it after includes: levels that know their parents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::effort::Effort;
use super::lookup::Lookup;
use super::variables::{TextPiece, pieces};
use crate::base::{FileId, Limit, Place, Span, matches_path, ships_with_nginx};
use crate::facts::{Directive, Repository};
use crate::model::proxy::BlockId;

/// Blocks nested deeper than this, through includes or not, are cut off.
const MAX_DEPTH: usize = 160;
/// Includes that include deeper than this are cut off.
const MAX_INCLUDES: usize = 16;
/// Statements of one instance; a glob over thousands of files ends here.
const STATEMENTS: Limit = Limit::new(
    200_000,
    "statements of one nginx configuration, includes counted where they are included",
    "what the rest of it says is unknown",
    "leave out files that nginx does not read, with `exclude` in `wirelint.toml`",
);

/// Includes of one file that are kept as evidence; a snippet may be included by thousands.
const MAX_SHOWN_INCLUDES: usize = 8;

/// Index of a [`Level`].
pub type LevelId = crate::model::proxy::BlockId;

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LevelKind {
    /// Outside of all blocks.
    Main,
    /// `http`.
    Http,
    /// `server` in `http`.
    Server,
    /// `location`.
    Location,
    /// `if` in a server.
    ServerIf,
    /// `if` in a location.
    LocationIf,
    /// `limit_except`.
    LimitExcept,
    /// `upstream`.
    Upstream,
    /// `events`.
    Events,
    /// A block whose content is not directives: `map`, `geo`, `types`, `split_clients`, `charset_map`.
    Data,
    /// `stream`, `mail` and blocks of unknown modules.
    Foreign,
}

impl LevelKind {
    /// The word that nginx's documentation uses.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Http => "http",
            Self::Server => "server",
            Self::Location => "location",
            Self::ServerIf => "if in server",
            Self::LocationIf => "if in location",
            Self::LimitExcept => "limit_except",
            Self::Upstream => "upstream",
            Self::Events => "events",
            Self::Data | Self::Foreign => "another block",
        }
    }
}

/// A block with its statements, includes expanded in place.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What it is.
    pub kind: LevelKind,
    /// The block around it.
    pub parent: Option<LevelId>,
    /// Its head (`location /ws/`), or an empty span at the start of the file for a root.
    pub place: Place,
    /// The head's arguments.
    pub args: Vec<Argument>,
    /// Its statements in order.
    pub statements: Vec<Statement>,
    /// Includes that led to no file of the repository.
    pub unseen: Vec<(Place, Arc<str>)>,
}

/// A directive in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Its name.
    pub name: Arc<str>,
    /// The whole directive, or a block's head.
    pub place: Place,
    /// Its arguments.
    pub args: Vec<Argument>,
    /// Its block.
    pub block: Option<LevelId>,
}

/// An argument of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The text without quotes.
    pub text: Arc<str>,
    /// Where it is.
    pub place: Place,
    /// Placeholders of a template language that nothing fills: byte ranges of `text`.
    pub holes: Vec<(Span, Arc<str>)>,
}

impl Statement {
    /// The text of argument `index`, when there is one without holes.
    #[must_use]
    pub fn arg(&self, index: usize) -> Option<&str> {
        self.args.get(index).filter(|arg| arg.holes.is_empty()).map(|arg| &*arg.text)
    }
}

/// All levels of an instance. The first one is the root.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// The levels.
    pub levels: Vec<Level>,
    /// The files that are in the first level, one after the other.
    pub roots: Vec<FileId>,
    /// Files that took part, in the order of their inclusion.
    pub files: Vec<FileId>,
    /// Template statements that decide which directives are there, and placeholders for whole directives.
    pub conditions: Vec<Place>,
    /// The `include`s that lead to each included file.
    pub included_by: BTreeMap<FileId, Vec<Place>>,
    /// Files that are included by a pattern: which files of a folder are there is decided by whoever installs them.
    pub included_by_pattern: BTreeSet<FileId>,
    /// Look-ups over it.
    pub(super) lookup: Lookup,
    /// What matching may cost, shared with the other trees of a run.
    pub effort: Effort,
}

/// Values for `${NAME}` of templates.
pub type Fill = BTreeMap<Arc<str>, Arc<str>>;

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
            seen: BTreeSet::new(),
        };
        let root = builder.open(kind, None, Place::new(first, Span::default()), Vec::new());
        for file in roots {
            builder.file(*file, root);
        }
        builder.tree.roots = roots.to_vec();
        builder.tree
    }

    /// The same files, with these values for placeholders.
    #[must_use]
    pub fn filled(&self, repository: &Repository, fill: &Fill) -> Self {
        let kind = self.levels.first().map_or(LevelKind::Http, |root| root.kind);
        Self { effort: self.effort.clone(), ..Self::build(repository, &self.roots, kind, fill) }
    }

    /// The level of an id.
    #[must_use]
    pub fn level(&self, id: LevelId) -> Option<&Level> {
        self.levels.get(id.0 as usize)
    }

    /// All levels of a kind, in source order.
    pub fn of_kind(&self, kind: LevelKind) -> impl Iterator<Item = (LevelId, &Level)> {
        (0u32..).map(BlockId).zip(&self.levels).filter(move |(_, level)| level.kind == kind)
    }

    /// `id` and the levels around it, from the inside.
    pub fn outward(&self, id: LevelId) -> impl Iterator<Item = (LevelId, &Level)> {
        let mut next = Some(id);
        std::iter::from_fn(move || {
            let id = next?;
            let level = self.level(id)?;
            next = level.parent;
            Some((id, level))
        })
    }

    /// The statements of the innermost level that has `name`: how every inherited directive comes into effect.
    #[must_use]
    pub fn effective(&self, id: LevelId, name: &str) -> Option<(LevelId, Vec<&Statement>)> {
        self.outward(id).find_map(|(id, _)| {
            let found: Vec<_> = self.named(id, name).collect();
            (!found.is_empty()).then_some((id, found))
        })
    }

    /// Includes that led nowhere, at `id` and around it, without those that never matter here.
    pub fn unseen_around(&self, id: LevelId) -> impl Iterator<Item = &(Place, Arc<str>)> {
        self.outward(id).flat_map(|(_, level)| &level.unseen).filter(|(_, path)| !is_harmless(path))
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
    seen: BTreeSet<FileId>,
}

impl Builder<'_> {
    fn open(&mut self, kind: LevelKind, parent: Option<LevelId>, place: Place, args: Vec<Argument>) -> LevelId {
        let id = BlockId(u32::try_from(self.tree.levels.len()).unwrap_or(u32::MAX));
        self.tree.levels.push(Level { kind, parent, place, args, statements: Vec::new(), unseen: Vec::new() });
        id
    }

    fn level_mut(&mut self, id: LevelId) -> Option<&mut Level> {
        self.tree.levels.get_mut(id.0 as usize)
    }

    fn file(&mut self, file: FileId, into: LevelId) {
        let Some(content) = self.repository.get(file).and_then(|facts| facts.nginx.as_deref()) else { return };
        if self.chain.contains(&file) || self.chain.len() > MAX_INCLUDES {
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

    fn directives(&mut self, file: FileId, directives: &[Directive], into: LevelId) {
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        for directive in directives {
            self.statements += 1;
            if self.statements > STATEMENTS.most_items() {
                self.tree.effort.reached(Place::new(file, directive.span), &STATEMENTS);
                break;
            }
            if &*directive.name == "include" && directive.block.is_none() {
                self.include(file, directive, into);
                continue;
            }
            let kind = self.tree.level(into).map_or(LevelKind::Foreign, |level| level.kind);
            let place = Place::new(file, directive.span);
            let args: Vec<_> = directive.args.iter().map(|arg| argument(file, arg, self.fill)).collect();
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

    fn include(&mut self, file: FileId, directive: &Directive, into: LevelId) {
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
            self.file(*target, into);
        }
    }

    /// Includes a file of the `nginx -T` dump that `file` is; says whether it is one.
    fn dumped(&mut self, file: FileId, text: &str, place: Place, into: LevelId) -> bool {
        let dump = self.repository.get(file).and_then(|facts| facts.nginx.as_deref()).map(|nginx| &nginx.dump);
        let Some(dump) = dump.filter(|dump| !dump.is_empty()) else { return false };
        let folder = dump.first().and_then(|main| main.path.rsplit_once('/')).map_or("", |(folder, _)| folder);
        let pattern = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
        let mut found = false;
        for part in dump.iter().filter(|part| matches_path(&pattern, &part.path)) {
            found = true;
            self.directives(file, &part.directives, into);
        }
        let is_pattern = text.contains(['*', '?', '[']);
        if !found
            && !is_pattern
            && let Some(level) = self.level_mut(into)
        {
            level.unseen.push((place, text.into()));
        }
        true
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
}

/// Whether an include that is not in the repository is one whose content is known not to matter.
pub(super) fn is_harmless(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ships_with_nginx(path)
        || matches!(name, "proxy_params" | "options-ssl-nginx.conf" | "naxsi.rules" | "naxsi_core.rules")
        || path.contains("modules-enabled")
        || path.contains("/letsencrypt/")
        || path.contains("/usr/share/nginx/modules")
        || name.starts_with("ssl")
        || name.ends_with("ssl.conf")
}

fn argument(file: FileId, arg: &crate::facts::Arg, fill: &Fill) -> Argument {
    let place = Place::new(file, arg.span);
    let mut text = String::new();
    let mut holes = Vec::new();
    let mut at = 0;
    for (span, shown) in &arg.holes {
        text.push_str(&substituted(arg.text.get(at..span.start as usize).unwrap_or_default(), fill));
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
    text.push_str(&substituted(arg.text.get(at..).unwrap_or_default(), fill));
    Argument { text: text.into(), place, holes }
}

/// `$NAME` and `${NAME}` replaced as envsubst does: only names that have a value.
fn substituted(text: &str, fill: &Fill) -> String {
    if fill.is_empty() || !text.contains('$') {
        return text.to_owned();
    }
    let shown = |piece: &TextPiece<'_>| match piece {
        TextPiece::Plain(text) => (*text).to_owned(),
        TextPiece::Variable(name) => match fill.get(*name) {
            Some(value) => value.to_string(),
            None if text.contains(&format!("${{{name}}}")) => format!("${{{name}}}"),
            None => format!("${name}"),
        },
    };
    pieces(text).iter().map(shown).collect()
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
