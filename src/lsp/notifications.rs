//! What the editor tells.

use std::collections::BTreeSet;
use std::io::{self, Write};

use lsp_server::Notification;
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Exit, Initialized, Notification as Kind,
};
use lsp_types::request::{RegisterCapability, Request as RequestKind};
use lsp_types::{
    DidChangeWatchedFilesRegistrationOptions, FileChangeType, FileEvent, FileSystemWatcher, GlobPattern,
    NumberOrString, Registration, RegistrationParams,
};

use serde::Deserialize;
use serde_json::Value;

use super::checked::Disk;
use super::documents::{Document, OnDisk, key};
use super::server::{Phase, Server};
use crate::base::{ReadError, RepoPath, Tree};
use crate::walk::DiskTree;

/// Events of one message that are looked at one by one; among more, one that matters is taken for granted.
const MOST_EVENTS: usize = 200;

impl<W: Write> Server<W> {
    pub fn notification(&mut self, notification: Notification) -> io::Result<()> {
        if notification.method == Exit::METHOD {
            self.end();
            return Ok(());
        }
        if self.phase != Phase::Ready {
            return Ok(());
        }
        let method = notification.method.clone();
        match self.told(notification) {
            Ok(()) => Ok(()),
            Err(Fault::Output(error)) => Err(error),
            Err(Fault::Parameters) => self.log(&format!("`{method}` was left out: its parameters are not understood")),
        }
    }

    fn told(&mut self, notification: Notification) -> Result<(), Fault> {
        match notification.method.as_str() {
            Initialized::METHOD => self.begun().map_err(Fault::Output)?,
            Cancel::METHOD => self.cancel(&params::<Cancel>(notification)?.id).map_err(Fault::Output)?,
            DidOpenTextDocument::METHOD => {
                let opened = params::<DidOpenTextDocument>(notification)?.text_document;
                self.workspace.touch(&opened.uri, Disk::Changed);
                self.documents.insert(key(&opened.uri), Document::new(opened.uri, opened.text, opened.version));
            }
            DidChangeTextDocument::METHOD => {
                let changed = params::<DidChangeTextDocument>(notification)?;
                let of = changed.text_document;
                if let Some(document) = self.documents.get_mut(&key(&of.uri)) {
                    document.change(of.version, changed.content_changes, self.client.encoding);
                    self.workspace.touch(&of.uri, Disk::Unchanged);
                }
            }
            DidSaveTextDocument::METHOD => {
                let uri = params::<DidSaveTextDocument>(notification)?.text_document.uri;
                if let Some(document) = self.documents.get_mut(&key(&uri)) {
                    document.file = OnDisk::Counts;
                }
                self.workspace.touch(&uri, Disk::Changed);
            }
            DidCloseTextDocument::METHOD => {
                let uri = params::<DidCloseTextDocument>(notification)?.text_document.uri;
                self.documents.remove(&key(&uri));
                self.workspace.touch(&uri, Disk::Changed);
            }
            DidChangeWatchedFiles::METHOD => {
                let changes = notification.params.get("changes").and_then(Value::as_array).ok_or(Fault::Parameters)?;
                let events: Vec<FileEvent> =
                    changes.iter().filter_map(|event| FileEvent::deserialize(event).ok()).collect();
                // An event that is not understood may be of anything.
                if events.len() < changes.len() {
                    self.workspace.watched.iter_mut().for_each(|watched| watched.touch(Disk::Changed));
                }
                self.changed_on_disk(&events);
            }
            DidChangeWorkspaceFolders::METHOD => {
                let event = params::<DidChangeWorkspaceFolders>(notification)?.event;
                let removed: Vec<_> = event.removed.into_iter().map(|folder| folder.uri).collect();
                self.workspace.change(event.added.into_iter().map(|folder| folder.uri), &removed);
                self.publish().map_err(Fault::Output)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks to be told of changes on disk.
    fn begun(&mut self) -> io::Result<()> {
        if self.workspace.watched.is_empty() {
            self.log("no folder is open, so no connection can be followed; open the folder of the repository")?;
        }
        if !self.client.watches_files() {
            return Ok(());
        }
        let everything = FileSystemWatcher { glob_pattern: GlobPattern::String("**/*".to_owned()), kind: None };
        let options = DidChangeWatchedFilesRegistrationOptions { watchers: vec![everything] };
        let registration = Registration {
            id: "files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams { registrations: vec![registration] };
        let id = "watch".to_owned().into();
        self.send(lsp_server::Request::new(id, RegisterCapability::METHOD.to_owned(), params).into())
    }

    /// What `.gitignore` names changes all the time, and nothing of it is read but what was committed nevertheless.
    fn changed_on_disk(&mut self, events: &[FileEvent]) {
        let documents = &mut self.documents;
        for watched in &mut self.workspace.watched {
            let disk = DiskTree::new(watched.folder.root.clone());
            let inside: Vec<(&FileEvent, RepoPath)> =
                events.iter().filter_map(|event| Some((event, watched.folder.inside(&event.uri)?))).collect();
            let gone: BTreeSet<&RepoPath> =
                inside.iter().filter(|(event, _)| event.typ == FileChangeType::DELETED).map(|(_, path)| path).collect();
            // A folder is told of as one, with all that was in it.
            let is_gone = |path: &RepoPath| {
                let mut around = std::iter::successors(Some(path.clone()), RepoPath::parent);
                around.any(|path| gone.contains(&path)) && disk.read(path, &mut Vec::new()) == Err(ReadError::NotFound)
            };
            let told: BTreeSet<&RepoPath> = inside.iter().map(|(_, path)| path).collect();
            for document in documents.values_mut() {
                let Some(path) = watched.folder.inside(&document.uri) else { continue };
                if is_gone(&path) {
                    document.file = OnDisk::Removed;
                } else if told.contains(&path) {
                    document.file = OnDisk::Counts;
                }
            }
            let is_open: BTreeSet<RepoPath> =
                documents.values().filter_map(|document| watched.folder.inside(&document.uri)).collect();
            let last = watched.last.as_ref().map(|last| &last.checked.report.wiring.repository.paths);
            let was_read = |path: &RepoPath| last.is_some_and(|paths| paths.contains(path));
            let mut seen = 0;
            let mut matters = false;
            for (_, path) in &inside {
                seen += 1;
                matters = matters
                    || is_open.contains(path)
                    || seen > MOST_EVENTS
                    || was_read(path)
                    || disk.tracking_at(path).is_some();
            }
            if matters {
                watched.touch(Disk::Changed);
            }
        }
    }

    fn cancel(&mut self, id: &NumberOrString) -> io::Result<()> {
        let id = match id {
            NumberOrString::Number(id) => (*id).into(),
            NumberOrString::String(id) => id.clone().into(),
        };
        let Some(at) = self.waiting.iter().position(|(waiting, _)| *waiting == id) else { return Ok(()) };
        self.waiting.remove(at);
        self.refuse(id, lsp_server::ErrorCode::RequestCanceled, "it was cancelled")
    }
}

/// Why a notification came to nothing.
enum Fault {
    Parameters,
    Output(io::Error),
}

fn params<N: Kind>(notification: Notification) -> Result<N::Params, Fault> {
    serde_json::from_value(notification.params).map_err(|_| Fault::Parameters)
}
