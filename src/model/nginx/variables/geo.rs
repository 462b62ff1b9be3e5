//! Variables of `geo`: values by address.

use std::net::IpAddr;

use super::Evaluated;
use super::map::constant;
use crate::facts::HoleReason;
use crate::model::nginx::run::Run;
use crate::model::nginx::tree::{Argument, Level, Statement};

/// What a text stands for that is no address.
const NO_ADDRESS: [u8; 4] = [255; 4];

impl Run<'_> {
    /// The value that a `geo` block has for an address: that of the longest network around it.
    pub(super) fn geo(&mut self, statement: &Statement, level: &Level) -> Evaluated {
        let has = |name: &str| level.statements.iter().any(|entry| &*entry.name == name);
        let address = match statement.args.as_slice() {
            [source, _] => self.argument(source),
            _ => self.variable("remote_addr"),
        };
        if let Some(value) = constant(level, "default") {
            return Evaluated::known(value);
        }
        let address = match address.settled() {
            Ok(address) => address.parse().unwrap_or(IpAddr::from(NO_ADDRESS)),
            Err(why) => return Evaluated::unknown(why),
        };
        if has("ranges") || has("proxy") || has("delete") || !level.unseen.is_empty() {
            return Evaluated::unknown(HoleReason::Unsupported);
        }
        let mut best: Option<(u8, &Argument)> = None;
        for entry in &level.statements {
            let (Some(value), Some(length)) = (entry.args.first(), covers(&entry.name, address)) else { continue };
            // of two lines for one network the later one counts
            if best.is_none_or(|(known, _)| known <= length) {
                best = Some((length, value));
            }
        }
        match best {
            None => Evaluated::default(),
            Some((_, value)) if value.holes.is_empty() => Evaluated::known(&value.text),
            Some((_, value)) => self.argument(value),
        }
    }
}

/// The length of a network (`10.0.0.0/8`, `::1`, `default`) that holds an address.
fn covers(network: &str, address: IpAddr) -> Option<u8> {
    if network == "default" {
        return Some(0);
    }
    let (start, length) = network.split_once('/').map_or((network, None), |(start, length)| (start, Some(length)));
    let start: IpAddr = start.parse().ok()?;
    let most: u8 = if start.is_ipv4() { 32 } else { 128 };
    let length: u8 = length.map_or(Some(most), |length| length.parse().ok()).filter(|length| *length <= most)?;
    let same = match (start, address) {
        (IpAddr::V4(start), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            u32::from(start) & mask == u32::from(address) & mask
        }
        (IpAddr::V6(start), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            u128::from(start) & mask == u128::from(address) & mask
        }
        _ => false,
    };
    same.then_some(length)
}
