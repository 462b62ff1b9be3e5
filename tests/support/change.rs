//! One change of a file's bytes, as hostile or unlucky people make them, drawn by `proptest` so that a seed repeats it.
#![allow(dead_code, missing_docs)] // each harness uses a part

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What is done to the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing behind a point.
    Truncate,
    /// NUL bytes at a point.
    Nul,
    /// Random bytes over a range.
    RandomBytes,
    /// A few bits turned over, each anywhere.
    FlipBits,
    DeleteLines,
    DuplicateLines,
    ShuffleLines,
    /// Line ends as Windows writes them.
    Crlf,
    /// A byte order mark in front.
    ByteOrderMark,
    /// Bytes that are no UTF-8 at a point.
    InvalidUtf8,
    /// A piece of the text very many times.
    Repeat,
    /// The content of another file.
    Swap,
    /// No byte is left.
    Empty,
    /// Brackets, braces, parentheses or quotes taken away.
    Unbracket,
    /// Control characters, escape sequences and characters that turn the direction of a line.
    NonPrintable,
    /// One word of the language at a point.
    Word,
    /// A piece of another file at a point.
    Splice,
}

/// Every kind that needs no dictionary.
pub const KINDS: [Kind; 15] = [
    Kind::Truncate,
    Kind::Nul,
    Kind::RandomBytes,
    Kind::FlipBits,
    Kind::DeleteLines,
    Kind::DuplicateLines,
    Kind::ShuffleLines,
    Kind::Crlf,
    Kind::ByteOrderMark,
    Kind::InvalidUtf8,
    Kind::Repeat,
    Kind::Swap,
    Kind::Empty,
    Kind::Unbracket,
    Kind::NonPrintable,
];

/// The kinds by which one input becomes another that still looks like its language.
pub const EDITS: [Kind; 15] = [
    Kind::Word,
    Kind::Word,
    Kind::Word,
    Kind::Splice,
    Kind::Splice,
    Kind::Truncate,
    Kind::RandomBytes,
    Kind::FlipBits,
    Kind::DeleteLines,
    Kind::DuplicateLines,
    Kind::ShuffleLines,
    Kind::Repeat,
    Kind::Unbracket,
    Kind::NonPrintable,
    Kind::Nul,
];

/// Bytes that a repetition grows to at most.
const REPEATED: [usize; 4] = [200, 2_000, 20_000, 200_000];

/// A change, not yet made.
#[derive(Clone, Debug)]
pub struct Change {
    pub kind: Kind,
    /// Where, as a share of the text.
    at: u32,
    /// How far, or which.
    more: u32,
    bytes: Vec<u8>,
}

/// Where a change takes what it puts in.
#[derive(Clone, Copy)]
pub struct Donor<'a> {
    /// Another file.
    pub other: &'a [u8],
    /// Words of the language.
    pub words: &'a [&'a str],
}

/// Any change of these kinds.
pub fn change(kinds: &'static [Kind]) -> impl Strategy<Value = Change> {
    let bytes = prop::collection::vec(any::<u8>(), 1..48);
    (select(kinds), any::<u32>(), any::<u32>(), bytes).prop_map(|(kind, at, more, bytes)| Change {
        kind,
        at,
        more,
        bytes,
    })
}

/// What draws the case of this number, the same whatever other cases were drawn before.
pub fn runner(seed: u64, case: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&case.to_le_bytes());
    let config = Config { failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

impl Change {
    /// Makes the change. The result depends on the arguments alone.
    pub fn apply(&self, text: &mut Vec<u8>, donor: Donor<'_>) {
        let at = share(self.at, text.len() + 1);
        let end = at + share(self.more, (text.len() - at).min(400) + 1);
        match self.kind {
            Kind::Truncate => text.truncate(at),
            Kind::Nul => insert(text, at, &vec![0; self.bytes.len()]),
            Kind::RandomBytes => {
                let end = text.len().min(at + self.bytes.len());
                text.splice(at..end, self.bytes.iter().copied());
            }
            Kind::FlipBits => {
                let length = text.len();
                for (step, byte) in (1u32..).zip(&self.bytes).take(6) {
                    let at = share(self.at.wrapping_mul(step.wrapping_mul(0x9E37_79B1)), length);
                    if let Some(slot) = text.get_mut(at) {
                        *slot ^= 1 << (byte % 8);
                    }
                }
            }
            Kind::DeleteLines => self.lines(text, |lines, from, to| {
                lines.drain(from..to);
            }),
            Kind::DuplicateLines => self.lines(text, |lines, from, to| {
                let copy = lines[from..to].to_vec();
                lines.splice(to..to, copy);
            }),
            Kind::ShuffleLines => self.lines(text, |lines, from, to| {
                for index in from..to {
                    let other = from + (self.more as usize).wrapping_mul(index + 7) % (to - from);
                    lines.swap(index, other);
                }
            }),
            Kind::Crlf => *text = replaced(text, b"\n", b"\r\n"),
            Kind::ByteOrderMark => insert(text, 0, b"\xEF\xBB\xBF"),
            Kind::InvalidUtf8 => insert(text, at, &[0xFF, 0xC3, 0x28, 0xE2, 0x82][..1 + self.more as usize % 5]),
            Kind::Repeat => {
                let piece = text.get(at..end.max(at + 1).min(text.len())).unwrap_or_default().to_vec();
                if !piece.is_empty() {
                    let times = REPEATED[self.bytes.len() % REPEATED.len()] / piece.len();
                    insert(text, at, &piece.repeat(times));
                }
            }
            Kind::Swap => *text = donor.other.to_vec(),
            Kind::Empty => text.clear(),
            Kind::Unbracket => {
                let all: &[&[u8]] = &[b"{", b"}", b"[", b"]", b"(", b")", b"\"", b"'", b"{}", b"[](){}"];
                let gone = all[self.more as usize % all.len()];
                text.retain(|byte| !gone.contains(byte));
            }
            Kind::NonPrintable => {
                let all: &[&str] = &[
                    "\u{1b}[2J",
                    "\u{202e}",
                    "\u{7}",
                    "\u{8}\u{8}",
                    "\u{9b}31m",
                    "\u{2028}",
                    "\r",
                    "\u{feff}",
                    "\u{1}",
                ];
                insert(text, at, all[self.more as usize % all.len()].as_bytes());
            }
            Kind::Word => {
                if let Some(word) = donor.words.get(share(self.more, donor.words.len())) {
                    insert(text, at, word.as_bytes());
                }
            }
            Kind::Splice => {
                let from = share(self.more, donor.other.len() + 1);
                let to = donor.other.len().min(from + self.bytes.len() * 4);
                let end = text.len().min(at + self.bytes.len() % 8 * 4);
                text.splice(at..end, donor.other[from..to].iter().copied());
            }
        }
    }

    /// Hands a range of lines to `work`, one line at least when there is any.
    fn lines(&self, text: &mut Vec<u8>, work: impl FnOnce(&mut Vec<Vec<u8>>, usize, usize)) {
        let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if lines.is_empty() {
            return;
        }
        let from = share(self.at, lines.len());
        let to = from + 1 + share(self.more, (lines.len() - from).min(12));
        let to = to.min(lines.len());
        work(&mut lines, from, to);
        *text = lines.concat();
    }
}

/// `value` as a place among `length` ones; 0 when there is none.
fn share(value: u32, length: usize) -> usize {
    ((u64::from(value) * length as u64) >> 32) as usize
}

fn insert(text: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    text.splice(at..at, bytes.iter().copied());
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        result.extend_from_slice(&rest[..at]);
        result.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    result.extend_from_slice(rest);
    result
}
