//! The git index: what a commit would hold. The only file that starts processes.
#![allow(clippy::disallowed_methods)] // asks git, and nothing else

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use super::MAX_FILE_SIZE;
use crate::base::{Entry, ReadError, RepoPath, Tracking, Tree, Visitor};

/// The files of a repository's index.
pub struct IndexTree {
    entries: BTreeMap<RepoPath, (Entry, String)>,
    /// Symbolic links with the objects that hold their targets.
    links: BTreeMap<RepoPath, String>,
    objects: Mutex<Objects>,
}

/// Why the index could not be read.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// git did not start.
    #[error("git could not be started: {0}")]
    Start(#[from] std::io::Error),
    /// git refused.
    #[error("git could not list the index: {0}")]
    Refused(String),
}

struct Objects {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Objects {
    fn drop(&mut self) {
        // The process ends when its input does; a kill makes that certain. Both may find it gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl IndexTree {
    /// Lists the index of the repository that holds `root`; paths are relative to `root`.
    ///
    /// # Errors
    /// When git is missing or `root` is in no repository.
    pub fn open(root: &Path) -> Result<Self, GitError> {
        let list = git(root).args(["ls-files", "--stage", "-z", "--", "."]).output()?;
        if !list.status.success() {
            return Err(GitError::Refused(String::from_utf8_lossy(&list.stderr).trim().to_owned()));
        }
        let links = list.stdout.split(|byte| *byte == 0).filter_map(parse_link).collect();
        let entries = list.stdout.split(|byte| *byte == 0).filter_map(parse_line);
        let entries = entries.map(|(entry, object)| (entry.path.clone(), (entry, object))).collect();
        let mut process =
            git(root).args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(GitError::Refused("no pipe to cat-file".to_owned()));
        };
        let objects = Mutex::new(Objects { process, requests, answers: BufReader::new(answers) });
        Ok(Self { entries, links, objects })
    }
}

/// Those of the paths, relative to `root`, that the index holds; none where there is no repository or no git.
pub(super) fn tracked<'a>(root: &Path, paths: impl Iterator<Item = &'a RepoPath>) -> BTreeSet<RepoPath> {
    let mut command = git(root);
    // Whose folder it is decides who may run its hooks, and none of them runs here.
    command.args(["-c", "safe.directory=*", "--literal-pathspecs", "ls-files", "-z", "--"]);
    command.args(paths.map(RepoPath::as_str));
    // What is on disk is asked for, whatever repository a hook is about.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    let Ok(list) = command.output() else { return BTreeSet::new() };
    let names = list.stdout.split(|byte| *byte == 0).filter_map(|name| std::str::from_utf8(name).ok());
    names.filter(|name| !name.is_empty()).filter_map(RepoPath::new).collect()
}

/// git without the user's settings, hooks, monitors and locks. `GIT_INDEX_FILE` stays: a hook's index may be elsewhere.
fn git(root: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(root)
        .args(["--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"])
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// `mode object stage\tpath`. Links and submodules are no files; of a conflict, our side is read.
fn parse_line(line: &[u8]) -> Option<(Entry, String)> {
    let (head, path) = std::str::from_utf8(line).ok()?.split_once('\t')?;
    let mut words = head.split(' ');
    let (mode, object, stage) = (words.next()?, words.next()?, words.next()?);
    if !mode.starts_with("100") || !matches!(stage, "0" | "2") {
        return None;
    }
    Some((Entry::classify(RepoPath::new(path)?, 0, Tracking::Tracked), object.to_owned()))
}

/// A symbolic link, with the object that holds its target.
fn parse_link(line: &[u8]) -> Option<(RepoPath, String)> {
    let (head, path) = std::str::from_utf8(line).ok()?.split_once('\t')?;
    let (mode, rest) = head.split_once(' ')?;
    let (object, stage) = rest.split_once(' ')?;
    (mode == "120000" && stage == "0").then_some((RepoPath::new(path)?, object.to_owned()))
}

impl Tree for IndexTree {
    fn links(&self, folder: &RepoPath) -> Vec<(String, String)> {
        let Ok(mut objects) = self.objects.lock() else { return Vec::new() };
        let inside = self.links.iter().filter(|(path, _)| path.parent().as_ref() == Some(folder));
        inside
            .filter_map(|(path, object)| {
                let mut target = Vec::new();
                objects.read(object, &mut target).ok()?;
                Some((path.name().to_owned(), String::from_utf8(target).ok()?))
            })
            .collect()
    }

    fn visit(&self, _threads: NonZeroUsize, visit: Visitor<'_>) {
        for (entry, _) in self.entries.values() {
            visit(entry);
        }
    }

    fn read(&self, path: &RepoPath, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        buffer.clear();
        let (_, object) = self.entries.get(path).ok_or(ReadError::NotFound)?;
        let mut objects = self.objects.lock().map_err(|_| ReadError::Other("git stopped".to_owned()))?;
        objects.read(object, buffer)
    }
}

impl Objects {
    fn read(&mut self, object: &str, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        let other = |error: std::io::Error| ReadError::Other(error.to_string());
        writeln!(self.requests, "{object}").and_then(|()| self.requests.flush()).map_err(other)?;
        let mut header = String::new();
        self.answers.read_line(&mut header).map_err(other)?;
        let size: u64 = header
            .rsplit(' ')
            .next()
            .and_then(|size| size.trim().parse().ok())
            .ok_or_else(|| ReadError::Other(format!("git: {}", header.trim())))?;
        // The line feed after the content belongs to the answer.
        if size > MAX_FILE_SIZE {
            std::io::copy(&mut (&mut self.answers).take(size + 1), &mut std::io::sink()).map_err(other)?;
            return Err(ReadError::TooLarge { size, limit: MAX_FILE_SIZE });
        }
        (&mut self.answers).take(size + 1).read_to_end(buffer).map_err(other)?;
        buffer.pop();
        Ok(())
    }
}
