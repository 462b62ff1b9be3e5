//! Arguments about fixes.

use clap::Args;

use crate::rules::Applicability;

/// What `wirelint check` fixes.
#[derive(Args, Debug)]
#[command(next_help_heading = super::FIXED)]
pub struct FixArgs {
    /// Write the fixes that are safe, check again, and report what is left
    ///
    /// A fix is written when its finding is gone afterwards and nothing is new; all its edits, or none.
    #[arg(long, conflicts_with_all = CONFLICTS)]
    pub fix: bool,

    /// The same with fixes that decide something for you: whom a list lets in, how long is long enough, new names
    #[arg(long, conflicts_with_all = CONFLICTS)]
    pub unsafe_fixes: bool,

    /// Show what `--fix` (or `--unsafe-fixes`) would change as a diff, write nothing, and exit with 1 when there is something
    #[arg(long, conflicts_with_all = ["watch", "write_baseline", "format", "output"])]
    pub diff: bool,
}

/// What says nothing of files on disk, or writes something else.
const CONFLICTS: [&str; 3] = ["watch", "write_baseline", "staged"];

impl FixArgs {
    /// What may be written or shown; `None` when nothing was asked for.
    pub fn allowed(&self) -> Option<Applicability> {
        match (self.unsafe_fixes, self.fix || self.diff) {
            (true, _) => Some(Applicability::Unsafe),
            (false, true) => Some(Applicability::Safe),
            (false, false) => None,
        }
    }
}
