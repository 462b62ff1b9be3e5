//! Variables of `split_clients`: values by the hash of a text.

use super::Evaluated;
use super::map::constant;
use crate::facts::HoleReason;
use crate::model::nginx::run::Run;
use crate::model::nginx::tree::{Level, Statement};

/// Shares are counted in hundredths of a percent.
const WHOLE: u64 = 10_000;

impl Run<'_> {
    /// The value of the share that the hash of the text falls into.
    pub(super) fn split_clients(&mut self, statement: &Statement, level: &Level) -> Evaluated {
        let Some(source) = statement.args.first() else { return Evaluated::unknown(HoleReason::Unsupported) };
        let key = self.argument(source);
        if let Some(value) = constant(level, "*") {
            return Evaluated::known(value);
        }
        let hash = match key.settled() {
            Ok(key) => u64::from(murmur(key.as_bytes())),
            Err(why) => return Evaluated::unknown(why),
        };
        if !level.unseen.is_empty() {
            return Evaluated::unknown(HoleReason::Unsupported);
        }
        let mut end: u64 = 0;
        for entry in &level.statements {
            let Some(value) = entry.args.first() else { continue };
            let fits = if &*entry.name == "*" {
                true
            } else {
                let Some(share) = entry.name.strip_suffix('%').and_then(hundredths) else {
                    return Evaluated::unknown(HoleReason::Unsupported);
                };
                end += share * u64::from(u32::MAX) / WHOLE;
                hash < end
            };
            if fits {
                return if value.holes.is_empty() { Evaluated::known(&value.text) } else { self.argument(value) };
            }
        }
        Evaluated::default()
    }
}

/// `12.5` in hundredths.
fn hundredths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 2 {
        return None;
    }
    let digits: u64 = format!("{whole}{part:0<2}").parse().ok()?;
    (digits <= WHOLE).then_some(digits)
}

/// MurmurHash2 with the seed 0.
fn murmur(data: &[u8]) -> u32 {
    const MIX: u32 = 0x5bd1_e995;
    let (words, rest) = data.as_chunks::<4>();
    let mut hash = u32::try_from(data.len()).unwrap_or(u32::MAX);
    for word in words {
        let mut word = u32::from_le_bytes(*word).wrapping_mul(MIX);
        word ^= word >> 24;
        hash = hash.wrapping_mul(MIX) ^ word.wrapping_mul(MIX);
    }
    if !rest.is_empty() {
        for (index, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(MIX);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(MIX);
    hash ^ (hash >> 15)
}
