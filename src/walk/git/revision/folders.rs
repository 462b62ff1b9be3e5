//! The files of a commit, folder by folder.

use super::super::id::ObjectId;
use super::super::index::Mode;
use super::super::objects::Kind;
use super::RevisionError;
use super::commits::Commits;

/// Files and folders of a commit.
const MOST_ENTRIES: usize = 1_000_000;
/// No file system takes a longer path. It also ends a folder that holds itself.
const MOST_PATH_BYTES: usize = 4096;
/// Bytes of all these paths.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// What a folder of git holds at a path.
pub(super) struct File {
    pub path: Vec<u8>,
    pub mode: Mode,
    pub object: ObjectId,
}

/// The folder at `prefix`, which has `/` behind each part, inside of another; none when it is not there.
pub(super) fn inside(commits: &mut Commits, root: ObjectId, prefix: &str) -> Result<Option<ObjectId>, RevisionError> {
    let mut at = root;
    for part in prefix.split('/').filter(|part| !part.is_empty()) {
        let inside = folder(commits, &at)?.into_iter();
        let mut named = inside.filter(|file| file.mode == Mode::Folder && file.path == part.as_bytes());
        match named.next() {
            Some(file) => at = file.object,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// Every file below a folder.
pub(super) fn files(commits: &mut Commits, root: ObjectId, found: &mut Vec<File>) -> Result<(), RevisionError> {
    let mut open = vec![(Vec::new(), root)];
    let (mut seen, mut bytes) = (0, 0);
    while let Some((prefix, object)) = open.pop() {
        for file in folder(commits, &object)? {
            seen += 1;
            if seen > MOST_ENTRIES {
                return Err(RevisionError::Git(format!("the commit has more than {MOST_ENTRIES} files and folders")));
            }
            let mut path = Vec::with_capacity(prefix.len() + file.path.len());
            path.extend_from_slice(&prefix);
            path.extend_from_slice(&file.path);
            bytes += path.len();
            if path.len() > MOST_PATH_BYTES || bytes > MOST_BYTES {
                return Err(RevisionError::Git("the commit has paths that are too long".to_owned()));
            }
            if file.mode == Mode::Folder {
                path.push(b'/');
                open.push((path, file.object));
            } else {
                found.push(File { path, ..file });
            }
        }
    }
    Ok(())
}

/// What is in a folder itself, each with its name as its path.
fn folder(commits: &mut Commits, id: &ObjectId) -> Result<Vec<File>, RevisionError> {
    let corrupt = || RevisionError::Git(format!("git object {} is no folder of files", id.hex()));
    if commits.is_empty_tree(id) {
        return Ok(Vec::new());
    }
    let found = commits.content(id)?;
    if found.kind != Kind::Tree {
        return Err(corrupt());
    }
    let mut files = Vec::new();
    let mut rest = found.bytes.as_slice();
    while !rest.is_empty() {
        let space = memchr::memchr(b' ', rest).filter(|space| *space <= 6).ok_or_else(corrupt)?;
        let end = memchr::memchr(0, rest).filter(|end| *end > space + 1).ok_or_else(corrupt)?;
        let number = rest.get(..space).and_then(|digits| std::str::from_utf8(digits).ok());
        let number = number.and_then(|digits| u32::from_str_radix(digits, 8).ok()).ok_or_else(corrupt)?;
        let mode = Mode::of(number).ok_or_else(corrupt)?;
        let name = rest.get(space + 1..end).unwrap_or_default();
        let object = rest.get(end + 1..end + 1 + commits.name_bytes()).ok_or_else(corrupt)?;
        rest = rest.get(end + 1 + commits.name_bytes()..).unwrap_or_default();
        // git writes none of these, nor does it ever check them out.
        if name.contains(&b'/') || matches!(name, b"." | b"..") {
            return Err(corrupt());
        }
        if !name.eq_ignore_ascii_case(b".git") {
            files.push(File { path: name.to_vec(), mode, object: ObjectId::new(object) });
        }
    }
    Ok(files)
}
