//! Commands that hand over to a process manager: the processes that it starts then.

use std::collections::BTreeSet;

use super::start::Ground;
use crate::base::{FileId, RepoPath};
use crate::facts::ProcessFact;
use crate::model::topology::Manager;

impl<'a> Ground<'a> {
    /// The processes that a command has its manager start: those of the file that it names, or that the manager looks for.
    pub(super) fn managed(
        &self,
        folder: &RepoPath,
        words: &[&str],
    ) -> impl Iterator<Item = (FileId, &'a ProcessFact)> + use<'a> {
        let ground = *self;
        let files = self.managed_files(folder, words).into_iter();
        files.flat_map(move |file| ground.processes_of(file).map(move |process| (file, process)))
    }

    /// The files whose processes a command has its manager start.
    fn managed_files(&self, folder: &RepoPath, words: &[&str]) -> BTreeSet<FileId> {
        let Some((program, rest)) = words.split_first() else { return BTreeSet::new() };
        let Some(manager) = Manager::of(program) else { return BTreeSet::new() };
        let with_processes = |file: &FileId| self.processes_of(*file).next().is_some();
        let files = rest.iter().chain(manager.usual_files()).filter_map(|path| self.find(folder, path));
        let found = files.into_iter().find(with_processes);
        // An image holds more of them, which the one that is named includes.
        let placed =
            self.service.filter(|_| manager == Manager::Supervisord).map_or(&[][..], |service| &service.placed);
        let more = placed.iter().filter_map(|(_, path)| self.wiring.repository.find(path)).filter(with_processes);
        found.into_iter().chain(more).collect()
    }

    fn processes_of(&self, file: FileId) -> impl Iterator<Item = &'a ProcessFact> + use<'a> {
        self.wiring.repository.get(file).into_iter().flat_map(|facts| &facts.processes)
    }
}
