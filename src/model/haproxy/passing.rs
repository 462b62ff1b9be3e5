//! What lasts while connections do: time-outs, and which server a client gets.

use super::HaproxyInstance;
use super::address::Part;
use super::answer::Way;
use super::config::{Line, Mode, Section, Word};
use crate::base::Place;
use crate::model::proxy::{BlockId, Carries, IdleTimeout, Proxied, Upstream};

/// What a setting says, as far as it is known.
enum Setting {
    /// Nothing.
    Unset,
    Time(u64, Place),
    Unknown,
}

impl HaproxyInstance {
    /// After which silence a connection ends. One that was upgraded, or carries bytes, falls under `timeout tunnel`, and
    /// without it under the shorter of both sides; an answer falls under `timeout server` alone.
    pub(super) fn silence(&self, id: BlockId, carries: Carries) -> Option<IdleTimeout> {
        let way = self.ways.get(id)?;
        let backend = way.backend.unwrap_or(way.frontend);
        let server = self.setting(backend, "server");
        let carries_bytes = carries == Carries::Socket || self.config.mode(way.frontend) == Mode::Tcp;
        let limits = if !carries_bytes {
            vec![server]
        } else {
            match self.tunnel(&way, backend) {
                Setting::Unset => vec![self.setting(way.frontend, "client"), server],
                tunnel => vec![tunnel],
            }
        };
        let mut shortest: Option<(u64, Place)> = None;
        for limit in limits {
            match limit {
                Setting::Unknown => return None,
                Setting::Unset => {}
                Setting::Time(time, place) if shortest.is_none_or(|(known, _)| time < known) => {
                    shortest = Some((time, place));
                }
                Setting::Time(..) => {}
            }
        }
        Some(shortest.map_or(IdleTimeout::Never, |(milliseconds, place)| IdleTimeout::Written { place, milliseconds }))
    }

    fn tunnel(&self, way: &Way, backend: usize) -> Setting {
        let Some(place) = way.tunnel else { return self.setting(backend, "tunnel") };
        let numbers = [way.frontend, backend];
        let mut rules = numbers.iter().flat_map(|number| self.config.rules(*number, |section| &section.requests));
        let rule = rules.find(|rule| rule.place == place);
        match rule.and_then(|rule| rule.words.get(2)).and_then(time) {
            Some(time) => Setting::Time(time, place),
            None => Setting::Unknown,
        }
    }

    /// `timeout NAME`; one of zero is none.
    fn setting(&self, number: usize, name: &str) -> Setting {
        let old = match name {
            "client" => "clitimeout",
            "server" => "srvtimeout",
            _ => "",
        };
        let chain = self.config.chain(number).into_iter();
        let written = |section: &Section| -> Option<Line> {
            let mut lines = section.lines.iter().rev();
            lines.find(|line| line.starts(&["timeout", name]) || !old.is_empty() && line.starts(&[old])).cloned()
        };
        let mut chain = chain;
        let Some(line) = chain.find_map(written) else { return Setting::Unset };
        if line.doubt().is_some() {
            return Setting::Unknown;
        }
        let value = if line.starts(&["timeout"]) { line.words.get(2) } else { line.words.get(1) };
        match value.and_then(time) {
            Some(0) => Setting::Unset,
            Some(time) => Setting::Time(time, line.place),
            None => Setting::Unknown,
        }
    }

    /// The requests of one client over several servers.
    pub(super) fn spread_of(&self, proxied: &Proxied) -> Upstream {
        let Some(way) = self.ways.get(proxied.level) else { return Upstream::OneServer };
        let backend = way.backend.unwrap_or(way.frontend);
        let Some(section) = self.config.sections.get(backend) else { return Upstream::OneServer };
        if self.binds(backend) || proxied.targets.len() < 2 {
            return Upstream::OneServer;
        }
        let mut servers = section.servers.iter().filter(|server| server.part == Part::Always);
        match servers.next() {
            Some(first) => Upstream::Spread { place: first.place, servers: proxied.targets.len() },
            None => Upstream::OneServer,
        }
    }

    /// Whether a back end sends a client to the same server each time.
    pub(super) fn binds(&self, number: usize) -> bool {
        let chain = self.config.chain(number);
        let balance = self.config.last(number, &["balance"]);
        let by_client = balance.is_some_and(|line| match line.word(1) {
            Some("source" | "rdp-cookie") => true,
            // one address is one server, and the polls of a socket have one
            Some("uri") => !line.words.iter().any(|word| word.is("whole")),
            Some(name) => name.starts_with("hdr(") || name == "hash",
            None => false,
        });
        let cookie = self.config.last(number, &["cookie"]);
        let has_values = || {
            let servers =
                self.config.sections.get(number).map(|section| section.servers.as_slice()).unwrap_or_default();
            servers.iter().any(|server| server.cookie.is_some())
        };
        let by_cookie = cookie.is_some_and(|line| line.words.iter().any(|word| word.is("dynamic")) || has_values());
        let by_table = chain.iter().any(|section| {
            section.lines.iter().any(|line| {
                line.starts(&["stick", "on"]) || line.starts(&["stick", "match"]) || line.starts(&["appsession"])
            })
        });
        by_client || by_cookie || by_table
    }
}

/// The milliseconds of a time: bare numbers are milliseconds.
fn time(word: &Word) -> Option<u64> {
    let text = word.known().ok()?;
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit {
        "us" => Some(number / 1_000),
        "" | "ms" => Some(number),
        "s" => number.checked_mul(1_000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        "d" => number.checked_mul(86_400_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Span};

    #[test]
    fn times_have_units() {
        let place = Place::new(FileId(0), Span::default());
        let table = [
            ("30000", Some(30_000)),
            ("30s", Some(30_000)),
            ("1m", Some(60_000)),
            ("1h", Some(3_600_000)),
            ("500us", Some(0)),
            ("1w", None),
            ("99999999999999999999", None),
            ("18446744073709551615d", None),
        ];
        for (text, expected) in table {
            assert_eq!(time(&Word { text: text.into(), place, holes: Vec::new() }), expected, "{text}");
        }
    }
}
