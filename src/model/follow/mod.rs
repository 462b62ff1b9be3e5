//! Stage 7: every connection followed hop by hop; stage 8, the causes on the wire.

mod address;
mod admission;
mod answers;
mod arrive;
mod cluster;
mod cors;
mod csp;
mod csp_headers;
mod decide;
mod dev_configuration;
mod dev_rewrite;
mod dev_server;
mod disagreement;
mod endpoints;
mod fallback;
mod files;
mod header_cors;
mod hosting;
mod interface;
mod loopback;
mod loopback_bind;
mod mismatch;
mod namespace;
pub(super) mod network;
mod network_index;
mod no_origin;
mod nowhere;
mod origin;
mod other_name;
mod pattern;
mod proxy;
mod proxy_cors;
mod reach;
mod redirect;
mod rewritten;
mod route;
mod route_index;
mod said_index;
mod sent_on;
mod session;
mod shadow;
mod siblings;
mod slash;
mod sockets;
mod taking;
mod tls;
mod trust;
mod undefined;
mod unexposed;
mod unpassed;
mod upgrade;
mod upstream;
mod walk;
mod without_cors;

pub(in crate::model) use answers::Answers;
pub(super) use interface::Bridged;
pub(super) use namespace::Namespaces;
pub(super) use network_index::NetworkIndex;
pub(super) use nowhere::Backed;
pub(in crate::model) use pattern::Comparing;
pub use pattern::Comparisons;
pub(in crate::model) use proxy::address_of;
pub(super) use route_index::RouteIndex;
pub(super) use said_index::SaidIndex;
pub(super) use siblings::Siblings;
pub(in crate::model) use tls::{Speaker, scheme_mismatch};

use std::collections::BTreeMap;

use self::address::Judge;
use self::network::Network;
use self::walk::{Candidate, Step, Walk};
use super::csp::{Documents, Enforced, Match};
use super::hosting::Functions;
use super::{HopKind, ListenerId, PageId, Passage, Wiring};

/// Runs the stage: fills in the hops of every handshake and adds the causes that break them.
pub fn follow(wiring: &mut Wiring) {
    let mut walks = Vec::with_capacity(wiring.handshakes.len());
    let mut passages = Vec::new();
    let mut asides = Vec::new();
    let documents = Documents::new(wiring);
    let functions = Functions::new(wiring);
    let mut of_headers = BTreeMap::new();
    for index in 0..wiring.handshakes.len() {
        let walked = walk(wiring, index, (&documents, &functions), &mut of_headers);
        walks.push(walked.steps);
        passages.extend(walked.passages);
        if let Some(handshake) = wiring.handshakes.get_mut(index) {
            handshake.served = walked.served;
            let wire = (handshake.connection, handshake.deployment);
            asides.extend(walked.asides.into_iter().map(|aside| (aside, wire)));
        }
    }
    wiring.passages = passages;
    decide::settle(wiring, walks);
    for (aside, wire) in asides {
        // What breaks nothing is no hop's.
        let (wire, hop) = if aside.kind.breaks() { (Some(wire), Some(HopKind::Origin)) } else { (None, None) };
        wiring.add_cause(decide::cause(aside, wire, hop));
    }
    upstream::check(wiring);
    loopback_bind::check(wiring);
    sockets::check(wiring);
    endpoints::check(wiring);
    disagreement::check(wiring);
    unpassed::check(wiring);
}

/// What came of the walk of one handshake.
#[derive(Default)]
struct Walked {
    steps: Vec<Step>,
    passages: Vec<Passage>,
    served: Option<ListenerId>,
    /// What is worth telling and breaks nothing for certain.
    asides: Vec<Candidate>,
}

fn walk(
    wiring: &Wiring,
    index: usize,
    (documents, functions): (&Documents, &Functions),
    of_headers: &mut BTreeMap<Option<PageId>, Enforced>,
) -> Walked {
    let nothing = Walked::default();
    let Some(handshake) = wiring.handshakes.get(index) else { return nothing };
    let Some(connection) = wiring.connections.get(handshake.connection.0 as usize) else { return nothing };
    let Some(network) = Network::new(wiring, handshake.deployment, &handshake.mode) else { return nothing };
    let page = handshake.page.and_then(|page| wiring.pages.get(page.0 as usize));
    let mut walk = Walk {
        wiring,
        handshake,
        connection,
        page,
        network,
        steps: Vec::new(),
        passed: 0,
        fixed_to_page: false,
        forwarded: None,
        spoken: None,
        guessed: Vec::new(),
        named: Vec::new(),
        passages: Vec::new(),
        asides: Vec::new(),
        served: None,
        host_sent: None,
        policies: Enforced::default(),
        functions,
        upgrades: Match::No,
    };
    let headers = of_headers.entry(handshake.page).or_insert_with(|| walk.header_policies());
    walk.is_under(headers, documents);
    walk.walk_page();
    let judge = walk.walk_url();
    walk.walk_mixed_content(judge);
    walk.walk_csp(judge == Judge::Yes);
    walk.walk_reach();
    Walked { steps: walk.steps, passages: walk.passages, served: walk.served, asides: walk.asides }
}
