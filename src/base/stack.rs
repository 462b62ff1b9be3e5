//! Threads whose stack has a known size.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::panic_message;

/// The stack of every thread that reads or judges what a repository says.
///
/// A stack that overflows ends the whole program, which no `catch_unwind` can hinder, and the main thread's size is the
/// system's choice. Everything that recurses counts its depth and stops (at most some hundred levels, the deepest being
/// nested documents and blocks with 200). A level takes up to some ten kilobytes in a build without optimization, so that
/// this is ten times what the deepest needs. Only what is touched takes memory.
pub const STACK: usize = 64 * 1024 * 1024;

/// Runs `work` on a thread of its own with such a stack; a panic in it becomes its message.
///
/// # Errors
/// The message of a panic.
pub fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    let mut work = Some(work);
    let mut outcome = None;
    let guarded = |work: &mut Option<_>| {
        let work: Option<_> = work.take();
        work.map(|work| catch_unwind(AssertUnwindSafe(work)).map_err(|panic| panic_message(&*panic)))
    };
    let started = std::thread::scope(|scope| {
        let (work, outcome) = (&mut work, &mut outcome);
        let body = move || *outcome = guarded(work);
        std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, body).is_ok()
    });
    if !started {
        // No thread to be had: the present one is better than nothing.
        outcome = guarded(&mut work);
    }
    outcome.unwrap_or_else(|| Err(String::from("the work was not done")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_is_deep_and_a_panic_is_a_message() {
        fn down(levels: usize) -> usize {
            let room = std::hint::black_box([levels; 1_000]);
            if levels == 0 { room[0] } else { down(levels - 1) + 1 }
        }
        // more than the usual 2 MB
        assert_eq!(on_deep_stack(|| down(1_000)), Ok(1_000));
        assert_eq!(on_deep_stack(|| -> usize { panic!("no {}", 1) }), Err("no 1".to_owned()));
    }
}
