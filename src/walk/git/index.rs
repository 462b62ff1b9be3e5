//! The index file, versions 2 to 4 (git's `index-format`).

use std::path::Path;

use super::GitError;
use super::id::{HashKind, ObjectId};

/// No file system takes a longer path.
const MOST_PATH_BYTES: usize = 4096;
/// Of the flags: more of them follow.
const EXTENDED: u16 = 0x4000;
/// Of those that follow.
const SKIP_WORKTREE: u16 = 0x4000;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    File,
    Link,
    Submodule,
    /// A folder that a sparse index does not list; its path ends with `/`.
    Folder,
}

impl Mode {
    /// What the number says that git writes for it.
    pub(super) fn of(number: u32) -> Option<Self> {
        match number >> 12 {
            0o10 => Some(Self::File),
            0o12 => Some(Self::Link),
            0o16 => Some(Self::Submodule),
            0o4 => Some(Self::Folder),
            _ => None,
        }
    }
}

/// Whose side of a conflict an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Merged,
    Base,
    Ours,
    Theirs,
}

/// An entry.
pub(super) struct Found<'a> {
    pub path: &'a [u8],
    pub object: ObjectId,
    pub mode: Mode,
    pub stage: Stage,
    /// Whether a sparse checkout leaves it out of the working tree.
    pub is_skipped: bool,
}

/// Tells `each` of every entry; an empty file has none.
pub(super) fn read(bytes: &[u8], hash: HashKind, each: &mut dyn FnMut(Found<'_>)) -> Result<(), GitError> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut reader = Reader { bytes, at: 0, hash };
    if reader.take(4)? != b"DIRC" {
        return Err(corrupt("is no index"));
    }
    let version = reader.number()?;
    if !(2..=4).contains(&version) {
        return Err(GitError::Unsupported(format!("version {version} of the index is not known")));
    }
    let count = reader.number()?;
    let mut path = Vec::new();
    let mut nameless = false;
    for _ in 0..count {
        let Fields { object, mode, stage, is_skipped } = reader.entry(version, &mut path)?;
        let mode = Mode::of(mode).ok_or_else(|| corrupt("has an entry that is no file"))?;
        nameless |= path.is_empty();
        each(Found { path: &path, object, mode, stage, is_skipped });
    }
    reader.extensions()?;
    // One that is split has such entries, and was refused by its extension.
    if nameless { Err(corrupt("has an entry without a path")) } else { Ok(()) }
}

/// What stands before and behind the path of an entry.
struct Fields {
    object: ObjectId,
    mode: u32,
    stage: Stage,
    is_skipped: bool,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    hash: HashKind,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], GitError> {
        let end = self.at.checked_add(count).ok_or_else(|| corrupt("ends early"))?;
        let taken = self.bytes.get(self.at..end).ok_or_else(|| corrupt("ends early"))?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, GitError> {
        let bytes: [u8; 4] = self.take(4)?.try_into().map_err(|_| corrupt("ends early"))?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn short(&mut self) -> Result<u16, GitError> {
        let bytes: [u8; 2] = self.take(2)?.try_into().map_err(|_| corrupt("ends early"))?;
        Ok(u16::from_be_bytes(bytes))
    }

    /// The next entry; `path` holds the one before and becomes this one's.
    fn entry(&mut self, version: u32, path: &mut Vec<u8>) -> Result<Fields, GitError> {
        let start = self.at;
        // times, device and inode
        self.take(24)?;
        let mode = self.number()?;
        // owner and size
        self.take(12)?;
        let object = ObjectId::new(self.take(self.hash.len())?);
        let flags = self.short()?;
        let more = if flags & EXTENDED != 0 { self.short()? } else { 0 };
        if version == 4 {
            let dropped = self.variable()?;
            let kept = path.len().checked_sub(dropped).ok_or_else(|| corrupt("has a path that begins nowhere"))?;
            path.truncate(kept);
        } else {
            path.clear();
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = memchr::memchr(0, rest).ok_or_else(|| corrupt("ends early"))?;
        path.extend_from_slice(self.take(length)?);
        if path.len() > MOST_PATH_BYTES {
            return Err(corrupt("has a path that is too long"));
        }
        // One NUL ends the path; the older versions fill up to a multiple of eight.
        let taken = self.at - start;
        self.take(if version == 4 { 1 } else { 8 - taken % 8 })?;
        let stage = match (flags >> 12) & 3 {
            0 => Stage::Merged,
            1 => Stage::Base,
            2 => Stage::Ours,
            _ => Stage::Theirs,
        };
        Ok(Fields { object, mode, stage, is_skipped: more & SKIP_WORKTREE != 0 })
    }

    /// A number of seven bits a byte, the highest first, without two ways to write one.
    fn variable(&mut self) -> Result<usize, GitError> {
        let mut value = 0_usize;
        for index in 0..5 {
            let byte = self.take(1)?.first().copied().unwrap_or_default();
            value = (value << 7) | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            value += 1;
            if index == 4 {
                break;
            }
        }
        Err(corrupt("has a number without an end"))
    }

    /// What follows the entries. Some of it may be skipped; some of it changes what the entries mean.
    fn extensions(&mut self) -> Result<(), GitError> {
        while self.bytes.len() - self.at >= self.hash.len() + 8 {
            let name = self.take(4)?;
            let size = self.number()?;
            self.take(usize::try_from(size).map_err(|_| corrupt("ends early"))?)?;
            match name {
                b"link" => {
                    let why = "it is split over two files, which is not read (`git update-index --no-split-index`)";
                    return Err(GitError::Unsupported(why.to_owned()));
                }
                // some entries are folders
                b"sdir" => {}
                [first, ..] if first.is_ascii_uppercase() => {}
                _ => {
                    let name = String::from_utf8_lossy(name);
                    return Err(GitError::Unsupported(format!("its extension `{name}` is not known")));
                }
            }
        }
        Ok(())
    }
}

fn corrupt(reason: &str) -> GitError {
    GitError::unreadable(Path::new("index"), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: u32, stage: u16, path: &str) -> Vec<u8> {
        let mut bytes = vec![0; 24];
        bytes.extend(mode.to_be_bytes());
        bytes.extend([0; 12]);
        bytes.extend([7; 20]);
        bytes.extend(((stage << 12) | u16::try_from(path.len()).unwrap()).to_be_bytes());
        bytes.extend(path.as_bytes());
        bytes.resize(bytes.len() + 8 - bytes.len() % 8, 0);
        bytes
    }

    fn index(entries: &[Vec<u8>], extensions: &[u8]) -> Vec<u8> {
        let count = u32::try_from(entries.len()).unwrap();
        let head = [&b"DIRC"[..], &2_u32.to_be_bytes(), &count.to_be_bytes()].concat();
        [head, entries.concat(), extensions.to_vec(), vec![0; 20]].concat()
    }

    fn listed(bytes: &[u8]) -> Result<Vec<(String, Mode, Stage)>, String> {
        let mut all = Vec::new();
        let each = &mut |found: Found<'_>| {
            all.push((String::from_utf8_lossy(found.path).into_owned(), found.mode, found.stage));
        };
        read(bytes, HashKind::Sha1, each).map_err(|error| error.to_string())?;
        Ok(all)
    }

    #[test]
    fn entries_are_files_links_submodules_and_sides() {
        let bytes = index(
            &[
                entry(0o100_644, 0, "a"),
                entry(0o120_000, 0, "b/link"),
                entry(0o160_000, 0, "c"),
                entry(0o100_755, 2, "d"),
                entry(0o100_755, 3, "d"),
                entry(0o040_000, 0, "e/"),
            ],
            b"TREE\0\0\0\0",
        );
        let expected = [
            ("a", Mode::File, Stage::Merged),
            ("b/link", Mode::Link, Stage::Merged),
            ("c", Mode::Submodule, Stage::Merged),
            ("d", Mode::File, Stage::Ours),
            ("d", Mode::File, Stage::Theirs),
            ("e/", Mode::Folder, Stage::Merged),
        ];
        assert_eq!(listed(&bytes).unwrap(), expected.map(|(path, mode, stage)| (path.to_owned(), mode, stage)));
        assert_eq!(listed(&[]).unwrap(), []);
    }

    #[test]
    fn what_is_not_read_is_refused() {
        let file = entry(0o100_644, 0, "a");
        let cases = [
            (index(std::slice::from_ref(&file), b"link\0\0\0\0"), "it is split over two files"),
            (index(std::slice::from_ref(&file), b"zzzz\0\0\0\0"), "its extension `zzzz` is not known"),
            (index(std::slice::from_ref(&file), b"TREE\xff\xff\xff\xff"), "ends early"),
            (index(&[entry(0o100_644, 0, "")], b""), "has an entry without a path"),
            (index(&[entry(0o070_000, 0, "a")], b""), "has an entry that is no file"),
            (b"DIRC\0\0\0\x09\0\0\0\0".to_vec(), "version 9 of the index is not known"),
            (b"nothing".to_vec(), "is no index"),
        ];
        for (bytes, reason) in cases {
            let error = listed(&bytes).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn no_cut_and_no_changed_byte_panics() {
        let whole = index(&[entry(0o100_644, 0, "a"), entry(0o100_644, 0, "b/c")], b"TREE\0\0\0\x02ab");
        for version in [2, 3, 4] {
            let mut bytes = whole.clone();
            bytes[7] = version;
            for length in 0..bytes.len() {
                let _ = listed(&bytes[..length]);
            }
            for at in 0..bytes.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut changed = bytes.clone();
                    changed[at] = value;
                    let _ = listed(&changed);
                }
            }
        }
    }
}
