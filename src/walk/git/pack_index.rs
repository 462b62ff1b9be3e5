//! Where in a pack each object is (git's `pack-format`, versions 1 and 2 of the index).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::id::{HashKind, ObjectId};
use super::objects::Fault;
use super::pack::CORRUPT;

/// The part of a pack's index that objects with the same first byte have.
const MOST_BUCKET_BYTES: u64 = 8 * 1024 * 1024;

/// The index of one pack.
pub(super) struct PackIndex {
    file: File,
    size: u64,
    hash: HashKind,
    /// How many objects have this first byte or a lower one.
    fanout: Vec<u32>,
    is_old: bool,
}

/// The rows of the objects with one first byte.
struct Bucket {
    bytes: Vec<u8>,
    /// How many rows are before them.
    below: u64,
    /// Bytes of a row, of which this many are before the name.
    width: usize,
    skipped: usize,
}

impl Bucket {
    fn rows(&self) -> usize {
        self.bytes.len() / self.width
    }

    fn name(&self, row: usize) -> &[u8] {
        let start = row * self.width;
        self.bytes.get(start + self.skipped..start + self.width).unwrap_or_default()
    }

    /// The row of an object: they are sorted by name.
    fn row(&self, object: &ObjectId) -> Option<usize> {
        let (mut from, mut to) = (0, self.rows());
        while from < to {
            let middle = from.midpoint(to);
            match self.name(middle).cmp(object.bytes()) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => from = middle + 1,
                std::cmp::Ordering::Greater => to = middle,
            }
        }
        None
    }
}

impl PackIndex {
    /// Reads the head of an index file of `size` bytes.
    pub(super) fn open(mut file: File, size: u64, hash: HashKind) -> Result<Self, Fault> {
        let mut head = [0; 8];
        file.read_exact(&mut head)?;
        let is_old = head.get(..4) != Some(b"\xfftOc");
        if is_old {
            file.seek(SeekFrom::Start(0))?;
        } else if head.get(4..) != Some(&[0, 0, 0, 2]) {
            return Err(CORRUPT);
        }
        let mut table = [0; 1024];
        file.read_exact(&mut table)?;
        let fanout: Vec<u32> = table.chunks_exact(4).filter_map(number_of).collect();
        let all = u64::from(fanout.last().copied().unwrap_or_default());
        if !fanout.is_sorted() || all * (hash.len() as u64 + 4) > size {
            return Err(CORRUPT);
        }
        Ok(Self { file, size, hash, fanout, is_old })
    }

    /// Where an object is, when this pack has it.
    pub(super) fn find(&mut self, object: &ObjectId) -> Result<Option<u64>, Fault> {
        let first = object.bytes().first().copied().unwrap_or_default();
        let Some(bucket) = self.bucket(first)? else { return Ok(None) };
        let Some(found) = bucket.row(object) else { return Ok(None) };
        if self.is_old {
            let start = found * bucket.width;
            let offset = bucket.bytes.get(start..start + 4).and_then(number_of).ok_or(CORRUPT)?;
            return Ok(Some(u64::from(offset)));
        }
        let row = bucket.below + found as u64;
        // names, checksums, offsets, large offsets
        let all = u64::from(self.fanout.last().copied().unwrap_or_default());
        let offsets = 1032 + all * (self.hash.len() as u64 + 4);
        let offset = number_of(&self.bytes(offsets + row * 4, 4)?).ok_or(CORRUPT)?;
        if offset & 0x8000_0000 == 0 {
            return Ok(Some(u64::from(offset)));
        }
        let large = offsets + all * 4 + u64::from(offset & 0x7fff_ffff) * 8;
        let bytes: [u8; 8] = self.bytes(large, 8)?.try_into().map_err(|_| CORRUPT)?;
        Ok(Some(u64::from_be_bytes(bytes)))
    }

    /// Adds the objects whose names begin with these hexadecimal digits, of which there are two at least.
    pub(super) fn beginning(&mut self, digits: &str, found: &mut BTreeSet<ObjectId>) -> Result<(), Fault> {
        let first = digits.get(..2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or(CORRUPT)?;
        let Some(bucket) = self.bucket(first)? else { return Ok(()) };
        let names = (0..bucket.rows()).map(|row| ObjectId::new(bucket.name(row)));
        found.extend(names.filter(|name| name.hex().starts_with(digits)));
        Ok(())
    }

    /// The rows of the objects with this first byte; none when there are none.
    fn bucket(&mut self, first: u8) -> Result<Option<Bucket>, Fault> {
        let first = usize::from(first);
        let below = first.checked_sub(1).and_then(|below| self.fanout.get(below)).copied().unwrap_or_default();
        let upto = self.fanout.get(first).copied().unwrap_or_default();
        let (below, count) = (u64::from(below), u64::from(upto.saturating_sub(below)));
        let name = self.hash.len();
        let (start, width) = if self.is_old { (1024, name + 4) } else { (1032, name) };
        if count == 0 {
            return Ok(None);
        }
        if count * width as u64 > MOST_BUCKET_BYTES {
            return Err(CORRUPT);
        }
        let bytes = self.bytes(start + below * width as u64, count * width as u64)?;
        Ok(Some(Bucket { bytes, below, width, skipped: width - name }))
    }

    fn bytes(&mut self, at: u64, count: u64) -> Result<Vec<u8>, Fault> {
        if at.checked_add(count).is_none_or(|end| end > self.size) {
            return Err(CORRUPT);
        }
        self.file.seek(SeekFrom::Start(at))?;
        let mut bytes = vec![0; usize::try_from(count).map_err(|_| CORRUPT)?];
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

fn number_of(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}
