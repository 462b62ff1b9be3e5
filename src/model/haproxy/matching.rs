//! Values and the patterns that they are compared with.

use std::net::IpAddr;
use std::sync::Arc;

use super::acl::{Acl, Case, Method};
use super::config::Word;
use super::sample::Sample;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::nginx::Effort;

/// Whether a value is as an ACL asks.
pub(super) fn matches(acl: &Acl, sample: &Sample, effort: &Effort) -> Result<bool, Unknown> {
    if let Sample::Unknown(why) = sample {
        return Err(why.clone());
    }
    let method = acl.method.unwrap_or(match sample {
        Sample::Truth(_) => Method::Truth,
        Sample::Number(_) => Method::Number,
        Sample::Address(_) => Method::Address,
        _ => Method::Same,
    });
    match method {
        Method::Found => Ok(*sample != Sample::Absent),
        _ if *sample == Sample::Absent => Ok(false),
        Method::Truth => truth(acl, sample),
        _ if acl.patterns.is_empty() => Ok(false),
        Method::Number | Method::Length => number(acl, method, sample),
        Method::Address => any(&acl.patterns, |pattern| address(sample, pattern)),
        _ => match sample {
            Sample::Start(start, why) => start_matches(acl, method, start, why),
            _ => {
                let texts = sample.texts()?;
                any(&acl.patterns, |pattern| {
                    let mut open = None;
                    for text in &texts {
                        match compare(acl, method, text, pattern, effort) {
                            Ok(true) => return Ok(true),
                            Ok(false) => {}
                            Err(why) => open = Some(why),
                        }
                    }
                    open.map_or(Ok(false), Err)
                })
            }
        },
    }
}

/// Whether one of the patterns fits. One that is not known leaves open what none of the others decides.
fn any(patterns: &[Word], fits: impl Fn(&Word) -> Result<bool, Unknown>) -> Result<bool, Unknown> {
    let mut open = None;
    for pattern in patterns {
        match fits(pattern) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(why) => open = Some(why),
        }
    }
    open.map_or(Ok(false), Err)
}

fn truth(acl: &Acl, sample: &Sample) -> Result<bool, Unknown> {
    let value = match sample {
        Sample::Truth(truth) => *truth,
        other => other.numbers()?.iter().any(|number| *number != 0),
    };
    let Some(pattern) = acl.patterns.first() else { return Ok(value) };
    match pattern.known()? {
        "1" | "true" | "on" | "yes" => Ok(value),
        "0" | "false" | "off" | "no" => Ok(!value),
        _ => Err(Unknown { reason: HoleReason::Unsupported, place: Some(pattern.place) }),
    }
}

fn number(acl: &Acl, method: Method, sample: &Sample) -> Result<bool, Unknown> {
    let numbers = match method {
        Method::Length => {
            let length = |text: &Arc<str>| i64::try_from(text.len()).unwrap_or(i64::MAX);
            sample.texts()?.iter().map(length).collect()
        }
        _ => sample.numbers()?,
    };
    let mut operator = "eq";
    let mut found = false;
    for pattern in &acl.patterns {
        let text = pattern.known()?;
        if matches!(text, "eq" | "ge" | "gt" | "le" | "lt") {
            operator = text;
            continue;
        }
        let unread = || Unknown { reason: HoleReason::Unsupported, place: Some(pattern.place) };
        let (from, to) = match text.split_once(':') {
            Some(("", to)) => (None, Some(to.parse().map_err(|_| unread())?)),
            Some((from, "")) => (Some(from.parse().map_err(|_| unread())?), None),
            Some((from, to)) => (Some(from.parse().map_err(|_| unread())?), Some(to.parse().map_err(|_| unread())?)),
            None => {
                let number: i64 = text.parse().map_err(|_| unread())?;
                (Some(number), Some(number))
            }
        };
        let fits = |number: i64| match operator {
            "ge" => from.is_none_or(|from| number >= from),
            "gt" => to.is_some_and(|to| number > to),
            "le" => to.is_none_or(|to| number <= to),
            "lt" => from.is_some_and(|from| number < from),
            _ => from.is_none_or(|from| number >= from) && to.is_none_or(|to| number <= to),
        };
        found |= numbers.iter().any(|number| fits(*number));
    }
    Ok(found)
}

/// Whether an address lies in a network.
fn address(sample: &Sample, pattern: &Word) -> Result<bool, Unknown> {
    let addresses: Vec<IpAddr> = match sample {
        Sample::Address(address) => vec![*address],
        other => other.texts()?.iter().filter_map(|text| text.trim().parse().ok()).collect(),
    };
    let text = pattern.known()?;
    let unread = Unknown { reason: HoleReason::Unsupported, place: Some(pattern.place) };
    let network = Network::new(text).ok_or(unread)?;
    Ok(addresses.iter().any(|address| network.holds(*address)))
}

/// A network: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    pub fn new(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        Some(Self { address, bits: bits.unwrap_or(most).min(most) })
    }

    pub fn holds(self, other: IpAddr) -> bool {
        let number = |address: IpAddr| match address {
            IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
            IpAddr::V6(address) => u128::from(address),
        };
        let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
        self.address.is_ipv4() == other.is_ipv4() && number(self.address) & mask == number(other) & mask
    }
}

fn compare(acl: &Acl, method: Method, text: &str, pattern: &Word, effort: &Effort) -> Result<bool, Unknown> {
    let wanted = pattern.known()?;
    if method == Method::Pattern {
        let ignore = acl.case == Case::Ignored;
        let found = effort.groups(wanted, ignore, text, pattern.place);
        let unread = Unknown { reason: HoleReason::Unsupported, place: Some(pattern.place) };
        return found.map(|found| found.is_some()).ok_or(unread);
    }
    // methods are compared by their number, and one in other letters is another
    let is_method = acl.method.is_none() && &*acl.expression.fetch.name == "method";
    let (text, wanted) = folded(if is_method { Case::Kept } else { acl.case }, text, wanted);
    let delimiters: &[char] = if method == Method::Label { &['/', '?', '.', ':'] } else { &['/', '?'] };
    let is_word = matches!(method, Method::Segment | Method::Label);
    if is_word && wanted.trim_matches(delimiters).is_empty() {
        // nothing is found where a text ends in a delimiter, unless more follows in the memory behind it
        let unread = Unknown { reason: HoleReason::Unsupported, place: Some(pattern.place) };
        return if text.is_empty() || text.ends_with(delimiters) { Err(unread) } else { Ok(false) };
    }
    Ok(match method {
        Method::Begins => text.starts_with(&wanted),
        Method::Ends => text.ends_with(&wanted),
        Method::Holds => text.contains(&wanted),
        Method::Segment | Method::Label => holds_word(&text, &wanted, delimiters),
        _ => text == wanted,
    })
}

fn folded(case: Case, text: &str, wanted: &str) -> (String, String) {
    match case {
        Case::Kept => (text.to_owned(), wanted.to_owned()),
        Case::Ignored => (text.to_ascii_lowercase(), wanted.to_ascii_lowercase()),
    }
}

/// Whether a text holds the pattern between delimiters.
fn holds_word(text: &str, pattern: &str, delimiters: &[char]) -> bool {
    let pattern = pattern.trim_matches(delimiters);
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(pattern)).map(|at| at + from) {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + pattern.len()..).unwrap_or_default();
        let starts = before.is_empty() || before.ends_with(delimiters);
        if starts && (after.is_empty() || after.starts_with(delimiters)) {
            return true;
        }
        from = at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        if from > text.len() {
            break;
        }
    }
    false
}

/// A text of which only the start is known.
fn start_matches(acl: &Acl, method: Method, start: &str, why: &Unknown) -> Result<bool, Unknown> {
    any(&acl.patterns, |pattern| {
        let (start, wanted) = folded(acl.case, start, pattern.known()?);
        let fits = start.starts_with(&wanted) || wanted.starts_with(&start);
        match method {
            Method::Begins if start.starts_with(&wanted) => Ok(true),
            Method::Holds if start.contains(&wanted) => Ok(true),
            Method::Begins | Method::Same if !fits => Ok(false),
            Method::Same if start.len() > wanted.len() => Ok(false),
            Method::Segment => {
                // a segment that something follows ends there, whatever that is
                let whole = holds_word(&start, &wanted, &['/', '?']);
                let cut = start.rfind(['/', '?']).map_or("", |at| start.get(..=at).unwrap_or_default());
                if whole && holds_word(cut, &wanted, &['/', '?']) { Ok(true) } else { Err(why.clone()) }
            }
            _ => Err(why.clone()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_between_delimiters() {
        let table = [
            ("/api/x", "api", true),
            ("/api/x", "/api/", true),
            ("/apix", "api", false),
            ("/xapi/api", "api", true),
            ("é/api", "api", true),
        ];
        for (text, pattern, expected) in table {
            assert_eq!(holds_word(text, pattern, &['/', '?']), expected, "{text} {pattern}");
        }
        assert!(holds_word("b.a.test:80", "a.test", &['/', '?', '.', ':']));
    }

    #[test]
    fn addresses_lie_in_networks() {
        let table = [
            ("10.0.0.0/8", "10.2.3.4", true),
            ("10.0.0.0/8", "11.2.3.4", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("0.0.0.0/0", "9.9.9.9", true),
            ("::/0", "9.9.9.9", false),
            ("fe80::/10", "fe80::1", true),
        ];
        for (network, address, expected) in table {
            let network = Network::new(network).expect("a network");
            assert_eq!(network.holds(address.parse().expect("an address")), expected, "{network:?} {address}");
        }
        assert!(Network::new("10.0.0.0/x").is_none());
    }
}
