//! Hosts for which several sets of manifests have rules, or other programs beside the Ingress: a controller reads the rules of
//! all sets together, and who of several programs is asked nobody says.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::config::{Config, Controller, Server};
use super::hosts::{Hosts, star_of};
use crate::base::Place;
use crate::model::Mode;
use crate::model::proxy::Patterns;

/// What other sets, and other programs, take of requests, as one set sees it.
#[derive(Debug)]
pub(super) struct Elsewhere {
    all: Arc<Takers>,
    mode: Option<Mode>,
    /// The places of its own rules. Overlays of one base state the same object, and only one of them runs.
    own: BTreeSet<Place>,
    /// The longest path of somebody else, for hosts and beginnings that were asked for: own ones are not gone through twice.
    known: Mutex<BTreeMap<Asked, Option<usize>>>,
    /// What looking for it may cost, with all that requests cost.
    patterns: Patterns,
}

/// Hosts, and what the paths begin with; without that, any path.
type Asked = (Hosts, Option<Arc<str>>);

/// Who takes requests, by host and mode.
#[derive(Debug, Default)]
struct Takers {
    by_host: BTreeMap<Hosts, BTreeMap<Group, Paths>>,
}

/// Sets that may run beside one another: one that speaks of no mode is beside all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    All,
    Of(Option<Mode>),
}

/// The paths of a host.
#[derive(Debug, Default)]
struct Paths {
    /// By what every request that they take begins with: their lengths, the longest first, and where they are written.
    by_head: BTreeMap<Arc<str>, BTreeSet<(Reverse<usize>, Place)>>,
    all: BTreeSet<Place>,
}

impl Takers {
    fn add(&mut self, mode: Option<&Mode>, hosts: &Hosts, path: Option<&str>, place: Place) {
        // what takes everything is longer than any path
        let (head, length) = path.map_or(("", usize::MAX), |path| (head(path), path.len()));
        for group in [Group::All, Group::Of(mode.cloned())] {
            let paths = self.by_host.entry(hosts.clone()).or_default().entry(group).or_default();
            paths.by_head.entry(head.into()).or_default().insert((Reverse(length), place));
            paths.all.insert(place);
        }
    }

    fn add_all(&mut self, mode: Option<&Mode>, config: &Config) {
        for server in &config.servers {
            let hosts = Hosts::of(server.host.as_deref());
            for location in &server.locations {
                self.add(mode, &hosts, Some(&location.path), location.place);
            }
        }
        for rule in &config.open {
            self.add(mode, &Hosts::Unknown, rule.path.as_deref(), rule.place);
        }
        for router in &config.routers {
            router.hosts.iter().for_each(|hosts| self.add(mode, hosts, None, router.place));
        }
    }
}

/// What all requests for a path begin with, a pattern or not.
fn head(path: &str) -> &str {
    let end = path.find(['(', '[', '.', '*', '?', '$', '\\', '{', '+', '|']).unwrap_or(path.len());
    path.get(..end).unwrap_or(path).trim_end_matches('/')
}

impl Elsewhere {
    /// What each of several sets has to know of the others, in their order; `None` for all where there are no others.
    pub fn of(sets: &[(Option<Mode>, Config)], patterns: &Patterns) -> Vec<Option<Self>> {
        let speaks = |config: &&(Option<Mode>, Config)| !config.1.servers.is_empty() || !config.1.open.is_empty();
        let has_routers = sets.iter().any(|(_, config)| !config.routers.is_empty());
        if !has_routers && sets.iter().filter(speaks).count() < 2 {
            return sets.iter().map(|_| None).collect();
        }
        let mut all = Takers::default();
        sets.iter().for_each(|(mode, config)| all.add_all(mode.as_ref(), config));
        let all = Arc::new(all);
        let one = |(mode, config): &(Option<Mode>, Config)| {
            let own = config.locations().map(|location| location.place);
            let own = own.chain(config.open.iter().map(|rule| rule.place)).collect();
            let (all, known, patterns) = (Arc::clone(&all), Mutex::default(), patterns.clone());
            Some(Self { all, mode: mode.clone(), own, known, patterns })
        };
        sets.iter().map(one).collect()
    }

    /// Whether somebody else may take a request for a path rather than these rules, by a path of which this many letters are
    /// compared.
    pub fn may_take(&self, server: &Server, host: Option<&str>, path: &str, length: usize) -> bool {
        if !self.patterns.spend(1 + path.len() as u64, server.place) {
            return true;
        }
        let own = Hosts::of(server.host.as_deref());
        let narrower = match (&own, host) {
            (Hosts::Star(_), Some(host)) => vec![Hosts::of(Some(host)), Hosts::Unknown],
            (Hosts::Any, Some(host)) => {
                let star = star_of(host).map(|star| Hosts::of(Some(&star)));
                [Some(Hosts::of(Some(host))), star, Some(Hosts::Unknown)].into_iter().flatten().collect()
            }
            _ => Vec::new(),
        };
        // two rules for one path of one host are a conflict, which an unknown host alone does not show
        let place = server.place;
        self.takes(&own, path, length, place)
            || self.takes(&Hosts::Unknown, path, length.saturating_add(1), place)
            || narrower.iter().any(|hosts| *hosts != own && self.is_there(hosts, place))
            || length == 0 && server.controller != Controller::Nginx && self.is_wider(&own, path, place)
    }

    /// Whether somebody else has rules for a host for which this set has none.
    pub fn knows(&self, host: &str, asked_by: Place) -> bool {
        if !self.patterns.spend(1, asked_by) {
            return true;
        }
        let star = star_of(host).map(|star| Hosts::of(Some(&star)));
        let hosts = [Some(Hosts::of(Some(host))), star, Some(Hosts::Any), Some(Hosts::Unknown)];
        hosts.iter().flatten().any(|hosts| self.is_there(hosts, asked_by))
    }

    /// Whether rules for more hosts take a path: others than nginx go on to them.
    fn is_wider(&self, own: &Hosts, path: &str, asked_by: Place) -> bool {
        let wider = match own {
            Hosts::One(host) => vec![star_of(host).map_or(Hosts::Any, |star| Hosts::of(Some(&star))), Hosts::Any],
            Hosts::Star(_) => vec![Hosts::Any],
            Hosts::Any | Hosts::Unknown => Vec::new(),
        };
        wider.iter().any(|hosts| self.takes(hosts, path, 0, asked_by))
    }

    /// The paths of hosts in the sets that may run beside this one.
    fn beside(&self, hosts: &Hosts) -> impl Iterator<Item = &Paths> {
        let groups = match &self.mode {
            None => vec![Group::All],
            mode => vec![Group::Of(None), Group::Of(mode.clone())],
        };
        let found = self.all.by_host.get(hosts);
        groups.into_iter().filter_map(move |group| found?.get(&group))
    }

    /// Whether somebody else has rules for hosts.
    fn is_there(&self, hosts: &Hosts, asked_by: Place) -> bool {
        let groups = self.beside(hosts).map(|paths| paths.all.iter().map(|place| (0, *place)));
        self.longest((hosts.clone(), None), groups, asked_by).is_some()
    }

    /// Whether somebody else takes a path of hosts, by at least so many letters.
    fn takes(&self, hosts: &Hosts, path: &str, length: usize, asked_by: Place) -> bool {
        let beside: Vec<&Paths> = self.beside(hosts).collect();
        let ends = std::iter::once(0).chain(path.char_indices().map(|(at, c)| at + c.len_utf8()));
        let mut heads = ends
            .filter_map(|end| path.get(..end))
            .filter_map(|head| beside.iter().find_map(|paths| paths.by_head.get_key_value(head)))
            .map(|(head, _)| head);
        heads.any(|head| {
            let groups = beside.iter().filter_map(|paths| paths.by_head.get(head));
            let groups = groups.map(|takers| takers.iter().map(|(Reverse(own), place)| (*own, *place)));
            let asked = (hosts.clone(), Some(Arc::clone(head)));
            self.longest(asked, groups, asked_by).is_some_and(|longest| longest >= length)
        })
    }

    /// The longest path of somebody else in some groups, each of which has its longest ones first.
    fn longest<G>(&self, asked: Asked, groups: impl Iterator<Item = G>, asked_by: Place) -> Option<usize>
    where
        G: Iterator<Item = (usize, Place)>,
    {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&asked) {
            return *found;
        }
        let (mut steps, mut longest) = (1, None);
        for group in groups {
            let other = group.inspect(|_| steps += 1).find(|(_, place)| !self.own.contains(place));
            longest = longest.max(other.map(|(length, _)| length));
        }
        if !self.patterns.spend(steps, asked_by) {
            // it may be as long as can be
            longest = Some(usize::MAX);
        }
        known.insert(asked, longest);
        longest
    }
}
