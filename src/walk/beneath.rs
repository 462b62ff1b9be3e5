//! Files below a folder, reached without following a link on the way.
//!
//! A repository may hold links that lead out of it, and pipes that nobody writes to. A file is opened here from the folder's
//! own handle: no part of the path may be a link, opening never waits, and what is no regular file is refused.
#![allow(clippy::disallowed_methods)] // this file is where the repository is read

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::base::ReadError;

/// A folder that was opened once.
#[derive(Debug)]
pub(super) struct Beneath {
    path: PathBuf,
    #[cfg(unix)]
    handle: std::os::fd::OwnedFd,
}

/// What a folder holds.
#[derive(Debug)]
pub(super) struct Item {
    pub name: OsString,
    pub kind: ItemKind,
}

/// What an item is, itself: a link is a link, wherever it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    File,
    Folder,
    Link,
    /// A pipe, a socket or a device.
    Special,
}

impl Beneath {
    /// Reads a file of at most `limit` bytes; `relative` has `/` between its parts.
    pub(super) fn read(&self, relative: &str, limit: u64, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        buffer.clear();
        let (file, size) = self.file(relative)?;
        if size > limit {
            return Err(ReadError::TooLarge { size, limit });
        }
        buffer.reserve(usize::try_from(size).unwrap_or(0) + 1);
        // A file may grow while it is read. No more is asked for than it had: the answer that there is no more costs a call.
        file.take(size).read_to_end(buffer).map_err(|error| read_error(&error))?;
        Ok(())
    }

    /// Opens a regular file; its size comes with it.
    pub(super) fn file(&self, relative: &str) -> Result<(File, u64), ReadError> {
        let file = self.open(relative).map_err(|error| read_error(&error))?;
        let metadata = file.metadata().map_err(|error| read_error(&error))?;
        if !metadata.is_file() {
            return Err(ReadError::NotAFile);
        }
        Ok((file, metadata.len()))
    }

    /// Where the folder is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::ffi::OsStrExt;

    use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, readlinkat, statat};
    use rustix::io::Errno;

    use super::{Beneath, File, Item, ItemKind, OsString, Path, PathBuf, io};

    const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    const FILE: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

    impl Beneath {
        /// Opens the folder itself, which may be named through a link: its user names it.
        pub(in super::super) fn new(path: &Path) -> io::Result<Self> {
            let handle = rustix::fs::open(path, FOLDER, Mode::empty())?;
            Ok(Self { path: path.to_path_buf(), handle })
        }

        pub(super) fn open(&self, relative: &str) -> io::Result<File> {
            Ok(File::from(self.reach(relative, FILE)?))
        }

        /// Opens what is at `relative`, without a link in any part of it.
        fn reach(&self, relative: &str, flags: OFlags) -> io::Result<OwnedFd> {
            let relative = if relative.is_empty() { "." } else { relative };
            let flags = flags | OFlags::NOFOLLOW;
            #[cfg(any(target_os = "linux", target_os = "android"))]
            {
                use rustix::fs::{ResolveFlags, openat2};
                let rules = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
                match openat2(&self.handle, relative, flags, Mode::empty(), rules) {
                    // An old kernel, or a sandbox that does not know the call.
                    Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {}
                    other => return Ok(other?),
                }
            }
            self.step_by_step(relative, flags)
        }

        fn step_by_step(&self, relative: &str, flags: OFlags) -> io::Result<OwnedFd> {
            let mut parts = relative.split('/').filter(|part| !part.is_empty()).peekable();
            let mut folder: Option<OwnedFd> = None;
            while let Some(part) = parts.next() {
                let at = folder.as_ref().map_or_else(|| self.handle.as_fd(), AsFd::as_fd);
                if part == ".." {
                    return Err(Errno::XDEV.into());
                }
                if parts.peek().is_none() {
                    return Ok(openat(at, part, flags, Mode::empty())?);
                }
                folder = Some(openat(at, part, FOLDER | OFlags::NOFOLLOW, Mode::empty())?);
            }
            Ok(openat(&self.handle, ".", flags, Mode::empty())?)
        }

        /// What the folder at `relative` holds, in no fixed order.
        pub(in super::super) fn list(&self, relative: &str) -> io::Result<Vec<Item>> {
            let mut folder = Dir::new(self.reach(relative, FOLDER)?)?;
            let mut items = Vec::new();
            while let Some(entry) = folder.read() {
                let entry = entry?;
                let name = entry.file_name();
                if matches!(name.to_bytes(), b"." | b"..") {
                    continue;
                }
                let kind = match entry.file_type() {
                    FileType::Unknown => {
                        let Ok(stat) = statat(folder.fd()?, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
                        FileType::from_raw_mode(stat.st_mode)
                    }
                    known => known,
                };
                let kind = match kind {
                    FileType::RegularFile => ItemKind::File,
                    FileType::Directory => ItemKind::Folder,
                    FileType::Symlink => ItemKind::Link,
                    _ => ItemKind::Special,
                };
                items.push(Item { name: OsStr::from_bytes(name.to_bytes()).to_os_string(), kind });
            }
            Ok(items)
        }

        /// The links in the folder at `relative`, with their targets as written.
        pub(in super::super) fn links(&self, relative: &str) -> io::Result<Vec<(OsString, PathBuf)>> {
            let folder = self.reach(relative, FOLDER)?;
            let links = self.list(relative)?.into_iter().filter(|item| item.kind == ItemKind::Link);
            let read = |item: Item| {
                let target = readlinkat(&folder, &*item.name, Vec::new()).ok()?;
                Some((item.name, PathBuf::from(OsStr::from_bytes(target.to_bytes()))))
            };
            Ok(links.filter_map(read).collect())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        /// What a kernel without `openat2` gets.
        #[test]
        fn step_by_step_no_link_is_followed_either() {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
            std::fs::write(folder.path().join("a/b/file"), "x").unwrap();
            std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
            std::os::unix::fs::symlink("b/file", folder.path().join("a/end")).unwrap();
            let beneath = Beneath::new(folder.path()).unwrap();
            let reach = |path: &str| beneath.step_by_step(path, FILE | OFlags::NOFOLLOW).is_ok();
            assert_eq!(
                ["a/b/file", "link/b/file", "a/end", "a/../a/b/file", "none", "."].map(reach),
                [true, false, false, false, false, true]
            );
        }
    }
}

#[cfg(not(unix))]
mod other {
    use super::{Beneath, ErrorKind, File, Item, ItemKind, OsString, Path, PathBuf, io};

    impl Beneath {
        /// The folder at `path`.
        pub(in super::super) fn new(path: &Path) -> io::Result<Self> {
            Ok(Self { path: path.canonicalize()? })
        }

        /// The full path, when no part of it is a link.
        fn reach(&self, relative: &str) -> io::Result<PathBuf> {
            let mut path = self.path.clone();
            for part in relative.split('/').filter(|part| !part.is_empty() && *part != ".") {
                path.push(part);
                if part == ".." || path.symlink_metadata()?.file_type().is_symlink() {
                    return Err(io::Error::new(ErrorKind::InvalidInput, super::LINK));
                }
            }
            Ok(path)
        }

        pub(super) fn open(&self, relative: &str) -> io::Result<File> {
            let path = self.reach(relative)?;
            if !path.symlink_metadata()?.is_file() {
                return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
            }
            File::open(path)
        }

        /// What the folder at `relative` holds, in no fixed order.
        pub(in super::super) fn list(&self, relative: &str) -> io::Result<Vec<Item>> {
            let items = std::fs::read_dir(self.reach(relative)?)?.filter_map(Result::ok).filter_map(|item| {
                let kind = item.file_type().ok()?;
                let kind = match kind {
                    kind if kind.is_symlink() => ItemKind::Link,
                    kind if kind.is_dir() => ItemKind::Folder,
                    kind if kind.is_file() => ItemKind::File,
                    _ => ItemKind::Special,
                };
                Some(Item { name: item.file_name(), kind })
            });
            Ok(items.collect())
        }

        /// The links in the folder at `relative`, with their targets as written.
        pub(in super::super) fn links(&self, relative: &str) -> io::Result<Vec<(OsString, PathBuf)>> {
            let folder = self.reach(relative)?;
            let links = self.list(relative)?.into_iter().filter(|item| item.kind == ItemKind::Link);
            Ok(links
                .filter_map(|item| Some((item.name.clone(), std::fs::read_link(folder.join(item.name)).ok()?)))
                .collect())
        }
    }
}

#[cfg(not(unix))]
const LINK: &str = "a symbolic link is on the way";

/// A system's error as the tree's.
pub(super) fn read_error(error: &io::Error) -> ReadError {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) {
        return ReadError::Link;
    }
    match error.kind() {
        ErrorKind::NotFound => ReadError::NotFound,
        ErrorKind::PermissionDenied => ReadError::Denied,
        _ => ReadError::Other(error.to_string()),
    }
}
