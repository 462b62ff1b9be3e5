//! Where HAProxy listens, and the names behind each address.

use std::sync::Arc;

use super::HaproxyInstance;
use super::acl::{Acl, Method, Negated, Test};
use super::config::{Config, Mode};
use super::rule::Rule;
use crate::model::Tls;
use crate::model::proxy::ListenAddress;

/// Ports of one range that are told apart.
const MOST_PORTS: u16 = 16;

/// The names that the rules of a front end ask for.
#[derive(Default)]
struct Names {
    /// Those of rules that ask for more than a host: what else comes under these names goes where all others go.
    own: Vec<Arc<str>>,
    /// Those of each rule that takes all that comes under its names.
    apart: Vec<Vec<Arc<str>>>,
}

impl HaproxyInstance {
    /// Every address that it listens on: for what no rule takes by its name alone, and for the names of each rule that does.
    pub(super) fn collect_listens(config: &Config) -> Vec<ListenAddress> {
        let mut found: Vec<ListenAddress> = Vec::new();
        for (number, front) in config.fronts() {
            let takes_all = config.last(number, &["default_backend"]).is_some() || !front.servers.is_empty();
            let Names { own, apart } = names(config, number);
            let has_rest = takes_all || !own.is_empty() || apart.is_empty();
            let rest = has_rest.then_some(own);
            let has_tls = front.binds.iter().any(|bind| bind.tls == Tls::Tls);
            let is_rest = |at: usize| has_rest && at == 0;
            for (at, names) in rest.into_iter().chain(apart).enumerate() {
                let names: Arc<[Arc<str>]> = names.into();
                for bind in &front.binds {
                    // beside a port with TLS the plain one is there for redirects, whatever the names are
                    if !is_rest(at) && takes_all && has_tls && bind.tls == Tls::Plain {
                        continue;
                    }
                    let Some((first, last)) = bind.ports else { continue };
                    // TLS passes through a front end that does not end it
                    let tls = match (bind.tls, config.mode(number)) {
                        (Tls::Plain, Mode::Tcp) => Tls::Unknown,
                        (tls, _) => tls,
                    };
                    for port in first..=last.min(first.saturating_add(MOST_PORTS)) {
                        let listen = ListenAddress { port, tls, place: bind.place, names: Arc::clone(&names) };
                        if !found.contains(&listen) {
                            found.push(listen);
                        }
                    }
                }
            }
        }
        found
    }

    /// The names that the rules of a front end ask for.
    pub(super) fn names_of(&self, number: usize) -> Vec<Arc<str>> {
        let Names { own, apart } = names(&self.config, number);
        own.into_iter().chain(apart.concat()).collect()
    }
}

fn names(config: &Config, number: usize) -> Names {
    let mut names = Names::default();
    for rule in config.rules(number, |section| &section.switches) {
        let mut found: Vec<Arc<str>> = Vec::new();
        let mut is_whole = true;
        for acl in acls(config, number, rule) {
            if !asks_for_host(acl) {
                is_whole &= &*acl.expression.fetch.name == "ssl_fc";
                continue;
            }
            for pattern in acl.patterns.iter().filter(|pattern| pattern.holes.is_empty()) {
                let name: Arc<str> = pattern.text.split(':').next().unwrap_or_default().into();
                let known = names.own.iter().chain(names.apart.iter().flatten()).chain(&found);
                if !known.into_iter().any(|known| *known == name) {
                    found.push(name);
                }
            }
        }
        match is_whole {
            true if !found.is_empty() => names.apart.push(found),
            true => {}
            false => names.own.extend(found),
        }
    }
    names
}

/// The ACLs that a rule asks for.
fn acls<'c>(config: &'c Config, number: usize, rule: &'c Rule) -> Vec<&'c Acl> {
    let terms = rule.condition.iter().flat_map(|condition| &condition.any_of).flatten();
    let asked = terms.flat_map(|term| match &term.test {
        _ if term.negated == Negated::Yes => Vec::new(),
        Test::Inline(acl) => vec![&**acl],
        Test::Named(name) => config.acls(number, name),
        Test::Unread(_) => Vec::new(),
    });
    asked.collect()
}

/// Whether an ACL compares the whole name of the host.
fn asks_for_host(acl: &Acl) -> bool {
    let fetch = &acl.expression.fetch;
    let of_host = matches!(&*fetch.name, "hdr" | "req.hdr") && fetch.arg(0).eq_ignore_ascii_case("host")
        || matches!(&*fetch.name, "ssl_fc_sni" | "req.ssl_sni" | "req_ssl_sni");
    of_host && matches!(acl.method, None | Some(Method::Same | Method::Label))
}
