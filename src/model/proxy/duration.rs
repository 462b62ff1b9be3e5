//! Times as Go writes them: `1h30m`, `250ms`.

use std::time::Duration;

/// The units of Go, in seconds.
const UNITS: [(&str, f64); 8] =
    [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];

/// The milliseconds of a time without sign, in the units of Go and in `more`, each with its seconds. `None` for what is no time.
pub(in crate::model) fn go_milliseconds(text: &str, more: &[(&str, f64)]) -> Option<u64> {
    let mut rest = text;
    // seconds
    let mut total = 0.0_f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let length = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, after) = tail.split_at(length);
        let scale = UNITS.iter().chain(more).find(|(known, _)| *known == unit).map(|(_, scale)| scale)?;
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
    fn times_are_read_in_the_units_of_go_and_others() {
        for (text, expected) in [
            ("2s", Some(2_000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("250ms", Some(250)),
            ("1d", None),
            ("5", None),
            ("", None),
        ] {
            assert_eq!(go_milliseconds(text, &[]), expected, "{text}");
        }
        assert_eq!(go_milliseconds("1d1s", &[("d", 86_400.0)]), Some(86_401_000));
    }
}
