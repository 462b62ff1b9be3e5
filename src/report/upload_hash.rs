//! The hash by which code scanning tells alerts of one rule and file apart.
//!
//! The action that uploads SARIF computes it when it is absent, and warns when it differs: a rolling polynomial over the
//! next hundred characters from the start of each line, white space left out, with a count of repeats.

use std::collections::BTreeMap;

const WINDOW: usize = 100;
const FACTOR: u64 = 37;
const END_OF_FILE: u64 = 0xFFFF;

/// The hash of every line of `text`.
pub(super) fn lines(text: &str) -> Vec<String> {
    let (units, starts) = reduced(text);
    let leaving = (0..WINDOW).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
    let at = |index: usize| units.get(index).copied().unwrap_or(0);
    let mut hash = (0..WINDOW).fold(0u64, |hash, index| hash.wrapping_mul(FACTOR).wrapping_add(at(index)));
    let mut position = 0;
    let mut repeats: BTreeMap<u64, usize> = BTreeMap::new();
    let mut hashes = Vec::with_capacity(starts.len());
    for start in starts {
        while position < start {
            let gone = leaving.wrapping_mul(at(position));
            hash = hash.wrapping_mul(FACTOR).wrapping_add(at(position + WINDOW)).wrapping_sub(gone);
            position += 1;
        }
        let repeat = repeats.entry(hash).or_default();
        *repeat += 1;
        hashes.push(format!("{hash:x}:{repeat}"));
    }
    hashes
}

/// The characters that count, as UTF-16 code units with every line end as `\n`, and where each line starts among them.
fn reduced(text: &str) -> (Vec<u64>, Vec<usize>) {
    let mut units = Vec::with_capacity(text.len() + 1);
    let mut starts = Vec::new();
    let mut line_starts = true;
    let mut after_return = false;
    let end = std::iter::once(None);
    for unit in text.encode_utf16().map(Some).chain(end) {
        let ends_pair = after_return && unit == Some(u16::from(b'\n'));
        after_return = false;
        if ends_pair || unit == Some(u16::from(b' ')) || unit == Some(u16::from(b'\t')) {
            continue;
        }
        after_return = unit == Some(u16::from(b'\r'));
        let counted = match unit {
            None => END_OF_FILE,
            Some(_) if after_return => u64::from(b'\n'),
            Some(unit) => u64::from(unit),
        };
        if line_starts {
            starts.push(units.len());
        }
        line_starts = counted == u64::from(b'\n');
        units.push(counted);
    }
    (units, starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The action's own expectations.
    #[test]
    fn equals_the_hash_of_the_upload_action() {
        assert_eq!(lines(""), ["c129715d7a2bc9a3:1"]);
        let letters = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(lines(" a\nb\n  \t\tc\n d"), letters);
        let unix = lines(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n");
        assert_eq!(unix[0], "e9496ae3ebfced30:1");
        assert_eq!(unix, lines(" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n"));
        let repeated = lines(&"Lorem ipsum dolor sit amet.\n".repeat(10));
        assert_eq!(repeated[5], "a7f2ff13bc495cf2:6");
        assert_eq!(repeated[6], "a7f2ff1481e87703:1");
    }
}
