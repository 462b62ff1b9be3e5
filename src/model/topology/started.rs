//! What a container runs: an entry point with arguments, each of which an image, compose or a manifest may say.

use crate::base::FileId;
use crate::facts::{CommandFact, Started};

/// A command with the file that says it.
pub type Said<'a> = Option<(FileId, &'a CommandFact)>;

/// The lines of an entry point and arguments: one, where the program takes what follows as its own. None where that is not
/// known.
pub fn started(entry: Said<'_>, arguments: Said<'_>) -> Vec<(FileId, CommandFact)> {
    let apart = || entry.into_iter().chain(arguments).map(|(file, command)| (file, command.clone())).collect();
    let (Some((_, first)), Some((file, more))) = (entry, arguments) else { return apart() };
    match first.with_arguments(more) {
        Started::Line(line) => vec![(file, line)],
        Started::Apart => apart(),
        Started::Unknown => Vec::new(),
    }
}
