//! Variables that stand twice in one env file.

use std::collections::BTreeMap;

use crate::base::{FileKind, Place};
use crate::facts::EnvEntry;
use crate::model::{Cause, CauseKind, Chain, Link, Wiring};

/// The causes. Every loader of env files takes the last value: dotenv, python-dotenv, Docker, systemd.
pub(super) fn causes(wiring: &Wiring) -> Vec<Cause> {
    let mut causes = Vec::new();
    let files =
        wiring.repository.iter().filter(|(_, facts)| facts.role.may_be_accused() && facts.kind == FileKind::Env);
    for (file, facts) in files {
        let mut last: BTreeMap<&str, &EnvEntry> = BTreeMap::new();
        for entry in &facts.env {
            let Some(earlier) = last.insert(&entry.name, entry) else { continue };
            // A name without a value in front of the one that counts is a note to whoever fills the file in.
            if earlier.raw == entry.raw || earlier.raw.is_empty() {
                continue;
            }
            let (place, lost) = (Place::new(file, entry.name_span), Place::new(file, earlier.name_span));
            let link = |place, shows: &str| Link { place, shows: shows.to_owned() };
            let links = vec![link(lost, "this value is never used"), link(place, "this one counts")];
            causes.push(Cause {
                kind: CauseKind::ConflictingEnvValues { name: entry.name.clone() },
                place,
                key: entry.name.to_string(),
                chains: vec![Chain { wire: None, hop: None, links }],
                assumptions: Vec::new(),
            });
        }
    }
    causes
}
