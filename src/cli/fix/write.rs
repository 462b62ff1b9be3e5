//! Writing several files whole, or none of them.
#![allow(clippy::disallowed_methods)] // writes the files of the tree that is fixed

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::apply::Text;
use crate::base::RepoPath;
use crate::cli::output;

/// A file with its text beside it, not in its place yet.
struct Beside<'t> {
    file: PathBuf,
    beside: PathBuf,
    text: &'t Text,
}

/// Writes the texts in the place of those before, or nothing: a file that changed meanwhile, a link, or a folder that is one is
/// refused before the first is written.
pub fn all(root: &Path, texts: &BTreeMap<RepoPath, Text>) -> Result<(), String> {
    let mut written = Vec::new();
    let result: Result<(), String> = texts.iter().try_for_each(|(path, text)| {
        let problem = |why: String| format!("{path}: {why}; nothing was fixed");
        let file = inside(root, path).map_err(problem)?;
        check(&file, text).map_err(problem)?;
        written.push(put_beside(&file, text).map_err(|error| problem(format!("cannot be written: {error}")))?);
        Ok(())
    });
    // Between the first check and this one, all texts were written: that takes a moment.
    let result = result.and_then(|()| {
        written.iter().try_for_each(|one| {
            check(&one.file, one.text).map_err(|why| format!("{}: {why}; nothing was fixed", one.file.display()))
        })
    });
    let result = result.and_then(|()| put_in_place(&written));
    if result.is_err() {
        for one in &written {
            // What was put in its place is beside no more.
            let _ = std::fs::remove_file(&one.beside);
        }
    }
    result
}

/// The file of a path below the root, when no link is on the way to it.
fn inside(root: &Path, path: &RepoPath) -> Result<PathBuf, String> {
    let mut file = root.to_path_buf();
    let mut parts = path.parts().peekable();
    while let Some(part) = parts.next() {
        file.push(part);
        let metadata = file.symlink_metadata().map_err(|error| format!("cannot be read: {error}"))?;
        let right = if parts.peek().is_some() { metadata.is_dir() } else { metadata.is_file() };
        if metadata.file_type().is_symlink() {
            return Err("a symbolic link, which is not followed".to_owned());
        }
        if !right {
            return Err("not a regular file".to_owned());
        }
    }
    Ok(file)
}

fn check(file: &Path, text: &Text) -> Result<(), String> {
    let now = std::fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
    if now == text.before.as_bytes() { Ok(()) } else { Err("it changed meanwhile".to_owned()) }
}

fn put_beside<'t>(file: &Path, text: &'t Text) -> std::io::Result<Beside<'t>> {
    let none = || std::io::Error::other("it is no name of a file");
    let (folder, name) = (file.parent().ok_or_else(none)?, file.file_name().ok_or_else(none)?);
    let (beside, mut out) = output::beside(folder, name)?;
    let written = out.write_all(text.after.as_bytes()).and_then(|()| out.flush());
    // A script stays executable.
    let written = written.and_then(|()| out.set_permissions(file.symlink_metadata()?.permissions()));
    drop(out);
    written.inspect_err(|_| {
        // The first error is the one to tell of.
        let _ = std::fs::remove_file(&beside);
    })?;
    Ok(Beside { file: file.to_path_buf(), beside, text })
}

/// Puts the files in their places, and those that are there already back when one of them cannot be.
fn put_in_place(written: &[Beside<'_>]) -> Result<(), String> {
    for (index, one) in written.iter().enumerate() {
        let Err(error) = std::fs::rename(&one.beside, &one.file) else { continue };
        let mut lost = Vec::new();
        for done in written.iter().take(index) {
            if output::replace(&done.file, &done.text.before).is_err() {
                lost.push(done.file.display().to_string());
            }
        }
        let file = one.file.display();
        return Err(match lost.as_slice() {
            [] => format!("{file}: cannot be written: {error}; nothing was fixed"),
            lost => format!("{file}: cannot be written: {error}; what was fixed stays in {}", lost.join(", ")),
        });
    }
    Ok(())
}
