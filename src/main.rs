//! The `wirelint` program: arguments in, exit code out.

fn main() {}
