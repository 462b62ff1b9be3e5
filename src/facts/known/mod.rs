//! What is known of frameworks, programs and packages: one row each, in one place.

mod back_ends;
mod cors;
mod interpreter;
mod packages;
mod pages;
mod public_prefixes;
mod subprotocols;

pub use back_ends::{BACK_ENDS, BackEnd, BackEndRow, Family, family};
pub use interpreter::{PythonProgram, PythonRun, is_python, python_run};
pub use packages::adds_nothing;
pub use pages::{has_mocks, is_universal};
pub use public_prefixes::{PUBLIC_PREFIXES, are_given_at_start, public_prefix, split_public};
pub use subprotocols::{GRAPHQL_TRANSPORT_WS, GRAPHQL_WS, GraphQlProtocol, library_of};
