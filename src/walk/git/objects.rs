//! The content of objects, from single files and from packs.
//!
//! Everything in them is a stranger's: sizes are checked before memory is taken, and the work for one object is bounded.

use std::collections::BTreeSet;
use std::io::Read;

use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use super::super::beneath::Beneath;
use super::GitError;
use super::id::{HashKind, ObjectId};
use super::locate::{self, Repository};
use super::pack::Packs;
use crate::base::ReadError;

/// The longest head of an object: its type, a space, its size and a NUL.
const MOST_HEAD_BYTES: usize = 32;
/// Compressed, an object is hardly longer than it is.
const MOST_COMPRESSED_BYTES: u64 = 2 * super::super::MAX_FILE_SIZE;
/// Lists of other places for objects.
const MOST_LIST_BYTES: u64 = 64 * 1024;
/// Places that name one another.
const MOST_STORES: usize = 16;

/// Where a repository has its objects.
pub(super) struct Objects {
    stores: Vec<Store>,
    hash: HashKind,
}

struct Store {
    folder: Beneath,
    packs: Packs,
}

impl Objects {
    /// The objects of a repository. Other places that it names are read when they are inside of its own folder.
    pub(super) fn open(repository: &Repository) -> Result<Self, GitError> {
        let common = repository.common.path();
        let own = common.join("objects");
        let first = locate::resolve(common, "objects").filter(|path| *path == own);
        let first = first.ok_or_else(|| GitError::unreadable(&own, "is no folder"))?;
        let mut paths = vec![first];
        let mut stores: Vec<Store> = Vec::new();
        while let Some(path) = paths.get(stores.len()).cloned() {
            let folder = Beneath::new(&path).map_err(|error| GitError::unreadable(&path, error))?;
            for alternate in alternates(&folder)? {
                let inside = locate::resolve(&path, &alternate).filter(|path| path.starts_with(common));
                let inside = inside.ok_or_else(|| {
                    let list = path.join("info/alternates");
                    GitError::Unsupported(format!(
                        "{} names objects outside of this repository, which are not read (`git repack -a -d` copies them; then remove that file)",
                        list.display()
                    ))
                })?;
                if !paths.contains(&inside) && paths.len() < MOST_STORES {
                    paths.push(inside);
                }
            }
            let packs = Packs::open(&folder, repository.hash)?;
            stores.push(Store { folder, packs });
        }
        Ok(Self { stores, hash: repository.hash })
    }

    /// A file's content.
    pub(super) fn blob(&mut self, object: &ObjectId, limit: usize) -> Result<Vec<u8>, Fault> {
        if self.hash.is_empty(object, Kind::Blob) {
            return Ok(Vec::new());
        }
        match self.find(object, limit)? {
            Some(found) if found.kind == Kind::Blob => Ok(found.bytes),
            Some(_) => Err(Fault::Corrupt("is no file")),
            None => Err(Fault::Missing),
        }
    }

    /// An object of any kind; none when it is not there.
    pub(super) fn find(&mut self, object: &ObjectId, limit: usize) -> Result<Option<Object>, Fault> {
        let name = object.hex();
        for store in &mut self.stores {
            if let Some(found) = loose(&store.folder, &name, limit)? {
                return Ok(Some(found));
            }
            if let Some(found) = store.packs.object(object, limit)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The objects whose names begin with these hexadecimal digits, of which there are two at least.
    pub(super) fn beginning(&mut self, digits: &str) -> Result<BTreeSet<ObjectId>, Fault> {
        let mut found = BTreeSet::new();
        let Some((folder, rest)) = digits.split_at_checked(2) else { return Ok(found) };
        for store in &mut self.stores {
            store.packs.beginning(digits, &mut found)?;
            let items = match store.folder.list(folder) {
                Ok(items) => items,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            let names = items.into_iter().filter_map(|item| item.name.into_string().ok());
            let alike = names.filter(|name| name.starts_with(rest)).map(|name| format!("{folder}{name}"));
            found.extend(alike.filter_map(|name| ObjectId::of_hex(name.as_bytes(), self.hash)));
        }
        Ok(found)
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    /// A folder.
    Tree,
    /// A file, or the target of a link.
    Blob,
    Tag,
}

/// An object that was read.
pub(super) struct Object {
    pub kind: Kind,
    pub bytes: Vec<u8>,
}

/// Why an object could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not as git writes it.
    Corrupt(&'static str),
    /// It is not there.
    Missing,
    /// It is larger than anything that is read.
    TooLarge(u64, usize),
    /// The system refused.
    Read(ReadError),
}

impl Fault {
    /// The fault as one of the object of this name.
    pub(super) fn about(self, object: &str) -> ReadError {
        match self {
            Self::Corrupt(reason) => ReadError::Other(format!("git object {object} {reason}")),
            Self::Missing => ReadError::Other(format!("git object {object} is missing")),
            Self::TooLarge(size, limit) => ReadError::TooLarge { size, limit: limit as u64 },
            Self::Read(error) => ReadError::Other(format!("git object {object}: {error}")),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Self::Read(super::super::beneath::read_error(&error))
    }
}

/// Lines of `info/alternates`.
fn alternates(folder: &Beneath) -> Result<Vec<String>, GitError> {
    let name = "info/alternates";
    let mut bytes = Vec::new();
    match folder.read(name, MOST_LIST_BYTES, &mut bytes) {
        Ok(()) => {}
        Err(ReadError::NotFound) => return Ok(Vec::new()),
        Err(error) => return Err(GitError::unreadable(&folder.path().join(name), error)),
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}

/// An object that has a file of its own.
fn loose(folder: &Beneath, name: &str, limit: usize) -> Result<Option<Object>, Fault> {
    let (first, rest) = name.split_at(2);
    let mut bytes = Vec::new();
    match folder.read(&format!("{first}/{rest}"), MOST_COMPRESSED_BYTES, &mut bytes) {
        Ok(()) => {}
        Err(ReadError::NotFound) => return Ok(None),
        Err(ReadError::TooLarge { size, .. }) => return Err(Fault::TooLarge(size, limit)),
        Err(error) => return Err(Fault::Read(error)),
    }
    let (mut content, whole) = match decompress_to_vec_zlib_with_limit(&bytes, MOST_HEAD_BYTES + limit) {
        Ok(content) => (content, true),
        Err(error) if error.status == TINFLStatus::HasMoreOutput => (error.output, false),
        Err(_) => return Err(Fault::Corrupt("is corrupt")),
    };
    let head = content.iter().take(MOST_HEAD_BYTES).position(|byte| *byte == 0).ok_or(Fault::Corrupt("is corrupt"))?;
    let text = content.get(..head).and_then(|head| std::str::from_utf8(head).ok()).unwrap_or_default();
    let (kind, size) = text.split_once(' ').ok_or(Fault::Corrupt("is corrupt"))?;
    let size: u64 = size.parse().map_err(|_| Fault::Corrupt("is corrupt"))?;
    let kind = match kind {
        "commit" => Kind::Commit,
        "tree" => Kind::Tree,
        "blob" => Kind::Blob,
        "tag" => Kind::Tag,
        _ => return Err(Fault::Corrupt("is of no known kind")),
    };
    if size > limit as u64 {
        return Err(Fault::TooLarge(size, limit));
    }
    content.drain(..=head);
    if whole && content.len() as u64 == size {
        Ok(Some(Object { kind, bytes: content }))
    } else {
        Err(Fault::Corrupt("is corrupt"))
    }
}

/// Decompresses what `source` begins with, which has to give exactly `size` bytes. The caller has checked that so many may
/// be taken.
pub(super) fn inflate(source: &mut impl Read, size: usize) -> Result<Vec<u8>, Fault> {
    let corrupt = Fault::Corrupt("is corrupt");
    let mut out = vec![0; size];
    let mut state = Box::<DecompressorOxide>::default();
    let mut input = [0; 8192];
    let (mut start, mut end, mut written) = (0, 0, 0);
    let mut ended = false;
    let fixed = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    loop {
        if start == end && !ended {
            (start, end) = (0, source.read(&mut input)?);
            ended = end == 0;
        }
        let flags = if ended { fixed } else { fixed | inflate_flags::TINFL_FLAG_HAS_MORE_INPUT };
        let chunk = input.get(start..end).unwrap_or_default();
        let (status, used, wrote) = decompress(&mut state, chunk, &mut out, written, flags);
        start += used;
        written += wrote;
        match status {
            TINFLStatus::Done if written == size => return Ok(out),
            // Without progress on what is there, and with all of it taken, more has to come.
            TINFLStatus::NeedsMoreInput if !ended && start == end => {}
            _ => return Err(corrupt),
        }
    }
}
