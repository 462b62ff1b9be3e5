//! Workers: what httpd remembers of each upstream that the configuration names. A request goes to the one whose address
//! fits it best, and that one's parameters hold, whichever directive sent the request.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pass::pass;
use super::tree::{Argument, Block};
use crate::base::{Limit, Place, longest_prefix};
use crate::model::proxy::CutShort;

/// Workers of patterns, each of which is compared with each address.
const PATTERNS: Limit = Limit::new(
    2_000,
    "upstreams of one Apache server that `ProxyPassMatch` names",
    "what becomes of an upgrade there is unknown",
    "use `ProxyPass` where no pattern is needed",
);

/// Sections with `ProxyPass` inside each other.
const NESTED: Limit = Limit::new(
    8,
    "sections with `ProxyPass` inside each other",
    "what becomes of an upgrade there is unknown",
    "nest sections less deeply",
);

/// `upgrade=websocket` and the like.
pub(super) type Parameters = Vec<(Arc<str>, Arc<str>)>;

/// A worker.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    /// Its address in normal form; `$1` stands for anything in a worker of patterns.
    pub name: String,
    /// Made by `ProxyPassMatch`.
    pub is_pattern: bool,
    pub parameters: Parameters,
    pub place: Place,
}

impl Worker {
    /// The last value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Whether connections to it stay open.
    pub fn is_reused(&self) -> bool {
        let says = |name| self.parameter(name).map(|value| value.eq_ignore_ascii_case("on"));
        if self.is_pattern && self.authority().contains('$') {
            return false;
        }
        let disabled = says("disablereuse").or(says("enablereuse").map(|on| !on));
        !disabled.unwrap_or(self.is_pattern && self.name.contains('$'))
    }

    fn authority(&self) -> &str {
        let rest = self.name.split_once("://").map_or(&*self.name, |(_, rest)| rest);
        rest.split('/').next().unwrap_or_default()
    }

    /// Whether it hands an upgrade to this protocol on.
    pub fn can_upgrade(&self, protocol: &str, default: Option<&str>) -> bool {
        match self.parameter("upgrade") {
            Some(any) if any.eq_ignore_ascii_case("any") || any == "*" => true,
            Some(listed) if !listed.is_empty() => {
                listed.split(',').any(|word| word.trim().eq_ignore_ascii_case(protocol))
                    || listed.eq_ignore_ascii_case(protocol)
            }
            _ => default.is_some_and(|default| default.eq_ignore_ascii_case(protocol)),
        }
    }
}

/// The workers that the main server or a virtual host makes, in their order.
#[derive(Debug, Default)]
pub(super) struct Workers {
    all: Vec<Worker>,
    /// Those without patterns, by their names.
    prefixes: BTreeMap<String, usize>,
    /// Those of patterns.
    patterns: Vec<usize>,
    /// Where a bound was reached: there are more.
    pub cut_short: CutShort,
}

impl Workers {
    /// Those of one level: a virtual host makes its own, whatever the main server has.
    pub fn new(level: &Block) -> Self {
        let mut workers = Self::default();
        workers.collect(level, None, 0);
        workers
    }

    /// How many are compared with each address.
    pub fn tried(&self) -> usize {
        self.patterns.len()
    }

    /// The worker with the longest name that fits an address.
    pub fn best(&self, address: &Asked) -> Option<&Worker> {
        let (prefix, pattern) = (self.best_prefix(address), self.best_pattern(address));
        // of two names of one length the first one counts
        let rank = |at: &usize| (self.all.get(*at).map(|worker| worker.name.len()), std::cmp::Reverse(*at));
        prefix.into_iter().chain(pattern).max_by_key(rank).and_then(|at| self.all.get(at))
    }

    fn best_prefix(&self, address: &Asked) -> Option<usize> {
        let (name, at) = longest_prefix(&self.prefixes, &address.text)?;
        (name.len() >= address.least).then_some(*at)
    }

    fn best_pattern(&self, address: &Asked) -> Option<usize> {
        let length = |at: &usize| self.all.get(*at).map_or(0, |worker| worker.name.len());
        let mut found: Option<usize> = None;
        for at in &self.patterns {
            let Some(worker) = self.all.get(*at) else { continue };
            let is_longer = found.as_ref().is_none_or(|best| length(at) > length(best));
            let has_room = worker.name.len() <= address.text.len() && worker.name.len() >= address.least;
            if is_longer && has_room && fits(address.text.as_bytes(), worker.name.as_bytes()) {
                found = Some(*at);
            }
        }
        found
    }

    fn collect(&mut self, level: &Block, section: Option<&Argument>, depth: usize) {
        if depth > NESTED.most_items() {
            self.cut_short.at(level.place, &NESTED);
            return;
        }
        for directive in level.named(&["proxypass", "proxypassmatch", "proxy", "location", "locationmatch", "proxyset"])
        {
            match (&*directive.name, &directive.block) {
                ("proxypass" | "proxypassmatch", None) => {
                    let Some(pass) = pass(directive, section) else { continue };
                    self.add(&pass.to.gapped(), pass.is_pattern, &pass.parameters, directive.place);
                }
                ("proxy", Some(block)) => {
                    let Some(address) = directive.args.first() else { continue };
                    if address.text.contains(['*', '?', '~']) || !address.text.contains("://") {
                        continue;
                    }
                    self.add(&address.gapped(), false, &[], directive.place);
                    for set in block.named(&["proxyset"]) {
                        self.set(&address.gapped(), &set.args);
                    }
                }
                ("proxyset", None) => {
                    let Some((address, rest)) = directive.args.split_first() else { continue };
                    self.add(&address.gapped(), false, &[], directive.place);
                    self.set(&address.gapped(), rest);
                }
                ("location" | "locationmatch", Some(block)) => {
                    let section = directive.args.iter().find(|arg| !arg.is("~"));
                    self.collect(block, section, depth + 1);
                }
                _ => {}
            }
        }
    }

    /// Makes a worker, unless one that is there takes the address: then its own parameters hold.
    fn add(&mut self, address: &str, is_pattern: bool, parameters: &[(&str, &str)], place: Place) {
        if address == "!" || address.starts_with("balancer://") {
            return;
        }
        let Some(name) = normal(address) else { return };
        let Some(asked) = Asked::new(&name) else { return };
        if is_pattern && self.patterns.len() >= PATTERNS.most_items() {
            self.cut_short.at(place, &PATTERNS);
            return;
        }
        let known = if is_pattern { self.best_pattern(&asked) } else { self.best_prefix(&asked) };
        if known.is_some() {
            return;
        }
        let at = self.all.len();
        if is_pattern {
            self.patterns.push(at);
        } else {
            self.prefixes.entry(name.clone()).or_insert(at);
        }
        let parameters = parameters.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect();
        self.all.push(Worker { name, is_pattern, parameters, place });
    }

    /// Gives more parameters to the worker that takes an address.
    fn set(&mut self, address: &str, words: &[Argument]) {
        let asked = normal(address).and_then(|name| Asked::new(&name));
        let Some(at) = asked.and_then(|asked| self.best_prefix(&asked)) else { return };
        if let Some(worker) = self.all.get_mut(at) {
            worker.parameters.extend(parameters(words));
        }
    }
}

/// The words that say something of a worker.
pub(super) fn parameters(words: &[Argument]) -> impl Iterator<Item = (Arc<str>, Arc<str>)> {
    let split = |word: &Argument| word.text.split_once('=').map(|(key, value)| (key.into(), value.into()));
    words.iter().filter_map(split)
}

/// An address that a worker is looked for.
pub(super) struct Asked {
    text: String,
    /// Bytes that a worker's name has at least: those up to the path.
    least: usize,
}

impl Asked {
    /// `None` for what is no address.
    pub fn new(address: &str) -> Option<Self> {
        let text = lower_authority(strip_socket(address));
        let start = text.find("://")? + 3;
        let least = text.get(start..)?.find('/').map_or(text.len(), |at| start + at);
        Some(Self { text, least })
    }
}

/// Whether an address begins as the name of a worker of patterns says: `$1` fits anything, and not nothing where more
/// follows.
fn fits(address: &[u8], name: &[u8]) -> bool {
    let is_reference = |at: usize| name.get(at) == Some(&b'$') && name.get(at + 1).is_some_and(u8::is_ascii_digit);
    let (mut x, mut y) = (0, 0);
    // where to go on when what follows the last reference does not fit
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if is_reference(y) {
            while is_reference(y) {
                y += 2;
            }
            if y >= name.len() {
                return true;
            }
            retry = Some((x, y));
            if x >= address.len() {
                return false;
            }
            continue;
        }
        let Some(wanted) = name.get(y) else { return true };
        let escaped = *wanted == b'\\';
        let wanted = if escaped { name.get(y + 1) } else { Some(wanted) };
        match (address.get(x), wanted) {
            (Some(byte), Some(wanted)) if byte == wanted => {
                x += 1;
                y += if escaped { 2 } else { 1 };
            }
            // the end of the address ends all attempts
            (None, _) => return false,
            _ => {
                let Some((at, after)) = retry else { return false };
                retry = Some((at + 1, after));
                (x, y) = (at + 1, after);
                if x >= address.len() {
                    return false;
                }
            }
        }
    }
}

/// `unix:/run/x.sock|http://name/` is known by what follows the bar.
pub(super) fn strip_socket(address: &str) -> &str {
    let is_socket = address.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("unix:"));
    if is_socket { address.split_once('|').map_or(address, |(_, rest)| rest) } else { address }
}

/// Scheme and host in lower case, the usual port left out.
pub(super) fn normal(address: &str) -> Option<String> {
    let address = strip_socket(address);
    let (scheme, rest) = address.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    let usual = match &*scheme {
        "http" | "ws" => ":80",
        "https" | "wss" => ":443",
        _ => "",
    };
    let authority = if usual.is_empty() { &*authority } else { authority.strip_suffix(usual).unwrap_or(&authority) };
    (!authority.is_empty()).then(|| format!("{scheme}://{authority}{path}"))
}

fn lower_authority(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address.get(start..).and_then(|rest| rest.find('/')).map_or(address.len(), |at| start + at);
    let (head, tail) = address.split_at(end);
    format!("{}{tail}", head.to_ascii_lowercase())
}
