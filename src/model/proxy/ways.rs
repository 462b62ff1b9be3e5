//! Ways through a proxy's configuration that answers took, by number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::BlockId;
use crate::base::{Limit, Limits, Place};

/// Ways that are kept.
const WAYS: Limit = Limit::new(
    50_000,
    "ways of requests through the configuration of a proxy",
    "what lasts behind the remaining answers is unknown",
    "leave out configuration files that serve none of the connections, with `exclude` in `wirelint.toml`",
);

/// The ways of one proxy. `K` tells ways apart, `W` is what lasts behind an answer.
#[derive(Debug)]
pub(in crate::model) struct Ways<K, W>(Mutex<Known<K, W>>);

#[derive(Debug)]
struct Known<K, W> {
    ways: Vec<Arc<W>>,
    numbers: BTreeMap<K, u32>,
    limits: Limits,
}

impl<K: Ord, W> Default for Ways<K, W> {
    fn default() -> Self {
        Self(Mutex::new(Known { ways: Vec::new(), numbers: BTreeMap::new(), limits: Limits::default() }))
    }
}

impl<K: Ord, W> Ways<K, W> {
    /// The number of a way, which is made when it is the first one with this key. `place` is where a bound is told.
    pub fn number(&self, key: K, place: Option<Place>, way: impl FnOnce(BlockId) -> W) -> BlockId {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Known { ways, numbers, limits } = &mut *known;
        if let Some(number) = numbers.get(&key) {
            return BlockId(*number);
        }
        if ways.len() >= WAYS.most_items() {
            limits.reached(place, &WAYS);
            // nobody has this number, so all that is asked of it is unknown
            return BlockId(u32::MAX);
        }
        let number = u32::try_from(ways.len()).unwrap_or(u32::MAX);
        ways.push(Arc::new(way(BlockId(number))));
        numbers.insert(key, number);
        BlockId(number)
    }

    /// The way of a number.
    pub fn get(&self, block: BlockId) -> Option<Arc<W>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.ways.get(block.0 as usize).cloned()
    }

    /// The bounds that were reached.
    pub fn limits(&self) -> Vec<(Option<Place>, Limit)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).limits.all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_have_numbers_until_there_are_too_many() {
        let ways: Ways<usize, usize> = Ways::default();
        let numbers = [7, 8, 7].map(|key| ways.number(key, None, |_| key).0);
        assert_eq!((numbers, ways.get(BlockId(1)).as_deref()), ([0, 1, 0], Some(&8)));
        (0..WAYS.most_items()).for_each(|key| {
            ways.number(100 + key, None, |_| key);
        });
        assert_eq!(ways.get(ways.number(3, None, |_| 3)), None);
        assert_eq!(ways.limits(), [(None, WAYS)]);
    }
}
