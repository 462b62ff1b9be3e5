//! Look-ups over a configuration, made when they are first needed: levels may hold thousands of statements, and every
//! request asks them for some dozens of names.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::select::{self, Arrivals, Listen, Locations};
use super::tree::{Level, LevelId, LevelKind, Statement, Tree};
use crate::model::Tls;
use crate::model::proxy::{BlockId, ListenAddress, Request};

/// Where the statements of a name are in each level.
type Names = Vec<BTreeMap<Arc<str>, Vec<usize>>>;

/// The servers that take what arrives at a port and address, and how many there are in all lists.
#[derive(Debug, Default)]
struct Arriving {
    known: BTreeMap<(u16, Option<IpAddr>, Tls), Arc<Arrivals>>,
    servers: usize,
}

/// Servers in all lists that are remembered.
const MOST_SERVERS: usize = 1_000_000;

/// The joins of one tree. The tree must not change once one was made; a copy of the tree makes its own.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    names: OnceLock<Names>,
    servers: OnceLock<Vec<LevelId>>,
    by_port: OnceLock<BTreeMap<u16, Vec<(LevelId, Listen)>>>,
    arrivals: Mutex<Arriving>,
    listens: OnceLock<Vec<ListenAddress>>,
    tables: OnceLock<BTreeMap<String, (LevelId, usize)>>,
    upstreams: OnceLock<BTreeMap<String, LevelId>>,
    locations: OnceLock<BTreeMap<LevelId, Vec<LevelId>>>,
    choices: OnceLock<BTreeMap<LevelId, Locations>>,
    set: OnceLock<BTreeSet<String>>,
    groups: OnceLock<BTreeSet<String>>,
}

impl Clone for Lookup {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// It says nothing that the tree does not say.
impl PartialEq for Lookup {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Tree {
    /// The statements of a level that are called `name`, in order.
    pub(in crate::model) fn named<'a>(&'a self, id: LevelId, name: &str) -> impl Iterator<Item = &'a Statement> {
        let names = self.lookup.names.get_or_init(|| self.levels.iter().map(names).collect());
        let index = id.0 as usize;
        let found = names.get(index).and_then(|level| level.get(name)).map(Vec::as_slice).unwrap_or_default();
        let statements = self.levels.get(index).map(|level| level.statements.as_slice()).unwrap_or_default();
        found.iter().filter_map(|at| statements.get(*at))
    }

    /// Servers of the `http` level, in order.
    pub(in crate::model) fn http_servers(&self) -> impl Iterator<Item = (LevelId, &Level)> {
        let servers = self.lookup.servers.get_or_init(|| {
            let servers = self.of_kind(LevelKind::Server).filter(|(_, level)| {
                level.parent.and_then(|parent| self.level(parent)).is_some_and(|parent| parent.kind == LevelKind::Http)
            });
            servers.map(|(id, _)| id).collect()
        });
        servers.iter().filter_map(|id| Some((*id, self.level(*id)?)))
    }

    /// The servers that listen on a port, in order, once for each of their addresses.
    pub(super) fn servers_at(&self, port: u16) -> &[(LevelId, Listen)] {
        let by_port = self.lookup.by_port.get_or_init(|| {
            let mut by_port: BTreeMap<u16, Vec<(LevelId, Listen)>> = BTreeMap::new();
            for (id, server) in self.http_servers() {
                for listen in select::listens(server) {
                    let Some(port) = listen.port else { continue };
                    by_port.entry(port).or_default().push((id, listen));
                }
            }
            by_port
        });
        by_port.get(&port).map(Vec::as_slice).unwrap_or_default()
    }

    /// The servers that take what arrives as the request does.
    pub(super) fn arrivals(&self, request: &Request) -> Arc<Arrivals> {
        let key = (request.port, request.address, request.tls);
        let mut arriving = self.lookup.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = arriving.known.get(&key) {
            return Arc::clone(known);
        }
        let made = Arc::new(Arrivals::new(self, request));
        if arriving.servers < MOST_SERVERS {
            arriving.servers += made.len();
            arriving.known.insert(key, Arc::clone(&made));
        }
        made
    }

    /// The `upstream` block of a name, the first of several.
    pub(in crate::model) fn upstream_named(&self, name: &str) -> Option<&Level> {
        let upstreams = self.lookup.upstreams.get_or_init(|| {
            let mut upstreams = BTreeMap::new();
            for (id, level) in self.of_kind(LevelKind::Upstream) {
                if let Some(name) = level.args.first() {
                    upstreams.entry(name.text.to_ascii_lowercase()).or_insert(id);
                }
            }
            upstreams
        });
        self.level(*upstreams.get(&name.to_ascii_lowercase())?)
    }

    /// The locations among the statements of a level; `None` when there are none.
    pub(super) fn locations_in(&self, level: LevelId) -> Option<&Locations> {
        let choices = self.lookup.choices.get_or_init(|| {
            let all = (0u32..).map(BlockId).zip(&self.levels);
            all.filter_map(|(id, level)| Some((id, Locations::of(self, level)?))).collect()
        });
        choices.get(&level)
    }

    /// The locations of a server, nested ones too, in order.
    pub(in crate::model) fn locations_of(&self, server: LevelId) -> impl Iterator<Item = &Level> {
        let locations = self.lookup.locations.get_or_init(|| {
            let mut locations: BTreeMap<LevelId, Vec<LevelId>> = BTreeMap::new();
            for (id, _) in self.of_kind(LevelKind::Location) {
                let server = self.outward(id).find(|(_, outer)| outer.kind == LevelKind::Server);
                if let Some((server, _)) = server {
                    locations.entry(server).or_default().push(id);
                }
            }
            locations
        });
        locations.get(&server).into_iter().flatten().filter_map(|id| self.level(*id))
    }

    /// Every address with a port that a server listens on, in order.
    pub(super) fn listen_addresses(&self) -> &[ListenAddress] {
        self.lookup.listens.get_or_init(|| {
            let mut addresses = Vec::new();
            for (_, server) in self.http_servers() {
                let names: Arc<[Arc<str>]> =
                    select::names(server).iter().map(|name| Arc::clone(&name.text)).collect::<Vec<_>>().into();
                for listen in select::listens(server) {
                    let Some(port) = listen.port else { continue };
                    let tls = if listen.tls { Tls::Tls } else { Tls::Plain };
                    addresses.push(ListenAddress { port, tls, place: listen.place, names: Arc::clone(&names) });
                }
            }
            addresses
        })
    }

    /// The block that defines a variable (lower case, without `$`): the last one of a name counts.
    pub(super) fn table(&self, name: &str) -> Option<(&Statement, &Level)> {
        let tables = self.lookup.tables.get_or_init(|| {
            let mut tables = BTreeMap::new();
            for (id, http) in self.of_kind(LevelKind::Http) {
                for (at, statement) in http.statements.iter().enumerate() {
                    if matches!(&*statement.name, "map" | "geo" | "split_clients")
                        && statement.block.is_some()
                        && let Some(name) = statement.args.last().and_then(|arg| arg.text.strip_prefix('$'))
                    {
                        tables.insert(name.to_ascii_lowercase(), (id, at));
                    }
                }
            }
            tables
        });
        let (id, at) = tables.get(name)?;
        let statement = self.level(*id)?.statements.get(*at)?;
        Some((statement, self.level(statement.block?)?))
    }

    /// Whether some `set` or some group of a pattern defines a variable (lower case, without `$`).
    pub(super) fn defines(&self, name: &str) -> bool {
        let statements = || self.levels.iter().flat_map(|level| &level.statements);
        let set = self.lookup.set.get_or_init(|| {
            let all = statements().filter(|statement| &*statement.name == "set");
            all.filter_map(|set| Some(set.args.first()?.text.strip_prefix('$')?.to_ascii_lowercase())).collect()
        });
        // patterns of `map` are in the place of names
        let groups = self.lookup.groups.get_or_init(|| {
            let patterns = statements().filter(|statement| {
                statement.name.starts_with('~')
                    || matches!(&*statement.name, "rewrite" | "if" | "location" | "server_name")
            });
            let texts =
                patterns.flat_map(|statement| statement.args.iter().map(|arg| &*arg.text).chain([&*statement.name]));
            texts.flat_map(groups).collect()
        });
        set.contains(name) || groups.range(name.to_owned()..).next().is_some_and(|group| group.starts_with(name))
    }
}

fn names(level: &Level) -> BTreeMap<Arc<str>, Vec<usize>> {
    let mut names: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (at, statement) in level.statements.iter().enumerate() {
        match names.get_mut(&statement.name) {
            Some(known) => known.push(at),
            None => {
                names.insert(Arc::clone(&statement.name), vec![at]);
            }
        }
    }
    names
}

/// The names of the groups in a pattern, lower case: `(?<name>`, `(?P<name>`, `(?'name'`.
fn groups(text: &str) -> Vec<String> {
    let text = text.to_ascii_lowercase();
    let starts = text.match_indices('?').filter_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let rest = rest.strip_prefix('p').unwrap_or(rest);
        rest.strip_prefix(['<', '\''])
    });
    let name = |rest: &str| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_owned);
    starts.filter_map(name).filter(|name| !name.is_empty()).collect()
}
