//! What the editor asks about a place: hops, the other end, what can be done.

use std::collections::HashMap;

use lsp_types::{
    CodeAction, CodeActionKind, CreateFile, CreateFileOptions, DocumentChangeOperation, DocumentChanges, Hover,
    HoverContents, Location, MarkupContent, MarkupKind, OneOf, OptionalVersionedTextDocumentIdentifier, Position,
    Range, ResourceOp, TextDocumentEdit, TextEdit, WorkspaceEdit,
};

use super::checked::{Checked, Ranges};
use super::client::Client;
use super::diagnostics::Diagnostics;
use crate::base::RepoPath;
use crate::config::FILE_NAME;
use crate::report::code_block;
use crate::report::trace::{self, Only, Request, Target, Ways};
use crate::suppress::{self, Configuration, Edit, Plan};

/// Lines of hops; who wants more asks for all of them.
const MOST_LINES: usize = 120;
/// What stands where people say why a finding is fine.
const REASON: &str = "say here why this is fine";

/// The hops of the connections that pass a line, as `wirelint trace --at` has them.
#[must_use]
pub fn hover(checked: &Checked, client: &Client, path: &RepoPath, position: Position) -> Option<Hover> {
    let line = checked.line(path, position);
    let target = Target::Line(path.clone(), line);
    let wiring = &checked.report.wiring;
    let here = RepoPath::root();
    let request = Request {
        tree: &checked.buffers.tree,
        wiring,
        target: &target,
        only: Only::Everything,
        ways: Ways::Merged,
        here: &here,
    };
    if request.is_empty() {
        return None;
    }
    let text = first_lines(trace::text(request).as_str());
    let (kind, value) = match client.hover_format() {
        MarkupKind::Markdown => (MarkupKind::Markdown, code_block(&text)),
        MarkupKind::PlainText => (MarkupKind::PlainText, text),
    };
    Some(Hover { contents: HoverContents::Markup(MarkupContent { kind, value }), range: None })
}

/// As much of a text as an editor shows.
fn first_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let mut shown = lines.iter().take(MOST_LINES).copied().collect::<Vec<_>>().join("\n");
    if lines.len() > MOST_LINES {
        shown.push_str("\n... (`wirelint trace --at FILE:LINE` shows all)");
    }
    shown
}

/// The route that takes a connection, or the places that open the connections of a route.
#[must_use]
pub fn definition(checked: &Checked, path: &RepoPath, position: Position) -> Vec<Location> {
    let target = Target::Line(path.clone(), checked.line(path, position));
    let ranges = Ranges::new(checked);
    let places = trace::other_ends(&checked.report.wiring, &target);
    places.into_iter().filter_map(|place| ranges.location(place)).collect()
}

/// What can be done about the findings in a range: a comment that suppresses them, or an entry of `wirelint.toml` where the
/// file can hold none.
#[must_use]
pub fn actions(
    checked: &Checked,
    shown: &Diagnostics,
    client: &Client,
    path: &RepoPath,
    range: Range,
) -> Vec<CodeAction> {
    let here = shown.in_range(path, range);
    let action = |one: &super::diagnostics::Shown| {
        let finding = checked.report.findings.get(one.finding)?;
        if !suppress::is_suppressible(finding.rule) {
            return None;
        }
        let target = suppress::target(&checked.report.wiring, finding)?;
        let config = RepoPath::new(FILE_NAME).map_or(Configuration::Unused, Configuration::At);
        let plan = Plan::new(&checked.buffers.tree, config, REASON.to_owned(), vec![target]);
        let (at, edit) = plan.texts().ok()?.into_iter().next()?;
        let how = if at == *path { "with a comment" } else { "in wirelint.toml" };
        Some(CodeAction {
            title: format!("Suppress {} {how}", finding.rule),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![one.diagnostic.clone()]),
            edit: Some(workspace_edit(checked, client, &at, &edit)?),
            ..CodeAction::default()
        })
    };
    here.filter_map(action).collect()
}

/// An edit of a file, which is made first where there is none; `None` when the editor makes none.
fn workspace_edit(checked: &Checked, client: &Client, path: &RepoPath, edit: &Edit) -> Option<WorkspaceEdit> {
    let uri = checked.uri(path)?;
    let change = text_edit(checked, path, edit);
    let is_there = checked.report.wiring.repository.paths.contains(path);
    if is_there {
        return Some(WorkspaceEdit::new(HashMap::from([(uri, vec![change])])));
    }
    if !client.creates_files() {
        return None;
    }
    let options = CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(true) };
    let create = CreateFile { uri: uri.clone(), options: Some(options), annotation_id: None };
    let text_document = OptionalVersionedTextDocumentIdentifier { uri, version: None };
    let edits = TextDocumentEdit { text_document, edits: vec![OneOf::Left(change)] };
    let operations =
        vec![DocumentChangeOperation::Op(ResourceOp::Create(create)), DocumentChangeOperation::Edit(edits)];
    Some(WorkspaceEdit { document_changes: Some(DocumentChanges::Operations(operations)), ..WorkspaceEdit::default() })
}

/// The lines that differ, as one replacement.
fn text_edit(checked: &Checked, path: &RepoPath, edit: &Edit) -> TextEdit {
    let (before, after) = (edit.before.as_deref().unwrap_or_default(), edit.after.as_str());
    let same = |(one, other): &(&str, &str)| one == other;
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let first = old.iter().copied().zip(new.iter().copied()).take_while(same).count();
    let left = old.len().min(new.len()) - first;
    let backwards = old.iter().rev().copied().zip(new.iter().rev().copied());
    let last = backwards.take(left).take_while(same).count();
    let bytes = |lines: &[&str], until: usize| lines.iter().take(until).map(|line| line.len()).sum::<usize>();
    let (start, end) = (bytes(&old, first), bytes(&old, old.len() - last));
    let range = checked.lines(path, before).range(start..end, checked.encoding);
    let new_text = after.get(bytes(&new, first)..bytes(&new, new.len() - last)).unwrap_or_default();
    TextEdit { range, new_text: new_text.to_owned() }
}
