//! Times as Go writes them, with Caddy's days.

use std::time::Duration;

/// The milliseconds of a time: `2s`, `1m30s`, `1.5h`, `1d`; a bare number counts nanoseconds. `None` for what Caddy refuses.
pub(in crate::model) fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim_start_matches(['-', '+']);
    if let Ok(nanoseconds) = text.parse::<u64>() {
        return Some(nanoseconds / 1_000_000);
    }
    let mut rest = text;
    // seconds
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let length = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, after) = tail.split_at(length);
        let scale = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    // a time of Go ends after 292 years
    let time = Duration::try_from_secs_f64(total).ok().filter(|_| !text.is_empty() && total < 9.3e12)?;
    u64::try_from(time.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, expected) in [
            ("2s", Some(2_000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("1d", Some(86_400_000)),
            ("250ms", Some(250)),
            ("0", Some(0)),
            ("2000000", Some(2)),
            ("2x", None),
            ("", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
