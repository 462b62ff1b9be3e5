//! Numbers from a seed.

use std::collections::BTreeMap;

/// A small generator of numbers, the same on every machine, that counts what it was asked for.
pub struct Dice {
    state: u64,
    /// How often each feature was generated.
    pub features: BTreeMap<&'static str, usize>,
}

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self { state: seed, features: BTreeMap::new() }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("small")
    }

    pub fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub fn used(&mut self, feature: &'static str) {
        *self.features.entry(feature).or_default() += 1;
    }

    /// One of several texts, each with its feature.
    pub fn choose(&mut self, from: &[(&'static str, &'static str)]) -> &'static str {
        let (feature, text) = self.pick(from);
        self.used(feature);
        text
    }
}
