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

/// A name that is so many times as long as another one is not meant by it: a comparison costs as much as both are long, multiplied.
const MOST_TIMES: usize = 2;
/// How alike two names are of which one may be meant by the other.
const NEAR: f64 = 0.5;

/// The one of `names` that is nearest to `name`, when one is near enough to be meant.
#[must_use]
pub fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let names = names.into_iter().filter(|known| name.len() <= MOST_TIMES * known.len());
    let scored = names.map(|known| (likeness(known, name), known));
    scored.filter(|(score, _)| *score > NEAR).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// The same as the end of a sentence; empty when none is near.
#[must_use]
pub fn did_you_mean<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> String {
    nearest(name, names).map_or_else(String::new, |known| format!("; did you mean `{known}`?"))
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
    use super::{did_you_mean, distance, nearest};

    #[test]
    fn the_nearest_name_is_suggested_when_it_is_near() {
        let names = ["select", "ignore", "exclude"];
        assert_eq!(nearest("selct", names), Some("select"));
        assert_eq!(nearest("colour", names), None);
        assert_eq!(nearest(&"select".repeat(20_000), names), None);
        assert_eq!(did_you_mean("exclud", names), "; did you mean `exclude`?");
        assert_eq!(did_you_mean("", names), "");
    }

    #[test]
    fn counts_edits_and_what_is_longer() {
        assert_eq!(distance("/socket", "/sockte"), 1);
        let long = "a".repeat(100_000);
        assert_eq!(distance(&long, "a"), 99_999, "of long texts the beginnings are compared");
        assert_eq!(distance("", "äöü"), 3);
    }
}
