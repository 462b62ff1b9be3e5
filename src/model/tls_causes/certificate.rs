//! Certificates without the name of the server that shows them.

use super::chain;
use super::made::{self, Made};
use crate::model::proxy::Certificate;
use crate::model::{Assumption, Cause, CauseKind, NameGap, Wiring};

/// The causes.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let made = made::all(wiring);
    if made.is_empty() {
        return Vec::new();
    }
    let mut causes = Vec::new();
    for (_, proxy) in wiring.proxies.iter().filter(|(_, proxy)| proxy.accusable()) {
        for shown in proxy.certificates() {
            // Several certificates of one name: which of them is meant is not known.
            let mut found = made.iter().filter_map(|made| Some((made, pairing(made, &shown)?)));
            let (Some((one, pairing)), None) = (found.next(), found.next()) else { continue };
            if let Some(gap) = gap(one, &shown) {
                causes.push(Cause {
                    kind: CauseKind::CertificateHostMismatch { gap },
                    place: one.place,
                    key: String::new(),
                    chains: vec![chain([(one.place, "makes the certificate"), (shown.place, "shows it to browsers")])],
                    assumptions: pairing,
                });
            }
        }
    }
    causes
}

/// What it rests on that a certificate is the one that a server shows: nothing for the same path; a folder and a file of the same
/// names are mounted there, as far as anybody can tell.
fn pairing(made: &Made, shown: &Certificate) -> Option<Vec<Assumption>> {
    if *made.path == *shown.path {
        return Some(Vec::new());
    }
    let ends = |path: &str| {
        let mut parts = path.rsplit('/').filter(|part| !matches!(*part, "" | "."));
        Some((parts.next()?.to_owned(), parts.next()?.to_owned()))
    };
    (ends(&made.path)? == ends(&shown.path)?).then(|| vec![Assumption::LikelyPairing])
}

/// What a certificate lacks of what the server is called.
fn gap(made: &Made, shown: &Certificate) -> Option<NameGap> {
    if made.hosts.is_empty() {
        // One that has a common name is an older habit, and was made for it.
        return made.common_name.is_none().then_some(NameGap::NoName);
    }
    let named = shown.names.iter().filter(|name| is_plain(name));
    named.filter(|name| !is_covered(made, name)).map(|name| NameGap::Lacks(name.clone())).next()
}

/// Whether a server's name is one that browsers may ask for, and no pattern.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "_" && !name.contains(['*', '~', '$', '{'])
}

/// RFC 6125: a `*` stands for the first label alone.
fn is_covered(made: &Made, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let parent = name.split_once('.').map(|(_, parent)| parent);
    made.hosts.iter().any(|host| {
        *host == name || host.strip_prefix("*.").is_some_and(|domain| Some(domain) == parent && domain.contains('.'))
    })
}
