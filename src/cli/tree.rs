//! The tree that a command reads.
#![allow(clippy::disallowed_methods)] // asks where the program was started

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::Failure;
use super::args::TreeArgs;
use crate::base::Tree;
use crate::walk::{DiskTree, IndexTree};

/// The folder that is analysed: the one that is named, else the repository around the current folder.
pub fn root_of(paths: &[PathBuf]) -> Result<PathBuf, Failure> {
    match paths {
        [] => Ok(DiskTree::find_root(&std::env::current_dir()?)),
        [path] if path.is_dir() => Ok(path.clone()),
        [path] if path.exists() => Err(Failure::Message(format!(
            "{} is a file; wirelint follows connections through a whole repository, so name its folder",
            path.display()
        ))),
        [path] => Err(Failure::Message(format!("{}: no such folder", path.display()))),
        [..] => Err(Failure::Message(
            "more than one path; connections run through a whole repository, so name its folder".to_owned(),
        )),
    }
}

/// Opens the tree below `root`.
pub fn open(root: &std::path::Path, options: &TreeArgs) -> Result<Box<dyn Tree>, Failure> {
    if options.staged {
        return Ok(Box::new(IndexTree::open(root).map_err(|error| Failure::Message(error.to_string()))?));
    }
    Ok(Box::new(DiskTree::new(root.to_path_buf())))
}

/// The number of threads to use.
pub fn threads(options: &TreeArgs) -> NonZeroUsize {
    options.jobs.unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}
