//! The configuration as nginx sees it after includes: levels that know their parents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::effort::Effort;
use super::lookup::Lookup;
use crate::base::{FileId, Place, Span, ships_with_nginx};
use crate::facts::{HoleReason, Repository};
use crate::model::Unknown;
use crate::model::proxy::{BlockId, CutShort};

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
    /// Where a bound was reached.
    pub cut_short: CutShort,
    /// Look-ups over it.
    pub(super) lookup: Lookup,
    /// What matching may cost, shared with the other trees of a run.
    pub effort: Effort,
}

/// Values for `${NAME}` of templates.
pub type Fill = BTreeMap<Arc<str>, Arc<str>>;

impl Tree {
    /// The same files, with these values for placeholders.
    #[must_use]
    pub fn filled(&self, repository: &Repository, fill: &Fill) -> Self {
        let kind = self.levels.first().map_or(LevelKind::Http, |root| root.kind);
        Self { effort: self.effort.clone(), ..Self::build(repository, &self.roots, kind, fill) }
    }

    /// What of it could not be read.
    pub(super) fn holes(&self) -> Vec<Unknown> {
        let unseen = self.levels.iter().flat_map(|level| &level.unseen).filter(|(_, path)| !is_harmless(path));
        let missing = unseen.map(|(place, path)| (HoleReason::Unresolved(Arc::clone(path)), *place));
        let conditions = self.conditions.iter().map(|place| (HoleReason::Template("condition".into()), *place));
        let holes = missing.chain(conditions).map(|(reason, place)| Unknown { reason, place: Some(place) });
        holes.chain(self.cut_short.why()).collect()
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
