//! How far two names are from each other, for suggestions.

/// Characters that are compared: a comparison costs as much as both texts are long, multiplied, and no name that somebody
/// mistyped is longer.
const COMPARED: usize = 200;

/// Edits (a character put in, taken out, changed, or two turned round) that make one text of the other. Of longer texts the
/// beginnings are compared, and what one has more than the other is counted.
#[must_use]
pub fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (Compared::of(left), Compared::of(right));
    strsim::damerau_levenshtein(left.start, right.start) + left.rest.abs_diff(right.rest)
}

/// How alike two texts are: 1 for the same one, 0 for two that share nothing.
#[must_use]
pub fn likeness(left: &str, right: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(Compared::of(left).start, Compared::of(right).start)
}

struct Compared<'t> {
    start: &'t str,
    /// Bytes behind it.
    rest: usize,
}

impl<'t> Compared<'t> {
    fn of(text: &'t str) -> Self {
        let end = text.char_indices().nth(COMPARED).map_or(text.len(), |(at, _)| at);
        Self { start: text.get(..end).unwrap_or(text), rest: text.len() - end }
    }
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn counts_edits_and_what_is_longer() {
        assert_eq!(distance("/socket", "/sockte"), 1);
        let long = "a".repeat(100_000);
        assert_eq!(distance(&long, "a"), 99_999, "of long texts the beginnings are compared");
        assert_eq!(distance("", "äöü"), 3);
    }
}
