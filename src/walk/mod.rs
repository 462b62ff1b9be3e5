//! Discovery and reading: the only folder that reads the repository.

mod disk;
mod git;

pub use disk::DiskTree;
pub use git::{GitError, IndexTree};

/// Larger files are never read: nobody writes them by hand.
pub const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;
