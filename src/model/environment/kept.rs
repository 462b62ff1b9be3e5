//! What process managers (PM2, systemd, supervisord) give to the processes of a package.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::dialect::Dialect;
use super::files;
use crate::base::Place;
use crate::model::topology::{Process, given, processes, starts_manager};
use crate::model::{Binding, Mode, Package, PackageId, Service, Wiring};

/// By mode, the bindings of each package.
type Given = BTreeMap<Mode, BTreeMap<PackageId, Vec<Binding>>>;

/// The processes of all managers.
pub(super) struct Kept<'w> {
    wiring: &'w Wiring,
    processes: Vec<Process<'w>>,
    given: RefCell<Given>,
}

impl<'w> Kept<'w> {
    pub(super) fn new(wiring: &'w Wiring) -> Self {
        Self { wiring, processes: processes(wiring), given: RefCell::default() }
    }

    /// What the processes of a package get, when a manager starts them: in production, or where a command says so.
    pub(super) fn of(&self, id: PackageId, package: &Package, mode: &Mode, service: Option<&Service>) -> Vec<Binding> {
        if self.processes.is_empty() || !self.runs(package, mode, service) {
            return Vec::new();
        }
        let repository = &self.wiring.repository;
        let mut known = self.given.borrow_mut();
        let from_files = |process: &Process<'_>| {
            let mut read = files::read(repository, &process.env_files, Dialect::Systemd, &self.wiring.limits).winning;
            let names_them = Place::new(process.file, process.fact.span);
            read.iter_mut().for_each(|binding| binding.evidence.push(names_them));
            read
        };
        let of_mode =
            known.entry(mode.clone()).or_insert_with(|| given(repository, &self.processes, mode, &from_files));
        of_mode.get(&id).cloned().unwrap_or_default()
    }

    fn runs(&self, package: &Package, mode: &Mode, service: Option<&Service>) -> bool {
        if let Some(service) = service {
            return service.commands.iter().any(|(_, command)| starts_manager(command));
        }
        if *mode != Mode::Development {
            return true;
        }
        let manifests = package.manifests.iter().filter_map(|id| self.wiring.repository.get(*id)?.manifest.as_deref());
        let scripts = manifests.flat_map(|manifest| &manifest.scripts);
        scripts
            .filter(|script| matches!(&*script.name, "dev" | "start" | "serve"))
            .any(|script| starts_manager(&script.command))
    }
}
