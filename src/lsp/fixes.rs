//! Fixes as code actions. Each was tried before it is offered: after it the finding is gone and nothing is new.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use lsp_types::{
    CodeAction, CodeActionKind, DocumentChanges, OneOf, OptionalVersionedTextDocumentIdentifier, Range,
    TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use super::checked::Checked;
use super::client::Client;
use super::diagnostics::Diagnostics;
use crate::apply;
use crate::base::RepoPath;
use crate::fix::{Changes, FileChange};
use crate::report::notice;
use crate::rules::Applicability;

/// Findings of one place whose fixes are tried for one question: each is a run over the repository.
const MOST_TRIED: usize = 4;

/// Fixes of a run that were tried, by the number of their finding.
#[derive(Debug, Default)]
pub struct Tried(Mutex<BTreeMap<usize, Option<Changes>>>);

impl Tried {
    /// The edits of a fix that holds.
    fn of(&self, checked: &Checked, finding: usize) -> Option<Changes> {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let try_it = || apply::one(&checked.buffers.tree, &checked.settings, &checked.report, finding);
        tried.entry(finding).or_insert_with(try_it).clone()
    }
}

/// The fixes of the findings in a range.
#[must_use]
pub fn actions(
    checked: &Checked,
    shown: &Diagnostics,
    client: &Client,
    path: &RepoPath,
    range: Range,
) -> Vec<CodeAction> {
    let here = shown.in_range(path, range);
    let fixable = here.filter_map(|one| {
        let finding = checked.report.findings.get(one.finding)?;
        Some((one, finding.fix.as_ref().filter(|_| finding.suppressed.is_none())?))
    });
    let action = |(one, fix): (&super::diagnostics::Shown, &crate::rules::Fix)| {
        let changes = checked.tried.of(checked, one.finding)?;
        let title = notice(&fix.title).as_str().trim_end().to_owned();
        let mut letters = title.chars();
        let title = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        Some(CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![one.diagnostic.clone()]),
            // What decides something for people is offered, and not what a key for the best fix takes.
            is_preferred: (fix.applicability == Applicability::Safe).then_some(true),
            edit: Some(edit(checked, client, &changes)?),
            ..CodeAction::default()
        })
    };
    fixable.take(MOST_TRIED).filter_map(action).collect()
}

/// The edits of all files as one; documents that are open have the version that the edits are for.
fn edit(checked: &Checked, client: &Client, changes: &Changes) -> Option<WorkspaceEdit> {
    let mut files = Vec::new();
    for (path, change) in changes {
        files.push((
            checked.uri(path)?,
            checked.buffers.open.get(path).map(|(_, version)| *version),
            edits(checked, path, change),
        ));
    }
    if !client.versions_edits() {
        return Some(WorkspaceEdit::new(
            files.into_iter().map(|(uri, _, edits)| (uri, edits)).collect::<HashMap<_, _>>(),
        ));
    }
    let edits = files.into_iter().map(|(uri, version, edits)| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
        edits: edits.into_iter().map(OneOf::Left).collect(),
    });
    let document_changes = Some(DocumentChanges::Edits(edits.collect()));
    Some(WorkspaceEdit { document_changes, ..WorkspaceEdit::default() })
}

fn edits(checked: &Checked, path: &RepoPath, change: &FileChange) -> Vec<TextEdit> {
    let lines = checked.lines(path, &change.before);
    let edit = |replacement: &crate::fix::Replacement| TextEdit {
        range: lines.range(replacement.span.range(), checked.encoding),
        new_text: replacement.text.clone(),
    };
    change.replacements.iter().map(edit).collect()
}
