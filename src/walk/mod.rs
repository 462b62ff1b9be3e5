//! Discovery and reading: the only folder that reads the repository. It starts no process, connects to nothing, and reads
//! nothing outside the root but the git directory of the repository that the root is in.

mod beneath;
mod discover;
mod disk;
mod git;

pub use disk::DiskTree;
pub use git::{GitError, Head, IndexTree, RevisionError, RevisionTree, absent, checked_out, without_files};

/// Larger files are never read: nobody writes them by hand.
pub const MAX_FILE_SIZE: u64 = 5 * 1024 * 1024;

/// A name that may not be text: each byte that is none as `\xNN`.
fn shown_bytes(name: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in name.utf8_chunks() {
        shown.push_str(chunk.valid());
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown
}
