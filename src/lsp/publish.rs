//! What the editor is told by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use lsp_types::notification::{LogMessage, PublishDiagnostics, ShowMessage};
use lsp_types::{Diagnostic, LogMessageParams, MessageType, PublishDiagnosticsParams, ShowMessageParams, Url};

use super::server::Server;
use crate::report::notice;

/// Messages that are remembered as told; further ones are logged.
const MOST_TOLD: usize = 100;

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// Files that have diagnostics, and what was told of each.
    files: BTreeMap<Url, (Option<i32>, Vec<Diagnostic>)>,
    /// Messages.
    told: BTreeSet<String>,
}

impl<W: Write> Server<W> {
    /// Tells the diagnostics of all repositories, as far as they are others than before. A file that had some and has none any more
    /// gets an empty list.
    pub fn publish(&mut self) -> io::Result<()> {
        let mut files: BTreeMap<Url, (Option<i32>, Vec<Diagnostic>)> = BTreeMap::new();
        let mut elsewhere = Vec::new();
        for result in self.workspace.watched.iter().filter_map(|watched| watched.last.as_ref()) {
            for (uri, diagnostics) in result.diagnostics.by_file(&result.checked) {
                let mut open = result.checked.buffers.open.values();
                let version = open.find(|(open, _)| *open == uri).map(|(_, version)| *version);
                let file = files.entry(uri).or_insert((version, Vec::new()));
                // One of two repositories inside of each other may say the same.
                let known = file.1.len();
                for diagnostic in diagnostics {
                    if !file.1.iter().take(known).any(|one| *one == diagnostic) {
                        file.1.push(diagnostic);
                    }
                }
            }
            elsewhere.extend(result.diagnostics.elsewhere.iter().cloned());
        }
        let before = std::mem::replace(&mut self.published.files, files.clone());
        for uri in before.keys().filter(|uri| !files.contains_key(uri)) {
            self.notify::<PublishDiagnostics>(&PublishDiagnosticsParams::new(uri.clone(), Vec::new(), None))?;
        }
        for (uri, told) in files.into_iter().filter(|(uri, told)| before.get(uri) != Some(told)) {
            let (version, diagnostics) = told;
            self.notify::<PublishDiagnostics>(&PublishDiagnosticsParams::new(uri, diagnostics, version))?;
        }
        elsewhere.iter().try_for_each(|text| self.tell_once(text))
    }

    /// Shows a message, unless it was shown before.
    pub fn tell_once(&mut self, text: &str) -> io::Result<()> {
        let message = notice(text).as_str().to_owned();
        if self.published.told.contains(&message) {
            return Ok(());
        }
        if self.published.told.len() >= MOST_TOLD {
            return self.log(text);
        }
        self.published.told.insert(message.clone());
        self.notify::<ShowMessage>(&ShowMessageParams { typ: MessageType::ERROR, message })
    }

    /// Writes a message where the editor keeps such.
    pub fn log(&mut self, text: &str) -> io::Result<()> {
        let message = notice(text).as_str().to_owned();
        self.notify::<LogMessage>(&LogMessageParams { typ: MessageType::WARNING, message })
    }
}
