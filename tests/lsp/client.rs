//! An editor at the other end of `wirelint lsp`.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::support;

/// Messages within which an answer has to come.
const MOST_MESSAGES: usize = 10_000;

pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    last_id: i64,
    root: String,
    /// What is shown, by the path under the root or the whole address.
    pub shown: BTreeMap<String, Vec<Value>>,
    /// The version of each open text that its diagnostics are of.
    pub versions: BTreeMap<String, Value>,
    /// Messages for people.
    pub told: Vec<String>,
    /// Methods that the server asked for.
    pub asked: Vec<String>,
    /// The answer to `initialize`.
    pub server: Value,
}

/// What most editors can do.
pub fn capabilities() -> Value {
    json!({
        "textDocument": {
            "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true },
            "hover": { "contentFormat": ["markdown", "plaintext"] },
        },
        "workspace": {
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create"] },
        },
    })
}

impl Client {
    /// Starts the server on a folder.
    pub fn open(root: &Path) -> Self {
        Self::open_as(root, capabilities())
    }

    pub fn open_as(root: &Path, capabilities: Value) -> Self {
        let mut client = Self::start(root);
        let folders = json!([{ "uri": client.uri(""), "name": "it" }]);
        let params =
            json!({ "processId": null, "rootUri": null, "workspaceFolders": folders, "capabilities": capabilities });
        client.server = client.request("initialize", params)["result"].clone();
        client.notify("initialized", json!({}));
        client
    }

    /// Starts the server and says nothing.
    pub fn start(root: &Path) -> Self {
        let mut child = Command::new(support::program())
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let root = lsp_types::Url::from_file_path(root).unwrap().to_string();
        let (shown, versions) = (BTreeMap::new(), BTreeMap::new());
        let (told, asked) = (Vec::new(), Vec::new());
        Self { child, input, messages, last_id: 0, root, shown, versions, told, asked, server: Value::Null }
    }

    pub fn uri(&self, path: &str) -> String {
        if path.is_empty() { self.root.clone() } else { format!("{}/{path}", self.root) }
    }

    /// Sends bytes as they are.
    pub fn send_raw(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.send_raw(&format!("Content-Length: {}\r\n\r\n{text}", text.len()));
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and takes in what comes until its answer, which is given whole.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        for _ in 0..MOST_MESSAGES {
            let message =
                self.messages.recv().unwrap_or_else(|_| panic!("the server went away before it answered `{method}`"));
            if message["id"] == json!(id) && message.get("method").is_none() {
                return message;
            }
            self.take(&message);
        }
        panic!("no answer to `{method}` in {MOST_MESSAGES} messages");
    }

    fn take(&mut self, message: &Value) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => {
                let uri = text(&message["params"]["uri"]);
                let path = uri.strip_prefix(&format!("{}/", self.root)).unwrap_or(&uri).to_owned();
                self.versions.insert(path.clone(), message["params"]["version"].clone());
                let diagnostics = message["params"]["diagnostics"].as_array().unwrap().clone();
                if diagnostics.is_empty() {
                    assert!(self.shown.remove(&path).is_some(), "{path} had nothing to be taken away");
                } else {
                    self.shown.insert(path, diagnostics);
                }
            }
            Some("window/showMessage" | "window/logMessage") => self.told.push(text(&message["params"]["message"])),
            Some(method) => {
                self.asked.push(method.to_owned());
                let id = message["id"].clone();
                self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }));
            }
            None => panic!("an answer that nobody asked for: {message}"),
        }
    }

    /// Waits until everything that was sent is known.
    pub fn settle(&mut self) {
        let answer = self.at("hover", "any", (0, 0));
        assert_eq!(answer, Value::Null);
    }

    /// Asks about a position: line and column, from 0.
    pub fn at(&mut self, what: &str, path: &str, (line, character): (u32, u32)) -> Value {
        let position = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": self.uri(path) }, "position": position });
        self.request(&format!("textDocument/{what}"), params)["result"].clone()
    }

    pub fn actions(&mut self, path: &str, diagnostic: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": { "uri": self.uri(path) },
            "range": diagnostic["range"],
            "context": { "diagnostics": [diagnostic] },
        });
        self.request("textDocument/codeAction", params)["result"].as_array().unwrap().clone()
    }

    pub fn open_text(&mut self, path: &str, text: &str) {
        let document = json!({ "uri": self.uri(path), "languageId": "any", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Changes a text that is open; `range` is the whole text when it is null.
    pub fn change(&mut self, path: &str, version: u32, range: &Value, text: &str) {
        let document = json!({ "uri": self.uri(path), "version": version });
        let mut change = json!({ "text": text });
        if !range.is_null() {
            change["range"] = range.clone();
        }
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    pub fn close(&mut self, path: &str) {
        let uri = self.uri(path);
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }

    /// `path rule` of all that is shown, once all is known.
    pub fn findings(&mut self) -> Vec<String> {
        self.settle();
        let of = |(path, all): (&String, &Vec<Value>)| {
            let line = |one: &Value| format!("{path} {}", one["code"].as_str().unwrap_or("-"));
            all.iter().map(line).collect::<Vec<_>>()
        };
        self.shown.iter().flat_map(of).collect()
    }

    /// Shuts the server down as the protocol wants it; gives its exit code.
    pub fn leave(mut self) -> Option<i32> {
        assert_eq!(self.request("shutdown", Value::Null)["result"], Value::Null);
        self.notify("exit", Value::Null);
        self.child.wait().unwrap().code()
    }

    /// Closes the server's input; gives its exit code.
    pub fn hang_up(mut self) -> Option<i32> {
        self.input.take();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed leaves no server behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            _ => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}
