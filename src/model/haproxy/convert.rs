//! Converters: what is made of a value.

use std::sync::Arc;

use super::expression::Call;
use super::sample::Sample;
use crate::base::Place;
use crate::facts::HoleReason;
use crate::model::Unknown;
use crate::model::nginx::Effort;

/// What a converter makes of a value.
pub(super) fn convert(sample: Sample, converter: &Call, place: Place, effort: &Effort) -> Sample {
    let external = || Unknown { reason: HoleReason::ExternalCall(Arc::clone(&converter.name)), place: Some(place) };
    match (&sample, &*converter.name) {
        (Sample::Absent | Sample::Unknown(_), name) if !name.starts_with("map") => return sample,
        (Sample::Present(why) | Sample::Start(_, why), _) => return Sample::Unknown(why.clone()),
        _ => {}
    }
    match &*converter.name {
        "add" | "sub" | "mul" | "div" | "mod" => arithmetic(&sample, converter, external()),
        "bool" => numbers(&sample, |number| Sample::Truth(number != 0)),
        "not" => numbers(&sample, |number| Sample::Truth(number == 0)),
        "length" => match sample.texts() {
            Ok(texts) => texts
                .last()
                .map_or(Sample::Absent, |text| Sample::Number(i64::try_from(text.len()).unwrap_or(i64::MAX))),
            Err(why) => Sample::Unknown(why),
        },
        "iif" => match &sample {
            Sample::Truth(truth) => Sample::text(converter.arg(usize::from(!truth))),
            _ => numbers(&sample, |number| Sample::text(converter.arg(usize::from(number == 0)))),
        },
        "lower" => texts(&sample, |text| Some(text.to_ascii_lowercase())),
        "upper" => texts(&sample, |text| Some(text.to_ascii_uppercase())),
        "host_only" => texts(&sample, |text| Some(host_and_port(text).0.to_owned())),
        "port_only" => texts(&sample, |text| Some(host_and_port(text).1.unwrap_or("0").to_owned())),
        "ltrim" => texts(&sample, |text| Some(text.trim_start_matches(|c| converter.arg(0).contains(c)).to_owned())),
        "rtrim" => texts(&sample, |text| Some(text.trim_end_matches(|c| converter.arg(0).contains(c)).to_owned())),
        "field" if converter.args.len() == 2 => piece(&sample, converter, external(), Runs::Apart),
        "word" if converter.args.len() == 2 => piece(&sample, converter, external(), Runs::Together),
        "concat" if converter.arg(1).is_empty() && converter.arg(2).is_empty() => {
            texts(&sample, |text| Some(format!("{text}{}", converter.arg(0))))
        }
        "regsub" => replaced(&sample, converter, place, effort).unwrap_or_else(|| Sample::Unknown(external())),
        // text as it is for as long as it needs no decoding
        "url_dec" => match sample.texts() {
            Ok(texts) if texts.iter().all(|text| !text.contains(['%', '+'])) => sample,
            _ => Sample::Unknown(external()),
        },
        _ => Sample::Unknown(external()),
    }
}

fn texts(sample: &Sample, change: impl Fn(&str) -> Option<String>) -> Sample {
    match sample.texts() {
        Ok(texts) => {
            let changed: Vec<Arc<str>> = texts.iter().filter_map(|text| change(text).map(Arc::from)).collect();
            if changed.is_empty() { Sample::Absent } else { Sample::Texts(changed) }
        }
        Err(why) => Sample::Unknown(why),
    }
}

fn numbers(sample: &Sample, change: impl Fn(i64) -> Sample) -> Sample {
    match sample.numbers() {
        Ok(numbers) => numbers.last().map_or(Sample::Absent, |number| change(*number)),
        Err(why) => Sample::Unknown(why),
    }
}

fn arithmetic(sample: &Sample, converter: &Call, unread: Unknown) -> Sample {
    let Ok(other) = converter.arg(0).parse::<i64>() else { return Sample::Unknown(unread) };
    numbers(sample, |number| {
        let result = match &*converter.name {
            "add" => number.checked_add(other),
            "sub" => number.checked_sub(other),
            "mul" => number.checked_mul(other),
            "div" => number.checked_div(other),
            _ => number.checked_rem(other),
        };
        result.map_or_else(|| Sample::Unknown(unread.clone()), Sample::Number)
    })
}

/// Whether delimiters that follow each other are one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    Apart,
    Together,
}

fn piece(sample: &Sample, converter: &Call, unread: Unknown, runs: Runs) -> Sample {
    let Ok(wanted) = converter.arg(0).parse::<i64>() else { return Sample::Unknown(unread) };
    let delimiters: Vec<char> = converter.arg(1).chars().collect();
    texts(sample, |text| {
        let all = text.split(delimiters.as_slice());
        let pieces: Vec<&str> = match runs {
            Runs::Apart => all.collect(),
            Runs::Together => all.filter(|piece| !piece.is_empty()).collect(),
        };
        let at = usize::try_from(wanted.unsigned_abs()).ok()?.checked_sub(1)?;
        let found = if wanted > 0 { pieces.get(at) } else { pieces.iter().rev().nth(at) };
        match (found, runs) {
            (Some(piece), _) => Some((*piece).to_owned()),
            (None, Runs::Together) => Some(String::new()),
            (None, Runs::Apart) => None,
        }
    })
}

fn replaced(sample: &Sample, converter: &Call, place: Place, effort: &Effort) -> Option<Sample> {
    let flags = converter.arg(2);
    let texts = sample.texts().ok()?;
    let text = texts.last()?;
    let mut out = String::new();
    let mut rest: &str = text;
    // each round takes something off the text
    while let Some(groups) = effort.groups(converter.arg(0), flags.contains('i'), rest, place)? {
        let whole = groups.first().map_or("", String::as_str);
        // where an empty match or the same text stands twice, which one was meant is not told
        if whole.is_empty() || rest.matches(whole).count() != 1 {
            return None;
        }
        let at = rest.find(whole)?;
        out += rest.get(..at)?;
        out += &expand(converter.arg(1), &groups);
        rest = rest.get(at + whole.len()..)?;
        if !flags.contains('g') {
            break;
        }
        if converter.arg(0).contains(['^', '\\', '(']) {
            return None;
        }
    }
    Some(Sample::text(out + rest))
}

/// A text with the groups of a match in the place of `\0` to `\9`.
pub(super) fn expand(text: &str, groups: &[String]) -> String {
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(digit @ '0'..='9')) => {
                let number = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or_default();
                out += groups.get(number).map_or("", String::as_str);
                letters.next();
            }
            ('\\', Some(next)) => {
                out.push(*next);
                letters.next();
            }
            _ => out.push(letter),
        }
    }
    out
}

/// The host of an authority, and its port.
fn host_and_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}
