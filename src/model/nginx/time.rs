//! Times as nginx reads them, and the time-outs of idle connections.

use super::NginxInstance;
use super::tree::{LevelId, LevelKind, Statement, is_harmless};
use crate::base::Place;
use crate::model::proxy::IdleTimeout;

impl NginxInstance {
    /// After which silence it closes an upgraded connection of `level`. Of the time-outs of a proxy only `proxy_read_timeout`
    /// counts then, and traffic of either side starts it anew. `None` when it is not known: an include that is not in the
    /// repository may set it, or a template fills it in.
    #[must_use]
    pub(super) fn read_timeout(&self, level: LevelId) -> Option<IdleTimeout> {
        let found = self.last(level, "proxy_read_timeout");
        let until = found.map(|(id, _)| id);
        for (id, level) in self.tree.outward(level) {
            if level.kind == LevelKind::Http || Some(id) == until {
                break;
            }
            if level.unseen.iter().any(|(_, path)| !is_harmless(path)) {
                return None;
            }
        }
        let Some((_, statement)) = found else { return Some(IdleTimeout::Default { milliseconds: 60_000 }) };
        // 0 is accepted, and what it means to whoever wrote it is another question
        let milliseconds = milliseconds(statement.arg(0)?).filter(|time| *time > 0)?;
        Some(IdleTimeout::Written { place: statement.place, milliseconds })
    }

    /// The `proxy_send_timeout` in effect at `level`, when one is written.
    pub(super) fn send_timeout_place(&self, level: LevelId) -> Option<Place> {
        self.last(level, "proxy_send_timeout").map(|(_, statement)| statement.place)
    }

    fn last(&self, level: LevelId, name: &str) -> Option<(LevelId, &Statement)> {
        let (id, found) = self.tree.effective(level, name)?;
        Some((id, *found.last()?))
    }
}

/// The milliseconds of a time: `60` and `60s` are seconds, `1m30s` adds up, `500ms` counts milliseconds. `None` for
/// what nginx refuses, and beyond what a time-out may be.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    let mut largest = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, unit) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let (scale, width) = match unit.as_bytes() {
            [b'm', b's', ..] => (1, 2),
            [b's', ..] => (1_000, 1),
            [b'm', ..] => (60_000, 1),
            [b'h', ..] => (3_600_000, 1),
            [b'd', ..] => (86_400_000, 1),
            [b'w', ..] => (604_800_000, 1),
            [b'M', ..] => (2_592_000_000, 1),
            [b'y', ..] => (31_536_000_000, 1),
            [] | [b' ', ..] => (1_000, 0),
            _ => return None,
        };
        // units are in falling order, each once
        if scale >= largest {
            return None;
        }
        largest = scale;
        total = total.checked_add(number.checked_mul(scale)?)?;
        rest = unit.get(width..)?.trim_start_matches(' ');
    }
    (!text.trim().is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_add_up_in_falling_units() {
        for (text, expected) in [
            ("60", Some(60_000)),
            ("60s", Some(60_000)),
            ("1m30s", Some(90_000)),
            ("1m 30s", Some(90_000)),
            ("1h", Some(3_600_000)),
            ("500ms", Some(500)),
            ("1s500ms", Some(1_500)),
            ("0", Some(0)),
            ("30s1m", None),
            ("1x", None),
            ("", None),
            ("$timeout", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(milliseconds(text), expected, "{text}");
        }
    }
}
