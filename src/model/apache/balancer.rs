//! Balancers: upstreams of several members.

use std::collections::BTreeMap;

use super::tree::{Block, Directive};
use super::workers::{Parameters, Worker, normal, parameters};
use crate::base::{Limit, Place};
use crate::model::proxy::CutShort;

/// Members of one balancer.
const MEMBERS: Limit = Limit::new(
    2_000,
    "members of one balancer of Apache",
    "where it sends requests is unknown",
    "leave out configuration files that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// A member of a balancer.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub worker: Worker,
    /// A spare, used when the others are down.
    pub spare: bool,
}

/// The balancers of the main server or a virtual host.
#[derive(Debug, Default)]
pub(super) struct Balancers {
    by_name: BTreeMap<String, Vec<Member>>,
    /// Where a bound was reached: there are more members.
    pub cut_short: CutShort,
}

impl Balancers {
    /// Those of one level.
    pub fn new(level: &Block) -> Self {
        let mut found = Self::default();
        for section in level.named(&["proxy"]) {
            if let Some(name) = section.args.first().filter(|name| name.text.contains("://")) {
                let members = section.block.iter().flat_map(|block| block.named(&["balancermember"]));
                found.add(&key(&name.text), section.place, members.filter_map(member));
            }
        }
        found
    }

    /// The members of the one with this name; `None` when no section has it.
    pub fn get(&self, name: &str) -> Option<&[Member]> {
        self.by_name.get(&key(name)).map(Vec::as_slice)
    }

    fn add(&mut self, name: &str, place: Place, members: impl Iterator<Item = Member>) {
        let known = self.by_name.entry(name.to_owned()).or_default();
        for member in members {
            if known.len() >= MEMBERS.most_items() {
                self.cut_short.at(place, &MEMBERS);
                return;
            }
            known.push(member);
        }
    }
}

/// A name, whatever its case and with or without a slash at its end.
fn key(name: &str) -> String {
    name.trim_end_matches('/').to_ascii_lowercase()
}

fn member(directive: &Directive) -> Option<Member> {
    let (address, rest) = directive.args.split_first()?;
    let parameters: Parameters = parameters(rest).collect();
    let name = normal(&address.gapped())?;
    let mut status = parameters.iter().filter(|(key, _)| key.eq_ignore_ascii_case("status")).map(|(_, value)| value);
    let spare = status.any(|value| value.contains(['H', 'h', 'R', 'r', 'D', 'd']) && !value.starts_with('-'));
    Some(Member { worker: Worker { name, is_pattern: false, parameters, place: address.place }, spare })
}
