//! Times as Go writes them, with Caddy's days.

/// The milliseconds of a time: `2s`, `1m30s`, `1.5h`, `1d`; a bare number counts nanoseconds. `None` for what Caddy refuses.
pub(in crate::model) fn milliseconds(text: &str) -> Option<u64> {
    let text = text.trim_start_matches(['-', '+']);
    if let Ok(nanoseconds) = text.parse::<u64>() {
        return Some(nanoseconds / 1_000_000);
    }
    let mut rest = text;
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let length = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, after) = tail.split_at(length);
        let scale = match unit {
            "ns" => 0.000_001,
            "us" | "µs" | "μs" => 0.001,
            "ms" => 1.0,
            "s" => 1_000.0,
            "m" => 60_000.0,
            "h" => 3_600_000.0,
            "d" => 86_400_000.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * scale;
        rest = after;
    }
    // a time of Go ends after 292 years
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (!text.is_empty() && total < 9.3e15).then_some(total as u64)
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
