//! Ranges of addresses.

use std::net::IpAddr;

/// Whether an address is in `10.0.0.0/8`, or is the only one that is written.
pub(in crate::model) fn in_range(address: IpAddr, range: &str) -> bool {
    let (network, bits) = range.split_once('/').map_or((range, None), |(network, bits)| (network, Some(bits)));
    let bits = bits.and_then(|bits| bits.parse::<u32>().ok());
    let shifted = |value: u128, width: u32, bits: u32| if bits == 0 { 0 } else { value >> (width - bits.min(width)) };
    match (address, network.parse::<IpAddr>()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) => {
            let bits = bits.unwrap_or(32);
            let number = |address: std::net::Ipv4Addr| u128::from(u32::from(address));
            shifted(number(address), 32, bits) == shifted(number(network), 32, bits)
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) => {
            let bits = bits.unwrap_or(128);
            shifted(u128::from(address), 128, bits) == shifted(u128::from(network), 128, bits)
        }
        _ => false,
    }
}
