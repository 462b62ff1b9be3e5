//! Packs: many objects in one file, most of them as changes of others (git's `pack-format`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::super::beneath::Beneath;
use super::GitError;
use super::delta::apply;
use super::id::{HashKind, ObjectId};
use super::objects::{Fault, Kind, Object, inflate};
use super::pack_index::PackIndex;
use crate::base::ReadError;

/// Bounds for one object: how many changes it may be made of, how large a part may be, and how many bytes all parts may have.
const MOST_CHANGES: usize = 4096;
pub(super) const MOST_PART_BYTES: u64 = 16 * 1024 * 1024;
const MOST_WORK: u64 = 128 * 1024 * 1024;
/// Parts that are kept, because other objects are changes of them.
const MOST_KEPT_BYTES: usize = 32 * 1024 * 1024;
/// More packs than git leaves.
const MOST_PACKS: usize = 10_000;

pub(super) const CORRUPT: Fault = Fault::Corrupt("is in a corrupt pack");

/// The packs of one place.
pub(super) struct Packs {
    packs: Vec<Pack>,
    hash: HashKind,
    kept: BTreeMap<(usize, u64), Part>,
    kept_bytes: usize,
}

struct Pack {
    index: PackIndex,
    content: File,
}

/// An object that was put together.
#[derive(Clone)]
struct Part {
    bytes: Vec<u8>,
    kind: Kind,
    /// How many bytes were made for it in all. The same whether its parts were kept or made anew.
    work: u64,
    changes: usize,
}

/// How a pack holds an object.
enum Stored {
    Whole(Kind),
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
            let opened = PackIndex::open(file, index_size, hash);
            let index = opened.map_err(|_| unreadable(&index, &"is no index of a pack"))?;
            packs.packs.push(Pack { index, content });
        }
        Ok(packs)
    }

    /// An object; none when no pack has it.
    pub(super) fn object(&mut self, object: &ObjectId, limit: usize) -> Result<Option<Object>, Fault> {
        for number in 0..self.packs.len() {
            let Some(pack) = self.packs.get_mut(number) else { break };
            let Some(offset) = pack.index.find(object)? else { continue };
            let part = self.part(number, offset)?;
            if part.bytes.len() > limit {
                return Err(Fault::TooLarge(part.bytes.len() as u64, limit));
            }
            return Ok(Some(Object { kind: part.kind, bytes: part.bytes }));
        }
        Ok(None)
    }

    /// Adds the objects whose names begin with these hexadecimal digits, of which there are two at least.
    pub(super) fn beginning(&mut self, digits: &str, found: &mut BTreeSet<ObjectId>) -> Result<(), Fault> {
        self.packs.iter_mut().try_for_each(|pack| pack.index.beginning(digits, found))
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
            1 => Stored::Whole(Kind::Commit),
            2 => Stored::Whole(Kind::Tree),
            3 => Stored::Whole(Kind::Blob),
            4 => Stored::Whole(Kind::Tag),
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
                Stored::Changes(self.index.find(&ObjectId::new(&name))?.ok_or(CORRUPT)?)
            }
            _ => return Err(CORRUPT),
        };
        let used = bytes.len() - rest.len();
        self.content.seek(SeekFrom::Start(offset + used as u64))?;
        Ok((stored, size))
    }
}
