//! Files that a finding rests on though its chains tell of no place in them.
//!
//! A chain names what breaks. That the code runs in this program at all, and that nothing else which the program loads
//! answers, guards or sets it otherwise, is what the files around it say: those that import or include them, and those that
//! their program imports. Who breaks one of these may take the finding away.

use std::collections::{BTreeMap, BTreeSet};

use super::topology::package_of;
use super::{PackageId, ProxyId, Wiring};
use crate::base::{FileId, FileKind};

/// Files that one finding names so in each direction, the nearest first.
const MOST: usize = 32;

/// Which file asks for which.
pub struct Rests<'w> {
    wiring: &'w Wiring,
    asked_by: BTreeMap<FileId, Vec<FileId>>,
    asks_for: BTreeMap<FileId, Vec<FileId>>,
    /// Packages whose code serves requests, with the files that say where and how their processes listen.
    serving: BTreeMap<PackageId, Vec<FileId>>,
}

impl<'w> Rests<'w> {
    /// The demands of all files.
    #[must_use]
    pub fn new(wiring: &'w Wiring) -> Self {
        let mut asked_by: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
        let mut asks_for: BTreeMap<FileId, Vec<FileId>> = BTreeMap::new();
        for ((file, _), targets) in &wiring.repository.resolved {
            for target in targets.iter().filter(|target| *target != file) {
                asked_by.entry(*target).or_default().push(*file);
                asks_for.entry(*file).or_default().push(*target);
            }
        }
        for files in asked_by.values_mut().chain(asks_for.values_mut()) {
            files.sort_unstable();
            files.dedup();
        }
        let mut serving: BTreeMap<PackageId, Vec<FileId>> = BTreeMap::new();
        for app in &wiring.apps {
            serving.entry(app.package).or_default().push(app.place.file);
        }
        for listener in &wiring.listeners {
            let Some(package) = listener.package else { continue };
            let places = listener.host.places().iter().chain(listener.port.places()).chain([&listener.place]);
            let options = listener.options.iter().map(|(file, _)| *file);
            serving.entry(package).or_default().extend(places.map(|place| place.file).chain(options));
        }
        for files in serving.values_mut() {
            files.sort_unstable();
            files.dedup();
        }
        Self { wiring, asked_by, asks_for, serving }
    }

    /// The files around `named`, which are not among them, in the order of their paths.
    #[must_use]
    pub fn around(&self, named: &BTreeSet<FileId>) -> Vec<FileId> {
        let mut found = Found { known: named.clone(), order: named.iter().copied().collect(), room: 0 };
        let configurations: BTreeSet<ProxyId> =
            named.iter().flat_map(|file| self.wiring.index.proxies_with(self.wiring, *file)).copied().collect();
        found.room = MOST;
        for instance in configurations.iter().filter_map(|id| self.wiring.proxies.get(*id)) {
            found.add(instance.files());
        }
        found.room = MOST;
        let packages: BTreeSet<PackageId> = named.iter().filter_map(|file| self.package(*file)).collect();
        for package in &packages {
            found.add(self.serving.get(package).into_iter().flatten());
        }
        // all the way to the entry points
        found.follow(|file| self.asked_by.get(&file));
        // and from there to what else runs with it
        found.follow(|file| self.asks_for.get(&file).filter(|_| self.runs(file)));
        let mut around = found.order.split_off(named.len());
        around.sort_unstable();
        around
    }

    /// Whether what a file asks for takes part in answering requests.
    fn runs(&self, file: FileId) -> bool {
        let Some(facts) = self.wiring.repository.get(file) else { return false };
        match facts.kind {
            FileKind::Nginx | FileKind::NginxTemplate | FileKind::Caddyfile => true,
            FileKind::Python | FileKind::TypeScript | FileKind::Tsx => {
                self.package(file).is_some_and(|package| self.serving.contains_key(&package))
            }
            _ => false,
        }
    }

    fn package(&self, file: FileId) -> Option<PackageId> {
        package_of(self.wiring, &self.wiring.repository.get(file)?.path)
    }
}

/// Files on their way to being complete, the nearest first.
struct Found {
    known: BTreeSet<FileId>,
    order: Vec<FileId>,
    /// Files that may still be added in this direction.
    room: usize,
}

impl Found {
    /// Adds what the files of the list lead to, and what that leads to.
    fn follow<'f>(&mut self, next: impl Fn(FileId) -> Option<&'f Vec<FileId>>) {
        self.room = MOST;
        let mut turn = 0;
        while let Some(file) = self.order.get(turn).copied().filter(|_| self.room > 0) {
            turn += 1;
            self.add(next(file).into_iter().flatten());
        }
    }

    fn add<'f>(&mut self, files: impl IntoIterator<Item = &'f FileId>) {
        for file in files {
            if self.room == 0 {
                return;
            }
            if self.known.insert(*file) {
                self.order.push(*file);
                self.room -= 1;
            }
        }
    }
}
