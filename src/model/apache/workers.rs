//! Workers: what httpd remembers of each upstream that the configuration names. A request goes to the one whose address
//! fits it best, and that one's parameters hold, whichever directive sent the request.

use super::servers::Server;
use super::tree::{Argument, Block, Directive};
use crate::base::Place;

/// Workers of one server that are compared with an address.
const MAX_WORKERS: usize = 2_000;

/// A worker.
#[derive(Clone, Debug)]
pub(super) struct Worker<'a> {
    /// Its address in normal form; `$1` stands for anything in a worker of patterns.
    pub name: String,
    /// Made by `ProxyPassMatch`.
    pub is_pattern: bool,
    pub parameters: Vec<(&'a str, &'a str)>,
    pub place: Place,
}

impl<'a> Worker<'a> {
    /// The last value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
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

/// A `ProxyPass` or `ProxyPassMatch` in its parts.
#[derive(Clone, Debug)]
pub(super) struct Pass<'a> {
    pub directive: &'a Directive,
    /// The prefix or pattern, or the path of its section.
    pub from: &'a Argument,
    pub to: &'a Argument,
    pub is_pattern: bool,
    /// `nocanon`
    pub raw: bool,
    /// `noquery`
    pub no_query: bool,
    /// `mapping=encoded` and `mapping=servlet` map by rules of their own.
    pub other_mapping: bool,
    /// `interpolate`
    pub interpolated: bool,
    pub parameters: Vec<(&'a str, &'a str)>,
}

/// The parts of a directive; `section` is the first word of the `<Location>` around it.
pub(super) fn pass<'a>(directive: &'a Directive, section: Option<&'a Argument>) -> Option<Pass<'a>> {
    let mut words = directive.args.iter();
    let mut is_pattern = &*directive.name == "proxypassmatch";
    let mut first = words.next()?;
    if section.is_none() && first.is("~") {
        is_pattern = true;
        first = words.next()?;
    }
    let (from, to) = match section {
        Some(section) => (section, first),
        None => (first, words.next()?),
    };
    if section.is_some() && from.text.contains(['*', '?', '[']) {
        is_pattern = true;
    }
    let mut found = Pass {
        directive,
        from,
        to,
        is_pattern,
        raw: false,
        no_query: false,
        other_mapping: false,
        interpolated: false,
        parameters: Vec::new(),
    };
    for word in words {
        match word.text.to_ascii_lowercase().as_str() {
            "nocanon" => found.raw = true,
            "noquery" => found.no_query = true,
            "interpolate" => found.interpolated = true,
            text if text.starts_with("mapping=") => found.other_mapping = true,
            _ => found.parameters.extend(word.text.split_once('=')),
        }
    }
    Some(found)
}

/// The workers of a server, the main server's first, in the order in which they are made.
pub(super) fn workers<'a>(server: Server<'a>) -> Vec<Worker<'a>> {
    let mut workers = Vec::new();
    for level in server.levels() {
        // a virtual host makes its own, whatever the main server has
        let mut own = Vec::new();
        collect(level, None, &mut own, 0);
        workers.extend(own);
    }
    workers
}

/// Sections with `ProxyPass` inside each other.
const MAX_DEPTH: usize = 8;

fn collect<'a>(level: &'a Block, section: Option<&'a Argument>, workers: &mut Vec<Worker<'a>>, depth: usize) {
    for directive in level.named(&["proxypass", "proxypassmatch", "proxy", "location", "locationmatch", "proxyset"]) {
        if workers.len() >= MAX_WORKERS || depth > MAX_DEPTH {
            return;
        }
        match (&*directive.name, &directive.block) {
            ("proxypass" | "proxypassmatch", None) => {
                let Some(pass) = pass(directive, section) else { continue };
                add(workers, &pass.to.gapped(), pass.is_pattern, &pass.parameters, directive.place);
            }
            ("proxy", Some(block)) => {
                let Some(address) = directive.args.first() else { continue };
                if address.text.contains(['*', '?', '~']) || !address.text.contains("://") {
                    continue;
                }
                add(workers, &address.gapped(), false, &[], directive.place);
                for set in block.named(&["proxyset"]) {
                    let parameters: Vec<_> = set.args.iter().filter_map(|arg| arg.text.split_once('=')).collect();
                    if let Some(worker) = find_exact(workers, &address.gapped()) {
                        worker.parameters.extend(parameters);
                    }
                }
            }
            ("proxyset", None) => {
                let Some((address, rest)) = directive.args.split_first() else { continue };
                let parameters: Vec<_> = rest.iter().filter_map(|arg| arg.text.split_once('=')).collect();
                add(workers, &address.gapped(), false, &[], directive.place);
                if let Some(worker) = find_exact(workers, &address.gapped()) {
                    worker.parameters.extend(parameters);
                }
            }
            ("location" | "locationmatch", Some(block)) => {
                let section = directive.args.iter().find(|arg| !arg.is("~"));
                collect(block, section, workers, depth + 1);
            }
            _ => {}
        }
    }
}

/// Makes a worker, unless one that is there takes the address: then its own parameters hold.
fn add<'a>(
    workers: &mut Vec<Worker<'a>>,
    address: &str,
    is_pattern: bool,
    parameters: &[(&'a str, &'a str)],
    place: Place,
) {
    if address == "!" || address.starts_with("balancer://") {
        return;
    }
    let Some(name) = normal(address) else { return };
    let kind = if is_pattern { Kind::Patterns } else { Kind::Prefixes };
    if best(workers, &name, kind).is_none() {
        workers.push(Worker { name, is_pattern, parameters: parameters.to_vec(), place });
    }
}

fn find_exact<'w, 'a>(workers: &'w mut [Worker<'a>], address: &str) -> Option<&'w mut Worker<'a>> {
    let name = normal(address)?;
    let kind = Kind::Prefixes;
    let at = best(workers, &name, kind)?;
    workers.get_mut(at)
}

/// Which workers are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    All,
    Prefixes,
    Patterns,
}

/// The index of the worker with the longest name that fits an address.
pub(super) fn best(workers: &[Worker<'_>], address: &str, kind: Kind) -> Option<usize> {
    let address = lower_authority(strip_socket(address));
    let start = address.find("://")? + 3;
    let least = address.get(start..)?.find('/').map_or(address.len(), |at| start + at);
    let mut found: Option<(usize, usize)> = None;
    for (at, worker) in workers.iter().enumerate() {
        let length = worker.name.len();
        let looked_at = match kind {
            Kind::All => true,
            Kind::Prefixes => !worker.is_pattern,
            Kind::Patterns => worker.is_pattern,
        };
        if !looked_at || length > address.len() || length < least || found.is_some_and(|(_, best)| length <= best) {
            continue;
        }
        let fits = if worker.is_pattern {
            fits(address.as_bytes(), worker.name.as_bytes())
        } else {
            address.starts_with(&worker.name)
        };
        if fits {
            found = Some((at, length));
        }
    }
    found.map(|(at, _)| at)
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
fn normal(address: &str) -> Option<String> {
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

/// A member of a balancer.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    pub worker: Worker<'a>,
    /// A spare, used when the others are down.
    pub spare: bool,
}

/// The members of the balancer with this name, and the parameters that its section sets.
pub(super) fn balancer<'a>(server: Server<'a>, name: &str) -> Option<Vec<Member<'a>>> {
    let same = |directive: &&Directive| {
        let own = directive.args.first().map(|arg| arg.text.trim_end_matches('/').to_ascii_lowercase());
        own.as_deref() == Some(&*name.trim_end_matches('/').to_ascii_lowercase())
    };
    let sections: Vec<&'a Directive> =
        server.levels().into_iter().flat_map(|level| level.named(&["proxy"])).filter(same).collect();
    if sections.is_empty() {
        return None;
    }
    let mut members = Vec::new();
    for member in
        sections.iter().filter_map(|section| section.block.as_ref()).flat_map(|block| block.named(&["balancermember"]))
    {
        let Some((address, rest)) = member.args.split_first() else { continue };
        let parameters: Vec<_> = rest.iter().filter_map(|arg| arg.text.split_once('=')).collect();
        let Some(name) = normal(&address.gapped()) else { continue };
        let status = parameters.iter().filter(|(key, _)| key.eq_ignore_ascii_case("status")).map(|(_, value)| *value);
        let spare =
            status.clone().any(|value| value.contains(['H', 'h', 'R', 'r', 'D', 'd']) && !value.starts_with('-'));
        let worker = Worker { name, is_pattern: false, parameters, place: address.place };
        members.push(Member { worker, spare });
        if members.len() >= MAX_WORKERS {
            break;
        }
    }
    Some(members)
}
