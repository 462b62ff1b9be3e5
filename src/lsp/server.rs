//! The server: what comes in, one after the other, and when a run begins.

use std::io::{BufRead, Write};
use std::sync::mpsc::{Receiver, Sender, channel};

use lsp_server::{Message, Notification, RequestId, Response};
use serde::Serialize;

use super::checked::Checked;
use super::client::Client;
use super::diagnostics::Diagnostics;
use super::documents::Documents;
use super::folder::Folder;
use super::frame::{self, Frame};
use super::publish::Published;
use super::requests::Question;
use super::workspace::{Seen, Workspace};
use crate::base::on_deep_stack;

/// Messages that are taken in before a run may begin, so that a client that never pauses gets its answers.
const MOST_AT_ONCE: usize = 10_000;

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// After the client asked for it.
    AsAsked,
    /// The client went away, or told the server to go without asking for a shutdown first.
    Abruptly,
}

/// What happens to a server.
pub(super) enum Event {
    /// Something came in.
    Frame(Frame),
    /// Nothing more comes in.
    EndOfInput,
    /// A run is over.
    Run(Box<Outcome>),
}

/// What a run gave.
pub(super) struct Outcome {
    folder: Folder,
    changes: u64,
    /// `None` when nobody waited for it any more.
    result: Result<Option<Seen>, String>,
}

/// How far the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing is known of the client.
    New,
    /// Work.
    Ready,
    /// The client asked for a shutdown.
    Down,
    /// It is over.
    Over,
}

/// A session with one client.
pub(super) struct Server<W> {
    output: W,
    pub phase: Phase,
    ended: Ended,
    pub client: Client,
    pub workspace: Workspace,
    pub documents: Documents,
    /// Requests that are answered when all changes before them are known.
    pub waiting: Vec<(RequestId, Question)>,
    pub published: Published,
    events: Sender<Event>,
    running: Running,
    /// Why the last frame was none; nothing behind a message.
    last_broken: Option<&'static str>,
}

/// Whether a run is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Running {
    No,
    Yes,
}

/// Serves one client until it goes.
///
/// # Errors
/// When the output cannot be written.
pub fn serve(mut input: impl BufRead + Send + 'static, output: impl Write) -> std::io::Result<Ended> {
    let (sender, receiver) = channel();
    let reader = sender.clone();
    std::thread::Builder::new().spawn(move || {
        while let Ok(Some(frame)) = frame::read(&mut input) {
            if reader.send(Event::Frame(frame)).is_err() {
                return;
            }
        }
        // Without a receiver the session is over already.
        let _ = reader.send(Event::EndOfInput);
    })?;
    let mut server = Server {
        output,
        phase: Phase::New,
        ended: Ended::Abruptly,
        client: Client::default(),
        workspace: Workspace::default(),
        documents: Documents::new(),
        waiting: Vec::new(),
        published: Published::default(),
        events: sender,
        running: Running::No,
        last_broken: None,
    };
    server.run(&receiver)?;
    Ok(server.ended)
}

impl<W: Write> Server<W> {
    fn run(&mut self, events: &Receiver<Event>) -> std::io::Result<()> {
        while self.phase != Phase::Over {
            // The server holds a sender itself, so that there is always one more to wait for.
            let Ok(first) = events.recv() else { break };
            self.event(first)?;
            // What is there already comes first: many changes, one run.
            for next in events.try_iter().take(MOST_AT_ONCE) {
                self.event(next)?;
            }
            self.begin();
            self.answer_waiting()?;
        }
        Ok(())
    }

    fn event(&mut self, event: Event) -> std::io::Result<()> {
        if matches!(event, Event::Frame(Frame::Message(_))) {
            self.last_broken = None;
        }
        match event {
            _ if self.phase == Phase::Over => Ok(()),
            Event::Frame(Frame::Message(Message::Request(request))) => self.request(request),
            Event::Frame(Frame::Message(Message::Notification(notification))) => self.notification(notification),
            // The editor took note of what it is to tell of.
            Event::Frame(Frame::Message(Message::Response(_))) => Ok(()),
            Event::Frame(Frame::Broken(why)) => self.broken(why),
            Event::EndOfInput => {
                self.end();
                Ok(())
            }
            Event::Run(outcome) => self.over(*outcome),
        }
    }

    /// A stream that has lost its frames gives thousands of these: of those alike in a row, one is told.
    fn broken(&mut self, why: &'static str) -> std::io::Result<()> {
        if self.last_broken.replace(why) == Some(why) {
            return Ok(());
        }
        self.log(&format!("a message was left out: {why}"))
    }

    /// The session is over.
    pub fn end(&mut self) {
        self.ended = if self.phase == Phase::Down { Ended::AsAsked } else { Ended::Abruptly };
        self.phase = Phase::Over;
    }

    /// Begins a run when one is due and none is under way.
    fn begin(&mut self) {
        if self.running == Running::Yes || self.phase != Phase::Ready {
            return;
        }
        let Some(watched) = self.workspace.stale() else { return };
        let (folder, changes, known) = (watched.folder.clone(), watched.changes(), watched.begin());
        let (documents, client) = (self.documents.clone(), self.client.clone());
        let events = self.events.clone();
        let work = move || {
            let run = || {
                let checked = Checked::run(folder.clone(), &documents, client.ignored_env, client.encoding, &known)?;
                let diagnostics = Diagnostics::new(&checked, &client);
                Some(Seen { checked, diagnostics })
            };
            let result = on_deep_stack(run);
            // Without a receiver the session is over already.
            let _ = events.send(Event::Run(Box::new(Outcome { folder, changes, result })));
        };
        // Where no thread can be had now, the next message tries again.
        if std::thread::Builder::new().spawn(work).is_ok() {
            self.running = Running::Yes;
        }
    }

    /// Takes what a run gave, unless something changed since it began.
    fn over(&mut self, outcome: Outcome) -> std::io::Result<()> {
        self.running = Running::No;
        let Outcome { folder, changes, result } = outcome;
        let (result, failure) = match result {
            Ok(None) => return Ok(()),
            Ok(result) => (result, None),
            Err(problem) => (None, Some(format!("wirelint failed inside: {problem}. Please report this."))),
        };
        let watched = self.workspace.watched.iter_mut().find(|watched| watched.folder == folder);
        let is_taken = watched.is_some_and(|watched| watched.take(changes, result));
        if let Some(failure) = failure {
            self.tell_once(&failure)?;
        }
        // What is shown from before has moved with the text in the editor: telling it again would move it back.
        if is_taken { self.publish() } else { Ok(()) }
    }

    pub fn notify<N: lsp_types::notification::Notification>(&mut self, params: &N::Params) -> std::io::Result<()>
    where
        N::Params: Serialize,
    {
        self.send(Notification::new(N::METHOD.to_owned(), params).into())
    }

    pub fn respond(&mut self, response: Response) -> std::io::Result<()> {
        self.send(response.into())
    }

    pub fn send(&mut self, message: Message) -> std::io::Result<()> {
        message.write(&mut self.output)
    }
}
