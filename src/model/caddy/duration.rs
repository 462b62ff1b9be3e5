//! Times in Caddyfiles: those of Go, and days.

use crate::model::proxy::go_milliseconds;

/// The milliseconds of a time: `2s`, `1m30s`, `1.5h`, `1d`; a bare number counts nanoseconds. `None` for what Caddy refuses.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim_start_matches(['-', '+']);
    match text.parse::<u64>() {
        Ok(nanoseconds) => Some(nanoseconds / 1_000_000),
        Err(_) => go_milliseconds(text, &[("d", 86_400.0)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, expected) in [
            ("1m30s", Some(90_000)),
            ("1d", Some(86_400_000)),
            ("0", Some(0)),
            ("2000000", Some(2)),
            ("2x", None),
            ("", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
