//! Packs: many objects in one file, most of them as changes of others (git's `pack-format`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::super::beneath::Beneath;
use super::GitError;
use super::index::{HashKind, ObjectId};
use super::objects::{Fault, inflate};
use crate::base::ReadError;

/// Bounds for one object: how many changes it may be made of, how large a part may be, and how many bytes all parts may have.
const MOST_CHANGES: usize = 4096;
const MOST_PART_BYTES: u64 = 16 * 1024 * 1024;
const MOST_WORK: u64 = 128 * 1024 * 1024;
/// Parts that are kept, because other objects are changes of them.
const MOST_KEPT_BYTES: usize = 32 * 1024 * 1024;
/// The part of a pack's index that objects with the same first byte have.
const MOST_BUCKET_BYTES: u64 = 8 * 1024 * 1024;
/// More packs than git leaves.
const MOST_PACKS: usize = 10_000;

const CORRUPT: Fault = Fault::Corrupt("is in a corrupt pack");

/// The packs of one place.
pub(super) struct Packs {
    packs: Vec<Pack>,
    hash: HashKind,
    kept: BTreeMap<(usize, u64), Part>,
    kept_bytes: usize,
}

struct Pack {
    index: File,
    index_size: u64,
    content: File,
    /// How many objects have this first byte or a lower one.
    fanout: Vec<u32>,
    is_old: bool,
}

/// An object that was put together.
#[derive(Clone)]
struct Part {
    bytes: Vec<u8>,
    kind: u8,
    /// How many bytes were made for it in all. The same whether its parts were kept or made anew.
    work: u64,
    changes: usize,
}

/// How a pack holds an object.
enum Stored {
    Whole(u8),
    /// As changes of the object at this place.
    Changes(u64),
}

impl Packs {
    /// The packs in `pack/` of a folder of objects.
    pub(super) fn open(folder: &Beneath, hash: HashKind) -> Result<Self, GitError> {
        let unreadable =
            |name: &str, reason: &dyn ToString| GitError::unreadable(&folder.path().join(name), reason.to_string());
        let mut packs = Self { packs: Vec::new(), hash, kept: BTreeMap::new(), kept_bytes: 0 };
        let mut names: Vec<String> = match folder.list("pack") {
            Ok(items) => items.into_iter().filter_map(|item| item.name.into_string().ok()).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(packs),
            Err(error) => return Err(unreadable("pack", &super::super::beneath::read_error(&error))),
        };
        names.retain(|name| name.starts_with("pack-") && Path::new(name).extension().is_some_and(|end| end == "idx"));
        names.sort_unstable();
        if names.len() > MOST_PACKS {
            return Err(unreadable("pack", &format!("more than {MOST_PACKS} packs")));
        }
        for name in names {
            let index = format!("pack/{name}");
            let content = format!("{}.pack", index.trim_end_matches(".idx"));
            let (file, index_size) = folder.file(&index).map_err(|error| unreadable(&index, &error))?;
            let content = match folder.file(&content) {
                Ok((content, _)) => content,
                // git passes over an index without a pack as well.
                Err(ReadError::NotFound) => continue,
                Err(error) => return Err(unreadable(&content, &error)),
            };
            let pack = Pack::open(file, index_size, content, hash)
                .map_err(|_| unreadable(&index, &"is no index of a pack"))?;
            packs.packs.push(pack);
        }
        Ok(packs)
    }

    /// A file's content; none when no pack has it.
    pub(super) fn blob(&mut self, object: &ObjectId, limit: usize) -> Result<Option<Vec<u8>>, Fault> {
        for number in 0..self.packs.len() {
            let Some(pack) = self.packs.get_mut(number) else { break };
            let Some(offset) = pack.find(object, self.hash)? else { continue };
            let part = self.part(number, offset)?;
            // commit, tree, file, tag
            if part.kind != 3 {
                return Err(Fault::Corrupt("is no file"));
            }
            if part.bytes.len() > limit {
                return Err(Fault::TooLarge(part.bytes.len() as u64, limit));
            }
            return Ok(Some(part.bytes));
        }
        Ok(None)
    }

    /// Puts the object at `offset` together: from one that is whole, through all changes.
    fn part(&mut self, number: usize, offset: u64) -> Result<Part, Fault> {
        let mut changes: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut at = offset;
        let mut taken = 0;
        let mut part = loop {
            if let Some(kept) = self.kept.get(&(number, at)) {
                break kept.clone();
            }
            let pack = self.packs.get_mut(number).ok_or(CORRUPT)?;
            let (stored, size) = pack.head(at, self.hash)?;
            taken += size;
            if size > MOST_PART_BYTES || taken > MOST_WORK {
                return Err(Fault::TooLarge(size, usize::try_from(MOST_PART_BYTES).unwrap_or(usize::MAX)));
            }
            let bytes = inflate(&mut pack.content, usize::try_from(size).map_err(|_| CORRUPT)?)?;
            match stored {
                Stored::Whole(kind) => break Part { bytes, kind, work: size, changes: 0 },
                Stored::Changes(base) => {
                    changes.push((at, bytes));
                    if changes.len() > MOST_CHANGES {
                        return Err(Fault::Corrupt("is made of too many changes"));
                    }
                    at = base;
                }
            }
        };
        self.keep(number, at, &part);
        for (at, change) in changes.into_iter().rev() {
            let bytes = apply(&part.bytes, &change)?;
            let work = part.work + change.len() as u64 + bytes.len() as u64;
            part = Part { bytes, kind: part.kind, work, changes: part.changes + 1 };
            if part.work > MOST_WORK || part.changes > MOST_CHANGES {
                return Err(Fault::Corrupt("is made of too many changes"));
            }
            self.keep(number, at, &part);
        }
        Ok(part)
    }

    fn keep(&mut self, number: usize, offset: u64, part: &Part) {
        if part.bytes.len() > MOST_KEPT_BYTES / 8 || self.kept.contains_key(&(number, offset)) {
            return;
        }
        if self.kept_bytes + part.bytes.len() > MOST_KEPT_BYTES {
            self.kept.clear();
            self.kept_bytes = 0;
        }
        self.kept_bytes += part.bytes.len();
        self.kept.insert((number, offset), part.clone());
    }
}

impl Pack {
    fn open(mut index: File, index_size: u64, content: File, hash: HashKind) -> Result<Self, Fault> {
        let mut head = [0; 8];
        index.read_exact(&mut head)?;
        let is_old = head.get(..4) != Some(b"\xfftOc");
        if is_old {
            index.seek(SeekFrom::Start(0))?;
        } else if head.get(4..) != Some(&[0, 0, 0, 2]) {
            return Err(CORRUPT);
        }
        let mut table = [0; 1024];
        index.read_exact(&mut table)?;
        let fanout: Vec<u32> = table.chunks_exact(4).filter_map(number_of).collect();
        let all = u64::from(fanout.last().copied().unwrap_or_default());
        let is_sorted = fanout.is_sorted();
        if !is_sorted || all * (hash.len() as u64 + 4) > index_size {
            return Err(CORRUPT);
        }
        Ok(Self { index, index_size, content, fanout, is_old })
    }

    /// Where an object is, when this pack has it.
    fn find(&mut self, object: &ObjectId, hash: HashKind) -> Result<Option<u64>, Fault> {
        let first = usize::from(object.bytes().first().copied().unwrap_or_default());
        let below = first.checked_sub(1).and_then(|below| self.fanout.get(below)).copied().unwrap_or_default();
        let upto = self.fanout.get(first).copied().unwrap_or_default();
        let (below, count) = (u64::from(below), u64::from(upto.saturating_sub(below)));
        let all = u64::from(self.fanout.last().copied().unwrap_or_default());
        let name = hash.len() as u64;
        let (start, width) = if self.is_old { (1024, name + 4) } else { (1032, name) };
        if count == 0 {
            return Ok(None);
        }
        if count * width > MOST_BUCKET_BYTES {
            return Err(CORRUPT);
        }
        let bucket = self.bytes(start + below * width, count * width)?;
        let row_width = usize::try_from(width).map_err(|_| CORRUPT)?;
        let skipped = row_width - hash.len();
        let rows: Vec<&[u8]> = bucket.chunks_exact(row_width).collect();
        let Ok(found) = rows.binary_search_by(|row| row.get(skipped..).unwrap_or_default().cmp(object.bytes())) else {
            return Ok(None);
        };
        if self.is_old {
            let offset = rows.get(found).and_then(|row| row.get(..4)).and_then(number_of).ok_or(CORRUPT)?;
            return Ok(Some(u64::from(offset)));
        }
        let row = below + found as u64;
        // names, checksums, offsets, large offsets
        let offsets = 1032 + all * (name + 4);
        let offset = number_of(&self.bytes(offsets + row * 4, 4)?).ok_or(CORRUPT)?;
        if offset & 0x8000_0000 == 0 {
            return Ok(Some(u64::from(offset)));
        }
        let large = offsets + all * 4 + u64::from(offset & 0x7fff_ffff) * 8;
        let bytes: [u8; 8] = self.bytes(large, 8)?.try_into().map_err(|_| CORRUPT)?;
        Ok(Some(u64::from_be_bytes(bytes)))
    }

    fn bytes(&mut self, at: u64, count: u64) -> Result<Vec<u8>, Fault> {
        if at.checked_add(count).is_none_or(|end| end > self.index_size) {
            return Err(CORRUPT);
        }
        self.index.seek(SeekFrom::Start(at))?;
        let mut bytes = vec![0; usize::try_from(count).map_err(|_| CORRUPT)?];
        self.index.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// How the object at `offset` is stored, and how many bytes its content or its changes have. Afterwards the content is at
    /// its beginning.
    fn head(&mut self, offset: u64, hash: HashKind) -> Result<(Stored, u64), Fault> {
        self.content.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        (&mut self.content).take(64).read_to_end(&mut bytes)?;
        let mut rest = bytes.iter().copied();
        let first = rest.next().ok_or(CORRUPT)?;
        let kind = (first >> 4) & 7;
        let mut size = u64::from(first & 0x0f);
        let mut more = first & 0x80 != 0;
        let mut shift = 4;
        while more {
            let byte = rest.next().filter(|_| shift < 57).ok_or(CORRUPT)?;
            size |= u64::from(byte & 0x7f) << shift;
            more = byte & 0x80 != 0;
            shift += 7;
        }
        let stored = match kind {
            1..=4 => Stored::Whole(kind),
            6 => {
                let mut distance = 0_u64;
                loop {
                    let byte = rest.next().ok_or(CORRUPT)?;
                    distance = distance
                        .checked_mul(128)
                        .and_then(|all| all.checked_add(u64::from(byte & 0x7f)))
                        .ok_or(CORRUPT)?;
                    if byte & 0x80 == 0 {
                        break;
                    }
                    distance = distance.checked_add(1).ok_or(CORRUPT)?;
                }
                let base = offset.checked_sub(distance).filter(|_| distance > 0).ok_or(CORRUPT)?;
                Stored::Changes(base)
            }
            7 => {
                let name: Vec<u8> = rest.by_ref().take(hash.len()).collect();
                // A pack on disk holds the objects that its own are changes of.
                Stored::Changes(self.find(&ObjectId::new(&name), hash)?.ok_or(CORRUPT)?)
            }
            _ => return Err(CORRUPT),
        };
        let used = bytes.len() - rest.len();
        self.content.seek(SeekFrom::Start(offset + used as u64))?;
        Ok((stored, size))
    }
}

fn number_of(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}

/// Makes an object of another and its changes: parts that are copied, and parts that are new.
fn apply(base: &[u8], changes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut rest = changes.iter().copied();
    let from = size_of(&mut rest)?;
    let to = size_of(&mut rest)?;
    if from != base.len() as u64 || to > MOST_PART_BYTES {
        return Err(CORRUPT);
    }
    let size = usize::try_from(to).map_err(|_| CORRUPT)?;
    let mut out = Vec::with_capacity(size);
    while let Some(command) = rest.next() {
        if command & 0x80 != 0 {
            let mut number = |bits: u8, count: u8| {
                let mut value = 0;
                for index in 0..count {
                    if bits & (1 << index) != 0 {
                        value |= usize::from(rest.next()?) << (8 * index);
                    }
                }
                Some(value)
            };
            let start = number(command & 0x0f, 4).ok_or(CORRUPT)?;
            let length = match number((command >> 4) & 7, 3).ok_or(CORRUPT)? {
                0 => 0x10000,
                length => length,
            };
            out.extend_from_slice(start.checked_add(length).and_then(|end| base.get(start..end)).ok_or(CORRUPT)?);
        } else if command != 0 {
            let before = out.len();
            out.extend(rest.by_ref().take(usize::from(command)));
            if out.len() - before != usize::from(command) {
                return Err(CORRUPT);
            }
        } else {
            return Err(CORRUPT);
        }
        if out.len() > size {
            return Err(CORRUPT);
        }
    }
    if out.len() == size { Ok(out) } else { Err(CORRUPT) }
}

/// A number of seven bits a byte, the lowest first.
fn size_of(rest: &mut impl Iterator<Item = u8>) -> Result<u64, Fault> {
    let mut size = 0;
    for shift in (0..57).step_by(7) {
        let byte = rest.next().ok_or(CORRUPT)?;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(size);
        }
    }
    Err(CORRUPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_copy_and_add() {
        // from 5 bytes to 7: copy 3 bytes from 1, add `XY`, copy 2 bytes from 0
        let changes = [5, 7, 0x91, 1, 3, 2, b'X', b'Y', 0x90, 2];
        assert_eq!(apply(b"abcde", &changes).unwrap(), b"bcdXYab");
    }

    #[test]
    fn changes_that_lie_are_refused() {
        let cases: [&[u8]; 8] = [
            &[4, 1, 1, b'a'],
            &[5, 2, 1, b'a'],
            &[5, 1, 2, b'a', b'b'],
            &[5, 3, 0x91, 4, 3],
            &[5, 1, 0],
            &[5, 4, 3, b'a'],
            &[5, 0xff, 0xff, 0xff, 0xff, 0x7f],
            &[],
        ];
        for changes in cases {
            assert!(apply(b"abcde", changes).is_err(), "{changes:?}");
        }
    }
}
