//! Numbers of things, in words.

/// `1 entry`, `2 entries`: a number of what is called `one`, or `many`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
