//! The longest of many texts that another one begins with.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;

/// The longest key that `text` begins with. However many keys there are, few of them are looked at.
pub fn longest_prefix<'m, K, V>(map: &'m BTreeMap<K, V>, text: &str) -> Option<(&'m K, &'m V)>
where
    K: Ord + Borrow<str>,
{
    let mut rest = text;
    loop {
        // what comes last before the text shares more of its beginning than any other key
        let (key, value) = map.range::<str, _>((Bound::Unbounded, Bound::Included(rest))).next_back()?;
        let known: &str = key.borrow();
        if rest.starts_with(known) {
            return Some((key, value));
        }
        rest = shared(rest, known);
    }
}

/// The beginning that two texts have in common.
fn shared<'t>(one: &'t str, other: &str) -> &'t str {
    let mut pairs = one.char_indices().zip(other.chars());
    let differs = pairs.find(|((_, left), right)| left != right).map(|((at, _), _)| at);
    one.get(..differs.unwrap_or(one.len().min(other.len()))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_is_found() {
        let keys = ["", "/", "/a", "/a/", "/a/b", "/aa", "/b/é", "/z"];
        let map: BTreeMap<String, usize> = keys.iter().map(|key| (*key).to_owned()).zip(0..).collect();
        let texts = ["/a/bc", "/a/", "/ab", "/a-", "/", "x", "", "/b/è", "/b/éé", "/aaa", "/zz/a", "/0"];
        for text in texts {
            let expected = keys.iter().filter(|key| text.starts_with(**key)).max_by_key(|key| key.len());
            assert_eq!(longest_prefix(&map, text).map(|(key, _)| &**key), expected.copied(), "{text}");
        }
        let none: BTreeMap<String, usize> = [("/a".to_owned(), 0)].into();
        assert_eq!(longest_prefix(&none, "/b"), None);
    }
}
