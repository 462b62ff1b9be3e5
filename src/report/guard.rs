//! One finding that cannot be written takes no other with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The message of a finding whose own message could not be written.
pub(super) const UNWRITTEN: &str =
    "wirelint failed inside while it wrote this finding; its places and its message are missing. Please report this.";

/// What `write` gives; nothing when it fails inside.
pub(super) fn guarded<T>(write: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(write)).ok()
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_failure_is_nothing_and_the_next_one_works() {
        let written: Vec<Option<u32>> = [1, 0, 2].into_iter().map(|by| guarded(|| 4 / by)).collect();
        assert_eq!(written, [Some(4), None, Some(2)]);
    }
}
