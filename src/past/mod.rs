//! The past of a repository: findings that are known, in a file or because an earlier commit has them as well, and lines that
//! a change touched.

mod baseline;
mod changed;
mod overlay;
mod since;

pub use baseline::{Baseline, BaselineError, Entry, Matched, VERSION};
pub use changed::Changed;
pub use overlay::Overlay;
pub use since::{Before, mark};
