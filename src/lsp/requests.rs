//! What the editor asks.

use std::io::{self, Write};

use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::request::{CodeActionRequest, GotoDefinition, HoverRequest, Initialize, Request as Kind, Shutdown};
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionOrCommand, CodeActionProviderCapability, GotoDefinitionResponse,
    HoverProviderCapability, InitializeResult, OneOf, Range, SaveOptions, ServerCapabilities, ServerInfo,
    TextDocumentIdentifier, TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, Url, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities,
};
use serde::Deserialize;
use serde_json::Value;

use super::answers;
use super::client::{self, Client};
use super::fixes;
use super::server::{Phase, Server};
use super::workspace::Workspace;
use crate::base::on_deep_stack;

/// Requests that may wait for a run.
const MOST_WAITING: usize = 1_000;

impl<W: Write> Server<W> {
    pub fn request(&mut self, request: Request) -> io::Result<()> {
        match (self.phase, request.method.as_str()) {
            (Phase::New, Initialize::METHOD) => self.initialize(request),
            (Phase::New, _) => self.refuse(request.id, ErrorCode::ServerNotInitialized, "`initialize` comes first"),
            (Phase::Ready, Shutdown::METHOD) => {
                self.phase = Phase::Down;
                for (id, _) in std::mem::take(&mut self.waiting) {
                    self.refuse(id, ErrorCode::RequestCanceled, "the server shuts down")?;
                }
                self.respond(Response::new_ok(request.id, Value::Null))
            }
            (Phase::Ready, HoverRequest::METHOD | GotoDefinition::METHOD | CodeActionRequest::METHOD) => {
                if self.waiting.len() >= MOST_WAITING {
                    let why = format!("more than {MOST_WAITING} requests wait for an answer");
                    return self.refuse(request.id, ErrorCode::RequestFailed, &why);
                }
                match question(request.method.as_str(), request.params) {
                    Some(question) => self.waiting.push((request.id, question)),
                    None => self.not_understood(request.id)?,
                }
                Ok(())
            }
            (Phase::Ready, Initialize::METHOD) => {
                self.refuse(request.id, ErrorCode::InvalidRequest, "`initialize` came before")
            }
            (Phase::Ready, _) => self.refuse(request.id, ErrorCode::MethodNotFound, "wirelint does not do this"),
            (Phase::Down | Phase::Over, _) => {
                self.refuse(request.id, ErrorCode::InvalidRequest, "the server was shut down")
            }
        }
    }

    pub fn refuse(&mut self, id: RequestId, code: ErrorCode, why: &str) -> io::Result<()> {
        self.respond(Response::new_err(id, code as i32, why.to_owned()))
    }

    fn initialize(&mut self, request: Request) -> io::Result<()> {
        if !request.params.is_object() {
            return self.not_understood(request.id);
        }
        self.client = Client::new(&request.params);
        self.workspace.change(client::folders(&request.params), &[]);
        self.phase = Phase::Ready;
        let result = InitializeResult {
            capabilities: capabilities(&self.client),
            server_info: Some(ServerInfo {
                name: "wirelint".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        };
        self.respond(Response::new_ok(request.id, result))
    }

    /// Answers those requests whose repositories are known as they are now.
    pub fn answer_waiting(&mut self) -> io::Result<()> {
        for (id, asked) in std::mem::take(&mut self.waiting) {
            let known = self.workspace.holder(asked.uri()).is_none_or(|(watched, _)| watched.is_current());
            if known {
                self.answer(id, &asked)?;
            } else {
                self.waiting.push((id, asked));
            }
        }
        Ok(())
    }

    fn not_understood(&mut self, id: RequestId) -> io::Result<()> {
        self.refuse(id, ErrorCode::InvalidParams, "the parameters are not understood")
    }

    fn answer(&mut self, id: RequestId, asked: &Question) -> io::Result<()> {
        let (workspace, client) = (&self.workspace, &self.client);
        match on_deep_stack(|| asked.answer(workspace, client)) {
            Ok(value) => self.respond(Response::new_ok(id, value)),
            Err(problem) => {
                self.tell_once(&format!("wirelint failed inside: {problem}. Please report this."))?;
                self.refuse(id, ErrorCode::InternalError, "wirelint failed inside")
            }
        }
    }
}

/// What is asked about a document.
#[derive(Debug)]
pub(super) enum Question {
    Hover(TextDocumentPositionParams),
    Definition(TextDocumentPositionParams),
    Actions(Actions),
}

/// What of the parameters matters: the editor sends the diagnostics of others along, which may be of any form.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Actions {
    text_document: TextDocumentIdentifier,
    range: Range,
    #[serde(default)]
    context: Context,
}

#[derive(Debug, Default, Deserialize)]
struct Context {
    only: Option<Vec<CodeActionKind>>,
}

fn question(method: &str, params: Value) -> Option<Question> {
    match method {
        HoverRequest::METHOD => serde_json::from_value(params).ok().map(Question::Hover),
        GotoDefinition::METHOD => serde_json::from_value(params).ok().map(Question::Definition),
        CodeActionRequest::METHOD => serde_json::from_value(params).ok().map(Question::Actions),
        _ => None,
    }
}

impl Question {
    fn uri(&self) -> &Url {
        match self {
            Self::Hover(params) | Self::Definition(params) => &params.text_document.uri,
            Self::Actions(params) => &params.text_document.uri,
        }
    }

    /// The answer; null where there is nothing to say.
    fn answer(&self, workspace: &Workspace, client: &Client) -> Value {
        let Some((watched, path)) = workspace.holder(self.uri()) else { return Value::Null };
        let Some(last) = &watched.last else { return Value::Null };
        let checked = &last.checked;
        let value = match self {
            Self::Hover(params) => serde_json::to_value(answers::hover(checked, client, &path, params.position)),
            Self::Definition(params) => {
                let places = answers::definition(checked, &path, params.position);
                serde_json::to_value((!places.is_empty()).then_some(GotoDefinitionResponse::Array(places)))
            }
            Self::Actions(params) => {
                let only = params.context.only.as_ref();
                let wanted = only.is_none_or(|only| only.iter().any(holds_quick_fixes));
                let mut actions = Vec::new();
                if wanted {
                    actions.extend(fixes::actions(checked, &last.diagnostics, client, &path, params.range));
                    actions.extend(answers::actions(checked, &last.diagnostics, client, &path, params.range));
                }
                let actions: Vec<CodeActionOrCommand> =
                    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect();
                serde_json::to_value(actions)
            }
        };
        value.unwrap_or_default()
    }
}

fn holds_quick_fixes(kind: &CodeActionKind) -> bool {
    *kind == CodeActionKind::QUICKFIX || *kind == CodeActionKind::EMPTY
}

fn capabilities(client: &Client) -> ServerCapabilities {
    let actions =
        CodeActionOptions { code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]), ..CodeActionOptions::default() };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..TextDocumentSyncOptions::default()
    };
    ServerCapabilities {
        position_encoding: Some(client.encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}
