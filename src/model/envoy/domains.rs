//! Which virtual host of a table has a name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::config::VirtualHost;
use crate::base::longest_prefix;

/// The domains of a table, each with the first host that has it.
#[derive(Debug, Default)]
pub(super) struct Domains {
    exact: BTreeMap<Arc<str>, usize>,
    /// What follows the `*`, from the back to the front.
    suffixes: BTreeMap<String, usize>,
    /// What is before the `*`.
    prefixes: BTreeMap<Arc<str>, usize>,
    any: Option<usize>,
}

impl Domains {
    /// Those of hosts.
    pub fn of(hosts: &[VirtualHost]) -> Self {
        let mut found = Self::default();
        for (at, domain) in hosts.iter().enumerate().flat_map(|(at, host)| host.domains.iter().map(move |it| (at, it)))
        {
            if &**domain == "*" {
                found.any = found.any.or(Some(at));
                continue;
            }
            if let Some(rest) = domain.strip_prefix('*') {
                found.suffixes.entry(rest.chars().rev().collect()).or_insert(at);
            }
            if let Some(rest) = domain.strip_suffix('*').filter(|rest| !rest.starts_with('*')) {
                found.prefixes.entry(rest.into()).or_insert(at);
            }
            found.exact.entry(Arc::clone(domain)).or_insert(at);
        }
        found
    }

    /// The number of the host of a name: an exact domain goes before the longest one that ends it, and that before the longest
    /// one that begins it. A `*` stands for a character at least.
    pub fn host(&self, name: &str) -> Option<usize> {
        let exact = || self.exact.get(name).copied();
        let suffix = || {
            let turned: String = name.chars().skip(1).collect::<Vec<_>>().into_iter().rev().collect();
            longest_prefix(&self.suffixes, &turned).map(|(_, at)| *at)
        };
        let prefix = || {
            let last = name.chars().next_back()?;
            longest_prefix(&self.prefixes, name.strip_suffix(last)?).map(|(_, at)| *at)
        };
        exact().or_else(suffix).or_else(prefix).or(self.any)
    }
}
