//! Where HAProxy listens, and the names behind each address.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::HaproxyInstance;
use super::acl::{Acl, Method, Negated, Term, Test};
use super::address::Bind;
use super::config::{Config, Mode};
use super::rule::Rule;
use crate::base::{Limit, Place};
use crate::model::Tls;
use crate::model::proxy::{CutShort, ListenAddress, PortRange};

/// Ports of one range that are addresses of their own; the others are known as a range.
const MOST_PORTS: u16 = 16;

/// Addresses that are told apart: the names of each rule are behind each port.
const ADDRESSES: Limit = Limit::new(
    20_000,
    "addresses of one HAProxy, those of each rule for a host",
    "what it does with a request is unknown",
    "write one rule with all of its names, or fewer `bind` lines",
);

/// Rules that are looked at for the names that they ask for.
const RULES: Limit = Limit::new(
    1_000_000,
    "rules of the front ends of one HAProxy, those of `defaults` counted for each of them",
    "what it does with a request is unknown",
    "write rules into front ends, not into `defaults`",
);

/// The names that the rules of a front end ask for.
#[derive(Default)]
struct Names {
    /// Those of rules that ask for more than a host: what else comes under these names goes where all others go.
    own: Vec<Arc<str>>,
    /// Those of each rule that takes all that comes under its names.
    apart: Vec<Vec<Arc<str>>>,
}

/// Where an HAProxy listens.
#[derive(Default)]
pub(super) struct Listens {
    pub found: Vec<ListenAddress>,
    /// Rows of ports of which only the first are among the addresses.
    pub ranges: Vec<PortRange>,
    /// Where the addresses that are not looked at begin.
    pub cut_short: CutShort,
}

impl HaproxyInstance {
    /// Every address that it listens on: for what no rule takes by its name alone, and for the names of each rule that does.
    pub(super) fn collect_listens(config: &Config) -> Listens {
        let mut listens = Listens::default();
        let mut rules = 0;
        for (number, front) in config.fronts() {
            rules += config.rules(number, |section| &section.switches).count();
            if rules > RULES.most_items() {
                listens.cut_short.at(front.place, &RULES);
            }
            if !listens.cut_short.is_empty() {
                return listens;
            }
            listens.add_front(config, number);
        }
        listens
    }
}

impl Listens {
    fn add_front(&mut self, config: &Config, number: usize) {
        let Some(front) = config.sections.get(number) else { return };
        let takes_all = config.last(number, &["default_backend"]).is_some() || !front.servers.is_empty();
        let mode = config.mode(number);
        let Names { own, apart } = names(config, number);
        let has_rest = takes_all || !own.is_empty() || apart.is_empty();
        let has_tls = front.binds.iter().any(|bind| bind.tls == Tls::Tls);
        // beside a port with TLS the plain one is there for redirects, whatever the names are
        let is_for_names = |bind: &&Bind| !(takes_all && has_tls && bind.tls == Tls::Plain);
        self.ranges.extend(front.binds.iter().filter_map(|bind| range(bind, mode)));
        if has_rest {
            self.add(&bare(front.binds.iter(), mode), own);
        }
        let bare = bare(front.binds.iter().filter(is_for_names), mode);
        // with nowhere to be listened for, names are none
        for names in apart.into_iter().take_while(|_| !bare.is_empty()) {
            if !self.cut_short.is_empty() {
                return;
            }
            self.add(&bare, names);
        }
    }

    /// Adds names behind each of some addresses. Each is one more that is found, so that the bound holds for all the work.
    fn add(&mut self, bare: &[Bare], names: Vec<Arc<str>>) {
        let names: Arc<[Arc<str>]> = names.into();
        for (port, tls, place) in bare.iter().copied() {
            if self.found.len() >= ADDRESSES.most_items() {
                self.cut_short.at(place, &ADDRESSES);
                return;
            }
            self.found.push(ListenAddress { port, tls, place, names: Arc::clone(&names) });
        }
    }
}

/// An address without names: its port, what is spoken, where it is written.
type Bare = (u16, Tls, Place);

/// What is spoken at an address. TLS passes through a front end that does not end it.
fn spoken(bind: &Bind, mode: Mode) -> Tls {
    match (bind.tls, mode) {
        (Tls::Plain, Mode::Tcp) => Tls::Unknown,
        (tls, _) => tls,
    }
}

/// The last port of a row that is an address of its own.
fn last_apart(first: u16, last: u16) -> u16 {
    last.min(first.saturating_add(MOST_PORTS))
}

/// A row of ports of which only the first are addresses of their own.
fn range(bind: &Bind, mode: Mode) -> Option<PortRange> {
    let (first, last) = bind.ports?;
    (last_apart(first, last) < last).then(|| PortRange { first, last, tls: spoken(bind, mode) })
}

/// The addresses of some lines, each once; one more than may be told apart is enough.
fn bare<'b>(binds: impl Iterator<Item = &'b Bind>, mode: Mode) -> Vec<Bare> {
    let known = binds.filter_map(|bind| Some((bind, bind.ports?)));
    let each = known.flat_map(|(bind, (first, last))| {
        (first..=last_apart(first, last)).map(move |port| (port, spoken(bind, mode), bind.place))
    });
    let mut seen = BTreeSet::new();
    each.filter(|address| seen.insert(*address)).take(ADDRESSES.most_items() + 1).collect()
}

fn names(config: &Config, number: usize) -> Names {
    let mut names = Names::default();
    let mut asked = Asked { config, number, known: BTreeSet::new(), whole: BTreeMap::new() };
    for rule in config.rules(number, |section| &section.switches) {
        let (found, is_whole) = asked.by(rule);
        match is_whole {
            true if !found.is_empty() => names.apart.push(found),
            true => {}
            false => names.own.extend(found),
        }
    }
    names
}

/// What the rules of a front end ask for, one after the other.
struct Asked<'c> {
    config: &'c Config,
    number: usize,
    /// Names that were met.
    known: BTreeSet<Arc<str>>,
    /// For each ACL that was met, whether it asks for a host alone.
    whole: BTreeMap<&'c str, bool>,
}

impl<'c> Asked<'c> {
    /// The names that a rule is the first to ask for, and whether it asks for nothing else.
    fn by(&mut self, rule: &'c Rule) -> (Vec<Arc<str>>, bool) {
        let mut found = Vec::new();
        let mut is_whole = true;
        let terms = rule.condition.iter().flat_map(|condition| &condition.any_of).flatten();
        for Term { test, .. } in terms.filter(|term| term.negated != Negated::Yes) {
            is_whole &= match test {
                Test::Inline(acl) => self.add(acl, &mut found),
                Test::Named(name) => match self.whole.get(&**name) {
                    // its names are known
                    Some(is_whole) => *is_whole,
                    None => {
                        let acls = self.config.acls(self.number, name);
                        // each of them is looked at
                        let is_whole = acls.iter().filter(|acl| !self.add(acl, &mut found)).count() == 0;
                        self.whole.insert(name, is_whole);
                        is_whole
                    }
                },
                Test::Unread(_) => true,
            };
        }
        (found, is_whole)
    }

    /// Adds the names of an ACL; whether it asks for a host alone.
    fn add(&mut self, acl: &Acl, found: &mut Vec<Arc<str>>) -> bool {
        if !asks_for_host(acl) {
            return &*acl.expression.fetch.name == "ssl_fc";
        }
        for pattern in acl.patterns.iter().filter(|pattern| pattern.holes.is_empty()) {
            let name: Arc<str> = pattern.text.split(':').next().unwrap_or_default().into();
            if self.known.insert(Arc::clone(&name)) {
                found.push(name);
            }
        }
        true
    }
}

/// Whether an ACL compares the whole name of the host.
fn asks_for_host(acl: &Acl) -> bool {
    let fetch = &acl.expression.fetch;
    let of_host = matches!(&*fetch.name, "hdr" | "req.hdr") && fetch.arg(0).eq_ignore_ascii_case("host")
        || matches!(&*fetch.name, "ssl_fc_sni" | "req.ssl_sni" | "req_ssl_sni");
    of_host && matches!(acl.method, None | Some(Method::Same | Method::Label))
}
