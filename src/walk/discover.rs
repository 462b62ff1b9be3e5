//! The walk: every file below a folder that the `.gitignore` files of the repository do not name.
//!
//! A user's own git settings do not change the result; the repository's rules do. Rules are read like every other file:
//! through no link, from no pipe, within limits.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::beneath::{Beneath, Item, ItemKind, read_error};
use super::git::Ignored;
use crate::base::{Entry, FileKind, RepoPath, Tracking, Unread, UnreadReason, Visitor, as_of_git};

/// Folders and files that one thread does by itself: a second one would cost more than the walk.
const SMALL_FOLDERS: usize = 12;
const SMALL_FILES: usize = 32;
/// Files that one thread takes at once.
const BATCH: usize = 16;
/// Larger files of rules are not applied.
const MOST_RULE_BYTES: u64 = 256 * 1024;
/// Patterns that are in force at one place: compiled ones take a thousand times their text.
const MOST_PATTERNS: usize = 10_000;

/// What the walk found besides the files that it visited.
#[derive(Default)]
pub(super) struct Found {
    /// Ignored env files that are beside files that they may belong to.
    pub ignored_env: Vec<Entry>,
    /// What else ignore rules keep out: files of a kind that is read, and folders.
    pub ignored: Ignored,
    /// What is not read, sorted.
    pub unread: BTreeSet<Unread>,
}

/// Visits every file below `root` on at most `threads` threads.
pub(super) fn discover(root: &Beneath, threads: NonZeroUsize, visit: Visitor<'_>) -> Found {
    let walk = Walk { root, visit, found: Mutex::default() };
    let mut tasks = vec![Task::Folder(RepoPath::root(), None)];
    let (mut folders, mut files) = (0, 0);
    while (folders < SMALL_FOLDERS && files < SMALL_FILES) || threads.get() == 1 {
        let Some(task) = tasks.pop() else { break };
        match &task {
            Task::Folder(..) => folders += 1,
            Task::Files(batch) => files += batch.len(),
        }
        walk.run(task, &mut tasks);
    }
    if !tasks.is_empty() {
        let queue = Queue { state: Mutex::new(State { tasks, busy: 0 }), changed: Condvar::new() };
        std::thread::scope(|scope| {
            for _ in 1..threads.get() {
                // Where no thread can be had, the others do its work.
                let _ = std::thread::Builder::new().spawn_scoped(scope, || queue.work(&walk));
            }
            queue.work(&walk);
        });
    }
    walk.found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// How a file at `path` would be listed, whether it is there or not; `None` when it would not.
pub(super) fn tracking_at(root: &Beneath, path: &RepoPath) -> Option<Tracking> {
    if path.parts().any(|part| part == ".git") {
        return None;
    }
    let walk = Walk { root, visit: &|_: &Entry| {}, found: Mutex::default() };
    let mut rules = None;
    let mut folder = RepoPath::root();
    for part in path.parts() {
        if folder.join(".gitignore").is_some_and(|file| root.file(file.as_str()).is_ok()) {
            rules = walk.rules(&folder, rules);
        }
        folder = folder.join(part)?;
        let is_folder = folder != *path;
        if Rules::ignore(rules.as_ref(), &folder, is_folder) {
            let is_env = Entry::classify(path.clone(), 0, Tracking::Ignored).kind == FileKind::Env;
            return (is_env && !is_folder).then_some(Tracking::Ignored);
        }
    }
    Some(Tracking::Tracked)
}

/// A piece of the walk.
enum Task {
    Folder(RepoPath, Option<Arc<Rules>>),
    Files(Vec<Entry>),
}

struct Walk<'a> {
    root: &'a Beneath,
    visit: Visitor<'a>,
    found: Mutex<Found>,
}

/// The `.gitignore` of a folder, and those above it.
struct Rules {
    outer: Option<Arc<Rules>>,
    /// Length of the folder's path with the slash behind it.
    prefix: usize,
    matcher: Gitignore,
    /// Patterns of this file and of those above it.
    patterns: usize,
}

impl Rules {
    /// Whether git ignores what is at `path`: the nearest file that says something decides, and in it the last line.
    fn ignore(mut rules: Option<&Arc<Self>>, path: &RepoPath, is_folder: bool) -> bool {
        while let Some(here) = rules {
            let inside = path.as_str().get(here.prefix..).unwrap_or_default();
            let matched = here.matcher.matched(inside, is_folder);
            if !matched.is_none() {
                return matched.is_ignore();
            }
            rules = here.outer.as_ref();
        }
        false
    }
}

impl Walk<'_> {
    fn run(&self, task: Task, next: &mut Vec<Task>) {
        match task {
            Task::Folder(path, rules) => self.folder(&path, rules, next),
            Task::Files(files) => files.iter().for_each(self.visit),
        }
    }

    fn folder(&self, path: &RepoPath, mut rules: Option<Arc<Rules>>, next: &mut Vec<Task>) {
        let items = match self.root.list(path.as_str()) {
            Ok(items) => items,
            Err(error) => return self.unread(path.as_str(), UnreadReason::Folder(read_error(&error))),
        };
        if items.iter().any(|item| item.name == ".gitignore" && item.kind == ItemKind::File) {
            rules = self.rules(path, rules);
        }
        let mut files = Vec::new();
        let mut ignored_env = Vec::new();
        let (mut out, mut folders_out) = (Vec::new(), Vec::new());
        let mut has_company = *path == RepoPath::root();
        for Item { name, kind } in items {
            if name == ".git" {
                continue;
            }
            let inside = match inside(path, &name) {
                Ok(inside) => inside,
                Err(reason) => {
                    self.unread(&shown(path, &name), reason);
                    continue;
                }
            };
            let ignored = Rules::ignore(rules.as_ref(), &inside, kind == ItemKind::Folder);
            match kind {
                ItemKind::File if ignored => {
                    let entry = Entry::classify(inside, 0, Tracking::Ignored);
                    match entry.kind {
                        FileKind::Env => ignored_env.push(entry),
                        FileKind::Other => {}
                        _ => out.push(entry.path),
                    }
                }
                ItemKind::Folder if ignored => folders_out.push(inside),
                _ if ignored => {}
                ItemKind::File => {
                    let entry = Entry::classify(inside, 0, Tracking::Tracked);
                    has_company |= is_beside_env(entry.kind) && entry.role.speaks();
                    files.push(entry);
                }
                ItemKind::Folder => next.push(Task::Folder(inside, rules.clone())),
                ItemKind::Link => self.unread(inside.as_str(), UnreadReason::Link),
                ItemKind::Special => self.unread(inside.as_str(), UnreadReason::Special),
            }
        }
        if has_company && !ignored_env.is_empty() {
            self.found().ignored_env.extend(ignored_env);
        }
        if !out.is_empty() || !folders_out.is_empty() {
            let ignored = &mut self.found().ignored;
            ignored.files.extend(out);
            ignored.folders.extend(folders_out);
        }
        while !files.is_empty() {
            let rest = files.split_off(files.len().min(BATCH));
            next.push(Task::Files(std::mem::replace(&mut files, rest)));
        }
    }

    /// The rules of a folder on top of those above it.
    fn rules(&self, folder: &RepoPath, outer: Option<Arc<Rules>>) -> Option<Arc<Rules>> {
        let Some(path) = folder.join(".gitignore") else { return outer };
        let mut bytes = Vec::new();
        if let Err(error) = self.root.read(path.as_str(), MOST_RULE_BYTES, &mut bytes) {
            self.unread(path.as_str(), UnreadReason::Rules(error.to_string()));
            return outer;
        }
        let mut builder = GitignoreBuilder::new("");
        let text = String::from_utf8_lossy(&bytes);
        let mut patterns = outer.as_ref().map_or(0, |rules| rules.patterns);
        for line in text.trim_start_matches('\u{feff}').lines() {
            patterns += usize::from(!line.trim_start().is_empty() && !line.starts_with('#'));
            if patterns > MOST_PATTERNS {
                let reason = format!("more than {MOST_PATTERNS} patterns are in force here");
                self.unread(path.as_str(), UnreadReason::Rules(reason));
                return outer;
            }
            // git skips a line that is no pattern as well.
            let _ = builder.add_line(None, &as_of_git(line));
        }
        let prefix = if folder.as_str().is_empty() { 0 } else { folder.as_str().len() + 1 };
        match builder.build() {
            Ok(matcher) => Some(Arc::new(Rules { outer, prefix, matcher, patterns })),
            Err(error) => {
                self.unread(path.as_str(), UnreadReason::Rules(error.to_string()));
                outer
            }
        }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unread(&self, at: &str, why: UnreadReason) {
        self.found().unread.insert(Unread { at: at.to_owned(), why });
    }
}

/// The path of an item, when it can be one.
fn inside(folder: &RepoPath, name: &OsStr) -> Result<RepoPath, UnreadReason> {
    let name = name.to_str().ok_or(UnreadReason::NotUtf8)?;
    if name.contains('\\') {
        return Err(UnreadReason::Backslash);
    }
    folder.join(name).ok_or(UnreadReason::Backslash)
}

/// The path of an item whose name is not text: each bad byte as `\xNN`.
fn shown(folder: &RepoPath, name: &OsStr) -> String {
    let name = super::shown_bytes(name.as_encoded_bytes());
    if folder.as_str().is_empty() { name } else { format!("{}/{name}", folder.as_str()) }
}

/// Kinds of files that an env file may belong to.
fn is_beside_env(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::Env
            | FileKind::Compose
            | FileKind::PackageJson
            | FileKind::Requirements
            | FileKind::Dockerfile
            | FileKind::Toml
    )
}

/// What is still to be done, for several threads.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    tasks: Vec<Task>,
    /// Threads that work on a task and may bring new ones.
    busy: usize,
}

impl Queue {
    fn work(&self, walk: &Walk<'_>) {
        while let Some(task) = self.take() {
            let mut turn = Turn { queue: self, next: Vec::new() };
            walk.run(task, &mut turn.next);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next task; none when there is none and nobody can bring one.
    fn take(&self) -> Option<Task> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.tasks.pop() {
                state.busy += 1;
                return Some(task);
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A thread's work on one task. It ends when this is dropped, in a panic as well: the others must not wait for it.
struct Turn<'q> {
    queue: &'q Queue,
    next: Vec<Task>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.tasks.append(&mut self.next);
        state.busy -= 1;
        drop(state);
        self.queue.changed.notify_all();
    }
}
