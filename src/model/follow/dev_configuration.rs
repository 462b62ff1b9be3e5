//! The configuration of a development server, which may be made of others.

use std::collections::BTreeSet;

use crate::base::{FileId, Place};
use crate::facts::{DevProxy, DevServer};
use crate::model::Wiring;
use crate::model::evaluate::module_targets;

/// A configuration with those that it is made of.
#[derive(Default)]
pub(super) struct Parts<'w> {
    pub read: Vec<(FileId, &'w DevServer)>,
    /// Where more entries may come from.
    pub more: Option<Place>,
    /// The files that were looked at: configurations may be made of each other.
    seen: BTreeSet<FileId>,
}

/// Configurations that are made of others in a row.
const MAX_BASES: u32 = 6;

impl<'w> Parts<'w> {
    pub(super) fn add(&mut self, wiring: &'w Wiring, file: FileId, server: &'w DevServer, depth: u32) {
        if !self.seen.insert(file) {
            return;
        }
        let place = Place::new(file, server.span);
        self.more = self.more.or(server.more.map(|span| Place::new(file, span)));
        for base in &server.bases {
            let targets = module_targets(wiring, file, base);
            // Of a table that is data nobody imports the module.
            let data = || {
                let folder = wiring.repository.get(file)?.path.parent()?;
                wiring.repository.find(&folder.join(base)?)
            };
            let target = targets.first().copied().or_else(data);
            let found = target.as_ref().and_then(|target| Some((*target, wiring.repository.get(*target)?)));
            match found {
                Some((target, facts)) if facts.dev_servers.len() == 1 && depth < MAX_BASES => {
                    for server in &facts.dev_servers {
                        self.add(wiring, target, server, depth + 1);
                    }
                }
                _ => self.more = self.more.or(Some(place)),
            }
        }
        self.read.push((file, server));
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (FileId, &'w DevServer, &'w DevProxy)> {
        self.read.iter().flat_map(|(file, server)| server.proxies.iter().map(move |proxy| (*file, *server, proxy)))
    }
}
